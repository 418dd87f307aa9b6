"""Which table a file is, by its columns and its name; and whether it is of a known data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segmentation.data.mapping import TableMapping, map_table
from segmentation.data.presets import PRESETS, Preset, load_preset
from segmentation.data.shapes import Column
from segmentation.data.words import name_words, plain, words
from segmentation.types import TABLES

__all__ = ["preset_of", "table_of"]

TELLING = {
    "orders": {"order_id", "quantity", "unit_price", "total", "discount", "status"},
    "events": {"kind", "session_id", "query"},
    "reviews": {"rating", "text", "title"},
    "products": {"brand", "stock", "image", "unit_price", "category"},
    "customers": set[str](),
}
"""Columns that say which table it is; the others occur in several."""


def table_of(name: str, columns: Mapping[str, Column], identifying: Mapping[str, str]) -> str:
    """The table that a file's columns fit best; its name decides between equals."""
    called = _by_file_name(name)
    scores = {
        table: _fit(table, columns, identifying) + 0.6 * (table == called) for table in TABLES
    }
    return max(TABLES, key=lambda table: scores[table])


def _by_file_name(name: str) -> str | None:
    called = " ".join(name_words(name))
    known = words()["file_names"]
    return next((t for t in TABLES if any(word in called for word in known[t])), None)


def _fit(table: str, columns: Mapping[str, Column], identifying: Mapping[str, str]) -> float:
    """How much of a table is there (a whole one counts most), and of the file is in it."""
    mapping = map_table(table, columns, identifying=identifying)
    told = len(TELLING[table] & mapping.picks.keys())
    used = len(mapping.used) / max(1, len(columns))
    fit = 2.0 * (not mapping.missing) + 0.4 * told + used
    if table == "customers":
        fit += 1.5 * _one_row_each(mapping, columns) - 0.5
    if table == "products" and _has_person(columns, identifying):
        fit -= 2.0
    return fit


def _one_row_each(mapping: TableMapping, columns: Mapping[str, Column]) -> bool:
    """Whether nobody occurs twice, and something but order lines is known of them."""
    pick = mapping.picks.get("customer_id")
    if pick is None:
        return False
    bought = map_table("orders", columns)
    return columns[pick.columns[0]].repeats < 1.05 and bool(bought.missing)


def _has_person(columns: Mapping[str, Column], identifying: Mapping[str, str]) -> bool:
    return "customer_id" in map_table("orders", columns, identifying=identifying).picks


# Known data sets


def preset_of(files: Sequence[tuple[str, Mapping[str, Column]]]) -> str | None:
    """The preset that (name, columns) of all files fit, if any."""
    return next((name for name in PRESETS if _fits(load_preset(name), files)), None)


def _fits(preset: Preset, files: Sequence[tuple[str, Mapping[str, Column]]]) -> bool:
    if preset.files:
        return _has_files(preset, [name.lower() for name, _ in files])
    if len(files) != 1:
        return False
    ((name, columns),) = files
    (table,) = preset.tables
    if preset.layout.header is None:
        return _has_columns(preset, table, columns)
    return preset.name in plain(name) or _has_kinds(preset, table, columns)


def _has_files(preset: Preset, names: Sequence[str]) -> bool:
    """Whether the files that it needs are all there, and none besides."""
    needed = {alias for said in preset.tables.values() for alias in _needed(said)}
    there = {a: [n for n in names if n.startswith(start)] for a, start in preset.files.items()}
    known = {name for found in there.values() for name in found}
    return known == set(names) and all(there[alias] for alias in needed)


def _needed(said: Mapping[str, object]) -> list[str]:
    more = said.get("needs") or []
    return [] if said.get("optional") else [str(said["from"]), *map(str, more)]  # type: ignore[call-overload]


def _has_columns(preset: Preset, table: str, columns: Mapping[str, Column]) -> bool:
    said = {plain(column) for column in preset.tables[table]["columns"].values()}
    return said <= {plain(column) for column in columns}


def _has_kinds(preset: Preset, table: str, columns: Mapping[str, Column]) -> bool:
    """Whether a file without a header looks like the preset's: its kinds of events are its own."""
    kinds = preset.kinds(table)
    header = preset.layout.header or ()
    if not kinds or len(header) != len(columns):
        return False
    at = header.index(preset.tables[table]["columns"]["kind"])
    return list(columns.values())[at].share(lambda value: value in kinds) > 0.99
