"""Whole classes of wordings that were misread once: slips, turns that add, words with two uses."""

from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage

from assistant.router.catalogue import Catalogue
from assistant.router.homophones import by_sound
from assistant.router.metrics import choose_dimension, choose_metric
from assistant.router.model import message_of
from assistant.router.reading import read
from assistant.router.router import Router
from assistant.router.slots import fill


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("退或率", "退货率"),
        ("克户有多少", "客户有多少"),
        ("得国顾可", "德国顾客"),
        ("荷蓝的客但价", "荷兰的客单价"),
        ("付购率最搞", "复购率最高"),
        ("出一张病图", "出一张饼图"),
        ("应收账款", "应收账款"),
        ("所有的国家", "所有的国家"),
        ("巴西分别卖多少", "巴西分别卖多少"),
        ("指定单品的销售额", "指定单品的销售额"),
        ("文具类商品", "文具类商品"),
        ("法国加德国", "法国加德国"),
        ("那些客户", "那些客户"),
        ("以上品类", "以上品类"),
    ],
)
def test_chinese_words_typed_by_their_sound(typed: str, meant: str) -> None:
    assert by_sound(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("turnover in Janury", "turnover in january"),
        ("buyers from Frnace", "buyers from france"),
        ("the lowst 4", "the lowest 4"),
        ("how mny shoppers", "how many shoppers"),
        ("has any1 moved", "has anyone moved"),
        ("what Maria said", "what maria said"),
        ("各号裙", "各号群"),
    ],
)
def test_slips_of_the_pen(typed: str, meant: str, catalogue: Catalogue) -> None:
    assert catalogue.speller.mend(typed) == meant


@pytest.mark.parametrize(
    ("question", "metric", "by"),
    [
        ("which articles come back most", "return_rate", "product"),
        ("the categories that usually come back", "return_rate", "category"),
        ("which shoppers come back most", "repeat_rate", "customer"),
        ("number of purchases a typical client makes", "orders_per_customer", None),
        ("how often does each shopper buy", "orders_per_customer", None),
        ("平均一单买几件", "items_per_order", None),
        ("每笔订单平均多少件", "items_per_order", None),
        ("按类看看营业额", "revenue", "segment"),
        ("哪类顾客最赚钱", "revenue", "segment"),
        ("哪类商品退货最多", "return_rate", "category"),
        ("are Sundays busier than Mondays", "orders", "weekday"),
        ("周二的订单多还是周日多", "orders", "weekday"),
        ("西班牙的买家一笔能花多少", "average_order_value", None),
        ("what does the typical client spend with each order", "average_order_value", None),
        ("how much does a typical shopper in Spain spend", "lifetime_value", None),
        ("每位会员大概花多少", "lifetime_value", None),
        ("clients by turnover", "revenue", "customer"),
        ("消费前12的买家", "revenue", "customer"),
        ("what did we sell in Spain in May 2011", "revenue", "product"),
        ("花了三万以上的大客户有多少", "customers", None),
        ("how many big clients spent over 900", "customers", None),
    ],
)
def test_metric_and_split(question: str, metric: str, by: str | None, catalogue: Catalogue) -> None:
    reading = read(question, catalogue)
    assert (choose_metric(reading), choose_dimension(reading, catalogue)) == (metric, by)


@pytest.mark.parametrize(
    ("tool", "question", "args"),
    [
        (
            "export_audience",
            "segment 2 as a custom audience in Google",
            {"segment": 2, "format": "google"},
        ),
        ("export_audience", "segment 2 as a custom audience", {"segment": 2, "format": "meta"}),
        ("compare_segments", "segment 3 against the other group", {"segments": [3]}),
        ("compare_segments", "细分3和另外一个比", {"segments": [3]}),
        ("compare_segments", "细分3和其他的比", {"segments": [3, 1, 2, 4, 5]}),
        (
            "plan_campaign",
            "segment 1: repeat rate up by at least 6%, power not below 85%",
            {"segment": 1, "metric": "repeat_rate", "minimum_lift": 0.06, "power": 0.85},
        ),
        (
            "plan_campaign",
            "细分1，复购率提升不少于百分之六，把握不低于85%",
            {"segment": 1, "metric": "repeat_rate", "minimum_lift": 0.06, "power": 0.85},
        ),
        ("track_segments", "since early June, the 4th of June 2011", {"since": "2011-06-04"}),
        ("track_segments", "和六月初（2011年6月4日）比", {"since": "2011-06-04"}),
        ("forecast_demand", "未来30天，by品类", {"days": 30, "by": "category"}),
        ("forecast_demand", "30天，按product", {"days": 30, "by": "product"}),
        (
            "query_customers",
            "orders from 4 May 2011 onwards",
            {
                "metric": "orders",
                "filters": [{"field": "ordered_at", "op": "ge", "value": "2011-05-04"}],
            },
        ),
    ],
)  # fmt: skip
def test_arguments(tool: str, question: str, args: dict[str, Any], catalogue: Catalogue) -> None:
    assert fill(tool, read(question, catalogue), catalogue) == args


def test_where_a_customer_is_from_is_no_condition(catalogue: Catalogue) -> None:
    said = "there is a client, number 20017, in Spain, and I want ten others like her"
    assert fill("find_similar_customers", read(said, catalogue), catalogue) == {
        "customer_ids": ["20017"],
        "n": 10,
    }


def _last(router: Router, *questions: str) -> Any:
    history: list[BaseMessage] = []
    for question in questions:
        decision = router.decide(question, history)
        history += [HumanMessage(question), message_of(decision, question)]
    return decision


_SPAIN = {"field": "country", "op": "eq", "value": "Spain"}


@pytest.mark.parametrize(
    ("turns", "tool", "args"),
    [
        (
            ("compare segments 1 and 4", "throw in segment 2 as well"),
            "compare_segments",
            {"segments": [1, 4, 2]},
        ),
        (("对比细分1和4", "细分2也一并放进来"), "compare_segments", {"segments": [1, 4, 2]}),
        (
            ("find 9 customers like 20017", "plus customer 20011 too"),
            "find_similar_customers",
            {"customer_ids": ["20017", "20011"], "n": 9},
        ),
        (
            ("turnover in Spain", "how much is that per month?"),
            "query_customers",
            {"metric": "revenue", "by": "month", "filters": [_SPAIN]},
        ),
        (
            ("turnover by month", "could you restrict that to Spain?"),
            "query_customers",
            {"metric": "revenue", "by": "month", "filters": [_SPAIN]},
        ),
        (
            ("draw a line chart of monthly turnover", "orders instead"),
            "draw_chart",
            {"kind": "trend", "metric": "orders"},
        ),
    ],
)
def test_turns_that_add(
    turns: tuple[str, ...], tool: str, args: dict[str, Any], router: Router
) -> None:
    decision = _last(router, *turns)
    assert (decision.tool, decision.args) == (tool, args)


@pytest.mark.parametrize(
    "question", ["sketch something for me", "please plot me something nice", "随便画点什么"]
)
def test_a_picture_of_nothing_is_asked_back(question: str, router: Router) -> None:
    decision = router.decide(question)
    assert (decision.tool, decision.clarify) == (None, "chart")


@pytest.mark.parametrize(
    "question", ["which keywords should we bid on", "竞价出价定多少", "去广告后台给细分2建个计划"]
)
def test_advertising_is_run_elsewhere(question: str, router: Router) -> None:
    decision = router.decide(question)
    assert decision.refuse
    assert decision.tool is None
