"""Which facts a word for a metric may stand for. Names of metrics only, no wording."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from segmentation.insight.metrics import FORECASTS, METRICS

__all__ = [
    "CONCEPTS",
    "GENERIC",
    "PAST",
    "ROLES",
    "concepts_of",
    "is_forecast",
    "may_measure",
    "split_role",
]

CONCEPTS: Mapping[str, frozenset[str]] = {
    name: frozenset(metrics.split())
    for name, metrics in {
        "average_order_value": "average_order_value",
        "of_an_order": "average_order_value items_per_order",
        "lifetime_value": "lifetime_value",
        "customer_value": "lifetime_value expected_value",
        "revenue": "revenue net_revenue extra_revenue forgone_revenue expected_revenue paid "
        "monetary revenue_share",
        "net_revenue": "net_revenue lifetime_value expected_value",
        "revenue_share": "revenue_share",
        "size": "size customers known_customers size_share customers_share audience considered",
        "size_share": "size_share customers_share share reach",
        "customer_share": "size_share customers_share share reach repeat_rate expected_bought "
        "repeat_probability take_up bought_again returned future_repurchase_eta2 "
        "rule_coverage rule_precision rule_recall",
        "orders": "orders",
        "orders_per_customer": "orders_per_customer expected_orders",
        "items_per_order": "items_per_order",
        "recency": "days_since_last_order recency last_order last_purchase",
        "ago": "days_since_last_order recency last_order last_purchase tenure first_order",
        "interval": "gap_mean days_between_purchases",
        "gap": "gap_mean days_between_purchases",
        "tenure": "tenure first_order signup_date",
        "repeat": "repeat_rate repeat_probability expected_bought bought_again returned "
        "future_repurchase_eta2 orders_per_customer",
        "returns": "return_rate",
        "comes_back": "repeat_rate repeat_probability expected_bought bought_again returned "
        "future_repurchase_eta2 return_rate orders_per_customer",
        "rating": "average_rating",
        "precision": "rule_precision",
        "recall": "rule_recall",
        "coverage": "rule_coverage",
        "stability": "stability stability_min_jaccard stability_jaccard",
        "conversion": "conversion_rate ended_in_purchase",
        "leaving": "view_to_cart_left view_to_purchase_left cart_to_checkout_left "
        "cart_to_purchase_left checkout_to_purchase_left",
        "distinct_products": "distinct_products products",
        "price": "median_price unit_price price",
        "discount": "discount_share low_price_share",
        "low_price": "low_price_share",
        "weekend": "weekend_share",
        "views": "views",
        "searches": "searches",
        "wishlists": "wishlists",
        "carts": "carts",
        "review_count": "review_count reviews",
        "forecast": "repeat_probability expected_orders expected_value expected_units "
        "expected_revenue expected_bought expected_new_customers",
        "repeat_probability": "repeat_probability expected_bought repeat_rate",
        "expected_orders": "expected_orders",
        "expected_value": "expected_value",
        "spend": "lifetime_value average_order_value revenue net_revenue expected_value monetary "
        "expected_revenue extra_revenue forgone_revenue revenue_share",
        "spent_each": "lifetime_value expected_value",
        "per_head": "lifetime_value expected_value orders_per_customer expected_orders "
        "distinct_products views searches wishlists carts review_count",
        "pay": "lifetime_value average_order_value revenue monetary median_price",
        "reach": "reach share take_up customers bought_again",
        "basket": "average_order_value items_per_order",
    }.items()
}
KINDS: Mapping[str, frozenset[str]] = {
    name: frozenset(kinds.split())
    for name, kinds in {
        "average_order_value": "money",
        "of_an_order": "money items products",
        "lifetime_value": "money",
        "customer_value": "money",
        "revenue": "money share",
        "net_revenue": "money",
        "revenue_share": "share",
        "size": "customers share",
        "customer_share": "share",
        "size_share": "share",
        "ago": "days",
        "interval": "days",
        "comes_back": "share",
        "spent_each": "money",
        "pay": "money",
        "orders": "orders",
        "orders_per_customer": "orders",
        "items_per_order": "items products",
        "recency": "days",
        "gap": "days",
        "tenure": "days",
        "repeat": "share",
        "returns": "share",
        "rating": "rating",
        "conversion": "share",
        "leaving": "share",
        "distinct_products": "products items",
        "price": "money",
        "discount": "share",
        "low_price": "share",
        "weekend": "share",
        "repeat_probability": "share",
        "expected_orders": "orders",
        "expected_value": "money",
        "spend": "money share",
        "reach": "share customers",
        "basket": "money items products",
        "views": "items products",
        "searches": "searches",
        "wishlists": "items products",
        "carts": "items products",
        "review_count": "reviews",
        "forecast": "money orders share items customers",
    }.items()
}
"""What their numbers are counted in, where that is fixed."""

FREE = frozenset({"plain", "ratio", "change", "points", "any", "rank", "top"})
"""Kinds of quantities that may be of any metric."""

GENERIC = frozenset(
    {
        "spend",
        "customer_share",
        "forecast",
        "reach",
        "net_revenue",
        "ago",
        "interval",
        "pay",
        "comes_back",
    }
)
"""Words that say little where a plainer one stands beside them."""


def is_forecast(metric: str) -> bool:
    """Whether a metric says what is expected rather than what was."""
    return metric.startswith("expected_") or metric == "repeat_probability"


PAST = frozenset(METRICS) - frozenset(FORECASTS) | {"units", "repeaters", "size"}
"""Metrics of what was."""

ROLES = ("lift", "effect", "q", "p5", "p50", "p95", "low", "high")
_PER_CUSTOMER = {"orders": "orders_per_customer"}


def split_role(metric: str) -> tuple[str, str]:
    """`lifetime_value_p50` → `lifetime_value`, `p50`; a plain metric has no role."""
    base, _, last = metric.rpartition("_")
    return (base, last) if base and last in ROLES else (metric, "")


@cache
def concepts_of(metric: str, role: str, subject: str) -> frozenset[str]:
    """The concepts that a word for this fact may be one of; empty where none is known."""
    name = metric
    if role.startswith("p") or subject.startswith("customer:"):
        name = _PER_CUSTOMER.get(metric, metric)
    return _by_metric().get(metric, frozenset()) | _by_metric().get(name, frozenset())


@cache
def _by_metric() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for concept, metrics in CONCEPTS.items():
        for metric in metrics:
            found.setdefault(metric, set()).add(concept)
    return {metric: frozenset(concepts) for metric, concepts in found.items()}


def may_measure(concepts: frozenset[str], kind: str) -> bool:
    """Whether a quantity of this kind can be a number of one of these concepts."""
    if kind in FREE:
        return True
    return any(concept not in KINDS or kind in KINDS[concept] for concept in concepts)
