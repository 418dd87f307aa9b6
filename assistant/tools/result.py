"""What a tool hands back: the short text for the conversation, and everything it rests on.

A result is plain data, JSON in and out; the agent's messages carry only the id it is kept under.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from segmentation.types import Fact

__all__ = ["Chart", "Claim", "Pending", "Status", "Table", "ToolResult", "Turn"]

Status = Literal["ok", "error", "needs_confirmation"]
Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Turn:
    """What a tool may know of the turn it is called in.

    Args:
        language: to answer in, `en` or `zh`.
        ledger: what the turn may still take of a language model, and whether it was stopped.
    """

    language: str = "en"
    ledger: Any = None


@dataclass(frozen=True)
class Table:
    """A small table to show: `rows[i][j]` belongs to `columns[j]`; numbers unformatted."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def to_pandas(self) -> Any:
        """The same as a DataFrame."""
        from assistant.notebook import table_frame

        return table_frame(self)

    def _repr_html_(self) -> str:
        from assistant.notebook import table_html

        return table_html(self)


@dataclass(frozen=True)
class Chart:
    """A chart to show: `figure` is Plotly's JSON as a dict."""

    title: str
    figure: Mapping[str, Any]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from assistant.notebook import chart_bundle

        return chart_bundle(self)


@dataclass(frozen=True)
class Claim:
    """A sentence that was checked, and the facts it rests on: what a reader can unfold.

    Args:
        labels: what each fact's number is, in words; empty where its metric says enough.
    """

    sentence: str
    facts: tuple[Fact, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pending:
    """What waits for the user's word: nothing of it has happened yet.

    Args:
        id: by which the user's own act (a button, a key) names it; no model ever sees it.
        tool: the tool that would do it.
        args: its exact arguments.
        command: the command line that does the same.
        bound: what it holds for: ids of snapshot and segmentation, sha256 of what would be written.
        language: of the turn, `en` or `zh`.
    """

    id: str
    tool: str
    args: Mapping[str, Any]
    command: str
    bound: Mapping[str, str]
    language: str = "en"


@dataclass(frozen=True)
class ToolResult:
    """The whole answer of a tool.

    Args:
        text: the answer in the language of the turn, for people and for the model.
        facts: every number the text shows, as it was computed.
        tables, charts: to show beside the text.
        files: paths of files that were written.
        status: `needs_confirmation` until the user has agreed to what would leave the machine.
        notices: short remarks to show apart from the answer, such as small groups.
        confirm: with `needs_confirmation`, what waits.
        claims: the sentences of a written profile, each with its facts.
        for_model: what a language model reads instead of `text`, where another one wrote in that.
    """

    text: str
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    files: tuple[str, ...] = ()
    status: Status = "ok"
    notices: tuple[str, ...] = ()
    confirm: Pending | None = None
    claims: tuple[Claim, ...] = ()
    for_model: str = ""

    def to_json(self) -> dict[str, Any]:
        """A dict of JSON values: NaN becomes null."""
        return {
            "text": self.text,
            "facts": [asdict(fact) for fact in self.facts],
            "tables": [
                {"title": t.title, "columns": list(t.columns), "rows": [_row(r) for r in t.rows]}
                for t in self.tables
            ],
            "charts": [{"title": c.title, "figure": dict(c.figure)} for c in self.charts],
            "files": list(self.files),
            "status": self.status,
            "notices": list(self.notices),
            "confirm": asdict(self.confirm) if self.confirm else None,
            "claims": [asdict(claim) for claim in self.claims],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ToolResult:
        """The result that `to_json` wrote."""
        return cls(
            text=data["text"],
            facts=tuple(Fact(**fact) for fact in data["facts"]),
            tables=tuple(
                Table(t["title"], tuple(t["columns"]), tuple(tuple(row) for row in t["rows"]))
                for t in data["tables"]
            ),
            charts=tuple(Chart(c["title"], c["figure"]) for c in data["charts"]),
            files=tuple(data["files"]),
            status=data.get("status", "ok"),
            notices=tuple(data.get("notices", ())),
            confirm=Pending(**data["confirm"]) if data.get("confirm") else None,
            claims=tuple(
                Claim(
                    c["sentence"],
                    tuple(Fact(**fact) for fact in c["facts"]),
                    tuple(c.get("labels", ())),
                )
                for c in data.get("claims", ())
            ),
        )


def _row(row: Sequence[Cell]) -> list[Cell]:
    return [None if isinstance(cell, float) and cell != cell else cell for cell in row]
