"""Demand in words: how many units to expect, how sure that is, what may run out, what lies idle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from assistant.charts.basic import PALETTE, figure_json, segment_colour
from assistant.charts.demand import Point, demand_line
from assistant.tools.forecast_words import (
    TOLD,
    called,
    days_of,
    in_full,
    in_words,
    nobody,
    too_little,
    units_of,
    whole_of,
)
from assistant.tools.references import segment_id, spoken
from assistant.tools.result import Chart, Table, ToolResult
from assistant.tools.verdicts import note_beside
from assistant.tools.voice import Voice, clean, voice
from segmentation.insight.demand.answer import Demand, Week
from segmentation.insight.demand.backtest import TooRare, TooShort
from segmentation.insight.demand.forecast import DAYS, demand

__all__ = ["forecast_demand"]

ROWS = 20
"""Rows of a table of products or categories."""


def forecast_demand(
    workspace: Any,
    language: str,
    *,
    segment: Any = None,
    days: int | None = None,
    by: str | None = None,
) -> ToolResult:
    """Units to expect. Raises UnknownName, BadArgument, NotLoaded."""
    say, base = voice(language), spoken(workspace.base, language)
    chosen = None if segment is None else segment_id(base, segment)
    try:
        found = demand(base, segment=chosen, days=days, by=by)
    except (TooShort, TooRare) as error:
        return too_little(say, base, error, days or DAYS)
    if found.members == 0:
        return nobody(say, base, found)
    shown = _cut(found)
    name = called(say, base, chosen)
    parts, notices = in_words(say, found, shown, name), in_full(say, base, found, shown)
    if chosen is not None:
        parts, notices = note_beside(say, base.segmentation, parts, notices)
    return ToolResult(
        say.sentences(parts),
        facts=shown.facts,
        tables=tuple(_tables(say, found, shown, name)),
        charts=(_chart(say, found, name),),
        notices=notices,
    )


def _cut(found: Demand) -> Demand:
    """What is shown of it."""
    lines = None if found.lines is None else found.lines.head(ROWS)
    shelf = found.shelf
    if shelf is not None:
        shelf = replace(shelf, short=shelf.short.head(ROWS), idle=shelf.idle[:TOLD])
    return replace(found, lines=lines, shelf=shelf)


# --- tables ------------------------------------------------------------------------------------


def _tables(say: Voice, found: Demand, shown: Demand, name: str) -> list[Table]:
    heads = say["demand.columns"]
    before = str(heads["before"]).format(days=say.count(found.days, "days"))
    if shown.lines is not None and found.by is not None:
        by = str(say["splits"][found.by])
        title = say.say("demand.title_of" if name else "demand.title", by=by, name=name)
        return [_line_table(say, title, found.by, shown.lines, before)]
    tables = [_week_table(say, found)]
    if shown.shelf is not None and len(shown.shelf.short):
        title = say.say("demand.title_short")
        tables.append(_line_table(say, title, "product", shown.shelf.short, before))
    return tables


def _line_table(say: Voice, title: str, by: str, lines: pd.DataFrame, before: str) -> Table:
    heads = say["demand.columns"]
    fields = ["expected", "low", "high", "before"]
    fields += [name for name in ("stock", "cover", "risk", "reorder") if name in lines]
    columns = [str(say[f"columns.group.{by}"])]
    columns = [str(say["columns.id"]), *columns] if by == "product" else columns
    columns += [before if name == "before" else str(heads[name]) for name in fields]
    rows = [
        (
            *((clean(row["key"]) if row["key"] is not None else None,) if by == "product" else ()),
            _plain_name(say, row),
            *(_cell(name, row[name]) for name in fields),
        )
        for row in lines.to_dict("records")
    ]
    return Table(title, tuple(columns), tuple(rows))


def _plain_name(say: Voice, row: Mapping[Any, Any]) -> str:
    return str(say["unknown"]) if row["key"] is None else clean(row["name"])


def _cell(name: str, value: float) -> float | None:
    if value != value:
        return None
    return float(value) if name == "risk" else round(float(value), 1)


def _week_table(say: Voice, found: Demand) -> Table:
    heads = say["demand.columns"]
    columns = tuple(str(heads[name]) for name in ("days", "expected", "low", "high"))
    rows = tuple(
        (days_of(say, week), round(week.units, 1), week.low, week.high) for week in found.ahead
    )
    return Table(say.say("demand.title_weeks"), columns, rows)


# --- chart -------------------------------------------------------------------------------------


def _chart(say: Voice, found: Demand, name: str) -> Chart:
    values = {"units": units_of(say, found.expected), "period": say.period(found.period)}
    title = say.say("demand.chart_of" if name else "demand.chart", name=name, **values)
    if found.change is not None and abs(found.change) >= 0.005:
        key = "more" if found.change > 0 else "fewer"
        change = say.part(f"demand.{key}", share=say.share(abs(found.change)))
        title = say.part("demand.chart_change", title=title, change=change)
    colour = PALETTE[0] if found.segment is None else segment_colour(found.segment)
    points = [[_point(say, week) for week in weeks] for weeks in (found.past, found.ahead)]
    figure = demand_line(points[0], points[1], say["demand.labels"], colour=colour)
    return Chart(title, figure_json(figure))


def _point(say: Voice, week: Week) -> Point:
    days = (week.last - week.first).days + 1
    values = {"period": days_of(say, week), "units": units_of(say, week.units)}
    if week.low is None or week.high is None:
        text = say.part("demand.labels.hover", **values)
        return Point(week.first, week.last, week.units / days, None, None, text)
    ends = {"low": whole_of(say, week.low), "high": whole_of(say, week.high)}
    text = say.part("demand.labels.hover_interval", **values, **ends)
    low, high = week.low / days, week.high / days
    return Point(week.first, week.last, week.units / days, low, high, text)
