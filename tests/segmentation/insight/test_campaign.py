"""Campaigns planned: baselines by hand, sizes against other formulas and by simulation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, norm, ttest_ind

from segmentation.insight.campaign.audience import Audience, audience
from segmentation.insight.campaign.control_group import draw_control
from segmentation.insight.campaign.happenings import happenings, outcomes
from segmentation.insight.campaign.past_windows import longest_window, past_in, past_of
from segmentation.insight.campaign.plan import NoBaseline, TooHigh, plan, ways_out
from segmentation.insight.campaign.power import (
    Measured,
    detectable_lift,
    power_of,
    smallest_control,
)
from segmentation.insight.campaign.record import Range, keep_campaign, open_campaign
from segmentation.insight.errors import BadArgument, NotLoaded, UnknownName
from segmentation.types import InputError

FIRST = datetime(2024, 1, 1)
END = FIRST + timedelta(days=120)
EVERYONE = [f"c{i:02d}" for i in range(100)]


def line(customer, day, price=10.0, hour=9):
    return {
        "customer_id": customer,
        "order_id": f"{customer}-{day}",
        "ordered_at": FIRST + timedelta(days=day, hours=hour),
        "product_id": "P1",
        "product": "Red mug",
        "category": "kitchen",
        "quantity": 1.0,
        "unit_price": price,
        "kind": "sale",
        "is_charge": False,
    }


def hundred():
    """All hundred buy on day 0; c00-c19 on day 70; c00-c09 and c20-c27 on day 100 for 30 each."""
    lines = [line(one, 0) for one in EVERYONE]
    lines += [line(one, 70) for one in EVERYONE[:20]]
    lines += [line(one, 100, 30.0) for one in (*EVERYONE[:10], *EVERYONE[20:28])]
    lines.append(line("c99", 119, hour=23) | {"customer_id": "c00", "order_id": "last"})
    return pd.DataFrame(lines)


QUIET = EVERYONE[28:]
SEGMENTS = {1: ("Quiet", QUIET), 7: ("Lively", EVERYONE[:28])}


@pytest.fixture(scope="module")
def quiet(shop):
    return shop.open_base({"orders": hundred()}, SEGMENTS, END)


# --- what such customers did before ---------------------------------------------------------------


def test_windows_are_cut_from_the_end_and_leave_half_the_data_before_them(quiet):
    past = past_of(quiet, QUIET, 30)
    assert [(w.first.isoformat(), w.last.isoformat()) for w in past.windows] == [
        ("2024-03-31", "2024-04-29"),
        ("2024-03-01", "2024-03-30"),
    ]
    assert past.period == "2024-03-01/2024-04-29"
    assert longest_window(quiet) == 60


def test_the_quiet_are_judged_by_who_was_quiet_then_not_by_their_own_silence(quiet):
    past = past_of(quiet, QUIET, 30)
    # Day 90: eighty had bought once, on day 0, as the quiet have now; eight of them came back.
    # Day 60: all hundred had; twenty came back.
    assert past.by_window("bought") == pytest.approx([8 / 80, 20 / 100])
    assert past.mean("bought") == pytest.approx(0.15)
    assert past.by_window("revenue") == pytest.approx([8 * 30 / 80, 20 * 10 / 100])
    assert past.mean("average_order_value") == pytest.approx(
        (0.1 * 30 + 0.2 * 10) / 0.3  # every window weighs the same, who buys more weighs more
    )
    own = outcomes(happenings(quiet), pd.Index(QUIET), END - timedelta(days=30), END)
    assert own["bought"].sum() == 0  # what they did lately themselves would say: never


def test_deviation_and_interval_by_hand(quiet):
    past = past_of(quiet, QUIET, 30)
    assert past.deviation("bought") == pytest.approx(np.sqrt(0.15 * 0.85))
    low, high = past.expected("bought", len(QUIET))
    seen = 1 / (80 * (1 / 80 / 2) ** 2 + 100 * (1 / 100 / 2) ** 2)
    margin = 1.96 * np.sqrt(0.15 * 0.85) * np.sqrt(1 / 72 + 1 / seen)
    assert (low, high) == pytest.approx((0.15 - margin, 0.15 + margin))


def test_three_windows_and_more_spread_as_students_t_says(quiet):
    past = past_of(quiet, QUIET, 20)
    means = past.by_window("bought")
    assert len(means) == 3
    margin = 4.302653 * means.std(ddof=1) * np.sqrt(1 + 1 / 3)
    assert past.expected("bought", 72)[1] == pytest.approx(means.mean() + margin)


def test_states_are_those_of_the_moment_not_of_today(quiet):
    """Lively customers were quiet themselves once: nobody's later doings describe them."""
    history = happenings(quiet)
    early = history[history["at"] < FIRST + timedelta(days=90)]
    cut = FIRST + timedelta(days=90)
    known = past_in(early, QUIET, 30, cut)
    whole = past_in(history[history["at"] < cut], QUIET, 30, cut)
    pd.testing.assert_frame_equal(known.rows, whole.rows)
    assert known.windows[0].last.isoformat() == "2024-03-30"


