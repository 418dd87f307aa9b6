"""What the past teaches: who will spend, and when nothing is learnt."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from segmentation.views.foresight import Foresight, foresee

# Ibis calls what DuckDB 2 has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")

AS_OF = datetime(2024, 7, 1)
PEOPLE = [f"c{i:03d}" for i in range(200)]


def orders(rows):
    """Order lines of `customer, days ago, money`, an order each."""
    return pd.DataFrame(
        {
            "customer_id": [customer for customer, _, _ in rows],
            "order_id": [f"o{i}" for i in range(len(rows))],
            "ordered_at": [pd.Timestamp(AS_OF) - timedelta(days=d) for _, d, _ in rows],
            "product_id": "p",
            "product": "mug",
            "quantity": 1.0,
            "unit_price": [float(money) for _, _, money in rows],
            "kind": "sale",
            "is_charge": False,
        }
    )


def faithful_and_gone(rng):
    """The first hundred buy every three weeks; the others bought once, long ago."""
    rows = [
        (one, day + float(rng.uniform(0, 9)), 20)
        for one in PEOPLE[:100]
        for day in range(1, 400, 21)
    ]
    return rows + [(one, float(rng.uniform(250, 400)), 20) for one in PEOPLE[100:]]


@pytest.fixture
def shop(make_tables):
    return make_tables({"orders": orders(faithful_and_gone(np.random.default_rng(0)))})


def test_those_who_keep_coming_are_expected_to_spend(shop):
    learnt = foresee(shop, PEOPLE, as_of=AS_OF)
    assert learnt.horizon == 90
    assert learnt.foretold > 0.8
    value = learnt.transform(shop, PEOPLE, AS_OF)
    assert (value.shape, value.dtype) == ((200, 1), np.float32)
    assert value[:100].min() > value[100:].max()


def test_saved_and_loaded_it_says_the_same(shop, tmp_path):
    learnt = foresee(shop, PEOPLE, as_of=AS_OF)
    learnt.save(tmp_path / "foresight.json")
    loaded = Foresight.load(tmp_path / "foresight.json")
    assert loaded == learnt
    same = loaded.transform(shop, PEOPLE[:3], AS_OF)
    assert np.array_equal(same, learnt.transform(shop, PEOPLE, AS_OF)[:3])


def test_the_future_is_not_looked_at(shop, make_tables):
    rows = faithful_and_gone(np.random.default_rng(0))
    later = [(one, -30.0, 5000) for one in PEOPLE[100:]]
    knowing = make_tables({"orders": orders(rows + later)})
    assert foresee(knowing, PEOPLE, as_of=AS_OF) == foresee(shop, PEOPLE, as_of=AS_OF)


def test_nothing_is_learnt_where_nothing_can_be(shop, make_tables):
    rng = np.random.default_rng(1)
    chance = [
        (one, float(day), 20) for one in PEOPLE for day in rng.uniform(0, 400, rng.poisson(4))
    ]
    assert foresee(make_tables({"orders": orders(chance)}), PEOPLE, as_of=AS_OF) is None
    assert foresee({}, PEOPLE, as_of=AS_OF) is None
    assert foresee(shop, PEOPLE[:20], as_of=AS_OF) is None
    one_day = orders([(one, rng.uniform(1, 2), 20) for one in PEOPLE])
    assert foresee(make_tables({"orders": one_day}), PEOPLE, as_of=AS_OF) is None
