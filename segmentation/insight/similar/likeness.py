"""What a score of closeness is worth: the chance of a stated thing, learned on customers kept out.

Three things can be asked of a score; in each, what is to be found was hidden from the score.

* `same`: are these two halves of one customer's own history, or two customers? Drawn as often.
* `member`: does somebody this close to a group belong to it? In the proportion there is.
* `bought`: has somebody this close to a product's name bought it? Drawn as often as not.

A chance never falls as the score rises (isotonic regression). Which customers a score finds is not
decided here (similar.py, wanted.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segmentation.types import FloatMatrix
from segmentation.views.taste import unit
from store.cosine import cosines

__all__ = [
    "FEWEST",
    "Chances",
    "Draws",
    "balanced",
    "learn",
    "member_draws",
    "reliability",
    "same_draws",
]

Kind = Literal["same", "member", "bought"]
Floats = NDArray[np.float64]

FEWEST = 40
"""Hidden customers below which no chance is learned."""

MOST_STRANGERS = 100_000
BINS = 10
END = 0.1
"""Share of the draws at either end of a curve that bounds what can be known there."""


@dataclass(frozen=True)
class Chances:
    """The chance at `scores[i]` is `chances[i]`, and straight between.

    Args:
        kind: what it is the chance of; see the module.
        hidden: how many customers (for `bought`, purchases of theirs) were hidden to learn it.
        error: mean distance between chance and frequency, on hidden ones it was not learned from
            (expected calibration error over ten bins, 0 to 1).
    """

    kind: Kind
    scores: tuple[float, ...]
    chances: tuple[float, ...]
    hidden: int
    error: float

    def of(self, scores: Any) -> Floats:
        """The chance of each score, 0 to 1."""
        return np.asarray(np.interp(scores, self.scores, self.chances), dtype=np.float64)

    def to_json(self) -> dict[str, Any]:
        """A dict of JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Chances:
        """What `to_json` wrote."""
        curves = {name: tuple(data[name]) for name in ("scores", "chances")}
        return cls(**{**data, **curves})


@dataclass(frozen=True)
class Draws:
    """Scores with the truth: `score[i]` was given where `truth[i]`, counting `weight[i]` times.

    `fold[i]` is 0 or 1: nothing that was hidden is in both. `hidden` counts what was hidden.
    """

    score: Floats
    truth: NDArray[np.bool_]
    weight: Floats
    fold: NDArray[np.int64]
    hidden: int


def learn(kind: Kind, draws: Draws) -> Chances | None:
    """The chances that draws show; None where too few customers could be hidden."""
    if draws.hidden < FEWEST:
        return None
    table = reliability(draws)
    error = float((table[:, 2] * np.abs(table[:, 0] - table[:, 1])).sum() / table[:, 2].sum())
    curve = _curve(draws, np.ones(len(draws.score), dtype=bool))
    return Chances(kind, *curve, draws.hidden, error)


def reliability(draws: Draws) -> Floats:
    """(10, 3): chance, frequency and weight, by tenths of ascending chance; each fold's chances
    are learned from the other."""
    chance = np.empty(len(draws.score))
    for fold in (0, 1):
        chance[draws.fold == fold] = np.interp(
            draws.score[draws.fold == fold], *_curve(draws, draws.fold != fold)
        )
    # Scores of one chance in any order: draws come with what is so first.
    order = np.lexsort((np.random.default_rng(0).random(len(chance)), chance))
    reached = np.cumsum(draws.weight[order])
    edges = np.searchsorted(reached, reached[-1] * np.arange(1, BINS) / BINS)
    rows = []
    for part in np.split(order, edges):
        weight = draws.weight[part]
        if len(part) and weight.sum() > 0:
            mean = np.average(np.column_stack([chance[part], draws.truth[part]]), 0, weight)
            rows.append([*mean, weight.sum()])
    return np.array(rows)


def _curve(draws: Draws, rows: NDArray[np.bool_]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Scores and chances, as many as the curve needs.

    No chance is surer than the ends are full: of 100 draws that are all so, the next may not be.
    """
    from sklearn.isotonic import IsotonicRegression

    score, truth, weight = (each[rows] for each in (draws.score, draws.truth, draws.weight))
    order = np.argsort(score, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    lowest, highest = order[reached <= END], order[reached >= 1 - END]
    least = 1 / (2 + (~truth[lowest]).sum())
    most = max(least, 1 - 1 / (2 + truth[highest].sum()))
    fitted = IsotonicRegression(y_min=least, y_max=most, out_of_bounds="clip")
    fitted.fit(score, truth, sample_weight=weight)
    return (
        tuple(round(float(x), 6) for x in fitted.X_thresholds_),
        tuple(round(float(y), 6) for y in fitted.y_thresholds_),
    )


def same_draws(first: FloatMatrix, second: FloatMatrix, seed: int = 0) -> Draws:
    """Cosines between halves of histories: of one customer, and of two customers.

    Args:
        first, second: (m, d) embeddings of the two halves; row i is the same customer in both.
    """
    generator = np.random.default_rng(seed)
    cosine = np.asarray(unit(first) @ unit(second).T, dtype=np.float64)
    fold = np.arange(len(cosine)) % 2
    one, other = np.nonzero((fold[:, None] == fold) & ~np.eye(len(fold), dtype=bool))
    kept = generator.permutation(len(one))[:MOST_STRANGERS]
    one, other = one[kept], other[kept]
    return balanced(np.diag(cosine), cosine[one, other], (fold, fold[one]), hidden=len(cosine))


def member_draws(vectors: FloatMatrix, members: NDArray[np.intp], seed: int = 0) -> Draws:
    """Cosines to a group's middle: of members hidden from it, and of everybody else.

    Members are hidden half at a time, so each is judged by the middle of the other half; everybody
    else by both middles, each time counting half.

    Args:
        vectors: (n, d) embeddings of everybody.
        members: rows of the group.
    """
    members = np.random.default_rng(seed).permutation(members)
    others = np.setdiff1d(np.arange(len(vectors)), members)
    placed = unit(np.asarray(vectors, dtype=np.float32))
    score, truth, weight, fold = [], [], [], []
    for half in (0, 1):
        mine = np.concatenate([members[half::2], others])
        told = np.arange(len(mine)) < len(mine) - len(others)
        score.append(cosines(placed[mine], placed[members[1 - half :: 2]].mean(axis=0)))
        truth.append(told)
        weight.append(np.where(told, 1.0, 0.5))
        fold.append(np.where(told, half, mine % 2))
    return Draws(
        np.concatenate(score).astype(np.float64),
        np.concatenate(truth),
        np.concatenate(weight),
        np.concatenate(fold),
        len(members),
    )


def balanced(
    true: Floats, false: Floats, folds: tuple[NDArray[np.int64], NDArray[np.int64]], hidden: int
) -> Draws:
    """Draws in which what is so and what is not weigh the same."""
    return Draws(
        np.concatenate([true, false]),
        np.concatenate([np.ones(len(true), bool), np.zeros(len(false), bool)]),
        np.concatenate([np.full(len(each), 0.5 / max(1, len(each))) for each in (true, false)]),
        np.concatenate(folds),
        hidden,
    )