def test_no_room_no_windows(quiet):
    assert past_of(quiet, QUIET, 61).windows == ()
    assert past_of(quiet, [], 30).windows == ()


def test_purchases_among_visits_do_where_there_are_no_orders(shop):
    steps = [
        {"customer_id": one, "at": FIRST + timedelta(days=day), "kind": kind, "product_id": "P1"}
        for day in range(9)
        for i, one in enumerate(EVERYONE[:40])
        for kind in ("view", *(["purchase"] if (i + day) % 2 == 0 else []))
    ]
    frame = pd.DataFrame(steps)
    visitors = {1: ("Visitors", EVERYONE[:40])}
    base = shop.open_base({"events": frame}, visitors, FIRST + timedelta(days=9))
    found = plan(base, audience(base, segment=1), segment=1, metric="orders")
    assert found.aim.days == 2
    assert found.baseline.revenue is None
    assert found.baseline.expected.value == pytest.approx(1.0)  # everybody buys every other day
    with pytest.raises(TooHigh):  # more than everybody cannot buy
        plan(base, audience(base, segment=1), segment=1)
    with pytest.raises(NotLoaded, match="No orders"):
        plan(base, audience(base, segment=1), segment=1, metric="revenue")


# --- sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "lift"), [(0.3, 0.1), (0.05, 0.3), (0.6, 0.08), (0.01, 0.5)])
def test_power_of_shares_is_the_textbooks(share, lift):
    """Fleiss' formula, solved for the size: equal groups."""
    other = share * (1 + lift)
    middle = (share + other) / 2
    z, w = norm.isf(0.025), norm.isf(0.2)
    spread = z * np.sqrt(2 * middle * (1 - middle))
    spread += w * np.sqrt(share * (1 - share) + other * (1 - other))
    size = (spread / (other - share)) ** 2
    assert power_of(Measured("share", share, 0.0), lift, size, size) == pytest.approx(0.8, abs=1e-3)


@pytest.mark.parametrize("lift", [0.05, 0.2])
def test_power_of_means_is_the_textbooks(lift):
    deviation, mean = 60.0, 100.0
    variance = deviation**2 * (1 + (1 + lift))
    size = variance * (norm.isf(0.025) + norm.isf(0.2)) ** 2 / (mean * lift) ** 2
    found = power_of(Measured("mean", mean, deviation), lift, size, size)
    assert found == pytest.approx(0.8, abs=0.02)


def test_the_smallest_control_is_the_smallest():
    measured = Measured("share", 0.3, 0.0)
    size = smallest_control(measured, 0.1, 0.8, 20_000)
    assert power_of(measured, 0.1, size, 20_000 - size) >= 0.8
    assert power_of(measured, 0.1, size - 1, 20_000 - size + 1) < 0.8
    assert size < 10_000 / 3


