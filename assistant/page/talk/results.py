"""Tables and charts beneath an answer, as components of the chat, and what saves a table.

Sorting, showing more, enlarging and saving a picture happen in the browser (scripts/results.js).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.components.plot import PlotData

from assistant.formats import format_count, format_table
from assistant.page.panel import PRIVATE, saved
from assistant.page.session import Opening
from assistant.page.wording import page_words

if TYPE_CHECKING:
    from assistant.tools.result import Chart, Table, ToolResult

__all__ = ["chart_caption", "plot_data", "results", "table_saver", "table_saving"]

MOST_ROWS = 200
"""Rows of a table that are drawn at once."""
SAVE_TABLE = """
document.addEventListener('click', event => {
  const button = event.target.closest('#kd-chat [data-table]');
  if (button) trigger('click', {table: button.dataset.table});
});
"""
"""The user's own press of a table's button: only that saves it."""
_CURRENCY = re.compile("[A-Z]{3}")


def results(result: ToolResult, language: str) -> gr.ChatMessage:
    """One message with the charts of a result, then its tables."""
    content: list[Any] = []
    for chart in result.charts:
        content += [gr.HTML(chart_caption(chart.title, language)), _plot(chart)]
    units = (fact.unit for fact in result.facts)
    currency = next((unit for unit in units if _CURRENCY.fullmatch(unit)), "")
    for table in result.tables:
        content.append(gr.HTML(_table(table, language, currency)))
    return gr.ChatMessage(content=content)


def table_saving(opening: Opening, tab: gr.State) -> None:
    """What answers a table's button: the file, through the page's own session.

    Args:
        tab: what the browser tab holds, with its `conversation`.
    """
    presses = gr.HTML("", js_on_load=SAVE_TABLE, elem_classes="kd-unseen")
    parcel = gr.JSON(visible=False)
    saved(presses.click(table_saver(opening), tab, parcel, **PRIVATE), parcel)


def table_saver(opening: Opening) -> Callable[..., dict[str, str] | None]:
    """Called with a tab and a press of a table's button: the file, None where it is not there."""

    def save(tab: Any, event: gr.EventData, request: gr.Request) -> dict[str, str] | None:
        from assistant.export.tables import table_csv

        table = None if tab is None else _find(tab.conversation, str(event.table))
        if table is None:
            return None
        content = table_csv(table)
        opening.wait().saved(table, content, request.username or "page")
        return {"name": f"{_file_name(table.title)}.csv", "content": content.decode("utf-8")}

    return save


def _find(conversation: Any, key: str) -> Table | None:
    """The table of this conversation that was shown under a key."""
    shown = (t for one in conversation.exchanges for r in one.results for t in r.tables)
    return next((table for table in shown if _key(table) == key), None)


def _key(table: Table) -> str:
    """What names a table on the page: a digest of all that is in it."""
    whole = json.dumps([table.title, table.columns, table.rows], default=str)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def _file_name(title: str) -> str:
    return re.sub(r"[^\w]+", "-", title).strip("-_").lower()[:80] or "table"


# --- charts --------------------------------------------------------------------------------------


def chart_caption(title: str, language: str) -> str:
    """A chart's title with what enlarges and saves it; the chart is the next one on the page."""
    words = page_words(language)
    buttons = "".join(
        f'<button type="button" data-chart="{act}" title="{escape(told)}" '
        f'aria-label="{escape(told)}: {escape(title)}">{escape(label)}</button>'
        for act, (label, told) in words["chart_acts"].items()
    )
    return _caption(title, buttons, f' data-close="{escape(words["close_chart"])}"')


def _caption(title: str, buttons: str, more: str = "") -> str:
    """A title in rank right below the page's own: with the sides folded away, none lies between."""
    return (
        f'<div class="kd-caption"{more}><h3 aria-level="2">{escape(title)}</h3>'
        f'<span class="kd-tools">{buttons}</span></div>'
    )


def plot_data(figure: Mapping[str, Any]) -> PlotData:
    """A figure as the browser draws it."""
    return PlotData(type="plotly", plot=json.dumps(dict(figure), ensure_ascii=False))


def _plot(chart: Chart) -> gr.Plot:
    return gr.Plot(plot_data(chart.figure), show_label=False, container=False)


# --- tables --------------------------------------------------------------------------------------


def _table(table: Table, language: str, currency: str) -> str:
    """A table that sorts where its heads are clicked (gr.Dataframe does not work inside a chat)."""
    words = page_words(language)
    kinds = ["n" if _numeric(table.rows, j) else "t" for j in range(len(table.columns))]
    heads = "".join(map(_head, table.columns, kinds))
    told = format_table(table.columns, table.rows, language, currency)
    rows = list(zip(told, table.rows, strict=True))
    body = "".join(_row(kinds, shown, row) for shown, row in rows[:MOST_ROWS])
    save = (
        f'<button type="button" data-table="{_key(table)}" title="{escape(words["save_table"])}" '
        f'aria-label="{escape(words["save_table"])}: {escape(table.title)}">CSV</button>'
    )
    return (
        f"{_caption(table.title, save)}"
        f'<div class="kd-table" tabindex="0" role="group" aria-label="{escape(table.title)}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        f"{_more(rows[MOST_ROWS:], language)}"
    )


def _head(name: str, kind: str) -> str:
    """A column's head, which sorts by it; a column of marks has no name, and nothing to press."""
    if not name:
        return f'<td class="{kind}"></td>'
    return f'<th class="{kind}" aria-sort="none"><button type="button">{escape(name)}</button></th>'


def _more(rows: Sequence[Any], language: str) -> str:
    """The button that shows the other rows, which come along as data."""
    if not rows:
        return ""
    told = page_words(language)["show_rows"].format(count=format_count(len(rows), language))
    data = json.dumps([[shown, [str(c) for c in row]] for shown, row in rows], ensure_ascii=False)
    return (
        f'<button type="button" class="kd-more" data-rows="{escape(data)}">{escape(told)}</button>'
    )


def _row(kinds: Sequence[str], shown: Sequence[str], row: Sequence[Any]) -> str:
    return "<tr>" + "".join(map(_cell, kinds, row, shown)) + "</tr>"


def _cell(kind: str, value: Any, shown: str) -> str:
    return f'<td class="{kind}" data-value="{escape(str(value))}">{escape(shown)}</td>'


def _numeric(rows: Sequence[Sequence[Any]], j: int) -> bool:
    cells = [row[j] for row in rows if row[j] is not None]
    return bool(cells) and all(isinstance(cell, int | float) for cell in cells)
