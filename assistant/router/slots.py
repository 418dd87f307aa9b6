"""A tool's arguments from what a question says. Only what the words determine is filled in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from assistant.router.catalogue import Catalogue
from assistant.router.charting import chart_kind, chart_to_draw, wants_picture
from assistant.router.churn import QUIET, asks_churn
from assistant.router.conditions import Filter
from assistant.router.description import describe_taste
from assistant.router.lexicon import Hit, has_cjk, lexicon
from assistant.router.metrics import choose_dimension, choose_metric, find_order, find_top_n
from assistant.router.numbers import Number
from assistant.router.partition import count_to_choose, partition_to_make
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.subjects import plain_number, segment_meant

__all__ = [
    "REQUIRED",
    "TOOLS",
    "Args",
    "fill",
    "is_complete",
    "likened",
    "segment_filters",
    "wants_outsiders",
]

Args = dict[str, Any]

REQUIRED: dict[str, tuple[tuple[str, ...], ...]] = {
    "profile_segment": (("segment",),),
    "compare_segments": (("segments",),),
    "explain_segment": (("segment",),),
    "find_similar_customers": (("customer_ids", "description", "segment"),),
    "describe_customer": (("customer_id",),),
    "recommend_products": (("segment", "customer_id"),),
    "plan_campaign": (("segment",),),
    "export_audience": (("segment", "customer_ids"),),
    "draw_chart": (("kind",),),
    "query_customers": (("metric",),),
}
"""Tool -> groups of arguments of which one must be given."""


def is_complete(tool: str, args: Args) -> bool:
    """Whether nothing the tool needs is missing."""
    if tool == "compare_segments" and len(args.get("segments", ())) < 2:
        return False
    return all(any(name in args for name in group) for group in REQUIRED.get(tool, ()))


def fill(tool: str, reading: Reading, catalogue: Catalogue) -> Args:
    """The arguments of a tool as far as the words determine them."""
    args = TOOLS[tool](reading, catalogue)
    return {name: value for name, value in args.items() if value is not None and value != []}


# One function per tool ------------------------------------------------------------------------


def _describe_customers(reading: Reading, catalogue: Catalogue) -> Args:
    return {"filters": all_filters(reading)}


def _query_customers(reading: Reading, catalogue: Catalogue) -> Args:
    by, filters = choose_dimension(reading, catalogue), all_filters(reading)
    if by is None and wants_picture(reading) and chart_kind(reading) == "trend":
        by = "month"
    if by is None and asks_churn(reading):
        return {"metric": "customers", "filters": [*filters, QUIET.as_dict()]}
    if by == "segment" and wording("slots.against_rest").search(reading.text):
        filters = [condition for condition in filters if condition["field"] != "segment"]
    return {
        "metric": choose_metric(reading),
        "by": by,
        "filters": filters,
        "top_n": find_top_n(reading, by),
        "order": find_order(reading),
    }


def _evaluate_segments(reading: Reading, catalogue: Catalogue) -> Args:
    return {"metrics": list(reading.quality)}


def _nothing(reading: Reading, catalogue: Catalogue) -> Args:
    return {}


def _profile_segment(reading: Reading, catalogue: Catalogue) -> Args:
    everyone = reading.who.all_segments and not reading.who.segments
    return {"segment": "all" if everyone else segment_meant(reading, catalogue)}


def _explain_segment(reading: Reading, catalogue: Catalogue) -> Args:
    return {"segment": segment_meant(reading, catalogue)}


def _compare_segments(reading: Reading, catalogue: Catalogue) -> Args:
    segments = list(reading.who.segments)
    if len(segments) < 2:
        bare = [int(n.value) for n in reading.numbers if int(n.value) in catalogue.segments]
        segments = list(dict.fromkeys([*segments, *bare]))
    if len(segments) < 2 and _means_all(reading, segments):
        segments = [*segments, *(s for s in sorted(catalogue.segments) if s not in segments)]
    return {"segments": segments}


def _means_all(reading: Reading, named: list[int]) -> bool:
    """Everybody is compared; beside one that is named, only where the others are said."""
    if named:
        return bool(wording("slots.against_rest").search(reading.text))
    return reading.who.all_segments or (
        "two" not in reading.who.pointers
        and bool(wording("slots.between_all").search(reading.text))
    )


_PARTS_OF_TASTE = ("product", "category")


def _find_similar_customers(reading: Reading, catalogue: Catalogue) -> Args:
    customers, segment = list(reading.who.customers), likened(reading)
    n, filters = plain_number(reading), all_filters(reading)
    if segment is not None:
        filters = [condition.as_dict() for condition in reading.filters]
    named = bool(customers) or segment is not None
    return {
        "customer_ids": customers,
        "description": None if named else describe_taste(reading),
        "segment": segment,
        "n": n if n is None or n > 1 else None,
        "filters": [f for f in filters if named or f["field"] not in _PARTS_OF_TASTE],
    }


def likened(reading: Reading) -> int | None:
    """The segment whose members people are to be like, as in `find people like segment 3`."""
    segments = reading.who.segments
    alone = len(segments) == 1 and not reading.who.customers
    said = alone and (
        wording("slots.like_segment").search(reading.masked) or wants_outsiders(reading)
    )
    return segments[0] if said else None


def wants_outsiders(reading: Reading) -> bool:
    """`who outside segment 3 is most like its members`: people are looked for, none is counted."""
    return bool(wording("slots.like_members").search(reading.masked))


def _describe_customer(reading: Reading, catalogue: Catalogue) -> Args:
    return {"customer_id": reading.who.customers[0] if reading.who.customers else None}


def _recommend_products(reading: Reading, catalogue: Catalogue) -> Args:
    customer = reading.who.customers[0] if reading.who.customers else None
    segment = None if customer else segment_meant(reading, catalogue, bare=False)
    return {"segment": segment, "customer_id": customer, "n": plain_number(reading, 1000)}


def _forecast_demand(reading: Reading, catalogue: Catalogue) -> Args:
    by = "category" if wording("slots.per_category").search(reading.text) else None
    by = by or ("product" if wording("slots.per_product").search(reading.text) else None)
    if by is None:
        terse = [h.name for h in reading.dimensions if h.name in ("product", "category")]
        by = (
            terse[0]
            if terse and len(reading.text.split()) <= 6 and not has_cjk(reading.text)
            else None
        )
    return {
        "segment": segment_meant(reading, catalogue, bare=False),
        "days": reading.days[0] if reading.days else None,
        "by": by,
    }


def _analyse_funnel(reading: Reading, catalogue: Catalogue) -> Args:
    by = choose_dimension(reading, catalogue, bar=3)
    return {
        "segment": segment_meant(reading, catalogue, bare=False),
        "by": by if by in ("segment", "product", "category") else None,
    }


_NO_LIFT = 0.5
"""No campaign lifts by half: such a share is the power."""


def _plan_campaign(reading: Reading, catalogue: Catalogue) -> Args:
    shares = [*reading.percents, *(n for n in reading.numbers if 0 < n.value < 1)]
    power = next((n for n in shares if _is_power(reading, n)), None)
    power = power or next((n for n in shares if n.share >= _NO_LIFT), None)
    lift = next((n for n in shares if n is not power), None)
    named = [hit for hit in reading.metrics if hit.name != "customers"]
    return {
        "segment": segment_meant(reading, catalogue, bare=False),
        "metric": _campaign_metric(reading, named),
        "minimum_lift": lift.share if lift else None,
        "power": power.share if power else None,
    }


def _is_power(reading: Reading, number: Number) -> bool:
    before, after = reading.scan.before(number.start), reading.scan.after(number.end)
    return bool(
        wording("slots.power_before").search(before) or wording("slots.power_after").match(after)
    )


def _campaign_metric(reading: Reading, named: list[Hit]) -> str | None:
    """The outcome, where the words name one; `retention campaign` names a kind of campaign."""
    for hit in named:
        said, after = reading.text[hit.start : hit.end], reading.scan.after(hit.end, 12)
        is_kind = re.match(
            r"\s?(?:campaign|offer|test|programme|program|mailing|promotion|活动|促销|测试)", after
        )
        if (
            not is_kind
            and not wording("slots.not_a_goal").fullmatch(said)
            and said not in ("orders", "sale", "convert", "钱")
        ):
            return hit.name
    return None


def _export_audience(reading: Reading, catalogue: Catalogue) -> Args:
    customers = list(reading.who.customers)
    return {
        "segment": None if customers else segment_meant(reading, catalogue, bare=False),
        "customer_ids": customers,
        "format": _format(reading),
        "hashed": hashed(reading),
    }


def hashed(reading: Reading) -> bool | None:
    """Whether ids are to be hashed, where the words say."""
    if wording("slots.plain_ids").search(reading.text):
        return False
    return True if wording("slots.hashed").search(reading.text) else None


def _format(reading: Reading) -> str | None:
    """A platform rather than the plain file it is uploaded as; `custom audience` says least."""
    hits = lexicon("formats").find(reading.text)
    brands = [hit for hit in hits if not reading.text[hit.start : hit.end].startswith("custom aud")]
    named = [hit.name for hit in brands or hits]
    return next(iter([*(name for name in named if name != "csv"), *named]), None)


# Shared ---------------------------------------------------------------------------------------


def all_filters(reading: Reading) -> list[dict[str, Any]]:
    """Every condition, those on segments included, in the contract's form."""
    return [condition.as_dict() for condition in (*reading.filters, *segment_filters(reading))]


