"""What no tool computes is said by name, with what comes near; what can be told is not refused."""

from __future__ import annotations

import pytest

from assistant.router.catalogue import Catalogue
from assistant.router.replies import reply
from assistant.router.router import Router


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which products are bought together most often?", "together"),
        ("哪些商品经常一起购买？", "together"),
        ("How long do customers take between first and second order?", "gap"),
        ("客户多久复购一次？", "gap"),
        ("show me a cohort retention chart", "cohort"),
        ("做一个同期群留存分析", "cohort"),
        ("which categories are growing?", "growth"),
        ("哪些品类在增长？", "growth"),
        ("A/B test results", "result"),
        ("上次活动效果怎么样", "result"),
        ("what's our profit margin", "costs"),
        ("毛利率是多少", "costs"),
        ("customer acquisition cost", "acquisition"),
        ("获客成本多少", "acquisition"),
        ("email open rate", "mailing"),
        ("邮件打开率", "mailing"),
        ("compare customers 20017 and 20031", "people"),
    ],
)
def test_what_cannot_be_computed_is_said_plainly(
    question: str, kind: str, router: Router, catalogue: Catalogue
) -> None:
    decision = router.decide(question)
    assert decision.refuse == kind
    for language in ("en", "zh"):
        said = reply(decision, language, catalogue, ())
        assert said.startswith(("Kindred", "The chat", "聊天")) and "{" not in said


@pytest.mark.parametrize(
    "question",
    [
        "Which customers buy most?",
        "Set up an A/B test for segment 3",
        "have any of our segments grown lately?",
        "who are our most profitable customers",
        "recommend products that go together for segment 2",
    ],
)
def test_what_sounds_like_it_is_answered(question: str, router: Router) -> None:
    assert router.decide(question).tool


@pytest.mark.parametrize(
    ("question", "metric", "left_out"),
    [
        ("Revenue with a coupon", "revenue", ("with a coupon",)),
        ("revenue paid by card", "revenue", ("paid by card",)),
        ("手机端的订单有多少", "orders", ("手机端",)),
    ],
)
def test_a_way_to_pay_or_come_is_left_out_not_refused(
    question: str, metric: str, left_out: tuple[str, ...], router: Router
) -> None:
    decision = router.decide(question)
    assert (decision.args, decision.left_out) == ({"metric": metric}, left_out)


def test_orders_are_not_cancelled_for_that(router: Router) -> None:
    assert router.decide("cancel the order paid by card").refuse
