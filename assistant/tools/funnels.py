"""From view to purchase: how far visits come, where each group leaves, what was left behind.

What it suggests are fixed pieces of a sentence, chosen by what was found; why people leave is in no
data, and is not said. Search terms are customer-written: they stand in the table alone, which no
model reads.
"""

from __future__ import annotations

from typing import Any

from assistant.tools.funnel_basis import basis, left_line, left_lines, suggestions
from assistant.tools.funnel_shapes import (
    MOST_ROWS,
    Seen,
    draw_steps,
    group_table,
    step_table,
    term_table,
)
from assistant.tools.funnel_words import (
    MOST,
    going_groups,
    group_lines,
    group_name,
    leaving_groups,
    leaving_line,
    loss_lines,
    reached_lines,
)
from assistant.tools.profiling import EVERY
from assistant.tools.references import segment_id, spoken
from assistant.tools.result import Table, ToolResult
from assistant.tools.verdicts import note_beside
from assistant.tools.voice import Voice, voice
from segmentation.insight.errors import NotLoaded
from segmentation.insight.funnel.funnel import Funnel, funnel
from segmentation.insight.funnel.groups import STEPS
from segmentation.insight.funnel.left_behind import left_behind
from segmentation.insight.query import SMALL_GROUP
from segmentation.types import CustomerBase, Fact

__all__ = ["analyse_funnel", "draw_funnel"]


def analyse_funnel(
    workspace: Any, language: str, *, segment: Any = None, by: str | None = None
) -> ToolResult:
    """Where visits end on the way to a purchase. Raises UnknownName."""
    say, base = voice(language), spoken(workspace.base, language)
    seen = _look(say, base, segment, by or "segment")
    if isinstance(seen, ToolResult):
        return seen
    anonymous = _anonymous(workspace)
    parts, notices = note_beside(
        say,
        base.segmentation,
        [*loss_lines(say, seen), leaving_line(say, seen), left_line(say, seen.left)],
        (*_notices(say, seen), *_in_full(say, seen, anonymous)),
    )
    return ToolResult(
        say.sentences([*parts, *_suggested(say, seen)[:1]]),
        facts=_facts(seen, anonymous),
        tables=tuple(_tables(say, seen)),
        charts=(draw_steps(say, seen),),
        notices=notices,
    )


def _suggested(say: Voice, seen: Seen) -> list[str]:
    leaving = [group_name(say, seen, group) for group, _ in leaving_groups(seen)]
    return suggestions(say, seen.found.by, seen.shown, leaving, seen.left)


def _in_full(say: Voice, seen: Seen, anonymous: int) -> tuple[str, ...]:
    """What the answer leaves to those who want to know."""
    paragraphs = [
        reached_lines(say, seen),
        group_lines(say, seen),
        left_lines(say, seen.left, seen.base.currency),
        _suggested(say, seen)[1:],
        basis(say, seen.found, anonymous),
    ]
    return tuple(told for told in map(say.sentences, paragraphs) if told)


def draw_funnel(say: Voice, base: CustomerBase, chosen: int | None) -> ToolResult:
    """The steps as a chart and a table, of everyone or of a segment beside everyone else."""
    seen = _look(say, base, chosen, "segment")
    if isinstance(seen, ToolResult):
        return seen
    chart = draw_steps(say, seen)
    rest = seen.subject(other="!=")
    return ToolResult(
        say.sentences([*loss_lines(say, seen), say.say("funnel.chart.shown")]),
        facts=seen.shown.facts(seen.subject(), seen.found.period, rest),
        tables=(step_table(say, _titled(say, seen), seen.shown),),
        charts=(chart,),
        notices=(*_notices(say, seen), say.sentences(reached_lines(say, seen))),
    )


# --- what there is -----------------------------------------------------------------------------


