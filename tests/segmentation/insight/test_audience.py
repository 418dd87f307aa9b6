"""Who may be contacted, counted by hand in the shop of shop.py."""

import pandas as pd
import pytest

from segmentation.insight.campaign.audience import audience
from segmentation.insight.errors import UnknownName


def with_profile(shop, frames, **columns):
    """The shop with columns of its profile replaced: customer → value, everyone else nothing."""
    customers = frames["customers"].copy()
    for name, values in columns.items():
        customers[name] = customers["customer_id"].map(values)
    return shop.open_base({**frames, "customers": customers})


def orders_only(shop, frames, **columns):
    return shop.open_base({"orders": frames["orders"].assign(**columns)})


def test_who_said_no_is_left_out_and_counted(base):
    regulars = audience(base, segment=1)
    assert regulars.customers == ("anna", "carl", "finn", "ines")
    one_timers = audience(base, segment=2)
    assert one_timers.customers == ("dora", "gina", "jack")
    assert one_timers.considered == 4
    assert one_timers.left_out == {"suppressed": 0, "no_consent": 1, "unknown_consent": 0}
    assert one_timers.consent_field == "consent"


def test_everybody_in_the_order_of_the_base_and_the_unassigned(base):
    everyone = audience(base)
    assert everyone.customers == (*("anna", "carl", "dora", "finn", "gina", "ines", "jack", "lee"),)
    assert everyone.considered == 12
    assert everyone.left_out == {"suppressed": 0, "no_consent": 4, "unknown_consent": 0}
    assert audience(base, segment=0).customers == ("lee",)


def test_a_consent_nobody_knows_is_no_consent(shop, frames):
    told = {"anna": True, "carl": False, "bob": True}
    base = with_profile(shop, frames, consent=told)
    found = audience(base, segment=1)
    assert found.customers == ("anna",)
    assert found.left_out == {"suppressed": 0, "no_consent": 1, "unknown_consent": 2}


def test_customers_without_a_profile_have_no_known_consent(shop, frames):
    customers = frames["customers"].query("customer_id != 'finn'")
    found = audience(shop.open_base({**frames, "customers": customers}), segment=1)
    assert found.customers == ("anna", "carl", "ines")
    assert found.left_out["unknown_consent"] == 1


def test_without_any_consent_everyone_counts_and_the_field_is_none(shop, frames):
    found = audience(orders_only(shop, frames), segment=2)
    assert found.customers == ("bob", "dora", "gina", "jack")
    assert found.consent_field is None
    assert sum(found.left_out.values()) == 0


def test_the_last_word_that_came_with_an_order_counts_where_no_profile_says(shop, frames):
    said = pd.Series("no", index=frames["orders"].index)
    said[frames["orders"]["order_id"].isin(["o3", "o8", "o12"])] = "yes"  # finn: yes, then no
    found = audience(orders_only(shop, frames, consent=said), segment=1)
    assert found.customers == ("carl",)  # anna sent something back with a no, after o3
    assert found.left_out == {"suppressed": 0, "no_consent": 3, "unknown_consent": 0}


def test_words_for_yes_and_no_in_texts(shop, frames):
    told = {"anna": "yes", "carl": "同意", "finn": "nein", "ines": "perhaps"}
    found = audience(with_profile(shop, frames, consent=told), segment=1)
    assert found.customers == ("anna", "carl")
    assert found.left_out == {"suppressed": 0, "no_consent": 1, "unknown_consent": 1}


def test_suppressed_ids_come_first_and_count_once(base):
    found = audience(base, segment=2, suppressed={"bob", "dora", "stranger"})
    assert found.customers == ("gina", "jack")
    assert found.left_out == {"suppressed": 2, "no_consent": 0, "unknown_consent": 0}
    assert found.suppressed_by == ("list",)
    assert found.considered == len(found.customers) + sum(found.left_out.values())


@pytest.mark.parametrize(
    ("column", "marks"),
    [
        ("unsubscribed", {"anna": True, "carl": False, "finn": False, "ines": False}),
        ("unsubscribed_at", {"anna": pd.Timestamp("2024-03-01")}),
        ("do_not_mail", {"anna": "yes", "carl": "no", "finn": "", "ines": "0"}),
        ("bounced", {"anna": 3, "carl": 0, "finn": 0, "ines": 0}),
        ("退订", {"anna": "是", "carl": "否"}),
        ("opt_out", {"anna": "since May", "carl": "no"}),
    ],
)
def test_a_profile_can_say_whom_to_leave_alone(shop, frames, column, marks):
    found = audience(with_profile(shop, frames, **{column: marks}), segment=1)
    assert found.customers == ("carl", "finn", "ines")
    assert found.left_out["suppressed"] == 1
    assert found.suppressed_by == (column,)


def test_other_columns_bar_nobody(shop, frames):
    found = audience(with_profile(shop, frames, subscribed_at={"anna": "2024-01-01"}), segment=1)
    assert "anna" in found.customers
    assert found.suppressed_by == ()


def test_only_the_customers_asked_for_each_once(base):
    found = audience(base, customer_ids=["lee", "anna", "anna", "bob"])
    assert found.customers == ("anna", "lee")
    assert found.considered == 3
    assert audience(base, customer_ids=[]).considered == 0


def test_a_customer_who_does_not_exist_is_named_with_the_nearest(base):
    with pytest.raises(UnknownName, match="anna"):
        audience(base, customer_ids=["anne"])
