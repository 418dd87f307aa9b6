"""The head of the page and the empty conversation, as HTML. What comes from data is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assistant.page.wording import page_words

__all__ = ["summary_line", "welcome"]

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
