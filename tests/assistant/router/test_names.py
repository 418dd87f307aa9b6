"""Products by whole name, by part of a name, in quotes or by code."""

from typing import Any

import pytest

from assistant.router.catalogue import Catalogue
from assistant.router.reading import read

STAND = {"field": "product", "op": "contains", "value": "cake stand"}


def _filters(question: str, catalogue: Catalogue) -> list[dict[str, Any]]:
    return [found.as_dict() for found in read(question, catalogue).filters]


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("how many customers bought a cake stand", "cake stand"),
        ("who ordered cake stands", "cake stand"),
        ("revenue of products with 'tins' in the name", "tins"),
        ('sales of items called "Cake"', "Cake"),
        ("turnover of retrospot things", "retrospot"),
        ("return rate of cake tins", "cake tins"),
        ("卖了多少个 bunting", "bunting"),
        ("买过“cake stand”的客户有多少", "cake stand"),
        ("名字里带“red”的商品卖了多少钱", "red"),
    ],
)
def test_part_of_a_name(question: str, part: str, catalogue: Catalogue) -> None:
    wanted = {"field": "product", "op": "contains", "value": part}
    assert _filters(question, catalogue) == [wanted]


def test_a_whole_name_is_meant_exactly(catalogue: Catalogue) -> None:
    wanted = {"field": "product", "op": "eq", "value": "PARTY BUNTING"}
    assert _filters("revenue of party bunting", catalogue) == [wanted]


@pytest.mark.parametrize("question", ["revenue of product 84029E", "商品84029E的销售额"])
def test_a_code_is_taken_as_typed(question: str, catalogue: Catalogue) -> None:
    wanted = {"field": "product", "op": "eq", "value": "84029E"}
    assert _filters(question, catalogue) == [wanted]


@pytest.mark.parametrize(
    "question",
    [
        "set up a campaign for segment 2",
        "give me three segments",
        "where do we stand this month compared to the others",
        "who buys the most",
        "recommend 5 products for segment 3",
        "各客群买了多少次",
    ],
)
def test_ordinary_words_are_no_products(question: str, catalogue: Catalogue) -> None:
    assert not read(question, catalogue).filters_on("product")


def test_a_product_the_shop_has_not_is_kept(catalogue: Catalogue) -> None:
    """Left out, the answer would count everybody."""
    wanted = {"field": "product", "op": "contains", "value": "gazebo"}
    assert _filters("how many customers bought a gazebo", catalogue) == [wanted]
    assert _filters("how many customers bought a lot in May", catalogue)[0]["field"] == "ordered_at"
