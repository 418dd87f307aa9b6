"""Who a search for look-alikes found, as HTML. Whatever comes from data is escaped here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from assistant.charts.basic import segment_colour
from assistant.formats import format_count, format_value
from assistant.page.wording import page_words
from segmentation.types import Segment

__all__ = ["found_matches", "notice", "problem", "unknown_customers"]

NAMED = 3
"""Customers a heading names."""
LISTED = 5
"""Unknown ids that are listed."""

Words = Mapping[str, Any]


def notice(text: str, language: str, *, busy: bool = False) -> str:
    """What is going on; empty for nothing. The same element for all, so that it is read out."""
    shown = text or page_words(language)["finder_empty"]
    bar = '<i class="kd-progress" aria-hidden="true"></i>' if busy else ""
    return f'<p class="kd-status" role="status">{escape(shown)}</p>{bar}'


def problem(text: str, language: str, more: str = "") -> str:
    """What is in the way."""
    return f'{_silent()}<div class="kd-error" role="alert"><p>{escape(text)}</p>{more}</div>'


def unknown_customers(unknown: Mapping[str, Sequence[str]], language: str) -> str:
    """Ids that do not exist, each with buttons that put a near miss in its place."""
    words = page_words(language)
    ids, more = ", ".join(list(unknown)[:LISTED]), len(unknown) - LISTED
    key = "finder_unknown_more" if more > 0 else "finder_unknown"
    mends = "".join(_mend(given, near, words) for given, near in unknown.items() if near)
    return problem(words[key].format(ids=ids, more=more), language, mends)


def found_matches(report: Mapping[str, Any], segments: Sequence[Segment], language: str) -> str:
    """The ranked customers, what the search was made of, and what the numbers mean.

    Args:
        report: the JSON of `kindred similar`.
        segments: as they are called in `language`.
    """
    words, matches = page_words(language), report["matches"]
    if not matches:
        parts = [report["says"], report["understood"], _considered(report, words, language)]
        return _status(words["finder_nobody"], [part for part in parts if part])
    told = [report["understood"], _considered(report, words, language), report["says"]]
    return (
        _status(_heading(report, segments, words, language), [part for part in told if part])
        + _consent(report, words, language)
        + _table(report, segments, words, language)
        + f'<details class="kd-means"><summary>{escape(words["finder_means"])}</summary>'
        f"<p>{escape(report['score_meaning'])}</p></details>"
    )


# --- around the table -----------------------------------------------------------------------------


def _silent() -> str:
    """The place for what is going on, with nothing in it."""
    return '<p class="kd-status" role="status"></p>'


def _status(heading: str, told: Sequence[str]) -> str:
    said = "".join(f'<p class="kd-made-of">{escape(one)}</p>' for one in told)
    return f'<p class="kd-status kd-headed" role="status">{escape(heading)}</p>{said}'


def _heading(
    report: Mapping[str, Any], segments: Sequence[Segment], words: Words, language: str
) -> str:
    n = _customers(len(report["matches"]), language)
    who = _who(report["query"], segments, words, language)
    return str(words["finder_found"][report["kind"]].format(n=n, who=who))


def _who(query: Mapping[str, Any], segments: Sequence[Segment], words: Words, language: str) -> str:
    """What the customers found were held against."""
    from assistant.tools.voice import voice

    say = voice(language)
    if query["segment"] is not None:
        names = {segment.id: segment.name for segment in segments}
        return say.segment(query["segment"], names.get(query["segment"], ""))
    if query["words"]:
        return say.asked(query["words"])
    ids = [one for group in query["groups"] for one in group]
    if len(ids) <= NAMED:
        return say.list(ids)
    listed = ", ".join(ids[:NAMED])
    return str(words["finder_and_more"].format(ids=listed, more=len(ids) - NAMED))


def _customers(n: int, language: str) -> str:
    from assistant.tools.voice import voice

    return voice(language).count(n, "customers")


def _considered(report: Mapping[str, Any], words: Words, language: str) -> str:
    count = _customers(report["considered"], language)
    return str(words["finder_considered"].format(count=count))


def _consent(report: Mapping[str, Any], words: Words, language: str) -> str:
    """Who may be contacted, and the buttons that save a file."""
    matches = report["matches"]
    agreed = sum(match["contactable"] is True for match in matches)
    n, some = _customers(len(matches), language), format_count(agreed, language)
    buttons = []
    if report["consent_known"]:
        told = words["finder_consent"].format(agreed=some, n=n)
        if agreed:
            label = words["finder_download_agreed"].format(n=_customers(agreed, language))
            buttons.append(_button("agreed", label, "kd-act-confirm"))
    else:
        told = f"{words['finder_no_consent']} {words['finder_consent_unsaid']}"
    if not report["consent_known"] or agreed < len(matches):
        buttons.append(_button("all", words["finder_download"].format(n=n)))
    return f'<p class="kd-consent">{escape(told)}</p><p class="kd-take">{"".join(buttons)}</p>'


def _button(which: str, label: str, kind: str = "") -> str:
    return (
        f'<button type="button" class="kd-act {kind}" data-take="{which}">{escape(label)}</button>'
    )


def _mend(given: str, near: Sequence[str], words: Words) -> str:
    """Buttons that put an id that exists in the place of one that does not."""
    buttons = "".join(
        f'<button type="button" class="kd-chip" data-replace="{escape(given)}" '
        f'data-with="{escape(one)}" '
        f'aria-label="{escape(words["finder_replace"].format(given=given, id=one))}">'
        f"{escape(one)}</button>"
        for one in near
    )
    label = escape(words["finder_instead"].format(given=given))
    return f'<p class="kd-mend"><span>{label}</span> {buttons}</p>'


# --- the table ------------------------------------------------------------------------------------


def _table(
    report: Mapping[str, Any], segments: Sequence[Segment], words: Words, language: str
) -> str:
    """Roles are said, for the look makes blocks of the rows where there is little room."""
    names = {s.id: s.name for s in segments}
    titles, scored = words["finder_columns"], report["kind"] != "conditions"
    likely = report["likeness"] is not None
    columns = ["rank", "customer", "segment"]
    columns += (["likeness"] if likely else []) + (["score", "because"] if scored else [])
    heads = "".join(
        f'<th role="columnheader" scope="col" class="kd-{name}">{escape(titles[name])}</th>'
        for name in columns
    )
    rows = "".join(
        _row(rank, match, columns, names, words, language, consent=report["consent_known"])
        for rank, match in enumerate(report["matches"], start=1)
    )
    label = escape(_heading(report, segments, words, language))
    return (
        f'<table class="kd-alike" role="table" aria-label="{label}"><thead role="rowgroup">'
        f'<tr role="row">{heads}</tr></thead><tbody role="rowgroup">{rows}</tbody></table>'
    )


def _row(
    rank: int,
    match: Mapping[str, Any],
    columns: Sequence[str],
    names: Mapping[int, str],
    words: Words,
    language: str,
    *,
    consent: bool,
) -> str:
    cells = {
        "rank": str(rank),
        "customer": _customer(match, words, consent=consent),
        "segment": _segment(match["segment"], names, words),
        "likeness": _likeness(match["likeness"], words, language),
        "score": _titled("score", _score(match["score"]), words),
        "because": _because(match, words),
    }
    drawn = "".join(f'<td role="cell" class="kd-{name}">{cells[name]}</td>' for name in columns)
    return f'<tr role="row">{drawn}</tr>'


def _customer(match: Mapping[str, Any], words: Words, *, consent: bool) -> str:
    one, agreed = match["customer_id"], match["contactable"]
    question = words["finder_ask"].format(id=one)
    button = (
        f'<button type="button" class="kd-id" data-question="{escape(question)}" '
        f'aria-label="{escape(question)}">{escape(one)}</button>'
    )
    if agreed is True or not (consent or agreed is False):
        return button
    key = "no" if agreed is False else "unknown"
    return f'{button}<small class="kd-agreed">{escape(words["finder_agreed"][key])}</small>'


def _segment(number: int, names: Mapping[int, str], words: Words) -> str:
    name = names.get(number) or (words["unassigned"] if number == 0 else str(number))
    dot = f'<i style="--kd-dot: {segment_colour(number)}" aria-hidden="true"></i>'
    return f"{dot}<span>{escape(name)}</span>"


def _likeness(likeness: float | None, words: Words, language: str) -> str:
    share = likeness or 0.0
    bar = f'<i class="kd-likely" aria-hidden="true"><i style="width:{share:.1%}"></i></i>'
    return _titled("likeness", format_value(likeness, "share", language), words) + bar


def _titled(column: str, shown: str, words: Words) -> str:
    """A number with its column's name, which is only read out in the head."""
    title = escape(words["finder_columns"][column])
    return f'<span aria-hidden="true">{title} </span><b>{escape(shown)}</b>'


def _score(score: float | None) -> str:
    return "–" if score is None else f"{score:.2f}"


def _because(match: Mapping[str, Any], words: Words) -> str:
    told = list(match["because"])
    if match["like"]:
        told.insert(0, words["finder_like"].format(ids=", ".join(match["like"][:NAMED])))
    return "<ul>" + "".join(f"<li>{escape(one)}</li>" for one in told) + "</ul>" if told else ""