def test_half_is_the_most_and_too_few_are_too_few():
    measured = Measured("share", 0.3, 0.0)
    assert smallest_control(measured, 0.1, 0.8, 7_000) is None
    assert detectable_lift(measured, 3500, 3500, 0.8) == pytest.approx(0.104, abs=0.002)
    assert detectable_lift(measured, 4, 4, 0.8) is None
    assert smallest_control(Measured("mean", 10, 3), 5.0, 0.8, 19) is None


def test_a_control_group_is_never_too_small_to_count():
    assert smallest_control(Measured("share", 0.02, 0.0), 20.0, 0.8, 100_000) == 250
    assert smallest_control(Measured("mean", 10.0, 1.0), 1.0, 0.8, 1_000) == 10


def test_what_shows_rises_with_the_control_group():
    measured = Measured("mean", 100, 250, observed=0.3)
    shown = [detectable_lift(measured, n, 4000 - n, 0.8) for n in (100, 400, 1000, 2000)]
    assert shown == sorted(shown, reverse=True)
    assert power_of(measured, shown[1], 400, 3600) == pytest.approx(0.8, abs=1e-6)


def simulated(draw, test, rounds=1500):
    rng = np.random.default_rng(3)
    return np.mean([test(*draw(rng)) < 0.05 for _ in range(rounds)])


def test_promised_power_comes_for_shares():
    """Two by two tables, drawn and tested by scipy: within three points of the power asked for."""
    share, lift = 0.2, 0.25
    size = smallest_control(Measured("share", share, 0.0), lift, 0.8, 4_000)

    def draw(rng):
        mailed = 4_000 - size
        yes, held = rng.binomial(mailed, share * (1 + lift)), rng.binomial(size, share)
        return yes, mailed - yes, held, size - held

    def test(a, b, c, d):
        return chi2_contingency([[a, b], [c, d]], correction=False).pvalue

    assert simulated(draw, test) == pytest.approx(0.8, abs=0.03)


def test_promised_power_comes_for_skewed_money():
    """Most buy nothing, the others log-normally: more buyers in the mailed group."""
    share, lift, people = 0.3, 0.3, 3_000
    mean = share * np.exp(3 + 0.8**2 / 2)
    square = share * np.exp(2 * 3 + 2 * 0.8**2)
    measured = Measured("mean", mean, float(np.sqrt(square - mean**2)))
    size = smallest_control(measured, lift, 0.8, people)
    assert size is not None

    def draw(rng):
        groups = [(people - size, share * (1 + lift)), (size, share)]
        return [(rng.random(n) < p) * rng.lognormal(3, 0.8, n) for n, p in groups]

    found = simulated(draw, lambda a, b: ttest_ind(a, b, equal_var=False).pvalue)
    assert found == pytest.approx(0.8, abs=0.03)


# --- plans ----------------------------------------------------------------------------------------


def test_a_plan_is_what_its_numbers_say(quiet):
    found = plan(quiet, audience(quiet, segment=1), segment=1, minimum_lift=3.0)
    assert found.aim.metric == "repeat_rate"
    assert found.baseline.expected.value == pytest.approx(0.15)
    assert (found.baseline.quietest, found.baseline.busiest) == pytest.approx((0.1, 0.2))
    assert found.baseline.seen == 100
    measured = Measured("share", 0.15, found.baseline.deviation)
    assert len(found.control) == smallest_control(measured, 3.0, 0.8, 72)
    assert sorted(found.control + found.mailed) == QUIET
    assert found.is_enough
    assert found.detectable <= 3.0
    orders = found.gain(found.baseline.orders, len(found.mailed))
    assert orders.value == pytest.approx(len(found.mailed) * 3.0 * 0.15)


