"""Threads that survive a restart: the book they stand in, and an assistant that goes on in one."""

import json
import sqlite3
import threading
from contextlib import closing

import pytest

from assistant.chat import Answer, memory_in
from assistant.page.session import Session, Shop
from assistant.page.talk.conversation import Conversation, Conversations
from assistant.results import ResultShelf
from assistant.threads import LONGEST_TITLE, ThreadBook
from assistant.tools.result import Chart, Pending, Table, ToolResult
from assistant.turn.events import Note, ToolCall
from assistant.turn.ledger import Usage
from segmentation.types import Fact


@pytest.fixture
def path(tmp_path):
    return tmp_path / "conversations.sqlite"


@pytest.fixture
def book(path):
    return ThreadBook(path)


def said(id, question="How many?", **more):
    return {"id": id, "question": question, **more}


def test_a_thread_is_called_like_its_first_question_and_the_latest_comes_first(book, path):
    book.keep("t", said("1", "Who buys\n tea?"))
    book.keep("u", said("2", "x" * 999))
    book.keep("t", said("3", "And toys?"))
    book.keep("u", said("2", "x" * 999, over=True))  # what has become of one moves nothing
    again = ThreadBook(path).threads()
    assert [(one.id, one.title) for one in again] == [
        ("t", "Who buys tea?"),
        ("u", "x" * LONGEST_TITLE),
    ]
    assert again[0].at >= again[1].at
    assert [one["id"] for one in book.exchanges("t")] == ["1", "3"]
    assert book.exchanges("u") == [said("2", "x" * 999, over=True)]


def test_everybody_has_their_own(book):
    book.keep("t", said("1"), "ann")
    for intrude in (
        lambda: book.keep("t", said("2"), "bob"),
        lambda: book.keep("t", said("1", "changed"), "bob"),
        lambda: book.drop("t", "1", "bob"),
        lambda: book.rename("t", "bob's", "bob"),
        lambda: book.delete("t", "bob"),
        lambda: book.delete("t"),
    ):
        intrude()
    assert book.threads("bob") == book.threads() == book.exchanges("t", "bob") == []
    assert [one.title for one in book.threads("ann")] == ["How many?"]
    assert book.exchanges("t", "ann") == [said("1")]


def test_renamed_dropped_deleted(book):
    book.keep("t", said("1"))
    book.rename("t", " Tea   lovers ")
    book.rename("t", "  ")
    assert [one.title for one in book.threads()] == ["Tea lovers"]
    book.drop("t", "1")
    assert book.threads() == []
    book.keep("t", said("1"))
    assert book.delete("t")
    assert not book.delete("t")
    assert book.exchanges("t") == []


def test_what_names_a_person_is_not_kept(path):
    book = ThreadBook(path, lambda text: text.replace("ann@example.com", "[email]"))
    book.keep("t", said("1", "Find ann@example.com"))
    book.rename("t", "About ann@example.com")
    assert [one.title for one in book.threads()] == ["About [email]"]
    with closing(sqlite3.connect(path)) as base:
        assert "ann@" not in "".join(base.iterdump())


def test_two_processes_and_many_threads_write_at_once(path):
    books = [ThreadBook(path), ThreadBook(path)]

    def write(n):
        for k in range(10):
            books[n % 2].keep("t", said(f"{n}-{k}"))

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    kept = [one["id"] for one in books[0].exchanges("t")]
    assert sorted(kept) == sorted(f"{n}-{k}" for n in range(4) for k in range(10))
    assert len(books[1].threads()) == 1


def test_an_answer_survives_json():
    fact = Fact("segment:2", "revenue", "2024-01-01/2024-06-30", 12.5, "GBP")
    pending = Pending("k", "export_audience", {"segment": 2}, "kindred export", {"sha": "1"}, "zh")
    result = ToolResult(
        "£12.50",
        facts=(fact,),
        tables=(Table("t", ("a",), (("x",), (None,))),),
        charts=(Chart("c", {"data": [], "layout": {}}),),
        status="needs_confirmation",
        confirm=pending,
    )
    call = ToolCall("query_customers", {"metric": "revenue"}, "ok", 0.2)
    notes, usage = (Note("limit", "Enough.", "tokens"),), Usage(1, 2, 3, 0.4)
    answer = Answer("£12.50", "zh", "m", (call,), (result,), clarify=True, notes=notes, usage=usage)
    assert Answer.from_record(json.loads(json.dumps(answer.to_record()))) == answer


class TestRestart:
    """One conversation through two processes, over the real agent."""

    @pytest.fixture
    def process(self, path, speaker, shelf, tools):
        """Starts an assistant over the same file: all it knows of before is in there."""

        def start():
            shelf._results.clear()
            assistant = speaker(memory=memory_in(path))
            return Session(
                assistant, Shop(1, 1), lambda: [], lambda language: [], threads=ThreadBook(path)
            )

        return start

    def run(self, conversation, session, question):
        conversation.begin(question, "en")
        list(conversation.answer(lambda seconds: session, "auto"))
        return conversation.exchanges[-1]

    def test_what_was_computed_before_still_counts_as_computed(
        self, llm, llm_server, process, shelf
    ):
        llm.behave(
            llm_server.scripted(
                llm_server.call("describe_customers"),
                llm_server.say("You have 42 customers."),
                llm_server.say("Still 42 customers."),
            )
        )
        conversation = Conversation()
        self.run(conversation, process(), "How many customers do we have?")
        session = process()
        assert len(shelf._results) == 0
        again = Conversations().find(session, conversation.thread, "")
        told = again.exchanges[0].answer
        assert told == conversation.exchanges[0].answer
        (key,) = again.exchanges[0].shelved()
        assert shelf.get(key) == told.results[0]
        self.run(again, session, "And now?")
        asked = [m["content"] for m in llm.requests[-1]["messages"] if m["role"] == "user"]
        assert asked == ["How many customers do we have?", "And now?"]
        artifacts = [m.artifact for m in session.assistant._said(again.thread) if m.type == "tool"]
        assert [one["result"] for one in artifacts] == [key]

    def test_a_deleted_thread_is_out_of_the_memory_too(self, llm, llm_server, process, path):
        llm.behave(llm_server.scripted(llm_server.say("Hello there.")))
        conversation, session = Conversation(), process()
        self.run(conversation, session, "A question of mine")
        conversation.delete(session)
        with closing(sqlite3.connect(path)) as base:
            for table in ("checkpoints", "writes", "threads", "exchanges"):
                assert base.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_the_shelf_takes_back_what_it_gave():
    shelf = ResultShelf(capacity=2)
    key = shelf.put(ToolResult("one"))
    other = ResultShelf(capacity=2)
    other.put_back({key: ToolResult("one")})
    assert other.get(key) == ToolResult("one")
    other.put_back({str(n): ToolResult("") for n in range(2)})
    assert other.get(key) is None
