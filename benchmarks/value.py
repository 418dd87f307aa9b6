"""What customers were expected to do, beside what they did: CDNOW, Online Retail, the demo shop.

CDNOW is fitted on its first 39 weeks and judged on the next 39, all 2,357 customers, free orders
too, as in Fader, Hardie & Lee (2005), and fitted on its first year. Online Retail is fitted before
2011-09-09 and judged by the three months after, and at other cuts; the demo shop at a quarter
before its end. "Own past rate" is each customer's repeat purchases per week of being known, times
the weeks ahead; "mean" is told the true mean of the window, which no forecast knows.

    python benchmarks/value.py
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import betaln, gammaln

from assistant.settings import quieten_libraries
from segmentation.clusters.algorithms import cluster
from segmentation.data.demo import write_demo_shop
from segmentation.data.reading import read_shop
from segmentation.insight.value.fit import Valuation, valued
from segmentation.insight.value.groups import estimate_of
from segmentation.insight.value.models import WEEK, Models, fit_models, histories

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RESULT = Path(__file__).parent / "results" / "value.md"
PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
GROUPS, SEEDS = (4, 8), range(3)
NONE = "The data are not at hand (shared/data)."


@dataclass(frozen=True)
class Trial:
    """One cut: what was known, what was expected, what came."""

    title: str
    days: pd.DataFrame
    cut: date
    ahead: int

    @cached_property
    def known(self) -> pd.DataFrame:
        before = self.days[self.days.day < pd.Timestamp(self.cut)]
        return histories(before, self.cut - timedelta(days=1))

    @cached_property
    def found(self) -> Valuation:
        return valued(self.days, self.known.index, self.cut, self.ahead)

    @cached_property
    def came(self) -> pd.DataFrame:
        """orders, value: per customer known at the cut."""
        start = pd.Timestamp(self.cut)
        inside = (self.days.day >= start) & (self.days.day < start + pd.Timedelta(days=self.ahead))
        after = self.days[inside]
        orders = after[after.bought].groupby("customer_id").day.nunique()
        value = after.groupby("customer_id").net.sum()
        frame = pd.DataFrame({"orders": orders, "value": value})
        return frame.reindex(self.known.index, fill_value=0).fillna(0.0)

    @property
    def weeks(self) -> float:
        return self.ahead / WEEK

    def ways(self, what: str) -> dict[str, pd.Series]:
        """Way of forecasting → its forecast of `orders` or `value` per customer."""
        came, table = self.came[what], self.found.table
        age = self.known["T"].clip(lower=1)
        rate = self.known.frequency / age * self.weeks
        own = rate if what == "orders" else rate * self.known.monetary_value
        return {
            "BG/NBD" if what == "orders" else "BG/NBD × Gamma-Gamma": table[f"expected_{what}"],
            "own past rate": own,
            "mean (told)": pd.Series(came.mean(), came.index),
        }


def main() -> None:
    quieten_libraries()
    parts = ["# What customers are expected to do", *cdnow(), *online_retail(), *demo()]
    RESULT.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


# --- the shops ---------------------------------------------------------------------------------


def cdnow() -> Iterator[str]:
    yield "## CDNOW"
    path = DATA / "cdnow/CDNOW_sample.txt"
    if not path.exists():
        yield NONE
        return
    columns = ["master", "customer_id", "day", "discs", "net"]
    lines = pd.read_csv(path, sep=r"\s+", names=columns, dtype={"day": str, "customer_id": str})
    lines["day"] = pd.to_datetime(lines.day)
    days = lines.groupby(["customer_id", "day"], as_index=False).net.sum().assign(bought=True)
    trial = Trial("CDNOW", days, date(1997, 10, 1), 39 * WEEK)
    yield published(trial)
    yield from told(trial)
    yield from told(Trial("CDNOW, fitted on its first year", days, date(1998, 1, 1), 181))


def online_retail() -> Iterator[str]:
    yield "## Online Retail"
    path = DATA / "online_retail/online_retail.parquet"
    if not path.exists():
        yield NONE
        return
    days = days_of({"orders": path}, preset="online-retail")
    trial = Trial("Online Retail", days, date(2011, 9, 9), 91)
    yield from told(trial)
    yield why(trial)
    yield repeat_calibration(trial)


def demo() -> Iterator[str]:
    yield "## Demo shop of 2,000"
    with tempfile.TemporaryDirectory() as folder:
        shop = write_demo_shop(Path(folder) / "shop", customers=2000)
        days = days_of(shop.sources)
    end = days.day.max().date() + timedelta(days=1)
    yield from told(Trial("Demo shop", days, end - timedelta(days=91), 91))


def days_of(sources: Mapping[str, object], preset: str | None = None) -> pd.DataFrame:
    """`customer_id, day, net, bought` as the product counts them."""
    from segmentation.archive import open_tables
    from segmentation.insight.ledger import Ledger
    from segmentation.insight.value.valuation import buying_days
    from segmentation.types import CustomerBase

    with tempfile.TemporaryDirectory() as folder:
        read_shop(sources, preset=preset, workdir=Path(folder))
        tables = open_tables(Path(folder) / "tables")
        as_of = tables["orders"].ordered_at.max().to_pandas() + timedelta(seconds=1)
        nobody = pd.DataFrame(index=pd.Index([], dtype=str, name="customer_id"))
        empty = np.zeros((0, 1), np.float32)
        base = CustomerBase(tables, nobody, empty, {}, None, as_of.to_pydatetime())  # type: ignore[arg-type]
        return buying_days(Ledger(base))


# --- tables ------------------------------------------------------------------------------------


def told(trial: Trial) -> Iterator[str]:
    last = trial.cut + timedelta(days=trial.ahead - 1)
    back = int((trial.came.orders > 0).sum())
    yield (
        f"### {trial.title}, known before {trial.cut}, judged until {last}\n\n"
        f"{len(trial.known):,} customers, of whom {int((trial.known.frequency > 0).sum()):,} had "
        f"come back before and {back:,} came back after. Method {trial.found.method}"
        f"{''.join(f', {note.key} {dict(note.values)}' for note in trial.found.notes)}; "
        + ", ".join(f"{name} {value:.3g}" for name, value in trial.found.parameters.items())
        + "."
    )
    yield accuracy(trial)
    yield coverage(trial)


def accuracy(trial: Trial) -> str:
    lines = ["| | MAE | r | expected / actual total |", "|---|---:|---:|---:|"]
    for what, unit in (("orders", "purchases"), ("value", "spend")):
        came = trial.came[what]
        for way, forecast in trial.ways(what).items():
            if forecast.isna().all():
                continue
            error, total = (forecast - came).abs().mean(), forecast.sum() / came.sum()
            related = "" if forecast.std() == 0 else f"{np.corrcoef(forecast, came)[0, 1]:.3f}"
            lines.append(f"| {unit}, {way} | {error:.3f} | {related} | {total:.3f} |")
    return "\n".join(lines)


def coverage(trial: Trial) -> str:
    """How often a group's actual total lay in its 95 % interval; groups by k-means on RFM."""
    rows = [
        "| 95 % interval of a segment's total | hit | mean width (high / low) |",
        "|---|---:|---:|",
    ]
    for what in ("orders", "value"):
        metric = f"expected_{what}"
        if metric not in trial.found.departures:
            continue
        hits, widths, bare = [], [], []
        for labels in groupings(trial.known):
            for number in np.unique(labels):
                actual = float(trial.came[what][labels == number].sum())
                one = estimate_of(trial.found, metric, labels == number)
                if one is None:
                    continue
                alone = estimate_of(own_chance(trial.found), metric, labels == number)
                hits.append(one.low <= actual <= one.high)
                bare.append(alone.low <= actual <= alone.high)
                widths.append(one.high / one.low)
        unit = "purchases" if what == "orders" else "spend"
        rows.append(f"| {unit} | {sum(hits)} of {len(hits)} | {np.mean(widths):.2f} |")
        rows.append(f"| {unit}, customers' own chance alone | {sum(bare)} of {len(bare)} | |")
    return "\n".join(rows)


