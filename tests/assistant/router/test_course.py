"""Words of development ask for a number by month, not for one total."""

from __future__ import annotations

import pytest

from assistant.router.router import Router


@pytest.mark.parametrize(
    "question",
    [
        "How did Toys sales develop over the past year?",
        "How has revenue moved since spring?",
        "How have orders changed over the last 6 months?",
        "How did sales go over the last 12 months?",
        "Is our revenue growing?",
        "Toys的销售额过去一年怎么变化？",
        "退货率最近半年有什么变化？",
        "订单数的变化",
    ],
)
def test_the_course_is_told_by_month(question: str, router: Router) -> None:
    decision = router.decide(question)
    assert (decision.tool, decision.args.get("by")) == ("query_customers", "month")


@pytest.mark.parametrize(
    ("question", "tool", "by"),
    [
        ("How did sales go last month?", "query_customers", None),
        ("How does revenue vary by country?", "query_customers", "country"),
        ("How have the segments changed since the last snapshot?", "track_segments", None),
        ("How will sales develop?", "forecast_demand", None),
        ("细分有什么变化？", "track_segments", None),
    ],
)
def test_not_every_change_is_one_by_month(
    question: str, tool: str, by: str | None, router: Router
) -> None:
    decision = router.decide(question)
    assert (decision.tool, decision.args.get("by")) == (tool, by)


def test_since_a_season_reaches_up_to_the_last_day(router: Router) -> None:
    told = router.decide("Revenue since spring").args["filters"]
    assert told == [{"field": "ordered_at", "op": "ge", "value": "2011-03-01"}]
