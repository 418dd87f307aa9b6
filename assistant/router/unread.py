"""What a question says and its call does not take up: told to the user, never dropped in silence.

A split by a word that no column has is asked back about; conditions that a tool cannot be narrowed
by, or that nothing here is known to mean, are named beside the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from assistant.router.catalogue import Catalogue
from assistant.router.churn import asks_churn
from assistant.router.concentration import asks_concentration, shares_untold
from assistant.router.examples import counting_words
from assistant.router.lexicon import has_cjk, lexicon
from assistant.router.metrics import is_about_risk, ranks_customers
from assistant.router.moments import Span, compares_days, days_of_the_week, moments
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.scan import TAKEN

__all__ = ["days_split", "splits", "takes_conditions", "unknown_split", "unread"]

_NARROWED = ("query_customers", "describe_customers", "find_similar_customers")
"""Tools that take conditions."""
_COUNTED = ("query_customers", "describe_customers")
_SPLIT = ("forecast_demand", "analyse_funnel")
"""Tools that split what they tell."""
_TELL_WHEN = (
    "profile_segment", "explain_segment", "compare_segments", "describe_customer",
    "evaluate_segments", "plan_campaign", "export_audience", "run_clustering",
    "choose_segment_count",
)  # fmt: skip
"""Tools whose answers say on which days and at what times people shop, or are of no time at all."""
_PERIOD = "june 2011"
_CONDITIONS = (
    "the red mug", "kitchen", "france", "newsletter channel", "without an order for 90 days",
    "ordered within 90 days", "spent more than 90", "more than 9 orders", _PERIOD,
)  # fmt: skip
"""What conditions read as once they are understood, besides `... above 90`."""
_BESIDES = {"track_segments": (_PERIOD,), "plan_campaign": ("the red mug", "kitchen")}
"""Of these, what a tool takes as something else than a condition, or is of what is offered."""


_HABITS = ("newness", "often")
_SHARES = ("stars", "people", "top_share")
"""Of `patterns.yaml`: how new and how frequent customers are; parts of them that nothing tells."""


def unread(tool: str, args: Mapping[str, Any], reading: Reading) -> tuple[str, ...]:
    """The conditions and splits of a question that a call leaves out, in the user's words."""
    when = [] if tool in _TELL_WHEN else [*moments(reading), *_said(_HABITS, reading)]
    if tool == "describe_customers" and asks_concentration(reading):
        return _typed([*when, *shares_untold(reading)], reading)
    if tool in _COUNTED:
        told = days_of_the_week(reading) if args.get("by") == "weekday" else []
        asides = [*when, *_said(_groups(reading), reading), *_strange(reading)]
        return _typed(_beside(asides, told), reading)
    if takes_conditions(tool):
        return ()
    split = unknown_split(reading) if tool in _SPLIT and "by" not in args else None
    return (*_typed([*when, *_unused(tool, reading)], reading), *([split] if split else []))


def _said(kinds: Sequence[str], reading: Reading) -> list[Span]:
    """Where something of these kinds is said that was not taken for a condition."""
    # A length of time in `twice a week` is taken for one: how often is looked for in all the text.
    texts = {"often": reading.text}
    found = (wording(f"unread.{k}").finditer(texts.get(k, reading.own)) for k in kinds)
    return [match.span() for matches in found for match in matches]


def _groups(reading: Reading) -> Sequence[str]:
    """Kinds of groups looked for; `loyal` and `lapsed` may be what a condition says in numbers."""
    told = reading.filters_on("orders", "days_since_last_order", "revenue")
    known = told or ranks_customers(reading) or is_about_risk(reading) or asks_churn(reading)
    return _SHARES if known else (*_SHARES, "vague")


def days_split(args: Mapping[str, Any], reading: Reading) -> tuple[str, ...]:
    """`on Sundays`, where every weekday is told instead: nothing can be narrowed to one."""
    if args.get("by") != "weekday" or compares_days(reading):
        return ()
    return _typed(days_of_the_week(reading), reading)


def takes_conditions(tool: str) -> bool:
    """Whether a tool can be narrowed by conditions."""
    return tool in _NARROWED


def _beside(spans: Sequence[Span], told: Sequence[Span]) -> list[Span]:
    """The pieces that no other piece reaches into."""
    return [(a, b) for a, b in spans if not any(a < end and start < b for start, end in told)]


def _typed(spans: Sequence[Span], reading: Reading) -> tuple[str, ...]:
    """Pieces as they were typed, in their order; of two that overlap the longer one."""
    kept: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span)):
        kept += _beside([(start, end)], kept)
    pieces = (_as_typed(reading.text[start:end], reading) for start, end in sorted(kept))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def _unused(tool: str, reading: Reading) -> list[Span]:
    """Conditions that are understood, for a tool that takes none."""
    if not reading.filters:
        return []
    besides = _BESIDES.get(tool, ())
    return [
        (start, end)
        for start, end, said in sorted(reading.scan.stands_for)
        if (said in _CONDITIONS or said.endswith(" above 90"))
        and said not in besides
        and not (tool == "export_audience" and lexicon("formats").find(reading.text[start:end]))
    ]