def own_chance(found: Valuation) -> Valuation:
    return replace(found, departures=dict.fromkeys(found.departures, 0.0))


def groupings(known: pd.DataFrame) -> Iterator[np.ndarray]:
    """Labels by k-means on log recency, frequency and money, several numbers and seeds."""
    recency = known["T"] - known.recency
    rfm = np.log1p(np.c_[recency, known.transactions, known.monetary_value * known.transactions])
    rfm = ((rfm - rfm.mean(0)) / rfm.std(0)).astype(np.float32)
    for k in GROUPS:
        for seed in SEEDS:
            yield cluster(rfm, method="kmeans", k=k, seed=seed)


def published(trial: Trial) -> str:
    """The parameters beside the published ones, and how likely each set is."""
    mine = {name: trial.found.parameters[name] for name in PUBLISHED}
    likely = [log_likelihood(trial.known, **each) for each in (PUBLISHED, mine)]
    rows = ["| parameter | published (maximum likelihood) | here (default priors) | differs |",
            "|---|---:|---:|---:|"]  # fmt: skip
    for name, theirs in PUBLISHED.items():
        rows.append(f"| {name} | {theirs} | {mine[name]:.3f} | {mine[name] / theirs - 1:+.1%} |")
    for name, value in (
        ("dropout a / (a + b)", lambda p: p["a"] / (p["a"] + p["b"])),
        ("purchases per week r / alpha", lambda p: p["r"] / p["alpha"]),
    ):
        theirs, ours = value(PUBLISHED), value(mine)
        rows.append(f"| {name} | {theirs:.4f} | {ours:.4f} | {ours / theirs - 1:+.1%} |")
    rows.append(f"| log likelihood | {likely[0]:.1f} | {likely[1]:.1f} | |")
    return "\n".join(rows)


