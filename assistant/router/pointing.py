"""Putting in what a question points at: "recommend something to her", "how do the two differ?"."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from assistant.router.memory import Memory
from assistant.router.metrics import ranks_customers
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.scan import regex
from assistant.router.slots import Args

__all__ = ["resolve"]


def resolve(tool: str, args: Args, reading: Reading, memory: Memory) -> Args | None:
    """The arguments with what the question points at filled in.

    Returns:
        None where the question points at nobody known: the user has to be asked.
    """
    things = _things(tool, reading, memory)
    if things is None:
        return None
    if things:
        args = args | {"filters": [*args.get("filters", ()), *things]}
    return _RESOLVE.get(tool, _leave)(args, reading, memory)


def _things(tool: str, reading: Reading, memory: Memory) -> list[dict[str, Any]] | None:
    """The conditions of the last call that `that product` and `that country` point at.

    Returns:
        None where nothing was said of such a thing.
    """
    pointed = [name for name in ("product", "country") if name in reading.who.pointers]
    if tool not in ("query_customers", "describe_customers") or not pointed:
        return []
    known = (memory.last.args.get("filters") or ()) if memory.last else ()
    found = [condition for condition in known if condition["field"] in pointed]
    return found if len(found) == len(pointed) else None


_FIRST = regex(r"\b(?:the first(?: one)?|the former)\b|前者|第1个")
_SECOND = regex(r"\b(?:the second(?: one)?|the latter)\b|后者|第2个")


def _leave(args: Args, reading: Reading, memory: Memory) -> Args | None:
    return args


def _resolve_segment(args: Args, reading: Reading, memory: Memory) -> Args | None:
    compared = memory.last.args.get("segments", ()) if memory.last else ()
    for place, said in enumerate((_FIRST, _SECOND)):
        if said.search(reading.text) and len(compared) > place and not reading.who.segments:
            return args | {"segment": compared[place]}
    return args if "segment" in args else _with_segment(args, reading, memory)


def _resolve_optional_segment(args: Args, reading: Reading, memory: Memory) -> Args | None:
    """Without a segment these tools speak of everybody: only a pointer narrows them."""
    pointers = reading.who.pointers
    named = pointers & {"segment", "other"}
    meant = pointers & {"them", "it"} and memory.spoke_of == "segment"
    if "segment" in args or not (named or meant):
        return args
    return _with_segment(args, reading, memory)


def _with_segment(args: Args, reading: Reading, memory: Memory) -> Args | None:
    if "other" in reading.who.pointers:
        return args | {"segment": memory.segments[-2]} if len(memory.segments) == 2 else None
    return args | {"segment": memory.segments[-1]} if memory.segments else None


def _resolve_pair(args: Args, reading: Reading, memory: Memory) -> Args | None:
    named = list(args.get("segments", ()))
    if len(named) > 1:
        return args
    known = [s for s in memory.segments if s not in named]
    pair = [*known[-(2 - len(named)) :], *named]
    return {"segments": pair} if len(pair) == 2 else None


def _resolve_customers(args: Args, reading: Reading, memory: Memory) -> Args | None:
    if "segment" in args:
        return args
    if "segment" in reading.who.pointers and not {"customer_ids", "description"} & set(args):
        return _with_segment(args, reading, memory)
    pointing = reading.who.pointers & {"customer", "them", "two", "it"}
    if "customer_ids" in args or ("description" in args and not (pointing and memory.customers)):
        return args if "customer_ids" in args or not reading.who.pointers & {"customer"} else None
    if not memory.customers or (ranks_customers(reading) and not pointing):
        return None  # somebody else is meant: "like our biggest spender"
    n = 2 if "two" in reading.who.pointers else 1
    rest = {name: value for name, value in args.items() if name != "description"}
    return rest | {"customer_ids": list(memory.customers[-n:])}


def _resolve_customer(args: Args, reading: Reading, memory: Memory) -> Args | None:
    if "customer_id" in args:
        return args
    return {"customer_id": memory.customers[-1]} if memory.customers else None


def _resolve_recommendation(args: Args, reading: Reading, memory: Memory) -> Args | None:
    if "segment" in args or "customer_id" in args:
        return args
    if _wanted(reading, memory) == "segment":
        return _with_segment(args, reading, memory)
    return args | {"customer_id": memory.customers[-1]} if memory.customers else None


def _resolve_audience(args: Args, reading: Reading, memory: Memory) -> Args | None:
    if "segment" in args or "customer_ids" in args:
        return args
    if _wanted(reading, memory) == "segment":
        return _with_segment(args, reading, memory)
    found = memory.last is not None and memory.last.tool == "find_similar_customers"
    if found or not memory.customers:
        return None  # the look-alikes that were found are meant, not the customer they are like
    return args | {"customer_ids": [memory.customers[-1]]}


def _wanted(reading: Reading, memory: Memory) -> str:
    """Whether a segment or a customer is pointed at."""
    if reading.who.pointers & {"segment", "other"}:
        return "segment"
    return "customer" if "customer" in reading.who.pointers else memory.spoke_of


def _resolve_filter(args: Args, reading: Reading, memory: Memory) -> Args | None:
    """`what is their return rate?`: the segment spoken of becomes a condition."""
    pointers = reading.who.pointers
    if among := _of_those_compared(args, reading, memory):
        return args | {"by": "segment", "filters": [*args.get("filters", ()), among]}
    inside = bool(wording("pointing.inside").search(reading.text))
    if (pointers & {"them", "it"} or inside) and (shown := _shown_before(reading, memory)):
        return args | {"filters": shown}
    named = [f for f in args.get("filters", ()) if f["field"] == "segment"]
    points = pointers & {"segment", "other"} or (
        memory.spoke_of == "segment"
        and (inside or (pointers & {"them", "it", "two"} and _asks_about_them(reading)))
    )
    if named or not points:
        return args
    if "two" in pointers and len(memory.segments) >= 2:
        extra = {"field": "segment", "op": "in", "value": list(memory.segments[-2:])}
        return args | {"filters": [*args.get("filters", ()), extra]}
    found = _with_segment({}, reading, memory)
    if found is None:
        return None
    extra = {"field": "segment", "op": "eq", "value": found["segment"]}
    return args | {"filters": [*args.get("filters", ()), extra]}


def _of_those_compared(args: Args, reading: Reading, memory: Memory) -> dict[str, Any] | None:
    """`which one returns more?` after a comparison asks it of the segments compared."""
    last = memory.last
    if last is None or last.tool != "compare_segments" or "metric" not in args or "by" in args:
        return None
    if reading.who.segments or not wording("pointing.which_of_them").search(reading.text):
        return None
    return {"field": "segment", "op": "in", "value": list(last.args["segments"])}


def _resolve_overview(args: Args, reading: Reading, memory: Memory) -> Args | None:
    """`tell me more about it` is no question about everybody."""
    resolved = _resolve_filter(args, reading, memory)
    points = reading.who.pointers & {"segment", "customer"}
    lost = points or wording("pointing.about_it").search(reading.text)
    return None if lost and not (resolved or {}).get("filters") else resolved


def _shown_before(reading: Reading, memory: Memory) -> list[dict[str, Any]]:
    """The conditions of the last query, where `they` are the people it counted."""
    last = memory.last
    if last is None or last.tool not in ("query_customers", "describe_customers"):
        return []
    mine = reading.filters or reading.who.segments or reading.who.customers
    inside = wording("pointing.inside").search(reading.text)
    return (
        []
        if mine or not (inside or _asks_about_them(reading))
        else list(last.args.get("filters") or ())
    )


def _asks_about_them(reading: Reading) -> bool:
    """`they` counts when nobody in the question itself could be meant."""
    return not reading.filters and not re.search(
        r"customers|people|shoppers|buyers|segments|客户|用户", reading.text
    )


_RESOLVE: dict[str, Callable[[Args, Reading, Memory], Args | None]] = {
    "profile_segment": _resolve_segment,
    "explain_segment": _resolve_segment,
    "plan_campaign": _resolve_segment,
    "compare_segments": _resolve_pair,
    "find_similar_customers": _resolve_customers,
    "describe_customer": _resolve_customer,
    "recommend_products": _resolve_recommendation,
    "export_audience": _resolve_audience,
    "query_customers": _resolve_filter,
    "describe_customers": _resolve_overview,
    "forecast_demand": _resolve_optional_segment,
    "analyse_funnel": _resolve_optional_segment,
    "draw_chart": _resolve_optional_segment,
}
