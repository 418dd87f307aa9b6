"""Descriptions of segments from their facts alone. No language model writes here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from assistant.tools.insight import profile_segment
from assistant.tools.references import segment_id, spoken
from assistant.tools.verdicts import verdict_line
from assistant.tools.voice import voice

__all__ = ["WRITTEN_BY", "describe_segments"]

WRITTEN_BY = "template, from computed facts; no language model"


def describe_segments(workspace: Any, segment: int | None, language: str) -> dict[str, Any]:
    """The JSON of `kindred personas`, for one segment or for all.

    Raises:
        InputError: there is no such segment; it names those there are.
    """
    language = "en" if language == "auto" else language
    base = spoken(workspace.base, language)
    wanted = None if segment is None else segment_id(base, segment)
    return {
        "verdict": base.segmentation.verdict,
        "trust": verdict_line(voice(language), base.segmentation.verdict),
        "personas": [
            _persona(workspace, language, one.id, one.name)
            for one in base.segmentation.segments
            if wanted in (None, one.id)
        ],
    }


def _persona(workspace: Any, language: str, number: int, name: str) -> dict[str, Any]:
    profile = profile_segment(workspace, language, segment=number)
    facts = [asdict(fact) for fact in profile.facts]
    return {
        "segment": number,
        "verdict": workspace.base.segmentation.verdict,
        "name": name,
        "tagline": name,
        "text": profile.text,
        "claims": [{"sentence": profile.text, "facts": facts}],
        "written_by": WRITTEN_BY,
        "dropped": [],
    }
