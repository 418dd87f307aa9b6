"""Filters applied: the rows or the customers that a question is about, and the days it covers.

Values reach the database as literals of ibis expressions, never as text of a statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from segmentation.insight.errors import UnknownName
from segmentation.insight.filters import Filter, Span, check, home, span_of
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.metrics import Source
from segmentation.types import CustomerBase, period_between

__all__ = ["Scope", "people_in", "predicate", "scope"]


@dataclass(frozen=True)
class Scope:
    """The rows of one source that a question is about.

    Args:
        rows: the prepared table, filtered.
        filters: as understood, those on dates left out.
        first, last: the days covered: what the source has, cut to the filters on dates.
    """

    rows: Any
    filters: tuple[Filter, ...]
    first: date
    last: date

    @property
    def period(self) -> str:
        return period_between(self.first, self.last)


def scope(base: CustomerBase, source: Source, filters: Sequence[Any]) -> Scope:
    """The rows of a source that the filters leave. Raises UnknownName, BadArgument."""
    ledger = open_ledger(base)
    with ledger.lock:
        understood = check(base, filters)
        rows = ledger.source(source)
        for filter_ in understood:
            rows = rows.filter(_condition(base, ledger, source, rows, filter_))
        first, last = _days(ledger, source, understood)
    told = tuple(f for f in understood if f.field.column != "at" or f.op in ("ne", "in"))
    return Scope(rows, told, first, last)


def people_in(base: CustomerBase, filters: Sequence[Any]) -> Any:
    """The ledger's people who meet the filters; one on lines asks for a purchase that does."""
    ledger = open_ledger(base)
    with ledger.lock:
        understood = check(base, filters)
        people = ledger.people.inner_join(ledger.labels(base.segmentation), "customer_no")
        on_lines = [f for f in understood if f.field.place == "line"]
        for filter_ in understood:
            if filter_.field.place == "person":
                people = people.filter(_condition(base, ledger, "orders", people, filter_))
        if on_lines:
            people = people.filter(people.customer_no.isin(_buyers(base, ledger, on_lines)))
        return people


def _buyers(base: CustomerBase, ledger: Ledger, filters: Sequence[Filter]) -> Any:
    source = home(ledger)
    lines = ledger.source(source)
    for filter_ in filters:
        lines = lines.filter(_condition(base, ledger, source, lines, filter_))
    return (lines.filter(lines.sale) if source == "orders" else lines).customer_no


def _condition(
    base: CustomerBase, ledger: Ledger, source: Source, rows: Any, filter_: Filter
) -> Any:
    field = filter_.field
    if field.kind == "product":
        return rows.product_no.isin(_products(ledger, filter_)) == (filter_.op != "ne")
    if field.kind == "segment":
        labels = ledger.labels(base.segmentation)
        return rows.customer_no.isin(labels.filter(predicate(labels.segment, filter_)).customer_no)
    if field.column in rows.columns:
        return predicate(rows[field.column], filter_)
    if field.place == "person":
        people = ledger.holder(field.column)
        met = people.filter(predicate(people[field.column], filter_))
        return rows.customer_no.isin(met.customer_no)
    # A line attribute asked of reviews or visits: the customers with such a purchase.
    return rows.customer_no.isin(_buyers(base, ledger, [filter_]))


def predicate(column: Any, filter_: Filter) -> Any:
    """The condition on one column."""
    op, values = filter_.op, filter_.value
    if filter_.field.kind == "date":
        return _date_predicate(column, op, [span_of(filter_.field.name, v) for v in values])
    if op in ("eq", "in"):
        return column.isin(list(values))
    if op == "ne":
        return column.isnull() | column.notin(list(values))
    if op == "between":
        return column.between(*values)
    if op == "contains" and filter_.field.kind == "segment":
        return column.isin(list(values))
    if op == "contains":
        return _any(column.cast("string").lower().contains(str(v).lower()) for v in values)
    compare = {"lt": column < values[0], "le": column <= values[0], "gt": column > values[0]}
    return compare.get(op, column >= values[0])


def _date_predicate(column: Any, op: str, spans: Sequence[Span]) -> Any:
    column = column.cast("timestamp")
    begin, end = spans[0]
    if op == "between":
        return (column >= begin) & (column < max(spans[1][1], spans[0][0]))
    if op == "lt":
        return column < begin
    if op == "le":
        return column < end
    if op == "gt":
        return column >= end
    if op == "ge":
        return column >= begin
    inside = _any((column >= a) & (column < b) for a, b in spans)
    return ~inside if op == "ne" else inside


def _any(conditions: Iterable[Any]) -> Any:
    first, *rest = conditions
    for condition in rest:
        first = first | condition
    return first


def _products(ledger: Ledger, filter_: Filter) -> Any:
    """product_no of the products meant by id or by name."""
    products = ledger.products
    asked = [str(value).lower() for value in filter_.value]
    name = products["product"].lower()
    if filter_.op == "contains":
        met = products.filter(_any(name.contains(text) for text in asked))
        _demand(ledger, met, filter_.value[0])
    else:
        met = products.filter(products.product_id.lower().isin(asked) | name.isin(asked))
        for text in filter_.value:
            one = products.filter(
                (products.product_id.lower() == text.lower()) | (name == text.lower())
            )
            _demand(ledger, one, text)
    return met.product_no


def _demand(ledger: Ledger, products: Any, asked: str) -> None:
    if int(ledger.run(products.aggregate(n=products.count()))["n"].iloc[0]) == 0:
        names = ledger.run(ledger.products.select("product_id", "product"))
        raise UnknownName("product", asked, (*names["product"], *names["product_id"]))


def _days(ledger: Ledger, source: Source, filters: Sequence[Filter]) -> tuple[date, date]:
    first, last = ledger.days(source)
    for filter_ in filters:
        if filter_.field.column != "at":
            continue
        spans = [span_of(filter_.field.name, value) for value in filter_.value]
        begin = min(span[0] for span in spans)
        end = max(span[1] for span in spans) - timedelta(microseconds=1)
        if filter_.op in ("eq", "in", "between", "ge"):
            first = max(first, begin.date())
        if filter_.op == "gt":
            first = max(first, (end + timedelta(microseconds=1)).date())
        if filter_.op in ("eq", "in", "between", "le"):
            last = min(last, end.date())
        if filter_.op == "lt":
            last = min(last, (begin - timedelta(microseconds=1)).date())
    return first, max(first, last)
