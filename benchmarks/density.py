"""What the density methods find: on planted groups, on structureless data, and on real embeddings.

Planted: segments found, customers left unassigned, and the adjusted Rand index before and after
they are attached; customers planted as noise are not counted. Structureless: how often a method
claims segments, and the highest score it saw (claims start at DEEP_ENOUGH). Real: Online Retail up
to 2011-09-09, the demo shop, and recency, frequency and money of CDNOW, where the data is there.

    python benchmarks/density.py > benchmarks/results/density.md
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

from segmentation.archive import open_tables
from segmentation.clusters.algorithms import attached, cluster
from segmentation.clusters.density import DEEP_ENOUGH, _fitted, _settings, _Valleys, reduced
from segmentation.data.demo import write_demo_shop
from segmentation.data.reading import read_shop
from segmentation.types import InputError
from segmentation.views.embedding import embed
from segmentation.views.encoder import load_encoder

DATA = Path(__file__).resolve().parents[2] / "shared/data"
RETAIL = DATA / "online_retail/online_retail.parquet"
CDNOW = DATA / "cdnow/CDNOW_sample.txt"
METHODS = ("dbscan", "hdbscan")
NOISE = -1
Planted = tuple[np.ndarray, np.ndarray]
Draw = Callable[[np.random.Generator, int, int], np.ndarray]

STRUCTURELESS: dict[str, Draw] = {
    "normal": lambda g, n, d: g.normal(size=(n, d)),
    "uniform": lambda g, n, d: g.uniform(size=(n, d)),
    "log-normal": lambda g, n, d: np.exp(g.normal(size=(n, d))),
    "Student t, 3 degrees": lambda g, n, d: g.standard_t(3, size=(n, d)),
    "unequal axes, skewed": lambda g, n, d: np.expm1(
        0.6 * g.normal(size=(n, d)) / np.arange(1, d + 1)
    ),
}


def blobs(
    n: int,
    k: int,
    d: int,
    apart: float,
    noise: float = 0.0,
    spread: tuple[float, ...] = (),
    shares: tuple[float, ...] = (),
    tails: float | None = None,
    seed: int = 0,
) -> Planted:
    """k groups whose nearest centres are `apart` standard deviations from each other."""
    g = np.random.default_rng(seed)
    centres = g.normal(size=(300, k, d))
    distances = np.linalg.norm(centres[:, :, None] - centres[:, None], axis=-1)
    nearest = (distances + 1e9 * np.eye(k)).min(axis=(1, 2))
    best = centres[nearest.argmax()] * apart / nearest.max()
    truth = g.choice(k, size=n, p=shares or None)
    errors = g.normal(size=(n, d)) if tails is None else g.standard_t(tails, size=(n, d))
    points = best[truth] + errors * np.array(spread or [1] * k)[truth][:, None]
    scattered = g.choice(n, int(noise * n), replace=False)
    points[scattered] = g.uniform(points.min(axis=0), points.max(axis=0), (len(scattered), d))
    truth[scattered] = NOISE
    return points, truth


def planted() -> Iterator[tuple[str, Planted]]:
    yield "3 groups, 5 dimensions, 10 % noise, 300 rows", blobs(300, 3, 5, 7, 0.1)
    yield "4 groups, 6 dimensions, 10 % noise, 1,000", blobs(1000, 4, 6, 7, 0.1)
    yield "4 groups, 6 dimensions, near, 1,000", blobs(1000, 4, 6, 6)
    yield "5 groups, 6 dimensions, 30 % noise, 3,000", blobs(3000, 5, 6, 7, 0.3)
    yield "8 groups, 20 dimensions, 10 % noise, 4,000", blobs(4000, 8, 20, 7, 0.1)
    yield "8 groups, 64 dimensions, 5 % noise, 4,000", blobs(4000, 8, 64, 12, 0.05)
    yield "6 groups, 10 dimensions, 10 % noise, 20,000", blobs(20_000, 6, 10, 7, 0.1)
    yield "shares 70, 15, 10, 5 %", blobs(2000, 4, 6, 7, 0.1, shares=(0.7, 0.15, 0.1, 0.05))
    yield "spreads .4, 1.2, 3", blobs(2000, 3, 2, 16, 0.05, spread=(0.4, 1.2, 3))
    yield "spreads .5, 1, 1.5, 2.5", blobs(2000, 4, 6, 14, 0.05, spread=(0.5, 1, 1.5, 2.5))
    yield "Student t, 3 degrees", blobs(2000, 4, 6, 12, tails=3)
    yield "Student t, 2 degrees", blobs(2000, 2, 3, 15, tails=2)
    yield "two groups, 2 dimensions, near", blobs(1000, 2, 2, 5, 0.05)
    for n in (300, 2000, 20_000):
        yield f"two moons, {n:,}", make_moons(n, noise=0.07, random_state=0)


def real() -> Iterator[tuple[str, np.ndarray]]:
    with tempfile.TemporaryDirectory() as folder:
        shop = write_demo_shop(Path(folder) / "shop")
        yield "demo shop", embedded(shop.sources, None, datetime(2026, 7, 1))
    if RETAIL.exists():
        yield "Online Retail", embedded({"orders": RETAIL}, "online-retail", datetime(2011, 9, 9))
    if CDNOW.exists():
        yield "CDNOW, recency, frequency, money", cdnow()


def embedded(sources: Mapping[str, Any], preset: str | None, as_of: datetime) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        read_shop(sources, preset=preset, workdir=Path(folder))
        tables = open_tables(Path(folder) / "tables")
        return np.array(embed(tables, load_encoder(), as_of=as_of).vectors)


def cdnow() -> np.ndarray:
    """Logarithms of recency, frequency and money after 39 weeks, standardised."""
    names = ["master", "id", "date", "cds", "dollars"]
    rows = pd.read_csv(CDNOW, sep=r"\s+", header=None, names=names)
    day = pd.to_datetime(rows["date"].astype(str))
    groups = rows.assign(day=day)[day < "1997-10-01"].groupby("id")
    recency = (pd.Timestamp("1997-10-01") - groups["day"].max()).dt.days
    logs = np.log1p(np.stack([recency, groups.size(), groups["dollars"].sum()], axis=1))
    return (logs - logs.mean(axis=0)) / logs.std(axis=0)


def found(vectors: np.ndarray, method: str, truth: np.ndarray | None) -> list[object]:
    try:
        labels = cluster(vectors, method=method, k=1)
    except InputError:
        return [method, "nothing dense", "", "", "", ""]
    row = [method, len(np.unique(labels[labels > 0])), f"{(labels == 0).mean():.0%}"]
    row.append(f"{np.bincount(labels)[1:].max() / len(labels):.0%}")
    if truth is None:
        return [*row, "", ""]
    real, everybody = truth != NOISE, attached(vectors, labels)
    scores = [adjusted_rand_score(truth[real], each[real]) for each in (labels, everybody)]
    return [*row, *(f"{score:.2f}" for score in scores)]


def claims(method: str, draw: Draw, n: int, dimensions: tuple[int, ...], seeds: int) -> list[float]:
    """The best score of every structureless sample."""
    best = []
    for d in dimensions:
        for seed in range(seeds):
            places = reduced(draw(np.random.default_rng(seed), n, d), seed)
            valleys = _Valleys.of(places)
            settings = _settings(method, valleys)
            best.append(max(valleys.score(_fitted(places, each)) for each in settings))
    return best


def print_structureless() -> None:
    rows = []
    for name, draw in STRUCTURELESS.items():
        for n in (300, 1000, 2500):
            for method in METHODS:
                scores = claims(method, draw, n, (2, 3, 6, 12, 40), 4 if n < 2500 else 1)
                claimed = sum(score >= DEEP_ENOUGH for score in scores)
                rows.append([name, n, method, f"{claimed} of {len(scores)}", f"{max(scores):.3f}"])
    print(table(["structureless, 2 to 40 dimensions", "rows", "method", "claims", "best"], rows))


def table(head: list[str], rows: list[list[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def main() -> None:
    print("# Density methods\n")
    head = ["data", "method", "segments", "unassigned", "largest", "ARI", "ARI, all attached"]
    rows = [[n, *found(x, m, t)] for n, (x, t) in planted() for m in METHODS]
    print(table(head, rows), flush=True)
    print()
    print(table(head[:5], [[n, *found(x, m, None)[:4]] for n, x in real() for m in METHODS]))
    print()
    print_structureless()


if __name__ == "__main__":
    main()
