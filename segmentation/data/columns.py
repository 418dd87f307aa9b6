"""How the columns of one staged source are written, decided from all their values, and the SQL that
reads them.

Plain columns (ISO dates, `12.5`) are cast by DuckDB; the others go through `read_date` and
`read_number`, which DuckDB calls once per distinct value or so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from functools import lru_cache
from itertools import count
from typing import Any

import pyarrow as pa

from segmentation.data.dates import DateEvidence, Dates, decide_dates, read_date, sane_days
from segmentation.data.mapping import Pick
from segmentation.data.shapes import Column
from segmentation.data.staging import Staged
from segmentation.data.values import (
    currency_of,
    decide_numbers,
    literal,
    read_bool,
    read_number,
    trimmed,
)
from segmentation.data.words import words

__all__ = ["Columns", "apply", "plain_formats", "profile", "relation"]

ISO = re.compile(r"9999-99-99([T ]99:99(:99(\.9+)?)?)?")
TWO_WAYS = re.compile(r"9{1,2}[-/. ] ?9{1,2}[-/. ](9999|99)(?!9).*")
ZONED = re.compile(r".*9:99.*?([Zz]|UTC|GMT|[-+]99:?99|[-+]99)")
PLAIN_DATE = re.compile(
    r"(?:9{1,2}(?P<mark>[-/.])9{1,2}(?P=mark)9999|9999(?P<ymd_mark>[-/.])9{1,2}(?P=ymd_mark)9{1,2})"
    r"(?:(?P<between>[ T])(?P<clock>9{1,2}:99(?P<seconds>:99)?))?"
)
SHORT_YEAR = re.compile(r"9{1,2}[-/. ]9{1,2}[-/. ]99(\D.*)?")
MOST_SHAPES = 10_000
SAMPLE = 2_000
ARROW = {
    "VARCHAR": pa.string(),
    "DOUBLE": pa.float64(),
    "TIMESTAMP": pa.timestamp("us"),
    "BOOLEAN": pa.bool_(),
}
CACHED = 200_000
_numbers = count()


def profile(con: Any, staged: Staged) -> dict[str, Column]:
    """Every column's profile: counts over all rows, a sample spread over the source."""
    rows = relation(staged)
    wanted = [(name, trimmed(name)) for name in staged.columns]
    counts = con.execute(
        "SELECT "
        + ", ".join(f"approx_count_distinct({e}), count({e})" for _, e in wanted)
        + f" FROM {rows} WHERE _fault IS NULL"
    ).fetchall()[0]
    step = max(1, staged.rows // SAMPLE)
    sample = con.execute(
        "SELECT "
        + ", ".join(e for _, e in wanted)
        + f" FROM {rows} WHERE _fault IS NULL AND _row % {step} = 0"
    ).fetchall()
    cells = list(zip(*sample, strict=True)) or [()] * len(wanted)
    return {
        name: Column(
            name, tuple(v for v in cells[i] if v is not None), counts[2 * i], counts[2 * i + 1]
        )
        for i, (name, _) in enumerate(wanted)
    }


def relation(staged: Staged) -> str:
    """The staged files as an SQL table."""
    files = ", ".join(literal(str(path)) for path in staged.files)
    return f"read_parquet([{files}], union_by_name = true)"


def apply(con: Any, read: Callable[[str], Any], text: str, kind: str = "VARCHAR") -> str:
    """SQL that applies a Python function to the text of an SQL expression; each value is asked for
    about once."""
    name = f"read_{next(_numbers)}"
    cached = lru_cache(CACHED)(read)

    def column(values: Any) -> Any:
        return pa.array([None if v is None else cached(v) for v in values.to_pylist()], ARROW[kind])

    con.create_function(name, column, ["VARCHAR"], kind, type="arrow", null_handling="special")
    return f"{name}({text})"


@dataclass
class Columns:
    """The columns of one source: each method gives the SQL that reads a pick as one kind of value.

    Args:
        con: DuckDB connection, which gets the functions it needs.
        rows: the staged rows as an SQL table.
        table: canonical table, for messages.
        place: the source, for messages.
        neighbour: the decimal mark sure columns of this source use.
    """

    con: Any
    rows: str
    table: str
    place: str
    date_format: str | None = None
    clock: tzinfo | None = None
    neighbour: str | None = None
    notes: list[str] = field(default_factory=list)
    currencies: Counter[str] = field(default_factory=Counter)

    def text(self, pick: Pick) -> str:
        """A pick as trimmed text, null where it is empty."""
        return pick.sql()

    def ids(self, pick: Pick) -> str:
        """A pick as ids: blanks trimmed, leading zeros kept, `12748.0` as `12748` if the column is
        like that."""
        text = f"regexp_replace({pick.sql()}, '^=\"(.*)\"$', '\\1')"
        if self._went_through_floats(text):
            self.notes.append(f"{self.table}: the ids in {pick} are decimals; `.0` was taken off")
            text = f"regexp_replace({text}, '\\.0+$', '')"
        return text

    def _went_through_floats(self, text: str) -> bool:
        """Whether every id is a whole number and some are written like 12748.0."""
        written, others = self.con.execute(
            f"""
            SELECT count_if(v LIKE '%.0%'), count_if(NOT regexp_full_match(v, '\\d+(\\.0+)?'))
            FROM (SELECT {text} AS v FROM {self.rows} WHERE _fault IS NULL)"""
        ).fetchall()[0]
        return bool(written) and not others

    def decide(self, *picks: Pick | None) -> None:
        """Look at all number columns together: a sure one tells the decimal mark of the others."""
        for pick in picks:
            if pick is None:
                continue
            shapes = self.shapes(pick)
            decided = decide_numbers(shapes)
            if decided.sure and any(re.search(r"[.,]", shape) for shape in shapes):
                self.neighbour = decided.decimal

    def number(self, pick: Pick) -> str:
        """A pick as doubles, null where it is empty or not a number."""
        shapes = self.shapes(pick)
        numbers = decide_numbers(shapes, neighbour=self.neighbour)
        self._note_currency(pick, shapes)
        if not numbers.sure and not numbers.plain:
            mark = "thousands" if numbers.decimal == "." else "a decimal mark"
            self.notes.append(
                f"{self.table}: the marks in {pick} (as in 1,234 or 1.234) were read with "
                f"`{numbers.decimal}` for decimals, so `,` is {mark}"
            )
        if numbers.plain:
            return f"try_cast({pick.sql()} AS DOUBLE)"
        return apply(self.con, lambda v: read_number(v, numbers.decimal), pick.sql(), "DOUBLE")

    def _note_currency(self, pick: Pick, shapes: Mapping[str, int]) -> None:
        unsure = words()["unsure_currencies"]
        for shape, rows in shapes.items():
            if found := currency_of(shape):
                self.currencies[found] += rows
                for symbol in (
                    s for s in unsure if s in shape and words()["currencies"][s] == found
                ):
                    self._note_once(
                        f"{self.table}: {symbol} in {pick} was taken for {unsure[symbol]}"
                    )
        for column in pick.columns:
            if not self.currencies and (found := currency_of(column)):
                self.currencies[found] += 1

    def _note_once(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def moment(self, pick: Pick, clock_pick: Pick | None = None) -> str:
        """A pick as naive local timestamps, null where it is empty or not a date.

        Raises:
            InputError: the column can be read two ways.
        """
        text = pick.sql()
        if clock_pick is not None:
            text = f"concat_ws(' ', regexp_extract({text}, '^[^ T]+'), {clock_pick.sql()})"
        shapes = self._shapes(text)
        if shapes and all(ISO.fullmatch(shape) for shape in shapes):
            return f"date_trunc('second', try_cast({text} AS TIMESTAMP))"
        where = f"{self.place}, column {pick}"
        evidence = self._evidence(text, shapes)
        dates = decide_dates(evidence, where=where, date_format=self.date_format, clock=self.clock)
        self.notes += dates.notes
        self._note_date(pick, dates, evidence, shapes)
        slowly = apply(self.con, lambda value: read_date(value, dates), text, "TIMESTAMP")
        formats = ", ".join(literal(known) for known in plain_formats(shapes, dates))
        return f"coalesce(try_strptime({text}, [{formats}]), {slowly})" if formats else slowly

    def _note_date(
        self, pick: Pick, dates: Dates, evidence: DateEvidence, shapes: Mapping[str, int]
    ) -> None:
        if evidence.only_day_first or evidence.only_month_first:
            order = "day" if dates.order == "dmy" else "month"
            self.notes.append(f"{self.table}: dates in {pick} are written {order} first")
        if any(re.fullmatch(r"99999(\.9+)?", shape) for shape in shapes):
            self.notes.append(f"{self.table}: numbers in {pick} were read as Excel dates")
        if any(re.fullmatch(r"9{9,10}|9{13}|9{16}", shape) for shape in shapes):
            zone = self.clock or "UTC, for no time zone was given"
            self.notes.append(
                f"{self.table}: {pick} counts seconds since 1970; read in the time zone {zone}"
            )

    def _evidence(self, text: str, shapes: Mapping[str, int]) -> DateEvidence:
        offsets = self._offsets(text) if any(map(ZONED.fullmatch, shapes)) else {}
        if not any(map(TWO_WAYS.fullmatch, shapes)):
            return DateEvidence(offsets=offsets)
        pattern = r"^(\d{1,2})([-/. ]) ?(\d{1,2})[-/. ](\d{4}|\d{2})"
        day, month, both, example = self.con.execute(
            f"""
            WITH days AS (
                SELECT regexp_extract({text}, '{pattern}') AS v, count(*) AS n
                FROM {self.rows} WHERE _fault IS NULL GROUP BY v),
            parts AS (
                SELECT v, n, try_cast(regexp_extract(v, '{pattern}', 1) AS INT) AS a,
                       try_cast(regexp_extract(v, '{pattern}', 3) AS INT) AS b,
                       regexp_extract(v, '{pattern}', 2) = '.' AS dotted
                FROM days),
            read AS (
                SELECT v, n, a BETWEEN 1 AND 31 AND b BETWEEN 1 AND 12 AS day_first,
                       a BETWEEN 1 AND 12 AND b BETWEEN 1 AND 31 AND NOT dotted AS month_first,
                       day_first AND month_first AND a <> b AS two_ways
                FROM parts)
            SELECT coalesce(sum(n) FILTER (day_first AND NOT month_first), 0)::BIGINT,
                   coalesce(sum(n) FILTER (month_first AND NOT day_first), 0)::BIGINT,
                   coalesce(sum(n) FILTER (two_ways), 0)::BIGINT, min(v) FILTER (two_ways)
            FROM read"""
        ).fetchall()[0]
        return DateEvidence(day, month, both, example or "", offsets)

    def _offsets(self, text: str) -> dict[str, int]:
        pattern = r"\d:\d\d.*?(Z|z|UTC|GMT|[-+]\d{2}:?\d{2}|[-+]\d{2})$"
        found = self.con.execute(
            f"SELECT regexp_extract({text}, '{pattern}', 1) AS o, count(*) FROM {self.rows}"
            " WHERE _fault IS NULL GROUP BY o"
        ).fetchall()
        return {offset: rows for offset, rows in found if offset}

    def attribute(self, column: str) -> str:
        """A column as yes/no, whole numbers, numbers, dates or text: what all of its values are."""
        pick = Pick((column,))
        text, shapes = pick.sql(), self.shapes(pick)
        if not shapes:
            return text
        if self._is_yes_no(text, column):
            return self.yes_no(pick)
        if all(re.fullmatch(r"-?9{1,15}", s) for s in shapes) and not self._has_leading_zero(text):
            return f"try_cast({text} AS BIGINT)"
        if all(re.fullmatch(r"-?9*\.?9+", s) for s in shapes) and not self._has_leading_zero(text):
            return f"try_cast({text} AS DOUBLE)"
        if all(ISO.fullmatch(s) for s in shapes):
            return (
                f"try_cast({text} AS "
                f"{'DATE' if all(len(s) == 10 for s in shapes) else 'TIMESTAMP'})"
            )
        return text

    def yes_no(self, pick: Pick) -> str:
        """A pick as yes/no, null where it is neither."""
        return apply(self.con, read_bool, pick.sql(), "BOOLEAN")

    def _is_yes_no(self, text: str, column: str) -> bool:
        """Whether all values are yes or no, both occur, and 1/0 only where the name asks a
        question."""
        values = self._distinct(text, 8)
        said = {read_bool(value) for value in values}
        asked = re.match(r"(is|has|accepts)[ _A-Z]", column) is not None
        worded = any(not re.fullmatch(r"[\d.]+", value) for value in values)
        return said <= {True, False} and bool(said) and (asked or (worded and len(said) == 2))

    def _has_leading_zero(self, text: str) -> bool:
        query = f"SELECT count(*) FROM {self.rows} WHERE regexp_matches({text}, '^-?0\\d')"
        return bool(self.con.execute(query).fetchall()[0][0])

    def _distinct(self, text: str, most: int) -> list[str]:
        query = (
            f"SELECT DISTINCT {text} AS v FROM {self.rows} WHERE _fault IS NULL AND v IS NOT "
            f"NULL LIMIT {most}"
        )
        return [value for (value,) in self.con.execute(query).fetchall()]

    def shapes(self, pick: Pick) -> Counter[str]:
        """The values of a pick with every digit a 9, and how often each shape occurs."""
        return self._shapes(pick.sql())

    def _shapes(self, text: str) -> Counter[str]:
        found = self.con.execute(
            f"""
            SELECT regexp_replace(v, '\\d', '9', 'g') AS shape, sum(n)::BIGINT AS rows
            FROM (SELECT {text} AS v, count(*) AS n
                  FROM {self.rows} WHERE _fault IS NULL GROUP BY v)
            WHERE v IS NOT NULL GROUP BY shape ORDER BY rows DESC, shape LIMIT {MOST_SHAPES}"""
        ).fetchall()
        return Counter(dict(found))

    def counts(self, sql: str) -> Counter[str]:
        """How often each value of an expression occurs, nulls left out."""
        query = f"SELECT {sql} AS v, count(*) FROM {self.rows} WHERE _fault IS NULL GROUP BY v"
        return Counter({value: rows for value, rows in self.con.execute(query).fetchall() if value})

    def quantile(self, sql: str, share: float) -> float | None:
        """A quantile of an expression over numbers; None when there are none."""
        query = f"SELECT quantile_disc({sql}, {share}) FROM {self.rows} WHERE _fault IS NULL"
        value = self.con.execute(query).fetchall()[0][0]
        return None if value is None else float(value)

    def function(self, read: Callable[[str], Any], text: str) -> str:
        """SQL that applies a Python function from text to text."""
        return apply(self.con, read, text)

    def sane_days(self, moment: str, window: tuple[datetime, datetime] | None) -> tuple[date, date]:
        """(first, last) day a date of this source can have; see `sane_days`."""
        if window is not None:
            return window[0].date(), window[1].date()
        days = self.con.execute(
            f"SELECT d, count(*) FROM (SELECT ({moment})::DATE AS d FROM {self.rows} WHERE "
            "_fault IS NULL)"
            " WHERE d IS NOT NULL GROUP BY d ORDER BY d"
        ).fetchall()
        return sane_days(days)


def plain_formats(shapes: Iterable[str], dates: Dates) -> list[str]:
    """The strptime formats of a column's plain shapes, for DuckDB to read them by itself.

    None at all where years have two digits somewhere: they would pass for the first century.
    """
    shapes = list(shapes)
    if dates.strptime or any(SHORT_YEAR.fullmatch(shape) for shape in shapes):
        return []
    found = (PLAIN_DATE.fullmatch(shape) for shape in shapes)
    return sorted({_format_of(match, dates.order) for match in found if match})


def _format_of(shape: re.Match[str], order: str) -> str:
    mark = shape["mark"] or shape["ymd_mark"]
    if shape["ymd_mark"]:
        day = f"%Y{mark}%m{mark}%d"
    else:
        day = f"%m{mark}%d{mark}%Y" if order == "mdy" and mark != "." else f"%d{mark}%m{mark}%Y"
    clock = "" if not shape["clock"] else "%H:%M:%S" if shape["seconds"] else "%H:%M"
    return day + (shape["between"] or "") + clock
