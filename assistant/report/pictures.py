"""The report's charts, made from the facts that the chat's charts show; drawing.py draws them."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from assistant.formats import format_period, format_rounded, format_table
from assistant.report.drawing import Panel, bar, heat, month_panel, points_map
from assistant.report.study import Study
from assistant.tools.charts import draw_chart
from assistant.tools.comparisons import MAIN, axis, on_tile, short
from assistant.tools.result import ToolResult
from assistant.tools.voice import capital, clean
from segmentation.insight.errors import NotLoaded
from segmentation.insight.evidence.differences import Difference, differences
from segmentation.insight.metrics import METRICS
from segmentation.types import Fact

__all__ = ["bars", "comparison", "customer_map", "heat_map", "trend"]

MONTH = re.compile(r"month:(\d{4}-\d{2})(?:&segment:(\d+))?")
OWN = re.compile(r"segment:(\d+)")
EVERYBODY = None
MOST_ROWS = 16
"""Rows of the comparison, those that differ most first."""


def customer_map(study: Study) -> Mapping[str, Any]:
    """Everybody on the segmentation's map, with the names of the colours."""
    segmentation = study.base.segmentation
    listed = [f"{one.id}: {study.title(one)}" for one in study.segments]
    return {
        "picture": points_map(
            segmentation.map,
            segmentation.labels,
            study.tell("map.title"),
            study.tell("map.description", list=study.say.list(listed)),
        ),
        "customers": study.say.count(len(segmentation.labels), "customers"),
    }


# --- bars ----------------------------------------------------------------------------------------


def bars(study: Study) -> Mapping[str, Any]:
    """Customers and revenue by segment, as shares of all and as numbers."""
    sizes = _by_segment(_drawn(study, "sizes"), "size")
    revenue = _by_segment(_drawn(study, "revenue"), "revenue")
    total = sum(number for _, number in revenue.values())
    rows = [
        {
            **study.entry(one),
            "customers": _bar(study, *sizes[one.id], one.share, one.id),
            "revenue": _bar(study, *revenue[one.id], revenue[one.id][1] / total, one.id)
            if one.id in revenue and total > 0
            else None,
        }
        for one in [*study.segments, *(s for s in study.base.segmentation.segments if not s.id)]
    ]
    return {"rows": rows, "has_revenue": bool(revenue), "period": _period(study, revenue)}


def _bar(study: Study, fact: Fact, number: float, share: float, segment: int) -> Mapping[str, Any]:
    figure = short(study.say, number, fact.unit)
    text = study.say.count(number, "customers") if fact.unit == "customers" else figure
    study.use([Fact(fact.subject, f"{fact.metric}_share", fact.period, share, "share")])
    return {"bar": bar(share, segment), "text": text, "share": study.say.share(share)}


def _drawn(study: Study, kind: str) -> ToolResult | None:
    """A chart of the chat's, for its facts and its table; None, and said, where there is none."""
    try:
        found = draw_chart(study.workspace, study.say.language, kind=kind)
    except NotLoaded:
        study.leave_out(kind, study.tell("left_out.no_orders"))
        return None
    if not found.charts:
        study.leave_out(kind, found.text)
        return None
    study.use(found.facts)
    return found


def _by_segment(found: ToolResult | None, metric: str) -> dict[int, tuple[Fact, float]]:
    """Segment -> the fact of that metric, and its number."""
    facts = [fact for fact in found.facts if fact.metric == metric] if found else []
    owned = [(OWN.fullmatch(fact.subject), fact, _number(fact)) for fact in facts]
    return {int(m.group(1)): (fact, n) for m, fact, n in owned if m and n is not None}


def _number(fact: Fact | None) -> float | None:
    return fact.value if fact and isinstance(fact.value, int | float) else None


def _period(study: Study, facts: Mapping[int, tuple[Fact, float]]) -> str:
    return study.say.period(next(iter(facts.values()))[0].period) if facts else ""


# --- months --------------------------------------------------------------------------------------


def trend(study: Study) -> Mapping[str, Any] | None:
    """Revenue by month: everybody's, then every segment's on one scale."""
    found = _drawn(study, "trend")
    lines = _lines(found) if found else {}
    if not found or not lines.get(EVERYBODY):
        return None
    months = sorted(lines[EVERYBODY])
    own = {n: line for n, line in lines.items() if n is not EVERYBODY}
    numbers = [_number(fact) for line in own.values() for fact in line.values()]
    top = max((n for n in numbers if n is not None), default=0.0)
    names = {one.id: study.entry(one)["name"] for one in study.base.segmentation.segments}
    panels = [_panel(study, EVERYBODY, capital(str(study.say["everyone"])), months, lines, None)]
    panels += [_panel(study, n, names[n], months, lines, top) for n in own]
    partial = any(map(_is_partial, lines[EVERYBODY].values()))
    return {"panels": panels, "partial": partial, **_table(study, found)}


def _lines(found: ToolResult) -> dict[int | None, dict[str, Fact]]:
    """Segment, or None for everybody -> month -> its fact."""
    lines: dict[int | None, dict[str, Fact]] = {}
    for fact in found.facts:
        if match := MONTH.fullmatch(fact.subject):
            whose = EVERYBODY if match.group(2) is None else int(match.group(2))
            lines.setdefault(whose, {})[match.group(1)] = fact
    return lines


