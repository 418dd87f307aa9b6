"""Spelling, lexicons, places and the gloss: from what was typed to terms that are known."""

import pytest

from assistant.router.catalogue import Catalogue
from assistant.router.gloss import gloss, unglossed
from assistant.router.lexicon import Lexicon, lexicon
from assistant.router.places import Places, iso_code


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("forcast demnad plz", "forecast demand please"),
        ("hwo many clsuters", "how many clusters"),
        ("lsit segmnets", "list segments"),
        ("reco 4 cust 20001", "recommendation for customer 20001"),
        ("top5", "top 5"),
        ("Ｓｅｇｍｅｎｔ　３", "segment 3"),
    ],
)
def test_typos_and_short_forms(typed: str, meant: str, catalogue: Catalogue) -> None:
    assert catalogue.speller.mend(typed) == meant


@pytest.mark.parametrize(
    "text", ["whether the tribes differ", "red retrospot cake stand", "hdbscan in eire"]
)
def test_right_words_are_left_alone(text: str, catalogue: Catalogue) -> None:
    assert catalogue.speller.mend(text) == text


def test_longer_terms_win() -> None:
    terms = Lexicon.of(
        {"rate": ["return rate"], "goods": ["return"], "chart": ["图"], "pie": ["饼图"]}
    )
    assert [hit.name for hit in terms.find("return rate, 饼图, returns")] == [
        "rate",
        "pie",
        "goods",
    ]


@pytest.mark.parametrize(
    ("said", "metric"),
    [
        ("turnover", "revenue"),
        ("our aov", "average_order_value"),
        ("repeat-purchase rate", "repeat_rate"),
        ("clv", "lifetime_value"),
        ("客单价", "average_order_value"),
        ("复购率", "repeat_rate"),
        ("退货率", "return_rate"),
    ],
)
def test_metrics_by_many_names(said: str, metric: str) -> None:
    assert [hit.name for hit in lexicon("metrics").find(said)] == [metric]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("EIRE", "IE"),
        ("RSA", "ZA"),
        ("Deutschland", "DE"),
        ("德国", "DE"),
        ("Brasil", "BR"),
        ("gb", "GB"),
        ("Narnia", None),
    ],
)
def test_countries_as_data_writes_them(value: str, code: str | None) -> None:
    assert iso_code(value) == code


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("the irish", "EIRE"),
        ("germans", "Germany"),
        ("in the uk", "United Kingdom"),
        ("british shoppers", "United Kingdom"),
        ("法国", "France"),
        ("in mexico", "Mexico"),
    ],
)
def test_countries_by_name_demonym_and_language(said: str, value: str) -> None:
    places = Places.of(["EIRE", "France", "Germany", "United Kingdom"])
    assert [name for _, _, name in places.find(said, said)] == [value]


def test_a_code_counts_only_in_capitals() -> None:
    places = Places.of(["USA"])
    assert [name for *_, name in places.find("tell us about the us", "Tell us about the US")] == [
        "USA"
    ]


def test_values_in_another_language_are_found_by_english_names() -> None:
    places = Places.of(["德国", "法国"])
    assert [name for *_, name in places.find("germans", "Germans")] == ["德国"]


def test_gloss_is_word_by_word_and_leaves_english_alone() -> None:
    assert gloss("预测 segment x 的需求") == "forecast segment x demand"
    assert unglossed("预测饕餮") == ["饕餮"]
