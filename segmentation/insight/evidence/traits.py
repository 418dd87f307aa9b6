"""Which words a segment's plain name is made of: trait keys, distinct across a segmentation.

The words themselves, per language, are in prompts/segment_names.yaml; a persona names better.

A name has a recency (`recent`, `lapsed` or nothing), a kind of buyer, and, where two segments would
be called the same, something that tells them apart: a category, a kind of product, a number that
most of the one have and most of the other have not, at last the segment's own id.

Every part is true of the segment beside everybody else: `recent` says that its customers ordered
more recently than others, and lately.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np

from segmentation.insight.evidence.bands import MEASURES, holds, median_ratio, told_apart
from segmentation.insight.evidence.contrasts import ratios, rest_of, segment_sums
from segmentation.insight.evidence.leanings import Leaning, leanings, lifts, mix
from segmentation.insight.evidence.visitors import visitor_kinds
from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase, Segmentation

__all__ = ["Traits", "carried_traits", "segment_traits", "with_traits"]

RECENT, LAPSED = 0.6, 1.5
"""Days since the last order, as a multiple of everybody else's."""

LATELY, LONG_AGO = 120, 60
"""Days within which an order is recent, and from which one has lapsed, whatever others do."""

ONE_TIME = 0.15
"""Share of repeat customers up to which a segment is one of one-time buyers."""

OFTEN, SELDOM = 1.6, 0.6
BIG, SMALL = 2.0, 0.5
"""Orders per customer, and lifetime value, as multiples of everybody else's."""

LIFT, REACH, COMMON = 1.5, 1 / 3, 0.05
"""A name speaks of a category that the segment buys so many times as much of, and this share of
its customers buys; of a product word on this share of what it buys."""

LEANINGS = 3
"""Where its first category names another segment, one of so many may name it."""

STILL_LEANT_TO = 5
"""A category that a segment was named for need not stay its first, only among so many."""


@dataclass(frozen=True)
class Traits:
    """The parts of a name.

    Args:
        recency: `recent`, `lapsed` or empty.
        kind: `loyal_big`, `loyal`, `big`, `one_time_big`, `one_time`, `light`, `regular`,
            `occasional`, `unassigned`, or one of `visitors.visitor_kinds`.
        told_apart_by: `category`, `product`, one of `bands.MEASURES`, `number` or empty.
        detail: the category, the product word, the band (as in bands.py) or the segment's id.
    """

    recency: str
    kind: str
    told_apart_by: str = ""
    detail: str = ""


def segment_traits(base: CustomerBase) -> dict[int, Traits]:
    """Segment id → the parts of its name; no two segments have the same. Found once."""
    carried = carried_traits(base.segmentation)
    if len(carried) == len(base.segmentation.segments):
        return carried
    ledger = open_ledger(base)
    return ledger.once(("traits", id(base.segmentation.labels)), lambda: _find_traits(base))


def carried_traits(segmentation: Segmentation) -> dict[int, Traits]:
    """Segment id → the parts of its name, where it was given one when it was made."""
    return {s.id: Traits(*s.traits) for s in segmentation.segments if s.traits}


def with_traits(base: CustomerBase, earlier: Mapping[int, Traits]) -> Segmentation:
    """The base's segmentation, its segments given what their names are made of.

    A segment keeps the name it had in `earlier` while all that the name says is still true.
    """
    fresh = _find_traits(base)
    kept = {
        number: earlier[number]
        for number, found in fresh.items()
        if number in earlier and _still_true(base, number, earlier[number], found)
    }
    traits = {**fresh, **kept}
    for twins in _same(traits):
        others = [number for number in twins if number not in kept]
        traits |= {n: replace(traits[n], told_apart_by="number", detail=str(n)) for n in others}
    segments = (replace(s, traits=astuple(traits[s.id])) for s in base.segmentation.segments)
    return replace(base.segmentation, segments=tuple(segments))


def _still_true(base: CustomerBase, segment: int, said: Traits, found: Traits) -> bool:
    if said == found:
        return True
    if (said.recency, said.kind) != (found.recency, found.kind):
        return False
    if said.told_apart_by == "category":
        leant_to = leanings(base, "category", segment, STILL_LEANT_TO)
        return said.detail in (leaning.name for leaning in leant_to)
    if said.told_apart_by == "product":
        return _words(base, segment).get(said.detail, 0.0) > 1
    if said.told_apart_by in MEASURES:
        return holds(base, segment, said.told_apart_by, said.detail)
    return said.told_apart_by in ("", "number")


def _find_traits(base: CustomerBase) -> dict[int, Traits]:
    traits = _buyers(base) if open_ledger(base).has("orders") else _visitors(base)
    for tell in (_by_category, _by_product, _by_number):
        for twins in _same(traits):
            traits |= tell(base, traits, twins)
    for twins in _same(traits):
        traits |= {n: Traits(traits[n].recency, traits[n].kind, "number", str(n)) for n in twins}
    return traits


def _buyers(base: CustomerBase) -> dict[int, Traits]:
    sums = segment_sums(base)
    return {
        n: _plain(n, ratios(row), ratios(rest_of(sums, n)), median_ratio(base, n, "lifetime_value"))
        for n, row in sums.items()
    }


