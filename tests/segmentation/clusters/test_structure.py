import numpy as np
import pytest

from segmentation.clusters import structure
from segmentation.clusters.quality import verdict_of
from segmentation.clusters.structure import dip, structure_of


def test_two_distant_points_are_as_far_from_unimodal_as_can_be():
    assert dip(np.repeat([0.0, 1.0], 500)) == pytest.approx(0.25, abs=0.01)


def test_the_dip_of_two_groups_is_far_above_that_of_one():
    g = np.random.default_rng(0)
    one, two = g.normal(size=800), np.r_[g.normal(-3, 1, 400), g.normal(3, 1, 400)]
    assert dip(one) < 0.02 < 0.06 < dip(two)


def test_the_dip_knows_neither_place_nor_scale_nor_side():
    values = np.random.default_rng(1).gamma(2, size=300)
    assert dip(5 + 7 * values) == pytest.approx(dip(values), abs=1e-9)
    assert dip(-values) == pytest.approx(dip(values), abs=2e-3)


@pytest.fixture(scope="module")
def apart():
    g = np.random.default_rng(3)
    centres = np.array([[0, 0], [8, 0], [0, 8.0]])
    points = (centres[np.arange(240) % 3] + g.normal(size=(240, 2))).astype(np.float32)
    return points, structure_of(points)


def test_groups_apart_are_gaps(apart):
    _, found = apart
    assert found.kind == "gaps"
    assert max(found.gaps.values()) > 0.3
    assert f"{found.dip:.2f}" in found.reason


@pytest.mark.slow
def test_two_groups_on_a_line_are_gaps_though_their_principal_component_shows_as_much():
    g = np.random.default_rng(2)
    points = g.normal(size=(600, 4))
    points[:300] += 3.0
    assert structure_of(points.astype(np.float32)).kind == "gaps"


def correlated(g):
    return g.normal(size=(500, 4)) @ np.triu(np.ones((4, 4)))


QUICK = {
    "a box": lambda g: g.uniform(size=(250, 3)),
    "counts, mostly zero": lambda g: np.log1p(g.poisson(0.7, size=(250, 5))),
}
CLOUDS = QUICK | {
    "a long box": lambda g: g.uniform(size=(500, 2)) * [10, 1],
    "a normal cloud, correlated": correlated,
    "heavy tails, correlated": lambda g: correlated(g) / np.sqrt(g.chisquare(4, (500, 1)) / 4),
    "counts of a larger rate": lambda g: np.log1p(g.poisson(1.5, size=(500, 3))),
    "mostly zero": lambda g: g.gamma(2, size=(500, 5)) * (g.uniform(size=(500, 5)) < 0.3),
    "a skewed cloud, correlated": lambda g: np.exp(correlated(g) / 4),
}


@pytest.mark.parametrize(
    "name", [*QUICK, *(pytest.param(n, marks=pytest.mark.slow) for n in CLOUDS if n not in QUICK)]
)
def test_a_structureless_cloud_has_none(name):
    found = structure_of(CLOUDS[name](np.random.default_rng(4)).astype(np.float32))
    assert found.kind == "none"
    assert "structureless" in found.reason


TURNED = {
    "a turned box": lambda g: (
        g.uniform(size=(1500, 3)) @ np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    ),
    "a simplex": lambda g: g.dirichlet(np.ones(5), size=1500),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TURNED)
def test_a_body_that_no_reference_has_shows_no_space_and_is_not_believed(name):
    found = structure_of(TURNED[name](np.random.default_rng(4)).astype(np.float32))
    assert found.kind != "gaps"
    assert verdict_of({1: 1.0}, found.kind, None) == "none"


@pytest.mark.slow
def test_shuffled_columns_of_groups_are_no_groups_where_each_column_has_one_top():
    g = np.random.default_rng(5)
    centres = 1.2 * g.normal(size=(5, 12))
    grouped = (centres[g.integers(0, 5, 600)] + 0.8 * g.normal(size=(600, 12))).astype(np.float32)
    assert structure_of(grouped).kind != "none"
    assert structure_of(g.permuted(grouped, axis=0)).kind == "none"


def test_too_few_customers_show_nothing():
    found = structure_of(np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32))
    assert (found.kind, found.gaps) == ("none", {})


def test_a_column_that_is_the_same_for_all_changes_nothing(apart):
    points, found = apart
    constant = np.hstack([points, np.ones((len(points), 1), dtype=np.float32)])
    assert structure_of(constant) == found


def test_customers_all_alike_show_nothing():
    assert structure_of(np.ones((100, 3), dtype=np.float32)).kind == "none"


def test_who_gives_it_up_waits_for_no_more_than_the_look_under_way(apart, monkeypatch):
    class GivenUp(Exception):
        pass

    def give_up(*_):
        raise GivenUp

    monkeypatch.setattr(structure, "_gaps", lambda *_: pytest.fail("went on"))
    with pytest.raises(GivenUp):
        structure_of(apart[0], progress=give_up)
