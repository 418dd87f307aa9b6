"""Segments' main numbers as ratios to everybody else's, on a radar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from assistant.charts.basic import figure_json
from assistant.charts.compare import FARTHEST, radar
from assistant.tools.comparisons import (
    MAIN,
    Compared,
    axis,
    called,
    farthest_title,
    hover_of,
    notices,
    on_chart,
    times,
    titled,
    too_little,
    wanted,
)
from assistant.tools.result import Chart, Table, ToolResult
from assistant.tools.voice import Voice, capital
from segmentation.insight.evidence.contrasts import contrasts, segment_sums
from segmentation.types import CustomerBase, Fact, Segment

__all__ = ["draw_radar"]

AT_ONCE = 3
"""Segments whose outlines can be read on one radar."""

TOLD = 4
"""Numbers of one segment told in words, the largest differences; the table has them all."""

FEWEST_AXES = 3
FAR_AXES = 2
"""How many of the largest differences of each of several segments are told in words."""


def draw_radar(say: Voice, base: CustomerBase, chosen: int | None) -> ToolResult:
    """One segment's main numbers, or all segments', as ratios to everybody else's."""
    if (chosen is None and base.segmentation.k < 2) or len(base.segmentation.segments) < 2:
        return ToolResult(say.say("charts.nobody_else"), status="error")
    segments = wanted(base, chosen)
    found = {s.id: _contrasts(base, s) for s in segments}
    axes, missing = _axes(found.values())
    if len(axes) < FEWEST_AXES:
        return too_little(say, axes, FEWEST_AXES)
    spokes = [found[s.id][metric] for s in segments for metric in axes]
    shown = [s.id for s in segments[:AT_ONCE]]
    title = titled(say, "radar", segments, chosen)
    figure = radar(_radar_rows(say, spokes), say["charts.labels"], shown=shown)
    return ToolResult(
        say.sentences(_radar_text(say, segments, spokes, missing, chosen)),
        facts=tuple(fact for spoke in spokes for fact in (*spoke.facts, _rest_fact(spoke))),
        tables=(_ratio_table(say, title, segments, axes, found, chosen),),
        charts=(Chart(_finding(say, spokes, shown) or title, figure_json(figure)),),
        notices=notices(say, segments),
    )


def _finding(say: Voice, spokes: Sequence[Compared], shown: Sequence[int]) -> str:
    """The largest difference among the segments that are drawn at first."""
    others = str(say["funnel.others.segment"])
    return farthest_title(say, others, [s for s in spokes if s.segment.id in shown])


def _contrasts(base: CustomerBase, segment: Segment) -> dict[str, Compared]:
    """A segment's main numbers beside everybody else's, those that both have."""
    known = {c.metric: c for c in contrasts(base, segment_sums(base), segment.id)}
    pairs = [known[name] for name in MAIN if name in known]
    return {
        c.metric: Compared(segment, c.metric, c.unit, c.period, c.value, c.rest)
        for c in pairs
        if c.value is not None and c.rest is not None
    }


def _axes(found: Iterable[dict[str, Compared]]) -> tuple[list[str], list[str]]:
    """The numbers with a ratio in every segment, and those with one only in some."""
    every = [{metric for metric, c in known.items() if c.lift is not None} for known in found]
    axes, some = set.intersection(*every), set().union(*found)
    return [n for n in MAIN if n in axes], [n for n in MAIN if n in some and n not in axes]


def _rest_fact(spoke: Compared) -> Fact:
    subject = f"segment!={spoke.segment.id}"
    return Fact(subject, spoke.metric, spoke.period, spoke.other, spoke.unit)


def _radar_rows(say: Voice, spokes: Sequence[Compared]) -> pd.DataFrame:
    other = str(say["charts.labels.everyone_else"])
    rows = [
        {
            "group": spoke.segment.id,
            "name": on_chart(say, spoke.segment),
            "measure": axis(say, spoke.metric),
            "lift": spoke.lift,
            "hover": hover_of(say, spoke, other),
        }
        for spoke in spokes
    ]
    return pd.DataFrame(rows)


def _radar_text(
    say: Voice,
    segments: Sequence[Segment],
    spokes: Sequence[Compared],
    missing: Sequence[str],
    chosen: int | None,
) -> list[str]:
    shown = segments[:AT_ONCE]
    period = say.period(next((s.period for s in spokes if "/" in s.period), spokes[0].period))
    if chosen is None:
        items = [_farthest(say, segment, spokes) for segment in shown]
        parts = [
            say.say("charts.radar_all", period=period, list=str(say["charts.apart"]).join(items))
        ]
    else:
        far = sorted(spokes, key=lambda s: -s.distance)[:TOLD]
        listed = say.list([_ratio(say, s) for s in far])
        name = called(say, segments[0])
        parts = [say.say("charts.radar", name=name, period=period, list=listed)]
    parts.append(say.say("charts.radar_ring"))
    if any(not 1 / FARTHEST <= (spoke.lift or 0) <= FARTHEST for spoke in spokes):
        parts.append(say.say("charts.radar_edge", most=FARTHEST))
    if len(segments) > AT_ONCE:
        k = say.count(len(segments), "segments")
        parts.append(say.say("charts.radar_shown", n=AT_ONCE, k=k))
    if missing:
        names = say.list([say.metric(name) for name in missing])
        parts.append(say.say("charts.left_out", names=names))
    return parts


def _ratio(say: Voice, spoke: Compared) -> str:
    return say.part(
        "charts.ratio",
        metric=say.metric(spoke.metric),
        times=times(say, spoke.lift or 0.0),
        value=say.figure(spoke.value, spoke.unit),
        rest=say.figure(spoke.other, spoke.unit),
    )


def _farthest(say: Voice, segment: Segment, spokes: Sequence[Compared]) -> str:
    """A segment's largest differences in words."""
    own = sorted((s for s in spokes if s.segment == segment), key=lambda s: -s.distance)
    listed = say.list([_ratio(say, spoke) for spoke in own[:FAR_AXES]])
    return say.part("charts.ratios_of", name=called(say, segment), list=listed)


def _ratio_table(
    say: Voice,
    title: str,
    segments: Sequence[Segment],
    axes: Sequence[str],
    found: Mapping[int, Mapping[str, Compared]],
    chosen: int | None,
) -> Table:
    """A row per number: of one segment with everybody else's, of several as ratios alone."""
    columns = [str(say["columns.measure"])]
    if chosen is None:
        columns += [say.say("charts.ratio_of", id=s.id) for s in segments]
        rows = [[found[s.id][name].lift for s in segments] for name in axes]
    else:
        columns += [say[f"columns.{name}"] for name in ("here", "rest", "lift")]
        own = [found[chosen][name] for name in axes]
        rows = [[one.value, one.other, one.lift] for one in own]
    named = zip(axes, rows, strict=True)
    return Table(
        title, tuple(columns), tuple((capital(say.metric(name)), *row) for name, row in named)
    )
