"""The chat model inside a real agent: tool calls, replies, streaming, what is not available."""

from collections.abc import Iterator

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

import prompts
from assistant.router.model import OfflineChatModel
from assistant.router.router import Router


@tool
def profile_segment(segment: int | str) -> str:
    """Describe a segment."""
    return f"Segment {segment} buys candles.\n第{segment}个细分买蜡烛。"


@tool
def list_segments() -> str:
    """List the segments."""
    return "There are five."


@tool
def export_audience(segment: int | str, format: str | None = None) -> str:
    """Offer a file."""
    return f"A file of segment {segment} waits for you."


@pytest.fixture
def model(router: Router) -> OfflineChatModel:
    return OfflineChatModel(router=router)


@pytest.fixture
def ask(model: OfflineChatModel):
    tools = [profile_segment, list_segments, export_audience]
    agent = create_agent(model, tools, checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "one"}}

    def ask_(question: str) -> AIMessage:
        return agent.invoke({"messages": [HumanMessage(question)]}, config)["messages"][-1]

    return ask_


def test_the_tools_words_are_handed_on(ask) -> None:
    assert ask("write a persona for segment 3").text.startswith("Segment 3 buys candles.")


def test_a_thread_is_remembered(ask) -> None:
    ask("write a persona for segment 3")
    assert ask("and segment 4?").text.startswith("Segment 4")


@pytest.mark.parametrize(
    ("question", "word", "said"),
    [
        ("export segment 2 for meta", "yes", "Words do not write a file"),
        ("export segment 2 for meta", "OK, go ahead, I confirm!", "Words do not write a file"),
        ("导出细分2", "好的，确认", "文字不会写入文件"),
    ],
)
def test_a_yes_after_an_offer_points_to_the_button(question, word, said, ask) -> None:
    assert "waits for you" in ask(question).text
    assert ask(word).text.startswith(said)
    assert "waits for you" in ask("export segment 2 as csv").text


def test_a_refusal_is_flagged_and_says_what_can_be_done(ask) -> None:
    answer = ask("send segment 2 an e-mail about the sale")
    assert answer.additional_kwargs["kindred"]["refused"] is True
    assert "export" in answer.text


@pytest.mark.parametrize("question", ["delete customer 20017 from the database", "删除客户20017"])
def test_removing_people_is_pointed_to_the_sources_and_a_new_build(question: str, ask) -> None:
    said = ask(question).text
    assert "kindred build" in said
    assert "erase" not in said


def test_asking_back_is_flagged_and_names_the_segments(ask) -> None:
    answer = ask("describe this segment")
    assert answer.additional_kwargs["kindred"]["clarify"] is True
    assert "2 (Bargain Hunters)" in answer.text


def test_a_tool_that_is_not_bound_is_no_refusal(ask) -> None:
    answer = ask("forecast demand for the next 30 days")
    assert answer.additional_kwargs["kindred"] == {
        "refused": False,
        "clarify": False,
        "customers": [],
        "segments": [],
    }
    assert "forecast demand" in answer.text
    assert "list the segments" in answer.text
    assert "draw charts" not in answer.text


def test_replies_are_in_the_language_of_the_question_or_the_one_set(router: Router) -> None:
    def said(model: OfflineChatModel, message: HumanMessage) -> str:
        return model.invoke([message]).text

    follows, fixed = OfflineChatModel(router=router), OfflineChatModel(router=router, language="en")
    assert said(follows, HumanMessage("你好")).startswith("您好")
    assert said(fixed, HumanMessage("你好")).startswith("Hello")
    told = HumanMessage("hello", additional_kwargs={"language": "zh"})
    assert said(follows, told).startswith("您好")


def test_streams_word_by_word_and_the_same_text(model: OfflineChatModel) -> None:
    bound = model.bind_tools([profile_segment])
    turn = [
        HumanMessage("segment 3?"),
        AIMessage("", tool_calls=[{"name": "profile_segment", "args": {"segment": 3}, "id": "1"}]),
        ToolMessage("Segment 3 buys\n| a | b |\n第三个细分买蜡烛。", tool_call_id="1"),
    ]
    chunks = list(bound.stream(turn))
    assert len(chunks) > 5
    assert "".join(chunk.text for chunk in chunks) == bound.invoke(turn).text == turn[-1].text


def test_streams_a_tool_call(model: OfflineChatModel) -> None:
    chunks: Iterator = model.bind_tools([profile_segment]).stream("write a persona for segment 3")
    whole = None
    for chunk in chunks:
        whole = chunk if whole is None else whole + chunk
    assert whole.tool_calls[0]["name"] == "profile_segment"
    assert whole.tool_calls[0]["args"] == {"segment": 3}


def test_the_same_question_gives_the_same_call_id(model: OfflineChatModel) -> None:
    bound = model.bind_tools([list_segments])
    first, second = bound.invoke("list all segments"), bound.invoke("list all segments")
    assert first.tool_calls[0]["id"] == second.tool_calls[0]["id"]


def test_an_error_of_a_tool_is_passed_on(model: OfflineChatModel) -> None:
    call = {"name": "profile_segment", "args": {"segment": 99}, "id": "1"}
    error = ToolMessage(
        "There is no segment 99; there are 1 to 5.", tool_call_id="1", status="error"
    )
    answer = model.invoke([HumanMessage("segment 99?"), AIMessage("", tool_calls=[call]), error])
    assert answer.text == "There is no segment 99; there are 1 to 5."


def test_every_reply_has_both_languages() -> None:
    replies = prompts.load_yaml("router/replies")
    texts = [*replies["refuse"].values(), *replies["clarify"].values(), *replies["talk"].values()]
    assert all(set(text) == {"en", "zh"} for text in [*texts, *replies["abilities"].values()])
