"""How much each product suits each customer: the blend that offers are ranked by.

    score = (items + NEAR * near + SEGMENT * segment + LOOKED * looked)
            * trend^TREND * exp(WORDS * words)

items     what goes with what they have: for products i of theirs and j offered,
          sum over i of c(i, j) / owners(i)^0.3 / owners(j)^0.7, where c counts the customers with
          both, each less the more they have (by the root of it); 1 for the best that they do not
          have. What they only looked at counts in part, and goes with itself.
near      share of the 50 customers with the nearest embeddings that have it
segment   share of their segment that has it, drawn to everybody's where the segment is small
looked    what they looked at, wished for or put in a cart and did not buy, aged: 0 to 1
trend     buyers of the last 30 days among all of its buyers
words     cosine between the product's name and the texts of the customer, through the encoder

The weights, and item counts instead of factor models (`implicit`'s ALS and BPR), were chosen by
hit@20 on what customers newly bought later: benchmarks/recommend.py. Nothing is fitted and nothing
is random, so the same data gives the same offers. What is offered is decided in recommend.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentation.insight.ledger import open_ledger
from segmentation.insight.recommend.deeds import Deeds
from segmentation.insight.similar.closeness import best
from segmentation.types import CustomerBase, FloatMatrix
from segmentation.views.taste import centre_of, directions, pool, unit
from segmentation.views.text import Texts

__all__ = ["HAVING", "MUCH", "NEIGHBOURS", "Affinity", "affinity", "nearest"]

NEIGHBOURS = 50
NEAR, SEGMENT, LOOKED = 0.5, 0.2, 0.5
TREND, WORDS = 0.25, 0.6
HAVING, OFFERED, MUCH = 0.3, 0.7, 0.5
"""How far owners of what they have, owners of what is offered, and customers who have much are
discounted."""

AS_EVERYBODY = 5.0
"""Customers of everybody's taste that a segment's shares are drawn by."""
AS_EVER = 10.0
"""Buyers of everything's trend that a product's is drawn by."""

BLOCK = 16_384
AT_ONCE = 64
"""Rows, and columns of numbers, that are dense at a time."""


@dataclass(frozen=True)
class Affinity:
    """Scores of some customers for every product; all but `trend` are (rows, products) float32.

    Args:
        rows: of the base.
        near: of `neighbours`, the share that has it.
        neighbours: how many each customer has; none of whom nothing is known.
        words: 0 where no text is known.
        trend: (products,).
    """

    rows: NDArray[np.intp]
    items: FloatMatrix
    near: FloatMatrix
    neighbours: NDArray[np.intp]
    segment: FloatMatrix
    looked: FloatMatrix
    words: FloatMatrix
    trend: FloatMatrix

    @property
    def score(self) -> FloatMatrix:
        """The blend, as the module says; what they have is not left out."""
        kinds = self.items + NEAR * self.near + SEGMENT * self.segment + LOOKED * self.looked
        raised = self.trend**TREND * np.exp(WORDS * self.words)
        return np.asarray(kinds * raised, dtype=np.float32)


def affinity(
    base: CustomerBase, deeds: Deeds, rows: NDArray[np.intp], texts: Texts | None = None
) -> Affinity:
    """How much every product suits the customers in `rows`.

    Args:
        texts: of the base's customers, encoded; None where none are at hand.
    """
    near, neighbours = _near(base, deeds, rows)
    return Affinity(
        rows=rows,
        items=_items(deeds, rows),
        near=near,
        neighbours=neighbours,
        segment=_segment(base, deeds, rows),
        looked=np.asarray((deeds.interest[rows] - deeds.settled[rows]).toarray(), np.float32),
        words=_words(base, deeds, rows, texts),
        trend=_trend(deeds),
    )


def _items(deeds: Deeds, rows: NDArray[np.intp]) -> FloatMatrix:
    interest, held, each = deeds.interest, deeds.held, deeds.much**-MUCH
    found = np.empty((len(rows), interest.shape[1]), np.float32)
    for start in range(0, len(rows), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        own = interest[rows[part]].toarray() * held**-HAVING
        with_others = (interest @ own.T) * each[:, None]
        found[part] = (interest.T @ with_others).T
    found *= held**-OFFERED
    found[_entries(deeds.settled[rows])] = 0
    top = found.max(axis=1, keepdims=True)
    return np.asarray(found / np.where(top > 0, top, 1), np.float32)


def _entries(rows: Any) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where a sparse table has something."""
    entries = rows.tocoo()
    return entries.row, entries.col


