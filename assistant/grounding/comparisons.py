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
from assistant.grounding.figures import supports
from assistant.grounding.phrases import Found, words
from assistant.grounding.problems import Problem
from assistant.grounding.ranks import placed
from assistant.grounding.reading import Reading, touches

__all__ = ["compared", "comparison_problems"]

_NO_OTHER = {
    "en": re.compile(r"\bno (?:other )?(?:segment|group|customer group)\b[^,;.]*$", re.IGNORECASE),
    "zh": re.compile(r"没有(?:其他|别的|哪个|任何)?(?:一个)?(?:客群|群体)[^，。；]*$"),
}
"""`no other segment spends more`: a first place."""


def comparison_problems(
    reading: Reading, evidence: Sequence[Evidence], boards: Sequence[Board]
) -> Iterator[Problem]:
    """Differences that no fact marks as clear, or that go the other way."""
    for hit in compared(reading):
        if not _apt(reading, hit, evidence, boards):
            yield Problem("comparison", reading.text[hit.start : hit.end])


def compared(reading: Reading) -> list[Found]:
    """The words that hold somebody against others, under what they say: `up`, `basket_down`, ..."""
    lists, found = words(reading.language), list[Found]()
    taken = [(q.start, q.end) for q in reading.quantities]
    taken += [(m.start, m.end) for m in reading.metrics if " " in reading.plain[m.start : m.end]]
    for name in ("own_direction", "up", "down", "same", "leaning"):
        for hit in lists.phrases(name).find(reading.plain):
            if touches(hit.span, taken) or _an_amount(reading, hit):
                continue
            taken.append(hit.span)
            if _compares_with(reading, hit):
                found.append(hit)
    return found


def _compares_with(reading: Reading, hit: Found) -> bool:
    """`more` alone compares with nobody; `more orders than others` does, and so does `prefers`."""
    if hit.name == "leaning" or hit.name.endswith(("_up", "_down")):
        return hit.name == "leaning" or not reading.advises
    if reading.advises:
        return hit.name != "same" and _has_comparand(reading, hit)
    if hit.name == "same":
        return _has_comparand(reading, hit)
    return (
        bool(_NO_OTHER[reading.language].search(reading.plain[: hit.start]))
        or _has_comparand(reading, hit)
        or _before_metric(reading, hit)
    )


def _an_amount(reading: Reading, hit: Found) -> bool:
    """`£626 more revenue`: how much more is a number, and is checked as one."""
    english = reading.language == "en"
    return english and any(0 <= hit.start - q.end <= 1 for q in reading.quantities)


def _apt(
    reading: Reading, hit: Found, evidence: Sequence[Evidence], boards: Sequence[Board]
) -> bool:
    if hit.name == "leaning":
        return reading.advises or _leans(reading, hit, evidence)
    if hit.name == "same":
        return _is_same(reading, hit, evidence)
    concept, _, way = hit.name.rpartition("_")
    if not concept and _NO_OTHER[reading.language].search(reading.plain[: hit.start]):
        return placed(reading, hit, evidence, boards, 1, way == "down")
    metric = frozenset({concept}) if concept else None
    return _compares(reading, hit, evidence, metric, way == "up")


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
    elif metric is None and not items:
        fitting = _quoted(reading, fitting)
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


def _quoted(reading: Reading, evidence: Sequence[Evidence]) -> list[Evidence]:
    """What the numbers of a sentence are of: `more than others: £38`; `more loyal` is of none."""
    return [e for e in evidence if any(supports(q, e) for q in reading.quantities)]


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
    said = evidence if metric or reading.items else _quoted(reading, evidence)
    fitting = [
        e for e in said if e.given.lift is not None and of_metric(e, metric) and _is_of(e, who)
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
