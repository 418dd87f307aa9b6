"""One conversation as it is shown: it asks an assistant, and keeps what came. Knows no screen."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import cache
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakValueDictionary

from assistant.page.talk.exchange import Decision, Exchange
from segmentation.types import KindredError

if TYPE_CHECKING:  # assistant.chat brings the agent's libraries with it; a page shows before them
    from assistant.chat import Event
    from assistant.page.session import Session, Speaker

__all__ = ["MOST_WAITING", "Conversation", "Conversations"]

BREATH = 0.05
"""Seconds between two drawings: often enough to read along, seldom enough to draw in time."""

MOST_WAITING = 3
"""Questions that may wait while one is answered."""

_END = object()


class Wait(Protocol):
    """Waits so many seconds for the session; raises what opening it raised."""

    def __call__(self, seconds: float, /) -> Session | None: ...


class Conversation:
    """The turns of a thread, in which the assistant remembers them. Browser tabs may share it."""

    def __init__(
        self, owner: str = "", thread: str | None = None, exchanges: Sequence[Exchange] = ()
    ) -> None:
        """A new conversation, or one of before.

        Args:
            owner: the user it belongs to; empty where there are none.
        """
        self.owner = owner
        self.thread = thread or uuid.uuid4().hex
        self.exchanges = list(exchanges)
        self._stop = threading.Event()
        self._turn = threading.Lock()
        self._answering: _Answering | None = None

    @property
    def busy(self) -> bool:
        """True while a question is being answered or waits to be."""
        return any(not exchange.over for exchange in self.exchanges)

    @property
    def empty(self) -> bool:
        """Whether nothing was asked."""
        return not self.exchanges

    def begin(self, question: str, language: str) -> Exchange | None:
        """A new exchange, which waits for `answer`; after the others, where there are any.

        None where too many wait, or the last of them asks the same.
        """
        waiting = [exchange for exchange in self.exchanges if not exchange.over]
        if len(waiting) > MOST_WAITING or (waiting and waiting[-1].question == question):
            return None
        exchange = Exchange(question, language)
        self.exchanges.append(exchange)
        return exchange

    def stop(self) -> None:
        """Ask the answer under way to end soon."""
        self._stop.set()

    def decide(self, session: Session, key: str, *, yes: bool) -> Exchange | None:
        """The user's word on what waits under `key`; the exchange it is in, None if not here.

        A second word on the same changes nothing.
        """
        for exchange in self.exchanges:
            if any(one.confirm and one.confirm.id == key for one in exchange.results):
                if key not in exchange.decisions:
                    exchange.decisions[key] = self._decided(session.assistant, key, yes=yes)
                    self._keep(session, exchange)
                return exchange
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

    def take_back(self, session: Session | None) -> str | None:
        """Take the last question and its answer away; return the question, None if there is none.

        The assistant forgets them, and so does the thread; without a session neither knows them.
        """
        if self.empty or self.busy:
            return None
        exchange = self.exchanges.pop()
        if session is not None:
            if exchange.answer is not None:
                session.assistant.forget_last(self.thread)
            session.threads.drop(self.thread, exchange.id, self.owner)
        return exchange.question

    def answer(self, wait: Wait, language: str) -> Iterator[Exchange]:
        """Answer what was asked, in turn; yields the exchange whenever there is more to show of it.

        Nothing where somebody else is at it: they will come to all that waits.

        Args:
            wait: called with seconds until it returns the session; raises what opening it raised.
            language: `en`, `zh`, or `auto` for the language of the question.
        """
        while (exchange := self._next()) is not None:
            yield from self._answered(exchange, wait, language)

    def _next(self) -> Exchange | None:
        with self._turn:
            waiting = [exchange for exchange in self.exchanges if not exchange.over]
            if not waiting or waiting[0].begun:
                return None
            waiting[0].begun = True
            self._stop.clear()
            return waiting[0]

    def _answered(self, exchange: Exchange, wait: Wait, language: str) -> Iterator[Exchange]:
        session = None
        try:
            session = yield from self._opened(exchange, wait)
            if session is not None:
                self._keep(session, exchange)
                yield from self._listen(exchange, session, language)
            exchange.end("" if exchange.answer else "stopped")
        except KindredError as error:
            exchange.end("error", str(error))
        except GeneratorExit:
            self._leave()
            raise
        finally:
            exchange.over = True
            if session is not None:
                self._keep(session, exchange)
        yield exchange

    def _leave(self) -> None:
        """Nobody reads along any more: what waits is not asked."""
        with self._turn:
            for exchange in self.exchanges:
                if not exchange.over:
                    exchange.end("" if exchange.answer else "stopped")

    def _keep(self, session: Session, exchange: Exchange) -> None:
        if exchange in self.exchanges:
            session.threads.keep(self.thread, exchange.to_json(), self.owner)

    def _opened(self, exchange: Exchange, wait: Wait) -> Generator[Exchange, None, Session | None]:
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

    def delete(self, session: Session) -> None:
        """Take all of it away, for good; the assistant forgets it once it has left its last tool.

        Whoever still has it open goes on in a new thread.
        """
        self.stop()
        thread, self.thread, self.exchanges = self.thread, uuid.uuid4().hex, []
        session.threads.delete(thread, self.owner)
        if self._answering is None:
            session.assistant.forget(thread)
        else:
            self._answering.then(lambda: session.assistant.forget(thread))


class Conversations:
    """Those that a browser tab has open, each once: two tabs on one thread see the same."""

    def __init__(self) -> None:
        self._open: WeakValueDictionary[str, Conversation] = WeakValueDictionary()
        self._lock = threading.Lock()

    def new(self, owner: str) -> Conversation:
        """An empty conversation."""
        conversation = Conversation(owner)
        self._open[conversation.thread] = conversation
        return conversation

    def find(self, session: Session, thread: str, owner: str) -> Conversation | None:
        """A thread of before as it was, with what the assistant has to know of it again.

        None where `owner` has no such thread.
        """
        with self._lock:
            conversation = self._open.get(thread)
            if conversation is None or conversation.thread != thread:
                conversation = _read(session, thread, owner)
                if conversation is not None:
                    self._open[thread] = conversation
        return conversation if conversation and conversation.owner == owner else None


def _read(session: Session, thread: str, owner: str) -> Conversation | None:
    exchanges = [Exchange.from_json(one) for one in session.threads.exchanges(thread, owner)]
    for exchange in exchanges:
        session.assistant.recall(exchange.shelved())
        for result in exchange.results:
            if result.confirm and not session.assistant.waits(result.confirm.id):
                exchange.decisions.setdefault(result.confirm.id, Decision("expired"))
    return Conversation(owner, thread, exchanges) if exchanges else None


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

    def then(self, do: Callable[[], None]) -> None:
        """Do something once the answer has ended."""
        self._work.add_done_callback(lambda _: do())

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
