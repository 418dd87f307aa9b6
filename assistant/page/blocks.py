"""A conversation as Gradio messages, and the page's own bits of HTML. Draws; decides nothing.

Whatever comes from data or from a model is escaped here: it can be read, never run, and it cannot
make the browser fetch anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextvars import Context
from html import escape
from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from assistant.charts.basic import segment_colour
from assistant.formats import format_cells, format_count, format_seconds, format_value
from assistant.page.basis import basis, copy_row, notice, paragraphs, parted
from assistant.page.conversation import Decision, Exchange, Notice, Step, Words
from assistant.page.offers import offer, saving
from assistant.page.session import Standing
from assistant.page.wording import page_words, step_title
from assistant.tools.result import Chart, Pending, Table
from prompts import load_folder
from segmentation.types import Segment

__all__ = ["draw", "safe_markdown", "segment_list", "summary_line", "welcome"]

MOST_ROWS = 200
MOST_EXAMPLES = 6

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&:/@])")
_ACTIVE = {"<": "&lt;", "![": "!\\[", "](": "]\\(", "://": ":&#47;/", "www.": "www&#46;"}
"""What could load something or lead away in Markdown, and how it is written to be read only."""
_CODE = re.compile(r"^(```(?:sql|python)\n(?:(?! {0,3}```)[^\r\n]*\n)*```)$", re.MULTILINE)
"""A block of code from its fence to the first line that could be read as its end."""


def draw(exchange: Exchange) -> list[Any]:
    """One exchange as Gradio's own messages, which it need not draw again.

    Inside an event Gradio takes a new component for an update of an old one; hence the own context.
    """
    return Context().run(lambda: gr.Chatbot(render=False).postprocess(_messages(exchange)).root)


def _messages(exchange: Exchange) -> list[gr.ChatMessage]:
    """The question, a collapsible line per step, the words, then the results."""
    language = exchange.language
    drawn = [gr.ChatMessage(role="user", content=safe_markdown(exchange.question))]
    for item in exchange.items:
        drawn += _said(exchange) if _is_answer(exchange, item) else [_item(item, language)]
    if exchange.waiting:
        thinking = escape(page_words(language)["thinking"])
        drawn.append(gr.ChatMessage(content=gr.HTML(f'<p class="kd-thinking">{thinking}</p>')))
    drawn += [
        _results(result.charts, result.tables, language)
        for result in exchange.results
        if result.charts or result.tables
    ]
    drawn += [
        _offer(result.confirm, exchange.decisions.get(result.confirm.id), language)
        for result in exchange.results
        if result.confirm and exchange.over
    ]
    if exchange.over and exchange.answer is not None and exchange.answer.answer:
        if rests_on := basis(exchange.answer, language):
            drawn.append(gr.ChatMessage(content=gr.HTML(rests_on)))
        drawn.append(gr.ChatMessage(content=gr.HTML(copy_row(exchange.answer, language))))
    return drawn


def _is_answer(exchange: Exchange, item: Step | Words | Notice) -> bool:
    """Whether these are the words of the answer, and whole."""
    answer = exchange.answer
    return answer is not None and isinstance(item, Words) and item.text == answer.answer


def _said(exchange: Exchange) -> list[gr.ChatMessage]:
    """The words of an answer: sentences that were checked unfold, notes stand apart."""
    assert exchange.answer is not None
    text, before, after = parted(exchange.answer)
    words = [
        gr.HTML(part) if unfolds else safe_markdown(part)
        for unfolds, part in paragraphs(text, exchange.answer)
    ]
    first, last = ([gr.HTML(notice(note)) for note in notes] for notes in (before, after))
    return [gr.ChatMessage(content=[*first, *words, *last])]


def safe_markdown(text: str) -> str:
    """Markdown without HTML, images and links: a text cannot load anything or lead away.

    Blocks of SQL and Python stay as they are: nothing in a block of code is active, and `<` is
    part of it.
    """
    pieces = _CODE.split(text)
    return "".join(one if place % 2 else _defused(one) for place, one in enumerate(pieces))


def _defused(text: str) -> str:
    for mark, harmless in _ACTIVE.items():
        text = text.replace(mark, harmless)
    return text


def summary_line(text: str, *, pending: bool = False) -> str:
    """The product's name and the line on the data."""
    state = ' class="kd-pending"' if pending else ""
    return (
        '<div class="kd-brand"><span class="kd-mark" aria-hidden="true"></span>'
        f"<h1>Kindred</h1></div><p{state}>{escape(text)}</p>"
    )


def welcome(examples: Sequence[str], language: str) -> str:
    """The empty conversation: one question, one sentence, and questions to pick from."""
    words = page_words(language)
    chips = "".join(
        f'<button type="button" data-question="{escape(q)}">{escape(q)}</button>'
        for q in examples[:MOST_EXAMPLES]
    )
    return (
        f'<div class="kd-welcome"><h2>{escape(words["welcome"])}</h2>'
        f"<p>{escape(words['explanation'])}</p>"
        f'<div class="kd-chips" role="group" aria-label="{escape(words["examples"])}">{chips}</div>'
        "</div>"
    )


