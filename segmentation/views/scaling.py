"""Behaviour features in their own units → one block of numbers that distances can be taken in.

Three rules, each there for a reason:

* Heavy tails are replaced by normal scores of their ranks, so that one whale cannot cost the others
  a segment; shares and ratios are standardised and cut at three standard deviations.
* What is unknown of a customer becomes 0, the centre: it pulls towards nobody, and makes no segment
  of the unknown. Spread is measured over the known values only, so a column that few customers have
  carries less variance, not more.
* Columns of one group (seven weekdays, twelve categories) share the group's variance; recency,
  frequency and money weigh most. Constant columns are dropped.

A `Standardiser` is fitted once and applied to customers that come later.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.types import FloatMatrix
from segmentation.views.features import CATEGORY_SHARE, GROUP_WEIGHTS, feature

__all__ = ["Column", "Standardiser", "fit_column", "standardise"]

MOST_KNOTS = 256
EDGE = 32
"""Distinct values kept at either end: between a whale and the next there must be a knot."""
CUT = 3.0  # standard deviations

MANNER = frozenset(
    {
        "average_order_value",
        "discount_share",
        "items_per_order",
        "low_price_share",
        "median_price",
        "return_rate",
    }
)
"""How customers choose, rather than how often or how much."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """How one feature becomes one coordinate: `(score(x) - centre) / spread * weight`.

    For `rank` features score interpolates between knots (value, normal score of its mid-rank); for
    `linear` ones there are no knots and score(x) = x.
    """

    name: str
    knots: tuple[float, ...]
    scores: tuple[float, ...]
    centre: float
    spread: float
    weight: float

    def coordinates(self, values: Values) -> Values:
        """Values in the feature's unit → coordinates; unknown → 0. Same shape."""
        if self.spread == 0:
            return np.zeros(len(values))
        scored = np.interp(values, self.knots, self.scores) if self.knots else values
        scaled = np.clip((scored - self.centre) / self.spread, -CUT, CUT)
        return np.where(np.isfinite(values), scaled, 0.0) * self.weight

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Column:
        """Read back what `dataclasses.asdict` made of a column."""
        lists = {name: tuple(document[name]) for name in ("knots", "scores")}
        return cls(**{**document, **lists})


@dataclass(frozen=True)
class Standardiser:
    """The fitted scaling of a behaviour table."""

    columns: tuple[Column, ...]

    @classmethod
    def fit(
        cls, features: pd.DataFrame, group_weights: Mapping[str, float] = GROUP_WEIGHTS
    ) -> Standardiser:
        """Learn the scaling from features, one row per customer, columns named as in FEATURES."""
        columns = [name for name in features.columns if _varies(features[name])]
        per_group = Counter(feature(name).group for name in columns)
        weights = {group: (group_weights[group] / n) ** 0.5 for group, n in per_group.items()}
        return cls(
            tuple(
                fit_column(
                    name,
                    _values(features[name]),
                    ranked=feature(name).scale == "rank",
                    weight=weights[feature(name).group],
                )
                for name in columns
            )
        )

    def transform(self, features: pd.DataFrame) -> FloatMatrix:
        """Features → (n, columns kept) float32; a column the frame lacks is unknown for all."""
        block = np.zeros((len(features), len(self.columns)), dtype=np.float32)
        for place, column in enumerate(self.columns):
            if column.name in features:
                block[:, place] = column.coordinates(_values(features[column.name]))
        return block

    def manner(self, block: FloatMatrix) -> FloatMatrix:
        """Of a transformed block, how customers choose: (n, columns of MANNER), spread 1 each."""
        chosen = [place for place, each in enumerate(self.columns) if each.name in MANNER]
        weights = np.array([self.columns[place].weight for place in chosen], dtype=np.float32)
        return np.asarray(block[:, chosen] / weights, dtype=np.float32)

    @property
    def categories(self) -> list[str]:
        """The categories whose shares are columns."""
        names = [column.name for column in self.columns]
        return [n.removeprefix(CATEGORY_SHARE) for n in names if n.startswith(CATEGORY_SHARE)]

    def save(self, path: Path) -> None:
        """Write a JSON file."""
        document = {"columns": [asdict(column) for column in self.columns]}
        path.write_text(json.dumps(document), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Standardiser:
        """Read what `save` wrote."""
        document = json.loads(path.read_text(encoding="utf-8"))
        return cls(tuple(Column.of(each) for each in document["columns"]))


def standardise(features: pd.DataFrame) -> FloatMatrix:
    """Behaviour features → behaviour block, fitted to these customers: (n, d) float32."""
    return Standardiser.fit(features).transform(features)


def fit_column(name: str, values: Values, *, ranked: bool, weight: float = 1.0) -> Column:
    """Learn one column from its known values; unknown ones are NaN."""
    known = values[np.isfinite(values)]
    knots, scores = _normal_scores(known) if ranked else ((), ())
    scored = np.interp(known, knots, scores) if knots else known
    return Column(name, knots, scores, float(scored.mean()), float(scored.std()), weight)


def _normal_scores(known: Values) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Distinct values and the normal quantile of each one's mid-rank (ties share one), thinned."""
    from scipy.special import ndtri

    values, counts = np.unique(known, return_counts=True)
    middle = (np.cumsum(counts) - counts / 2) / counts.sum()
    if len(values) > MOST_KNOTS:
        wanted = np.linspace(middle[EDGE], middle[-EDGE], MOST_KNOTS - 2 * EDGE)
        inner = np.searchsorted(middle, wanted)
        ends = np.r_[:EDGE, len(values) - EDGE : len(values)]
        kept = np.unique(np.concatenate([ends, inner]).clip(max=len(values) - 1))
        values, middle = values[kept], middle[kept]
    return tuple(values.tolist()), tuple(ndtri(middle).tolist())


def _varies(series: pd.Series[float]) -> bool:
    known = _known(series)
    return len(known) > 0 and bool(known.min() < known.max())


def _known(series: pd.Series[float]) -> Values:
    values = _values(series)
    known: Values = values[np.isfinite(values)]
    return known


def _values(series: pd.Series[float]) -> Values:
    return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
