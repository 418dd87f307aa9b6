"""What one turn may spend on a language model, and what it has spent. Thread-safe."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage

from assistant.grounding.answers import Checked
from assistant.turn.history import tokens_in
from assistant.turn.outages import Outage
from assistant.turn.patience import Vigil
from assistant.turn.replies import Ear

__all__ = ["Ledger", "Limits", "Usage", "current_ledger", "spending"]


@dataclass(frozen=True)
class Limits:
    """How much one turn may take.

    Args:
        model_calls: replies of the model that picks tools (tries after an outage are one call).
        tool_calls: tools it may have run.
        tokens: in and out, of all its calls.
        seconds: after which no further call is begun.
        letters: of one reply; a longer one is not listened to.
        mistakes: replies that cannot be used, before the turn is given up.
    """

    model_calls: int = 8
    tool_calls: int = 12
    tokens: int = 200_000
    seconds: float = 600.0
    letters: int = 20_000
    mistakes: int = 3


@dataclass(frozen=True)
class Usage:
    """What a turn took.

    Args:
        model_calls: how often a language model replied.
        input_tokens, output_tokens: as the provider counts them; `estimated` where it does not.
        cost: what the provider says it cost, in its currency (US dollars with OpenRouter); None
            where it says nothing.
    """

    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    estimated: bool = False

    @property
    def tokens(self) -> int:
        """In and out."""
        return self.input_tokens + self.output_tokens


class Ledger:
    """The account of one turn.

    Attributes:
        vigil: stops whatever the turn waits for.
        ear: hears what the model sends.
        check: of what the model says, over the results it was shown.
        fallback: why the offline model answers in this turn; None where it need not.
        model_calls: replies of the model that picks tools; those for tools are in `usage` alone.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.vigil = Vigil()
        self.ear = Ear(self.vigil, self.limits.letters)
        self.check: Callable[[str], Checked] = Checked
        self.fallback: Outage | None = None
        self.mistakes = 0
        self.model_calls = 0
        self.tool_calls = 0
        self.refused = 0
        self._usage = Usage()
        self._began = time.monotonic()
        self._calls: set[str] = set()
        self._lock = threading.Lock()

    @property
    def usage(self) -> Usage:
        """What was spent so far."""
        return self._usage

    @property
    def tokens_used_up(self) -> bool:
        """Whether nothing may be asked of a model any more."""
        return self._usage.tokens >= self.limits.tokens

    @property
    def reached(self) -> str:
        """Which limit allows no further call of the model: a field of Limits; empty while none."""
        if self.model_calls >= self.limits.model_calls:
            return "model_calls"
        if self.tokens_used_up:
            return "tokens"
        if time.monotonic() - self._began >= self.limits.seconds:
            return "seconds"
        return ""

    @property
    def last_call(self) -> str:
        """Why the next reply has to be the answer: a field of Limits; empty where it need not."""
        if self.tool_calls >= self.limits.tool_calls:
            return "tool_calls"
        return "model_calls" if self.model_calls == self.limits.model_calls - 1 else ""

    def spend(self, reply: AIMessage, asked: str, *, aside: bool = False) -> None:
        """Enter a reply to the prompt `asked`.

        Args:
            aside: it was written for a tool: its tokens count, but the turn's next step is as far
                off as before.
        """
        told = reply.usage_metadata
        tokens = (
            (told["input_tokens"], told["output_tokens"])
            if told
            else (tokens_in(asked), tokens_in(str(reply.content)))
        )
        cost = _cost(reply)
        with self._lock:
            spent = self._usage
            self.model_calls += not aside
            self._usage = Usage(
                spent.model_calls + 1,
                spent.input_tokens + tokens[0],
                spent.output_tokens + tokens[1],
                spent.cost if cost is None else (spent.cost or 0.0) + cost,
                spent.estimated or not told,
            )

    def admit(self, name: str, args: Mapping[str, Any]) -> str:
        """Enter a tool call; why it is not to be made: `again`, `tool_calls`, or empty: make it."""
        call = json.dumps([name, args], sort_keys=True, default=str)
        with self._lock:
            if call in self._calls or self.tool_calls >= self.limits.tool_calls:
                self.refused += 1
                return "again" if call in self._calls else "tool_calls"
            self._calls.add(call)
            self.tool_calls += 1
        return ""


_CURRENT: ContextVar[Ledger | None] = ContextVar("ledger", default=None)


@contextmanager
def spending(ledger: Ledger | None) -> Iterator[None]:
    """What a tool spends on a language model goes into this account."""
    token = _CURRENT.set(ledger)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current_ledger() -> Ledger | None:
    """The account of the turn this is called in; None outside of one."""
    return _CURRENT.get()


def _cost(reply: AIMessage) -> float | None:
    """What the provider says a reply cost."""
    told = reply.response_metadata
    cost = told.get("cost", (told.get("token_usage") or {}).get("cost"))
    return float(cost) if isinstance(cost, int | float) else None
