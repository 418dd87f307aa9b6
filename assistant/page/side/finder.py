"""The look-alike finder beside the conversation: a form, what it finds, a file of them.

Who is found, and what can be asked for, is in assistant/finding.py; how it looks in matches.py and
scripts/finder.js, which keeps what is filled in: the server only words the form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.page.panel import PRIVATE, Panel, saved
from assistant.page.session import Opening, Session
from assistant.page.side.matches import found_matches, notice, problem, unknown_customers
from assistant.page.wording import page_words
from segmentation.types import KindredError

if TYPE_CHECKING:  # assistant.finding brings the tools with it; the page shows before them
    from assistant.finding import Finder

__all__ = ["finder_panel", "search", "search_form"]

ATTACH = "kindred.finder(element, asked => trigger('find', asked), server, watch);"
TAKE = """
element.addEventListener('click', event => {
  const button = event.target.closest('[data-take]');
  if (button) trigger('take', {which: button.dataset.take});
});
"""
SEARCHES_AT_ONCE = 4
MODES = ("customers", "words", "segment")

Found = dict[str, Any]
"""What one tab holds: what was `asked`, and the `report` on who was found."""


def finder_panel(opening: Opening, spoken: gr.Radio, language: str) -> Panel:
    """Lay the finder out here. What was found is worded anew when `spoken` changes."""
    found = gr.State(None)
    form = gr.HTML(
        search_form(language),
        elem_id="kd-finder",
        js_on_load=ATTACH,
        apply_default_css=False,
        server_functions=_answers(opening),
    )
    matches = gr.HTML(
        notice("", language), elem_id="kd-found", js_on_load=TAKE, apply_default_css=False
    )
    parcel = gr.JSON(visible=False)

    def find(language: str, event: gr.EventData) -> Iterator[tuple[Any, Any]]:
        yield from search(opening, dict(event._data or {}), language)
        yield gr.skip(), gr.skip()  # what comes last is sent whole once more

    def again(held: Found | None, language: str) -> Iterator[tuple[Any, Any]]:
        if held:
            yield from search(opening, held["asked"], language)
        yield gr.skip(), gr.skip()

    def take(held: Found | None, language: str, event: gr.EventData, request: gr.Request) -> Any:
        by = request.username or "page"
        return _file(opening, held, language, agreed=event.which == "agreed", by=by)

    def worded(language: str) -> tuple[Any, ...]:
        return (search_form(language, opening.session),)

    searching: dict[str, Any] = {**PRIVATE, "concurrency_limit": SEARCHES_AT_ONCE}
    form.find(find, spoken, [matches, found], **searching).then(
        None, js="() => kindred.found()", **PRIVATE
    )
    spoken.input(again, [found, spoken], [matches, found], **searching)
    saved(matches.take(take, [found, spoken], parcel, **PRIVATE), parcel)
    return Panel((form,), worded)


# --- what the form asks for by itself -------------------------------------------------------------


def _answers(opening: Opening) -> list[Any]:
    """Functions that the form's script calls; they answer nothing before the workspace is open."""

    def suggest(asked: dict[str, Any]) -> list[str]:
        finder = _finder(opening)
        return finder.suggest(str(asked["field"]), str(asked["typed"])) if finder else []

    def about(language: str) -> dict[str, Any] | None:
        finder = _finder(opening)
        return None if finder is None else _about(finder, "zh" if language == "zh" else "en")

    return [suggest, about]


def _about(finder: Finder, language: str) -> dict[str, Any]:
    """What a form needs of the shop, and the words for what the script draws."""
    words = page_words(language)
    script = ("add", "remove", "condition", "field", "operator", "value", "upto", "pick", "usual")
    tables = ("groups", "operators", "date_operators", "flags", "units")
    return {
        "choices": [choice.to_json() for choice in finder.choices(language)],
        "examples": finder.examples(language),
        "ids": finder.suggest("customer", ""),
        "consent_known": finder.consent_known,
        "words": {name: words[f"finder_{name}"] for name in (*script, *tables)},
    }


def _finder(opening: Opening) -> Finder | None:
    return opening.session.finder if opening.session else None


# --- searching ------------------------------------------------------------------------------------


def search(
    opening: Opening, asked: Mapping[str, Any], language: str
) -> Iterator[tuple[str, Found | None]]:
    """matches, found: first what is going on, then who was found, or what is in the way."""
    words = page_words(language)
    if not opening.ready:
        yield notice(words["finder_opening"], language, busy=True), None
    try:
        session = opening.wait()
        if refusal := _refusal(asked, session, language):
            yield problem(refusal, language), None
            return
        yield notice(_busy(session, language), language, busy=True), None
        assert session.finder is not None
        report = session.finder.find(asked, language)
    except KindredError as error:
        yield _told(error, language), None
        return
    drawn = found_matches(report, session.segments_in(language), language)
    yield drawn, {"asked": dict(asked), "report": report}


