"""Who and what a question is about: filters checked against the data, ready for `scope.py`.

Values reach the database as literals, never as text of a statement. Dates are inclusive days; texts
compare without regard to case; a value that exists nowhere raises with the nearest that does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

import ibis

from segmentation.insight.errors import BadArgument, NotLoaded, UnknownName
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.metrics import CUSTOMER_FIELDS, FORECASTS, METRICS, Source
from segmentation.insight.value.valuation import demand_forecast
from segmentation.types import CustomerBase

__all__ = [
    "OPERATORS",
    "Field",
    "Filter",
    "Span",
    "check",
    "fields",
    "home",
    "resolve_segment",
    "span_of",
    "values_of",
]

Kind = Literal["text", "number", "date", "flag", "segment", "product", "customer"]
Place = Literal["line", "person"]
Span = tuple[datetime, datetime]

OPERATORS: dict[Kind, tuple[str, ...]] = {
    "text": ("eq", "ne", "in", "contains"),
    "number": ("eq", "ne", "lt", "le", "gt", "ge", "in", "between"),
    "date": ("eq", "ne", "lt", "le", "gt", "ge", "in", "between"),
    "flag": ("eq", "ne"),
    "segment": ("eq", "ne", "in", "contains"),
    "product": ("eq", "ne", "in", "contains"),
    "customer": ("eq", "ne", "in", "contains"),
}
SYMBOLS = {"eq": ":", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "contains": "~"}
CATALOGUE_LIMIT = 50_000
ALIASES = {"customer_id": "customer", "product_id": "product", "at": "ordered_at"}


@dataclass(frozen=True)
class Field:
    """Something one can filter by.

    `place` says what it belongs to: a `line` field keeps order lines (or reviews, or events), a
    `person` field keeps customers. `column` is its name in the ledger.
    """

    name: str
    kind: Kind
    place: Place
    column: str


@dataclass(frozen=True)
class Filter:
    """One condition, checked: `value` is a tuple of values of the field's own type."""

    field: Field
    op: str
    value: tuple[Any, ...]

    @property
    def label(self) -> str:
        """How a fact's subject writes it: `country:France|Germany`, `orders>=3`."""
        if self.op == "between":
            return f"{self.field.name}:{self.value[0]}..{self.value[1]}"
        return f"{self.field.name}{SYMBOLS.get(self.op, ':')}{'|'.join(map(str, self.value))}"


def fields(base: CustomerBase) -> dict[str, Field]:
    """Every field one can filter by, by name; a profile column hides a line's of that name."""
    ledger = open_ledger(base)
    with ledger.lock:
        found = {field.name: field for field in _line_fields(ledger)}
        found |= {field.name: field for field in _person_fields(ledger)}
    return found


def _line_fields(ledger: Ledger) -> Iterable[Field]:
    if ledger.has("orders") or ledger.has("events") or ledger.has("reviews"):
        yield Field("product", "product", "line", "product_no")
        yield Field("ordered_at", "date", "line", "at")
    if _has_categories(ledger):
        yield Field("category", "text", "line", "category")
    schema = ledger.tables["orders"].schema() if ledger.has("orders") else {}
    for name in ledger.line_attributes:
        yield Field(name, _kind(schema[name]), "line", f"line_{name}")


def _has_categories(ledger: Ledger) -> bool:
    return any(
        "category" in ledger.tables[name].columns
        for name in ("orders", "products", "events", "reviews")
        if ledger.has(name)
    )


def _person_fields(ledger: Ledger) -> Iterable[Field]:
    columns = ledger.people.schema()
    for column, dtype in columns.items():
        prefix, _, name = column.partition("_")
        if prefix == "feature" and f"metric_{name}" not in columns:
            yield Field(name, _kind(dtype), "person", column)
    for name, source in CUSTOMER_FIELDS.items():
        if f"metric_{source}" in columns:
            yield Field(name, "number", "person", f"metric_{source}")
    if ledger.has("orders"):
        yield from (Field(name, "number", "person", f"metric_{name}") for name in FORECASTS)
    for column, dtype in columns.items():
        prefix, _, name = column.partition("_")
        if prefix == "profile":
            yield Field(name, _kind(dtype), "person", column)
    yield Field("segment", "segment", "person", "segment")
    yield Field("customer", "customer", "person", "customer_id")


