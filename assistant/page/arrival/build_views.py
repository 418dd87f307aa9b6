"""A build under way, and what came of it, as HTML. What comes from data is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from assistant.formats import format_count, format_value
from assistant.page.arrival.building import STEPS, Building
from assistant.page.arrival.words import Words, arrival_words, fill

__all__ = ["building_view", "news_view"]


def building_view(building: Building, language: str, *, mine: bool, first: bool) -> str:
    """How far the build is: the steps, a bar, and the way to end it."""
    words = arrival_words(language)
    share = format_value(round(building.share, 2), "share", language)
    step = words["steps"][building.step]
    done, total = building.count
    counted = (
        "" if total or not done else fill(words["counting"], count=format_count(done, language))
    )
    text = words["building_text"] if not first else words["building_first"]
    return (
        f'<div class="kd-building" data-say="{escape(step)}"><ol>{"".join(_steps(building, words))}'
        f'</ol><div class="kd-gauge" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{round(100 * building.share)}" aria-label="{escape(step)}">'
        f'<i style="width:{building.share:.1%}"></i></div>'
        f'<p class="kd-soft"><span>{escape(fill(words["share"], share=share))}</span> '
        f"<span>{escape(counted)}</span></p>"
        f"<p>{escape(text)}</p>{_cancel(building, words) if mine else ''}</div>"
    )


def _steps(building: Building, words: Words) -> Iterator[str]:
    at = STEPS.index(building.step)
    for number, step in enumerate(STEPS):
        state = "done" if number < at else "now" if number == at else "later"
        current = ' aria-current="step"' if state == "now" else ""
        yield f'<li class="kd-step-{state}"{current}>{escape(words["steps"][step])}</li>'


def _cancel(building: Building, words: Words) -> str:
    if building.cancelling:
        return f'<p class="kd-soft">{escape(words["cancelling"])}</p>'
    if not building.may_cancel:
        return ""
    return (
        '<button type="button" class="kd-act" data-arrival="cancel" data-key="cancel">'
        f"{escape(words['cancel'])}</button>"
    )


def news_view(report: Mapping[str, Any] | None, language: str, *, mine: bool) -> str:
    """One line over the page when the data has changed; empty for none."""
    if report is None:
        return ""
    words = arrival_words(language)
    aside = sum(report["quarantined"].values())
    if mine:
        names = words["comma"].join(words["tables"][t] for t in report["read"])
        accepted = format_count(sum(report["accepted"].values()), language)
        text = fill(words["new"], accepted=accepted, tables=names)
        if aside:
            text += " " + fill(words["new_aside"], rows=format_count(aside, language))
    else:
        text = words["changed"]
    see = (
        f'<button type="button" class="kd-link" data-arrival="notes">'
        f"{escape(words['see_aside'])}</button>"
        if mine and aside
        else ""
    )
    return (
        f'<div class="kd-news" data-say="{escape(text)}"><span>{escape(text)}</span>{see}'
        f'<button type="button" class="kd-shut" data-arrival="dismiss" '
        f'aria-label="{escape(words["close"])}">×</button></div>'
    )
