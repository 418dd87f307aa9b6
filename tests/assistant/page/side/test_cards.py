"""Cards as HTML: what they tell, and that whatever they are given stays in its place."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from assistant.cards import Card, Number
from assistant.page.session import Opening, Standing
from assistant.page.side.cards import current_cards, segment_list
from segmentation.types import Segment

NASTY = '"><script>alert(1)</script>${1+1}{{name}}'


class Page(HTMLParser):
    """The tags of a page, the questions on it, and what one reads."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.questions, self.text, self.open = [], [], "", []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert tag != "button" or "button" not in self.open  # a button in a button is none
        self.open.append(tag)
        if question := dict(attrs).get("data-question"):
            self.questions.append(question)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def page_of(segments, standing=None, told=None, language="en"):
    page = Page(segment_list(segments, language, standing or Standing(), told))
    assert page.open == []
    return page


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("en", ["Loyal tea lovers", "25%", "496 customers", "£332 per order others £203"]),
        ("zh", ["25%", "496 位客户", "£332 每单金额 其他 £203"]),
    ],
)
def test_a_card_tells_name_size_and_two_numbers(session, language, wanted):
    page = page_of(session.segments_in(language), None, session.cards(language), language)
    for part in wanted:
        assert part in page.text


def test_the_personas_own_name_stands_below_the_plain_one(session):
    text = page_of(session.segments(), None, session.cards("en")).text
    assert "41%Deal seekers · They buy when the price drops" in text
    assert text.index("Bargain hunters for the home") < text.index("Deal seekers")


def test_a_card_asks_about_its_segment_and_offers_what_else_to_ask(scripted):
    asked = page_of(scripted.SEGMENTS).questions
    assert asked[:3] == [
        "Tell me about segment 1",
        "Find customers like those in segment 1",
        "What should I offer segment 1 next?",
    ]
    assert [one for one in asked if "segment 0" in one] == ["Tell me about segment 0"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("verdict", ["natural", "reproducible", "constructed", "none"])
def test_the_badge_says_how_far_to_believe(scripted, verdict, language):
    html = segment_list(scripted.SEGMENTS, language, Standing(verdict))
    bars = {"natural": 3, "reproducible": 2, "constructed": 1, "none": 0}[verdict]
    assert html.count("class=kd-on") == bars
    assert ("do not act" in html or "请勿" in html) == (verdict == "none")
    assert page_of(scripted.SEGMENTS, Standing(verdict), language=language).questions[0] in (
        "Can I trust these segments?",
        "这些客群可信吗？",
    )


def test_parts_that_are_no_segments_have_no_persona(session):
    standing = Standing("none")
    text = page_of(session.segments(), standing, session.cards("en")).text
    assert "Parts, not segments" in text
    assert "They buy when" not in text
    assert "£332" in text


def test_weak_segments_are_marked(scripted):
    text = page_of(scripted.SEGMENTS, Standing("constructed", frozenset({2}))).text
    assert text.count("Unstable when resampled") == 1


def test_room_is_kept_for_what_is_still_being_found(scripted):
    cards = {one.id: Card() for one in scripted.SEGMENTS}
    html = segment_list(scripted.SEGMENTS, "en", Standing(), cards)
    assert html.count('class="kd-numbers kd-pending"') == 5
    assert html.count('class="kd-line"') == 4  # not for the unassigned


def test_names_and_numbers_cannot_leave_their_place():
    card = Card((Number(NASTY, NASTY, NASTY),), NASTY, NASTY)
    page = page_of([Segment(1, NASTY, 5, 0.5)], None, {1: card})
    assert "script" not in page.tags
    assert page.text.count(NASTY) == 6


@pytest.mark.parametrize("count", [0, 1, 12])
def test_any_number_of_segments(count):
    segments = [Segment(n, "x" * 300, n, 1 / count) for n in range(1, count + 1)]
    page = page_of(segments, Standing("natural" if count else None))
    assert page.tags.count("li") == count
    assert ("There are no segments yet." in page.text) == (count == 0)


def test_cards_are_looked_at_again_until_they_are_whole(session, scripted):
    whole = dict(session.cards("en"))
    told = {**whole, 2: Card()}
    opening = Opening(lambda: scripted.session(None, cards=lambda language: told))
    opening.wait()
    assert current_cards(opening, "en")[1].active
    told.update(whole)
    assert not current_cards(opening, "en")[1].active


def test_a_group_of_one_is_one_customer(scripted):
    alone = [replace(segment, size=1) for segment in scripted.SEGMENTS]
    assert "1 customers" not in page_of(alone).text and "1 customer" in page_of(alone).text
