"""Clean tables in, one row of behaviour features per customer out, as Ibis expressions.

The same code runs on DuckDB and Spark, so only operations both know are used. What is computed is
in `features.FEATURES`. A column is left out where the data cannot say it for anybody (no browsing,
no categories, no clock); it is null where the data cannot say it for this customer. Lines, events
and reviews from `as_of` on are not looked at. Scaling for the embedding is not here: scaling.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import ibis

from segmentation.views.features import CATEGORY_SHARE, DAYPARTS, FEATURES, WEEKDAYS, Feature
from segmentation.views.scaling import Standardiser, standardise

__all__ = [
    "FEATURES",
    "Feature",
    "Standardiser",
    "behaviour",
    "customer_base",
    "order_history",
    "standardise",
]

DAY = 86_400  # seconds
QUARTER = 90  # days
LEADING_CATEGORIES = 12
UNKNOWN = "unknown"
"""The product_id of lines whose data names no product."""

COUNTS = (
    "frequency", "monetary", "distinct_products", "views", "searches", "wishlists", "carts",
    "purchases", "review_count",
)  # fmt: skip
"""Features that are 0, not unknown, for a customer a table does not mention."""

EVENT_COUNTS = {
    "view": "views",
    "search": "searches",
    "wishlist": "wishlists",
    "cart": "carts",
    "purchase": "purchases",
}


def behaviour(
    tables: Mapping[str, Any], *, as_of: datetime, categories: Sequence[str] | None = None
) -> Any:
    """Behaviour features of every customer, ascending by `customer_id`.

    Args:
        tables: canonical name -> Ibis table; any of orders, events, reviews, products.
        as_of: recency counts from here; what happened then or later is not looked at.
        categories: those to give the shares of; the leading ones of this data if None.

    Returns:
        An Ibis table: `customer_id` and the columns of FEATURES that this data can say. A few small
        questions (leading categories, does any time carry a clock) are answered on the way.
    """
    known = before(tables, as_of)
    result = customer_base(known)
    for part in _parts(known, as_of, categories):
        result = result.left_join(part, "customer_id").drop("customer_id_right")
    counts = {name: result[name].fill_null(0) for name in COUNTS if name in result.columns}
    return (
        result.mutate(**counts)
        .select("customer_id", *_ordered(result.columns))
        .order_by("customer_id")
    )


def customer_base(tables: Mapping[str, Any]) -> Any:
    """Every customer with a sale line, an event or a review: one distinct column, `customer_id`."""
    seen = [_sales(tables["orders"])] if "orders" in tables else []
    seen += [tables[name] for name in ("events", "reviews") if name in tables]
    ids = [table.select("customer_id") for table in seen]
    return ibis.union(*ids, distinct=True) if len(ids) > 1 else ids[0].distinct()


def order_history(tables: Mapping[str, Any], *, as_of: datetime) -> Any:
    """Orders known just before `as_of`: `customer_id, order_id, spent, products, age`, in Ibis.

    `age` is in days, `spent` in money, `products` how many different ones (1 where none is named).
    """
    sales = _sales(before(tables, as_of)["orders"])
    orders = sales.group_by("customer_id", "order_id").aggregate(
        at=sales.ordered_at.min(),
        spent=(sales.quantity * sales.unit_price).sum(),
        products=sales.product_id.nunique().cast("float64"),
    )
    return orders.mutate(age=days_before(as_of, orders["at"])).drop("at")


def before(tables: Mapping[str, Any], as_of: datetime) -> dict[str, Any]:
    """The tables as they were known just before `as_of`; reviews without a date stay."""
    moment = ibis.literal(as_of, type="timestamp")
    known = dict(tables)
    if "orders" in known:
        known["orders"] = known["orders"].filter(known["orders"].ordered_at < moment)
    if "events" in known:
        known["events"] = known["events"].filter(known["events"]["at"] < moment)
    if "reviews" in known and "at" in known["reviews"].columns:
        at = known["reviews"]["at"]
        known["reviews"] = known["reviews"].filter(at.isnull() | (at < moment))
    return known


def _parts(
    tables: Mapping[str, Any], as_of: datetime, categories: Sequence[str] | None
) -> list[Any]:
    """Tables of features by `customer_id`, from whatever data there is."""
    parts = []
    if "orders" in tables:
        orders = _orders(tables["orders"])
        parts += [_cadence(orders, as_of), _baskets(tables["orders"]), _timing(orders)]
        parts += [_products(tables["orders"])] if _names_products(tables["orders"]) else []
    elif "events" in tables:
        parts.append(_timing(tables["events"]))
    parts += _mix(tables, categories)
    if "events" in tables:
        parts.append(_browsing(tables["events"], as_of))
    if "reviews" in tables:
        parts.append(_reviews(tables["reviews"]))
    return parts


def _sales(lines: Any) -> Any:
    return lines.filter(lines.kind == "sale")


def _orders(lines: Any) -> Any:
    """One row per customer and order: when (first line), its cost, days since the one before."""
    sales = _sales(lines)
    orders = sales.group_by("customer_id", "order_id").aggregate(
        at=sales.ordered_at.min(),
        last_at=sales.ordered_at.max(),
        spent=(sales.quantity * sales.unit_price).sum(),
    )
    earlier = ibis.window(group_by="customer_id", order_by=["at", "order_id"])
    seconds = orders["at"].epoch_seconds()
    return orders.mutate(gap=(seconds - seconds.lag().over(earlier)) / DAY)


def _cadence(orders: Any, as_of: datetime) -> Any:
    age = days_before(as_of, orders["at"])
    recent = orders.spent.sum(where=age <= QUARTER).fill_null(0)
    earlier = orders.spent.sum(where=(age > QUARTER) & (age <= 2 * QUARTER)).fill_null(0)
    return orders.group_by("customer_id").aggregate(
        recency=days_before(as_of, orders.last_at).min().floor(),
        frequency=orders.order_id.nunique(),
        monetary=orders.spent.sum(),
        tenure=age.max().floor(),
        gap_mean=orders.gap.mean(),
        gap_spread=orders.gap.std(how="sample"),
        trend=(recent - earlier) / (recent + earlier).nullif(0),
        average_order_value=orders.spent.sum() / orders.order_id.nunique(),
    )


def _baskets(lines: Any) -> Any:
    is_goods = (lines.kind == "sale") & ~lines.is_charge
    is_returned = (lines.kind == "return") & ~lines.is_charge
    units = lines.quantity.sum(where=is_goods)
    orders = lines.order_id.nunique(where=lines.kind == "sale")
    features = {
        "items_per_order": units.fill_null(0) / orders.nullif(0),
        "median_price": lines.unit_price.median(where=is_goods),
        "return_rate": lines.quantity.abs().sum(where=is_returned).fill_null(0) / units.nullif(0),
    }
    if "discount" in lines.columns:
        discounted = (lines.discount.fill_null(0) > 0).ifelse(1.0, 0.0)
        features["discount_share"] = discounted.mean(where=is_goods)
    return lines.group_by("customer_id").aggregate(**features)


def _products(lines: Any) -> Any:
    """Features that need to know which product was bought."""
    goods = lines.filter((lines.kind == "sale") & ~lines.is_charge & (lines.product_id != UNKNOWN))
    usual = goods.group_by("product_id").aggregate(usual_price=goods.unit_price.median())
    goods = goods.left_join(usual, "product_id")
    return goods.group_by("customer_id").aggregate(
        distinct_products=goods.product_id.nunique(),
        low_price_share=_share(goods.unit_price < goods.usual_price),
    )


def _names_products(lines: Any) -> bool:
    return bool(lines.aggregate(known=(lines.product_id != UNKNOWN).any()).to_pandas().known[0])


def _timing(moments: Any) -> Any:
    """Weekday shares, and shares of the parts of the day where any time carries a clock."""
    weekday, hour = moments["at"].day_of_week.index(), moments["at"].hour()
    shares = {f"{name}_share": _share(weekday == index) for index, name in enumerate(WEEKDAYS)}
    shares["weekend_share"] = _share(weekday >= 5)
    if _has_clock(moments):
        for name, (start, end) in DAYPARTS.items():
            shares[f"{name}_share"] = _share((hour >= start) & (hour < end))
    return moments.group_by("customer_id").aggregate(**shares)


def _has_clock(moments: Any) -> bool:
    at = moments["at"]
    return bool(moments.aggregate(top=(at.hour() * 60 + at.minute()).max()).to_pandas().top[0] > 0)


def _mix(tables: Mapping[str, Any], categories: Sequence[str] | None) -> list[Any]:
    """Shares of the leading categories and the entropy over all; nothing without categories."""
    weights = _category_weights(tables)
    if weights is None:
        return []
    leading = _leading(weights) if categories is None else list(categories)
    if not leading:
        return []
    total = ibis.window(group_by="customer_id")
    weights = weights.mutate(share=weights.weight / weights.weight.sum().over(total))
    shares = {
        f"{CATEGORY_SHARE}{name}": weights.share.sum(where=weights.category == name).fill_null(0)
        for name in leading
    }
    entropy = 0.0 - (weights.share * weights.share.ln()).sum()  # a plain minus would make -0.0
    return [weights.group_by("customer_id").aggregate(**shares, category_entropy=entropy)]


def _category_weights(tables: Mapping[str, Any]) -> Any | None:
    """`customer_id, category, weight`: revenue of goods, or events where there are no orders."""
    name = "orders" if "orders" in tables else "events"
    if name not in tables:
        return None
    rows = described(tables[name], tables.get("products"))
    if "category" not in rows.columns:
        return None
    if name == "orders":
        rows = rows.filter((rows.kind == "sale") & ~rows.is_charge)
        rows = rows.mutate(weight=rows.quantity * rows.unit_price)
    else:
        rows = rows.mutate(weight=1.0)
    rows = rows.mutate(category=rows.category.strip().lower())
    rows = rows.filter(rows.category.notnull() & (rows.category != ""))
    return rows.group_by("customer_id", "category").aggregate(weight=rows.weight.sum())


def described(rows: Any, products: Any | None) -> Any:
    """Rows with the name and category from the products table where they have none of their own."""
    if products is None or "product_id" not in rows.columns:
        return rows
    names = [name for name in ("product", "category") if name in products.columns]
    known = products.group_by("product_id").aggregate(
        **{f"listed_{name}": products[name].min() for name in names}
    )
    rows = rows.left_join(known, "product_id").drop("product_id_right")
    for name in names:
        own = [rows[name]] if name in rows.columns else []
        rows = rows.mutate(**{name: ibis.coalesce(*own, rows[f"listed_{name}"])})
    return rows.drop(*(f"listed_{name}" for name in names))


def _leading(weights: Any) -> list[str]:
    totals = weights.group_by("category").aggregate(total=weights.weight.sum())
    leading = totals.order_by([ibis.desc("total"), "category"]).limit(LEADING_CATEGORIES)
    return [str(name) for name in leading.to_pandas().category]


def _browsing(events: Any, as_of: datetime) -> Any:
    """Counts of the kinds the data has, and the rates between them."""
    kinds = set(events.select("kind").distinct().to_pandas().kind)
    counts = {
        column: events.kind.count(where=events.kind == kind)
        for kind, column in EVENT_COUNTS.items()
        if kind in kinds
    }
    rates = {}
    if {"view", "cart"} <= kinds:
        rates["cart_rate"] = counts["carts"] / counts["views"].nullif(0)
    if {"cart", "purchase"} <= kinds:
        rates["purchase_rate"] = counts["purchases"] / counts["carts"].nullif(0)
    recency = days_before(as_of, events["at"]).min().floor()
    return events.group_by("customer_id").aggregate(visit_recency=recency, **counts, **rates)


def _reviews(reviews: Any) -> Any:
    features = {"review_count": reviews.count()}
    if "rating" in reviews.columns:
        features["mean_rating"] = reviews.rating.mean()
    return reviews.group_by("customer_id").aggregate(**features)


def days_before(as_of: datetime, moment: Any) -> Any:
    """Elapsed days from a timestamp to `as_of`, with their fraction."""
    # Epoch seconds, not intervals: the two engines count interval boundaries differently.
    end = ibis.literal(as_of, type="timestamp").epoch_seconds()
    return (end - moment.epoch_seconds()) / DAY


def _share(condition: Any) -> Any:
    return condition.ifelse(1.0, 0.0).mean()


def _ordered(columns: tuple[str, ...]) -> list[str]:
    """The columns in the order of FEATURES, leading categories in theirs."""
    names = [each.name for each in FEATURES if each.name in columns]
    mix = [name for name in columns if name.startswith(CATEGORY_SHARE)]
    place = names.index("category_entropy") if mix else len(names)
    return names[:place] + mix + names[place:]
