"""What of the user's words a prompt, the memory and a log may hold: nothing that names a person.

E-mails, phones, cards, IBANs, resident ids and IP addresses are replaced by what kind they were, as
in reviews (segmentation/data/scrubbing.py), and so are values of columns that identify a person and
were kept for exports. Ids of the shop's customers stay: they are how one asks about a customer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import ibis

from segmentation.data.scrubbing import scrub
from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase

__all__ = ["redact", "written_by_customers"]

LONGEST_NAME = 5
"""Words of a value that is sought in a question; characters, where there are no spaces: twice."""
FREE_TEXT = 60
"""A column of profiles with a longer value than this is free text, as at the door."""
_LONG_ID = re.compile(r"(?<![\w@.+-])[\w@.+-]{7,}(?![\w@+-])")
_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*\.?")
_EAST = re.compile(r"[\u3400-\u9fff]{2,}")


def redact(text: str, base: CustomerBase) -> str:
    """The user's words without what identifies a person."""
    pieces = _around_ids(text, base)
    clean = "".join(piece if is_id else scrub(piece)[0] for piece, is_id in pieces)
    for kind, value in sorted(_kept_in(clean, base), key=lambda one: -len(one[1])):
        clean = re.sub(re.escape(value), f"[{kind}]", clean, flags=re.IGNORECASE)
    return clean


def written_by_customers(values: set[str], base: CustomerBase) -> set[str]:
    """Those of the values that stand in free text: of profiles, or as somebody's search."""
    found: set[str] = set()
    for table, column in _free_texts(base):
        whole = base.tables[table]
        rows = whole.filter(whole[column].isin(sorted(values))) if values else whole.limit(0)
        found |= set(open_ledger(base).run(rows.select(value=column).distinct())["value"])
    return found


def _around_ids(text: str, base: CustomerBase) -> Iterator[tuple[str, bool]]:
    """The text cut at long ids of customers; a short one never looks like anything else."""
    known = [m.span() for m in _LONG_ID.finditer(text) if m.group() in base.customers]
    places = [(0, 0), *known, (len(text), len(text))]
    for (start, end), (following, _) in pairwise(places):
        yield text[start:end], True
        yield text[end:following], False


def _kept_in(text: str, base: CustomerBase) -> set[tuple[str, str]]:
    """(kind, value) of what the text has of columns that identify a person."""
    ledger = open_ledger(base)
    found: set[tuple[str, str]] = set()
    for table, columns in ledger.identifying.items():
        for column, kind in columns.items():
            whole = base.tables[table]
            texts = whole[column].cast("string").strip().lower()
            rows = whole.mutate(value=texts).filter(lambda t: t.value.isin(_sought(text)))
            found |= {(kind, v) for v in ledger.run(rows.select("value").distinct())["value"]}
    return found


def _sought(text: str) -> list[str]:
    """Runs of words of the text, in small letters, by which values are looked up."""
    words = [m.span() for m in _WORD.finditer(text)]
    runs = {
        text[words[i][0] : words[j][1]].lower()
        for i in range(len(words))
        for j in range(i, min(len(words), i + LONGEST_NAME))
    }
    for run in _EAST.findall(text):
        runs |= {run[i:j] for i in range(len(run)) for j in range(i + 2, min(len(run), i + 10) + 1)}
    return sorted(runs)


def _free_texts(base: CustomerBase) -> tuple[tuple[str, str], ...]:
    """(table, column) of what customers wrote in a few words or many; found once per base."""
    ledger = open_ledger(base)
    notebook = ledger.notebook
    key = ("free texts", id(base.tables))
    if key not in notebook:
        notebook[key] = tuple(_find_free_texts(base))
    found: tuple[tuple[str, str], ...] = notebook[key]
    return found


def _find_free_texts(base: CustomerBase) -> Iterator[tuple[str, str]]:
    if "events" in base.tables and "query" in base.tables["events"].columns:
        yield "events", "query"
    if "customers" not in base.tables:
        return
    whole = base.tables["customers"]
    texts = [c for c, kind in whole.schema().items() if kind.is_string() and c != "customer_id"]
    longest = whole.aggregate(**{c: ibis.coalesce(whole[c].length().max(), 0) for c in texts})
    sizes = open_ledger(base).run(longest) if texts else None
    yield from (("customers", c) for c in texts if sizes is not None and sizes[c][0] > FREE_TEXT)
