"""One conversation against a scripted assistant."""

import threading
import time

import pytest

from assistant.chat import Again
from assistant.page.conversation import Conversation, Notice, Step, Words
from assistant.tools.result import ToolResult
from segmentation.types import InputError


def ready(session):
    return lambda seconds: session


def run(conversation, session, question="hello", language="auto"):
    exchange = conversation.begin(question, "en")
    for _ in conversation.answer(ready(session), language):
        pass
    return exchange


def test_an_exchange_holds_step_words_and_results_in_order(session):
    exchange = run(Conversation(), session, "revenue please")
    step, words = exchange.items
    assert (step.name, step.status, step.seconds) == ("query_customers", "ok", 0.038)
    assert words.text.startswith("**Segment 4** brings in the most")
    assert exchange.over
    assert [len(result.facts) for result in exchange.results] == [4]


def test_words_come_a_few_at_a_time(session, assistant):
    assistant.pause = 0.02
    conversation = Conversation()
    conversation.begin("revenue please", "en")
    seen = []
    for exchange in conversation.answer(ready(session), "auto"):
        seen.append(sum(len(i.text) for i in exchange.items if isinstance(i, Words)))
    assert 0 < seen[0] < seen[1] < seen[2] < seen[-1]


def test_the_final_answer_replaces_what_was_streamed(scripted, session, assistant):
    class Corrected(scripted.ScriptedAssistant):
        def script(self, question, language, thread):
            yield scripted.Text("I guess 13.")
            yield scripted.Done(scripted.Answer("There are 12.", "en", "scripted"))

    exchange = run(Conversation(), scripted.session(Corrected()))
    assert [item.text for item in exchange.items] == ["There are 12."]


def test_words_that_are_taken_back_are_gone(scripted):
    class Wavering(scripted.ScriptedAssistant):
        def script(self, question, language, thread):
            yield scripted.Text("Let me look.")
            yield Again()
            yield from self.step("list_segments", {}, ToolResult("There are 4."), 0.01)
            yield from self.said("There are 4.", language)

    exchange = run(Conversation(), scripted.session(Wavering()))
    assert [type(item) for item in exchange.items] == [Step, Words]
    assert exchange.items[1].text == "There are 4."


def test_a_failing_step_keeps_its_message(session):
    exchange = run(Conversation(), session, "broken please")
    assert exchange.items[0].status == "error"
    assert "not a metric" in exchange.items[0].message


def test_an_error_becomes_a_notice_and_is_forgotten(session, assistant):
    conversation = Conversation()
    exchange = run(conversation, session, "offline please")
    assert exchange.items == [Notice("error", "The model does not answer. Check KINDRED_MODEL.")]
    assert assistant.forgotten == [conversation.thread]


def test_a_defect_is_not_hidden(scripted):
    class Defective(scripted.ScriptedAssistant):
        def script(self, question, language, thread):
            yield RuntimeError("a defect")

    conversation = Conversation()
    with pytest.raises(RuntimeError, match="a defect"):
        run(conversation, scripted.session(Defective()))
    assert not conversation.busy


def test_stop_ends_soon_and_forgets_the_half_answer(session, assistant):
    assistant.pause = 0.01
    conversation = Conversation()
    exchange = conversation.begin("forever", "en")
    threading.Timer(0.3, conversation.stop).start()
    started = time.monotonic()
    for _ in conversation.answer(ready(session), "auto"):
        pass
    assert time.monotonic() - started < 3
    assert exchange.items[0].status == "stopped"
    assert exchange.items[-1].kind == "stopped"
    run(conversation, session, "history")
    assert conversation.exchanges[-1].answer.answer == "In this thread you asked: history"


def test_leaving_the_page_ends_the_answer(session, assistant):
    assistant.pause = 0.01
    conversation = Conversation()
    conversation.begin("forever", "en")
    shown = conversation.answer(ready(session), "auto")
    next(shown)
    shown.close()
    for _ in range(100):
        if assistant.closed:
            break
        time.sleep(0.02)
    assert assistant.closed == 1
    assert not conversation.busy


