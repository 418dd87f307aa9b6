"""Arguments per tool: only what the words determine."""

from typing import Any

import pytest

from assistant.router.catalogue import Catalogue
from assistant.router.reading import read
from assistant.router.slots import REQUIRED, TOOLS, fill, is_complete


def _on(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("describe_customers", "overview please", {}),
    ("query_customers", "sales by country", {"metric": "revenue", "by": "country"}),
    (
        "query_customers",
        "bottom 4 countries by number of orders",
        {"metric": "orders", "by": "country", "top_n": 4, "order": "asc"},
    ),
    (
        "query_customers",
        "AOV of segment 3",
        {"metric": "average_order_value", "filters": [_on("segment", "eq", 3)]},
    ),
    (
        "query_customers",
        "how many customers spent over 900",
        {"metric": "customers", "filters": [_on("revenue", "gt", 900)]},
    ),
    ("query_customers", "revenue per acquisition channel", {"metric": "revenue", "by": "channel"}),
    (
        "query_customers",
        "our 5 best customers",
        {"metric": "revenue", "by": "customer", "top_n": 5, "order": "desc"},
    ),
    ("query_customers", "各品类的退货率", {"metric": "return_rate", "by": "category"}),
    (
        "query_customers",
        "复购率最高的三个国家",
        {"metric": "repeat_rate", "by": "country", "top_n": 3, "order": "desc"},
    ),
    ("query_customers", "哪个月订单最多", {"metric": "orders", "by": "month", "order": "desc"}),
    ("run_clustering", "ward, six groups", {"method": "agglomerative", "n_segments": 6}),
    ("run_clustering", "cluster again with a text weight of 30%", {"text_weight": 0.3}),
    ("run_clustering", "用高斯混合分八个群", {"method": "gaussian_mixture", "n_segments": 8}),
    ("choose_segment_count", "best k between 3 and 9", {"k_min": 3, "k_max": 9}),
    ("choose_segment_count", "how many groups, at most seven", {"k_max": 7}),
    ("choose_segment_count", "at least 4 clusters, which k", {"k_min": 4}),
    ("choose_segment_count", "would a dozen be justified", {}),
    (
        "evaluate_segments",
        "silhouette and davies bouldin",
        {"metrics": ["silhouette", "davies_bouldin"]},
    ),
    ("evaluate_segments", "are they any good", {}),
    ("profile_segment", "personas for all five segments", {"segment": "all"}),
    ("profile_segment", "describe 4", {"segment": 4}),
    ("compare_segments", "compare 1 and 3", {"segments": [1, 3]}),
    ("compare_segments", "compare all segments", {"segments": [1, 2, 3, 4, 5]}),
    ("find_similar_customers", "20 lookalikes of 20017", {"customer_ids": ["20017"], "n": 20}),
    (
        "find_similar_customers",
        "who loves wooden toys in Spain, 15 of them",
        {"n": 15, "filters": [_on("country", "eq", "Spain")]},
    ),
    ("recommend_products", "6 ideas for 20017", {"customer_id": "20017", "n": 6}),
    ("recommend_products", "给细分2推荐三个商品", {"segment": 2, "n": 3}),
    ("forecast_demand", "per product for the next fortnight", {"days": 14, "by": "product"}),
    ("forecast_demand", "下个季度各品类要备多少货", {"days": 90, "by": "category"}),
    ("analyse_funnel", "where do we lose segment 4", {"segment": 4}),
    (
        "plan_campaign",
        "segment 2, 90% power, a 5% lift in repeat rate",
        {"segment": 2, "power": 0.9, "minimum_lift": 0.05, "metric": "repeat_rate"},
    ),
    (
        "plan_campaign",
        "细分1，检验功效80%，提升百分之三",
        {"segment": 1, "power": 0.8, "minimum_lift": 0.03},
    ),
    (
        "export_audience",
        "segment 3 for Facebook as csv, hashed",
        {"segment": 3, "format": "meta", "hashed": True},
    ),
    (
        "export_audience",
        "20017 and 20018, no hashing",
        {"customer_ids": ["20017", "20018"], "hashed": False},
    ),
    (
        "draw_chart",
        "orders trend of segment 2",
        {"kind": "trend", "segment": 2, "metric": "orders"},
    ),
    ("draw_chart", "pie of the segment sizes", {"kind": "sizes"}),
    ("draw_chart", "各细分销售额的图", {"kind": "revenue", "metric": "revenue"}),
    ("draw_chart", "a sankey", {"kind": "flows"}),
    ("track_segments", "what moved since 1 October 2011", {"since": "2011-10-01"}),
    ("track_segments", "what changed", {}),
]


@pytest.mark.parametrize(("tool", "question", "expected"), CASES)
def test_arguments(
    tool: str, question: str, expected: dict[str, Any], catalogue: Catalogue
) -> None:
    args = fill(tool, read(question, catalogue), catalogue)
    assert {k: v for k, v in args.items() if k != "description"} == expected


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("who loves garden lanterns?", "garden lanterns"),
        ("people into vegan cosmetics please", "vegan cosmetics"),
        ("有没有喜欢养多肉的客户", "多肉"),
    ],
)
def test_taste_is_described_in_the_users_words(
    question: str, said: str, catalogue: Catalogue
) -> None:
    args = fill("find_similar_customers", read(question, catalogue), catalogue)
    assert said in args["description"]


@pytest.mark.parametrize(
    "question", ["similar customers please", "找相似客户", "find customers like her"]
)
def test_without_a_taste_there_is_no_description(question: str, catalogue: Catalogue) -> None:
    assert "description" not in fill("find_similar_customers", read(question, catalogue), catalogue)


def test_required_arguments_are_those_of_known_tools() -> None:
    assert set(REQUIRED) <= set(TOOLS)
    assert len(TOOLS) == 18
    assert is_complete("recommend_products", {"segment": 1})
    assert not is_complete("recommend_products", {"n": 3})
