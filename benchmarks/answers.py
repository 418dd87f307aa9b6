"""Answers over tools' results for `benchmarks.grounding`: data/answers.yaml with the numbers.

Knows results, not the check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assistant.tools.registry import call_tool
from assistant.tools.result import ToolResult
from benchmarks.lies import MONTHS, written_out

__all__ = ["Answer", "answers"]

DATA = yaml.safe_load((Path(__file__).parent / "data" / "answers.yaml").read_text("utf-8"))
FIELD = re.compile(r"\{([^{}]+)\}")


class Missing(LookupError):
    """The result does not have what a sentence needs."""


@dataclass(frozen=True)
class Answer:
    """A sentence over a result; `lie` says what it is."""

    text: str
    lie: bool
    question: str
    result: ToolResult
    tool: str


def answers(workspace: Any, language: str) -> Iterator[Answer]:
    """Every sentence whose numbers the workspace has."""
    for entry in DATA:
        tool, arguments = entry["call"]
        result = call_tool(workspace, tool, language, dict(arguments))
        for kind in ("truths", "lies"):
            for nth, wording in enumerate(entry[language][kind]):
                filler = _Filler(workspace, result, language, fine=nth % 2 == 0)
                try:
                    text = FIELD.sub(lambda m, f=filler: f.put(m[1]), wording)
                except Missing:
                    continue
                if kind == "truths" or not filler.alike:
                    question = entry["question"][language]
                    yield Answer(text, kind == "lies", question, result, tool)


class _Filler:
    def __init__(self, workspace: Any, result: ToolResult, language: str, fine: bool) -> None:
        self._names = {s.id: s.name for s in _spoken(workspace, language)}
        self._result, self._language, self._fine = result, language, fine
        self._unit, self.seen = workspace.base.currency, []

    @property
    def alike(self) -> bool:
        """Whether two numbers of a lie are the same, so that it may be none."""
        return len(self.seen) > 1 and len(set(self.seen)) < len(self.seen)

    def put(self, field: str) -> str:
        if field in ("from", "to"):
            return self._day(0 if field == "from" else -1)
        if field.startswith("name:"):
            return str(self._names[int(field[5:])])
        if field in ("p1", "p2"):
            return self._cell(1, int(field[1]) - 1, 0)
        body, unit = field.rsplit(":", 1) if field.rsplit(":", 1)[-1] in UNITS else (field, "")
        parts = re.split(r"(?<=[a-z0-9_])([+/-])(?=[a-z])", body)
        if len(parts) == 1 and not body.startswith("r"):
            value, known = self._fact(body)
            self.seen.append(value)
            if unit == "round":
                return written_out(round(value), known, False)
            return written_out(value, known, self._fine)
        if len(parts) == 1:
            return self._row(body, unit)
        return self._computed(parts, unit)

    def _computed(self, parts: list[str], unit: str) -> str:
        """A sum, a difference or a quotient, as a model would make it up."""
        left, right = (self._value(p) for p in (parts[0], parts[2]))
        result = {"+": left[0] + right[0], "-": abs(left[0] - right[0]), "/": left[0] / right[0]}
        kind = {"share": "share", "money": self._unit}.get(unit, left[1])
        return written_out(result[parts[1]], kind, True)

    def _value(self, body: str) -> tuple[float, str]:
        if re.match(r"r\d", body):
            row, column = re.match(r"r(\d)\.(\d)", body).groups()  # type: ignore[union-attr]
            return float(self._rows(0)[int(row) - 1][int(column)]), self._unit
        return self._fact(body)

    def _fact(self, body: str) -> tuple[float, str]:
        subject, _, metric = body.partition("|")
        subject = re.sub(r"segment:(\d)!", r"segment!=\1", subject)
        for fact in self._result.facts:
            if fact.subject == subject and fact.metric == metric:
                return float(fact.value), fact.unit  # type: ignore[arg-type]
        raise Missing(body)

    def _row(self, body: str, unit: str) -> str:
        row, _, what = body.removeprefix("r").partition(".")
        cells = self._rows(0)[int(row) - 1] if len(self._rows(0)) >= int(row) else None
        if cells is None:
            raise Missing(body)
        if what == "name":
            return str(
                next(
                    c for c in cells if isinstance(c, str) and not re.fullmatch(r"[A-Z]*\d+\w?", c)
                )
            )
        if what.startswith("h."):
            headers = self._result.tables[0].columns
            at = next(
                i for i, h in enumerate(headers) if h in ("Have it", "已有该商品", "已有", "拥有")
            )
            what = str(at)
        value = cells[int(what)]
        if not isinstance(value, int | float):
            raise Missing(body)
        self.seen.append(float(value))
        kind = {"money": self._unit, "share": "share", "int": "customers"}[unit]
        return written_out(float(value), kind, self._fine)

    def _rows(self, table: int) -> tuple[Any, ...]:
        if len(self._result.tables) <= table:
            raise Missing("table")
        return self._result.tables[table].rows

    def _cell(self, table: int, row: int, column: int) -> str:
        if len(self._rows(table)) <= row:
            raise Missing("row")
        return str(self._rows(table)[row][column])

    def _day(self, end: int) -> str:
        year, month, day = map(int, self._result.facts[0].period.split("/")[end].split("-"))
        if self._language == "zh":
            return f"{year}年{month}月{day}日"
        return f"{day} {MONTHS[month - 1]} {year}"


UNITS = ("money", "share", "int", "round")


def _spoken(workspace: Any, language: str) -> Any:
    from assistant.tools.references import spoken

    return spoken(workspace.base, language).segmentation.segments
