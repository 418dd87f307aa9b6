"""What a column's values look like: for columns whose names do not tell, and to doubt those whose
names do.

Works on a sample and on counts; it decides nothing about single rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from segmentation.data.dates import Dates, read_date
from segmentation.data.values import read_number
from segmentation.data.words import words

__all__ = ["Column", "looks_like", "recognise_by_shape"]

WRITTEN_DATE = re.compile(r".*\d[-/.年 ][^,]*\d.*|(19|20)\d{6}(\d{4,6})?|1[0-9]{9}|1[0-9]{12}")
ENOUGH = 0.9


@dataclass(frozen=True)
class Column:
    """A column's profile.

    Args:
        sample: some of its values, empty ones left out.
        distinct: how many different values it has, about.
        filled: rows in which it is not empty.
    """

    name: str
    sample: tuple[str, ...]
    distinct: int
    filled: int

    def share(self, test: Callable[[str], object]) -> float:
        """Share of the sample that passes."""
        return sum(bool(test(value)) for value in self.sample) / max(1, len(self.sample))

    @cached_property
    def dates(self) -> float:
        return self.share(is_date)

    @cached_property
    def numbers(self) -> float:
        return self.share(
            lambda value: read_number(value) is not None or read_number(value, ",") is not None
        )

    @cached_property
    def money(self) -> float:
        """Share that is a number with a fraction, or with a currency sign."""
        return (
            self.share(lambda v: re.search(r"\d[.,]\d{1,2}(?!\d)|[£$€¥￥元]", v))
            if self.numbers > ENOUGH
            else 0.0
        )

    @cached_property
    def integers(self) -> float:
        return self.share(lambda v: re.fullmatch(r"-?\d{1,6}(\.0+)?", v))

    @cached_property
    def ids(self) -> float:
        return self.share(lambda v: re.fullmatch(r"[\w#./-]{1,40}", v) and re.search(r"\d", v))

    @cached_property
    def size(self) -> float:
        """The middle value of a column of numbers."""
        values = sorted(abs(n) for v in self.sample if (n := read_number(v)) is not None)
        return values[len(values) // 2] if values else 0.0

    @property
    def repeats(self) -> float:
        """Rows per distinct value."""
        return self.filled / max(1, self.distinct)


def is_date(value: str) -> bool:
    """Whether a value is a date by itself, even in a column without a name."""
    if not WRITTEN_DATE.fullmatch(value):
        return False
    found = read_date(value, Dates("dmy")) or read_date(value, Dates("mdy"))
    return found is not None and 1980 <= found.year <= 2100


def looks_like(canonical: str, column: Column) -> float:
    """1 when the values fit what the name says, 0.5 when they speak against it."""
    if not column.sample:
        return 0.95
    if canonical in ("ordered_at", "at"):
        serials = column.share(
            lambda v: re.fullmatch(r"[2-6]\d{4}(\.\d+)?|\d{10}|\d{13}|\d{16}", v)
        )
        fits = max(column.dates, serials) > 0.5
    elif canonical in ("quantity", "unit_price", "total", "discount", "stock"):
        fits = column.numbers > 0.5 and column.dates < 0.5
    elif canonical == "rating":
        fits = column.share(lambda v: re.search(r"\d|★|⭐", v)) > 0.5
    elif canonical == "time":
        fits = column.share(lambda v: re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?.*", v)) > 0.5
    elif canonical in ("product", "text"):
        fits = column.share(lambda v: re.search(r"[^\W\d_]", v)) > 0.5
    elif canonical == "kind":
        fits = column.distinct <= 50
    else:
        return 1.0
    return 1.0 if fits else 0.5


def recognise_by_shape(
    table: str, columns: Mapping[str, Column], known: set[str]
) -> dict[str, tuple[str, str]]:
    """Canonical column -> (source column, why), for what is still unknown.

    Columns without names (`column_1`) are recognised as far as values go; among named columns only
    the date and the amount are, because a name that says something else must not become a customer.
    """
    free = dict(columns)
    found: dict[str, tuple[str, str]] = {}

    def take(canonical: str, choice: Column | None, why: str) -> None:
        if choice is not None and canonical not in known:
            found[canonical] = (choice.name, why)
            free.pop(choice.name)

    nameless = all(re.fullmatch(r"column_\d+", name) for name in columns) and bool(columns)
    moment = {"orders": "ordered_at", "events": "at", "reviews": "at"}.get(table)
    if moment and moment not in known:
        take(moment, _best(free.values(), lambda c: c.dates), "its values are dates")
    if nameless and table == "events":
        take("kind", _best(free.values(), _kinds), "its values are kinds of events")
    if table == "orders" and not known & {"unit_price", "total"}:
        amount = "total" if nameless or "quantity" not in known else "unit_price"
        take(amount, _best(free.values(), lambda c: c.money), "its values are amounts of money")
    if nameless:
        _nameless(table, free, take)
    return found


def _nameless(
    table: str, free: dict[str, Column], take: Callable[[str, Column | None, str], None]
) -> None:
    if table == "orders":
        small = (
            c for c in free.values() if c.integers > ENOUGH and c.size <= 20 and c.distinct < 500
        )
        take(
            "quantity",
            min(small, key=lambda c: c.size, default=None),
            "its values are small whole numbers",
        )
    if table == "reviews":
        stars = (
            c
            for c in free.values()
            if c.share(lambda v: re.fullmatch(r"[1-5](\.[05])?", v)) > ENOUGH
        )
        take("rating", next(stars, None), "its values are 1 to 5")
        take(
            "text",
            _best(free.values(), lambda c: c.share(lambda v: " " in v)),
            "its values are texts",
        )
    ids = [c for c in free.values() if c.ids > ENOUGH]
    customer = next((c for c in ids if c.repeats > 1.2), next(iter(ids), None))
    take("customer_id", customer, "it is the first column of repeating ids")
    others = [
        c for c in ids if c is not customer and customer and c.distinct > 1.05 * customer.distinct
    ]
    if table == "orders":
        take(
            "order_id",
            next((c for c in others if c.repeats > 1.0), None),
            "its ids are finer than the customers'",
        )
        texts = (
            c for c in free.values() if c.share(lambda v: re.search(r"[^\W\d_]{3}", v)) > ENOUGH
        )
        take("product", max(texts, key=lambda c: c.distinct, default=None), "its values are words")
    elif others:
        take("product_id", others[0], "its ids are finer than the customers'")


def _best(columns: Iterable[Column], share: Callable[[Column], float]) -> Column | None:
    """The first column with the highest share, if that is nearly all of its values."""
    best = max(columns, key=share, default=None)
    return best if best is not None and share(best) >= ENOUGH - 0.1 else None


def _kinds(column: Column) -> float:
    known = {word for kind in words()["event_kinds"].values() for word in kind}
    return column.share(lambda v: v.strip().casefold() in known)
