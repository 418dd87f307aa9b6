"""Questions to go on with: of what was spoken of, and none that the data cannot answer."""

from dataclasses import replace

import pytest

import prompts
from assistant.chat import Answer
from assistant.examples import MOST_NEXT, next_questions
from assistant.tools.result import ToolResult
from assistant.turn.events import ToolCall
from segmentation.types import Fact

PERIOD = "2024-01-01/2024-03-31"


@pytest.fixture(scope="module")
def base(shop):
    """The small shop, with money, dates and more than one product."""
    base = shop.open_base(shop.frames())
    features = base.features.assign(monetary=1.0, recency=1.0, distinct_products=2.0)
    return replace(base, features=features)


def after(tool, facts=(), status="ok", **args):
    result = ToolResult("", facts=tuple(facts))
    return Answer("", "en", "m", (ToolCall(tool, args, status),), (result,))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_tool_is_followed_by_two_to_four_questions(base, language):
    for tool in prompts.load_yaml("next_questions")["after"]:
        answer = Answer("", "en", "m") if tool == "nothing" else after(tool)
        questions = next_questions(base, answer, language)
        assert 2 <= len(questions) <= MOST_NEXT
        assert len(set(questions)) == len(questions)
        assert not [one for one in questions if "{" in one]


def test_they_are_about_the_segment_that_was_spoken_of(base):
    questions = next_questions(base, after("profile_segment", segment=2), "en")
    assert questions[0] == "Compare segments 2 and 1"
    assert all("2" in one for one in questions)
    assert next_questions(base, after("compare_segments", segments=[2, 1]), "zh")[0] == (
        "客群2是什么样的客户？"
    )


def test_a_ranking_leads_on_to_its_first(base):
    facts = [Fact(f"segment:{id}", "orders", PERIOD, value, "") for id, value in ((1, 3), (2, 9))]
    answer = after("query_customers", facts, metric="orders", by="segment")
    assert next_questions(base, answer, "en")[0] == "Who are the people in segment 2?"


def test_look_alikes_lead_on_to_the_first_of_them(base):
    facts = [Fact("customer:bob", "similarity", PERIOD, 0.9, "")]
    questions = next_questions(
        base, after("find_similar_customers", facts, customer_ids=["anna"]), "en"
    )
    assert questions[0] == "Tell me about customer bob"


def test_what_was_just_done_is_not_offered(base):
    done = after("draw_chart", kind="map")
    assert "Draw the customer map" not in next_questions(base, done, "en")
    failed = after("describe_customers", status="error")
    assert "How many customers do we have?" in next_questions(base, failed, "en")


def test_what_the_data_lack_is_not_offered(base):
    asked = prompts.load_yaml("next_questions")["after"]
    bare = replace(
        base,
        tables={},
        features=base.features[[]],
        segmentation=replace(base.segmentation, verdict="none"),
    )
    for tool in asked:
        assert len(next_questions(bare, after(tool), "zh")) >= 2
        said = " ".join(next_questions(bare, after(tool, segment=2), "en"))
        assert "segment 2" not in said
        assert "revenue" not in said
        assert "money" not in said
        assert "drop out" not in said


def test_who_is_asked_back_is_not_asked_more(base):
    assert next_questions(base, Answer("Which one?", "en", "m", clarify=True), "en") == []