def segment_list(
    segments: Sequence[Segment] | None, language: str, standing: Standing | None = None
) -> str:
    """The segments as buttons, each of which asks about its segment; None: not yet known."""
    standing = standing or Standing()
    words = page_words(language)
    head = f"<h2>{escape(words['parts' if standing.verdict == 'none' else 'segments'])}</h2>"
    if segments is None:
        return f'{head}<div class="kd-skeleton" aria-hidden="true">{"<i></i>" * 5}</div>'
    cards = "".join(
        _card(segment, words, language, unstable=segment.id in standing.unstable)
        for segment in segments
    )
    trust = _trust(standing.verdict, words, language) if segments else ""
    return f"{head}{trust}<p>{escape(words['segments_hint'])}</p><ul>{cards}</ul>"


def _trust(verdict: str | None, words: Mapping[str, str], language: str) -> str:
    """The verdict as a badge that asks what it means; nothing where it is not known."""
    if verdict is None:
        return ""
    said = load_folder(f"answers/{language}")
    return (
        f'<button type="button" class="kd-trust kd-{escape(verdict)}" '
        f'data-question="{escape(words["about_trust"])}" '
        f'title="{escape(said["verdicts"][verdict])}">{escape(said["verdicts_short"][verdict])}'
        "</button>"
    )


def _item(item: Step | Words | Notice, language: str) -> gr.ChatMessage:
    match item:
        case Step():
            return _step(item, language)
        case Words(text):
            return gr.ChatMessage(content=safe_markdown(text))
        case Notice("opening"):
            title = page_words(language)["opening"]
            return gr.ChatMessage(content="", metadata={"title": title, "status": "pending"})
        case Notice(kind, text):
            lead = escape(page_words(language)[kind])
            return gr.ChatMessage(
                content=gr.HTML(f'<p class="kd-notice kd-{kind}"><b>{lead}</b> {escape(text)}</p>')
            )


def _step(step: Step, language: str) -> gr.ChatMessage:
    metadata: dict[str, Any] = {
        "title": _MARKUP.sub(r"\\\1", step_title(step, language)),
        "status": "pending" if step.status == "running" else "done",
        "id": step.id,
    }
    if step.seconds:
        metadata["log"] = "· " + format_seconds(step.seconds, language)
    return gr.ChatMessage(content=gr.HTML(_step_details(step, language)), metadata=metadata)


def _step_details(step: Step, language: str) -> str:
    words = page_words(language)
    parts = []
    if step.args:
        rows = "".join(
            f"<tr><th>{escape(_plain(name))}</th><td>{escape(_shown(value))}</td></tr>"
            for name, value in step.args.items()
        )
        parts.append(f"<h4>{escape(words['arguments'])}</h4><table>{rows}</table>")
    if step.status == "error":
        parts.append(f'<p class="kd-message">{escape(step.message)}</p>')
    return f'<div class="kd-step">{"".join(parts)}</div>'


def _results(charts: Sequence[Chart], tables: Sequence[Table], language: str) -> gr.ChatMessage:
    content: list[Any] = []
    for chart in charts:
        content += [_caption(chart.title), _plot(chart)]
    for table in tables:
        content += [_caption(table.title), _table(table, language)]
    return gr.ChatMessage(content=content)


def _offer(pending: Pending, decision: Decision | None, language: str) -> gr.ChatMessage:
    """What waits for the user's word; once it came, what came of it."""
    if decision is None:
        return gr.ChatMessage(content=gr.HTML(offer(pending, language)))
    said = decision.text or page_words(language)[decision.kind]
    if decision.kind != "done":
        notice = f'<p class="kd-notice" role="status">{escape(said)}</p>'
        return gr.ChatMessage(content=gr.HTML(notice))
    save = [gr.HTML(saving(pending, language))] if decision.files else []
    return gr.ChatMessage(content=[safe_markdown(said), *save])


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


def _card(
    segment: Segment, words: Mapping[str, str], language: str, *, unstable: bool = False
) -> str:
    question = words["about_segment"].format(id=segment.id)
    name = segment.name if segment.id else words["unassigned"]
    size = words["customers"].format(count=format_count(segment.size, language))
    colour = segment_colour(segment.id)
    share = format_value(segment.share, "share", language)
    mark = "attach" if segment.id == 0 else "unstable" if unstable else ""
    note = f'<span class="kd-mark-{mark}">{escape(words[mark])}</span>' if mark else ""
    return (
        f'<li><button type="button" data-question="{escape(question)}" style="--kd-dot: {colour}">'
        f'<span class="kd-name">{escape(name)}</span>'
        f'<span class="kd-size">{escape(size)}</span><span class="kd-share">{escape(share)}</span>'
        f'<span class="kd-bar"><i style="width:{min(1.0, segment.share):.1%}"></i></span>'
        f"{note}</button></li>"
    )


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
