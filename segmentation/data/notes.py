"""What a reading says of personal data it found: written here, and taken apart again here.

A report keeps these notes as plain sentences; whoever shows them in another language or another
form asks `understood` what they say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Dropped", "Scrubbed", "dropped_note", "scrubbed_note", "understood"]

_DROPPED = re.compile(r"(\w+): column (['\"])(.+)\2 was dropped \((\w+)\)", re.DOTALL)
_SCRUBBED = re.compile(r"(\w+): scrubbed from distinct texts: (.+)", re.DOTALL)
_FOUND = re.compile(r"(\d[\d,]*) (\w+)")


@dataclass(frozen=True)
class Dropped:
    """A column that identifies people and is kept nowhere; `kind` as in privacy.py."""

    table: str
    column: str
    kind: str


@dataclass(frozen=True)
class Scrubbed:
    """What was blotted out in texts: kind -> in how many distinct ones."""

    table: str
    found: Mapping[str, int]


def dropped_note(table: str, column: str, kind: str) -> str:
    """What is said of a column that identifies people and is kept nowhere."""
    return f"{table}: column {column!r} was dropped ({kind})"


def scrubbed_note(table: str, found: Mapping[str, int]) -> str:
    """What is said of personal data that stood in texts."""
    told = ", ".join(f"{n:,} {kind}" for kind, n in sorted(found.items()))
    return f"{table}: scrubbed from distinct texts: {told}"


def understood(note: str) -> Dropped | Scrubbed | None:
    """What a note says; None for any other."""
    if match := _DROPPED.fullmatch(note):
        table, _, column, kind = match.groups()
        return Dropped(table, column, kind)
    if match := _SCRUBBED.fullmatch(note):
        found = {kind: int(n.replace(",", "")) for n, kind in _FOUND.findall(match.group(2))}
        return Scrubbed(match.group(1), found)
    return None
