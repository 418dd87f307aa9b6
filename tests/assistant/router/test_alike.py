"""Names typed nearly right, and names that could be several."""

from dataclasses import replace

import pytest

from assistant.router.catalogue import Catalogue
from assistant.router.conditions import Filter
from assistant.router.reading import read


@pytest.fixture
def shop(catalogue: Catalogue) -> Catalogue:
    return replace(
        catalogue,
        products=frozenset({"SILVER TEA SPOON", "SILVER TEA SPOONS", "GARDEN KNEELING PAD"}),
        segments={1: "Loyal Regulars", 2: "Loyal Bargain Hunters", 3: "Night Owls"},
    )


def test_a_slip_of_the_pen_is_mended(shop: Catalogue) -> None:
    reading = read("who bought GARDEN KNEELNG PAD", shop)
    assert Filter("product", "eq", "GARDEN KNEELING PAD") in reading.filters
    assert reading.alike == ()


def test_two_that_are_as_near_are_asked_about(shop: Catalogue) -> None:
    assert set(read("orders of SILVR TEA SPOON", shop).alike) == {
        "SILVER TEA SPOON",
        "SILVER TEA SPOONS",
    }


def test_a_part_of_a_name_needs_no_asking(shop: Catalogue) -> None:
    assert read("orders of SILVER TEA", shop).alike == ()


def test_a_segment_by_part_of_its_name(shop: Catalogue) -> None:
    assert read("describe the night group", shop).who.segments == (3,)
    reading = read("describe the loyal segment", shop)
    assert (reading.who.segments, reading.alike) == ((), ("1", "2"))
