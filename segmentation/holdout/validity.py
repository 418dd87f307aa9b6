"""A segmentation judged by the future: its recipe fitted before the cut, measured after it.

The figures speak of the same recipe with the same number of segments, made of what was known at the
cut; not of today's labels, which have seen what they would be asked to foretell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from segmentation.clusters.algorithms import attached, cluster
from segmentation.holdout.baselines import (
    grouping_baselines,
    regression_ceiling,
    usual_recipe,
    with_neighbours,
)
from segmentation.holdout.data import Holdout, Reason
from segmentation.holdout.measures import (
    Scores,
    group_scores,
    intervals,
    neighbour_scores,
)
from segmentation.types import (
    FUTURE_FIGURES,
    Encoder,
    InputError,
    Labels,
    Progress,
    Segmentation,
    Validity,
    silent,
)

__all__ = ["judged", "judged_beside_all"]

NO_METRICS: Scores = dict.fromkeys(FUTURE_FIGURES)


def judged(segmentation: Segmentation, holdout: Holdout | Reason) -> Segmentation:
    """The segmentation with its FUTURE_FIGURES, beside the baselines that take no time."""
    if isinstance(holdout, str):
        return _with(segmentation, _unknown(holdout))
    labels = _labels_before(segmentation, holdout)
    if isinstance(labels, str):
        return _with(segmentation, _unknown(labels))
    seed = segmentation.recipe.seed
    validity = Validity(
        period=holdout.period,
        customers=len(holdout.spend),
        returned=int(holdout.returned.sum()),
        metrics=group_scores(holdout, labels),
        intervals=intervals(holdout, labels, seed),
        baselines=grouping_baselines(holdout, labels, seed),
        notes=(_head(segmentation, holdout, labels), *_reasons(holdout.reasons)),
    )
    return _with(segmentation, validity)


def judged_beside_all(
    segmentation: Segmentation,
    holdout: Holdout | Reason,
    tables: Mapping[str, Any],
    encoder: Encoder,
    progress: Progress = silent,
) -> Segmentation:
    """As `judged`, with the figures of NEIGHBOUR_FIGURES and all baselines.

    The usual recipe encodes a text per customer, which takes minutes where there are thousands.

    Args:
        tables: those the holdout was made of.
        encoder: texts → unit vectors.
        progress: told about the encoding.
    """
    progress("comparing with other ways", 0, None)
    first = judged(segmentation, holdout)
    validity = first.validity
    if isinstance(holdout, str) or validity is None or validity.period is None:
        return first
    recipe, k = segmentation.recipe, segmentation.k
    vectors = holdout.past.vectors(recipe.text_weight)
    near = neighbour_scores(holdout, vectors, recipe.seed)
    usual = usual_recipe(holdout, tables, encoder, k=k, seed=recipe.seed, progress=progress)
    baselines = {
        **with_neighbours(validity.baselines, holdout, recipe.seed),
        "one_text_per_customer": usual,
        **regression_ceiling(holdout, vectors, recipe.seed),
    }
    metrics = {**validity.metrics, **near}
    return _with(first, replace(validity, metrics=metrics, baselines=baselines))


def _labels_before(segmentation: Segmentation, holdout: Holdout) -> Labels | Reason:
    """The segmentation's recipe on what was known at the cut."""
    recipe = segmentation.recipe
    vectors = holdout.past.vectors(recipe.text_weight)
    try:
        labels = cluster(vectors, method=segmentation.method, k=segmentation.k, seed=recipe.seed)
        return attached(vectors, labels, recipe.seed) if recipe.attach_unassigned else labels
    except InputError as error:
        return f"Before the cut the recipe could not be fitted: {error.what}."


def _with(segmentation: Segmentation, validity: Validity) -> Segmentation:
    metrics = {**segmentation.metrics, **validity.metrics}
    return replace(segmentation, metrics=metrics, validity=validity)


def _unknown(reason: Reason) -> Validity:
    note = f"No figures of the future: {reason[:1].lower()}{reason[1:]}"
    return Validity(None, metrics=NO_METRICS, notes=(note,))


def _head(segmentation: Segmentation, holdout: Holdout, labels: Labels) -> str:
    first, last = holdout.period.split("/")
    groups = len(np.unique(labels[labels > 0]))
    return (
        f"The figures of the future speak of the same recipe ({segmentation.method}, {groups} "
        f"segments) fitted to the {len(labels):,} customers known before {first}, measured on "
        f"{first} to {last}; {int(holdout.returned.sum()):,} of them came back."
    )


def _reasons(reasons: Mapping[str, Reason]) -> tuple[str, ...]:
    by_reason: dict[Reason, list[str]] = {}
    for metric, reason in reasons.items():
        by_reason.setdefault(reason, []).append(metric)
    return tuple(f"{', '.join(metrics)}: {reason}" for reason, metrics in by_reason.items())
