"""What the page is told to change, over a scripted assistant: all of it, and nothing twice."""

import threading
from types import SimpleNamespace

import pytest

from assistant.page.session import Opening
from assistant.page.talk.desk import Desk

NOBODY = SimpleNamespace(username="")
SKIP = {"__type__": "update"}
"""What leaves a component as it is."""


@pytest.fixture
def desk(session):
    opening = Opening(lambda: session)
    opening.wait()
    return Desk(opening, "en")


def asked(desk, question):
    tab, *_ = desk.typed(question, None, "en", NOBODY)
    return tab


def drawings(updates):
    return [one for one in updates if isinstance(one, list)]


def told(messages):
    return repr(messages)


def test_an_answer_is_whole_before_it_is_settled_and_is_not_sent_again(desk):
    tab = asked(desk, "revenue please")
    *_, last = drawings(desk.answer(tab))
    assert "kd-copy" in told(last)
    chat, box, chips = desk.settle(tab)
    assert chat == SKIP
    assert box["submit_btn"] is True
    assert "How many customers came back?" in chips["value"]


def test_what_a_defect_left_unsaid_is_drawn_when_it_is_settled(desk, assistant):
    def broken(question, language, thread):
        yield RuntimeError("a defect")

    assistant.script = broken
    tab = asked(desk, "hello")
    assert "kd-thinking" in told(tab.draw())
    with pytest.raises(RuntimeError):
        list(desk.answer(tab))
    chat, _, _ = desk.settle(tab)
    assert "kd-thinking" not in told(chat)


def test_who_reads_along_in_another_tab_sees_the_end_of_it(desk, assistant):
    assistant.pause = 0.02
    tab = asked(desk, "revenue please")
    turned = SimpleNamespace(act="open", thread=tab.conversation.thread)
    other, *_ = desk.turn(None, turned, NOBODY)
    reader = threading.Thread(target=lambda: list(desk.answer(tab)))
    reader.start()
    assert drawings(desk.follow(other))
    reader.join()
    assert "kd-copy" in told(desk.settle(other)[0])


def test_who_turned_away_and_back_meanwhile_is_sent_the_whole_once_more(desk, assistant):
    tab = asked(desk, "revenue please")
    answer = desk.answer(tab)
    next(answer)
    next(answer)
    desk.turn(tab, SimpleNamespace(act="open", thread=tab.conversation.thread), NOBODY)
    assert drawings(answer)
    assert "kd-copy" in told(desk.settle(tab)[0])


def test_every_conversation_says_which_it_is(desk):
    tab, place, *_ = desk.typed("hello", None, "en", NOBODY)
    assert place == tab.conversation.thread
    tab, renewed, *_ = desk.renew(tab, NOBODY)
    assert renewed == tab.conversation.thread != place


def test_nobody_turns_to_the_conversation_of_another(desk):
    mine = asked(desk, "hello").conversation.thread
    list(desk.answer(asked(desk, "hello")))
    turned = SimpleNamespace(act="open", thread=mine)
    tab, *updates = desk.turn(None, turned, SimpleNamespace(username="ben"))
    assert tab.conversation.empty
    assert updates == [SKIP] * 5
