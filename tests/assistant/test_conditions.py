import pytest

from assistant.conditions import parse_conditions
from segmentation.types import InputError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("country = Germany", [{"field": "country", "op": "eq", "value": "Germany"}]),
        ("country = United Kingdom", [{"field": "country", "op": "eq", "value": "United Kingdom"}]),
        ("orders>=3", [{"field": "orders", "op": "ge", "value": 3}]),
        ("revenue < 99.5", [{"field": "revenue", "op": "lt", "value": 99.5}]),
        (
            "orders between 2 and 5 and country != 'France'",
            [
                {"field": "orders", "op": "between", "value": [2, 5]},
                {"field": "country", "op": "ne", "value": "France"},
            ],
        ),
        ("segment in (1, 2)", [{"field": "segment", "op": "in", "value": [1, 2]}]),
        (
            'country in ("United Kingdom", France)',
            [{"field": "country", "op": "in", "value": ["United Kingdom", "France"]}],
        ),
        ("product contains heart", [{"field": "product", "op": "contains", "value": "heart"}]),
        ('zip = "00123"', [{"field": "zip", "op": "eq", "value": "00123"}]),
        ("", []),
    ],
)
def test_conditions_become_filters(text, expected):
    assert parse_conditions(text) == expected


@pytest.mark.parametrize(
    "text", ["country", "orders >> 3", "country = Germany or 1=1", "= 3", "a = b or c"]
)
def test_what_cannot_be_read_is_shown_with_an_example(text):
    with pytest.raises(InputError, match=r"cannot be read.*Write it like"):
        parse_conditions(text)
