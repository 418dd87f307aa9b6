"""Demand foretold on days gone by, beside what then came: rolling origins, three horizons.

At every origin only what was known then is given to insight/demand/forecast.py: the tables cut
there, and segments made there (by how recently and how often customers had bought, which is the
hard case: such a segment's own past misleads). WAPE is the sum of absolute errors of the sums over
the horizon, divided by what was sold; coverage is how often the 80 % interval held it. The seasonal
naive is the last week again and again.

    python benchmarks/demand.py [--every DAYS]
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segmentation.archive import open_tables
from segmentation.data.demo import write_demo_shop
from segmentation.data.reading import read_shop
from segmentation.insight.demand.backtest import TooShort, foresee, horizon_of, replay
from segmentation.insight.demand.forecast import demand
from segmentation.insight.demand.history import read_history
from segmentation.insight.demand.models import CROWD, FEW, Past, Sales
from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase, Recipe, Segment, Segmentation

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RESULT = Path(__file__).parent / "results" / "demand.md"
HORIZONS = (7, 14, 30)
FIRST_DAYS, TOP = 112, 300
SEGMENTS = {
    1: "recent, often",
    2: "recent, seldom",
    3: "not lately, often",
    4: "not lately, seldom",
}
WAYS = ("WAPE", "seasonal naive", "mean so far", "own past carried on")
HEAD = ("level", "days ahead", "forecasts", *WAYS, "80 % interval held", "interval / expected")


@dataclass
class Score:
    """Sums over forecasts: absolute errors of each way, what came, what the interval held."""

    wrong: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    came: float = 0.0
    said: float = 0.0
    width: float = 0.0
    held: int = 0
    n: int = 0

    def add(self, ways: Mapping[str, Any], low: Any, high: Any, came: Any) -> None:
        came, low, high = (np.atleast_1d(np.asarray(x, dtype=float)) for x in (came, low, high))
        for name, said in ways.items():
            self.wrong[name] += float(np.abs(np.atleast_1d(said) - came).sum())
        self.said += float(np.sum(ways["WAPE"]))
        self.came += float(came.sum())
        self.width += float((high - low).sum())
        self.held += int(((low <= came) & (came <= high)).sum())
        self.n += len(came)

    def cells(self) -> list[str]:
        shares = [f"{self.wrong[way] / self.came:.3f}" if self._has(way) else "" for way in WAYS]
        width = f"{self.width / self.said:.2f}" if self.said else ""
        return [f"{self.n:,}", *shares, f"{self.held / self.n:.0%}", width]

    def _has(self, way: str) -> bool:
        return way in self.wrong and self.came > 0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--every", type=int, default=21, help="days from origin to origin")
    every = parser.parse_args().every
    parts = ["# Demand foretold, and what came"]
    with tempfile.TemporaryDirectory() as folder:
        for name, tables in shops(Path(folder)):
            parts += [f"## {name}", *report(tables, every)]
    RESULT.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def shops(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    files = {
        "Online Retail": ("online-retail", DATA / "online_retail/online_retail.parquet"),
        "CDNOW": ("cdnow", DATA / "cdnow/CDNOW_sample.txt"),
    }
    for name, (preset, file) in files.items():
        if not file.exists():
            print(f"skipped: {name} is not at {file}")
            continue
        read_shop({"orders": file}, preset=preset, workdir=folder / preset)
        yield name, open_tables(folder / preset / "tables")
    shop = write_demo_shop(folder / "shop", customers=2000)
    read_shop(shop.sources, workdir=folder / "demo")
    yield "Demo shop of 2,000", open_tables(folder / "demo/tables")


def report(tables: Mapping[str, Any], every: int) -> list[str]:
    orders = tables["orders"]
    sold = orders.filter((orders.kind == "sale") & ~orders.is_charge.fill_null(False))
    columns = ["customer_id", "product_id", "category", "ordered_at", "quantity"]
    frame = sold.select(*[c for c in columns if c in sold.columns]).to_pandas()
    frame["day"] = frame["ordered_at"].dt.normalize()
    first, last = frame["day"].min(), frame["day"].max()
    scores: dict[tuple[str, int], Score] = defaultdict(Score)
    for origin in pd.date_range(first + timedelta(FIRST_DAYS), last, freq=f"{every}D"):
        past = frame[frame["day"] < origin]
        base = base_of(tables, past, origin.to_pydatetime())
        for days in HORIZONS:
            if origin + timedelta(days) <= last + timedelta(1):
                foretell(scores, base, frame, past, days)
    order = {level: place for place, (level, _) in enumerate(scores)}
    ranked = sorted(scores.items(), key=lambda item: (order[item[0][0]], item[0][1]))
    rows = [[level, str(days), *score.cells()] for (level, days), score in ranked]
    period = f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, an origin every {every} days."
    return [period, markdown(HEAD, rows), *methods(tables, frame)]


def foretell(
    scores: dict[tuple[str, int], Score],
    base: CustomerBase,
    frame: pd.DataFrame,
    past: pd.DataFrame,
    days: int,
) -> None:
    """One origin: everyone, categories, products, segments, and a segment's products."""
    origin = base.as_of
    ahead = frame[(frame["day"] >= origin) & (frame["day"] < origin + timedelta(days))]
    found = demand(base, days=days)
    length = (pd.Timestamp(origin) - past["day"].min()).days
    simple = ways_of(past, origin, days, length)
    scores["total", days].add(
        {"WAPE": found.expected, **{n: w.sum() for n, w in simple(None).items()}},
        found.low, found.high, ahead["quantity"].sum(),
    )  # fmt: skip
    for by, key in (("category", "category"), ("product", "product_id")):
        if key in frame and past[key].nunique() > 1:
            lines = demand(base, days=days, by=by).lines.set_index("key")
            came = ahead.groupby(key)["quantity"].sum().reindex(lines.index, fill_value=0.0)
            for level, mine in levels(by, past, origin, lines.index).items():
                if not mine.any():
                    continue
                ways = {
                    n: w.reindex(lines.index, fill_value=0.0)[mine] for n, w in simple(key).items()
                }
                own = lines[mine]
                ways = {"WAPE": own["expected"], **ways}
                scores[level, days].add(ways, own["low"], own["high"], came[mine])
    for number, name in SEGMENTS.items():
        segment(scores, base, past, ahead, number, name, days)


