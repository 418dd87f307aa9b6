"""Campaigns read back: intervals against other computations, files right and wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, ttest_ind
from scipy.stats import t as student

from segmentation.insight.campaign.files import seen_in_base, seen_in_file
from segmentation.insight.campaign.record import Aim, Baseline, Campaign, Range
from segmentation.insight.campaign.result import Seen, compare_means, compare_shares, read
from segmentation.types import InputError

START = datetime(2024, 3, 1)
NOTHING = Range(0.0, 0.0, 0.0)


def campaign(metric="repeat_rate", cap=None, control=40, mailed=60, share=0.3, days=30):
    baseline = Baseline(
        Range(share, 0.1, 0.5), 0.46, 0.2, 0.4, cap, share, NOTHING, NOTHING, 6, "a/b", 900
    )
    return Campaign(
        id="segment-1-test",
        snapshot="",
        segment_name="Regulars",
        start=START.date().isoformat(),
        aim=Aim(1, metric, 0.1, 0.8, days),
        baseline=baseline,
        control=tuple(f"h{i}" for i in range(control)),
        mailed=tuple(f"m{i}" for i in range(mailed)),
    )


def values(plan, mailed, control):
    """The outcomes of the first of each group; who has none is not there."""
    ids = [*plan.mailed[: len(mailed)], *plan.control[: len(control)]]
    return pd.Series([*mailed, *control], index=ids, dtype=float)


# --- arithmetic -----------------------------------------------------------------------------------


@pytest.mark.parametrize("counts", [(60, 400, 40, 400), (30, 1000, 9, 150), (3, 60, 2, 40)])
def test_shares_are_tested_as_a_two_by_two_table(counts):
    a, n, b, m = counts
    found = compare_shares(*counts)
    assert found.difference.value == pytest.approx(a / n - b / m)
    assert found.lift.value == pytest.approx((a / n) / (b / m) - 1)
    table = [[a, n - a], [b, m - b]]
    assert found.p == pytest.approx(chi2_contingency(table, correction=False).pvalue)
    assert found.difference.low < found.difference.value < found.difference.high
    assert found.lift.low < found.lift.value < found.lift.high


def wilson(count, n, z=1.959964):
    middle, half = count + z**2 / 2, z * np.sqrt(count * (n - count) / n + z**2 / 4)
    return (middle - half) / (n + z**2), (middle + half) / (n + z**2)


def test_the_difference_of_shares_has_newcombes_interval():
    found = compare_shares(56, 70, 48, 80).difference
    (a, b), (c, d) = wilson(56, 70), wilson(48, 80)
    assert found.low == pytest.approx(0.2 - np.hypot(0.8 - a, d - 0.6), abs=1e-6)
    assert found.high == pytest.approx(0.2 + np.hypot(b - 0.8, 0.6 - c), abs=1e-6)


def test_the_interval_of_the_ratio_turns_from_the_test():
    """Clear of zero exactly where p is below five in a hundred."""
    for buyers in range(30, 75):
        found = compare_shares(buyers, 200, 45, 200)
        assert (found.p < 0.05) == (not found.lift.low <= 0 <= found.lift.high)


@pytest.mark.parametrize("counts", [(0, 50, 0, 40), (50, 50, 40, 40)])
def test_where_all_do_the_same_nothing_is_shown(counts):
    found = compare_shares(*counts)
    assert found.p == 1.0
    assert found.difference.low < 0 < found.difference.high


def test_a_control_group_without_buyers_has_no_relative_lift():
    found = compare_shares(10, 50, 0, 40)
    assert found.lift is None
    assert found.difference.low > 0
    assert compare_shares(0, 50, 5, 40).lift.value == -1


def test_means_are_welchs():
    rng = np.random.default_rng(0)
    own, others = rng.gamma(2, 60, 300), rng.gamma(2, 50, 80)
    found = compare_means(own, others)
    test = ttest_ind(own, others, equal_var=False)
    assert found.p == pytest.approx(test.pvalue)
    interval = test.confidence_interval(0.95)
    assert (found.difference.low, found.difference.high) == pytest.approx(tuple(interval))
    assert found.lift.value == pytest.approx(own.mean() / others.mean() - 1)


def test_fiellers_ends_are_where_welchs_test_turns():
    rng = np.random.default_rng(1)
    own, others = rng.gamma(2, 60, 200), rng.gamma(2, 50, 100)
    found = compare_means(own, others).lift
    a, b = own.var(ddof=1) / 200, others.var(ddof=1) / 100
    edge = student.ppf(0.975, (a + b) ** 2 / (a**2 / 199 + b**2 / 99))
    for end in (found.low, found.high):
        ratio = end + 1
        away = abs(own.mean() - ratio * others.mean()) / np.sqrt(a + ratio**2 * b)
        assert away == pytest.approx(edge)


def test_a_base_that_may_be_zero_has_no_bounds():
    own, others = np.array([5.0, 6, 7, 8]), np.array([0.0, 0, 0, 9])
    found = compare_means(own, others)
    assert found.lift.low == -np.inf
    assert compare_means(own, np.zeros(4)).lift is None


def test_values_without_spread():
    same = compare_means(np.full(5, 3.0), np.full(5, 3.0))
    assert (same.p, same.difference.value) == (1.0, 0.0)
    apart = compare_means(np.full(5, 3.0), np.full(5, 2.0))
    assert apart.p == 0.0
    assert (apart.lift.low, apart.lift.high) == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize("lift", [0.0, 0.3])
def test_intervals_of_shares_cover_what_they_should(lift):
    rng, share, hits, rounds = np.random.default_rng(5), 0.2, 0, 600
    for _ in range(rounds):
        a, b = rng.binomial(700, share * (1 + lift)), rng.binomial(250, share)
        found = compare_shares(int(a), 700, int(b), 250).lift
        hits += found.low <= lift <= found.high
    assert hits / rounds == pytest.approx(0.95, abs=0.025)


def test_intervals_of_skewed_means_cover_what_they_should():
    rng, hits, rounds = np.random.default_rng(6), 0, 600
    for _ in range(rounds):
        own = (rng.random(700) < 0.36) * rng.lognormal(3, 0.8, 700)
        others = (rng.random(300) < 0.3) * rng.lognormal(3, 0.8, 300)
        found = compare_means(own, others).lift
        hits += found.low <= 0.2 <= found.high
    assert hits / rounds == pytest.approx(0.95, abs=0.025)


# --- reading --------------------------------------------------------------------------------------


def test_groups_stay_as_drawn_and_missing_customers_are_left_out():
    plan = campaign()
    seen = Seen(values(plan, [1] * 20 + [0] * 30, [1] * 5 + [0] * 30), days=30, strangers=3)
    found = read(plan, seen)
    assert (found.mailed.drawn, found.mailed.known, found.mailed.value) == (60, 50, 0.4)
    assert (found.control.drawn, found.control.known) == (40, 35)
    assert found.comparison.difference.value == pytest.approx(0.4 - 5 / 35)
    assert found.gain.value == pytest.approx(50 * (0.4 - 5 / 35))
    assert found.strangers == 3
    assert not found.is_mismatch
    assert found.is_over


def test_who_is_not_among_the_buyers_did_not_buy():
    plan = campaign()
    buyers = pd.Series(1.0, index=[*plan.mailed[:20], *plan.control[:8]])
    found = read(plan, Seen(buyers, days=30, only_buyers=True))
    assert (found.mailed.known, found.mailed.value) == (60, pytest.approx(20 / 60))
    assert (found.control.known, found.control.value) == (40, 0.2)


def test_groups_that_came_back_uneven_are_not_trusted():
    plan = campaign(control=400, mailed=600)
    found = read(plan, Seen(values(plan, [1, 0] * 300, [1, 0] * 120), days=30))
    assert found.is_mismatch
    assert not read(plan, Seen(values(plan, [1, 0] * 290, [1, 0] * 195), days=30)).is_mismatch


def test_contamination_is_counted_and_nobody_changes_sides():
    plan = campaign()
    outcome = values(plan, [1] * 30 + [0] * 30, [1] * 10 + [0] * 30)
    got = pd.Series([True] * 55 + [False] * 5 + [True] * 4 + [False] * 36, index=outcome.index)
    found = read(plan, Seen(outcome, days=30, received=got))
    assert (found.mailed.got, found.control.got) == (55, 4)
    assert (found.mailed.value, found.control.value) == (0.5, 0.25)


def test_money_is_capped_as_planned_and_told_uncapped():
    plan = campaign("revenue", cap=100.0)
    found = read(plan, Seen(values(plan, [50.0] * 59 + [9_000], [50.0] * 40), days=30))
    assert found.mailed.value == pytest.approx((59 * 50 + 100) / 60)
    assert found.uncapped.difference.value == pytest.approx((59 * 50 + 9_000) / 60 - 50)


def test_a_group_without_anybody_is_an_error():
    plan = campaign()
    with pytest.raises(InputError, match="0 customers of the control group"):
        read(plan, Seen(values(plan, [1, 0, 1], []), days=30))


# --- files ----------------------------------------------------------------------------------------


def written(tmp_path, frame, name="result.csv"):
    path = tmp_path / name
    frame.to_csv(path, index=False)
    return path


def people(plan, **columns):
    ids = [*plan.mailed, *plan.control]
    return pd.DataFrame({"customer_id": ids, **{n: v[: len(ids)] for n, v in columns.items()}})


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("converted", ["yes", "no"]),
        ("Bought", ["1", "0"]),
        ("orders", ["3", "0"]),
        ("revenue", ["12,50", ""]),
        ("value", ["true", "false"]),
        ("是否购买", ["是", "否"]),
    ],
)
def test_a_column_of_what_they_did_in_any_words(base, tmp_path, column, cells):
    plan = campaign()
    path = written(tmp_path, people(plan, **{column: cells * 50}))
    seen = seen_in_file(plan, base, path, START)
    assert list(seen.values[:4]) == [1, 0, 1, 0]
    assert len(seen.values) == 100
    assert not seen.only_buyers


def test_numbers_as_people_write_them(base, tmp_path):
    plan = campaign("revenue", cap=1e6)
    path = written(tmp_path, people(plan, revenue=["€1.234,50", "20,00"] * 50))
    seen = seen_in_file(plan, base, path, START)
    assert list(seen.values[:2]) == [1234.5, 20.0]


def test_only_buyers_strangers_and_who_got_it(base, tmp_path):
    plan = campaign()
    frame = pd.DataFrame(
        {
            "Customer ID": ["m0", " m1 ", "h0", "x9", ""],
            "converted": ["yes"] * 5,
            "received": ["yes", "no", "yes", "no", "no"],
        }
    )
    seen = seen_in_file(plan, base, written(tmp_path, frame), START)
    assert seen.only_buyers
    assert seen.strangers == 1
    assert list(seen.values.index) == ["m0", "m1", "h0"]
    assert list(seen.received[["m0", "m1", "h0"]]) == [True, False, True]


def order_lines():
    days = {"m0": 0, "m1": 29, "m2": 30, "h0": -1, "h1": 5, "x": 3, "m3": 40}
    return pd.DataFrame(
        {
            "customer_id": list(days),
            "order_id": range(len(days)),
            "order_date": [(START + timedelta(days=d)).strftime("%Y-%m-%d") for d in days.values()],
            "product": "mug",
            "quantity": 2,
            "unit_price": 7.5,
        }
    )


def test_orders_are_counted_in_the_window_alone(base, tmp_path):
    plan = campaign()
    seen = seen_in_file(plan, base, written(tmp_path, order_lines()), START)
    assert set(seen.values[seen.values > 0].index) == {"m0", "m1", "h1"}
    assert len(seen.values) == 100
    assert (seen.strangers, seen.days) == (1, 30)
    money = seen_in_file(
        campaign("revenue", cap=1e6), base, written(tmp_path, order_lines()), START
    )
    assert money.values["m0"] == 15.0


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({"customer_id": ["m0"]}), "No column of the result says bought"),
        (pd.DataFrame({"who": ["m0"], "converted": [1]}), "No column of the result says customer"),
        (pd.DataFrame({"customer_id": ["m0", "m0"], "converted": [1, 0]}), "'m0' is in the result"),
        (pd.DataFrame({"customer_id": ["m0"], "converted": ["maybe"]}), "'maybe' in the column"),
        (pd.DataFrame({"customer_id": ["m0"], "converted": [-1]}), "'-1' in the column"),
        (pd.DataFrame({"customer_id": ["z"], "converted": [1]}), "Nobody in the result belongs"),
        (pd.DataFrame({"customer_id": [], "converted": []}), "no rows"),
        (order_lines().assign(customer_id="z"), "Nobody in the result belongs"),
    ],
)
def test_a_wrong_file_is_one_error_that_says_what_would_be_right(base, tmp_path, frame, said):
    with pytest.raises(InputError, match=said):
        seen_in_file(campaign(), base, written(tmp_path, frame), START)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PAR1garbage"])
def test_a_damaged_file_is_an_error(base, tmp_path, content):
    path = tmp_path / "result.csv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        seen_in_file(campaign(), base, path, START)
    with pytest.raises(InputError, match="does not exist"):
        seen_in_file(campaign(), base, tmp_path / "absent.csv", START)


def test_the_shops_own_orders_do_as_well(base):
    """March of the small shop; dora comes on the 31st, one day too late."""
    plan = replace(campaign(), mailed=("anna", "bob", "carl"), control=("dora", "gina"))
    seen = seen_in_base(plan, base, START)
    assert list(seen.values[["anna", "bob", "carl", "dora", "gina"]]) == [1, 0, 1, 0, 1]
    assert seen.days == 30
    late = seen_in_base(plan, base, datetime(2024, 3, 20))
    assert late.days == 12
    with pytest.raises(InputError, match="The data ends on 2024-03-31"):
        seen_in_base(plan, base, datetime(2024, 4, 1))
