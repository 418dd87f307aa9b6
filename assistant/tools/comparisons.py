"""What heat maps and radars share: a segment's number beside another's, and words for the two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    get_currency_symbol,
)

from assistant.tools.profiling import TOLD, TOLD_RATES
from assistant.tools.result import ToolResult
from assistant.tools.voice import Voice, capital, clean
from segmentation.insight.query import SMALL_GROUP
from segmentation.types import CustomerBase, Fact, Segment

__all__ = [
    "MAIN",
    "Compared",
    "axis",
    "called",
    "farthest_title",
    "hover_of",
    "measured",
    "notices",
    "number_of",
    "on_chart",
    "on_tile",
    "short",
    "times",
    "titled",
    "too_little",
    "wanted",
]

MAIN = (*TOLD, *TOLD_RATES)
"""The numbers that can be compared between groups of different sizes."""

WHOLE_FROM = 100
"""Numbers of this size stand on a tile without decimals."""

CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Compared:
    """A segment's number beside another's.

    Args:
        unit: money resolved.
        period: the days it is of, or one day for a state.
        value, other: the segment's, and everyone's or everybody else's.
    """

    segment: Segment
    metric: str
    unit: str
    period: str
    value: float
    other: float | None

    @property
    def lift(self) -> float | None:
        """value / other; None where that says nothing."""
        return self.value / self.other if self.other and self.other > 0 else None

    @property
    def distance(self) -> float:
        """How far the lift is from 1, as a ratio: twice and half are as far."""
        lift = self.lift
        if lift is None:
            return 0.0
        return abs(log(lift)) if lift > 0 else float("inf")

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The number, and the ratio where there is one."""
        subject = f"segment:{self.segment.id}"
        own = Fact(subject, self.metric, self.period, self.value, self.unit)
        if self.lift is None:
            return (own,)
        return own, Fact(subject, f"{self.metric}_lift", self.period, self.lift, "ratio")


def wanted(base: CustomerBase, chosen: int | None) -> list[Segment]:
    """The segment asked for, or all that are one, largest first."""
    if chosen is not None:
        return [s for s in base.segmentation.segments if s.id == chosen]
    assigned = [s for s in base.segmentation.segments if s.id > 0]
    return sorted(assigned, key=lambda s: (-s.size, s.id))


def called(say: Voice, segment: Segment) -> str:
    """A segment in a sentence."""
    return say.segment(segment.id, segment.name)


def on_chart(say: Voice, segment: Segment) -> str:
    """A segment on a chart: its id and its name."""
    return say.part("charts.on_chart", id=segment.id, name=clean(segment.name))


def axis(say: Voice, metric: str) -> str:
    """A metric's name where there is little room."""
    return str(say["charts.short"].get(metric) or capital(say.metric(metric)))


def times(say: Voice, lift: float) -> str:
    """`15.3 times`, `0.15 times`."""
    return say.part("charts.times", n=say.number(round(lift, 1 if lift >= 10 else 2)))


def titled(say: Voice, kind: str, segments: Sequence[Segment], chosen: int | None) -> str:
    """The title of a chart of that kind, of all segments or of the one asked for."""
    if chosen is None:
        return str(say[f"charts.titles.{kind}"])
    return say.say(f"charts.titles.{kind}_of", name=called(say, segments[0]))


def short(say: Voice, value: float | None, unit: str) -> str:
    """A number as it fits on a tile: larger ones without decimals, money with its sign."""
    if value is None or unit == "share" or abs(value) < WHOLE_FROM:
        return say.figure(value, unit)
    if CURRENCY.fullmatch(unit):
        locale = say.language
        return format_currency(value, unit, "¤#,##0", locale=locale, currency_digits=False)
    return say.number(round(value))


def on_tile(say: Voice, value: float | None, unit: str) -> str:
    """The same as short as can be: thousands as `€2.4K`, so that eight fit on a narrow screen."""
    if value is None or unit == "share" or abs(value) < 10 * WHOLE_FROM:
        return short(say, value, unit)
    whole, locale = round(value), say.language
    if CURRENCY.fullmatch(unit):
        return format_compact_currency(whole, unit, locale=locale, fraction_digits=1)
    return format_compact_decimal(whole, locale=locale, fraction_digits=1)


def farthest_title(say: Voice, others: str, found: Iterable[Compared]) -> str:
    """Which segment is furthest from `others` in what, as a chart's title; empty if none is."""
    far = max(found, key=lambda one: one.distance, default=None)
    if far is None or not far.distance or far.lift is None:
        return ""
    return say.say(
        "charts.findings.far",
        others=others,
        name=called(say, far.segment),
        metric=say.metric(far.metric),
        times=times(say, far.lift),
        value=say.figure(far.value, far.unit),
        rest=say.figure(far.other, far.unit),
    )


def measured(say: Voice, metric: str, unit: str) -> str:
    """What an axis measures and in what: `Revenue (£)`, `Repeat rate`, `Days since order`."""
    name = capital(say.metric(metric))
    if not CURRENCY.fullmatch(unit):
        return name
    return say.part("charts.in_unit", name=name, unit=get_currency_symbol(unit, say.language))


def number_of(say: Voice, metric: str, value: float | None, unit: str) -> str:
    """`Repeat rate: 38%`."""
    name = capital(say.metric(metric))
    return say.part("charts.named_number", name=name, value=say.figure(value, unit))


def hover_of(say: Voice, one: Compared, other: str) -> str:
    """The segment, its number, the one beside it and the ratio, on a line each."""
    lines = [
        called(say, one.segment),
        number_of(say, one.metric, one.value, one.unit),
        say.part("charts.named_number", name=other, value=say.figure(one.other, one.unit)),
    ]
    return "\n".join(lines if one.lift is None else [*lines, times(say, one.lift)])


def notices(say: Voice, segments: Iterable[Segment]) -> tuple[str, ...]:
    """What to know about the numbers: which look back, which rest on few customers."""
    small = [s for s in segments if s.size < SMALL_GROUP]
    told = [str(say["definitions.lifetime_value"])]
    if small:
        limit = say.count(SMALL_GROUP, "customers")
        names = say.list([called(say, s) for s in small])
        told.append(say.say("notes.small_groups", names=names, limit=limit))
    return tuple(told)


def too_little(say: Voice, known: Sequence[str], least: int) -> ToolResult:
    """That the data holds fewer numbers than the chart needs."""
    names = say.list([say.metric(name) for name in known]) or str(say["charts.nothing"])
    return ToolResult(say.say("charts.too_little", known=names, least=least))
