"""One clustering run, whole: recipe in, segmentation out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from segmentation.clusters.algorithms import (
    DENSITY_METHODS,
    attached,
    check_method,
    check_size,
    cluster,
    order_of,
    tune,
)
from segmentation.clusters.auto import best_method
from segmentation.clusters.centres import confidence
from segmentation.clusters.choose import BOOTSTRAPS, choose_k, keeping
from segmentation.clusters.density import Density
from segmentation.clusters.foretold import foretold
from segmentation.clusters.outliers import drawn_in
from segmentation.clusters.quality import (
    UNSTABLE,
    Clusterer,
    indices,
    prediction_strength,
    reduced_sample,
    resampler,
    segment_jaccards,
    verdict_of,
)
from segmentation.clusters.structure import structure_of
from segmentation.types import (
    Choice,
    Continuity,
    FloatMatrix,
    Future,
    InputError,
    Labels,
    Progress,
    Recipe,
    Segment,
    Segmentation,
    Verdict,
    silent,
)

__all__ = ["SMALLEST_BASE", "Renumber", "customer_map", "segment"]

T = TypeVar("T", bound=np.generic)
Renumber = Callable[[Labels], tuple[Labels, Continuity | None]]
"""Gives new segments the ids they had before, and says what became of the earlier ones."""

SMALLEST_BASE = 10
ATTACHED_CONFIDENCE = 0.25
"""The most that is believed of customers a density method had left out."""


@dataclass(frozen=True)
class _Plan:
    """How to cluster, once everything open has been chosen."""

    method: str
    k: int
    density: Density | None = None
    attach: bool = False
    choice: Choice | None = None
    notes: tuple[str, ...] = ()

    def found(self, vectors: FloatMatrix, seed: int) -> Labels:
        """Labels before anybody is attached."""
        k = min(self.k, len(vectors))
        return cluster(vectors, method=self.method, k=k, seed=seed, density=self.density)

    def cluster(self, vectors: FloatMatrix, seed: int) -> Labels:
        labels = self.found(vectors, seed)
        return attached(vectors, labels, seed) if self.attach else labels


def segment(
    vectors: FloatMatrix,
    recipe: Recipe,
    *,
    id: str = "",
    future: Future | None = None,
    before: int | None = None,
    renumber: Renumber = lambda labels: (labels, None),
    progress: Progress = silent,
) -> Segmentation:
    """Cluster `vectors` (n, d) as `recipe` says and judge the result.

    Everything is done on sorted rows, so that what comes out follows the customers, whatever order
    they come in.

    Args:
        future: what customers did after a cut, for choosing the number of segments and the verdict.
        before: how many segments the same recipe chose before; kept while that number holds.
        renumber: gives segments the ids they had in an earlier segmentation.

    Raises:
        InputError: unknown method, one that cannot work here, fewer than 10 customers, or an
            impossible number of segments.
    """
    from threadpoolctl import threadpool_limits

    _check_base(vectors)
    with threadpool_limits(limits=1):
        tamed, outside = drawn_in(vectors)
        order = order_of(tamed)
        rows = tamed[order]
        plan = _planned(rows, recipe, future, before, progress)
        progress("clustering", 0, None)
        made = plan.found(vectors[order], recipe.seed)
        joined = (made == 0) & plan.attach
        if joined.any():
            made = attached(rows, made, recipe.seed)
        labels, continuity = renumber(_back(made, order))
        judged = _judged(rows, labels[order], joined, plan, recipe, future, progress)
        return replace(
            judged,
            id=id,
            labels=labels,
            confidence=_back(judged.confidence, order),
            map=_back(judged.map, order),
            notes=judged.notes + _outlier_notes(int(outside.sum())),
            continuity=continuity,
        )


def _check_base(vectors: FloatMatrix) -> None:
    if len(vectors) < SMALLEST_BASE:
        raise InputError(
            f"{len(vectors)} customers are too few to segment",
            where="customers",
            fix=f"Give the orders of at least {SMALLEST_BASE} customers.",
        )


def _back(values: NDArray[T], order: NDArray[np.intp]) -> NDArray[T]:
    """What was computed on sorted rows, in the customers' order."""
    placed = np.empty_like(values)
    placed[order] = values
    return placed


# --- planning ----------------------------------------------------------------------------------


def _planned(
    rows: FloatMatrix,
    recipe: Recipe,
    future: Future | None,
    before: int | None,
    progress: Progress,
) -> _Plan:
    method = recipe.method if recipe.method == "auto" else check_method(recipe.method)
    check_size(rows, method)
    if method in DENSITY_METHODS:
        density = tune(rows, method, recipe.seed)
        return _Plan(method, 1, density, attach=recipe.attach_unassigned)
    k, choice = recipe.n_segments, None
    notes: tuple[str, ...] = ()
    if k is None:
        plain = "kmeans" if method == "auto" else method
        choice = choose_k(rows, method=plain, seed=recipe.seed, future=future, progress=progress)
        choice = keeping(choice, before)
        k, notes = choice.k, (choice.reason,)
    if method == "auto":
        method, why = best_method(rows, k, recipe.seed, progress)
        notes = (*notes, why)
    return _Plan(method, k, choice=choice, notes=notes)