def segment_filters(reading: Reading) -> list[Filter]:
    """The conditions on segments: those to be in, and those not to be in."""
    inside = tuple(s for s in reading.who.segments if s not in reading.who.shunned)
    found = [Filter("segment", "in", inside)] if len(inside) > 1 else []
    found += [Filter("segment", "eq", segment) for segment in inside if len(inside) == 1]
    return found + [Filter("segment", "ne", segment) for segment in sorted(reading.who.shunned)]


TOOLS: dict[str, Callable[[Reading, Catalogue], Args]] = {
    "describe_customers": _describe_customers,
    "query_customers": _query_customers,
    "run_clustering": partition_to_make,
    "choose_segment_count": count_to_choose,
    "evaluate_segments": _evaluate_segments,
    "list_segments": _nothing,
    "profile_segment": _profile_segment,
    "compare_segments": _compare_segments,
    "explain_segment": _explain_segment,
    "find_similar_customers": _find_similar_customers,
    "describe_customer": _describe_customer,
    "recommend_products": _recommend_products,
    "forecast_demand": _forecast_demand,
    "analyse_funnel": _analyse_funnel,
    "plan_campaign": _plan_campaign,
    "export_audience": _export_audience,
    "draw_chart": chart_to_draw,
    "track_segments": lambda reading, catalogue: {
        "since": reading.since.isoformat() if reading.since else None
    },
}