def levels(by: str, past: pd.DataFrame, origin: datetime, keys: pd.Index) -> dict[str, Any]:
    """Products: the TOP by units of the last quarter; of the others, those sold in few weeks."""
    if by == "category":
        return {"by category": np.ones(len(keys), dtype=bool)}
    recent = past[past["day"] >= origin - timedelta(91)]
    units = recent.groupby("product_id")["quantity"].sum().reindex(keys, fill_value=0.0)
    weeks = recent.assign(week=(origin - recent["day"]).dt.days // 7)
    weeks = weeks.groupby("product_id")["week"].nunique().reindex(keys, fill_value=0)
    top = units.rank(ascending=False, method="first").to_numpy() <= TOP
    seldom = weeks.to_numpy() <= 6
    return {
        f"products, top {TOP}": top,
        "products, others": ~top & ~seldom,
        "products, sparse": ~top & seldom,
    }


def ways_of(past: pd.DataFrame, origin: datetime, days: int, length: int) -> Any:
    """The baselines, of everything or by a key: units of the horizon."""
    week = past[past["day"] >= origin - timedelta(7)]

    def of(key: str | None) -> dict[str, pd.Series]:
        def summed(rows: pd.DataFrame) -> pd.Series:
            return rows.groupby(key)["quantity"].sum() if key else rows["quantity"].agg(["sum"])

        return {
            "seasonal naive": summed(week) * days / 7,
            "mean so far": summed(past) * days / length,
        }

    return of


def segment(
    scores: dict[tuple[str, int], Score],
    base: CustomerBase,
    past: pd.DataFrame,
    ahead: pd.DataFrame,
    number: int,
    name: str,
    days: int,
) -> None:
    members = base.customers[base.segmentation.labels == number]
    if not len(members):
        return
    try:
        found = demand(base, segment=number, days=days)
    except TooShort:
        return
    mine, came = past[past["customer_id"].isin(members)], ahead[ahead["customer_id"].isin(members)]
    own = carried_on(base, mine, days)
    ways = {"WAPE": found.expected, "own past carried on": own}
    units = came["quantity"].sum()
    scores["segments", days].add(ways, found.low, found.high, units)
    scores[f"... {name}", days].add(ways, found.low, found.high, units)
    if past["product_id"].nunique() > 1 and number == 1:
        lines = demand(base, segment=number, days=days, by="product").lines.set_index("key")
        by_product = (
            came.groupby("product_id")["quantity"].sum().reindex(lines.index, fill_value=0.0)
        )
        top = lines["before"].rank(ascending=False, method="first") <= TOP
        ways = {"WAPE": lines["expected"][top]}
        scores["... its top products", days].add(
            ways, lines["low"][top], lines["high"][top], by_product[top]
        )


def carried_on(base: CustomerBase, mine: pd.DataFrame, days: int) -> float:
    """What the segment's own past would say by the same methods."""
    history = read_history(base)
    day = (mine["day"] - pd.Timestamp(history.first)).dt.days.to_numpy(np.int64)
    known = day < history.days
    units = mine["quantity"].to_numpy(float)[known]
    sales = Sales(np.zeros(known.sum(), np.int64), day[known], units, 1, history.days)
    return float(foresee(sales, history.shop, days, history.gap).expected[0])


def base_of(tables: Mapping[str, Any], past: pd.DataFrame, origin: datetime) -> CustomerBase:
    """The tables as a base of that day, its segments by recency and frequency."""
    known = past.groupby("customer_id")["day"].agg(["max", "nunique"])
    recent = (origin - known["max"]).dt.days <= 30
    often = known["nunique"] >= 3
    labels = np.select([recent & often, recent & ~often, ~recent & often], [1, 2, 3], 4)
    size = len(known)
    flat = np.zeros((size, 1), dtype=np.float32)
    segments = tuple(
        Segment(number, name, int((labels == number).sum()), float((labels == number).mean()))
        for number, name in SEGMENTS.items()
    )
    return CustomerBase(
        tables={"orders": tables["orders"]},
        features=pd.DataFrame({"orders": known["nunique"].astype(float)}, index=known.index),
        vectors=flat,
        views={},
        segmentation=Segmentation(
            id="benchmark",
            recipe=Recipe(),
            method="rules",
            labels=labels.astype(np.int32),
            confidence=flat[:, 0],
            map=flat,
            segments=segments,
            metrics={},
            verdict="constructed",
        ),
        as_of=origin,
    )


def methods(tables: Mapping[str, Any], frame: pd.DataFrame) -> list[str]:
    """WAPE of every single method tried, at the end of the data: of the total and of products."""
    last = frame["day"].max() + timedelta(1)
    base = base_of(tables, frame, last.to_pydatetime())
    history, ledger = read_history(base), open_ledger(base)
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for kind in ("customer", "product"):
        sales = history.things(ledger, kind).sales
        if kind == "product" and sales.n < 2:
            continue
        level = "total" if kind == "customer" else "products"
        sales = sales.whole if kind == "customer" else sampled(sales)
        for days in HORIZONS:
            horizon = horizon_of(history.days, days, history.gap)
            few = level == "total"
            tries = horizon.tries(history.days, 7 if few else 35, 104 if few else 8)
            tries = [now for now in tries if now >= FIRST_DAYS]
            done = replay(sales, history.shop, horizon, tries, FEW if few else CROWD)
            came = done.came.sum(axis=2)
            known = np.ones_like(came, dtype=bool) if few else done.kinds >= 0
            for method, said in done.said.items():
                used = known & (done.with_year[:, None] | (method != "yearly"))
                if not used.any():
                    continue
                wrong = np.abs(said.sum(axis=2) - came)[used].sum() / max(came[used].sum(), 1)
                found[method][f"{level}, {days}"] = float(wrong)
            if few:
                for method, wrong in not_kept(sales, history, horizon, tries).items():
                    found[method][f"{level}, {days}"] = wrong
    heads = list(dict.fromkeys(column for row in found.values() for column in row))
    rows = [
        [method.replace("_", " "), *(f"{row[c]:.3f}" if c in row else "" for c in heads)]
        for method, row in found.items()
    ]
    text = (
        "Single methods, replayed up to the end of the data (WAPE; `yearly` on the origins that "
        "have a year before them). Those marked so were tried and not kept: far slower, and no "
        "better on all shops."
    )
    return [text, markdown(("method", *heads), rows)]


def sampled(sales: Sales, size: int = 600) -> Sales:
    drawn = np.random.default_rng(0).permutation(sales.n)[:size]
    return sales.only(np.sort(drawn))


def not_kept(sales: Sales, history: Any, horizon: Any, tries: list[int]) -> dict[str, float]:
    from statsforecast import models

    others = {
        "AutoETS, damped (not kept)": models.AutoETS(season_length=1, damped=True),
        "optimised theta (not kept)": models.DynamicOptimizedTheta(season_length=1),
        "Holt (not kept)": models.Holt(season_length=1),
    }
    wrong, came = dict.fromkeys(others, 0.0), 0.0
    for now in tries:
        ahead = horizon.stretches(now, horizon.tested)
        calendar = history.shop.calendar(now, int(ahead[-1]))
        rates = Past(sales, calendar).rates[0].astype(np.float32)
        weights = calendar.weights
        actual = float(sales.between(int(ahead[0]), int(ahead[-1]))[0])
        came += actual
        for name, model in others.items():
            path = np.maximum(model.forecast(rates, h=len(ahead) - 1)["mean"], 0)
            said = sum(
                level * weights[a:b].sum()
                for level, a, b in zip(path, ahead, ahead[1:], strict=False)
            )
            wrong[name] += abs(float(said) - actual)
    return {name: value / came for name, value in wrong.items()}


def markdown(head: tuple[str, ...], rows: list[list[str]]) -> str:
    rule = "|".join(["---", *["---:"] * (len(head) - 1)])
    lines = [" | ".join(head), rule, *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


if __name__ == "__main__":
    main()
