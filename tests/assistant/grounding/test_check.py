"""Sentences about a segment against its facts: what is true passes, what is not is named."""

import pytest

from assistant.grounding.check import check_sentence

TRUE = [
    "They are 1,234 customers, 38.4% of all.",
    "About 38% of customers belong here, and they bring in 27% of revenue.",
    "Their average order value is £38.20, against £52.75 for everyone else.",
    "They spend £38 per order, where others spend £53.",
    "Each has spent £240 so far.",
    "They place 6.3 orders each, three times what others place.",
    "They order more often than others: 6.3 orders per customer, against 2.1.",
    "Two thirds have ordered more than once.",
    "Most of them come back: the repeat rate is 66.7%.",
    "The last order was 34 days ago, others' 91.",
    "They bought more recently than everyone else.",
    "Of the 3 segments they have the highest lifetime value.",
    "They are the second largest segment.",
    "They buy the Red mug 2.3 times as much as others.",
    "22% of them have bought from Kitchen & Dining.",
    "Half of them have spent less than £120.50.",
    "In lifetime value they are similar to everyone else.",
    "In the year ahead each is expected to place 4.4 orders.",
    "Offer them the Red mug next.",
    "They could be offered the Red mug.",
    "They are worth £240 each so far.",
    "No other segment has a higher lifetime value.",
    "Keep mails short.",
    "Their average order value, as of orders from 1 Apr 2023 to 31 Mar 2024, is £38.20.",
]
LIES = [
    ("They are 1,324 customers.", "number"),
    ("They are 12 customers.", "number"),
    ("They are 39% of all customers.", "percentage"),
    ("A dozen of them come back.", "number"),
    ("Half of them have ordered more than once.", "metric"),
    ("Their average order value is £240.40.", "metric"),
    ("Their lifetime value is £38.20.", "metric"),
    ("They are 38% of revenue.", "metric"),
    ("Everyone else spends £38.20 per order.", "subject"),
    ("Segment 3 has 1,234 customers.", "subject"),
    ("They spend £52.75 per order, against £38.20 for everyone else.", "subject"),
    ("They are 1,234 orders.", "unit"),
    ("The last order was 34 months ago.", "unit"),
    ("They are 38.4 percentage points of all customers.", "unit"),
    ("Their average order value is €38.20.", "unit"),
    ("They spend more per order than others.", "comparison"),
    ("Their lifetime value is higher than everyone else's.", "comparison"),
    ("They order less often than others.", "comparison"),
    ("They are the largest segment.", "rank"),
    ("They have the highest average order value of all segments.", "rank"),
    ("They are the third largest segment.", "rank"),
    ("They buy the Blue plate.", "name"),
    ("They love “Aurora lamps”.", "name"),
    ("They also buy Zentrix headphones.", "name"),
    ("22% of them buy from Germany.", "name"),
    ("They are young mums.", "demographic"),
    ("They are wealthy pensioners.", "demographic"),
    ("They come back because they love the shop.", "cause"),
    ("In the last 90 days they placed 6.3 orders each.", "period"),
    ("They spend £38.20 a month.", "period"),
    ("Since September they have spent £240 each.", "date"),
    ("They never return anything.", "negation"),
    ("66.7% have not ordered again.", "negation"),
    ("66.7% are one-time buyers.", "negation"),
    ("They long for quiet moments.", "unfounded"),
    ("More often, being at home matters.", "unfounded"),
    ("Many prize calm and quiet.", "unfounded"),
    ("They could prize calm and quiet.", "unfounded"),
    ("At first they came for the mood.", "unfounded"),
    ("They are more curious than others.", "comparison"),
    ("They are worth more than others.", "comparison"),
    ("Mostly they dislike noise.", "comparison"),
    ("They have the strongest bond with us.", "rank"),
    ("None of the 1,234 customers bought a second time.", "negation"),
    ("Offer them the Bamboo Steamer Pro.", "name"),
    ("Many buy Apple accessories.", "unfounded"),
    ("Send a reminder after 45 days.", "number"),
]
TRUE_ZH = [
    "他们共 1,234 位客户，占全部客户的 38.4%。",
    "客单价为 £38.20，其他客户为 £52.75。",
    "人均下单 6.3 笔，是其他客户的 3 倍。",
    "三分之二的人购买过不止一次。",
    "大多数人会再次购买，复购率为 66.7%。",
    "距上次下单平均 34 天，其他客户为 91 天。",
    "客单价低于其他客户。",
    "终身价值在各客群中最高。",
    "购买“Red mug”的程度是其他客户的 2.3 倍。",
    "22% 的人买过 Kitchen & Dining。",
    "预计未来一年人均下单 4.4 笔。",
    "建议主推“Red mug”。",
    "每单 £38.20，人均 6.3 笔，其他客户 2.1 笔。",
    "每单 £38.20，人均累计消费 £240。",
    "别人每单 £52.75，他们 £38.20。",
    "比别人下单更频繁。",
    "客群 2“Red mug 常客”共 1,234 位客户。",
    "按销售额占比看，他们是第三大客群。",
]
LIES_ZH = [
    ("他们共 1,324 位客户。", "number"),
    ("他们共十二位客户。", "number"),
    ("占全部客户的六成。", "percentage"),
    ("客单价为 £240.40。", "metric"),
    ("其他客户的客单价为 £38.20。", "subject"),
    ("客群 3 有 1,234 位客户。", "subject"),
    ("共有 1,234 笔订单。", "unit"),
    ("客单价高于其他客户。", "comparison"),
    ("这是最大的客群。", "rank"),
    ("他们购买“Blue plate”。", "name"),
    ("他们偏爱“极光灯”。", "name"),
    ("他们来自法国。", "name"),
    ("她们是年轻妈妈。", "demographic"),
    ("因为热爱品牌而回来。", "cause"),
    ("过去 90 天人均下单 6.3 笔。", "period"),
    ("人均每月下单 6.3 笔。", "period"),
    ("他们从不退货。", "negation"),
    ("66.7% 的人只买一次。", "negation"),
    ("他们的眼光最好。", "rank"),
    ("他们盼着宁静的时光。", "unfounded"),
    ("他们从逛便宜货中找到自我。", "unfounded"),
    ("他们可以说是一群夜猫子。", "unfounded"),
    ("他们更好客。", "unfounded"),
    ("他们比别人更讲情调。", "unfounded"),
    ("他们大多独来独往。", "comparison"),
    ("没有一个人买过第二次。", "negation"),
    ("按销售额看，他们是第二大客群。", "rank"),
    ("他们在复购率上稳居首位。", "rank"),
]


