"""What is asked of a metric: which one, split by what, how many rows, in which order."""

from __future__ import annotations

import re

from assistant.router.catalogue import Catalogue
from assistant.router.lexicon import Hit
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.scan import regex

__all__ = [
    "choose_dimension",
    "choose_metric",
    "find_order",
    "find_top_n",
    "is_about_risk",
    "ranks_customers",
]

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
    told = [hit for hit in hits if hit.name not in _WEAK]
    if told:
        return _seen_ahead(_most_specific(told, reading), reading)
    counted = [
        hit
        for hit in hits
        if wording("metrics.count_before").search(reading.scan.before(hit.start))
    ]
    if is_about_risk(reading) and count_words and not counted:
        return "days_since_last_order"
    if ranks_customers(reading):
        hits = [hit for hit in hits if hit.name != "customers"]
        often = wording("metrics.often").search(reading.own)
        return hits[0].name if hits else "orders" if often else "revenue"
    if wording("metrics.per_customer").search(reading.text):
        return "orders_per_customer"
    if counted and (counted[0].name != "customers" or count_words):
        return counted[0].name
    strong = [
        hit for hit in hits if hit.name != "customers" and not _has_object(hit, hits, reading)
    ]
    if strong:
        return max(strong, key=lambda hit: (_is_asked_by(hit, reading), _WEAK[hit.name])).name
    if (
        re.search(
            r"how many|how big|how large|number|headcount|多少人|几个人|多少|人数|多大|规模|几个",
            reading.text,
        )
        and count_words
    ):
        return "customers"
    if not count_words:
        return next((hit.name for hit in hits), None)
    if wording("metrics.pace").search(reading.text):
        return "orders"
    if wording("metrics.best").search(reading.text) and reading.dimensions:
        return "revenue"
    if reading.filters_on("product", "category") and wording("metrics.buys").search(reading.text):
        return "revenue"
    return "customers" if hits or reading.filters else None


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
    """Whether single customers are to be ranked: `our best customers`, `who spends the most`."""
    return bool(
        wording("metrics.by_customer").search(reading.own)
        and not wording("metrics.of_groups").search(reading.own)
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


def choose_dimension(reading: Reading, catalogue: Catalogue) -> str | None:
    """What the metric is to be split by."""
    if ranks_customers(reading) or _names_people_at_risk(reading):
        return "customer"
    scored = [
        (_split_strength(hit, reading), -i, hit.name) for i, hit in enumerate(reading.dimensions)
    ]
    best = max(scored, default=(0, 0, None))
    if best[0] > 0:
        return best[2]
    return _compared_countries(reading, catalogue)


def _split_strength(hit: Hit, reading: Reading) -> int:
    said, before = reading.text[hit.start : hit.end], reading.scan.before(hit.start)
    if hit.name == "product" and re.search(r"(?:many|of) $", before) and "best" not in said:
        return 0
    if wording("metrics.split").search(before) or wording("metrics.self").search(said):
        return 3
    if wording("metrics.counted").search(before):
        return 2
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


def _compared_countries(reading: Reading, catalogue: Catalogue) -> str | None:
    """`AOV in France versus Germany` asks for one number per country."""
    countries = [f for f in reading.filters if f.field == catalogue.country_field and f.op == "in"]
    if countries and re.search(
        r"\bversus\b|\bvs\b|compare|respectively|\bor\b|each|分别|对比|比较|各", reading.text
    ):
        return catalogue.country_field
    return None


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
