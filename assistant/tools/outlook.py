"""Forecasts of customers' value put into words: what is told beside a number of theirs.

What is expected, and whether anything is, is found in segmentation/insight/value/valuation.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.tools.result import Table, ToolResult
from assistant.tools.voice import Voice, capital, clean
from segmentation.insight.errors import NoForecast
from segmentation.insight.filters import Filter
from segmentation.insight.query import SMALL_GROUP, Answer, query
from segmentation.insight.value.groups import SPREADS, Estimate, estimate_where, segment_values
from segmentation.insight.value.valuation import forecast_days
from segmentation.types import CustomerBase, Fact

__all__ = ["expected_of", "with_outlook"]


def with_outlook(
    say: Voice, base: CustomerBase, answer: Answer, filters: Sequence[Filter], result: ToolResult
) -> ToolResult:
    """An answer with what belongs to forecasts: totals and intervals, or the forecast beside."""
    if answer.metric.name == "lifetime_value":
        return _with_expected_value(say, base, filters, result)
    if not answer.metric.is_forecast or answer.total is None:
        return result
    parts, tables, facts = [str(say["value.counted"])], list(result.tables), list(result.facts)
    notices = list(result.notices)
    if answer.by is None:
        told, found = _together(say, base, answer, filters)
        parts, facts = [*told, *parts], [*facts, *found]
        notices += [str(say["value.interval"])] if told else []
    elif answer.by == "segment" and not filters and answer.metric.name in SPREADS:
        known = segment_values(base, answer.metric.name)
        notices.append(say.sentences([str(say["value.per_segment"]), str(say["value.interval"])]))
        tables.append(_table(say, base, answer, known))
        for number, one in known.items():
            facts += _facts(answer, f"segment:{number}", one)
    text, shown = say.sentences([result.text, *parts]), tuple(tables)
    return replace(result, text=text, facts=tuple(facts), notices=tuple(notices), tables=shown)


def _with_expected_value(
    say: Voice, base: CustomerBase, filters: Sequence[Filter], result: ToolResult
) -> ToolResult:
    """What was spent so far, beside what is expected; as it is where nothing can be."""
    try:
        ahead = query(base, "expected_value", filters=filters)
    except NoForecast:
        return result
    if ahead.total is None:
        return result
    value = say.value(ahead.total, ahead.unit)
    told = say.say("value.beside", value=value, period=say.period(ahead.period))
    text, facts = say.sentences([result.text, told]), (*result.facts, *ahead.facts)
    return replace(result, text=text, facts=facts)


def _together(
    say: Voice, base: CustomerBase, answer: Answer, filters: Sequence[Filter]
) -> tuple[list[str], list[Fact]]:
    """The total of everyone in scope with its interval, where there are enough for one."""
    if answer.metric.name not in SPREADS or answer.total_n < SMALL_GROUP:
        return [], []
    found = estimate_where(base, answer.metric.name, filters)
    if found is None:
        return [], []
    values = {
        name: say.value(_shown(answer, getattr(found, name)), answer.unit)
        for name in ("total", "low", "high")
    }
    return [say.say("value.together", **values)], _facts(answer, answer.subject, found)


def _shown(answer: Answer, value: float) -> float:
    """Orders of many customers are told whole."""
    return round(value) if answer.unit == "orders" else value


def _facts(answer: Answer, subject: str, found: Estimate) -> list[Fact]:
    return [
        Fact(
            subject,
            f"{answer.metric.name}_{name}",
            answer.period,
            _shown(answer, getattr(found, name)),
            answer.unit,
        )
        for name in ("total", "low", "high")
    ]


def _table(say: Voice, base: CustomerBase, answer: Answer, known: Mapping[int, Estimate]) -> Table:
    metric = capital(say.metric(answer.metric.name))
    names = {segment.id: segment.name for segment in base.segmentation.segments}
    columns = [say["columns.id"], say["columns.group"]["segment"], metric]
    columns += [say[f"value.columns.{name}"] for name in ("total", "low", "high")]
    rows = tuple(
        (number, clean(names[number]), one.mean, one.total, one.low, one.high)
        for number, one in known.items()
    )
    return Table(say.say("value.title", metric=metric), tuple(columns), rows)


def expected_of(say: Voice, base: CustomerBase, expected: Mapping[str, float]) -> str:
    """One customer's forecasts in a sentence; empty where there are none."""
    if not expected:
        return ""
    key = "value.customer" if "expected_value" in expected else "value.customer_orders"
    return say.say(
        key,
        period=say.period("/".join(day.isoformat() for day in forecast_days(base))),
        probability=say.share(expected["repeat_probability"]),
        orders=say.count(round(expected["expected_orders"], 1), "orders"),
        value=say.value(expected.get("expected_value", 0.0), base.currency),
    )
