"""Where chosen segments differ most: each beside the others chosen, nobody else looked at.

The same numbers, things and tests as in `evidence.py`, made and corrected among the chosen segments
alone. Nothing is worded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segmentation.insight.evidence.contrasts import Contrast, contrasts, habits, segment_sums
from segmentation.insight.evidence.family import family_of
from segmentation.insight.evidence.leanings import Leaning, leanings
from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase, Fact, Segment

__all__ = ["Difference", "Differences", "differences"]

SETTING_APART = {"product": 3, "category": 2, "country": 1, "weekday": 1, "daypart": 1, "word": 5}
"""Kind of thing → how many of them are told of each segment."""


@dataclass(frozen=True)
class Difference:
    """One number in which the segments differ.

    Args:
        metric, unit: as in Contrast.
        values: segment id → its number; None where undefined.
        farthest: the segment that differs most from the others chosen; of two the first.
        contrast: that segment's number beside theirs.
    """

    metric: str
    unit: str
    values: Mapping[int, float | None]
    farthest: int
    contrast: Contrast


@dataclass(frozen=True)
class Differences:
    """What sets chosen segments apart.

    Args:
        numbers: every number that can be compared; those whose difference counts first, then by
            size of the effect.
        things: segment id → what it leans to against the others chosen.
        tests: how many comparisons were corrected together.
        period, as_of: of orders, and of states.
    """

    segments: tuple[Segment, ...]
    numbers: tuple[Difference, ...]
    things: Mapping[int, tuple[Leaning, ...]]
    tests: int
    period: str
    as_of: str

    @property
    def clear(self) -> tuple[Difference, ...]:
        """The numbers whose difference counts."""
        return tuple(one for one in self.numbers if one.contrast.clear)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every number here; the others chosen are `segment:1|2` where there are several."""
        facts = [
            Fact(f"segment:{s.id}", "size", self.as_of, s.size, "customers") for s in self.segments
        ]
        for one in self.numbers:
            others = self._others(one.farthest)
            facts += [
                Fact(f"segment:{number}", one.metric, one.contrast.period, value, one.unit)
                for number, value in one.values.items()
                if value is not None
            ]
            facts += one.contrast.facts(one.farthest, others)
        for number, found in self.things.items():
            for leaning in found:
                facts += leaning.facts(number, self._others(number))
        return tuple(dict.fromkeys(facts))

    def _others(self, segment: int) -> str:
        return "segment:" + "|".join(str(s.id) for s in self.segments if s.id != segment)


def differences(base: CustomerBase, segments: Sequence[int]) -> Differences:
    """Where these segments differ most.

    Args:
        segments: two or more ids of the base's segments, each once.
    """
    chosen = tuple(sorted(segments))
    ledger = open_ledger(base)
    known = {s.id: s for s in base.segmentation.segments}
    with ledger.lock:
        return Differences(
            segments=tuple(known[number] for number in segments),
            numbers=_numbers(base, segments, chosen),
            things={number: _things(base, number, chosen) for number in segments},
            tests=family_of(base, chosen).size,
            period=ledger.period("orders"),
            as_of=base.as_of.date().isoformat(),
        )


def _numbers(
    base: CustomerBase, segments: Sequence[int], among: Sequence[int]
) -> tuple[Difference, ...]:
    sums = segment_sums(base)
    by_metric: dict[str, dict[int, Contrast]] = {}
    for number in segments:
        for one in (*contrasts(base, sums, number, among), *habits(base, number, among)):
            if not one.is_total:
                by_metric.setdefault(one.metric, {})[number] = one
    found = [_difference(metric, own) for metric, own in by_metric.items()]
    return tuple(sorted(found, key=lambda one: (not one.contrast.clear, -one.contrast.magnitude)))


def _difference(metric: str, own: Mapping[int, Contrast]) -> Difference:
    farthest = next(iter(own))
    if len(own) > 2:
        farthest = max(own, key=lambda number: (own[number].clear, own[number].magnitude))
    values = {number: one.value for number, one in own.items()}
    return Difference(metric, own[farthest].unit, values, farthest, own[farthest])


def _things(base: CustomerBase, segment: int, among: Sequence[int]) -> tuple[Leaning, ...]:
    return tuple(
        leaning
        for kind, n in SETTING_APART.items()
        for leaning in leanings(base, kind, segment, n, among)
    )
