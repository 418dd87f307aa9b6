"""Numbers, ids and yes/no: how a whole column is written is decided once, then every cell is read
that way.

Decisions look at all values of a column (as shapes: every digit a 9), never at one cell alone.
Dates have their own file, dates.py.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from segmentation.data.words import words

__all__ = [
    "Numbers",
    "currency_of",
    "decide_numbers",
    "literal",
    "quoted",
    "read_bool",
    "read_number",
    "trimmed",
]

BLANKS = re.compile(r"[\s\u00a0\u2007\u2009\u202f'’]")
ORDINARY = str.maketrans("−–‒﹣－＋．，（）０１２３４５６７８９", "-----+.,()0123456789")
"""Typographic and full-width signs and digits as the ones of a keyboard."""

PLAIN = re.compile(r"[-+]?9+(\.9*)?([eE][-+]?9+)?|[-+]?\.9+")


@dataclass(frozen=True)
class Numbers:
    """How one column writes its numbers.

    Args:
        plain: every value is readable as it stands (`-12.5`).
        decimal: the decimal mark, `.` or `,`.
        sure: the values themselves leave no doubt about the mark.
    """

    plain: bool = True
    decimal: str = "."
    sure: bool = True


def trimmed(column: str) -> str:
    """SQL: a column without surrounding blanks; null where it says nothing (`NULL`, `n/a`, ...)."""
    text = f"trim({quoted(column)}, ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(12288))"
    missing = ", ".join(literal(word) for word in words()["missing"])
    return f"CASE WHEN lower({text}) IN ({missing}) THEN NULL ELSE {text} END"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def decide_numbers(shapes: Counter[str], *, neighbour: str | None = None) -> Numbers:
    """How a column writes its numbers.

    Args:
        shapes: its values with every digit a 9 (`9.999,99 €`), with their counts.
        neighbour: the mark a sure column of the same table uses, for a column that does not tell.
    """
    votes: Counter[str] = Counter()
    for shape, count in shapes.items():
        votes[_decimal_of(shape)] += count
    if votes["."] or votes[","]:
        decimal, sure = ("," if votes[","] > votes["."] else "."), True
    elif votes["?,"]:  # 1,234 everywhere: thousands, unless the table writes decimal commas
        decimal, sure = neighbour or ".", False
    else:
        decimal, sure = neighbour if votes["?."] and neighbour else ".", not votes["?."]
    return Numbers(decimal == "." and all(map(PLAIN.fullmatch, shapes)), decimal, sure)


def _decimal_of(shape: str) -> str:
    """The mark one shape shows: `.`, `,`, `?.` or `?,` when it may be thousands, `` when none."""
    body = re.sub(r"[^9.,]", "", BLANKS.sub("", shape)).strip(".,")
    points, commas = body.count("."), body.count(",")
    if points and commas:
        return "." if body.rfind(".") > body.rfind(",") else ","
    mark = "." if points else "," if commas else ""
    if not mark:
        return ""
    if points + commas > 1:
        return "," if points else "."
    head, tail = body.split(mark)
    unsure = len(tail) == 3 and 1 <= len(head) <= 3
    return f"?{mark}" if unsure else mark


def read_number(text: str, decimal: str = ".") -> float | None:
    """One number, whatever is around it: signs, currency, blanks, thousands, `(5.00)`, `5.00-`, `5
    %`."""
    found = _written().fullmatch(BLANKS.sub("", text.translate(ORDINARY)))
    if (
        found is None
        or bool(found["open"]) != bool(found["close"])
        or (found["sign"] and found["inner"])
    ):
        return None
    body = _ungrouped(found["body"], decimal)
    if body is None:
        return None
    value = float(body + (found["exponent"] or ""))
    minus = [
        bool(found["open"]),
        found["sign"] == "-",
        found["inner"] == "-",
        found["after"] == "-",
    ]
    value = -value if any(minus) else value
    value = value / 100 if found["percent"] else value
    return value if abs(value) != float("inf") else None


@cache
def _written() -> re.Pattern[str]:
    """A number with what may stand around it."""
    symbols = sorted(map(str, words()["currencies"]), key=len, reverse=True)
    units = map(re.escape, [*symbols, *words()["currency_codes"], *words()["units"]])
    unit = f"(?:{'|'.join(units)})?"
    return re.compile(
        rf"(?P<open>\()?(?P<sign>[-+]?){unit}(?P<inner>[-+]?)(?P<body>\d[\d.,]*|[.,]\d+)"
        rf"(?P<exponent>[eE][-+]?\d+)?{unit}(?P<percent>%?)(?P<close>\))?(?P<after>-?)"
    )


def _ungrouped(body: str, decimal: str) -> str | None:
    """`1.234,50` with the mark `,` as `1234.50`; None when the marks make no sense."""
    group = "," if decimal == "." else "."
    whole, mark, fraction = body.partition(decimal)
    if decimal in fraction:  # several marks are thousands: 1.234.567
        whole, mark, fraction = body.replace(decimal, group), "", ""
    if group in fraction or not _well_grouped(whole, group):
        return None
    return whole.replace(group, "") + (f".{fraction}" if mark and fraction else "") or None


def _well_grouped(whole: str, group: str) -> bool:
    first, *rest = whole.split(group)
    return not rest or (bool(first) and len(rest[-1]) == 3 and all(len(r) in (2, 3) for r in rest))


def currency_of(text: str) -> str | None:
    """The currency a cell or a column name shows (`£3.50` -> GBP, `Preis (EUR)` -> EUR)."""
    for symbol, code in words()["currencies"].items():
        if symbol in text:
            return str(code)
    found = re.findall(r"(?<![A-Za-z])[A-Za-z]{3}(?![A-Za-z])", text.replace("_", " "))
    codes = words()["currency_codes"]
    return next((word.upper() for word in found if word.upper() in codes), None)


@cache
def read_bool(text: str) -> bool | None:
    """yes/no in five languages, 1/0, x."""
    word = text.strip().casefold()
    if word in words()["yes_words"]:
        return True
    return False if word in words()["no_words"] else None
