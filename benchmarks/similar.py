"""Look-alikes: do they do next what those they are like do next, and what are their scores worth?

Look-alike audiences: everything is embedded as known before a cut. A group is who then did a thing
in the 91 days after it (bought of a family of products, spent most). Half of it, drawn five times,
is given as seeds; of the 100 customers most like them, how many are of the other half, against 100
picked at random (lift@100)? Beside it, by recency, frequency and money: nearest to the seeds' mean,
and those with most seeds among their 50 nearest, which is kinder to groups that are no ball.

Words: the 100 customers found by the family's name, against all; who of them bought of it after the
cut, and the share of the money they then spent that went on it.

Calibration: chances learned on one half of what was hidden, held against what came of the other
(segmentation/insight/similar/likeness.py says what was hidden).

Shops: Online Retail (cut 2011-09-09) and a demo shop. Families of Online Retail are words in the
names of products; of the demo shop its categories.

    python -m benchmarks.similar [--cache FILE]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.holdout import shops
from segmentation.clusters.algorithms import cluster
from segmentation.holdout.baselines import rfm
from segmentation.insight.similar.closeness import best, closeness, middle
from segmentation.insight.similar.halves import both_halves
from segmentation.insight.similar.likeness import (
    Draws,
    learn,
    member_draws,
    reliability,
    same_draws,
)
from segmentation.insight.similar.wanted import interest, nearness, wanted_draws
from segmentation.types import Encoder
from segmentation.views.behaviour import before
from segmentation.views.embedding import Embedding, embed
from segmentation.views.encoder import load_encoder
from store.encodings import EncodingCache

RESULT = Path(__file__).parent / "results" / "similar.md"
N, DRAWS, DAYS, K = 100, 5, 91, 8
FAMILIES = {
    "Christmas decorations": "CHRISTMAS|XMAS|ADVENT|SANTA|REINDEER|SNOWMAN|BAUBLE",
    "vintage kitchen things": "KITCHEN|CAKE|BAKING|RECIPE|TEA TOWEL|APRON|JAM|PANTRY|BOWL|CUTLERY",
    "toys for children": "TOY|CHILD|DOLL|PUZZLE|PLAYHOUSE|SPACEBOY|GAME|SOLDIER|CIRCUS|SKITTLES",
    "gardening": "GARDEN|PLANT|FLOWER POT|WATERING|SEED|HERB",
    "bags for lunch and shopping": r"\bBAG\b|SHOPPER|LUNCH",
    "candles and lights": "CANDLE|LIGHT|LANTERN",
}
FEWEST = 60
"""Members of a group below which it is left out."""


@dataclass(frozen=True)
class Known:
    """Customers embedded before the cut, and what they bought after it.

    Args:
        spent: family → (customers,) money on it after the cut.
        money: (customers,) money on everything after the cut.
    """

    past: Embedding
    spent: Mapping[str, np.ndarray]
    money: np.ndarray

    @property
    def customers(self) -> pd.Index:
        return self.past.features.index


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, help="encoded texts, kept between runs")
    cache = parser.parse_args().cache
    encoder = load_encoder(cache=EncodingCache(cache) if cache else None)
    parts = ["# Look-alikes"]
    with tempfile.TemporaryDirectory() as place:
        for name, tables, as_of, _ in shops(Path(place)):
            if name == "CDNOW":  # no products: nothing to belong to
                continue
            known = look_back(tables, encoder, as_of)
            parts += [f"## {name}\n\n{len(known.customers):,} customers before the cut."]
            parts += [audiences(known), searches(known, encoder)]
            parts += [calibration(tables, encoder, as_of, Path(place) / name)]
    RESULT.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def look_back(tables: Mapping[str, Any], encoder: Encoder, as_of: datetime) -> Known:
    cut = as_of - timedelta(days=DAYS)
    past = embed(before(tables, cut), encoder, as_of=cut)
    lines = before(tables, as_of)["orders"]
    lines = lines.filter((lines.kind == "sale") & ~lines.is_charge & (lines.ordered_at >= cut))
    frame = lines.to_pandas()
    frame["money"] = frame.quantity * frame.unit_price
    customers = past.features.index

    def total(rows: pd.DataFrame) -> np.ndarray:
        sums = rows.groupby("customer_id").money.sum()
        return sums.reindex(customers, fill_value=0).to_numpy(float)

    spent = {name: total(frame[rows]) for name, rows in families(frame, tables).items()}
    return Known(past, spent, total(frame))


def families(frame: pd.DataFrame, tables: Mapping[str, Any]) -> dict[str, pd.Series]:
    """Family → which order lines are of it."""
    products = tables["products"].to_pandas() if "products" in tables else pd.DataFrame()
    if "category" in products:
        own = frame.product_id.map(products.set_index("product_id").category)
        return {str(name): own == name for name in sorted(own.dropna().unique())}
    return {
        name: frame["product"].str.contains(pattern).fillna(False)
        for name, pattern in FAMILIES.items()
    }


def audiences(known: Known) -> str:
    table = rfm(known.past.features)
    logs = np.log1p(table.fillna(0).to_numpy())
    scaled = (logs - logs.mean(axis=0)) / logs.std(axis=0)
    ways = {
        "embedding": partial(by_cosine, known.past.vectors),
        "RFM, to the mean": partial(by_distance, scaled),
        "RFM, by the 50 nearest": partial(by_neighbours, neighbours(scaled)),
    }
    rich = known.money >= np.quantile(known.money[known.money > 0], 0.9)
    groups = {name: spent > 0 for name, spent in known.spent.items()} | {"top tenth": rich}
    rows, found = [], []
    for name, member in groups.items():
        if member.sum() >= FEWEST:
            found.append([lift(way, member) for way in ways.values()])
            rows.append([name, f"{member.sum():,}", *(f"{v:.2f}" for v in found[-1]), "1.00"])
    rows.append(["mean", "", *(f"{v:.2f}" for v in np.mean(found, axis=0)), "1.00"])
    head = ["who did after the cut", "customers", *(f"lift@{N}: {way}" for way in ways), "random"]
    return "### Audiences\n\n" + markdown(head, rows)


def lift(way: Callable[[np.ndarray, np.ndarray], np.ndarray], member: np.ndarray) -> float:
    """Of the nearest to half of the members, the other half's share, against everybody's."""
    lifts = []
    for seed in range(DRAWS):
        rows = np.random.default_rng(seed).permutation(np.flatnonzero(member))
        seeds = rows[: len(rows) // 2]
        others = np.setdiff1d(np.arange(len(member)), seeds)
        found = others[best(way(seeds, others), others, N)]
        lifts.append(member[found].mean() / member[others].mean())
    return float(np.mean(lifts))


def by_cosine(vectors: np.ndarray, seeds: np.ndarray, others: np.ndarray) -> np.ndarray:
    """What the product does."""
    return closeness(vectors, middle(vectors, seeds), others)


def by_distance(space: np.ndarray, seeds: np.ndarray, others: np.ndarray) -> np.ndarray:
    return -np.linalg.norm(space[others] - space[seeds].mean(axis=0), axis=1)


def by_neighbours(near: np.ndarray, seeds: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.isin(near[others], seeds).mean(axis=1)


def neighbours(space: np.ndarray) -> np.ndarray:
    """(n, 50): rows of the nearest others, in no order."""
    squares = (space**2).sum(axis=1)
    distance = squares[:, None] + squares - 2 * space @ space.T
    np.fill_diagonal(distance, np.inf)
    return np.argpartition(distance, 50, axis=1)[:, :50]


def searches(known: Known, encoder: Encoder) -> str:
    texts, fusion = known.past.texts, known.past.fusion
    everyone = {name: spent.sum() / known.money.sum() for name, spent in known.spent.items()}
    found: dict[str, list[tuple[float, float]]] = {}
    for name, spent in known.spent.items():
        encoded = encoder.encode([name])[0]
        query = fusion.query(encoded)
        ways = {
            "text by text (what is used)": interest(texts, nearness(texts, encoded)),
            "embedding, inner product": known.past.vectors @ query,
            "embedding, cosine": closeness(known.past.vectors, query, np.arange(len(spent))),
        }
        for way, scores in ways.items():
            top = np.argsort(-scores, kind="stable")[:N]
            bought = (spent[top] > 0).mean() / (spent > 0).mean()
            share = spent[top].sum() / max(known.money[top].sum(), 1e-9) / everyone[name]
            found.setdefault(way, []).append((bought, share))
    rows = [
        [
            way,
            *(f"{b:.2f} / {s:.2f}" for b, s in each),
            *(f"{v:.2f}" for v in np.mean(each, axis=0)),
        ]
        for way, each in found.items()
    ]
    head = ["lift of buyers / of their money's share", *known.spent, "mean buyers", "mean share"]
    return "### Words\n\n" + markdown(head, rows)


def calibration(tables: Mapping[str, Any], encoder: Encoder, as_of: datetime, folder: Path) -> str:
    made = embed(tables, encoder, as_of=as_of)
    made.save(folder)
    labels = cluster(made.vectors, method="kmeans", k=K, seed=0)
    draws: dict[str, Draws | None] = {
        "same": same_draws(*both_halves(tables, folder, made.texts, as_of)),
        "bought": wanted_draws(made.texts),
    }
    for label in (1, K):
        members = np.flatnonzero(labels == label)
        draws[f"member of a segment of {len(members):,}"] = member_draws(made.vectors, members)
    rows = []
    for name, drawn in draws.items():
        learned = learn("same", drawn) if drawn else None
        if drawn and learned:
            cells = [f"{chance:.2f} → {real:.2f}" for chance, real, _ in reliability(drawn)]
            cells += [""] * (10 - len(cells))
            rows.append([name, f"{learned.hidden:,}", *cells, f"{learned.error:.4f}"])
    head = ["chance of", "hidden", *(f"tenth {i}" for i in range(1, 11)), "ECE"]
    return "### Chance → frequency on what was not learned from\n\n" + markdown(head, rows)


def markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
