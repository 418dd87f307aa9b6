"""A conversation as Gradio messages. Draws; decides nothing.

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
from gradio.components.chatbot import MetadataDict

from assistant.formats import format_count, format_seconds
from assistant.page.talk.basis import basis, copy_row, notice, paragraphs, parted
from assistant.page.talk.exchange import Decision, Exchange, Notice, Step, Words
from assistant.page.talk.offers import offer, saving
from assistant.page.talk.results import results
from assistant.page.wording import page_words, step_title
from assistant.tools.result import Pending

__all__ = ["draw", "safe_markdown"]

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&:/@])")
_ACTIVE = {"<": "&lt;", "![": "!\\[", "](": "]\\(", "://": ":&#47;/", "www.": "www&#46;"}
"""What could load something or lead away in Markdown, and how it is written to be read only."""
_CODE = re.compile(r"^(```(?:sql|python)\n(?:(?! {0,3}```)[^\r\n]*\n)*```)$", re.MULTILINE)
"""A block of code from its fence to the first line that could be read as its end."""


def draw(exchange: Exchange, *, queued: bool = False) -> list[Any]:
    """One exchange as Gradio's own messages, which it need not draw again.

    Args:
        queued: it waits for the answer before it.

    Inside an event Gradio takes a new component for an update of an old one; hence the own context.
    """
    return Context().run(
        lambda: gr.Chatbot(render=False).postprocess([*_messages(exchange, queued)]).root
    )


def _messages(exchange: Exchange, queued: bool) -> list[gr.ChatMessage]:
    """The question, one collapsible line for all steps, the words, then the results."""
    language = exchange.language
    drawn = [gr.ChatMessage(role="user", content=safe_markdown(exchange.question))]
    if queued:
        later = f'<p class="kd-notice kd-queued">{escape(page_words(language)["queued"])}</p>'
        return [*drawn, gr.ChatMessage(content=gr.HTML(later))]
    drawn += _steps(exchange.steps, language)
    for item in exchange.items:
        if not isinstance(item, Step):
            drawn += _said(exchange) if _is_answer(exchange, item) else [_item(item, exchange)]
    if exchange.waiting:
        thinking = escape(page_words(language)["thinking"])
        drawn.append(gr.ChatMessage(content=gr.HTML(f'<p class="kd-thinking">{thinking}</p>')))
    return [*drawn, *_beneath(exchange)]


def _beneath(exchange: Exchange) -> list[gr.ChatMessage]:
    """What stands below the words: charts and tables, offers, facts, the button that copies."""
    language, answer = exchange.language, exchange.answer
    drawn = [
        results(result, language) for result in exchange.results if result.charts or result.tables
    ]
    if not exchange.over or answer is None:
        return drawn
    drawn += [
        _offer(result.confirm, exchange.decisions.get(result.confirm.id), language)
        for result in exchange.results
        if result.confirm
    ]
    if answer.answer:
        if rests_on := basis(answer, language):
            drawn.append(gr.ChatMessage(content=gr.HTML(rests_on)))
        drawn.append(gr.ChatMessage(content=gr.HTML(copy_row(answer, language))))
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


def _item(item: Words | Notice, exchange: Exchange) -> gr.ChatMessage:
    words = page_words(exchange.language)
    match item:
        case Words(text):
            return gr.ChatMessage(content=safe_markdown(text))
        case Notice("opening"):
            metadata: MetadataDict = {"title": words["opening"], "status": "pending"}
            return gr.ChatMessage(content="", metadata=metadata)
        case Notice(kind, text):
            again = _again(exchange, words) if exchange.failed else ""
            return gr.ChatMessage(
                content=gr.HTML(
                    f'<p class="kd-notice kd-{kind}"><b>{escape(words[kind])}</b> {escape(text)}'
                    f"{again}</p>"
                )
            )


def _again(exchange: Exchange, words: Mapping[str, str]) -> str:
    """The button that asks what had no answer once more."""
    return (
        f'<button type="button" class="kd-again" data-question="{escape(exchange.question)}">'
        f"{escape(words['again'])}</button>"
    )


def _steps(steps: Sequence[Step], language: str) -> list[gr.ChatMessage]:
    """One line: the step, or what is under way, or how many there were; it unfolds to them."""
    if len(steps) < 2:
        return [_step(step, language) for step in steps]
    running = next((step for step in steps if step.status == "running"), None)
    count = format_count(len(steps), language)
    many = page_words(language)["steps"].format(count=count)
    title = step_title(running, language) if running else many
    own = f"steps-{steps[0].id}"
    metadata: MetadataDict = {
        "title": _MARKUP.sub(r"\\\1", title),
        "status": "pending" if running else "done",
        "id": own,
    }
    if seconds := sum(step.seconds for step in steps):
        metadata["log"] = "· " + format_seconds(seconds, language)
    whole = gr.ChatMessage(content="", metadata=metadata)
    return [whole, *(_step(step, language, within=own) for step in steps)]


def _step(step: Step, language: str, within: str = "") -> gr.ChatMessage:
    metadata: MetadataDict = {
        "title": _MARKUP.sub(r"\\\1", step_title(step, language)),
        "status": "pending" if step.status == "running" else "done",
        "id": step.id,
    }
    if within:
        metadata["parent_id"] = within
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
        head = f'<h4 aria-level="2">{escape(words["arguments"])}</h4>'
        parts.append(f"{head}<table>{rows}</table>")
    if step.status == "error":
        parts.append(f'<p class="kd-message">{escape(step.message)}</p>')
    return f'<div class="kd-step">{"".join(parts)}</div>'


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


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
