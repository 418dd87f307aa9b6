"""What to do next with each segment, how much to expect of it, and how to find out that it works.

Only what the data supports: offers from what such customers take up, campaigns from how such
customers behaved in earlier windows. A campaign is planned here and not kept; nobody is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.formats import format_rounded
from assistant.report.study import Study, Told
from assistant.tools.campaign_words import (
    amount,
    facts_of,
    gains,
    lifted,
    no_plan,
    rounded,
    way_words,
    whole,
)
from assistant.tools.voice import capital
from segmentation.insight.campaign.audience import Audience, audience
from segmentation.insight.campaign.plan import NoBaseline, TooHigh, Way, plan, ways_out
from segmentation.insight.campaign.record import Campaign, Range
from segmentation.insight.errors import NotLoaded
from segmentation.insight.evidence.traits import segment_traits
from segmentation.insight.recommend.offers import Recommendation
from segmentation.insight.recommend.recommend import recommend
from segmentation.insight.recommend.repeats import AHEAD
from segmentation.types import Fact, Segment

__all__ = ["actions"]

OFFERS = 3
WORTH_TELLING = 1.0
"""Fewer buyers than this are not foretold."""
VISITING = ("converting", "browsing")
"""Kinds of visitors whose names do not say that they are."""
SHOWN = ("expected_new_customers", "customers_without")
MAILED = ("considered", "audience", "control", "mailed", "left_out")
WORTH = ("expected", "minimum_lift", "extra")
TESTED = ("power", "detectable", "minimum_lift")
"""Beginnings of the metrics that each sentence tells."""


@dataclass(frozen=True)
class Planned:
    """A segment with the campaign for it; without one, why, in words (empty: nobody can plan)."""

    segment: Segment
    people: Audience
    campaign: Campaign | None
    why: str = ""

    @property
    def worth(self) -> float:
        """Revenue to gain at the minimum lift, or else orders."""
        brought = gains(self.campaign) if self.campaign else {}
        best = brought.get("revenue") or brought.get("orders")
        return best.value if best else 0.0


def actions(study: Study) -> Mapping[str, Any] | None:
    """Every segment's next steps, those with most to gain first."""
    if not study.has_segments:
        study.leave_out("actions", study.tell("left_out.no_segments"))
        return None
    found = [_planned(study, one) for one in study.segments]
    found.sort(key=lambda one: (-one.worth, one.segment.id))
    everyone = audience(study.base, suppressed=study.workspace.suppressed())
    ways = _ways(study, found[0], everyone)
    return {
        "segments": [_steps(study, one, () if i else ways) for i, one in enumerate(found)],
        "consent": "" if everyone.consent_field else str(study.say["campaign.no_consent"]),
        "together": _together(study, found[0], ways),
        "best": _best(study, found[0]),
    }


def _planned(study: Study, segment: Segment) -> Planned:
    base, snapshot = study.base, study.workspace.snapshot.id
    people = audience(base, segment=segment.id, suppressed=study.workspace.suppressed())
    try:
        return Planned(segment, people, plan(base, people, segment=segment.id, snapshot=snapshot))
    except (NoBaseline, TooHigh) as error:
        return Planned(segment, people, None, no_plan(study.say, base, segment.id, error))
    except NotLoaded:
        study.leave_out("campaigns", study.tell("left_out.no_campaigns"))
        return Planned(segment, people, None)


def _ways(study: Study, first: Planned, everyone: Audience) -> tuple[Way, ...]:
    """What makes the test of the most promising campaign surer, where it is not sure enough."""
    if first.campaign is None or first.campaign.is_enough:
        return ()
    return tuple(ways_out(study.base, first.campaign, everyone))


def _steps(study: Study, one: Planned, ways: Sequence[Way]) -> Mapping[str, Any]:
    traits, goals = segment_traits(study.base)[one.segment.id], study.words["goals"]
    visits = "visitor" in traits.kind or traits.kind in VISITING
    return {
        **study.entry(one.segment),
        "goal": goals.get(traits.recency) or goals["visitors" if visits else traits.kind],
        "steps": [*_offers(study, one.segment), *_campaign(study, one, ways)],
    }


def _best(study: Study, one: Planned) -> Told | None:
    """Where most is to be won, for the summary."""
    if one.campaign is None or not one.worth:
        return None
    values = {"name": study.called(one.segment), **_gained(study, one.campaign)}
    key = "best" if "revenue" in values else "best_orders"
    facts = _facts(study, one, WORTH)
    return study.told(study.tell(f"summary.{key}", **values), facts, key=True)


