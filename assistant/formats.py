"""Numbers as a reader of English or Chinese writes them. Formats only: nothing is computed here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal, format_percent

__all__ = [
    "format_cells",
    "format_count",
    "format_day",
    "format_moment",
    "format_period",
    "format_rounded",
    "format_seconds",
    "format_share",
    "format_table",
    "format_value",
]

_DAY_FIRST = {"en": "en_GB", "zh": "zh_Hans_CN"}
_LOCALES = {"en": "en", "zh": "zh_Hans_CN"}
_CURRENCY = re.compile(r"[A-Z]{3}")
_SHARE = re.compile(r"(^|[ _])(share|rate|percent|%)($|[ _])|率|占比", re.IGNORECASE)
_CORRECTED = re.compile(r"corrected|校正", re.IGNORECASE)
_RATIO = re.compile(r"ratio|lift|effect|比|倍|效应", re.IGNORECASE)
_MONEY = re.compile(
    r"revenue|price|(order|lifetime|expected) value|spent|销售额|单价|价格|金额|价值", re.IGNORECASE
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAYS = {"en": ("d MMM y", "en_GB"), "zh": ("y年M月d日", "zh_Hans_CN")}
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


def format_share(share: float, language: str) -> str:
    """A share as short as tells it apart: `22%`, `4.1%`."""
    form = "#,##0%" if share >= 0.1 else "#,##0.#%"
    return str(format_percent(share, form, locale=_LOCALES[language]))


def format_rounded(value: float, unit: str) -> str:
    """A round number as short as can be, in any language: `$50`, `€2.5`, `12%`, `1,200`."""
    if unit == "share":
        return str(format_percent(value, "#,##0.##%", locale="en"))
    if _CURRENCY.fullmatch(unit):
        return format_currency(value, unit, "¤#,##0.##", locale="en", currency_digits=False)
    return str(format_decimal(value, "#,##0.##", locale="en"))


def format_count(count: int, language: str) -> str:
    """A whole number with its thousands separated."""
    return format_decimal(count, "#,##0", locale=_LOCALES[language])


def format_period(first: date, last: date, language: str) -> str:
    """The months from `first` to `last`: `Jul 2024 – Jun 2026`."""
    ends = [format_skeleton("yMMM", day, locale=_LOCALES[language]) for day in (first, last)]
    return ends[0] if ends[0] == ends[1] else " – ".join(ends)


def format_moment(at: datetime, now: datetime, language: str) -> str:
    """When something was: the time if it was today, else the day: `14:05`, `12 Mar`."""
    if at.date() == now.date():
        return at.strftime("%H:%M")
    form = "MMMd" if at.year == now.year else "yMMMd"
    return str(format_skeleton(form, at.date(), locale=_DAY_FIRST[language]))


def format_seconds(seconds: float, language: str) -> str:
    """How long a step took: `38 ms`, `2.1 s`."""
    if seconds < MILLISECONDS_UNTIL:
        return f"{max(1, round(seconds * 1000))} ms"
    return f"{format_decimal(seconds, '0.0', locale=_LOCALES[language])} s"


def format_day(day: date, language: str) -> str:
    """`3 Mar 2026`, `2026年3月3日`."""
    pattern, locale = _DAYS[language]
    return format_date(day, pattern, locale=locale)


def format_cells(
    name: str,
    cells: Sequence[Any],
    language: str,
    labels: Sequence[str] = (),
    currency: str = "",
) -> list[str]:
    """One column of a table: its numbers have the same decimals; ISO days are days as one reads.

    Where the rows are measures of different kinds, which their labels then say, each has its own.

    Args:
        currency: of what is money by its name; empty where the data does not say.
    """
    alike = _SHARE.search(name) or _CORRECTED.search(name)
    mixed = not alike and any(_SHARE.search(label) for label in labels)
    if mixed:
        kinds = [label if not _RATIO.search(name) else "" for label in labels]
        return [
            _cell(cell, _pattern(kind, [cell], currency), language, currency)
            for cell, kind in zip(cells, kinds, strict=True)
        ]
    pattern = _pattern(name, cells, currency)
    return [_cell(cell, pattern, language, currency) for cell in cells]


def format_table(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], language: str, currency: str = ""
) -> list[tuple[str, ...]]:
    """The rows of a table as one reads them; `format_cells` for each column."""
    labels = [str(row[0]) for row in rows]
    told = [
        format_cells(name, [row[j] for row in rows], language, labels, currency)
        for j, name in enumerate(columns)
    ]
    return list(zip(*told, strict=True))


def _pattern(name: str, cells: Sequence[Any], currency: str) -> str:
    numbers = [abs(cell) for cell in cells if _is_number(cell)]
    if _PLAIN.match(name):
        return "0.##"
    if _CORRECTED.search(name):
        return _P
    if numbers and _SHARE.search(name) and max(numbers) <= 1:
        return "0.0%"
    sign = "¤" if currency and _MONEY.search(name) and not _RATIO.search(name) else ""
    if all(float(n).is_integer() for n in numbers) or max(numbers) >= WHOLE_FROM:
        return f"{sign}#,##0"
    return f"{sign}#,##0.00"


def _cell(cell: Any, pattern: str, language: str, currency: str) -> str:
    if not _is_number(cell):
        return "–" if cell is None or cell != cell else _text(cell, language)
    if pattern.startswith("¤"):
        locale = _LOCALES[language]
        return format_currency(cell, currency, pattern, locale=locale, currency_digits=False)
    if pattern == _P and abs(cell) < SMALLEST_P:
        return f"<{format_decimal(SMALLEST_P, _P, locale=_LOCALES[language])}"
    written = format_percent if pattern.endswith("%") else format_decimal
    return str(written(cell, pattern, locale=_LOCALES[language]))


def _text(cell: Any, language: str) -> str:
    with suppress(ValueError):
        if isinstance(cell, str) and _DAY.fullmatch(cell):
            return format_day(date.fromisoformat(cell), language)
    return str(cell)


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool) and cell == cell