def log_likelihood(known: pd.DataFrame, r: float, alpha: float, a: float, b: float) -> float:
    """Equation 6 of Fader, Hardie & Lee (2005)."""
    x, recency, age = known.frequency, known.recency, known["T"]
    stays = betaln(a, b + x) - (r + x) * np.log(alpha + age)
    left = np.where(
        x > 0, betaln(a + 1, b + x.clip(lower=1) - 1) - (r + x) * np.log(alpha + recency), -np.inf
    )
    both = np.logaddexp(stays, left) - betaln(a, b)
    return float((gammaln(r + x) - gammaln(r) + r * np.log(alpha) + both).sum())


# --- why Online Retail comes out low -----------------------------------------------------------


def why(trial: Trial) -> str:
    """The same shop asked four other ways."""
    rows = ["| | purchases: expected / actual | spend: expected / actual |", "|---|---:|---:|"]
    rows.append(f"| as above | {ratio(trial, 'orders')} | {ratio(trial, 'value')} |")
    for cut in (date(2011, 5, 10), date(2011, 6, 10), date(2011, 7, 10)):
        other = Trial("", trial.days, cut, min(91, (date(2011, 9, 9) - cut).days))
        rows.append(
            f"| known before {cut}, the {other.ahead} days from then | {ratio(other, 'orders')} | "
            f"{ratio(other, 'value')} |"
        )
    for start in (date(2011, 9, 9), date(2011, 10, 9), date(2011, 11, 8)):
        part = Trial("", trial.days, start, 30)
        expected = part.found.table[["expected_orders", "expected_value"]].sum()
        rows.append(
            f"| refitted, the 30 days from {start} | "
            f"{expected.iloc[0] / part.came.orders.sum():.2f} | "
            f"{expected.iloc[1] / part.came.value.sum():.2f} |"
        )
    seen = with_the_end_known(trial)
    rows.append(f"| parameters fitted to the whole year, the same window | {seen[0]} | {seen[1]} |")
    return "\n".join(rows)


def ratio(trial: Trial, what: str) -> str:
    return f"{trial.found.table[f'expected_{what}'].sum() / trial.came[what].sum():.2f}"


def with_the_end_known(trial: Trial) -> tuple[str, str]:
    """Expected over actual where only the parameters know the window."""
    models: Models = fit_models(histories(trial.days, trial.days.day.max().date()))
    orders = models.orders(trial.known, trial.ahead)
    value = orders * models.worth(trial.known)
    return (
        f"{orders.sum() / trial.came.orders.sum():.2f}",
        f"{value.sum() / trial.came.value.sum():.2f}",
    )


def repeat_calibration(trial: Trial) -> str:
    """Fifths of customers by their probability of coming back, and how many did."""
    chance = trial.found.table.repeat_probability
    fifth = pd.qcut(chance.rank(method="first"), 5, labels=False)
    rows = ["| fifth by probability of buying again | expected | came back |", "|---|---:|---:|"]
    for i in range(5):
        mine = fifth == i
        rows.append(
            f"| {i + 1} | {chance[mine].mean():.3f} | {(trial.came.orders[mine] > 0).mean():.3f} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
