from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from segmentation.insight.errors import BadArgument, UnknownName
from segmentation.insight.similar import reasons_in_words, similar


class Index:
    """Exact search over the base's vectors, in place of the store's."""

    def __init__(self, base):
        self.base, self.calls = base, 0

    def nearest(self, vector, n, *, where=(), exclude=()):
        self.calls += 1
        scores = self.base.vectors @ np.asarray(vector)
        order = [i for i in np.argsort(-scores) if self.base.customers[i] not in exclude]
        return [SimpleNamespace(customer_id=self.base.customers[i]) for i in order[:n]]


@pytest.fixture
def index(base):
    return Index(base)


def cosine(base, one, other):
    rows = [base.vectors[base.customers.get_loc(customer)] for customer in (one, other)]
    return float(np.dot(*rows) / np.prod([np.linalg.norm(row) for row in rows]))


def test_the_most_alike_come_first_without_the_seed(base, index):
    matches = similar(base, index, customer_ids=["carl"], n=3)
    assert matches[0].customer_id == "hugo"  # both bought tea towels and nothing else
    assert matches[0].score == pytest.approx(cosine(base, "carl", "hugo"), abs=1e-6)
    assert matches[0].segment == 3
    assert "carl" not in [match.customer_id for match in matches]
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)


def test_several_seeds_are_averaged_and_left_out(base, index):
    matches = similar(base, index, customer_ids=["bob", "gina"], n=3)
    assert matches[0].customer_id == "jack"  # blue plates only, as both seeds
    assert not {"bob", "gina"} & {match.customer_id for match in matches}


def test_filters_are_exact_and_need_no_index(base, index):
    only = [{"field": "country", "op": "eq", "value": "Germany"}]
    matches = similar(base, index, customer_ids=["carl"], n=50, filters=only)
    assert {m.customer_id for m in matches} == {"anna", "bob", "finn", "hugo", "ines"}
    assert index.calls == 0
    busy = [
        {"field": "orders", "op": "ge", "value": 2},
        {"field": "segment", "op": "eq", "value": 1},
    ]
    matches = similar(base, index, customer_ids=["carl"], filters=busy)
    assert {m.customer_id for m in matches} == {"anna", "finn", "ines"}


def test_a_filter_on_products_keeps_who_bought_them(base, index):
    gnomes = [{"field": "product", "op": "contains", "value": "gnome"}]
    matches = similar(base, index, customer_ids=["carl"], filters=gnomes)
    assert {m.customer_id for m in matches} == {"dora", "ines"}


def test_why_names_what_they_share(base, index):
    (match,) = similar(base, index, customer_ids=["bob"], n=1)
    shared = next(reason for reason in match.because if reason.key == "shared_products")
    assert shared.values == {"names": ["Blue plate"], "count": 1}
    assert shared.facts[0].subject == f"customer:{match.customer_id}"
    close = {r.values["metric"] for r in match.because if r.key == "close_numbers"}
    assert "orders" in close


def test_a_vector_of_words_finds_without_seeds(base, index):
    towels = base.vectors[base.customers.get_loc("carl")]
    matches = similar(base, index, query_vector=towels, n=2)
    assert [m.customer_id for m in matches] == ["carl", "hugo"]
    assert matches[0].because == ()


def test_reasons_in_words_are_the_texts_nearest_to_them(base, index):
    class Letters:
        name, digest, dim = "letters", "0", 26

        def encode(self, texts, progress=None):
            counts = np.array(
                [[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts]
            )
            return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)

    texts = {"hugo": [("tea towel", 0.7), ("mug", 0.3)], "carl": []}
    matches = similar(base, index, customer_ids=["finn"], n=9)
    kept = [m for m in matches if m.customer_id in texts]
    told = {
        m.customer_id: m.because
        for m in reasons_in_words(kept, "a towel for tea", Letters(), texts.__getitem__)
    }
    assert told["hugo"][0].values["texts"][0] == "tea towel"
    assert told["carl"] == ()


def test_unknown_seeds_are_answered_with_the_nearest_ids(base, index):
    with pytest.raises(UnknownName) as caught:
        similar(base, index, customer_ids=["anne"])
    assert caught.value.nearest[0] == "anna"


@pytest.mark.parametrize(
    "arguments",
    [{}, {"customer_ids": []}, {"customer_ids": ["anna"], "n": 0}],
)
def test_bad_arguments(base, index, arguments):
    with pytest.raises(BadArgument):
        similar(base, index, **arguments)


def test_nobody_left_is_an_empty_answer(base, index):
    nobody = [{"field": "orders", "op": "gt", "value": 100}]
    assert similar(base, index, customer_ids=["anna"], filters=nobody) == []
