"""How concentrated revenue is, against numbers by hand."""

import numpy as np
import pytest

from segmentation.insight.concentration import TOP_SHARES, top_shares
from segmentation.insight.describe import describe


def test_by_hand():
    # 32 customers: a tenth is 3.2, so 4 of them; a fifth is 6.4, so 7; all together 500.
    spent = np.array([10.0] * 25 + [100, 50, 40, 20, 20, 10, 10])
    assert top_shares(spent) == {
        "top_10_revenue_share": 210 / 500,
        "top_20_revenue_share": 250 / 500,
    }


def test_a_tenth_of_thirty_is_three():
    assert top_shares(np.array([5.0] * 27 + [100, 50, 15]))["top_10_revenue_share"] == 165 / 300


@pytest.mark.parametrize("spent", [[1.0] * 29, [0.0] * 40], ids=["few", "nothing"])
def test_nothing_is_told_of_few_or_where_nothing_was_spent(spent):
    assert top_shares(np.array(spent)) == dict.fromkeys(TOP_SHARES)


def test_a_description_has_it(base):
    assert TOP_SHARES.keys() <= describe(base).numbers.keys()
