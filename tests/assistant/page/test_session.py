"""Opening a session in the background."""

import threading
from dataclasses import replace

import pytest

from assistant.page.session import Opening
from segmentation.types import InputError


def test_opening_happens_once_and_in_the_background(session):
    gate, loads = threading.Event(), []

    def load():
        gate.wait(5)
        loads.append(threading.current_thread().name)
        return session

    opening = Opening(load)
    opening.start()
    assert not opening.ready
    with pytest.raises(TimeoutError):
        opening.wait(0.01)
    gate.set()
    assert opening.wait(5) is session
    assert opening.wait() is session
    assert opening.ready
    assert len(loads) == 1
    assert loads != [threading.current_thread().name]


def test_an_error_of_opening_reaches_everyone_who_waits():
    def load():
        raise InputError("Nothing here")

    opening = Opening(load)
    for _ in range(2):
        with pytest.raises(InputError, match="Nothing here"):
            opening.wait(5)
    assert opening.ready


def test_segments_are_named_in_the_reader_s_language(scripted, assistant):
    names = {"en": {}, "zh": {1: "居家优惠猎手"}}
    session = replace(scripted.session(assistant), names=names.get)
    assert [s.name for s in session.segments_in("zh")][:2] == ["居家优惠猎手", "Loyal tea lovers"]
    assert session.segments_in("en") == list(scripted.SEGMENTS)
