"""The same segment, the same id, from run to run; and where its customers went.

Segments are recognised by their members, not by their place in the embedding: a new build scales
and rotates that space, but a customer stays who they are. What a segment is called is not decided
here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.clusters.centres import belonging, centres_of
from segmentation.types import Change, Continuity, FloatMatrix, Labels

__all__ = [
    "BETWEEN",
    "FLOOR",
    "HALF",
    "PART",
    "REACH",
    "Assignment",
    "Earlier",
    "assign",
    "compared",
    "continued",
]

FLOOR = 0.25
"""Jaccard overlap from which two segments can be the same: where two fifths of the one, on average
of both, is the other (a Dice coefficient of 0.4). Four segments that have nothing to do with each
other overlap by 1/7."""

HALF = 0.5
"""Most of a segment."""

PART = 0.25
"""A segment splits into, or is merged from, parts of at least this share of its customers."""

REACH = 0.99
"""Who is farther from a segment's centre than this share of its members is flagged."""

BETWEEN = 0.1
"""Confidence below which somebody is as good as between two segments."""


@dataclass(frozen=True)
class Earlier:
    """A segmentation to continue.

    Args:
        snapshot, segmentation: its ids.
        customers: in the order of its labels.
        labels: (n,) segment of each; 0 is unassigned.
        highest: the highest id that it or those it continues ever used.
    """

    snapshot: str
    segmentation: str
    customers: Sequence[str]
    labels: Labels
    highest: int = 0


def continued(
    labels: Labels, customers: Sequence[str], earlier: Earlier
) -> tuple[Labels, Continuity | None]:
    """Give segments the ids they had in `earlier`; (n,) int32 and what became of each.

    Segments are matched one to one so that their Jaccard overlaps, on the customers present in
    both, sum to the most (Kuhn, 1955); a match below FLOOR is none. A segment without one gets an
    id that was never used before, the largest first.

    Args:
        labels: (n,) segments, the largest with the lowest id; 0 is unassigned and stays so.
        customers: their ids, row by row.

    Returns:
        The labels as they came, and None, where no customer is known from before.
    """
    both = _Overlap.of(labels, customers, earlier)
    if not both.counts.any():
        return labels, None
    matches = both.matches()
    ids, free = {0: 0, **matches}, max((earlier.highest, *both.then))
    for segment in both.now:
        if segment not in ids:
            free += 1
            ids[segment] = free
    known = np.array(sorted(ids))
    renamed = np.array([ids[int(one)] for one in known], dtype=np.int32)
    renumbered: Labels = renamed[np.searchsorted(known, labels)]
    return renumbered, compared(renumbered, customers, earlier, same_ids=True)


def compared(
    labels: Labels, customers: Sequence[str], earlier: Earlier, *, same_ids: bool
) -> Continuity:
    """What became of the segments of `earlier` in `labels`, and who went where.

    On the customers present in both: a segment is `merged` where most of each of two or more
    earlier ones went into it and each makes up a PART of it; it is one of a `split` where most of
    it came from one that sent a PART or more of its customers to each of two or more such; else it
    is `kept` where it has a counterpart, or `new`. An earlier segment is `gone` where it has no
    counterpart, was not split and not merged.

    Args:
        same_ids: whether equal ids mean the same segment; else counterparts are matched.
    """
    both = _Overlap.of(labels, customers, earlier)
    pairs = {i: i for i in both.now if i in both.then} if same_ids else both.matches()
    changes = [both.change(segment, pairs.get(segment)) for segment in both.now]
    told = {i for c in changes if c.kind in ("split", "merged") for i in c.earlier}
    gone = [i for i in both.then if i not in told and i not in pairs.values()]
    changes += [Change("gone", None, (i,), both.farthest_reach(i)) for i in gone]
    highest = max((earlier.highest, *both.then, *both.now))
    return Continuity(earlier.snapshot, earlier.segmentation, tuple(changes), both.flows, highest)


@dataclass(frozen=True)
class Assignment:
    """Where customers belong who had no part in making the segments.

    Args:
        labels: (n,) the segment of the nearest centre.
        confidence: (n,) as that of the members, in [0, 1].
        far: (n,) farther from that centre than 99 % of its members: hardly one of them.
    """

    labels: Labels
    confidence: FloatMatrix
    far: NDArray[np.bool_]

    @property
    def between(self) -> NDArray[np.bool_]:
        """(n,) almost as near to the next segment: they could as well be in that."""
        return self.confidence < BETWEEN


