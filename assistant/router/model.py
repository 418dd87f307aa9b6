"""The offline chat model: a LangChain chat model that needs no network, key or language model.

It answers a question with a tool call, several questions with one each, or with a sentence of its
own; after the tools have answered it hands their words on. It never counts and never writes about
data itself.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    ToolCall,
    ToolCallChunk,
    ToolMessage,
)
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict

from assistant.language import language_of
from assistant.router.clauses import asks_goods, clauses_in
from assistant.router.memory import mentions_of
from assistant.router.replies import beside, reply, unavailable
from assistant.router.router import Decision

__all__ = ["OfflineChatModel", "message_of", "questions_in"]

_QUESTION = re.compile(r"(?:[^?？。!！.\n]|\.(?!\s))+[?？]+")
_STANDS_ALONE = re.compile(r"[a-z0-9'-]+\s+[a-z0-9'-]+|[\u3400-\u9fff]{5}", re.I)
"""Shorter ones, as `why?`, belong to the question before them."""

_TELLS_ALL = ("describe_customer", "profile_segment")
"""What these tell answers what is asked of the same one in the same breath."""

_PIECE = re.compile(r"\s*(?:[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]{1,4}|[^\s\u3400-\u9fff]+)\s*")


class OfflineChatModel(BaseChatModel):
    """Chooses tools by a router instead of a language model.

    Args:
        router: decides; it knows the shop's own values.
        language: `en` or `zh` for the model's own sentences; None follows each question.
    """

    router: Any  # a Router; pydantic would try to rebuild its dataclasses
    language: str | None = None

    model_config = ConfigDict(arbitrary_types_allowed=True)

    @property
    def _llm_type(self) -> str:
        return "kindred-offline"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with these tools to choose from; `tool_choice` is ignored."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = self._answer(messages, _tool_names(kwargs.get("tools")))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        message = self._answer(messages, _tool_names(kwargs.get("tools")))
        for chunk in _chunks(message):
            generation = ChatGenerationChunk(message=chunk)
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=generation)
            yield generation

    def _answer(self, messages: list[BaseMessage], tools: frozenset[str]) -> AIMessage:
        if results := _tool_results(messages):
            told = [*(str(result.text) for result in results), _beside(messages, results)]
            return AIMessage("\n\n".join(part for part in told if part))
        place = max((i for i, m in enumerate(messages) if m.type == "human"), default=None)
        question, history = (
            ("", []) if place is None else (str(messages[place].text), messages[:place])
        )
        language = self.language or _asked_language(messages) or language_of(question)
        decisions = self._decisions(question, history)
        decision, *others = decisions
        said = "\n\n".join(filter(None, (self._said(one, language, tools) for one in decisions)))
        if decision.tool and decision.tool not in tools:
            return _saying(said, Decision(reading=decision.reading))
        calls = [one for one in others if one.tool in tools]
        waiting = next((one for one in others if one.pending), None)
        return message_of(decision, f"{len(history)}:{question}", said, calls, waiting)

    def _said(self, decision: Decision, language: str, tools: frozenset[str]) -> str:
        """What the model itself says of a decision: beside a tool's words, or instead of them."""
        if decision.tool is None:
            return reply(decision, language, self.router.catalogue, tools)
        if decision.tool not in tools:
            return unavailable(decision.tool, language, tools)
        return beside(decision, language)

    def _decisions(self, question: str, history: list[BaseMessage]) -> list[Decision]:
        """One for the whole message, or one for each of several questions in it.

        They are taken apart where the first can be answered and another asks for another call, or
        for something that has to be asked back about or refused.
        """
        said: list[Decision] = []
        so_far = list(history)
        for one in questions_in(question):
            decision = self.router.decide(one, so_far)
            if decision.talk or not (said or decision.tool):
                break
            so_far += [HumanMessage(one), message_of(decision, one)]
            if (decision.tool, decision.args) not in [(d.tool, d.args) for d in said]:
                said.append(decision)
        else:
            if len(said) > 1:
                return said
        whole: Decision = self.router.decide(question, history)
        return self._leaning(question, history) or [whole]

    def _leaning(self, question: str, history: list[BaseMessage]) -> list[Decision]:
        """Two of a sentence whose second question is of whom the first one names.

        Where nobody is named, or the second cannot be answered, it is said to be left out. Empty
        where the sentence is not of that kind.
        """
        parts = clauses_in(question)
        first: Decision = self.router.decide(parts[0], history) if parts else Decision()
        if not first.tool or (first.tool == "describe_customers" and not asks_goods(parts[1])):
            return []
        so_far = [*history, HumanMessage(parts[0]), message_of(first, parts[0])]
        second: Decision = self.router.decide(parts[1], so_far)
        if second.refuse:
            return [first, second]
        if not second.tool and first.tool in _TELLS_ALL:
            return []
        if not second.tool or not any(mentions_of(first.args)):
            return [replace(first, later=(parts[1].strip(" ?？.。"),))]
        return [] if (second.tool, second.args) == (first.tool, first.args) else [first, second]


