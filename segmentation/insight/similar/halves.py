"""One customer's history in two halves, each embedded as if it were all that is known.

Orders are dealt in turn, the first to one half, the second to the other; so are days of browsing
and of reviews. Halves of customers with one order alone do not exist. Encodes nothing: the texts of
a half are texts of the whole, whose encodings the snapshot keeps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import numpy as np

from segmentation.insight.similar.likeness import Chances, learn, same_draws
from segmentation.types import FloatMatrix, Progress, silent
from segmentation.views.behaviour import before
from segmentation.views.embedding import embed_new
from segmentation.views.text import Texts

__all__ = ["both_halves", "same_customer"]

MOST = 1_000
"""Customers whose histories are halved; a seeded sample where there are more."""

DATED = {"orders": "ordered_at", "events": "at", "reviews": "at"}


def same_customer(
    tables: Mapping[str, Any],
    fitted: Path,
    texts: Texts,
    as_of: datetime,
    *,
    text_weight: float | None = None,
    seed: int = 0,
) -> Chances | None:
    """The chance that two histories this close are one customer's; see likeness.py.

    Args:
        tables: canonical name -> Ibis table.
        fitted: where `Embedding.save` wrote.
        texts: those of everybody, encoded.
        text_weight: as in `embed`.
    """
    halves = both_halves(tables, fitted, texts, as_of, text_weight=text_weight, seed=seed)
    return learn("same", same_draws(*halves, seed=seed))


def both_halves(
    tables: Mapping[str, Any],
    fitted: Path,
    texts: Texts,
    as_of: datetime,
    *,
    text_weight: float | None = None,
    seed: int = 0,
) -> tuple[FloatMatrix, FloatMatrix]:
    """Two (m, d) float32: the halves of the same m customers, at most `MOST`; (0, 0) if none."""
    dealt = _dealt(before(tables, as_of))
    customers = _in_both(dealt)
    customers = sorted(np.random.default_rng(seed).permutation(customers)[:MOST].tolist())
    if not customers:
        nobody = np.zeros((0, 0), dtype=np.float32)
        return nobody, nobody
    kept = _Kept(texts)
    products = {name: tables[name] for name in ("products",) if name in tables}
    first, second = (
        embed_new(
            fitted,
            products | _half(dealt, half, customers),
            customers,
            kept,
            as_of,
            text_weight=text_weight,
        )
        for half in (0, 1)
    )
    return first, second


def _dealt(tables: Mapping[str, Any]) -> dict[str, Any]:
    """The dated tables with `half`, 0 or 1: by order, and by day for what has no orders."""
    dealt = {}
    for name, column in DATED.items():
        if name not in tables or column not in tables[name].columns:
            continue
        rows = tables[name]
        rows = rows.filter(rows[column].notnull())
        if name == "orders":
            began = rows[column].min().over(ibis.window(group_by=["customer_id", "order_id"]))
            rows = rows.mutate(turn_of=began, turn_named=rows.order_id.cast("string"))
        else:
            rows = rows.mutate(turn_of=rows[column].truncate("D"), turn_named=ibis.literal(""))
        turn = ibis.dense_rank().over(
            group_by="customer_id", order_by=[rows.turn_of, rows.turn_named]
        )
        dealt[name] = rows.mutate(half=turn % 2).drop("turn_of", "turn_named")
    return dealt


def _in_both(dealt: Mapping[str, Any]) -> list[str]:
    """Customers with something in either half, ascending."""
    found: tuple[set[str], set[str]] = (set(), set())
    for rows in dealt.values():
        pairs = rows.select("customer_id", "half").distinct().to_pandas()
        for half, own in enumerate(found):
            own.update(pairs.customer_id[pairs.half == half].astype(str))
    return sorted(found[0] & found[1])


def _half(dealt: Mapping[str, Any], half: int, customers: Sequence[str]) -> dict[str, Any]:
    return {
        name: rows.filter((rows.half == half) & rows.customer_id.isin(list(customers))).drop("half")
        for name, rows in dealt.items()
    }


class _Kept:
    """An encoder that knows by heart what was encoded once; what never counted is nowhere."""

    name, digest = "kept", ""

    def __init__(self, texts: Texts) -> None:
        self._places = {text: place for place, text in enumerate(texts.texts)}
        self._encodings = texts.encodings
        self.dim = int(texts.encodings.shape[1])

    def load(self) -> None:
        """Nothing to bring."""

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> FloatMatrix:
        """(len(texts), dim) float32; zeros for a text that is not known."""
        found = np.zeros((len(texts), self.dim), dtype=np.float32)
        places = np.array([self._places.get(text, -1) for text in texts], dtype=int)
        found[places >= 0] = self._encodings[places[places >= 0]]
        return found