def test_too_small_an_audience_is_halved_and_says_what_it_shows(quiet):
    found = plan(quiet, audience(quiet, segment=1), segment=1)
    assert (len(found.control), len(found.mailed)) == (36, 36)
    assert not found.is_enough
    assert found.reached < 0.1
    assert found.detectable == pytest.approx(
        detectable_lift(Measured("share", 0.15, 0.0), 36, 36, 0.8)
    )
    ways = {way.kind: way for way in ways_out(quiet, found, audience(quiet))}
    assert ways["everyone"].value == 100
    assert all(way.detectable < found.detectable for way in ways.values())


def test_the_same_question_draws_the_same_and_another_name_another(quiet):
    people = audience(quiet, segment=1)
    first, again = (plan(quiet, people, segment=1) for _ in range(2))
    assert first == again
    other = plan(quiet, people, segment=1, name="spring")
    assert other.id != first.id
    assert other.control != first.control


def test_only_who_may_be_contacted_is_drawn(quiet):
    people = audience(quiet, segment=1, suppressed=set(QUIET[:10]))
    found = plan(quiet, people, segment=1)
    assert found.people == 62
    assert not {*found.control, *found.mailed} & set(QUIET[:10])


def test_money_counts_up_to_what_99_of_100_buyers_stay_below(quiet):
    found = plan(quiet, audience(quiet, segment=1), segment=1, metric="revenue", minimum_lift=4)
    assert found.baseline.cap == 30.0
    assert found.baseline.expected.value == pytest.approx((3 + 2) / 2)
    assert found.baseline.revenue.value == pytest.approx(2.5)


def test_order_values_need_buyers(quiet):
    """Fifteen in a hundred buy: of 72 too few to compare their baskets."""
    people = audience(quiet, segment=1)
    found = plan(quiet, people, segment=1, metric="average_order_value", minimum_lift=0.5)
    assert found.measured.observed == pytest.approx(0.15)
    assert found.detectable is None
    assert found.reached == 0.0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"metric": "average_rating"}, UnknownName),
        ({"metric": "fun"}, UnknownName),
        ({"minimum_lift": 0}, BadArgument),
        ({"minimum_lift": -0.1}, BadArgument),
        ({"minimum_lift": float("nan")}, BadArgument),
        ({"minimum_lift": "much"}, BadArgument),
        ({"minimum_lift": 9.0}, TooHigh),
        ({"power": 80}, BadArgument),
        ({"power": 0.2}, BadArgument),
        ({"days": 0}, BadArgument),
        ({"days": 2.5}, BadArgument),
        ({"days": 90}, NoBaseline),
    ],
)
def test_wrong_arguments_are_one_error_each(quiet, arguments, error):
    with pytest.raises(error):
        plan(quiet, audience(quiet, segment=1), segment=1, **arguments)


@pytest.mark.parametrize(
    ("reason", "people", "days"),
    [("nobody", ("c28",), None), ("few", ("c28", "c29"), 30), ("short", tuple(QUIET), 61)],
)
def test_why_there_is_no_plan(shop, reason, people, days):
    few = [line(one, day) for one in EVERYONE[28:40] for day in (0, 100)]
    orders = hundred() if reason != "few" else pd.DataFrame(few)
    members = QUIET if reason != "few" else EVERYONE[28:40]
    base = shop.open_base({"orders": orders}, {1: ("Quiet", members)}, END)
    with pytest.raises(NoBaseline) as caught:
        plan(base, Audience(people, len(people), {}, None), segment=1, days=days)
    assert caught.value.reason == reason


def test_nobody_who_ever_came_back_is_nothing_to_lift(shop):
    orders = pd.DataFrame([line(one, 0) for one in EVERYONE] + [line("z", 119)])
    base = shop.open_base({"orders": orders}, {1: ("Quiet", [*EVERYONE, "z"])}, END)
    with pytest.raises(NoBaseline) as caught:
        plan(base, Audience(tuple(EVERYONE), 100, {}, None), segment=1)
    assert caught.value.reason == "never"
    assert caught.value.seen == 100


