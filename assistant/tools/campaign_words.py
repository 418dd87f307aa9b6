"""What the words about campaigns share: names, values in their unit, facts, and the table of
control groups of other sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from assistant.tools.result import Table
from assistant.tools.voice import Voice
from segmentation.insight.campaign.audience import Audience
from segmentation.insight.campaign.plan import NoBaseline, TooHigh, Way
from segmentation.insight.campaign.record import YARDSTICKS, Campaign, Range
from segmentation.insight.evidence.significance import LEVEL
from segmentation.types import CustomerBase, Fact

__all__ = [
    "amount",
    "facts_of",
    "gains",
    "lifted",
    "named",
    "no_plan",
    "ranged",
    "rounded",
    "subject",
    "table_of",
    "unit_of",
    "way_words",
    "whole",
    "yardstick_name",
]

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Control groups of other sizes, to compare with the plan's."""


def named(say: Voice, base: CustomerBase, segment: int) -> str:
    """A segment as sentences call it."""
    name = next(s.name for s in base.segmentation.segments if s.id == segment)
    return say.segment(segment, name)


def yardstick_name(say: Voice, base: CustomerBase, found: Campaign) -> str:
    """What a campaign is judged by, in words."""
    outcome = found.aim.yardstick.outcome
    again = outcome == "bought" and found.aim.metric == "repeat_rate" and "orders" in base.tables
    return str(say[f"campaign.yardsticks.{'bought_again' if again else outcome}"])


def amount(say: Voice, base: CustomerBase, found: Campaign, value: float) -> str:
    """A value of the yardstick in its unit."""
    return say.value(value, unit_of(base, found))


def unit_of(base: CustomerBase, found: Campaign) -> str:
    unit = found.aim.yardstick.unit
    return base.currency if unit == "money" else "" if unit in ("orders", "items") else unit


def lifted(say: Voice, value: float) -> str:
    """A lift, rounded up: one that shows must not read as smaller than it is."""
    digits = 3 if value < 0.1 else 2
    return say.share(round(value + 0.49 * 10**-digits, digits))


def gains(found: Campaign) -> dict[str, Range]:
    """What the mailed bring in more at the minimum lift: `orders`, `revenue`, as far as known."""
    people, past = len(found.mailed), found.baseline
    found_gains = {}
    if not found.aim.yardstick.of_buyers:
        found_gains["orders"] = found.gain(past.orders, people)
    if past.revenue is not None:
        found_gains["revenue"] = found.gain(past.revenue, people)
    return found_gains


def rounded(value: float) -> float:
    """Orders that are expected: whole from ten on."""
    return round(value) if abs(value) >= 10 else round(value, 1)


def whole(value: float) -> float:
    """Money that is expected: whole from a hundred on."""
    return round(value) if abs(value) >= 100 else round(value, 2)


def no_plan(say: Voice, base: CustomerBase, segment: int, error: NoBaseline | TooHigh) -> str:
    """Why no campaign can be planned for a segment."""
    if isinstance(error, TooHigh):
        shares = {"lift": error.lift, "base": error.share, "most": 1 / error.share - 1}
        return say.say("campaign.errors.too_high", **{k: say.share(v) for k, v in shares.items()})
    return say.say(
        f"campaign.errors.{error.reason}",
        segment=named(say, base, segment),
        days=say.count(error.days, "days"),
        seen=say.count(error.seen, "customers"),
    )


def way_words(say: Voice, form: str, way: Way) -> str:
    """What would make a test surer; `form` as in the wording of campaigns: ways, helps_most."""
    value = say.number(way.value) if isinstance(way.value, int) else way.value
    if way.kind == "metric":
        value = str(say[f"campaign.yardsticks.{YARDSTICKS[str(way.value)].outcome}"])
    return say.part(f"campaign.{form}.{way.kind}", value=value, lift=lifted(say, way.detectable))


def table_of(say: Voice, base: CustomerBase, found: Campaign) -> Table:
    """The plan beside control groups of other sizes."""
    lift, titles = say.share(found.aim.minimum_lift), say["campaign.columns"]
    sizes = {round(found.people * share) for share in SHARES} - {0}
    sizes = {size for size in sizes if size <= found.people // 2} | {len(found.control)}
    names = ("held", "share", "mailed", "shown", "chance")
    columns = [str(titles[name]).format(lift=lift) for name in names]
    rows = tuple(_row(say, found, size) for size in sorted(sizes))
    segment = named(say, base, found.aim.segment)
    return Table(say.say("campaign.title", segment=segment), (*columns, ""), rows)


def _row(say: Voice, found: Campaign, size: int) -> tuple[Any, ...]:
    shown = found.shows(size)
    return (
        size,
        say.share(size / found.people),
        found.people - size,
        None if shown is None else lifted(say, shown),
        say.share(round(found.chance(size), 2)),
        str(say["campaign.this_plan"]) if size == len(found.control) else "",
    )


def subject(found: Campaign) -> str:
    """Whom the facts are about."""
    return f"segment:{found.aim.segment}"


def facts_of(
    base: CustomerBase, found: Campaign, people: Audience, ways: Sequence[Way]
) -> tuple[Fact, ...]:
    """Every number of the answer."""
    today, past, of = base.as_of.date().isoformat(), found.baseline, subject(found)

    def fact(metric: str, value: Any, unit: str, period: str = today) -> Fact:
        return Fact(of, metric, period, value, unit)

    unit = unit_of(base, found) or found.aim.yardstick.unit
    facts = [
        fact("considered", people.considered, "customers"),
        *(fact(f"left_out_{why}", n, "customers") for why, n in people.left_out.items()),
        fact("audience", found.people, "customers"),
        fact("control", len(found.control), "customers"),
        fact("mailed", len(found.mailed), "customers"),
        fact("minimum_lift", found.aim.minimum_lift, "share"),
        fact("power", found.aim.power, "share"),
        fact("power_reached", found.reached, "share"),
        fact("significance_level", LEVEL, "share"),
        fact("detectable_lift", found.detectable, "share"),
        fact("window", found.aim.days, "days"),
        fact("earlier_windows", past.windows, "windows", past.period),
        fact("customers_seen", past.seen, "customers", past.period),
    ]
    facts += ranged(fact, f"expected_{found.aim.yardstick.outcome}", past.expected, unit)
    for name, value in (("quietest", past.quietest), ("busiest", past.busiest), ("cap", past.cap)):
        facts += [fact(name, value, unit, past.period)] if value is not None else []
    share = len(found.control) / len(found.mailed)
    for name, gain in gains(found).items():
        own = base.currency if name == "revenue" else name
        facts += ranged(fact, f"extra_{name}", gain, own)
        facts.append(fact(f"forgone_{name}", gain.value * share, own))
    facts += [fact(f"detectable_lift_{w.kind}:{w.value}", w.detectable, "share") for w in ways]
    return tuple(facts)


def ranged(fact: Callable[..., Fact], name: str, found: Range, unit: str) -> list[Fact]:
    ends = {"": found.value, "_low": found.low, "_high": found.high}
    return [fact(f"{name}{end}", value, unit) for end, value in ends.items()]
