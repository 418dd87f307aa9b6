"""Who is first, second or last: places that facts state, and those that follow from lists of them.

A list that a tool cut off shows one end only: of the top five the lowest is nobody's lowest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.grounding.about import About
from assistant.grounding.evidence import Evidence

__all__ = ["Board", "boards_of", "is_placed"]

FULL = {"weekday": 2, "daypart": 2, "month": 2}
"""Splits that no tool cuts off, from so many rows."""


@dataclass(frozen=True)
class Board:
    """The same number of several, best first.

    Args:
        entries: in falling order.
        top, bottom: whether the first and the last of them are so among all.
        given: how many were listed, in the order given: `desc`, `asc` or neither.
    """

    entries: tuple[Evidence, ...]
    top: bool
    bottom: bool
    order: str

    def place(self, entry: Evidence) -> tuple[int, int]:
        """Its place from the top and from the bottom; equals share the better one."""
        value = entry.value or 0.0
        above = sum((e.value or 0.0) > value for e in self.entries)
        below = sum((e.value or 0.0) < value for e in self.entries)
        return above + 1, below + 1


def boards_of(evidence: Sequence[Evidence], about: About) -> list[Board]:
    """Every list of the facts."""
    lists: dict[tuple[str, ...], dict[str, Evidence]] = defaultdict(dict)
    for one in evidence:
        if one.value is None or one.role or one.told or one.is_rest:
            continue
        for key, who in _places(one):
            lists[key].setdefault(who, one)
    return [
        _board(key, list(entries.values()), about)
        for key, entries in lists.items()
        if len(entries) > 1
    ]


def _places(one: Evidence) -> Iterable[tuple[tuple[str, ...], str]]:
    """Each part of its subject that could be another."""
    parts = one.given.fact.subject.split("&")
    for i, part in enumerate(parts):
        dimension, colon, who = part.partition(":")
        if colon and "!" not in dimension and ">" not in part and "<" not in part:
            rest = "&".join([*parts[:i], *parts[i + 1 :]])
            yield (one.metric, one.period, one.kind, dimension, rest), who


def _board(key: tuple[str, ...], entries: list[Evidence], about: About) -> Board:
    values = [e.value or 0.0 for e in entries]
    falling = all(a >= b for a, b in pairwise(values))
    rising = all(a <= b for a, b in pairwise(values))
    order = "desc" if falling and not rising else "asc" if rising and not falling else ""
    whole = _is_whole(key[3], len(entries), about)
    ranked = tuple(sorted(entries, key=lambda e: -(e.value or 0.0)))
    return Board(ranked, whole or order == "desc", whole or order == "asc", order)


def _is_whole(dimension: str, rows: int, about: About) -> bool:
    known = {
        "segment": sum(not s.endswith(":0") for s in about.subjects),
        "country": len(about.names.countries),
        "category": len(about.names.categories),
        "product": len(about.names.products),
        **FULL,
    }
    return rows >= known.get(dimension, rows + 1)


def is_placed(boards: Sequence[Board], entry: Evidence, place: int, last: bool) -> bool | None:
    """Whether a number has that place from the top (`last`: the bottom); None where none says."""
    stated = entry.given.rank, entry.given.of
    if stated[0] is not None and not entry.role and not entry.is_rest:
        return stated[0] == (place if not last else (stated[1] or 0) + 1 - place)
    seen: list[bool] = []
    for board in boards:
        if any(e is entry for e in board.entries):
            first, bottom = board.place(entry)
            if board.bottom if last else board.top:
                seen.append((bottom if last else first) == place)
    return any(seen) if seen else None
