"""What to offer a customer, a segment or everyone next, and what speaks for it, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from assistant.tools.references import segment_id, spoken
from assistant.tools.result import Cell, Table, ToolResult
from assistant.tools.verdicts import note_beside
from assistant.tools.voice import Voice, clean, voice
from segmentation.insight.errors import NotLoaded
from segmentation.insight.evidence.significance import LIFT
from segmentation.insight.recommend.deeds import LATELY
from segmentation.insight.recommend.offers import Feature, Offer, Recommendation, Repeat
from segmentation.insight.recommend.recommend import recommend
from segmentation.insight.recommend.repeats import AHEAD
from segmentation.types import CustomerBase

__all__ = ["recommend_products"]

OFFERED = 10
TOLD = 3
"""Offers told; the tables have them all, with all that speaks for each."""
CLOSE = 0.3
"""Similarity in words from which it is a reason."""
WHOLE = 10
"""Expected customers from which they are told without decimals."""
SPEAKS = 0.1
"""Of the most similar customers, the share from which they are a reason."""

Columns = Sequence[tuple[str, Callable[[Any], Cell]]]


def recommend_products(
    workspace: Any,
    language: str,
    *,
    segment: Any = None,
    customer_id: Any = None,
    n: int | None = None,
) -> ToolResult:
    """What to offer next. Raises UnknownName for a segment or customer there is not."""
    say, base = voice(language), spoken(workspace.base, language)
    if segment is not None and customer_id is not None:
        return ToolResult(say.say("recommend.both"), status="error")
    number = None if segment is None else segment_id(base, segment)
    try:
        found = recommend(
            base,
            segment=number,
            customer_id=customer_id,
            n=OFFERED if n is None else n,
            texts=workspace.texts,
        )
    except NotLoaded:
        return ToolResult(say.say("recommend.no_products"))
    told, notices = _text(say, base, found), _in_full(say, found)
    if found.kind != "all":
        told, notices = note_beside(say, base.segmentation, told, notices)
    tables = (_offers_table(say, base, found), _repeats_table(say, found))
    return ToolResult(
        say.sentences(told),
        facts=found.facts,
        tables=tuple(table for table in tables if table.rows),
        notices=notices,
    )


def _text(say: Voice, base: CustomerBase, found: Recommendation) -> list[str]:
    unknown = found.out_of_stock is None
    return [
        _head(say, base, found),
        _again(say, found),
        *_known(say, found),
        say.say(f"recommend.{'order' if found.kind == 'customer' else 'expected'}"),
        say.say("recommend.stock_unknown") if unknown else "",
    ]


def _in_full(say: Voice, found: Recommendation) -> tuple[str, ...]:
    """What the answer leaves to those who want to know: notices."""
    left = _left_out(say, found)
    return (*([left] if left else []), _method(say, found))


def _head(say: Voice, base: CustomerBase, found: Recommendation) -> str:
    offers: Sequence[Any] = found.offers or found.features
    if not offers:
        left = str(say["recommend.nothing_left"])
        if found.kind == "customer":
            customer = clean(found.subject)
            return say.say("recommend.nothing_customer", customer=customer, left=left)
        return say.say("recommend.nothing_group", group=_group(say, base, found), left=left)
    listed = say.list([_told(say, found, one, rank) for rank, one in enumerate(offers[:TOLD])])
    size = say.count(found.size, "customers")
    segment = _group(say, base, found)
    customer = clean(found.subject)
    key = f"recommend.to_{found.kind}"
    return say.say(key, customer=customer, segment=segment, size=size, list=listed)


def _group(say: Voice, base: CustomerBase, found: Recommendation) -> str:
    if found.segment is None:
        return str(say["everyone"])
    names = {s.id: s.name for s in base.segmentation.segments}
    return say.segment(found.segment, names[found.segment])


def _told(say: Voice, found: Recommendation, one: Offer | Feature, rank: int) -> str:
    """A product and what speaks for it; of a group's, all but the first in short."""
    if isinstance(one, Offer):
        reason = _reason(say, found, one)
    else:
        reason = _outlook(say, found, one, short=rank > 0)
    return say.part("recommend.offer", name=say.quote(one.name), reason=reason)


def _reason(say: Voice, found: Recommendation, one: Offer) -> str:
    """What speaks for it: of the kinds of evidence there are, the strongest."""
    part = "recommend.reason"
    if one.looked and one.looked[0] != "purchase":
        return say.part(f"{part}.{one.looked[0]}", day=say.day(one.looked[1]))
    if found.neighbours and one.near >= SPEAKS * found.neighbours:
        key = "near" if found.bought else "near_known"
        return say.part(f"{part}.{key}", near=say.number(one.near), n=found.neighbours)
    if one.companion:
        key = "with" if one.companion.bought else "with_known"
        share = say.share(one.companion.share)
        return say.part(f"{part}.{key}", name=say.quote(one.companion.name), share=share)
    if one.lift is not None and one.lift >= LIFT:
        values = {"share": say.share(one.own_share), "lift": say.number(round(one.lift, 1))}
        return say.part(f"{part}.segment", **values)
    if one.words is not None and one.words >= CLOSE:
        return say.part(f"{part}.words", words=say.number(round(one.words, 2)))
    if one.recent and found.bought:
        recent = say.count(one.recent, "customers")
        return say.part(f"{part}.recent", recent=recent, days=found.days)
    if one.looked:
        return say.part(f"{part}.purchase", day=say.day(one.looked[1]))
    return str(say[f"{part}.best"])


