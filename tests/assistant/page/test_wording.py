"""Steps in words, in two languages; the wording files themselves."""

from string import Formatter

import pytest

from assistant.page.session import Shop
from assistant.page.talk.exchange import Step
from assistant.page.wording import page_words, step_title, summary
from prompts import load_yaml

TOOLS = {
    "describe_customers",
    "query_customers",
    "run_clustering",
    "choose_segment_count",
    "evaluate_segments",
    "list_segments",
    "profile_segment",
    "compare_segments",
    "explain_segment",
    "find_similar_customers",
    "describe_customer",
    "recommend_products",
    "forecast_demand",
    "analyse_funnel",
    "plan_campaign",
    "export_audience",
    "draw_chart",
    "track_segments",
}


def title(name, args, status="ok", language="en"):
    return step_title(Step("1", name, args, status), language)


@pytest.mark.parametrize(
    ("name", "args", "shown"),
    [
        ("query_customers", {"metric": "revenue"}, "Looked up revenue"),
        (
            "query_customers",
            {"metric": "average_order_value", "by": "age_band", "top_n": 3},
            "Looked up average order value by age band",
        ),
        ("run_clustering", {}, "Grouped customers into segments"),
        ("run_clustering", {"n_segments": 6}, "Grouped customers into 6 segments"),
        ("compare_segments", {"segments": [2, 4]}, "Compared segments 2 and 4"),
        ("compare_segments", {"segments": [1, 2, 4]}, "Compared segments 1, 2 and 4"),
        ("compare_segments", {"segments": []}, "Compared segments"),
        ("profile_segment", {"segment": "all"}, "Read up on all segments"),
        ("draw_chart", {"kind": "map"}, "Drew the customer map"),
        ("profile_segment", {"segment": 2}, "Read up on segment 2"),
        ("a_tool_of_tomorrow", {"x": 1}, "Worked it out"),
    ],
)
def test_a_finished_step_in_words(name, args, shown):
    assert title(name, args) == shown


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("running", "Looking up revenue"),
        ("error", "Looking up revenue: no result"),
        ("stopped", "Looking up revenue: stopped"),
        ("needs_confirmation", "Looking up revenue: waiting for your word"),
    ],
)
def test_a_step_says_how_it_stands(status, shown):
    assert title("query_customers", {"metric": "revenue"}, status) == shown


def test_a_long_step_says_how_far_it_has_come():
    step = Step("1", "query_customers", {"metric": "revenue"}, share=0.4)
    assert step_title(step, "en") == "Looking up revenue · 40%"


def test_a_step_in_chinese():
    args = {"metric": "revenue", "by": "country"}
    assert title("query_customers", args, language="zh") == "按国家查询了销售额"


def test_a_long_argument_is_cut_to_one_line():
    shown = title("find_similar_customers", {"description": "vintage\n toys " * 30})
    assert "\n" not in shown
    assert len(shown) < 100
    assert shown.endswith("…”")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_tool_of_the_contract_has_words(language):
    tools = load_yaml("steps")[language]["tools"]
    assert set(tools) == TOOLS
    for lines in tools.values():
        placeholders = [
            [{n for _, n, _, _ in Formatter().parse(line) if n} for line in lines[tense]]
            for tense in ("running", "done")
        ]
        assert placeholders[0] == placeholders[1]


def test_both_languages_word_the_same_things():
    assert page_words("en").keys() == page_words("zh").keys()
    assert load_yaml("steps")["en"].keys() == load_yaml("steps")["zh"].keys()


def test_the_summary_of_a_shop_without_orders_names_no_period():
    assert summary(Shop(customers=20, orders=0), 3, "en") == "20 customers · 3 segments"


def test_one_is_not_many():
    assert summary(Shop(customers=1, orders=1), 3, "en") == "1 customer · 3 segments"
