"""Tools about who is who: a segment's profile, one customer; look-alikes are in lookalikes.py."""

from __future__ import annotations

from typing import Any

from assistant.tools.explaining import why_there
from assistant.tools.lookalikes import find_similar_customers, similar_matches
from assistant.tools.outlook import expected_of
from assistant.tools.references import segment_id, spoken
from assistant.tools.result import Table, ToolResult
from assistant.tools.verdicts import (
    counted,
    has_segments,
    unstable,
    verdict_note,
    with_note,
    with_verdict,
)
from assistant.tools.voice import BREAK, Voice, capital, clean, voice
from segmentation.insight.customer import Customer, customer_profile
from segmentation.insight.evidence.contrasts import Contrast
from segmentation.insight.evidence.evidence import Evidence, evidence
from segmentation.insight.evidence.leanings import Leaning
from segmentation.insight.evidence.measurements import unit_of
from segmentation.insight.evidence.significance import FEWEST_TESTED, LEVEL, LIFT
from segmentation.insight.query import SMALL_GROUP
from segmentation.insight.rules.rules import Why, why
from segmentation.types import CustomerBase, Fact, period_between

__all__ = ["describe_customer", "find_similar_customers", "profile_segment", "similar_matches"]

EVERY = ("all", "every", "each", "everyone", "全部", "所有", "每个")
TOLD = ("lifetime_value", "orders_per_customer", "average_order_value", "days_since_last_order")
TOLD_RATES = ("repeat_rate", "return_rate", "average_rating", "conversion_rate")
REACH = 0.05
"""A country is mentioned when this share of the segment buys from it."""

RANGE = "lifetime_value"
"""The number of which the range is told; the table has them all."""

WORDS = 5


# --- segments ----------------------------------------------------------------------------------


def profile_segment(workspace: Any, language: str, *, segment: Any) -> ToolResult:
    """What is known of one segment, or of `all`: facts only, in sentences."""
    say, base = voice(language), spoken(workspace.base, language)
    if str(segment).strip().lower() in EVERY:
        return _profile_all(say, base)
    found = evidence(base, segment_id(base, segment))
    parts = [*_nothing(say, base), *_profile(say, base, found)]
    tables = [_numbers_table(say, found)]
    if has_segments(base.segmentation):
        parts += [BREAK, *_portrait(say, found)]
        tables += [
            table
            for table in (_leanings_table(say, found), _ranges_table(say, found))
            if table.rows
        ]
    parts += [BREAK, _chance(say, found)]
    told = with_note if has_segments(base.segmentation) else with_verdict
    return ToolResult(
        say.sentences(told(say, base.segmentation, parts)),
        facts=found.facts,
        tables=tuple(tables),
    )


def _profile_all(say: Voice, base: CustomerBase) -> ToolResult:
    segments = sorted(base.segmentation.segments, key=lambda s: (s.id == 0, -s.size, s.id))
    found = [evidence(base, segment.id, products=3) for segment in segments]
    parts = [*_nothing(say, base), say.say("profile.all", k=counted(say, base.segmentation))]
    for one in found:
        told = _profile(say, base, one, products=2)
        parts.append(say.sentences(part for part in told if part != BREAK))
    parts.append(_chance(say, found[0]))
    today = base.as_of.date().isoformat()
    return ToolResult(
        "\n\n".join(with_verdict(say, base.segmentation, parts)),
        facts=(
            Fact("all", "segments", today, base.segmentation.k, "segments"),
            *(fact for one in found for fact in one.facts),
        ),
        tables=tuple(_numbers_table(say, one) for one in found),
    )


def _chance(say: Voice, found: Evidence) -> str:
    period = say.period(found.period)
    if not found.tested:
        return say.say("profile.untested", period=period, limit=FEWEST_TESTED)
    tests = say.number(found.tests)
    return say.say("profile.chance", period=period, lift=LIFT, n=tests, level=LEVEL)