def test_goods_for_free_are_nothing_to_lift_in_money(shop):
    base = shop.open_base({"orders": hundred().assign(unit_price=0.0)}, SEGMENTS, END)
    with pytest.raises(NoBaseline) as caught:
        plan(base, audience(base, segment=1), segment=1, metric="revenue")
    assert caught.value.reason == "nothing"
    found = plan(base, audience(base, segment=1), segment=1)
    assert found.baseline.revenue == Range(0.0, 0.0, 0.0)


def test_a_day_of_data_and_a_single_customer(shop):
    day = pd.DataFrame([line(one, 0) for one in EVERYONE])
    base = shop.open_base({"orders": day}, {1: ("All", EVERYONE)}, FIRST + timedelta(days=1))
    with pytest.raises(NoBaseline, match="no earlier window of 1 days"):
        plan(base, audience(base), segment=1)
    one = shop.open_base({"orders": day.head(1)}, {1: ("One", ["c00"])}, FIRST + timedelta(days=1))
    with pytest.raises(NoBaseline, match="Fewer than two"):
        plan(one, audience(one), segment=1)


# --- the draw -------------------------------------------------------------------------------------


def test_the_draw_takes_evenly_from_all_layers_and_does_not_mind_the_order():
    people = [f"p{i}" for i in range(1000)]
    worth = pd.Series(np.arange(1000.0), index=people)
    control = draw_control(people, 200, "seed", worth)
    assert len(control) == 200
    layers = np.histogram([worth[one] for one in control], bins=5, range=(0, 1000))[0]
    assert list(layers) == [40] * 5
    assert set(draw_control(people[::-1], 200, "seed", worth)) == set(control)
    assert set(draw_control(people, 200, "other", worth)) != set(control)


@pytest.mark.parametrize("size", [1, 3, 7, 11])
def test_the_draw_is_exact_in_small_groups(size):
    people = [f"p{i}" for i in range(23)]
    drawn = draw_control(people, size, "s", pd.Series(0.0, index=people))
    assert len(set(drawn)) == size


def test_everybody_is_as_likely_to_be_held_out():
    people = [f"p{i}" for i in range(50)]
    worth = pd.Series(np.arange(50.0), index=people)
    counts = pd.Series(0, index=people)
    for seed in range(600):
        counts[list(draw_control(people, 10, str(seed), worth))] += 1
    # Binomial, 600 draws at one in five: 120, standard deviation 10.
    assert counts.min() > 120 - 40
    assert counts.max() < 120 + 40


# --- the record -----------------------------------------------------------------------------------


def test_a_plan_is_kept_and_opened_as_it_was(quiet, tmp_path):
    found = plan(quiet, audience(quiet, segment=1), segment=1, metric="revenue")
    path = keep_campaign(tmp_path, found)
    assert open_campaign(tmp_path, found.id) == found
    assert path.parent.name == "campaigns"
    keep_campaign(tmp_path, replace(found, segment_name="安静的"))
    assert open_campaign(tmp_path, found.id).segment_name == "安静的"


@pytest.mark.parametrize("code", ["nothing", "../secret", "", "a/b"])
def test_a_plan_that_is_not_there_is_named_with_those_that_are(quiet, tmp_path, code):
    found = plan(quiet, audience(quiet, segment=1), segment=1)
    keep_campaign(tmp_path, found)
    with pytest.raises(UnknownName) as caught:
        open_campaign(tmp_path, code)
    assert caught.value.valid == (found.id,)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 9}', '{"format": 1, "aim": {}}'])
def test_a_damaged_plan_is_one_clear_error(tmp_path, content):
    folder = tmp_path / "campaigns"
    folder.mkdir()
    (folder / "segment-1-00.json").write_text(content)
    with pytest.raises(InputError, match="This plan cannot be read"):
        open_campaign(tmp_path, "segment-1-00")


def test_a_range_scales():
    assert Range(2.0, 1.0, 4.0) * 3 == Range(6.0, 3.0, 12.0)
