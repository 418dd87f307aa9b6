"""Turns that lean on earlier ones: "and segment 2?", "make it 8", "only in Germany"."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from assistant.router.catalogue import Catalogue
from assistant.router.lexicon import lexicon
from assistant.router.memory import Call, Memory
from assistant.router.metrics import choose_dimension, choose_metric, find_order, find_top_n
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.scan import regex
from assistant.router.slots import Args, all_filters, chart_kind, fill, plain_number

__all__ = [
    "amend",
    "as_chart",
    "bare_call",
    "chart_of",
    "is_continuation",
    "is_whole",
    "largest",
    "names_metric_and_split",
    "opens_as_continuation",
]


def is_continuation(reading: Reading) -> bool:
    """Whether a question is nothing but names, numbers and words that lean on an earlier turn."""
    return not _content_words(reading)


def opens_as_continuation(reading: Reading) -> bool:
    """Whether a question begins or ends the way a follow-up does."""
    return bool(wording("followup.opening").search(reading.text))


def is_whole(reading: Reading) -> bool:
    """Whether a question has the form of one that needs no earlier turn: it asks or bids itself."""
    return bool(wording("followup.whole").search(reading.text))


def names_metric_and_split(reading: Reading, catalogue: Catalogue) -> bool:
    """`orders by month`, without a word that leans: a question of its own, with no old filters."""
    if opens_as_continuation(reading) or reading.who.pointers:
        return False
    metric = choose_metric(reading, count_words=False)
    return metric not in (None, "customers") and choose_dimension(reading, catalogue) is not None


def largest(call: Call, reading: Reading) -> Call | None:
    """`which is the biggest?`: of the rows just shown, else of the segments just spoken of."""
    if not wording("followup.largest").search(reading.text):
        return None
    if call.tool == "query_customers" and call.args.get("by"):
        return Call(call.tool, call.args | {"order": find_order(reading) or "desc"})
    shown = ("run_clustering", "list_segments", "evaluate_segments", "draw_chart", "track_segments")
    everyone = call.args.get("segment") == "all"
    return Call("list_segments", {}) if call.tool in shown or everyone else None


def _content_words(reading: Reading) -> list[str]:
    """Words with a meaning of their own: no names, numbers, metrics or dimensions."""
    free = list(reading.scan.free)
    for section in ("metrics", "quality", "formats"):
        for hit in lexicon(section).find(reading.scan.free):
            free[hit.start : hit.end] = " " * (hit.end - hit.start)
    for hit in reading.dimensions:
        free[hit.start : hit.end] = " " * (hit.end - hit.start)
    text = re.sub("\x1f", " ", "".join(free))
    latin = [
        w for w in re.findall(r"[a-z']+", text) if not wording("followup.function").fullmatch(w)
    ]
    chinese = wording("followup.function_zh").sub("", re.sub(r"[^\u3400-\u9fff]", "", text))
    return latin + ([chinese] if chinese else [])


def amend(call: Call, reading: Reading, catalogue: Catalogue, memory: Memory) -> Call | None:
    """The earlier call with what the question says put in its place; None if it says nothing."""
    if call.tool != "draw_chart" and "chart" in reading.concepts and (kind := chart_kind(reading)):
        return _as_chart(call, kind, reading)
    if call.tool != "export_audience" and reading.formats and "segment" in call.args:
        return Call(
            "export_audience",
            {"segment": call.args["segment"]} | fill("export_audience", reading, catalogue),
        )
    if (
        call.tool in ("choose_segment_count", "evaluate_segments")
        and _DO_SO.search(reading.text)
        and (n := plain_number(reading, 100))
    ):
        return Call("run_clustering", {"n_segments": n})
    if "segment" in call.args and (segment := _same_for(reading, catalogue)):
        return Call(call.tool, call.args | {"segment": segment})
    changed = _AMEND.get(call.tool, _amend_segment)(dict(call.args), reading, catalogue)
    if changed is not None:
        return Call(call.tool, changed)
    return _other_subject(call, reading, catalogue, memory)


_DO_SO = regex(r"\b(?:do|run|make|go with|use|take|try|cluster|apply)\b|就|分成|按|用|试")


def _same_for(reading: Reading, catalogue: Catalogue) -> int | None:
    """`now the same for 5`: a number that can only be a segment."""
    match = wording("followup.same_for").search(reading.text)
    number = int(match["a"] or match["b"]) if match else None
    return number if number in catalogue.segments else None


def _other_subject(
    call: Call, reading: Reading, catalogue: Catalogue, memory: Memory
) -> Call | None:
    """The question names somebody or something the last tool cannot take: a sibling tool can."""
    who = reading.who
    if who.customers:
        return Call("describe_customer", {"customer_id": who.customers[0]})
    if who.segments and call.tool in (
        "describe_customer",
        "list_segments",
        "evaluate_segments",
        "run_clustering",
    ):
        return Call("profile_segment", {"segment": who.segments[0]})
    metric = choose_metric(reading, count_words=False)
    if metric or choose_dimension(reading, catalogue):
        args = fill("query_customers", reading, catalogue) | {"metric": metric or "customers"}
        segment = call.args.get("segment")
        if isinstance(segment, int) and not who.segments:
            args["filters"] = [
                *args.get("filters", ()),
                {"field": "segment", "op": "eq", "value": segment},
            ]
        elif call.args.get("filters"):
            args["filters"] = _merge(call.args["filters"], args.get("filters", []))
        return Call("query_customers", args)
    if reading.filters and call.tool not in ("run_clustering",):
        return Call("describe_customers", {"filters": all_filters(reading)})
    return None


def _as_chart(call: Call, kind: str, reading: Reading) -> Call:
    args: Args = {"kind": kind}
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


def as_chart(call: Call, args: Args, reading: Reading) -> Args:
    """A chart asked for in few words shows whom the last call was about."""
    if "segment" in args or reading.who.segments or reading.who.all_segments:
        return args
    return _as_chart(call, args["kind"], reading).args | args


def _only_segment(args: Args) -> Any:
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
    return _as_chart(call, kind, reading) if kind else None


def _amend_query(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
    by = choose_dimension(reading, catalogue)
    metric = choose_metric(reading, count_words=False)
    if metric == "customers" and not re.search(r"number|how many|count|数|多少", reading.text):
        metric = None
    top_n = find_top_n(reading, by) or plain_number(reading, 1000)
    filters = all_filters(reading)
    order = find_order(reading) or _turned(args, reading)
    if not (by or metric or top_n or filters or order):
        return None
    if by and by != args.get("by"):
        for name in ("top_n", "order") if by in ("month", "weekday") else ():
            args.pop(name, None)
    args |= {
        n: v for n, v in {"by": by, "metric": metric, "top_n": top_n, "order": order}.items() if v
    }
    if filters:
        args["filters"] = _merge(args.get("filters", []), filters)
    return args


def _turned(args: Args, reading: Reading) -> str | None:
    if re.search(r"other way|reverse|倒过来|反过来", reading.text):
        return "desc" if args.get("order") == "asc" else "asc"
    return None


def _amend_filters(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
    if choose_dimension(reading, catalogue) or choose_metric(reading, count_words=False) not in (
        None,
        "customers",
    ):
        return None
    filters = all_filters(reading)
    return args | {"filters": _merge(args.get("filters", []), filters)} if filters else None


def _merge(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """New conditions replace old ones on the same field."""
    fields = {condition["field"] for condition in new}
    return [*(condition for condition in old if condition["field"] not in fields), *new]


def _amend_clustering(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
    new = fill("run_clustering", reading, catalogue)
    if reading.percents and "text_weight" not in new:
        new["text_weight"] = reading.percents[0].share
    fraction = next((n.value for n in reading.numbers if 0 < n.value < 1), None)
    if fraction and "text_weight" not in new:
        new["text_weight"] = fraction
    return args | new if new else None


def _amend_count(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
    new = fill("choose_segment_count", reading, catalogue)
    if not new and (n := plain_number(reading, 100)):
        new = {"k_max": n}
    return args | new if new else None


def _amend_similar(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
    new: Args = {}
    if reading.who.customers:
        for name in ("description", "segment"):
            args.pop(name, None)
        new["customer_ids"] = list(reading.who.customers)
    if n := plain_number(reading):
        new["n"] = n
    filters = all_filters(reading)
    if "segment" in args and reading.who.segments:
        new["segment"] = reading.who.segments[0]
        filters = [condition for condition in filters if condition["field"] != "segment"]
    if filters:
        new["filters"] = _merge(args.get("filters", []), filters)
    return args | new if new else None


def _amend_segment(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
    if reading.who.all_segments and not reading.who.segments and "segment" in args:
        return args | {"segment": "all"}
    bare = [int(n.value) for n in reading.numbers if n.value in catalogue.segments]
    named = [*reading.who.segments, *bare]
    return args | {"segment": named[0]} if named and "segment" in args else None


def _amend_whole(tool: str) -> Callable[[Args, Reading, Catalogue], Args | None]:
    """Tools whose every argument can be read from a bare follow-up."""

    def change(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
        new = fill(tool, reading, catalogue)
        if not new and (number := plain_number(reading)):
            new = _number_for(tool, number)
        if "customer_id" in new or "customer_ids" in new:
            args.pop("segment", None)
        if "segment" in new:
            args.pop("customer_id", None)
            args.pop("customer_ids", None)
        return args | new if new else None

    return change


def _number_for(tool: str, number: int) -> Args:
    if tool == "forecast_demand":
        return {"days": number}
    if tool == "plan_campaign":
        return {"minimum_lift": round(number / 100, 6)} if number > 1 else {}
    return {}


def _amend_pair(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
    bare = [int(n.value) for n in reading.numbers if n.value in catalogue.segments]
    named, known = [*reading.who.segments, *bare], args.get("segments", ())
    if len(named) > 1:
        return {"segments": named}
    if named and named[0] not in known:
        return {"segments": [*known, *named]}
    return {"segments": sorted(catalogue.segments)} if reading.who.all_segments else None


def _amend_one_customer(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
    return {"customer_id": reading.who.customers[0]} if reading.who.customers else None


_AMEND: dict[str, Callable[[Args, Reading, Catalogue], Args | None]] = {
    "query_customers": _amend_query,
    "describe_customers": _amend_filters,
    "run_clustering": _amend_clustering,
    "choose_segment_count": _amend_count,
    "find_similar_customers": _amend_similar,
    "compare_segments": _amend_pair,
    "describe_customer": _amend_one_customer,
    "recommend_products": _amend_whole("recommend_products"),
    "forecast_demand": _amend_whole("forecast_demand"),
    "plan_campaign": _amend_whole("plan_campaign"),
    "export_audience": _amend_whole("export_audience"),
    "draw_chart": _amend_whole("draw_chart"),
    "track_segments": _amend_whole("track_segments"),
    "evaluate_segments": _amend_whole("evaluate_segments"),
    "analyse_funnel": _amend_whole("analyse_funnel"),
}


def bare_call(reading: Reading, catalogue: Catalogue) -> Call | None:
    """What a question that only names something is about, when nothing was said before."""
    who = reading.who
    if who.customers:
        return Call("describe_customer", {"customer_id": who.customers[0]})
    if len(who.segments) > 1 and not choose_metric(reading, count_words=False):
        return Call("compare_segments", {"segments": list(who.segments)})
    if who.segments and not reading.metrics:
        return Call("profile_segment", {"segment": who.segments[0]})
    if reading.methods:
        return Call("run_clustering", fill("run_clustering", reading, catalogue))
    if reading.quality:
        return Call("evaluate_segments", fill("evaluate_segments", reading, catalogue))
    metric = choose_metric(reading, count_words=False)
    if metric and (metric != "customers" or reading.dimensions):
        return Call(
            "query_customers", fill("query_customers", reading, catalogue) | {"metric": metric}
        )
    if reading.filters:
        return Call("describe_customers", {"filters": all_filters(reading)})
    return None
