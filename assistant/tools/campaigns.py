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
    table_of,
    yardstick_name,
)
from assistant.tools.references import segment_id, spoken
from assistant.tools.result import ToolResult
from assistant.tools.verdicts import with_note
from assistant.tools.voice import BREAK, Voice, voice
from segmentation.insight.campaign.audience import Audience, audience
from segmentation.insight.campaign.past_windows import longest_window
from segmentation.insight.campaign.plan import NoBaseline, TooHigh, Way, plan, ways_out
from segmentation.insight.campaign.record import YARDSTICKS, Campaign, keep_campaign
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
    parts = _text(say, base, found, people, ways)
    return ToolResult(
        say.sentences(with_note(say, base.segmentation, parts)),
        facts=facts_of(base, found, people, ways),
        tables=(table_of(say, base, found),),
    )


def _cannot(say: Voice, base: CustomerBase, segment: int, error: Exception) -> str:
    """Why there is no plan; empty where the error speaks for itself."""
    segment_name = named(say, base, segment)
    if isinstance(error, TooHigh):
        shares = {"lift": error.lift, "base": error.share, "most": 1 / error.share - 1}
        return say.say("campaign.errors.too_high", **{k: say.share(v) for k, v in shares.items()})
    if isinstance(error, UnknownName):
        if error.kind != "yardstick":
            return ""
        names = str(say["list.comma"]).join(error.valid)
        return say.say("campaign.errors.metric", metric=say.metric(error.given), names=names)
    assert isinstance(error, NoBaseline)
    values = {
        "segment": segment_name,
        "days": say.count(error.days, "days"),
        "seen": say.number(error.seen),
    }
    parts = [say.say(f"campaign.errors.{error.reason}", **values)]
    if error.reason == "nobody":
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
    crowd = say.count(found.people, "customers")
    head = say.say(
        "campaign.head", segment=named(say, base, found.aim.segment), people=crowd, **sizes
    )
    days = say.count(found.aim.days, "days")
    judged = say.say("campaign.judged", days=days, yardstick=yardstick_name(say, base, found))
    return [
        *(head, judged, *_power(say, base, found, ways), BREAK),
        *(*_baseline(say, base, found), BREAK, _worth(say, base, found)),
        *(_left_out(say, people), BREAK, _kept(say, found)),
    ]


def _power(say: Voice, base: CustomerBase, found: Campaign, ways: Sequence[Way]) -> list[str]:
    """What the groups show, and where that is too little, what would help."""
    told = {
        "level": say.share(LEVEL),
        "power": say.share(found.aim.power),
        "lift": say.share(found.aim.minimum_lift),
        "reached": say.share(round(found.reached, 2)),
        "base": amount(say, base, found, found.baseline.expected.value),
    }
    if found.is_enough:
        target = found.baseline.expected.value * (1 + found.aim.minimum_lift)
        told["target"] = amount(say, base, found, target)
        parts = [say.say("campaign.enough", **told)]
        if found.is_least:
            parts.append(say.say("campaign.fewest", control=say.number(len(found.control))))
        return parts
    if found.detectable is None:
        return [say.say("campaign.blind", **told), _ways(say, ways)]
    target = found.baseline.expected.value * (1 + found.detectable)
    told |= {"shown": lifted(say, found.detectable), "target": amount(say, base, found, target)}
    return [say.say("campaign.too_small", **told), _ways(say, ways)]


def _ways(say: Voice, ways: Sequence[Way]) -> str:
    if not ways:
        return say.say("campaign.nothing_helps")
    told = []
    for way in ways:
        value = say.number(way.value) if isinstance(way.value, int) else way.value
        if way.kind == "metric":
            value = str(say[f"campaign.yardsticks.{YARDSTICKS[str(way.value)].outcome}"])
        lift = lifted(say, way.detectable)
        told.append(say.part(f"campaign.ways.{way.kind}", value=value, lift=lift))
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
        told |= {name: format_rounded(_whole(value), base.currency) for name, value in cash.items()}
    key = "basket" if not orders else "money" if money else ""
    worth = say.part("campaign.worth" + (f"_{key}" if key else ""), **told)
    share = len(found.control) / len(found.mailed)
    forgone = {"orders": _round(say, orders.value * share)} if orders else {}
    forgone |= (
        {"revenue": format_rounded(_whole(money.value * share), base.currency)} if money else {}
    )
    what = say.part(f"campaign.cost_{key or 'orders'}", **forgone)
    days = say.count(found.aim.days, "days")
    return say.say("campaign.cost", worth=worth, days=days, what=what)


def _left_out(say: Voice, people: Audience) -> str:
    considered = say.count(people.considered, "customers")
    told = [
        say.part(f"campaign.reasons.{reason}", n=say.number(n))
        for reason, n in people.left_out.items()
        if n
    ]
    parts = (
        [say.say("campaign.left_out", considered=considered, list=say.list(told))] if told else []
    )
    if people.consent_field is None:
        parts.append(say.say("campaign.no_consent"))
    elif not told:
        parts.append(say.say("campaign.consented", considered=considered))
    return say.sentences(parts)


def _kept(say: Voice, found: Campaign) -> str:
    first = say.list([say.data(one) for one in found.control[:FIRST]])
    return say.say("campaign.kept", id=found.id, first=first)


def _round(say: Voice, value: float) -> str:
    """Orders that are expected: whole from ten on."""
    return say.number(round(value) if abs(value) >= 10 else round(value, 1))


def _whole(value: float) -> float:
    return round(value) if abs(value) >= 100 else round(value, 2)