def _panel(
    study: Study,
    segment: int | None,
    name: str,
    months: Sequence[str],
    lines: Mapping[int | None, Mapping[str, Fact]],
    top: float | None,
) -> Mapping[str, Any]:
    facts = [lines[segment].get(month) for month in months]
    values = [_number(fact) for fact in facts]
    known = {month: v for month, v in zip(months, values, strict=True) if v is not None}
    best = max(known, key=known.__getitem__)
    unit, say = lines[segment][best].unit, study.say
    high = max(known[best], 0.0) if top is None else top
    ends = [_month(study, one) for one in (months[0], months[len(months) // 2], months[-1])]
    panel = Panel(
        segment=segment,
        values=values,
        hollow=[fact is not None and _is_partial(fact) for fact in facts],
        top=high,
        low=format_rounded(0, unit),
        high=on_tile(say, high, unit),
        months=(ends[0], ends[1] if len(months) > 4 else "", ends[2] if len(months) > 1 else ""),
    )
    told = {"name": name, "month": say.month(best), "value": on_tile(say, known[best], unit)}
    described = study.tell("trend.description", **told)
    best_of = study.tell("trend.best", **told)
    return {
        "id": segment,
        "name": name,
        "unstable": segment is not None and study.is_unstable(segment),
        "best": best_of,
        "picture": month_panel(panel, study.tell("trend.panel", name=name), described),
    }


def _month(study: Study, month: str) -> str:
    day = date.fromisoformat(f"{month}-01")
    return format_period(day, day, study.say.language)


def _is_partial(fact: Fact) -> bool:
    """Whether the data covers only part of the month."""
    first, last = (date.fromisoformat(day) for day in fact.period.split("/"))
    return first.day != 1 or last.day != calendar.monthrange(last.year, last.month)[1]


def _table(study: Study, found: ToolResult) -> Mapping[str, Any]:
    """The numbers behind the lines."""
    table = found.tables[0]
    rows = format_table(table.columns, table.rows, study.say.language)
    return {"heads": table.columns, "rows": rows}


# --- what sets them apart ------------------------------------------------------------------------


def heat_map(study: Study) -> Mapping[str, Any] | None:
    """Every segment's main numbers, shaded by how they compare with everybody's."""
    found = _drawn(study, "heatmap")
    if found is None:
        return None
    known = {(fact.subject, fact.metric): fact for fact in found.facts}
    metrics = [name for name in MAIN if ("all", name) in known]
    tile = _tiles(study, known, metrics)
    rows = [{**study.entry(one), "tiles": tile(f"segment:{one.id}")} for one in study.segments]
    everyone = {"id": None, "name": str(study.say["charts.labels.everyone"]), "tiles": tile("all")}
    periods = [known["all", n].period for n in metrics if not METRICS[n].is_state]
    return {
        "heads": [axis(study.say, name) for name in metrics],
        "rows": [*rows, everyone],
        "period": study.say.period(periods[0]) if periods else "",
        "scale": [heat(ratio) for ratio in (1 / 4, 1 / 2, 1, 2, 4)],
    }


def _tiles(
    study: Study, known: Mapping[tuple[str, str], Fact], metrics: Sequence[str]
) -> Callable[[str], list[tuple[str, str]]]:
    def tiles(subject: str) -> list[tuple[str, str]]:
        found = []
        for name in metrics:
            fact, lift = known.get((subject, name)), known.get((subject, f"{name}_lift"))
            shade = heat(_number(lift))
            unit = known["all", name].unit
            found.append((on_tile(study.say, _number(fact), unit), "" if fact is None else shade))
        return found

    return tiles


def comparison(study: Study) -> Mapping[str, Any] | None:
    """The segments side by side, the numbers that differ most first."""
    ids = [one.id for one in study.segments]
    if len(ids) < 2:
        study.leave_out("comparison", study.tell("left_out.one_segment"))
        return None
    found = differences(study.base, ids)
    shown = found.numbers[:MOST_ROWS]
    if not shown:
        study.leave_out("comparison", study.tell("left_out.no_numbers"))
        return None
    study.use(_compared(shown))
    return {
        "heads": [study.entry(one) for one in study.segments],
        "rows": [_compared_row(study, one, ids) for one in shown],
        "period": study.say.period(found.period),
    }


def _compared(shown: Sequence[Difference]) -> list[Fact]:
    return [
        Fact(f"segment:{number}", one.metric, one.contrast.period, value, one.unit)
        for one in shown
        for number, value in one.values.items()
        if value is not None
    ]


def _compared_row(study: Study, one: Difference, ids: Sequence[int]) -> Mapping[str, Any]:
    say = study.say
    values = [short(say, one.values.get(number), one.unit) for number in ids]
    return {
        "metric": clean(capital(say.metric(one.metric))),
        "values": [
            (text, number == one.farthest) for number, text in zip(ids, values, strict=True)
        ],
        "differs": one.contrast.clear,
    }
