"""What no order line says of people: their age, sex, faith, purse and motives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.grounding.about import About
from assistant.grounding.around import ECHO, alike
from assistant.grounding.evidence import Evidence
from assistant.grounding.phrases import Found, words
from assistant.grounding.problems import Problem
from assistant.grounding.reading import Reading
from assistant.grounding.vocabulary import plain

__all__ = ["cause_problems", "people_problems"]


def people_problems(reading: Reading, evidence: Sequence[Evidence]) -> Iterator[Problem]:
    """Demographics that no column states, or that no listed fact carries."""
    for hit in words(reading.language).phrases("people").find(reading.plain):
        if not _stated(hit.name, reading.about, evidence) and not _in_facts(reading, hit, evidence):
            yield Problem("demographic", reading.text[hit.start : hit.end])


def _stated(kind: str, about: About, evidence: Sequence[Evidence]) -> bool:
    """Whether a profile column of the kind exists and a listed fact has a value of it."""
    stems = words(about.language)["stated_by"][kind]
    columns = {c for c in about.stated if any(_is_stem(stem, c) for stem in stems)}
    return any(
        part.partition(":")[0] in columns
        for e in evidence
        for part in e.given.fact.subject.split("&")
    )


def _is_stem(stem: str, column: str) -> bool:
    return any(word.startswith(stem) for word in re.split(r"[\W_]+", column.lower())) or (
        not stem.isascii() and stem in column
    )


def _in_facts(reading: Reading, hit: Found, evidence: Sequence[Evidence]) -> bool:
    """A word of a name that the facts have: `toys for children` beside the category Children."""
    said = plain(reading.text[hit.start : hit.end])
    return any(said == word for e in evidence for item in e.items for word in (item, *item.split()))


def cause_problems(
    reading: Reading, advice: bool, evidence: Sequence[Evidence]
) -> Iterator[Problem]:
    """Reasons and feelings. A piece of advice may have a reason; that is then checked itself."""
    lists = words(reading.language)
    names = ("mind",) if advice else ("cause", "mind")
    for name in names:
        for hit in lists.phrases(name).find(reading.plain):
            if name == "cause" and _told(reading, hit, evidence):
                continue
            yield Problem("cause", reading.text[hit.start : hit.end])


def _told(reading: Reading, hit: Found, evidence: Sequence[Evidence]) -> bool:
    """Whether a tool gives this reason itself, in much the same words."""
    return any(
        e.told and e.kind == "said" and words(reading.language).phrases("cause").first(e.label)
        and alike(reading.text, e.label, reading.language) >= ECHO
        for e in evidence
    )  # fmt: skip
