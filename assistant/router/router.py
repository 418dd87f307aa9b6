"""From a question to one decision: call this tool so, refuse, ask back, or just talk.

No tool is called here and no sentence is written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.router import followup
from assistant.router.catalogue import Catalogue
from assistant.router.choice import best_tool, is_rule_as_code, sibling, supports
from assistant.router.examples import CONTINUE
from assistant.router.intent import IntentModel, Scores, load_intent_model
from assistant.router.memory import Memory
from assistant.router.patterns import wording
from assistant.router.pointing import resolve
from assistant.router.reading import Reading, read
from assistant.router.scan import regex
from assistant.router.slots import REQUIRED, TOOLS, fill, is_complete

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from segmentation.types import Encoder

__all__ = ["Decision", "Router"]

_TALK_BAR = 0.45
_SURE = 0.9
_CLEAR = 0.6
_FAINT = 0.15
_DOUBTFUL = 0.35
_VAGUE = 0.25
_FAMILIAR = 0.8
_REFUSAL_BARS = {"contact": 0.15, "inject": 0.25, "code": 0.3, "rival": 0.3, "booking": 0.35}
"""Concept -> the lower bar for a refusal where the question has one of its words."""
_YARDSTICK = regex(r"\b(?:measure|goal|metric|outcome|target|yardstick|kpi)\b|指标|衡量|为准|目标")
_PERSONS = {"customer", "segment", "two"}


@dataclass(frozen=True)
class Decision:
    """What to do with one question.

    Args:
        tool: the tool to call, or None.
        args: its arguments; with `clarify` those already known of the call in question.
        refuse: the kind of refusal (`messages`, `changes`, ..., `unknown`), or None.
        clarify: what is to be asked (`segment`, `customer`, `segments`, ...), or None.
        talk: `hello`, `thanks`, `help` or `button`, or None.
        pending: with `clarify`, the tool that waits for the answer.
        reason: how it was decided, for people who debug.
        scores: what the classifier said.
        reading: what the question was understood to say.
    """

    tool: str | None = None
    args: dict[str, Any] = field(default_factory=dict)
    refuse: str | None = None
    clarify: str | None = None
    talk: str | None = None
    pending: str | None = None
    reason: str = ""
    scores: Scores | None = None
    reading: Reading | None = None


@dataclass(frozen=True)
class Router:
    """Decides: a classifier for the intent, a grammar for the arguments, and what was said before.

    Args:
        catalogue: the shop's own values.
        model: the fitted classifier.
        encoder: the one it was fitted with.
        refusal_bar: a refusal needs this probability, all kinds of refusal taken together.
    """

    catalogue: Catalogue
    model: IntentModel
    encoder: Encoder
    refusal_bar: float = 0.5

    @classmethod
    def of(cls, catalogue: Catalogue, encoder: Encoder, cache: Path | None = None) -> Router:
        """With the classifier for this encoder, from the cache folder or fitted now."""
        return cls(catalogue, load_intent_model(encoder, cache), encoder)

    def decide(self, question: str, history: Sequence[BaseMessage] = ()) -> Decision:
        """What to do with a question, given the messages before it."""
        reading = read(question, self.catalogue)
        memory = Memory.of(history)
        if reading.is_empty:
            return Decision(talk="help", reason="nothing was asked", reading=reading)
        if _waits_for_the_button(reading, memory):
            return Decision(talk="button", reason="no word confirms an export", reading=reading)
        scores = self.model.scores(reading, self.encoder)
        decision = self._decide(reading, memory, scores)
        return Decision(**{**vars(decision), "scores": scores, "reading": reading})

    def _decide(self, reading: Reading, memory: Memory, scores: Scores) -> Decision:
        if memory.last and (ranked := followup.largest(memory.last, reading)):
            return Decision(
                tool=ranked.tool, args=ranked.args, reason="the largest of what was shown"
            )
        label = _label(scores, reading, self.refusal_bar)
        if label == "refuse.code" and is_rule_as_code(reading):
            return self._call("explain_segment", reading, memory, scores)
        if label.startswith("refuse.") and not _leans_on_talk(label, scores, reading, memory):
            return Decision(refuse=label.removeprefix("refuse."), reason=_why(scores, label))
        label = (
            label
            if label in TOOLS or not label.startswith("refuse.")
            else best_tool(scores, reading)
        )
        if memory.pending and (answered := self._answer(memory, reading, label, scores)):
            return answered
        if self._leans(reading, memory, label, scores) and (
            carried := self._carry_on(reading, memory)
        ):
            return carried
        if label.startswith("talk."):
            return Decision(talk=label.removeprefix("talk."), reason=_why(scores, label))
        if followup.is_continuation(reading) and (label == CONTINUE or scores.confidence < 0.6):
            return self._bare(reading, memory, scores)
        label = best_tool(scores, reading)
        if _compares_numbers(reading, self.catalogue):
            label = "compare_segments"
        points = reading.who.pointers and not memory.is_empty and scores.familiarity > _FAMILIAR
        if not points and self._is_foreign(label, reading, scores):
            return Decision(
                refuse="unknown", reason=f"nothing like the examples: {_why(scores, label)}"
            )
        named = reading.who.customers or reading.who.segments
        if named and scores.probabilities[label] < _VAGUE and not reading.who.pointers:
            return self._bare(reading, memory, scores)
        return self._call(label, reading, memory, scores)

    def _answer(
        self, memory: Memory, reading: Reading, label: str, scores: Scores
    ) -> Decision | None:
        """The call that was asked back about, now that the user has answered."""
        pending = memory.pending
        assert pending is not None
        new_question = (
            label in TOOLS
            and label != pending.tool
            and scores.confidence > 0.6
            and (reading.metrics or not followup.is_continuation(reading))
        )
        if new_question:
            return None
        if (
            pending.tool == "draw_chart"
            or label == pending.tool
            or label == CONTINUE
            or followup.is_continuation(reading)
        ):
            args = dict(pending.args) | fill(pending.tool, reading, self.catalogue)
            if pending.tool == "compare_segments" and reading.who.segments:
                args = followup.amend(pending, reading, self.catalogue, memory).args  # type: ignore[union-attr]
            if is_complete(pending.tool, args) and args != pending.args:
                return Decision(tool=pending.tool, args=args, reason="answers what was asked back")
            named = reading.who.customers or reading.who.segments or reading.who.all_segments
            if followup.is_continuation(reading) and not named:
                return self._ask(pending.tool, args, reading)
        return None

    def _leans(self, reading: Reading, memory: Memory, label: str, scores: Scores) -> bool:
        """Whether the question continues the last call rather than asking something new."""
        if memory.last is None:
            return False
        if label == CONTINUE:
            return True
        if followup.names_metric_and_split(reading, self.catalogue):
            return False
        if followup.is_whole(reading) and label in TOOLS and scores.confidence > _CLEAR:
            return False
        if followup.is_continuation(reading):
            points = reading.who.pointers and not followup.opens_as_continuation(reading)
            return not (scores.confidence > _CLEAR and points)
        if (
            memory.last.tool == "plan_campaign"
            and reading.metrics
            and _YARDSTICK.search(reading.text)
        ):
            return True
        carries = scores.probabilities.get(CONTINUE, 0.0)
        return followup.opens_as_continuation(reading) and carries > 0.25

    def _carry_on(self, reading: Reading, memory: Memory) -> Decision | None:
        assert memory.last is not None
        changed = followup.amend(memory.last, reading, self.catalogue, memory)
        if changed is None:
            return None
        return Decision(
            tool=changed.tool, args=changed.args, reason=f"continues {memory.last.tool}"
        )

    def _bare(self, reading: Reading, memory: Memory, scores: Scores) -> Decision:
        call = followup.bare_call(reading, self.catalogue)
        if call and not reading.who.pointers:
            return Decision(tool=call.tool, args=call.args, reason="only names something")
        label = next((name for name in scores.probabilities if name in TOOLS), "describe_customers")
        return self._ask(label, {}, reading)

    def _is_foreign(self, label: str, reading: Reading, scores: Scores) -> bool:
        """In unfamiliar words, about nobody and nothing here, and like no intent for sure."""
        about = reading.filters or reading.metrics or reading.quality or reading.methods
        about_numbers = _compares_numbers(reading, self.catalogue)
        if about or about_numbers or _speaks_of_someone(reading) or scores.confidence > _SURE:
            return False
        if label == "find_similar_customers" and scores.confidence > _CLEAR:
            return False  # tastes are described in any words
        refused, best = scores.refusal, max(scores.of(TOOLS).values())
        if best < _FAINT * (sum(scores.of(TOOLS).values()) + refused):
            return True
        if supports(label, reading) and refused < _DOUBTFUL:
            return False
        doubt = refused + (1 - scores.familiarity) * 0.5
        return doubt > 0.45 and "taste" not in reading.concepts

    def _call(self, tool: str, reading: Reading, memory: Memory, scores: Scores) -> Decision:
        tool = sibling(tool, reading, self.catalogue)
        args = fill(tool, reading, self.catalogue)
        if tool == "draw_chart" and "kind" not in args and memory.last:
            chart = followup.chart_of(memory.last, reading)
            args = chart.args if chart else args
        elif tool == "draw_chart" and memory.last and _is_short(reading):
            args = followup.as_chart(memory.last, args, reading)
        resolved = resolve(tool, args, reading, memory)
        if _for_everyone(tool, reading):
            return Decision(tool=tool, args=args, reason=_why(scores, tool))
        if resolved is None or not is_complete(tool, resolved):
            return self._ask(tool, args, reading)
        return Decision(tool=tool, args=resolved, reason=_why(scores, tool))

    def _ask(self, tool: str, args: dict[str, Any], reading: Reading) -> Decision:
        return Decision(
            clarify=_what_to_ask(tool, args, reading),
            pending=tool,
            args=args,
            reason=f"{tool} needs more",
        )


def _for_everyone(tool: str, reading: Reading) -> bool:
    """What to offer needs no group where everybody is meant."""
    return tool == "recommend_products" and bool(wording("slots.everyone").search(reading.text))


def _waits_for_the_button(reading: Reading, memory: Memory) -> bool:
    """Whether a plain yes follows an export that was offered: the user's button is the yes."""
    offered = memory.last is not None and memory.last.tool == "export_audience"
    plain = reading.text.strip()
    return offered and not memory.pending and bool(wording("followup.assent").fullmatch(plain))