def questions_in(message: str) -> list[str]:
    """The questions of a message that is nothing else; none where other sentences are in it."""
    parts = [part.strip() for part in _QUESTION.findall(message)]
    whole = "".join(message.split()) == "".join("".join(parts).split())
    return parts if whole and len(parts) > 1 and all(map(_STANDS_ALONE.search, parts)) else []


def message_of(
    decision: Decision,
    key: str,
    said: str = "",
    others: Sequence[Decision] = (),
    waiting: Decision | None = None,
) -> AIMessage:
    """A decision as a message.

    Args:
        key: the same key and call give the same tool call id.
        said: the text; where a tool is called, what is added to its words.
        others: further calls that the same message asks for.
        waiting: what the same message leaves to be asked back about.
    """
    if decision.tool is None:
        return _saying(said, decision)
    calls = [_tool_call(one, key) for one in (decision, *others)]
    return AIMessage("", tool_calls=calls, additional_kwargs=_about_calls(said, waiting))


def _about_calls(said: str, waiting: Decision | None) -> dict[str, Any]:
    """What later messages need to know of tool calls."""
    about: dict[str, Any] = {"beside": said} if said else {}
    if waiting:
        about["pending"] = {"tool": waiting.pending, "args": waiting.args}
    return {"kindred": about} if about else {}


def _tool_call(decision: Decision, key: str) -> ToolCall:
    content = json.dumps([key, decision.tool, decision.args], ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()[:16]
    return ToolCall(
        name=str(decision.tool), args=decision.args, id=f"call_{digest}", type="tool_call"
    )


def _saying(text: str, decision: Decision) -> AIMessage:
    """A text with what later turns need to know of it."""
    about: dict[str, Any] = {"refused": bool(decision.refuse), "clarify": bool(decision.clarify)}
    if decision.pending:
        about["pending"] = {"tool": decision.pending, "args": decision.args}
    if decision.reading:
        about["customers"] = list(decision.reading.who.customers)
        about["segments"] = list(decision.reading.who.segments)
    return AIMessage(text, additional_kwargs={"kindred": about})


def _asked_language(messages: list[BaseMessage]) -> str | None:
    """The language that came with the last question, if one did."""
    asked = [m.additional_kwargs.get("language") for m in messages if m.type == "human"]
    return asked[-1] if asked else None


def _tool_names(tools: Sequence[dict[str, Any]] | None) -> frozenset[str]:
    return frozenset(tool["function"]["name"] for tool in tools or ())


def _tool_results(messages: list[BaseMessage]) -> list[ToolMessage]:
    """The tool messages the conversation ends with."""
    results: list[ToolMessage] = []
    for message in reversed(messages):
        if not isinstance(message, ToolMessage):
            break
        results.insert(0, message)
    return results


def _beside(messages: list[BaseMessage], results: list[ToolMessage]) -> str:
    """What was to be added to the tools' words when they were called."""
    calling = messages[-len(results) - 1] if len(messages) > len(results) else AIMessage("")
    return str(calling.additional_kwargs.get("kindred", {}).get("beside", ""))


def _chunks(message: AIMessage) -> Iterator[AIMessageChunk]:
    """A message word by word; tool calls in one piece."""
    if message.tool_calls:
        pieces = [
            ToolCallChunk(
                name=call["name"],
                args=json.dumps(call["args"], ensure_ascii=False),
                id=call["id"],
                index=i,
                type="tool_call_chunk",
            )
            for i, call in enumerate(message.tool_calls)
        ]
        yield AIMessageChunk(
            content="",
            tool_call_chunks=pieces,
            additional_kwargs=message.additional_kwargs,
            chunk_position="last",
        )
        return
    for piece in _PIECE.findall(str(message.text)):
        yield AIMessageChunk(content=piece)
    yield AIMessageChunk(
        content="", additional_kwargs=message.additional_kwargs, chunk_position="last"
    )
