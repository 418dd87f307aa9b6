"""What a question says besides is not taken for what it asks."""

import pytest

from assistant.router.asides import without_asides
from assistant.router.catalogue import Catalogue
from assistant.router.reading import read


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("no graph please, orders by weekday", "orders by weekday"),
        ("don't erase anything, just list the groups", "just list the groups"),
        ("returns by country for our spring review meeting", "returns by country"),
        (
            "while we wait for the q2 budget: how many shoppers are there",
            "how many shoppers are there",
        ),
        ("不用画图,告诉我复购率", "告诉我复购率"),
        ("orders per month, in english please", "orders per month please"),
    ],
)
def test_asides_fall_away(said: str, left: str) -> None:
    assert without_asides(said) == left


@pytest.mark.parametrize(
    "said",
    [
        "don't e-mail segment 2",
        "find people who buy soap and don't write reviews",
        "export segment 3 without hashing",
        "customers not in spain",
        "if we write to segment 4, how do we know it helped",
        "for segment 2",
    ],
)
def test_what_is_asked_stays(said: str) -> None:
    assert without_asides(said) == said


def test_where_a_customer_is_from_is_no_condition(catalogue: Catalogue) -> None:
    reading = read("I met client 20017 from Spain, who else is like him?", catalogue)
    assert reading.who.customers == ("20017",)
    assert reading.filters == ()
    assert read("who is like 20017 in Spain?", catalogue).filters[0].value == "Spain"
