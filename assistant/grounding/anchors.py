"""Whether a statement about customers rests on anything that can be checked at all.

Motives, tempers and ways of life come in more words than any list has. What says something of
customers without a number, a name, a place or a difference that a fact carries says nothing that
facts can support.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.grounding.around import ECHO, alike
from assistant.grounding.comparisons import compared
from assistant.grounding.evidence import Evidence
from assistant.grounding.phrases import words
from assistant.grounding.problems import Problem
from assistant.grounding.quantifiers import quantified
from assistant.grounding.ranks import bare_ranks, superlatives
from assistant.grounding.reading import Reading
from assistant.grounding.vocabulary import Vocabulary

__all__ = ["anchor_problems"]

PHRASE = {"en": 6, "zh": 20}
"""Words, or characters, of what is no sentence but a name."""


def anchor_problems(
    reading: Reading, evidence: Sequence[Evidence], known: Vocabulary
) -> Iterator[Problem]:
    """The whole sentence, where nothing in it can be held against a fact."""
    if not _states(reading) or _anchored(reading, evidence, known):
        return
    yield Problem("unfounded", reading.text.strip())


def _states(reading: Reading) -> bool:
    """Whether it says something of customers, rather than advising, naming or talking."""
    if reading.advises or _is_phrase(reading):
        return False
    if reading.about.subject:
        return True
    lists = words(reading.language)
    of_people = any(m.keys & {"own", "rest", "all"} or reading.segments for m in reading.groups)
    return of_people and not lists.phrases("talk").first(reading.plain)


def _is_phrase(reading: Reading) -> bool:
    text = reading.text.strip()
    length = len(text) if reading.language == "zh" else len(text.split())
    return length <= PHRASE[reading.language] and not re.search(r"[.!?。！？;；，,]$", text)


def _anchored(reading: Reading, evidence: Sequence[Evidence], known: Vocabulary) -> bool:
    return bool(
        any(q.kind != "rank" for q in reading.quantities)
        or reading.spans
        or reading.whens
        or any(n.name in known.spelt for n in reading.names)
        or _compared(reading)
        or _vaguely(reading, evidence)
        or _notes(reading, evidence)
        or _told(reading, evidence)
    )


def _compared(reading: Reading) -> bool:
    """Whether it gives a place, a difference or a part, each of which is checked by itself."""
    ranks = bool(superlatives(reading)) or any(True for _ in bare_ranks(reading))
    return ranks or bool(compared(reading) or quantified(reading))


def _vaguely(reading: Reading, evidence: Sequence[Evidence]) -> bool:
    """`They order seldom`, where a listed number is clearly lower than others'."""
    lists = words(reading.language)
    if not lists.phrases("doing").first(reading.plain):
        return False
    return any(
        lists.phrases(way).first(reading.plain)
        and any(e.given.clear and ((e.given.lift or 0) > 1) == up for e in evidence)
        for way, up in (("much", True), ("little", False))
    )


def _notes(reading: Reading, evidence: Sequence[Evidence]) -> bool:
    """Whether it speaks of how far the segment itself is to be believed."""
    listed = any(e.metric.startswith("stability") for e in evidence if not e.told)
    return listed and bool(words(reading.language).phrases("notes").first(reading.plain))


def _told(reading: Reading, evidence: Sequence[Evidence]) -> bool:
    """Whether a tool says as much, in much the same words."""
    return any(
        e.told and e.kind == "said" and alike(reading.text, e.label, reading.language) >= ECHO
        for e in evidence
    )
