import numpy as np
import pytest

from segmentation.clusters import quality
from segmentation.clusters.algorithms import cluster
from segmentation.clusters.choose import BOOTSTRAPS, HALVINGS, choose_k
from segmentation.clusters.quality import (
    prediction_strength,
    reduced_sample,
    resampler,
    segment_jaccards,
)
from segmentation.clusters.structure import structure_of
from segmentation.types import Future


@pytest.fixture(scope="module")
def four():
    """Four groups at the corners of a long rectangle; two pairs are closer than the pairs are."""
    g = np.random.default_rng(1)
    corners = np.array([[0, 0], [7, 0], [30, 0], [37, 0.0]])
    truth = np.repeat(np.arange(4), 60)
    return (corners[truth] + g.normal(size=(240, 2))).astype(np.float32), truth


@pytest.fixture(scope="module")
def steps():
    """Progress of `choice`, as it was told."""
    return []


@pytest.fixture(scope="module")
def choice(four, steps):
    return choose_k(four[0], k_max=5, progress=lambda *step: steps.append(step))


def test_without_dates_the_largest_number_that_holds_is_chosen(choice):
    assert choice.k == 4
    by_k = {c.k: c for c in choice.candidates}
    assert list(by_k) == [2, 3, 4, 5]
    assert by_k[2].min_jaccard > 0.95
    assert by_k[5].min_jaccard < 0.75
    assert choice.structure == "gaps"


def test_the_reasons_name_the_figures_of_the_number_chosen(choice):
    chosen = next(c for c in choice.candidates if c.k == choice.k)
    for figure in (f"{chosen.min_jaccard:.2f}", f"{chosen.prediction_strength:.2f}", "2, 4"):
        assert figure in choice.reason
    assert "no later spending" in choice.reason


@pytest.mark.slow
def test_what_the_future_knows_decides_among_numbers_that_hold(four):
    points, truth = four
    spend = np.where(truth < 2, 1.0, 5.0) + np.random.default_rng(0).normal(size=240) / 100
    near = choose_k(points, k_max=4, future=Future(points, spend, spend > 0, None, 90))
    eta2 = {c.k: c.future_eta2 for c in near.candidates}
    assert eta2[2] == pytest.approx(1.0, abs=0.01)
    # Four know no less than two: within noise the data's own largest number stays.
    assert near.k == 4
    other = Future(points[truth < 2], spend[truth < 2] * 0, spend[truth < 2] < 0, None, 90)
    nobody = choose_k(points, k_max=4, future=other)
    assert nobody.k == 4
    assert {c.future_eta2 for c in nobody.candidates} == {None}


@pytest.mark.slow
def test_a_number_that_foretells_less_gives_way():
    """Eight groups of the future's vectors, whose finer cuts are of another meaning than money."""
    g = np.random.default_rng(3)
    corners = np.array([[0, 0], [7, 0], [30, 0], [37, 0.0]])
    now = (corners[np.repeat(np.arange(4), 60)] + g.normal(size=(240, 2))).astype(np.float32)
    sides = g.integers(0, 2, 400)
    then = np.c_[sides * 30 + g.normal(size=400), g.normal(size=400) * 12].astype(np.float32)
    spend = sides * 5.0 + g.normal(size=400)
    chosen = choose_k(now, k_max=4, future=Future(then, spend, spend > 0, None, 90))
    by_k = {c.k: c.future_eta2 for c in chosen.candidates}
    holds = [
        c.k for c in chosen.candidates if c.min_jaccard >= 0.75 and c.prediction_strength > 0.8
    ]
    assert chosen.k in holds
    assert by_k[chosen.k] >= max(by_k[k] for k in holds) - 0.05


@pytest.mark.slow
def test_where_nothing_holds_the_largest_tolerable_number_is_said_to_be_constructed():
    points = np.random.default_rng(0).normal(size=(300, 6)).astype(np.float32)
    chosen = choose_k(points, k_min=3, k_max=5)
    assert "no number" in chosen.reason
    assert chosen.structure == "none"
    tolerable = [c.k for c in chosen.candidates if c.min_jaccard >= 0.60]
    expected = (
        max(tolerable) if tolerable else max(chosen.candidates, key=lambda c: c.min_jaccard).k
    )
    assert chosen.k == expected


@pytest.mark.slow
def test_what_is_merely_clumped_is_believed_only_where_time_bears_it_out():
    """A box on its corner: tighter around centres than any reference, and yet no groups."""
    g = np.random.default_rng(4)
    turned = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    points = (g.uniform(size=(1500, 3)) @ turned).astype(np.float32)
    assert structure_of(points).kind == "clumped"
    spend = {
        "asked": points[:, 0] * 10 + g.normal(size=1500),
        "by lot": g.normal(size=1500),
    }
    futures = {name: Future(points, s, s > 0, None, 90) for name, s in spend.items()}
    alone = choose_k(points, k_max=3)
    assert alone.structure == "none"
    assert "Without a later time" in alone.reason
    assert choose_k(points, k_max=3, future=futures["asked"]).structure == "clumped"
    assert choose_k(points, k_max=3, future=futures["by lot"]).structure == "none"


@pytest.mark.slow
def test_a_future_without_money_is_no_hindrance(four):
    points, truth = four
    unknown = Future(points, np.full(240, np.nan), truth < 2, None, 9)
    chosen = choose_k(points, k_min=4, k_max=4, future=unknown)
    assert chosen.k == 4
    assert chosen.candidates[0].future_eta2 is None


@pytest.mark.slow
def test_small_groups_do_not_hold(four):
    far = np.vstack([four[0], np.full((6, 2), 90, dtype=np.float32)])
    chosen = choose_k(far, k_min=5, k_max=5)
    (five,) = chosen.candidates
    assert five.smallest_share == pytest.approx(6 / 246)
    assert five.min_jaccard > 0.95
    assert "no number gives segments that all hold" in chosen.reason


def test_given_numbers_get_the_same_figures_as_chosen_ones(four, choice):
    points, _ = four
    labels = cluster(points, method="kmeans", k=4, seed=0)
    rows, reduced = reduced_sample(points, "kmeans", 0)
    jaccards = segment_jaccards(reduced, labels[rows], resampler("kmeans", 4), rounds=BOOTSTRAPS)
    chosen = next(c for c in choice.candidates if c.k == 4)
    assert min(jaccards.values()) == chosen.min_jaccard
    assert prediction_strength(reduced, 4, rounds=HALVINGS) == chosen.prediction_strength


@pytest.mark.slow
def test_one_core_or_two_give_the_same_choice_to_the_last_bit(four, choice, monkeypatch):
    for cores in (1, 2):
        monkeypatch.setattr(quality, "_cores", lambda cores=cores: cores)
        assert choose_k(four[0], k_max=5) == choice


def test_progress_tells_how_far_it_is(choice, steps):
    assert steps[-1] == ("choosing the number of segments", 4, 4)
    assert ("structure", 1, 40) in steps


@pytest.mark.parametrize("customers", [4, pytest.param(12, marks=pytest.mark.slow)])
def test_a_handful_of_customers_can_be_chosen_for(customers):
    points = np.random.default_rng(0).normal(size=(customers, 3)).astype(np.float32)
    chosen = choose_k(points)
    assert 1 <= chosen.k <= customers // 2
    assert chosen.structure == "none"