def _nothing(say: Voice, base: CustomerBase) -> list[str]:
    """That there is nobody to describe, where the data has no segments."""
    return [] if has_segments(base.segmentation) else [str(say["profile.nothing"])]


def _profile(say: Voice, base: CustomerBase, found: Evidence, products: int = 3) -> list[str]:
    """What is told of one segment; of a part of what has no segments, its plain numbers alone."""
    if not has_segments(base.segmentation):
        return [_part_head(say, found), _told_numbers(say, found)]
    segment = found.segment
    head = say.say(
        "profile.head" if found.revenue_share is None else "profile.head_revenue",
        id=segment.id,
        name=segment.name,
        size=say.count(segment.size, "customers"),
        share=say.share(segment.share),
        revenue_share=say.share(found.revenue_share or 0),
    )
    parts = [head, _told_numbers(say, found), BREAK, *_told_leanings(say, found, products)]
    if segment.id in unstable(base.segmentation):
        parts.append(str(say["profile.unstable"]))
    if segment.size < SMALL_GROUP:
        parts.append(say.say("profile.small", limit=SMALL_GROUP))
    return parts


def _part_head(say: Voice, found: Evidence) -> str:
    segment = found.segment
    return say.say(
        "profile.part",
        name=segment.name,
        size=say.count(segment.size, "customers"),
        share=say.share(segment.share),
    )


def _told_numbers(say: Voice, found: Evidence) -> str:
    """Its main numbers, and the rates in which it differs; which of the former do not."""
    known = [found.contrast(name) for name in (*TOLD, *TOLD_RATES)]
    both = [c for c in known if c and c.value is not None and c.rest is not None]
    told = [c for c in both if c.metric in TOLD or c.clear]
    if not told:
        return ""
    unclear = say.list([say.metric(c.metric) for c in told if c.test and not c.clear])
    return say.sentences(
        [
            say.say("profile.numbers", list=say.list([_number(say, c) for c in told])),
            say.say("profile.unclear", list=unclear) if unclear else "",
        ]
    )


def _number(say: Voice, contrast: Contrast) -> str:
    return say.part(
        "profile.number",
        metric=say.metric(contrast.metric),
        value=say.figure(contrast.value, contrast.unit),
        rest=say.figure(contrast.rest, contrast.unit),
    )


def _told_leanings(say: Voice, found: Evidence, products: int) -> list[str]:
    parts = []
    if found.products:
        items = [
            say.part("profile.product", name=say.quote(p.name), lift=say.number(round(p.lift, 1)))
            for p in found.products[:products]
        ]
        parts.append(say.say("profile.products", list=say.list(items)))
    if found.categories:
        names = [say.data(category.name) for category in found.categories]
        parts.append(say.say("profile.categories", list=say.list(names)))
    if found.country and found.country.clear and found.country.reach >= REACH:
        parts.append(_leaning(say, "country", found.country, say.data(found.country.name)))
    if found.weekday:
        weekday = str(say["weekdays"][found.weekday.key])
        parts.append(_leaning(say, "weekday", found.weekday, weekday))
    if found.daypart:
        part = str(say["dayparts"][found.daypart.key])
        parts.append(_leaning(say, "daypart", found.daypart, part))
    return parts


def _portrait(say: Voice, found: Evidence) -> list[str]:
    """Words that go with it, how far its customers range, and who stands for it."""
    parts = []
    for name in ("words", "searched", "reviewed"):
        words = [say.data(one.name) for one in getattr(found, name)[:WORDS]]
        parts.append(say.say(f"profile.{name}", list=say.list(words)) if words else "")
    wide = next((one for one in found.ranges if one.metric == RANGE), None)
    if wide:
        low, middle, high = (say.figure(v, wide.unit) for v in (wide.p5, wide.p50, wide.p95))
        metric = say.metric(RANGE)
        parts.append(say.say("profile.range", metric=metric, low=low, middle=middle, high=high))
    ids = [clean(one.customer_id) for one in found.exemplars]
    return [*parts, say.say("profile.exemplars", list=say.list(ids))] if ids else parts


