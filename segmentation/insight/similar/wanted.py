"""Customers whose purchases are about some words: each text of theirs is held against the words.

    nearness(text) = max(0, cosine(text, words) − mean over all texts) / (the nearest text's)
    score(customer) = Σ weight·nearness / (Σ weight + the median customer's Σ weight)

With the weights of the text view (rare and recent texts count more). A score is the share of what
somebody bought, looked at or wrote that is about the words; the median in the denominator keeps
those of whom next to nothing is known from the top. Comparing texts one by one finds more of those
who later buy such things than comparing the words with a customer's mean (benchmarks/similar.py).
Chinese words are not put into English here: the encoder gets what it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.errors import BadArgument, NotLoaded
from segmentation.insight.ledger import open_ledger
from segmentation.insight.similar.closeness import Rows, allowed, best
from segmentation.insight.similar.likeness import Chances, Draws, balanced, learn
from segmentation.insight.similar.lookalikes import Alike, Match
from segmentation.insight.similar.shared import Reason
from segmentation.types import CustomerBase, Encoder, FloatMatrix
from segmentation.views.text import Texts

__all__ = ["by_conditions", "by_words", "interest", "nearness", "wanted_draws"]

Floats = NDArray[np.float64]

NAMED = 3
QUERIES = 200
"""Texts that play the words while chances are learned; those that many have come up more often."""
EACH = 20
"""Owners and others drawn for each of them."""


def by_words(
    base: CustomerBase,
    texts: Texts,
    words: str,
    encoder: Encoder,
    *,
    n: int = 10,
    filters: Sequence[Any] = (),
    only: Rows | None = None,
) -> Alike:
    """The `n` customers whose purchases are most about some words, best first; nobody without.

    Args:
        texts: those of the base's customers, encoded.
        encoder: the one they were encoded with.
        filters: as `query` takes them; nobody they exclude is returned.
        only: rows of the base, where others are not to be returned.

    Raises:
        BadArgument: n below 1.
        NotLoaded: the shop has no texts.
    """
    if n < 1:
        raise BadArgument("n", n, "positive")
    if not len(texts.texts):
        raise NotLoaded("texts", "similarity")
    rows = allowed(base, filters, only=only)
    near = nearness(texts, encoder.encode([words])[0])
    scores = interest(texts, near)[rows].astype(np.float32)
    kept = best(scores, rows, n)
    kept = kept[scores[kept] > 0]
    chances = open_ledger(base).once(("wanted", id(texts)), lambda: _learned(texts))
    likely = chances.of(scores[kept]) if chances else [None] * len(kept)
    labels = base.segmentation.labels
    matches = tuple(
        Match(
            str(base.customers[row]),
            float(score),
            int(labels[row]),
            _because(texts, near, int(row)),
            None if chance is None else float(chance),
        )
        for row, score, chance in zip(rows[kept], scores[kept], likely, strict=True)
    )
    return Alike(matches, len(rows), (), chances)


def by_conditions(
    base: CustomerBase, *, n: int = 10, filters: Sequence[Any], only: Rows | None = None
) -> Alike:
    """The `n` customers of the highest lifetime value that meet conditions; their scores are None.

    Where no order is known, the first of the base.
    """
    if n < 1:
        raise BadArgument("n", n, "positive")
    rows = allowed(base, filters, only=only)
    ledger = open_ledger(base)
    with ledger.lock:
        numbers = ledger.numbers.reindex([str(base.customers[row]) for row in rows])
    worth = numbers.get("lifetime_value", pd.Series(0.0, numbers.index)).to_numpy(np.float64)
    order = rows[np.lexsort((rows, -np.nan_to_num(worth, nan=-np.inf)))]
    labels = base.segmentation.labels
    matches = tuple(Match(str(base.customers[row]), None, int(labels[row])) for row in order[:n])
    return Alike(matches, len(rows))


def nearness(texts: Texts, encoded: FloatMatrix) -> Floats:
    """(texts,) 0 to 1: how near each text is to the words; 0 from the average text down."""
    cosine = np.asarray(texts.encodings @ np.asarray(encoded, dtype=np.float32), dtype=np.float64)
    above = np.maximum(cosine - cosine.mean(), 0)
    top = above.max()
    return np.asarray(above / top if top > 0 else np.ones_like(above))


def interest(texts: Texts, near: Floats) -> Floats:
    """(customers,) the share of what they have that is about the words; see the module."""
    total = np.asarray(texts.weights.sum(axis=1), dtype=np.float64).ravel()
    known = total[total > 0]
    typical = float(np.median(known)) if len(known) else 1.0
    return np.asarray((texts.weights @ near) / (total + typical), dtype=np.float64)


def _because(texts: Texts, near: Floats, row: int) -> tuple[Reason, ...]:
    """The texts of theirs that the score owes most to."""
    own = texts.weights[[row]]
    owed = own.data * near[own.indices]
    order = np.lexsort((own.indices, -owed))[:NAMED]
    names = [texts.texts[own.indices[place]] for place in order if owed[place] > 0]
    return (Reason("words", {"texts": names}),) if names else ()


def _learned(texts: Texts) -> Chances | None:
    draws = wanted_draws(texts)
    return None if draws is None else learn("bought", draws)


def wanted_draws(texts: Texts, seed: int = 0) -> Draws | None:
    """Scores of texts that play the words, and are hidden from those who have them; by text, half
    of the texts in either fold. None where every text is everybody's."""
    generator = np.random.default_rng(seed)
    columns = texts.weights.tocsc()
    owners = np.diff(columns.indptr)
    usable = np.flatnonzero((owners > 0) & (owners < columns.shape[0]))
    if not len(usable):
        return None
    odds = owners[usable] / owners[usable].sum()
    asked = generator.choice(usable, size=min(QUERIES, len(usable)), replace=False, p=odds)
    owned, others, own_folds, other_folds = [], [], [], []
    for number, column in enumerate(sorted(asked)):
        near = nearness(texts, texts.encodings[column])
        near[column] = 0
        scores = interest(texts, near)
        have = np.zeros(len(scores), dtype=bool)
        have[columns.indices[columns.indptr[column] : columns.indptr[column + 1]]] = True
        owned.append(scores[generator.permutation(np.flatnonzero(have))[:EACH]])
        others.append(scores[generator.permutation(np.flatnonzero(~have))[:EACH]])
        own_folds.append(np.full(len(owned[-1]), number % 2))
        other_folds.append(np.full(len(others[-1]), number % 2))
    folds = np.concatenate(own_folds), np.concatenate(other_folds)
    return balanced(np.concatenate(owned), np.concatenate(others), folds, hidden=len(folds[0]))
