"""Turns over a language model in trouble: through the real client, streaming and not."""

import time

import pytest

from assistant.chat import Again, Done, StepDone, StepMoved, StepStarted, Text
from assistant.router.model import OfflineChatModel
from assistant.router.router import Decision
from assistant.turn.ledger import Limits
from assistant.turn.outages import Outage
from assistant.turn.patience import Patience
from segmentation.types import ModelError

STREAMING = pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "whole"])


class PlainRouter:
    """Always counts the customers."""

    def decide(self, question, history):
        return Decision(tool="describe_customers", args={})


@pytest.fixture
def offline():
    return lambda: OfflineChatModel(router=PlainRouter())


@pytest.fixture
def fine(llm_server):
    """Calls a tool, then says what it said."""
    return llm_server.scripted(
        llm_server.call("describe_customers"), llm_server.say("You have 42 customers.")
    )


def troubles(double):
    """What may go wrong and pass by itself."""
    return {
        "429": double.fails(429),
        "429 with Retry-After": double.fails(429, retry_after="0.02"),
        "500": double.fails(500),
        "503": double.fails(503),
        "dropped before": double.say("You have", cut="before"),
        "dropped in the middle": double.say("You have 42 customers. That is all.", cut="middle"),
        "ends without its end": double.say("You have 42 customers. That is all.", cut="eof"),
        "stalls": double.say("You have 42 customers.", stall=5),
        "no JSON": double.Reply(raw="<html>Bad gateway</html>"),
        "empty": double.say(""),
        "malformed arguments": double.Reply(calls=(double.Call("count_orders", '{"year": 20'),)),
        "unknown tool": double.call("delete_everything"),
    }


NAMES = [
    "429", "429 with Retry-After", "500", "503", "dropped before", "dropped in the middle",
    "ends without its end", "stalls", "no JSON", "empty", "malformed arguments", "unknown tool",
]  # fmt: skip


@STREAMING
@pytest.mark.parametrize("at", [0, 1], ids=["first call", "answer"])
@pytest.mark.parametrize("name", NAMES)
def test_what_passes_by_itself_is_tried_again(llm, llm_server, speaker, fine, name, at, streaming):
    llm.behave(llm_server.flaky(troubles(llm_server)[name], fine, at=at))
    seconds = 0.8 if name == "stalls" else 9.0
    patience = Patience(silence=seconds, longest=seconds, first_wait=0.01, seed=0)
    answer = speaker(streaming=streaming, patience=patience).ask("How many?", thread="t")
    assert answer.answer == "You have 42 customers."
    assert [(c.name, c.args, c.status) for c in answer.tool_calls] == [
        ("describe_customers", {}, "ok")
    ]
    assert len(llm.requests) == 3
    assert answer.notes == ()


@STREAMING
@pytest.mark.parametrize(
    ("status", "body", "said", "requests"),
    [
        (400, "tools are not supported", "refused the request", 1),
        (400, "maximum context length is 8192 tokens", "longer than it can read", 1),
        (401, "no", "refused the key", 1),
        (403, "no", "refused the key", 1),
        (404, "no", "knows no such model", 1),
        (429, "no", "takes no more requests", 3),
        (429, "insufficient_quota", "quota", 1),
        (500, "no", "its server failed", 3),
    ],
)
def test_an_outage_is_an_error_and_never_an_answer(
    llm, llm_server, speaker, status, body, said, requests, streaming
):
    llm.behave(llm_server.broken(llm_server.fails(status, body)))
    with pytest.raises(ModelError, match=said):
        speaker(streaming=streaming).ask("How many customers?")
    assert len(llm.requests) == requests


def test_a_server_that_asks_for_a_long_pause_is_not_asked_again(llm, llm_server, speaker):
    llm.behave(llm_server.broken(llm_server.fails(429, retry_after="3600")))
    with pytest.raises(Outage) as caught:
        speaker().ask("How many customers?")
    assert (caught.value.kind, len(llm.requests)) == ("rate", 1)


def test_a_server_that_is_not_there_is_said_to_be(speaker):
    with pytest.raises(ModelError, match="cannot be reached"):
        speaker(url="http://127.0.0.1:9/v1").ask("How many customers?")


def test_an_outage_is_told_in_the_language_of_the_question(llm, llm_server, speaker):
    llm.behave(llm_server.broken(llm_server.fails(401)))
    with pytest.raises(ModelError, match="服务器拒绝了密钥"):
        speaker().ask("我们有多少客户？")


