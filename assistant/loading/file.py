"""One uploaded file: which table it is taken for, and each of its columns, as recognised and as
corrected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from assistant.loading.preview import Preview
from segmentation.data.attributes import choose_attributes
from segmentation.data.mapping import TableMapping, map_table
from segmentation.data.shapes import Column
from segmentation.data.words import snake_case, synonyms
from segmentation.types import InputError

__all__ = ["KEPT", "LEFT", "File", "Part"]

KEPT, LEFT = "kept", "left"
"""Parts of a column that is no canonical one: kept under its own name, or not read at all."""
DATES = ("ordered_at", "at", "signup_date")


@dataclass(frozen=True)
class Part:
    """What a column is taken for.

    Args:
        column: its name in the file.
        role: a canonical column, `kept` or `left`.
        name: what it is kept as.
        examples: up to three values.
        person: how it identifies people, if it does.
    """

    column: str
    role: str
    name: str = ""
    examples: tuple[str, ...] = ()
    person: str | None = None


@dataclass(frozen=True)
class File:
    """One file as uploaded.

    Args:
        path: where it lies; None once it has been deleted.
        preview: None where it cannot be read; then `error` says why.
        table: what it is taken for.
        said: column -> its part, as corrected.
    """

    key: int
    name: str
    size: int
    path: Path | None
    preview: Preview | None = None
    error: InputError | None = None
    table: str = "orders"
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> Mapping[str, Column]:
        return self.preview.columns if self.preview else {}

    @cached_property
    def mapping(self) -> TableMapping:
        """The table's columns, where each comes from; attributes too."""
        free = {n: c for n, c in self.columns.items() if self.said.get(n) not in (LEFT, KEPT)}
        canonical = synonyms()[self.table]
        given = {role: name for name, role in self.said.items() if role in canonical}
        identifying = self.preview.identifying if self.preview else {}
        mapped = map_table(self.table, free, given, identifying=identifying)
        return replace(mapped, attributes=self._attributes(mapped, identifying))

    def _attributes(
        self, mapped: TableMapping, identifying: Mapping[str, str]
    ) -> Mapping[str, str]:
        wished = {n: snake_case(n) for n, role in self.said.items() if role == KEPT}
        shown = {n: c for n, c in self.columns.items() if self.said.get(n) != LEFT}
        named = replace(mapped, attributes={name: column for column, name in wished.items()})
        rows = self.preview.rows if self.preview else 0
        chosen, _ = choose_attributes(named, shown, identifying, frozenset(), rows)
        return chosen

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Every column with its part, in the file's order."""
        roles = {c: role for role, pick in self.mapping.picks.items() for c in pick.columns}
        names = {column: name for name, column in self.mapping.attributes.items()}
        people = self.preview.identifying if self.preview else {}
        return tuple(
            Part(
                column,
                roles.get(column) or (KEPT if column in names else LEFT),
                names.get(column, ""),
                tuple(dict.fromkeys(profile.sample))[:3],
                people.get(column),
            )
            for column, profile in self.columns.items()
        )

    @property
    def missing(self) -> list[tuple[str, ...]]:
        """Groups of columns of which one is needed, and none is there."""
        return self.mapping.missing

    @property
    def two_ways(self) -> str | None:
        """A date that can be read two ways, in a column that is taken for dates."""
        found = self.preview.two_ways if self.preview else {}
        used = {c for name in DATES for c in self.mapping.source_of(name)}
        return next((example for column, example in found.items() if column in used), None)

    def with_part(self, column: str, role: str) -> File:
        """The same with one column corrected; who had its part before gives it up."""
        if column not in self.columns:
            return self
        said = dict(self.said)
        for part in self.parts:
            if part.role == role and role not in (KEPT, LEFT) and part.column != column:
                said[part.column] = LEFT
        return replace(self, said={**said, column: role})
