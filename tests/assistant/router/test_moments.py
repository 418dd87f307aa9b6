"""Days, times and feasts that a question is narrowed to: split by, or said to be left out."""

from __future__ import annotations

import pytest
from langchain_core.messages import HumanMessage, ToolMessage

import prompts
from assistant.router.catalogue import Catalogue
from assistant.router.model import OfflineChatModel
from assistant.router.router import Router
from assistant.router.wanted import take_apart

TOOLS = frozenset(prompts.load_yaml("router/replies")["abilities"])


@pytest.mark.parametrize(
    ("question", "metric", "said"),
    [
        ("How many orders came on Sundays?", "orders", "on Sundays"),
        ("Revenue at the weekend", "revenue", "at the weekend"),
        ("On Fridays, how many orders come in?", "orders", "On Fridays"),
        ("周日有多少订单？", "orders", "周日"),
        ("周末的销售额是多少？", "revenue", "周末"),
    ],
)
def test_weekdays_are_told_each_and_that_is_said(
    question: str, metric: str, said: str, router: Router
) -> None:
    decision = router.decide(question)
    assert (decision.tool, decision.args) == (
        "query_customers",
        {"metric": metric, "by": "weekday"},
    )
    assert (decision.days, decision.left_out) == ((said,), ())
    model, asked = OfflineChatModel(router=router), [HumanMessage(question)]
    call = model._answer(asked, TOOLS)
    result = ToolMessage("120 units.", tool_call_id=str(call.tool_calls[0]["id"]))
    assert f"“{said}”" in model._answer([*asked, call, result], TOOLS).text


@pytest.mark.parametrize(
    ("question", "left_out"),
    [
        ("Orders in the morning", ("in the morning",)),
        ("Revenue after 6pm", ("after 6pm",)),
        ("Orders placed via mobile", ("via mobile",)),
        ("How many orders contained a gift card?", ("contained a gift card",)),
        ("Revenue by country on Sundays", ("on Sundays",)),
        ("Revenue last Sunday", ("last Sunday",)),
        ("Christmas sales", ("Christmas",)),
        ("Forecast demand for the weekend", ("for the weekend",)),
        ("早上有多少订单？", ("早上",)),
        ("上周日的销售额", ("上周日",)),
        ("移动端的销售额", ("移动端",)),
        ("国庆期间卖了多少？", ("国庆期间",)),
    ],
)
def test_what_nothing_can_be_narrowed_by_is_said(
    question: str, left_out: tuple[str, ...], router: Router
) -> None:
    decision = router.decide(question)
    assert decision.tool and (decision.left_out, decision.days) == (left_out, ())


@pytest.mark.parametrize(
    "question",
    [
        "Good morning! How many customers do we have?",
        "下午好，我们有多少客户？",
        "Revenue by weekday",
        "Which weekday has the most orders?",
        "Revenue on weekends versus weekdays",
        "How many orders were there on Sunday, 4 December 2011?",
        "Revenue on Black Friday",
        "黑五的销售额",
        "How many orders on average over the whole period?",
        "Describe segment 2",
    ],
)
def test_nothing_is_said_where_nothing_is_left_out(question: str, router: Router) -> None:
    decision = router.decide(question)
    assert not decision.left_out and not decision.days


def test_a_meeting_on_monday_narrows_nothing(router: Router) -> None:
    decision = router.decide("The board meets on Monday, what is our revenue?")
    assert decision.args == {"metric": "revenue"} and not decision.left_out


def test_days_are_no_goods_that_people_buy(catalogue: Catalogue) -> None:
    wanted = take_apart("people who buy teapots on Sundays", catalogue)
    assert (wanted.words, wanted.unread) == ("teapots", ("on sundays",))
