"""Answers in words: fills the wording of prompts/answers with formatted numbers, dates and names.

What came from data is cleaned and quoted here, so that a product's name can never read as a
sentence of ours. Nothing is computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from babel.dates import format_date

from assistant.formats import format_day, format_value
from assistant.sight.names import is_fit_to_print
from assistant.sight.sight import reference
from prompts import load_folder, load_yaml
from segmentation.insight.errors import BadArgument, NoForecast, NotLoaded, UnknownName
from segmentation.insight.filters import Filter
from segmentation.insight.metrics import METRICS
from segmentation.types import CustomerBase, KindredError

__all__ = ["BREAK", "Heard", "Voice", "capital", "clean", "listening", "voice"]

BREAK = "\n\n"
"""Among sentences: here a paragraph ends."""

LONGEST_NAME = 80
LONGEST_ERROR = 600
PLAIN_NAME = re.compile(r"[^\W\d_]+(?:[ .&'-]{1,2}[^\W\d_]+){0,3}\.?")
PLAIN_LENGTH = 30
LATIN = re.compile(r"[\w%£$€]", re.ASCII)
OUR_WORDS = ("metric", "field", "split", "operator", "segment")
"""Kinds of names that are not customers' data, and need no quotes."""
_LOCALES = {"en": "en_GB", "zh": "zh_Hans_CN"}
_MONTH = {"en": "MMMM y", "zh": "y年M月"}
COUNTED = ("customers", "orders", "items", "reviews", "sessions", "products", "segments", "units")


@dataclass
class Heard:
    """What of a text came from data, as the text has it.

    Args:
        values: names and other values.
        private: what customers wrote themselves.
        withheld: values that prose has a reference for.
    """

    values: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)


_LISTENER: ContextVar[Heard | None] = ContextVar("listener", default=None)


@contextmanager
def listening() -> Iterator[Heard]:
    """Whatever `clean` and the voice put into texts meanwhile, in this context."""
    heard = Heard()
    token = _LISTENER.set(heard)
    try:
        yield heard
    finally:
        _LISTENER.reset(token)


def clean(text: object, longest: int = LONGEST_NAME) -> str:
    """Text from data on one line, without control characters, no longer than `longest`."""
    short = _line(text, longest)
    if listener := _LISTENER.get():
        listener.values.add(short)
    return short


def _line(text: object, longest: int) -> str:
    printable = "".join(c if c.isprintable() else " " for c in str(text))
    flat = " ".join(printable.split())
    return flat if len(flat) <= longest else flat[: longest - 1].rstrip() + "…"


def _printed(text: object) -> str:
    """A value in prose: itself, or a reference where it reads like an order to a program."""
    short = clean(text)
    if is_fit_to_print(short):
        return short
    if listener := _LISTENER.get():
        listener.withheld.add(short)
    return reference(short)


