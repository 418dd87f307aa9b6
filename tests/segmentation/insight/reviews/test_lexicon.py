import pytest

from segmentation.insight.reviews.lexicon import Cue, Lexicon, Tongue, tokens_of

ENGLISH = (
    Cue(("not",), turns=True),
    Cue(("but",), parts=True),
    Cue(("no", "doubt")),
    Cue(("no",), turns=True),
    Cue(("good",), side="positive"),
    Cue(("bad",), side="negative"),
    Cue(("delivery",), "delivery"),
    Cue(("price*",), "price"),
    Cue(("arrived", "late"), "delivery", "negative"),
    Cue(("broke*",), "lasting", "negative"),
)
LEXICON = Lexicon(
    ("delivery", "price", "lasting", "whole"),
    "whole",
    {
        "en": Tongue(ENGLISH, frozenset({"the", "and", "it"})),
        "xx": Tongue((Cue(("good",), side="negative"),), frozenset({"ein", "der"})),
        "yy": Tongue((), frozenset({"och", "det"})),
    },
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It arrived late and broke.", {("delivery", "negative"), ("lasting", "negative")}),
        ("The delivery was good", {("delivery", "positive")}),
        ("Good the delivery, bad the prices", {("delivery", "positive"), ("price", "negative")}),
        ("The delivery was not good", {("delivery", "negative")}),
        ("It has not broken", {("lasting", "positive")}),
        ("It is good", {("whole", "positive")}),
        ("The delivery. Good!", {("whole", "positive")}),
        ("No doubt it is good", {("whole", "positive")}),
        ("the good delivery but the bad price", {("delivery", "positive"), ("price", "negative")}),
        ("The price is one of very many things that I found good", {("whole", "positive")}),
        ("The delivery was good, the delivery was bad", set()),
        ("It is goodness", set()),
        ("", set()),
    ],
)  # fmt: skip
def test_what_a_review_says(text, said):
    assert LEXICON.read([text, "the and it"])[0] == said


def test_a_negation_turns_only_what_follows_soon():
    assert LEXICON.read(["it was not what the one that good"])[0] == {("whole", "positive")}


def test_each_text_is_read_in_its_own_language_and_short_ones_in_the_usual():
    texts = [
        "the and it good",
        "it is good and the",
        "der ein ein good",
        "good",
        "och det det good",
    ]
    said = LEXICON.read(texts)
    assert said[2] == {("whole", "negative")}
    assert said[3] == {("whole", "positive")}
    assert said[4] is None


def test_words_are_read_without_case_accents_and_apostrophes():
    assert tokens_of("Não DIDN’T gefällt, 好评!") == [
        "nao",
        "didnt",
        "gefallt",
        "\n",
        "好",
        "评",
        "\n",
    ]
