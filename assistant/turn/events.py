"""What happens in a turn, as it happens, and the whole of it at the end. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from assistant.tools.result import Chart, Pending, Table, ToolResult
from assistant.turn.ledger import Usage

__all__ = [
    "Again",
    "Answer",
    "Done",
    "Event",
    "Note",
    "StepDone",
    "StepMoved",
    "StepStarted",
    "Text",
    "ToolCall",
]


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool in a turn. `status` is ok, error or needs_confirmation."""

    name: str
    args: Mapping[str, Any]
    status: str
    seconds: float = 0.0


@dataclass(frozen=True)
class Note:
    """What a reader has to know of an answer beside its content; the words are part of the answer.

    Args:
        kind: `fallback` (the offline model answered), `left_out` (sentences failed the check),
            `limit` (the turn was ended), `unusable` (the model's replies could not be used).
        text: a sentence, in the language of the turn.
        why: fallback: the kind of outage; limit: which limit; unusable: what was wrong.
        model: fallback: the model that failed.
    """

    kind: str
    text: str
    why: str = ""
    model: str = ""


@dataclass(frozen=True)
class Answer:
    """A whole turn: the words, and everything they rest on.

    `model` is who answered: the model that was set, or `offline`.
    """

    answer: str
    language: str
    model: str
    tool_calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    refused: bool = False
    clarify: bool = False
    notes: tuple[Note, ...] = ()
    usage: Usage = field(default_factory=Usage)

    def to_json(self) -> dict[str, Any]:
        """The JSON of `kindred ask`."""
        parts = [result.to_json() for result in self.results]
        return {
            "answer": self.answer,
            "language": self.language,
            "tool_calls": [asdict(call) for call in self.tool_calls],
            **{
                name: [item for part in parts for item in part[name]]
                for name in ("facts", "claims", "tables", "charts", "files", "notices")
            },
            "confirm": [
                {"tool": one.tool, "args": dict(one.args), "command": one.command}
                for one in self.pending
            ],
            "refused": self.refused,
            "clarify": self.clarify,
            "model": self.model,
            "notes": [asdict(note) for note in self.notes],
            "usage": asdict(self.usage),
        }

    def to_record(self) -> dict[str, Any]:
        """All of it as JSON values, each result apart: `from_record` reads it."""
        whole = {one.name: getattr(self, one.name) for one in fields(self)}
        return whole | {
            "tool_calls": [asdict(call) for call in self.tool_calls],
            "results": [result.to_json() for result in self.results],
            "notes": [asdict(note) for note in self.notes],
            "usage": asdict(self.usage),
        }

    @classmethod
    def from_record(cls, data: Mapping[str, Any]) -> Answer:
        """The answer that `to_record` wrote."""
        parts = {
            "tool_calls": tuple(ToolCall(**call) for call in data["tool_calls"]),
            "results": tuple(ToolResult.from_json(result) for result in data["results"]),
            "notes": tuple(Note(**note) for note in data["notes"]),
            "usage": Usage(**data["usage"]),
        }
        return cls(**{**data, **parts})

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table of it."""
        return tuple(table for result in self.results for table in result.tables)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every chart of it."""
        return tuple(chart for result in self.results for chart in result.charts)

    def to_pandas(self) -> Any:
        """Its facts as a DataFrame: subject, metric, period, value, unit."""
        from assistant.notebook import facts_frame

        return facts_frame(self)

    def _repr_html_(self) -> str:
        from assistant.notebook import answer_html

        return answer_html(self)

    def _ipython_display_(self) -> None:
        from assistant.notebook import display_answer

        display_answer(self)

    @property
    def pending(self) -> tuple[Pending, ...]:
        """What waits for the user's word."""
        return tuple(result.confirm for result in self.results if result.confirm)


@dataclass(frozen=True)
class StepStarted:
    """A tool was called."""

    id: str
    name: str
    args: Mapping[str, Any]


@dataclass(frozen=True)
class StepMoved:
    """A tool that takes long has come so far, 0 to 1."""

    share: float


@dataclass(frozen=True)
class StepDone:
    """A tool answered (or failed: then `result` is None and `message` says why)."""

    id: str
    call: ToolCall
    message: str
    result: ToolResult | None
    key: str = ""
    """Under which the result is kept on the shelf."""


@dataclass(frozen=True)
class Text:
    """A few more characters of the answer."""

    delta: str


@dataclass(frozen=True)
class Again:
    """The characters so far are taken back: what follows, if anything, is the answer."""


@dataclass(frozen=True)
class Done:
    """The turn is over."""

    answer: Answer


Event = StepStarted | StepMoved | StepDone | Text | Again | Done
