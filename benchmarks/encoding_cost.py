"""What encoding costs as a shop grows: each distinct text once, against one text per customer.

For demo shops of several sizes, both ways from the same tables with the same encoder: Kindred's
text view (distinct texts, pooled), and the usual recipe (everything a customer bought, searched for
and wrote as one text, encoded one by one). The usual recipe is timed on a sample of customers and
multiplied up; the table says so. k-means (k = 8) follows in both. Seconds are CPU seconds of one
thread, so that a busy machine gives the same figures as a quiet one. Not a test of quality.

    python benchmarks/encoding_cost.py [--sizes 2000 10000 50000] [--sample 300]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segmentation.archive import open_tables
from segmentation.clusters.algorithms import cluster
from segmentation.data.demo import write_demo_shop
from segmentation.data.reading import read_shop
from segmentation.types import Encoder, FloatMatrix, Progress, silent
from segmentation.views.behaviour import customer_base
from segmentation.views.encoder import load_encoder
from segmentation.views.text import text_view

RESULT = Path(__file__).parent / "results" / "encoding_cost.md"
AS_OF = datetime(2026, 7, 1)
K = 8


class TimedEncoder:
    """An encoder that remembers how many texts it was given and how long it took."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.digest, self.dim = encoder.name, encoder.digest, encoder.dim
        self.seconds = 0.0

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> FloatMatrix:
        started = time.process_time()
        vectors = self._encoder.encode(texts, progress)
        self.seconds += time.process_time() - started
        return vectors


@dataclass(frozen=True)
class Cost:
    """Seconds for one shop.

    `encode_catalogue` is the part of `encode` for texts that are no reviews; `alone` and `batched`
    are those of the sample, not multiplied up.
    """

    customers: int
    texts: int
    reviews: int
    encode: float
    encode_catalogue: float
    pool: float
    cluster: float
    sample: int
    alone: float
    batched: float
    usual_cluster: float

    @property
    def kindred(self) -> float:
        return self.encode + self.pool + self.cluster

    def usual(self, sampled: float) -> float:
        return sampled * self.customers / self.sample + self.usual_cluster


def main() -> None:
    import torch
    from threadpoolctl import threadpool_limits

    arguments = _arguments()
    torch.set_num_threads(1)
    encoder = load_encoder()
    encoder.encode(["warm up"])
    costs = []
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
            costs.append(_measure(size, arguments.sample, encoder, Path(folder)))
        print(costs[-1], file=sys.stderr)
    table = _markdown(costs, encoder)
    print(table)
    RESULT.write_text(table, "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 10_000, 50_000])
    parser.add_argument("--sample", type=int, default=300)
    return parser.parse_args()


def _measure(size: int, sample: int, encoder: Encoder, folder: Path) -> Cost:
    tables = _tables(size, folder)
    customers = sorted(customer_base(tables).to_pandas().customer_id)
    timed, started = TimedEncoder(encoder), time.process_time()
    view = text_view(tables, customers, timed, as_of=AS_OF)
    viewed = time.process_time() - started
    written = set(tables["reviews"]["text"].strip().to_pandas())
    catalogue = [text for text in view.texts if text not in written]
    again = TimedEncoder(encoder)
    again.encode(catalogue)
    alone, batched, vectors = _usual(tables, customers, sample, encoder)
    # The sample's vectors, repeated to the shop's size: the cost of k-means is in the shape.
    repeated = np.resize(vectors, (len(customers), vectors.shape[1]))
    repeated = repeated + np.random.default_rng(0).normal(0, 0.01, repeated.shape)
    return Cost(
        customers=len(customers),
        texts=len(view.texts),
        reviews=len(view.texts) - len(catalogue),
        encode=timed.seconds,
        encode_catalogue=again.seconds,
        pool=viewed - timed.seconds,
        cluster=_cluster_seconds(view.vectors),
        sample=len(vectors),
        alone=alone,
        batched=batched,
        usual_cluster=_cluster_seconds(repeated.astype(np.float32)),
    )


def _tables(size: int, folder: Path) -> Mapping[str, Any]:
    shop = write_demo_shop(folder / "shop", customers=size)
    names = ("orders", "events", "reviews", "products", "customers")
    read_shop({name: getattr(shop, name) for name in names}, workdir=folder)
    return open_tables(folder / "tables")


def _usual(
    tables: Mapping[str, Any], customers: Sequence[str], sample: int, encoder: Encoder
) -> tuple[float, float, FloatMatrix]:
    """Seconds for a sample of customers' texts, one by one and in one call, and their vectors."""
    chosen = np.random.default_rng(0).choice(customers, min(sample, len(customers)), replace=False)
    texts = _one_text_each(tables, sorted(map(str, chosen)))
    started = time.process_time()
    vectors = np.concatenate([encoder.encode([text]) for text in texts])
    alone = time.process_time() - started
    started = time.process_time()
    encoder.encode(texts)
    return alone, time.process_time() - started, vectors


def _one_text_each(tables: Mapping[str, Any], customers: Sequence[str]) -> list[str]:
    """Latest first, since the encoder reads only so far into a text."""
    parts = []
    for name, when, what in (
        ("orders", "ordered_at", "product"),
        ("events", "at", "query"),
        ("reviews", "at", "text"),
    ):
        rows = tables[name].filter(tables[name].customer_id.isin(customers))
        rows = rows.select("customer_id", at=rows[when], text=rows[what])
        parts.append(rows.filter(rows.text.notnull()).to_pandas())
    said = pd.concat(parts).sort_values("at", ascending=False)
    texts = said.groupby("customer_id").text.agg(lambda column: ". ".join(dict.fromkeys(column)))
    return list(texts.reindex(customers).fillna("nothing"))


def _cluster_seconds(vectors: FloatMatrix) -> float:
    started = time.process_time()
    cluster(vectors, method="kmeans", k=K)
    return time.process_time() - started


def _markdown(costs: Sequence[Cost], encoder: Encoder) -> str:
    rows = [
        f"| {c.customers:,} | {c.texts - c.reviews:,} + {c.reviews:,} | {c.encode_catalogue:.1f} "
        f"| {c.encode - c.encode_catalogue:.1f} "
        f"| {c.pool:.1f} | {c.cluster:.1f} | **{c.kindred:.1f}** | {1000 * c.alone / c.sample:.1f} "
        f"| **{c.usual(c.alone):,.0f}** | {c.usual(c.batched):,.0f} "
        f"| {c.usual(c.alone) / c.kindred:.1f}× |"
        for c in costs
    ]
    return "\n".join(
        [
            "# Encoding cost: distinct texts, not customers",
            "",
            f"Demo shops, {encoder.name}, empty cache; CPU seconds on one thread. "
            "Kindred: all texts of the shop, measured. The usual recipe (one text per customer, "
            f"encoded one by one): measured on {costs[0].sample} customers and multiplied up to "
            "all of them; `batched` is the same in large batches. k-means with k = 8 is in both "
            "totals. The usual recipe reads the first 256 tokens of a customer, Kindred all texts. "
            "Reviews are nearly all distinct, so they grow with the shop; the rest does not.",
            "",
            "| customers | distinct texts: catalogue and searches + reviews | encode the former "
            "| encode the reviews | pool | k-means | Kindred | usual: ms per customer "
            "| usual, one by one | usual, batched | one by one / Kindred |",
            "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    main()
