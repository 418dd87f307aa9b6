"""The tests themselves, against scipy and against counting by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from segmentation.insight.evidence.significance import (
    FEWEST_TESTED,
    Moments,
    cohens_h,
    corrected,
    is_clear,
    magnitude,
    rank_test,
    share_test,
)


def groups_of(*sizes):
    return np.repeat(np.arange(1, len(sizes) + 1), sizes).astype(np.int32)


def moments(y, x):
    """Sums over customers, one at a time: y (customers, things), x (customers,)."""
    y = np.asarray(y, dtype=float)
    return Moments(
        len(x),
        sum(x),
        sum(v * v for v in x),
        np.array([sum(column) for column in y.T]),
        np.array([sum(v * v for v in column) for column in y.T]),
        np.array([sum(v * w for v, w in zip(column, x, strict=True)) for column in y.T]),
    )


@pytest.mark.parametrize("ties", [False, True])
def test_ranks_give_the_p_of_mann_whitney_and_the_delta_of_every_pair(ties):
    rng = np.random.default_rng(3)
    groups = groups_of(40, 25, 60)
    values = rng.lognormal(groups / 4, 1.0)
    values = np.floor(values) if ties else values
    found = rank_test(values, groups)
    assert set(found) == {1, 2, 3}
    for number, (delta, p) in found.items():
        own, rest = values[groups == number], values[groups != number]
        known = stats.mannwhitneyu(own, rest, method="asymptotic")
        assert p == pytest.approx(known.pvalue, rel=1e-9)
        pairs = np.sign(own[:, None] - rest[None, :])
        assert delta == pytest.approx(pairs.mean())


def test_of_yes_and_no_it_is_the_test_of_two_proportions():
    groups = groups_of(60, 140)
    values = np.concatenate([np.repeat([1.0, 0.0], [36, 24]), np.repeat([1.0, 0.0], [56, 84])])
    delta, p = rank_test(values, groups)[1]
    assert delta == pytest.approx(36 / 60 - 56 / 140)
    # chi squared, but for the ranks being dealt out and half a step: one part in two hundred
    known = stats.chi2_contingency([[36, 24], [56, 84]], correction=False).pvalue
    assert p == pytest.approx(known, rel=0.05)


def test_few_customers_are_too_few_to_say():
    values = np.arange(100.0)
    few = groups_of(FEWEST_TESTED - 1, 100 - FEWEST_TESTED + 1)
    assert rank_test(values, few) == {}
    assert set(rank_test(values, groups_of(FEWEST_TESTED, 100 - FEWEST_TESTED))) == {1, 2}
    own, rest = moments(np.ones((9, 1)), np.ones(9)), moments(np.zeros((50, 1)), np.ones(50))
    assert np.isnan(share_test(own, rest)[0]).all()


def test_everybody_alike_is_no_difference():
    assert rank_test(np.ones(40), groups_of(20, 20))[1] == (0.0, 1.0)
    same = moments(np.ones((20, 1)), np.ones(20))
    assert share_test(same, same)[0][0] == 1.0


def test_a_share_of_single_draws_is_binomial():
    # Each customer buys a hundred things once: the thing's share is far below one in a hundred.
    y = np.zeros((200, 1))
    y[:9], y[100:103] = 1, 1
    x = np.full(200, 100.0)
    own, rest = moments(y[:100], x[:100]), moments(y[100:], x[100:])
    p, dispersion = share_test(own, rest)
    share = 12 / 20_000
    assert dispersion[0] == pytest.approx(1, abs=0.1)
    scale = dispersion[0] * (1 - share)
    exact = stats.binom(12, 0.5)
    assert p[0] == pytest.approx(2 * exact.sf(8), abs=0.02)
    # the same tail, as scipy's beta has it, of counts divided by the dispersion
    beta = stats.beta.cdf(0.5, 9 / scale, 3 / scale + 1)
    assert p[0] == pytest.approx(2 * beta, rel=1e-9)


def test_customers_who_order_alike_every_time_are_few_witnesses():
    """Ten orders of one customer on the same day are not ten independent orders."""
    habit = np.repeat([[10.0], [0.0]], [12, 28], axis=0)
    other = np.repeat([[10.0], [0.0]], [6, 34], axis=0)
    p, dispersion = share_test(moments(habit, np.full(40, 10.0)), moments(other, np.full(40, 10.0)))
    assert dispersion[0] == pytest.approx(10, rel=0.1)
    naive = stats.fisher_exact([[120, 280], [60, 340]]).pvalue
    once = stats.fisher_exact([[12, 28], [6, 34]]).pvalue
    assert naive < 1e-5
    assert p[0] == pytest.approx(once, abs=0.06)


def test_the_rarer_side_is_tested_so_that_a_thing_and_its_absence_are_one():
    y = np.repeat([[1.0], [0.0]], [70, 10], axis=0)
    other = np.repeat([[1.0], [0.0]], [50, 30], axis=0)
    x = np.ones(80)
    having, _ = share_test(moments(y, x), moments(other, x))
    lacking, _ = share_test(moments(1 - y, x), moments(1 - other, x))
    assert having[0] == pytest.approx(lacking[0], rel=1e-9)
    assert having[0] == pytest.approx(stats.fisher_exact([[70, 10], [50, 30]]).pvalue, rel=0.3)


def test_benjamini_hochberg_by_hand():
    # sorted .01 .02 .03 .5 -> times 4/1, 4/2, 4/3, 4/4 = .04 .04 .04 .5
    p = np.array([0.03, np.nan, 0.01, 0.5, 0.02])
    q = corrected(p)
    assert q[[0, 2, 3, 4]] == pytest.approx([0.04, 0.04, 0.5, 0.04])
    assert np.isnan(q[1])
    many = np.random.default_rng(0).uniform(size=500) ** 3
    assert corrected(many) == pytest.approx(stats.false_discovery_control(many))
    assert np.isnan(corrected(np.array([np.nan]))).all()


def test_at_random_one_in_twenty_is_found_and_none_after_correction():
    rng = np.random.default_rng(5)
    found, families = [], 0
    for _ in range(40):
        groups = rng.permutation(groups_of(120, 60, 20))
        numbers = [rng.lognormal(0, 2.5, 200) for _ in range(5)]
        numbers += [np.floor(rng.lognormal(0, 1, 200)), (rng.uniform(size=200) < 0.2) * 1.0]
        bought = rng.poisson(rng.lognormal(-2, 1, (200, 1)) * np.ones((1, 30)))
        y = (bought > 0) * 1.0
        x = np.maximum(y.sum(axis=1), 1e-9)
        p = [p for values in numbers for _, p in rank_test(values, groups).values()]
        for number in (1, 2, 3):
            own = groups == number
            p += share_test(moments(y[own], x[own]), moments(y[~own], x[~own]))[0].tolist()
        found += p
        families += (corrected(np.array(p)) < 0.05).any()
    assert np.mean(np.array(found) < 0.05) <= 0.055
    assert np.mean(np.array(found) < 0.001) <= 0.002
    assert families <= 4


def test_effects():
    assert cohens_h(0.5, 0.5) == 0
    assert cohens_h(1.0, 0.0) == pytest.approx(np.pi)
    assert cohens_h(0.3, 0.1) == pytest.approx(2 * np.arcsin(0.3**0.5) - 2 * np.arcsin(0.1**0.5))
    # two normal groups half a standard deviation apart show a delta of 2 Phi(.5 / sqrt 2) - 1
    delta = 2 * stats.norm.cdf(0.5 / np.sqrt(2)) - 1
    assert magnitude(-delta, "cliffs_delta") == pytest.approx(0.5)
    assert magnitude(-0.4, "cohens_h") == 0.4
    assert np.isfinite(magnitude(1.0, "cliffs_delta"))


@pytest.mark.parametrize(
    ("lift", "q", "effect", "counts"),
    [
        (1.2, 0.01, 0.3, True),
        (1.19, 0.001, 0.3, False),
        (1 / 1.2, 0.01, -0.3, True),
        (0.9, 0.001, -0.3, False),
        (2.0, 0.05, 0.3, False),
        (2.0, float("nan"), 0.3, False),
        (2.0, 0.001, -0.3, False),
        (None, 0.001, 0.3, False),
        (2.0, None, 0.3, False),
        (0.0, 0.001, -0.3, True),
    ],
)
def test_what_counts(lift, q, effect, counts):
    assert is_clear(lift, q, effect) is counts
