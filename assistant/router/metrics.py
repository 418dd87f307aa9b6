"""What is asked of a metric: which one, split by what, how many rows, in which order."""

from __future__ import annotations

import re

from assistant.router.catalogue import Catalogue
from assistant.router.course import asks_course, compares_periods
from assistant.router.lexicon import Hit
from assistant.router.moments import compares_days, days_of_the_week
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.scan import regex

__all__ = [
    "acts_as_group", "choose_dimension", "choose_metric", "counts_orders", "counts_people",
    "find_order", "find_top_n", "is_about_risk", "ranks_customers",
]  # fmt: skip

_WEAK = {"customers": 0, "orders": 1, "revenue": 2}
_AHEAD = {
    "repeat_rate": "repeat_probability",
    "lifetime_value": "expected_value",
    "orders_per_customer": "expected_orders",
}
"""A metric that looks back → what is asked for where the question looks ahead."""


def choose_metric(reading: Reading, count_words: bool = True) -> str | None:
    """The metric asked for.

    Args:
        count_words: whether a bare mention of customers is a question for their number.
    """
    hits = [hit for hit in reading.metrics if not _is_noun_only(hit, reading)]
    ways = _SURE_WAYS + (_LOOSE_WAYS if count_words else (_first,))
    return next((metric for way in ways if (metric := way(hits, reading, count_words))), None)


def _told(hits: list[Hit], reading: Reading, count_words: bool) -> str | None:
    told = [hit for hit in hits if hit.name not in _WEAK]
    if not told:
        return None
    metric = _most_specific(told, reading)
    if metric == "repeat_rate" and wording("metrics.goods_back").search(reading.text):
        return "return_rate"
    return _seen_ahead(metric, reading)


def _at_risk(hits: list[Hit], reading: Reading, count_words: bool) -> str | None:
    counted = any(_is_counted(hit, reading) for hit in hits)
    return (
        "days_since_last_order" if count_words and not counted and is_about_risk(reading) else None
    )


def _since_last_order(hits: list[Hit], reading: Reading, count_words: bool) -> str | None:
    asked = wording("metrics.last_order").search(reading.text)
    return "days_since_last_order" if asked else None


def _ranked(hits: list[Hit], reading: Reading, count_words: bool) -> str | None:
    if not ranks_customers(reading):
        return None
    often = wording("metrics.often").search(reading.own)
    named = [hit.name for hit in hits if hit.name != "customers"]
    return named[0] if named else "orders" if often else "revenue"


def _per_customer(hits: list[Hit], reading: Reading, count_words: bool) -> str | None:
    asked = wording("metrics.per_customer").search(reading.text)
    return "orders_per_customer" if asked else None


def _spent_each(hits: list[Hit], reading: Reading, count_words: bool) -> str | None:
    """`what does a typical shopper spend`: per customer, or per order where orders are said."""
    if wording("metrics.per_order_spend").search(reading.text):
        return "average_order_value"
    return "lifetime_value" if wording("metrics.spend_each").search(reading.text) else None


def _counted(hits: list[Hit], reading: Reading, count_words: bool) -> str | None:
    name = next((hit.name for hit in hits if _is_counted(hit, reading)), None)
    return name if count_words or name != "customers" else None


def _named(hits: list[Hit], reading: Reading, count_words: bool) -> str | None:
    strong = [
        hit for hit in hits if hit.name != "customers" and not _has_object(hit, hits, reading)
    ]
    ranked = max(
        strong, key=lambda hit: (_is_asked_by(hit, reading), _WEAK[hit.name]), default=None
    )
    return ranked.name if ranked else None


def _first(hits: list[Hit], reading: Reading, count_words: bool) -> str | None:
    return next((hit.name for hit in hits), None)


def _how_big(hits: list[Hit], reading: Reading, count_words: bool) -> str | None:
    return "customers" if wording("metrics.how_big").search(reading.text) else None


def _sold(hits: list[Hit], reading: Reading, count_words: bool) -> str | None:
    """What is meant where goods, months or groups are said to do well, and no number is named."""
    if wording("metrics.pace").search(reading.text):
        return "orders"
    best = wording("metrics.best").search(reading.text) and reading.dimensions
    buys = reading.filters_on("product", "category") and wording("metrics.buys").search(
        reading.text
    )
    return (
        "revenue" if best or buys or wording("metrics.goods_asked").search(reading.text) else None
    )


