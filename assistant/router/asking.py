"""What to ask back: what a tool needs and was not told, or what can be taken in two ways."""

from __future__ import annotations

import re
from typing import Any

from assistant.router.choice import asks_complaints, supports
from assistant.router.memory import Memory
from assistant.router.metrics import acts_as_group
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.slots import REQUIRED
from assistant.router.unread import unknown_split

__all__ = [
    "is_for_everyone", "points_nowhere", "says_nothing", "waits_for_the_button", "what_is_missing",
    "what_is_unclear",
]  # fmt: skip


def what_is_unclear(tool: str, args: dict[str, Any], reading: Reading) -> str | None:
    """What would have to be guessed for a call that is complete otherwise; None if nothing."""
    if reading.alike:
        return "alike"
    counts = tool in ("query_customers", "describe_customers")
    if tool == "query_customers" and "by" not in args and unknown_split(reading):
        return "split"
    if counts and wording("router.negated_period").search(reading.masked):
        return "silence"
    if counts and args.get("by", "customer") != "customer" and acts_as_group(reading):
        return "who"
    if tool == "profile_segment" and _of_no_segment(reading) and asks_complaints(tool, reading):
        return "complaints"
    if tool == "run_clustering" and (reading.who.segments or "segment" in reading.who.pointers):
        return "everybody"
    return None


def _of_no_segment(reading: Reading) -> bool:
    """Whether no one segment is named or pointed at: `their reviews` are those of `people`."""
    pointed = reading.who.pointers & {"segment", "it"} or (
        "them" in reading.who.pointers and not wording("asking.somebody").search(reading.text)
    )
    return len(reading.who.segments) != 1 and not pointed


def says_nothing(reading: Reading) -> bool:
    """`how are they doing?`, `the usual report`: no word says what is asked, or of whom."""
    who = reading.who
    if wording("router.data_asked").search(reading.text):
        return False
    if (
        reading.metrics
        or reading.dimensions
        or reading.filters
        or reading.quality
        or reading.methods
    ):
        return False
    if who.customers or who.segments or who.all_segments or reading.formats or reading.numbers:
        return False
    latin = re.findall(r"[a-z]+", reading.text)
    chinese = wording("asking.vague_zh").sub("", re.sub(r"[a-z]+", "", reading.text))
    vague = wording("asking.vague")
    return not chinese and all(vague.fullmatch(word) for word in latin) and "you" not in latin


_OF_EVERYBODY = ("query_customers", "describe_customers", "evaluate_segments", "track_segments",
                 "forecast_demand", "list_segments")  # fmt: skip
"""Tools that answer without being told of whom."""


def points_nowhere(tool: str, reading: Reading) -> bool:
    """Whether somebody is pointed at, in a first question, whom nothing before can name."""
    who, words = reading.who, len(reading.text.split())
    if tool not in _OF_EVERYBODY or who.customers or who.segments or who.all_segments:
        return False
    if reading.filters or wording("asking.somebody").search(reading.text):
        return False
    return bool(
        (tool == "track_segments" and "segment" in who.pointers)
        or "them" in who.pointers
        or ("it" in who.pointers and words <= (5 if supports(tool, reading) else 9))
    )


def is_for_everyone(tool: str, reading: Reading) -> bool:
    """What to offer needs no group where everybody is meant."""
    return tool == "recommend_products" and bool(wording("slots.everyone").search(reading.text))


def waits_for_the_button(reading: Reading, memory: Memory) -> bool:
    """Whether a plain yes follows an export that was offered: the user's button is the yes."""
    offered = memory.last is not None and memory.last.tool == "export_audience"
    plain = reading.text.strip()
    return offered and not memory.pending and bool(wording("followup.assent").fullmatch(plain))


def what_is_missing(tool: str, reading: Reading) -> str:
    """What to ask for a call that is not complete."""
    pointers = reading.who.pointers
    for thing in ("product", "country"):
        if thing in pointers:
            return thing
    if tool in ("query_customers", "describe_customers") or tool not in REQUIRED:
        return "segment" if pointers & {"segment", "other", "two", "them", "it"} else "subject"
    group = REQUIRED[tool][0]
    if "customer" in pointers and any(name.startswith("customer") for name in group):
        return "customer"
    if len(group) > 1:
        return {"find_similar_customers": "customer"}.get(tool, "segment_or_customer")
    return {"customer_id": "customer", "kind": "chart"}.get(group[0], group[0])