def _kind(dtype: Any) -> Kind:
    if dtype.is_boolean():
        return "flag"
    if dtype.is_numeric():
        return "number"
    if dtype.is_temporal():
        return "date"
    return "text"


def check(base: CustomerBase, filters: Sequence[Any]) -> tuple[Filter, ...]:
    """Filters as given → filters as understood. Raises UnknownName, BadArgument."""
    if not filters:
        return ()
    known = fields(base)
    return tuple(_check_one(base, known, given) for given in filters)


def _check_one(base: CustomerBase, known: Mapping[str, Field], given: Any) -> Filter:
    if isinstance(given, Filter):
        return given
    if not isinstance(given, Mapping) or "field" not in given or "value" not in given:
        raise BadArgument("filters", given, "filter")
    _demand_table(base, known, given["field"])
    field = find_field(known, given["field"])
    if field.column.removeprefix("metric_") in FORECASTS:
        demand_forecast(base, field.name)
    op = str(given.get("op") or "eq").strip().lower()
    value = given["value"]
    if field.kind == "date" and op in ("eq", "in") and _is_pair(value):
        op = "between"
    if op not in OPERATORS[field.kind]:
        raise UnknownName("operator", op, OPERATORS[field.kind], where=f"field {field.name}")
    return Filter(field, op, _values(base, field, op, value))


def _demand_table(base: CustomerBase, known: Mapping[str, Field], name: object) -> None:
    """A metric's field is missing where its table is. Raises NotLoaded."""
    key = str(name).strip().lower().replace(" ", "_")
    if key in known or key not in CUSTOMER_FIELDS:
        return
    ledger = open_ledger(base)
    with ledger.lock:
        lacking = ledger.lacks(METRICS[key])
    if lacking:
        raise NotLoaded(lacking, key)


def find_field(known: Mapping[str, Field], name: object) -> Field:
    key = str(name).strip().lower().replace(" ", "_")
    key = key if key in known else ALIASES.get(key, key)
    if key not in known:
        raise UnknownName("field", name, tuple(sorted(known)))
    return known[key]


