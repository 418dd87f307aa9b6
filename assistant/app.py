"""The web page, in Gradio. It only draws: answers come from a `Session`, words from prompts/.

The page shows before the session is open: that loads in a thread of its own, and the first question
waits for it.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from assistant.page.blocks import segment_list, summary_line, welcome
from assistant.page.desk import LONGEST_QUESTION, Desk
from assistant.page.headers import SafeHeaders
from assistant.page.session import Opening, Session
from assistant.page.theme import kindred_theme
from assistant.page.wording import page_words
from segmentation.types import InputError

__all__ = ["build_page", "launch", "serve"]

CSS = Path(__file__).parent / "page" / "page.css"
SCRIPT = Path(__file__).parent / "page" / "page.js"
LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]
LANGUAGES = [("EN", "en"), ("中文", "zh")]
ANSWERS_AT_ONCE = 8
MOST_TABS = 200
HEAD_START = 3.0
"""Seconds the page has to itself before the session begins to open."""

PICK = """
element.addEventListener('click', event => {
  const button = event.target.closest('[data-question]');
  if (button) trigger('click', {question: button.dataset.question});
});
"""
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
    """The components of the page."""

    tab: gr.State
    head: gr.HTML
    language: gr.Radio
    new: gr.Button
    hello: gr.HTML
    chat: gr.Chatbot
    box: gr.Textbox
    panel: gr.HTML
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
        desk, parts = Desk(opening, language), _lay_out(page_words(first), first)
        _wire_arrival(page, desk, parts)
        _wire_chat(desk, parts)
        gr.api(desk.ask, api_name="ask", concurrency_limit=ANSWERS_AT_ONCE)
        gr.api(desk.segments, api_name="segments", concurrency_limit=ANSWERS_AT_ONCE)
    return page


def launch(
    load: Callable[[], Session],
    *,
    host: str = "127.0.0.1",
    port: int | None = 7860,
    auth: Sequence[tuple[str, str]] = (),
    language: str = "auto",
    open_browser: bool = False,
) -> gr.Blocks:
    """Start the page and return it; its `local_url` says where it is, `close()` ends it.

    Args:
        load: opens the session; called once, in the background, when the page can be seen.
        host: address to listen on; anything but this machine needs `auth`.
        port: None picks a free one.
        auth: (user, password) pairs that may enter.

    Raises:
        InputError: the host is open to others without `auth`, or the port is taken.
    """
    if not auth and not _is_loopback(host):
        raise InputError(
            f"Anyone who can reach {host} could read your customer data",
            where="--host",
            fix="Set KINDRED_AUTH=user:password, or leave --host out.",
        )
    opening = Opening(load)
    page = build_page(opening, language=language)
    page.queue(default_concurrency_limit=ANSWERS_AT_ONCE, max_size=100)
    try:
        _launch(page, host, port, auth, open_browser)
    except OSError as error:
        raise InputError(
            f"Cannot listen on {host}:{port}",
            where="--port",
            fix="Something else may be using it: choose another, such as --port 7861.",
        ) from error
    _start_soon(opening)
    return page


def serve(load: Callable[[], Session], **options: Any) -> None:
    """Show the page until interrupted; options as `launch` takes them."""
    launch(load, **options).block_thread()


def _start_soon(opening: Opening) -> None:
    """Begin to open, if no visitor has done so before: importing models would slow the page."""
    timer = threading.Timer(HEAD_START, opening.start)
    timer.daemon = True
    timer.start()


def _lay_out(words: Mapping[str, str], language: str) -> Parts:
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
            hello = gr.HTML(welcome((), language), js_on_load=PICK, elem_id="kd-hello")
            chat = _chatbot()
            box = _box(words)
        panel = gr.HTML(segment_list(None, language), js_on_load=PICK, elem_id="kd-panel")
    acts, parcel = gr.HTML("", js_on_load=ACT, elem_id="kd-acts"), gr.JSON(visible=False)
    return Parts(gr.State(None), head, spoken, new, hello, chat, box, panel, acts, parcel)


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


def _wire_arrival(page: gr.Blocks, desk: Desk, parts: Parts) -> None:
    worded = [parts.box, parts.new, parts.head, parts.hello, parts.panel]
    arrived = page.load(desk.arrive, None, parts.language, **HIDDEN).then(
        desk.wording, parts.language, worded, js=SPEAK, **HIDDEN
    )
    arrived.then(desk.opened, None, None, concurrency_limit=None, **HIDDEN).then(
        desk.wording, parts.language, worded, **HIDDEN
    )
    parts.language.input(desk.wording, parts.language, worded, js=SPEAK, **HIDDEN)


def _wire_chat(desk: Desk, parts: Parts) -> None:
    tab, language = parts.tab, parts.language
    begun = [tab, parts.chat, parts.hello, parts.box]
    settled = [parts.chat, parts.box, parts.head, parts.panel]
    starts = [
        parts.box.submit(desk.typed, [parts.box, tab, language], begun, **HIDDEN),
        parts.hello.click(desk.picked, [tab, language], begun, **HIDDEN),
        parts.panel.click(desk.picked, [tab, language], begun, **HIDDEN),
        parts.chat.retry(desk.retry, [tab, language], begun, **HIDDEN),
    ]
    for start in starts:
        start.then(None, js="() => kindred.showQuestion()", **HIDDEN)
        start.then(desk.answer, tab, parts.chat, concurrency_limit=ANSWERS_AT_ONCE, **HIDDEN).then(
            desk.settle, [tab, language], settled, **HIDDEN
        ).then(None, js="() => kindred.makeRoom()", **HIDDEN)
    parts.acts.click(desk.act, tab, [parts.chat, parts.parcel], **HIDDEN).then(
        None, parts.parcel, js="parcel => kindred.save(parcel)", **HIDDEN
    )
    parts.box.stop(desk.stop, tab, None, queue=False, **HIDDEN)
    parts.chat.undo(desk.undo, tab, [parts.chat, parts.hello, parts.box], **HIDDEN)
    parts.new.click(desk.renew, tab, begun, **HIDDEN)


def _launch(
    page: gr.Blocks,
    host: str,
    port: int | None,
    auth: Sequence[tuple[str, str]],
    open_browser: bool,
) -> None:
    page.launch(
        server_name=f"[{host}]" if ":" in host else host,  # as an address is written in a URL
        server_port=port,
        auth=list(auth) or None,
        inbrowser=open_browser,
        prevent_thread_lock=True,
        quiet=True,
        theme=kindred_theme(),
        css_paths=CSS,
        head=f"<script>{SCRIPT.read_text(encoding='utf-8')}</script>",
        app_kwargs={"middleware": _middleware(host, auth), "openapi_url": None},
        footer_links=[],
        share=False,
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        allowed_paths=[],
        max_file_size="20mb",
        state_session_capacity=MOST_TABS,
    )


def _middleware(host: str, auth: Sequence[tuple[str, str]]) -> list[Middleware]:
    """Safe headers; and without a password, answers only to this machine's own names.

    The latter keeps a web page elsewhere from reading along under a name that it lets point here.
    """
    headers = Middleware(SafeHeaders)
    if auth:
        return [headers]
    names = [*LOOPBACK_NAMES, host]
    return [headers, Middleware(TrustedHostMiddleware, allowed_hosts=names)]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
