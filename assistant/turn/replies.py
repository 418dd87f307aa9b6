"""Listening to a language model: what it sends, piece by piece, and whether it can be used."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from assistant.turn.patience import Attempt, Stopped, Vigil, current_attempt

__all__ = ["Ear", "Endless", "Fault", "Unfinished", "fault_of", "finished"]

FINISHED = ("finish_reason", "stop_reason", "done_reason", "status", "stopReason")
"""Under one of these a provider says why a reply ended."""


class Unfinished(Exception):
    """A reply ended without its end: the connection broke off."""


class Endless(BaseException):
    """A reply has become far too long. No error: LangChain logs those of whoever listens."""


@dataclass(frozen=True)
class Fault:
    """Why a reply cannot be used: `empty`, `arguments`, `tool` or `long`; and which tools exist."""

    kind: str
    tools: tuple[str, ...] = ()


class Ear(BaseCallbackHandler):
    """Hears every piece of the model's replies; one that is not wanted any more ends there."""

    raise_error = True
    run_inline = True

    def __init__(self, vigil: Vigil, letters: int) -> None:
        self._vigil, self._most = vigil, letters

    def on_llm_new_token(self, token: Any, *, chunk: Any = None, **more: Any) -> None:
        """A piece has come."""
        attempt = current_attempt()
        if attempt is None:
            return  # the offline model's
        if attempt.over:
            raise Stopped
        self._vigil.check()
        attempt.heard()
        message = chunk.message if isinstance(chunk, ChatGenerationChunk) else None
        if isinstance(message, AIMessageChunk):
            _note_down(message, attempt)
        if len(attempt.text) + sum(map(len, attempt.arguments.values())) > self._most:
            raise Endless


def _note_down(message: AIMessageChunk, attempt: Attempt) -> None:
    attempt.text += message.text
    for piece in message.tool_call_chunks:
        place, sent = piece.get("index"), piece.get("args") or ""
        attempt.arguments[place] = attempt.arguments.get(place, "") + sent


def finished(reply: AIMessage) -> AIMessage:
    """The reply, if its provider says why it ended or says nothing of the kind.

    Raises:
        Unfinished: a stream of OpenAI's protocol that just ends.
    """
    told = reply.response_metadata
    if told.get("model_provider") == "openai" and not any(told.get(name) for name in FINISHED):
        raise Unfinished
    return reply


def fault_of(
    reply: AIMessage, tools: Sequence[str], arguments: Mapping[Any, str], letters: int
) -> Fault | None:
    """Why a reply cannot be used; None if it can.

    Args:
        arguments: of its tool calls, as they were streamed: LangChain makes up the end of those
            that are cut off.
        letters: the most it may have.
    """
    if reply.invalid_tool_calls or not all(map(_is_object, arguments.values())):
        return Fault("arguments")
    for call in reply.tool_calls:
        if call["name"] not in tools:
            return Fault("tool", tuple(tools))
    if len(reply.text) > letters:
        return Fault("long")
    if not reply.tool_calls and not reply.text.strip():
        return Fault("empty")
    return None


def _is_object(text: str) -> bool:
    """Whether a text is a JSON object; nothing stands for an empty one."""
    try:
        return not text.strip() or isinstance(json.loads(text), dict)
    except ValueError:
        return False
