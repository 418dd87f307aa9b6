"""The canonical tables: for each, the SQL that makes it of mapped source columns, and the checks on
its rows.

A `TableRecipe` is data: expressions over the staged columns, expressions over those, and checks in
the order in which they are reported. A row gets the first check it fails; a row that fails none is
accepted. Nothing is repaired here, and nothing is run: reading.py does that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from segmentation.data.columns import Columns
from segmentation.data.mapping import Pick
from segmentation.data.values import literal, quoted
from segmentation.data.words import words

__all__ = [
    "COLUMNS",
    "TEXTS",
    "Check",
    "TableRecipe",
    "Wishes",
    "amount",
    "customer",
    "kept_text",
    "maybe",
    "moment",
]

_TEXT, _NUMBER, _MOMENT, _FLAG = "VARCHAR", "DOUBLE", "TIMESTAMP", "BOOLEAN"

COLUMNS: dict[str, dict[str, str]] = {
    "orders": {
        "customer_id": _TEXT,
        "order_id": _TEXT,
        "ordered_at": _MOMENT,
        "product_id": _TEXT,
        "product": _TEXT,
        "category": _TEXT,
        "quantity": _NUMBER,
        "unit_price": _NUMBER,
        "kind": _TEXT,
        "is_charge": _FLAG,
        "cancelled": _FLAG,
        "discount": _NUMBER,
    },
    "events": {
        "customer_id": _TEXT,
        "at": _MOMENT,
        "kind": _TEXT,
        "product_id": _TEXT,
        "product": _TEXT,
        "category": _TEXT,
        "session_id": _TEXT,
        "query": _TEXT,
    },
    "reviews": {
        "customer_id": _TEXT,
        "at": _MOMENT,
        "product_id": _TEXT,
        "rating": _NUMBER,
        "text": _TEXT,
    },
    "products": {
        "product_id": _TEXT,
        "product": _TEXT,
        "category": _TEXT,
        "brand": _TEXT,
        "unit_price": _NUMBER,
        "stock": _NUMBER,
        "image": _TEXT,
    },
    "customers": {"customer_id": _TEXT},
}
"""Canonical columns and their types, in order. `cancelled` marks lines whose own status voids the
order: their sale is in no other line. Attributes (country, channel, ...) follow under their own
names."""

TEXTS = {"events": ("query",), "reviews": ("title", "text")}
"""Columns that customers wrote: scrubbed before they are stored."""


@dataclass(frozen=True)
class Check:
    """What a row must not be: `failing` is SQL over the recipe's columns, `column` the canonical
    one at fault."""

    reason: str
    failing: str
    column: str
    fix: str


@dataclass
class TableRecipe:
    """How one canonical table is made.

    Args:
        given: column -> SQL over the staged columns; names with a leading underscore are helpers.
        made: column -> SQL over `given`.
        checks: in the order of reporting.
        unique: a column that may not repeat.
    """

    table: str
    given: dict[str, str] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    unique: str | None = None

    def sql(self, rows: str) -> str:
        """SELECT of all columns, `_row` and `_check` (the index of the first failed check, or
        null)."""
        given = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in self.given.items())
        made = "".join(f", {sql} AS {quoted(name)}" for name, sql in self.made.items())
        cases = " ".join(
            f"WHEN {check.failing} THEN {i}" for i, check in enumerate(self.checks) if check.failing
        )
        case = f"CASE WHEN _fault IS NOT NULL THEN -1 {cases} END"
        return f"""
            WITH given AS (SELECT _row, _fault, {given} FROM {rows}),
                 made AS (SELECT *{made} FROM given)
            SELECT *, {self._unique(case)} AS _check FROM made"""

    def _unique(self, case: str) -> str:
        if self.unique is None:
            return case
        last = len(self.checks) - 1
        seen = f"row_number() OVER (PARTITION BY {self.unique}, ({case}) IS NULL ORDER BY _row)"
        return f"coalesce({case}, CASE WHEN {seen} > 1 THEN {last} END)"


@dataclass(frozen=True)
class Wishes:
    """What else a recipe depends on.

    Args:
        days: first and last day a date can have, given the SQL of a timestamp.
        scrub: SQL of a scrubbed text, given the SQL of a text.
        person: SQL of a customer id as it is stored, given the SQL of the id.
        kinds: the user's own kinds of events -> ours.
        attributes: our name -> source column, of what is kept beside the canonical columns.
        written: source columns that hold free text.
    """

    days: Callable[[str], tuple[date, date]]
    scrub: Callable[[str], str]
    person: Callable[[str], str]
    kinds: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    written: frozenset[str] = frozenset()


# What recipes are put together from


def maybe(pick: Pick | None, read: Callable[[Pick], str], kind: str = "VARCHAR") -> str:
    """SQL of a pick, or of nothing where there is none."""
    return read(pick) if pick is not None else f"CAST(NULL AS {kind})"


def customer(
    made: TableRecipe, picks: Mapping[str, Pick], columns: Columns, wishes: Wishes
) -> None:
    """The customer's id, and the check that it names somebody."""
    pick = picks["customer_id"]
    nobody = ", ".join(literal(word) for word in words()["nobody"])
    made.given["_person"] = columns.ids(pick)
    made.made["customer_id"] = wishes.person("_person")
    made.checks.append(
        Check(
            "no customer",
            f"_person IS NULL OR lower(_person) IN ({nobody})",
            "customer_id",
            f"Fill in {pick} where the customer is known; rows of nobody belong to no segment.",
        )
    )


def moment(
    made: TableRecipe,
    name: str,
    pick: Pick,
    columns: Columns,
    wishes: Wishes,
    *,
    needed: bool = True,
) -> None:
    """A date column and its checks; `needed` says whether it may be empty."""
    sql = made.given.get(name) or columns.moment(pick)
    first, last = wishes.days(sql)
    made.given |= {name: sql, f"_{name}": columns.text(pick)}
    read, text = quoted(name), quoted(f"_{name}")
    if needed:
        made.checks.append(Check("no date", f"{text} IS NULL", name, f"Fill in {pick}."))
    made.checks += [
        Check(
            "unreadable date",
            f"{text} IS NOT NULL AND {read} IS NULL",
            name,
            f"Write {pick} like 2011-12-31 or 2011-12-31 18:30, or say how with --date-format.",
        ),
        Check(
            "date out of range",
            f"NOT coalesce({read}::DATE BETWEEN DATE '{first}' AND DATE '{last}', true)",
            name,
            f"Correct {pick}: the other dates lie between {first} and {last}.",
        ),
    ]


def amount(made: TableRecipe, name: str, pick: Pick, columns: Columns) -> None:
    """A number column under `_name`, its text under `_name_text`, and the check that it can be
    read."""
    made.given |= {f"_{name}": columns.number(pick), f"_{name}_text": columns.text(pick)}
    made.checks.append(
        Check(
            "unreadable number",
            f"_{name}_text IS NOT NULL AND (_{name} IS NULL OR NOT isfinite(_{name}))",
            name,
            f"Write {pick} as a number, like 1234.50 or 1.234,50.",
        )
    )


def kept_text(
    made: TableRecipe, names: tuple[str, ...], picks: Mapping[str, Pick], columns: Columns
) -> None:
    """Text columns under their own names, null where there are none."""
    for name in names:
        made.given[name] = maybe(picks.get(name), columns.text)
