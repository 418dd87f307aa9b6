"""What an answer on the funnel tells of, and it as tables and as a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from assistant.charts.basic import figure_json
from assistant.charts.compare import EVERYONE
from assistant.charts.funnel import funnel_bars
from assistant.tools.result import Chart, Table
from assistant.tools.voice import Voice, clean
from segmentation.insight.funnel.funnel import Funnel
from segmentation.insight.funnel.groups import Group, Leak, Rate
from segmentation.insight.funnel.left_behind import LeftBehind, Term
from segmentation.types import CustomerBase

__all__ = ["MOST_ROWS", "Seen", "draw_steps", "group_table", "pair", "step_table", "term_table"]

MOST_ROWS = 20
"""Products or categories in the table: those most visited."""


@dataclass(frozen=True)
class Seen:
    """What an answer tells of.

    Args:
        chosen, name: the segment asked for and what it is called; None and empty for everyone.
        group: that segment's funnel; None for everyone, or if nobody in it was seen.
        names: what the groups of `found` are called, by key: bare, for tables.
    """

    base: CustomerBase
    found: Funnel
    left: LeftBehind
    chosen: int | None
    name: str
    group: Group | None
    names: Mapping[Any, str]

    @property
    def shown(self) -> Group:
        """Whose steps are told: the segment's where one was asked for, else everyone's."""
        return self.group or self.found.whole

    def subject(self, group: Group | None = None, other: str = ":") -> str:
        """A group in facts, `other` for everybody else; the whole where there is none."""
        whose = "all" if self.chosen is None else f"segment{other}{self.chosen}"
        if group is None or group.key is None:
            return whose
        if self.found.by == "segment":
            return f"segment{other}{group.key}"
        own = f"{self.found.by}{other}{group.key}"
        return own if self.chosen is None else f"{own}&segment:{self.chosen}"


def pair(say: Voice, rate: Rate, form: str = "pair") -> str:
    """`from cart to checkout`; as `gap`: `between cart and checkout`."""
    steps = say["funnel.steps"]
    return say.part(f"funnel.{form}", since=steps[rate.since], step=steps[rate.step])


# --- tables ------------------------------------------------------------------------------------


def step_table(say: Voice, title: str, group: Group) -> Table:
    """A row per step; of a segment with everyone else's share beside its own."""
    words, steps = say["funnel.columns"], say["funnel.steps"]
    beside = bool(group.leaks)
    names = ["step", "visits", "rate", "low", "high"]
    names += ["others_rate", "q"] if beside else []
    columns = tuple(str(words[name]) for name in (*names, "customers", "skipped"))
    rows = []
    for i, stage in enumerate(group.stages):
        rate = group.rates[i - 1] if i and group.rates[i - 1].visits else None
        cells: list[Any] = [rate.value, rate.low, rate.high] if rate else [None] * 3
        if beside:
            cells += _others(group.leaks[i - 1] if i else None)
        rows.append((steps[stage.step], stage.visits, *cells, stage.customers, stage.skipped))
    return Table(title, columns, tuple(rows))


def _others(leak: Leak | None) -> list[float | None]:
    return [leak.rest.value if leak else None, leak.test.q if leak and leak.test else None]


def group_table(say: Voice, title: str, found: Funnel, names: Mapping[Any, str]) -> Table:
    """A row per group: its visits, its share at each step and the corrected p of that."""
    words, first = say["funnel.columns"], str(say[f"columns.group.{found.by}"])
    groups = found.groups[:MOST_ROWS] if found.by != "segment" else found.groups
    leaks = groups[0].leaks if groups else ()
    columns = [str(say["columns.id"])] if found.by != "category" else []
    columns += [first, str(words["visits"]), str(words["customers"])]
    for leak in leaks:
        called = pair(say, leak.own)
        columns += [str(words[name]).format(pair=called) for name in ("pair_rate", "pair_q")]
    columns.append(str(words["conversion"]))
    rows = [
        (
            *([group.key] if found.by != "category" else []),
            clean(names[group.key]),
            group.visits,
            group.customers,
            *(cell for leak in group.leaks for cell in (leak.own.value, _others(leak)[1])),
            group.conversion,
        )
        for group in groups
    ]
    return Table(title, tuple(columns), tuple(rows))


