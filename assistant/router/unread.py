"""What a question says and its call does not take up: told to the user, never dropped in silence.

A split by a word that no column has is asked back about; conditions that a tool cannot be narrowed
by, or that nothing here is known to mean, are named beside the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from assistant.router.catalogue import Catalogue
from assistant.router.lexicon import has_cjk, lexicon
from assistant.router.metrics import is_about_risk, ranks_customers
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.scan import TAKEN

__all__ = ["splits", "takes_conditions", "unknown_split", "unread"]

_NARROWED = ("query_customers", "describe_customers", "find_similar_customers")
"""Tools that take conditions."""
_COUNTED = ("query_customers", "describe_customers")
_SPLIT = ("forecast_demand", "analyse_funnel")
"""Tools that split what they tell."""
_PERIOD = "june 2011"
_CONDITIONS = (
    "the red mug", "kitchen", "france", "newsletter channel", "without an order for 90 days",
    "ordered within 90 days", "spent more than 90", "more than 9 orders", _PERIOD,
)  # fmt: skip
"""What conditions read as once they are understood, besides `... above 90`."""
_BESIDES = {"track_segments": (_PERIOD,), "plan_campaign": ("the red mug", "kitchen")}
"""Of these, what a tool takes as something else than a condition, or is of what is offered."""


def unread(tool: str, args: Mapping[str, Any], reading: Reading) -> tuple[str, ...]:
    """The conditions and splits of a question that a call leaves out, in the user's words."""
    if tool in _COUNTED:
        return _strange(reading)
    if takes_conditions(tool):
        return ()
    split = unknown_split(reading) if tool in _SPLIT and "by" not in args else None
    return (*_unused(tool, reading), *([split] if split else []))


def takes_conditions(tool: str) -> bool:
    """Whether a tool can be narrowed by conditions."""
    return tool in _NARROWED


def _unused(tool: str, reading: Reading) -> tuple[str, ...]:
    """Conditions that are understood, for a tool that takes none."""
    if not reading.filters:
        return ()
    besides = _BESIDES.get(tool, ())
    places = (
        (start, end)
        for start, end, said in sorted(reading.scan.stands_for)
        if (said in _CONDITIONS or said.endswith(" above 90")) and said not in besides
    )
    pieces = (_as_typed(reading.text[start:end], reading) for start, end in places)
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def _strange(reading: Reading) -> tuple[str, ...]:
    """`customers who wear glasses`, `客户戴眼镜的`: said of people, and nothing known in it."""
    if ranks_customers(reading) or is_about_risk(reading):
        return ()
    kind = "unread.condition_zh" if has_cjk(reading.own) else "unread.condition"
    found = wording(kind).finditer(reading.own)
    spans = [_core(*match.span(match.lastgroup or 0), reading.own) for match in found]
    spans += _places(reading)
    said = [reading.own[start:end] for start, end in spans if _is_strange(start, end, reading)]
    return tuple(dict.fromkeys(_as_typed(piece, reading) for piece in said))


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
    known = (*reading.metrics, *reading.dimensions, *lexicon("concepts").find(reading.own))
    if any(hit.start < end and start < hit.end for hit in known):
        return False
    said = reading.own[start:end]
    if has_cjk(said):
        return len(wording("unread.common_zh").sub("", said)) > 1
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
