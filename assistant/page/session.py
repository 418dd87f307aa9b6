"""An opened workspace as a page or a program sees it: an assistant, and what to ask it about."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol

from assistant.page.arrival.building import Building, busy
from assistant.page.wording import page_words
from assistant.threads import ThreadBook
from segmentation.types import KindredError, Progress, Segment
from store.errors import NoSnapshot

if TYPE_CHECKING:
    from assistant.cards import Card
    from assistant.finding import Finder
    from assistant.tools.result import Chart, Table, ToolResult
    from assistant.turn.events import Answer

__all__ = ["Opening", "Session", "Shop", "Speaker", "Standing"]


class Speaker(Protocol):
    """Answers questions; `assistant.chat.Assistant` is the real one."""

    def ask(self, question: str, *, thread: str | None = None, language: str = "auto") -> Any: ...

    def stream(
        self, question: str, *, thread: str | None = None, language: str = "auto"
    ) -> Generator[Any, None, None]: ...

    def stop(self, thread: str) -> None:
        """End the turn that a thread is in, soon."""

    def forget_last(self, thread: str) -> None:
        """Take the last question of a thread, and all that followed it, out of the memory."""

    def forget(self, thread: str) -> None:
        """Take a whole thread out of the memory."""

    def recall(self, results: Mapping[str, ToolResult]) -> None:
        """Know results again that a thread of an earlier process speaks of, by their keys."""

    def waits(self, key: str) -> bool:
        """Whether something still waits under `key`."""

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
        cards: segment id -> what its card tells in `en` or `zh`, as far as it is known by now.
        customer_map: the map of customers in `en` or `zh`, as `draw_chart` draws it; None: none.
        threads: the conversations of before; without a file they end with the process.
        next_questions: what one may ask after an answer, given it and `en` or `zh`.
        saved: called with a table of an answer, its file and by whom, when a user saves it.
        similar: customers like these, as `Kindred.similar`; None where nobody can be compared.
        finder: the same for a form; None likewise.
        persona: the persona of a segment, as `Kindred.persona`; None where nobody can be described.
        report: the JSON of `kindred build`: what was read, set aside, dropped and made.
        report_file: language, who asks, progress -> the report to save: `name`, `content`, `type`;
            it is entered in the export log. None where there is nothing to report on.
        set_aside: table, who asks -> its rows that were set aside, as CSV; enters it in the log.
    """

    assistant: Speaker
    shop: Shop
    segments: Callable[[], Sequence[Segment]]
    examples: Callable[[str], Sequence[str]]
    names: Callable[[str], Mapping[int, str]] = lambda language: {}
    standing: Callable[[], Standing] = Standing
    cards: Callable[[str], Mapping[int, Card]] = lambda language: {}
    customer_map: Callable[[str], Chart | None] = lambda language: None
    threads: ThreadBook = field(default_factory=ThreadBook)
    next_questions: Callable[[Answer, str], Sequence[str]] = lambda answer, language: ()
    saved: Callable[[Table, bytes, str], None] = lambda table, content, by: None
    similar: Callable[..., dict[str, Any]] | None = None
    finder: Finder | None = None
    persona: Callable[..., dict[str, Any]] | None = None
    report: Callable[[], Mapping[str, Any]] = dict
    report_file: Callable[[str, str, Progress], dict[str, str]] | None = None
    set_aside: Callable[[str, str], str] = lambda table, by: ""

    def segments_in(self, language: str) -> list[Segment]:
        """The current segments, named in `en` or `zh`."""
        names = self.names(language)
        return [replace(s, name=names.get(s.id, s.name)) for s in self.segments()]


State = Literal["empty", "opening", "building", "ready", "failed"]


class Opening:
    """The session of a page: opened once, in a thread of its own, so that a page can show before
    it; and opened anew when the workspace gets other data.

    Args:
        load: opens the session; raises NoSnapshot where there is nothing to open yet.
    """

    def __init__(self, load: Callable[[], Session]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._session: Future[Session] | None = None
        self.building: Building | None = None
        """The build under way, or the last one."""
        self.edition = 0
        """Counts up when other data takes the place of the old."""

    def start(self) -> Future[Session]:
        """Begin to open, unless that has begun."""
        with self._lock:
            if self._session is None:
                opener = ThreadPoolExecutor(1, thread_name_prefix="opening")
                self._session = opener.submit(_loaded, self._load)
                opener.shutdown(wait=False)
            return self._session

    def build(self, work: Callable[[Progress], Session]) -> Building:
        """Begin to build; the session that `work` returns takes the place of this one.

        Until then, and if it fails, the old session stays; where there is none, who waits waits
        for the new one.

        Raises:
            InputError: a build is under way.
        """
        before = self.start()
        before.exception()
        with self._lock:
            if self.building is not None and not self.building.over:
                raise busy()
            if before.exception() is not None:
                self._session = Future()
            self.building = Building(work, partial(self._settle, before))
            self.building.start()
            return self.building

    def _settle(self, before: Future[Session], session: Session | None) -> None:
        """The build is over: what was waited for is there, or what was before is back."""
        with self._lock:
            waiting, self._session = self._session, before
            if session is not None:
                self._session = Future()
                self._session.set_result(session)
                self.edition += 1
        if waiting is not None and not waiting.done():
            _copy(self._session, waiting)

    @property
    def state(self) -> State:
        """`building` also while the old session still answers."""
        if self.building is not None and not self.building.over:
            return "building"
        opened = self._session
        if opened is None or not opened.done():
            return "opening"
        error = opened.exception()
        if error is None:
            return "ready"
        return "empty" if isinstance(error, NoSnapshot) else "failed"

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


def _loaded(load: Callable[[], Session]) -> Session:
    """The session; a defect of ours becomes a message too, or the page would wait for ever."""
    try:
        return load()
    except KindredError:
        raise
    except Exception as error:
        words = page_words("en")["defect"]
        raise KindredError(
            words["what"].format(error=type(error).__name__), fix=words["fix"]
        ) from error


def _copy(settled: Future[Session], waiting: Future[Session]) -> None:
    error = settled.exception()
    if error is None:
        waiting.set_result(settled.result())
    else:
        waiting.set_exception(error)
