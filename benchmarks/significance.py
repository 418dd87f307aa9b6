"""How often a test finds a difference where there is none: segments dealt out at random.

Online Retail, every customer in a group by lot. First the order value of a group against the rest,
tested in three ways: with the delta method on revenue / orders, with the same on logarithms, and by
the ranks of customers' own average order values. At p < .05 one in twenty is right. Then every test
that evidence of a segment rests on, by kind, and what is left of them after correction.

Run: .venv/bin/python benchmarks/significance.py
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from assistant.kindred import Kindred
from segmentation.insight.evidence.family import family_of
from segmentation.insight.evidence.measurements import measurements
from segmentation.insight.evidence.significance import LEVEL, rank_test
from segmentation.types import CustomerBase, Recipe

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data" / "online_retail" / "online_retail.csv.gz"
RESULT = ROOT / "benchmarks" / "results" / "significance.md"
GROUPS = (30, 100, 300, 1400)
DRAWS, FAMILIES = 500, 20
SIZES = (1500, 900, 500, 100, 30)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = _base(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder))
        text = "\n".join(["# Differences found where there are none", "", *_lines(base), ""])
    RESULT.write_text(text, encoding="utf-8")
    print(text)


def _base(root: Path) -> CustomerBase:
    """The workspace in `root`, built if it is empty."""
    shop = Kindred(root)
    if not any(root.iterdir()):
        recipe = Recipe(n_segments=5)
        shop.build({"orders": str(DATA)}, preset="online-retail", recipe=recipe)
    return shop.workspace.base


def _lines(base: CustomerBase) -> Iterator[str]:
    rng = np.random.default_rng(0)
    yield f"Average order value of groups dealt out at random, {DRAWS} each: share with p < .05"
    yield ""
    yield "| customers in the group | delta method | on logarithms | ranks |"
    yield "|---|---|---|---|"
    for size in GROUPS:
        rates = (np.array(list(_order_value(base, size, rng))) < LEVEL).mean(axis=0)
        yield f"| {size} | " + " | ".join(f"{rate:.3f}" for rate in rates) + " |"
    yield ""
    yield from _families(base, rng)


def _order_value(
    base: CustomerBase, size: int, rng: np.random.Generator
) -> Iterator[tuple[float, float, float]]:
    one = measurements(base)["average_order_value"]
    known = ~np.isnan(one.values)
    values, y, x = one.values[known], one.y[known], one.x[known]
    for _ in range(DRAWS):
        groups = np.ones(len(values), dtype=np.int32)
        groups[rng.choice(len(values), size, replace=False)] = 2
        yield (*_delta(y, x, groups == 2), rank_test(values, groups)[2][1])


def _delta(y: np.ndarray, x: np.ndarray, own: np.ndarray) -> tuple[float, float]:
    """p of equal ratios, and of equal logarithms of them (Deng, Knoblich & Lu, KDD 2018)."""
    ratio, variance = [], []
    for rows in (own, ~own):
        n, top, bottom = rows.sum(), y[rows].sum(), x[rows].sum()
        left = y[rows] - top / bottom * x[rows]
        ratio.append(top / bottom)
        variance.append(n / (n - 1) * (left**2).sum() / bottom**2)
    plain = abs(ratio[0] - ratio[1]) / np.sqrt(sum(variance))
    spread = np.sqrt(sum(v / r**2 for v, r in zip(variance, ratio, strict=True)))
    return float(2 * ndtr(-plain)), float(2 * ndtr(-abs(np.log(ratio[0] / ratio[1])) / spread))


def _families(base: CustomerBase, rng: np.random.Generator) -> Iterator[str]:
    found, wrong = defaultdict(list), 0
    for _ in range(FAMILIES):
        labels = np.full(len(base.customers), len(SIZES) + 1, dtype=np.int32)
        dealt = rng.permutation(len(labels))
        for number, rows in enumerate(np.split(dealt, np.cumsum(SIZES))[:-1], start=1):
            labels[rows] = number
        family = family_of(replace(base, segmentation=replace(base.segmentation, labels=labels)))
        found["numbers"] += [test.p for test in family.numbers.values()]
        for (kind, _), shares in family.shares.items():
            found[kind] += shares.p[~np.isnan(shares.p)].tolist()
        q = [test.q for test in family.numbers.values()]
        q += [value for shares in family.shares.values() for value in shares.q.tolist()]
        wrong += int((np.array(q) < LEVEL).any())
    yield f"Every test of {FAMILIES} segmentations dealt out at random"
    yield ""
    yield "| tested | tests | p < .05 | p < .001 |"
    yield "|---|---|---|---|"
    for kind, p in found.items():
        values = np.array(p)
        rates = f"{(values < 0.05).mean():.4f} | {(values < 0.001).mean():.5f}"
        yield f"| {kind} | {len(p)} | {rates} |"
    yield ""
    yield f"Segmentations with anything left after correction: {wrong} of {FAMILIES}"


if __name__ == "__main__":
    main()