def test_after_an_outage_the_thread_goes_on(llm, llm_server, speaker, fine):
    assistant = speaker()
    llm.behave(llm_server.scripted(llm_server.say("Hello.")))
    assistant.ask("first", thread="t")
    with pytest.raises(ModelError):
        assistant.ask("second", thread="t")
    llm.behave(fine)
    assert assistant.ask("third", thread="t").answer == "You have 42 customers."
    roles = [(m["role"], m["content"]) for m in llm.requests[0]["messages"][1:]]
    assert [role for role, _ in roles] == ["user", "assistant"] * 2 + ["user"]
    assert [text for role, text in roles if role == "user"] == ["first", "second", "third"]


def test_an_outage_between_call_and_answer_leaves_no_call_open(llm, llm_server, speaker, fine):
    assistant = speaker()
    llm.behave(llm_server.scripted(llm_server.call("describe_customers")))
    with pytest.raises(ModelError):
        assistant.ask("first", thread="t")
    llm.behave(fine)
    assistant.ask("second", thread="t")
    roles = [m["role"] for m in llm.requests[0]["messages"][1:]]
    assert roles == ["user", "assistant", "tool", "assistant", "user"]


@pytest.mark.parametrize("at", [0, 1], ids=["first call", "answer"])
def test_where_it_may_the_offline_model_answers_and_says_so(
    llm, llm_server, speaker, fine, offline, at
):
    llm.behave(llm_server.flaky(llm_server.fails(500), fine, times=99, at=at))
    assistant = speaker(offline=offline)
    answer = assistant.ask("How many?", thread="t")
    first, rest = answer.answer.split("\n\n", 1)
    assert first == (
        "The language model openai:scripted could not answer (its server failed), "
        "so this is the offline model's answer."
    )
    assert rest == "42 customers"
    assert answer.model == "offline"
    (note,) = answer.to_json()["notes"]
    assert (note["kind"], note["why"], note["model"]) == ("fallback", "server", "openai:scripted")
    llm.behave(fine)
    again = assistant.ask("And now?", thread="t")
    assert (again.model, again.notes) == ("openai:scripted", ())
    assert "could not answer" not in str(llm.requests)


@pytest.mark.parametrize("name", ["empty", "malformed arguments", "unknown tool"])
def test_it_also_answers_where_no_reply_can_be_used(llm, llm_server, speaker, offline, name):
    llm.behave(llm_server.broken(troubles(llm_server)[name]))
    answer = speaker(offline=offline).ask("How many?")
    assert answer.model == "offline"
    assert answer.answer.endswith("\n\n42 customers")
    assert answer.notes[0].kind == "fallback"


def test_the_words_that_the_offline_model_answers_come_first_in_the_stream(
    llm, llm_server, speaker, offline
):
    llm.behave(llm_server.broken(llm_server.fails(401)))
    events = list(speaker(offline=offline).stream("有多少客户？"))
    text = "".join(e.delta for e in events if isinstance(e, Text))
    assert text == events[-1].answer.answer
    assert text.startswith("语言模型 openai:scripted 未能回答（其密钥被拒绝）") or text.startswith(
        "语言模型 openai:scripted 未能回答（密钥被拒绝）"
    )


def test_words_of_a_call_that_broke_off_are_taken_back(llm, llm_server, speaker):
    half = llm_server.say("You have 41 customers. And much more to say of them.", cut="middle")
    whole = llm_server.say("You have 42 customers. That is all.")
    llm.behave(llm_server.scripted(llm_server.call("describe_customers"), half, whole))
    events = list(speaker().stream("How many?"))
    shown = ""
    for event in events:
        shown = "" if isinstance(event, Again) else shown
        shown += event.delta if isinstance(event, Text) else ""
    assert shown == events[-1].answer.answer == "You have 42 customers. That is all."


@STREAMING
def test_words_beside_a_call_are_no_answer(llm, llm_server, speaker, streaming):
    beside = llm_server.Reply(
        text="There are surely 99 of them. Let me look.",
        calls=(llm_server.Call("describe_customers"),),
    )
    llm.behave(llm_server.scripted(beside, llm_server.say("You have 42 customers.")))
    events = list(speaker(streaming=streaming).stream("How many?", thread="t"))
    assert "99" not in "".join(e.delta for e in events if isinstance(e, Text))
    assert "99" not in str(llm.requests[1]["messages"])


