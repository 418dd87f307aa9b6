"""How many of the ten nearest customers the search index finds, beside comparing everybody.

Vectors are synthetic, of the dimension and the unevenness of a real embedding: 60 clouds of unequal
size around random centres, variances that fall off. Queries are customers and means of five of
them. Slow: an index of 120,000 takes many minutes.

    python -m benchmarks.index_recall [--customers 120000]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from segmentation.insight.similar.closeness import best, closeness
from store import index as module
from store.index import CustomerIndex
from store.rows import Rows

RESULT = Path(__file__).parent / "results" / "index_recall.md"
DIM, CLOUDS, PAGE = 193, 60, 5_000
QUERIES, WANTED = 200, 10
NAMES = ("max_neighbors", "ef_construction", "ef_search")
HNSW = tuple(module._HNSW[name] for name in NAMES)
DEFAULTS = (16, 100, 100)
"""Chroma's own."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--customers", type=int, default=120_000)
    count = parser.parse_args().customers
    vectors = synthetic(count)
    queries = asked(vectors)
    started = time.perf_counter()
    truth = [nearest(vectors, query) for query in queries]
    exact = (time.perf_counter() - started) / len(queries)
    rows = [measured(vectors, queries, truth, exact, hnsw) for hnsw in (HNSW, DEFAULTS)]
    head = (
        f"# Recall of the search index\n\n{count:,} synthetic customers, {DIM} dimensions, "
        f"{QUERIES} queries, {WANTED} nearest. The first line is what is used.\n\n"
        "| max_neighbors / ef_construction / ef_search | recall@10 | lowest of a query "
        "| queries below 1 | building the index / one exact query "
        "| one query of the index / one exact query |\n| --- | ---: | ---: | ---: | ---: | ---: |\n"
    )
    RESULT.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def measured(
    vectors: np.ndarray,
    queries: np.ndarray,
    truth: list[set[int]],
    exact: float,
    hnsw: tuple[int, int, int],
) -> str:
    """One line of the table."""
    module._HNSW.update(dict(zip(NAMES, hnsw, strict=True)))
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        index = CustomerIndex.open(
            Path(folder) / "index",
            fingerprint={"count": len(vectors), "dim": DIM},
            rows=lambda: rows(vectors),
        )
        built = time.perf_counter() - started
        started = time.perf_counter()
        found = [{int(m.customer_id) for m in index.nearest(query, WANTED)} for query in queries]
        asking = (time.perf_counter() - started) / len(queries)
        index.close()
    recall = [len(a & b) / WANTED for a, b in zip(found, truth, strict=True)]
    return (
        f"| {' / '.join(map(str, hnsw))} | {np.mean(recall):.4f} | {min(recall):.1f} "
        f"| {sum(r < 1 for r in recall)} | {built / exact:,.0f} | {asking / exact:.2f} |"
    )


def synthetic(count: int) -> np.ndarray:
    """(count, DIM) float32."""
    generator = np.random.default_rng(0)
    spread = 1 / np.sqrt(1 + np.arange(DIM))
    centres = generator.normal(size=(CLOUDS, DIM)) * spread
    shares = generator.dirichlet(np.full(CLOUDS, 1.5))
    own = generator.choice(CLOUDS, size=count, p=shares)
    noise = generator.normal(size=(count, DIM)) * spread * 0.7
    return (centres[own] + noise).astype(np.float32)


def asked(vectors: np.ndarray) -> np.ndarray:
    """Half of the queries are customers, half the mean of five."""
    generator = np.random.default_rng(1)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    single = unit[generator.integers(len(unit), size=QUERIES // 2)]
    several = unit[generator.integers(len(unit), size=(QUERIES // 2, 5))].mean(axis=1)
    return np.concatenate([single, several])


def nearest(vectors: np.ndarray, query: np.ndarray) -> set[int]:
    everybody = np.arange(len(vectors))
    return set(best(closeness(vectors, query, everybody), everybody, WANTED).tolist())


def rows(vectors: np.ndarray) -> Iterator[Rows]:
    for start in range(0, len(vectors), PAGE):
        part = vectors[start : start + PAGE]
        ids = [str(number) for number in range(start, start + len(part))]
        yield Rows(ids, part, [{"segment": 1}] * len(part), ["" for _ in part])


if __name__ == "__main__":
    main()