def capital(text: str) -> str:
    """The text with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def _beside(left: str, joint: str, right: str) -> str:
    """A Chinese word with a space on the side where a number or a Latin word stands."""
    if joint.isascii():
        return joint
    before, after = (" " if LATIN.fullmatch(one) else "" for one in (left, right))
    return f"{before}{joint}{after}"


@cache
def voice(language: str) -> Voice:
    """The voice of `en` or `zh`."""
    return Voice(language if language in _LOCALES else "en")


class Voice:
    """One language's wording. `say("query.total", ...)` fills a template of prompts/answers."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.words: Mapping[str, Any] = load_folder(f"answers/{language}")

    def __getitem__(self, path: str) -> Any:
        found: Any = self.words
        for part in path.split("."):
            found = found[part]
        return found

    def say(self, path: str, **values: Any) -> str:
        """One sentence, its first letter a capital."""
        text = str(self[path]).format(**values).strip()
        return capital(text)

    def part(self, path: str, **values: Any) -> str:
        """A piece of a sentence, as it stands."""
        return str(self[path]).format(**values)

    def sentences(self, parts: Iterable[str]) -> str:
        """Sentences one after the other, a new paragraph at every BREAK; empty ones left out."""
        paragraphs: list[list[str]] = [[]]
        for part in parts:
            if part == BREAK:
                paragraphs.append([])
            elif part:
                paragraphs[-1].append(part)
        return BREAK.join(str(self["list.stop"]).join(each) for each in paragraphs if each)

    # --- values ---------------------------------------------------------------------------------

    def value(self, value: Any, unit: str) -> str:
        """A number in its unit: `£1,234.50`, `38%`, `4,338 customers`, `92.1 days`."""
        if unit in ("days", *COUNTED) and isinstance(value, int | float):
            return self.count(value, unit)
        return format_value(value, unit, self.language)

    def figure(self, value: Any, unit: str) -> str:
        """A number beside the name of its metric, which says the unit: `£12.50`, `38%`, `11.8`."""
        if unit in ("days", *COUNTED):
            return self.number(round(value, 1) if unit == "days" else value)
        return self.value(value, unit)

    def count(self, n: float, noun: str) -> str:
        """`1 customer`, `4,338 customers`, `4.27 orders`."""
        one, many = self[f"nouns.{noun}"]
        number = format_value(round(n, 1) if noun == "days" else n, "", self.language)
        return f"{number} {one if number == '1' else many}"

    def number(self, n: float) -> str:
        return format_value(n, "", self.language)

    def share(self, value: float) -> str:
        return format_value(value, "share", self.language)

    def day(self, day: date | str) -> str:
        day = date.fromisoformat(day) if isinstance(day, str) else day
        return format_day(day, self.language)

    def month(self, month: str) -> str:
        """`2011-09` → `September 2011`."""
        day = date.fromisoformat(f"{month}-01")
        return format_date(day, _MONTH[self.language], locale=_LOCALES[self.language])

    def period(self, period: str) -> str:
        """`2010-12-01/2011-12-09` → `from 1 Dec 2010 to 9 Dec 2011`; one day is a state."""
        first, _, last = period.partition("/")
        if not last:
            return self.part("dates.as_of", day=self.day(first))
        if first == last:
            return self.part("dates.one_day", day=self.day(first))
        return self.part("dates.between", first=self.day(first), last=self.day(last))

    # --- names ----------------------------------------------------------------------------------

    def quote(self, text: object) -> str:
        """A value from data in quotation marks; what reads like an order is a reference."""
        opened, closed = self["quote"]
        return f"{opened}{_printed(text)}{closed}"

    def asked(self, text: object) -> str:
        """The user's own words, quoted as they are."""
        opened, closed = self["quote"]
        return f"{opened}{clean(text)}{closed}"

    def customers(self, text: object) -> str:
        """What customers wrote (of reviews, searches, free texts): no language model reads it."""
        if listener := _LISTENER.get():
            listener.private.add(_printed(text))
        return self.quote(text)

    def data(self, text: object) -> str:
        """A value from data: bare where it is plainly a name of a few words, else quoted."""
        short = _printed(text)
        plain = len(short) <= PLAIN_LENGTH and PLAIN_NAME.fullmatch(short)
        opened, closed = self["quote"]
        return short if plain or short.isalnum() else f"{opened}{short}{closed}"

    def group(self, by: str, group: Any, name: str) -> str:
        """What one row of a split is called."""
        if group is None:
            return str(self["unknown"])
        if by == "month" or re.fullmatch(r"\d{4}-\d{2}", name):
            return self.month(name)
        if by == "weekday":
            return str(self["weekdays"][name])
        if by == "segment":
            return self.segment(group, name)
        return self.quote(name) if by == "product" else self.data(name)

    def segment(self, number: Any, name: str) -> str:
        """`segment 3 “Lapsed small spenders”`; a part of what has no segments is just `Part 3`."""
        if name == load_yaml("segment_names")[self.language]["part"].format(id=number):
            return name
        return self.part("segment_called", id=number, name=self.quote(name))

    def metric(self, name: str) -> str:
        known = {**self["habits"], **self["metrics"]}
        return str(known.get(name, name.replace("_", " ")))

    def field(self, name: str) -> str:
        """A field or a split, by the words for it where there are any."""
        for known in ("fields", "splits", "metrics"):
            if name in self[known]:
                return str(self[known][name])
        return clean(name.replace("_", " "))

    def list(self, items: Sequence[str], last: str = "and") -> str:
        """`a, b and c`."""
        if len(items) < 2:
            return "".join(items)
        comma, joint = self["list.comma"], self[f"list.{last}"]
        before, after = comma.join(items[:-1]), items[-1]
        return f"{before}{_beside(before[-1:], joint, after[:1])}{after}"

    def conditions(self, base: CustomerBase, filters: Sequence[Filter]) -> str:
        """Filters in words: `country Germany and orders of at least 3`."""
        return self.list([self._condition(base, one) for one in filters])

    def _condition(self, base: CustomerBase, filter_: Filter) -> str:
        field = self.field(filter_.field.name)
        values = [self._filter_value(base, filter_, value) for value in filter_.value]
        if filter_.op == "between":
            return self.part("conditions.between", field=field, low=values[0], high=values[1])
        value = self.list(values, "or")
        own = self["conditions_on"].get(filter_.field.name, {})
        if filter_.op in own:
            return str(own[filter_.op]).format(value=value)
        return self.part(f"conditions.{filter_.op}", field=field, value=value)

    def _filter_value(self, base: CustomerBase, filter_: Filter, value: Any) -> str:
        if filter_.field.kind == "segment":
            names = {s.id: s.name for s in base.segmentation.segments}
            return self.segment(value, names[value])
        if filter_.field.kind == "number":
            metric = METRICS.get(filter_.field.name)
            unit = {"money": base.currency, "share": "share"}.get(metric.unit if metric else "", "")
            return self.value(value, unit)
        if filter_.op == "contains" or filter_.field.kind == "product":
            return self.quote(value)
        return self.data(value)

    # --- what went wrong ------------------------------------------------------------------------

    def error(self, error: KindredError) -> str:
        """An error as an answer; English where there is no wording for it."""
        if isinstance(error, UnknownName):
            return self._unknown(error)
        if isinstance(error, BadArgument):
            wanted = self["errors.wanted"].get(error.wanted, error.wanted)
            name = self.field(error.name)
            return self.say("errors.bad", given=clean(error.given), name=name, wanted=wanted)
        if isinstance(error, NotLoaded):
            table = self["errors.tables"].get(error.table, error.table)
            key = "not_loaded_split" if error.table == "categories" else "not_loaded"
            return self.say(f"errors.{key}", table=table, metric=self.metric(error.metric))
        if isinstance(error, NoForecast):
            return self._no_forecast(error)
        return _line(error, LONGEST_ERROR)

    def _no_forecast(self, error: NoForecast) -> str:
        values = {
            name: self.number(round(value, 2) if isinstance(value, float) else value)
            for name, value in error.values.items()
        }
        return self.say(
            "value.refused",
            metric=self.metric(error.metric),
            reason=self.part(f"value.reasons.{error.reason}", **values),
            instead=self.metric(NoForecast.INSTEAD[error.metric]),
        )

    def _unknown(self, error: UnknownName) -> str:
        given = clean(error.given)
        kind = self["errors.kinds"].get(error.kind) or self.field(error.kind)
        key = error.kind if error.kind in ("operator", "split") else "unknown"
        call = clean if error.kind in OUR_WORDS else self.data
        parts = [self.say(f"errors.{key}", kind=kind, given=given)]
        if error.nearest:
            names = [call(name) for name in error.nearest]
            parts.append(self.say("errors.nearest", names=self.list(names, "or")))
        listed = str(self["list.comma"]).join(call(name) for name in error.shown)
        key = "more" if error.more else "valid"
        parts.append(self.say(f"errors.{key}", names=listed, more=error.more))
        return self.sentences(parts)