def assign(vectors: FloatMatrix, base_vectors: FloatMatrix, labels: Labels) -> Assignment:
    """Place new customers in segments that stay as they are.

    Args:
        vectors: (m, d) the new ones, embedded as the base was.
        base_vectors: (n, d) with their `labels`.
    """
    from sklearn.metrics import pairwise_distances

    ids, centres = centres_of(base_vectors, labels)
    distances = pairwise_distances(vectors, centres)
    nearest = distances.argmin(axis=1)
    placed = ids[nearest]
    members = [
        np.linalg.norm(base_vectors[labels == i] - c, axis=1)
        for i, c in zip(ids, centres, strict=True)
    ]
    reach = np.array([np.quantile(one, REACH) for one in members])
    far = distances[np.arange(len(vectors)), nearest] > reach[nearest]
    return Assignment(placed, belonging(vectors, placed, ids, centres), far)


@dataclass(frozen=True)
class _Overlap:
    """How many customers two segmentations share, segment by segment.

    Args:
        then, now: segment ids, the unassigned left out.
        counts: (then, now) customers in both.
        of_then, of_now: customers of each that are present in both bases, whatever their segment.
        flows: as in Continuity.
    """

    then: list[int]
    now: list[int]
    counts: NDArray[np.int64]
    of_then: NDArray[np.int64]
    of_now: NDArray[np.int64]
    flows: tuple[tuple[int | None, int | None, int], ...]

    @classmethod
    def of(cls, labels: Labels, customers: Sequence[str], earlier: Earlier) -> _Overlap:
        frame = pd.concat(
            [
                pd.Series(earlier.labels, index=pd.Index(earlier.customers), name="then"),
                pd.Series(labels, index=pd.Index(customers), name="now"),
            ],
            axis=1,
        )
        flows = _flows(frame)
        table = pd.crosstab(frame["then"], frame["now"])
        then, now = _ids(earlier.labels), _ids(labels)
        whole = table.reindex(index=[0, *then], columns=[0, *now], fill_value=0).to_numpy()
        return cls(then, now, whole[1:, 1:], whole.sum(axis=1)[1:], whole.sum(axis=0)[1:], flows)

    @property
    def jaccards(self) -> NDArray[np.float64]:
        """(then, now) shared customers over those in either."""
        either = self.of_then[:, None] + self.of_now[None, :] - self.counts
        shares: NDArray[np.float64] = self.counts / np.maximum(either, 1)
        return shares

    def matches(self) -> dict[int, int]:
        """Segment now -> its counterpart then."""
        from scipy.optimize import linear_sum_assignment

        scores = np.where(self.jaccards >= FLOOR, self.jaccards, 0)
        rows, columns = linear_sum_assignment(scores, maximize=True)
        pairs = zip(rows, columns, strict=True)
        return {self.now[c]: self.then[r] for r, c in pairs if scores[r, c] > 0}

    def change(self, segment: int, counterpart: int | None) -> Change:
        column = self.now.index(segment)
        went = self.counts[:, column] / np.maximum(self.of_then, 1)
        came = self.counts[:, column] / max(int(self.of_now[column]), 1)
        most = np.argsort(-came, kind="stable")
        merged = [int(r) for r in most if went[r] >= HALF and came[r] >= PART]
        source = [int(r) for r in most[:1] if came[r] >= HALF]
        if len(merged) > 1:
            return self._change("merged", segment, merged)
        if source and went[source[0]] >= PART and len(self._parts(source[0])) > 1:
            return self._change("split", segment, source)
        if counterpart is not None:
            return self._change("kept", segment, [self.then.index(counterpart)])
        return self._change("new", segment, source)

    def _parts(self, row: int) -> list[int]:
        """Segments now that hold a part of an earlier one and consist mostly of it."""
        went = self.counts[row] / max(int(self.of_then[row]), 1)
        came = self.counts[row] / np.maximum(self.of_now, 1)
        return [c for c in range(len(self.now)) if went[c] >= PART and came[c] >= HALF]

    def _change(self, kind: Any, segment: int, rows: list[int]) -> Change:
        column = self.now.index(segment)
        overlap = float(self.jaccards[rows[0], column]) if rows else 0.0
        return Change(kind, segment, tuple(self.then[row] for row in rows), overlap)

    def farthest_reach(self, segment: int) -> float:
        """The Jaccard overlap of an earlier segment with the one now that is most like it."""
        return float(self.jaccards[self.then.index(segment)].max(initial=0.0))


def _ids(labels: Labels) -> list[int]:
    return [int(i) for i in np.unique(labels) if i > 0]


def _flows(frame: pd.DataFrame) -> tuple[tuple[int | None, int | None, int], ...]:
    """Customers by where they were and are, those who came and who left last."""
    sizes = frame.groupby(["then", "now"], dropna=False).size().reset_index(name="customers")
    rows = zip(sizes["then"], sizes["now"], sizes["customers"], strict=True)
    pairs = [(_or_none(then), _or_none(now), int(customers)) for then, now, customers in rows]
    return tuple(sorted(pairs, key=lambda one: [(i is None, i or 0) for i in one[:2]]))


def _or_none(label: float) -> int | None:
    return None if label != label else int(label)
