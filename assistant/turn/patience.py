"""How long a language model is waited for, and how often it is asked again.

The one place for it: the providers' own clients are told not to try again. Knows no agent.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from assistant.turn.outages import AGAIN, Trouble, outage, trouble_of

__all__ = ["Attempt", "Patience", "Stopped", "Vigil", "current_attempt", "patiently"]

T = TypeVar("T")
GLANCE = 0.02
"""Seconds between two looks at whether an answer has come or was given up."""


@dataclass(frozen=True)
class Patience:
    """Seconds and counts of one call to a language model.

    Args:
        silence: without a word from a model that streams, before a call counts as failed.
        longest: for a whole call, words or not.
        tries: how often it is asked in all.
        first_wait, longest_wait: before the second try, doubled for each further one. A server
            that asks for more than the longest is not asked again.
        seed: of the jitter, for tests.
    """

    silence: float = 60.0
    longest: float = 300.0
    tries: int = 3
    first_wait: float = 1.0
    longest_wait: float = 20.0
    seed: int | None = None

    def may_try(self, tries: int, kind: str) -> bool:
        """Whether to ask again after so many `tries`; what took long is tried twice at most."""
        most = min(self.tries, 2) if kind in ("timeout", "stalled") else self.tries
        return kind in AGAIN and tries < most

    def wait(self, tries: int, asked: float | None, rng: random.Random) -> float:
        """Seconds to wait after so many `tries`; `asked` is what the server asks for."""
        backoff: float = min(self.longest_wait, self.first_wait * 2 ** (tries - 1))
        return max(asked or 0.0, backoff * float(rng.uniform(0.5, 1.0)))


class Stopped(BaseException):
    """Nobody wants the answer any more. Like a keyboard interrupt, it is no error."""


class TooLong(Exception):
    """A call said nothing for too long (`stalled`: after it had begun), or took too long."""

    def __init__(self, *, stalled: bool) -> None:
        super().__init__("stalled" if stalled else "timeout")
        self.stalled = stalled


class Attempt:
    """One call as it runs, in a thread of its own; whoever hears the model tells it.

    Attributes:
        text: what the model has said.
        arguments: place of a tool call -> its arguments as they were sent.
        over: nobody waits for it any more.
    """

    def __init__(self) -> None:
        self.text = ""
        self.arguments: dict[Any, str] = {}
        self.over = False
        self.begun = False
        self.last_word = time.monotonic()

    def heard(self) -> None:
        """The model has said something."""
        self.last_word, self.begun = time.monotonic(), True


_ATTEMPT: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def current_attempt() -> Attempt | None:
    """The attempt that this thread makes; None outside of one."""
    return _ATTEMPT.get()


class Vigil:
    """A wish to stop that ends whatever is waited for. Threads may share it."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Whatever is waited for is given up soon."""
        self._stopped.set()

    def check(self) -> None:
        """Raises Stopped after `stop`."""
        if self._stopped.is_set():
            raise Stopped

    def nap(self, seconds: float) -> None:
        """Wait. Raises Stopped when stopped meanwhile."""
        self._stopped.wait(seconds)
        self.check()

    def over(self, call: Callable[[], T], patience: Patience, context: Context) -> T:
        """What `call` returns, made in a thread of its own, which is left behind where it hangs.

        No client can be trusted to notice a server that keeps a connection alive and says nothing.

        Raises:
            TooLong: it fell silent or took too long.
            Stopped: nobody waits any more.
        """
        attempt, done = Attempt(), SimpleQueue[tuple[bool, Any]]()
        context.run(_ATTEMPT.set, attempt)
        run = partial(context.run, _outcome, call, done)
        threading.Thread(target=run, name="model", daemon=True).start()
        try:
            fine, found = self._waited(done, attempt, patience)
        finally:
            attempt.over = True
        if fine:
            return found  # type: ignore[no-any-return]
        raise found

    def _waited(
        self, done: SimpleQueue[tuple[bool, Any]], attempt: Attempt, patience: Patience
    ) -> tuple[bool, Any]:
        until = attempt.last_word + patience.longest
        while True:
            with suppress(Empty):
                return done.get(timeout=GLANCE)
            self.check()
            now = time.monotonic()
            if now > min(until, attempt.last_word + patience.silence):
                raise TooLong(stalled=attempt.begun and now < until)


def patiently(
    call: Callable[[], T],
    patience: Patience,
    *,
    model: str,
    language: str = "en",
    vigil: Vigil | None = None,
    isolated: bool = False,
) -> T:
    """What `call` returns; asked again, with growing pauses, while trouble may pass by itself.

    Args:
        model: its name, for messages in `language`.
        isolated: the call knows nothing of the run it is made in (its callbacks, its streams).

    Raises:
        Outage: it did not answer.
        Stopped: `vigil` was stopped.
    """
    vigil, rng = vigil or Vigil(), random.Random(patience.seed)
    for tries in range(1, patience.tries + 1):
        try:
            return vigil.over(call, patience, Context() if isolated else copy_context())
        except Exception as error:  # every provider's client raises its own kind
            trouble = _trouble(error)
            wait = patience.wait(tries, trouble.wait, rng)
            if not patience.may_try(tries, trouble.kind) or wait > patience.longest_wait:
                raise outage(trouble, model, language) from error
        vigil.nap(wait)
    raise AssertionError("patience has at least one try")


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, TooLong):
        return Trouble("stalled" if error.stalled else "timeout")
    return trouble_of(error)


def _outcome(call: Callable[[], Any], done: SimpleQueue[tuple[bool, Any]]) -> None:
    try:
        done.put((True, call()))
    except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
        done.put((False, error))
