"""What came of a table's rows: reasons counted, accepted rows and quarantined rows written as
Parquet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from segmentation.data.charges import charged_products
from segmentation.data.columns import apply, relation
from segmentation.data.mapping import TableMapping
from segmentation.data.privacy import scrub
from segmentation.data.recipes import named
from segmentation.data.staging import Staged
from segmentation.data.tables import COLUMNS, TableRecipe
from segmentation.data.values import literal, quoted

__all__ = ["Checked", "Reason", "reasons_of", "write_accepted", "write_quarantined"]

FAULT_FIXES = {
    "too many fields": "Quote the fields that contain the delimiter.",
    "too few fields": "Complete the line, or leave it out.",
    "unclosed quote": "Close the quote, or write quotes inside a field twice.",
    "empty row": "Leave the line out.",
    "field too long": "A field has more than 131,072 characters; shorten it.",
}
NAMED = ("orders", "events")
"""Tables whose lines show a product by name."""


@dataclass(frozen=True)
class Reason:
    """Why rows of a table were quarantined: how many, the first of them, and what would mend it."""

    table: str
    reason: str
    rows: int
    example: str
    fix: str


@dataclass(frozen=True)
class Checked:
    """A table whose rows are made and checked but not yet parted.

    Args:
        rows: SQL table of the recipe's columns with `_row` and `_check`.
        dropped: source columns that are kept nowhere, because they identify people.
        person: how customer ids are stored, where not as they are.
        written: source columns that hold free text, which is scrubbed.
    """

    recipe: TableRecipe
    mapping: TableMapping
    staged: Staged
    rows: str
    dropped: frozenset[str] = frozenset()
    person: Callable[[str], str] | None = None
    written: frozenset[str] = frozenset()

    @property
    def table(self) -> str:
        return self.recipe.table


def reasons_of(con: Any, checked: Checked) -> tuple[int, list[Reason]]:
    """(accepted rows, why the others were not)."""
    found = con.execute(f"SELECT _check, count(*) FROM {checked.rows} GROUP BY _check").fetchall()
    counts = dict(found)
    accepted = counts.pop(None, 0)
    reasons = _faults(con, checked) if counts.pop(-1, 0) else []
    return accepted, reasons + [
        _reason(con, checked, c, rows) for c, rows in sorted(counts.items())
    ]


def _faults(con: Any, checked: Checked) -> list[Reason]:
    found = con.execute(
        f"""
        SELECT _fault, count(*), arg_min(_file || ' line ' || _line, _row),
               arg_min(left(_raw, 60), _row)
        FROM {relation(checked.staged)} WHERE _fault IS NOT NULL GROUP BY _fault ORDER BY _fault"""
    ).fetchall()
    return [
        Reason(
            checked.table,
            reason,
            rows,
            where if _withheld(checked) else f"{where}: {scrub(raw)[0]}",
            FAULT_FIXES[reason],
        )
        for reason, rows, where, raw in found
    ]


def _withheld(checked: Checked) -> bool:
    """Whether whole lines may not be shown, because something in them identifies people."""
    return bool(checked.dropped) or checked.person is not None


def _reason(con: Any, checked: Checked, number: int, rows: int) -> Reason:
    failed = checked.recipe.checks[number]
    columns = checked.mapping.source_of(failed.column)
    value = quoted(columns[0]) if columns else "NULL"
    where, text = con.execute(
        f"""
        SELECT _file || ' line ' || _line, {value} FROM {relation(checked.staged)}
        WHERE _row = (SELECT min(_row) FROM {checked.rows} WHERE _check = {number})"""
    ).fetchall()[0]
    shown = columns[0] if columns else failed.column
    said = (
        f'{shown} is "{_shown(checked, failed.column, text)}"'
        if text and text.strip()
        else f"{shown} is empty"
    )
    return Reason(checked.table, failed.reason, rows, f"{where}: {said}", failed.fix)


def _shown(checked: Checked, column: str, text: str) -> str:
    if column == "customer_id" and checked.person:
        return checked.person(text.strip())
    text = scrub(text.strip())[0]
    return text if len(text) <= 60 else f"{text[:57]}..."


# Accepted


def write_accepted(con: Any, checked: Checked, folder: Path) -> None:
    """Write the accepted rows to `folder/<table>.parquet`, in the order of the source.

    Order lines and events get their products' names; the catalogue in `folder` helps where it
    exists.
    """
    table = checked.table
    if table in NAMED:
        _name_products(con, checked, folder / "products.parquet")
    known = set(checked.recipe.given) | set(checked.recipe.made)
    wanted = [_column(table, name, kind, name in known) for name, kind in COLUMNS[table].items()]
    extra = [n for n in checked.recipe.given if n not in COLUMNS[table] and not n.startswith("_")]
    names = " LEFT JOIN product_names AS p ON t.product_id = p.id" if table in NAMED else ""
    con.execute(
        f"""
        COPY (SELECT {", ".join([*wanted, *(f"t.{quoted(n)}" for n in extra)])}
              FROM {checked.rows} AS t{names} WHERE t._check IS NULL ORDER BY t._row)
        TO {literal(str(folder / f"{table}.parquet"))} (FORMAT parquet)"""
    )


def _column(table: str, name: str, kind: str, known: bool) -> str:
    if table in NAMED and name in ("product", "category", "is_charge"):
        return {
            "product": "p.name AS product",
            "category": "coalesce(t.category, p.category) AS category",
            "is_charge": "p.is_charge",
        }[name]
    return f"CAST({f't.{quoted(name)}' if known else 'NULL'} AS {kind}) AS {quoted(name)}"


def _name_products(con: Any, checked: Checked, catalogue: Path) -> None:
    """One name, category and is_charge per product id, as table `product_names`.

    The name is the commonest one among accepted lines (ties: the first by alphabet), else among
    all, else the catalogue's; order lines without any get their category with a short id, or the
    id.
    """
    listed = (
        f"SELECT product_id AS id, product, category FROM read_parquet({literal(str(catalogue))})"
    )
    nothing = "SELECT '' AS id, '' AS product, '' AS category WHERE false"
    own = "coalesce(best.product, listed.product)"
    name = named("id", own, "coalesce(ids.category, listed.category)")
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE product_names AS
        WITH counted AS (
            SELECT product_id AS id, product, count(*) AS n,
                   count(*) FILTER (_check IS NULL) AS good
            FROM {checked.rows} WHERE product IS NOT NULL GROUP BY ALL),
        best AS (
            SELECT id, product FROM counted
            QUALIFY row_number() OVER (PARTITION BY id ORDER BY good DESC, n DESC, product) = 1),
        sorts AS (
            SELECT product_id AS id, category, count(*) AS n FROM {checked.rows}
            WHERE product_id IS NOT NULL GROUP BY ALL),
        ids AS (
            SELECT id, category FROM sorts
            QUALIFY row_number() OVER (
                PARTITION BY id ORDER BY category IS NULL, n DESC, category) = 1),
        listed AS ({listed if catalogue.exists() else nothing})
        SELECT id, {name if checked.table == "orders" else own} AS name,
               coalesce(ids.category, listed.category) AS category, false AS is_charge
        FROM ids LEFT JOIN best USING (id) LEFT JOIN listed USING (id)"""
    )
    if checked.table == "orders":
        _mark_charges(con)


