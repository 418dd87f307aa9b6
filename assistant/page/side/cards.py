"""The segments beside the conversation, as cards that ask about themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.charts.basic import segment_colour
from assistant.formats import format_share
from assistant.page.panel import PRIVATE, Panel
from assistant.page.session import Opening, Standing
from assistant.page.wording import page_words
from prompts import load_folder
from segmentation.types import Segment

if TYPE_CHECKING:
    from assistant.cards import Card, Number

__all__ = ["cards_panel", "current_cards", "segment_list"]

PATIENCE = 1.0
"""Seconds between two looks whether the cards are whole."""
BELIEF = {"natural": 3, "reproducible": 2, "constructed": 1, "none": 0}
"""Bars of the three that the badge fills."""


def cards_panel(opening: Opening, spoken: gr.Radio, language: str) -> Panel:
    """Lay the cards out here; they follow the current segments, and fill in as more is known.

    Args:
        spoken: the language of the page.
    """
    cards = gr.HTML(segment_list(None, language), elem_id="kd-panel")
    timer = gr.Timer(PATIENCE, active=False)

    worded = partial(current_cards, opening)
    timer.tick(worded, spoken, [cards, timer], **PRIVATE)
    return Panel((cards, timer), worded)


def current_cards(opening: Opening, language: str) -> tuple[Any, ...]:
    """cards, timer: as far as they are known now; the timer runs until they are whole."""
    session = opening.session
    if session is None:
        return segment_list(() if opening.ready else None, language), gr.Timer(active=False)
    segments, told = session.segments_in(language), session.cards(language)
    drawn = segment_list(segments, language, session.standing(), told)
    return drawn, gr.Timer(active=not all(card.whole for card in told.values()))


def segment_list(
    segments: Sequence[Segment] | None,
    language: str,
    standing: Standing | None = None,
    told: Mapping[int, Card] | None = None,
) -> str:
    """The segments as cards, each of which asks about its segment; None: not yet known."""
    standing, told = standing or Standing(), told or {}
    words = page_words(language)
    title = words["parts" if standing.verdict == "none" else "segments"]
    head = f'<h2 class="kd-side-title">{escape(title)}</h2>'
    if segments is None:
        return f'{head}<div class="kd-skeleton" aria-hidden="true">{"<i></i>" * 5}</div>'
    if not segments:
        return f'{head}<p class="kd-side-hint">{escape(words["no_segments"])}</p>'
    drawn = _Drawn(language, standing)
    cards = "".join(drawn.card(segment, told.get(segment.id)) for segment in segments)
    hint = f'<p class="kd-side-hint">{escape(words["segments_hint"])}</p>'
    return f'{head}{_trust(standing.verdict, language)}{hint}<ul class="kd-cards">{cards}</ul>'


def _trust(verdict: str | None, language: str) -> str:
    """How far to believe the segments, as a badge that asks; nothing where it is not known."""
    if verdict is None:
        return ""
    words = page_words(language)
    bars = "".join(f"<i{' class=kd-on' * (n < BELIEF[verdict])}></i>" for n in range(3))
    told = load_folder(f"answers/{language}")["verdicts"][verdict]
    return (
        f'<button type="button" class="kd-trust kd-{escape(verdict)}" title="{escape(told)}" '
        f'data-question="{escape(words["about_trust"])}">'
        f'<span class="kd-belief" aria-hidden="true">{bars}</span>'
        f"<span><b>{escape(words['trust'][verdict])}</b> "
        f"{escape(words['trust_meaning'][verdict])}</span></button>"
    )


class _Drawn:
    """Cards in one language, of segments that can be trusted so far."""

    def __init__(self, language: str, standing: Standing) -> None:
        self.language, self.standing = language, standing
        self.words = page_words(language)

    def card(self, one: Segment, told: Card | None) -> str:
        """One segment: what asks about it, and what else one can do with it."""
        return (
            f'<li class="kd-card" data-segment="{one.id}" '
            f'style="--kd-dot: {segment_colour(one.id)}">'
            f"{self._front(one, told)}{self._foot(one)}</li>"
        )

    def _front(self, one: Segment, told: Card | None) -> str:
        name = one.name if one.id else self.words["unassigned"]
        asks = self.words["about_segment"].format(id=one.id)
        return (
            f'<button type="button" class="kd-card-ask" data-question="{escape(asks)}">'
            f'<span class="kd-name">{escape(name)}</span>'
            f'<span class="kd-share">{escape(format_share(one.share, self.language))}</span>'
            f"{self._persona(one, told)}{self._numbers(told)}{self._mark(one)}</button>"
        )

    def _persona(self, one: Segment, told: Card | None) -> str:
        """The persona's own name and its line, in room that is there before they are known."""
        if told is None or not one.id or self.standing.verdict == "none":
            return ""
        parts = [part for part in (told.persona, told.tagline) if part]
        whole = escape(" – ".join(parts))
        line = " · ".join(f"<b>{escape(p)}</b>" if p == told.persona else escape(p) for p in parts)
        return f'<span class="kd-line" title="{whole}">{line}</span>'

    def _numbers(self, told: Card | None) -> str:
        if told is None:
            return ""
        if told.numbers is None:
            return '<span class="kd-numbers kd-pending"></span>'
        return f'<span class="kd-numbers">{"".join(map(self._number, told.numbers))}</span>'

    def _number(self, one: Number) -> str:
        rest = self.words["others"].format(value=one.rest) if one.rest else ""
        return (
            f"<span><b>{escape(one.value)}</b> <span>{escape(one.label)}</span> "
            f"<small>{escape(rest)}</small></span>"
        )

    def _mark(self, one: Segment) -> str:
        if one.id == 0:
            return f'<span class="kd-note">{escape(self.words["attach"])}</span>'
        if one.id in self.standing.unstable:
            return f'<span class="kd-note kd-unstable">{escape(self.words["unstable"])}</span>'
        return ""

    def _foot(self, one: Segment) -> str:
        from assistant.tools.voice import voice

        size = voice(self.language).count(one.size, "customers")
        return (
            f'<span class="kd-foot-row"><span class="kd-size">{escape(size)}</span>'
            f"{self._actions(one)}</span>"
            f'<span class="kd-bar"><i style="width:{min(1.0, one.share):.1%}"></i></span>'
        )

    def _actions(self, one: Segment) -> str:
        if not one.id:
            return ""
        asked = [(label, ask.format(id=one.id)) for label, ask in self.words["actions"].values()]
        buttons = "".join(
            f'<button type="button" data-question="{escape(ask)}" title="{escape(ask)}">'
            f"{escape(label)}</button>"
            for label, ask in asked
        )
        return f'<span class="kd-actions">{buttons}</span>'
