"""The catalogue of behaviour features: name, unit, formula, kind of scaling. Computes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "CATEGORY_SHARE",
    "DAYPARTS",
    "FEATURES",
    "GROUP_WEIGHTS",
    "WEEKDAYS",
    "Feature",
    "feature",
]

Scale = Literal["rank", "linear"]
Group = Literal[
    "recency",
    "frequency",
    "money",
    "cadence",
    "basket",
    "returns",
    "timing",
    "mix",
    "browsing",
    "reviews",
]

CATEGORY_SHARE = "category_share:"
"""Prefix of the columns that depend on the data: one per leading category, name in lower case."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYPARTS = {"night": (0, 6), "morning": (6, 12), "afternoon": (12, 18), "evening": (18, 24)}
"""Part of the day -> first hour, hour after the last."""

GROUP_WEIGHTS: dict[str, float] = {
    "recency": 1.0,
    "frequency": 1.0,
    "money": 1.0,
    "cadence": 0.25,
    "basket": 0.25,
    "returns": 0.1,
    "timing": 0.1,
    "mix": 0.3,
    "browsing": 0.5,
    "reviews": 0.2,
}
"""Variance of each group relative to the others, however many columns it has."""


@dataclass(frozen=True)
class Feature:
    """One behaviour feature.

    Args:
        name: its column.
        unit: `days`, `orders`, `money` (the shop's currency), `share` (0 to 1), `ratio`, ...
        formula: what is computed, over which rows.
        scale: `rank` for heavy tails (see scaling.py), else `linear`.
        group: features of one group share its variance in the embedding.
    """

    name: str
    unit: str
    formula: str
    scale: Scale
    group: Group


def _weekday(name: str) -> Feature:
    formula = f"orders placed on a {name} / orders (events, where the data has no orders)"
    return Feature(f"{name}_share", "share", formula, "linear", "timing")


def _daypart(name: str, start: int, end: int) -> Feature:
    formula = (
        f"orders placed from {start:02d}:00 to before {end:02d}:00 / orders (events, where the "
        "data has no orders); left out where no time carries a clock"
    )
    return Feature(f"{name}_share", "share", formula, "linear", "timing")


# `as_of` is the moment recency counts from; sale lines have quantity > 0 and unit_price > 0; goods
# are sale lines that are not charges (postage, fees); an order's time is its first sale line's.
FEATURES: tuple[Feature, ...] = (
    Feature("recency", "days", "whole days from the last sale line to as_of", "rank", "recency"),
    Feature("frequency", "orders", "distinct orders with a sale line", "rank", "frequency"),
    Feature(
        "monetary",
        "money",
        "sum of quantity * unit_price of sale lines, charges included, returns not subtracted",
        "rank",
        "money",
    ),
    Feature("tenure", "days", "whole days from the first sale line to as_of", "rank", "cadence"),
    Feature(
        "gap_mean",
        "days",
        "mean days between consecutive orders; unknown below 2 orders",
        "rank",
        "cadence",
    ),
    Feature(
        "gap_spread",
        "days",
        "sample standard deviation of the days between consecutive orders; unknown below 3 orders",
        "rank",
        "cadence",
    ),
    Feature(
        "trend",
        "ratio",
        "(a - b) / (a + b), a = revenue of the 90 days before as_of, b = of the 90 before "
        "those; unknown where both are 0",
        "linear",
        "cadence",
    ),
    Feature("average_order_value", "money", "monetary / frequency", "rank", "basket"),
    Feature("items_per_order", "items", "sum of quantity of goods / frequency", "rank", "basket"),
    Feature(
        "distinct_products",
        "products",
        "distinct product_id of goods; left out where no line names its product",
        "rank",
        "basket",
    ),
    Feature("median_price", "money", "median unit_price of goods lines", "rank", "basket"),
    Feature(
        "return_rate",
        "ratio",
        "units returned / units of goods sold; above 1 where more came back than the data saw sold",
        "rank",
        "returns",
    ),
    Feature(
        "low_price_share",
        "share",
        "goods lines priced below the product's own median unit_price / goods lines that name "
        "their product; left out where none does",
        "linear",
        "basket",
    ),
    Feature(
        "discount_share",
        "share",
        "goods lines with a discount above 0 / goods lines; left out without a discount column",
        "linear",
        "basket",
    ),
    *(_weekday(name) for name in WEEKDAYS),
    Feature("weekend_share", "share", "saturday_share + sunday_share", "linear", "timing"),
    *(_daypart(name, *hours) for name, hours in DAYPARTS.items()),
    Feature(
        f"{CATEGORY_SHARE}*",
        "share",
        "revenue of goods in the category / revenue of goods (events, where the data has no "
        "orders); the 12 leading categories by revenue",
        "linear",
        "mix",
    ),
    Feature(
        "category_entropy",
        "nats",
        "-sum p ln p over the customer's shares of all categories",
        "linear",
        "mix",
    ),
    Feature("visit_recency", "days", "whole days from the last event to as_of", "rank", "browsing"),
    Feature("views", "events", "events of kind view", "rank", "browsing"),
    Feature("searches", "events", "events of kind search", "rank", "browsing"),
    Feature("wishlists", "events", "events of kind wishlist", "rank", "browsing"),
    Feature("carts", "events", "events of kind cart", "rank", "browsing"),
    Feature("purchases", "events", "events of kind purchase", "rank", "browsing"),
    Feature("cart_rate", "ratio", "carts / views; unknown without views", "rank", "browsing"),
    Feature(
        "purchase_rate",
        "ratio",
        "purchases / carts; unknown without carts",
        "rank",
        "browsing",
    ),
    Feature("review_count", "reviews", "reviews written", "rank", "reviews"),
    Feature(
        "mean_rating",
        "points",
        "mean rating of the reviews that have one",
        "linear",
        "reviews",
    ),
)


def feature(column: str) -> Feature:
    """The feature behind a column of the behaviour table.

    Raises:
        KeyError: no feature has that name.
    """
    name = f"{CATEGORY_SHARE}*" if column.startswith(CATEGORY_SHARE) else column
    return _BY_NAME[name]


_BY_NAME = {each.name: each for each in FEATURES}
