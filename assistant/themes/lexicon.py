"""The aspects a review can speak of, and the words for them, from prompts/themes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from prompts import load_yaml
from segmentation.data.words import words
from segmentation.insight.reviews.lexicon import SIDES, Cue, Lexicon, Tongue, tokens_of

__all__ = ["theme_lexicon"]

LANGUAGES = ("en", "zh", "pt", "es", "de")


@cache
def theme_lexicon() -> Lexicon:
    """The closed list of aspects with the cues of every language that has some.

    Languages without cues are known too, so that their texts are not read as another's.
    """
    known = load_yaml("themes/aspects")
    marks = {**dict.fromkeys(LANGUAGES, ()), **words()["function_words"]}
    tongues = {name: _tongue(name, marks[name]) for name in marks}
    return Lexicon(tuple(known["aspects"]), known["whole"], tongues)


def _tongue(language: str, marks: Iterable[str]) -> Tongue:
    given = load_yaml(f"themes/{language}") if language in LANGUAGES else {}
    every = (*marks, *given.get("marks", ()))
    return Tongue(tuple(_cues(given)), frozenset(t for mark in every for t in tokens_of(str(mark))))


def _cues(given: Mapping[str, Any]) -> Iterator[Cue]:
    for kind in ("turns", "parts", "neither"):
        turns, parts = kind == "turns", kind == "parts"
        yield from (Cue(one, turns=turns, parts=parts) for one in _phrases(given, kind))
    for side in SIDES:
        yield from (Cue(one, side=side) for one in _phrases(given, side))
    for aspect, lists in given.get("aspects", {}).items():
        yield from (Cue(one, aspect) for one in _phrases(lists, "about"))
        for side in SIDES:
            yield from (Cue(one, aspect, side) for one in _phrases(lists, side))


def _phrases(given: Mapping[str, Any], kind: str) -> Iterator[tuple[str, ...]]:
    """The words of each cue of a list, read as the texts are."""
    for phrase in given.get(kind, ()):
        words = [
            tokens[0] + "*" * one.endswith("*") if len(tokens := tokens_of(one)) == 1 else tokens
            for one in str(phrase).split()
        ]
        yield tuple(w for word in words for w in ([word] if isinstance(word, str) else word))
