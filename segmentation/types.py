"""The nouns of the house: frozen data that the parts hand to each other; derived facts only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from store.errors import KindredError

__all__ = [
    "TABLES",
    "CustomerBase",
    "Encoder",
    "Fact",
    "FloatMatrix",
    "InputError",
    "KindredError",
    "Labels",
    "ModelError",
    "Progress",
    "Recipe",
    "Segment",
    "Segmentation",
    "Verdict",
    "silent",
]

FloatMatrix = NDArray[np.float32]
Labels = NDArray[np.int32]
Verdict = Literal["natural", "reproducible", "constructed", "none"]
Value = str | int | float | bool | None

TABLES = ("orders", "events", "reviews", "products", "customers")
"""The canonical tables; columns and types are in data/tables.py."""

Progress = Callable[[str, int, int | None], None]
"""Called as progress(stage, done, total); total is None while unknown."""


def silent(stage: str, done: int, total: int | None) -> None:
    """The progress that shows nothing."""


class InputError(KindredError):
    """What the user gave cannot be used."""


class ModelError(KindredError):
    """A language model or an encoder cannot be used."""


@dataclass(frozen=True)
class Fact:
    """One number computed from data.

    Args:
        subject: `all`, `segment:3`, `customer:12345`, `product:22423`, `country:Germany`, ...
        metric: a metric's name, as in the contract (`revenue`, `orders`, ...).
        period: two ISO dates joined by `/`, both inclusive, or one ISO date for a state.
        value: the number (or the date or word) itself, unrounded.
        unit: `customers`, `orders`, an ISO currency code or `money`, `days`, `share`, `items`, ...
    """

    subject: str
    metric: str
    period: str
    value: Value
    unit: str


@dataclass(frozen=True)
class Recipe:
    """How a segmentation was asked for: enough to make it again, byte for byte."""

    method: str = "auto"
    n_segments: int | None = None
    text_weight: float = 0.4
    seed: int = 0


@dataclass(frozen=True)
class Segment:
    """One cluster. Ids count from 1, largest first when first made; 0 holds the unassigned."""

    id: int
    name: str
    size: int
    share: float
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Segmentation:
    """One clustering run.

    `labels[i]` is the segment of the i-th customer of the snapshot, `confidence[i]` in [0, 1] how
    clearly they belong there, `map[i]` their place on the two-dimensional customer map.
    """

    id: str
    recipe: Recipe
    method: str
    labels: Labels
    confidence: FloatMatrix
    map: FloatMatrix
    segments: tuple[Segment, ...]
    metrics: Mapping[str, float | None]
    verdict: Verdict
    notes: tuple[str, ...] = ()
    jaccards: Mapping[int, float] = field(default_factory=dict)
    """Bootstrap Jaccard per segment id."""

    @property
    def k(self) -> int:
        """Segments found, the unassigned not counted."""
        return sum(segment.id > 0 for segment in self.segments)

    @property
    def unassigned(self) -> int:
        return int((self.labels == 0).sum())


class Encoder(Protocol):
    """Texts in, unit vectors out."""

    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str:
        """sha256 over the weights: two encoders with the same digest give the same vectors."""

    @property
    def dim(self) -> int: ...

    def load(self) -> None:
        """Bring the model into memory now rather than at the first text."""

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> FloatMatrix:
        """Encode texts, in order: (len(texts), dim) float32, rows of length one."""


@dataclass(frozen=True)
class CustomerBase:
    """Everything known about the customers of one snapshot, opened for reading.

    Row alignment is sacred: `features.index[i]`, `vectors[i]`, `views[name][i]` and
    `segmentation.labels[i]` speak of the same customer.

    Args:
        tables: canonical name -> ibis table (DuckDB, in memory); only the tables that exist.
        features: behaviour features in their own units, indexed by customer_id (str).
        vectors: (n, d) float32, the embedding.
        views: view name -> (n, d_view) float32, equal variance, not weighted.
        segmentation: the current one.
        as_of: the moment recency counts from.
        currency: ISO code, or `money` where the data does not say.
    """

    tables: Mapping[str, Any]
    features: pd.DataFrame
    vectors: FloatMatrix
    views: Mapping[str, FloatMatrix]
    segmentation: Segmentation
    as_of: datetime
    currency: str = "money"
    extras: Mapping[str, Any] = field(default_factory=dict)

    @property
    def customers(self) -> pd.Index[str]:
        return self.features.index
