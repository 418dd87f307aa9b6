"""What a persona is: its sentences, what they rest on, and how they came about. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from assistant.grounding.check import Problem
from assistant.grounding.given import Given

__all__ = ["SECTIONS", "TAGLINE", "Draft", "Persona", "Seen", "Sentence"]

TAGLINE = "tagline"
SECTIONS = ("who", "buy", "say", "reach", "offer", "watch")
"""Who they are, what they buy and why they return, what they say, how to reach them, what to
offer, what to watch."""


@dataclass(frozen=True)
class Sentence:
    """One sentence: where it stands and the ids of the facts it rests on."""

    section: str
    text: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Draft:
    """What a writer says of a segment, before anything is checked; the tagline is a sentence."""

    name: str
    sentences: tuple[Sentence, ...]

    def of(self, section: str) -> tuple[Sentence, ...]:
        return tuple(one for one in self.sentences if one.section == section)


@dataclass(frozen=True)
class Seen:
    """A sentence as a writer handed it in, and what became of it.

    Args:
        attempt: 1 is the first; each mending is one more.
        fate: `kept`, `mended` (sent back, and something else came), or `dropped`.
        writer: `offline`, or the name of the language model.
    """

    sentence: Sentence
    problems: tuple[Problem, ...]
    attempt: int
    fate: str
    writer: str


@dataclass(frozen=True)
class Persona:
    """The written profile of one segment; every sentence of it was checked.

    Args:
        name: distinct among all segments; `segment_name` is what sets it apart, plainly.
        sentences: in the order of SECTIONS, the tagline first.
        size, share, verdict, period, as_of: of the segment, and of the data.
        writer: `offline`, or the name of the language model.
        written_by: who wrote it, for people.
        note: what went otherwise than asked (a model that did not answer, a section filled in).
        given: every fact the writer was given.
        seen: every sentence that was handed in, with what was wrong with it.
        plain: the sentences of the templates, whoever wrote the persona.
    """

    segment: int
    name: str
    segment_name: str
    language: str
    sentences: tuple[Sentence, ...]
    size: int
    share: float
    verdict: str
    period: str
    as_of: str
    writer: str
    written_by: str
    given: tuple[Given, ...]
    note: str = ""
    seen: tuple[Seen, ...] = ()
    plain: tuple[Sentence, ...] = ()

    @property
    def by_templates(self) -> Persona:
        """The same without a word of a language model: what another one may read of it."""
        return replace(self, name=self.segment_name, sentences=self.plain)

    @property
    def tagline(self) -> str:
        return " ".join(one.text for one in self.of(TAGLINE))

    @property
    def dropped(self) -> tuple[Seen, ...]:
        """What could not be supported by any fact and was left out."""
        return tuple(one for one in self.seen if one.fate == "dropped")

    def of(self, section: str) -> tuple[Sentence, ...]:
        return tuple(one for one in self.sentences if one.section == section)

    def given_of(self, sentence: Sentence) -> tuple[Given, ...]:
        """The facts a sentence rests on, as its writer was given them."""
        known = {one.id: one for one in self.given}
        return tuple(known[id] for id in sentence.facts if id in known)

    def kept(self) -> dict[str, Any]:
        """What of it is kept on disk; the facts are found anew."""
        return {
            "name": self.name,
            "note": self.note,
            "written_by": self.written_by,
            "sentences": [asdict(one) for one in self.sentences],
            "seen": [asdict(one) for one in self.seen],
        }


def sentence_of(kept: Mapping[str, Any]) -> Sentence:
    """A sentence as `Persona.kept` wrote it."""
    return Sentence(kept["section"], kept["text"], tuple(kept["facts"]))


def seen_of(kept: Mapping[str, Any]) -> Seen:
    """The same of a sentence that was handed in."""
    problems = tuple(Problem(**one) for one in kept["problems"])
    sentence = sentence_of(kept["sentence"])
    return Seen(sentence, problems, kept["attempt"], kept["fate"], kept["writer"])
