"""Which calls a language model may make once it has read data: those the user's words lead to.

Before anything was read from data in a conversation, a call can only come from the user's words
and is let through. Afterwards a name in the data may have told the model what to do. So what a
call's arguments point at must have been said by the user or computed by a tool: the exact id in a
result, never a piece of a text. Once data was read in this very turn, the tool must be one that the
questions speak of; those that do something (export, cluster, plan) must be at any time.

It is the second line: assistant/sight keeps such names from the model in the first place. It judges
calls, not answers, and knows nothing of what a call returns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage

from assistant.sight.names import WITHOUT_SPACES, fold
from assistant.sight.sight import Sight
from assistant.tools.references import segment_id
from assistant.tools.result import ToolResult
from prompts import load_yaml
from segmentation.types import KindredError

__all__ = ["Authority", "Heard", "foreseen", "refusal"]

LIKELY = 0.1
"""Probability from which the router takes a question to be for a tool, among others."""

FEW = 50
"""Rows that a call may ask for though the user named no number."""

RUN, RUN_EAST = 4, 8
"""Words (characters, where there are no spaces) in a row that were read and not said."""


@dataclass(frozen=True)
class Heard:
    """What a call is judged by.

    Args:
        questions: the user's, oldest first.
        read: what tools answered in this conversation, as the model has read it.
        computed: ids and names as they stand in results, whole.
        read_now: whether some of that was read since the last question.
        made: tools that were called before, in this conversation.
        segment: the id that a reference to a segment means; None if it means none.
        foreseen: the tools that the router of the offline model takes the question to be for.
    """

    questions: tuple[str, ...]
    read: str = ""
    computed: frozenset[str] = frozenset()
    read_now: bool = True
    made: frozenset[str] = frozenset()
    segment: Callable[[Any], int | None] = lambda value: int(value)
    foreseen: Callable[[], Collection[str]] = tuple

    @cached_property
    def now(self) -> str:
        return _flat(self.questions[-1]) if self.questions else ""

    @cached_property
    def said(self) -> str:
        return _flat(" ¶ ".join(self.questions))

    @cached_property
    def squeezed_read(self) -> str:
        return _squeezed(self.read)


class Authority(AgentMiddleware):
    """Asks `refusal` before each call; a call that is refused is answered with why."""

    def __init__(
        self,
        workspace: Any,
        sight: Sight,
        foresee: Callable[[Sequence[BaseMessage]], Collection[str]] = lambda messages: (),
    ) -> None:
        """`foresee` says which tools a conversation leads to; asked where no word says it."""
        super().__init__()
        self._workspace, self._sight, self._foresee = workspace, sight, foresee

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        call, context = request.tool_call, request.runtime.context
        if context and context.ledger and context.ledger.fallback:
            return handler(request)  # the offline model reads nothing but the user's words
        heard = self._heard(request.state["messages"])
        reason = refusal(call["name"], self._sight.resolved(call["args"]), heard)
        if not reason:
            return handler(request)
        return ToolMessage(reason, tool_call_id=call["id"], name=call["name"], status="error")

    def _heard(self, messages: Sequence[BaseMessage]) -> Heard:
        questions = tuple(str(m.text) for m in messages if isinstance(m, HumanMessage))
        answers = [m for m in messages if isinstance(m, ToolMessage) and m.artifact]
        found = [self._workspace.results.get(m.artifact["result"]) for m in answers]
        return Heard(
            questions=questions,
            read="\n".join(str(m.text) for m in answers),
            computed=frozenset(v for result in found if result for v in _computed(result)),
            read_now=_is_answer(messages),
            made=frozenset(_made(messages)),
            segment=self._segment,
            foreseen=lambda: self._foresee(_up_to_question(messages)),
        )

    def _segment(self, value: Any) -> int | None:
        try:
            return segment_id(self._workspace.base, value)
        except KindredError:
            return None


def refusal(tool: str, args: Mapping[str, Any], heard: Heard) -> str:
    """Why a call may not be made, for the model to read; empty if it may."""
    words = load_yaml("authority")["refused"]
    if not heard.read:
        return ""
    if not (_leads_to(tool, heard) or _about_a_customer(tool, args, heard)):
        return str(words["tool"]).format(tool=tool)
    unfounded = next(_unfounded(tool, args, heard), None)
    return str(words["argument"]).format(argument=unfounded, tool=tool) if unfounded else ""


# --- the tool ----------------------------------------------------------------------------------


def _leads_to(tool: str, heard: Heard) -> bool:
    """Whether the user's words speak of what the tool does."""
    before = _flat(heard.questions[-2]) if len(heard.questions) > 1 else ""
    asked = _words(tool).search(heard.now) or (_short(heard.now) and _words(tool).search(before))
    if tool in load_yaml("authority")["acts"]:
        return bool(asked) or tool in heard.foreseen()
    if not heard.read_now or asked or tool in heard.made:
        return True
    spoken_of = any(_words(name).search(heard.now) for name in load_yaml("authority")["leads_to"])
    return not spoken_of or tool in heard.foreseen()