@pytest.mark.parametrize("sentence", TRUE)
def test_true_sentences_pass(sentence, facts, english):
    assert check_sentence(sentence, facts, english) == ()


@pytest.mark.parametrize(("sentence", "kind"), LIES)
def test_lies_are_found_and_named(sentence, kind, facts, english):
    assert kind in {problem.kind for problem in check_sentence(sentence, facts, english)}


@pytest.mark.parametrize("sentence", TRUE_ZH)
def test_true_chinese_sentences_pass(sentence, facts, chinese):
    assert check_sentence(sentence, facts, chinese) == ()


@pytest.mark.parametrize(("sentence", "kind"), LIES_ZH)
def test_chinese_lies_are_found_and_named(sentence, kind, facts, chinese):
    assert kind in {problem.kind for problem in check_sentence(sentence, facts, chinese)}


def test_claims_without_any_fact_are_unfounded(english):
    (problem,) = check_sentence("They are 1,234 customers.", (), english)
    assert problem.kind == "unfounded"


def test_a_profile_column_carries_what_it_states(facts, english):
    from dataclasses import replace

    from assistant.grounding.given import Given
    from segmentation.types import Fact

    age = Given(
        "f20", Fact("age_band:25-34&segment:2", "share", "2024-04-01", 0.4, "share"), "", "25-34"
    )
    stated = replace(english, stated=frozenset({"age_band"}))
    said = "40% are young, aged 25-34."
    assert check_sentence(said, (*facts, age), stated) == ()
    assert check_sentence(said, (*facts, age), english)
