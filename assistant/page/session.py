"""An opened workspace as a page or a program sees it: an assistant, and what to ask it about."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from segmentation.types import Segment

__all__ = ["Opening", "Session", "Shop", "Speaker", "Standing"]


class Speaker(Protocol):
    """Answers questions; `assistant.chat.Assistant` is the real one."""

    def ask(self, question: str, *, thread: str | None = None, language: str = "auto") -> Any: ...

    def stream(
        self, question: str, *, thread: str | None = None, language: str = "auto"
    ) -> Iterator[Any]: ...

    def stop(self, thread: str) -> None:
        """End the turn that a thread is in, soon."""

    def forget_last(self, thread: str) -> None:
        """Take the last question of a thread, and all that followed it, out of the memory."""

    def confirm(self, key: str, *, thread: str | None = None) -> Any:
        """Do what waits under `key`, once: its result; None where nothing waits (any more)."""

    def cancel(self, key: str, *, thread: str | None = None) -> None:
        """Withdraw what waits under `key`."""


@dataclass(frozen=True)
class Shop:
    """The line that says which data one talks about. `first` and `last` are days with orders."""

    customers: int
    orders: int
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Standing:
    """How far the segments can be trusted: the verdict, None where unknown, and weak ones' ids."""

    verdict: str | None = None
    unstable: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Session:
    """An opened workspace, seen from the chat.

    Args:
        assistant: answers questions.
        shop: what was read.
        segments: the current segments; asked again after every answer, which may have changed them.
        examples: questions that fit this data, given `en` or `zh`.
        names: segment id -> its name in `en` or `zh`; one it leaves out keeps its own.
        standing: how far the current segments can be trusted.
    """

    assistant: Speaker
    shop: Shop
    segments: Callable[[], Sequence[Segment]]
    examples: Callable[[str], Sequence[str]]
    names: Callable[[str], Mapping[int, str]] = lambda language: {}
    standing: Callable[[], Standing] = Standing

    def segments_in(self, language: str) -> list[Segment]:
        """The current segments, named in `en` or `zh`."""
        names = self.names(language)
        return [replace(s, name=names.get(s.id, s.name)) for s in self.segments()]


class Opening:
    """A session that is opened once, in a thread of its own, so that a page can show before it."""

    def __init__(self, load: Callable[[], Session]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._session: Future[Session] | None = None

    def start(self) -> Future[Session]:
        """Begin to open, unless that has begun."""
        with self._lock:
            if self._session is None:
                opener = ThreadPoolExecutor(1, thread_name_prefix="opening")
                self._session = opener.submit(self._load)
                opener.shutdown(wait=False)
            return self._session

    @property
    def ready(self) -> bool:
        """True once `wait` answers at once, be it with an error."""
        return self._session is not None and self._session.done()

    @property
    def session(self) -> Session | None:
        """The session once it is open; None before, and where it could not be opened."""
        opened = self._session
        if opened is None or not opened.done() or opened.exception() is not None:
            return None
        return opened.result()

    def wait_quietly(self) -> None:
        """Return once the session is open, or could not be opened."""
        self.start().exception()

    def wait(self, timeout: float | None = None) -> Session:
        """The session. Raises what opening it raised, or TimeoutError after `timeout` seconds."""
        return self.start().result(timeout)