def _near(
    base: CustomerBase, deeds: Deeds, rows: NDArray[np.intp]
) -> tuple[FloatMatrix, NDArray[np.intp]]:
    shares = np.zeros((len(rows), deeds.has.shape[1]), np.float32)
    found = nearest(base.vectors, rows)
    for place, near in enumerate(found):
        if len(near):
            shares[place] = np.asarray(deeds.has[near].sum(axis=0)).ravel() / len(near)
    return shares, np.array([len(near) for near in found], dtype=np.intp)


def nearest(vectors: FloatMatrix, rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Of each row, the rows of the NEIGHBOURS nearest others by cosine, nearest first.

    None for a row without length: nothing is known of it. Vectors may lie on disk.
    """
    own = unit(np.asarray(vectors[rows], dtype=np.float32))
    cosines = np.empty((len(rows), len(vectors)), np.float32)
    for start in range(0, len(vectors), BLOCK):
        block = np.asarray(vectors[start : start + BLOCK], dtype=np.float32)
        lengths = np.sqrt(np.einsum("ij,ij->i", block, block))
        cosines[:, start : start + BLOCK] = own @ block.T / np.where(lengths > 0, lengths, 1)
    # Equals, which rounding of products tells apart, go by the order of rows.
    cosines = cosines.round(6)
    cosines[np.arange(len(rows)), rows] = -np.inf
    every, count = np.arange(len(vectors)), min(NEIGHBOURS, len(vectors) - 1)
    return [
        best(each, every, count) if count and length.any() else np.empty(0, np.intp)
        for each, length in zip(cosines, own, strict=True)
    ]


def _segment(base: CustomerBase, deeds: Deeds, rows: NDArray[np.intp]) -> FloatMatrix:
    labels = np.asarray(base.segmentation.labels)
    usual = deeds.owners / max(1, len(labels))
    shares = {}
    for label in np.unique(labels[rows]):
        members = labels == label
        owners = np.bincount(deeds.has[members].indices, minlength=len(usual))
        shares[label] = (owners + AS_EVERYBODY * usual) / (members.sum() + AS_EVERYBODY)
    return np.asarray([shares[label] for label in labels[rows]], np.float32)


def _trend(deeds: Deeds) -> FloatMatrix:
    owners, takers = deeds.owners, deeds.takers
    usual = takers.sum() / max(1.0, owners.sum())
    return np.asarray((takers + AS_EVER * usual) / (owners + AS_EVER), np.float32)


def _words(
    base: CustomerBase, deeds: Deeds, rows: NDArray[np.intp], texts: Texts | None
) -> FloatMatrix:
    found = np.zeros((len(rows), len(deeds.products)), np.float32)
    if texts is None or not len(texts.texts):
        return found
    centre, named, products = open_ledger(base).once(
        ("named products", id(texts)), lambda: _named(deeds, texts)
    )
    own = directions(pool(texts.weights[rows], texts.encodings), centre)
    found[:, named] = own @ products.T
    return found


def _named(deeds: Deeds, texts: Texts) -> tuple[FloatMatrix, NDArray[np.intp], FloatMatrix]:
    """The centre of customers' texts; columns of products whose names are among the texts, and
    these names as directions."""
    import pandas as pd

    places = pd.Index(texts.texts).get_indexer(pd.Index(deeds.products["product"].str.strip()))
    named = np.flatnonzero(places >= 0)
    encodings = np.asarray(texts.encodings[places[named]], dtype=np.float32)
    centre = centre_of(pool(texts.weights, texts.encodings))
    own = centre_of(encodings) if len(named) else centre
    return centre, named, directions(encodings, own)
