"""Words for what visits left behind, what to look at next, and what a funnel rests on."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.tools.voice import Voice
from segmentation.insight.evidence.significance import FEWEST_TESTED, LEVEL, LIFT
from segmentation.insight.evidence.themes import WRITTEN_BY
from segmentation.insight.funnel.funnel import Funnel
from segmentation.insight.funnel.groups import Group
from segmentation.insight.funnel.left_behind import Baskets, Bought, LeftBehind, Searches
from segmentation.insight.sessions import SESSION_GAP_MINUTES

__all__ = ["basis", "left_line", "left_lines", "suggestions"]

BUSIEST = 0.05
"""One customer with this share of all visits is told of."""

NAMED = 3
"""Groups that a suggestion names at most."""

NOTABLE = 0.05
"""From this share on, searches that nothing was opened after are worth a look."""


def left_line(say: Voice, left: LeftBehind) -> str:
    """How many baskets were left with something in them."""
    if not left.baskets or not left.baskets.left:
        return ""
    told = {"left": say.number(left.baskets.left)}
    return say.say("funnel.left", visits=say.count(left.baskets.visits, "sessions"), **told)


def left_lines(say: Voice, left: LeftBehind, currency: str) -> list[str]:
    """What visits left behind, a sentence or two each."""
    parts = [*_baskets(say, left.baskets, currency)] if left.baskets else []
    parts += _searches(say, left.searches) if left.searches else []
    return [*parts, _bought(say, left.bought) if left.bought else ""]


def _baskets(say: Voice, found: Baskets, currency: str) -> list[str]:
    told = {name: say.number(getattr(found, name)) for name in ("bought", "later", "left")}
    parts = [say.say("funnel.baskets", visits=say.count(found.visits, "sessions"), **told)]
    if not found.products:
        return parts
    known = "worth" if found.priced == found.products else "worth_some"
    parts.append(
        say.say(
            f"funnel.{known if found.priced else 'worth_unknown'}",
            customers=say.count(found.customers, "customers"),
            products=say.count(found.products, "products"),
            priced=say.number(found.priced),
            value=say.value(found.value, currency),
        )
    )
    return parts


def _searches(say: Voice, found: Searches) -> list[str]:
    searches = say.number(found.searches)
    if not found.without:
        return [say.say("funnel.searches_all", searches=searches)]
    head = say.say(
        "funnel.searches",
        searches=searches,
        without=say.number(found.without),
        share=say.share(found.without / found.searches),
        customers=say.count(found.customers, "customers"),
    )
    if not found.worded:
        return [head, say.say("funnel.no_terms")]
    return [head, say.say("funnel.terms" if found.terms else "funnel.rare_terms", least=WRITTEN_BY)]


def _bought(say: Voice, found: Bought) -> str:
    if found.same == found.products:
        return say.say("funnel.bought_same", products=say.count(found.products, "products"))
    told = {name: say.number(getattr(found, name)) for name in ("same", "earlier", "unseen")}
    return say.say("funnel.bought", products=say.count(found.products, "products"), **told)


def suggestions(
    say: Voice, by: str, shown: Group, leaving: Sequence[str], left: LeftBehind
) -> list[str]:
    """What to look at or test next, a sentence each, chosen by what was found.

    Args:
        by: what the groups are.
        shown: whose steps are told.
        leaving: groups that leave somewhere more often, the costliest first.
    """
    words, parts = say["funnel.suggestions"], []
    loss = shown.biggest_loss
    if loss is not None and loss.lost:
        parts.append(str(words[loss.since]))
    if leaving:
        names = say.list(list(dict.fromkeys(leaving))[:NAMED])
        parts.append(say.say(f"funnel.suggestions.{by}", names=names))
    if left.baskets and left.baskets.customers >= FEWEST_TESTED:
        customers = say.count(left.baskets.customers, "customers")
        parts.append(say.say("funnel.suggestions.baskets", customers=customers))
    searches = left.searches
    if searches and searches.without >= NOTABLE * searches.searches:
        parts.append(str(words["terms" if searches.terms else "searches"]))
    return parts


def basis(say: Voice, found: Funnel, anonymous: int) -> list[str]:
    """What a visit and a step are, what is left out, and how differences were tested."""
    given = "both" if found.own_sessions else "gap"
    session = "given" if found.own_sessions == 1 else given
    parts = [say.say(f"funnel.session_{session}", minutes=SESSION_GAP_MINUTES)]
    parts.append(say.say("funnel.reach"))
    if found.missing:
        words = say["funnel.steps"]
        missing = say.list([words[kind] for kind in found.missing])
        parts.append(say.say("funnel.missing", list=missing))
    if anonymous:
        parts.append(say.say("funnel.anonymous", n=say.number(anonymous)))
    if found.elsewhere:
        visits = say.count(found.elsewhere, "sessions")
        parts.append(say.say("funnel.elsewhere", visits=visits))
    if found.busiest >= BUSIEST:
        parts.append(say.say("funnel.busiest", share=say.share(found.busiest)))
    if found.tests:
        tests = say.number(found.tests)
        parts.append(say.say("funnel.tested", lift=LIFT, n=tests, level=LEVEL))
    return parts
