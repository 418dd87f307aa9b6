"""The button that makes the report one sends on: the file comes through the page's own session and
is saved by the browser; nothing is served.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import escape
from queue import Empty, SimpleQueue
from typing import Any

import gradio as gr

from assistant.page.panel import PRIVATE, Panel, saved
from assistant.page.session import Opening, Session
from assistant.page.wording import page_words
from segmentation.types import KindredError

__all__ = ["report_button"]

PATIENCE = 0.2
"""Seconds between two looks at how far it is."""


def report_button(opening: Opening, spoken: gr.Radio, language: str) -> Panel:
    """Lay the button out here; it is shown once there is something to report on.

    Args:
        spoken: the language of the page, and of the report.
    """
    with gr.Row(elem_id="kd-report"):
        button = gr.Button(page_words(language)["report"], size="sm", visible=False)
        told = gr.HTML(elem_id="kd-report-told")
    parcel = gr.JSON(visible=False)

    def worded(language: str) -> tuple[Any, ...]:
        session = opening.session
        shown = session is not None and session.report_file is not None
        return (gr.update(value=page_words(language)["report"], visible=shown),)

    def make(language: str, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        yield from _made(opening.wait(), language, request.username or "page")
        yield gr.skip(), gr.skip(), gr.skip()  # what comes last is sent whole once more

    saved(button.click(make, spoken, [button, told, parcel], **PRIVATE), parcel)
    return Panel((button,), worded)


def _made(session: Session, language: str, by: str) -> Iterator[tuple[Any, ...]]:
    """Updates of button, line and parcel while the report is made: what is being written now."""
    words = page_words(language)
    if session.report_file is None:
        return
    steps: SimpleQueue[tuple[str, int, int | None]] = SimpleQueue()
    with ThreadPoolExecutor(1, thread_name_prefix="report") as writer:
        making = writer.submit(session.report_file, language, by, lambda *step: steps.put(step))
        yield gr.update(interactive=False), _line(words["report_making"]), None
        while not making.done():
            if step := _latest(steps):
                share = f"{step[0]} · {step[1]}/{step[2]}" if step[2] else step[0]
                yield gr.skip(), _line(words["report_step"].format(step=share)), None
        ready = gr.update(interactive=True)
        try:
            yield ready, _line(words["report_made"]), making.result()
        except KindredError as error:
            yield ready, _line(f"{words['report_failed']} {error}"), None


def _latest(steps: SimpleQueue[tuple[str, int, int | None]]) -> tuple[str, int, int | None] | None:
    """The last step that was told, after a short wait; None if none was."""
    found = None
    try:
        found = steps.get(timeout=PATIENCE)
        while True:
            found = steps.get_nowait()
    except Empty:
        return found


def _line(text: str) -> str:
    return f'<p role="status">{escape(text)}</p>'