def _leaning(say: Voice, kind: str, leaning: Leaning, name: str) -> str:
    return say.say(
        f"profile.{kind}",
        name=name,
        reach=say.share(leaning.reach),
        share=say.share(leaning.share),
        rest=say.share(leaning.rest),
    )


def _numbers_table(say: Voice, found: Evidence) -> Table:
    labels = ("measure", "here", "rest", "lift", "effect", "q")
    columns = tuple(say[f"columns.{name}"] for name in labels)
    rows = tuple(
        (
            capital(say.metric(c.metric)),
            *(c.value, c.rest, c.lift),
            *((c.test.effect, c.test.q) if c.test else (None, None)),
        )
        for c in (*found.contrasts, *found.habits)
    )
    return Table(say.say("profile.numbers_title", id=found.segment.id), columns, rows)


def _ranges_table(say: Voice, found: Evidence) -> Table:
    columns = tuple(say[f"columns.{name}"] for name in ("measure", "p5", "p50", "p95"))
    rows = tuple((capital(say.metric(r.metric)), r.p5, r.p50, r.p95) for r in found.ranges)
    return Table(say.say("profile.ranges_title", id=found.segment.id), columns, rows)


def _leanings_table(say: Voice, found: Evidence) -> Table:
    labels = ("product", "own_share", "rest_share", "lift", "reach", "q")
    columns = tuple(say[f"columns.{name}"] for name in labels)
    rows = tuple(
        (clean(one.name), one.share, one.rest, one.lift, one.reach, one.test and one.test.q)
        for one in (*found.products, *found.categories)
    )
    return Table(say.say("profile.products_title", id=found.segment.id), columns, rows)


# --- one customer ------------------------------------------------------------------------------


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
        say.sentences(_customer(say, base, found, there)),
        facts=facts,
        tables=_customer_tables(say, base, found),
        notices=(verdict_note(say, base.segmentation.verdict),),
    )


def _customer(say: Voice, base: CustomerBase, found: Customer, there: Why) -> list[str]:
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
        *_reasons(say, base, found),
        *why_there(say, base, there),
        *_profile_words(say, found),
    ]


def _purchases(say: Voice, base: CustomerBase, found: Customer) -> list[str]:
    numbers = found.numbers
    if "orders" not in base.tables:
        return [say.say("customer.orders_unknown")]
    if not numbers.get("orders") or found.first is None or found.last is None:
        return [say.say("customer.no_orders")]
    parts = [
        say.say(
            "customer.bought",
            orders=say.count(numbers["orders"] or 0, "orders"),
            period=say.period(period_between(found.first, found.last)),
            revenue=say.value(numbers["revenue"], base.currency),
            net=say.value(numbers["lifetime_value"], base.currency),
            aov=say.value(numbers["average_order_value"], base.currency),
            last=say.day(found.last),
        )
    ]
    if found.rank:
        out_of = say.count(found.out_of, "customers")
        parts.append(say.say("customer.rank", rank=say.number(found.rank), out_of=out_of))
    if found.products:
        names = [say.quote(product.name) for product in found.products[:3]]
        parts.append(say.say("customer.products", list=say.list(names)))
    return parts


def _reasons(say: Voice, base: CustomerBase, found: Customer) -> list[str]:
    parts = []
    if found.signs and found.segment.id:
        items = []
        for sign in found.signs[:3]:
            unit = unit_of(base, sign.metric)
            numbers = {
                "value": say.figure(sign.value, unit),
                "segment": say.figure(sign.segment, unit),
                "everyone": say.figure(sign.everyone, unit),
            }
            items.append(say.part("customer.sign", metric=say.metric(sign.metric), **numbers))
        parts.append(say.say("customer.why", list=say.list(items)))
    if found.tastes and found.segment.id:
        names = say.list([say.quote(name) for name in found.tastes])
        parts.append(say.say("customer.tastes", list=names))
    return parts


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
