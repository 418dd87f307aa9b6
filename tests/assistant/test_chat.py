"""A turn of the chat against a scripted server: the real LangChain path, without a real model."""

import pytest

from assistant.chat import Done, StepDone, StepMoved, StepStarted, Text


@pytest.fixture
def script(llm, llm_server):
    """Sets what the model replies, one after the other."""
    return lambda *replies: llm.behave(llm_server.scripted(*replies))


@pytest.fixture
def call(llm_server):
    return llm_server.call


@pytest.fixture
def say(llm_server):
    return llm_server.say


@pytest.mark.parametrize("streaming", [True, False])
def test_a_turn_calls_a_tool_and_says_what_it_found(script, call, say, speaker, streaming):
    script(call("describe_customers"), say("You have 42 customers."))
    answer = speaker(streaming=streaming).ask("How many customers do we have?")
    assert answer.answer == "You have 42 customers."
    assert [(c.name, c.status) for c in answer.tool_calls] == [("describe_customers", "ok")]
    assert answer.to_json()["facts"][0]["value"] == 42
    assert (answer.language, answer.model, answer.notes) == ("en", "openai:scripted", ())


def test_events_come_in_the_order_they_happen(script, call, say, speaker):
    script(call("describe_customers"), say("42."))
    kinds = [type(event) for event in speaker().stream("How many?")]
    assert kinds == [StepStarted, StepDone, Text, Done]


def test_a_tool_that_takes_long_says_how_far_it_has_come(script, call, say, speaker):
    script(call("slow_tool"), say("Done."))
    events = list(speaker().stream("Take your time"))
    assert [e.message for e in events if isinstance(e, StepDone)] == ["done"]
    assert [e.share for e in events if isinstance(e, StepMoved)] == [0.5, 1.0]


def test_a_failing_tool_is_a_message_to_the_model_not_the_end(llm, script, call, say, speaker):
    script(call("broken_tool"), say("No reviews were loaded."))
    answer = speaker().ask("What do reviews say?")
    assert answer.tool_calls[0].status == "error"
    said = llm.requests[1]["messages"][-1]
    assert said["role"] == "tool"
    assert "There is no table of reviews. Build with --reviews." in said["content"]
    assert answer.answer == "No reviews were loaded."


def test_a_defect_in_a_tool_keeps_its_details_from_the_model(llm, script, call, say, speaker):
    script(call("defective_tool"), say("That did not work."))
    speaker().ask("Do it")
    assert "secret detail" not in str(llm.requests)


def test_a_thread_is_remembered_and_a_question_alone_is_not(llm, script, say, speaker):
    script(say("One."), say("Two."), say("Three."))
    assistant = speaker()
    assistant.ask("first question", thread="t")
    assistant.ask("second question", thread="t")
    assistant.ask("third question")
    assert "first question" in str(llm.requests[1]["messages"])
    assert "first question" not in str(llm.requests[2]["messages"])


def test_a_bare_number_goes_on_in_the_language_before_it(script, say, speaker):
    script(say("好的。"), say("好的。"), say("Fine."))
    assistant = speaker()
    assistant.ask("介绍一下这个客户", thread="t")
    assert assistant.ask("100012", thread="t").language == "zh"
    assert assistant.ask("100012").language == "en"


def test_the_last_question_can_be_forgotten(llm, script, say, speaker):
    script(say("One."), say("Two."), say("Three."))
    assistant = speaker()
    assistant.ask("first question", thread="t")
    assistant.ask("second question", thread="t")
    assistant.forget_last("t")
    assistant.ask("third question", thread="t")
    asked = [m["content"] for m in llm.requests[2]["messages"] if m["role"] == "user"]
    assert asked == ["first question", "third question"]


def test_the_model_is_told_to_take_numbers_from_tools(llm, script, say, speaker):
    script(say("Hello."))
    speaker().ask("Hi")
    system = llm.requests[0]["messages"][0]
    assert system["role"] == "system"
    assert "Every number comes from a tool" in system["content"]
