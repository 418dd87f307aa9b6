"""What waits for the user's word, as HTML: its exact arguments, and the buttons that decide it.

The buttons carry the key of the offer; frame.py passes on which one was pressed.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from assistant.page.wording import page_words
from assistant.tools.result import Pending

__all__ = ["offer", "saving"]


def offer(pending: Pending, language: str) -> str:
    """The arguments of what would be done, and the two buttons."""
    words = page_words(language)
    named = words["offer_arguments"]
    rows = "".join(
        f"<dt>{escape(named.get(name, name.replace('_', ' ')))}</dt>"
        f"<dd>{escape(_said(value, words))}</dd>"
        for name, value in pending.args.items()
    )
    buttons = _button(pending, "confirm", words) + _button(pending, "cancel", words)
    return (
        f'<section class="kd-offer" aria-label="{escape(words["offer"])}">'
        f'<h3 aria-level="2">{escape(words["offer"])}</h3>'
        f"<dl>{rows}</dl><p>{buttons}</p></section>"
    )


def saving(pending: Pending, language: str) -> str:
    """The button that saves what was written."""
    return f'<p class="kd-offer-done">{_button(pending, "save", page_words(language))}</p>'


def _button(pending: Pending, act: str, words: Mapping[str, Any]) -> str:
    return (
        f'<button type="button" class="kd-act kd-act-{act}" data-offer="{escape(pending.id)}" '
        f'data-act="{act}">{escape(words["acts"][act])}</button>'
    )


def _said(value: Any, words: Mapping[str, Any]) -> str:
    """An argument as the user reads it."""
    if isinstance(value, bool):
        return str(words["yes" if value else "no"])
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
