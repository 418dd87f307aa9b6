"""What is known of one segment, as a writer is given it: facts under ids. Nothing is worded here.

Numbers beside everybody else's and its place among the segments; what it leans to; what is
expected of it; what it would take next; what its profiles say; where its visits end; the segment
most like it. Names and words come from data: whoever shows them cleans and quotes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assistant.grounding.given import Given
from assistant.personas.beside import (
    funnel_facts,
    nearest_facts,
    profile_facts,
    theme_facts,
)
from assistant.personas.known import Known, placed, told
from assistant.personas.words import label
from assistant.themes.themes import theme_name
from assistant.tools.verdicts import unstable
from segmentation.insight.errors import NoForecast, NotLoaded
from segmentation.insight.evidence.contrasts import Contrast, ratios, segment_sums
from segmentation.insight.evidence.evidence import Evidence, evidence
from segmentation.insight.evidence.leanings import Leaning
from segmentation.insight.evidence.measurements import measurements
from segmentation.insight.query import SMALL_GROUP
from segmentation.insight.recommend.offers import Feature, Repeat
from segmentation.insight.recommend.recommend import recommend
from segmentation.insight.reviews.themes import Themes
from segmentation.insight.value.groups import estimate
from segmentation.insight.value.valuation import demand_forecast, forecast_days
from segmentation.types import CustomerBase, Fact, Segment, period_between

__all__ = ["Dossier", "brief", "dossier"]

PRODUCTS, OFFERS, DUE = 5, 3, 2
LISTED = 5
FORECASTS = ("expected_value", "expected_orders", "repeat_probability")


@dataclass(frozen=True)
class Dossier:
    """Everything a writer of one segment's persona is given.

    Args:
        given: key -> the fact under its id, in the order they are shown.
        strength: key -> how much it tells.
        tested: keys of numbers whose difference was tested.
        called: `segment:3` -> the plain name of every segment.
        place: of the segment among all, from 0: wording varies by it.
    """

    segment: Segment
    language: str
    currency: str
    verdict: str
    period: str
    as_of: str
    given: Mapping[str, Given]
    strength: Mapping[str, float] = field(default_factory=dict)
    tested: frozenset[str] = frozenset()
    called: Mapping[str, str] = field(default_factory=dict)
    place: int = 0

    def ids(self, keys: Sequence[str]) -> tuple[str, ...]:
        """The ids of these facts, each once, in order."""
        return tuple(dict.fromkeys(self.given[key].id for key in keys))


def dossier(
    workspace: Any,
    base: CustomerBase,
    segment: int,
    language: str,
    themes: Themes,
) -> Dossier:
    """All that is known of a segment.

    Args:
        base: of the workspace, its segments named in `language`.
        themes: what its reviews speak of, found elsewhere.
    """
    found = evidence(base, segment, products=PRODUCTS)
    known = [
        *_sizes(base, found),
        *_numbers(base, found),
        *_leanings(found),
        *theme_facts(themes, lambda theme: theme_name(theme, language)),
        *_outlook(base, found.segment),
        *profile_facts(base, segment),
        *funnel_facts(base, segment),
        *_offers(workspace, base, segment),
    ]
    numbers = {one.key for one in known}
    known += [one for one in nearest_facts(base, segment) if one.fact.metric in numbers]
    return _numbered(base, found, known, language)


def brief(base: CustomerBase, segment: int, language: str) -> Dossier:
    """What a name is made of: numbers and leanings alone."""
    found = evidence(base, segment, products=PRODUCTS)
    known = [*_sizes(base, found), *_numbers(base, found), *_leanings(found)]
    return _numbered(base, found, known, language)


def _numbered(
    base: CustomerBase, found: Evidence, known: Sequence[Known], language: str
) -> Dossier:
    ids = [one.id for one in base.segmentation.segments if one.id]
    called = {f"segment:{one.id}": one.name for one in base.segmentation.segments}
    given = {}
    for number, one in enumerate(known, start=1):
        given[one.key] = Given(
            id=f"f{number}",
            fact=one.fact,
            label=label(one.key, one.fact, called, language),
            name=one.name,
            rest=one.rest,
            lift=one.lift,
            clear=one.clear,
            rank=one.rank,
            of=one.of,
        )
    return Dossier(
        segment=found.segment,
        language=language,
        currency=base.currency,
        verdict=base.segmentation.verdict,
        period=found.period,
        as_of=found.as_of,
        given=given,
        called=called,
        strength={one.key: one.strength for one in known},
        tested=frozenset(one.key for one in known if one.tested),
        place=ids.index(found.segment.id) if found.segment.id in ids else 0,
    )


# --- numbers -----------------------------------------------------------------------------------


def _sizes(base: CustomerBase, found: Evidence) -> Iterator[Known]:
    own, day = f"segment:{found.segment.id}", found.as_of
    sizes = {s.id: float(s.size) for s in base.segmentation.segments}
    yield Known("size", Fact(own, "size", day, found.segment.size, "customers"))
    share = Fact(own, "size_share", day, found.segment.share, "share")
    yield placed(Known("size_share", share), sizes, found.segment.id)
    if found.revenue_share is not None:
        sums = {n: row["revenue"] for n, row in segment_sums(base).items()}
        fact = Fact(own, "revenue_share", found.period, found.revenue_share, "share")
        yield placed(Known("revenue_share", fact), sums, found.segment.id)
    if found.segment.size < SMALL_GROUP:
        yield Known("small", Fact(own, "size", day, found.segment.size, "customers"))
    if found.segment.id in unstable(base.segmentation):
        jaccard = base.segmentation.jaccards[found.segment.id]
        yield Known("unstable", Fact(own, "stability_jaccard", day, jaccard, "jaccard"))


def _numbers(base: CustomerBase, found: Evidence) -> Iterator[Known]:
    number = found.segment.id
    for one in (*found.contrasts, *found.habits):
        if one.value is None or (one.is_total and one.metric != "revenue"):
            continue
        fact = Fact(f"segment:{number}", one.metric, one.period, one.value, one.unit)
        known = Known(one.metric, fact) if one.is_total else _beside(one, fact)
        yield placed(known, _everybody(base, one.metric), number)
    for wide in found.ranges:
        fact = Fact(f"segment:{number}", f"{wide.metric}_p50", wide.period, wide.p50, wide.unit)
        yield Known(f"{wide.metric}_p50", fact)


def _beside(one: Contrast, fact: Fact) -> Known:
    tested = one.test is not None
    return Known(
        one.metric, fact, "", one.rest, one.lift, one.clear, strength=one.magnitude, tested=tested
    )


def _everybody(base: CustomerBase, metric: str) -> dict[int, float | None]:
    """Segment id -> its number."""
    sums = segment_sums(base)
    if metric in (known := {n: ratios(row) for n, row in sums.items()}).get(next(iter(sums)), {}):
        return {n: row[metric] for n, row in known.items()}
    measured, labels = measurements(base).get(metric), base.segmentation.labels
    return {n: measured.number(labels == n) for n in sums} if measured else {}


# --- what it leans to --------------------------------------------------------------------------


def _leanings(found: Evidence) -> Iterator[Known]:
    number = found.segment.id
    for kind in ("product", "category", "word", "searched", "reviewed"):
        own = [one for one in found.leanings if one.kind == kind and told(one.name)]
        if kind == "word":  # the one its plain name has, first
            own = sorted(own, key=lambda one: one.name not in found.segment.traits)
        for nth, one in enumerate(own[:LISTED], start=1):
            yield from _leaning(f"{kind}.{nth}", number, one)
    for kind in ("country", "weekday", "daypart"):
        own = [one for one in found.leanings if one.kind == kind and told(one.name)][:1]
        for one in own:
            subject = f"{kind}:{one.key}&segment:{number}"
            fact = Fact(subject, "share", one.period, one.share, "share")
            name, lift = one.name if kind == "country" else "", one.lift if one.rest else None
            tested = one.test is not None
            yield Known(kind, fact, name, one.rest, lift, one.clear, tested=tested)


def _named(one: Feature | Repeat) -> bool:
    return told(one.name)


def _leaning(key: str, segment: int, one: Leaning) -> Iterator[Known]:
    """How many of its customers have to do with a thing, and how much more than others do."""
    subject = f"{one.kind}:{one.key}&segment:{segment}"
    yield Known(key, Fact(subject, "reach", one.period, one.reach, "share"), one.name)
    lift = Fact(subject, "lift", one.period, one.lift, "ratio")
    yield Known(f"{key}.lift", lift, one.name, lift=one.lift, clear=one.clear, tested=True)


# --- what is ahead -----------------------------------------------------------------------------


def _outlook(base: CustomerBase, segment: Segment) -> Iterator[Known]:
    """What is expected of a customer of it in the year ahead, where anything can be."""
    period = period_between(*forecast_days(base))
    for metric in FORECASTS:
        with suppress(NoForecast):
            means = _means(base, metric)
            if means.get(segment.id) is None:
                continue
            unit = {"expected_value": base.currency, "expected_orders": "orders"}
            fact = Fact(
                f"segment:{segment.id}",
                metric,
                period,
                means[segment.id],
                unit.get(metric, "share"),
            )
            yield placed(Known(metric, fact), means, segment.id)
    with suppress(NoForecast):
        whole = estimate(base, "expected_value", base.segmentation.labels == segment.id)
        for end in ("total", "low", "high") if whole else ():
            name = f"expected_value_{end}"
            fact = Fact(f"segment:{segment.id}", name, period, getattr(whole, end), base.currency)
            yield Known(name, fact)


def _means(base: CustomerBase, metric: str) -> dict[int, float | None]:
    """Segment id -> the mean forecast of its customers. Raises NoForecast."""
    values = demand_forecast(base, metric).table[metric].to_numpy(dtype=np.float64)
    found: dict[int, float | None] = {}
    for one in base.segmentation.segments:
        own = values[base.segmentation.labels == one.id]
        own = own[~np.isnan(own)]
        found[one.id] = float(own.mean()) if len(own) else None
    return found


def _offers(workspace: Any, base: CustomerBase, segment: int) -> Iterator[Known]:
    """What its members would take next, and what is due to be bought again."""
    try:
        found = recommend(base, segment=segment, n=2 * OFFERS, texts=workspace.texts)
    except NotLoaded:
        return
    days = Fact("all", "days_ahead", found.recently, found.days, "days")
    if found.features:
        yield Known("offer.days", days)
    for nth, one in enumerate([*filter(_named, found.features)][:OFFERS], start=1):
        subject = f"product:{one.product_id}&segment:{segment}"
        has = Fact(subject, "share", found.period, one.own_share, "share")
        yield Known(f"offer.{nth}", has, one.name, one.rest_share, one.lift)
        if one.expected >= 1:
            count = round(one.expected)
            new = Fact(subject, "expected_new_customers", found.recently, count, "customers")
            yield Known(f"offer.{nth}.new", new, one.name)
    for nth, due in enumerate([*filter(_named, found.repeats)][:DUE], start=1):
        if due.members < 2:
            continue
        subject = f"product:{due.product_id}"
        waiting = Fact(
            f"{subject}&segment:{segment}", "customers_due", found.as_of, due.members, "customers"
        )
        yield Known(f"due.{nth}", waiting, due.name)
        days = Fact(subject, "days_between_purchases", found.period, due.interval, "days")
        yield Known(f"due.{nth}.days", days, due.name)