def _look(say: Voice, base: CustomerBase, segment: Any, by: str) -> Seen | ToolResult:
    """What was found, or the sentence that says what is missing."""
    everyone = segment is None or str(segment).strip().lower() in EVERY
    chosen = None if everyone else segment_id(base, segment)
    try:
        found = funnel(base, by, chosen)
    except NotLoaded as error:
        missing = "no_categories" if error.table == "categories" else "no_events"
        return ToolResult(say.say(f"funnel.{missing}"))
    named = {s.id: s.name for s in base.segmentation.segments}
    name = "" if chosen is None else say.segment(chosen, named[chosen])
    group = found.group(chosen) if chosen is not None and by == "segment" else None
    if not (group or found.whole).visits or (by == "segment" and chosen is not None and not group):
        return ToolResult(_nobody(say, found, name))
    if len(found.steps) - len(found.unnamed) < 2:
        return ToolResult(_too_few_steps(say, found))
    names = named if by == "segment" else {one.key: one.name for one in found.groups}
    return Seen(base, found, left_behind(base, chosen), chosen, name, group, names)


def _nobody(say: Voice, found: Funnel, name: str) -> str:
    period = say.period(found.period)
    return say.say(f"funnel.{'nobody' if name else 'nobody_at_all'}", name=name, period=period)


def _too_few_steps(say: Voice, found: Funnel) -> str:
    if len(found.steps) >= 2:
        return say.say("funnel.no_products")
    words = say["funnel.steps"]
    known = [words[kind] for kind in words if kind not in found.missing]
    steps = say.list([words[step] for step in STEPS])
    return say.say("funnel.one_step", known=say.list(known) or say["charts.nothing"], steps=steps)


def _anonymous(workspace: Any) -> int:
    """Browsing events that name no customer; reading sets them aside."""
    reasons = workspace.manifest.get("reasons", ())
    return sum(
        int(one["rows"])
        for one in reasons
        if one["table"] == "events" and one["reason"] == "no customer"
    )


# --- tables, facts, notices --------------------------------------------------------------------


def _titled(say: Voice, seen: Seen) -> str:
    if not seen.name:
        return str(say["funnel.title"])
    return say.say("funnel.title_of", name=seen.name)


def _tables(say: Voice, seen: Seen) -> list[Table]:
    found = seen.found
    tables = [step_table(say, _titled(say, seen), seen.shown)]
    if seen.group is None:
        of_groups = str(say[f"funnel.title_groups.{found.by}"])
        tables.append(group_table(say, of_groups, found, seen.names))
    searches = seen.left.searches
    if searches and searches.terms:
        tables.append(term_table(say, str(say["funnel.title_terms"]), searches.terms))
    return tables


def _facts(seen: Seen, anonymous: int) -> tuple[Fact, ...]:
    """Every number of the text, the tables and the chart."""
    found, period, left = seen.found, seen.found.period, seen.left
    facts = [*seen.shown.facts(seen.subject(), period, seen.subject(other="!="))]
    facts += funnel(seen.base).whole.facts("all", period)
    if seen.group is None:
        rows = found.groups if found.by == "segment" else found.groups[:MOST_ROWS]
        named = [*leaving_groups(seen)[:MOST], *going_groups(seen)[:MOST]]
        for group in (*rows, *(group for group, _ in named)):
            facts += group.facts(seen.subject(group), period, seen.subject(group, "!="))
    subject = seen.subject()
    facts += left.searches.facts(subject, period) if left.searches else []
    facts += left.baskets.facts(subject, period, seen.base.currency) if left.baskets else []
    facts += left.bought.facts(subject, period) if left.bought else []
    facts += [
        Fact("all", "tests", period, found.tests, "tests"),
        Fact("all", "visits_in_no_segment", period, found.elsewhere, "sessions"),
        Fact(subject, "visits_of_the_busiest", period, found.busiest, "share"),
        Fact("all", "events_without_customer", period, anonymous, "events"),
    ]
    return tuple(dict.fromkeys(facts))


def _notices(say: Voice, seen: Seen) -> tuple[str, ...]:
    """Which segments are too small to rely on."""
    groups = seen.found.groups if seen.group is None else (seen.group,)
    small = [one for one in groups if one.customers < SMALL_GROUP]
    if seen.found.by != "segment" or not small:
        return ()
    names = say.list([group_name(say, seen, one) for one in small])
    limit = say.count(SMALL_GROUP, "customers")
    return (say.say("notes.small_groups", names=names, limit=limit),)
