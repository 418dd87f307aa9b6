"""Answers over tools' results: kept sentence by sentence."""

from dataclasses import replace

import pytest

from assistant.grounding.answers import Checker, given_of, sentences
from assistant.tools.result import Table, ToolResult
from segmentation.types import Fact

PERIOD = "2023-04-01/2024-03-31"
RESULT = ToolResult(
    "Revenue by country from 1 Apr 2023 to 31 Mar 2024: highest for Germany (£900.50), then "
    "France (£400.25) and Spain (£120). The table shows 3 of 9.",
    facts=tuple(
        Fact(f"country:{country}", metric, PERIOD, value, unit)
        for country, revenue, customers in (
            ("Germany", 900.5, 40),
            ("France", 400.25, 21),
            ("Spain", 120.0, 7),
        )
        for metric, value, unit in (
            ("revenue", revenue, "GBP"),
            ("customers", customers, "customers"),
        )
    ),
    tables=(
        Table(
            "Revenue by country",
            ("Country", "Revenue", "Customers"),
            (("Germany", 900.5, 40), ("France", 400.25, 21), ("Spain", 120.0, 7)),
        ),
    ),
)


@pytest.fixture(scope="module")
def checker(english):
    names = replace(
        english.names, countries=frozenset({"Germany", "France", "Spain", "Italy", "Peru"})
    )
    return Checker(replace(english, subject="", names=names))


def dropped(checker, text, question=""):
    return [one.sentence for one in checker.checked(text, given_of([RESULT]), question).dropped]


@pytest.mark.parametrize(
    "sentence",
    [
        "Germany leads with £900.50, followed by France at £400.25.",
        "Germany brings in the most revenue.",
        "France has 21 customers.",
        "Germany has more customers than Spain.",
        "The top 3 countries are Germany, France and Spain.",
        "Germany and France have 40 and 21 customers, respectively.",
        "The figures are of 1 Apr 2023 to 31 Mar 2024.",
    ],
)
def test_paraphrases_are_kept(checker, sentence):
    assert dropped(checker, sentence) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "France leads with £900.50.",
        "France has 40 customers.",
        "Spain has more customers than Germany.",
        "The bottom 3 countries are Germany, France and Spain.",
        "Together they bring in £1,420.75.",
        "Germany accounts for 63% of revenue.",
        "Spain is the smallest market of all.",
        "Italy has 21 customers.",
        "Germany has 900.50 customers.",
        "Revenue grew by 12%.",
    ],
)
def test_what_the_model_made_up_is_left_out(checker, sentence):
    assert dropped(checker, sentence) == [sentence]


def test_a_tools_own_words_always_stand(checker):
    assert checker.checked(RESULT.text, given_of([RESULT])).text == RESULT.text


def test_what_is_left_of_a_count_is_counted_too(checker):
    said = "Write to 21 customers of France and leave out the other 120."
    assert dropped(checker, said) == [said]


def test_an_answer_that_grows_is_held_against_the_same_facts(checker):
    given = given_of([RESULT])
    assert checker.checked("France has 21 customers.", given).dropped == ()
    assert checker.checked("France has 21 customers. Spain has 21.", given).dropped
    assert checker.checked("France has 21 customers.", ()).dropped


def test_the_rest_of_an_answer_stays_as_it_was(checker):
    text = "- Germany leads with £900.50.\n- France has 40 customers.\n\nSpain has 7 customers."
    checked = checker.checked(text, given_of([RESULT]))
    assert checked.text == "- Germany leads with £900.50.\n\nSpain has 7 customers." or (
        "France has 40" not in checked.text and "Spain has 7" in checked.text
    )


def test_the_users_number_may_be_repeated_but_makes_no_value(checker):
    question = "Which 90 days were best, and do we have 5,000 customers?"
    assert dropped(checker, "You asked about 90 days.", question) == []
    assert dropped(checker, "Germany has 5,000 customers.", question)


@pytest.mark.parametrize(
    ("text", "language", "n"),
    [
        ("One. Two! Three?", "en", 3),
        ("It is £1.50 vs. £2.50, e.g. here. Next.", "en", 2),
        ("- first\n- second\n\nthird", "en", 3),
        ("第一句。第二句！第三句？", "zh", 3),
        ("", "en", 0),
    ],
)
def test_sentences_join_to_the_same_text(text, language, n):
    parts = sentences(text, language)
    assert "".join(parts) == text
    assert len(parts) == n
