"""One conversation as it is shown: questions, steps, words, results. Knows no screen."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from segmentation.types import KindredError

if TYPE_CHECKING:  # assistant.chat brings the agent's libraries with it; a page shows before them
    from assistant.chat import Answer, Event, StepDone
    from assistant.page.session import Session, Speaker
    from assistant.tools.result import ToolResult

__all__ = ["Conversation", "Decision", "Exchange", "Notice", "Step", "Words"]

BREATH = 0.05
"""Seconds between two drawings: often enough to read along, seldom enough to draw in time."""

_END = object()


@dataclass
class Step:
    """One call of a tool. `status`: running, ok, error, needs_confirmation or stopped."""

    id: str
    name: str
    args: Mapping[str, Any]
    status: str = "running"
    seconds: float = 0.0
    message: str = ""
    result: ToolResult | None = None
    share: float | None = None
    """How far a long step has come, 0 to 1."""


@dataclass
class Words:
    """A stretch of the answer."""

    text: str = ""


@dataclass
class Notice:
    """Something the page itself says. `kind`: opening, stopped or error."""

    kind: str
    text: str = ""


Item = Step | Words | Notice


@dataclass(frozen=True)
class Decision:
    """What became of an offer that waited for the user's word.

    Args:
        kind: `done`, `cancelled`, `expired` (nothing waited there any more) or `error`.
        text: what came of it, in words.
        files: what was written.
    """

    kind: str
    text: str = ""
    files: tuple[str, ...] = ()


@dataclass
class Exchange:
    """One question, and in order what came of it."""

    question: str
    language: str
    items: list[Item] = field(default_factory=list)
    answer: Answer | None = None
    begun: bool = False
    over: bool = False
    decisions: dict[str, Decision] = field(default_factory=dict)
    """`Pending.id` → what the user decided."""

    @property
    def results(self) -> list[ToolResult]:
        """What is shown below the words, once there are words."""
        return list(self.answer.results) if self.answer else []

    @property
    def waiting(self) -> bool:
        """True while something is still to come and nothing on show says so."""
        if self.over or self.answer is not None:
            return False
        last = self.items[-1] if self.items else None
        return last is None or (isinstance(last, Step) and last.status != "running")

    def take(self, event: Event) -> None:
        """Add what one event says."""
        from assistant.chat import Again, Done, StepDone, StepMoved, StepStarted, Text

        match event:
            case StepStarted(id, name, args):
                self.items.append(Step(id, name, args))
            case StepMoved(share):
                self._move(share)
            case StepDone():
                self._finish(event)
            case Text(delta):
                self._words().text += delta
            case Again() if self.items and isinstance(self.items[-1], Words):
                self.items.pop()
            case Done(answer):
                self.answer = answer
                if answer.answer:
                    self._words().text = answer.answer

    def say(self, kind: str, text: str = "") -> None:
        """Add a notice, and mark the steps under way as stopped."""
        for step in self.items:
            if isinstance(step, Step) and step.status == "running":
                step.status = "stopped"
        self.items.append(Notice(kind, text))

    def opened(self) -> None:
        """Take the notice away that the workspace is being opened."""
        self.items = [i for i in self.items if not (isinstance(i, Notice) and i.kind == "opening")]

    def _words(self) -> Words:
        if not self.items or not isinstance(self.items[-1], Words):
            self.items.append(Words())
        last = self.items[-1]
        assert isinstance(last, Words)
        return last

    def _move(self, share: float) -> None:
        for step in self.items:
            if isinstance(step, Step) and step.status == "running":
                step.share = share

    def _finish(self, event: StepDone) -> None:
        for step in self.items:
            if isinstance(step, Step) and step.id == event.id:
                step.status, step.seconds = event.call.status, event.call.seconds
                step.message, step.result = event.message, event.result


class Conversation:
    """The turns of one browser tab, and the thread in which the assistant remembers them."""

    def __init__(self) -> None:
        self.thread = uuid.uuid4().hex
        self.exchanges: list[Exchange] = []
        self._stop = threading.Event()
        self._answering: _Answering | None = None

    @property
    def busy(self) -> bool:
        """True while the last question is being answered."""
        return bool(self.exchanges) and not self.exchanges[-1].over

    @property
    def asked(self) -> bool:
        """True while the last question waits for `answer` to be called."""
        return self.busy and not self.exchanges[-1].begun

    def begin(self, question: str, language: str) -> Exchange:
        """A new exchange; it waits for `answer`."""
        exchange = Exchange(question, language)
        self.exchanges.append(exchange)
        return exchange

    def stop(self) -> None:
        """Ask the answer under way to end soon."""
        self._stop.set()

    def decide(self, speaker: Speaker, key: str, *, yes: bool) -> int | None:
        """The user's word on what waits under `key`; the place of its exchange, None if not here.

        A second word on the same changes nothing.
        """
        for place, exchange in enumerate(self.exchanges):
            if any(one.confirm and one.confirm.id == key for one in exchange.results):
                if key not in exchange.decisions:
                    exchange.decisions[key] = self._decided(speaker, key, yes=yes)
                return place
        return None

    def _decided(self, speaker: Speaker, key: str, *, yes: bool) -> Decision:
        if not yes:
            speaker.cancel(key, thread=self.thread)
            return Decision("cancelled")
        try:
            result = speaker.confirm(key, thread=self.thread)
        except KindredError as error:
            return Decision("error", str(error))
        if result is None:
            return Decision("expired")
        return Decision("done" if result.status == "ok" else "error", result.text, result.files)

    def take_back(self, forget: Callable[[str], None]) -> str | None:
        """Take the last question and its answer away; return the question, None if there is none.

        `forget` makes the assistant forget the last turn of a thread.
        """
        if not self.exchanges or self.busy:
            return None
        exchange = self.exchanges.pop()
        if exchange.answer is not None:
            forget(self.thread)
        return exchange.question

    def answer(self, wait: Callable[[float], Session | None], language: str) -> Iterator[Exchange]:
        """Answer the exchange begun last; yields it whenever there is more of it to show.

        Args:
            wait: called with seconds until it returns the session; raises what opening it raised.
            language: `en`, `zh`, or `auto` for the language of the question.
        """
        exchange = self.exchanges[-1]
        exchange.begun = True
        self._stop.clear()
        try:
            yield from self._answer(exchange, wait, language)
            if exchange.answer is None and not any(isinstance(i, Notice) for i in exchange.items):
                exchange.say("stopped")
        except KindredError as error:
            exchange.say("error", str(error))
        finally:
            exchange.over = True
        yield exchange

    def _answer(
        self, exchange: Exchange, wait: Callable[[float], Session | None], language: str
    ) -> Iterator[Exchange]:
        session = yield from self._opened(exchange, wait)
        if session is not None:
            yield from self._listen(exchange, session, language)

    def _opened(
        self, exchange: Exchange, wait: Callable[[float], Session | None]
    ) -> Generator[Exchange, None, Session | None]:
        session = wait(BREATH)
        if session is None:
            exchange.say("opening")
            yield exchange
        while session is None and not self._stop.is_set():
            session = wait(BREATH)
        exchange.opened()
        return session

    def _listen(self, exchange: Exchange, session: Session, language: str) -> Iterator[Exchange]:
        answering = _Answering(session.assistant, exchange.question, self.thread, language)
        answering.start(after=self._answering)
        self._answering = answering
        try:
            while not self._stop.is_set() and (events := answering.next()) is not None:
                for event in events:
                    exchange.take(event)
                if events:
                    yield exchange
        finally:
            answering.stop()
        answering.raise_error()


@cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(16, thread_name_prefix="answer")


class _Answering:
    """An answer being made in a thread of its own: the page can stop listening at any moment."""

    def __init__(self, assistant: Speaker, question: str, thread: str, language: str) -> None:
        self._assistant, self._question = assistant, question
        self._thread, self._language = thread, language
        self._events: SimpleQueue[Any] = SimpleQueue()
        self._stopped = threading.Event()
        self._work: Future[None] = Future()

    def start(self, after: _Answering | None) -> None:
        """Begin, once the answer before it has left its last tool."""
        self._work = _workers().submit(self._run, after)
        self._work.add_done_callback(lambda _: self._events.put(_END))

    def stop(self) -> None:
        """End soon; an answer that is not whole is forgotten."""
        self._stopped.set()
        if not self._work.done():
            self._assistant.stop(self._thread)

    def next(self) -> list[Event] | None:
        """What has come since the last call, perhaps nothing; None after the end."""
        try:
            events = [self._events.get(timeout=BREATH)]
        except Empty:
            return []
        if events != [_END]:
            time.sleep(BREATH)
        while not self._events.empty():
            events.append(self._events.get())
        if events[-1] is not _END:
            return events
        self._events.put(_END)
        return events[:-1] or None

    def raise_error(self) -> None:
        """Raise what the assistant raised, if the answer has ended."""
        if self._work.done():
            self._work.result()

    def _run(self, after: _Answering | None) -> None:
        if after is not None:
            after._work.exception()
        whole = False
        try:
            whole = self._stream()
        finally:
            if not whole:
                self._assistant.forget_last(self._thread)

    def _stream(self) -> bool:
        stream = self._assistant.stream(
            self._question, thread=self._thread, language=self._language
        )
        with closing(stream):
            for event in stream:
                self._events.put(event)
                if self._stopped.is_set():
                    return False
        return not self._stopped.is_set()