def _is_pair(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2


def _values(base: CustomerBase, field: Field, op: str, value: Any) -> tuple[Any, ...]:
    if op == "between":
        if not _is_pair(value):
            raise BadArgument(field.name, value, "pair")
        values = tuple(value)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        values = tuple(value)
    else:
        values = (value,)
    if not values or (op not in ("in", "between", "eq", "ne", "contains") and len(values) > 1):
        raise BadArgument(field.name, value, "date" if field.kind == "date" else "number")
    return _typed(base, field, op, values)


def _typed(base: CustomerBase, field: Field, op: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    if field.kind == "number":
        return tuple(_number(field.name, value) for value in values)
    if field.kind == "flag":
        return tuple(_flag(field.name, value) for value in values)
    if field.kind == "date":
        for value in values:
            span_of(field.name, value)
        return tuple(_iso(value) for value in values)
    if field.kind == "segment":
        return _segments(base, op, values)
    if field.kind == "product":
        return tuple(str(value).strip() for value in values)
    return _texts(open_ledger(base), field, op, values)


def _number(name: str, value: Any) -> float | int:
    if isinstance(value, bool):
        raise BadArgument(name, value, "number")
    if isinstance(value, int | float):
        return value
    text = str(value).strip().replace(",", "").removesuffix("%")
    try:
        number = float(text)
    except ValueError:
        raise BadArgument(name, value, "number") from None
    return number / 100 if str(value).strip().endswith("%") else number


def _flag(name: str, value: Any) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    text = str(value).strip().lower()
    if text not in known:
        raise BadArgument(name, value, "flag")
    return known[text]


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def span_of(name: str, value: Any) -> Span:
    """The half-open span [from, to) a year, month, day or moment stands for. Raises BadArgument."""
    if isinstance(value, datetime):
        return value, value + timedelta(microseconds=1)
    text = _iso(value)
    try:
        if re.fullmatch(r"\d{4}", text):
            return datetime(int(text), 1, 1), datetime(int(text) + 1, 1, 1)
        if re.fullmatch(r"\d{4}-\d{1,2}", text):
            year, month = map(int, text.split("-"))
            return datetime(year, month, 1), datetime(year + month // 12, month % 12 + 1, 1)
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise BadArgument(name, value, "date") from None
    whole_day = len(text) <= 10
    return moment, moment + (timedelta(days=1) if whole_day else timedelta(microseconds=1))


def resolve_segment(base: CustomerBase, value: Any) -> int:
    """The id of a segment given by id, `segment 3`, or name. Raises UnknownName."""
    known = {segment.id: segment.name for segment in base.segmentation.segments}
    text = str(value).strip()
    digits = re.fullmatch(r"(?:segment[\s:#]*)?(\d+)(?:\.0)?", text, re.IGNORECASE)
    if digits and int(digits.group(1)) in known:
        return int(digits.group(1))
    for number, name in known.items():
        if name.casefold() == text.casefold():
            return number
    raise UnknownName("segment", value, [f"{number} ({name})" for number, name in known.items()])


def _segments(base: CustomerBase, op: str, values: tuple[Any, ...]) -> tuple[int, ...]:
    if op != "contains":
        return tuple(resolve_segment(base, value) for value in values)
    parts = [str(value).strip().casefold() for value in values]
    known = {segment.id: segment.name for segment in base.segmentation.segments}
    hits = [i for i, name in known.items() if any(part in name.casefold() for part in parts)]
    if not hits:
        raise UnknownName("segment", values[0], [f"{i} ({name})" for i, name in known.items()])
    return tuple(hits)


def _texts(ledger: Ledger, field: Field, op: str, values: tuple[Any, ...]) -> tuple[str, ...]:
    """The spellings the data has for the values asked for."""
    asked = tuple(str(value).strip() for value in values)
    known = _catalogue(ledger, field)
    if op == "contains" or len(known) >= CATALOGUE_LIMIT:
        hits = [text for text in known if any(part.casefold() in text.casefold() for part in asked)]
        if not hits and len(known) < CATALOGUE_LIMIT:
            raise UnknownName(field.name, asked[0], known)
        return asked
    spellings: dict[str, list[str]] = {}
    for text in known:
        spellings.setdefault(text.strip().casefold(), []).append(text)
    for text in asked:
        if text.casefold() not in spellings:
            raise UnknownName(field.name, text, known)
    return tuple(spelling for text in asked for spelling in spellings[text.casefold()])


def values_of(base: CustomerBase, field: Field) -> tuple[str, ...]:
    """The values of a text field, most frequent first; the names of products, by the alphabet."""
    ledger = open_ledger(base)
    with ledger.lock:
        if field.kind != "product":
            return _catalogue(ledger, field)
        names = ledger.run(ledger.products.select("product").distinct())["product"]
        return tuple(sorted(names.astype(str)))


def _catalogue(ledger: Ledger, field: Field) -> tuple[str, ...]:
    """The distinct values of a text field, most frequent first; read once."""

    def find() -> tuple[str, ...]:
        table = ledger.people if field.place == "person" else ledger.source(home(ledger))
        texts = table.select(value=table[field.column].cast("string")).filter(
            ibis._.value.notnull()
        )
        counts = texts.group_by("value").aggregate(n=texts.count())
        ordered = counts.order_by([counts.n.desc(), counts.value]).limit(CATALOGUE_LIMIT)
        return tuple(ledger.run(ordered)["value"])

    return ledger.once((field.place, field.column), find)


def home(ledger: Ledger) -> Source:
    for name in ("orders", "events", "reviews"):
        if ledger.has(name):
            return name
    raise NotLoaded("orders", "purchases")
