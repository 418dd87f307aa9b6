"""The tool that draws: the customer map, segment sizes, any metric by segment."""

from __future__ import annotations

from typing import Any

from assistant.charts import customer_map, figure_json, segment_bars, segment_sizes
from assistant.tools.references import segment_id, spoken
from assistant.tools.result import Chart, ToolResult
from assistant.tools.voice import Voice, voice
from segmentation.insight.query import query
from segmentation.types import CustomerBase, Fact

__all__ = ["DRAWN", "draw_chart"]

DRAWN = ("map", "sizes", "revenue")
"""The kinds that can be drawn; the contract's others are still to come."""


def draw_chart(
    workspace: Any,
    language: str,
    *,
    kind: str,
    segment: Any = None,
    metric: str | None = None,
) -> ToolResult:
    """A chart, and in a sentence what it shows."""
    say, base = voice(language), spoken(workspace.base, language)
    if kind not in DRAWN:
        return _later(say, kind)
    chosen = None if segment is None else segment_id(base, segment)
    if kind == "map":
        return _map(say, base, chosen)
    if kind == "sizes":
        return _sizes(say, base)
    return _bars(say, base, metric or "revenue")


def _later(say: Voice, kind: str) -> ToolResult:
    kinds = say["charts.kinds"]
    valid = say.list([kinds[name] for name in DRAWN])
    text = say.say("charts.later", kind=kinds.get(kind, kind), valid=valid)
    return ToolResult(text, status="error")


def _map(say: Voice, base: CustomerBase, chosen: int | None) -> ToolResult:
    figure = figure_json(customer_map(base, say["charts.labels"], segment=chosen))
    chart = Chart(str(say["charts.titles.map"]), figure)
    if chosen is None:
        return ToolResult(say.say("charts.map"), facts=_size_facts(base), charts=(chart,))
    found = next(s for s in base.segmentation.segments if s.id == chosen)
    size = say.count(found.size, "customers")
    text = say.say("charts.map_segment", id=chosen, name=found.name, size=size)
    facts = tuple(f for f in _size_facts(base) if f.subject == f"segment:{chosen}")
    return ToolResult(text, facts=facts, charts=(chart,))


def _sizes(say: Voice, base: CustomerBase) -> ToolResult:
    chart = Chart(
        str(say["charts.titles.sizes"]), figure_json(segment_sizes(base, say["charts.labels"]))
    )
    segments = sorted(base.segmentation.segments, key=lambda s: (s.id == 0, -s.size, s.id))
    items = [
        say.part(
            "charts.item",
            name=say.segment(s.id, s.name),
            value=f"{say.count(s.size, 'customers')} ({say.share(s.share)})",
        )
        for s in segments
    ]
    text = say.say("charts.sizes", list=say.list(items))
    return ToolResult(text, facts=_size_facts(base), charts=(chart,))


def _bars(say: Voice, base: CustomerBase, metric: str) -> ToolResult:
    answer = query(base, metric, by="segment")
    labels = {**say["charts.labels"], "value": say.metric(answer.metric.name)}
    unit = answer.unit
    figure = figure_json(segment_bars(answer.frame, labels, unit=unit))
    name = say.metric(answer.metric.name)
    shown = name[:1].upper() + name[1:]
    items = [
        say.part(
            "charts.item", name=say.segment(r.group, r.name), value=say.value(r.value, answer.unit)
        )
        for r in answer.frame.itertuples(index=False)
        if r.value == r.value
    ]
    text = say.say(
        "charts.revenue",
        metric=shown if say.language == "en" else name,
        period=say.period(answer.period),
        list=say.list(items),
    )
    chart = Chart(say.say("charts.titles.revenue", metric=name), figure)
    definition = str(say[f"definitions.{answer.metric.name}"])
    return ToolResult(text, facts=answer.facts, charts=(chart,), notices=(definition,))


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
