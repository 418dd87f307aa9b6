"""Conversations as they were shown, kept so that they survive a restart.

A table beside the agent's memory, in the same SQLite file: that remembers what a model needs, this
what a reader saw. It knows neither the page nor the agent; an exchange is JSON to it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["LONGEST_TITLE", "MOST_THREADS", "Thread", "ThreadBook"]

LONGEST_TITLE = 120
MOST_THREADS = 500
"""So many are listed; older ones are kept."""

PATIENCE = 10.0
"""Seconds to wait for another process that is writing."""

_TABLES = """
CREATE TABLE IF NOT EXISTS threads (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS exchanges (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    thread TEXT NOT NULL REFERENCES threads (id), said TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS exchanges_of_thread ON exchanges (thread, place);
"""


@dataclass(frozen=True)
class Thread:
    """A line of the list. `at` is when it was last asked something, in UTC."""

    id: str
    title: str
    at: datetime


class ThreadBook:
    """The conversations of a workspace, each under its owner. Thread-safe; processes may share it.

    Whoever is not the owner of a thread finds nothing and changes nothing there.
    """

    def __init__(self, path: Path | None = None, redact: Callable[[str], str] = str) -> None:
        """A book in the file `path`, or one that ends with the process.

        Args:
            redact: what of the user's words is kept.
        """
        self._redact = redact
        self._lock = threading.Lock()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._base = sqlite3.connect(path or ":memory:", timeout=PATIENCE, check_same_thread=False)
        with self._writing() as base:
            base.executescript(_TABLES)

    def threads(self, owner: str = "") -> list[Thread]:
        """Those of `owner`, the one asked last first."""
        found = self._rows(
            "SELECT id, title, at FROM threads WHERE owner = ?"
            " ORDER BY at DESC, rowid DESC LIMIT ?",
            owner,
            MOST_THREADS,
        )
        return [Thread(id, title, datetime.fromisoformat(at)) for id, title, at in found]

    def exchanges(self, thread: str, owner: str = "") -> list[dict[str, Any]]:
        """What was asked and answered in a thread, in order."""
        found = self._rows(
            "SELECT said FROM exchanges JOIN threads ON threads.id = thread"
            " WHERE thread = ? AND owner = ? ORDER BY place",
            thread,
            owner,
        )
        return [json.loads(said) for (said,) in found]

    def keep(self, thread: str, exchange: Mapping[str, Any], owner: str = "") -> None:
        """Enter an exchange, which begins the thread if need be, or what has become of it since.

        Args:
            exchange: JSON with its `id` and `question`; a thread is called like its first one.
        """
        question = self._redact(str(exchange["question"]))
        said = json.dumps({**exchange, "question": question}, ensure_ascii=False, default=str)
        title = " ".join(question.split())[:LONGEST_TITLE]
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._writing() as base:
            base.execute(
                "INSERT INTO threads VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (thread, owner, title, now),
            )
            if not _owned(base, thread, owner):
                return
            known = base.execute(
                "UPDATE exchanges SET said = ? WHERE id = ? AND thread = ?",
                (said, exchange["id"], thread),
            )
            if not known.rowcount:
                base.execute(
                    "INSERT INTO exchanges (id, thread, said) VALUES (?, ?, ?)",
                    (exchange["id"], thread, said),
                )
                base.execute("UPDATE threads SET at = ? WHERE id = ?", (now, thread))

    def drop(self, thread: str, exchange: str, owner: str = "") -> None:
        """Take an exchange out; a thread without any is gone."""
        with self._writing() as base:
            if _owned(base, thread, owner):
                base.execute(
                    "DELETE FROM exchanges WHERE id = ? AND thread = ?", (exchange, thread)
                )
                base.execute(
                    "DELETE FROM threads WHERE id = ? AND id NOT IN (SELECT thread FROM exchanges)",
                    (thread,),
                )

    def rename(self, thread: str, title: str, owner: str = "") -> None:
        """Call a thread otherwise; an empty title changes nothing."""
        if short := " ".join(self._redact(title).split())[:LONGEST_TITLE]:
            with self._writing() as base:
                base.execute(
                    "UPDATE threads SET title = ? WHERE id = ? AND owner = ?",
                    (short, thread, owner),
                )

    def delete(self, thread: str, owner: str = "") -> bool:
        """Take a thread out with all that was said; whether there was one."""
        with self._writing() as base:
            if not _owned(base, thread, owner):
                return False
            base.execute("DELETE FROM exchanges WHERE thread = ?", (thread,))
            base.execute("DELETE FROM threads WHERE id = ?", (thread,))
        return True

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._base.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or nothing."""
        with self._lock, self._base:
            yield self._base


def _owned(base: sqlite3.Connection, thread: str, owner: str) -> bool:
    found = base.execute("SELECT 1 FROM threads WHERE id = ? AND owner = ?", (thread, owner))
    return found.fetchone() is not None