def test_the_first_question_waits_for_the_workspace(session):
    waits = iter([None, None, None])
    conversation = Conversation()
    exchange = conversation.begin("hello", "en")
    shown = [
        [type(item).__name__ for item in exchange.items]
        for _ in conversation.answer(lambda seconds: next(waits, session), "auto")
    ]
    assert shown[0] == ["Notice"]
    assert shown[-1] == ["Words"]


def test_a_workspace_that_cannot_be_opened_is_said(session):
    def broken(seconds):
        raise InputError("Nothing has been built here", fix="Run kindred build.")

    conversation = Conversation()
    exchange = conversation.begin("hello", "en")
    list(conversation.answer(broken, "auto"))
    assert exchange.items == [Notice("error", "Nothing has been built here. Run kindred build.")]


def test_taking_back_forgets_question_and_answer(session, assistant):
    conversation = Conversation()
    run(conversation, session, "first")
    run(conversation, session, "second")
    assert conversation.take_back(assistant.forget_last) == "second"
    assert assistant.threads[conversation.thread] == ["first"]
    assert conversation.take_back(assistant.forget_last) == "first"
    assert conversation.take_back(assistant.forget_last) is None


def test_each_conversation_has_its_own_thread(session, assistant):
    one, other = Conversation(), Conversation()
    run(one, session, "mine")
    run(other, session, "yours")
    assert assistant.threads == {one.thread: ["mine"], other.thread: ["yours"]}


def test_waiting_is_said_only_while_nothing_else_shows_it(session):
    exchange = Conversation().begin("hello", "en")
    assert exchange.waiting
    exchange.items.append(Step("1", "list_segments", {}))
    assert not exchange.waiting
    exchange.items[0].status = "ok"
    assert exchange.waiting
    exchange.over = True
    assert not exchange.waiting


def offered(session, assistant, folder):
    assistant.folder = folder
    conversation = Conversation()
    exchange = run(conversation, session, "export please")
    return conversation, exchange, exchange.results[0].confirm.id


def test_an_offer_is_decided_once(session, assistant, tmp_path):
    conversation, exchange, key = offered(session, assistant, tmp_path)
    assert exchange.items[0].status == "needs_confirmation"
    assert conversation.decide(assistant, key, yes=True) == 0
    assert exchange.decisions[key].kind == "done"
    assert exchange.decisions[key].files == (str(tmp_path / "segment-2-meta.csv"),)
    conversation.decide(assistant, key, yes=True)
    conversation.decide(assistant, key, yes=False)
    assert assistant.words == [("confirm", key)]
    assert exchange.decisions[key].kind == "done"


def test_an_offer_can_be_declined_and_another_conversation_knows_nothing_of_it(
    session, assistant, tmp_path
):
    conversation, exchange, key = offered(session, assistant, tmp_path)
    assert Conversation().decide(assistant, key, yes=True) is None
    assert conversation.decide(assistant, key, yes=False) == 0
    assert exchange.decisions[key].kind == "cancelled"
    assert list(tmp_path.iterdir()) == []


def test_an_offer_that_no_longer_holds_says_so(session, assistant, tmp_path):
    conversation, exchange, key = offered(session, assistant, tmp_path)
    assistant.offers.clear()
    conversation.decide(assistant, key, yes=True)
    assert exchange.decisions[key].kind == "expired"


def test_a_file_that_cannot_be_written_is_said(scripted, session, assistant, tmp_path):
    class Full(scripted.ScriptedAssistant):
        def confirm(self, key, *, thread=None):
            raise InputError("The disk is full", fix="Make room.")

    conversation, exchange, key = offered(session, assistant, tmp_path)
    conversation.decide(Full(), key, yes=True)
    assert (exchange.decisions[key].kind, exchange.decisions[key].files) == ("error", ())
    assert "Make room." in exchange.decisions[key].text
