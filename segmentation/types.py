"""The nouns of the house: frozen data that the parts hand to each other; derived facts only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from store.errors import KindredError

__all__ = [
    "FUTURE_FIGURES",
    "NEIGHBOUR_FIGURES",
    "TABLES",
    "Candidate",
    "Change",
    "Choice",
    "Continuity",
    "CustomerBase",
    "Encoder",
    "Fact",
    "FloatMatrix",
    "Future",
    "InputError",
    "KindredError",
    "Labels",
    "ModelError",
    "NotInData",
    "Progress",
    "Recipe",
    "Segment",
    "Segmentation",
    "Validity",
    "Verdict",
    "period_between",
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


class NotInData(InputError):
    """The data do not carry an answer. That is one, though not the one hoped for."""


class ModelError(KindredError):
    """A language model or an encoder cannot be used."""


def period_between(first: date, last: date) -> str:
    """A stretch of days as facts write their period: `first/last`, ISO dates, both included."""
    return f"{first.isoformat()}/{last.isoformat()}"


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
    """How a segmentation was asked for: enough to make it again, byte for byte.

    Args:
        method: a clustering method, or `auto`.
        n_segments: how many; None chooses.
        text_weight: share of the embedding's variance that is text's; None lets the data decide.
        seed: of everything random.
        attach_unassigned: whether customers that a density method leaves out join the nearest
            segment.
    """

    method: str = "auto"
    n_segments: int | None = None
    text_weight: float | None = None
    seed: int = 0
    attach_unassigned: bool = False


@dataclass(frozen=True)
class Segment:
    """One cluster. Ids count from 1, largest first when first made; 0 holds the unassigned."""

    id: int
    name: str
    size: int
    share: float
    facts: tuple[Fact, ...] = ()
    traits: tuple[str, ...] = ()
    """What its plain name is made of (insight/traits.py); empty until it is given one."""


@dataclass(frozen=True)
class Future:
    """What became of customers after a cut, beside what was known of them before it.

    Args:
        vectors: (m, d) float32, their embedding as of the cut.
        spend: (m,) float64, log1p of what they spent after it.
        returned: (m,) bool, whether they bought after it.
        later: (m, d') float32, what they did after the cut alone, embedded; rows of NaN for
            customers who did nothing then. None where it was not made.
        days: length of the window after the cut.
    """

    vectors: FloatMatrix
    spend: NDArray[np.float64]
    returned: NDArray[np.bool_]
    later: FloatMatrix | None
    days: int


FUTURE_FIGURES = ("future_spend_eta2", "future_repurchase_eta2", "taste_hit20")
"""What groups of customers are asked about their future."""
NEIGHBOUR_FIGURES = ("neighbours_hit20", "neighbours_spend_error")
"""The same of each customer's nearest neighbours."""


@dataclass(frozen=True)
class Validity:
    """What segments made before a cut said about what came after it.

    Args:
        period: the window after the cut, two ISO dates joined by `/`; None where none was possible.
        customers: known before the cut.
        returned: of these, who came back in the window.
        metrics: figure -> value; None where it cannot be computed.
        intervals: figure -> 95 % interval.
        baselines: other ways to use the same past -> figure -> value.
        notes: what was measured how, and why figures are missing.
    """

    period: str | None
    customers: int = 0
    returned: int = 0
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    baselines: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """One number of segments, and what speaks for and against it; None where not computed."""

    k: int
    min_jaccard: float
    prediction_strength: float | None
    smallest_share: float
    silhouette: float | None
    future_eta2: float | None = None
    gap: float | None = None


@dataclass(frozen=True)
class Choice:
    """The number of segments chosen, why (one paragraph, English), and everything compared.

    `structure` says what the data looked like as a whole: `gaps` between groups, more `clumped`
    than structureless data of the same shape, or `none`.
    """

    k: int
    candidates: tuple[Candidate, ...]
    reason: str
    structure: Literal["gaps", "clumped", "none"]


@dataclass(frozen=True)
class Change:
    """What became of one segment between two segmentations.

    Args:
        kind: `kept`, `split`, `merged`, `new` or `gone`.
        segment: its id now (None if gone).
        earlier: ids of the segments most of it came from; for `gone`, its own id.
        overlap: Jaccard overlap with the first of `earlier`, 0 to 1.
    """

    kind: Literal["kept", "split", "merged", "new", "gone"]
    segment: int | None
    earlier: tuple[int, ...]
    overlap: float


@dataclass(frozen=True)
class Continuity:
    """How a segmentation continues an earlier one.

    Args:
        snapshot, segmentation: ids of the earlier one.
        changes: one entry per segment now, and one per segment gone.
        flows: (earlier id, id now, customers); 0 is unassigned, None not a customer then or now.
        highest: the highest segment id used so far; ids of segments that are gone stay theirs.
    """

    snapshot: str
    segmentation: str
    changes: tuple[Change, ...]
    flows: tuple[tuple[int | None, int | None, int], ...]
    highest: int = 0


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
    choice: Choice | None = None
    """How the number of segments was chosen; None where the user gave it."""
    continuity: Continuity | None = None
    """What it continues; None for a first one."""
    validity: Validity | None = None
    """What the same recipe, fitted earlier, said of what came later; None before it was asked."""

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
