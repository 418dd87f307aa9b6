"""The layout of the page and what leads where. What happens is in desk.py and in each panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.page.cards import cards_panel
from assistant.page.desk import LONGEST_QUESTION, Desk
from assistant.page.hello import summary_line, welcome
from assistant.page.panel import Panel
from assistant.page.session import Opening
from assistant.page.wording import page_words

__all__ = ["ANSWERS_AT_ONCE", "build_page"]

LANGUAGES = [("EN", "en"), ("中文", "zh")]
ANSWERS_AT_ONCE = 8

ASK = """
document.addEventListener('click', event => {
  const button = event.target.closest('[data-question]');
  if (button) trigger('click', {question: button.dataset.question});
});
document.addEventListener('kd-ask', event => trigger('click', {question: event.detail}));
"""
"""Anything on the page can ask: an element with `data-question`, and scripts by `kindred.ask`."""
ACT = """
document.addEventListener('click', event => {
  const button = event.target.closest('#kd-chat [data-offer]');
  if (!button || button.disabled) return;
  button.disabled = button.dataset.act !== 'save';
  trigger('click', {offer: button.dataset.offer, act: button.dataset.act});
});
"""
"""The user's word on an offer in the chat: only a press of its buttons gets here."""
SPEAK = "language => { document.documentElement.lang = language; return [language]; }"
HIDDEN: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "trigger_mode": "multiple",
}
"""Events of the page itself: not for programs, without Gradio's progress marks, none dropped."""


@dataclass(frozen=True)
class Parts:
    """The components of the conversation and its frame."""

    tab: gr.State
    head: gr.HTML
    language: gr.Radio
    new: gr.Button
    hello: gr.HTML
    chat: gr.Chatbot
    box: gr.Textbox
    asks: gr.HTML
    acts: gr.HTML
    parcel: gr.JSON


def build_page(opening: Opening, *, language: str = "auto") -> gr.Blocks:
    """The page over the session of `opening`, which begins with the first visitor if not before.

    Args:
        opening: opens the session.
        language: `en`, `zh`, or `auto` for the browser's language and answers in the question's.
    """
    first = "en" if language == "auto" else language
    with gr.Blocks(
        title=page_words(first)["title"],
        fill_height=True,
        fill_width=True,
        analytics_enabled=False,
        delete_cache=(3600, 86400),
    ) as page:
        desk = Desk(opening, language)
        parts, panels = _lay_out(desk, opening, page_words(first), first)
        _wire_arrival(page, desk, parts, panels)
        _wire_chat(desk, parts, panels)
        gr.api(desk.ask, api_name="ask", concurrency_limit=ANSWERS_AT_ONCE)
        gr.api(desk.segments, api_name="segments", concurrency_limit=ANSWERS_AT_ONCE)
    return page


def _lay_out(
    desk: Desk, opening: Opening, words: Mapping[str, str], language: str
) -> tuple[Parts, list[Panel]]:
    with gr.Row(elem_id="kd-top"):
        head = gr.HTML(summary_line(words["opening"], pending=True), elem_id="kd-head")
        spoken = gr.Radio(
            LANGUAGES,
            value=language,
            label=words["language"],
            container=False,
            elem_id="kd-language",
        )
        new = gr.Button(words["new"], elem_id="kd-new", size="sm")
    with gr.Row(elem_id="kd-body"):
        with gr.Column(elem_id="kd-talk"):
            hello = gr.HTML(welcome((), language), elem_id="kd-hello")
            chat = _chatbot()
            box = _box(words)
        with gr.Column(elem_id="kd-side"):
            cards = cards_panel(opening, language)
    asks = gr.HTML("", js_on_load=ASK, elem_id="kd-asks", elem_classes="kd-unseen")
    acts = gr.HTML("", js_on_load=ACT, elem_id="kd-acts", elem_classes="kd-unseen")
    parcel = gr.JSON(visible=False)
    frame = Panel((box, new, head, hello), desk.wording)
    parts = Parts(gr.State(None), head, spoken, new, hello, chat, box, asks, acts, parcel)
    return parts, [frame, cards]


def _chatbot() -> gr.Chatbot:
    """The chat. Text that comes from data stays text: no HTML, no custom tags, no formulas."""
    return gr.Chatbot(
        visible=False,
        elem_id="kd-chat",
        show_label=False,
        container=False,
        height="100%",
        autoscroll=False,
        layout="bubble",
        buttons=[],
        feedback_options=None,
        sanitize_html=True,
        allow_tags=False,
        latex_delimiters=[],
    )


def _box(words: Mapping[str, str]) -> gr.Textbox:
    return gr.Textbox(
        label=words["question"],
        placeholder=words["placeholder"],
        show_label=False,
        container=False,
        lines=1,
        max_lines=6,
        max_length=LONGEST_QUESTION,
        submit_btn=True,
        stop_btn=False,
        autofocus=True,
        elem_id="kd-box",
    )


def _wire_arrival(page: gr.Blocks, desk: Desk, parts: Parts, panels: Sequence[Panel]) -> None:
    arrived = page.load(desk.arrive, None, parts.language, **HIDDEN)
    spoken = _worded(arrived.then, parts, panels, js=SPEAK)
    opened = spoken.then(desk.opened, None, None, concurrency_limit=None, **HIDDEN)
    _worded(opened.then, parts, panels)
    _worded(parts.language.input, parts, panels, js=SPEAK)


def _wire_chat(desk: Desk, parts: Parts, panels: Sequence[Panel]) -> None:
    tab, language = parts.tab, parts.language
    begun = [tab, parts.chat, parts.hello, parts.box]
    starts = [
        parts.box.submit(desk.typed, [parts.box, tab, language], begun, **HIDDEN),
        parts.asks.click(desk.picked, [tab, language], begun, **HIDDEN),
        parts.chat.retry(desk.retry, [tab, language], begun, **HIDDEN),
    ]
    for start in starts:
        start.then(None, js="() => kindred.showQuestion()", **HIDDEN)
        answered = start.then(
            desk.answer, tab, parts.chat, concurrency_limit=ANSWERS_AT_ONCE, **HIDDEN
        ).then(desk.settle, tab, [parts.chat, parts.box], **HIDDEN)
        answered.then(None, js="() => kindred.makeRoom()", **HIDDEN)
        _worded(answered.then, parts, panels)
    parts.acts.click(desk.act, tab, [parts.chat, parts.parcel], **HIDDEN).then(
        None, parts.parcel, js="parcel => kindred.save(parcel)", **HIDDEN
    )
    parts.box.stop(desk.stop, tab, None, queue=False, **HIDDEN)
    parts.chat.undo(desk.undo, tab, [parts.chat, parts.hello, parts.box], **HIDDEN)
    parts.new.click(desk.renew, tab, begun, **HIDDEN)


def _worded(event: Any, parts: Parts, panels: Sequence[Panel], **options: Any) -> Any:
    """Have every panel word itself after `event`; returns what can be followed by more."""

    def all_worded(language: str) -> tuple[Any, ...]:
        return tuple(update for panel in panels for update in panel.worded(language))

    outputs = [part for panel in panels for part in panel.parts]
    return event(all_worded, parts.language, outputs, **HIDDEN, **options)
