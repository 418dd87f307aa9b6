"""Kinds of goods in a sentence (`candles`, `耳机`) that no listed name speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from assistant.grounding.evidence import Evidence
from assistant.grounding.phrases import Phrases, words
from assistant.grounding.problems import Problem
from assistant.grounding.reading import Reading
from assistant.grounding.vocabulary import Vocabulary, plain
from prompts import load_yaml

__all__ = ["goods_problems"]


def goods_problems(
    reading: Reading, known: Vocabulary, evidence: Sequence[Evidence]
) -> Iterator[Problem]:
    """Goods that are bought, preferred or offered, and that the facts do not have."""
    lists = words(reading.language)
    if not lists.phrases("goods_frames").first(reading.plain):
        return
    heard = " ".join([*known.spelt, *(plain(e.label) for e in evidence)])
    for hit in _goods(reading.language).find(reading.plain):
        said = plain(reading.text[hit.start : hit.end])
        if not any(part in heard for part in _stems(said, reading.language)):
            yield Problem("name", reading.text[hit.start : hit.end])


def _stems(said: str, language: str) -> list[str]:
    """What of the words would show that a name means the same."""
    if language == "zh":
        english = dict(_pairs()).get(said, "").replace("_", " ")
        return [said, said[:2], *([_stem(english)] if english else [])]
    return [_stem(said), *(_stem(word) for word in said.split() if len(word) > 4)]


def _stem(word: str) -> str:
    return word.removesuffix("s").removesuffix("e").removesuffix("i")


@cache
def _pairs() -> tuple[tuple[str, str], ...]:
    pairs = (one.partition("=") for one in load_yaml("router/goods")["words"].split())
    return tuple((chinese, english) for chinese, _, english in pairs)


@cache
def _goods(language: str) -> Phrases:
    alike = set(words(language)["goods_alike"])
    if language == "zh":
        told = {chinese for chinese, _ in _pairs()}
    else:
        told = {english.replace("_", " ") for _, english in _pairs()}
    kept = {one for one in told - alike if len(one) > 1}
    plural = {f"{one}s" for one in kept if language == "en" and not one.endswith("s")}
    single = {one.removesuffix("s") for one in kept if language == "en" and one.endswith("s")}
    return Phrases({"goods": sorted(kept | plural | (single - alike))}, language)
