"""One conversation against a scripted assistant."""

import json
import threading
import time
from dataclasses import replace

import pytest

from assistant.chat import Again
from assistant.page.talk.conversation import MOST_WAITING, Conversation, Conversations
from assistant.page.talk.exchange import Exchange, Notice, Step, Words
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
    assert conversation.take_back(session) == "second"
    assert assistant.threads[conversation.thread] == ["first"]
    assert conversation.take_back(session) == "first"
    assert conversation.take_back(session) is None


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
    assert conversation.decide(session, key, yes=True) is exchange
    assert exchange.decisions[key].kind == "done"
    assert exchange.decisions[key].files == (str(tmp_path / "segment-2-meta.csv"),)
    conversation.decide(session, key, yes=True)
    conversation.decide(session, key, yes=False)
    assert assistant.words == [("confirm", key)]
    assert exchange.decisions[key].kind == "done"


def test_an_offer_can_be_declined_and_another_conversation_knows_nothing_of_it(
    session, assistant, tmp_path
):
    conversation, exchange, key = offered(session, assistant, tmp_path)
    assert Conversation().decide(session, key, yes=True) is None
    assert conversation.decide(session, key, yes=False) is exchange
    assert exchange.decisions[key].kind == "cancelled"
    assert list(tmp_path.iterdir()) == []


def test_an_offer_that_no_longer_holds_says_so(session, assistant, tmp_path):
    conversation, exchange, key = offered(session, assistant, tmp_path)
    assistant.offers.clear()
    conversation.decide(session, key, yes=True)
    assert exchange.decisions[key].kind == "expired"


def test_a_file_that_cannot_be_written_is_said(scripted, session, assistant, tmp_path):
    class Full(scripted.ScriptedAssistant):
        def confirm(self, key, *, thread=None):
            raise InputError("The disk is full", fix="Make room.")

    conversation, exchange, key = offered(session, assistant, tmp_path)
    conversation.decide(replace(session, assistant=Full()), key, yes=True)
    assert (exchange.decisions[key].kind, exchange.decisions[key].files) == ("error", ())
    assert "Make room." in exchange.decisions[key].text


def drain(conversation, session):
    for _ in conversation.answer(ready(session), "auto"):
        pass


def test_a_question_asked_meanwhile_is_answered_next_and_not_twice(session, assistant):
    assistant.pause = 0.01
    conversation = Conversation()
    conversation.begin("revenue please", "en")
    answer = conversation.answer(ready(session), "auto")
    next(answer)
    assert conversation.begin("history", "en") is not None
    assert conversation.begin("history", "en") is None
    drain(conversation, session)  # the second event finds the first at it
    assert conversation.busy
    for _ in answer:
        pass
    assert [one.over for one in conversation.exchanges] == [True, True]
    said = "In this thread you asked: revenue please | history"
    assert conversation.exchanges[1].answer.answer == said


def test_only_so_many_questions_wait():
    conversation = Conversation()
    begun = [conversation.begin(f"question {n}", "en") for n in range(MOST_WAITING + 2)]
    assert begun[-1] is None
    assert None not in begun[:-1]


def test_who_leaves_the_page_leaves_nothing_waiting(session):
    conversation = Conversation()
    conversation.begin("revenue please", "en")
    answer = conversation.answer(ready(session), "auto")
    next(answer)
    conversation.begin("history", "en")
    answer.close()
    assert not conversation.busy
    assert conversation.exchanges[1].failed


# --- threads ---


def restarted(scripted, session):
    """The same threads, an assistant of a new process."""
    assistant = scripted.ScriptedAssistant()
    return assistant, replace(session, assistant=assistant)


@pytest.mark.parametrize("question", ["revenue please", "persona please", "nasty please", "broken"])
def test_an_exchange_survives_json(session, question):
    exchange = run(Conversation(), session, question)
    again = Exchange.from_json(json.loads(json.dumps(exchange.to_json())))
    assert again == exchange


