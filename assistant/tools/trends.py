"""A metric by month as a line: everybody's, one segment's, or all segments' side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from assistant.charts.basic import figure_json
from assistant.charts.compare import EVERYONE, month_lines
from assistant.charts.panels import month_panels
from assistant.tools.comparisons import measured
from assistant.tools.result import Chart, Table, ToolResult
from assistant.tools.voice import Voice, capital, clean
from segmentation.insight.metrics import METRICS, find_metric
from segmentation.insight.query import Answer, query
from segmentation.types import CustomerBase, Fact

__all__ = ["MOST_LINES", "draw_trend"]

MOST_LINES = 8
"""With more segments than this, none is drawn beside everyone."""

CROWDED = 5
"""With more segments than this, each has a panel of its own."""


@dataclass(frozen=True)
class Line:
    """A group's values by month, NaN where there is none.

    Args:
        group: a segment's id, or EVERYONE.
        called, name: what it is called in a sentence, and on the chart.
        values: by month (`2011-09`), every month of the chart.
        facts: one for each value, and one for the whole period.
    """

    group: Any
    called: str
    name: str
    values: Mapping[str, float]
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Cut:
    """A month that the data covers only from (`first`) or up to (`last`) a day."""

    month: str
    day: date
    end: str


def draw_trend(say: Voice, base: CustomerBase, metric: str, chosen: int | None) -> ToolResult:
    """The metric by month. Raises UnknownName, NotLoaded."""
    measured = find_metric(metric)
    if measured.is_state:
        return _whole_history(say, measured.name)
    whole = query(base, measured.name, by="month")
    months = _months(whole)
    lines = _lines(say, base, whole, months, chosen)
    if not months or not lines:
        return _nothing(say, base, whole, chosen)
    cuts = _cuts(whole, months)
    name = say.metric(measured.name)
    title = _title(say, name, lines, chosen)
    figure = _figure(say, whole, lines, cuts)
    return ToolResult(
        say.sentences(_text(say, base, whole, lines, cuts, chosen)),
        facts=tuple(fact for line in lines for fact in line.facts),
        tables=(_table(say, title, name, lines, cuts),),
        charts=(Chart(_finding(say, whole, lines[0], cuts, chosen), figure),),
        notices=(str(say[f"definitions.{measured.name}"]),),
    )


def _whole_history(say: Voice, metric: str) -> ToolResult:
    valid = say.list([say.metric(m.name) for m in METRICS.values() if not m.is_state])
    name = capital(say.metric(metric))
    return ToolResult(say.say("charts.whole_history", metric=name, valid=valid), status="error")


def _nothing(say: Voice, base: CustomerBase, whole: Answer, chosen: int | None) -> ToolResult:
    names = {s.id: s.name for s in base.segmentation.segments}
    name = str(say["everyone"]) if chosen is None else say.segment(chosen, names[chosen])
    metric, period = say.metric(whole.metric.name), say.period(whole.period)
    return ToolResult(say.say("charts.trend_nothing", metric=metric, name=name, period=period))


# --- lines -------------------------------------------------------------------------------------


def _months(whole: Answer) -> list[str]:
    """Every month from the first with a value to the last."""
    known = [str(month) for month in whole.frame["group"] if month]
    if not known:
        return []
    return [str(month) for month in pd.period_range(min(known), max(known), freq="M")]


def _cuts(whole: Answer, months: Sequence[str]) -> list[Cut]:
    """The months of the chart that are not whole."""
    notes = [note.values for note in whole.notes if note.key == "partial_month"]
    return [
        Cut(str(found["month"]), found["day"], _end(whole, found["day"]))
        for found in notes
        if found["month"] in months
    ]


def _end(whole: Answer, day: date) -> str:
    begins = day.day != 1 and whole.period.startswith(day.isoformat())
    return "first" if begins else "last"


def _lines(
    say: Voice, base: CustomerBase, whole: Answer, months: Sequence[str], chosen: int | None
) -> list[Line]:
    """One segment's line; or everybody's and, where they can be told apart, every segment's."""
    names = {s.id: s.name for s in base.segmentation.segments}
    everyone = str(say["charts.labels.everyone"])
    if chosen is not None:
        wanted = [chosen]
    else:
        wanted = sorted(names, key=lambda id: (id == 0, id)) if len(names) <= MOST_LINES else []
    lines = [] if chosen is not None else [_line(EVERYONE, everyone, everyone, whole, months)]
    for number in wanted:
        only = [{"field": "segment", "op": "eq", "value": number}]
        answer = query(base, whole.metric.name, by="month", filters=only)
        called = say.segment(number, names[number])
        shown = say.part("charts.on_chart", id=number, name=clean(names[number]))
        if answer.frame["value"].notna().any():
            lines.append(_line(number, called, shown, answer, months))
    return [line for line in lines if any(value == value for value in line.values.values())]


def _line(group: Any, called: str, name: str, answer: Answer, months: Sequence[str]) -> Line:
    """The answer as a line; where a metric adds up, a month without anything is a month of 0."""
    found = dict(zip(answer.frame["group"], answer.frame["value"], strict=True))
    adds_up, metric = answer.metric.adds_up, answer.metric.name
    values = {month: found.get(month, 0.0 if adds_up else float("nan")) for month in months}
    rest = "" if answer.subject == "all" else f"&{answer.subject}"
    added = [
        Fact(f"month:{month}{rest}", metric, _days(month, answer.period), 0, answer.unit)
        for month in months
        if adds_up and month not in found
    ]
    return Line(group, called, name, values, (*answer.facts, *added))


def _days(month: str, period: str) -> str:
    """The days of a month that lie in the period."""
    first, last = period.split("/")
    whole = pd.Period(month, freq="M")
    begin, end = whole.start_time.date().isoformat(), whole.end_time.date().isoformat()
    return f"{max(begin, first)}/{min(end, last)}"


