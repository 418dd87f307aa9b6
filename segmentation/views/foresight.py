"""What a shop's own past teaches about its customers' future, as one coordinate per customer.

Of all that behaviour says, little foretells what comes. So the clock is turned back by a horizon,
customers are described as they were then, and a ridge regression learns what they spent since. The
description is how often, how much and how varied they bought, each with several half-lives: recent
orders count most, and how fast they fade is learnt rather than assumed. Applied to what is known
now, the regression orders customers by the spending to be expected of them.

This is a coordinate to take distances in, not a forecast to show anybody: insight/value is that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.types import FloatMatrix
from segmentation.views.behaviour import order_history
from segmentation.views.scaling import Column, fit_column

__all__ = ["Foresight", "foresee"]

LONGEST_HORIZON = 90.0  # days
SHORTEST_HORIZON = 7.0
HORIZONS_KNOWN = 3
"""The data must reach this many horizons back: one to look at, the rest to describe from."""
FADES = (1 / 6, 1 / 3, 2 / 3, 1.0, 2.0, 4.0)
"""Half-lives, in horizons."""
RIDGE = 0.1  # per customer
ENOUGH = 100  # customers to learn from
FOLDS = 5
LEAST_GAIN = 0.02
"""Share of the variance of log spending that must be foretold for customers not learnt from."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Foresight:
    """The learnt regression, and how customers are described to it.

    Args:
        horizon: days looked ahead.
        columns: how each description becomes a coordinate, fitted to the base.
        slopes: effect of each, per standard deviation; same order.
        foretold: share of the variance of log spending foretold for customers not learnt from.
    """

    horizon: float
    columns: tuple[Column, ...]
    slopes: tuple[float, ...]
    foretold: float

    def transform(
        self, tables: Mapping[str, Any], customers: Sequence[str], as_of: datetime
    ) -> FloatMatrix:
        """The coordinate of customers as known just before `as_of`: (n, 1) float32."""
        described = _described(_history(tables, customers, as_of), len(customers), 0, self.horizon)
        block = np.stack([each.coordinates(described[each.name]) for each in self.columns], axis=1)
        return np.asarray(block @ np.array(self.slopes)[:, None], dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write a JSON file."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Foresight:
        """Read what `save` wrote."""
        document = json.loads(path.read_text(encoding="utf-8"))
        columns = tuple(Column.of(each) for each in document["columns"])
        return cls(**{**document, "columns": columns, "slopes": tuple(document["slopes"])})


def foresee(
    tables: Mapping[str, Any], customers: Sequence[str], *, as_of: datetime, seed: int = 0
) -> Foresight | None:
    """Learn from what is known just before `as_of`.

    Args:
        tables: canonical name -> Ibis table; only orders are looked at.
        customers: ids in row order.
        seed: of the folds.

    Returns:
        None where there are no orders, too few customers or days, or nothing can be foretold.
    """
    history = _history(tables, customers, as_of)
    horizon = min(LONGEST_HORIZON, _span(history) / HORIZONS_KNOWN)
    if horizon < SHORTEST_HORIZON:
        return None
    then, spent = _lesson(history, len(customers), horizon)
    foretold = _foretold(then, spent, seed) if len(then) >= ENOUGH else 0.0
    if foretold < LEAST_GAIN:
        return None
    columns = _columns(_described(history, len(customers), 0, horizon))
    return Foresight(horizon, columns, tuple(_ridge(then, spent).tolist()), foretold)


def _history(tables: Mapping[str, Any], customers: Sequence[str], as_of: datetime) -> pd.DataFrame:
    """Orders `row, age, spent, products` of the customers, age in days before `as_of`."""
    if "orders" not in tables:
        return pd.DataFrame({name: [] for name in ("row", "age", "spent", "products")})
    history = order_history(tables, as_of=as_of).to_pandas()
    history["row"] = pd.Index(customers).get_indexer(pd.Index(history.customer_id))
    history = history[history.row >= 0].sort_values(["row", "age", "order_id"], ignore_index=True)
    return pd.DataFrame(history[["row", "age", "spent", "products"]])


def _span(history: pd.DataFrame) -> float:
    return float(history.age.max() - history.age.min()) if len(history) else 0.0


def _lesson(history: pd.DataFrame, customers: int, horizon: float) -> tuple[Values, Values]:
    """Customers as described one horizon ago, and the log of what they spent since."""
    described = _described(history, customers, horizon, horizon)
    known = np.flatnonzero(described["orders"] > 0)
    since = history[history.age < horizon]
    spent = np.bincount(since.row.astype(int), weights=since.spent, minlength=customers)
    rows = {name: values[known] for name, values in described.items()}
    # Ranks among those known then: what counts as much or recent is the time's own.
    block = [each.coordinates(rows[each.name]) for each in _columns(rows)] if len(known) else []
    return np.array(block).T, np.log1p(spent[known])


def _described(
    history: pd.DataFrame, customers: int, back: float, horizon: float
) -> dict[str, Values]:
    """What was known of each customer `back` days ago, each (customers,)."""
    known = history[history.age >= back]
    rows, age = known.row.to_numpy(dtype=np.int64), known.age.to_numpy(dtype=np.float64) - back
    counted = {"orders": np.ones(len(rows)), "money": known.spent, "products": known.products}

    def summed(weights: Any) -> Values:
        return np.bincount(rows, weights=weights, minlength=customers).astype(np.float64)

    described = {name: summed(amount) for name, amount in counted.items()}
    for fade in FADES:
        fresh = np.exp2(-age / (fade * horizon))
        for name, amount in counted.items():
            described[f"{name} fading in {fade:.2g}"] = summed(fresh * amount)
    first, last = np.full(customers, -1.0), np.full(customers, np.inf)
    np.maximum.at(first, rows, age)
    np.minimum.at(last, rows, age)
    return described | {"tenure": first, "recency": np.where(np.isfinite(last), last, 1e6)}


def _columns(described: Mapping[str, Values]) -> tuple[Column, ...]:
    return tuple(fit_column(name, values, ranked=True) for name, values in described.items())


def _ridge(block: Values, target: Values) -> Values:
    gram = block.T @ block + RIDGE * len(block) * np.eye(block.shape[1])
    slopes: Values = np.linalg.solve(gram, block.T @ (target - target.mean()))
    return slopes


def _foretold(block: Values, target: Values, seed: int) -> float:
    """R² over customers not learnt from."""
    fold = np.random.default_rng(seed).permutation(len(target)) % FOLDS
    errors = np.empty(len(target))
    for each in range(FOLDS):
        learn, ask = fold != each, fold == each
        guess = target[learn].mean() + block[ask] @ _ridge(block[learn], target[learn])
        errors[ask] = target[ask] - guess
    variance = float(target.var())
    return 1 - float((errors**2).mean()) / variance if variance > 0 else 0.0