def foreseen(router: Any, messages: Sequence[BaseMessage]) -> set[str]:
    """The tools that a router takes the last question of a conversation to be for."""
    decision = router.decide(str(messages[-1].text), messages[:-1])
    chances = decision.scores.probabilities if decision.scores else {}
    likely = {name for name, chance in chances.items() if chance >= LIKELY}
    return likely | {name for name in (decision.tool, decision.pending) if name}


def _up_to_question(messages: Sequence[BaseMessage]) -> Sequence[BaseMessage]:
    place = max(i for i, message in enumerate(messages) if isinstance(message, HumanMessage))
    return messages[: place + 1]


def _about_a_customer(tool: str, args: Mapping[str, Any], heard: Heard) -> bool:
    """Whether the question names the customer that is to be described."""
    return tool == "describe_customer" and _said(args.get("customer_id", ""), heard)


def _short(question: str) -> bool:
    """A question that leans on the ones before: a few words."""
    return len(question.split()) <= 8 and len(question) <= 60


def _is_answer(messages: Sequence[BaseMessage]) -> bool:
    """Whether a tool has answered since the last question."""
    since = max((i for i, m in enumerate(messages) if isinstance(m, HumanMessage)), default=0)
    return any(isinstance(m, ToolMessage) and m.artifact for m in messages[since:])


def _made(messages: Sequence[BaseMessage]) -> Iterator[str]:
    """Tools that were called in this conversation and answered."""
    for message in messages:
        if isinstance(message, ToolMessage) and message.status != "error":
            yield str(message.name)


# --- the arguments -----------------------------------------------------------------------------


def _unfounded(tool: str, args: Mapping[str, Any], heard: Heard) -> Iterator[str]:
    """Arguments that nobody said and no tool found."""
    for name, value in args.items():
        if value is None:
            continue
        for one in value if isinstance(value, list) else [value]:
            if not _founded(name, one, heard):
                yield name


def _founded(name: str, value: Any, heard: Heard) -> bool:
    if name in ("customer_id", "customer_ids"):
        return _said(value, heard) or _flat(str(value)) in heard.computed
    if name in ("segment", "segments"):
        return _segment_founded(value, heard)
    if name in ("n", "top_n"):
        few = not str(value).isdigit() or int(value) <= FEW  # no number: the tool says so
        return few or _not_read(value, heard) or _said(value, heard)
    if name == "filters":
        return _filter_founded(_mapping(value), heard)
    if name == "description":
        return _own_words(str(value), heard)
    if name == "format":
        return value == "csv" or bool(_format(str(value)).search(heard.said))
    return True


def _filter_founded(given: Mapping[str, Any], heard: Heard) -> bool:
    field, value = _flat(str(given.get("field", ""))), given.get("value")
    for one in value if isinstance(value, list) else [value]:
        if field in ("customer", "customer_id"):
            founded = _founded("customer_id", one, heard)
        elif field == "segment":
            founded = _segment_founded(one, heard)
        elif isinstance(one, str) and not re.fullmatch(r"[\d\-:T.]+", one):
            founded = _said(one, heard) or _flat(one) in heard.computed or _not_read(one, heard)
        else:
            founded = True
        if not founded:
            return False
    return True


