"""The look-alike finder without a browser: its form, a search, what is said of who was found."""

from dataclasses import replace

import pytest

from assistant.page.session import Opening
from assistant.page.side.finder import search, search_form
from assistant.page.side.matches import found_matches
from assistant.page.wording import page_words
from segmentation.types import InputError

ASKED = {"mode": "customers", "customers": "00042", "words": "", "segment": "2", "n": 10}
ASKED |= {"contactable": False, "filters": []}


@pytest.fixture
def opening(session):
    opening = Opening(lambda: session)
    opening.wait(5)
    return opening


def last(opening, language="en", **changes):
    *_, (drawn, held) = search(opening, ASKED | changes, language)
    return drawn, held


def test_a_search_says_what_goes_on_and_then_who_was_found(opening):
    (busy, nothing), (drawn, held) = search(opening, ASKED, "en")
    assert "Comparing 2,000 customers…" in busy
    assert nothing is None
    assert "The 3 customers most like 00042" in drawn
    assert "Compared: 1,999 customers." in drawn
    assert held["asked"] == ASKED
    assert held["report"]["matches"][0]["customer_id"] == "00043"


def test_who_was_found_can_be_asked_about_and_has_a_segment_with_its_colour(opening):
    drawn, _ = last(opening)
    assert 'data-question="Tell me about customer 00043"' in drawn
    assert "Loyal tea lovers" in drawn
    assert "--kd-dot: #" in drawn
    assert "<b>97%</b>" in drawn
    assert "<b>0.91</b>" in drawn


def test_consent_is_told_and_decides_what_can_be_downloaded(opening, session):
    drawn, held = last(opening)
    assert "1 of these 3 customers may be contacted." in drawn
    assert drawn.count("must not be contacted") == 1
    assert "Download the 1 customer who may be contacted" in drawn
    assert "Download all 3 customers" in drawn
    unknown = held["report"] | {"consent_known": False}
    drawn = found_matches(unknown, session.segments_in("en"), "en")
    assert "does not say who agreed" in drawn
    assert drawn.count("data-take") == 1


def test_data_is_text(opening, scripted):
    drawn, _ = last(opening)
    assert "<img" not in drawn
    assert scripted.NASTY not in drawn
    assert "&lt;img src=x onerror=alert(1)&gt;" in drawn


def test_unknown_ids_are_named_together_each_with_near_misses(opening):
    drawn, held = last(opening, customers="00042, 4711, 4712")
    assert "No such customer here: 4711, 4712." in drawn
    assert 'data-replace="4711" data-with="00042"' in drawn
    assert 'aria-label="Use 00043 instead of 4712"' in drawn
    assert held is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"customers": " "}, "Give at least one customer id."),
        ({"mode": "words"}, "Say in words what they buy."),
        ({"filters": [{"field": "orders", "op": "ge", "value": ""}]}, "condition on Orders has no"),
        ({"filters": [{"field": "country", "op": "in", "value": []}]}, "on Country has no value"),
        ({"filters": [{"field": "orders", "op": "between", "value": ["1", ""]}]}, "has no value"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_searched(opening, session, changes, told):
    drawn, _ = last(opening, **changes)
    assert told in drawn
    assert 'role="alert"' in drawn
    assert session.finder.asked == []


def test_nobody_is_no_error(opening, session):
    _, held = last(opening)
    report = held["report"] | {"matches": [], "says": "Nobody fits these conditions."}
    drawn = found_matches(report, session.segments_in("en"), "en")
    assert "Nobody found" in drawn
    assert "Nobody fits these conditions." in drawn
    assert "<table" not in drawn


def test_chinese(opening):
    drawn, _ = last(opening, "zh")
    assert "与 00042 最相似的 3 位客户" in drawn
    assert "介绍一下客户 00043" in drawn
    assert "不得联系" in drawn


def test_an_error_of_opening_is_told(session):
    def load():
        raise InputError("Nothing here")

    *_, (drawn, held) = search(Opening(load), ASKED, "en")
    assert "Nothing here" in drawn
    assert held is None


def test_where_nobody_can_be_compared_it_says_so(session):
    opening = Opening(lambda: replace(session, finder=None))
    opening.wait(5)
    drawn, _ = last(opening)
    assert "cannot be compared" in drawn


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_form_is_the_same_text_until_the_segments_change(session, language):
    form = search_form(language, session)
    assert form == search_form(language, session)
    assert page_words(language)["finder_find"] in form
    assert '<option value="2">Loyal tea lovers</option>' in form
    assert '<option value="0">' not in form
    fewer = replace(session, segments=lambda: session.segments()[:2])
    assert search_form(language, fewer) != form
    assert 'data-stand=""' in search_form(language)
