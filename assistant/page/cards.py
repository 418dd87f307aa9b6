"""The segments beside the conversation, as cards that ask about themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import gradio as gr

from assistant.charts.basic import segment_colour
from assistant.formats import format_count, format_value
from assistant.page.panel import Panel
from assistant.page.session import Opening, Standing
from assistant.page.wording import page_words
from prompts import load_folder
from segmentation.types import Segment

__all__ = ["cards_panel", "segment_list"]


def cards_panel(opening: Opening, language: str) -> Panel:
    """Lay the cards out here; they follow the current segments."""
    cards = gr.HTML(segment_list(None, language), elem_id="kd-panel")

    def worded(language: str) -> tuple[Any, ...]:
        session = opening.session
        if session is None:
            return (segment_list(() if opening.ready else None, language),)
        return (segment_list(session.segments_in(language), language, session.standing()),)

    return Panel((cards,), worded)


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