def _segment_founded(value: Any, heard: Heard) -> bool:
    """A segment the user named, or one a tool found where the user left open which."""
    number = heard.segment(value)
    if number is None:
        return True  # all of them, or none: the tool says so
    if _said(value, heard) or _numeral(number).search(heard.said):
        return True
    named = _named_segment().search(heard.now)
    return (not named or bool(_open().search(heard.now))) and f"segment:{number}" in heard.computed


def _said(value: Any, heard: Heard) -> bool:
    flat = _flat(str(value))
    if not flat:
        return False
    if re.search(f"[{WITHOUT_SPACES}]", flat):
        return flat in heard.said
    return re.search(rf"(?<![0-9a-z]){re.escape(flat)}(?![0-9a-z])", heard.said) is not None


def _not_read(value: Any, heard: Heard) -> bool:
    """Nothing the model has read holds it: it cannot have come from there."""
    squeezed = _squeezed(str(value))
    return bool(squeezed) and squeezed not in heard.squeezed_read


def _own_words(text: str, heard: Heard) -> bool:
    """No longer run of words was read and not said."""
    read, said = heard.squeezed_read, _squeezed(heard.said)
    words = re.findall(f"[{WITHOUT_SPACES}]{{{RUN_EAST}}}|[^\\W_]+", fold(text))
    runs = ["".join(words[i : i + RUN]) for i in range(max(1, len(words) - RUN + 1))]
    return not any(len(run) > RUN_EAST and run in read and run not in said for run in runs)


def _computed(result: ToolResult) -> Iterator[str]:
    """Whole values of a result: subjects of facts and their parts, cells of tables."""
    for fact in result.facts:
        for part in fact.subject.split("&"):
            yield part
            yield _flat(part.partition(":")[2])
    for table in result.tables:
        for row in table.rows:
            yield from (_flat(cell) for cell in row if isinstance(cell, str))


def _mapping(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    dumped: Mapping[str, Any] = value.model_dump() if hasattr(value, "model_dump") else {}
    return dumped


# --- words -------------------------------------------------------------------------------------


def _flat(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


@cache
def _words(tool: str) -> re.Pattern[str]:
    return _pattern(tuple(load_yaml("authority")["leads_to"].get(tool, ())))


@cache
def _format(name: str) -> re.Pattern[str]:
    return _pattern(tuple(load_yaml("authority")["formats"].get(name, ())))


@cache
def _open() -> re.Pattern[str]:
    return _pattern(tuple(load_yaml("authority")["open"]))


@cache
def _named_segment() -> re.Pattern[str]:
    nouns = r"(?:segments?|segs?|groups?|clusters?|细分|客群|分群|群体|群组|人群)"
    return re.compile(rf"{nouns}\s*#?\s*(?:\d|one|two|three|four|five|[一二三四五六七八九])")


@cache
def _numeral(number: int) -> re.Pattern[str]:
    """The number in figures or in words."""
    forms = [rf"(?<!\d){number}(?!\d)"]
    words = load_yaml("authority")["numerals"]
    if 1 <= number <= len(words["en"]):
        forms.append(rf"\b(?:{words['en'][number - 1]})\b")
        forms.append(words["zh"][number - 1])
    return re.compile("|".join(forms))


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Words, `word*` with its endings, `a * b` with words between; Chinese anywhere."""
    forms = []
    for word in words:
        plain = re.escape(_flat(word.rstrip("*"))).replace(r"\*", r"[^.?!]{1,40}?")
        spaced = not re.search(f"[{WITHOUT_SPACES}]", word)
        ending = r"(?![^\W_\u3400-\u9fff])" if spaced and not word.endswith("*") else ""
        forms.append((r"(?<![^\W_\u3400-\u9fff])" if spaced else "") + plain + ending)
    return re.compile("|".join(forms) or r"(?!)")
