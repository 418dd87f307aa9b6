"""What segments made before a cut say of what came after it, beside other ways to use the past.

Online Retail (cut 2011-09-09, three months after), CDNOW and a demo shop (cut by default: a quarter
of the time, at most 90 days), eight groups, the default weight of text; groupings are the mean over
three seeds. η² is the share of the variance of log spend (of coming back) that lies between groups;
for the regressions it is R² over customers left out of the fit. hit@20 and the neighbours' figures
are defined in segmentation/holdout/measures.py.

    python benchmarks/holdout.py [--cache FILE]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from segmentation.archive import open_tables
from segmentation.clusters.algorithms import cluster
from segmentation.data.demo import write_demo_shop
from segmentation.data.reading import read_shop
from segmentation.holdout.baselines import (
    grouping_baselines,
    regression_ceiling,
    usual_recipe,
    with_neighbours,
)
from segmentation.holdout.data import Holdout, hold_out
from segmentation.holdout.measures import (
    Scores,
    group_scores,
    intervals,
    neighbour_scores,
)
from segmentation.types import FUTURE_FIGURES, NEIGHBOUR_FIGURES, Encoder, Recipe
from segmentation.views.encoder import load_encoder
from store.encodings import EncodingCache

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RESULT = Path(__file__).parent / "results" / "holdout.md"
K, SEEDS = 8, range(3)
HEAD = ("made by", "η² spend ↑", "η² return ↑", "hit@20 ↑", "50 nearest: hit@20 ↑",
        "50 nearest: spend error ↓")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, help="encoded texts, kept between runs")
    cache = parser.parse_args().cache
    encoder = load_encoder(cache=EncodingCache(cache) if cache else None)
    parts = ["# Segments against the future"]
    with tempfile.TemporaryDirectory() as folder:
        for name, tables, as_of, days in shops(Path(folder)):
            held = hold_out(tables, encoder, as_of=as_of, days=days)
            if isinstance(held, str):
                parts.append(f"## {name}\n\n{held}")
            else:
                parts += [heading(name, held), table(figures(held, tables, encoder))]
    RESULT.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def shops(folder: Path) -> Iterator[tuple[str, Mapping[str, Any], datetime, int | None]]:
    """Name, tables, end and length of the window."""
    retail, cdnow = DATA / "online_retail/online_retail.parquet", DATA / "cdnow/CDNOW_sample.txt"
    if retail.exists():
        read_shop({"orders": retail}, preset="online-retail", workdir=folder / "retail")
        yield "Online Retail", open_tables(folder / "retail/tables"), datetime(2011, 12, 9), 91
    if cdnow.exists():
        read_shop({"orders": cdnow}, preset="cdnow", workdir=folder / "cdnow")
        yield "CDNOW", open_tables(folder / "cdnow/tables"), datetime(1998, 7, 1), None
    shop = write_demo_shop(folder / "shop", customers=2000)
    read_shop(shop.sources, workdir=folder / "demo")
    tables = open_tables(folder / "demo/tables")
    last = tables["orders"].ordered_at.max().to_pandas()
    yield "Demo shop of 2,000", tables, last.normalize().to_pydatetime(), None


def heading(name: str, held: Holdout) -> str:
    return (
        f"## {name}\n\nKnown before {held.cut:%Y-%m-%d}: {len(held.spend):,} customers; "
        f"{int(held.returned.sum()):,} came back in the {held.days} days from then, "
        f"{int((held.new.sum(axis=1) > 0).sum()):,} bought a product that was new to them."
    )


def figures(held: Holdout, tables: Mapping[str, Any], encoder: Encoder) -> dict[str, Scores]:
    """Way → figures; the segments' own come with the width of their interval."""
    vectors = held.past.vectors(Recipe.text_weight)
    runs = [run(held, vectors, seed) for seed in SEEDS]
    usual = [usual_recipe(held, tables, encoder, k=K, seed=seed) for seed in SEEDS]
    found = {way: mean([each[way] for each in runs]) for way in runs[0]}
    found["one text per customer"] = mean(usual)
    return {**found, **regression_ceiling(held, vectors)}


def run(held: Holdout, vectors: np.ndarray, seed: int) -> dict[str, Scores]:
    labels = cluster(vectors, method="kmeans", k=K, seed=seed)
    own = {**group_scores(held, labels), **neighbour_scores(held, vectors)}
    ends = intervals(held, labels, seed)
    low: Scores = {name: ends[name][0] for name in ends}
    high: Scores = {name: ends[name][1] for name in ends}
    ways = {"segments": own, "segments, low end": low, "segments, high end": high}
    return {**ways, **with_neighbours(grouping_baselines(held, labels, seed), held, seed)}


def mean(runs: list[Scores]) -> Scores:
    """Of each figure over the runs that have it."""
    names = {name for each in runs for name in each}
    known = {n: [v for v in (each.get(n) for each in runs) if v is not None] for n in names}
    return {name: float(np.mean(values)) if values else None for name, values in known.items()}


def table(ways: Mapping[str, Scores]) -> str:
    lines = [" | ".join(HEAD), "|".join(["---", *["---:"] * 5])]
    for way, scores in ways.items():
        values = [scores.get(name) for name in (*FUTURE_FIGURES, *NEIGHBOUR_FIGURES)]
        cells = ["" if v is None else f"{v:.4f}" if v < 0.2 else f"{v:.3f}" for v in values]
        lines.append(" | ".join([way.replace("_", " "), *cells]))
    return "\n".join(f"| {line} |" for line in lines)


if __name__ == "__main__":
    main()
