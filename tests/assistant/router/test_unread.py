"""Nothing of a question is dropped in silence: used, asked back about, or said to be left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

import prompts
from assistant.router.catalogue import Catalogue
from assistant.router.model import OfflineChatModel, message_of, questions_in
from assistant.router.reading import read
from assistant.router.router import Router

TOOLS = frozenset(prompts.load_yaml("router/replies")["abilities"])
HOW_MANY = ["choose_segment_count", "evaluate_segments"]
WHO = ["describe_customer", "recommend_products"]
QUIET = {"field": "days_since_last_order", "op": "ge", "value": 90}


@pytest.mark.parametrize(
    ("question", "call"),
    [
        ("有多少客户90天没有下单？", {"metric": "customers", "filters": [QUIET]}),
        ("有多少用户90天没买东西？", {"metric": "customers", "filters": [QUIET]}),
        ("How many are 90 days without an order?", {"metric": "customers", "filters": [QUIET]}),
        ("How old are our customers?", {"metric": "customers", "by": "age_band"}),
        ("What age are our shoppers?", {"metric": "customers", "by": "age_band"}),
        ("我们的客户多大年龄？", {"metric": "customers", "by": "age_band"}),
    ],
)  # fmt: skip
def test_conditions_and_columns_are_used(
    question: str, call: dict[str, Any], router: Router
) -> None:
    decision = router.decide(question)
    assert (decision.tool, decision.args) == ("query_customers", call)


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("Revenue by shelf", "shelf"),
        ("Return rate by shoe size", "shoe size"),
        ("Orders per day", "day"),
        ("按星球看销售额", "星球"),
        ("各星球的销售额", "星球"),
    ],
)
def test_a_split_that_is_not_known_is_asked_back_about(
    question: str, unknown: str, router: Router
) -> None:
    decision = router.decide(question)
    assert (decision.clarify, decision.unknown) == ("split", unknown)
    history = [HumanMessage(question), message_of(decision, "1")]
    assert router.decide("by country", history).args["by"] == "country"


def test_the_fields_there_are_are_named(router: Router) -> None:
    said = str(_says(router, "Revenue by shelf").text)
    assert "“shelf”" in said and "age band" in said and "country" in said
    assert "年龄段" in str(_says(router, "各星球的销售额").text)


@pytest.mark.parametrize("question", ["Revenue by far the most", "销售额按大小排", "各自的销售额"])
def test_not_every_by_names_a_split(question: str, router: Router) -> None:
    assert router.decide(question).clarify != "split"


@pytest.mark.parametrize(
    ("question", "left_out"),
    [
        ("Forecast demand in Germany", ("Germany",)),
        ("预测德国的需求", ("德国",)),
        ("Describe segment 2 in Spain", ("Spain",)),
        ("How many customers wear glasses?", ("wear glasses",)),
        ("有多少客户戴眼镜？", ("戴眼镜",)),
        ("Revenue in Bavaria", ("in Bavaria",)),
        ("How many customers do we have?", ()),
        ("我们有多少客户？", ()),
        ("Revenue in Germany", ()),
    ],
)
def test_what_a_call_leaves_out_is_told(
    question: str, left_out: tuple[str, ...], router: Router
) -> None:
    decision = router.decide(question)
    assert decision.tool and decision.left_out == left_out


def test_it_stands_under_the_tools_words(router: Router) -> None:
    asked = [HumanMessage("Forecast demand in Germany")]
    call = _says(router, asked[0].text)
    result = ToolMessage("120 units.", tool_call_id=str(call.tool_calls[0]["id"]))
    said = _model(router)._answer([*asked, call, result], TOOLS)
    assert said.text.startswith("120 units.") and "“Germany”" in said.text


@pytest.mark.parametrize(
    ("question", "decided"),
    [
        ("Which searches found nothing?", "analyse_funnel"),
        ("Which searches lead nowhere?", "analyse_funnel"),
        ("哪些搜索词搜不到东西？", "analyse_funnel"),
        ("Which baskets are left behind?", "analyse_funnel"),
        ("哪些购物篮被丢下了？", "analyse_funnel"),
        ("我们有哪些数据？", "describe_customers"),
        ("What data do we have?", "describe_customers"),
        ("Give me segment 3 as SQL", "explain_segment"),
        ("Segment 3 in pandas please", "explain_segment"),
        ("把细分3转成SQL", "explain_segment"),
        ("Write a newsletter for segment 3", "writing"),
        ("Draft the newsletter for segment 2", "writing"),
        ("给细分3写一封新闻邮件", "writing"),
        ("Which discount should we set for segment 2?", "prices"),
        ("How high should the discount for segment 2 be?", "prices"),
        ("细分2该打几折？", "prices"),
        ("What do customers complain about?", "complaints"),
        ("What do customers in Germany complain about?", "complaints"),
        ("德国客户抱怨什么？", "complaints"),
        ("What does segment 2 complain about?", "profile_segment"),
        ("细分2的客户在抱怨什么？", "profile_segment"),
    ],
)
def test_what_a_question_is_for(
    question: str, decided: str, catalogue: Catalogue, router: Router
) -> None:
    fields = {**catalogue.fields, "channel": ("email", "newsletter", "search")}
    decision = replace(router, catalogue=replace(catalogue, fields=fields)).decide(question)
    assert (decision.refuse or decision.clarify or decision.tool) == decided


@pytest.mark.parametrize(
    "question",
    [
        "Who outside segment 3 is most like its members?",
        "Which customers not in segment 3 resemble its members most?",
        "细分3以外谁最像它的成员？",
    ],
)
def test_outsiders_are_likened_to_the_segment(question: str, router: Router) -> None:
    decision = router.decide(question)
    assert (decision.tool, decision.args) == ("find_similar_customers", {"segment": 3})


@pytest.mark.parametrize("question", ["Revenue of Toys buyers", "Toys买家的销售额"])
def test_a_segments_full_name_goes_before_a_category(question: str, catalogue: Catalogue) -> None:
    shop = replace(catalogue, segments={4: "Toys buyers"}, chinese_names={4: "Toys买家"})
    reading = read(question, shop)
    assert reading.who.segments == (4,) and not reading.filters
    assert not read("Revenue of Toys", shop).who.segments


@pytest.mark.parametrize(
    ("message", "tools"),
    [
        ("How many segments should I make? Are they real?", HOW_MANY),
        ("应该分几类？这些细分靠谱吗？", HOW_MANY),
        ("Who is 20017? What should I recommend to them?", WHO),
        ("How many segments should we use? Why?", ["choose_segment_count"]),
    ],
)  # fmt: skip
def test_two_questions_are_two_calls(message: str, tools: list[str], router: Router) -> None:
    said = _says(router, message)
    assert [call["name"] for call in said.tool_calls] == tools
    first, *more = _model(router)._stream([HumanMessage(message)], tools=_declared())
    streamed = sum(more, first)
    assert [call["name"] for call in streamed.message.tool_calls] == tools


def test_a_second_question_that_is_refused_is_answered_too(router: Router) -> None:
    said = _says(router, "Who are our best customers? Can you e-mail them?")
    assert [call["name"] for call in said.tool_calls] == ["query_customers"]
    assert "messages" in said.additional_kwargs["kindred"]["beside"]


def test_only_questions_are_taken_apart() -> None:
    assert questions_in("Revenue by country? Orders by month?") == [
        "Revenue by country?",
        "Orders by month?",
    ]
    assert not questions_in("We meet on Monday. Revenue by country? Orders by month?")
    assert not questions_in("How many clusters??")


def _declared() -> list[dict[str, Any]]:
    return [{"function": {"name": name}} for name in TOOLS]


def _model(router: Router) -> OfflineChatModel:
    return OfflineChatModel(router=router)


def _says(router: Router, question: str) -> AIMessage:
    return _model(router)._answer([HumanMessage(question)], TOOLS)
