"""The head of the page, the empty conversation, and questions to pick, as HTML; data is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assistant.page.wording import page_words

__all__ = ["chips", "summary_line", "welcome"]

MOST_EXAMPLES = 6


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
    return (
        f'<div class="kd-welcome"><h2>{escape(words["welcome"])}</h2>'
        f"<p>{escape(words['explanation'])}</p>"
        f'<div class="kd-chips" role="group" aria-label="{escape(words["examples"])}">'
        f"{_buttons(examples[:MOST_EXAMPLES])}</div></div>"
    )


def chips(questions: Sequence[str], language: str) -> str:
    """Questions to go on with, as buttons."""
    name = escape(page_words(language)["next"])
    return f'<div role="group" aria-label="{name}">{_buttons(questions)}</div>'


def _buttons(questions: Sequence[str]) -> str:
    return "".join(
        f'<button type="button" data-question="{escape(one)}">{escape(one)}</button>'
        for one in questions
    )
