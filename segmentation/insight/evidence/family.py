"""Every test of every segment, made once and corrected together.

The family is all comparisons of all segments: each number of `measurements.py` and each product,
category, country, weekday, part of the day and word of `counts.py` and `themes.py`, of each segment
against the others. A thing is tested only if FEWEST_TESTED customers (for times: orders) have it,
wherever they are: a rule that does not look at the segments costs no error rate (Bourgon, Gentleman
& Huber, PNAS 2010), and spares the tests that could never find anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from segmentation.insight.evidence.counts import Counts, count_things
from segmentation.insight.evidence.measurements import measurements, number_tests
from segmentation.insight.evidence.significance import (
    FEWEST_TESTED,
    Array,
    Outcome,
    corrected,
    share_test,
)
from segmentation.insight.evidence.themes import WORDS, count_words
from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase

__all__ = ["KINDS", "Family", "Shares", "counts_of", "family_of"]

KINDS = ("product", "category", "country", "weekday", "daypart", *WORDS)


@dataclass(frozen=True)
class Shares:
    """Tests of how much each thing of a kind is a segment's, in the order of `Counts.keys`.

    Args:
        p, q: (things,) plain and corrected; NaN where not tested.
        dispersion: (things,) see `share_test`.
    """

    p: Array
    q: Array
    dispersion: Array


@dataclass(frozen=True)
class Family:
    """All tests made together.

    Args:
        numbers: (metric or habit, segment id) → test; what is too few to say is not there.
        shares: (kind, segment id) → tests of all things of that kind.
        size: how many tests there are; of two segments one each, as the other's is its mirror.
    """

    numbers: dict[tuple[str, int], Outcome]
    shares: dict[tuple[str, int], Shares]
    size: int


def counts_of(base: CustomerBase, kind: str) -> Counts | None:
    """Counts of any of KINDS; None where the data cannot say."""
    return count_words(base, kind) if kind in WORDS else count_things(base, kind)


def family_of(base: CustomerBase, among: Sequence[int] | None = None) -> Family:
    """The tests of each segment against all others, or of each of `among` against those. Once."""
    ledger = open_ledger(base)
    return ledger.once(
        ("tests", None if among is None else tuple(among), id(base.segmentation.labels)),
        lambda: _all_tests(base, among),
    )


def _all_tests(base: CustomerBase, among: Sequence[int] | None) -> Family:
    numbers = _number_tests(base, among)
    shares = dict(_share_tests(base, among))
    plain = [np.array([test.p for test in numbers.values()]), *(one.p for one in shares.values())]
    q = corrected(np.concatenate(plain))
    parts = np.split(q, np.cumsum([len(p) for p in plain])[:-1])
    return Family(
        {
            key: replace(test, q=float(value))
            for (key, test), value in zip(numbers.items(), parts[0], strict=True)
        },
        {
            key: replace(one, q=value)
            for (key, one), value in zip(shares.items(), parts[1:], strict=True)
        },
        int((~np.isnan(q)).sum()) // (2 if _are_two(base, among) else 1),
    )


def _are_two(base: CustomerBase, among: Sequence[int] | None) -> bool:
    return len(np.unique(base.segmentation.labels) if among is None else among) == 2


def _number_tests(
    base: CustomerBase, among: Sequence[int] | None
) -> dict[tuple[str, int], Outcome]:
    known, labels = list(measurements(base).values()), np.asarray(base.segmentation.labels)
    if among is not None:
        rows = np.isin(labels, list(among))
        labels = labels[rows]
        known = [
            replace(one, values=one.values[rows], y=one.y[rows], x=one.x[rows]) for one in known
        ]
    return number_tests(known, labels)


def _share_tests(
    base: CustomerBase, among: Sequence[int] | None
) -> Iterator[tuple[tuple[str, int], Any]]:
    for kind in KINDS:
        counts = counts_of(base, kind)
        if counts is None:
            continue
        for number, own in counts.own.items():
            rest = counts.others(number, among)
            if rest is None or (among is not None and number not in among):
                continue
            p, dispersion = share_test(own, rest)
            enough = own.y + rest.y >= FEWEST_TESTED
            yield (kind, number), Shares(np.where(enough, p, np.nan), p, dispersion)
