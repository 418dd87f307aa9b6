"""Numbers as they stand in texts: what they are worth, in which unit, how finely said."""

import pytest

from assistant.grounding.quantities import quantities
from assistant.grounding.times import spans, times


def read(text, language):
    return [(round(q.value, 4), q.kind, q.hedge) for q in quantities(text, language, [])]


@pytest.mark.parametrize(
    ("text", "value", "kind", "hedge"),
    [
        ("1,234.5", 1234.5, "plain", ""),
        ("£1.2k", 1200, "money", ""),
        ("€3.4m", 3.4e6, "money", ""),
        ("38 %", 0.38, "share", ""),
        ("thirty-eight percent", 0.38, "share", ""),
        ("two thirds", 0.6667, "share", ""),
        ("one in five", 0.2, "share", ""),
        ("nearly half", 0.5, "share", "under"),
        ("a dozen orders", 12, "orders", ""),
        ("over 500 customers", 500, "customers", "over"),
        ("at least 90 days", 90, "days", "at_least"),
        ("2.3 times as much", 2.3, "ratio", ""),
        ("twice as much", 2, "ratio", ""),
        ("12 percentage points", 12, "points", ""),
        ("top 5 products", 5, "top", ""),
        ("third largest", 3, "rank", ""),
        ("4.2 out of 5 stars", 4.2, "rating", ""),
    ],
)
def test_english_numbers_have_a_value_a_unit_and_a_hedge(text, value, kind, hedge):
    assert read(text, "en")[0] == (value, kind, hedge)


@pytest.mark.parametrize(
    ("text", "value", "kind", "hedge"),
    [
        ("1.2万元", 12000, "money", ""),
        ("约三成", 0.3, "share", "about"),
        ("三成五", 0.35, "share", ""),
        ("百分之三十八", 0.38, "share", ""),
        ("半数", 0.5, "share", ""),
        ("过半", 0.5, "share", "over"),
        ("三分之二", 0.6667, "share", ""),
        ("两倍", 2, "ratio", ""),
        ("第三大", 3, "rank", ""),
        ("逾500笔订单", 500, "orders", "over"),
        ("4300多位客户", 4300, "customers", "over"),
        ("一千二百人", 1200, "customers", ""),
        ("12个百分点", 12, "points", ""),
        ("近 30 天", 30, "days", "under"),
    ],
)
def test_chinese_numbers_have_a_value_a_unit_and_a_hedge(text, value, kind, hedge):
    assert read(text, "zh")[0] == (value, kind, hedge)


@pytest.mark.parametrize(
    "text", ["one of them", "at once", "a one-stop shop", "no one", "once more", "some of it"]
)
def test_english_idioms_are_no_numbers(text):
    assert read(text, "en") == []


@pytest.mark.parametrize(
    "text", ["一些客户", "一直如此", "统一安排", "一般来说", "十分重要", "一次性"]
)
def test_chinese_idioms_are_no_numbers(text):
    assert read(text, "zh") == []


def test_a_range_has_two_ends_in_one_unit():
    low, high = quantities("between 20 and 40%", "en", [])
    assert (low.value, low.kind, high.value) == (0.2, "share", 0.4)
    assert (low.partner, high.partner) == (1, 0)


@pytest.mark.parametrize(
    ("text", "value", "fits"),
    [
        ("38%", 0.384, True),
        ("38.4%", 0.384, True),
        ("nearly 40%", 0.384, True),
        ("39%", 0.384, False),
        ("nearly 38%", 0.384, False),
        ("over 500", 520, True),
        ("over 500", 499, False),
        ("over 500", 900, False),
        ("about 40", 38.5, True),
        ("about 40", 46, False),
        ("half", 0.49, True),
        ("half", 0.44, False),
    ],
)
def test_what_is_said_must_be_the_number_rounded(text, value, fits):
    (quantity,) = quantities(text, "en", [])
    assert quantity.covers(value) is fits


def test_times_are_read_as_finely_as_they_are_said():
    text = "from 1 Dec 2010 to September, on Thursdays in 2011; they may buy"
    assert [(w.kind, w.key) for w in times(text, "en")] == [
        ("day", "2010-12-01"),
        ("month", "09"),
        ("weekday", "thursday"),
        ("year", "2011"),
    ]
    assert [w.key for w in times("2011年9月的周四下午", "zh")] == [
        "2011-09",
        "thursday",
        "afternoon",
    ]


def test_stretches_of_time_have_a_length_and_a_direction():
    (past,) = spans("in the last 90 days", "en")
    (ahead,) = spans("未来三个月", "zh")
    assert (past.low, past.high, past.ahead) == (90, 90, False)
    assert ahead.low < 91 < ahead.high
    assert ahead.ahead