def _strange(reading: Reading) -> list[Span]:
    """`customers who wear glasses`, `客户戴眼镜的`: said of people, and nothing known in it."""
    if ranks_customers(reading) or is_about_risk(reading) or asks_churn(reading):
        return []
    kind = "unread.condition_zh" if has_cjk(reading.own) else "unread.condition"
    found = wording(kind).finditer(reading.own)
    spans = [_core(*match.span(match.lastgroup or 0), reading.own) for match in found]
    spans = [span for span in (*spans, *_places(reading)) if _is_strange(*span, reading)]
    return [*spans, *_phrases(reading)]


def _phrases(reading: Reading) -> list[Span]:
    """`via mobile`, `with a coupon`, `移动端的销售额`: how or of what, and nothing known in it."""
    kind = "unread.phrase_zh" if has_cjk(reading.own) else "unread.phrase"
    spans = (match.span() for match in wording(kind).finditer(reading.own))
    return [span for span in spans if _is_unknown(*span, reading)]


def _is_unknown(start: int, end: int, reading: Reading) -> bool:
    """Whether more than words known from everywhere is left beside what numbers are called."""
    said = list(reading.own)
    for hit in (*reading.metrics, *reading.dimensions):
        said[hit.start : hit.end] = " " * (hit.end - hit.start)
    left = "".join(said[start:end])
    if has_cjk(left):
        return len(re.sub(r"\W", "", wording("unread.common_zh").sub("", left))) > 1
    if wording("unread.no_phrase").fullmatch(left.strip()):
        return False
    words = set(re.findall(r"[a-z][a-z'-]*", left)) - counting_words()
    return any(not wording("unread.common").fullmatch(word) for word in words)


def _places(reading: Reading) -> list[tuple[int, int]]:
    """`revenue in Bavaria`: a name with a capital that is no country of the data."""
    found = wording("unread.place").finditer(reading.own)
    typed = re.findall(r"(?<=\s)[A-Z][a-z]{3,}", reading.question)
    names = {name.lower() for name in typed}
    return [match.span("said") for match in found if match["name"].split()[-1] in names]


def _core(start: int, end: int, text: str) -> tuple[int, int]:
    """A piece of Chinese without the words before it that ask: `有多少戴眼镜` says `戴眼镜`."""
    if has_cjk(text[start:end]):
        while match := wording("unread.common_zh").match(text, start, end):
            start = match.end()
    return start, end


def _is_strange(start: int, end: int, reading: Reading) -> bool:
    said = reading.own[start:end]
    if has_cjk(said):
        return _is_unknown(start, end, reading)
    known = (*reading.metrics, *reading.dimensions, *lexicon("concepts").find(reading.own))
    if any(hit.start < end and start < hit.end for hit in known):
        return False
    words = re.findall(r"[a-z][a-z'-]*", said)
    return any(not wording("unread.common").fullmatch(word) for word in words)


def unknown_split(reading: Reading) -> str | None:
    """`revenue by planet`: what comes after `by` where that is nothing the data can be split by."""
    for match in wording("unread.split").finditer(reading.own):
        start, end = match.span("said" if match["said"] else "zh")
        known = (*reading.metrics, *reading.dimensions)
        named = any(hit.start < end and start < hit.end for hit in known)
        said = reading.text[start:end].strip()
        taken = reading.own[start:end].startswith(TAKEN)
        if taken and not wording("unread.timed").fullmatch(said):
            continue
        if said and not named and not _splits_nothing(said):
            return _as_typed(said, reading)
    return None


def _splits_nothing(said: str) -> bool:
    """`by far`, `by the way`, `各自`: words that name no column anywhere."""
    word = wording("unread.no_split")
    return bool(word.fullmatch(said) or word.fullmatch(said.split()[0]))


def splits(catalogue: Catalogue) -> tuple[str, ...]:
    """What a number can be split by in this shop."""
    goods = (("category", catalogue.categories), ("product", catalogue.products))
    fixed = ["segment", *(name for name, there in goods if there), "month", "weekday", "customer"]
    few = (name for name, values in catalogue.fields.items() if len(values) > 1)
    return tuple(dict.fromkeys([*fixed, *few]))


def _as_typed(said: str, reading: Reading) -> str:
    said = said.strip(" ,.;:?!，。；：？！")
    match = re.search(re.escape(said), reading.question, re.I)
    return match.group() if match else said
