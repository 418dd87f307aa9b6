"""The last call with what a follow-up says put in its place, tool by tool."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from assistant.router.catalogue import Catalogue
from assistant.router.dates import a_year_earlier, one_earlier
from assistant.router.metrics import choose_dimension, choose_metric, find_order, find_top_n
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.slots import Args, all_filters, fill
from assistant.router.subjects import plain_number

__all__ = ["AMEND", "amend_segment", "merge"]


def _amend_query(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
    earlier = _earlier(args, reading)
    by = None if earlier else choose_dimension(reading, catalogue)
    metric = choose_metric(reading, count_words=False)
    if metric == "customers" and not re.search(r"number|how many|count|数|多少", reading.text):
        metric = None
    if metric == "orders" and wording("followup.orders_when").search(reading.masked):
        metric = None
    top_n = find_top_n(reading, by) or plain_number(reading, 1000)
    filters = earlier or all_filters(reading)
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
        args["filters"] = merge(args.get("filters", []), filters)
    return args


def _earlier(args: Args, reading: Reading) -> list[dict[str, Any]]:
    """`and the quarter before?`: the same stretch of time, once further back."""
    back = wording("followup.earlier").search(reading.text)
    year = wording("followup.year_earlier").search(reading.text)
    for condition in args.get("filters", ()) if back or year else ():
        if condition["field"] == "ordered_at" and condition["op"] == "between":
            first, last = map(date.fromisoformat, condition["value"])
            days = a_year_earlier(first, last) if year else one_earlier(first, last)
            return [condition | {"value": [day.isoformat() for day in days]}]
    return []


def _turned(args: Args, reading: Reading) -> str | None:
    if wording("followup.turned").search(reading.text):
        return "desc" if args.get("order") == "asc" else "asc"
    return None


def _amend_filters(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
    if choose_dimension(reading, catalogue) or choose_metric(reading, count_words=False) not in (
        None,
        "customers",
    ):
        return None
    filters = all_filters(reading)
    return args | {"filters": merge(args.get("filters", []), filters)} if filters else None


def merge(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
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
        known = (
            args.get("customer_ids", ()) if wording("followup.joins").search(reading.text) else ()
        )
        new["customer_ids"] = list(dict.fromkeys([*known, *reading.who.customers]))
    if n := plain_number(reading):
        new["n"] = n
    filters = all_filters(reading)
    if "segment" in args and reading.who.segments:
        new["segment"] = reading.who.segments[0]
        filters = [condition for condition in filters if condition["field"] != "segment"]
    if filters:
        new["filters"] = merge(args.get("filters", []), filters)
    return args | new if new else None


def amend_segment(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
    """Where only whom it is about can change."""
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


def _amend_chart(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
    """`and of returns?` after a trend: the same chart, of another number."""
    changed = _amend_whole("draw_chart")(args, reading, catalogue)
    shaped = wording("followup.explicit_shape").search(reading.text)
    if changed and "metric" in changed and args.get("kind") == "trend" and not shaped:
        return changed | {"kind": "trend"}
    return changed


def _number_for(tool: str, number: int) -> Args:
    if tool == "forecast_demand":
        return {"days": number}
    if tool == "plan_campaign":
        return {"minimum_lift": round(number / 100, 6)} if number > 1 else {}
    return {}


def _amend_pair(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
    bare = [int(n.value) for n in reading.numbers if n.value in catalogue.segments]
    named, known = list(reading.who.segments) or bare, args.get("segments", ())
    if len(named) > 1:
        return {"segments": named}
    if named and named[0] not in known:
        return {"segments": [*known, *named]}
    return {"segments": sorted(catalogue.segments)} if reading.who.all_segments else None


def _amend_one_customer(args: Args, reading: Reading, catalogue: Catalogue) -> Args | None:
    return {"customer_id": reading.who.customers[0]} if reading.who.customers else None


AMEND: dict[str, Callable[[Args, Reading, Catalogue], Args | None]] = {
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
    "draw_chart": _amend_chart,
    "track_segments": _amend_whole("track_segments"),
    "evaluate_segments": _amend_whole("evaluate_segments"),
    "analyse_funnel": _amend_whole("analyse_funnel"),
}
