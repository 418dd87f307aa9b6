"""From a question to one decision: call this tool so, refuse, ask back, or just talk.

No tool is called here and no sentence is written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.router import followup
from assistant.router.asking import (
    is_for_everyone,
    points_nowhere,
    says_nothing,
    waits_for_the_button,
    what_is_missing,
    what_is_unclear,
)
from assistant.router.catalogue import Catalogue
from assistant.router.charting import as_chart, chart_of, is_about_the_last
from assistant.router.choice import best_tool, is_rule_as_code, sibling
from assistant.router.concentration import asks_concentration
from assistant.router.examples import CONTINUE
from assistant.router.intent import IntentModel, Scores, load_intent_model
from assistant.router.memory import Memory
from assistant.router.notes import notes_on
from assistant.router.patterns import wording
from assistant.router.pointing import resolve
from assistant.router.reading import Reading, read
from assistant.router.scan import regex
from assistant.router.scope import (
    FAMILIAR,
    compares_numbers,
    is_foreign,
    is_handed_over,
    likely_label,
    stays_here,
)
from assistant.router.slots import TOOLS, fill, is_complete
from assistant.router.unread import days_split, unknown_split, unread
from assistant.router.wishes import wished

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from segmentation.types import Encoder

__all__ = ["Decision", "Router"]

_CLEAR = 0.6
_VAGUE = 0.25
_OF_A_RULE = ("refuse.code", "profile_segment", "explain_segment")
"""What a segment's rule as SQL may be taken for."""
_YARDSTICK = regex(
    r"\b(?:measured?|judged?|goal|metric|outcome|target|yardstick|kpi|based on)\b"
    r"|指标|衡量|为准|目标"
)


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
        unknown: with `clarify` `split`, the word that nothing here can be split by.
        left_out: what the question says and the call does not take up, in the user's words.
        days: weekdays that were asked for, where the call tells all of them instead.
        notes: names of what else has to be said beside the answer.
        later: questions of the same message that cannot be answered yet.
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
    unknown: str = ""
    left_out: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
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
        if waits_for_the_button(reading, memory):
            return Decision(talk="button", reason="no word confirms an export", reading=reading)
        scores = self.model.scores(reading, self.encoder)
        decision = self._decide(reading, memory, scores)
        told = {"scores": scores, "reading": reading, **_untold(decision, reading)}
        return Decision(**{**vars(decision), **told})

    def _decide(self, reading: Reading, memory: Memory, scores: Scores) -> Decision:
        if memory.last and (changed := followup.plainly(memory, reading, self.catalogue)):
            return Decision(tool=changed.tool, args=changed.args, reason="plainly a follow-up")
        if wording("router.draw_something").search(reading.text):
            return self._call("draw_chart", reading, memory, scores)
        if kind := wished(reading):
            return Decision(refuse=kind, reason="no tool computes it")
        if asks_concentration(reading):
            return self._call("describe_customers", reading, memory, scores)
        label = likely_label(scores, reading, self.refusal_bar)
        if label in _OF_A_RULE and is_rule_as_code(reading):
            return self._call("explain_segment", reading, memory, scores)
        if memory.is_empty and not label.startswith("talk.") and says_nothing(reading):
            return self._bare(reading, memory, scores)
        if label.startswith("refuse."):
            if not stays_here(label, scores, reading, memory):
                return Decision(refuse=label.removeprefix("refuse."), reason=_why(scores, label))
            label = "export_audience" if is_handed_over(reading) else best_tool(scores, reading)
        if memory.pending and (answered := self._answer(memory, reading, label, scores)):
            return answered
        if self._leans(reading, memory, label, scores) and (
            carried := self._carry_on(reading, memory)
        ):
            return carried
        if label.startswith("talk."):
            return Decision(talk=label.removeprefix("talk."), reason=_why(scores, label))
        return self._afresh(label, reading, memory, scores)

    def _afresh(self, label: str, reading: Reading, memory: Memory, scores: Scores) -> Decision:
        """A question that stands alone, or should: what only leans is asked back about."""
        if compares_numbers(reading, self.catalogue):
            return self._call("compare_segments", reading, memory, scores)
        leans = followup.is_continuation(reading)
        if (label == CONTINUE and (leans or memory.is_empty)) or (
            leans and scores.confidence < _CLEAR
        ):
            return self._bare(reading, memory, scores)
        label = label if is_handed_over(reading) else best_tool(scores, reading)
        points = reading.who.pointers and not memory.is_empty and scores.familiarity > FAMILIAR
        if not points and is_foreign(label, reading, scores, self.catalogue):
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
            or wording("followup.ordinal").search(reading.text)
        ):
            args = dict(pending.args) | fill(pending.tool, reading, self.catalogue)
            args |= followup.named_by_place(pending.tool, reading, self.catalogue)
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
        if followup.is_of_the_answer(memory.last, reading):
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
        if call and (unclear := what_is_unclear(call.tool, call.args, reading)):
            return self._ask(call.tool, call.args, reading, unclear)
        if call and not reading.who.pointers:
            return Decision(tool=call.tool, args=call.args, reason="only names something")
        label = next((name for name in scores.probabilities if name in TOOLS), "describe_customers")
        return self._ask(label, {}, reading)

    def _call(self, tool: str, reading: Reading, memory: Memory, scores: Scores) -> Decision:
        tool = sibling(tool, reading, self.catalogue)
        args = fill(tool, reading, self.catalogue)
        if tool == "run_clustering" and memory.last:
            args = followup.method_meant(memory.last, reading) | args
        if tool == "draw_chart" and "kind" not in args and memory.last:
            chart = chart_of(memory.last, reading)
            args = chart.args if chart else args
        elif tool == "draw_chart" and memory.last and is_about_the_last(reading):
            args = as_chart(memory.last, args, reading)
        if memory.is_empty and points_nowhere(tool, reading):
            return self._ask(tool, args, reading)
        resolved = resolve(tool, args, reading, memory)
        if unclear := what_is_unclear(tool, args, reading):
            known = {} if unclear == "complaints" else args
            return self._ask(tool, known, reading, unclear)
        if is_for_everyone(tool, reading):
            return Decision(tool=tool, args=args, reason=_why(scores, tool))
        if resolved is None or not is_complete(tool, resolved):
            return self._ask(tool, args, reading)
        return Decision(tool=tool, args=resolved, reason=_why(scores, tool))

    def _ask(self, tool: str, args: dict[str, Any], reading: Reading, what: str = "") -> Decision:
        return Decision(
            clarify=what or what_is_missing(tool, reading),
            pending=tool,
            args=args,
            reason=f"{tool} needs more",
        )


def _untold(decision: Decision, reading: Reading) -> dict[str, Any]:
    """What has to be said besides: a word asked back about, or conditions left out."""
    if decision.tool:
        tool, args = decision.tool, decision.args
        left_out, notes = unread(tool, args, reading), notes_on(tool, args, reading)
        return {"left_out": left_out, "days": days_split(args, reading), "notes": notes}
    return {"unknown": unknown_split(reading) or ""} if decision.clarify == "split" else {}


def _why(scores: Scores, label: str) -> str:
    return f"{label} {scores.probabilities.get(label, 0):.2f}, familiarity {scores.familiarity:.2f}"