# --- judging -----------------------------------------------------------------------------------


def _judged(
    rows: FloatMatrix,
    labels: Labels,
    joined: NDArray[np.bool_],
    plan: _Plan,
    recipe: Recipe,
    future: Future | None,
    progress: Progress,
) -> Segmentation:
    jaccards, strength = _stability(rows, labels, plan, recipe.seed, progress)
    metrics: dict[str, float | None] = {
        **indices(rows, labels, recipe.seed),
        "stability_min_jaccard": min(jaccards.values(), default=None),
        "prediction_strength": strength,
    }
    verdict = _verdict(rows, jaccards, plan, future, recipe.seed, progress)
    sure = confidence(rows, labels)
    sure[joined] = np.minimum(sure[joined], ATTACHED_CONFIDENCE)
    return Segmentation(
        id="",
        recipe=recipe,
        method=plan.method,
        labels=labels,
        confidence=sure,
        map=customer_map(rows, recipe.seed),
        segments=_segments(labels, verdict),
        metrics=metrics,
        verdict=verdict,
        notes=(*plan.notes, *_notes(labels, joined, jaccards, recipe)),
        jaccards=jaccards,
        choice=plan.choice,
    )


def _stability(
    rows: FloatMatrix, labels: Labels, plan: _Plan, seed: int, progress: Progress
) -> tuple[dict[int, float], float | None]:
    """Bootstrap Jaccard per segment and prediction strength, on a seeded sample of a large base.

    Density methods have no prediction strength: the measure asks for a number of segments.
    """
    k = len(np.unique(labels[labels > 0]))
    drawn, sample = reduced_sample(rows, plan.method, seed)
    dense = plan.method in DENSITY_METHODS
    again: Clusterer = plan.cluster if dense else resampler(plan.method, k)
    jaccards = segment_jaccards(
        sample, labels[drawn], again, rounds=BOOTSTRAPS, seed=seed, progress=progress
    )
    strength = None if dense else prediction_strength(sample, k, plan.method, seed)
    return jaccards, strength


def _verdict(
    rows: FloatMatrix,
    jaccards: dict[int, float],
    plan: _Plan,
    future: Future | None,
    seed: int,
    progress: Progress,
) -> Verdict:
    structure = plan.choice.structure if plan.choice else structure_of(rows, seed, progress).kind
    held = None
    if future is not None:
        held = foretold(plan.cluster(future.vectors, seed), future, seed)
    return verdict_of(jaccards, structure, held)


def _notes(
    labels: Labels, joined: NDArray[np.bool_], jaccards: dict[int, float], recipe: Recipe
) -> tuple[str, ...]:
    notes = []
    found, asked = len(np.unique(labels[labels > 0])), recipe.n_segments
    if asked is not None and found != asked:
        notes.append(f"{found} segments were found, not the {asked} asked for.")
    if joined.any():
        notes.append(
            f"{int(joined.sum()):,} customers ({joined.mean():.0%}) that lie between the dense "
            f"groups were attached to the segment most of their nearest neighbours are in, with a "
            f"confidence of at most {ATTACHED_CONFIDENCE}."
        )
    unstable = [str(i) for i, jaccard in jaccards.items() if jaccard < UNSTABLE]
    if unstable:
        notes.append(f"Unstable under resampling: segment {', '.join(unstable)}.")
    return tuple(notes)


def _outlier_notes(outliers: int) -> tuple[str, ...]:
    if not outliers:
        return ()
    who = "1 customer lies" if outliers == 1 else f"{outliers:,} customers lie"
    were = "was" if outliers == 1 else "were"
    return (
        f"{who} far outside all others and {were} drawn in to their rim before clustering, so as "
        f"not to take a segment from them.",
    )


def customer_map(vectors: FloatMatrix, seed: int = 0) -> FloatMatrix:
    """Each customer's place on a flat map: the first two principal components; (n, 2) float32."""
    from sklearn.decomposition import PCA
    from threadpoolctl import threadpool_limits

    flat = np.zeros((len(vectors), 2), dtype=np.float32)
    dimensions = min(2, vectors.shape[1])
    with threadpool_limits(limits=1):
        flat[:, :dimensions] = PCA(dimensions, random_state=seed).fit_transform(vectors)
    return flat


def _segments(labels: Labels, verdict: Verdict) -> tuple[Segment, ...]:
    """By id; the unassigned, if any, last. Names and facts are given by `insight`.

    What structureless data was cut into is not called a segment.
    """
    kind = "Part" if verdict == "none" else "Segment"
    sizes = np.bincount(labels)
    ids = [*(int(i) for i in np.unique(labels[labels > 0])), *([0] if sizes[0] else [])]
    return tuple(
        Segment(
            id=i,
            name=f"{kind} {i}" if i else "Unassigned",
            size=int(sizes[i]),
            share=float(sizes[i] / len(labels)),
        )
        for i in ids
    )
