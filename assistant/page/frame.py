"""The layout of the page and what leads where. What happens is in desk.py and in each panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.loading.order import Loading
from assistant.page.access import access_panel
from assistant.page.arrival.panel import Arrival, arrival_panel
from assistant.page.endpoints import ANSWERS_AT_ONCE, Endpoints
from assistant.page.panel import HIDDEN, Panel, saved
from assistant.page.session import Opening
from assistant.page.side.cards import cards_panel
from assistant.page.side.customer_map import map_panel
from assistant.page.side.finder import finder_panel
from assistant.page.side.report_button import report_button
from assistant.page.talk.desk import LONGEST_QUESTION, Desk
from assistant.page.talk.hello import summary_line, welcome
from assistant.page.talk.results import table_saving
from assistant.page.talk.threads import TURN
from assistant.page.wording import page_words

__all__ = ["ANSWERS_AT_ONCE", "build_page"]

LANGUAGES = [("EN", "en"), ("中文", "zh")]

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
KEEP = "watch('value', () => kindred.keep(props.value));"
"""The browser tab remembers which conversation it shows: after a reload it goes on there."""
SPEAK = "language => { document.documentElement.lang = language; return [language]; }"


@dataclass(frozen=True)
class Parts:
    """The components of the conversation and its frame."""

    tab: gr.State
    place: gr.HTML
    language: gr.Radio
    new: gr.Button
    threads: gr.HTML
    hello: gr.HTML
    chat: gr.Chatbot
    chips: gr.HTML
    box: gr.Textbox
    asks: gr.HTML
    acts: gr.HTML
    turns: gr.HTML
    parcel: gr.JSON

    @property
    def begun(self) -> list[Any]:
        """What changes when a question begins or another conversation is shown."""
        return [self.tab, self.place, self.chat, self.hello, self.box, self.chips]


def build_page(
    opening: Opening, *, language: str = "auto", loading: Loading | None = None
) -> gr.Blocks:
    """The page over the session of `opening`, which begins with the first visitor if not before.

    Args:
        opening: opens the session.
        language: `en`, `zh`, or `auto` for the browser's language and answers in the question's.
        loading: gets other data into the workspace; None for a page that cannot.
    """
    first = "en" if language == "auto" else language
    page = gr.Blocks(
        title=page_words(first)["title"],
        fill_height=True,
        fill_width=True,
        analytics_enabled=False,
        delete_cache=(3600, 86400),
    )
    with page:
        desk = Desk(opening, language)
        parts, panels, arrival = _lay_out(desk, opening, loading, page_words(first), first)
        _wire_arrival(page, opening, desk, parts, panels, arrival)
        _wire_chat(desk, parts, panels)
        table_saving(opening, parts.tab)
        _wire_threads(desk, parts)
        Endpoints(opening).lay_out()
    return page


def _lay_out(
    desk: Desk,
    opening: Opening,
    loading: Loading | None,
    words: Mapping[str, Any],
    language: str,
) -> tuple[Parts, list[Panel], Arrival]:
    access = access_panel(language)
    menu, head, data, spoken, new, aside = _top(words, language)
    with gr.Row(elem_id="kd-body"):
        with gr.Column(elem_id="kd-threads"):
            threads = gr.HTML(elem_id="kd-thread-list")
        with gr.Column(elem_id="kd-talk"):
            hello = gr.HTML(welcome((), language), elem_id="kd-hello")
            chat = _chatbot()
            chips = gr.HTML(visible=False, elem_id="kd-next")
            box = _box(words)
        with gr.Column(elem_id="kd-side"):
            beside = _side(opening, spoken, words, language)
            beside.append(report_button(opening, spoken, language))
    arrival = arrival_panel(opening, loading, data, spoken)
    asks = gr.HTML("", js_on_load=ASK, elem_id="kd-asks", elem_classes="kd-unseen")
    acts = gr.HTML("", js_on_load=ACT, elem_id="kd-acts", elem_classes="kd-unseen")
    turns = gr.HTML("", js_on_load=TURN, elem_id="kd-turns", elem_classes="kd-unseen")
    place = gr.HTML("", js_on_load=KEEP, elem_id="kd-place", elem_classes="kd-unseen")
    parcel = gr.JSON(visible=False)
    frame = Panel((box, new, menu, aside, head, hello), desk.wording)
    tab = gr.State(None)
    parts = Parts(
        tab, place, spoken, new, threads, hello, chat, chips, box, asks, acts, turns, parcel
    )
    return parts, [access, frame, *beside, arrival.panel], arrival


def _top(
    words: Mapping[str, Any], language: str
) -> tuple[gr.Button, gr.HTML, gr.Button, gr.Radio, gr.Button, gr.Button]:
    """The bar: conversations, the data, the language, a new conversation, what is beside it."""
    with gr.Row(elem_id="kd-top"):
        menu = gr.Button(words["threads"], elem_id="kd-menu", size="sm")
        head = gr.HTML(summary_line(words["opening"], pending=True), elem_id="kd-head")
        data = gr.Button(words["arrival"]["data"], elem_id="kd-data", size="sm", visible=False)
        spoken = gr.Radio(
            LANGUAGES,
            value=language,
            label=words["language"],
            container=False,
            elem_id="kd-language",
        )
        new = gr.Button(words["new"], elem_id="kd-new", size="sm")
        aside = gr.Button(words["side"], elem_id="kd-aside", size="sm")
    return menu, head, data, spoken, new, aside


def _side(
    opening: Opening, spoken: gr.Radio, words: Mapping[str, Any], language: str
) -> list[Panel]:
    """Beside the conversation: one panel a tab."""
    titles = words["tabs"]
    with gr.Tabs(elem_id="kd-tabs"):
        with gr.Tab(titles["segments"], id="segments", elem_id="kd-tab-segments") as segments:
            cards = cards_panel(opening, spoken, language)
        with gr.Tab(titles["map"], id="map", elem_id="kd-tab-map") as customer_map:
            drawn = map_panel(opening, spoken, language)
        with gr.Tab(titles["alike"], id="alike", elem_id="kd-tab-alike") as alike:
            found = finder_panel(opening, spoken, language)

    def worded(language: str) -> tuple[Any, ...]:
        titles = page_words(language)["tabs"]
        parted = opening.session is not None and opening.session.standing().verdict == "none"
        first = titles["parts" if parted else "segments"]
        return tuple(gr.update(label=one) for one in (first, titles["map"], titles["alike"]))

    return [Panel((segments, customer_map, alike), worded), cards, drawn, found]


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


def _wire_arrival(
    page: gr.Blocks,
    opening: Opening,
    desk: Desk,
    parts: Parts,
    panels: Sequence[Panel],
    arrival: Arrival,
) -> None:
    """What follows when a browser comes, and when other data has come."""
    arrived = page.load(desk.arrive, None, parts.language, **HIDDEN)
    # Where the workspace is open already, the words after that come at once, and are enough.
    spoken = _worded(arrived.then, parts, panels, unless=lambda: opening.ready, js=SPEAK)
    opened = spoken.then(desk.opened, None, None, concurrency_limit=None, **HIDDEN)
    opened.then(None, js="() => kindred.back()", **HIDDEN)
    arrival.after(opened.then)
    _listed(_worded(opened.then, parts, panels), desk, parts)
    _listed(_worded(arrival.edition.change, parts, panels), desk, parts)
    _listed(_worded(parts.language.input, parts, panels, js=SPEAK), desk, parts)


def _wire_chat(desk: Desk, parts: Parts, panels: Sequence[Panel]) -> None:
    tab, language, begun = parts.tab, parts.language, parts.begun
    starts = [
        parts.box.submit(desk.typed, [parts.box, tab, language], begun, **HIDDEN),
        parts.asks.click(desk.picked, [tab, language], begun, **HIDDEN),
        parts.chat.retry(desk.retry, [tab, language], begun, **HIDDEN),
    ]
    for start in starts:
        start.then(None, js="() => kindred.showQuestion()", **HIDDEN)
        answered = start.then(
            desk.answer, tab, parts.chat, concurrency_limit=ANSWERS_AT_ONCE, **HIDDEN
        )
        settled = _settled(answered, desk, parts)
        settled.then(None, js="() => kindred.answered()", **HIDDEN)
        _worded(_listed(settled, desk, parts).then, parts, panels)
    saved(parts.acts.click(desk.act, tab, [parts.chat, parts.parcel], **HIDDEN), parts.parcel)
    parts.box.stop(desk.stop, tab, None, queue=False, **HIDDEN)
    _listed(parts.chat.undo(desk.undo, tab, begun[2:], **HIDDEN), desk, parts)
    _listed(parts.new.click(desk.renew, tab, begun, **HIDDEN), desk, parts)


def _wire_threads(desk: Desk, parts: Parts) -> None:
    """The list of conversations: what is pressed in it, and an answer that came meanwhile."""
    turned = parts.turns.click(desk.turn, parts.tab, parts.begun, **HIDDEN)
    _listed(turned, desk, parts).then(None, js="() => kindred.turned()", **HIDDEN)
    followed = turned.then(
        desk.follow, parts.tab, parts.chat, concurrency_limit=ANSWERS_AT_ONCE, **HIDDEN
    )
    _settled(followed, desk, parts)


def _settled(answered: Any, desk: Desk, parts: Parts) -> Any:
    return answered.then(desk.settle, parts.tab, [parts.chat, parts.box, parts.chips], **HIDDEN)


def _listed(event: Any, desk: Desk, parts: Parts) -> Any:
    """Have the list of conversations drawn after `event`."""
    return event.then(desk.listed, [parts.tab, parts.language], parts.threads, **HIDDEN)


def _worded(
    event: Any,
    parts: Parts,
    panels: Sequence[Panel],
    *,
    unless: Callable[[], bool] = lambda: False,
    **options: Any,
) -> Any:
    """Have every panel word itself after `event`, `unless` something makes that needless.

    Returns what can be followed by more.
    """
    outputs = [part for panel in panels for part in panel.parts]

    def all_worded(language: str) -> tuple[Any, ...]:
        if unless():
            return tuple(gr.skip() for _ in outputs)
        return tuple(update for panel in panels for update in panel.worded(language))

    return event(all_worded, parts.language, outputs, **HIDDEN, **options)
