"""Facts in words: label, whose, value, period, source."""

import pytest

from assistant.grounding.given import Given
from assistant.tools.fact_words import claim_of, claim_words, fact_words
from assistant.tools.voice import voice
from segmentation.types import Fact

PERIOD = "2024-01-01/2024-03-31"
SAY = voice("en")


SHARE = ("share", 0.5, "share")
BARE = [
    ("all", "revenue", 12.5, "EUR", "Revenue|all customers|€12.50|orders"),
    (
        "segment:3",
        "size",
        4,
        "customers",
        "Customers in the segment|segment 3|4 customers|the segments",
    ),
    ("segment!=3", "average_rating", 3.5, "rating", "Average rating|everyone else|3.5|reviews"),
    ("segment:1|2", "orders", 7, "orders", "Orders|segments 1 and 2|7 orders|orders"),
    ("category:Toys & Baby&segment:2", *SHARE, "Share|Toys & Baby · segment 2|50%|orders"),
    (
        "theme:delivery.negative&segment:2",
        *SHARE,
        "Share|slow or late delivery · segment 2|50%|reviews",
    ),
    ("searched:mug&segment:2", *SHARE, "Share|searched mug · segment 2|50%|browsing"),
    ("consent:yes&segment:2", *SHARE, "Share|consent yes · segment 2|50%|customer profiles"),
    ("weekday:monday&segment:2", *SHARE, "Share|Monday · segment 2|50%|orders"),
    ("month:2024-02", "orders", 7, "orders", "Orders|February 2024|7 orders|orders"),
    (
        "segment:2",
        "expected_value",
        10.0,
        "EUR",
        "Expected value|segment 2|€10.00|a model of the orders",
    ),
    ("all", "what_nobody_named", 1, "index", "What nobody named|all customers|1|orders"),
]
DERIVED = [
    (
        "orders_per_customer_q",
        1e-9,
        "probability",
        "Orders per customer: chance of such a difference (corrected)|<0.001|orders",
    ),
    (
        "view_to_cart_low",
        0.1,
        "share",
        "Views that lead to the cart: lower end of the interval|10%|browsing",
    ),
    (
        "detectable_lift_days:180",
        0.1,
        "share",
        "Smallest difference that can be found in 180 days|10%|orders",
    ),
]


@pytest.mark.parametrize(("subject", "metric", "value", "unit", "told"), BARE)
def test_a_fact_in_words(subject, metric, value, unit, told):
    words = fact_words(Fact(subject, metric, PERIOD, value, unit), SAY)
    assert "|".join((words.label, words.whose, words.value, words.source)) == told


@pytest.mark.parametrize(("metric", "value", "unit", "told"), DERIVED)
def test_what_was_made_of_a_metric_is_called_after_it(metric, value, unit, told):
    words = fact_words(Fact("segment:2", metric, PERIOD, value, unit), SAY)
    assert "|".join((words.label, words.value, words.source)) == told


def test_a_fact_in_chinese():
    words = fact_words(Fact("segment!=2", "average_order_value", PERIOD, 12.5, "EUR"), voice("zh"))
    assert (words.label, words.whose, words.source) == ("客单价", "其他客户", "订单")
    assert words.period == "2024年1月1日至2024年3月31日"


def test_the_words_of_both_languages_are_for_the_same_metrics():
    english, chinese = (voice(language)["facts"] for language in ("en", "zh"))
    for part in ("whose", "sources", "parts", "metrics"):
        assert english[part].keys() == chinese[part].keys()


def test_a_claim_has_everybody_elses_number_after_its_own():
    worth = Fact("segment:2", "average_order_value", PERIOD, 332.0, "EUR")
    tea = Fact("product:P1&segment:2", "reach", PERIOD, 0.5, "share")
    givens = [
        Given("f1", worth, "average order value", rest=203.0),
        Given("f2", tea, "share who bought it", name="Tea\x00pot"),
    ]
    claim = claim_of("They spend.", givens, SAY)
    shown = [(w.label, w.whose, w.value) for w in claim_words(claim, SAY)]
    assert shown == [
        ("Average order value", "segment 2", "€332.00"),
        ("Average order value", "everyone else", "€203.00"),
        ("Share who bought it “Tea pot”", "segment 2", "50%"),
    ]
    assert claim.facts[1].subject == "segment!=2"


def test_names_from_data_are_one_short_line():
    words = fact_words(Fact("country:A\nB" + "x" * 200, "revenue", PERIOD, 1, "EUR"), SAY)
    assert "\n" not in words.whose
    assert len(words.whose) <= 60
