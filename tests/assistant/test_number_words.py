import pytest

from assistant.number_words import spelt_value, zh_whole


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("twelve", 12),
        ("two hundred six", 206),
        ("three thousand five hundred", 3500),
        ("half million", 500_000),
        ("two dozen", 24),
    ],
)
def test_english(said, value):
    assert spelt_value(said.split()) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("两", 2),
        ("十", 10),
        ("三百五十", 350),
        ("十二万", 120_000),
        ("三万五千", 35_000),
        ("二零一一", 2011),
    ],
)
def test_chinese(said, value):
    assert zh_whole(said) == value
