"""How a language model is asked within a turn: within limits, patiently, and its answer checked.

A middleware of the agent. What it lets through is what the conversation remembers: text beside
tool calls, and sentences that failed the check, come into no later prompt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import uuid4

from langchain.agents.middleware import AgentMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

import prompts
from assistant.grounding.answers import Checked, Checker, given_of
from assistant.language import language_of
from assistant.results import ResultShelf
from assistant.sight.sight import Sight
from assistant.tools.result import ToolResult, Turn
from assistant.turn.history import ROOM, shown, turns_of
from assistant.turn.ledger import Ledger
from assistant.turn.outages import Outage, Trouble, outage
from assistant.turn.patience import Attempt, Patience, current_attempt, patiently
from assistant.turn.replies import Endless, Fault, fault_of, finished
from assistant.turn.words import ended, left_out, nothing_left

__all__ = ["Answering", "Care"]

LANGUAGES = {"en": "English", "zh": "Simplified Chinese"}


@dataclass(frozen=True)
class Care:
    """What a language model needs around it; the offline model needs none of it.

    Args:
        name: of the model, for messages.
        results: where the tools' results are kept.
        offline: makes the model that answers instead, where the user allows that.
        checker: of answers in `en` or `zh`; None lets every sentence through.
        room: tokens of the conversation that the model is shown.
        sight: what of the conversation it may read, and what its references stand for.
    """

    name: str
    results: ResultShelf
    patience: Patience = field(default_factory=Patience)
    offline: Callable[[], BaseChatModel] | None = None
    checker: Callable[[str], Checker] | None = None
    room: int = ROOM
    sight: Sight = field(default_factory=Sight)


class Answering(AgentMiddleware):
    """Asks the model, as `care` says."""

    def __init__(self, care: Care) -> None:
        super().__init__()
        self._care = care

    def wrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """A reply that can be used: tool calls alone, or words that were checked.

        Raises:
            Outage: the model does not answer, and no other may.
        """
        ledger = request.runtime.context.ledger
        if ledger.fallback is None:
            try:
                return self._replied(request, handler)
            except Outage as error:
                if self._care.offline is None:
                    raise
                ledger.fallback = error
        assert self._care.offline is not None
        return handler(request.override(model=self._care.offline()))

    def _replied(self, request: Any, handler: Callable[[Any], Any]) -> AIMessage:
        turn: Turn = request.runtime.context
        messages = shown(self._care.sight.view(request.messages), self._care.room)
        ledger, fault, reason = turn.ledger, None, ""
        ledger.check = self._check(messages)
        while not (reason := reason or ledger.reached or _given_up(ledger, fault)):
            last = ledger.last_call
            asked = _asked(request, messages, turn.language, [_last_note(last), _note(fault)])
            reply, fault = self._reply(asked, handler, turn)
            if fault is not None:
                ledger.mistakes += 1
            elif not reply.tool_calls:
                return self._said(reply, turn)
            elif not last:
                return _calling(reply, request.messages)
            else:
                reason = last
        if fault is not None and self._care.offline is not None:
            raise outage(Trouble(fault.kind), self._care.name, turn.language)
        return ended(reason, turn, self._care.name)

    def _reply(
        self, asked: Any, handler: Callable[[Any], Any], turn: Turn
    ) -> tuple[AIMessage, Fault | None]:
        """What the model replies, and why it cannot be used; None if it can."""
        names, most = tuple(tool.name for tool in asked.tools), turn.ledger.limits.letters

        def call() -> tuple[AIMessage, Fault | None]:
            attempt = current_attempt() or Attempt()
            try:
                reply = finished(handler(asked).result[0])
            except Endless:
                return AIMessage(attempt.text), Fault("long")
            return reply, fault_of(reply, names, attempt.arguments, most)

        reply, fault = patiently(
            call, self._care.patience, model=self._care.name, language=turn.language,
            vigil=turn.ledger.vigil,
        )  # fmt: skip
        turn.ledger.spend(reply, _prompt(asked))
        return reply, fault

    def _said(self, reply: AIMessage, turn: Turn) -> AIMessage:
        """The reply without what failed the check."""
        checked = turn.ledger.check(str(reply.text))
        if checked.dropped and not checked.text:
            return nothing_left(len(checked.dropped), turn)
        if checked.dropped:
            return left_out(reply, checked.text, len(checked.dropped), turn)
        return reply.model_copy(update={"content": checked.text})

    def _check(self, messages: Sequence[BaseMessage]) -> Callable[[str], Checked]:
        """The check of an answer to the question that `messages` end with, over all they show."""
        question = str(turns_of(messages)[-1][0].text)

        @cache
        def given() -> Any:
            return given_of(self._results(messages))

        def check(text: str) -> Checked:
            text = self._care.sight.told(text)
            if self._care.checker is None:
                return Checked(text)
            return self._care.checker(language_of(text)).checked(text, given(), question)

        return check

    def _results(self, messages: Sequence[BaseMessage]) -> list[ToolResult]:
        told = [m.artifact for m in messages if isinstance(m, ToolMessage) and m.artifact]
        found = [self._care.results.get(artifact["result"]) for artifact in told]
        return [result for result in found if result is not None]


def _asked(request: Any, messages: list[BaseMessage], language: str, notes: list[str]) -> Any:
    """The request as the model gets it."""
    told = prompts.load("agent").render(language=LANGUAGES[language])
    system = SystemMessage("\n\n".join([told, *filter(None, notes)]))
    return request.override(messages=messages, system_message=system)


def _last_note(reason: str) -> str:
    return str(prompts.load_yaml("agent_notes")["last"]) if reason else ""


def _note(fault: Fault | None) -> str:
    """What the model is told of the reply it gave before."""
    if fault is None:
        return ""
    return str(prompts.load_yaml("agent_notes")[fault.kind]).format(names=", ".join(fault.tools))


def _given_up(ledger: Ledger, fault: Fault | None) -> str:
    """The fault for which the model is not asked again."""
    return fault.kind if fault and ledger.mistakes >= ledger.limits.mistakes else ""


def _prompt(asked: Any) -> str:
    """All that a model reads of a request, to estimate its tokens by."""
    tools = json.dumps([convert_to_openai_tool(tool) for tool in asked.tools])
    return "".join([tools, *(str(m.content) for m in (asked.system_message, *asked.messages))])


def _calling(reply: AIMessage, before: Sequence[BaseMessage]) -> AIMessage:
    """The reply with its calls alone, under ids that no call had before."""
    used = {call["id"] for m in before if isinstance(m, AIMessage) for call in m.tool_calls}
    calls = []
    for call in reply.tool_calls:
        fresh = call["id"] if call["id"] and call["id"] not in used else f"call_{uuid4().hex}"
        used.add(fresh)
        calls.append({**call, "id": fresh})
    kept = [part for part in reply.content if not isinstance(part, str) and _is_no_text(part)]
    return reply.model_copy(update={"content": kept or "", "tool_calls": calls})


def _is_no_text(part: dict[str, Any]) -> bool:
    return part.get("type") not in ("text", "tool_use", "tool_call", "function_call")