def _mark_charges(con: Any) -> None:
    products = con.execute("SELECT id, name FROM product_names ORDER BY id").fetchall()
    con.register(
        "charged", pa.table({"id": pa.array(sorted(charged_products(products)), pa.string())})
    )
    con.execute("UPDATE product_names SET is_charge = true WHERE id IN (SELECT id FROM charged)")
    con.unregister("charged")


# Quarantined


def write_quarantined(con: Any, checked: Checked, folder: Path) -> None:
    """Write the other rows: source columns as they were, `raw` (a line that is no row), reason,
    file, line.

    What identifies people is kept out of here too: dropped columns, and whole lines where there are
    any.
    """
    checks = checked.recipe.checks
    cases = " ".join(f"WHEN {i} THEN {literal(check.reason)}" for i, check in enumerate(checks))
    own = {"raw", "reason", "file", "line"}
    columns = [
        f"{_as_stored(con, checked, name)} AS "
        f"{quoted(f'{name}_column' if name.lower() in own else name)}"
        for name in checked.staged.columns
        if name not in checked.dropped
    ]
    raw = (
        "CAST(NULL AS VARCHAR)"
        if _withheld(checked)
        else apply(con, lambda v: scrub(v)[0], "s._raw")
    )
    con.execute(
        f"""
        COPY (SELECT {", ".join(columns)}, {raw} AS raw,
                     coalesce(s._fault, CASE t._check {cases} END) AS reason,
                     s._file AS file, s._line AS line
              FROM {relation(checked.staged)} AS s JOIN {checked.rows} AS t USING (_row)
              WHERE t._check IS NOT NULL ORDER BY _row)
        TO {literal(str(folder / f"{checked.table}.parquet"))} (FORMAT parquet)"""
    )


def _as_stored(con: Any, checked: Checked, column: str) -> str:
    """SQL of a source column as the quarantine may hold it: texts scrubbed, people's ids
    replaced."""
    sql = f"s.{quoted(column)}"
    picks = checked.mapping.picks
    if column in checked.written:
        return apply(con, lambda value: scrub(value)[0], sql)
    person = checked.person
    if person is not None and "customer_id" in picks and column in picks["customer_id"].columns:
        return apply(con, lambda value: person(value.strip()) if value.strip() else value, sql)
    return sql
