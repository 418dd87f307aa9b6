from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from segmentation.insight.errors import BadArgument, NotLoaded
from segmentation.insight.similar.wanted import (
    by_conditions,
    by_words,
    interest,
    nearness,
    wanted_draws,
)
from segmentation.views.text import Texts

NAMES = ("cake tin", "tea towel", "garden gnome", "oak candle")
ENCODINGS = np.array([[1, 0, 0], [0.8, 0.6, 0], [0, 0, 1], [0, 0.6, 0.8]], dtype=np.float32)


class Cake:
    """An encoder for which everything means cake."""

    name, digest, dim = "cake", "", 3

    def encode(self, texts, progress=None):
        return np.tile(np.array([1, 0, 0], dtype=np.float32), (len(texts), 1))


@pytest.fixture
def texts(base):
    """Weights by hand: anna 3 cake tins, bob as many gnomes, carl a little of all, others none."""
    weights = np.zeros((len(base.customers), 4), dtype=np.float32)
    for customer, row in {"anna": [3, 0, 0, 0], "bob": [0, 0, 3, 0], "carl": [1, 1, 1, 1]}.items():
        weights[base.customers.get_loc(customer)] = row
    return Texts(NAMES, csr_matrix(weights), ENCODINGS)


def test_nearness_is_what_lies_above_the_average_text(texts):
    near = nearness(texts, np.array([1, 0, 0], dtype=np.float32))
    cosine = np.array([1, 0.8, 0, 0])
    above = np.maximum(cosine - cosine.mean(), 0)
    assert near == pytest.approx(above / above.max(), abs=1e-6)


def test_interest_is_a_share_that_little_knowledge_holds_back(base, texts):
    scores = interest(texts, np.array([1.0, 0.5, 0, 0]))
    typical = 3  # the median of 3, 3 and 4
    by_id = dict(zip(base.customers, scores, strict=True))
    assert by_id["anna"] == pytest.approx(3 / (3 + typical))
    assert by_id["carl"] == pytest.approx(1.5 / (4 + typical))
    assert by_id["bob"] == by_id["lee"] == 0


def test_words_find_those_who_buy_such_things_and_say_which(base, texts):
    found = by_words(base, texts, "cake", Cake(), n=9)
    assert [match.customer_id for match in found.matches] == ["anna", "carl"]  # nobody without
    assert found.matches[0].because[0].values == {"texts": ["cake tin"]}
    assert found.matches[1].because[0].values == {"texts": ["cake tin", "tea towel"]}
    assert found.considered == len(base.customers)
    french = [{"field": "country", "op": "eq", "value": "France"}]
    found = by_words(base, texts, "cake", Cake(), filters=french)
    assert [match.customer_id for match in found.matches] == ["carl"]


def test_texts_hidden_from_the_score_are_told_by_the_others():
    generator = np.random.default_rng(0)
    taste = np.repeat([0, 1], 100)
    own = np.concatenate([np.repeat([0, 1], 15)])
    odds = np.where(taste[:, None] == own, 0.5, 0.05)
    weights = csr_matrix((generator.random(odds.shape) < odds).astype(np.float32))
    encodings = np.eye(2, dtype=np.float32)[own]
    draws = wanted_draws(Texts(tuple(f"t{i}" for i in range(30)), weights, encodings))
    assert draws.score[draws.truth].mean() > 2 * draws.score[~draws.truth].mean()
    assert set(draws.fold.tolist()) == {0, 1}


def test_a_text_that_all_have_teaches_nothing():
    everybody = Texts(("t",), csr_matrix(np.ones((5, 1), np.float32)), np.ones((1, 2), np.float32))
    assert wanted_draws(everybody) is None


def test_without_texts_words_find_nobody(base):
    none = Texts((), csr_matrix((len(base.customers), 0)), np.zeros((0, 3), dtype=np.float32))
    with pytest.raises(NotLoaded):
        by_words(base, none, "cake", Cake())


def test_conditions_alone_list_by_lifetime_value(base):
    busy = [{"field": "orders", "op": "ge", "value": 2}]
    found = by_conditions(base, n=3, filters=busy)
    # hugo, eve, dora, bob, gina and jack ordered once; ines 81, carl 74, anna 35.5 - 5.5, finn 10
    assert [match.customer_id for match in found.matches] == ["ines", "carl", "anna"]
    assert found.considered == 4
    assert {match.score for match in found.matches} == {None}
    with pytest.raises(BadArgument):
        by_conditions(base, n=0, filters=busy)
