"""Numbers as a reader of English or Chinese writes them. Formats only: nothing is computed here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from babel.dates import format_skeleton
from babel.numbers import format_currency, format_decimal, format_percent

__all__ = [
    "format_cells",
    "format_count",
    "format_period",
    "format_rounded",
    "format_seconds",
    "format_value",
]

_LOCALES = {"en": "en", "zh": "zh_Hans_CN"}
_CURRENCY = re.compile(r"[A-Z]{3}")
_SHARE = re.compile(r"(^|[ _])(share|rate|percent|%)($|[ _])|率|占比", re.IGNORECASE)
_CORRECTED = re.compile(r"corrected|校正", re.IGNORECASE)
_RATIO = re.compile(r"ratio|lift|effect|比|倍|效应", re.IGNORECASE)
_PLAIN = re.compile(
    r"^(id|segment|year|customer|customer_id|product_id|客群|年份?)$", re.IGNORECASE
)
_P, SMALLEST_P = "0.000", 0.001
MILLISECONDS_UNTIL = 0.95
WHOLE_FROM = 10_000
"""Figures of this size are read without their decimals."""


def format_value(value: Any, unit: str, language: str) -> str:
    """One fact's value with its unit: `£1,234.50`, `38%`, `1,234`; a dash where there is none."""
    if value is None or (isinstance(value, float) and value != value):
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    locale = _LOCALES[language]
    if unit == "share":
        return format_percent(value, "#,##0.#%", locale=locale)
    if _CURRENCY.fullmatch(unit):
        return format_currency(value, unit, locale=locale)
    return format_decimal(value, "#,##0.##", locale=locale)


def format_rounded(value: float, unit: str) -> str:
    """A round number as short as can be, in any language: `$50`, `€2.5`, `12%`, `1,200`."""
    if unit == "share":
        return str(format_percent(value, "#,##0.##%", locale="en"))
    if _CURRENCY.fullmatch(unit):
        form = {"format": "¤#,##0.##", "currency_digits": False, "locale": "en"}
        return str(format_currency(value, unit, **form))
    return str(format_decimal(value, "#,##0.##", locale="en"))


def format_count(count: int, language: str) -> str:
    """A whole number with its thousands separated."""
    return format_decimal(count, "#,##0", locale=_LOCALES[language])


def format_period(first: date, last: date, language: str) -> str:
    """The months from `first` to `last`: `Jul 2024 – Jun 2026`."""
    ends = [format_skeleton("yMMM", day, locale=_LOCALES[language]) for day in (first, last)]
    return ends[0] if ends[0] == ends[1] else " – ".join(ends)


def format_seconds(seconds: float, language: str) -> str:
    """How long a step took: `38 ms`, `2.1 s`."""
    if seconds < MILLISECONDS_UNTIL:
        return f"{max(1, round(seconds * 1000))} ms"
    return f"{format_decimal(seconds, '0.0', locale=_LOCALES[language])} s"


def format_cells(
    name: str, cells: Sequence[Any], language: str, labels: Sequence[str] = ()
) -> list[str]:
    """One column of a table: its numbers have the same decimals.

    Where the rows are measures of different kinds, which their labels then say, each has its own.
    """
    alike = _SHARE.search(name) or _CORRECTED.search(name)
    mixed = not alike and any(_SHARE.search(label) for label in labels)
    if mixed:
        kinds = [label if not _RATIO.search(name) else "" for label in labels]
        return [
            _cell(cell, _pattern(kind, [cell]), language)
            for cell, kind in zip(cells, kinds, strict=True)
        ]
    pattern = _pattern(name, cells)
    return [_cell(cell, pattern, language) for cell in cells]


def _pattern(name: str, cells: Sequence[Any]) -> str:
    numbers = [abs(cell) for cell in cells if _is_number(cell)]
    if _PLAIN.match(name):
        return "0.##"
    if _CORRECTED.search(name):
        return _P
    if numbers and _SHARE.search(name) and max(numbers) <= 1:
        return "0.0%"
    if all(float(n).is_integer() for n in numbers) or max(numbers) >= WHOLE_FROM:
        return "#,##0"
    return "#,##0.00"


def _cell(cell: Any, pattern: str, language: str) -> str:
    if not _is_number(cell):
        return "–" if cell is None or cell != cell else str(cell)
    if pattern == _P and abs(cell) < SMALLEST_P:
        return f"<{format_decimal(SMALLEST_P, _P, locale=_LOCALES[language])}"
    form = format_percent if pattern.endswith("%") else format_decimal
    return str(form(cell, pattern, locale=_LOCALES[language]))


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool) and cell == cell
