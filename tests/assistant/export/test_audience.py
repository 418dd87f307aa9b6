"""The file of an audience, byte by byte: formats, hashes, who is left out and why."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest

from assistant.export.audience import FEWEST, draft
from segmentation.insight.errors import UnknownName

HIDDEN = ("email", "phone")


def rows_of(found):
    return list(csv.DictReader(io.StringIO(found.content.decode("utf-8"), newline="")))


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_csv_has_ids_and_segments_and_never_contacts(base):
    found = draft(base, segment=7)
    rows = rows_of(found)
    assert list(rows[0]) == ["customer_id", "segment", "segment_name"]
    agreed = [f"c{i:02d}" for i in range(1, 39) if i % 4]
    assert [row["customer_id"] for row in rows] == agreed
    assert {(row["segment"], row["segment_name"]) for row in rows} == {("7", "Everyday buyers")}
    assert (found.considered, found.rows, found.left_out) == (38, 29, {"no_consent": 9})
    assert b"@" not in found.content


def test_meta_hashes_the_lower_case_address_and_the_digits_of_the_number(base):
    found = draft(base, segment=7, format="meta")
    assert found.columns == ("email", "phone")
    assert found.args == {"segment": 7, "format": "meta", "hashed": True}
    assert rows_of(found)[0] == {
        "email": sha("user.1@example.com"),
        "phone": sha("447400120001"),
    }


def test_google_hashes_the_number_with_its_plus(base):
    found = draft(base, segment=7, format="google")
    assert rows_of(found)[:2] == [
        {"Email": sha("user.1@example.com"), "Phone": sha("+447400120001")},
        {"Email": sha("user.2@example.com"), "Phone": sha("+33612340002")},
    ]
    assert rows_of(found)[2]["Phone"] == sha("+4915123450003")


def test_klaviyo_gets_plain_contacts(base):
    assert rows_of(draft(base, segment=7, format="klaviyo"))[0] == {
        "Email": "user.1@example.com",
        "Phone Number": "+447400120001",
        "Segment": "7",
        "Segment Name": "Everyday buyers",
    }


@pytest.mark.parametrize(
    ("format", "header"), [("meta", "extern_id"), ("google", "User ID"), ("klaviyo", "External ID")]
)
def test_without_kept_contacts_there_are_ids(open_people, everybody, format, header):
    found = draft(open_people(everybody.drop(columns=list(HIDDEN))), segment=7, format=format)
    assert found.columns[0] == header
    assert rows_of(found)[0][header] == "c01"
    assert found.args["hashed"] is False
    assert not found.contacts
    assert not found.unhashed


def test_ids_that_must_match_are_not_hashed_even_if_asked(open_people, everybody):
    found = draft(
        open_people(everybody.drop(columns=list(HIDDEN))), segment=7, format="meta", hashed=True
    )
    assert found.unhashed
    assert rows_of(found)[0] == {"extern_id": "c01"}


def test_one_kept_column_is_enough(open_people, everybody):
    found = draft(open_people(everybody.drop(columns=["phone"])), segment=7, format="meta")
    assert found.columns == ("email",)
    assert found.rows == 29


def test_ids_can_be_hashed_in_a_csv(base):
    found = draft(base, segment=9, hashed=True)
    assert found.columns[0] == "customer_id_sha256"
    assert rows_of(found)[0]["customer_id_sha256"] == sha("c39")


def test_who_cannot_be_reached_is_left_out_and_counted(open_people, everybody):
    everybody.loc[0, "email"] = "not an address"
    everybody.loc[0, "phone"] = "12"
    everybody.loc[1, "email"] = None
    everybody.loc[4, "email"] = everybody.loc[2, "email"]
    found = draft(open_people(everybody), segment=7, format="google")
    assert found.left_out == {"no_consent": 9, "no_contact": 1, "same_contact": 1}
    assert rows_of(found)[0] == {"Email": "", "Phone": sha("+33612340002")}


def test_an_address_of_somebody_who_said_no_is_not_written_under_another_id(open_people, everybody):
    everybody.loc[0, "email"] = everybody.loc[3, "email"].upper()  # c04 said no
    found = draft(open_people(everybody), segment=7, format="meta")
    assert found.left_out["shared_contact"] == 1
    assert sha("user.4@example.com").encode() not in found.content


def test_suppressed_people_and_those_of_unknown_consent_are_left_out(open_people, everybody):
    everybody["consent"] = everybody["consent"].astype(object)
    everybody.loc[1, "consent"] = None
    found = draft(open_people(everybody), segment=7, suppressed={"c01", "c04"})
    assert found.left_out == {"suppressed": 2, "no_consent": 8, "unknown_consent": 1}
    ids = [row["customer_id"] for row in rows_of(found)]
    assert ids[0] == "c03"


def test_a_shop_without_consent_says_so(open_people, everybody):
    found = draft(open_people(everybody.drop(columns=["consent"])), segment=7)
    assert found.consent_field is None
    assert found.rows == 38


def test_named_customers_count_once_and_strangers_are_counted(base):
    found = draft(base, customer_ids=["c01", "c01", " c02 ", "nobody", "c04", "c40"])
    assert [row["customer_id"] for row in rows_of(found)] == ["c01", "c02"]
    assert found.left_out == {"unknown": 1, "repeated": 1, "no_consent": 2}
    assert found.args["customer_ids"] == ["c01", "c02", "c04", "c40"]


def test_nothing_but_strangers_is_an_error(base):
    with pytest.raises(UnknownName, match="x1"):
        draft(base, customer_ids=["x1", "x2"])


def test_ads_need_a_crowd(base):
    few = [f"c{i:02d}" for i in range(1, 26)]
    found = draft(base, customer_ids=few, format="meta")
    assert found.rows == FEWEST - 1
    assert found.refusal == "too_few"
    assert draft(base, customer_ids=[*few, "c26"], format="meta").refusal == ""
    assert draft(base, customer_ids=few[:1], format="csv").refusal == ""
    assert draft(base, customer_ids=few[:1], format="klaviyo").refusal == ""


def test_contradictions_are_refused(base):
    assert draft(base, segment=7, format="meta", hashed=False).refusal == "hashed_only"
    assert draft(base, segment=7, format="google", hashed=False).refusal == "hashed_only"
    assert draft(base, segment=7, format="klaviyo", hashed=True).refusal == "plain_only"
    assert draft(base, customer_ids=["c04"]).refusal == "nobody"


def test_ids_that_are_formulas_are_disarmed_and_counted(open_people, everybody):
    everybody.loc[0, "customer_id"] = "=cmd|'/C calc'!A0"
    everybody.loc[1, "customer_id"] = "-5"
    found = draft(open_people(everybody), segment=7)
    ids = [row["customer_id"] for row in rows_of(found)]
    assert "'=cmd|'/C calc'!A0" in ids
    assert "-5" in ids
    assert found.neutralised == 1


def test_the_same_question_gives_the_same_bytes(open_people, everybody):
    first = draft(open_people(everybody), segment=7, format="klaviyo").sha256
    assert draft(open_people(everybody), segment=7, format="klaviyo").sha256 == first


def test_contacts_that_came_with_orders_are_used(open_people, everybody, shop):
    base = open_people(everybody.drop(columns=list(HIDDEN)))
    orders = base.tables["orders"].to_pandas()
    orders["email"] = [f"{one}@example.com" for one in orders["customer_id"]]
    again = shop.open_base(
        {"orders": orders, "customers": everybody.drop(columns=list(HIDDEN))},
        {7: ("Everyday buyers", list(everybody["customer_id"]))},
    )
    found = draft(again, segment=7, format="klaviyo")
    assert found.contacts == {"email": "orders.email"}
    assert rows_of(found)[0]["Email"] == "c01@example.com"
