"""A campaign planned in words: how many to hold out, what that shows, what it is worth and costs.

The plan is kept in the workspace. Counts are told, the lists are not: those leave only as a file
that the user asks for. How a campaign went is told in `campaign_reading.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.formats import format_rounded
from assistant.tools.campaign_words import (
    amount,
    facts_of,
    gains,
    lifted,
    named,
    no_plan,
    rounded,
    table_of,
    way_words,
    whole,
    yardstick_name,
)
from assistant.tools.references import segment_id, spoken
from assistant.tools.result import ToolResult
from assistant.tools.verdicts import note_beside
from assistant.tools.voice import Voice, capital, voice
from segmentation.insight.campaign.audience import Audience, audience
from segmentation.insight.campaign.past_windows import longest_window
from segmentation.insight.campaign.plan import NoBaseline, TooHigh, Way, plan, ways_out
from segmentation.insight.campaign.record import Campaign, keep_campaign
from segmentation.insight.errors import UnknownName
from segmentation.insight.evidence.significance import LEVEL
from segmentation.types import CustomerBase

__all__ = ["plan_campaign", "planned", "told"]

FIRST = 3
"""Ids of the control list that are shown."""
FEW_WINDOWS = 3


def plan_campaign(
    workspace: Any,
    language: str,
    *,
    segment: Any,
    metric: str | None = None,
    minimum_lift: float | None = None,
    power: float | None = None,
    days: int | None = None,
) -> ToolResult:
    """Plan a campaign for a segment and keep it. Raises UnknownName, BadArgument, NotLoaded."""
    asked = {"metric": metric, "minimum_lift": minimum_lift, "power": power, "days": days}
    number = segment_id(workspace.base, segment)
    try:
        found, people = planned(workspace, number, **asked)
    except (NoBaseline, TooHigh, UnknownName) as error:
        text = _cannot(voice(language), spoken(workspace.base, language), number, error)
        if not text:
            raise
        return ToolResult(text, status="error")
    return told(workspace, language, found, people)


def planned(workspace: Any, segment: int, **asked: Any) -> tuple[Campaign, Audience]:
    """The plan, kept in the workspace, and the audience it is for."""
    people = audience(workspace.base, segment=segment, suppressed=workspace.suppressed())
    found = plan(workspace.base, people, segment=segment, snapshot=workspace.snapshot.id, **asked)
    keep_campaign(workspace.root, found)
    return found, people


def told(workspace: Any, language: str, found: Campaign, people: Audience) -> ToolResult:
    """A plan in words, with its facts."""
    say, base = voice(language), spoken(workspace.base, language)
    everyone = audience(base, suppressed=workspace.suppressed())
    ways = () if found.is_enough else ways_out(base, found, everyone)
    parts, notices = note_beside(
        say,
        base.segmentation,
        _text(say, base, found, people, ways),
        _in_full(say, base, found, people, ways),
    )
    return ToolResult(
        say.sentences(parts),
        facts=facts_of(base, found, people, ways),
        tables=(table_of(say, base, found),),
        notices=notices,
    )


def _cannot(say: Voice, base: CustomerBase, segment: int, error: Exception) -> str:
    """Why there is no plan; empty where the error speaks for itself."""
    if isinstance(error, UnknownName):
        if error.kind != "yardstick":
            return ""
        names = str(say["list.comma"]).join(error.valid)
        return say.say("campaign.errors.metric", metric=say.metric(error.given), names=names)
    assert isinstance(error, NoBaseline | TooHigh)
    parts = [no_plan(say, base, segment, error)]
    if isinstance(error, TooHigh) or error.reason == "nobody":
        return parts[0]
    if error.reason == "short" and (most := longest_window(base)):
        parts.append(say.say("campaign.errors.longest", days=say.count(most, "days")))
    principle = say.say("campaign.principle")
    return say.sentences([*parts, principle, say.say("campaign.errors.half")])


# --- words ----------------------------------------------------------------------------------------


def _text(
    say: Voice, base: CustomerBase, found: Campaign, people: Audience, ways: Sequence[Way]
) -> list[str]:
    sizes = {"control": say.number(len(found.control)), "mailed": say.number(len(found.mailed))}
    head = say.say(
        "campaign.head",
        segment=named(say, base, found.aim.segment),
        people=say.count(found.people, "customers"),
        days=say.count(found.aim.days, "days"),
        yardstick=yardstick_name(say, base, found),
        **sizes,
    )
    return [
        *(head, _power(say, base, found), _best_way(say, ways)),
        *(_price(say, base, found), _left_out(say, people)),
    ]


def _in_full(
    say: Voice, base: CustomerBase, found: Campaign, people: Audience, ways: Sequence[Way]
) -> tuple[str, ...]:
    """What the answer leaves to those who want to know: notices."""
    parts = [
        say.say("campaign.season"),
        say.sentences(_test(say, found)),
        say.sentences(_baseline(say, base, found)),
        _worth(say, base, found),
        _ways(say, found, ways),
        _consent(say, people),
        _kept(say, found),
    ]
    return tuple(part for part in parts if part)


def _power(say: Voice, base: CustomerBase, found: Campaign) -> str:
    """What the groups show, or that it is too little."""
    told = {
        "power": say.share(found.aim.power),
        "lift": say.share(found.aim.minimum_lift),
        "reached": say.share(round(found.reached, 2)),
        "base": amount(say, base, found, found.baseline.expected.value),
    }
    if found.is_enough:
        target = found.baseline.expected.value * (1 + found.aim.minimum_lift)
        return say.say("campaign.enough", target=amount(say, base, found, target), **told)
    if found.detectable is None:
        return say.say("campaign.blind", **told)
    target = found.baseline.expected.value * (1 + found.detectable)
    told |= {"shown": lifted(say, found.detectable), "target": amount(say, base, found, target)}
    return say.say("campaign.too_small", **told)


def _test(say: Voice, found: Campaign) -> list[str]:
    """How the two groups will be told apart, and the least that such a test needs."""
    parts = [say.say("campaign.test", level=say.share(LEVEL))]
    if found.is_enough and found.is_least:
        parts.append(say.say("campaign.fewest", control=say.number(len(found.control))))
    return parts


def _best_way(say: Voice, ways: Sequence[Way]) -> str:
    """The one that shows the smallest lift."""
    if not ways:
        return ""
    return capital(way_words(say, "helps_most", min(ways, key=lambda way: way.detectable)))


def _ways(say: Voice, found: Campaign, ways: Sequence[Way]) -> str:
    """All that would help, where there is need of it."""
    if found.is_enough:
        return ""
    if not ways:
        return say.say("campaign.nothing_helps")
    told = [way_words(say, "ways", way) for way in ways]
    return say.say("campaign.helps", list=say.list(told, "or"))


def _baseline(say: Voice, base: CustomerBase, found: Campaign) -> list[str]:
    """What it rests on."""
    past = found.baseline
    one, many = say["campaign.windows"]
    windows = str(one if past.windows == 1 else many).format(n=past.windows)
    doing = say[f"campaign.doing.{'orders' if past.revenue else 'events'}"]
    told = {"windows": windows, "period": say.period(past.period), "doing": doing}
    told |= {"seen": say.count(past.seen, "customers")}
    for name in ("value", "low", "high"):
        told["base" if name == "value" else name] = amount(
            say, base, found, getattr(past.expected, name)
        )
    parts = [say.say("campaign.baseline", **told)]
    parts.append(_spread(say, base, found) if past.windows > 1 else "")
    parts.append(say.say("campaign.chance_only") if past.windows < FEW_WINDOWS else "")
    if past.cap is not None:
        parts.append(say.say("campaign.cap", cap=amount(say, base, found, past.cap)))
    return [*parts, say.say("campaign.of_buyers") if found.aim.yardstick.of_buyers else ""]


def _spread(say: Voice, base: CustomerBase, found: Campaign) -> str:
    """The quietest and the busiest window, and what a quiet one would hide."""
    past = found.baseline
    ends = {"quiet": past.quietest, "busy": past.busiest}
    told = {name: amount(say, base, found, value) for name, value in ends.items()}
    shown = found.shows_in(past.quietest)
    if shown is None or not found.is_enough or found.aim.yardstick.unit != "share":
        return say.say("campaign.spread_plain", **told)
    return say.say("campaign.spread", shown=lifted(say, shown), **told)


def _worth(say: Voice, base: CustomerBase, found: Campaign) -> str:
    """What the minimum lift brings in, and what holding out costs."""
    brought = gains(found)
    told = {"lift": say.share(found.aim.minimum_lift)}
    orders, money = brought.get("orders"), brought.get("revenue")
    if orders:
        told |= {"orders": _round(say, orders.value), "low": _round(say, orders.low)}
        told |= {"high": _round(say, orders.high)}
    if money:
        cash = {"revenue": money.value, "revenue_low": money.low, "revenue_high": money.high}
        told |= {name: format_rounded(whole(value), base.currency) for name, value in cash.items()}
    key = "basket" if not orders else "money" if money else "orders"
    days = say.count(found.aim.days, "days")
    return say.say(f"campaign.worth_{key}", days=days, **told)


def _price(say: Voice, base: CustomerBase, found: Campaign) -> str:
    """What holding out forgoes if the minimum lift is real."""
    brought, share = gains(found), len(found.control) / len(found.mailed)
    orders, money = brought.get("orders"), brought.get("revenue")
    told = {"orders": say.count(rounded(orders.value * share), "orders")} if orders else {}
    if money:
        told["revenue"] = format_rounded(whole(money.value * share), base.currency)
    what = say.list(list(told.values()))
    return say.say("campaign.cost", what=what, lift=say.share(found.aim.minimum_lift))


def _left_out(say: Voice, people: Audience) -> str:
    """Who may not be contacted, or that nobody knows."""
    told = [
        say.part(f"campaign.reasons.{reason}", n=say.number(n))
        for reason, n in people.left_out.items()
        if n
    ]
    considered = say.count(people.considered, "customers")
    listed = say.say("campaign.left_out", considered=considered, list=say.list(told))
    unknown = say.say("campaign.no_consent") if people.consent_field is None else ""
    return say.sentences([listed if told else "", unknown])


def _consent(say: Voice, people: Audience) -> str:
    if people.consent_field is None or any(people.left_out.values()):
        return ""
    return say.say("campaign.consented", considered=say.count(people.considered, "customers"))


def _kept(say: Voice, found: Campaign) -> str:
    first = say.list([say.data(one) for one in found.control[:FIRST]])
    return say.say("campaign.kept", id=found.id, first=first)


def _round(say: Voice, value: float) -> str:
    return say.number(rounded(value))
