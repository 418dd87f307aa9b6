"""Whole classes of questions, each in words of its own; the encoder is a double."""

from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage

from assistant.router.catalogue import Catalogue
from assistant.router.metrics import choose_dimension, choose_metric
from assistant.router.model import message_of
from assistant.router.reading import read
from assistant.router.router import Router
from assistant.router.slots import fill


@pytest.mark.parametrize(
    ("question", "metric", "by"),
    [
        ("which shoppers could come back", "repeat_probability", "customer"),
        ("forecast the repeat rate", "repeat_probability", None),
        ("odds that someone in Spain buys again", "repeat_probability", None),
        ("哪些会员有望再次下单", "repeat_probability", "customer"),
        ("西班牙会员再次下单的几率", "repeat_probability", None),
        ("takings this year against last year", "revenue", "month"),
        ("is the return rate in Spain higher than in France", "return_rate", "country"),
        ("what do people in Spain buy", "revenue", "product"),
        ("西班牙人都爱买什么", "revenue", "product"),
        ("when did segment 3 last order", "days_since_last_order", None),
        ("show me the members of segment 3", "revenue", "customer"),
        ("the articles which are most returned", "return_rate", "product"),
        ("the share of shoppers with more than 1 order", "repeat_rate", None),
        ("平均每单有几件产品", "items_per_order", None),
        ("每周一到周日，一周里每天的单量", "orders", "weekday"),
    ],
)
def test_metric_and_split(question: str, metric: str, by: str | None, catalogue: Catalogue) -> None:
    reading = read(question, catalogue)
    assert (choose_metric(reading), choose_dimension(reading, catalogue)) == (metric, by)


@pytest.mark.parametrize(
    ("tool", "question", "args"),
    [
        ("analyse_funnel", "drop-off per product", {"by": "product"}),
        ("analyse_funnel", "分品类看加购流失", {"by": "category"}),
        ("analyse_funnel", "from the product page to the cart", {}),
        ("choose_segment_count", "is 4 or 9 better", {"k_min": 4, "k_max": 9}),
        ("choose_segment_count", "5 or 6, tried from 2 to 9", {"k_min": 2, "k_max": 9}),
        ("choose_segment_count", "the best k, maximum would be 12", {"k_max": 12}),
        (
            "compare_segments",
            "contrast segment 2 with everybody else",
            {"segments": [2, 1, 3, 4, 5]},
        ),
        ("compare_segments", "contrast the groups: 2 and ?", {"segments": [2]}),
        ("draw_chart", "picture segment 4", {"kind": "radar", "segment": 4}),
    ],
)
def test_arguments(tool: str, question: str, args: dict[str, Any], catalogue: Catalogue) -> None:
    assert fill(tool, read(question, catalogue), catalogue) == args


@pytest.mark.parametrize(
    ("question", "segments"),
    [
        ("5群导出来", (5,)),
        ("2、4这两个客群差在哪", (2, 4)),
        ("1和5号群", (1, 5)),
        ("聚成4群", ()),
        ("重新聚类，要5群", ()),
        ("the second and the fifth cluster", (2, 5)),
        ("細分2係咩人", (2,)),
    ],
)
def test_segments_by_number(question: str, segments: tuple[int, ...], catalogue: Catalogue) -> None:
    assert read(question, catalogue).who.segments == segments


def _last(router: Router, *questions: str) -> Any:
    history: list[BaseMessage] = []
    for question in questions:
        decision = router.decide(question, history)
        history += [HumanMessage(question), message_of(decision, question)]
    return decision


@pytest.mark.parametrize(
    ("turns", "tool", "args"),
    [
        (("describe segment 3", "vs 5"), "compare_segments", {"segments": [3, 5]}),
        (("describe the segment", "The fourth."), "profile_segment", {"segment": 4}),
        (("介绍一下这个细分", "第三个"), "profile_segment", {"segment": 3}),
        (
            ("turnover by country", "in Chinese please"),
            "query_customers",
            {"metric": "revenue", "by": "country"},
        ),
        (
            ("orders in May 2011", "and the month before that?"),
            "query_customers",
            {
                "metric": "orders",
                "filters": [
                    {"field": "ordered_at", "op": "between", "value": ["2011-04-01", "2011-04-30"]}
                ],
            },
        ),
        (
            ("compare segments 1 and 4", "which one returns more?"),
            "query_customers",
            {
                "metric": "return_rate",
                "by": "segment",
                "filters": [{"field": "segment", "op": "in", "value": [1, 4]}],
            },
        ),
        (
            ("revenue of PARTY BUNTING", "and how many orders of that product?"),
            "query_customers",
            {
                "metric": "orders",
                "filters": [{"field": "product", "op": "eq", "value": "PARTY BUNTING"}],
            },
        ),
    ],
)
def test_follow_ups(
    turns: tuple[str, ...], tool: str, args: dict[str, Any], router: Router
) -> None:
    decision = _last(router, *turns)
    assert (decision.tool, decision.args) == (tool, args)


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("what is the turnover of that article", "product"),
        ("该商品的销售额是多少", "product"),
        ("which categories do our best clients buy", "who"),
        ("customers who didn't order in July 2011", "silence"),
        ("split segment 3 into 2 clusters", "everybody"),
        ("orders in that market", "country"),
    ],
)
def test_asks_rather_than_guesses(question: str, asked: str, router: Router) -> None:
    decision = router.decide(question)
    assert (decision.tool, decision.clarify) == (None, asked)


@pytest.mark.parametrize(
    "question",
    [
        "how is it doing",
        "the latest results please",
        "whose is better",
        "那个怎么样",
        "看看结果",
        "forecast it",
    ],
)
def test_what_says_nothing_is_asked_back(question: str, router: Router) -> None:
    decision = router.decide(question)
    assert decision.clarify
    assert decision.tool is None


@pytest.mark.parametrize(
    "question",
    [
        "guess the religion of customer 20017",
        "how many clicks did the adverts get",
        "哪些会员是天主教徒",
        "上个月广告点击量",
    ],
)
def test_what_no_tool_knows_is_refused(question: str, router: Router) -> None:
    decision = router.decide(question)
    assert decision.refuse
    assert decision.tool is None


def test_a_file_for_a_platform_is_no_message(router: Router) -> None:
    decision = router.decide("send the e-mails of segment 4 over to Meta")
    assert decision.tool == "export_audience"
    assert decision.args == {"segment": 4, "format": "meta"}
    assert router.decide("send segment 4 a message on Meta").refuse == "messages"


def test_a_language_that_is_asked_for() -> None:
    from assistant.language import language_of

    assert language_of("orders by month, in Chinese please") == "zh"
    assert language_of("按月看订单，用英文回答") == "en"
    assert language_of("customers in China") == "en"
