"""The agent's own stream of a turn, read as events, and the answer they come to."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage

from assistant.results import ResultShelf
from assistant.tools.result import ToolResult
from assistant.turn.events import (
    Again,
    Answer,
    Event,
    Note,
    StepDone,
    StepMoved,
    StepStarted,
    Text,
    ToolCall,
)
from assistant.turn.ledger import Ledger
from assistant.turn.speech import Speech
from assistant.turn.words import composed, fallback_note, note_of

__all__ = ["MODES", "TurnStream"]

MODES: list[Any] = ["messages", "updates", "custom"]
"""What the agent is asked to stream."""


@dataclass
class TurnStream:
    """The state of one turn while it streams.

    Args:
        guarded: a language model speaks, whose words are held back until they have passed.
    """

    shelf: ResultShelf
    ledger: Ledger
    language: str
    model: str
    guarded: bool
    calls: list[ToolCall] = field(default_factory=list)
    results: list[ToolResult] = field(default_factory=list)
    message: AIMessage = field(default_factory=lambda: AIMessage(""))
    _shown: str = ""
    _speech: Speech | None = None
    _speakers: list[str | None] = field(default_factory=list)
    _started: dict[str, tuple[StepStarted, float]] = field(default_factory=dict)

    def events(self, mode: str, payload: Any) -> Iterator[Event]:
        """What one piece of the agent's stream (`MODES`) says."""
        if mode == "messages":
            yield from self._tokens(*payload)
        elif mode == "custom":
            if payload.get("total"):
                yield StepMoved(payload["done"] / payload["total"])
        else:
            for update in payload.values():
                for message in (update or {}).get("messages", []):
                    yield from self._message(message)

    def rest(self) -> Iterator[Event]:
        """What of the answer has not been shown yet."""
        yield from self._show(self.answer.answer)

    @property
    def answer(self) -> Answer:
        """The whole turn."""
        fallback, flags = self._fallback, self.message.additional_kwargs.get("kindred", {})
        said = str(self.message.text).strip()
        text = composed(said, flags, self.results, fallback, self.language)
        return Answer(
            answer=text,
            language=self.language,
            model="offline" if fallback else self.model,
            tool_calls=tuple(self.calls),
            results=tuple(self.results),
            refused=bool(flags.get("refused")),
            clarify=bool(flags.get("clarify", self._asks_back)),
            notes=tuple(note for note in (fallback, note_of(flags)) if note),
            usage=self.ledger.usage,
        )

    @property
    def _fallback(self) -> Note | None:
        error = self.ledger.fallback
        return fallback_note(error, self.language) if error else None

    @property
    def _asks_back(self) -> bool:
        """Whether a language model asked a question instead of calling a tool."""
        last = self.message.text.rstrip()
        return self.guarded and not self.calls and last.endswith(("?", "？"))

    def _tokens(self, chunk: BaseMessage, metadata: Mapping[str, Any]) -> Iterator[Event]:
        if not isinstance(chunk, AIMessageChunk) or metadata.get("langgraph_node") != "model":
            return
        if chunk.id not in self._speakers:
            yield from self._taken_back()
            self._speakers.append(chunk.id)
            self._speech = Speech(self._passed, self.language)
        # What an attempt that was given up still says comes under its own id, and late.
        last = chunk.id == self._speakers[-1]
        if last and self._speech and (delta := self._speech.hear(chunk.text)):
            self._shown += delta
            yield Text(delta)

    def _passed(self, whole: str, text: str) -> str:
        """What of a text may be shown while it comes; `whole` are its finished sentences.

        Before a tool has answered it is not known whether the words go with a call.
        """
        if not self.guarded:
            return text
        if self.ledger.fallback or not self.results:
            return ""
        return str(self.ledger.check(whole).text) if whole.strip() else ""

    def _message(self, message: BaseMessage) -> Iterator[Event]:
        if isinstance(message, AIMessage):
            self.message = message
            if message.tool_calls:
                yield from self._taken_back()
            for call in message.tool_calls:
                started = StepStarted(call["id"] or "", call["name"], call["args"])
                self._started[started.id] = (started, time.perf_counter())
                yield started
        elif isinstance(message, ToolMessage):
            yield self._step_done(message)

    def _step_done(self, message: ToolMessage) -> StepDone:
        started, at = self._started[message.tool_call_id]
        reference = (message.artifact or {}).get("result")
        result = self.shelf.get(reference) if reference else None
        status = "error" if message.status == "error" else getattr(result, "status", "ok")
        call = ToolCall(started.name, started.args, status, time.perf_counter() - at)
        self.calls.append(call)
        if result is not None:
            self.results.append(result)
        key = str(reference) if result is not None else ""
        return StepDone(started.id, call, message.text, result, key)

    def _show(self, text: str) -> Iterator[Event]:
        if not text.startswith(self._shown):
            yield from self._taken_back()
        if rest := text[len(self._shown) :]:
            self._shown = text
            yield Text(rest)

    def _taken_back(self) -> Iterator[Event]:
        if self._shown:
            self._shown = ""
            yield Again()
