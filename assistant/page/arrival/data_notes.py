"""The notes on the data, as HTML: what was read, set aside, dropped, missing and assumed.

Everything in them comes from data or from files' names: escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from assistant.formats import format_count, format_period
from assistant.page.arrival.words import arrival_words, reason_words
from assistant.page.session import Session, Shop
from segmentation.data.notes import Dropped, Scrubbed, understood
from segmentation.types import TABLES

__all__ = ["notes_view"]

Words = Mapping[str, Any]
Report = Mapping[str, Any]

EMPTY = re.compile(r"(?P<file>.*) line (?P<line>\d+): (?P<column>.*) is empty", re.DOTALL)
VALUE = re.compile(
    r'(?P<file>.*) line (?P<line>\d+): (?P<column>.*?) is "(?P<value>.*)"', re.DOTALL
)
"""What the reading says of single rows, to be said in the reader's language."""


def notes_view(session: Session, language: str, *, may_load: bool) -> str:
    """The whole of it; `may_load`: with the way back to the demo shop."""
    words, report = arrival_words(language), session.report()
    if not report:
        return ""
    parts = [
        _section("read_title", _read(report, words, language), words),
        _section("facts_title", _facts(session.shop, report, words, language), words),
        _section("aside_title", _aside(report, words, language), words),
        _section("lacks_title", _lacks(report, words), words),
        _section("privacy_title", _privacy(report, words, language), words),
    ]
    if report["assumptions"]:
        parts.append(_section("assumed_title", _listed(report["assumptions"], ""), words))
    return f'<div class="kd-notes">{"".join(parts)}{_again(words) if may_load else ""}</div>'


def _section(title: str, content: str, words: Words) -> str:
    return f"<section><h3>{escape(words[title])}</h3>{content}</section>"


def _read(report: Report, words: Words, language: str) -> str:
    counts = [report[name] for name in ("read", "accepted", "quarantined")]
    tables = [table for table in TABLES if table in report["read"]]
    rows = [(words["tables"][t], *(count[t] for count in counts)) for t in tables]
    heads = [words[name] for name in ("table", "read", "used", "set_aside")]
    return _table(heads, rows, language)


def _table(heads: Iterable[str], rows: Iterable[tuple[Any, ...]], language: str) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f'<td class="n">{format_count(count, language)}</td>' for count in counts)
        + "</tr>"
        for first, *counts in rows
    )
    return f'<table class="kd-read"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _facts(shop: Shop, report: Report, words: Words, language: str) -> str:
    currency = report["currency"]
    facts = {words["customers"]: format_count(shop.customers, language)}
    if shop.first and shop.last:
        facts[words["dates_of"]] = format_period(shop.first, shop.last, language)
    facts[words["money"]] = words["money_unknown"] if currency == "money" else currency
    facts[words["encoder"]] = report["embedding"]["encoder"]
    listed = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts.items())
    return f"<dl>{listed}</dl>"


def _aside(report: Report, words: Words, language: str) -> str:
    if not sum(report["quarantined"].values()):
        return f"<p>{escape(words['aside_none'])}</p>"
    reasons = "".join(_reason(reason, words, language) for reason in report["reasons"])
    files = "".join(
        f'<button type="button" class="kd-act" data-arrival="aside" data-table="{table}" '
        f'data-key="aside-{table}">'
        f"{escape(words['download'].format(table=words['tables'][table]))}</button>"
        for table in TABLES
        if report["quarantined"].get(table)
    )
    return (
        f'<p class="kd-soft">{escape(words["aside_text"])}</p><ul class="kd-reasons">{reasons}</ul>'
        f'<div class="kd-go">{files}</div>{_cut(report, words, language)}'
    )


def _cut(report: Report, words: Words, language: str) -> str:
    """That a file to download is not all of it, where there are too many rows for one."""
    from assistant.loading.aside import MOST_ROWS

    if max(report["quarantined"].values()) <= MOST_ROWS:
        return ""
    told = words["download_cut"].format(most=format_count(MOST_ROWS, language))
    return f'<p class="kd-soft">{escape(told)}</p>'


def _reason(reason: Mapping[str, Any], words: Words, language: str) -> str:
    table = words["tables"][reason["table"]]
    name, fix = reason_words(reason["reason"], reason["fix"], words)
    counted = words["counting"].format(count=format_count(reason["rows"], language))
    return (
        f"<li><header><strong>{escape(table)}: {escape(name)}</strong>"
        f'<span class="kd-soft">{escape(counted)}</span></header>'
        f"<dl><dt>{escape(words['example'])}</dt><dd>{escape(_example(reason, words))}</dd>"
        f"<dt>{escape(words['mending'])}</dt><dd>{escape(fix)}</dd></dl></li>"
    )


def _example(reason: Mapping[str, Any], words: Words) -> str:
    """The first row of a reason, in the reader's language; a whole line stays as it is."""
    said = str(reason["example"])
    if found := EMPTY.fullmatch(said):
        return str(words["example_empty"].format(**found.groupdict()))
    if found := VALUE.fullmatch(said):
        return str(words["example_value"].format(**found.groupdict()))
    return said


def _privacy(report: Report, words: Words, language: str) -> str:
    notes = [_private(note, words, language) for note in report["privacy"]]
    return _listed(notes, words["privacy_none"])


def _private(note: str, words: Words, language: str) -> str:
    kinds = words["kinds"]
    match understood(note):
        case Dropped(table, column, kind):
            named = {"table": words["tables"][table], "kind": kinds.get(kind, kind)}
            return str(words["dropped_note"].format(column=column, **named))
        case Scrubbed(table, found):
            told = words["comma"].join(
                f"{format_count(n, language)} {kinds.get(kind, kind)}" for kind, n in found.items()
            )
            return str(words["scrubbed_note"].format(table=words["tables"][table], found=told))
    return note


def _lacks(report: Report, words: Words) -> str:
    missing = [words["without"][table] for table in TABLES if table not in report["read"]]
    mapped = [
        cost
        for table, columns in report["columns"].items()
        for role, cost in words["costs"].get(table, {}).items()
        if role not in columns
    ]
    return _listed(dict.fromkeys([*missing, *mapped]), words["lacks_none"])


def _listed(notes: Iterable[str], none: str) -> str:
    lines = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f"<ul>{lines}</ul>" if lines else f"<p>{escape(none)}</p>"


def _again(words: Words) -> str:
    """Newer files are dropped above; the demo shop is a press away."""
    return (
        f"<section><h3>{escape(words['newer_title'])}</h3><p>{escape(words['newer_text'])}</p>"
        '<div class="kd-go"><button type="button" class="kd-act" data-arrival="demo" '
        f'data-key="demo">{escape(words["demo_again"])}</button></div></section>'
    )
