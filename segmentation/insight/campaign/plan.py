"""A campaign planned so that it can be judged: whom to mail, whom to hold out by lot, how many, and
what that can show.

Only a difference between groups drawn by lot is a lift; nothing here compares customers who chose
themselves. Lifts are relative: 0.1 is a tenth more than without the campaign. What has no upper
limit counts up to a cap that is fixed here and kept for the reading, the 99th percentile of who
bought in earlier windows: one wholesaler would otherwise decide. The baseline is that of
`past_windows.py`; reading back is `result.py`; nothing is worded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from segmentation.insight.campaign.audience import Audience
from segmentation.insight.campaign.control_group import draw_control, worth_of
from segmentation.insight.campaign.past_windows import Past, longest_window, past_of
from segmentation.insight.campaign.power import detectable_lift, smallest_control
from segmentation.insight.campaign.record import (
    YARDSTICKS,
    Aim,
    Baseline,
    Campaign,
    Range,
    Yardstick,
)
from segmentation.insight.errors import BadArgument, NotLoaded, UnknownName
from segmentation.insight.ledger import open_ledger
from segmentation.insight.metrics import find_metric
from segmentation.types import CustomerBase, InputError

__all__ = ["NoBaseline", "TooHigh", "Way", "plan", "ways_out"]

DAYS, LONGEST = 30, 366
MINIMUM_LIFT = 0.1
POWER = 0.8
WEAKEST, STRONGEST = 0.5, 0.99
METRIC = "repeat_rate"
LONGER = (60, 90, 180)
"""Days of the windows that are tried where the audience is too small."""
MEASURES = ("repeat_rate", "orders_per_customer", "revenue")
"""Tried instead of the one asked for."""
CAP = 0.99
FEW_SEEN = 30
"""Fewer customers in earlier windows are too few to plan by."""


@dataclass(frozen=True)
class Way:
    """Another plan that shows smaller lifts: `kind` is `days`, `everyone` or `metric`.

    `value` is the days, the people or the metric; `detectable` what half and half would show.
    """

    kind: Literal["days", "everyone", "metric"]
    value: int | str
    detectable: float


class NoBaseline(InputError):
    """The data cannot say what such customers do without a campaign.

    Args:
        reason: `nobody` may be contacted; the data is too `short`; too `few` such customers were
            seen; they `never` bought, or what they bought came to `nothing`, less returns perhaps.
        days, seen: the window, and customers seen in earlier ones.
    """

    SAID: ClassVar[dict[str, str]] = {
        "nobody": "Fewer than two customers of this audience may be contacted",
        "short": "The data has no earlier window of {days} days to plan by",
        "few": "Only {seen} customers were seen in earlier windows of {days} days: too few",
        "never": "None of {seen} such customers bought in earlier windows of {days} days",
        "nothing": "What {seen} such customers bought in earlier windows of {days} days came to 0",
    }

    def __init__(self, reason: str, days: int = 0, seen: int = 0) -> None:
        self.reason, self.days, self.seen = reason, days, seen
        fix = "Choose another segment, or another number of days."
        super().__init__(self.SAID[reason].format(days=days, seen=seen), fix=fix)


class TooHigh(InputError):
    """A lift that would take more than everybody.

    Args:
        lift: what was asked for. share: who buy without a campaign.
    """

    def __init__(self, lift: float, share: float) -> None:
        self.lift, self.share = lift, share
        super().__init__(
            f"A lift of {lift:.0%} cannot be where {share:.1%} buy without a campaign",
            fix=f"Give a minimum lift of at most {1 / share - 1:.0%}.",
        )


def plan(
    base: CustomerBase,
    audience: Audience,
    *,
    segment: int,
    snapshot: str = "",
    metric: str | None = None,
    minimum_lift: float | None = None,
    power: float | None = None,
    days: int | None = None,
    name: str = "",
) -> Campaign:
    """Plan a campaign for an audience; the same question gives the same plan and the same draw.

    Args:
        segment: whose audience it is.
        snapshot: id of the snapshot, for the record.
        metric: one of YARDSTICKS; whether they buy again if None.
        minimum_lift: the smallest relative lift that matters; 0.1 if None.
        power: the chance to find it, 0.5 to 0.99; 0.8 if None.
        days: length of the window; 30 if None, or a third of what days the data has.
        name: another name is another draw.

    Raises:
        UnknownName: the metric is none, or no yardstick.
        BadArgument: a number out of range.
        NotLoaded: no orders or purchases are known, or no money where it is asked for.
        NoBaseline, TooHigh: see there.
    """
    aim = Aim(
        segment,
        _metric(base, metric),
        _number("minimum_lift", minimum_lift, MINIMUM_LIFT, 0.0, float("inf")),
        _number("power", power, POWER, WEAKEST, STRONGEST),
        _days(base, days),
        name,
    )
    people = audience.customers
    if len(people) < 2:
        raise NoBaseline("nobody")
    baseline = _baseline(base, aim.yardstick, past_of(base, people, aim.days), len(people))
    found = baseline.measured(aim.yardstick)
    if aim.minimum_lift > found.highest:
        raise TooHigh(aim.minimum_lift, found.mean)
    size = smallest_control(found, aim.minimum_lift, aim.power, len(people)) or len(people) // 2
    code = _code(base, snapshot, people, aim)
    control = draw_control(people, size, code, worth_of(base, people))
    held = frozenset(control)
    return Campaign(
        id=code,
        snapshot=snapshot,
        segment_name=next(s.name for s in base.segmentation.segments if s.id == segment),
        start=base.as_of.date().isoformat(),
        aim=aim,
        baseline=baseline,
        control=control,
        mailed=tuple(one for one in people if one not in held),
    )


def _metric(base: CustomerBase, name: str | None) -> str:
    """The yardstick asked for, which the data can measure."""
    metric = find_metric(name or METRIC).name
    if metric not in YARDSTICKS:
        raise UnknownName("yardstick", metric, tuple(YARDSTICKS))
    ledger = open_ledger(base)
    with ledger.lock:
        if not ledger.has("orders"):
            if YARDSTICKS[metric].outcome not in ("bought", "orders"):
                raise NotLoaded("orders", metric)
            if not ledger.has("events") or not ledger.has_purchase_events:
                raise NotLoaded("purchases" if ledger.has("events") else "orders", metric)
    return metric


def _number(name: str, given: object, default: float, low: float, high: float) -> float:
    """A number from `low` to `high`, zero left out. Raises BadArgument."""
    if given is None:
        return default
    fits = isinstance(given, int | float) and not isinstance(given, bool)
    if not fits or not low <= float(str(given)) <= high or not 0 < float(str(given)) < 1e6:
        raise BadArgument(name, given, "lift" if name == "minimum_lift" else name)
    return float(str(given))


def _days(base: CustomerBase, given: object) -> int:
    if given is None:
        return max(1, min(DAYS, longest_window(base) * 2 // 3))
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= LONGEST:
        raise BadArgument("days", given, "window")
    return given


def _baseline(base: CustomerBase, yardstick: Yardstick, past: Past, people: int) -> Baseline:
    """What the past says of the yardstick. Raises NoBaseline."""
    if not past.windows:
        raise NoBaseline("short", past.days)
    if past.customers < FEW_SEEN:
        raise NoBaseline("few", past.days, past.customers)
    cap = _cap(past, yardstick) if yardstick.capped else None
    outcome = yardstick.outcome
    if not past.mean(outcome, cap) > 0:
        reason = "nothing" if past.mean("bought") > 0 else "never"
        raise NoBaseline(reason, past.days, past.customers)
    means = past.by_window(outcome, cap)
    has_money = open_ledger(base).has("orders")
    return Baseline(
        expected=_range(past, outcome, people, cap),
        deviation=past.deviation(outcome, cap),
        quietest=float(np.nanmin(means)),
        busiest=float(np.nanmax(means)),
        cap=cap,
        buying=past.mean("bought"),
        orders=_range(past, "orders", people),
        revenue=_range(past, "revenue", people) if has_money else None,
        windows=len(past.windows),
        period=past.period,
        seen=past.customers,
    )


def _range(past: Past, outcome: str, people: int, cap: float | None = None) -> Range:
    return Range(past.mean(outcome, cap), *past.expected(outcome, people, cap))


def _cap(past: Past, yardstick: Yardstick) -> float | None:
    """The value that one in a hundred of those who bought lies above; the highest of few."""
    values, weights = past.values(yardstick.outcome)
    some = (values > 0) & (weights > 0)
    if not some.any():
        return None
    order = np.argsort(values[some])
    reached = np.cumsum(weights[some][order]) / weights[some].sum()
    return float(values[some][order][int(np.searchsorted(reached, CAP))])


def _code(base: CustomerBase, snapshot: str, people: Sequence[str], aim: Aim) -> str:
    """`segment-3-5f2c1a09`: a name that only the same plan gets."""
    told = (snapshot, base.segmentation.id, base.as_of.isoformat(), aim, *people)
    digest = hashlib.sha256("\n".join(map(str, told)).encode()).hexdigest()
    return f"segment-{aim.segment}-{digest[:8]}"


def ways_out(base: CustomerBase, campaign: Campaign, everyone: Audience) -> tuple[Way, ...]:
    """What would show a smaller lift than this plan does: a longer window (the shortest that shows
    the minimum lift, or else the best), everyone instead of the segment, another measure.
    """
    aim, ids = campaign.aim, (*campaign.control, *campaign.mailed)
    others = everyone.customers if len(everyone.customers) > len(ids) else ()
    measures = [
        metric for metric in MEASURES if YARDSTICKS[metric].outcome != aim.yardstick.outcome
    ]
    found = [
        _first_enough(
            aim, (_way(base, aim, "days", n, ids, days=n) for n in LONGER if n > aim.days)
        ),
        _way(base, aim, "everyone", len(others), others) if others else None,
        _best([_way(base, aim, "metric", one, ids, metric=one) for one in measures]),
    ]
    shown = campaign.detectable or float("inf")
    return tuple(way for way in found if way is not None and way.detectable < shown)


def _first_enough(aim: Aim, ways: Iterable[Way | None]) -> Way | None:
    seen: list[Way | None] = []
    for way in ways:
        seen.append(way)
        if way is not None and way.detectable <= aim.minimum_lift:
            return way
    return _best(seen)


def _best(ways: Iterable[Way | None]) -> Way | None:
    return min((way for way in ways if way), key=lambda way: way.detectable, default=None)


def _way(
    base: CustomerBase,
    aim: Aim,
    kind: Literal["days", "everyone", "metric"],
    value: int | str,
    people: Sequence[str],
    *,
    metric: str | None = None,
    days: int | None = None,
) -> Way | None:
    """The same aim with half and half of these people; None where the data cannot say."""
    try:
        measure = YARDSTICKS[_metric(base, metric or aim.metric)]
        past = past_of(base, people, days or aim.days)
        found = _baseline(base, measure, past, len(people)).measured(measure)
    except (NoBaseline, NotLoaded):
        return None
    half = len(people) // 2
    shown = detectable_lift(found, half, len(people) - half, aim.power)
    return None if shown is None else Way(kind, value, shown)
