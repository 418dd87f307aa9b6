"""The tool that draws: the customer map, segment sizes, any metric by segment.

Metrics by month are in trends.py; heatmaps.py and radars.py compare segments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from assistant.charts.basic import figure_json, segment_bars, segment_sizes
from assistant.tools.comparisons import measured, short
from assistant.tools.customer_map import map_figure
from assistant.tools.funnels import draw_funnel
from assistant.tools.heatmaps import draw_heatmap
from assistant.tools.profiling import EVERY
from assistant.tools.radars import draw_radar
from assistant.tools.references import segment_id, spoken
from assistant.tools.result import Chart, Table, ToolResult
from assistant.tools.tracking import draw_flows
from assistant.tools.trends import draw_trend
from assistant.tools.verdicts import called, counted, has_segments, verdict_note, verdict_short
from assistant.tools.voice import Voice, capital, clean, voice
from segmentation.insight.query import Answer, query
from segmentation.types import CustomerBase, Fact, Segment

__all__ = ["DRAWN", "draw_chart"]

Named = Mapping[Any, tuple[str, str]]
"""Segment id → what it is called in a sentence, and its value as it is written."""

DRAWN = ("map", "sizes", "revenue", "trend", "heatmap", "funnel", "flows", "radar")
"""The kinds that can be drawn."""


def draw_chart(
    workspace: Any,
    language: str,
    *,
    kind: str,
    segment: Any = None,
    metric: str | None = None,
) -> ToolResult:
    """A chart, in a sentence what it shows, and its numbers in a table."""
    say, base = voice(language), spoken(workspace.base, language)
    if kind not in DRAWN:
        return _unknown(say, kind)
    chosen = _chosen(base, segment)
    if kind == "flows":
        return _captioned(say, base, draw_flows(workspace, language, chosen))
    result = _drawn(say, base, kind, chosen, metric)
    return result if kind == "funnel" and chosen is None else _captioned(say, base, result)


def _drawn(
    say: Voice, base: CustomerBase, kind: str, chosen: int | None, metric: str | None
) -> ToolResult:
    if kind == "revenue":
        return _bars(say, base, metric or "revenue", chosen)
    if kind == "trend":
        return draw_trend(say, base, metric or "revenue", chosen)
    draw = {
        "map": _map,
        "sizes": _sizes,
        "heatmap": draw_heatmap,
        "funnel": draw_funnel,
        "radar": draw_radar,
    }[kind]
    return draw(say, base, chosen)


def _captioned(say: Voice, base: CustomerBase, result: ToolResult) -> ToolResult:
    """The result with what kind of segments its charts show beside their titles."""
    verdict = verdict_short(say, base.segmentation.verdict)
    charts = tuple(
        replace(one, title=say.part("charts.caption", title=one.title, verdict=verdict))
        for one in result.charts
    )
    if not charts:
        return result
    parts = [result.text]
    if not has_segments(base.segmentation):
        parts.insert(0, verdict_note(say, base.segmentation.verdict))
    return replace(result, text=say.sentences(parts), charts=charts)


def _chosen(base: CustomerBase, segment: Any) -> int | None:
    """The id of the segment asked for, None for all of them. Raises UnknownName."""
    if segment is None or str(segment).strip().lower() in EVERY:
        return None
    return segment_id(base, segment)


def _unknown(say: Voice, kind: str) -> ToolResult:
    valid = say.list([say["charts.kinds"][name] for name in DRAWN])
    text = say.say("charts.no_such_kind", kind=say.quote(kind), valid=valid)
    return ToolResult(text, status="error")


def _map(say: Voice, base: CustomerBase, chosen: int | None) -> ToolResult:
    chart = Chart(_size_title(say, base, "map", chosen), map_figure(say, base, chosen))
    if chosen is None:
        return ToolResult(say.say("charts.map"), facts=_size_facts(base), charts=(chart,))
    found = next(s for s in base.segmentation.segments if s.id == chosen)
    size = say.count(found.size, "customers")
    text = say.say("charts.map_segment", id=chosen, name=found.name, size=size)
    facts = tuple(f for f in _size_facts(base) if f.subject == f"segment:{chosen}")
    return ToolResult(text, facts=facts, charts=(chart,))


def _labels(say: Voice) -> dict[str, str]:
    return {**say["charts.labels"], "on_chart": str(say["charts.on_chart"])}


def _size_title(say: Voice, base: CustomerBase, kind: str, chosen: int | None) -> str:
    """How large the segment asked for is, or the largest."""
    segments = [s for s in base.segmentation.segments if s.id > 0 or s.id == chosen]
    if not segments:
        return str(say[f"charts.titles.{kind}"])
    largest = max(segments, key=lambda s: (s.size, -s.id))
    one = next((s for s in segments if s.id == chosen), largest)
    told = {"name": say.segment(one.id, one.name), "size": _size(say, one)}
    which = kind if chosen is None else f"{kind}_of"
    return say.say(f"charts.findings.{which}", k=counted(say, base.segmentation), **told)


def _sizes(say: Voice, base: CustomerBase, chosen: int | None) -> ToolResult:
    figure = figure_json(segment_sizes(base, _labels(say), segment=chosen))
    segments = sorted(base.segmentation.segments, key=lambda s: (s.id == 0, -s.size, s.id))
    named = {
        s.id: (say.segment(s.id, called(say, base.segmentation, s)), _size(say, s))
        for s in segments
    }
    text = say.say("charts.sizes", list=_items(say, list(named.values())))
    columns = tuple(say[f"columns.{name}"] for name in ("id", "segment_name", "size", "share"))
    rows = tuple((s.id, clean(s.name), s.size, s.share) for s in segments)
    return ToolResult(
        say.sentences([_stands_out(say, named, chosen), text]),
        facts=_size_facts(base),
        tables=(Table(str(say["charts.titles.sizes"]), columns, rows),),
        charts=(Chart(_size_title(say, base, "sizes", chosen), figure),),
    )


def _size(say: Voice, segment: Segment) -> str:
    return f"{say.count(segment.size, 'customers')} ({say.share(segment.share)})"


def _bars(say: Voice, base: CustomerBase, metric: str, chosen: int | None) -> ToolResult:
    answer = query(base, metric, by="segment")
    name = say.metric(answer.metric.name)
    known = answer.frame[answer.frame["value"].notna()]
    shown = list(zip(known["group"], known["name"], known["value"], strict=True))
    named = {
        group: (say.segment(group, name), say.value(value, answer.unit))
        for group, name, value in shown
    }
    text = say.say(
        "charts.revenue",
        metric=capital(name) if say.language == "en" else name,
        period=say.period(answer.period),
        list=_items(say, list(named.values())),
    )
    columns = (say["columns.id"], say["columns.segment_name"], capital(name))
    rows = tuple((group, clean(name), value) for group, name, value in shown)
    title, shares = _bar_title(say, answer, known, named, chosen)
    return ToolResult(
        say.sentences([_stands_out(say, named, chosen), text]),
        facts=(*answer.facts, *shares),
        tables=(Table(say.say("charts.titles.revenue", metric=name), columns, rows),),
        charts=(Chart(title, _bar_figure(say, answer, known, chosen)),),
        notices=(str(say[f"definitions.{answer.metric.name}"]),),
    )


def _bar_figure(
    say: Voice, answer: Answer, known: pd.DataFrame, chosen: int | None
) -> dict[str, Any]:
    named = [
        say.part("charts.on_chart", id=group, name=clean(name)) if group else clean(name)
        for group, name in zip(known["group"], known["name"], strict=True)
    ]
    texts = [short(say, value, answer.unit) for value in known["value"]]
    labels = {"value": measured(say, answer.metric.name, answer.unit)}
    frame = known.assign(name=named, text=texts)
    return figure_json(segment_bars(frame, labels, segment=chosen))


def _bar_title(
    say: Voice, answer: Answer, known: pd.DataFrame, named: Named, chosen: int | None
) -> tuple[str, tuple[Fact, ...]]:
    """Which segment has most, and how much of all where parts add up; the facts of that."""
    metric = say.metric(answer.metric.name)
    metric = capital(metric) if say.language == "en" else metric
    if known.empty:
        return say.say("charts.titles.revenue", metric=metric), ()
    top, low = known["value"].idxmax(), known["value"].idxmin()
    if chosen in named or top == low:
        name, value = named[chosen if chosen in named else known.at[top, "group"]]
        return say.say("charts.findings.revenue_of", metric=metric, name=name, value=value), ()
    name, value = named[known.at[top, "group"]]
    told = {"metric": metric, "name": name, "value": value}
    if answer.metric.adds_up and answer.total and (known["value"] >= 0).all():
        share = float(known["value"].max()) / answer.total
        subject, what = str(known.at[top, "subject"]), f"{answer.metric.name}_share"
        fact = Fact(subject, what, answer.period, share, "share")
        return say.say("charts.findings.sum", share=say.share(share), **told), (fact,)
    other, least = named[known.at[low, "group"]]
    return say.say("charts.findings.rate", other=other, least=least, **told), ()


def _items(say: Voice, named: Sequence[tuple[str, str]]) -> str:
    return say.list([say.part("charts.item", name=name, value=value) for name, value in named])


def _stands_out(say: Voice, named: Named, chosen: int | None) -> str:
    """A sentence on the segment that was asked for, where it has a value."""
    if chosen not in named:
        return ""
    name, value = named[chosen]
    return say.say("charts.chosen", name=name, value=value)


def _size_facts(base: CustomerBase) -> tuple[Fact, ...]:
    today = base.as_of.date().isoformat()
    return tuple(
        fact
        for s in base.segmentation.segments
        for fact in (
            Fact(f"segment:{s.id}", "size", today, s.size, "customers"),
            Fact(f"segment:{s.id}", "size_share", today, s.share, "share"),
        )
    )
