"""Whom, what and which metric a number of a sentence speaks of.

A number belongs to what is named nearest in its own cell; where nothing is, to what was named
before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.grounding.concepts import GENERIC, may_measure
from assistant.grounding.phrases import words
from assistant.grounding.quantities import Quantity
from assistant.grounding.reading import FILL, Mention, Reading

__all__ = ["Scope", "is_partitive", "scope_of"]

_PARTITIVE = {
    "en": re.compile(
        r"\b(?:of|out of|among|from)\s+(?:the\s+|all\s+|our\s+|your\s+|all\s+the\s+|"
        r"a\s+total\s+of\s+|the\s+shop's\s+|the\s+other\s+|all\s+our\s+)?$",
        re.I,
    ),
    "zh": re.compile(r"(?:全部|全店|所有|全部的|合计)\s*$"),
}
_VERSUS = {
    "en": re.compile(
        r"\b(?:against|versus|vs\.?|not|compared (?:with|to)|rather than|instead of|"
        r"than(?: the)?|from|elsewhere|up from|down from)\s+(?:an? |the |an average of |"
        r"about |around |only |just |roughly |everyone's )*$",
        re.I,
    ),
    "zh": re.compile(r"(?:对比|相比|相较于|而非|(?<![占同环])比|vs\.?|对|较|于)\s*(?:平均)?$"),
}
_TIE = re.compile(r"\s*(?:in|of|for|on|from|per|at)\s+(?:the\s+)?[“\"]?", re.IGNORECASE)
_AND = re.compile(
    r"[“”\"\s]*(?:,|、|，|and|or|&|和|与|及|,\s*and)[“”\"\s]*(?:segment\s*|客群\s*)?[“\"]?",
    re.IGNORECASE,
)
_JOINT = re.compile(
    r"\s*(?:of|is|was|at|are|were|equals|stands at|averages|reaches|comes to|=|:|"
    r"：|为|是|达|有|在)?\s*"
    r"(?:an? |the |about |around |nearly |almost |over |约|近|逾|超过)?\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Scope:
    """What a number speaks of, as far as the sentence says so; None where it does not.

    Args:
        near: of the metric: 2 right beside the number, 1 in its cell, 0 somewhere before it.
    """

    metric: frozenset[str] | None
    near: int
    groups: frozenset[str] | None
    items: frozenset[str] | None
    items_tight: bool


def scope_of(reading: Reading, quantity: Quantity) -> Scope:
    """What a number speaks of."""
    metric, tight = _bound(reading, quantity, _apt_metrics(reading, quantity))
    items, items_tight = _bound(reading, quantity, reading.items)
    keys = metric.keys if metric else None
    near = int(tight)
    if metric and not metric.keys <= GENERIC and _beside(reading, metric, quantity):
        near = 2
    named = _paired(reading, items, reading.items, quantity) if items else None
    return Scope(keys, near, _groups(reading, quantity), named, items_tight)


def _paired(
    reading: Reading, mention: Mention, mentions: Sequence[Mention], quantity: Quantity
) -> frozenset[str]:
    """`segments 1 and 2 have 40 and 30`: as many numbers as names belong in turn."""
    run = next((r for r in _runs(reading, mentions) if mention in r), [mention])
    if len(run) < 2 or run[0].start > quantity.start:
        return mention.keys
    nexts = [m.start for m in mentions if m.start > run[-1].start]
    until = min(nexts, default=len(reading.text))
    row = [
        q
        for q in reading.quantities
        if run[-1].end <= q.start < until
        and (q.kind == quantity.kind or "plain" in (q.kind, quantity.kind))
    ]
    if quantity in row and len(row) == len(run):
        return run[row.index(quantity)].keys
    return frozenset().union(*(m.keys for m in run))


def _runs(reading: Reading, mentions: Sequence[Mention]) -> list[list[Mention]]:
    """Names that are listed one after the other."""
    runs: list[list[Mention]] = []
    for one in mentions:
        if runs and _AND.fullmatch(reading.plain[runs[-1][-1].end : one.start].replace(FILL, "")):
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _beside(reading: Reading, mention: Mention, quantity: Quantity) -> bool:
    if mention.end <= quantity.start:
        return bool(_JOINT.fullmatch(reading.plain[mention.end : quantity.start]))
    return mention.start - quantity.end <= 4


def _apt_metrics(reading: Reading, quantity: Quantity) -> list[Mention]:
    """Metrics that have numbers of its kind, and what stands right before it."""
    return [
        m
        for m in reading.metrics
        if may_measure(m.keys, quantity.kind)
        or (m.end <= quantity.start and not m.keys <= GENERIC and _beside(reading, m, quantity))
    ]


def _bound(
    reading: Reading, quantity: Quantity, mentions: Sequence[Mention]
) -> tuple[Mention | None, bool]:
    outside = [m for m in mentions if not _inside(m, quantity)]
    own = [m for m in outside if reading.cell(m.start) == reading.cell(quantity.end - 1)]
    if own:
        plainer = [m for m in own if not m.keys <= GENERIC] or own
        return min(plainer, key=lambda m: _far(reading, m, quantity)), True
    left = [m for m in outside if m.end <= quantity.start]
    right = [m for m in outside if m.start >= quantity.end]
    if left:
        return left[-1], False
    return (right[0], False) if right else (None, False)


def _far(reading: Reading, mention: Mention, quantity: Quantity) -> float:
    """How far apart they stand; what is tied by a preposition is near."""
    if mention.start >= quantity.end:
        between = reading.plain[quantity.end : mention.start]
        return 0.5 if _TIE.fullmatch(between) else mention.start - quantity.end
    return _gap(mention, quantity)


def _groups(reading: Reading, quantity: Quantity) -> frozenset[str] | None:
    """Whom a number may be of."""
    found = _named_groups(reading, quantity)
    return found | {"all"} if found is not None and is_partitive(reading, quantity) else found


def is_partitive(reading: Reading, quantity: Quantity) -> bool:
    """`of the 4,338 customers`: what others are a part of."""
    after = reading.plain[quantity.end :]
    if reading.language == "zh" and re.match(
        r"\s*[位名个]?(?:客户|顾客)?(?:中|里|当中|之中)", after
    ):
        return True
    return bool(_PARTITIVE[reading.language].search(reading.plain[: quantity.start]))


def _named_groups(reading: Reading, quantity: Quantity) -> frozenset[str] | None:
    default = _default(reading)
    cell = reading.cell(quantity.end - 1)
    own = [m for m in reading.groups if reading.cell(m.start) == cell]
    if quantity.kind in ("ratio", "change"):
        own = [m for m in own if not m.keys & {"rest", "all", "own"}]
    if quantity.kind == "share":
        own = [m for m in own if not _is_whole(reading, m, quantity)]
    if own:
        named = [m for m in own if m.keys != {"own"} and not m.compared] or own
        nearest = min(named, key=lambda m: (_far(reading, m, quantity), m.start))
        if nearest.keys == {"own"}:
            return default
        if not nearest.compared:
            return _paired(reading, nearest, reading.others, quantity)
        return _with_default(reading, nearest, quantity, default)
    if _VERSUS[reading.language].search(reading.plain[: quantity.start]):
        return frozenset({"rest", "all"}) | (default or frozenset()) & frozenset()
    if _bracketed(reading, quantity):
        return frozenset({"rest"})
    return _inherited(reading, quantity, default)


def _is_whole(reading: Reading, mention: Mention, quantity: Quantity) -> bool:
    """`27% of everybody's demand`: what the part is of, not whose it is."""
    if mention.keys != {"all"}:
        return False
    if mention.end <= quantity.start:
        return bool(re.fullmatch(r"的?\s*约?\s*", reading.plain[mention.end : quantity.start]))
    return reading.plain[quantity.end : mention.start].strip().lower() in ("of", "of the")


def _default(reading: Reading) -> frozenset[str] | None:
    subject = reading.about.subject or reading.context
    return frozenset({subject}) if subject else None


def _with_default(
    reading: Reading, mention: Mention, quantity: Quantity, default: frozenset[str] | None
) -> frozenset[str] | None:
    """`more than everyone else at £240` may speak of either."""
    between = reading.plain[mention.end : quantity.start]
    if not mention.compared or re.fullmatch(r"(?:['’]s?|的)\s*", between):
        return mention.keys
    if mention.start > quantity.end:
        return None if default is None else mention.keys | default
    before = [
        m for m in reading.groups if m.end <= mention.start and not m.compared and m.keys != {"own"}
    ]
    other = before[-1].keys if before else default
    return None if other is None else mention.keys | other


def _bracketed(reading: Reading, quantity: Quantity) -> bool:
    """`In brackets the same for everyone else: ... £240 (£120)`."""
    if not words(reading.language).phrases("brackets").first(reading.plain):
        return False
    return bool(re.search(r"[(（]\s*$", reading.plain[: quantity.start]))


def _inherited(
    reading: Reading, quantity: Quantity, default: frozenset[str] | None
) -> frozenset[str] | None:
    left = [m for m in reading.groups if m.end <= quantity.start]
    if quantity.kind in ("ratio", "change"):
        left = [m for m in left if not m.keys & {"rest", "all"}]
    if left and left[-1].keys == {"own"}:
        return default
    if left:
        last = left[-1]
        if not last.compared and last in reading.others:
            return _paired(reading, last, reading.others, quantity)
        if not last.compared:
            return last.keys if last.keys != {"all"} or default is None else last.keys | default
        if re.fullmatch(r"['’s]{0,2}\s*[(（:：]\s*", reading.plain[last.end : quantity.start]):
            return None if default is None else last.keys | default
        plainer = [m for m in left if not m.compared and m.keys != {"own"}]
        other = plainer[-1].keys if plainer else default
        named = last.keys if any(k.startswith("segment") for k in last.keys) else frozenset()
        return None if other is None else other | named
    right = [m for m in reading.others if m.start >= quantity.end and not m.compared]
    if right and default is None:
        return right[0].keys | {"all"}
    return default


def _inside(mention: Mention, quantity: Quantity) -> bool:
    return quantity.start <= mention.start and mention.end <= quantity.end


def _gap(mention: Mention, quantity: Quantity) -> int:
    if mention.end <= quantity.start:
        return quantity.start - mention.end
    return max(0, mention.start - quantity.end)
