"""Kept contact columns serve exports alone: normalised there, and hidden from every question."""

from __future__ import annotations

import pandas as pd
import pytest

from segmentation.insight.campaign.contacts import contacts, normal_email, normal_phone
from segmentation.insight.customer import customer_profile
from segmentation.insight.errors import UnknownName
from segmentation.insight.filters import fields
from segmentation.insight.ledger import open_ledger
from segmentation.insight.query import query


@pytest.fixture
def base(shop):
    frames = shop.frames()
    people = frames["customers"]
    people["email"] = [f"{one}@example.com" for one in people["customer_id"]]
    people["phone"] = [493012345600 + i for i in range(len(people))]
    frames["orders"]["contact_email"] = "o-" + frames["orders"]["customer_id"] + "@example.com"
    return shop.open_base(frames)


def test_contacts_are_found_by_name_and_values_whatever_their_type(base):
    found = contacts(base)
    assert found.columns == {"email": "customers.email", "phone": "customers.phone"}
    assert list(found.frame.index) == list(base.customers)
    assert found.frame.loc["anna"].tolist() == ["anna@example.com", "493012345600", "Germany"]


def test_without_them_nothing_is_found(shop):
    found = contacts(shop.open_base(shop.frames()))
    assert found.columns == {}
    assert found.frame.loc["anna", "country"] == "Germany"


def test_no_question_can_ask_for_them(base):
    assert not {"email", "phone", "contact_email"} & set(fields(base))
    ledger = open_ledger(base)
    columns = [*ledger.people.columns, *ledger.lines.columns]
    assert not [name for name in columns if "email" in name or "phone" in name]
    with pytest.raises(UnknownName):
        query(base, "customers", by="email")
    with pytest.raises(UnknownName):
        query(base, "revenue", filters=[{"field": "phone", "op": "eq", "value": "493012345600"}])
    assert customer_profile(base, "anna").profile.keys() == {
        "country",
        "signup_date",
        "consent",
        "source",
    }


def test_an_id_that_is_an_address_is_one(shop):
    frames = shop.frames()
    for frame in frames.values():
        frame["customer_id"] = frame["customer_id"] + "@example.com"
    segments = {
        number: (name, [f"{one}@example.com" for one in who])
        for number, (name, who) in shop.SEGMENTS.items()
    }
    found = contacts(shop.open_base(frames, segments))
    assert found.columns == {"email": "customers.customer_id"}


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        (" Anna.Smith+Shop@Example.COM ", "anna.smith+shop@example.com"),
        ("no address", None),
        ("", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_addresses_are_written_as_platforms_compare_them(given, normal):
    assert normal_email(given) == normal


@pytest.mark.parametrize(
    ("given", "region", "normal"),
    [
        ("07400 123456", "GB", "+447400123456"),
        ("(+44) 7400-123456", None, "+447400123456"),
        ("0044 7400 123456", "DE", "+447400123456"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("138 0013 8000", "CN", "+8613800138000"),
        ("07400 123456", None, None),
        ("447400123456.0", "GB", "+447400123456"),
        ("12", "GB", None),
        ("call me", "GB", None),
        (pd.NA, "GB", None),
    ],
)
def test_numbers_become_international(given, region, normal):
    assert normal_phone(given, region) == normal
