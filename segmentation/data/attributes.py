"""Which source columns are kept beside the canonical ones, under which names, and which are dropped
as personal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from segmentation.data.mapping import TableMapping
from segmentation.data.notes import dropped_note
from segmentation.data.shapes import Column
from segmentation.data.tables import COLUMNS
from segmentation.data.words import plain, snake_case, synonyms

__all__ = ["choose_attributes"]

RESERVED = frozenset(
    {
        "segment",
        "segment_name",
        "month",
        "weekday",
        "customer",
        "customers",
        "orders",
        "revenue",
        "all",
    }
)
"""Words that mean something of their own in questions."""

MOST_VALUES = 100
"""An unknown column of order lines, events, reviews or products with more values than this says
nothing of groups."""


def choose_attributes(
    mapping: TableMapping,
    columns: Mapping[str, Column],
    identifying: Mapping[str, str],
    keep: frozenset[str],
    rows: int,
    *,
    only_given: bool = False,
) -> tuple[dict[str, str], list[str]]:
    """(our name -> source column, what was dropped for privacy).

    Known attributes (country, channel, ...) get their canonical names. Of the others, customers
    keep all, the rest keep those with few values, in words. A preset says all that is kept
    (`only_given`).
    """
    chosen: dict[str, str] = {}
    notes: list[str] = []
    named = {column: name for name, column in mapping.attributes.items()}
    for column, profile in columns.items():
        if column in mapping.used:
            continue
        kept = not keep.isdisjoint({column, snake_case(column), named.get(column, column)})
        if column in identifying and not kept:
            notes.append(dropped_note(mapping.table, column, identifying[column]))
        elif column in named:
            chosen[named[column]] = column
        elif kept or (not only_given and _is_wanted(mapping.table, profile, rows)):
            chosen[_free_name(mapping.table, _name(column), {**chosen, **mapping.attributes})] = (
                column
            )
    if "status" in mapping.picks:  # what it says beyond `cancelled` is kept too
        chosen.setdefault("order_status", mapping.picks["status"].columns[0])
    return chosen, notes


def _is_wanted(table: str, column: Column, rows: int) -> bool:
    if not column.filled:
        return False
    if table == "customers" or _known().get(plain(column.name)):
        return True
    few = column.distinct <= min(MOST_VALUES, max(1, rows // 10 if rows >= 200 else rows // 2))
    short = max(map(len, column.sample), default=0) <= 60
    worded = column.share(lambda value: re.search(r"[^\W\d_]", value)) > 0.5
    return few and short and worded and column.dates < 0.5


def _name(column: str) -> str:
    return _known().get(plain(column)) or snake_case(column)


@cache
def _known() -> dict[str, str]:
    """Plain name -> canonical attribute."""
    return {plain(said): name for name, names in synonyms()["attributes"].items() for said in names}


def _free_name(table: str, name: str, taken: Mapping[str, str]) -> str:
    if name in COLUMNS[table] or name in RESERVED or name.startswith("_"):
        name = f"{name.strip('_')}_given"
    return (
        name
        if name not in taken
        else next(f"{name}_{i}" for i in range(2, 1000) if f"{name}_{i}" not in taken)
    )
