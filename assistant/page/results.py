"""Tables and charts beneath an answer, as components of the chat."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from assistant.formats import format_cells, format_count
from assistant.page.wording import page_words
from assistant.tools.result import Chart, Table

__all__ = ["results"]

MOST_ROWS = 200


def results(charts: Sequence[Chart], tables: Sequence[Table], language: str) -> gr.ChatMessage:
    """One message with the charts, then the tables."""
    content: list[Any] = []
    for chart in charts:
        content += [_caption(chart.title), _plot(chart)]
    for table in tables:
        content += [_caption(table.title), _table(table, language)]
    return gr.ChatMessage(content=content)


def _caption(title: str) -> gr.HTML:
    return gr.HTML(f'<h3 class="kd-caption">{escape(title)}</h3>')


def _plot(chart: Chart) -> gr.Plot:
    figure = json.dumps(dict(chart.figure), ensure_ascii=False)
    return gr.Plot(PlotData(type="plotly", plot=figure), show_label=False, container=False)


def _table(table: Table, language: str) -> gr.HTML:
    """A table that sorts where its heads are clicked (gr.Dataframe does not work inside a chat)."""
    rows = table.rows[:MOST_ROWS]
    columns = [
        format_cells(name, [row[j] for row in rows], language, [str(row[0]) for row in rows])
        for j, name in enumerate(table.columns)
    ]
    kinds = ["n" if _numeric(rows, j) else "t" for j in range(len(columns))]
    heads = "".join(
        f'<th class="{kind}" aria-sort="none"><button type="button">{escape(name)}</button></th>'
        for name, kind in zip(table.columns, kinds, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(map(_cell, kinds, row, shown)) + "</tr>"
        for row, shown in zip(rows, zip(*columns, strict=True), strict=True)
    )
    left = len(table.rows) - len(rows)
    more = page_words(language)["rows_left"].format(count=format_count(left, language))
    return gr.HTML(
        f'<div class="kd-table" tabindex="0" role="region" aria-label="{escape(table.title)}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        + (f'<p class="kd-notice">{escape(more)}</p>' if left else "")
    )


def _cell(kind: str, value: Any, shown: str) -> str:
    return f'<td class="{kind}" data-value="{escape(str(value))}">{escape(shown)}</td>'


def _numeric(rows: Sequence[Sequence[Any]], j: int) -> bool:
    cells = [row[j] for row in rows if row[j] is not None]
    return bool(cells) and all(isinstance(cell, int | float) for cell in cells)
