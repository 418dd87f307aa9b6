"""The tool about one customer; segments are in profiling.py, look-alikes in lookalikes.py."""

from __future__ import annotations

from typing import Any

from assistant.tools.explaining import why_there
from assistant.tools.lookalikes import find_similar_customers, similar_matches
from assistant.tools.outlook import expected_of
from assistant.tools.references import spoken
from assistant.tools.result import Table, ToolResult
from assistant.tools.verdicts import has_segments, verdict_note
from assistant.tools.voice import Voice, capital, clean, voice
from segmentation.insight.customer import Customer, customer_profile
from segmentation.insight.evidence.measurements import unit_of
from segmentation.insight.rules.rules import Why, why
from segmentation.types import CustomerBase, Fact, period_between

__all__ = ["describe_customer", "find_similar_customers", "similar_matches"]

SIGNS = 2
"""Numbers told that put a customer into their segment."""


def describe_customer(workspace: Any, language: str, *, customer_id: Any) -> ToolResult:
    """One customer: their numbers, what they buy, their segment and why."""
    say, base = voice(language), spoken(workspace.base, language)
    found, there = customer_profile(base, customer_id), why(base, customer_id)
    facts = (*found.facts, *there.facts)
    if found.segment.id:
        today = base.as_of.date().isoformat()
        subject = f"customer:{found.customer_id}"
        facts = (*facts, Fact(subject, "confidence", today, found.confidence, "share"))
    return ToolResult(
        say.sentences(_customer(say, base, found)),
        facts=facts,
        tables=_customer_tables(say, base, found),
        notices=_in_full(say, base, found, there),
    )


def _customer(say: Voice, base: CustomerBase, found: Customer) -> list[str]:
    who = clean(found.customer_id)
    key = "customer.head" if has_segments(base.segmentation) else "customer.head_part"
    head = say.say(
        key if found.segment.id else "customer.unassigned",
        id=who,
        segment=found.segment.id,
        name=found.segment.name,
        confidence=round(100 * found.confidence),
    )
    return [
        head,
        *_purchases(say, base, found),
        expected_of(say, base, found.expected),
        _reasons(say, base, found),
    ]


def _in_full(say: Voice, base: CustomerBase, found: Customer, there: Why) -> tuple[str, ...]:
    """What the answer leaves to those who want to know: notices."""
    parts = [
        _rank(say, found),
        _tastes(say, found),
        say.sentences(why_there(say, base, there)),
        say.sentences(_profile_words(say, found)),
        verdict_note(say, base.segmentation.verdict),
    ]
    return tuple(part for part in parts if part)


def _rank(say: Voice, found: Customer) -> str:
    if not found.rank:
        return ""
    out_of = say.count(found.out_of, "customers")
    return say.say("customer.rank", rank=say.number(found.rank), out_of=out_of)


def _tastes(say: Voice, found: Customer) -> str:
    if not found.tastes or not found.segment.id:
        return ""
    return say.say("customer.tastes", list=say.list([say.quote(name) for name in found.tastes]))


def _purchases(say: Voice, base: CustomerBase, found: Customer) -> list[str]:
    numbers = found.numbers
    if "orders" not in base.tables:
        return [say.say("customer.orders_unknown")]
    if not numbers.get("orders") or found.first is None or found.last is None:
        return [say.say("customer.no_orders")]
    net = say.value(numbers["lifetime_value"], base.currency)
    returned = numbers["lifetime_value"] != numbers["revenue"]
    parts = [
        say.say(
            "customer.bought",
            orders=say.count(numbers["orders"] or 0, "orders"),
            period=say.period(period_between(found.first, found.last)),
            revenue=say.value(numbers["revenue"], base.currency),
            net=say.part("customer.net", net=net) if returned else "",
            aov=say.value(numbers["average_order_value"], base.currency),
        )
    ]
    if found.products:
        names = [say.quote(product.name) for product in found.products[:3]]
        parts.append(say.say("customer.products", list=say.list(names)))
    return parts


def _reasons(say: Voice, base: CustomerBase, found: Customer) -> str:
    """The numbers that put them into their segment."""
    if not found.signs or not found.segment.id:
        return ""
    items = []
    for sign in found.signs[:SIGNS]:
        unit = unit_of(base, sign.metric)
        numbers = {
            "value": say.figure(sign.value, unit),
            "segment": say.figure(sign.segment, unit),
            "everyone": say.figure(sign.everyone, unit),
        }
        items.append(say.part("customer.sign", metric=say.metric(sign.metric), **numbers))
    return say.say("customer.why", list=say.list(items))


def _profile_words(say: Voice, found: Customer) -> list[str]:
    parts = []
    rating = found.numbers.get("average_rating")
    if rating is not None:
        parts.append(say.say("customer.rating", rating=say.number(rating)))
    if found.profile:
        items = [
            f"{say.field(name)} {say.data(_profile_value(say, value))}"
            for name, value in found.profile.items()
        ]
        parts.append(say.say("customer.profile", list=say.list(items)))
    return parts


def _profile_value(say: Voice, value: Any) -> str:
    if hasattr(value, "date"):
        return say.day(value.date())
    return say.day(value) if hasattr(value, "year") else str(value)


def _customer_tables(say: Voice, base: CustomerBase, found: Customer) -> tuple[Table, ...]:
    columns = (say["columns.measure"], say["columns.value"])
    rows = tuple(
        (capital(say.metric(name)), value)
        for name, value in found.numbers.items()
        if value is not None
    )
    tables = [Table(say.say("customer.title", id=clean(found.customer_id)), columns, rows)]
    if found.products:
        columns = tuple(say[f"columns.{name}"] for name in ("id", "product", "units", "paid"))
        bought = tuple((p.product_id, clean(p.name), p.units, p.revenue) for p in found.products)
        title = say.say("customer.products_title", id=clean(found.customer_id))
        tables.append(Table(title, columns, bought))
    return tuple(tables)