def _label(scores: Scores, reading: Reading, bar: float) -> str:
    """The most probable label; refusals are weighed together, small talk must be clear."""
    refusals = {name: p for name, p in scores.probabilities.items() if name.startswith("refuse.")}
    bar = min([bar, *(_REFUSAL_BARS[c] for c in reading.concepts if c in _REFUSAL_BARS)])
    kind = max(refusals, key=lambda name: refusals[name])
    tool = max((p for name, p in scores.probabilities.items() if name in TOOLS), default=0.0)
    total = sum(refusals.values())
    if total >= bar and (refusals[kind] > 0.75 * tool or total > bar + 0.15 or bar < 0.5):
        return kind
    others = (name for name in scores.probabilities if name not in refusals)
    best = next(others)
    if best.startswith("talk.") and (
        scores.probabilities[best] < _TALK_BAR or _speaks_of_someone(reading)
    ):
        return next(name for name in others if not name.startswith("talk."))
    return best


def _compares_numbers(reading: Reading, catalogue: Catalogue) -> bool:
    """`2 versus 4`: nothing but segments has numbers to compare."""
    bare = [n for n in reading.numbers if n.value in catalogue.segments]
    return "compare" in reading.concepts and len(bare) == len(reading.numbers) == 2


def _speaks_of_someone(reading: Reading) -> bool:
    who = reading.who
    return bool(who.customers or who.segments or who.all_segments or who.pointers & _PERSONS)


