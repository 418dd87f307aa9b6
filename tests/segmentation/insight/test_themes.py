"""Words of segments: cut in any script, weighed by hand, and no customer's own."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from segmentation.insight.evidence.leanings import leanings
from segmentation.insight.evidence.themes import WRITTEN_BY, class_weights, count_words, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Red Mug, RED!", {"red", "mug"}),
        ("Geschenk für Größe XL", {"geschenk", "größe"}),
        ("thé à la menthe", {"thé", "menthe"}),
        ("保温杯", {"保温杯", "保温", "温杯"}),
        ("Mug 蓝色", {"mug", "蓝色"}),
        ("漂亮的杯子", {"漂亮", "杯子"}),
        ("the mug and the plate for you", {"mug", "plate"}),
        ("кружка синяя", {"кружка", "синяя"}),
        ("12345 ab 3cm x2y4", set()),
        ("write to anna.meier@example.com or @annam", {"write"}),
        ("call [phone] or [email]", {"call"}),
        ("see shop4you.de or www.meier.example", {"see"}),
        ("", set()),
    ],
)
def test_words_of_any_language_and_of_no_address(text, words):
    assert words_of(text) - {"or"} == words


def shop_of(shop, frames, texts, products=None):
    """Forty customers in two halves; `texts[i]` is what customer i wrote in reviews."""
    line = frames["orders"].iloc[0].to_dict()
    ids = [f"c{i:02}" for i in range(len(texts))]
    names = products or ["Red mug"] * len(ids)
    orders = [
        line | {"customer_id": c, "order_id": f"o{c}", "product_id": name, "product": name}
        for c, name in zip(ids, names, strict=True)
    ]
    reviews = pd.DataFrame(
        [
            {"customer_id": c, "at": datetime(2024, 2, 1), "product_id": "P1", "text": t}
            for c, t in zip(ids, texts, strict=True)
        ]
    )
    half = len(ids) // 2
    segments = {3: ("Ones", ids[:half]), 7: ("Others", ids[half:])}
    return shop.open_base({"orders": pd.DataFrame(orders), "reviews": reviews}, segments)


def test_words_that_few_customers_wrote_stay_with_them(shop, frames):
    def text(i):
        secret = " Hildegard" if i < WRITTEN_BY - 1 else ""
        return ("soft towel" if i < 40 else "sharp knife") + secret

    base = shop_of(shop, frames, [text(i) for i in range(80)])
    counts = count_words(base, "reviewed")
    assert set(counts.keys) == {"soft", "towel", "sharp", "knife"}
    told = leanings(base, "reviewed", 3, 10)
    assert {one.name for one in told} == {"soft", "towel"}
    assert all(one.clear and one.n == 40 and one.reach == 1.0 for one in told)


def test_searches_and_reviews_are_not_there_without_texts(base):
    assert count_words(base, "searched") is None
    assert count_words(base, "reviewed") is None
    assert leanings(base, "searched", 1, 5) == ()


def test_class_weights_by_hand(shop, frames):
    names = ["Red mug"] * 10 + ["Blue mug"] * 10
    counts = count_words(shop_of(shop, frames, [""] * 20, names), "word")
    assert counts.keys == ("blue", "mug", "red")
    # Each half has 20 words: A = 20; blue 10 in one, mug 20 over both.
    weights = class_weights(counts)
    assert weights[3] == pytest.approx([0, (10 / 20) ** 0.5 * np.log(2), 0.5**0.5 * np.log(3)])
    assert weights[7][0] == pytest.approx(0.5**0.5 * np.log(1 + 20 / 10))


def test_a_piece_of_a_longer_word_is_not_told_twice(shop, frames):
    names = ["保温杯"] * 12 + ["蓝色保温杯"] * 2 + ["保温毯"] * 14
    counts = count_words(shop_of(shop, frames, [""] * 28, names), "word")
    assert "保温杯" in counts.keys
    assert "温杯" not in counts.keys
    assert "保温" in counts.keys


def test_what_stands_in_every_text_tells_nothing(shop, frames):
    letters = "abcdefghij"
    names = [f"Set of jars {letters[i // 10] * 3} {letters[i % 10] * 4}" for i in range(60)]
    counts = count_words(shop_of(shop, frames, [""] * 60, names), "word")
    assert "jars" not in counts.keys
    assert {"aaa", "bbbb"} <= set(counts.keys)
