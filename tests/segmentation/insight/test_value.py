"""Expected orders and value: against formulas written here, and where they are refused."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.special import betaln, gammaln, hyp2f1

from segmentation.insight.errors import NoForecast
from segmentation.insight.query import query
from segmentation.insight.value import fit as value_fit
from segmentation.insight.value.fit import valued
from segmentation.insight.value.groups import estimate, estimate_where, segment_values
from segmentation.insight.value.models import WEEK, fit_models, histories
from segmentation.insight.value.valuation import load_valuation, save_valuation, valuation

END = date(2024, 12, 31)
AS_OF = date(2025, 1, 1)


def made_up(customers=400, seed=0, spend=None, days=700):
    """Buying days of customers who buy at rates of their own and leave for good at random."""
    rng = np.random.default_rng(seed)
    first = AS_OF - timedelta(days=days)
    rows = []
    for i in range(customers):
        rate, leaves = rng.gamma(0.8, 1 / 8), rng.beta(0.8, 4)
        typical = rng.gamma(6) * 10
        day, end = first + timedelta(days=int(rng.integers(days - 30))), AS_OF
        while day < end:
            paid = spend(rate, rng) if spend else rng.gamma(4) * typical / 4
            rows.append((f"c{i:04d}", pd.Timestamp(day), paid, True))
            if rng.random() < leaves:
                break
            day += timedelta(days=1 + int(rng.exponential(WEEK / rate)))
    return pd.DataFrame(rows, columns=["customer_id", "day", "net", "bought"])


@pytest.fixture(scope="module")
def days():
    return made_up()


@pytest.fixture(scope="module")
def customers(days):
    return pd.Index(sorted(days.customer_id.unique()))


@pytest.fixture(scope="module")
def found(days, customers):
    return valued(days, customers, AS_OF)


# --- histories ---------------------------------------------------------------------------------


def test_histories_by_hand():
    day = pd.Timestamp
    rows = [
        ("anna", day("2024-01-01"), 10.0, True),
        ("anna", day("2024-01-15"), 30.0, True),
        ("anna", day("2024-01-29"), -16.0, False),
        ("ben", day("2024-02-05"), 5.0, True),
        ("carl", day("2024-01-08"), 8.0, True),
        ("carl", day("2024-01-09"), -9.0, False),
        ("dora", day("2024-01-09"), -9.0, False),
    ]
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "net", "bought"])
    known = histories(frame, date(2024, 2, 12))
    assert list(known.index) == ["anna", "ben", "carl"]
    assert known.loc["anna"].to_list() == [1, 2, 6, 2, 12]
    assert known.loc["ben"].to_list() == [0, 0, 1, 1, 5]
    assert known.loc["carl", "monetary_value"] == 0


def test_what_is_brought_back_leaves_nothing_behind():
    """Floats of a purchase and its return do not add up to zero; the sum must."""
    when = pd.Timestamp("2024-01-01")
    rows = [
        ("anna", when + pd.Timedelta(days=i), v, v > 0) for i, v in enumerate((10.1, 20.2, -30.3))
    ]
    known = histories(pd.DataFrame(rows, columns=["customer_id", "day", "net", "bought"]), END)
    assert 10.1 + 20.2 - 30.3 != 0
    assert known.loc["anna", "monetary_value"] == 0


# --- against formulas written here -------------------------------------------------------------


def expected_orders(known, r, alpha, a, b, t):
    """Equation 10 of Fader, Hardie & Lee (2005), as printed there."""
    x, recency, age = known.frequency, known.recency, known["T"]
    z = t / (alpha + age + t)
    top = (a + b + x - 1) / (a - 1)
    top = top * (
        1 - ((alpha + age) / (alpha + age + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    )
    back = (
        (x > 0) * (a / (b + x.clip(lower=1) - 1)) * ((alpha + age) / (alpha + recency)) ** (r + x)
    )
    return top / (1 + back)


def log_likelihood(known, r, alpha, a, b):
    """Equation 6 of the same, in logs."""
    x, recency, age = known.frequency, known.recency, known["T"]
    stays = betaln(a, b + x) - (r + x) * np.log(alpha + age)
    left = np.where(
        x > 0, betaln(a + 1, b + x.clip(lower=1) - 1) - (r + x) * np.log(alpha + recency), -np.inf
    )
    both = np.logaddexp(stays, left) - betaln(a, b)
    return float((gammaln(r + x) - gammaln(r) + r * np.log(alpha) + both).sum())


def bg_nbd(found):
    return [found.parameters[name] for name in ("r", "alpha", "a", "b")]


def test_expected_orders_are_those_of_the_paper(found, days):
    known = histories(days, END)
    wanted = expected_orders(known, *bg_nbd(found), found.days / WEEK)
    np.testing.assert_allclose(found.table.expected_orders, wanted, rtol=1e-9)


def test_expected_value_is_orders_times_expected_spend(found, days):
    known = histories(days, END)
    p, q, v = (found.parameters[name] for name in "pqv")
    n, mean = known.transactions, known.monetary_value
    spend = p * (v + n * mean) / (p * n + q - 1)
    np.testing.assert_allclose(
        found.table.expected_value, found.table.expected_orders * spend, rtol=1e-9
    )


def drawn(known, parameters, weeks, draws=4000, seed=5):
    """(draws, n) purchases in the coming weeks, one by one as the model tells the story.

    Who they are is drawn from the prior and weighed by the likelihood of what they did.
    """
    r, alpha, a, b = parameters
    rng = np.random.default_rng(seed)
    rate, leaves = rng.gamma(r, 1 / alpha, draws), rng.beta(a, b, draws)
    bought = np.empty((draws, len(known)))
    weights = np.empty((draws, len(known)))
    for i, one in enumerate(known.itertuples()):
        x = one.frequency
        stays = (1 - leaves) ** x * rate**x * np.exp(-rate * one.T)
        left = (
            (x > 0) * leaves * (1 - leaves) ** max(x - 1, 0) * rate**x * np.exp(-rate * one.recency)
        )
        weights[:, i] = stays + left
        alive = rng.random(draws) < stays / np.maximum(stays + left, 1e-300)
        count = np.zeros(draws)
        clock = rng.exponential(1 / rate)
        there = alive & (clock < weeks)
        while there.any():
            count[there] += 1
            there &= rng.random(draws) >= leaves
            clock = clock + rng.exponential(1 / rate)
            there &= clock < weeks
        bought[:, i] = count
    return bought, weights / weights.sum(axis=0)


def test_probability_and_spread_are_those_of_futures_drawn_one_by_one(found, days):
    known = histories(days, END)
    some = known[(known.frequency <= 2) & (known["T"] > 10)].iloc[:12]
    bought, weights = drawn(some, bg_nbd(found), found.days / WEEK, draws=40_000)
    mean = (weights * bought).sum(axis=0)
    again = (weights * (bought > 0)).sum(axis=0)
    spread = np.sqrt((weights * bought**2).sum(axis=0) - mean**2)
    table = found.table.loc[some.index]
    np.testing.assert_allclose(table.expected_orders, mean, rtol=0.1, atol=0.05)
    np.testing.assert_allclose(table.repeat_probability, again, atol=0.03)
    assert (table.orders_sd**2).sum() == pytest.approx((spread**2).sum(), rel=0.25)


def test_the_fit_is_a_maximum(found, days):
    """Every step away from it is less likely under the default priors."""
    known = histories(days, END)

    def posterior(r, alpha, a, b):
        prior = np.log(r) - r**2 + np.log(alpha / 10) - (alpha / 10) ** 2 - 2 * np.log(a + b)
        return log_likelihood(known, r, alpha, a, b) + prior

    best = bg_nbd(found)
    for i in range(4):
        for factor in (0.97, 1.03):
            other = list(best)
            other[i] *= factor
            assert posterior(*other) < posterior(*best)


@pytest.mark.slow
def test_customers_who_never_leave_buy_at_their_rate():
    """Where nobody drops out, the expectation is that of the NBD alone, without a repeat too."""
    rng = np.random.default_rng(3)
    rows = [
        (f"c{i}", pd.Timestamp(END) - pd.Timedelta(days=int(day)), 1.0, True)
        for i in range(200)
        for day in range(int(rng.integers(14, 28)), 600, 14 + 7 * (i % 4))
    ]
    days = pd.DataFrame(rows, columns=["customer_id", "day", "net", "bought"])
    models = fit_models(histories(days, END), with_spend=False)
    r, alpha, a, b = (models.parameters[name] for name in ("r", "alpha", "a", "b"))
    assert a < 1e-3
    assert a + b > 1
    known = pd.DataFrame({"frequency": [0.0, 3.0, 400.0], "recency": [0.0, 20.0, 90.0]})
    known["T"] = [0.0, 20.5, 90.5]
    wanted = (r + known.frequency) / (alpha + known["T"]) * 52
    np.testing.assert_allclose(models.orders(known, 364), wanted, rtol=0.02)


# --- what comes out ----------------------------------------------------------------------------


def test_a_shop_like_the_model_gets_a_valuation(found, customers):
    assert found.method == "bg_nbd+gamma_gamma"
    assert not found.notes
    assert list(found.table.index) == list(customers)
    assert not found.table.isna().any().any()
    assert found.table.repeat_probability.between(0, 1).all()
    assert (found.table.expected_value >= 0).all()
    assert set(found.departures) == {"expected_orders", "expected_value"}


@pytest.fixture(scope="module")
def again(days, customers):
    """The same once more: rows in another order, days to come, and somebody who never bought."""
    later = days.assign(day=days.day + pd.Timedelta(days=800))
    mixed = pd.concat([days, later]).sample(frac=1, random_state=1)
    return valued(mixed, customers.append(pd.Index(["looked-around"])), AS_OF)


@pytest.mark.slow
def test_the_same_data_give_the_same_table_and_days_to_come_change_nothing(found, again):
    pd.testing.assert_frame_equal(found.table, again.table.iloc[:-1], check_exact=True)
    assert found.parameters == again.parameters
    assert found.departures == again.departures


@pytest.mark.slow
def test_who_never_bought_is_expected_nothing_of(again):
    assert again.table.loc["looked-around"].isna().all()


@pytest.mark.slow
def test_negative_and_free_customers_do_not_break_spend(days):
    odd = pd.DataFrame(
        [
            ("free", pd.Timestamp("2024-03-01"), 0.0, True),
            ("free", pd.Timestamp("2024-05-01"), 0.0, True),
            ("angry", pd.Timestamp("2024-03-01"), 50.0, True),
            ("angry", pd.Timestamp("2024-03-02"), -90.0, False),
        ],
        columns=["customer_id", "day", "net", "bought"],
    )
    both = pd.concat([days, odd]).sort_values(["customer_id", "day"], ignore_index=True)
    found = valued(both, pd.Index(sorted(both.customer_id.unique())), AS_OF)
    assert found.method == "bg_nbd+gamma_gamma"
    assert (found.table.loc[["free", "angry"], "expected_value"] >= 0).all()
    assert np.isfinite(found.table.to_numpy()).all()
    assert found.table.loc["angry", "observed_value"] == -40


# --- where it is refused -----------------------------------------------------------------------


def one_timers():
    rows = made_up(300, seed=1)
    return rows.drop_duplicates("customer_id")


def young():
    return made_up(400, seed=1, days=120)


def wholesale():
    """Who buys often spends much more each time."""
    return made_up(400, seed=1, spend=lambda rate, rng: 2000 * rate * rng.gamma(40) / 40)


def giving_away():
    return made_up(400, seed=1, spend=lambda rate, rng: 0.0)


@pytest.mark.parametrize(
    ("rows", "method", "why"),
    [
        (one_timers, "observed", "few_repeaters"),
        (young, "observed", "short_history"),
        pytest.param(wholesale, "bg_nbd", "spend_follows_frequency", marks=pytest.mark.slow),
        pytest.param(giving_away, "bg_nbd", "few_payers", marks=pytest.mark.slow),
    ],
)
def test_refused_aloud(rows, method, why):
    days = rows()
    found = valued(days, pd.Index(sorted(days.customer_id.unique())), AS_OF)
    assert found.method == method
    assert [note.key for note in found.notes] == [why]
    assert found.table.expected_value.isna().all()
    assert found.table.expected_orders.isna().all() == (method == "observed")
    assert found.table.observed_value.sum() == pytest.approx(days.net.sum())
    NoForecast("expected_value", why, found.notes[0].values)


def test_without_the_library_there_is_no_forecast(monkeypatch, days, customers):
    monkeypatch.setattr(value_fit, "fit_models", _no_library)
    found = valued(days, customers, AS_OF)
    assert found.method == "observed"
    assert found.notes[0].key == "no_library"


def _no_library(*args, **kwargs):
    raise ImportError("pymc_marketing")


def test_few_customers_do_not_load_the_library(base):
    """The small shop has a dozen customers: nothing heavy for them."""
    assert valuation(base).method == "observed"
    if "pymc" not in sys.modules:
        assert not [name for name in sys.modules if name.startswith("pymc")]
    with pytest.raises(NoForecast, match="bought on two days or more") as caught:
        query(base, "expected_value")
    assert "lifetime_value" in str(caught.value)
    with pytest.raises(NoForecast):
        query(base, "customers", filters=[{"field": "expected_orders", "op": "gt", "value": 1}])


# --- kept in a snapshot ------------------------------------------------------------------------


def test_kept_and_read_back(found, tmp_path):
    save_valuation(found, tmp_path / "value")
    again = load_valuation(tmp_path / "value")
    pd.testing.assert_frame_equal(again.table, found.table, check_names=False)
    assert (again.method, again.notes, again.days) == (found.method, found.notes, found.days)
    assert again.parameters == found.parameters
    assert again.departures == found.departures


def test_a_refusal_is_kept_too(tmp_path):
    days = one_timers()
    found = valued(days, pd.Index(days.customer_id), AS_OF)
    save_valuation(found, tmp_path / "value")
    assert load_valuation(tmp_path / "value").notes == found.notes


# --- bases -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wide(days, customers, shop):
    """A base over those days: odd customers in segment 3, even ones in 7, ten unassigned."""
    orders = days.assign(
        order_id=[f"o{i}" for i in range(len(days))], ordered_at=days.day + pd.Timedelta(hours=10),
        product_id="P1", product="Tea towel", quantity=1.0, unit_price=days.net, kind="sale",
        is_charge=False,
    ).drop(columns=["day", "net", "bought"])  # fmt: skip
    segments = {
        3: ("Odd", list(customers[11::2])),
        7: ("Even", list(customers[10::2])),
        0: ("Unassigned", list(customers[:10])),
    }
    return shop.open_base({"orders": orders}, segments, datetime(2025, 1, 1))


def test_metrics_of_a_base_are_the_mean_of_its_table(wide, found):
    for metric in ("repeat_probability", "expected_orders", "expected_value"):
        answer = query(wide, metric)
        assert answer.total == pytest.approx(found.table[metric].mean())
        assert answer.period == "2025-01-01/2025-12-31"
        assert answer.total_n == len(found.table)


def test_split_and_filtered_like_any_other(wide, found):
    labels = wide.segmentation.labels
    answer = query(wide, "expected_value", by="segment")
    wanted = {n: found.table.expected_value[labels == n].mean() for n in (0, 3, 7)}
    assert dict(zip(answer.frame.group, answer.frame.value, strict=True)) == pytest.approx(wanted)
    many = query(wide, "customers", filters=[{"field": "expected_value", "op": "gt", "value": 100}])
    assert many.total == (found.table.expected_value > 100).sum()
    never = [{"field": "repeat_probability", "op": "between", "value": [0, 0.1]}]
    assert query(wide, "revenue", filters=never).total == pytest.approx(
        found.table.observed_value[found.table.repeat_probability <= 0.1].sum()
    )


def test_segments_add_up_and_have_intervals(wide, found):
    known = segment_values(wide)
    assert set(known) == {0, 3, 7}
    assert sum(one.total for one in known.values()) == pytest.approx(
        found.table.expected_value.sum()
    )
    for number, one in known.items():
        assert one.customers == (wide.segmentation.labels == number).sum()
        assert one.low < one.total < one.high
    everyone = estimate_where(wide, "expected_value")
    assert everyone.total == pytest.approx(found.table.expected_value.sum())
    # Customers' own chance evens out over many, what hits all alike does not.
    assert everyone.high / everyone.total < known[0].high / known[0].total
    assert everyone.high / everyone.total > np.exp(1.95 * found.departures["expected_value"])
    assert estimate(wide, "expected_value", np.zeros(len(found.table), bool)) is None


def test_a_snapshot_that_keeps_it_is_not_fitted_again(wide, found, tmp_path, monkeypatch):
    from dataclasses import replace

    save_valuation(found, tmp_path / "value")
    monkeypatch.setattr(value_fit, "fit_models", _no_library)
    kept = replace(wide, features=wide.features.copy(), extras={"value": tmp_path / "value"})
    pd.testing.assert_frame_equal(valuation(kept).table, found.table, check_names=False)
