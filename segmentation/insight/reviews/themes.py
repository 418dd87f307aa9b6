"""What a segment's customers praise and blame in their reviews, counted and set beside the others.

Who said what comes in as `Votes`; whoever read the reviews. Customers are the unit: one who says a
thing in three reviews says it once. A theme is told only if `FEWEST` customers of the segment say
it, so that no theme is anybody's own. All themes of all segments are tested against the rest and
corrected together, and a difference counts by the one rule of `significance.is_clear`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentation.insight.evidence.leanings import lifts
from segmentation.insight.evidence.significance import (
    FEWEST_TESTED,
    Array,
    Moments,
    Outcome,
    cohens_h,
    corrected,
    is_clear,
    share_test,
)
from segmentation.insight.ledger import open_ledger
from segmentation.insight.reviews.lexicon import Side, Vote
from segmentation.types import CustomerBase, Fact

__all__ = ["FEWEST", "Theme", "Themes", "Votes", "count_themes"]

FEWEST = 5
"""A theme is told when at least so many customers of the segment say it."""


@dataclass(frozen=True)
class Votes:
    """What each review that was read says.

    Args:
        rows: (reviews,) the writer's place in the base.
        votes: everything that could be said.
        said: (reviews, votes) whether it was.
        writers: segment id → its customers who wrote anything, read or not.
        reader: who read: `rules` or `model`.
        stands_in: whether the rules read because the model could not.
    """

    rows: NDArray[np.int64]
    votes: tuple[Vote, ...]
    said: NDArray[np.bool_]
    writers: dict[int, int]
    reader: str = "rules"
    stands_in: bool = False


@dataclass(frozen=True)
class Theme:
    """One thing that customers of a segment say.

    Args:
        aspect: of the lexicon's closed list.
        side: `positive` or `negative`.
        customers, reviews: who say it, and in how many reviews.
        share: customers as a share of the segment's whose reviews were read.
        rest: the same share of everybody else; None without anybody else.
        lift: share / rest, half a customer added where nobody else says it.
        period: the days the reviews cover.
        test: of the share against the rest's; None where too few say it.
    """

    aspect: str
    side: Side
    customers: int
    reviews: int
    share: float
    rest: float | None
    lift: float | None
    period: str
    test: Outcome | None = None

    @property
    def key(self) -> str:
        """`delivery.negative`."""
        return f"{self.aspect}.{self.side}"

    @property
    def clear(self) -> bool:
        """Whether they say it clearly more, or less, often than others."""
        return self.test is not None and is_clear(self.lift, self.test.q, self.test.effect)

    def facts(self, segment: int) -> tuple[Fact, ...]:
        """Its numbers, of the segment and of the rest."""
        own, rest = (f"theme:{self.key}&segment{s}{segment}" for s in (":", "!="))
        numbers = [
            (own, "share", self.share, "share"),
            (rest, "share", self.rest, "share"),
            (own, "lift", self.lift, "ratio"),
            (own, "customers", self.customers, "customers"),
            (own, "reviews", self.reviews, "reviews"),
        ]
        if self.test:
            numbers.append((own, "effect", self.test.effect, self.test.kind))
            numbers.append((own, "q", self.test.q, "probability"))
        return tuple(
            Fact(subject, metric, self.period, value, unit)
            for subject, metric, value, unit in numbers
            if value is not None
        )


@dataclass(frozen=True)
class Themes:
    """What a segment's customers say.

    Args:
        themes: what at least FEWEST of its customers say, most frequent first.
        customers, reviews: whose reviews were read, and how many.
        writers: its customers who wrote any review.
        period: the days the reviews cover; empty where there are none.
        reader, stands_in: as in Votes.
    """

    segment: int
    themes: tuple[Theme, ...] = ()
    customers: int = 0
    reviews: int = 0
    writers: int = 0
    period: str = ""
    reader: str = "rules"
    stands_in: bool = False

    @property
    def praised(self) -> tuple[Theme, ...]:
        return tuple(theme for theme in self.themes if theme.side == "positive")

    @property
    def blamed(self) -> tuple[Theme, ...]:
        return tuple(theme for theme in self.themes if theme.side == "negative")

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What it rests on, then every number of every theme."""
        if not self.period:
            return ()
        subject = f"segment:{self.segment}"
        basis = (
            Fact(subject, "reviewers", self.period, self.writers, "customers"),
            Fact(subject, "reviewers_read", self.period, self.customers, "customers"),
            Fact(subject, "reviews_read", self.period, self.reviews, "reviews"),
        )
        return basis + tuple(fact for one in self.themes for fact in one.facts(self.segment))


