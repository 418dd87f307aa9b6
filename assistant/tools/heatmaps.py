"""All segments' main numbers beside everyone's, as coloured tiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from assistant.charts.basic import figure_json
from assistant.charts.compare import tiles
from assistant.tools.comparisons import (
    MAIN,
    Compared,
    axis,
    called,
    farthest_title,
    hover_of,
    notices,
    number_of,
    on_chart,
    on_tile,
    times,
    titled,
    too_little,
    wanted,
)
from assistant.tools.result import Chart, Table, ToolResult
from assistant.tools.voice import Voice, capital, clean
from segmentation.insight.ledger import open_ledger
from segmentation.insight.metrics import METRICS
from segmentation.insight.query import Answer, query
from segmentation.types import CustomerBase, Segment

__all__ = ["draw_heatmap"]

FAR_CELLS = 3
"""How many of the largest differences are told in words."""


def draw_heatmap(say: Voice, base: CustomerBase, chosen: int | None) -> ToolResult:
    """Every segment's main numbers, or one's, coloured by their ratio to everyone's."""
    answers = _answers(base)
    if not answers:
        return too_little(say, (), 1)
    segments = wanted(base, chosen)
    cells = [cell for s in segments for answer in answers if (cell := _cell(s, answer))]
    title = titled(say, "heatmap", segments, chosen)
    figure = tiles(_tile_rows(say, segments, answers, cells), say["charts.labels"])
    text = say.say("charts.heatmap", period=say.period(_lines_period(answers)))
    everyone = [fact for a in answers for fact in a.facts if fact.subject == a.subject]
    return ToolResult(
        say.sentences([text, _far(say, cells)]),
        facts=(*everyone, *(fact for cell in cells for fact in cell.facts)),
        tables=(_number_table(say, title, segments, answers, cells),),
        charts=(Chart(farthest_title(say, _others(say), cells) or title, figure_json(figure)),),
        notices=notices(say, segments),
    )


def _others(say: Voice) -> str:
    return str(say["everyone"])


def _answers(base: CustomerBase) -> list[Answer]:
    """The main numbers by segment, those that the data has."""
    ledger = open_ledger(base)
    known = [name for name in MAIN if not ledger.lacks(METRICS[name])]
    answers = [query(base, name, by="segment") for name in known]
    return [answer for answer in answers if answer.total is not None]


def _cell(segment: Segment, answer: Answer) -> Compared | None:
    found = dict(zip(answer.frame["group"], answer.frame["value"], strict=True))
    value, metric = found.get(segment.id), answer.metric.name
    if value is None or value != value:
        return None
    return Compared(segment, metric, answer.unit, answer.period, float(value), answer.total)


def _lines_period(answers: Sequence[Answer]) -> str:
    """The days that the numbers are of, rather than the day that states refer to."""
    return next((a.period for a in answers if not a.metric.is_state), answers[0].period)


def _tile_rows(
    say: Voice, segments: Sequence[Segment], answers: Sequence[Answer], cells: Sequence[Compared]
) -> pd.DataFrame:
    """A row per tile: the segments', then everyone's."""
    known = {(cell.segment.id, cell.metric): cell for cell in cells}
    rows = [
        _tile(say, answer, on_chart(say, segment), known.get((segment.id, answer.metric.name)))
        for segment in segments
        for answer in answers
    ]
    everyone = str(say["charts.labels.everyone"])
    for answer in answers:
        text = on_tile(say, answer.total, answer.unit)
        hover = f"{everyone}\n{number_of(say, answer.metric.name, answer.total, answer.unit)}"
        rows.append(_row(say, everyone, answer.metric.name, 1.0, text, hover))
    return pd.DataFrame(rows)


def _tile(say: Voice, answer: Answer, name: str, cell: Compared | None) -> dict[str, Any]:
    metric = answer.metric.name
    if cell is None:
        return _row(say, name, metric, None, "", "")
    hover = hover_of(say, cell, str(say["charts.labels.everyone"]))
    return _row(say, name, metric, cell.lift, on_tile(say, cell.value, cell.unit), hover)


def _row(
    say: Voice, name: str, metric: str, lift: float | None, text: str, hover: str
) -> dict[str, Any]:
    lift = float("nan") if lift is None else lift
    return {"name": name, "measure": axis(say, metric), "lift": lift, "text": text, "hover": hover}


def _far(say: Voice, cells: Sequence[Compared]) -> str:
    """Where segments differ most from everyone, each named once."""
    told: dict[int, Compared] = {}
    for cell in sorted(cells, key=lambda cell: -cell.distance):
        if cell.distance:
            told.setdefault(cell.segment.id, cell)
    items = [
        say.part(
            "charts.far_item",
            name=called(say, cell.segment),
            metric=say.metric(cell.metric),
            value=say.figure(cell.value, cell.unit),
            times=times(say, cell.lift or 0.0),
        )
        for cell in list(told.values())[:FAR_CELLS]
    ]
    return say.say("charts.far", list=say.list(items)) if items else ""


def _number_table(
    say: Voice,
    title: str,
    segments: Sequence[Segment],
    answers: Sequence[Answer],
    cells: Sequence[Compared],
) -> Table:
    known = {(cell.segment.id, cell.metric): cell.value for cell in cells}
    metrics = [answer.metric.name for answer in answers]
    columns = [say["columns.id"], say["columns.segment_name"]]
    columns += [capital(say.metric(name)) for name in metrics]
    rows = [(s.id, clean(s.name), *(known.get((s.id, name)) for name in metrics)) for s in segments]
    everyone = (None, str(say["charts.labels.everyone"]), *(answer.total for answer in answers))
    return Table(title, tuple(columns), (*rows, everyone))