def term_table(say: Voice, title: str, terms: Sequence[Term]) -> Table:
    """Search terms, as customers wrote them."""
    words = say["funnel.columns"]
    names = ("term", "searches", "without", "without_share", "customers")
    rows = tuple(
        (clean(t.text), t.searches, t.without, t.without / t.searches, t.customers) for t in terms
    )
    return Table(title, tuple(str(words[name]) for name in names), rows)


# --- chart -------------------------------------------------------------------------------------


def draw_steps(say: Voice, seen: Seen) -> Chart:
    """Everyone's steps, or a segment's beside everyone else's; the title says what is lost."""
    found, group = seen.found, seen.group
    if group is None:
        rows = _everyone(say, found)
        loss = found.whole.biggest_loss
        share = say.share(loss.lost / loss.visits) if loss and loss.visits else ""
        title = say.say(
            "funnel.chart.title", gap=pair(say, loss, "gap") if loss else "", share=share
        )
    else:
        rows, title = _beside(say, seen, group), _title(say, group, seen.name)
    labels = {"share_of_first": str(say["funnel.chart.share_of_first"])}
    return Chart(title, figure_json(funnel_bars(pd.DataFrame(rows), labels)))


def _title(say: Voice, group: Group, name: str) -> str:
    leaving = [leak for leak in group.leaks if leak.leaves_more]
    if not leaving:
        return say.say("funnel.chart.title_alike", name=name)
    worst = max(leaving, key=lambda leak: leak.excess)
    shares = [say.share(1 - (rate.value or 0.0)) for rate in (worst.own, worst.rest)]
    gap = pair(say, worst.own, "gap")
    return say.say("funnel.chart.title_leaves", name=name, gap=gap, share=shares[0], rest=shares[1])


def _everyone(say: Voice, found: Funnel) -> list[dict[str, Any]]:
    name = str(say["charts.labels.everyone"])
    counts = [stage.visits for stage in found.whole.stages]
    shares = [rate.value for rate in found.whole.rates]
    onward = [_onward(say, share, None) for share in shares]
    return _rows(say, EVERYONE, name, found.steps, counts, onward)


def _beside(say: Voice, seen: Seen, group: Group) -> list[dict[str, Any]]:
    name = say.part("charts.on_chart", id=group.key, name=clean(seen.names[group.key]))
    steps = seen.found.steps
    other = str(say["charts.labels.everyone_else"])
    onward = [_onward(say, leak.own.value, leak.rest.value) for leak in group.leaks]
    own = [stage.visits for stage in group.stages]
    rest = [group.leaks[0].rest.visits, *(leak.rest.went_on for leak in group.leaks)]
    return [
        *_rows(say, group.key, name, steps, own, onward),
        *_rows(say, EVERYONE, other, steps, rest, onward),
    ]


def _onward(say: Voice, share: float | None, rest: float | None) -> str:
    if share is None:
        return ""
    if rest is None:
        return say.part("funnel.chart.onward", share=say.share(share))
    return say.part("funnel.chart.onward_beside", share=say.share(share), rest=say.share(rest))


def _rows(
    say: Voice,
    group: Any,
    name: str,
    steps: Sequence[str],
    counts: Sequence[int],
    onward: Sequence[str],
) -> list[dict[str, Any]]:
    words, first = say["funnel.chart.step"], counts[0]
    rows = []
    for step, n, line in zip(steps, counts, [*onward, ""], strict=True):
        share = n / first if first else 0.0
        visits, told = say.number(n), {"name": name, "step": words[step]}
        text = (
            visits
            if step == steps[0]
            else say.part("funnel.chart.text", visits=visits, share=say.share(share))
        )
        hover = say.part("funnel.chart.hover", visits=visits, share=say.share(share), **told)
        rows.append(
            {
                "group": group,
                "name": name,
                "step": words[step],
                "share": share,
                "text": text,
                "onward": line,
                "hover": hover,
            }
        )
    return rows