def count_themes(base: CustomerBase, votes: Votes, segment: int) -> Themes:
    """What the customers of a segment say, by the votes of their reviews."""
    counted = _counted(base, votes)
    writers = votes.writers.get(segment, 0)
    if segment not in counted.own:
        return Themes(segment, writers=writers, reader=votes.reader, stands_in=votes.stands_in)
    own = counted.own[segment]
    told = [i for i in np.argsort(-own.y, kind="stable").tolist() if own.y[i] >= FEWEST]
    return Themes(
        segment,
        tuple(counted.theme(votes, segment, i) for i in told),
        int(own.n),
        int(counted.reviews[segment]),
        writers,
        counted.period,
        votes.reader,
        votes.stands_in,
    )


@dataclass(frozen=True)
class _Counted:
    """Per segment: customers by vote, reviews by vote, tests of all votes."""

    own: dict[int, Moments]
    said: dict[int, NDArray[np.int64]]
    reviews: dict[int, int]
    tests: dict[int, tuple[Array, Array]]
    period: str

    def theme(self, votes: Votes, segment: int, i: int) -> Theme:
        aspect, side = votes.votes[i]
        own = self.own[segment]
        share, rest = float(own.y[i] / own.n), self._rest(votes, segment, i)
        return Theme(
            aspect=aspect,
            side=side,
            customers=int(own.y[i]),
            reviews=int(self.said[segment][i]),
            share=share,
            rest=rest,
            lift=self._lift(segment, i, share, rest),
            period=self.period,
            test=self._test(segment, i, share, rest),
        )

    def _rest(self, votes: Votes, segment: int, i: int) -> float | None:
        """Everybody else's share; each segment weighs as many as wrote, however many were read."""
        others = [number for number in self.own if number != segment]
        weights = [votes.writers[number] for number in others]
        shares = [self.own[number].y[i] / self.own[number].n for number in others]
        return float(np.average(shares, weights=weights)) if others else None

    def _lift(self, segment: int, i: int, share: float, rest: float | None) -> float | None:
        if rest is None or rest > 0:
            return share / rest if rest else None
        own, n = self.own[segment], sum(one.n for one in self.own.values())
        lift, _ = lifts(own.y[i : i + 1], np.zeros(1), (own.n, n - own.n))
        return float(lift[0])

    def _test(self, segment: int, i: int, share: float, rest: float | None) -> Outcome | None:
        p, q = self.tests[segment]
        if rest is None or np.isnan(p[i]):
            return None
        return Outcome(cohens_h(share, rest), "cohens_h", float(p[i]), float(q[i]))


def _counted(base: CustomerBase, votes: Votes) -> _Counted:
    labels = np.asarray(base.segmentation.labels)
    writers, place = np.unique(votes.rows, return_inverse=True)
    says = np.zeros((len(writers), len(votes.votes)), dtype=bool)
    np.logical_or.at(says, place, votes.said)
    own = {int(n): _moments(says[labels[writers] == n]) for n in np.unique(labels[writers])}
    of_review = labels[votes.rows]
    return _Counted(
        own,
        {n: votes.said[of_review == n].sum(axis=0) for n in own},
        {n: int((of_review == n).sum()) for n in own},
        _tests(own),
        open_ledger(base).period("reviews"),
    )


def _moments(says: NDArray[np.bool_]) -> Moments:
    """Sums over customers, each of whom is read once: x is 1, y whether they say it."""
    n, y = float(len(says)), says.sum(axis=0).astype(np.float64)
    return Moments(n, n, n, y, y, y)


def _tests(own: dict[int, Moments]) -> dict[int, tuple[Array, Array]]:
    """Segment → plain and corrected p of each vote; NaN where too few say it anywhere."""
    plain = {number: _p(one, [own[n] for n in own if n != number]) for number, one in own.items()}
    joined: Array = np.concatenate(list(plain.values())) if plain else np.empty(0)
    parts: Sequence[Any] = np.split(corrected(joined), max(len(plain), 1))
    return {number: (plain[number], q) for number, q in zip(plain, parts, strict=False)}


def _p(own: Moments, others: Sequence[Moments]) -> Array:
    if not others:
        return np.full(len(own.y), np.nan)
    rest, *more = others
    for one in more:
        rest = rest + one
    p, _ = share_test(own, rest)
    enough: Array = np.where(own.y + rest.y >= FEWEST_TESTED, p, np.nan)
    return enough
