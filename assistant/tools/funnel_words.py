"""Words for the steps to a purchase and for where groups leave."""

from __future__ import annotations

from assistant.tools.funnel_shapes import Seen, pair
from assistant.tools.voice import Voice
from segmentation.insight.funnel.funnel import MOST_GROUPS, funnel
from segmentation.insight.funnel.groups import Group, Leak

__all__ = [
    "MOST",
    "going_groups",
    "group_lines",
    "group_name",
    "leaving_groups",
    "leaving_line",
    "loss_lines",
    "reached_lines",
]

MOST = 5
"""Groups that are named at most; the table has more."""


def loss_lines(say: Voice, seen: Seen) -> list[str]:
    """How many visits ended in a purchase, and where most end."""
    return [_head(say, seen), _biggest(say, seen.shown)]


def leaving_line(say: Voice, seen: Seen) -> str:
    """Who leaves more often than others and where, at the greatest cost; or that nobody does."""
    by, leaving = seen.found.by, leaving_groups(seen)
    if leaving:
        told = _leak(say, seen, *leaving[0], "leak")
        return say.say("funnel.leaves", others=say[f"funnel.others.{by}"], list=told)
    if seen.group is not None:
        tested = any(leak.test for leak in seen.group.leaks)
        return str(say[f"funnel.{'alike_of' if tested else 'too_few'}"])
    return str(say[f"funnel.alike.{by}"]) if len(seen.found.groups) > 1 else ""


def reached_lines(say: Voice, seen: Seen) -> list[str]:
    """How many came how far, and who skipped what."""
    group, words = seen.shown, say["funnel.steps"]
    first, *others = group.stages
    items = [say.part("funnel.first", step=words[first.step], visits=say.number(first.visits))]
    for stage, rate in zip(others, group.rates, strict=True):
        shares = {"share": rate.value, "low": rate.low, "high": rate.high}
        told = {name: say.value(value, "share") for name, value in shares.items()}
        visits = say.number(stage.visits)
        items.append(say.part("funnel.next", step=words[stage.step], visits=visits, **told))
    return [
        say.say("funnel.reached", list=say.list(items)),
        _people(say, group),
        _skipped(say, group),
        _wished(say, group),
    ]


def _head(say: Voice, seen: Seen) -> str:
    group = seen.shown
    told = {
        "visits": say.count(group.visits, "sessions"),
        "customers": say.count(group.customers, "customers"),
        "period": say.period(seen.found.period),
    }
    which = "head" if group.conversion is not None else "head_open"
    if seen.chosen is None:
        return say.say(f"funnel.{which}", share=say.value(group.conversion, "share"), **told)
    shares = {"share": group.conversion, "everyone": funnel(seen.base).whole.conversion}
    told |= {name: say.value(value, "share") for name, value in shares.items()}
    return say.say(f"funnel.{which}_of", name=seen.name, **told)


def _biggest(say: Voice, group: Group) -> str:
    loss = group.biggest_loss
    if loss is None or not loss.lost:
        return ""
    lost, share = say.count(loss.lost, "sessions"), say.share(loss.lost / loss.visits)
    return say.say("funnel.biggest", gap=pair(say, loss, "gap"), lost=lost, share=share)


def _people(say: Voice, group: Group) -> str:
    words = say["funnel.steps"]
    items = [
        say.part("funnel.people_item", step=words[one.step], n=say.number(one.customers))
        for one in group.stages
    ]
    return say.say("funnel.people", list=say.list(items))


def _skipped(say: Voice, group: Group) -> str:
    words = say["funnel.steps"]
    items = [
        say.part(
            "funnel.skipped_item",
            step=words[one.step],
            visits=say.count(one.skipped, "sessions"),
        )
        for one in group.stages
        if one.skipped
    ]
    return say.say("funnel.skipped", list=say.list(items)) if items else ""


def _wished(say: Voice, group: Group) -> str:
    if not group.wished:
        return ""
    share = say.share(group.wished / group.visits)
    return say.say("funnel.wished", visits=say.count(group.wished, "sessions"), share=share)


def group_lines(say: Voice, seen: Seen) -> list[str]:
    """A segment's steps beside everyone else's; or which groups leave where more often."""
    if seen.group is not None:
        beside = str(say["charts.apart"]).join(_beside(say, leak) for leak in seen.group.leaks)
        return [say.say("funnel.beside", list=beside)] if beside else []
    by, leaving = seen.found.by, leaving_groups(seen)[:MOST]
    parts = [] if by == "segment" else _counting(say, seen)
    if leaving:
        items = say.list([_leak(say, seen, group, leak, "leak") for group, leak in leaving])
        parts.append(say.say("funnel.leaves", others=say[f"funnel.others.{by}"], list=items))
    named = [_leak(say, seen, group, leak, "goer") for group, leak in going_groups(seen)[:MOST]]
    return [*parts, say.say("funnel.goes_on", list=say.list(named)) if named else ""]


def _counting(say: Voice, seen: Seen) -> list[str]:
    found, words = seen.found, say["funnel.steps"]
    parts = [str(say[f"funnel.counted_by.{found.by}"])]
    if seen.chosen is not None:
        parts.append(say.say("funnel.whose", name=seen.name))
    if found.unnamed:
        unnamed = say.list([words[step] for step in found.unnamed])
        parts.append(say.say("funnel.unnamed", list=unnamed))
    if len(found.groups) == MOST_GROUPS:
        parts.append(say.say("funnel.most_groups", n=MOST_GROUPS))
    return parts


def _beside(say: Voice, leak: Leak) -> str:
    reading = "few" if leak.test is None else "alike"
    if leak.clear:
        reading = "leaves" if leak.leaves_more else "goes"
    return say.part(
        "funnel.beside_item",
        pair=pair(say, leak.own),
        value=say.value(leak.own.value, "share"),
        low=say.share(leak.own.low),
        high=say.share(leak.own.high),
        rest=say.value(leak.rest.value, "share"),
        reading=say[f"funnel.readings.{reading}"],
    )


def leaving_groups(seen: Seen) -> list[tuple[Group, Leak]]:
    """Who leaves where more often than everyone else, by how many visits that costs."""
    groups = seen.found.groups if seen.group is None else (seen.group,)
    found = [(group, leak) for group in groups for leak in group.leaks if leak.leaves_more]
    return sorted(found, key=lambda one: -one[1].excess)


def going_groups(seen: Seen) -> list[tuple[Group, Leak]]:
    """Who goes on where more often than everyone else, by how many visits that gains."""
    clear = [(group, leak) for group in seen.found.groups for leak in group.leaks if leak.clear]
    return sorted((one for one in clear if one[1].excess < 0), key=lambda one: one[1].excess)


def _leak(say: Voice, seen: Seen, group: Group, leak: Leak, form: str) -> str:
    shares = [rate.value or 0.0 for rate in (leak.own, leak.rest)]
    if form == "leak":
        shares = [1 - share for share in shares]
    name = group_name(say, seen, group)
    told = {"share": say.share(shares[0]), "rest": say.share(shares[1])}
    return say.part(
        f"funnel.{form}",
        name=name,
        pair=pair(say, leak.own),
        gap=pair(say, leak.own, "gap"),
        **told,
    )


def group_name(say: Voice, seen: Seen, group: Group) -> str:
    """A group in a sentence."""
    if seen.found.by == "segment":
        return say.segment(group.key, seen.names[group.key])
    return say.quote(group.name) if seen.found.by == "product" else say.data(group.name)
