"""Whether a sentence says no more than the facts it was given. Code alone decides; nothing is
written here, and no language model is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from assistant.grounding.about import About, Names
from assistant.grounding.anchors import anchor_problems
from assistant.grounding.boards import Board, boards_of
from assistant.grounding.comparisons import comparison_problems
from assistant.grounding.evidence import Evidence, evidence_of
from assistant.grounding.figures import date_problems, number_problems, rate_problems
from assistant.grounding.given import Given
from assistant.grounding.goods import goods_problems
from assistant.grounding.names import invented, territories
from assistant.grounding.people import cause_problems, people_problems
from assistant.grounding.problems import Kind, Problem
from assistant.grounding.quantifiers import quantifier_problems
from assistant.grounding.ranks import rank_problems
from assistant.grounding.reading import Reading
from assistant.grounding.vocabulary import Vocabulary, plain, telling

__all__ = ["About", "Basis", "Kind", "Names", "Problem", "check_sentence"]


def check_sentence(sentence: str, given: Sequence[Given], about: About) -> tuple[Problem, ...]:
    """What the facts do not support; empty where everything is.

    Args:
        sentence: one sentence, in the language of `about`.
        given: the facts it says it rests on.
        about: whose, and in whose words.
    """
    basis = Basis(tuple(evidence_of(given, about)), about)
    found = basis.problems(sentence)
    if found and not given:
        return (Problem("unfounded", found[0].said),)
    return found


@dataclass(frozen=True)
class Basis:
    """What sentences are held against, taken apart once.

    Args:
        evidence: every number that may be said.
        names: names that may be said besides those of the evidence.
        words: words with a capital, or in Latin letters, that are no invention.
    """

    evidence: tuple[Evidence, ...]
    about: About
    names: frozenset[str] = field(default_factory=frozenset)
    words: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def known(self) -> Vocabulary:
        """Names that the facts have."""
        names = {one.given.name for one in self.evidence if one.given.name}
        items = {
            item for one in self.evidence for item in one.items if " " in item or len(item) > 2
        }
        return Vocabulary(names | items | self.names)

    @cached_property
    def boards(self) -> list[Board]:
        return boards_of(self.evidence, self.about)

    @cached_property
    def labels(self) -> Mapping[str, frozenset[str]]:
        """Words by which the facts call metrics that have no word of ours."""
        found: dict[str, frozenset[str]] = {}
        for one in self.evidence:
            if one.metric and not one.concepts and not one.items:
                for label in (one.label, one.metric.replace("_", " ")):
                    if " " in label or one.kind == "plain":
                        found[label] = found.get(label, frozenset()) | {one.metric}
        return found

    def problems(self, sentence: str, context: str = "") -> tuple[Problem, ...]:
        """What of a sentence nothing here supports."""
        reading = Reading(sentence, self.about, self.known, self.labels, context)
        return tuple(dict.fromkeys(self._problems(reading)))

    def _problems(self, reading: Reading) -> Iterator[Problem]:
        yield from number_problems(reading, self.evidence)
        yield from date_problems(reading, self.evidence)
        yield from rate_problems(reading, self.evidence)
        yield from self._name_problems(reading)
        yield from goods_problems(reading, self.known, self.evidence)
        yield from rank_problems(reading, self.evidence, self.boards)
        yield from comparison_problems(reading, self.evidence, self.boards)
        yield from quantifier_problems(reading, self.evidence)
        yield from people_problems(reading, self.evidence)
        yield from anchor_problems(reading, self.evidence, self.known)
        yield from cause_problems(reading, reading.advises, self.evidence)

    def _name_problems(self, reading: Reading) -> Iterator[Problem]:
        for one in reading.names:
            if one.name not in self.known.spelt and not _within(one.name, self.known):
                yield Problem("name", reading.text[one.start : one.end])
        for segment in reading.segments:
            if segment.name.startswith("segment:") and segment.name not in self._subjects:
                yield Problem("subject", reading.text[segment.start : segment.end])
        yield from self._plain_words(reading)
        for place in territories(reading.language).find(reading.masked):
            yield Problem("name", reading.text[place.start : place.end])
        masked = [(n.start, n.end) for n in reading.names]
        masked += [s.span for s in reading.segments] + [(w.start, w.end) for w in reading.whens]
        if strange := invented(reading.text, self._callable, masked, reading.language):
            yield Problem("name", strange)

    def _plain_words(self, reading: Reading) -> Iterator[Problem]:
        """A category called by a common word, as the data write it: `Garden`, not `garden`."""
        names = self.about.names
        heard = " ".join(self.known.spelt)
        for name in (*names.categories, *names.countries):
            if telling(name) or plain(name) in heard or not name[:1].isupper():
                continue
            for match in re.finditer(rf"(?<=[a-z,”“] )[“\"]?{re.escape(name)}\b", reading.masked):
                yield Problem("name", match.group())

    @cached_property
    def _subjects(self) -> set[str]:
        return {*self.about.subjects, *(e.whom.replace("!=", ":") for e in self.evidence)}

    @cached_property
    def _callable(self) -> Vocabulary:
        called = {name for names in self.about.subjects.values() for name in names}
        labels = {e.label for e in self.evidence}
        return Vocabulary({*self.known.spelt, *called, *labels, *self.words})


def _within(name: str, known: Vocabulary) -> bool:
    """A category that is a part of a known product's name is no other name."""
    return any(name in plain(other) for other in known.spelt)
