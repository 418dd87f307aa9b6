"""The number of segments of before is kept while it holds."""

import pytest

from segmentation.clusters.choose import keeping
from segmentation.types import Candidate, Choice

HOLDS = {"min_jaccard": 0.9, "prediction_strength": 0.9, "smallest_share": 0.2, "silhouette": 0.3}
CHOICE = Choice(
    6,
    (
        Candidate(2, **HOLDS),
        Candidate(3, **HOLDS | {"min_jaccard": 0.74}),
        Candidate(4, **HOLDS | {"prediction_strength": 0.79}),
        Candidate(5, **HOLDS | {"smallest_share": 0.04}),
        Candidate(6, **HOLDS),
    ),
    "because",
    "clumped",
)


def test_a_number_that_still_holds_is_kept_and_the_reason_says_so():
    kept = keeping(CHOICE, 2)
    assert kept.k == 2
    assert kept.candidates == CHOICE.candidates
    assert "as many as before" in kept.reason
    assert "6 would have been chosen" in kept.reason


@pytest.mark.parametrize("before", [None, 3, 4, 5, 6, 7])
def test_else_the_new_one_is_taken(before):
    assert keeping(CHOICE, before) is CHOICE
