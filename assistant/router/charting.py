"""Which chart shows what: the one that is named, or the one its subject asks for."""

from __future__ import annotations

from typing import Any

from assistant.router.catalogue import Catalogue
from assistant.router.memory import Call
from assistant.router.metrics import choose_dimension, choose_metric
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.subjects import segment_meant

__all__ = [
    "as_chart", "chart_kind", "chart_of", "chart_to_draw", "is_about_the_last",
    "is_told_by_a_table", "redrawn", "wants_picture",
]  # fmt: skip


def chart_to_draw(reading: Reading, catalogue: Catalogue) -> dict[str, Any]:
    """The arguments of `draw_chart`."""
    kind = chart_kind(reading) or ("radar" if len(reading.who.segments) == 1 else None)
    metric = choose_metric(reading, count_words=False)
    if metric == "customers" and kind != "trend":
        metric = None
    return {
        "kind": kind,
        "segment": segment_meant(reading, catalogue, bare=False),
        "metric": metric if kind != "funnel" else None,
    }


_OWN_SHAPE = ("heatmap", "radar", "funnel", "flows", "map", "trend")


def chart_kind(reading: Reading) -> str | None:
    """The kind of chart that is named, else the one its subject asks for."""
    named = [kind for kind in _OWN_SHAPE if kind in reading.charts]
    if named:
        return named[0]
    if "sizes" in reading.charts and not ({"revenue"} & set(reading.charts)):
        return "sizes"
    metric = choose_metric(reading, count_words=False)
    if metric == "revenue":
        return "revenue"
    if metric == "customers" and any(hit.name == "segment" for hit in reading.dimensions):
        return "sizes"
    if metric and any(hit.name in ("month", "weekday") for hit in reading.dimensions):
        return "trend"
    if metric and metric != "customers":
        return "heatmap"
    return "sizes" if "sizes" in reading.charts else None


def wants_picture(reading: Reading) -> bool:
    """Whether a chart is asked for, in so many words."""
    return "chart" in reading.concepts and not wording("router.figures").search(reading.text)


def is_told_by_a_table(reading: Reading, catalogue: Catalogue) -> bool:
    """`chart of monthly revenue for Germany`: charts are of everybody, or of a segment, alone."""
    kind = chart_kind(reading)
    by = choose_dimension(reading, catalogue, bar=3)
    if kind == "trend":
        return bool(reading.filters) and choose_metric(reading) is not None
    if kind not in ("revenue", "sizes", "heatmap", None) or choose_metric(reading) is None:
        return False
    return by not in (None, "segment", "month") or (by == "segment" and bool(reading.filters))


def is_about_the_last(reading: Reading) -> bool:
    """Whether a chart is asked for in so few words that it shows what was just spoken of."""
    short = len(reading.text.split()) <= 8 and len(reading.text) <= 40
    return short or bool(reading.who.pointers & {"segment", "it"})


def redrawn(call: Call, kind: str, reading: Reading) -> Call:
    """What a call answered, as this kind of chart."""
    args: dict[str, Any] = {"kind": kind}
    if isinstance(segment := call.args.get("segment"), int) and kind in (
        "radar",
        "trend",
        "funnel",
    ):
        args["segment"] = segment
    if kind == "trend":
        args["segment"] = args.get("segment") or _only_segment(call.args)
        args["metric"] = choose_metric(reading, count_words=False) or call.args.get("metric")
    return Call("draw_chart", {name: value for name, value in args.items() if value is not None})


def as_chart(call: Call, args: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """A chart asked for in few words shows whom the last call was about."""
    if "segment" in args or reading.who.segments or reading.who.all_segments:
        return args
    return redrawn(call, args["kind"], reading).args | args


def _only_segment(args: dict[str, Any]) -> Any:
    for condition in args.get("filters") or ():
        if condition["field"] == "segment" and condition["op"] == "eq":
            return condition["value"]
    return None


def chart_of(call: Call, reading: Reading) -> Call | None:
    """`now as a chart`: the kind of chart that shows what the last call answered."""
    by, metric = call.args.get("by"), call.args.get("metric")
    kinds = {
        "list_segments": "sizes", "run_clustering": "map", "analyse_funnel": "funnel",
        "track_segments": "flows", "profile_segment": "radar", "compare_segments": "radar",
        "find_similar_customers": "map", "evaluate_segments": "heatmap", "forecast_demand": "trend",
    }  # fmt: skip
    kind = kinds.get(call.tool)
    if call.tool == "query_customers":
        kind = (
            "trend"
            if by in ("month", "weekday")
            else "sizes"
            if metric == "customers"
            else "revenue"
            if metric == "revenue"
            else "heatmap"
        )
    if call.tool == "draw_chart":
        kind = call.args.get("kind")
    return redrawn(call, kind, reading) if kind else None
