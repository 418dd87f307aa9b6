"""Demand in sentences: the number, what may run out, what it rests on, what to be careful with.

The answer is short; how it was reckoned in full stands in the notices. Tables and the chart are in
forecasting.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.tools.result import ToolResult
from assistant.tools.verdicts import with_note
from assistant.tools.voice import Voice
from segmentation.insight.demand.answer import Accuracy, Demand, Shelf, Week
from segmentation.insight.demand.backtest import TooRare, TooShort
from segmentation.insight.demand.history import Huge, read_history
from segmentation.insight.demand.models import FEW
from segmentation.insight.demand.stock import Idle, idle_limit
from segmentation.insight.splits import WEEKDAYS
from segmentation.types import CustomerBase, period_between

__all__ = [
    "TOLD",
    "called",
    "days_of",
    "in_full",
    "in_words",
    "nobody",
    "too_little",
    "units_of",
    "whole_of",
]

TOLD = 3
"""Products told in words."""
LONG_GAP = 7
"""A gap of more days than this is spoken of."""
WEIGHTY = 2
"""Caveats told in the answer itself, the weightiest."""


def too_little(say: Voice, base: CustomerBase, error: TooShort | TooRare, days: int) -> ToolResult:
    history = read_history(base)
    text = say.say(
        "demand.too_short" if isinstance(error, TooShort) else "demand.too_rare",
        days=say.count(error.days, "days"),
        period=say.period(history.period),
        wanted=say.count(days, "days"),
        needed=say.count(error.needed, "days"),
    )
    return ToolResult(text)


def nobody(say: Voice, base: CustomerBase, found: Demand) -> ToolResult:
    name = called(say, base, found.segment)
    head = say.say("demand.segment_nobody", name=name)
    return ToolResult(say.sentences(with_note(say, base.segmentation, [head])))


def called(say: Voice, base: CustomerBase, segment: int | None) -> str:
    if segment is None:
        return ""
    return say.segment(segment, next(s.name for s in base.segmentation.segments if s.id == segment))


def units_of(say: Voice, units: float) -> str:
    return say.count(round(units), "units")


def whole_of(say: Voice, units: float) -> str:
    return say.number(round(units))


def in_words(say: Voice, found: Demand, shown: Demand, name: str) -> list[str]:
    """The answer, sentence by sentence; `shown` is what of it the tables show."""
    return [
        _head(say, found, name),
        "" if found.by else _before(say, found),
        _most(say, found),
        _stock(say, found, shown),
        _short_basis(say, found),
        *_caveats(say, found)[:WEIGHTY],
    ]


def in_full(say: Voice, base: CustomerBase, found: Demand, shown: Demand) -> tuple[str, ...]:
    """What the answer leaves to those who want to know: notices."""
    parts = [
        _before(say, found) if found.by else "",
        *_how_to_read(say, found, shown),
        *_stock_in_full(say, base, found, shown),
        say.sentences(_basis(say, found)),
        *_caveats(say, found)[WEIGHTY:],
        *_set_aside(say, found),
    ]
    return tuple(part for part in parts if part)


def _head(say: Voice, found: Demand, name: str) -> str:
    values = {
        "units": units_of(say, found.expected),
        "period": say.period(found.period),
        "low": whole_of(say, found.low),
        "high": whole_of(say, found.high),
    }
    if found.share is None:
        return say.say("demand.all", **values)
    return say.say("demand.segment", name=name, share=say.share(found.share), **values)


def _before(say: Voice, found: Demand) -> str:
    if found.before is None:
        return ""
    return say.say(
        "demand.before",
        days=say.count(found.days, "days"),
        day=say.day(found.history.last),
        units=units_of(say, found.before),
    )


def _most(say: Voice, found: Demand) -> str:
    """The products or categories with the most units."""
    if found.lines is None or found.by is None:
        return ""
    if len(found.lines) == 1:
        return say.say("demand.only_one", by=say["splits"][found.by])
    most = found.lines.sort_values("expected", ascending=False, kind="stable").head(TOLD)
    told = [
        say.part(
            "demand.line",
            name=_thing(say, found.by, row),
            units=units_of(say, row["expected"]),
        )
        for row in most.to_dict("records")
    ]
    return say.say("demand.top", list=say.list(told))


def _how_to_read(say: Voice, found: Demand, shown: Demand) -> list[str]:
    """How much of a split the table shows, and how its rows hang together."""
    if found.lines is None or shown.lines is None or len(found.lines) == 1 or not found.by:
        return []
    parts = [say.say("demand.adds_up", by=say["splits"][found.by])]
    if len(found.lines) > len(shown.lines):
        rows, groups = say.number(len(shown.lines)), say.number(len(found.lines))
        parts.insert(0, say.say("demand.shown", shown=rows, groups=groups))
    return [say.sentences(parts)]


def _thing(say: Voice, by: str, row: Mapping[Any, Any]) -> str:
    return say.group(by, row["key"], str(row["name"]))


def _stock(say: Voice, found: Demand, shown: Demand) -> str:
    if found.segment is not None:
        return ""
    return say.say("demand.no_stock") if shown.shelf is None else _short(say, shown.shelf)


def _stock_in_full(say: Voice, base: CustomerBase, found: Demand, shown: Demand) -> list[str]:
    if found.segment is not None:
        return [say.say("demand.stock_is_shared")] if found.has_stock else []
    shelf = shown.shelf
    if shelf is None:
        return [say.say("demand.no_stock_mend")]
    parts = [say.say("demand.short_meaning")] if shelf.n_short else []
    if shelf.unknown:
        parts.append(say.say("demand.unknown_stock", n=say.count(shelf.unknown, "products")))
    if shelf.n_idle:
        names = {s.id: s.name for s in base.segmentation.segments}
        told = say.list([_idle(say, one, names) for one in shelf.idle])
        days = say.count(idle_limit(found.days), "days")
        n = say.count(shelf.n_idle, "products")
        parts.append(say.say("demand.idle", n=n, days=days, list=told))
    return parts


def _short(say: Voice, shelf: Shelf) -> str:
    if not shelf.n_short:
        return say.say("demand.none_short", n=say.count(shelf.known, "products"))
    first = shelf.short.iloc[0].to_dict()
    lasts = first["cover"] == first["cover"] and first["stock"] > 0
    told = say.part(
        "demand.lasts" if lasts else "demand.empty",
        name=_thing(say, "product", first),
        stock=whole_of(say, first["stock"]),
        days=say.count(first["cover"], "days") if lasts else "",
        order=whole_of(say, first["reorder"]),
    )
    return say.say("demand.short", n=say.count(shelf.n_short, "products"), first=told)


def _idle(say: Voice, one: Idle, names: dict[int, str]) -> str:
    name, stock = say.quote(one.name), whole_of(say, one.stock)
    if one.segment is None or one.share is None or one.rest is None:
        return say.part("demand.idle_item", name=name, stock=stock)
    return say.part(
        "demand.idle_wanted",
        name=name,
        stock=stock,
        segment=say.segment(one.segment, names[one.segment]),
        share=say.share(one.share),
        rest=say.share(one.rest),
    )


def _short_basis(say: Voice, found: Demand) -> str:
    """What the forecast is made of and how far off such forecasts were, in one sentence."""
    part = "rests" if found.accuracy.error is not None else "rests_untested"
    key = f"demand.{part}{'' if found.segment is None else '_segment'}"
    return say.say(
        key, how=say[f"demand.how.{found.method}"], error=say.share(found.accuracy.error or 0)
    )


def _basis(say: Voice, found: Demand) -> list[str]:
    """What the forecast is made of, and how far off such forecasts were."""
    how = say.part("demand.method", how=say[f"demand.how.{found.method}"], n=len(FEW))
    source = "learned" if found.history.source == "orders" else "learned_events"
    parts = [say.say(f"demand.{source}", period=say.period(found.history.period), how=how)]
    parts += _tested(say, found.accuracy, "tested")
    if found.segment is None:
        if found.lines is not None and len(found.lines) > 1 and found.lines_accuracy is not None:
            by = str(say["splits"][found.by])
            parts += _tested(say, found.lines_accuracy, "tested_lines", by=by)
        return [*parts, say.say("demand.interval")]
    parts.append(say.say("demand.segment_method"))
    if not found.newcomers:
        return parts
    return [*parts, say.say("demand.segment_new", share=say.share(found.newcomers))]


def _tested(say: Voice, accuracy: Accuracy, key: str, **values: str) -> list[str]:
    if accuracy.error is None or accuracy.naive_error is None:
        return []
    return [
        say.say(
            f"demand.{key}",
            tries=say.number(accuracy.tries),
            days=say.count(accuracy.days, "days"),
            error=say.share(accuracy.error),
            naive=say.share(accuracy.naive_error),
            **values,
        )
    ]


def _caveats(say: Voice, found: Demand) -> list[str]:
    """What may make it wrong, the weightiest first."""
    parts = []
    if not found.low <= found.expected <= found.high:
        parts.append(say.say(f"demand.{'low' if found.expected < found.low else 'high'}"))
    if found.history.gap > LONG_GAP:
        parts.append(say.say("demand.gap", days=say.count(found.history.gap, "days")))
    if found.accuracy.days < found.days:
        days = say.count(found.accuracy.days, "days")
        parts.append(say.say("demand.short_history", days=days))
    for first, last in found.closures:
        period = say.period(period_between(first, last))
        parts.append(say.say("demand.closure", period=period))
    return parts if found.knows_seasons else [*parts, say.say("demand.seasons")]


def _set_aside(say: Voice, found: Demand) -> list[str]:
    """Days and orders that were not learned from."""
    history, parts = found.history, []
    if found.closed:
        days = say.list([str(say["weekdays"][WEEKDAYS[day]]) for day in found.closed])
        parts.append(say.say("demand.closed", days=days))
    if history.unfinished:
        parts.append(say.say("demand.unfinished", day=say.day(history.unfinished)))
    if history.huge:
        told = say.list([_huge(say, one) for one in history.huge])
        parts.append(say.say("demand.huge", list=told))
    return parts


def _huge(say: Voice, one: Huge) -> str:
    units, day = units_of(say, one.units), say.day(one.day)
    if one.name is None:
        return say.part("demand.huge_unnamed", units=units, day=day)
    return say.part("demand.huge_item", units=units, name=say.quote(one.name), day=day)


def days_of(say: Voice, week: Week) -> str:
    return say.period(period_between(week.first, week.last))
