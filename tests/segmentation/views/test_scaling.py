"""Features → behaviour block: no whale, no class of the unknown, groups of fixed weight."""

import numpy as np
import pandas as pd
import pytest

from segmentation.views.features import GROUP_WEIGHTS, WEEKDAYS, feature
from segmentation.views.scaling import MOST_KNOTS, Standardiser, standardise


@pytest.fixture
def features():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "recency": rng.integers(0, 365, 1_000).astype(float),
            "frequency": rng.geometric(0.4, 1_000).astype(float),
            "monetary": rng.lognormal(6, 1.2, 1_000),
            "gap_mean": np.where(rng.random(1_000) < 0.5, np.nan, rng.exponential(40, 1_000)),
            "mean_rating": np.where(rng.random(1_000) < 0.9, np.nan, rng.integers(1, 6, 1_000)),
            "night_share": 0.0,
        }
    )
    shares = rng.dirichlet(np.ones(7), 1_000)
    return frame.join(pd.DataFrame(shares, columns=[f"{day}_share" for day in WEEKDAYS]))


def test_one_row_per_customer_of_finite_float32(features):
    block = standardise(features)
    assert block.shape == (1_000, 12)
    assert block.dtype == np.float32
    assert np.isfinite(block).all()


def test_constant_columns_are_dropped(features):
    kept = [column.name for column in Standardiser.fit(features).columns]
    assert "night_share" not in kept
    assert "recency" in kept


def test_every_group_has_the_variance_of_its_weight(features):
    fitted = Standardiser.fit(features)
    variances = pd.Series(fitted.transform(features).var(axis=0))
    groups = [feature(column.name).group for column in fitted.columns]
    by_group = variances.groupby(groups).sum()
    for group in ("recency", "frequency", "money", "timing"):
        assert by_group[group] == pytest.approx(GROUP_WEIGHTS[group], rel=0.05)


def test_a_column_few_customers_have_carries_less_variance(features):
    variances = dict(
        zip(
            (column.name for column in Standardiser.fit(features).columns),
            standardise(features).var(axis=0),
            strict=True,
        )
    )
    assert variances["mean_rating"] == pytest.approx(0.1 * GROUP_WEIGHTS["reviews"], rel=0.3)
    assert variances["gap_mean"] == pytest.approx(0.5 * GROUP_WEIGHTS["cadence"], rel=0.2)


def test_the_unknown_stands_in_the_middle_of_the_known(features):
    fitted = Standardiser.fit(features)
    place = [column.name for column in fitted.columns].index("gap_mean")
    coordinates = fitted.transform(features)[:, place]
    unknown = features.gap_mean.isna().to_numpy()
    assert (coordinates[unknown] == 0).all()
    assert coordinates[~unknown].mean() == pytest.approx(0, abs=1e-3)


def test_a_whale_changes_nothing_for_the_others(features):
    whale = features.copy()
    whale.loc[0, "monetary"] = 1e12
    moved = np.abs(standardise(whale)[1:] - standardise(features)[1:])
    assert moved.max() < 0.2  # the next richest moves down one rank
    assert np.quantile(moved, 0.99) < 0.01
    assert np.abs(standardise(whale)[0]).max() <= 3


def test_ranks_keep_the_order_and_ties_share_a_place(features):
    fitted = Standardiser.fit(features)
    place = [column.name for column in fitted.columns].index("frequency")
    coordinates = pd.Series(fitted.transform(features)[:, place])
    by_value = coordinates.groupby(features.frequency)
    assert (by_value.nunique() == 1).all()
    assert by_value.first().is_monotonic_increasing


def test_half_the_customers_are_below_the_middle_of_a_heavy_tail(features):
    fitted = Standardiser.fit(features)
    place = [column.name for column in fitted.columns].index("monetary")
    assert (fitted.transform(features)[:, place] < 0).mean() == pytest.approx(0.5, abs=0.01)
    assert len(fitted.columns[place].knots) <= MOST_KNOTS


def test_saved_and_loaded_it_gives_the_same_bytes(features, tmp_path):
    fitted = Standardiser.fit(features)
    fitted.save(tmp_path / "scaling.json")
    loaded = Standardiser.load(tmp_path / "scaling.json")
    assert loaded == fitted
    assert loaded.transform(features).tobytes() == fitted.transform(features).tobytes()


def test_new_customers_are_placed_by_the_old_ones(features):
    fitted = Standardiser.fit(features)
    new = features.iloc[:3]
    assert np.array_equal(fitted.transform(new), fitted.transform(features)[:3])
    beyond = fitted.transform(features.iloc[:1].assign(monetary=1e15, recency=1e9))
    assert np.isfinite(beyond).all()


def test_a_table_that_is_gone_is_unknown_for_all(features):
    fitted = Standardiser.fit(features)
    without = fitted.transform(features.drop(columns="mean_rating"))
    place = [column.name for column in fitted.columns].index("mean_rating")
    assert (without[:, place] == 0).all()


def test_one_customer_alone_has_no_coordinates(features):
    assert standardise(features.iloc[:1]).shape == (1, 0)