def _heads(hits: list[Hit], reading: Reading, count_words: bool) -> str | None:
    groups = {hit.name for hit in reading.dimensions} - {"product", "category", "month", "weekday"}
    return "customers" if hits or reading.filters or groups else None


_SURE_WAYS = (
    _told, _at_risk, _since_last_order, _ranked, _per_customer, _spent_each, _counted, _named,
)  # fmt: skip
_LOOSE_WAYS = (_how_big, _sold, _heads)


def counts_people(reading: Reading) -> bool:
    """Whether `how many customers` is asked."""
    return any(hit.name == "customers" and _is_counted(hit, reading) for hit in reading.metrics)


def counts_orders(reading: Reading) -> bool:
    """Whether `how many orders` is asked, or of another thing that is no person."""
    return any(hit.name != "customers" and _is_counted(hit, reading) for hit in reading.metrics)


def _is_counted(hit: Hit, reading: Reading) -> bool:
    """`how many orders`, `多少人`."""
    said = reading.text[hit.start : hit.end]
    counts = hit.name == "customers" and said.startswith(("多少", "几个", "how many"))
    return counts or bool(wording("metrics.count_before").search(reading.scan.before(hit.start)))


def _seen_ahead(metric: str, reading: Reading) -> str:
    """The forecast of a metric, where the question is about what will be."""
    ahead = metric in _AHEAD and wording("metrics.ahead").search(reading.text)
    return _AHEAD[metric] if ahead else metric


def _is_noun_only(hit: Hit, reading: Reading) -> bool:
    """Whether a word that can name a metric asks for none here, as in `on sale`."""
    said, before = reading.text[hit.start : hit.end], reading.scan.before(hit.start, 20)
    if said == "sale":
        return True
    return said in ("people", "users") and bool(re.search(r"(?:do|which|that) $", before))


def _has_object(hit: Hit, hits: list[Hit], reading: Reading) -> bool:
    """Whether a verb that means revenue alone has an object: `brings in the most orders`."""
    verb = wording("metrics.earning").fullmatch(reading.text[hit.start : hit.end])
    return bool(verb) and any(0 < other.start - hit.end <= 16 for other in hits)


def _most_specific(hits: list[Hit], reading: Reading) -> str:
    """Of several, the one that stands after `by` or first."""
    asked = [hit for hit in hits if _is_asked_by(hit, reading)]
    return (asked or hits)[0].name


def _is_asked_by(hit: Hit, reading: Reading) -> bool:
    return bool(
        re.search(
            r"(?:by|in terms of|按照?|based on|measured by)\s?(?:the |their )?$",
            reading.scan.before(hit.start, 16),
        )
    )


def ranks_customers(reading: Reading) -> bool:
    """Whether single customers are to be ranked: `our best customers`, `who spends the most`.

    `how many big customers spent over 5000` counts those the amount makes big.
    """
    bounded = reading.filters_on("revenue", "orders", "lifetime_value", "average_order_value")
    if bounded and wording("metrics.count").search(reading.own):
        return False
    return bool(
        (
            wording("metrics.by_customer").search(reading.own)
            and not wording("metrics.of_groups").search(reading.own)
        )
        or wording("metrics.members").search(reading.masked)
    )


def is_about_risk(reading: Reading) -> bool:
    """Whether people who may soon be lost are asked for, without a number of quiet days."""
    return bool(
        wording("metrics.at_risk").search(reading.own)
        and not reading.filters_on("days_since_last_order")
    )


def _names_people_at_risk(reading: Reading) -> bool:
    return (
        is_about_risk(reading)
        and bool(wording("metrics.people").search(reading.own))
        and not wording("metrics.of_groups").search(reading.own)
        and not re.search(r"how many|number of|count|多少|几个|人数", reading.text)
    )


def choose_dimension(reading: Reading, catalogue: Catalogue, bar: int = 1) -> str | None:
    """What the metric is to be split by.

    Args:
        bar: how clearly a word must say so: 3 for `by category`, 1 for `categories`.
    """
    if ranks_customers(reading) or _names_people_at_risk(reading) or _foretells_people(reading):
        return "customer"
    scored = [
        (_split_strength(hit, reading), -i, hit.name) for i, hit in enumerate(reading.dimensions)
    ]
    best = max(scored, default=(0, 0, None))
    if best[0] >= bar:
        return best[2]
    if compares_periods(reading) or asks_course(reading, catalogue.last_day):
        return "month"
    if days_of_the_week(reading) or compares_days(reading):
        return "weekday"
    return _asked_goods(reading) or _compared_groups(reading, catalogue)


