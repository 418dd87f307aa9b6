"""Which words a segment's plain name is made of: trait keys, distinct across a segmentation.

The words themselves, per language, are in prompts/segment_names.yaml; a persona names better.

A name has a recency (`recent`, `lapsed` or nothing), a kind of buyer, and, where two segments would
be called the same, something that tells them apart: a category, a kind of product, the size of the
basket, at last a number.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from segmentation.insight.contrasts import ratios, segment_sums
from segmentation.insight.leanings import leanings, lifts, mix
from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase

__all__ = ["Traits", "segment_traits"]

RECENT, LAPSED = 0.6, 1.5
"""Days since the last order, as a multiple of everybody's."""

ONE_TIME = 0.15
"""Share of repeat customers up to which a segment is one of one-time buyers."""

OFTEN, SELDOM = 1.6, 0.6
BIG, SMALL = 2.0, 0.5
"""Orders per customer, and lifetime value, as multiples of everybody's."""


@dataclass(frozen=True)
class Traits:
    """The parts of a name.

    Args:
        recency: `recent`, `lapsed` or empty.
        kind: `loyal_big`, `loyal`, `big`, `one_time_big`, `one_time`, `light`, `regular`,
            `occasional`, `visitors` or `unassigned`.
        told_apart_by: `category`, `product`, `larger_baskets`, `smaller_baskets`, `number` or
            empty.
        detail: the category, the product word or the number.
    """

    recency: str
    kind: str
    told_apart_by: str = ""
    detail: str = ""


def segment_traits(base: CustomerBase) -> dict[int, Traits]:
    """Segment id → the parts of its name; no two segments have the same. Found once."""
    ledger = open_ledger(base)
    key = ("traits", id(base.segmentation.labels))
    with ledger.lock:
        if key not in ledger.notebook:
            ledger.notebook[key] = _find_traits(base)
        found: dict[int, Traits] = ledger.notebook[key]
    return found


def _find_traits(base: CustomerBase) -> dict[int, Traits]:
    sums = segment_sums(base)
    everyone = ratios({name: sum(row[name] for row in sums.values()) for name in sums[min(sums)]})
    traits = {number: _plain(number, ratios(row), everyone) for number, row in sums.items()}
    for tell in (_by_category, _by_product, _by_basket):
        for twins in _same(traits):
            traits |= tell(base, traits, twins)
    for twins in _same(traits):
        traits |= {n: Traits(traits[n].recency, traits[n].kind, "number", str(n)) for n in twins}
    return traits


def _plain(
    number: int, own: Mapping[str, float | None], everyone: Mapping[str, float | None]
) -> Traits:
    if number == 0:
        return Traits("", "unassigned")
    if not own.get("orders"):
        return Traits("", "visitors")

    def times(metric: str) -> float:
        return (own[metric] or 0.0) / (everyone[metric] or 1.0)

    days = times("days_since_last_order")
    recency = "recent" if days <= RECENT else "lapsed" if days >= LAPSED else ""
    return Traits(recency, _kind(own, times))


def _kind(own: Mapping[str, float | None], times: Callable[[str], float]) -> str:
    worth, often = times("lifetime_value"), times("orders_per_customer")
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
    found = {n: leanings(base, "category", n, 1) for n in twins}
    return _apply(traits, "category", {n: c[0].name for n, c in found.items() if c})


def _by_product(
    base: CustomerBase, traits: Mapping[int, Traits], twins: Iterable[int]
) -> dict[int, Traits]:
    return _apply(traits, "product", {n: _favourite_word(base, n) for n in twins})


def _favourite_word(base: CustomerBase, segment: int) -> str:
    """The word in product names that a segment buys more of than others, by the same measure."""
    counts = mix(base, "product")
    if counts is None or segment not in counts.columns:
        return ""
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
    common = mine_rest[:, 0] >= 0.02 * max(own.sum(), 1)
    floor = np.where(common, floor, 0)
    best = int(floor.argmax()) if len(floor) else -1
    return words[best] if best >= 0 and floor[best] > 1 else ""


def _by_basket(
    base: CustomerBase, traits: Mapping[int, Traits], twins: Iterable[int]
) -> dict[int, Traits]:
    """Of two segments, the one with the larger and the one with the smaller order."""
    numbers = list(twins)
    sums = segment_sums(base)
    values = {n: ratios(sums[n]).get("average_order_value") for n in numbers}
    if len(numbers) != 2 or None in values.values() or len(set(values.values())) == 1:
        return {}
    smaller, larger = sorted(numbers, key=lambda n: values[n] or 0.0)
    return {
        smaller: Traits(traits[smaller].recency, traits[smaller].kind, "smaller_baskets"),
        larger: Traits(traits[larger].recency, traits[larger].kind, "larger_baskets"),
    }
