"""Campaigns: whether what is expected without one comes, and whether a test keeps its promises.

1. Groups of customers at earlier moments (k-means of recency, frequency and money, k = 6): what
   they did in the window that followed, beside what was expected of them, and beside what they
   themselves had done in the window before. No campaign, no segment of today.
2. Tests planned on such groups, played with the outcomes that these customers really had, drawn
   anew with replacement; the control as `draw_control` draws it; a lift made by turning non-buyers
   of the mailed into buyers like the others. How often it is found, and how often the interval
   holds it.

Run: .venv/bin/python benchmarks/campaign.py
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

from segmentation.data.reading import read_shop
from segmentation.insight.campaign.control_group import draw_control
from segmentation.insight.campaign.happenings import happenings, outcomes
from segmentation.insight.campaign.past_windows import past_in
from segmentation.insight.campaign.power import (
    Measured,
    detectable_lift,
    power_of,
    smallest_control,
)
from segmentation.insight.campaign.result import Comparison, compare_means, compare_shares
from segmentation.types import CustomerBase, Recipe, Segmentation

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
RESULT = ROOT / "benchmarks" / "results" / "campaign.md"
SHOPS = {
    "Online Retail": ("online-retail", DATA / "online_retail" / "online_retail.csv.gz"),
    "CDNOW": ("cdnow", DATA / "cdnow" / "CDNOW_sample.txt"),
}
DAYS, MOMENTS, GROUPS, FEWEST = 30, 6, 6, 50
LARGEST = 2
"""Groups of each shop that tests are played on."""
ROUNDS, POWER, SHARE = 1_000, 0.8, 0.2


def main() -> None:
    known = {name: given for name, given in SHOPS.items() if given[1].exists()}
    if not known:
        print(f"Skipped: no data in {DATA}")
        return
    histories = {name: _history(*given) for name, given in known.items()}
    lines = [
        "# Campaigns",
        "",
        *_expected(histories),
        "",
        *_promised(histories),
        "",
    ]
    RESULT.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


def _history(preset: str, path: Path) -> pd.DataFrame:
    """What the shop's customers did, as `insight/happenings.py` tells it."""
    with tempfile.TemporaryDirectory() as folder:
        read_shop({"orders": str(path)}, preset=preset, workdir=Path(folder))
        connection = ibis.duckdb.connect()
        written = connection.read_parquet(Path(folder) / "tables" / "orders.parquet")
        orders = connection.create_table("orders", written)
    nobody = np.zeros((0, 1), dtype=np.float32)
    labels = np.zeros(0, dtype=np.int32)
    none = Segmentation("none", Recipe(), "none", labels, nobody, nobody, (), {}, "none")
    end = datetime(2100, 1, 1)
    frame = pd.DataFrame(index=pd.Index([], name="customer_id", dtype=str))
    return happenings(CustomerBase({"orders": orders}, frame, nobody, {}, none, end))


def _moments(history: pd.DataFrame) -> Iterator[datetime]:
    end = (history["at"].max().normalize() + pd.Timedelta(days=1)).to_pydatetime()
    for back in range(1, MOMENTS + 1):
        yield end - timedelta(days=back * DAYS)


def _groups(history: pd.DataFrame, moment: datetime) -> Iterator[pd.Index]:
    """Customers known at `moment`, in groups by what they had done until then."""
    known = history[(history["at"] < moment) & (history["bought"] > 0)]
    own = known.groupby("customer_id")
    rfm = pd.DataFrame(
        {
            "recency": np.log1p((moment - own["at"].max()).dt.days),
            "frequency": np.log(own.size()),
            "money": np.log1p(own["revenue"].sum()),
        }
    )
    labels = KMeans(GROUPS, n_init=5, random_state=0).fit_predict((rfm - rfm.mean()) / rfm.std())
    for group in range(GROUPS):
        if (labels == group).sum() >= FEWEST:
            yield rfm.index[labels == group]


def _expected(histories: dict[str, pd.DataFrame]) -> Iterator[str]:
    yield f"What groups of customers did in the next {DAYS} days, beside what was expected of them:"
    yield "mean absolute error, weighted by the customers; and how often the 95 % interval held it."
    yield ""
    yield (
        "| shop | measure | groups | they did | error: as in their own last window "
        "| error: as those in their state did | interval held |"
    )
    yield "|---|---|---|---|---|---|---|"
    for name, history in histories.items():
        rows = pd.DataFrame(_forecasts(history))
        for outcome, digits in (("bought", 3), ("revenue", 1)):
            own = rows[rows["outcome"] == outcome]
            figures = [_mean(own, own["did"])]
            figures += [_mean(own, (own[way] - own["did"]).abs()) for way in ("last", "past")]
            held = ((own["did"] >= own["low"]) & (own["did"] <= own["high"])).mean()
            told = " | ".join(f"{figure:.{digits}f}" for figure in figures)
            yield f"| {name} | {outcome} | {len(own)} | {told} | {held:.2f} |"


