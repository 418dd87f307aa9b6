"""More, less, alike, prefers: differences that no fact marks as clear, or that go the other way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.grounding.around import (
    items_near,
    metric_near,
    negated,
    of_metric,
    sides,
    told_alike,
)
from assistant.grounding.boards import Board
from assistant.grounding.evidence import Evidence
from assistant.grounding.phrases import Found, words
from assistant.grounding.problems import Problem
from assistant.grounding.ranks import placed
from assistant.grounding.reading import Reading

__all__ = ["comparison_problems"]

_NO_OTHER = {
    "en": re.compile(r"\bno (?:other )?(?:segment|group|customer group)\b[^,;.]*$", re.IGNORECASE),
    "zh": re.compile(r"没有(?:其他|别的|哪个|任何)?(?:一个)?(?:客群|群体)[^，。；]*$"),
}
"""`no other segment spends more`: a first place."""


def comparison_problems(
    reading: Reading, evidence: Sequence[Evidence], boards: Sequence[Board]
) -> Iterator[Problem]:
    """Differences that no fact marks as clear, or that go the other way."""
    lists, advice = words(reading.language), reading.advises
    taken: list[tuple[int, int]] = [(q.start, q.end) for q in reading.quantities]
    taken += [(m.start, m.end) for m in reading.metrics if " " in reading.plain[m.start : m.end]]
    for hit in lists.phrases("own_direction").find(reading.plain):
        if any(hit.start < b and a < hit.end for a, b in taken) or _an_amount(reading, hit):
            continue
        concept, _, way = hit.name.rpartition("_")
        taken.append(hit.span)
        if not advice and not _compares(reading, hit, evidence, frozenset({concept}), way == "up"):
            yield _problem("comparison", reading, hit)
    for way in ("up", "down", "same", "leaning"):
        for hit in lists.phrases(way).find(reading.plain):
            if any(hit.start < b and a < hit.end for a, b in taken) or _an_amount(reading, hit):
                continue
            if not _apt(reading, hit, evidence, boards, way, advice):
                yield _problem("comparison", reading, hit)
            taken.append(hit.span)


def _an_amount(reading: Reading, hit: Found) -> bool:
    """`£626 more revenue`: how much more is a number, and is checked as one."""
    english = reading.language == "en"
    return english and any(0 <= hit.start - q.end <= 1 for q in reading.quantities)


def _problem(kind: str, reading: Reading, hit: Found) -> Problem:
    return Problem(kind, reading.text[hit.start : hit.end])  # type: ignore[arg-type]


def _apt(
    reading: Reading,
    hit: Found,
    evidence: Sequence[Evidence],
    boards: Sequence[Board],
    way: str,
    advice: bool,
) -> bool:
    if way == "leaning":
        return advice or _leans(reading, hit, evidence)
    if way == "same":
        return advice or not _has_comparand(reading, hit) or _is_same(reading, hit, evidence)
    if _NO_OTHER[reading.language].search(reading.plain[: hit.start]):
        return placed(reading, hit, evidence, boards, 1, way == "down")
    if not _has_comparand(reading, hit) and (advice or not _before_metric(reading, hit)):
        return True
    return _compares(reading, hit, evidence, None, way == "up")


def _has_comparand(reading: Reading, hit: Found) -> bool:
    """Whether anything is held against: `than others`, `above average`, `compared with`."""
    near = [m for m in reading.groups if m.keys != {"own"} and (m.compared or m.keys & {"rest"})]
    if any(m.start >= hit.start - 60 for m in near):
        return True
    after = reading.plain[hit.end : hit.end + 40]
    return bool(re.match(r"(?:[\s\w'’-]{0,30}?)\bthan\s+(?!\s*[\d£€$])", after))


def _before_metric(reading: Reading, hit: Found) -> bool:
    return any(0 <= m.start - hit.end <= 2 for m in reading.metrics)


def _compares(
    reading: Reading,
    hit: Found,
    evidence: Sequence[Evidence],
    concept: frozenset[str] | None,
    up: bool,
) -> bool:
    """Whether a fact marks the difference, in this direction."""
    up = up != negated(reading, hit.start)
    metric = concept or metric_near(reading, hit)
    items = items_near(reading, hit)
    fitting = [
        e
        for e in evidence
        if not e.told and of_metric(e, metric) and (bool(e.items & items) or not e.items)
    ]
    who, whom = sides(reading, hit)
    if metric is None and (noun := _noun_after(reading, hit)):
        fitting = [e for e in fitting if e.kind == noun]
    told = told_alike(reading, hit, evidence)
    if whom and not whom & {"rest", "all"}:
        differ = _values_differ(fitting, who, whom, up)
        return told if differ is None else differ
    if not whom and (differ := _items_differ(reading, hit, evidence, metric, up)) is not None:
        return differ
    own = [e for e in fitting if not e.is_rest and _is_of(e, who)]
    own = [e for e in own if e.items] or own
    tested = [e for e in own if e.given.lift is not None]
    if tested:
        return any(e.given.clear and ((e.given.lift or 0) > 1) == up for e in tested)
    if reading.about.subject:
        return False
    differ = _values_differ(fitting, who, frozenset({"rest", "all"}), up)
    return told if differ is None else differ


def _items_differ(
    reading: Reading,
    hit: Found,
    evidence: Sequence[Evidence],
    metric: frozenset[str] | None,
    up: bool,
) -> bool | None:
    """`France has more customers than Spain`; None where two such numbers are not known."""
    before = [m.keys for m in reading.items if m.end <= hit.start]
    after = [m.keys for m in reading.items if m.start >= hit.end]
    noun = _noun_after(reading, hit)
    if not before or not after or not _has_comparand(reading, hit):
        return None
    pairs = [
        (a.value, b.value)
        for a in evidence
        for b in evidence
        if a.items & before[0] and b.items & after[0] and a.metric == b.metric and not a.told
        and (a.role, a.kind, a.whom) == (b.role, b.kind, b.whom)
        and (a.kind == noun if metric is None and noun else of_metric(a, metric))
    ]  # fmt: skip
    known = [(a, b) for a, b in pairs if a is not None and b is not None and a != b]
    return any((a > b) == up for a, b in known) if known else None


def _noun_after(reading: Reading, hit: Found) -> str:
    """`more customers` compares numbers of customers."""
    found = words(reading.language).phrases("units").find(reading.plain[hit.end : hit.end + 16])
    return found[0].name if found and found[0].start <= 1 else ""


def _is_of(e: Evidence, who: frozenset[str]) -> bool:
    return not who or e.whom in who


def _values_differ(
    fitting: Sequence[Evidence], who: frozenset[str], whom: frozenset[str], up: bool
) -> bool | None:
    """Two numbers of the same metric, compared as they are; None where there are no two."""
    seen = False
    for a in fitting:
        if a.value is None or not _is_of(a, who):
            continue
        for b in fitting:
            other = b.whom in whom or ("rest" in whom and b.is_rest)
            alike = (a.metric, a.role, a.kind, a.items) == (b.metric, b.role, b.kind, b.items)
            if other and b.value is not None and alike and a.whom != b.whom:
                seen = True
                if a.value != b.value and (a.value > b.value) == up:
                    return True
    return False if seen else None


def _is_same(reading: Reading, hit: Found, evidence: Sequence[Evidence]) -> bool:
    metric, (who, _) = metric_near(reading, hit), sides(reading, hit)
    fitting = [
        e for e in evidence if e.given.lift is not None and of_metric(e, metric) and _is_of(e, who)
    ]
    return any(not e.given.clear for e in fitting) or not (fitting or reading.about.subject)


def _leans(reading: Reading, hit: Found, evidence: Sequence[Evidence]) -> bool:
    """`prefers X`: where the facts hold X against others, it must be more, and clearly."""
    named = [m.keys for m in reading.items if m.start >= hit.start - 40]
    items = frozenset().union(*named)
    up = not negated(reading, hit.start)
    lifts = [e for e in evidence if e.items & items and e.given.lift is not None]
    if items:
        return not lifts or any(e.given.clear and ((e.given.lift or 0) > 1) == up for e in lifts)
    return bool(reading.metrics) or bool(reading.quantities)
