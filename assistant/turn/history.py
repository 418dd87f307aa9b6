"""The conversation as a language model is shown it: mended, and no longer than it can read.

The memory of a thread keeps everything as it was; this only looks at it. What came long ago is
told by code as questions and calls, never in a model's words and without results: a summary that
a model writes can invent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from prompts import load_yaml

__all__ = ["shown", "tokens_in", "turns_of"]

Turns = list[list[BaseMessage]]

EXACT_TURNS = 6
RETOLD_TURNS = 20
LONGEST_QUESTION = 200
LETTERS_A_TOKEN = 3
ROOM = 8_000
_HAN = re.compile(r"[\u3040-\u9fff\uac00-\ud7af]")


def shown(messages: Sequence[BaseMessage], room: int = ROOM) -> list[BaseMessage]:
    """What a model reads: the last turns exactly, a line for each of those before.

    Every call has its answer, every question but the last has one, and roles alternate, as the
    templates of many models demand.

    Args:
        room: tokens, for the exact turns; where the current one alone takes more, its longest
            results are cut.
    """
    turns = [_mended(turn) for turn in turns_of(messages)]
    turns[:-1] = [_closed(turn) for turn in turns[:-1]]
    turns[-1] = _cut(turns[-1], room)
    first = len(turns) - _fitting(turns, room)
    exact = [message for turn in turns[first:] for message in turn]
    if first > 0:
        exact[0] = _retold(turns[:first], exact[0])
    return exact


def turns_of(messages: Sequence[BaseMessage]) -> Turns:
    """The messages from each question to the next."""
    turns: Turns = []
    for message in messages:
        if isinstance(message, HumanMessage):
            turns.append([message])
        elif turns:
            turns[-1].append(message)
    return turns


def tokens_in(text: str) -> int:
    """About how many tokens a text is, rather too many: no provider's own count is at hand."""
    han = len(_HAN.findall(text))
    return han + (len(text) - han) // LETTERS_A_TOKEN + 1


def _fitting(turns: Turns, room: int) -> int:
    """How many of the last turns can be shown exactly."""
    tokens = count = 0
    for turn in reversed(turns[-EXACT_TURNS:]):
        tokens += sum(tokens_in(str(message.content)) for message in turn)
        if count and tokens > room:
            break
        count += 1
    return count


def _cut(turn: list[BaseMessage], room: int) -> list[BaseMessage]:
    """The turn with its results cut to equal shares of the room, where they do not fit."""
    sizes = [tokens_in(str(message.content)) for message in turn]
    results = [isinstance(message, ToolMessage) for message in turn]
    if sum(sizes) <= room or not any(results):
        return turn
    share = max(room // sum(results), 1)
    return [
        _shortened(message, share / size) if result and size > share else message
        for message, size, result in zip(turn, sizes, results, strict=True)
    ]


def _shortened(message: BaseMessage, part: float) -> BaseMessage:
    text = str(message.content)
    short = f"{text[: int(len(text) * part)]}… {_note('cut')}"
    return message.model_copy(update={"content": short})


def _mended(turn: list[BaseMessage]) -> list[BaseMessage]:
    """The turn with an answer after each call, be it that there is none."""
    answers = {m.tool_call_id: m for m in turn if isinstance(m, ToolMessage)}
    whole: list[BaseMessage] = []
    for message in turn:
        if isinstance(message, ToolMessage):
            continue
        if isinstance(message, AIMessage) and not (message.tool_calls or message.text):
            continue
        whole.append(message)
        for call in message.tool_calls if isinstance(message, AIMessage) else ():
            none = ToolMessage(_note("not_run"), tool_call_id=call["id"], name=call["name"])
            whole.append(answers.get(str(call["id"]), none))
    return whole


def _closed(turn: list[BaseMessage]) -> list[BaseMessage]:
    """A turn that is over ends with words, be it that there was no answer."""
    last = turn[-1]
    if isinstance(last, AIMessage) and not last.tool_calls:
        return turn
    return [*turn, AIMessage(_note("unanswered"))]


def _retold(turns: Turns, question: BaseMessage) -> HumanMessage:
    """The question, after a line for each earlier turn."""
    lines = [_line(turn) for turn in turns[-RETOLD_TURNS:]]
    text = "\n".join([_note("earlier"), *lines, "", _note("now"), str(question.text)])
    return HumanMessage(text, additional_kwargs=question.additional_kwargs, id=question.id)


def _line(turn: list[BaseMessage]) -> str:
    calls = [call for m in turn if isinstance(m, AIMessage) for call in m.tool_calls]
    made = ", ".join(f"{c['name']}({json.dumps(c['args'], ensure_ascii=False)})" for c in calls)
    question = " ".join(str(turn[0].text).split())[:LONGEST_QUESTION]
    return f"- {json.dumps(question, ensure_ascii=False)} -> {made or _note('no_call')}"


def _note(name: str) -> str:
    return str(load_yaml("agent_notes")[name])
