"""A number set against another time, or against few customers; two questions in a sentence."""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, HumanMessage

import prompts
from assistant.router.model import OfflineChatModel
from assistant.router.router import Router

TOOLS = frozenset(prompts.load_yaml("router/replies")["abilities"])


@pytest.mark.parametrize(
    ("question", "period"),
    [
        ("how much did we make in the last quarter compared to the one before", "2011-04-01/09-30"),
        ("上季度销售额与上一季度相比", "2011-04-01/09-30"),
        ("orders last month versus the month before", "2011-10-01/11-30"),
        ("revenue in May 2011 compared to the same month last year", "2010-05-01/2011-05-31"),
        ("is revenue higher than last month", "2011-11-01/12-09"),
        ("这个月和上个月比订单数怎么样", "2011-11-01/12-31"),
        ("revenue this year vs last year", "2010-01-01/2011-12-31"),
    ],
)
def test_both_periods_are_told_by_month(question: str, period: str, router: Router) -> None:
    args = router.decide(question).args
    first, last = period.split("/")
    ends = [first, last if len(last) == 10 else f"{first[:4]}-{last}"]
    assert args["by"] == "month"
    assert args["filters"] == [{"field": "ordered_at", "op": "between", "value": ends}]


def test_what_is_counted_together_is_said(router: Router) -> None:
    assert router.decide("top 5 products this year vs last year").notes == ("both_periods",)


@pytest.mark.parametrize(
    ("question", "left_out"),
    [
        ("What share of revenue comes from the top 10% of customers?", ()),
        ("前10%的客户贡献了多少销售额", ()),
        ("前5%的客户贡献了多少销售额", ("5%",)),
        ("does the 80/20 rule hold for us", ()),
        ("pareto", ()),
        ("how dependent are we on our best customers", ()),
        ("我们对大客户的依赖程度高吗", ()),
    ],
)
def test_how_concentrated_revenue_is(
    question: str, left_out: tuple[str, ...], router: Router
) -> None:
    decision = router.decide(question)
    assert (decision.tool, decision.args) == ("describe_customers", {})
    assert decision.left_out == left_out and decision.notes == ("tenths",) * bool(left_out)


@pytest.mark.parametrize("question", ["favourite products of each segment", "每个细分最喜欢的商品"])
def test_favourites_of_each_segment_are_in_their_profiles(question: str, router: Router) -> None:
    decision = router.decide(question)
    assert (decision.tool, decision.args) == ("profile_segment", {"segment": "all"})


@pytest.mark.parametrize(
    ("question", "by", "conditions"),
    [
        ("chart of monthly revenue for germany and france", "month", 1),
        ("画一下德国的月度销售额", "month", 1),
        ("bar chart of revenue by country", "country", 0),
    ],
)
def test_a_chart_that_cannot_be_drawn_is_a_table(
    question: str, by: str, conditions: int, router: Router
) -> None:
    decision = router.decide(question)
    assert (decision.tool, decision.args["by"]) == ("query_customers", by)
    assert len(decision.args.get("filters", ())) == conditions and decision.notes == ("table",)


@pytest.mark.parametrize(
    ("question", "tools", "later"),
    [
        (
            "who is customer 20017 and what should I offer her",
            ["describe_customer", "recommend_products"],
            "",
        ),
        (
            "which segment has the most returns and what do they return",
            ["query_customers"],
            "what do they return",
        ),
        ("哪个细分退货最多，他们退什么", ["query_customers"], "他们退什么"),
        ("how many customers do we have and what do they spend", ["describe_customers"], ""),
    ],
)
def test_two_questions_in_a_sentence(
    question: str, tools: list[str], later: str, router: Router
) -> None:
    model = OfflineChatModel(router=router)
    answer = model._answer([HumanMessage(question)], TOOLS)
    assert isinstance(answer, AIMessage)
    assert [call["name"] for call in answer.tool_calls] == tools
    assert later in str(answer.additional_kwargs.get("kindred", {}).get("beside", ""))