def _outlook(say: Voice, found: Recommendation, one: Feature, *, short: bool) -> str:
    """Who is expected to buy it, and how much more of the group have it than of others."""
    part, told = "recommend.group", []
    if one.expected:
        values = {
            "expected": say.number(round(one.expected, 0 if one.expected >= WHOLE else 1)),
            "without": say.number(one.without),
        }
        told.append(say.part(f"{part}.{'next' if short else 'first'}", days=found.days, **values))
    if one.lift is not None and one.lift >= LIFT and not (short and told):
        told.append(say.part(f"{part}.lift", lift=say.number(round(one.lift, 1))))
    share = say.part(f"{part}.have", share=say.share(one.own_share))
    return str(say["charts.apart"]).join(told) or share


def _again(say: Voice, found: Recommendation) -> str:
    if not found.bought or (found.kind == "customer" and not found.had):
        return ""
    if not found.repeats:
        return say.say("recommend.no_repeats") if found.kind == "customer" else ""
    return _repeat(say, found, found.repeats[0])


def _repeat(say: Voice, found: Recommendation, one: Repeat) -> str:
    name = say.quote(one.name)
    if found.kind != "customer":
        members = say.count(one.members, "customers")
        return say.say("recommend.repeat_group", name=name, members=members, days=AHEAD)
    when = "past" if str(one.day) <= found.as_of else "future"
    return say.say(
        "recommend.repeat",
        name=name,
        last=say.day(str(one.last)),
        when=say[f"recommend.when.{when}"],
        day=say.day(str(one.day)),
    )


def _known(say: Voice, found: Recommendation) -> list[str]:
    """How much the data knows of them."""
    told = [] if found.bought else [say.say("recommend.no_purchases")]
    if found.kind == "customer" and not found.had and found.bought:
        known = found.neighbours or any(one.looked for one in found.offers)
        key = "new_here" if known else "unknown_here"
        told.append(say.say(f"recommend.{key}"))
    return told


def _left_out(say: Voice, found: Recommendation) -> str:
    counts = {"had": found.had, "gone": found.gone, "stock": found.out_of_stock}
    told = [
        say.part(f"recommend.left.{name}", n=say.count(count, "products"), days=LATELY)
        for name, count in counts.items()
        if count
    ]
    return say.say("recommend.left_out", list=say.list(told)) if told else ""


def _method(say: Voice, found: Recommendation) -> str:
    key = "method_customer" if found.kind == "customer" else "method_group"
    key = "method_alone" if found.kind == "customer" and not found.neighbours else key
    period = say.period(found.period)
    return say.say(f"recommend.{key}", n=found.neighbours, days=found.days, period=period)


# --- tables -------------------------------------------------------------------------------------


def _offers_table(say: Voice, base: CustomerBase, found: Recommendation) -> Table:
    if found.kind == "customer":
        title = say.say("recommend.title_customer", customer=clean(found.subject))
        return _table(say, found, title, found.offers, _offer_columns())
    title = say.say("recommend.title_group", group=_group(say, base, found))
    return _table(say, found, title, found.features, _feature_columns())


def _offer_columns() -> Columns:
    return (
        *_PRODUCT,
        ("near", lambda one: one.near),
        *_SHARES["segment"],
        ("with", lambda one: clean(one.companion.name) if one.companion else None),
        ("with_share", lambda one: one.companion.share if one.companion else None),
        ("recent", lambda one: one.recent),
        ("words", lambda one: one.words),
        ("looked", lambda one: one.looked[1] if one.looked else None),
    )


def _feature_columns() -> Columns:
    return (
        *_PRODUCT,
        ("have", lambda one: one.have),
        *_SHARES["own"],
        ("without", lambda one: one.without),
        ("takers", lambda one: one.takers),
        ("expected", lambda one: one.expected),
    )


_PRODUCT: Columns = (
    ("product", lambda one: clean(one.name)),
    ("id", lambda one: clean(one.product_id)),
    ("category", lambda one: clean(one.category) if one.category else None),
)
_SHARES: dict[str, Columns] = {
    name: (
        (name, lambda one: one.own_share),
        ("rest", lambda one: one.rest_share),
        ("lift", lambda one: one.lift),
    )
    for name in ("segment", "own")
}


def _repeats_table(say: Voice, found: Recommendation) -> Table:
    own: Columns = (
        ("last", lambda one: one.last),
        ("due", lambda one: one.day),
        ("why", lambda one: str(say[f"recommend.why.{'natural' if one.natural else 'own'}"])),
    )
    group: Columns = (("members", lambda one: one.members),)
    columns: Columns = (
        *_PRODUCT[:2],
        *(own if found.kind == "customer" else group),
        ("interval", lambda one: round(one.interval, 1)),
        ("again", lambda one: one.again_share),
    )
    return _table(say, found, say.say("recommend.title_repeats"), found.repeats, columns)


def _table(
    say: Voice, found: Recommendation, title: str, rows: Sequence[Any], columns: Columns
) -> Table:
    """Columns that say nothing of any row are left out."""
    values = {name: [read(one) for one in rows] for name, read in columns}
    told = [name for name, cells in values.items() if any(cell is not None for cell in cells)]
    heads = [
        say.part(f"recommend.columns.{name}", n=found.neighbours, days=found.days) for name in told
    ]
    cells = zip(*(values[name] for name in told), strict=True)
    return Table(title, tuple(heads), tuple(tuple(row) for row in cells))
