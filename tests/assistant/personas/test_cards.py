"""What cards tell of segments: found aside, and without asking a language model."""

from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from assistant.cards import SegmentCards
from assistant.personas.personas import write_personas


class Later(Executor):
    """Does what it was given when it is told to."""

    def __init__(self):
        self.waiting = []

    def submit(self, work, *args):
        future = Future()
        self.waiting.append((future, work, args))
        return future

    def go(self):
        for future, work, args in self.waiting:
            future.set_result(work(*args))
        self.waiting.clear()


@pytest.mark.parametrize(("language", "label"), [("en", "per order"), ("zh", "每单金额")])
def test_a_card_has_two_numbers_and_its_persona(busy, language, label):
    with ThreadPoolExecutor(1) as aside:
        cards = SegmentCards(busy, aside).whole(language)
    personas = {one.segment: one for one in write_personas(busy, language)}
    assert cards.keys() == personas.keys()
    for number, card in cards.items():
        assert card.whole
        assert len(card.numbers) == 2
        assert card.tagline == personas[number].tagline
        assert card.persona in ("", personas[number].name)
    told = [one for card in cards.values() for one in card.numbers]
    assert label in {one.label for one in told}
    assert all(one.value != one.rest for one in told)
    assert all(one.facts[0].subject.startswith("segment:") for one in told)


def test_what_is_not_known_yet_is_not_waited_for(busy):
    later = Later()
    cards = SegmentCards(busy, later)
    assert {card.whole for card in cards("en").values()} == {False}
    later.go()
    assert {card.whole for card in cards("en").values()} == {True}
    assert not later.waiting  # found once


def test_new_segments_are_told_anew(busy):
    later = Later()
    cards = SegmentCards(busy, later)
    cards("en")
    later.go()
    busy.base = replace(busy.base, segmentation=replace(busy.base.segmentation, id="next"))
    assert not cards("en")[1].whole
    later.go()
    assert cards("en")[1].whole


def test_where_it_cannot_be_found_a_card_is_just_shorter(busy):
    later = Later()
    cards = SegmentCards(busy, later)
    cards("en")
    for future, *_ in later.waiting:
        future.set_exception(OSError("gone"))
    assert cards("en")[1].numbers == ()
    assert cards("en")[1].whole


def test_parts_of_what_has_no_segments_have_numbers_and_no_persona(busy):
    segmentation = replace(busy.base.segmentation, verdict="none")
    busy.base = replace(busy.base, segmentation=segmentation)
    with ThreadPoolExecutor(1) as aside:
        cards = SegmentCards(busy, aside).whole("en")
    assert {(card.persona, card.tagline) for card in cards.values()} == {("", "")}
    assert all(card.numbers for card in cards.values())


def test_a_language_model_is_not_asked_for_cards(truthful, llm):
    asked = len(llm.requests)
    with ThreadPoolExecutor(1) as aside:
        before = SegmentCards(truthful, aside)
        offline = before.whole("en")
        assert len(llm.requests) == asked
        personas = {one.segment: one for one in write_personas(truthful, "en")}
        after = len(llm.requests)
        cards = before.whole("en")
    assert after > asked
    assert len(llm.requests) == after
    assert [cards[n].tagline for n in cards] == [personas[n].tagline for n in cards]
    assert cards != offline
