"""A cache of encoded texts in one SQLite file: (encoder, text) → vector.

Texts are kept only as hashes. It is a cache and nothing else: whatever is wrong with the file
(damaged, foreign, locked, not writable) costs time, never an answer, and is warned of.
"""

from __future__ import annotations

import hashlib
import sqlite3
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["EncodingCache"]

APPLICATION_ID = 0x4B4E4443  # "KNDC": tells our file from somebody else's
AT_ONCE = 500  # the oldest SQLite builds allow 999 variables in a statement
PATIENCE = 5.0  # seconds to wait for another writer
UNUSABLE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)
SCHEMA = """
CREATE TABLE IF NOT EXISTS encodings (
    encoder TEXT NOT NULL, text BLOB NOT NULL, vector BLOB NOT NULL, crc INTEGER NOT NULL,
    PRIMARY KEY (encoder, text)
)
"""

Vector = NDArray[np.float32]
Answer = TypeVar("Answer")


class EncodingCache:
    """Vectors by encoder digest and content hash of the text. Safe for threads and processes.

    Args:
        path: the SQLite file; made, with its folder, on first use.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, encoder: str, texts: Sequence[str]) -> dict[str, Vector]:
        """Those of the texts that are known, with their vectors (float32, read-only)."""
        by_hash = {_hash(text): text for text in texts}
        keys = list(by_hash)

        def select(database: sqlite3.Connection) -> dict[str, Vector]:
            return {
                by_hash[key]: np.frombuffer(vector, dtype="<f4")
                for start in range(0, len(keys), AT_ONCE)
                for key, vector, crc in _rows(database, encoder, keys[start : start + AT_ONCE])
                if crc == _crc(key, vector)
            }

        return self._run(select, otherwise={})

    def put(self, encoder: str, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors (len(texts), dim), one per text: all of a call, or none."""
        blobs = [np.ascontiguousarray(row, dtype="<f4").tobytes() for row in vectors]
        keys = [_hash(text) for text in texts]
        rows = [(encoder, k, b, _crc(k, b)) for k, b in zip(keys, blobs, strict=True)]
        insert = "INSERT OR REPLACE INTO encodings VALUES (?, ?, ?, ?)"
        self._run(lambda database: _many(database, insert, rows), otherwise=0)

    def remove(self, texts: Sequence[str]) -> int:
        """Forget texts, for every encoder, overwriting their place in the file.

        Returns:
            Rows removed.
        """
        keys = [(_hash(text),) for text in texts]
        delete = "DELETE FROM encodings WHERE text = ?"
        return self._run(lambda database: _many(database, delete, keys), otherwise=0)

    def count(self) -> int:
        """Vectors kept, of all encoders."""
        query = "SELECT count(*) FROM encodings"
        return self._run(lambda database: int(database.execute(query).fetchone()[0]), otherwise=0)

    def _run(self, action: Callable[[sqlite3.Connection], Answer], otherwise: Answer) -> Answer:
        """Run one transaction; on a damaged file start an empty one, on any other trouble go on."""
        try:
            try:
                return self._transact(action)
            except sqlite3.DatabaseError as error:
                if not _is_unusable(error):
                    raise
                self._set_aside(error)
                return self._transact(action)
        except (sqlite3.Error, OSError) as error:
            _warn(f"The encoding cache {self.path} cannot be used and is skipped: {error}")
            return otherwise

    def _transact(self, action: Callable[[sqlite3.Connection], Answer]) -> Answer:
        # A connection of its own for every call: SQLite's file locks then do the rest.
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=PATIENCE)) as database, database:
            database.execute("PRAGMA synchronous = OFF")  # a lost cache costs time, an fsync more
            _prepare(database)
            return action(database)

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        """Move the unusable file out of the way, keeping it: it may be somebody's."""
        aside = self.path.with_name(f"{self.path.name}.unusable")
        self.path.replace(aside)
        self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)
        _warn(f"The encoding cache was unusable ({error}), moved to {aside} and started anew")


def _prepare(database: sqlite3.Connection) -> None:
    """Mark and lay out a new file; refuse one that is not ours."""
    if _is_ours(database):
        return
    database.execute("BEGIN IMMEDIATE")  # somebody else may be laying it out right now
    if not _is_ours(database):
        if database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise sqlite3.DatabaseError("not an encoding cache")
        database.execute(SCHEMA)
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.commit()


def _is_ours(database: sqlite3.Connection) -> bool:
    return bool(database.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def _is_unusable(error: sqlite3.DatabaseError) -> bool:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    # No code: our own refusal of a foreign file. Extended codes keep the plain one in the low byte.
    return code is None or code & 0xFF in UNUSABLE


def _rows(
    database: sqlite3.Connection, encoder: str, keys: Sequence[bytes]
) -> Iterator[tuple[bytes, bytes, int]]:
    marks = ",".join("?" * len(keys))
    query = f"SELECT text, vector, crc FROM encodings WHERE encoder = ? AND text IN ({marks})"
    yield from database.execute(query, [encoder, *keys])


def _many(database: sqlite3.Connection, statement: str, rows: Sequence[Sequence[object]]) -> int:
    database.execute("PRAGMA secure_delete = ON")
    return database.executemany(statement, rows).rowcount


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _crc(key: bytes, vector: bytes) -> int:
    """SQLite does not check the contents of its pages; this notices a flipped bit in a vector."""
    return zlib.crc32(vector, zlib.crc32(key))


def _warn(message: str) -> None:
    warnings.warn(message, RuntimeWarning, stacklevel=4)
