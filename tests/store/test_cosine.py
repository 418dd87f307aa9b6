"""Cosine similarity, exactly."""

import numpy as np
import pytest

from store.cosine import best, checked_vector, cosines


def test_cosines_by_hand():
    vectors = np.array([[3, 4], [4, -3], [-3, -4], [0, 0]], dtype=np.float32)
    assert cosines(vectors, np.array([6, 8], dtype=np.float32)).tolist() == [1, 0, -1, 0]
    assert cosines(vectors, np.zeros(2, dtype=np.float32)).tolist() == [0, 0, 0, 0]


def test_the_best_come_first_and_ties_by_id():
    found = [("b", 0.5), ("a", 0.5), ("d", 0.9), ("c", 0.1)]
    assert best(found, 3, set()) == [("d", 0.9), ("a", 0.5), ("b", 0.5)]
    assert best(found, 9, {"d", "zz"}) == [("a", 0.5), ("b", 0.5), ("c", 0.1)]


@pytest.mark.parametrize("vector", [[1], [1, 2, 3], [[1, 2]], [1, float("nan")], [1, float("inf")]])
def test_a_query_that_cannot_be_is_refused(vector):
    with pytest.raises(ValueError, match="the vector"):
        checked_vector(vector, 2)
