"""What the offline chat says itself, in the user's language (`prompts/router/replies.yaml`)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import prompts
from assistant.router.router import Decision

__all__ = ["reply", "unavailable"]


def reply(
    decision: Decision, language: str, segments: dict[int, str], tools: Collection[str]
) -> str:
    """What to say where no tool is called.

    Args:
        segments: id -> name of those there are.
        tools: names of the tools that can be called.
    """
    texts = _texts()
    family, kind = _kind(decision)
    said: str = texts[family][kind][language]
    return said.format(
        examples=texts["examples"][language],
        segments=_segments(segments, language),
        alike=_alike(decision, segments, language),
        abilities=_abilities(tools, language),
    )


def unavailable(tool: str, language: str, tools: Collection[str]) -> str:
    """That a tool was understood but is not there, and what is."""
    texts = _texts()
    return texts["unavailable"][language].format(
        ability=texts["abilities"][tool][language], abilities=_abilities(tools, language)
    )


def _kind(decision: Decision) -> tuple[str, str]:
    if decision.refuse:
        return "refuse", decision.refuse
    if decision.clarify:
        return "clarify", decision.clarify
    return "talk", decision.talk or "help"


def _segments(segments: dict[int, str], language: str) -> str:
    texts = _texts()
    if not segments:
        return texts["segments_none"][language]
    plain = {f"Segment {i}" for i in segments}
    names = [f"{i}" if name in plain else f"{i} ({name})" for i, name in sorted(segments.items())]
    joiner = "、" if language == "zh" else ", "
    return texts["segments_known"][language].format(names=joiner.join(names))


def _alike(decision: Decision, segments: dict[int, str], language: str) -> str:
    """The names to choose from; segments with their ids, which are quickest to type."""
    found = decision.reading.alike if decision.reading else ()
    named = {str(i): f"{i} ({name})" for i, name in segments.items()}
    return ("、" if language == "zh" else ", ").join(named.get(name, name) for name in found)


def _abilities(tools: Collection[str], language: str) -> str:
    able = {name: said[language] for name, said in _texts()["abilities"].items() if name in tools}
    return "\n".join(f"- {said}" for said in able.values())


def _texts() -> dict[str, Any]:
    return prompts.load_yaml("router/replies")
