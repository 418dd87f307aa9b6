"""The assistant: turns of conversations as streams of events. Knows the agent, not the screen."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage, RemoveMessage
from langgraph.checkpoint.base import BaseCheckpointSaver

from assistant.agent import build_agent, recursion_limit
from assistant.language import is_wordless, language_of
from assistant.pending import PendingShelf
from assistant.results import ResultShelf
from assistant.tools.result import Pending, ToolResult, Turn
from assistant.turn.answering import Care
from assistant.turn.events import (
    Again,
    Answer,
    Done,
    Event,
    StepDone,
    StepMoved,
    StepStarted,
    Text,
    ToolCall,
)
from assistant.turn.ledger import Ledger, Limits
from assistant.turn.patience import Stopped
from assistant.turn.stream import MODES, TurnStream
from assistant.turn.words import defect
from segmentation.types import KindredError

__all__ = [
    "Again",
    "Answer",
    "Assistant",
    "Done",
    "Event",
    "StepDone",
    "StepMoved",
    "StepStarted",
    "Text",
    "ToolCall",
    "memory_in",
]


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
        care: Care | None = None,
        limits: Limits | None = None,
        guards: Sequence[Any] = (),
        redact: Callable[[str], str] = str,
    ) -> None:
        """An assistant over `tools`.

        Args:
            carry_out: does what waited, once the user gave their word; None where nothing can.
            care: what a language model needs around it; None for the offline model.
            limits: what a turn may take.
            guards: middleware that decides which calls may be made.
            redact: what of the user's words reaches a model and the memory.
        """
        self.model_name = model_name
        self._results, self._pending, self._carry_out = results, PendingShelf(), carry_out
        self._care, self._limits, self._redact = care, limits or Limits(), redact
        self._memory = memory
        self._agent = build_agent(model, tools, checkpointer=memory, care=care, guards=guards)
        self._running: dict[str, Ledger] = {}

    def ask(self, question: str, *, thread: str | None = None, language: str = "auto") -> Answer:
        """Answer one question; raises ModelError where the language model fails."""
        for event in self.stream(question, thread=thread, language=language):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("a stream ends with Done")

    def stream(
        self, question: str, *, thread: str | None = None, language: str = "auto"
    ) -> Generator[Event, None, None]:
        """Answer one question as it comes: steps, text, and at last `Done`.

        Without a `thread` the question stands alone. `language` is en, zh or auto. Closing the
        stream, or `stop`, ends the work soon.

        Raises:
            ModelError: the language model does not answer. What was said before stays remembered.
        """
        thread = thread or uuid.uuid4().hex
        spoken = self._spoken(question, thread) if language == "auto" else language
        ledger = Ledger(self._limits)
        guarded = self._care is not None
        turn = TurnStream(self._results, ledger, spoken, self.model_name, guarded)
        run = self._run(question, thread, spoken, ledger)
        try:
            # Left early, the work is told to end first, and then waited for.
            with closing(run), self._begun(thread, ledger):
                for mode, payload in run:
                    yield from turn.events(mode, payload)
        except Stopped:
            return
        yield from turn.rest()
        answer = turn.answer
        for pending in answer.pending:
            self._pending.hold(pending, thread)
        yield Done(answer)

    def stop(self, thread: str) -> None:
        """End the turn that `thread` is in, soon; its stream ends without `Done`."""
        if ledger := self._running.get(thread):
            ledger.vigil.stop()

    def _run(
        self, question: str, thread: str, language: str, ledger: Ledger
    ) -> Generator[Any, None, None]:
        """What the agent streams. Raises KindredError or Stopped, whatever goes wrong."""
        asked = HumanMessage(self._redact(question), additional_kwargs={"language": language})
        try:
            yield from self._agent.stream(
                {"messages": [asked]},
                {
                    "configurable": {"thread_id": thread},
                    "recursion_limit": recursion_limit(self._limits.model_calls),
                    "callbacks": [ledger.ear],
                },
                context=Turn(language=language, ledger=ledger),
                stream_mode=MODES,
                durability="sync",
            )
        except KindredError:
            raise
        except Exception as error:
            raise defect(error, language) from error

    @contextmanager
    def _begun(self, thread: str, ledger: Ledger) -> Iterator[None]:
        """While a turn runs; whichever way it is left, what it still does ends soon."""
        self._running[thread] = ledger
        try:
            yield
        finally:
            ledger.vigil.stop()
            if self._running.get(thread) is ledger:
                del self._running[thread]

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

    def waits(self, key: str) -> bool:
        """Whether something still waits under `key`."""
        return self._pending.holds(key)

    def recall(self, results: Mapping[str, ToolResult]) -> None:
        """Know the results again that a thread of an earlier process speaks of, by their keys."""
        self._results.put_back(results)

    def forget(self, thread: str) -> None:
        """Take a whole thread out of the memory."""
        self._memory.delete_thread(thread)

    def forget_last(self, thread: str) -> None:
        """Take the last question of `thread`, and all that followed it, out of the memory."""
        messages = self._said(thread)
        asked = [i for i, message in enumerate(messages) if isinstance(message, HumanMessage)]
        if asked:
            last = messages[asked[-1] :]
            forgotten = [RemoveMessage(id=message.id) for message in last if message.id]
            self._agent.update_state(_place(thread), {"messages": forgotten})

    def _said(self, thread: str) -> list[BaseMessage]:
        return list(self._agent.get_state(_place(thread)).values.get("messages", []))

    def _spoken(self, question: str, thread: str) -> str:
        """The language of a question; a bare number goes on in that of the one before."""
        earlier = [
            str(message.additional_kwargs.get("language", "en"))
            for message in (self._said(thread) if is_wordless(question) else [])
            if isinstance(message, HumanMessage)
        ]
        return earlier[-1] if earlier else language_of(question)


def _place(thread: str) -> Any:
    """Where the memory keeps a conversation."""
    return {"configurable": {"thread_id": thread}}


def memory_in(path: Path) -> BaseCheckpointSaver[Any]:
    """Conversations that survive a restart, in one SQLite file."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    path.parent.mkdir(parents=True, exist_ok=True)
    return SqliteSaver(sqlite3.connect(path, check_same_thread=False))
