"""The offline chat model: a LangChain chat model that needs no network, key or language model.

It answers a question with one tool call, or with a sentence of its own; after the tools have
answered it hands their words on. It never counts and never writes about data itself.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict

from assistant.language import language_of
from assistant.router.replies import reply, unavailable
from assistant.router.router import Decision

__all__ = ["OfflineChatModel", "message_of"]

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
            return AIMessage("\n\n".join(str(result.text) for result in results))
        place = max((i for i, m in enumerate(messages) if m.type == "human"), default=None)
        question, history = (
            ("", []) if place is None else (str(messages[place].text), messages[:place])
        )
        decision = self.router.decide(question, history)
        language = self.language or _asked_language(messages) or language_of(question)
        if decision.tool and decision.tool not in tools:
            return _saying(
                unavailable(decision.tool, language, tools), Decision(reading=decision.reading)
            )
        said = (
            ""
            if decision.tool
            else reply(decision, language, dict(self.router.catalogue.segments), tools)
        )
        return message_of(decision, f"{len(history)}:{question}", said)


def message_of(decision: Decision, key: str, said: str = "") -> AIMessage:
    """A decision as a message.

    Args:
        key: the same key and call give the same tool call id.
        said: the text, where no tool is called.
    """
    if decision.tool is None:
        return _saying(said, decision)
    content = json.dumps([key, decision.tool, decision.args], ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()[:16]
    call = {
        "name": decision.tool,
        "args": decision.args,
        "id": f"call_{digest}",
        "type": "tool_call",
    }
    return AIMessage("", tool_calls=[call])


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


def _chunks(message: AIMessage) -> Iterator[AIMessageChunk]:
    """A message word by word; a tool call in one piece."""
    if message.tool_calls:
        call = message.tool_calls[0]
        piece = {
            "name": call["name"], "args": json.dumps(call["args"], ensure_ascii=False),
            "id": call["id"], "index": 0, "type": "tool_call_chunk",
        }  # fmt: skip
        yield AIMessageChunk(content="", tool_call_chunks=[piece], chunk_position="last")
        return
    for piece in _PIECE.findall(str(message.text)):
        yield AIMessageChunk(content=piece)
    yield AIMessageChunk(
        content="", additional_kwargs=message.additional_kwargs, chunk_position="last"
    )
