"""Personas of a workspace's segments: facts, a writer, the check, distinct names.

With a language model in the settings it writes; where it does not answer, or a section of its own
ends empty, the templates write, and the persona says so. Nothing unchecked leaves here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.grounding.about import About
from assistant.personas.archive import keep_persona, kept_names, kept_persona
from assistant.personas.checking import about_segment, folded, problems_of, problems_of_name
from assistant.personas.facts import Dossier, brief, dossier
from assistant.personas.model import Written, write_with_model
from assistant.personas.offline import names_for, write_offline
from assistant.personas.persona import SECTIONS, TAGLINE, Persona, Seen
from assistant.personas.words import wording
from assistant.themes.themes import segment_themes
from assistant.tools.references import spoken
from assistant.tools.voice import voice
from segmentation.types import CustomerBase, ModelError, Progress, silent

__all__ = ["persona_names", "personas_at_hand", "write_personas"]

OFFLINE = "offline"


def write_personas(
    workspace: Any,
    language: str,
    segments: Iterable[int] | None = None,
    progress: Progress = silent,
) -> tuple[Persona, ...]:
    """The personas of these segments (of all, the unassigned left out), each checked.

    Where the data has no segments nothing may be written: ask has_segments before.
    """
    base = spoken(workspace.base, language)
    every = [one.id for one in base.segmentation.segments if one.id]
    chosen = every if segments is None else list(segments)
    names = persona_names(base, language)
    written: list[Persona] = []
    for done, number in enumerate(chosen):
        progress("personas", done, len(chosen))
        names |= {one.segment: one.name for one in written}
        written.append(_persona(workspace, base, number, language, names))
    progress("personas", len(chosen), len(chosen))
    return tuple(written)


def personas_at_hand(workspace: Any, language: str) -> tuple[Persona, ...]:
    """The personas of all segments without asking a language model.

    What it wrote before from these very facts is its own; the others are written by templates.
    """
    return write_personas(_Unasked(workspace), language)


class _Unasked:
    """A workspace whose language model keeps silent: what it has written is still its own."""

    def __init__(self, workspace: Any) -> None:
        self._workspace = workspace
        self.writer = workspace.writer and _Silent(workspace.writer.name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._workspace, name)


class _Silent:
    """A writer that was not asked."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, system: str, user: str) -> str:
        raise ModelError(self.name)


def persona_names(base: CustomerBase, language: str) -> dict[int, str]:
    """Segment id -> a name of templates, distinct from every other and from all plain names."""
    briefs = [brief(base, one.id, language) for one in base.segmentation.segments if one.id]
    plain = {one.segment.id: one.segment.name for one in briefs}
    wishes = {one.segment.id: names_for(one) for one in briefs}
    names: dict[int, str] = {}
    for number, wished in wishes.items():
        others = {folded(name) for n, name in plain.items() if n != number}
        others |= {folded(name) for name in names.values()}
        others |= {folded(w[0]) for n, w in wishes.items() if n != number and w}
        free = [name for name in wished if folded(name) not in others]
        names[number] = free[0] if free else plain[number]
    return names


def _persona(
    workspace: Any, base: CustomerBase, number: int, language: str, names: Mapping[int, str]
) -> Persona:
    themes = segment_themes(workspace, number)
    facts = dossier(workspace, base, number, language, themes)
    about = about_segment(base, facts, names)
    plain = _offline(facts, about, names[number])
    if themes.stands_in:
        plain = replace(plain, note=str(wording(language)["written_by"]["themes"]))
    if workspace.writer is None:
        return plain
    known = kept_names(workspace, language)
    taken = {*(s.name for s in base.segmentation.segments), *names.values()}
    taken |= {name for n, name in known.items() if n != number}
    taken -= {names[number], facts.segment.name}
    found = kept_persona(workspace, plain)
    if found is not None and _still_holds(found, facts, about, taken):
        return found
    return _with_model(workspace, facts, about, plain, sorted(taken))


def _still_holds(found: Persona, facts: Dossier, about: About, taken: Collection[str]) -> bool:
    """Whether a kept persona may be read: anybody can have written a file."""
    return not problems_of_name(found.name, facts, about, taken) and not any(
        problems_of(one, facts, about) for one in found.sentences
    )


def _offline(facts: Dossier, about: About, name: str) -> Persona:
    """The persona of templates, each sentence checked like anybody's."""
    seen = []
    for one in write_offline(facts).sentences:
        problems = problems_of(one, facts, about)
        seen.append(Seen(one, problems, 1, "dropped" if problems else "kept", OFFLINE))
    sentences = tuple(one.sentence for one in seen if one.fate == "kept")
    return Persona(
        segment=facts.segment.id,
        name=name,
        segment_name=facts.segment.name,
        language=facts.language,
        sentences=sentences,
        plain=sentences,
        size=facts.segment.size,
        share=facts.segment.share,
        verdict=facts.verdict,
        period=facts.period,
        as_of=facts.as_of,
        writer=OFFLINE,
        written_by=str(wording(facts.language)["written_by"]["offline"]),
        given=tuple(facts.given.values()),
        seen=tuple(seen),
    )


def _with_model(
    workspace: Any, facts: Dossier, about: About, plain: Persona, taken: Sequence[str]
) -> Persona:
    """The persona of the language model; that of templates, and said so, where it fails."""
    writer, words = workspace.writer, wording(facts.language)["written_by"]
    try:
        found = write_with_model(writer, facts, about, taken)
    except ModelError as error:
        told = str(words["failed"]).format(model=writer.name, why=error.what)
        return _noted(plain, told)
    made = _filled(found, plain, writer.name)
    keep_persona(workspace, made)
    return made


def _filled(found: Written, plain: Persona, model: str) -> Persona:
    """What of the model's may be read; sections it left empty are those of the templates."""
    words = wording(plain.language)
    own = found.draft.sentences
    if not own:
        told = str(words["written_by"]["nothing"]).format(model=model)
        return replace(_noted(plain, told), seen=tuple(found.seen) + plain.seen)
    empty = [s for s in (TAGLINE, *SECTIONS) if not found.draft.of(s) and plain.of(s)]
    sentences = [
        one
        for section in (TAGLINE, *SECTIONS)
        for one in (plain.of(section) if section in empty else found.draft.of(section))
    ]
    titles = [str(words["sections"].get(section, words["tagline_title"])) for section in empty]
    sections = voice(plain.language).list(titles)
    told = str(words["written_by"]["filled"]).format(sections=sections) if titles else ""
    return replace(
        _noted(plain, told),
        name=found.draft.name or plain.name,
        sentences=tuple(sentences),
        writer=model,
        written_by=str(words["written_by"]["model"]).format(model=model),
        seen=tuple(found.seen),
    )


def _noted(one: Persona, told: str) -> Persona:
    """The persona with one more note."""
    notes = [note for note in (told, one.note) if note]
    return replace(one, note=str(wording(one.language)["between_notes"]).join(notes))
