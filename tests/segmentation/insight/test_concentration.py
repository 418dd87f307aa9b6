"""How concentrated revenue is, against numbers by hand."""

from __future__ import annotations

import pytest

from segmentation.insight.concentration import TOP_SHARES, top_shares
from segmentation.insight.describe import describe


class _Spent:
    """A ledger that answers with what each customer spent."""

    def __init__(self, spent):
        self.spent = spent

    def run(self, table):
        import pandas as pd

        return pd.DataFrame({"revenue": self.spent})


class _Rows:
    """Rows of which nothing is computed: the ledger has the answer."""

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self


def test_by_hand():
    # 12 customers: a tenth is 1.2, so 2 of them; a fifth is 2.4, so 3; all together 200.
    spent = [10, 80, 10, 10, 40, 10, 10, 10, 5, 5, 5, 5]
    assert top_shares(_Spent(spent), _Rows()) == {
        "top_10_revenue_share": 120 / 200,
        "top_20_revenue_share": 130 / 200,
    }


def test_of_ten_customers_a_tenth_is_one():
    assert top_shares(_Spent([55, *[5] * 9]), _Rows())["top_10_revenue_share"] == 0.55


@pytest.mark.parametrize("spent", [[1.0] * 9, [0.0] * 20])
def test_undefined(spent):
    assert top_shares(_Spent(spent), _Rows()) == dict.fromkeys(TOP_SHARES)


def test_it_is_told_of_whom_the_filters_leave(base):
    found = describe(base, [{"field": "country", "op": "eq", "value": "Germany"}])
    assert set(TOP_SHARES) <= set(found.numbers)
