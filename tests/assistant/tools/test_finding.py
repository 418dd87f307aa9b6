"""The look-alike finder over the small shop: what can be asked, who is found, the file of them."""

from __future__ import annotations

import csv
import io
from functools import partial

import pytest

from assistant.export.log import read
from assistant.finding import Finder, UnknownCustomers
from assistant.tools.lookalikes import similar_matches

ASKED = {"mode": "customers", "customers": "carl", "n": None}


def finder_of(workspace):
    return Finder(workspace, partial(similar_matches, workspace))


@pytest.fixture
def finder(workspace):
    return finder_of(workspace)


def found(report):
    return [match["customer_id"] for match in report["matches"]]


def test_fields_are_those_of_the_shop_with_its_own_values(finder):
    choices = {choice.name: choice for choice in finder.choices("en")}
    assert choices["country"].values[0] == ("Germany", "Germany")
    assert choices["country"].operators == ("eq", "ne", "in", "contains")
    assert [value for value, _ in choices["segment"].values] == ["1", "2", "3", "0"]
    assert choices["orders"].group == "numbers"
    assert choices["orders"].usual == pytest.approx(1)
    assert choices["return_rate"].unit == "share"
    assert choices["product"].kind == "product"
    assert not {"customer", "vectors_filled"} & choices.keys()
    assert next(iter(choices.values())).group == "profile"


def test_without_profiles_there_are_still_numbers(orders_only):
    finder = finder_of(orders_only)
    names = {choice.name for choice in finder.choices("zh")}
    assert {"segment", "orders", "revenue", "category"} <= names
    assert "consent" not in names
    assert not finder.consent_known


@pytest.mark.parametrize("text", ["carl, bob", "carl bob", "carl\nbob", "carl；bob\n\n"])
def test_ids_are_read_as_people_paste_them(finder, text):
    report = finder.find(ASKED | {"customers": text}, "en")
    assert report["query"]["customers"] == ["carl", "bob"]


def test_unknown_ids_are_told_at_once_with_near_misses(finder):
    with pytest.raises(UnknownCustomers) as told:
        finder.find(ASKED | {"customers": "carl, karl, zzz"}, "en")
    assert list(told.value.unknown) == ["karl", "zzz"]
    assert "carl" in told.value.unknown["karl"]


def test_conditions_narrow_and_shares_are_percent(finder):
    france = {"field": "country", "op": "eq", "value": "France"}
    assert set(found(finder.find(ASKED | {"filters": [france]}, "en"))) == {"gina", "jack"}
    returned = {"field": "return_rate", "op": "ge", "value": "100"}
    assert found(finder.find(ASKED | {"filters": [returned]}, "en")) == ["eve"]
    some = {"field": "return_rate", "op": "between", "value": ["1", "99"]}
    assert found(finder.find(ASKED | {"filters": [some]}, "en")) == ["anna"]


def test_only_those_who_may_be_contacted_are_found(finder, workspace):
    everybody = finder.find(ASKED | {"n": 20}, "en")
    agreed = {m["customer_id"]: m["contactable"] for m in everybody["matches"]}
    assert agreed["bob"] is False
    assert agreed["anna"] is True
    workspace.barred = frozenset({"anna"})
    report = finder.find(ASKED | {"n": 20, "contactable": True}, "en")
    assert not {"anna", "bob", "hugo"} & set(found(report))
    assert all(match["contactable"] is True for match in report["matches"])
    assert report["considered"] == len(report["matches"])


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"mode": "words", "words": "people who buy tea towels"}, "words"),
        ({"mode": "segment", "segment": "2", "n": 3}, "segment"),
        ({"mode": "words", "words": "customers from France"}, "conditions"),
    ],
)
def test_words_and_segments_are_searched_too(finder, asked, kind):
    report = finder.find(asked, "en")
    assert report["kind"] == kind
    assert report["matches"]
    assert report["score_meaning"]


def test_it_speaks_chinese(finder):
    report = finder.find(ASKED | {"n": 2}, "zh")
    assert "共同购买" in report["matches"][0]["because"][0]
    assert "余弦" in report["score_meaning"]


def test_suggestions_begin_with_what_is_typed(finder):
    assert finder.suggest("customer", "AN") == ["anna"]
    assert finder.suggest("customer", "in")[:2] == ["ines", "finn"]
    assert finder.suggest("customer", "karl") == ["carl"]
    assert finder.suggest("product", "tea") == ["Tea towel"]
    assert finder.suggest("customer", "")[0] == "hugo"  # of the highest lifetime value
    assert finder.suggest("no such field", "x") == []


def test_examples_can_be_asked(finder, orders_only):
    for one in (finder, finder_of(orders_only)):
        for example in one.examples("en"):
            assert one.find({"mode": example["mode"], example["mode"]: example["asked"]}, "en")


def rows_of(parcel):
    assert parcel["content"].startswith("\ufeff")  # or Excel takes it for something else
    return list(csv.DictReader(io.StringIO(parcel["content"][1:])))


def test_a_file_says_first_who_may_be_contacted_and_is_logged(finder, workspace, tmp_path):
    workspace.root = tmp_path
    report = finder.find(ASKED | {"n": 20}, "en")
    whole = finder.file(report, "en", contactable=False)
    assert whole["name"].startswith("look-alikes-consent-mixed-")
    assert [*rows_of(whole)[0]][:2] == ["may_be_contacted", "customer_id"]
    assert {row["customer_id"]: row["may_be_contacted"] for row in rows_of(whole)}["bob"] == "no"
    agreed = finder.file(report, "en", contactable=True)
    assert agreed["name"].startswith("look-alikes-consent-given-")
    assert {row["may_be_contacted"] for row in rows_of(agreed)} == {"yes"}
    assert (tmp_path / "exports" / agreed["name"]).read_bytes().decode() == agreed["content"]
    logged = read(tmp_path)
    assert [entry["rows"] for entry in logged] == [len(rows_of(whole)), len(rows_of(agreed))]
    assert logged[1]["what"] == "lookalikes"
    assert "carl" not in str(logged)


def test_a_file_without_consent_says_that_it_is_unknown(orders_only, tmp_path):
    orders_only.root = tmp_path
    finder = finder_of(orders_only)
    parcel = finder.file(finder.find(ASKED | {"n": 2}, "en"), "en", contactable=False)
    assert parcel["name"].startswith("look-alikes-consent-unknown-")
    assert {row["may_be_contacted"] for row in rows_of(parcel)} == {"unknown"}


def test_cells_are_safe_and_who_has_gone_is_left_out(finder, workspace, tmp_path):
    workspace.root = tmp_path
    report = finder.find(ASKED | {"n": 2}, "en")
    report["matches"][0]["because"] = ["=1+1"]
    report["matches"][1]["customer_id"] = "erased"
    rows = rows_of(finder.file(report, "en", contactable=False))
    assert len(rows) == 1
    assert rows[0]["because"] == "'=1+1"