# --- models that do not come to an end ------------------------------------------------------------


@STREAMING
@pytest.mark.parametrize(
    ("name", "why"),
    [("same", "model_calls"), ("different", "model_calls"), ("many", "tool_calls"),
     ("text", "long"), ("empty", "empty"), ("arguments", "arguments"), ("tool", "tool")],
)  # fmt: skip
def test_every_turn_ends_in_an_honest_message(llm, llm_server, speaker, fine, name, why, streaming):
    malformed = llm_server.Reply(calls=(llm_server.Call("count_orders", '{"year": 20'),))
    llm.behave(
        {
            "same": llm_server.loop_same("describe_customers"),
            "different": llm_server.loop_different("count_orders", "year"),
            "many": llm_server.loop_different("count_orders", "year", at_once=6),
            "text": llm_server.endless(),
            "empty": llm_server.broken(llm_server.say("")),
            "arguments": llm_server.broken(malformed),
            "tool": llm_server.broken(llm_server.call("nothing_like_it")),
        }[name]
    )
    assistant = speaker(streaming=streaming, limits=Limits(letters=2_000))
    answer = assistant.ask("Loop", thread="t")
    assert answer.answer.startswith("I stopped here: ")
    assert answer.notes[0].why == why
    assert answer.notes[0].kind == ("limit" if why.endswith("calls") else "unusable")
    assert len(llm.requests) <= 8
    assert sum(call.status == "ok" for call in answer.tool_calls) <= 12
    llm.behave(fine)
    assert assistant.ask("And now?", thread="t").answer == "You have 42 customers."


def test_what_was_found_before_the_end_is_kept(llm, llm_server, speaker):
    llm.behave(llm_server.loop_different("count_orders", "year"))
    answer = speaker(limits=Limits(model_calls=3)).ask("Loop")
    assert answer.answer == (
        "I stopped here: the 3 calls of the language model that one question may take are used up,"
        " and there is no finished answer. 2 tool calls were made.\n\n"
        "What was found:\n\n1 orders\n\n2 orders"
    )
    assert len(answer.results) == 2


def test_the_same_call_is_made_once(llm, llm_server, speaker):
    llm.behave(llm_server.loop_same("describe_customers"))
    answer = speaker().ask("Loop")
    assert [call.status for call in answer.tool_calls].count("ok") == 1


def test_tokens_and_cost_are_added_up_and_end_a_turn(llm, llm_server, speaker):
    usage = {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000, "cost": 0.01}

    def behave(request, n):
        calls = (llm_server.Call("count_orders", {"year": n}),)
        return llm_server.Reply(calls=calls, usage=usage)

    llm.behave(behave)
    for streaming in (True, False):
        answer = speaker(streaming=streaming, limits=Limits(tokens=2_500)).ask("Loop")
        assert answer.notes[0].why == "tokens"
        usage_told = answer.to_json()["usage"]
        assert (usage_told["input_tokens"], usage_told["output_tokens"]) == (2_700, 300)
        assert usage_told["cost"] == pytest.approx(0.03)
        assert not usage_told["estimated"]


def test_tokens_that_nobody_reports_are_estimated(llm, llm_server, speaker):
    llm.behave(llm_server.broken(llm_server.say("Hello.", usage=None)))
    usage = speaker().ask("Hi").usage
    assert usage.estimated
    assert usage.input_tokens > 100


def test_a_server_that_counts_no_tokens_in_streams_is_not_asked_to_again(llm, llm_server, speaker):
    def behave(request, n):
        if "stream_options" in request:
            return llm_server.fails(422, "Unexpected fields in the request: {'stream_options'}")
        return llm_server.say("Hello.")

    llm.behave(behave)
    assistant = speaker()
    assert [assistant.ask("Hi").answer for _ in range(2)] == ["Hello."] * 2
    assert len(llm.requests) == 3


# --- parallel calls, stopping, remembering -------------------------------------------------------


def test_six_calls_at_once(llm, llm_server, speaker):
    calls = tuple(llm_server.Call("count_orders", {"year": year}) for year in range(6))
    llm.behave(llm_server.scripted(llm_server.Reply(calls=calls), llm_server.say("Done.")))
    answer = speaker().ask("All years")
    told = {call.args["year"]: call.status for call in answer.tool_calls}
    assert told == dict.fromkeys(range(6), "ok")
    assert {result.text for result in answer.results} == {f"{year} orders" for year in range(6)}


