"""What of the user's words is kept and sent."""

import pytest

from assistant.sight.redaction import redact, written_by_customers


@pytest.fixture(scope="module")
def people(shop, personal):
    frames = shop.frames()
    customers = frames["customers"]
    customers["full_name"] = [personal.NAMES[i % 3] for i in range(len(customers))]
    customers["email"] = personal.EMAILS[0]
    customers["remarks"] = [
        "likes tea",
        *["wrote to us at great length about a delivery " * 2] * 12,
    ]
    return shop.open_base(frames)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Mail anna@posteo.example please", "Mail [email] please"),
        ("call +49 30 901820 now", "call [phone] now"),
        ("card 4111 1111 1111 1111", "card [card]"),
        ("DE89 3704 0044 0532 0130 00", "[iban]"),
    ],
)
def test_addresses_and_numbers_are_replaced(people, text, clean):
    assert redact(text, people) == clean


@pytest.mark.parametrize(
    "text",
    [
        "Find 50 customers like 12748",
        "customer 12748 and 14911, since 2011-09-01",
        "Who spent over £1,234.50 in 2011?",
        "找50个和12748相似的客户",
        "客单价高于1000元",
        "plan a test: 5% lift, 90% power, 10000 customers",
    ],
)
def test_ids_money_and_dates_stay(people, text):
    assert redact(text, people) == text


def test_kept_names_are_replaced_however_they_are_written(people, personal):
    first, _, chinese = personal.NAMES
    asked = f"What did {first.upper()} buy, and {chinese}呢？"
    assert redact(asked, people) == "What did [name] buy, and [name]呢？"


def test_ids_of_customers_that_look_like_a_phone_stay(shop):
    frames = shop.frames()
    for frame in frames.values():
        frame["customer_id"] = frame["customer_id"].replace("anna", "13812345678")
    segments = {1: ("All", sorted(frames["orders"]["customer_id"].unique()))}
    base = shop.open_base({"orders": frames["orders"]}, segments)
    assert redact("Who is 13812345678?", base) == "Who is 13812345678?"
    assert redact("Who is 13912345678?", base) == "Who is [phone]?"


def test_free_texts_of_profiles_and_searches_are_customers_own(people):
    assert written_by_customers({"likes tea", "Germany"}, people) == {"likes tea"}
