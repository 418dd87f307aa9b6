"""One turn of the chat as a stream of events. Knows the agent, not the screen: no Gradio here."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    RemoveMessage,
    ToolMessage,
)
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.errors import GraphRecursionError

from assistant.agent import RECURSION_LIMIT, build_agent
from assistant.language import language_of
from assistant.models import explain_failure
from assistant.pending import PendingShelf
from assistant.results import ResultShelf
from assistant.tools.result import Pending, ToolResult, Turn
from segmentation.types import KindredError, ModelError

__all__ = [
    "Answer",
    "Assistant",
    "Done",
    "Event",
    "StepDone",
    "StepMoved",
    "StepStarted",
    "Text",
    "ToolCall",
]


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool in a turn. `status` is ok, error or needs_confirmation."""

    name: str
    args: Mapping[str, Any]
    status: str
    seconds: float = 0.0


@dataclass(frozen=True)
class Answer:
    """A whole turn: the words, and everything they rest on."""

    answer: str
    language: str
    model: str
    tool_calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    refused: bool = False
    clarify: bool = False

    def to_json(self) -> dict[str, Any]:
        """The JSON of `kindred ask`."""
        parts = [result.to_json() for result in self.results]
        return {
            "answer": self.answer,
            "language": self.language,
            "tool_calls": [asdict(call) for call in self.tool_calls],
            **{
                name: [item for part in parts for item in part[name]]
                for name in ("facts", "tables", "charts", "files")
            },
            "confirm": [
                {"tool": one.tool, "args": dict(one.args), "command": one.command}
                for one in self.pending
            ],
            "refused": self.refused,
            "clarify": self.clarify,
            "model": self.model,
        }

    @property
    def pending(self) -> tuple[Pending, ...]:
        """What waits for the user's word."""
        return tuple(result.confirm for result in self.results if result.confirm)


@dataclass(frozen=True)
class StepStarted:
    """A tool was called."""

    id: str
    name: str
    args: Mapping[str, Any]


@dataclass(frozen=True)
class StepMoved:
    """A tool that takes long has come so far, 0 to 1."""

    share: float


@dataclass(frozen=True)
class StepDone:
    """A tool answered (or failed: then `result` is None and `message` says why)."""

    id: str
    call: ToolCall
    message: str
    result: ToolResult | None


@dataclass(frozen=True)
class Text:
    """A few more characters of the answer."""

    delta: str


@dataclass(frozen=True)
class Done:
    """The turn is over."""

    answer: Answer


Event = StepStarted | StepMoved | StepDone | Text | Done


class Assistant:
    """Answers questions about one workspace, remembering each thread of conversation."""

    def __init__(
        self,
        model: Any,
        tools: Any,
        results: ResultShelf,
        *,
        model_name: str,
        memory: BaseCheckpointSaver[Any],
        carry_out: Callable[[Pending], ToolResult] | None = None,
    ) -> None:
        """`carry_out` does what waited, once the user gave their word; None where nothing can."""
        self.model_name = model_name
        self._results, self._pending, self._carry_out = results, PendingShelf(), carry_out
        self._agent = build_agent(model, tools, checkpointer=memory)

    def ask(self, question: str, *, thread: str | None = None, language: str = "auto") -> Answer:
        """Answer one question; raises ModelError where the language model fails."""
        for event in self.stream(question, thread=thread, language=language):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("a stream ends with Done")

    def stream(
        self, question: str, *, thread: str | None = None, language: str = "auto"
    ) -> Iterator[Event]:
        """Answer one question as it comes: steps, text, and at last `Done`.

        Without a `thread` the question stands alone. `language` is en, zh or auto.
        """
        spoken = language_of(question) if language == "auto" else language
        thread = thread or uuid.uuid4().hex
        turn = _Turn(self._results)
        try:
            for mode, payload in self._agent.stream(
                {"messages": [HumanMessage(question, additional_kwargs={"language": spoken})]},
                {"configurable": {"thread_id": thread}, "recursion_limit": RECURSION_LIMIT},
                context=Turn(language=spoken),
                stream_mode=["messages", "updates", "custom"],
            ):
                yield from turn.events(mode, payload)
        except (KindredError, GraphRecursionError) as error:
            raise ModelError(str(error)) from error
        except Exception as error:  # every provider's client raises its own kind
            raise explain_failure(self.model_name, error) from error
        answer = turn.answer(spoken, self.model_name)
        for pending in answer.pending:
            self._pending.hold(pending, thread)
        yield Done(answer)

    def confirm(self, key: str, *, thread: str | None = None) -> ToolResult | None:
        """Do what waits under `key`, once. None where nothing waits there (any more).

        The user's own act calls this: a button of the page, a key in the terminal, a program. No
        tool and no text of a conversation leads here.

        Args:
            key: `Pending.id`, as the answer has it.
            thread: only if it was shown in that conversation.
        """
        pending = self._pending.take(key, thread)
        return None if pending is None or self._carry_out is None else self._carry_out(pending)

    def cancel(self, key: str, *, thread: str | None = None) -> None:
        """Withdraw what waits under `key`."""
        self._pending.take(key, thread)

    def forget_last(self, thread: str) -> None:
        """Take the last question of `thread`, and all that followed it, out of the memory."""
        config: Any = {"configurable": {"thread_id": thread}}
        messages = self._agent.get_state(config).values.get("messages", [])
        asked = [i for i, message in enumerate(messages) if isinstance(message, HumanMessage)]
        if asked:
            forgotten = [RemoveMessage(id=message.id) for message in messages[asked[-1] :]]
            self._agent.update_state(config, {"messages": forgotten})


@dataclass
class _Turn:
    """The state of one turn while it streams."""

    shelf: ResultShelf
    calls: list[ToolCall] = field(default_factory=list)
    results: list[ToolResult] = field(default_factory=list)
    flags: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    _started: dict[str, tuple[StepStarted, float]] = field(default_factory=dict)

    def events(self, mode: str, payload: Any) -> Iterator[Event]:
        if mode == "messages":
            yield from self._tokens(*payload)
        elif mode == "custom":
            if payload.get("total"):
                yield StepMoved(payload["done"] / payload["total"])
        else:
            for update in payload.values():
                for message in (update or {}).get("messages", []):
                    yield from self._message(message)

    def answer(self, language: str, model: str) -> Answer:
        return Answer(
            answer=self.text.strip(),
            language=language,
            model=model,
            tool_calls=tuple(self.calls),
            results=tuple(self.results),
            refused=bool(self.flags.get("refused")),
            clarify=bool(self.flags.get("clarify")),
        )

    def _tokens(self, chunk: BaseMessage, metadata: Mapping[str, Any]) -> Iterator[Event]:
        spoken = isinstance(chunk, AIMessageChunk) and metadata.get("langgraph_node") == "model"
        if spoken and chunk.text:
            yield Text(chunk.text)

    def _message(self, message: BaseMessage) -> Iterator[Event]:
        if isinstance(message, AIMessage):
            self.text = message.text
            self.flags = message.additional_kwargs.get("kindred", {})
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
        return StepDone(started.id, call, message.text, result)


def memory_in(path: Path) -> BaseCheckpointSaver[Any]:
    """Conversations that survive a restart, in one SQLite file."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    path.parent.mkdir(parents=True, exist_ok=True)
    return SqliteSaver(sqlite3.connect(path, check_same_thread=False))