def test_a_thread_opened_again_is_whole_and_its_results_are_back(scripted, session, assistant):
    conversation = Conversation()
    run(conversation, session, "revenue please")
    run(conversation, session, "offline please")
    other, later = restarted(scripted, session)
    again = Conversations().find(later, conversation.thread, "")
    assert [one.question for one in again.exchanges] == ["revenue please", "offline please"]
    assert again.exchanges[0] == conversation.exchanges[0]
    assert again.exchanges[1].failed
    assert again.exchanges[1].items[-1].kind == "error"
    assert other.shelf == {k: v for k, v in assistant.shelf.items() if k in other.shelf}
    assert [result.facts for result in other.shelf.values()] == [scripted.revenue_result().facts]
    run(again, later, "history")
    assert other.threads == {conversation.thread: ["history"]}


def test_what_a_process_ended_in_the_middle_of_is_shown_as_stopped(scripted, session):
    conversation = Conversation()
    conversation.begin("revenue please", "en")
    answer = conversation.answer(ready(session), "auto")
    next(answer)
    _, later = restarted(scripted, session)
    again = Conversations().find(later, conversation.thread, "")
    answer.close()
    assert not again.busy
    assert again.exchanges[0].items[-1] == Notice("stopped")


def test_an_offer_of_a_process_of_before_is_shown_as_expired(
    scripted, session, assistant, tmp_path
):
    conversation, _, key = offered(session, assistant, tmp_path)
    same = Conversations().find(session, conversation.thread, "")
    assert same.exchanges[0].decisions == {}
    _, later = restarted(scripted, session)
    again = Conversations().find(later, conversation.thread, "")
    assert again.exchanges[0].decisions[key].kind == "expired"


def test_a_file_that_was_written_can_be_saved_as_long_as_it_is_there(
    scripted, session, assistant, tmp_path
):
    conversation, _, key = offered(session, assistant, tmp_path)
    conversation.decide(session, key, yes=True)
    _, later = restarted(scripted, session)
    find = Conversations().find
    assert find(later, conversation.thread, "").exchanges[0].decisions[key].files
    (tmp_path / "segment-2-meta.csv").unlink()
    gone = Conversations().find(later, conversation.thread, "")
    assert gone.exchanges[0].decisions[key].files == ()
    assert gone.exchanges[0].decisions[key].kind == "done"


def test_two_tabs_on_a_thread_share_it(session):
    open_ones = Conversations()
    conversation = open_ones.new("ann")
    run(conversation, session, "mine")
    assert open_ones.find(session, conversation.thread, "ann") is conversation
    assert open_ones.find(session, conversation.thread, "bob") is None
    assert open_ones.find(session, "no such thread", "ann") is None


def test_a_deleted_thread_is_gone_everywhere(session, assistant):
    open_ones = Conversations()
    conversation = open_ones.new("")
    run(conversation, session, "mine")
    thread = conversation.thread
    conversation.delete(session)
    assert session.threads.threads() == []
    assert assistant.threads == {}
    assert open_ones.find(session, thread, "") is None
    run(conversation, session, "more")  # another tab still had it open
    assert [one.id for one in session.threads.threads()] == [conversation.thread]
    assert conversation.thread != thread


def test_a_thread_deleted_in_the_middle_of_an_answer_stays_gone(session, assistant):
    assistant.pause = 0.01
    conversation = Conversation()
    conversation.begin("forever", "en")
    answer = conversation.answer(ready(session), "auto")
    next(answer)
    conversation.delete(session)
    for _ in answer:
        pass
    for _ in range(100):
        if not assistant.threads:
            break
        time.sleep(0.02)
    assert assistant.threads == {}
    assert session.threads.threads() == []


def test_what_is_taken_back_is_no_longer_in_the_thread(session):
    conversation = Conversation()
    run(conversation, session, "first")
    run(conversation, session, "second")
    conversation.take_back(session)
    kept = session.threads.exchanges(conversation.thread)
    assert [one["question"] for one in kept] == ["first"]
    conversation.take_back(session)
    assert session.threads.threads() == []
