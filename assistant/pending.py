"""What waits for the user's word, by id, from when it was shown until it is taken once.

In memory only: an offer ends with the process that showed it. Thread-safe.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from assistant.tools.result import Pending

__all__ = ["Held", "PendingShelf"]


@dataclass(frozen=True)
class Held:
    """An offer, and the thread of conversation it was shown in."""

    pending: Pending
    thread: str


class PendingShelf:
    """The latest offers; the oldest make room for new."""

    def __init__(self, capacity: int = 200) -> None:
        self._capacity = capacity
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._lock = threading.Lock()

    def hold(self, pending: Pending, thread: str) -> None:
        """Keep an offer that the user was shown in `thread`."""
        with self._lock:
            self._held[pending.id] = Held(pending, thread)
            while len(self._held) > self._capacity:
                self._held.popitem(last=False)

    def holds(self, key: str) -> bool:
        """Whether an offer waits under `key`."""
        with self._lock:
            return key in self._held

    def take(self, key: str, thread: str | None = None) -> Pending | None:
        """The offer under `key`, which is then gone; None if there is none, or not in `thread`."""
        with self._lock:
            held = self._held.get(key)
            if held is None or thread not in (None, held.thread):
                return None
            return self._held.pop(key).pending
