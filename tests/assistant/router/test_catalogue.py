"""The shop's own words, read from a customer base."""

from datetime import date, datetime

import ibis
import numpy as np
import pandas as pd
import pytest

from assistant.router.catalogue import Catalogue
from segmentation.types import CustomerBase, Recipe, Segment, Segmentation


@pytest.fixture
def base() -> CustomerBase:
    orders = pd.DataFrame(
        {
            "customer_id": ["C01", "C02", "C02"],
            "order_id": ["1", "2", "3"],
            "ordered_at": pd.to_datetime(["2024-01-05", "2024-02-10", "2024-02-29"]),
            "product_id": ["a", "b", "a"],
            "product": ["Tea Pot", "Night Cream", "Tea Pot"],
            "category": ["Kitchen", "Beauty", "Kitchen"],
            "country": ["Austria", "China", "China"],
            "quantity": [1.0, 1.0, 2.0],
            "unit_price": [9.0, 20.0, 9.0],
            "kind": ["sale", "sale", "sale"],
            "is_charge": [False, False, False],
        }
    )
    customers = pd.DataFrame({"customer_id": ["C01", "C02"], "channel": ["email", None]})
    segments = (
        Segment(0, "Unassigned", 0, 0.0),
        Segment(1, "Regulars", 1, 0.5),
        Segment(2, "New", 1, 0.5),
    )
    segmentation = Segmentation(
        id="s", recipe=Recipe(), method="kmeans", labels=np.array([1, 2], np.int32),
        confidence=np.ones(2, np.float32), map=np.zeros((2, 2), np.float32), segments=segments,
        metrics={}, verdict="none",
    )  # fmt: skip
    return CustomerBase(
        tables={"orders": ibis.memtable(orders), "customers": ibis.memtable(customers)},
        features=pd.DataFrame(index=pd.Index(["C01", "C02"], name="customer_id")),
        vectors=np.zeros((2, 3), np.float32), views={}, segmentation=segmentation,
        as_of=datetime(2024, 3, 1),
    )  # fmt: skip


def test_reads_what_the_base_has(base: CustomerBase) -> None:
    catalogue = Catalogue.of(base)
    assert catalogue.customers == {"C01", "C02"}
    assert catalogue.segments == {1: "Regulars", 2: "New"}
    assert catalogue.fields == {"channel": ("email",), "country": ("Austria", "China")}
    assert catalogue.products == {"Tea Pot", "Night Cream"}
    assert catalogue.categories == ("Beauty", "Kitchen")
    assert catalogue.last_day == date(2024, 2, 29)
    assert catalogue.country_field == "country"
    assert set(catalogue.chinese_names) == {1, 2}


def test_without_orders_the_last_day_is_before_as_of(base: CustomerBase) -> None:
    tables = {name: table for name, table in base.tables.items() if name != "orders"}
    bare = CustomerBase(**{**vars(base), "tables": tables})
    assert Catalogue.of(bare).last_day == date(2024, 2, 29)


def test_ids_are_known_by_their_shape() -> None:
    catalogue = Catalogue(customers=frozenset({f"C{n:05d}" for n in range(50)}))
    found = catalogue.customer_pattern.findall("c00001, C99999 but not C123 or 00001")
    assert found == ["c00001", "C99999"]


def test_an_empty_shop_matches_nothing() -> None:
    assert Catalogue().customer_pattern.search("12345") is None
    assert Catalogue().segment_names.find("regulars") == []
