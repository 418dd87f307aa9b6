"""A persona written by a language model: facts in, a closed structure out, checked and mended.

The model has no tools and sees facts alone: numbers, and names from data that are quoted. What it
writes is taken only in this shape; each sentence that its facts do not support goes back with what
is wrong with it, at most `MENDS` times, and is dropped after that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

import prompts
from assistant.grounding.about import About
from assistant.grounding.check import Problem
from assistant.grounding.given import Given
from assistant.personas.checking import problems_of, problems_of_name
from assistant.personas.facts import Dossier
from assistant.personas.persona import SECTIONS, TAGLINE, Draft, Seen, Sentence
from assistant.personas.words import fact_line, wording
from assistant.sight.sight import is_shown
from assistant.tools.voice import clean
from segmentation.types import ModelError

__all__ = ["MENDS", "Written", "write_with_model"]

MENDS = 2
LONGEST = 300
"""Characters of a sentence."""
WRITTEN = ("searched:", "reviewed:")
"""Facts about words of customers."""
JSON = re.compile(r"\{.*\}", re.DOTALL)
Write = Callable[[str, str], str]
Shape = TypeVar("Shape", bound=BaseModel)


class Line(BaseModel):
    """A sentence with the ids of its facts."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    sentence: str = Field(max_length=LONGEST)
    facts: list[str] = Field(max_length=12)


class Sheet(BaseModel):
    """The whole persona."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: str = Field(max_length=80)
    tagline: Line
    who: list[Line] = Field(max_length=6)
    buy: list[Line] = Field(default=[], max_length=6)
    say: list[Line] = Field(default=[], max_length=6)
    reach: list[Line] = Field(default=[], max_length=6)
    offer: list[Line] = Field(default=[], max_length=6)
    watch: list[Line] = Field(default=[], max_length=6)


class Mended(Line):
    """A sentence in place of one that was sent back; empty to leave it out."""

    number: int


class Mending(BaseModel):
    """All that were sent back."""

    model_config = ConfigDict(extra="forbid")
    sentences: list[Mended]


@dataclass
class Written:
    """What came of it.

    Args:
        draft: the name, empty where it cannot be used, and the sentences that may be read.
        seen: every sentence that was handed in.
    """

    draft: Draft
    seen: list[Seen] = field(default_factory=list)


def write_with_model(
    writer: Any, dossier: Dossier, about: About, taken: Collection[str]
) -> Written:
    """Have a language model write a persona, and keep what its facts support.

    Args:
        writer: `writer(system, user)` is what it says; `writer.name` is the model.
        taken: the names of other personas.

    Raises:
        ModelError: it does not answer, or not in the shape asked for.
    """
    system = prompts.load("persona", dossier.language).text
    task = _task(dossier, taken)
    sheet = _asked(writer, system, task, Sheet, dossier.language)
    name = "" if problems_of_name(sheet.name, dossier, about, taken) else clean(sheet.name)
    found = Written(Draft(name, ()))
    lines = _lines(sheet)
    for attempt in range(1, MENDS + 2):
        wrong = {n: p for n, one in lines.items() if (p := problems_of(one, dossier, about))}
        kept = tuple(one for number, one in lines.items() if number not in wrong)
        found.draft = replace(found.draft, sentences=(*found.draft.sentences, *kept))
        back = {n: lines[n] for n in wrong}
        better: dict[int, Sentence] = {}
        if wrong and attempt <= MENDS:
            with suppress(ModelError):
                better = _mended(writer, system, task, back, wrong, dossier)
        for number, one in lines.items():
            fate = "kept" if number not in wrong else "mended" if number in better else "dropped"
            found.seen.append(Seen(one, wrong.get(number, ()), attempt, fate, writer.name))
        if not better:
            break
        lines = better
    return found


def _lines(sheet: Sheet) -> dict[int, Sentence]:
    placed = [(TAGLINE, sheet.tagline)]
    placed += [(section, line) for section in SECTIONS for line in getattr(sheet, section)]
    return {
        number: Sentence(section, clean(line.sentence, LONGEST), tuple(line.facts))
        for number, (section, line) in enumerate(placed, start=1)
        if line.sentence
    }


# --- what it is asked ----------------------------------------------------------------------------


def _task(dossier: Dossier, taken: Collection[str]) -> str:
    words = wording(dossier.language)
    return prompts.load("persona/task", dossier.language).render(
        segment=dossier.segment.id,
        verdict=words["verdicts"][dossier.verdict],
        taken="\n".join(f"- “{clean(name)}”" for name in taken if is_shown(name)) or "-",
        facts="\n".join(fact_line(one, dossier.language) for one in _shown(dossier)),
    )


def _shown(dossier: Dossier) -> Iterator[Given]:
    """The facts that a language model may read: no word that customers wrote, and no name that
    could be anything else."""
    for one in dossier.given.values():
        written = one.fact.subject.startswith(WRITTEN)
        if not written and (not one.name or is_shown(one.name)):
            yield one


def _mended(
    writer: Any,
    system: str,
    task: str,
    lines: Mapping[int, Sentence],
    wrong: Mapping[int, tuple[Problem, ...]],
    dossier: Dossier,
) -> dict[int, Sentence]:
    """The sentences as they come back, under their numbers; those left out are gone."""
    asked = prompts.load("persona/mend", dossier.language).render(
        sentences=json.dumps(
            [_sent_back(n, one, wrong[n], dossier.language) for n, one in lines.items()],
            ensure_ascii=False,
            indent=1,
        )
    )
    found = _asked(writer, system, f"{task}\n\n{asked}", Mending, dossier.language)
    return {
        one.number: replace(
            lines[one.number], text=clean(one.sentence, LONGEST), facts=tuple(one.facts)
        )
        for one in found.sentences
        if one.number in lines and one.sentence
    }


def _sent_back(
    number: int, one: Sentence, problems: Sequence[Problem], language: str
) -> dict[str, Any]:
    kinds = wording(language)["problems"]
    told = [f"{kinds.get(problem.kind, problem.kind)}: {problem.said}" for problem in problems]
    return {"number": number, "sentence": one.text, "facts": list(one.facts), "wrong": told}


def _asked(writer: Write, system: str, user: str, shape: type[Shape], language: str) -> Shape:
    """What the model says in this shape; asked once more where it is in none.

    Raises:
        ModelError: it does not answer, or twice in another shape.
    """
    said = writer(system, user)
    try:
        return _read(said, shape)
    except ValueError as error:
        again = prompts.load("persona/repair", language).render(
            wrong=clean(error, 400), said=clean(said, 4_000)
        )
        said = writer(system, f"{user}\n\n{again}")
    try:
        return _read(said, shape)
    except ValueError as error:
        raise ModelError("The language model wrote no persona in the form asked for") from error


def _read(said: str, shape: type[Shape]) -> Shape:
    """The JSON in a reply, whatever stands around it. Raises ValueError."""
    found = JSON.search(said)
    if found is None:
        raise ValueError("no JSON object")
    try:
        return shape.model_validate_json(found.group())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{place}: {first['msg']}") from error
