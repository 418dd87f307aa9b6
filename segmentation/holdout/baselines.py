"""What segments must be better than: other ways to use the same past.

* `rfm_cells`: recency, frequency and money, each cut at its quantiles, into at most k cells
* `rfm_kmeans`: k-means on their standardised logarithms
* `one_text_per_customer`: the usual recipe: behaviour in words and product names as one text
  through the encoder, then k-means
* `random_partition`: groups of the same sizes, drawn by lot
* `linear_regression`, `gradient_boosting`: the ceiling: R² of foretelling from the embedding
  itself, cross-validated

Only figures of the future are given: silhouettes of different spaces say nothing about each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.clusters.algorithms import cluster
from segmentation.holdout.data import Holdout
from segmentation.holdout.measures import (
    Scores,
    group_scores,
    neighbour_scores,
)
from segmentation.sampling import sample_rows
from segmentation.types import FUTURE_FIGURES, Encoder, FloatMatrix, Labels, Progress, silent
from segmentation.views.behaviour import before, described

__all__ = [
    "customer_texts",
    "grouping_baselines",
    "regression_ceiling",
    "rfm",
    "rfm_cells",
    "usual_recipe",
    "with_neighbours",
]

DRAWS = 20
FOLDS = 5
MOST_ROWS = 10_000
"""Customers the ceiling is learned from; a seeded sample where there are more."""
MOST_TEXTS = 4_000
"""Customers the usual recipe is tried on: each needs a pass through the transformer."""
LONGEST_TEXT = 1_200  # characters: the encoder reads some 256 tokens of a text
WORDED = (
    "recency", "frequency", "monetary", "average_order_value", "distinct_products",
    "visit_recency", "views", "carts", "purchases",
)  # fmt: skip


def grouping_baselines(holdout: Holdout, labels: Labels, seed: int = 0) -> dict[str, Scores]:
    """The quick ones: RFM cells, RFM k-means, and lots; for as many groups as `labels` has."""
    k = len(np.unique(labels))
    table = rfm(holdout.features)
    found = {"rfm_cells": group_scores(holdout, rfm_cells(table, k))}
    scaled = _standardised(table)
    if len(np.unique(scaled, axis=0)) >= k:
        by_means = cluster(scaled, method="kmeans", k=k, seed=seed)
        found["rfm_kmeans"] = group_scores(holdout, by_means)
    found["random_partition"] = _by_lot(holdout, labels, seed)
    return found


def rfm(features: pd.DataFrame) -> pd.DataFrame:
    """Recency, frequency, money; where nobody bought, recency and number of events."""
    if "recency" in features:
        table = features[["recency", "frequency", "monetary"]]
    else:
        counts = features.filter(["views", "searches", "wishlists", "carts", "purchases"])
        table = pd.DataFrame(
            {"recency": features["visit_recency"], "frequency": counts.sum(axis=1)}
        )
    table = table.astype("float64")
    return table.fillna({"recency": table["recency"].max()}).fillna(0.0)


def rfm_cells(table: pd.DataFrame, k: int) -> Labels:
    """Cells of quantiles, at most `k`: money is cut first, then recency, then frequency, in turn.

    Eight are the two halves of each. Parts are of equal size: ties go by the order of rows, as in
    the usual `qcut(rank(method="first"))`.
    """
    cuts = _cuts([name for name in ("monetary", "recency", "frequency") if name in table], k)
    cells = np.zeros(len(table), dtype=np.int64)
    for name, parts in cuts.items():
        rank = table[name].rank(method="first").to_numpy() - 1
        cells = cells * parts + (rank * parts // len(table)).astype(np.int64)
    return np.asarray(np.unique(cells, return_inverse=True)[1] + 1, dtype=np.int32)


def _cuts(names: Sequence[str], k: int) -> dict[str, int]:
    """How many parts each measure is cut into, so that there are at most `k` cells."""
    parts = dict.fromkeys(names, 1)
    for turn in range(k * len(names)):
        name = names[turn % len(names)]
        grown = parts | {name: parts[name] + 1}
        if np.prod(list(grown.values())) > k:
            break
        parts = grown
    return parts


def _standardised(table: pd.DataFrame) -> FloatMatrix:
    logs = np.log1p(table.to_numpy())
    spread = logs.std(axis=0)
    return np.asarray((logs - logs.mean(axis=0)) / np.where(spread > 0, spread, 1), np.float32)


def _by_lot(holdout: Holdout, labels: Labels, seed: int) -> Scores:
    """Mean over draws of the figures of `labels` dealt to other customers."""
    generator = np.random.default_rng(seed)
    draws = [group_scores(holdout, generator.permutation(labels)) for _ in range(DRAWS)]
    return {name: _mean([draw[name] for draw in draws]) for name in FUTURE_FIGURES}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def with_neighbours(
    baselines: Mapping[str, Mapping[str, float | None]], holdout: Holdout, seed: int = 0
) -> dict[str, Scores]:
    """The baselines with what the 50 nearest foretell: nearest by RFM, and by lot."""
    generator = np.random.default_rng(seed)
    spaces = {
        "rfm_kmeans": _standardised(rfm(holdout.features)),
        "random_partition": generator.normal(size=(len(holdout.spend), 8)).astype(np.float32),
    }
    near = {name: neighbour_scores(holdout, space, seed) for name, space in spaces.items()}
    return {name: {**scores, **near.get(name, {})} for name, scores in baselines.items()}


def usual_recipe(
    holdout: Holdout,
    tables: Mapping[str, Any],
    encoder: Encoder,
    *,
    k: int,
    seed: int = 0,
    progress: Progress = silent,
) -> Scores:
    """One text per customer through the encoder, k-means on that, and its nearest neighbours.

    Of a seeded sample of customers where there are more than `MOST_TEXTS`.
    """
    rows = sample_rows(len(holdout.spend), MOST_TEXTS, seed)
    part = holdout.take(rows)
    vectors = encoder.encode(customer_texts(tables, part.features, holdout.cut), progress)
    k = min(k, len(np.unique(vectors, axis=0)))
    labels = cluster(vectors, method="kmeans", k=k, seed=seed)
    return {**group_scores(part, labels), **neighbour_scores(part, vectors, seed)}


def customer_texts(tables: Mapping[str, Any], features: pd.DataFrame, cut: datetime) -> list[str]:
    """One text per customer: numbers in words, then what they bought (browsed, where nothing was
    bought), most often first; ascending as `features`."""
    said = _names(before(tables, cut), features.index)
    worded = [name for name in WORDED if name in features]
    numbers = features[worded].to_dict("records")
    return [
        f"Customer with {_words(row)}. Bought: {', '.join(said.get(customer, ()))}"[:LONGEST_TEXT]
        for customer, row in zip(features.index, numbers, strict=True)
    ]


def _words(row: Mapping[Any, Any]) -> str:
    known = {str(name): value for name, value in row.items() if not pd.isna(value)}
    return ", ".join(f"{name.replace('_', ' ')} {value:.6g}" for name, value in known.items())


def _names(tables: Mapping[str, Any], customers: pd.Index[str]) -> dict[str, list[str]]:
    """Customer -> names of products (categories where they have none), most often first."""
    name = "orders" if "orders" in tables else "events"
    rows = described(tables[name], tables.get("products"))
    if name == "orders":
        rows = rows.filter((rows.kind == "sale") & ~rows.is_charge)
    columns = [rows[column] for column in ("product", "category") if column in rows.columns]
    if not columns:
        return {}
    rows = rows.select("customer_id", text=ibis.coalesce(*columns))
    rows = rows.filter(rows.text.notnull())
    counts = rows.group_by("customer_id", "text").aggregate(n=rows.count()).to_pandas()
    found = counts.sort_values(["customer_id", "n", "text"], ascending=[True, False, True])
    found = found[found.customer_id.isin(customers)]
    return {str(key): list(part) for key, part in found.groupby("customer_id").text}


def regression_ceiling(holdout: Holdout, vectors: FloatMatrix, seed: int = 0) -> dict[str, Scores]:
    """R² of log spend and of coming back, foretold by regression; over customers left out."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import RidgeCV

    rows = sample_rows(len(vectors), MOST_ROWS, seed)
    models = {
        "linear_regression": RidgeCV(np.logspace(-2, 4, 7)),
        "gradient_boosting": HistGradientBoostingRegressor(
            max_iter=100, learning_rate=0.05, max_leaf_nodes=15, random_state=seed
        ),
    }
    outcomes = {"future_spend_eta2": holdout.spend, "future_repurchase_eta2": holdout.returned}
    return {
        name: {
            metric: None
            if metric in holdout.reasons
            else _left_out_r2(model, vectors[rows], np.asarray(values[rows], float), seed)
            for metric, values in outcomes.items()
        }
        for name, model in models.items()
    }


def _left_out_r2(model: Any, vectors: FloatMatrix, values: NDArray[np.float64], seed: int) -> float:
    from sklearn.metrics import r2_score
    from sklearn.model_selection import KFold, cross_val_predict

    folds = KFold(FOLDS, shuffle=True, random_state=seed)
    return float(r2_score(values, cross_val_predict(model, vectors, values, cv=folds)))
