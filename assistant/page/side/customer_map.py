"""The map of customers beside the conversation: drawn when it is first looked at, not before.

The figure is the one that `draw_chart` draws. Whom a point stands for, and what singles a segment
out, is in scripts/map.js; the table below says in text what the picture shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.charts.basic import segment_colour
from assistant.formats import format_count, format_share
from assistant.page.panel import PRIVATE, Panel
from assistant.page.session import Opening, Session
from assistant.page.talk.results import chart_caption, plot_data
from assistant.page.wording import page_words
from segmentation.types import Segment

if TYPE_CHECKING:
    from assistant.tools.result import Chart

__all__ = ["MapDesk", "map_panel", "segment_table"]

SEEN = """
new IntersectionObserver((entries, observer) => {
  if (!entries.some(entry => entry.isIntersecting)) return;
  observer.disconnect();
  trigger('click');
}).observe(element);
"""
"""Says once that the map is in sight."""
HEIGHT = 340


def map_panel(opening: Opening, spoken: gr.Radio, language: str) -> Panel:
    """Lay the map out here; it follows the current segments and the language of the page.

    Args:
        spoken: the language of the page.
    """
    desk = MapDesk(opening)
    head = gr.HTML(_head(None, language), elem_id="kd-map-head", js_on_load=SEEN)
    with gr.Column(elem_id="kd-map"):
        plot = gr.Plot(show_label=False, container=False)
    table = gr.HTML("", elem_id="kd-map-table")
    current, shown = gr.State(""), gr.State(None)
    outputs = [head, plot, table, shown]
    head.click(desk.draw, [spoken, shown], outputs, **PRIVATE)
    current.change(desk.draw_again, [spoken, shown], outputs, **PRIVATE)
    return Panel((current,), lambda language: (_state_of(opening.session, language),))


class MapDesk:
    """What happens with the map; `shown` is what was there to show when it was drawn last.

    None: it was never looked at; empty: it was, before there was anything to show.
    """

    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    def draw(self, language: str, shown: str | None) -> tuple[Any, ...]:
        """head, plot, table, shown: drawn anew if what there is to show has changed."""
        session = self._opening.session
        now = _state_of(session, language)
        if session is None or now == shown:
            return gr.skip(), gr.skip(), gr.skip(), shown or ""
        chart, segments = session.customer_map(language), session.segments_in(language)
        if chart is None:
            return _head(None, language), gr.skip(), "", now
        drawn = plot_data(_beside(chart))
        return _head(chart, language), drawn, segment_table(segments, language), now

    def draw_again(self, language: str, shown: str | None) -> tuple[Any, ...]:
        """The same where it has been looked at before."""
        return (gr.skip(),) * 4 if shown is None else self.draw(language, shown)


def segment_table(segments: Sequence[Segment], language: str) -> str:
    """The map in text: its segments with their sizes, each a button that singles it out."""
    words = page_words(language)
    heads = "".join(f'<th scope="col">{escape(one)}</th>' for one in words["map_columns"])
    rows = "".join(_row(one, language) for one in segments)
    return (
        f'<table class="kd-map-legend"><caption>{escape(words["map_legend"])}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(one: Segment, language: str) -> str:
    name = one.name if one.id else page_words(language)["unassigned"]
    colour, share = segment_colour(one.id), format_share(one.share, language)
    return (
        f'<tr><th scope="row"><button type="button" data-segment="{one.id}" aria-pressed="false" '
        f'style="--kd-dot: {colour}">{escape(name)}</button></th>'
        f"<td>{escape(format_count(one.size, language))}</td><td>{escape(share)}</td></tr>"
    )


def _head(chart: Chart | None, language: str) -> str:
    words = page_words(language)
    title = chart_caption(words["map_title"], language) if chart else (
        f'<div class="kd-caption"><h3 aria-level="2">{escape(words["map_title"])}</h3></div>'
    )  # fmt: skip
    return f'{title}<p class="kd-side-hint">{escape(words["map_hint"])}</p>'


def _beside(chart: Chart) -> dict[str, Any]:
    """The chart's figure with its legend left to the table, as high as the room kept for it."""
    layout = {**chart.figure["layout"], "showlegend": False, "height": HEIGHT}
    return {**chart.figure, "layout": layout}


def _state_of(session: Session | None, language: str) -> str:
    """What there is to show, in brief: it changes with the segments and the language."""
    if session is None:
        return ""
    segments = session.segments_in(language)
    return f"{language}:{[(one.id, one.size, one.name) for one in segments]}"