def _asked_goods(reading: Reading) -> str | None:
    """`what do people in Spain buy`: products, by what is spent on them."""
    told = [hit for hit in reading.metrics if hit.name not in _WEAK]
    asked = not told and not reading.filters_on("product") and not reading.who.customers
    asked = asked and not wording("metrics.per_order_spend").search(reading.text)
    return "product" if asked and wording("metrics.goods_asked").search(reading.text) else None


def _foretells_people(reading: Reading) -> bool:
    """`which customers may come back`: each one's own forecast is asked for."""
    return (
        bool(wording("metrics.who_each").search(reading.own))
        and choose_metric(reading, count_words=False) in _AHEAD.values()
        and not wording("metrics.of_groups").search(reading.own)
        and not wording("metrics.count").search(reading.text)
    )


def acts_as_group(reading: Reading) -> bool:
    """`what do our best customers buy`: a group is spoken of, and nothing says who is in it."""
    return bool(
        wording("metrics.acting_customers").search(reading.own)
        and not (reading.filters_on(*_BOUNDS) or reading.who.segments or reading.who.customers)
    )


_BOUNDS = ("revenue", "orders", "lifetime_value", "average_order_value", "segment")


_COUNTED = regex(r"(?:many|of) $|(?<!哪)(?:几|多少)\s?[件个款种]?$")


def _split_strength(hit: Hit, reading: Reading) -> int:
    said, before = reading.text[hit.start : hit.end], reading.scan.before(hit.start)
    counted = _COUNTED.search(before) and "best" not in said
    if hit.name == "product" and counted:
        return 0
    if wording("metrics.split").search(before) or wording("metrics.self").search(said):
        return 3
    if wording("metrics.counted").search(before):
        return 2
    if hit.name == "product" and reading.filters_on("product"):
        return 0
    short = len(reading.text.split()) <= 5
    plural = said.endswith("s") and hit.name in (
        "segment",
        "country",
        "category",
        "product",
        "month",
        "weekday",
    )
    after = reading.scan.after(hit.end, 8)
    if plural or short or re.match(r"\s?(?:by|之间|排名|排行|维度|分布|拆分)", after):
        return 1
    return 0


_BESIDE = regex(
    r"\bversus\b|\bvs\b|compare|respectively|\bor\b|\bthan\b|each|分别|对比|比较|各|哪个|还是|谁"
)


def _compared_groups(reading: Reading, catalogue: Catalogue) -> str | None:
    """`AOV in France versus Germany` asks for one number per country; so of segments."""
    if not _BESIDE.search(reading.text):
        return None
    if any(f.field == catalogue.country_field and f.op == "in" for f in reading.filters):
        return catalogue.country_field
    return "segment" if len(set(reading.who.segments) - reading.who.shunned) > 1 else None


def find_top_n(reading: Reading, by: str | None) -> int | None:
    """How many rows of a ranking."""
    for shape in (wording("metrics.top"), wording("metrics.listed")):
        if match := shape.search(reading.text):
            return int(match["a"] or match["b"])
    free = [int(n.value) for n in reading.numbers if n.value.is_integer() and 0 < n.value < 1000]
    return free[0] if by and len(free) == 1 else None


_GOOD = regex(r"\b(?:best|strongest)\b|最好|最强|最佳")
_BAD = regex(r"\bworst\b|最差|最糟")
_LOW_IS_GOOD = ("return_rate", "days_since_last_order")


def find_order(reading: Reading) -> str | None:
    """`asc` or `desc`, where a superlative or a ranking says so."""
    inverse = any(hit.name in _LOW_IS_GOOD for hit in reading.metrics)
    if _BAD.search(reading.text):
        return "desc" if inverse else "asc"
    if _GOOD.search(reading.text):
        return "asc" if inverse else "desc"
    # The last month and the last 30 days are times; the last 10 products are a ranking from below.
    periods = wording("metrics.last_period").sub("", reading.text)
    if wording("metrics.asc").search(periods):
        return "asc"
    ranked = ranks_customers(reading) or _names_people_at_risk(reading)
    return "desc" if ranked or wording("metrics.desc").search(reading.text) else None
