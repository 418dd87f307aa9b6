"""Does what segments say of customers hold in time? Segments made before a cut, judged after it.

A shop where everybody buys by the same process still scatters its customers into clumps: the lucky
and the unlucky, the early and the late. Such segments say nothing about what the same customers do
next. So they are asked: do they differ afterwards by more than labels dealt out at random would?
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentation.clusters.quality import squares_between
from segmentation.types import Future, Labels

__all__ = ["foretold"]

PERMUTATIONS = 499
CHANCE = 0.01
WORTH_KNOWING = 0.02
"""The smallest share of the future's variance that would make segments worth having."""
POWER = 0.8
COMPONENTS = 10

Values = NDArray[np.float64]


def foretold(labels: Labels, future: Future, seed: int = 0) -> bool | None:
    """Whether segments as of the cut differ in what their customers did after it.

    Asked of coming back and, where known, of log spend and of what was done (the leading components
    of `future.later`, among customers who did something): the mean η² of the questions, against
    labels permuted among customers. True at p <= .01. False only where a true η² of .02 would have
    been seen in four of five cases (noncentral F; Cohen, 1988). None in between.

    Args:
        labels: (m,) segments of `future.vectors`; 0 is unassigned and left out.
    """
    rows = np.flatnonzero(labels > 0)
    groups = np.unique(labels[rows], return_inverse=True)[1]
    questions = _questions(future, rows)
    if not questions or len(np.unique(groups)) < 2:
        return None
    generator = np.random.default_rng(seed)
    observed = _knowledge(groups, questions)
    chance = [_knowledge(generator.permutation(groups), questions) for _ in range(PERMUTATIONS)]
    p = (1 + sum(each >= observed for each in chance)) / (1 + PERMUTATIONS)
    if p <= CHANCE:
        return True
    return False if _power(len(rows), int(groups.max()) + 1) >= POWER else None


def _questions(future: Future, rows: NDArray[np.intp]) -> list[tuple[NDArray[np.intp], Values]]:
    """(places among `rows`, standardised answers (places, m)); only questions with two answers."""
    everybody = np.arange(len(rows))
    asked = [(everybody, future.returned[rows].astype(np.float64)[:, None])]
    if np.isfinite(future.spend[rows]).all():  # browsing names no money
        asked.append((everybody, future.spend[rows][:, None]))
    if future.later is not None:
        active = np.flatnonzero(np.isfinite(future.later[rows]).all(axis=1))
        if len(active) > 2 * COMPONENTS:
            asked.append((active, _leading(future.later[rows][active].astype(np.float64))))
    kept = [(places, answers - answers.mean(axis=0)) for places, answers in asked]
    totals = [float((answers**2).sum()) for _, answers in kept]
    return [
        (places, answers / total**0.5)
        for (places, answers), total in zip(kept, totals, strict=True)
        if total > 0
    ]


def _leading(rows: Values) -> Values:
    """Rows on their ten leading principal components."""
    centred = rows - rows.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ axes[:, ::-1][:, :COMPONENTS])


def _knowledge(groups: NDArray[np.intp], questions: list[tuple[NDArray[np.intp], Values]]) -> float:
    """Mean η² over the questions."""
    return float(
        np.mean([squares_between(answers, groups[places]) for places, answers in questions])
    )


def _power(n: int, k: int) -> float:
    """Chance that an F test of k groups of n customers sees an η² of WORTH_KNOWING."""
    from scipy.stats import f, ncf

    if n <= k + 1:
        return 0.0
    threshold = f.ppf(1 - CHANCE, k - 1, n - k)
    noncentrality = n * WORTH_KNOWING / (1 - WORTH_KNOWING)
    return float(ncf.sf(threshold, k - 1, n - k, noncentrality))
