"""Clean tables → one embedding per customer: the one place where the views come together.

What is fitted on the way (scaling, foresight, the worth of texts, fusion) stays with the result, so
that it can be saved, other weights tried without encoding anything again, and customers that come
later embedded without fitting anything again (`embed_new`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segmentation.types import Encoder, FloatMatrix, Progress, silent
from segmentation.views.behaviour import behaviour
from segmentation.views.foresight import Foresight, foresee
from segmentation.views.fusion import Fusion, Rows
from segmentation.views.scaling import Standardiser
from segmentation.views.taste import bridge
from segmentation.views.text import Lexicon, TextView, text_view

__all__ = ["Embedding", "embed", "embed_new"]

Stage = Callable[[str], AbstractContextManager[None]]

BEHAVIOUR_SHARES = (0.3, 0.7)
"""Of the behaviour view's variance: what customers did, and the spending to be expected."""
TEXT_SHARES = (0.25, 0.2, 0.4, 0.15)
"""Of the text view's: what texts say, what is bought together, categories, at which prices."""
NO_CATEGORIES = (0.46, 0.46, 0.0, 0.08)
"""The same where the shop has none: prices alone must not take their place."""

EVENING = 0.25
"""A quarter of the way to directions alone: neighbours of the extremes are then extreme themselves
and foretell future spending; more costs segments (benchmarks/results/representation.md)."""

DECIMALS = 6
SCALING, FORESIGHT = "behaviour.json", "foresight.json"


@dataclass(frozen=True)
class Embedding:
    """Customers as vectors, and how they came about; row i is the same customer in all.

    Args:
        features: behaviour in its own units, indexed by customer_id (str), ascending.
        texts: distinct texts, who has them, and the raw text view.
        scaling: features → behaviour block.
        foresight: the past's lesson about the future, or None where there was none.
        fusion: blocks → embedding.
        views: view name -> (n, d_view) float32, equal variance, not weighted.
        vectors: (n, d) float32.
    """

    features: pd.DataFrame
    texts: TextView
    scaling: Standardiser
    foresight: Foresight | None
    fusion: Fusion
    views: Mapping[str, FloatMatrix]
    vectors: FloatMatrix

    def save(self, folder: Path) -> None:
        """Write what `embed_new` and `Fusion.load` need into `folder`; not the customers."""
        self.fusion.save(folder)
        self.scaling.save(folder / SCALING)
        self.texts.lexicon.save(folder)
        if self.foresight is not None:
            self.foresight.save(folder / FORESIGHT)


def embed(
    tables: Mapping[str, Any],
    encoder: Encoder,
    *,
    as_of: datetime,
    text_weight: float | None = None,
    earlier_weight: float | None = None,
    progress: Progress = silent,
    stage: Stage = lambda name: nullcontext(),
) -> Embedding:
    """Embed every customer as known just before `as_of`.

    Args:
        tables: canonical name -> Ibis table; what happened at `as_of` or later is not looked at.
        encoder: texts → unit vectors.
        text_weight: share of the embedding's variance that is text's; None lets the data decide.
        earlier_weight: what the data decided before; kept where it would decide much the same now.
        progress: told about the encoding.
        stage: entered around each stage (`features`, `encode`, `fuse`), as a stopwatch.
    """
    with stage("features"):
        progress("describing behaviour", 0, None)
        features = _described(tables, as_of)
        customers = list(features.index)
        foresight = foresee(tables, customers, as_of=as_of)
        value = _value(foresight, tables, customers, as_of)
    with stage("encode"):
        texts = text_view(tables, customers, encoder, as_of=as_of, progress=progress)
    with stage("fuse"):
        scaling = Standardiser.fit(features)
        raw = _raw(scaling, features, value, (texts.vectors, texts.habits, texts.mix))
        fusion = Fusion.fit(
            raw,
            text_weight,
            {"text": [texts.axes, None, None, None]},
            bridge(texts.vectors, texts.habits),
            shares={
                "behaviour": BEHAVIOUR_SHARES,
                "text": TEXT_SHARES if texts.mix.shape[1] else NO_CATEGORIES,
            },
            plain=2,
            evening=EVENING,
            earlier_weight=earlier_weight,
        )
        views = fusion.views(raw)
        return Embedding(features, texts, scaling, foresight, fusion, views, fusion.join(views))


def embed_new(
    folder: Path,
    tables: Mapping[str, Any],
    customers: Sequence[str],
    encoder: Encoder,
    as_of: datetime,
    *,
    text_weight: float | None = None,
) -> FloatMatrix:
    """Embed customers as an earlier base's were, without fitting anything: (n, d) float32.

    Args:
        folder: where `Embedding.save` wrote.
        tables: canonical name -> Ibis table, with what the customers did.
        customers: ids, in the order of the rows; one the tables do not know is in the middle.
        encoder: the one the base was embedded with.
        as_of: what happened then or later is not looked at.
        text_weight: as in `embed`.
    """
    fusion, lexicon = Fusion.load(folder).reweight(text_weight), Lexicon.load(folder)
    scaling = Standardiser.load(folder / SCALING)
    path = folder / FORESIGHT
    foresight = Foresight.load(path) if path.exists() else None
    features = _described(tables, as_of, scaling.categories).reindex(list(customers))
    texts = lexicon.view(tables, customers, encoder, as_of=as_of)
    value = _value(foresight, tables, customers, as_of)
    return fusion.transform(_raw(scaling, features, value, texts))


def _described(
    tables: Mapping[str, Any], as_of: datetime, categories: Sequence[str] | None = None
) -> pd.DataFrame:
    """Behaviour by customer_id, to the sixth decimal: sums taken in another order are the same."""
    described: pd.DataFrame = behaviour(tables, as_of=as_of, categories=categories).to_pandas()
    return described.set_index("customer_id").round(DECIMALS)


def _raw(
    scaling: Standardiser,
    features: pd.DataFrame,
    value: FloatMatrix,
    texts: tuple[FloatMatrix, FloatMatrix, FloatMatrix],
) -> dict[str, Rows]:
    """The views, each with its parts; what is bought includes at which prices."""
    behaviour = scaling.transform(features)
    return {"behaviour": [behaviour, value], "text": [*texts, scaling.manner(behaviour)]}


def _value(
    foresight: Foresight | None,
    tables: Mapping[str, Any],
    customers: Sequence[str],
    as_of: datetime,
) -> FloatMatrix:
    """(n, 1), or (n, 0) where nothing could be learnt."""
    if foresight is None:
        return np.zeros((len(customers), 0), dtype=np.float32)
    return foresight.transform(tables, customers, as_of)
