"""What a turn says beside what a model says: why it ended, what was left out, who answered.

The notes travel with the message they belong to, apart from its text; `composed` puts them where a
reader finds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from langchain_core.messages import AIMessage

from assistant.tools.result import ToolResult, Turn
from assistant.turn.events import Note
from assistant.turn.outages import Outage
from prompts import load_yaml
from segmentation.types import KindredError

__all__ = ["composed", "defect", "ended", "fallback_note", "left_out", "note_of", "nothing_left"]

LIMITS = ("model_calls", "tool_calls", "tokens", "seconds")


def ended(reason: str, turn: Turn, model: str) -> AIMessage:
    """The message a turn ends with that a limit, or useless replies, have ended."""
    words, ledger = _words(turn), turn.ledger
    limit = getattr(ledger.limits, reason, 0)
    said = [
        words["ended"][reason].format(limit=f"{limit:,.0f}", model=model),
        _counted(words["done"], ledger.tool_calls),
        _counted(words["refused"], ledger.refused),
    ]
    text = words["joint"].join(filter(None, said))
    note = Note("limit" if reason in LIMITS else "unusable", text, why=reason)
    return _message(AIMessage(text), text, note, own_words=True)


def nothing_left(count: int, turn: Turn) -> AIMessage:
    """The message where no sentence passed the check: the tools' own words stand."""
    text = _words(turn)["nothing_left"]
    return _message(AIMessage(text), text, Note("left_out", text, why=str(count)), own_words=True)


def left_out(reply: AIMessage, text: str, count: int, turn: Turn) -> AIMessage:
    """The reply with the `text` that passed."""
    note = Note("left_out", _counted(_words(turn)["left_out"], count), why=str(count))
    return _message(reply, text, note, own_words=False)


def fallback_note(error: Outage, language: str) -> Note:
    """That the offline model answered, and why."""
    words = load_yaml("outages")[language]
    why = words["kinds"][error.kind]["why"]
    text = words["answered_instead"].format(model=error.model, why=why)
    return Note("fallback", text, why=error.kind, model=error.model)


def defect(error: Exception, language: str) -> KindredError:
    """What a user is told of a defect of ours: neither an answer nor an outage of the model."""
    words = load_yaml("turn")[language]["defect"]
    return KindredError(words["what"].format(error=type(error).__name__), fix=words["fix"])


def note_of(about: Mapping[str, Any]) -> Note | None:
    """The note that a message carries, in what it carries for Kindred."""
    return Note(**about["note"]) if about.get("note") else None


def composed(
    text: str,
    about: Mapping[str, Any],
    results: Sequence[ToolResult],
    fallback: Note | None,
    language: str,
) -> str:
    """The whole answer: who answered, the words, the results' own where they are wanted, notes.

    Args:
        text, about: the last message, and what it carries for Kindred.
    """
    note = note_of(about)
    own = "\n\n".join(result.text for result in results if result.status != "error")
    parts = [fallback.text if fallback else ""]
    # The offline model repeats what a language model was shown; a reader gets it as it was.
    parts.append(own if fallback and own else text)
    if about.get("own_words") and own:
        parts += [load_yaml("turn")[language]["found"], own]
    if note and note.text != text:
        parts.append(note.text)
    return "\n\n".join(filter(None, parts))


def _message(base: AIMessage, text: str, note: Note, *, own_words: bool) -> AIMessage:
    about = {"note": asdict(note), "own_words": own_words}
    kept = {**base.additional_kwargs, "kindred": about}
    return base.model_copy(update={"content": text, "additional_kwargs": kept})


def _words(turn: Turn) -> Mapping[str, Any]:
    words: Mapping[str, Any] = load_yaml("turn")[turn.language]
    return words


def _counted(words: Mapping[str, str], n: int) -> str:
    key = {0: "none", 1: "one"}.get(n, "many")
    return words.get(key, "").format(n=n)
