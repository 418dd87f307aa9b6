"""What a shop's own baskets teach about texts: which directions of an encoder's space are taste.

An encoder finds two products alike when their names are; customers find them alike when they buy
both. `habit_factors` says the latter of the texts a shop knows. `taste_axes` fits a linear map from
pooled texts to the leading directions of the customer × text matrix (ridge regression onto its
truncated SVD). Because the map starts from the encoder's space, it also takes products nobody has
bought yet, customers that come later, and free text. Nothing of the encoder changes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from segmentation.types import FloatMatrix

__all__ = [
    "AXES",
    "HABITS",
    "bridge",
    "centre_of",
    "directions",
    "habit_factors",
    "habits",
    "learn",
    "pool",
    "recognised",
    "spoken",
    "taste_axes",
    "unit",
    "unit_rows",
]

AXES = 64
RIDGE = 0.3
"""In units of the mean variance per direction: less fits co-purchase closer, more keeps free text
findable (benchmarks/results/representation.md)."""

HABITS = 100
"""Dimensions of what is bought together."""

TELLING = 4  # texts a customer needs to be judged by
JUDGES = 50  # customers with so many needed for a judgement; no more than MOST_JUDGES are asked
MOST_JUDGES = 2_000


def taste_axes(weights: Any, encodings: FloatMatrix, seed: int = 0) -> FloatMatrix | None:
    """Learn the map, and keep it only if it tells customers apart better than the encoder does.

    That is judged on customers it was not learned from: each one's texts are split into two halves,
    and a good space puts the two halves nearer to each other than to other customers' halves.

    Args:
        weights: (customers, texts) sparse, who has which text how much.
        encodings: (texts, dim), rows of length one.
        seed: of the splits and the randomised SVD.

    Returns:
        (dim, m) float32 with m <= AXES, or None where there is too little to learn from or nothing
        is gained.
    """
    generator = np.random.default_rng(seed)
    order = generator.permutation(weights.shape[0])
    learners, others = np.array_split(order, 2)
    judges = others[np.diff(weights.indptr)[others] >= TELLING][:MOST_JUDGES]
    trial = learn(weights[np.sort(learners)], encodings, seed) if len(judges) >= JUDGES else None
    if trial is None:
        return None
    first, second = _halves(weights[np.sort(judges)], encodings, generator)
    gain = recognised(unit(first @ trial), unit(second @ trial)) - recognised(first, second)
    return learn(weights, encodings, seed) if gain > 0 else None


def habit_factors(weights: Any, seed: int = 0) -> FloatMatrix:
    """What is bought together: the leading right singular vectors of the unit rows of `weights`.

    Each is weighed by its singular value: customers are then told apart by what many have in common
    before what few have (benchmarks/results/representation.md).

    Args:
        weights: (customers, texts) sparse, who has which text how much.
        seed: of the randomised SVD.

    Returns:
        (texts, m) float32 with m <= HABITS; m is 0 where there is too little to learn from.
    """
    from sklearn.utils.extmath import randomized_svd

    weights = weights[np.diff(weights.indptr) > 0]
    count = min(HABITS, *(size - 1 for size in weights.shape))
    if count < 1:
        return np.zeros((weights.shape[1], 0), dtype=np.float32)
    _, values, rows = randomized_svd(unit_rows(weights), count, random_state=seed)
    strength = values / values[0] if values[0] > 0 else values
    return np.ascontiguousarray(rows.T * strength, dtype=np.float32)


def habits(weights: Any, factors: FloatMatrix) -> FloatMatrix:
    """Customers in the space of `factors`: (customers, m) float32; zeros for empty rows."""
    return np.asarray(unit_rows(weights) @ factors, dtype=np.float32)


def bridge(meanings: FloatMatrix, habits: FloatMatrix) -> FloatMatrix:
    """(d, m) ridge regression from the directions of pooled texts to their owners' habits.

    Through it free text, and texts that nobody owned, have habits: how those of customers who like
    what they say differ from everybody's.
    """
    source = directions(meanings, centre_of(meanings))
    return _ridge(source, habits - centre_of(habits), RIDGE)


def pool(weights: Any, encodings: FloatMatrix) -> FloatMatrix:
    """Weighted mean of encodings by row: (customers, dim) float32; zeros for empty rows."""
    total = np.asarray(weights.sum(axis=1)).ravel()
    mean = (weights @ encodings) / np.where(total > 0, total, 1.0)[:, None]
    return np.asarray(mean, dtype=np.float32)


def recognised(first: FloatMatrix, second: FloatMatrix) -> float:
    """Mean share of other rows of `second` that are less like first[i] than second[i] is."""
    likeness = first @ second.T
    own = np.diag(likeness)[:, None]
    below = (likeness < own).sum() + ((likeness == own).sum() - len(own)) / 2
    return float(below / (len(own) * (len(own) - 1)))


def learn(
    weights: Any, encodings: FloatMatrix, seed: int, ridge: float = RIDGE
) -> FloatMatrix | None:
    """Ridge regression from pooled directions onto the truncated SVD of the weights."""
    from sklearn.utils.extmath import randomized_svd

    weights = weights[np.diff(weights.indptr) > 0]
    count = min(AXES, *(size - 1 for size in weights.shape))
    if count < 1:
        return None
    left, values, _ = randomized_svd(unit_rows(weights), count, random_state=seed)
    target = unit(left * values).astype(np.float64)
    pooled = pool(weights, encodings)
    return _ridge(directions(pooled, centre_of(pooled)), target, ridge)


def _ridge(source: FloatMatrix, target: Any, ridge: float) -> FloatMatrix:
    """(d, m) least squares from (n, d) to (n, m), the penalty as RIDGE says."""
    exact = source.astype(np.float64)
    gram = exact.T @ exact
    penalty = max(ridge * np.trace(gram) / len(gram), 1e-9) * np.eye(len(gram))
    return np.asarray(np.linalg.solve(gram + penalty, exact.T @ target), dtype=np.float32)


def _halves(
    weights: Any, encodings: FloatMatrix, generator: np.random.Generator
) -> tuple[FloatMatrix, FloatMatrix]:
    """Each row's texts dealt into two hands, as directions; rows with an empty hand left out."""
    dealt = generator.random(weights.nnz) < 0.5
    hands = []
    for chosen in (dealt, ~dealt):
        hand = weights.copy()
        hand.data = np.where(chosen, weights.data, 0).astype(np.float32)
        hands.append(pool(hand, encodings))
    both = spoken(hands[0]) & spoken(hands[1])
    centre = centre_of(pool(weights, encodings))
    return directions(hands[0][both], centre), directions(hands[1][both], centre)


def directions(rows: FloatMatrix, centre: FloatMatrix) -> FloatMatrix:
    """(n, d) seen from the centre, rows of length one; rows of zeros (nothing said) stay zeros."""
    return unit(np.where(spoken(rows)[:, None], rows - centre, 0.0))


def centre_of(rows: FloatMatrix) -> FloatMatrix:
    """(d,) mean of the rows that say something."""
    said = rows[spoken(rows)]
    mean = said.mean(axis=0, dtype=np.float64) if len(said) else np.zeros(rows.shape[1])
    return np.asarray(mean, dtype=np.float32)


def spoken(rows: FloatMatrix) -> Any:
    """(n,) bool: which rows are not zeros."""
    return np.any(rows != 0, axis=1)


def unit(rows: FloatMatrix) -> FloatMatrix:
    """Rows set to length one; zeros stay zeros."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


def unit_rows(weights: Any) -> Any:
    """Sparse rows set to length one; empty rows stay empty."""
    from scipy.sparse import diags

    lengths = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
    return diags(1 / np.where(lengths > 0, lengths, 1.0)) @ weights
