"""What those who do not see the page, or use no mouse, are told: a way past the bar, and names.

Gradio gives its own parts English names, or none, and one landmark to everything. It offers no
way to say otherwise, so scripts/access.js mends that in the drawn page, with the names from here.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

import gradio as gr

from assistant.page.panel import Panel
from assistant.page.wording import page_words

__all__ = ["access_panel", "skip_link"]

MEND = "kindred.access(element, watch);"


def access_panel(language: str) -> Panel:
    """Lay the way past the bar out here: first of all, so that it is met first."""
    link = gr.HTML(
        skip_link(language), elem_id="kd-access", js_on_load=MEND, apply_default_css=False
    )

    def worded(language: str) -> tuple[Any, ...]:
        return (skip_link(language),)

    return Panel((link,), worded)


def skip_link(language: str) -> str:
    """The way to where one types, and the names that access.js gives."""
    words = page_words(language)
    others = {name: words[name] for name in ("threads", "side", "language")}
    others["data"] = words["arrival"]["data"]
    names = json.dumps(words["access"] | others, ensure_ascii=False)
    return (
        f'<a class="kd-skip" href="#kd-box" data-names="{escape(names)}">'
        f"{escape(words['access_skip'])}</a>"
    )