def test_ids_of_calls_that_repeat_are_made_unique(llm, llm_server, speaker):
    llm.behave(
        llm_server.scripted(
            *(llm_server.call("count_orders", year=y) for y in (1, 2)), llm_server.say("Done.")
        )
    )
    llm_server._NUMBERS = iter([7, 7])
    try:
        answer = speaker().ask("Two years", thread="t")
    finally:
        import itertools

        llm_server._NUMBERS = itertools.count(1_000)
    assert [call.args["year"] for call in answer.tool_calls] == [1, 2]
    ids = [m["tool_call_id"] for m in llm.requests[2]["messages"] if m["role"] == "tool"]
    assert len(set(ids)) == 2


def test_a_stream_that_is_closed_ends_the_work_and_loses_nothing(llm, llm_server, speaker, fine):
    assistant = speaker()
    llm.behave(llm_server.scripted(llm_server.say("Hello.")))
    assistant.ask("first", thread="t")
    llm.behave(llm_server.broken(llm_server.call("slow_tool")))
    stream = assistant.stream("second", thread="t")
    assert any(isinstance(event, StepMoved) for event in stream)
    began = time.perf_counter()
    stream.close()
    assert time.perf_counter() - began < 1
    llm.behave(fine)
    assert assistant.ask("third", thread="t").answer == "You have 42 customers."
    told = llm.requests[0]["messages"][1:]
    assert [m["content"] for m in told if m["role"] == "user"] == ["first", "second", "third"]
    calls = [c["id"] for m in told for c in m.get("tool_calls") or ()]
    assert calls == [m["tool_call_id"] for m in told if m["role"] == "tool"]
    assert len(calls) == 1


def test_a_stream_closed_between_two_sentences_does_not_wait_for_the_third(
    llm, llm_server, speaker
):
    text = "You have 42 customers. There is more. And more. And still more to say of them."
    slow = llm_server.say(text, stall=60)
    llm.behave(llm_server.scripted(llm_server.call("describe_customers"), slow))
    stream = speaker(patience=Patience(silence=30, longest=30)).stream("How many?", thread="t")
    assert any(isinstance(event, Text) for event in stream)
    began = time.perf_counter()
    stream.close()
    assert time.perf_counter() - began < 2


def test_a_turn_can_be_stopped_while_the_model_says_nothing(llm, llm_server, speaker, fine):
    import threading

    assistant = speaker(patience=Patience(silence=30, longest=30))
    llm.behave(llm_server.broken(llm_server.say("Hello you.", stall=30)))
    timer = threading.Timer(0.2, assistant.stop, ["t"])
    timer.start()
    began = time.perf_counter()
    assert not any(isinstance(e, Done) for e in assistant.stream("Hi", thread="t"))
    assert time.perf_counter() - began < 2
    timer.join()
    llm.behave(fine)
    assert assistant.ask("And now?", thread="t").answer == "You have 42 customers."


def test_a_restart_forgets_nothing(llm, llm_server, speaker, tmp_path):
    from assistant.chat import memory_in

    call, say = llm_server.call, llm_server.say
    llm.behave(llm_server.scripted(call("describe_customers"), say("42."), say("Still 42.")))
    first = memory_in(tmp_path / "conversations.sqlite")
    speaker(memory=first).ask("How many?", thread="t")
    first.conn.close()
    second = memory_in(tmp_path / "conversations.sqlite")
    speaker(memory=second).ask("And now?", thread="t")
    told = llm.requests[2]["messages"][1:]
    assert [m["role"] for m in told] == ["user", "assistant", "tool", "assistant", "user"]
    assert told[2]["content"] == "42 customers"
    kept = second.get({"configurable": {"thread_id": "t"}})["channel_values"]["messages"]
    assert [set(m.artifact) for m in kept if m.type == "tool"] == [{"result", "names"}]
    second.conn.close()


def test_a_step_that_was_stopped_says_no_more(llm, llm_server, speaker):
    assistant = speaker()
    llm.behave(llm_server.broken(llm_server.call("slow_tool")))
    events = []
    for event in assistant.stream("Take your time", thread="t"):
        events.append(event)
        if isinstance(event, StepStarted):
            assistant.stop("t")
    assert not any(isinstance(event, Done) for event in events)
    assert sum(isinstance(event, StepDone) for event in events) <= 1