def _mean(rows: pd.DataFrame, values: pd.Series) -> float:
    return float(np.average(values, weights=rows["people"]))


def _forecasts(history: pd.DataFrame) -> Iterator[dict[str, object]]:
    for moment in _moments(history):
        before, window = history[history["at"] < moment], timedelta(days=DAYS)
        for group in _groups(history, moment):
            past = past_in(before, list(group), DAYS, moment)
            did = outcomes(history, group, moment, moment + window)
            last = outcomes(history, group, moment - window, moment)
            for outcome in ("bought", "revenue"):
                low, high = past.expected(outcome, len(group))
                yield {
                    "outcome": outcome,
                    "people": len(group),
                    "did": did[outcome].mean(),
                    "last": last[outcome].mean(),
                    "past": past.mean(outcome),
                    "low": low,
                    "high": high,
                }


def _promised(histories: dict[str, pd.DataFrame]) -> Iterator[str]:
    yield f"Tests on these customers ({ROUNDS:,} each): promised power, found, found where there is"
    yield "nothing (.05 is right), and how often the 95 % interval of the lift held the true one."
    yield ""
    yield (
        "| shop | group | measure | held out | lift | promised | found | found of nothing "
        "| interval held |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, history in histories.items():
        moment = next(_moments(history))
        groups = sorted(_groups(history, moment), key=len, reverse=True)
        for group in groups[:LARGEST]:
            did = outcomes(history, group, moment, moment + timedelta(days=DAYS))
            worth = history[history["at"] < moment].groupby("customer_id")["revenue"].sum()
            for measure in ("bought", "revenue"):
                yield _play(name, did, worth.reindex(group).fillna(0.0), measure)


def _play(name: str, did: pd.DataFrame, worth: pd.Series, measure: str) -> str:
    """One row: the real outcomes of a group, its tests planned and played."""
    values = did[measure].to_numpy(float)
    if measure == "revenue":
        cap = np.quantile(values[values > 0], 0.99, method="inverted_cdf")
        values = np.minimum(values, cap)
    kind = "share" if measure == "bought" else "mean"
    measured = Measured(kind, float(values.mean()), float(values.std()))
    lift, size = _design(measured, len(values))
    promised = power_of(measured, lift, size, len(values) - size)
    rng = np.random.default_rng(0)
    found = [_round(values, worth, measured, size, lift, rng, i) for i in range(ROUNDS)]
    none = [_round(values, worth, measured, size, 0.0, rng, i) for i in range(ROUNDS)]
    held = np.mean([c.lift is not None and c.lift.low <= lift <= c.lift.high for c in found])
    shown, false = (np.mean([c.is_clear for c in each]) for each in (found, none))
    told = f"{size:,} of {len(values):,} | {lift:.0%} | {promised:.3f} | {shown:.3f} | {false:.3f}"
    return f"| {name} | {len(values):,} | {measure} | {told} | {held:.3f} |"


def _design(measured: Measured, people: int) -> tuple[float, int]:
    """The lift that a fifth held out shows, and the control group planned for it."""
    fifth = round(people * SHARE)
    lift = detectable_lift(measured, fifth, people - fifth, POWER) or measured.highest
    return lift, smallest_control(measured, lift, POWER, people) or people // 2


def _round(
    values: np.ndarray,
    worth: pd.Series,
    measured: Measured,
    size: int,
    lift: float,
    rng: np.random.Generator,
    seed: int,
) -> Comparison:
    """One campaign among customers drawn anew from these, with a lift made by more buyers."""
    drawn = rng.choice(len(values), len(values))
    people = [str(i) for i in range(len(values))]
    own = pd.Series(worth.to_numpy()[drawn], index=people)
    held = np.isin(people, draw_control(people, size, f"round-{seed}", own))
    did, buyers = values[drawn], values[values > 0]
    share = len(buyers) / len(values)
    turned = rng.random(len(did)) < lift * share / (1 - share)
    made = np.where((did == 0) & ~held & turned, rng.choice(buyers, len(did)), did)
    mailed, control = made[~held], made[held]
    if measured.kind == "share":
        return compare_shares(int(mailed.sum()), len(mailed), int(control.sum()), len(control))
    return compare_means(mailed, control)


if __name__ == "__main__":
    main()
