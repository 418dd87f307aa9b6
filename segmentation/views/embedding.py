"""Clean tables → one embedding per customer: the one place where the views come together.

What is fitted on the way (scaling, fusion, the texts) stays with the result, so that it can be
saved and other weights tried without encoding anything again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from segmentation.types import Encoder, FloatMatrix, Progress, silent
from segmentation.views.behaviour import behaviour
from segmentation.views.fusion import DEFAULT_TEXT_WEIGHT, Fusion
from segmentation.views.scaling import Standardiser
from segmentation.views.text import TextView, text_view

__all__ = ["Embedding", "embed"]

Stage = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True)
class Embedding:
    """Customers as vectors, and how they came about; row i is the same customer in all.

    Args:
        features: behaviour in its own units, indexed by customer_id (str), ascending.
        texts: distinct texts, who has them, and the raw text view.
        scaling: features → behaviour block.
        fusion: blocks → embedding.
        views: view name -> (n, d_view) float32, equal variance, not weighted.
        vectors: (n, d) float32.
    """

    features: pd.DataFrame
    texts: TextView
    scaling: Standardiser
    fusion: Fusion
    views: Mapping[str, FloatMatrix]
    vectors: FloatMatrix


def embed(
    tables: Mapping[str, Any],
    encoder: Encoder,
    *,
    as_of: datetime,
    text_weight: float = DEFAULT_TEXT_WEIGHT,
    progress: Progress = silent,
    stage: Stage = lambda name: nullcontext(),
) -> Embedding:
    """Embed every customer as known just before `as_of`.

    Args:
        tables: canonical name -> Ibis table; what happened at `as_of` or later is not looked at.
        encoder: texts → unit vectors.
        text_weight: share of the embedding's variance that is text's.
        progress: told about the encoding.
        stage: entered around each stage (`features`, `encode`, `fuse`), as a stopwatch.
    """
    with stage("features"):
        progress("describing behaviour", 0, None)
        features = behaviour(tables, as_of=as_of).to_pandas().set_index("customer_id")
    with stage("encode"):
        texts = text_view(tables, list(features.index), encoder, as_of=as_of, progress=progress)
    with stage("fuse"):
        scaling = Standardiser.fit(features)
        raw = {"behaviour": scaling.transform(features), "text": texts.vectors}
        fusion = Fusion.fit(raw, text_weight, {"text": texts.axes})
        views = fusion.views(raw)
        return Embedding(features, texts, scaling, fusion, views, fusion.join(views))
