"""The JSON of `kindred personas`: every persona with its claims, and on request its audit."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from assistant.personas.persona import SECTIONS, TAGLINE, Persona, Seen
from assistant.personas.personas import write_personas
from assistant.personas.words import wording
from assistant.tools.fact_words import claim_of
from assistant.tools.profiling import plain_numbers
from assistant.tools.references import segment_id, spoken
from assistant.tools.verdicts import has_segments, verdict_line
from assistant.tools.voice import Voice, voice
from segmentation.insight.evidence.evidence import evidence
from segmentation.types import CustomerBase, Progress, Segment, silent

__all__ = ["describe_segments"]


def describe_segments(
    workspace: Any,
    segment: Any,
    language: str,
    progress: Progress = silent,
    *,
    audit: bool = False,
) -> dict[str, Any]:
    """The personas of all segments, or of one.

    Args:
        audit: with everything the writer was given and everything it said.

    Raises:
        InputError: there is no such segment; it names those there are.
    """
    language = "en" if language == "auto" else language
    base, say = spoken(workspace.base, language), voice(language)
    wanted = None if segment is None else segment_id(base, segment)
    chosen = [one for one in base.segmentation.segments if wanted in (None, one.id)]
    named = [one.id for one in chosen if one.id and has_segments(base.segmentation)]
    written = write_personas(workspace, language, named, progress) if named else ()
    personas = {one.segment: one for one in written}
    return {
        "verdict": base.segmentation.verdict,
        "trust": verdict_line(say, base.segmentation.verdict),
        "language": language,
        "personas": [
            _persona(personas[one.id], audit) if one.id in personas else _plain(say, base, one)
            for one in chosen
        ],
    }


def _persona(one: Persona, audit: bool) -> dict[str, Any]:
    titles = wording(one.language)["sections"]
    told = {
        "segment": one.segment,
        "name": one.name,
        "segment_name": one.segment_name,
        "tagline": one.tagline,
        "text": " ".join(s.text for s in one.sentences if s.section != TAGLINE),
        "sections": [
            {"section": name, "title": titles[name], "sentences": [s.text for s in own]}
            for name in SECTIONS
            if (own := one.of(name))
        ],
        "claims": [
            {"section": s.section, **asdict(claim_of(s.text, one.given_of(s), voice(one.language)))}
            for s in one.sentences
        ],
        "n": one.size,
        "share": one.share,
        "verdict": one.verdict,
        "period": one.period,
        "as_of": one.as_of,
        "written_by": one.written_by,
        "note": one.note,
        "dropped": [_seen(each) for each in one.dropped],
    }
    return told | {"audit": _audit(one)} if audit else told


def _seen(each: Seen) -> dict[str, Any]:
    return {
        "section": each.sentence.section,
        "sentence": each.sentence.text,
        "ids": list(each.sentence.facts),
        "problems": [asdict(problem) for problem in each.problems],
        "attempt": each.attempt,
        "fate": each.fate,
        "writer": each.writer,
    }


def _audit(one: Persona) -> dict[str, Any]:
    """What the writer was shown, beside what it said."""
    known = {given.id: given.fact for given in one.given}
    said = [
        _seen(each) | {"facts": [asdict(known[id]) for id in each.sentence.facts if id in known]}
        for each in one.seen
    ]
    return {"shown": [asdict(given) for given in one.given], "said": said}


def _plain(say: Voice, base: CustomerBase, segment: Segment) -> dict[str, Any]:
    """A part of what has no segments, or the unassigned: numbers, no persona."""
    sentences = plain_numbers(say, base, segment.id)
    found = evidence(base, segment.id)
    facts = [asdict(fact) for fact in found.facts]
    return {
        "segment": segment.id,
        "name": segment.name,
        "segment_name": segment.name,
        "tagline": "",
        "text": say.sentences(sentences),
        "sections": [],
        "claims": [{"section": "", "sentence": s, "facts": facts} for s in sentences],
        "n": segment.size,
        "share": segment.share,
        "verdict": base.segmentation.verdict,
        "period": found.period,
        "as_of": found.as_of,
        "written_by": str(wording(say.language)["written_by"]["offline"]),
        "note": "",
        "dropped": [],
    }