def _together(study: Study, one: Planned, ways: Sequence[Way]) -> Told | None:
    """What a test on everybody at once would show."""
    all_ = next((way for way in ways if way.kind == "everyone"), None)
    if all_ is None or one.campaign is None:
        return None
    say = study.say
    values = {"people": say.number(int(all_.value)), "lift": lifted(say, all_.detectable)}
    values["days"] = say.count(one.campaign.aim.days, "days")
    facts = facts_of(study.base, one.campaign, one.people, [all_])
    return study.told(study.tell("actions.together", **values), [facts[-1]])


# --- offers --------------------------------------------------------------------------------------


def _offers(study: Study, segment: Segment) -> list[Told]:
    try:
        found = recommend(study.base, segment=segment.id, n=OFFERS, texts=study.workspace.texts)
    except NotLoaded:
        study.leave_out("offers", study.tell("left_out.no_products"))
        return []
    return [one for one in (_feature(study, found), _remind(study, found)) if one]


def _feature(study: Study, found: Recommendation) -> Told | None:
    """What to show, and how many are expected to buy the first of it."""
    if not found.features:
        return None
    say, first = study.say, found.features[0]
    values: dict[str, Any] = {"list": say.list([say.quote(one.name) for one in found.features])}
    if first.expected < WORTH_TELLING:
        return study.told(study.tell("actions.show", **values), ())
    values["name"] = say.quote(first.name)
    values["expected"] = say.number(rounded(first.expected))
    values |= {"without": say.number(first.without), "days": found.days}
    facts = [fact for fact in first.facts(found) if fact.metric in SHOWN]
    return study.told(study.tell("actions.show_expected", **values), facts, key=True)


def _remind(study: Study, found: Recommendation) -> Told | None:
    """What is due again, for how many."""
    if not found.repeats or not found.bought:
        return None
    say, one = study.say, found.repeats[0]
    values = {"name": say.quote(one.name), "days": AHEAD}
    values["members"] = say.count(one.members, "customers")
    return study.told(study.tell("actions.remind", **values), list(one.facts(found)))


# --- campaigns -----------------------------------------------------------------------------------


def _campaign(study: Study, one: Planned, ways: Sequence[Way]) -> list[Told]:
    """Whom to write to, what that could bring, how sure a test of it would be."""
    if one.campaign is None:
        return [study.told(one.why, ())] if one.why else []
    return [
        study.told(_mail(study, one.campaign, one.people), _facts(study, one, MAILED)),
        study.told(_worth(study, one.campaign), _facts(study, one, WORTH), key=True),
        study.told(_test(study, one.campaign, ways), _facts(study, one, TESTED, ways)),
    ]


def _facts(
    study: Study, one: Planned, begins: tuple[str, ...], ways: Sequence[Way] = ()
) -> list[Fact]:
    assert one.campaign is not None
    facts = facts_of(study.base, one.campaign, one.people, ways)
    return [fact for fact in facts if fact.metric.startswith(begins)]


def _mail(study: Study, found: Campaign, people: Audience) -> str:
    say, all_ = study.say, found.people == people.considered
    values = {
        "people": say.count(found.people, "customers"),
        "control": say.number(len(found.control)),
        "mailed": say.number(len(found.mailed)),
        "considered": say.number(people.considered),
    }
    return study.tell("actions.mail_all" if all_ else "actions.mail", **values)


def _worth(study: Study, found: Campaign) -> str:
    """What is to be expected without the campaign, and what a lift would bring."""
    past: Range = found.baseline.expected
    ends = {"base": past.value, "low": past.low, "high": past.high}
    values = {name: amount(study.say, study.base, found, end) for name, end in ends.items()}
    values |= _gained(study, found)
    return study.tell("actions.worth" if "revenue" in values else "actions.worth_orders", **values)


def _gained(study: Study, found: Campaign) -> dict[str, str]:
    """What the minimum lift comes to, with the ends of its interval."""
    say, brought = study.say, gains(found)
    orders, money = brought["orders"], brought.get("revenue")
    values = {
        "days": say.count(found.aim.days, "days"),
        "lift": say.share(found.aim.minimum_lift),
        "orders": say.count(rounded(orders.value), "orders"),
        "fewest": say.number(rounded(orders.low)),
        "most": say.number(rounded(orders.high)),
    }
    if money:
        values["revenue"] = format_rounded(whole(money.value), study.base.currency)
    return values


def _test(study: Study, found: Campaign, ways: Sequence[Way]) -> str:
    """How sure the test would be, and whether waiting helps where that is not enough."""
    say = study.say
    values = {"lift": say.share(found.aim.minimum_lift), "power": say.share(found.aim.power)}
    if found.is_enough:
        return study.tell("actions.enough", **values)
    if found.detectable is None:
        return study.tell("actions.blind", **values)
    told = study.tell("actions.too_small", shown=lifted(say, found.detectable), **values)
    later = next((way for way in ways if way.kind == "days"), None)
    if later is None:
        return told
    return say.sentences([told, capital(way_words(say, "helps_most", later))])
