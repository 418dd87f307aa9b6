"""Customers like these, or like these words: the nearest embeddings, and what they share.

Without filters the index answers; with any filter the customers it leaves are compared one by one,
which keeps filters exact. Scores are cosines of the embedding either way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from segmentation.insight.errors import BadArgument, UnknownName
from segmentation.insight.ledger import open_ledger
from segmentation.insight.measurements import unit_of
from segmentation.insight.metrics import METRICS
from segmentation.insight.scope import people_in
from segmentation.types import CustomerBase, Encoder, Fact, FloatMatrix

__all__ = [
    "Index",
    "Match",
    "Reason",
    "customer_numbers",
    "find_customer",
    "reasons_in_words",
    "similar",
]

COMPARED = ("orders", "lifetime_value", "average_order_value", "days_since_last_order")
CLOSE = 0.2
"""Numbers within a fifth of the seeds' mean are close."""

SHARED = 3
TEXTS = 12
"""Texts per customer that are held against the words of a query."""


class Found(Protocol):
    """One answer of an index."""

    @property
    def customer_id(self) -> str: ...


class Index(Protocol):
    """What a search index must do; `store.index.CustomerIndex` is the real one."""

    def nearest(self, vector: Any, n: int, *, exclude: Collection[str] = ()) -> Sequence[Found]: ...


@dataclass(frozen=True)
class Reason:
    """One thing a match shares with what was asked for: a key of the language layer, with values.

    Keys: `shared_products` (names, count), `close_numbers` (metric, value, seeds), `words` (texts).
    """

    key: str
    values: Mapping[str, Any]
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Match:
    """A look-alike: `score` is the cosine of the embeddings, 1 at most."""

    customer_id: str
    score: float
    segment: int
    because: tuple[Reason, ...] = ()


def find_customer(base: CustomerBase, customer_id: Any) -> int:
    """The row of a customer. Raises UnknownName with the nearest ids."""
    text = str(customer_id).strip()
    text = text.removesuffix(".0") if text not in base.customers else text
    if text in base.customers:
        row = base.customers.get_loc(text)
        return int(row)  # type: ignore[arg-type]
    raise UnknownName("customer", text, tuple(base.customers))


def similar(
    base: CustomerBase,
    index: Index,
    *,
    customer_ids: Sequence[Any] | None = None,
    query_vector: FloatMatrix | None = None,
    n: int = 10,
    filters: Sequence[Any] = (),
) -> list[Match]:
    """The `n` customers most like the mean of some customers, or like a vector; best first.

    Args:
        customer_ids: seeds, themselves left out.
        query_vector: (d,), instead of seeds.
        filters: as `query` takes them; nobody they exclude is returned.

    Raises:
        UnknownName: a seed, field or value that does not exist.
        BadArgument: neither or both of seeds and vector, or n below 1.
    """
    if n < 1:
        raise BadArgument("n", n, "positive")
    if bool(customer_ids) == (query_vector is not None):
        raise BadArgument("customer_ids", customer_ids or "-", "customer_ids or a description")
    seeds = [find_customer(base, seed) for seed in dict.fromkeys(customer_ids or ())]
    vector = _mean(base.vectors[seeds]) if seeds else np.asarray(query_vector, dtype=np.float32)
    rows, scores = _nearest(base, index, vector, n, seeds, filters)
    because = _shared(base, seeds, rows) if seeds else [() for _ in rows]
    return [
        Match(str(base.customers[row]), float(score), int(base.segmentation.labels[row]), why)
        for row, score, why in zip(rows, scores, because, strict=True)
    ]


def _mean(vectors: FloatMatrix) -> FloatMatrix:
    """The mean direction of the rows: every seed counts the same, however long its vector."""
    mean: FloatMatrix = _unit(np.asarray(vectors, dtype=np.float32)).mean(axis=0)
    return mean


def _unit(vectors: FloatMatrix) -> FloatMatrix:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: FloatMatrix = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit


def _nearest(
    base: CustomerBase,
    index: Index,
    vector: FloatMatrix,
    n: int,
    seeds: Sequence[int],
    filters: Sequence[Any],
) -> tuple[list[int], list[float]]:
    if filters:
        rows = _allowed(base, filters, seeds)
    else:
        unwanted = {str(base.customers[row]) for row in seeds}
        found = index.nearest(vector, n, exclude=unwanted)
        rows = base.customers.get_indexer(pd.Index([match.customer_id for match in found]))
        rows = rows[rows >= 0]
    scores = _unit(np.asarray(base.vectors[rows])) @ _unit(vector)
    best = np.lexsort((rows, -scores))[:n]
    return [int(row) for row in rows[best]], [float(score) for score in scores[best]]


def _allowed(base: CustomerBase, filters: Sequence[Any], seeds: Sequence[int]) -> Any:
    ledger = open_ledger(base)
    ids = ledger.run(people_in(base, filters).select("customer_id"))["customer_id"]
    rows = base.customers.get_indexer(pd.Index(ids))
    return np.setdiff1d(rows[rows >= 0], np.asarray(seeds, dtype=int))


