"""A campaign read back in words: whether it made a difference, how large, and what is against it.

Only what groups drawn by lot show is called a lift. Where nothing was shown, that is what is said,
not that there is nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from math import isfinite
from pathlib import Path
from typing import Any

from assistant.formats import SMALLEST_P, format_rounded
from assistant.tools.campaign_words import amount, ranged, subject, unit_of, yardstick_name
from assistant.tools.references import spoken
from assistant.tools.result import Table, ToolResult
from assistant.tools.voice import BREAK, Voice, voice
from segmentation.insight.campaign.files import seen_in_base, seen_in_file
from segmentation.insight.campaign.record import Campaign, Range, open_campaign
from segmentation.insight.campaign.result import Comparison, Reading, read
from segmentation.insight.errors import BadArgument
from segmentation.types import CustomerBase, Fact

__all__ = ["read_campaign"]


def read_campaign(
    workspace: Any,
    language: str,
    *,
    plan: str,
    result: str | Path | None = None,
    start: str | None = None,
) -> ToolResult:
    """How a campaign went, by a file of results or by the orders of the current snapshot.

    Args:
        plan: the id of a kept plan.
        result: a file; None takes the snapshot's own orders.
        start: the day it was sent, an ISO date; the day it was planned for if None.

    Raises:
        UnknownName, BadArgument, InputError: each says what would be right.
    """
    say, base = voice(language), spoken(workspace.base, language)
    campaign = open_campaign(workspace.root, plan)
    began = _day(start or campaign.start)
    if result is None:
        seen = seen_in_base(campaign, base, began)
    else:
        seen = seen_in_file(campaign, base, Path(result), began)
    found = read(campaign, seen)
    return ToolResult(
        say.sentences(_text(say, base, found, began)),
        facts=_facts(base, found, began),
        tables=(_table(say, base, found),),
    )


def _day(text: str) -> datetime:
    """The start of a day. Raises BadArgument."""
    try:
        return datetime.combine(date.fromisoformat(text.strip()), time.min)
    except ValueError:
        raise BadArgument("start", text, "day") from None


def _text(say: Voice, base: CustomerBase, found: Reading, began: datetime) -> list[str]:
    days = say.count(found.days, "days")
    window = say.say("campaign.read.window", days=days, start=say.day(began.date()))
    early = ""
    if not found.is_over:
        whole = say.count(found.campaign.aim.days, "days")
        early = say.say("campaign.read.early", days=days, whole=whole)
    doubt = _mismatch(say, found) if found.is_mismatch else ""
    parts = [doubt, _verdict(say, base, found), _difference(say, base, found)]
    parts += [_gain(say, base, found), BREAK, window, early]
    return [*parts, *_remarks(say, base, found)]


def _verdict(say: Voice, base: CustomerBase, found: Reading) -> str:
    """The finding in one sentence."""
    campaign, comparison = found.campaign, found.comparison
    told = {
        "yardstick": yardstick_name(say, base, campaign),
        "mailed": amount(say, base, campaign, found.mailed.value),
        "control": amount(say, base, campaign, found.control.value),
        "mailed_n": say.number(found.mailed.measured),
        "control_n": say.number(found.control.measured),
        "p": _p(say, comparison.p),
        "shows": _shows(say, campaign),
    }
    lift = comparison.lift
    has_ends = lift is not None and isfinite(lift.low) and isfinite(lift.high)
    if comparison.is_clear and not has_ends:
        return say.say("campaign.read.apart", **told)
    if not has_ends:
        return say.say("campaign.read.none_open", **told)
    assert lift is not None
    ends = {"low": _signed(say, lift.low), "high": _signed(say, lift.high)}
    if not comparison.is_clear:
        return say.say("campaign.read.none", **ends, **told)
    key = "more" if lift.value > 0 else "less"
    return say.say(f"campaign.read.{key}", lift=say.share(abs(lift.value)), **ends, **told)


def _shows(say: Voice, campaign: Campaign) -> str:
    power = say.share(campaign.aim.power)
    if campaign.detectable is None:
        return say.part("campaign.read.shows_nothing", power=power)
    shown = say.share(round(campaign.detectable, 2))
    return say.part("campaign.read.shows", shown=shown, power=power)


def _difference(say: Voice, base: CustomerBase, found: Reading) -> str:
    ends = _ends(say, base, found.campaign, found.comparison.difference)
    return say.say("campaign.read.difference", **ends)


def _ends(say: Voice, base: CustomerBase, campaign: Campaign, found: Range) -> dict[str, str]:
    """A difference and its interval, shares in points."""

    def told(value: float) -> str:
        sign = "+" if value > 0 else ""
        if campaign.aim.yardstick.unit == "share":
            return say.part("campaign.read.points", value=f"{sign}{say.number(value * 100)}")
        return sign + amount(say, base, campaign, value)

    return {name: told(getattr(found, name)) for name in ("value", "low", "high")}


def _gain(say: Voice, base: CustomerBase, found: Reading) -> str:
    """What it comes to in all; only of a difference that was shown."""
    if found.gain is None or not found.comparison.is_clear or found.is_mismatch:
        return ""
    unit = found.campaign.aim.yardstick.unit

    def told(value: float) -> str:
        number = format_rounded(round(value), base.currency if unit == "money" else "")
        return say.part(f"campaign.read.gained.{unit}", n=number)

    ends = {name: told(getattr(found.gain, name)) for name in ("value", "low", "high")}
    days, mailed = say.count(found.days, "days"), say.number(found.mailed.known)
    return say.say("campaign.read.gain", mailed_n=mailed, days=days, **ends)


def _mismatch(say: Voice, found: Reading) -> str:
    told = {
        "control": say.number(found.control.known),
        "control_drawn": say.number(found.control.drawn),
        "mailed": say.number(found.mailed.known),
        "mailed_drawn": say.number(found.mailed.drawn),
    }
    return say.say("campaign.read.mismatch", **told)


def _remarks(say: Voice, base: CustomerBase, found: Reading) -> list[str]:
    """What else the comparison rests on, as far as there is something to say."""
    lost = {
        "mailed": found.mailed.drawn - found.mailed.known,
        "control": found.control.drawn - found.control.known,
    }
    told: list[tuple[object, str, dict[str, str]]] = [
        (any(lost.values()), "missing", {name: say.number(n) for name, n in lost.items()}),
        (found.only_buyers, "only_buyers", {}),
        (found.strangers, "strangers", {"n": say.number(found.strangers)}),
        (found.control.got, "contaminated", {"n": say.number(found.control.got or 0)}),
        (_unreached(found), "unreached", {"n": say.number(_unreached(found))}),
    ]
    parts = [say.say(f"campaign.read.{key}", **values) for holds, key, values in told if holds]
    return [*parts, _uncapped(say, base, found)]


def _unreached(found: Reading) -> int:
    """Mailed customers who are known not to have got it."""
    return 0 if found.mailed.got is None else found.mailed.drawn - found.mailed.got


def _uncapped(say: Voice, base: CustomerBase, found: Reading) -> str:
    cap, other = found.campaign.baseline.cap, found.uncapped
    if cap is None or other is None:
        return ""
    ends = _ends(say, base, found.campaign, other.difference)
    shown = amount(say, base, found.campaign, cap)
    return say.say("campaign.read.cap", cap=shown, p=_p(say, other.p), **ends)


def _signed(say: Voice, value: float) -> str:
    return ("+" if value > 0 else "") + say.share(value)


def _p(say: Voice, p: float) -> str:
    """`= 0.03`, `below 0.001`."""
    if p < SMALLEST_P:
        return say.part("campaign.read.below", p=SMALLEST_P)
    return say.part("campaign.read.p", p=f"{p:.2f}" if p >= 0.1 else f"{p:.3f}")


def _table(say: Voice, base: CustomerBase, found: Reading) -> Table:
    columns = tuple(map(str, say["campaign.read.columns"]))
    groups: Sequence[tuple[str, Any]] = (("mailed", found.mailed), ("control", found.control))
    rows = tuple(
        (
            str(say[f"campaign.read.{name}"]),
            *(group.drawn, group.known),
            amount(say, base, found.campaign, group.value),
        )
        for name, group in groups
    )
    return Table(say.say("campaign.read.title", id=found.campaign.id), columns, rows)


def _facts(base: CustomerBase, found: Reading, began: datetime) -> tuple[Fact, ...]:
    """Every number of the answer, and those behind it."""
    campaign, outcome = found.campaign, found.campaign.aim.yardstick.outcome
    unit = unit_of(base, campaign) or campaign.aim.yardstick.unit
    day = began.date().isoformat()

    def fact(metric: str, value: Any, own: str) -> Fact:
        return Fact(subject(campaign), metric, day, value, own)

    facts = [
        fact("window_seen", found.days, "days"),
        fact("strangers", found.strangers, "customers"),
    ]
    for name, group in (("mailed", found.mailed), ("control", found.control)):
        facts += [
            fact(f"{name}_drawn", group.drawn, "customers"),
            fact(f"{name}_known", group.known, "customers"),
            fact(f"{name}_{outcome}", group.value, unit),
        ]
        facts += [fact(f"{name}_received", group.got, "customers")] if group.got is not None else []
    facts += _compared(fact, "", found.comparison, unit)
    if found.uncapped is not None:
        facts += _compared(fact, "_uncapped", found.uncapped, unit)
    if found.gain is not None:
        facts += ranged(fact, "gain", found.gain, unit)
    return (*facts, fact("mismatch_p", found.mismatch, "p"))


def _compared(fact: Any, name: str, found: Comparison, unit: str) -> list[Fact]:
    facts = ranged(fact, f"difference{name}", found.difference, unit)
    if found.lift is not None:
        ends = {"": found.lift.value, "_low": found.lift.low, "_high": found.lift.high}
        facts += [
            fact(f"lift{name}{e}", v if isfinite(v) else None, "share") for e, v in ends.items()
        ]
    return [*facts, fact(f"p{name}", found.p, "p")]
