"""What a model is shown of a conversation: mended, and no longer than it can read."""

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from assistant.turn.history import shown, tokens_in


def call(number, **args):
    return {"name": "count_orders", "args": args, "id": f"c{number}", "type": "tool_call"}


def turn(number, text="Done."):
    return [
        HumanMessage(f"question {number}"),
        AIMessage("", tool_calls=[call(number, year=number)]),
        ToolMessage(f"{number} orders", tool_call_id=f"c{number}"),
        AIMessage(text),
    ]


def roles(messages):
    return [message.type for message in messages]


def test_a_short_conversation_is_shown_as_it_is():
    messages = [*turn(1), HumanMessage("and now?")]
    assert shown(messages) == messages


def test_a_call_without_an_answer_gets_one_and_a_question_too():
    broken = [HumanMessage("one"), AIMessage("", tool_calls=[call(1), call(2)])]
    half = [*broken, ToolMessage("1 order", tool_call_id="c2"), HumanMessage("two")]
    told = shown(half)
    assert roles(told) == ["human", "ai", "tool", "tool", "ai", "human"]
    assert [m.tool_call_id for m in told[2:4]] == ["c1", "c2"]
    assert "broken off" in told[2].content
    assert told[3].content == "1 order"
    assert roles(shown([HumanMessage("one"), HumanMessage("two")])) == ["human", "ai", "human"]


def test_calls_of_the_turn_under_way_are_mended_too():
    told = shown([HumanMessage("one"), AIMessage("", tool_calls=[call(1)])])
    assert roles(told) == ["human", "ai", "tool"]


def test_earlier_turns_are_told_as_questions_and_calls_without_results():
    messages = [m for number in range(1, 10) for m in turn(number)]
    told = shown([*messages, HumanMessage("and now?")])
    assert roles(told).count("human") == 6
    first = told[0].content
    assert '- "question 1" -> count_orders({"year": 1})' in first
    assert first.endswith("The question now:\nquestion 5")
    assert "4 orders" not in str(told)
    assert [m.content for m in told if m.type == "human"][1:] == [
        "question 6", "question 7", "question 8", "question 9", "and now?",
    ]  # fmt: skip


def test_long_turns_leave_room_for_fewer_of_them():
    messages = [m for number in range(4) for m in turn(number, text="words " * 600)]
    assert roles(shown([*messages, HumanMessage("now")], room=3_000)).count("human") == 3


def test_the_question_asked_now_is_shown_whole_and_long_results_are_cut():
    long = [HumanMessage("q" * 900), AIMessage("", tool_calls=[call(1), call(2)])]
    results = [ToolMessage("x" * 9_000, tool_call_id="c1"), ToolMessage("y", tool_call_id="c2")]
    told = shown([*long, *results], room=1_000)
    assert told[0].content == "q" * 900
    assert len(told[2].content) < 1_700
    assert told[2].content.endswith("the user sees all of it.)")
    assert told[3].content == "y"


def test_chinese_takes_more_tokens_than_it_has_words():
    assert tokens_in("客户" * 100) >= 200
    assert 60 <= tokens_in("customers " * 20) < 100