def _visitors(base: CustomerBase) -> dict[int, Traits]:
    kinds = {0: "unassigned", **visitor_kinds(base)}
    return {segment.id: Traits("", kinds[segment.id]) for segment in base.segmentation.segments}


def _plain(
    number: int,
    own: Mapping[str, float | None],
    rest: Mapping[str, float | None],
    typical_worth: float | None,
) -> Traits:
    if number == 0:
        return Traits("", "unassigned")
    if not own.get("orders"):
        return Traits("", "visitors")

    def times(metric: str) -> float:
        return (own[metric] or 0.0) / (rest[metric] or own[metric] or 1.0)

    worth = _agreed(times("lifetime_value"), typical_worth)
    kind = _kind(own, worth, times("orders_per_customer"))
    return Traits(_recency(own["days_since_last_order"] or 0.0, times), kind)


def _agreed(mean: float, median: float | None) -> float:
    """The more careful of two ratios: a few very large customers make no segment one of these."""
    if median is None:
        return mean
    if (mean > 1) != (median > 1):
        return 1.0
    return min(mean, median) if mean > 1 else max(mean, median)


def _recency(days: float, times: Callable[[str], float]) -> str:
    against_rest = times("days_since_last_order")
    if against_rest <= RECENT and days <= LATELY:
        return "recent"
    return "lapsed" if against_rest >= LAPSED and days >= LONG_AGO else ""


def _kind(own: Mapping[str, float | None], worth: float, often: float) -> str:
    if (own["repeat_rate"] or 0.0) <= ONE_TIME:
        return "one_time_big" if worth >= BIG else "one_time"
    if often >= OFTEN:
        return "loyal_big" if worth >= BIG else "loyal"
    if worth >= BIG:
        return "big"
    if worth <= SMALL:
        return "light"
    return "occasional" if often <= SELDOM else "regular"


def _same(traits: Mapping[int, Traits]) -> list[list[int]]:
    groups = defaultdict(list)
    for number, found in traits.items():
        groups[found].append(number)
    return [sorted(numbers) for numbers in groups.values() if len(numbers) > 1]


def _apply(
    traits: Mapping[int, Traits], kind: str, details: Mapping[int, str]
) -> dict[int, Traits]:
    """The traits told apart by these details; who shares a detail stays as before."""
    counts = Counter(details.values())
    return {
        number: Traits(traits[number].recency, traits[number].kind, kind, detail)
        for number, detail in details.items()
        if detail and counts[detail] == 1
    }


def _by_category(
    base: CustomerBase, traits: Mapping[int, Traits], twins: Iterable[int]
) -> dict[int, Traits]:
    clear = {
        n: [
            c
            for c in leanings(base, "category", n, LEANINGS)
            if c.lift >= LIFT and c.reach >= REACH
        ]
        for n in twins
    }
    return _apply(traits, "category", _dealt(clear))


def _dealt(wishes: Mapping[int, Sequence[Leaning]]) -> dict[int, str]:
    """One category each: whoever leans to it most has it, the others have their next."""
    dealt: dict[int, str] = {}
    for rank in range(LEANINGS):
        waiting = [n for n in wishes if n not in dealt and rank < len(wishes[n])]
        for number in sorted(waiting, key=lambda n: -wishes[n][rank].lift):
            if wishes[number][rank].name not in dealt.values():
                dealt[number] = wishes[number][rank].name
    return dealt


def _by_product(
    base: CustomerBase, traits: Mapping[int, Traits], twins: Iterable[int]
) -> dict[int, Traits]:
    return _apply(traits, "product", {n: _favourite_word(base, n) for n in twins})


def _favourite_word(base: CustomerBase, segment: int) -> str:
    """The word in product names that a segment buys more of than others, by the same measure."""
    floors = _words(base, segment)
    best = max(sorted(floors), key=floors.__getitem__, default="")
    return best if floors.get(best, 0.0) > 1 else ""


def _words(base: CustomerBase, segment: int) -> dict[str, float]:
    """Word in product names → how surely a segment buys more of it (above 1: surely)."""
    counts = mix(base, "product")
    if counts is None or segment not in counts.columns:
        return {}
    ledger = open_ledger(base)
    names = ledger.run(ledger.products).set_index("product_no")["product"].reindex(counts.index)
    own, everyone = counts[segment].to_numpy(), counts.to_numpy().sum(axis=1)
    per_word: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for name, mine, all_of_it in zip(names, own, everyone, strict=True):
        for word in set(re.findall(r"[^\W\d_]{4,}|[\u4e00-\u9fff]{2,}", str(name).lower())):
            per_word[word][0] += mine
            per_word[word][1] += all_of_it - mine
    words = sorted(per_word)
    mine_rest = np.array([per_word[word] for word in words]).reshape(-1, 2)
    _, floor = lifts(mine_rest[:, 0], mine_rest[:, 1])
    common = mine_rest[:, 0] >= COMMON * max(own.sum(), 1)
    return dict(zip(words, np.where(common, floor, 0.0).tolist(), strict=True))


def _by_number(
    base: CustomerBase, traits: Mapping[int, Traits], twins: Iterable[int]
) -> dict[int, Traits]:
    """Segments of one kind, called by a number that most of each have and most others have not."""
    found = told_apart(base, list(twins))
    return {
        n: replace(traits[n], told_apart_by=measure, detail=band)
        for n, (measure, band) in found.items()
    }
