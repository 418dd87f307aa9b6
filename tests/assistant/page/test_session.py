"""Opening a session in the background."""

import threading
from dataclasses import replace

import pytest

from assistant.page.session import Opening
from segmentation.types import InputError, KindredError
from store.errors import DamagedSnapshot, NoSnapshot


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


def test_a_defect_while_opening_is_one_message_too():
    def load():
        raise ImportError("cannot import name")

    opening = Opening(load)
    with pytest.raises(KindredError, match=r"inside Kindred \(ImportError\)"):
        opening.wait(5)
    assert opening.state == "failed"


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


@pytest.fixture
def nothing_built():
    def load():
        raise NoSnapshot("Nothing has been built here yet")

    opening = Opening(load)
    opening.wait_quietly()
    return opening


def test_what_is_empty_is_told_from_what_is_broken(nothing_built):
    def damaged():
        raise DamagedSnapshot("A file is missing")

    broken = Opening(damaged)
    assert broken.state == "opening"
    broken.wait_quietly()
    assert (nothing_built.state, broken.state) == ("empty", "failed")


def test_who_waits_in_an_empty_workspace_waits_for_the_build(nothing_built, session):
    gate = threading.Event()

    def work(progress):
        progress("encoding texts", 1, 2)
        gate.wait(5)
        return session

    building = nothing_built.build(work)
    with pytest.raises(TimeoutError):
        nothing_built.wait(0.01)
    assert (nothing_built.state, nothing_built.ready) == ("building", False)
    gate.set()
    assert nothing_built.wait(5) is session
    assert building.wait(5)
    assert (building.outcome, nothing_built.state, nothing_built.edition) == ("done", "ready", 1)


def test_the_old_session_answers_until_the_new_one_is_there(session):
    gate, opening, newer = threading.Event(), Opening(lambda: session), replace(session)

    def work(progress):
        gate.wait(5)
        return newer

    building = opening.build(work)
    assert opening.wait(5) is session
    assert opening.session is session
    with pytest.raises(InputError, match="being built"):
        opening.build(work)
    gate.set()
    assert building.wait(5)
    assert opening.session is newer


@pytest.mark.parametrize(
    ("error", "outcome"), [(InputError("Too few"), "failed"), (ValueError("defect"), "failed")]
)
def test_a_build_that_fails_leaves_all_as_it_was(nothing_built, error, outcome, caplog):
    def work(progress):
        raise error

    building = nothing_built.build(work)
    assert building.wait(5)
    assert (building.outcome, nothing_built.state) == (outcome, "empty")
    assert (building.error is error) == isinstance(error, InputError)
    with pytest.raises(NoSnapshot):
        nothing_built.wait(5)


def test_a_build_can_be_cancelled_until_the_data_is_stored(session):
    opening, gate = Opening(lambda: session), threading.Event()

    def work(progress):
        progress("clustering", 0, None)
        gate.wait(5)
        progress("stability", 1, 9)
        raise AssertionError("went on")

    building = opening.build(work)
    building.cancel()
    assert building.cancelling
    gate.set()
    assert building.wait(5)
    assert (building.outcome, opening.session, opening.edition) == ("cancelled", session, 0)

    def stored(progress):
        progress("index", 0, 10)
        building.cancel()
        progress("preparing the chat", 0, None)
        return session

    building = opening.build(stored)
    assert building.wait(5)
    assert building.outcome == "done"


def test_the_bar_never_goes_back(session):
    shares = []

    def work(progress):
        for stage in ("reading orders", "checking", "encoding texts", "checking", "some new stage"):
            progress(stage, 1, 1)
            shares.append(building.share)
        return session

    opening = Opening(lambda: session)
    ready = threading.Event()
    building = opening.build(lambda progress: ready.wait(5) and work(progress))
    ready.set()
    assert building.wait(5)
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[2] < 1
    assert building.share == 1.0
