from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from segmentation.insight.reviews.lexicon import Cue, Lexicon, Tongue
from segmentation.insight.reviews.themes import FEWEST, Votes, count_themes
from segmentation.insight.reviews.written import read_by_rules, sample, writers_of, written

LEXICON = Lexicon(
    ("late", "nice"),
    "nice",
    {
        "en": Tongue(
            (Cue(("late",), "late", "negative"), Cue(("nice",), "nice", "positive")),
            frozenset({"it", "is"}),
        )
    },
)
LATE, NICE = ("late", "negative"), ("nice", "positive")


def reviews_of(texts):
    """Customer → texts, as the tables of a shop in two segments of equal size."""
    rows = [(who, text) for who, said in texts.items() for text in said]
    frame = pd.DataFrame(rows, columns=["customer_id", "text"])
    return frame.assign(at=pd.Timestamp("2024-03-01"), product_id="P1", rating=4.0)


@pytest.fixture
def base(shop):
    """Twenty customers a segment: of the first, 15 say it is late, one of them three times."""
    ones, twos = ([f"{n}{i:02}" for i in range(20)] for n in "ab")
    texts = {who: ["it is late"] for who in ones[:15]} | {who: ["it is nice"] for who in ones[15:]}
    texts[ones[0]] = ["it is late", "is it late", "it is late again", "it is late"]
    texts |= {who: ["it is nice"] for who in twos[:16]} | {who: ["it is late"] for who in twos[16:]}
    segments = {1: ("One", ones), 2: ("Two", twos)}
    return shop.open_base({"reviews": reviews_of(texts)}, segments)


def test_customers_are_counted_once_and_reviews_once_each(base):
    late = count_themes(base, read_by_rules(base, LEXICON), 1).blamed[0]
    assert (late.key, late.customers, late.reviews, late.share) == ("late.negative", 15, 17, 0.75)
    assert (late.rest, late.lift) == (0.2, pytest.approx(3.75))
    assert late.clear


def test_what_few_say_is_not_told(base):
    themes = count_themes(base, read_by_rules(base, LEXICON), 2)
    assert [theme.key for theme in themes.themes] == ["nice.positive"]  # 4 say late: not told
    assert FEWEST == 5


def test_every_number_is_a_fact_of_segment_or_rest(base):
    themes = count_themes(base, read_by_rules(base, LEXICON), 1)
    facts = {(f.subject, f.metric): f.value for f in themes.facts}
    assert facts["segment:1", "reviewers_read"] == 20
    assert facts["theme:late.negative&segment:1", "share"] == 0.75
    assert facts["theme:late.negative&segment!=1", "share"] == 0.2
    assert {f.period for f in themes.facts} == {"2024-03-01/2024-03-01"}


def test_the_rest_of_a_sample_is_weighed_by_who_wrote(base):
    said = np.array([[True], [False], [True], [False]])
    votes = Votes(np.array([0, 1, 20, 21]), (LATE,), said, {1: 20, 2: 20}, "model")
    assert count_themes(base, votes, 1).themes == ()
    many = Votes(np.arange(40), (LATE,), np.arange(40)[:, None] < 30, {1: 20, 2: 20}, "model")
    assert count_themes(base, many, 2).themes[0].rest == 1.0


def test_differences_by_chance_are_not_clear(shop):
    rng = np.random.default_rng(7)
    who = [f"c{i:03}" for i in range(200)]
    texts = {one: ["it is late" if rng.random() < 0.3 else "it is nice"] for one in who}
    base = shop.open_base({"reviews": reviews_of(texts)}, {1: ("A", who[:40]), 2: ("B", who[40:])})
    votes, clear = read_by_rules(base, LEXICON), 0
    for _ in range(20):
        labels = rng.permutation(base.segmentation.labels)
        mixed = replace(base, segmentation=replace(base.segmentation, labels=labels))
        clear += any(theme.clear for theme in count_themes(mixed, votes, 1).themes)
    assert clear <= 3


def test_a_shop_without_texts_says_nothing(shop):
    base = shop.open_base(shop.frames())
    assert written(base).empty
    themes = count_themes(base, read_by_rules(base, LEXICON), 1)
    assert (themes.themes, themes.facts, themes.writers) == ((), (), 0)


def test_one_segment_has_no_rest(shop):
    texts = {f"c{i}": ["it is late"] for i in range(12)}
    base = shop.open_base({"reviews": reviews_of(texts)}, {1: ("All", list(texts))})
    (late,) = count_themes(base, read_by_rules(base, LEXICON), 1).themes
    assert (late.rest, late.lift, late.test, late.clear) == (None, None, None, False)


def test_a_sample_is_one_review_a_customer_and_fair_to_segments(base):
    drawn = sample(base, 10, seed=3)
    assert drawn["row"].is_unique
    labels = base.segmentation.labels[drawn["row"]]
    assert np.bincount(labels).tolist() == [0, 5, 5]
    assert sample(base, 10, seed=3).equals(drawn)
    assert not sample(base, 10, seed=4).equals(drawn)
    assert writers_of(base) == {1: 20, 2: 20}