def _refusal(asked: Mapping[str, Any], session: Session, language: str) -> str:
    """What is missing of a search; empty if nothing is."""
    words = page_words(language)
    if session.finder is None:
        return str(words["finder_closed"])
    mode = next((one for one in MODES if one == asked.get("mode")), MODES[0])
    if not str(asked.get(mode) or "").strip():
        return str(words["finder_unasked"][mode])
    for condition in asked.get("filters") or ():
        if _is_blank(condition.get("value")):
            labels = {choice.name: choice.label for choice in session.finder.choices(language)}
            field = str(condition.get("field"))
            return str(words["finder_half"].format(field=labels.get(field, field)))
    return ""


def _is_blank(value: Any) -> bool:
    values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return not values or any(str(one if one is not None else "").strip() == "" for one in values)


def _busy(session: Session, language: str) -> str:
    from assistant.formats import format_count

    count = format_count(session.shop.customers, language)
    return str(page_words(language)["finder_busy"].format(count=count))


def _told(error: KindredError, language: str) -> str:
    """An error as the finder says it."""
    from assistant.finding import UnknownCustomers
    from assistant.tools.voice import voice

    if isinstance(error, UnknownCustomers):
        return unknown_customers(error.unknown, language)
    return problem(voice(language).error(error), language)


def _file(opening: Opening, held: Found | None, language: str, *, agreed: bool, by: str) -> Any:
    """parcel: a file of who was found, on the user's press of a button."""
    finder = _finder(opening)
    if held is None or finder is None:
        return None
    try:
        return finder.file(held["report"], language, contactable=agreed, by=by)
    except KindredError as error:
        raise gr.Error(str(error), print_exception=False) from error


# --- the form -------------------------------------------------------------------------------------


def search_form(language: str, session: Session | None = None) -> str:
    """The form in words; finder.js fills in what the shop has, again when `data-stand` changes."""
    words = page_words(language)
    segments = session.segments_in(language) if session else []
    stand = json.dumps([[one.id, one.name, one.size] for one in segments]) if session else ""
    options = "".join(
        f'<option value="{one.id}">{escape(one.name or str(one.id))}</option>'
        for one in segments
        if one.id
    )
    modes = "".join(
        f'<label><input type="radio" name="mode" value="{mode}"{" checked" if n == 0 else ""}>'
        f"<span>{escape(words['finder_modes'][mode])}</span></label>"
        for n, mode in enumerate(MODES)
    )
    said = {name: escape(text) for name, text in words.items() if isinstance(text, str)}
    own = {"language": language, "stand": escape(stand), "modes": modes, "options": options}
    return _FORM.format(**(said | own))


_FORM = (
    '<form class="kd-finder" aria-labelledby="kd-finder-title" autocomplete="off" novalidate '
    'data-language="{language}" data-stand="{stand}">'
    '<h2 id="kd-finder-title">{finder}</h2><p class="kd-hint">{finder_hint}</p>'
    '<div class="kd-try" role="group" aria-label="{finder_try}"></div>'
    '<fieldset class="kd-modes"><legend>{finder_by}</legend>{modes}</fieldset>'
    '<div data-for="customers"><label for="kd-f-customers">{finder_customers}</label>'
    '<p class="kd-hint" id="kd-f-customers-hint">{finder_customers_hint}</p>'
    '<textarea id="kd-f-customers" name="customers" rows="2" spellcheck="false" '
    'aria-describedby="kd-f-customers-hint"></textarea>'
    '<div class="kd-suggested" role="group" aria-label="{finder_ids}"></div></div>'
    '<div data-for="words"><label for="kd-f-words">{finder_words}</label>'
    '<textarea id="kd-f-words" name="words" rows="3" placeholder="{finder_words_example}">'
    "</textarea></div>"
    '<div data-for="segment"><label for="kd-f-segment">{finder_segment}</label>'
    '<select id="kd-f-segment" name="segment">{options}</select></div>'
    '<fieldset class="kd-conditions"><legend>{finder_conditions}</legend>'
    '<div class="kd-rows"></div>'
    '<button type="button" class="kd-add">{finder_add}</button></fieldset>'
    '<label class="kd-contact"><input type="checkbox" name="contactable">'
    "<span>{finder_contactable}</span></label>"
    '<p class="kd-hint kd-no-consent">{finder_no_consent}</p>'
    '<div class="kd-count"><label for="kd-f-n">{finder_count}</label>'
    '<input id="kd-f-n" type="number" name="n" min="1" max="1000" value="10" '
    'inputmode="numeric" aria-describedby="kd-f-n-hint">'
    '<p class="kd-hint" id="kd-f-n-hint" data-for="segment">{finder_count_hint}</p></div>'
    '<p class="kd-buttons"><button type="submit" class="kd-act kd-act-confirm">{finder_find}'
    '</button><button type="button" class="kd-act kd-reset">{finder_clear}</button></p></form>'
)
