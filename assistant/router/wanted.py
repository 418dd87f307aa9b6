"""A description of people taken apart: what they buy, which conditions they meet, what is neither.

"People who buy vintage kitchen things and never return anything" are people of some words
("vintage kitchen things") and a condition (a return rate of 0). Conditions are read by the grammar
that reads questions; what is left of each clause is what people buy, unless it plainly tells what
they are like: that is given back as not understood rather than searched for as if it were goods.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import prompts
from assistant.router.catalogue import Catalogue
from assistant.router.conditions import Filter
from assistant.router.lexicon import has_cjk
from assistant.router.moments import Span, times
from assistant.router.offers import offered
from assistant.router.patterns import wording
from assistant.router.reading import Reading, read
from assistant.router.slots import likened, segment_filters
from assistant.router.spelling import unify

__all__ = ["Wanted", "take_apart"]

_NAMES = ("the red mug", "kitchen", "9", "9%")
"""What stands for names and bare numbers once a text is read: these are words, no conditions."""
_MET = "\x1e"
_BESIDE = ("product", "category")
_COMMAS = (",", "，", "、")
_PUNCTUATION = " ,.;:?!-、，。；：？！"


@dataclass(frozen=True)
class Wanted:
    """What a description says.

    Args:
        words: what people buy, in the user's words; empty where nothing is said of it.
        english: the same with Chinese words in English where the shop's products have English names
            and the words are known; what an encoder is given.
        filters: conditions in the contract's form.
        customers: ids of customers they are to be like.
        segment: the segment they are to be like the members of.
        unread: pieces that are neither words for goods nor conditions that the grammar knows.
    """

    words: str
    english: str
    filters: tuple[dict[str, Any], ...] = ()
    customers: tuple[str, ...] = ()
    segment: int | None = None
    unread: tuple[str, ...] = ()


def take_apart(description: str, catalogue: Catalogue) -> Wanted:
    """Read a description with the eyes of one shop."""
    reading = read(description, catalogue)
    if told := offered(reading):
        reading = read(told, catalogue)
    when = times(reading)
    text, unread = _without_places(_without_conditions(reading, when), catalogue)
    unread += [reading.text[start:end] for start, end in when]
    kept = []
    for clause in wording("wanted.joint").split(text):
        told = clause.replace(_MET, " ")
        if _MET not in clause and wording("wanted.trait").search(clause.strip()):
            unread.append(told.strip(_PUNCTUATION))
        elif words := _goods(told):
            kept.append(words)
    words, *unread = _as_typed([", ".join(dict.fromkeys(kept)), *unread], description, catalogue)
    segment = likened(reading)
    filters = [f for f in reading.filters if f.field not in _BESIDE]
    filters += [] if segment is not None else segment_filters(reading)
    return Wanted(
        words,
        _in_english(words, catalogue),
        tuple(condition.as_dict() for condition in dict.fromkeys(_plain(f) for f in filters)),
        reading.who.customers,
        segment,
        tuple(piece for piece in unread if piece),
    )


def _as_typed(pieces: list[str], description: str, catalogue: Catalogue) -> list[str]:
    """Pieces with words as they were typed: what names goods need not be a word we know."""
    typed = re.findall(r"[a-z']{3,}", unify(description))
    mended = {catalogue.speller.mend(word): word for word in typed}
    return [re.sub(r"[a-z']{3,}", lambda m: mended.get(m[0], m[0]), piece) for piece in pieces]


def _plain(condition: Filter) -> Filter:
    """Lists as tuples: conditions are compared."""
    value = tuple(condition.value) if isinstance(condition.value, list) else condition.value
    return condition._replace(value=value)


def _without_conditions(reading: Reading, when: list[Span]) -> str:
    """The text with a mark in place of every condition, every time and everybody named."""
    parts, place = [], 0
    for start, end, stands_for in sorted([*reading.scan.stands_for, *((*w, "") for w in when)]):
        if start >= place and stands_for not in _NAMES:
            taken = reading.text[start:end].rstrip()
            parts += [reading.text[place:start], _MET, ", " if taken[-1:] in _COMMAS else ""]
            place = end
    return "".join([*parts, reading.text[place:]])


def _without_places(text: str, catalogue: Catalogue) -> tuple[str, list[str]]:
    """Where a shop knows no countries: the text without `in France`, and what was cut out."""
    cut: list[str] = []
    if catalogue.places.values:
        return text, cut
    for hit in reversed(catalogue.places.terms.find(text)):
        before = wording("wanted.place").search(text[: hit.start])
        if before or wording("wanted.place_after").match(text[hit.end :]):
            start = before.start() if before else hit.start
            cut.insert(0, text[start : hit.end].strip())
            text = f"{text[:start]} {text[hit.end :]}"
    return text, cut


def _goods(clause: str) -> str:
    """What of a clause names goods; empty where only people and verbs are left."""
    pattern = "wanted.frame_zh" if has_cjk(clause) else "wanted.frame"
    words = _tidy(wording(pattern).sub(" ", clause))
    if has_cjk(clause):
        return words
    return words if re.search(r"[a-z0-9]{2,}", words) else ""


def _tidy(text: str) -> str:
    text = wording("wanted.edge").sub(" ", re.sub(r"\s+", " ", text).strip())
    return re.sub(r"\s+", " ", text).strip(_PUNCTUATION)


def _in_english(words: str, catalogue: Catalogue) -> str:
    if not has_cjk(words) or has_cjk(catalogue.product_text[:10_000]):
        return words
    pattern, english = _goods_in_english()
    return re.sub(r"\s+", " ", pattern.sub(lambda m: f" {english[m.group()]} ", words)).strip()


@cache
def _goods_in_english() -> tuple[re.Pattern[str], dict[str, str]]:
    pairs = (entry.split("=", 1) for entry in prompts.load_yaml("router/goods")["words"].split())
    words = {chinese.lower(): english.replace("_", " ") for chinese, english in pairs}
    ordered = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered))), words
