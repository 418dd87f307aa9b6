"""What the offline chat says itself, in the user's language (`prompts/router/replies.yaml`)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import prompts
from assistant.router.catalogue import Catalogue
from assistant.router.lexicon import has_cjk
from assistant.router.router import Decision
from assistant.router.unread import splits, takes_conditions

__all__ = ["beside", "reply", "unavailable"]


def reply(decision: Decision, language: str, catalogue: Catalogue, tools: Collection[str]) -> str:
    """What to say where no tool is called.

    Args:
        catalogue: the shop's own values.
        tools: names of the tools that can be called.
    """
    texts, segments = _texts(), dict(catalogue.segments)
    family, kind = _kind(decision)
    said: str = texts[family][kind][language]
    return said.format(
        examples=texts["examples"][language],
        segments=_segments(segments, language),
        alike=_alike(decision, segments, language),
        abilities=_abilities(tools, language),
        unknown=decision.unknown,
        customer=_customer(decision),
        fields=_fields(catalogue, language),
    )


def beside(decision: Decision, language: str) -> str:
    """What the call of a tool does not take up of the question; empty where it takes up all."""
    kind = "unknown" if takes_conditions(decision.tool or "") else "unused"
    said = (("split", decision.days), (kind, decision.left_out), ("later", decision.later))
    told = [_left_out(kind, pieces, language) for kind, pieces in said if pieces]
    told += [str(_texts()["notes"][name][language]) for name in decision.notes]
    return str(_texts()["left_out"]["joint"][language]).join(told)


def _left_out(kind: str, pieces: Collection[str], language: str) -> str:
    quoted = _joiner(language).join(f"“{piece}”" for piece in pieces)
    return str(_texts()["left_out"][kind][language]).format(pieces=quoted)


def unavailable(tool: str, language: str, tools: Collection[str]) -> str:
    """That a tool was understood but is not there, and what is."""
    texts = _texts()
    return str(texts["unavailable"][language]).format(
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
        return str(texts["segments_none"][language])
    plain = {f"Segment {i}" for i in segments}
    names = [f"{i}" if name in plain else f"{i} ({name})" for i, name in sorted(segments.items())]
    return str(texts["segments_known"][language]).format(names=_joiner(language).join(names))


def _alike(decision: Decision, segments: dict[int, str], language: str) -> str:
    """The names to choose from; segments with their ids, which are quickest to type."""
    found = decision.reading.alike if decision.reading else ()
    named = {str(i): f"{i} ({name})" for i, name in segments.items()}
    return _joiner(language).join(named.get(name, name) for name in found)


def _customer(decision: Decision) -> str:
    return next(iter(decision.reading.who.customers), "") if decision.reading else ""


def _fields(catalogue: Catalogue, language: str) -> str:
    """What numbers can be split by, as answers call it."""
    words = dict(prompts.load_yaml(f"answers/{language}/words")["splits"])
    if language == "zh":
        terms = prompts.load_yaml("router/lexicon")["fields"]
        words |= {name: next(filter(has_cjk, said)) for name, said in terms.items()}
    names = (words.get(name, name.replace("_", " ")) for name in splits(catalogue))
    return _joiner(language).join(names)


def _joiner(language: str) -> str:
    return "、" if language == "zh" else ", "


def _abilities(tools: Collection[str], language: str) -> str:
    able = {name: said[language] for name, said in _texts()["abilities"].items() if name in tools}
    return "\n".join(f"- {said}" for said in able.values())


def _texts() -> dict[str, Any]:
    texts: dict[str, Any] = prompts.load_yaml("router/replies")
    return texts
