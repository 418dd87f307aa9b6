"""Turns that lean on earlier ones: "and segment 2?", "make it 8", "only in Germany"."""

from __future__ import annotations

import re

from assistant.router.amending import AMEND, amend_segment, merge
from assistant.router.catalogue import Catalogue
from assistant.router.charting import chart_kind, redrawn
from assistant.router.lexicon import lexicon
from assistant.router.memory import Call, Memory
from assistant.router.metrics import choose_dimension, choose_metric, find_order
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.scan import regex
from assistant.router.slots import REQUIRED, Args, all_filters, fill
from assistant.router.subjects import plain_number

__all__ = [
    "adds_to",
    "amend",
    "bare_call",
    "is_continuation",
    "is_of_the_answer",
    "is_whole",
    "largest",
    "method_meant",
    "named_by_place",
    "names_metric_and_split",
    "opens_as_continuation",
    "plainly",
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


def plainly(memory: Memory, reading: Reading, catalogue: Catalogue) -> Call | None:
    """What a few words can only mean after the last call, whatever else they sound like."""
    last = memory.last
    assert last is not None
    if wording("router.lone_language").search(reading.text):
        return last
    if wording("router.again").search(reading.text):
        return last
    if adds_to(last, reading) or is_narrower(last, reading):
        return amend(last, reading, catalogue, memory)
    return largest(last, reading) or _against(memory, reading, catalogue)


_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def named_by_place(tool: str, reading: Reading, catalogue: Catalogue) -> Args:
    """`the third`, said when a segment was asked for."""
    match = wording("followup.ordinal").search(reading.text)
    takes_one = any("segment" in group for group in REQUIRED.get(tool, ()))
    if not match or not takes_one or reading.who.customers:
        return {}
    word, number = match["word"], match["n"] or match["m"]
    place = _PLACES.index(word) + 1 if word else int(number)
    return {"segment": place} if place in catalogue.segments else {}


def _against(memory: Memory, reading: Reading, catalogue: Catalogue) -> Call | None:
    """`vs 4`: the segment spoken of last beside another."""
    match = wording("followup.versus").search(reading.masked)
    bare = [int(n.value) for n in reading.numbers if n.value in catalogue.segments]
    named = [*reading.who.segments, *bare]
    others = [segment for segment in memory.segments if segment not in named]
    if not match or len(named) != 1 or not others or memory.spoke_of != "segment":
        return None
    return Call("compare_segments", {"segments": [others[-1], named[0]]})


def adds_to(call: Call, reading: Reading) -> bool:
    """`include segment 5 too`, after segments were compared: one more of what was named."""
    more = {
        "compare_segments": reading.who.segments,
        "find_similar_customers": reading.who.customers,
    }
    return len(more.get(call.tool, ())) == 1 and bool(
        wording("followup.joins").search(reading.text)
    )


def is_narrower(call: Call, reading: Reading) -> bool:
    """`could we restrict that to Spain?`: the last call, with the conditions that are said."""
    counts = call.tool in ("query_customers", "describe_customers")
    return (
        counts
        and bool(reading.filters or reading.who.segments)
        and bool(wording("followup.narrows").search(reading.text))
    )


def is_of_the_answer(call: Call, reading: Reading) -> bool:
    """`how many orders is that per month?`: of those the last answer was about."""
    counts = call.tool in ("query_customers", "describe_customers")
    return counts and bool(wording("followup.of_the_answer").search(reading.text))


def method_meant(call: Call, reading: Reading) -> Args:
    """The method of the last call, where `with that method` points at it."""
    method = call.args.get("method")
    said = method and wording("followup.same_method").search(reading.text)
    return {"method": method} if said else {}


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
        return redrawn(call, kind, reading)
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
        method = call.args.get("method")
        return Call("run_clustering", {"n_segments": n} | ({"method": method} if method else {}))
    if "segment" in call.args and (segment := _same_for(reading, catalogue)):
        return Call(call.tool, call.args | {"segment": segment})
    changed = AMEND.get(call.tool, amend_segment)(dict(call.args), reading, catalogue)
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
            args["filters"] = merge(call.args["filters"], args.get("filters", []))
        return Call("query_customers", args)
    if reading.filters and call.tool not in ("run_clustering",):
        return Call("describe_customers", {"filters": all_filters(reading)})
    return None


def bare_call(reading: Reading, catalogue: Catalogue) -> Call | None:
    """What a question that only names something is about, when nothing was said before."""
    who = reading.who
    if who.customers:
        return Call("describe_customer", {"customer_id": who.customers[0]})
    if len(who.segments) > 1 and not choose_metric(reading, count_words=False):
        return Call("compare_segments", {"segments": list(who.segments)})
    if who.segments and not reading.metrics:
        return Call("profile_segment", {"segment": who.segments[0]})
    if wording("router.drawn").search(reading.text) and chart_kind(reading):
        return Call("draw_chart", fill("draw_chart", reading, catalogue))
    if reading.methods:
        return Call("run_clustering", fill("run_clustering", reading, catalogue))
    if reading.quality:
        return Call("evaluate_segments", fill("evaluate_segments", reading, catalogue))
    metric = choose_metric(reading, count_words=False)
    if metric and (metric != "customers" or reading.dimensions):
        return Call(
            "query_customers", fill("query_customers", reading, catalogue) | {"metric": metric}
        )
    if any(condition.field != "ordered_at" for condition in reading.filters):
        return Call("describe_customers", {"filters": all_filters(reading)})
    return None
