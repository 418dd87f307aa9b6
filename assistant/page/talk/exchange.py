"""One question and what came of it: what a page draws and a thread keeps. Knows no screen."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # assistant.chat brings the agent's libraries with it; a page shows before them
    from assistant.chat import Answer, Event, StepDone
    from assistant.tools.result import ToolResult

__all__ = ["Decision", "Exchange", "Item", "Notice", "Step", "Words"]


@dataclass
class Step:
    """One call of a tool. `status`: running, ok, error, needs_confirmation or stopped."""

    id: str
    name: str
    args: Mapping[str, Any]
    status: str = "running"
    seconds: float = 0.0
    message: str = ""
    share: float | None = None
    """How far a long step has come, 0 to 1."""
    key: str = ""
    """Under which its result is on the shelf; empty without one."""


@dataclass
class Words:
    """A stretch of the answer."""

    text: str = ""


@dataclass
class Notice:
    """Something the page itself says. `kind`: opening, stopped or error."""

    kind: str
    text: str = ""


Item = Step | Words | Notice
_TYPES: dict[str, type[Step] | type[Words] | type[Notice]] = {
    "step": Step,
    "words": Words,
    "notice": Notice,
}


@dataclass(frozen=True)
class Decision:
    """What became of an offer that waited for the user's word.

    Args:
        kind: `done`, `cancelled`, `expired` (nothing waited there any more) or `error`.
        text: what came of it, in words.
        files: what was written.
    """

    kind: str
    text: str = ""
    files: tuple[str, ...] = ()


@dataclass
class Exchange:
    """One question, and in order what came of it."""

    question: str
    language: str
    items: list[Item] = field(default_factory=list)
    answer: Answer | None = None
    begun: bool = False
    over: bool = False
    decisions: dict[str, Decision] = field(default_factory=dict)
    """`Pending.id` → what the user decided."""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def results(self) -> list[ToolResult]:
        """What is shown below the words, once there are words."""
        return list(self.answer.results) if self.answer else []

    @property
    def steps(self) -> list[Step]:
        """The calls of tools, in order."""
        return [item for item in self.items if isinstance(item, Step)]

    @property
    def failed(self) -> bool:
        """Whether there is no answer, and none will come."""
        return self.over and self.answer is None

    @property
    def waiting(self) -> bool:
        """True while something is still to come and nothing on show says so."""
        if self.over or self.answer is not None:
            return False
        last = self.items[-1] if self.items else None
        return last is None or (isinstance(last, Step) and last.status != "running")

    def take(self, event: Event) -> None:
        """Add what one event says."""
        from assistant.chat import Again, Done, StepDone, StepMoved, StepStarted, Text

        match event:
            case StepStarted(id, name, args):
                self.items.append(Step(id, name, args))
            case StepMoved(share):
                self._move(share)
            case StepDone():
                self._finish(event)
            case Text(delta):
                self._words().text += delta
            case Again() if self.items and isinstance(self.items[-1], Words):
                self.items.pop()
            case Done(answer):
                self.answer = answer
                if answer.answer:
                    self._words().text = answer.answer

    def end(self, kind: str = "", text: str = "") -> None:
        """Nothing more will come. `kind`: of the notice that says why; empty without one."""
        self.over = True
        if kind:
            self.say(kind, text)

    def say(self, kind: str, text: str = "") -> None:
        """Add a notice, and mark the steps under way as stopped."""
        for step in self.steps:
            if step.status == "running":
                step.status = "stopped"
        self.items.append(Notice(kind, text))

    def opened(self) -> None:
        """Take the notice away that the workspace is being opened."""
        self.items = [i for i in self.items if not (isinstance(i, Notice) and i.kind == "opening")]

    def shelved(self) -> dict[str, ToolResult]:
        """The results by the keys under which a conversation's messages refer to them."""
        keys = [step.key for step in self.steps if step.key]
        return dict(zip(keys, self.results, strict=False))

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values; `from_json` reads it."""
        return {
            "id": self.id,
            "question": self.question,
            "language": self.language,
            "items": [{"type": _type(item), **asdict(item)} for item in self.items],
            "answer": self.answer.to_record() if self.answer else None,
            "over": self.over,
            "decisions": {key: asdict(one) for key, one in self.decisions.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Exchange:
        """The exchange that `to_json` wrote; what it was in the middle of has ended."""
        from assistant.chat import Answer

        answer = data["answer"]
        exchange = cls(
            question=data["question"],
            language=data["language"],
            items=[_item(one) for one in data["items"]],
            answer=Answer.from_record(answer) if answer else None,
            begun=True,
            over=data["over"],
            decisions={key: _decision(one) for key, one in data["decisions"].items()},
            id=data["id"],
        )
        if not exchange.over:
            exchange.opened()
            exchange.end("" if answer else "stopped")
        return exchange

    def _words(self) -> Words:
        if not self.items or not isinstance(self.items[-1], Words):
            self.items.append(Words())
        last = self.items[-1]
        assert isinstance(last, Words)
        return last

    def _move(self, share: float) -> None:
        for step in self.steps:
            if step.status == "running":
                step.share = share

    def _finish(self, event: StepDone) -> None:
        for step in self.steps:
            if step.id == event.id:
                step.status, step.seconds = event.call.status, event.call.seconds
                step.message, step.key = event.message, event.key


def _type(item: Item) -> str:
    return next(name for name, type in _TYPES.items() if isinstance(item, type))


def _item(data: Mapping[str, Any]) -> Item:
    values = dict(data)
    return _TYPES[values.pop("type")](**values)


def _decision(data: Mapping[str, Any]) -> Decision:
    """A decision with those of its files that are still there."""
    decision = Decision(**data)
    return replace(decision, files=tuple(f for f in decision.files if Path(f).exists()))
