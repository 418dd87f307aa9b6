"""First, second, last: places that facts state or that follow from their lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.grounding.around import has_item, metric_near, of_metric, told_alike
from assistant.grounding.boards import Board, is_placed
from assistant.grounding.evidence import Evidence
from assistant.grounding.figures import supports
from assistant.grounding.phrases import Found, words
from assistant.grounding.problems import Problem
from assistant.grounding.quantities import Quantity
from assistant.grounding.reading import Mention, Reading, touches

__all__ = ["bare_ranks", "placed", "rank_problems", "superlatives"]

MAIN = 0.2
_RANKED = {
    "en": r"\b(?:rank(?:s|ed|ing)?|comes?|came|place[sd]?|position|number|no\.|in)\b[^,;.]{0,12}$",
    "zh": r"(?:排名?|位列|位居|居|列)(?:在)?\s*$",
}
_RANKS = {
    "en": r"\s*(?:in|by|for|on|of|among|place|after)\b",
    "zh": r"\s*(?:大|高|低|位|名|多|少|小|强)",
}
_BY_SIZE = re.compile(r"largest|biggest|smallest|最大|最小", re.IGNORECASE)
_TO_NAME = {
    "en": re.compile(
        r"[\s\w'’]{0,24}?\b(?:for|in|is|was|are|of|goes to|on|from|by|at|comes? from|"
        r"belongs to)?\s*"
        r"(?:the\s+)?[:“\"]?\s*", re.IGNORECASE,
    ),
    "zh": re.compile(r"[^，。；,]{0,6}?(?:的是|为|是|：|:|来自|出现在|在|属于)\s*[“\"]?"),
}  # fmt: skip


def rank_problems(
    reading: Reading, evidence: Sequence[Evidence], boards: Sequence[Board]
) -> Iterator[Problem]:
    """Places that the facts do not state and that do not follow from their lists."""
    for hit in superlatives(reading):
        place, start = _nth(reading, hit)
        if not placed(reading, hit, evidence, boards, place, hit.name == "last"):
            yield Problem("rank", reading.text[start : hit.end])
    for q, last in bare_ranks(reading):
        hit = Found(q.start, q.end, "first")
        if not placed(reading, hit, evidence, boards, int(q.value), last):
            yield Problem("rank", reading.text[q.start : q.end])
    yield from _tops(reading, boards)


def superlatives(reading: Reading) -> list[Found]:
    """`highest`, `last`: words that give somebody a place."""
    lists = words(reading.language)
    fine = [f.span for f in lists.phrases("not_superlative").find(reading.plain)]
    return [
        hit
        for hit in lists.phrases("superlatives").find(reading.plain)
        if not touches(hit.span, fine)
        and not _counts(reading, hit)
        and (not reading.advises or _of_segments(reading, hit))
    ]


def _counts(reading: Reading, hit: Found) -> bool:
    """`the top 5`: how many, not which."""
    return any(
        q.start <= hit.start < q.end or (q.kind == "top" and q.start - 1 <= hit.end <= q.start + 1)
        for q in reading.quantities
        if q.kind != "rank"
    )


def _of_segments(reading: Reading, hit: Found) -> bool:
    around = reading.plain[hit.start : hit.end + 24].lower()
    return any(word in around for word in ("segment", "group", "of all", "客群", "群体"))


def _nth(reading: Reading, hit: Found) -> tuple[int, int]:
    """`third largest` → 3."""
    for q in reading.quantities:
        if q.kind == "rank" and 0 <= hit.start - q.end <= 2:
            return int(q.value), q.start
    return 1, hit.start


def placed(
    reading: Reading,
    hit: Found,
    evidence: Sequence[Evidence],
    boards: Sequence[Board],
    place: int,
    last: bool,
) -> bool:
    metric, turned = _ranked_metric(reading, hit)
    last = last != turned
    entries = [
        e for e in evidence if e.value is not None and not e.told and not e.role
        and not e.is_rest and of_metric(e, metric)
    ]  # fmt: skip
    entries = _claimants(reading, hit, entries)
    backed = [
        e for e in entries if metric is None and any(supports(q, e) for q in reading.quantities)
    ]
    named = metric is not None or reading.items
    seen = [is_placed(boards, e, place, last) for e in backed or (entries if named else [])]
    known = [one for one in seen if one is not None]
    if known:
        return any(known)
    return _main_market(reading, hit, evidence) or told_alike(reading, hit, evidence)


def _ranked_metric(reading: Reading, hit: Found) -> tuple[frozenset[str] | None, bool]:
    lists = words(reading.language)
    turned = any(
        f.start < hit.end and hit.start < f.end
        for f in lists.phrases("reversed").find(reading.plain)
    )
    for found in lists.phrases("superlative_metrics").find(reading.plain):
        if found.start < hit.end and hit.start < found.end:
            return frozenset({found.name}), turned
    here = {reading.cell(hit.start), reading.cell(hit.end)}
    near = any(reading.cell(m.start) in here for m in reading.metrics)
    if _BY_SIZE.match(reading.plain[hit.start : hit.end]) and not near and not reading.items:
        return frozenset({"size"}), turned
    return metric_near(reading, hit), turned


def _claimants(reading: Reading, hit: Found, entries: Sequence[Evidence]) -> list[Evidence]:
    """Those of whom the place is said: named beside it, else those whose number is."""
    named = [m for m in reading.groups if m.keys - {"own", "all", "rest"} and not m.compared]
    items = [m for m in reading.items if any(has_item(m.keys, e) for e in entries)]
    if items:
        keys = _beside(items, hit, reading).keys
        return [e for e in entries if has_item(keys, e)]
    if named:
        keys = _beside(named, hit, reading).keys
        return [e for e in entries if e.whom in keys]
    if default := reading.about.subject or reading.context:
        own = [e for e in entries if e.whom == default]
        if own or reading.about.subject:
            return own
    return [e for e in entries if any(supports(q, e) for q in reading.quantities)]


def _beside(mentions: Sequence[Mention], hit: Found, reading: Reading) -> Mention:
    """`highest for France`: what follows; else what stands before it; else what comes first."""
    after = [m for m in mentions if m.start >= hit.end]
    if after and _TO_NAME[reading.language].fullmatch(reading.plain[hit.end : after[0].start]):
        return after[0]
    before = [m for m in mentions if m.end <= hit.start]
    same = [m for m in after if reading.cell(m.start) == reading.cell(hit.start)]
    if before:
        return before[-1]
    return same[0] if same else after[0]


def _main_market(reading: Reading, hit: Found, evidence: Sequence[Evidence]) -> bool:
    """`largest market: France`, where the listed fact is of the country most of them buy from."""
    items = frozenset().union(*[m.keys for m in reading.items]) if reading.items else frozenset()
    return any(
        e.given.fact.subject.startswith("country:")
        and e.items & items
        and e.kind == "share"
        and (e.value or 0) >= MAIN
        and not e.is_rest
        for e in evidence
    ) and bool(reading.about.subject)


def bare_ranks(reading: Reading) -> Iterator[tuple[Quantity, bool]]:
    """`ranks third in revenue`, `第二大`: the place, and whether it counts from the bottom."""
    hits = words(reading.language).phrases("superlatives").find(reading.plain)
    for q in reading.quantities:
        near = any(0 <= hit.start - q.end <= 2 for hit in hits)
        before, after = reading.plain[: q.start], reading.plain[q.end :]
        ranked = re.search(_RANKED[reading.language], before, re.I) and re.match(
            _RANKS[reading.language] + r"|[\s.,;)。，；）]|$", after
        )
        if (
            q.kind != "rank"
            or near
            or not (ranked or (reading.language == "zh" and re.match(_RANKS["zh"], after)))
        ):
            continue
        last = (reading.language == "zh" and bool(re.match(r"\s*(?:低|少|小)", after))) or bool(
            re.search(r"倒数$|from (?:the )?(?:bottom|last)", before + after[:18])
        )
        yield q, last


def _tops(reading: Reading, boards: Sequence[Board]) -> Iterator[Problem]:
    """`the top 5`: a list of so many, from the top, with those in it that are named."""
    for q in reading.quantities:
        if q.kind != "top":
            continue
        before = reading.plain[max(0, q.start - 10) : q.start].lower()
        bottom = "bottom" in before or "后" in before or "lowest" in before
        names = [m.keys for m in reading.items]
        own = [b for b in boards if any(has_item(k, e) for k in names for e in b.entries)][:1]
        if not any(_lists(board, int(q.value), bottom, reading) for board in own or boards[:1]):
            yield Problem("rank", reading.text[q.start : q.end])


def _lists(board: Board, n: int, bottom: bool, reading: Reading) -> bool:
    known = board.bottom if bottom else board.top
    if not known or len(board.entries) < n:
        return False
    part = board.entries[-n:] if bottom else board.entries[:n]
    names = [m.keys for m in reading.items if any(m.keys & e.items for e in board.entries)]
    return all(any(keys & e.items for e in part) for keys in names)