# --- why --------------------------------------------------------------------------------


def customer_numbers(base: CustomerBase, rows: Sequence[int]) -> pd.DataFrame:
    """The metrics of these customers' whole history, indexed by id, in the order of `rows`."""
    ledger = open_ledger(base)
    with ledger.lock:
        return ledger.numbers.reindex([str(base.customers[row]) for row in rows])


def _shared(
    base: CustomerBase, seeds: Sequence[int], rows: Sequence[int]
) -> list[tuple[Reason, ...]]:
    if not rows or not open_ledger(base).has("orders"):
        return [() for _ in rows]
    products = _shared_products(base, seeds, rows)
    numbers = _close_numbers(base, seeds, rows)
    return [(*products[row], *numbers[row]) for row in rows]


def _shared_products(
    base: CustomerBase, seeds: Sequence[int], rows: Sequence[int]
) -> dict[int, list[Reason]]:
    """Products a match and a seed both bought, the rarest first."""
    ledger = open_ledger(base)
    ids = {str(base.customers[row]): row for row in (*seeds, *rows)}
    with ledger.lock:
        people = ledger.customers.filter(ledger.customers.customer_id.isin(list(ids)))
        lines = ledger.lines.filter(ledger.lines.sale & ~ledger.lines.is_charge)
        bought = lines.inner_join(people, "customer_no").inner_join(ledger.products, "product_no")
        bought = bought.select("customer_id", "product_id", "product").distinct()
        frame = ledger.run(bought)
        buyers = ledger.buyers_of_products
    seed_ids = [str(base.customers[row]) for row in seeds]
    wanted = set(frame.product_id[frame.customer_id.isin(seed_ids)])
    frame = frame[frame.product_id.isin(wanted)].assign(
        buyers=lambda shared: shared.product_id.map(buyers)
    )
    frame = frame.sort_values(["buyers", "product", "product_id"])
    groups = dict(tuple(frame.groupby("customer_id", sort=False)))
    return {row: _product_reason(base, row, groups.get(str(base.customers[row]))) for row in rows}


def _product_reason(base: CustomerBase, row: int, shared: pd.DataFrame | None) -> list[Reason]:
    if shared is None or shared.empty:
        return []
    names = list(dict.fromkeys(shared["product"]))
    fact = Fact(
        f"customer:{base.customers[row]}",
        "shared_products",
        open_ledger(base).period("orders"),
        len(shared),
        "products",
    )
    return [Reason("shared_products", {"names": names[:SHARED], "count": len(shared)}, (fact,))]


def _close_numbers(
    base: CustomerBase, seeds: Sequence[int], rows: Sequence[int]
) -> dict[int, list[Reason]]:
    """Main numbers of a match that are within a fifth of the seeds' mean."""
    target = customer_numbers(base, seeds)[list(COMPARED)].astype(float).mean()
    frame = customer_numbers(base, rows)[list(COMPARED)].astype(float)
    found: dict[int, list[Reason]] = {}
    for row, values in zip(rows, frame.to_numpy(), strict=True):
        found[row] = [
            _number_reason(base, row, metric, float(value), float(target[metric]))
            for metric, value in zip(COMPARED, values, strict=True)
            if abs(value - target[metric]) <= CLOSE * abs(target[metric])
        ]
    return found


def _number_reason(base: CustomerBase, row: int, metric: str, value: float, seeds: float) -> Reason:
    unit, state = unit_of(base, metric), METRICS[metric].is_state
    period = base.as_of.date().isoformat() if state else open_ledger(base).period("orders")
    subject = f"customer:{base.customers[row]}"
    facts = (
        Fact(subject, metric, period, value, unit),
        Fact("seeds", metric, period, seeds, unit),
    )
    return Reason("close_numbers", {"metric": metric, "value": value, "seeds": seeds}, facts)


def reasons_in_words(
    matches: Sequence[Match],
    words: str,
    encoder: Encoder,
    texts_of: Callable[[str], Sequence[tuple[str, float]]],
) -> list[Match]:
    """The matches of a free text, each with those of its own texts that are nearest to the words.

    Args:
        texts_of: customer_id → what they bought or wrote about most, with weights.
    """
    texts = {
        match.customer_id: [t for t, _ in texts_of(match.customer_id)[:TEXTS]] for match in matches
    }
    distinct = sorted({text for own in texts.values() for text in own})
    if not distinct:
        return list(matches)
    encoded = encoder.encode([words, *distinct])
    nearness = dict(zip(distinct, encoded[1:] @ encoded[0], strict=True))
    told = []
    for match in matches:
        best = sorted(texts[match.customer_id], key=lambda text: (-nearness[text], text))[:SHARED]
        why = (Reason("words", {"texts": best}),) if best else ()
        told.append(Match(match.customer_id, match.score, match.segment, why))
    return told
