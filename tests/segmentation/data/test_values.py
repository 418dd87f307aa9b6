"""Numbers as shops write them."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.data.values import currency_of, decide_numbers, read_bool, read_number


def shapes(*values: str) -> Counter[str]:
    return Counter(re.sub(r"\d", "9", value) for value in values)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12.0),
        ("-12.5", -12.5),
        ("1,234.50", 1234.5),
        ("1 234.50", 1234.5),
        ("1'234.50", 1234.5),
        ("12,34,567.89", 1234567.89),
        ("£3.50", 3.5),
        ("$ -3.50", -3.5),
        ("-£3.50", -3.5),
        ("3.50 EUR", 3.5),
        ("USD 3.50", 3.5),
        ("(3.50)", -3.5),
        ("−3.50", -3.5),
        ("3.50-", -3.5),
        ("１２.５", 12.5),
        ("1e3", 1000.0),
        ("10%", 0.1),
        (".5", 0.5),
        ("12元", 12.0),
    ],
)
def test_numbers_with_a_decimal_point(text: str, value: float) -> None:
    assert read_number(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12,5", 12.5),
        ("1.234,50 €", 1234.5),
        ("R$ 1.299,90", 1299.9),
        ("1.234.567", 1234567.0),
        ("-0,5", -0.5),
    ],
)
def test_numbers_with_a_decimal_comma(text: str, value: float) -> None:
    assert read_number(text, ",") == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["", "abc", "12abc", "1.2.3,4,5", "(3.50", "--5", "1,23.4", "nan", "inf", "1,2,3"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert read_number(text) is None


@given(st.floats(min_value=-1e9, max_value=1e9).map(lambda x: round(x, 2)))
def test_german_and_english_writing_of_a_number_are_read_back(number: float) -> None:
    english = f"{number:,.2f}"
    german = english.replace(",", "_").replace(".", ",").replace("_", ".")

    assert read_number(english) == pytest.approx(number)
    assert read_number(german, ",") == pytest.approx(number)


def test_the_decimal_mark_is_decided_by_the_whole_column() -> None:
    assert decide_numbers(shapes("1.234", "5,50")).decimal == ","
    assert decide_numbers(shapes("1,234", "5.50")).decimal == "."
    assert decide_numbers(shapes("1.234,50")).decimal == ","
    assert decide_numbers(shapes("12.5", "3")).plain


def test_a_column_that_does_not_tell_follows_its_neighbours() -> None:
    unsure = shapes("1,234", "2,500")

    assert decide_numbers(unsure).decimal == "."
    assert not decide_numbers(unsure).sure
    assert decide_numbers(unsure, neighbour=",").decimal == ","


def test_currencies_are_recognised_by_sign_code_and_heading() -> None:
    assert currency_of("£3.50") == "GBP"
    assert currency_of("R$ 10") == "BRL"
    assert currency_of("Preis (EUR)") == "EUR"
    assert currency_of("unit_price_usd") == "USD"
    assert currency_of("price") is None


def test_yes_and_no_in_five_languages() -> None:
    assert [read_bool(word) for word in ("Yes", "是", "Sim", "sí", "ja", "1")] == [True] * 6
    assert [read_bool(word) for word in ("no", "否", "não", "nein", "0")] == [False] * 5
    assert read_bool("maybe") is None