def _leans_on_talk(label: str, scores: Scores, reading: Reading, memory: Memory) -> bool:
    """`and who are they?` is no general knowledge while somebody is spoken of."""
    vague = label == "refuse.knowledge" and scores.probabilities[label] < 0.8
    if not vague or scores.familiarity < _FAMILIAR:
        return vague and not memory.is_empty and followup.is_continuation(reading)
    return bool(reading.who.pointers) and (
        bool(memory.spoke_of) or followup.is_continuation(reading)
    )


def _why(scores: Scores, label: str) -> str:
    return f"{label} {scores.probabilities.get(label, 0):.2f}, familiarity {scores.familiarity:.2f}"


def _is_short(reading: Reading) -> bool:
    return len(reading.text.split()) <= 8 and len(reading.text) <= 40


def _what_to_ask(tool: str, args: dict[str, Any], reading: Reading) -> str:
    if tool in ("query_customers", "describe_customers") or tool not in REQUIRED:
        return "segment" if reading.who.pointers else "subject"
    group = REQUIRED[tool][0]
    if "customer" in reading.who.pointers and any(name.startswith("customer") for name in group):
        return "customer"
    if len(group) > 1:
        return {"find_similar_customers": "customer"}.get(tool, "segment_or_customer")
    return {"customer_id": "customer", "kind": "chart"}.get(group[0], group[0])
