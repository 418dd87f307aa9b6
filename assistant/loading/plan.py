"""What is to become of a visitor's files together. Its outcome is a mapping file, as a user would
have written it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from assistant.loading.file import KEPT, LEFT, File
from assistant.loading.inbox import Inbox
from assistant.loading.order import Order
from assistant.loading.preview import look
from assistant.loading.recognise import preset_of, table_of
from segmentation.data.presets import Preset, load_preset
from segmentation.data.reading import ReadReport, read_shop
from segmentation.data.words import plain, synonyms
from segmentation.types import TABLES, InputError

__all__ = ["Plan", "Problem", "Trial"]


@dataclass(frozen=True)
class Problem:
    """What is in the way: a kind that the page has words for, where, and an example."""

    kind: str
    file: int | None = None
    about: str = ""


@dataclass(frozen=True)
class Trial:
    """What reading the first rows gave: a report, or what is wrong with them."""

    report: ReadReport | None = None
    error: InputError | None = None


class Plan:
    """The files of one visitor, and what is to become of them.

    Args:
        root: the workspace.
    """

    def __init__(self, root: Path) -> None:
        self._inbox = Inbox(root)
        self._next = 1
        self._memory: dict[tuple[str, ...], tuple[str, Mapping[str, str]]] = {}
        self.files: dict[int, File] = {}
        self.currency: str | None = None
        self.date_format: str | None = None
        self.as_known = True
        """Whether a known data set is read as it is known."""

    # Changes

    def add(self, upload: Path, name: str) -> File:
        """Take a file in. One of the same name takes the place of the earlier one."""
        path = self._inbox.take(upload, name)
        earlier = next((f for f in self.files.values() if f.name == path.name), None)
        if earlier is not None:
            self._forget(earlier)
        key = earlier.key if earlier else self._next
        self._next = max(self._next, key + 1)
        file = self._looked_at(File(key, path.name, path.stat().st_size, path))
        self.files[key] = file
        self._changed()
        return file

    def remove(self, key: int) -> None:
        """Delete a file."""
        if file := self.files.pop(key, None):
            self._forget(file)
            self._changed()

    def set_table(self, key: int, table: str) -> None:
        """Correct what a file is taken for; its columns are recognised anew."""
        if key in self.files and table in TABLES:
            self._put(replace(self.files[key], table=table, said={}))

    def set_part(self, key: int, column: str, role: str) -> None:
        """Correct what a column is taken for."""
        file = self.files.get(key)
        if file and (role in synonyms()[file.table] or role in (KEPT, LEFT)):
            self._put(file.with_part(column, role))

    def choose(self, **choices: Any) -> None:
        """Set currency, date_format or as_known."""
        for name, value in choices.items():
            setattr(self, name, value)
        self._changed()

    def clear(self) -> None:
        """Delete all files; what was corrected is kept for when they come again."""
        self._inbox.clear()
        self.files = {
            key: replace(file, path=None) for key, file in self.files.items() if file.preview
        }
        self._changed()

    def start_over(self) -> None:
        """Delete all files and forget them."""
        self._inbox.clear()
        self.files = {}
        self._changed()

    def _put(self, file: File) -> None:
        self.files[file.key] = file
        self._memory[tuple(file.columns)] = (file.table, file.said)
        self._changed()

    def _forget(self, file: File) -> None:
        if file.path is not None:
            self._inbox.remove(file.path)

    def _looked_at(self, file: File) -> File:
        assert file.path is not None
        try:
            preview = look(file.path, self._inbox.beside(file.path))
        except InputError as error:
            return replace(file, error=error)
        known = self._memory.get(tuple(preview.columns))
        table = table_of(file.name, preview.columns, preview.identifying)
        table, said = known or (table, {})
        return replace(file, preview=preview, table=table, said=said)

    def _changed(self) -> None:
        for name in ("preset", "trial", "problems"):
            self.__dict__.pop(name, None)

    # What it comes to

    @property
    def readable(self) -> list[File]:
        """The files that can be read and are here."""
        return [f for f in self.files.values() if f.preview is not None and f.path is not None]

    def of(self, table: str) -> list[File]:
        return [file for file in self.readable if file.table == table]

    @cached_property
    def preset(self) -> Preset | None:
        """The known data set that these files are, unless they are to be read as any other."""
        found = preset_of([(file.name, file.columns) for file in self.readable])
        return load_preset(found) if found else None

    @property
    def known(self) -> Preset | None:
        """The preset that will be used."""
        return self.preset if self.as_known else None

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What has to be mended before a build."""
        return tuple(self._problems())

    def _problems(self) -> Iterator[Problem]:
        for file in self.files.values():
            if file.path is None:
                yield Problem("gone", file.key)
            elif file.error is not None:
                yield Problem("unreadable", file.key)
        if self.known or not self.readable:
            return
        if not (self.of("orders") or self.of("events")):
            yield Problem("no_orders")
        for file in self.readable:
            if file.missing:
                yield Problem("missing", file.key)
            if (example := file.two_ways) and not self.date_format:
                yield Problem("two_ways", file.key, example)
        if self.trial.error is not None:
            yield Problem("refused")

    @property
    def ready(self) -> bool:
        return bool(self.readable) and not self.problems

    @cached_property
    def trial(self) -> Trial:
        """The first rows of all files, read as they will be. Nothing of it is kept."""
        if self.known or not self.readable or self._unmapped():
            return Trial()
        scratch = self._inbox.scratch()
        copies = {t: [f.preview.copy for f in self.of(t) if f.preview] for t in TABLES}
        sources = {table: files for table, files in copies.items() if files}
        try:
            return Trial(read_shop(sources, mapping=self.mapping(), workdir=scratch))
        except InputError as error:
            return Trial(error=error)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _unmapped(self) -> bool:
        return any(f.missing or (f.two_ways and not self.date_format) for f in self.readable)

    def mapping(self) -> dict[str, Any]:
        """What was recognised and confirmed, in the form of a mapping file."""
        options = {"currency": self.currency, "date_format": self.date_format}
        said: dict[str, Any] = {name: value for name, value in options.items() if value}
        if self.known:
            return said
        return {t: _table_said(t, files) for t in TABLES if (files := self.of(t))} | said

    def order(self) -> Order:
        """What to build."""
        known = self.known
        if known:
            return Order({"orders": self._paths(self.readable)}, self.mapping(), known.name)
        tables = {table: self._paths(self.of(table)) for table in TABLES}
        return Order({t: paths for t, paths in tables.items() if paths}, self.mapping())

    @staticmethod
    def _paths(files: list[File]) -> list[Path]:
        return [file.path for file in files if file.path is not None]


def _table_said(table: str, files: list[File]) -> dict[str, Any]:
    """A table's entry in the mapping file: every canonical column, what is kept, what is not."""
    said: dict[str, Any] = {}
    for role in synonyms()[table]:
        columns = _columns(
            [f.mapping.picks[role].columns for f in files if role in f.mapping.picks]
        )
        said[role] = (
            None if not columns else columns[0] if len(columns) == 1 else {"first_of": columns}
        )
    used = {plain(c) for f in files for pick in f.mapping.picks.values() for c in pick.columns}
    for file in files:
        for name, column in file.mapping.attributes.items():
            if plain(column) not in used:
                said.setdefault(name, column)
                used.add(plain(column))
    every = _columns([tuple(file.columns) for file in files])
    left = [column for column in every if plain(column) not in used]
    return {**said, "ignore": left} if left else said


def _columns(groups: list[tuple[str, ...]]) -> list[str]:
    """The columns of several files, each once, however it is spelt."""
    found: dict[str, str] = {}
    for group in groups:
        for column in group:
            found.setdefault(plain(column) or column, column)
    return list(found.values())
