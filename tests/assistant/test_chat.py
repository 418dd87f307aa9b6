"""A turn of the chat against a scripted server: the real LangChain path, without a real model."""

from typing import Any

import pytest
from langchain.tools import ToolRuntime
from langchain_core.tools import StructuredTool
from langgraph.checkpoint.memory import InMemorySaver

from assistant.chat import Assistant, Done, StepDone, StepMoved, StepStarted, Text
from assistant.models import chat_model
from assistant.results import ResultShelf
from assistant.settings import Settings, quieten_libraries
from assistant.tools.result import ToolResult, Turn
from segmentation.types import Fact, InputError, ModelError

FACT = Fact("all", "customers", "2024-01-01/2024-12-31", 42, "customers")


@pytest.fixture
def shelf():
    return ResultShelf()


@pytest.fixture
def assistant(llm, shelf):
    quieten_libraries()

    def describe_customers() -> tuple[str, dict]:
        """Say how many customers there are."""
        return "42 customers", {"result": shelf.put(ToolResult(text="42 customers", facts=(FACT,)))}

    def slow_tool(runtime: ToolRuntime[Turn, Any]) -> tuple[str, dict]:
        """Takes long."""
        for done in (1, 2):
            runtime.stream_writer({"stage": "working", "done": done, "total": 2})
        return "done", {"result": shelf.put(ToolResult(text="done"))}

    def broken_tool() -> tuple[str, dict]:
        """Always fails."""
        raise InputError("There is no table of reviews", fix="Build with --reviews.")

    def defective_tool() -> tuple[str, dict]:
        """Always fails, and not politely."""
        raise ZeroDivisionError("secret detail")

    tools = [
        StructuredTool.from_function(f, response_format="content_and_artifact")
        for f in (describe_customers, slow_tool, broken_tool, defective_tool)
    ]
    settings = Settings(model="openai:scripted", model_base_url=llm.url)
    model = chat_model(settings, offline=lambda: None)
    model.max_retries = 0
    return Assistant(model, tools, shelf, model_name=settings.model, memory=InMemorySaver())


def test_a_turn_calls_a_tool_and_says_what_it_found(llm, assistant):
    llm.will_call("describe_customers")
    llm.will_say("You have 42 customers.")
    answer = assistant.ask("How many customers do we have?")
    assert answer.answer == "You have 42 customers."
    assert [(c.name, c.status) for c in answer.tool_calls] == [("describe_customers", "ok")]
    assert answer.to_json()["facts"][0]["value"] == 42
    assert (answer.language, answer.model) == ("en", "openai:scripted")


def test_events_come_in_the_order_they_happen(llm, assistant):
    llm.will_call("describe_customers")
    llm.will_say("42.")
    kinds = [type(event) for event in assistant.stream("How many?")]
    assert kinds == [StepStarted, StepDone, Text, Done]


def test_a_tool_that_takes_long_says_how_far_it_has_come(llm, assistant):
    llm.will_call("slow_tool")
    llm.will_say("Done.")
    events = list(assistant.stream("Take your time"))
    assert [e.message for e in events if isinstance(e, StepDone)] == ["done"]
    moved = [e.share for e in events if isinstance(e, StepMoved)]
    assert moved == [0.5, 1.0]


def test_a_failing_tool_is_a_message_to_the_model_not_the_end(llm, assistant):
    llm.will_call("broken_tool")
    llm.will_say("No reviews were loaded.")
    answer = assistant.ask("What do reviews say?")
    assert answer.tool_calls[0].status == "error"
    said = llm.requests[1]["messages"][-1]
    assert said["role"] == "tool"
    assert "There is no table of reviews. Build with --reviews." in said["content"]
    assert answer.answer == "No reviews were loaded."


def test_a_defect_in_a_tool_keeps_its_details_from_the_model(llm, assistant):
    llm.will_call("defective_tool")
    llm.will_say("That did not work.")
    assistant.ask("Do it")
    assert "secret detail" not in str(llm.requests)


def test_a_thread_is_remembered_and_a_question_alone_is_not(llm, assistant):
    for text in ("One.", "Two.", "Three."):
        llm.will_say(text)
    assistant.ask("first question", thread="t")
    assistant.ask("second question", thread="t")
    assistant.ask("third question")
    assert "first question" in str(llm.requests[1]["messages"])
    assert "first question" not in str(llm.requests[2]["messages"])


def test_the_last_question_can_be_forgotten(llm, assistant):
    for text in ("One.", "Two.", "Three."):
        llm.will_say(text)
    assistant.ask("first question", thread="t")
    assistant.ask("second question", thread="t")
    assistant.forget_last("t")
    assistant.ask("third question", thread="t")
    asked = [m["content"] for m in llm.requests[2]["messages"] if m["role"] == "user"]
    assert asked == ["first question", "third question"]


def test_an_outage_is_an_error_and_never_an_answer(llm, assistant):
    llm.will_fail(500)
    with pytest.raises(ModelError, match="did not answer"):
        assistant.ask("How many customers?")


def test_a_model_that_calls_tools_forever_is_stopped(llm, assistant):
    for _ in range(30):
        llm.will_call("describe_customers")
    answer = assistant.ask("Loop")
    assert len(answer.tool_calls) <= 12
    assert len(llm.requests) <= 10


def test_the_model_is_told_to_take_numbers_from_tools(llm, assistant):
    llm.will_say("Hello.")
    assistant.ask("Hi")
    system = llm.requests[0]["messages"][0]
    assert system["role"] == "system"
    assert "Every number comes from a tool" in system["content"]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("gpt-5-mini", "names no provider"),
        ("anthropic:claude", r"pip install 'kindred\[anthropic\]'"),
        ("nonsense:model", "cannot be set up"),
    ],
)
def test_a_model_that_cannot_be_had_says_what_to_do(model, message):
    with pytest.raises(ModelError, match=message):
        chat_model(Settings(model=model), offline=lambda: None)
