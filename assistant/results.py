"""What tools returned, by reference: the model sees a short text, the user the whole result."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping

from assistant.tools.result import ToolResult

__all__ = ["ResultShelf"]


class ResultShelf:
    """The latest results of tools, each under an id. Thread-safe; the oldest make room for new."""

    def __init__(self, capacity: int = 500) -> None:
        self._capacity = capacity
        self._results: OrderedDict[str, ToolResult] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, result: ToolResult) -> str:
        """Keep `result`; return the id that finds it again."""
        key = secrets.token_hex(8)
        self.put_back({key: result})
        return key

    def put_back(self, results: Mapping[str, ToolResult]) -> None:
        """Keep results under the ids that an earlier process gave them."""
        with self._lock:
            self._results.update(results)
            while len(self._results) > self._capacity:
                self._results.popitem(last=False)

    def get(self, key: str) -> ToolResult | None:
        """The result under `key`, or None when it has made room for newer ones."""
        with self._lock:
            return self._results.get(key)