# --- words, figure, table ----------------------------------------------------------------------


def _title(say: Voice, metric: str, lines: Sequence[Line], chosen: int | None) -> str:
    if chosen is None:
        return say.say("charts.titles.trend", metric=metric)
    return say.say("charts.titles.trend_of", metric=metric, name=lines[0].called)


def _text(
    say: Voice,
    base: CustomerBase,
    whole: Answer,
    lines: Sequence[Line],
    cuts: Sequence[Cut],
    chosen: int | None,
) -> list[str]:
    name, first = say.metric(whole.metric.name), lines[0]
    incomplete = {cut.month for cut in cuts}
    head = say.say(
        "charts.trend" if chosen is None else "charts.trend_of",
        metric=capital(name) if say.language == "en" else name,
        name=first.called,
        period=say.period(whole.period),
        top=_extremes(say, first, incomplete, whole.unit, adds_up=whole.metric.adds_up),
    )
    parts = [head, _latest(say, lines, incomplete, whole.unit)]
    parts += [_told(say, cut) for cut in cuts]
    if len(lines) - 1 > CROWDED and not whole.metric.adds_up:
        parts.append(str(say["charts.trend_dotted"]))
    if chosen is None and len(base.segmentation.segments) > MOST_LINES:
        k = say.count(base.segmentation.k, "segments")
        parts.append(say.say("charts.trend_too_many", k=k))
    return parts


def _extremes(say: Voice, line: Line, incomplete: Set[str], unit: str, *, adds_up: bool) -> str:
    """Where the line is highest and lowest."""
    best, worst = _ends(line, incomplete, adds_up)
    known = line.values
    pairs = {
        end: say.part("query.pair", name=say.month(month), value=say.value(known[month], unit))
        for end, month in (("best", best), ("worst", worst))
    }
    return pairs["best"] if best == worst else say.part("query.range", **pairs)


def _ends(line: Line, incomplete: Set[str], adds_up: bool) -> tuple[str, str]:
    """The months of the highest and the lowest value, among whole months if there are two of them.

    What adds up can only grow in a month that is not whole: it may be the highest already.
    """
    known = {month: value for month, value in line.values.items() if value == value}
    complete = {month: value for month, value in known.items() if month not in incomplete}
    whole = complete if len(complete) > 1 else known
    high = known if adds_up else whole
    return max(high, key=high.__getitem__), min(whole, key=whole.__getitem__)


def _finding(say: Voice, whole: Answer, line: Line, cuts: Sequence[Cut], chosen: int | None) -> str:
    """When the line was highest, as the chart's title."""
    metric = say.metric(whole.metric.name)
    best, _ = _ends(line, {cut.month for cut in cuts}, whole.metric.adds_up)
    return say.say(
        "charts.findings.trend" if chosen is None else "charts.findings.trend_of",
        metric=capital(metric) if say.language == "en" else metric,
        name=line.called,
        month=say.month(best),
        value=say.value(line.values[best], whole.unit),
    )


def _latest(say: Voice, lines: Sequence[Line], incomplete: Set[str], unit: str) -> str:
    """Every segment's value in the last whole month, highest first, where there are several."""
    whole = [month for month in lines[0].values if month not in incomplete]
    if len(lines) < 2 or not whole:
        return ""
    last = whole[-1]
    known = [line for line in lines[1:] if line.values[last] == line.values[last]]
    items = [
        say.part("charts.item", name=line.called, value=say.value(line.values[last], unit))
        for line in sorted(known, key=lambda line: -line.values[last])
    ]
    return say.say("charts.trend_latest", month=say.month(last), list=say.list(items))


def _told(say: Voice, cut: Cut) -> str:
    month, day = say.month(cut.month), say.day(cut.day)
    return say.say(f"notes.partial_month_{cut.end}", month=month, day=day)


def _figure(say: Voice, whole: Answer, lines: Sequence[Line], cuts: Sequence[Cut]) -> Any:
    rows = [
        {
            "group": line.group,
            "name": line.name,
            "month": month,
            "value": value,
            "text": _point(say, month, value, whole.unit),
        }
        for line in lines
        for month, value in line.values.items()
    ]
    words = {"first": "charts.since", "last": "charts.until"}
    incomplete = {cut.month: say.part(words[cut.end], day=say.day(cut.day)) for cut in cuts}
    labels = {**say["charts.labels"], "value": measured(say, whole.metric.name, whole.unit)}
    crowded = partial(month_panels, reference=not whole.metric.adds_up)
    drawn = crowded if len(lines) - 1 > CROWDED else month_lines
    frame = pd.DataFrame(rows)
    return figure_json(drawn(frame, labels, unit=whole.unit, incomplete=incomplete))


def _point(say: Voice, month: str, value: float, unit: str) -> str:
    return say.part("charts.item", name=say.month(month), value=say.value(value, unit))


def _table(
    say: Voice, title: str, metric: str, lines: Sequence[Line], cuts: Sequence[Cut]
) -> Table:
    """A row per month; incomplete ones say so."""
    incomplete = {cut.month for cut in cuts}
    columns = [str(say["columns.group.month"])]
    for line in lines:
        alone = line.group == EVERYONE or len(lines) == 1
        own = capital(metric) if alone else ""
        columns.append(own or say.say("charts.only_segment", id=line.group, metric=metric))
    rows = []
    for month in lines[0].values:
        called = say.month(month)
        if month in incomplete:
            called = say.part("charts.incomplete", month=called)
        values = [line.values[month] for line in lines]
        rows.append((called, *(None if value != value else value for value in values)))
    return Table(title, tuple(columns), tuple(rows))
