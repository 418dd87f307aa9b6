"""The tools in the agent: schemas the model sees, results by reference, errors as answers."""

from __future__ import annotations

import threading

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver

from assistant.agent import build_agent
from assistant.tools.registry import TOOLS, build_tools
from assistant.tools.result import Turn


class Scripted(GenericFakeChatModel):
    """Says what it was given, and takes tools."""

    def bind_tools(self, tools, **_):
        return self


def run(workspace, name, arguments, language="en", seen=None):
    """One call of a tool by a scripted model; the tool's message."""
    call = {"name": name, "args": arguments, "id": "1", "type": "tool_call"}
    model = Scripted(messages=iter([AIMessage("", tool_calls=[call]), AIMessage("done")]))
    agent = build_agent(model, build_tools(workspace), checkpointer=InMemorySaver())
    messages = []
    for mode, payload in agent.stream(
        {"messages": [("user", "?")]},
        {"configurable": {"thread_id": "t"}},
        context=Turn(language),
        stream_mode=["updates", "custom"],
    ):
        if mode == "custom" and seen is not None:
            seen.append(payload)
        if mode == "updates":
            messages += [m for part in payload.values() for m in (part or {}).get("messages", [])]
    return next(m for m in messages if isinstance(m, ToolMessage))


def test_the_model_gets_text_and_the_shelf_the_rest(workspace):
    message = run(workspace, "query_customers", {"metric": "revenue", "by": "country"})
    result = workspace.results.get(message.artifact["result"])
    assert message.text == result.text
    assert message.status == "success"
    assert result.tables
    assert set(message.artifact) == {"result"}


def test_the_turn_says_the_language(workspace):
    assert "销售额" in run(workspace, "query_customers", {"metric": "revenue"}, "zh").text


def test_filters_arrive_as_they_were_given(workspace):
    only = [{"field": "orders", "op": "ge", "value": 2}]
    message = run(workspace, "query_customers", {"metric": "customers", "filters": only})
    result = workspace.results.get(message.artifact["result"])
    assert result.facts[0].subject == "orders>=2"
    assert result.facts[0].value == 4


def test_clustering_reports_its_progress(workspace):
    seen = []
    run(workspace, "run_clustering", {"n_segments": 3}, seen=seen)
    assert seen == [{"stage": "clustering", "done": 1, "total": 1}]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("query_customers", {"metric": "revenu"}, "Did you mean revenue"),
        ("query_customers", {}, "The argument metric is missing"),
        ("query_customers", {"metric": "revenue", "sql": "1"}, "There is no argument sql"),
        ("query_customers", {"metric": "revenue", "top_n": 0}, "greater than or equal to 1"),
        ("draw_chart", {"kind": "pie"}, "Valid: map, sizes, revenue"),
        (
            "query_customers",
            {"metric": "revenue", "filters": [{"field": "country", "op": "like", "value": "x"}]},
            "Valid: eq, ne, lt",
        ),
    ],
)
def test_an_invalid_call_is_answered_with_what_is_valid(workspace, name, arguments, said):
    message = run(workspace, name, arguments)
    assert message.status == "error"
    assert said in message.text


def test_what_the_data_lacks_is_an_answer_not_a_crash(orders_only):
    message = run(orders_only, "query_customers", {"metric": "average_rating"})
    assert "No reviews were loaded" in message.text
    assert orders_only.results.get(message.artifact["result"]).status == "ok"


def test_schemas_are_closed_described_and_free_of_inner_arguments(workspace):
    tools = build_tools(workspace)
    assert [tool.name for tool in tools] == list(TOOLS)
    for tool in tools:
        schema = tool.tool_call_schema.model_json_schema()
        assert "runtime" not in schema["properties"]
        assert len(tool.description) > 30
    query = next(tool for tool in tools if tool.name == "query_customers")
    schema = query.tool_call_schema.model_json_schema()
    assert schema["required"] == ["metric"]
    assert "lifetime_value" in schema["properties"]["metric"]["enum"]


def test_tools_may_run_side_by_side(workspace):
    texts = []

    def ask():
        texts.append(run(workspace, "query_customers", {"metric": "orders"}).text)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts) == 6
    assert len(set(texts)) == 1
