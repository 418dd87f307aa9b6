"""Known data sets: a preset says which files they have, how their columns map, and what else is
known of them.

The presets are YAML files beside this one, in the form of a mapping file with these additions per
table: `from` (a file), `join` (files by a shared column), and at the top `files`, `header`,
`delimiter`, `window`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from segmentation.data.mapping import pick_of
from segmentation.data.sources import Source, files_of
from segmentation.data.staging import Staged, stage
from segmentation.data.text_files import Layout
from segmentation.data.values import literal, quoted
from segmentation.data.words import synonyms
from segmentation.types import InputError, Progress

__all__ = ["PRESETS", "Preset", "load_preset", "stage_preset"]

FOLDER = Path(__file__).parent / "presets"
PRESETS = ("cdnow", "olist", "online-retail", "taobao")


@dataclass(frozen=True)
class Preset:
    """What is known of a data set."""

    name: str
    tables: Mapping[str, Mapping[str, Any]]
    currency: str | None = None
    timezone: str | None = None
    window: tuple[datetime, datetime] | None = None
    layout: Layout = field(default_factory=Layout)
    files: Mapping[str, str] = field(default_factory=dict)
    """Alias -> how the file's name begins; empty when the data set is one file."""

    def given(self, table: str, columns: Collection[str]) -> dict[str, Any]:
        """What this preset says of a table's columns, in the form of a mapping file.

        A column that is not there is left to be recognised (Online Retail II calls some otherwise);
        what the preset does not speak of does not exist.
        """
        said = self.tables[table]["columns"]
        given: dict[str, Any] = dict.fromkeys(set(synonyms()[table]) - set(said))
        for name, spec in said.items():
            pick = pick_of(spec)
            if present := [c for c in pick.columns if c in columns]:
                given[name] = {pick.how: present, "prefix": pick.prefix}
        return given

    def kinds(self, table: str) -> Mapping[str, str]:
        return dict(self.tables[table].get("kinds", {}))


def load_preset(name: str) -> Preset:
    """A preset by name.

    Raises:
        InputError: there is none of that name.
    """
    if name not in PRESETS:
        raise InputError(
            f"there is no preset {name!r}",
            where="--preset",
            fix=f"The presets are {', '.join(PRESETS)}.",
        )
    said = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    window = said.get("window")
    header = said.get("header")
    return Preset(
        name,
        said["tables"],
        said.get("currency"),
        said.get("timezone"),
        (datetime.fromisoformat(window["from"]), datetime.fromisoformat(window["until"]))
        if window
        else None,
        Layout(tuple(header) if header else None, said.get("delimiter")),
        said.get("files", {}),
    )


def stage_preset(
    preset: Preset, sources: Mapping[str, Source], folder: Path, con: Any, progress: Progress
) -> dict[str, Staged]:
    """Stage a preset's files: canonical table -> staged rows, files joined where the preset joins
    them.

    Raises:
        InputError: a file the preset needs is missing.
    """
    if not preset.files:
        (table,) = preset.tables
        every = list(sources.values())
        source = every[0] if len(every) == 1 else every
        return {
            table: stage(
                source, folder / table, table=table, layout=preset.layout, progress=progress
            )
        }
    found = _find(preset, sources)
    staged = {
        alias: stage(path, folder / alias, table=alias, layout=preset.layout, progress=progress)
        for alias, path in found.items()
    }
    return {
        table: _joined(said, staged, folder / f"{table}_joined.parquet", con)
        for table, said in preset.tables.items()
        if said["from"] in staged
    }


def _find(preset: Preset, sources: Mapping[str, Source]) -> dict[str, Path]:
    """The preset's files in the given folders, or beside the given files."""
    given = [path for source in sources.values() for path in files_of(source)]
    folders = dict.fromkeys(path.parent for path in given)
    nearby = [
        *given,
        *(path for folder in folders for path in sorted(folder.iterdir()) if path.is_file()),
    ]
    found = {}
    for alias, start in preset.files.items():
        matching = [path for path in nearby if path.name.lower().startswith(start)]
        if matching:
            found[alias] = matching[0]
    needed = {said["from"] for said in preset.tables.values() if not said.get("optional")}
    needed |= {
        alias
        for said in preset.tables.values()
        if not said.get("optional")
        for alias in said.get("needs", ())
    }
    if missing := [preset.files[alias] for alias in preset.files if alias in needed - set(found)]:
        raise InputError(
            f"files of {preset.name} are missing: {', '.join(missing)}",
            where=", ".join(map(str, folders)),
            fix="Put them beside the others.",
        )
    return found


def _joined(
    said: Mapping[str, Any], staged: Mapping[str, Staged], target: Path, con: Any
) -> Staged:
    """The rows of the table's own file with the first matching row of every joined file beside
    them."""
    base = staged[said["from"]]
    joins = {alias: key for alias, key in said.get("join", {}).items() if alias in staged}
    if not joins:
        return base
    select, columns, tail = ["b.*"], list(base.columns), ""
    for alias, key in joins.items():
        fresh = [c for c in staged[alias].columns if c not in columns]
        side = ", ".join(quoted(c) for c in [key, *fresh])
        first = (
            f"(SELECT {side} FROM {_rows(staged[alias])} QUALIFY row_number() OVER "
            f"(PARTITION BY {quoted(key)} ORDER BY _row) = 1)"
        )
        left = "b" if key in base.columns else next(a for a in joins if key in staged[a].columns)
        tail += f" LEFT JOIN {first} AS {alias} ON {left}.{quoted(key)} = {alias}.{quoted(key)}"
        select += [f"{alias}.{quoted(c)}" for c in fresh]
        columns += fresh
    con.execute(
        f"COPY (SELECT {', '.join(select)} FROM {_rows(base)} AS b{tail}) TO "
        f"{literal(str(target))} (FORMAT parquet)"
    )
    notes = _without_lines(said, staged, con)
    return Staged((target,), tuple(columns), base.rows, base.names, (*base.notes, *notes))


def _without_lines(said: Mapping[str, Any], staged: Mapping[str, Staged], con: Any) -> list[str]:
    """Says how many rows of the `whole` file (orders) have no row in the table's own (items)."""
    if said.get("whole") not in staged:
        return []
    base, whole = staged[said["from"]], staged[said["whole"]]
    key = quoted(said["join"][said["whole"]])
    query = f"SELECT count(*) FROM {_rows(whole)} AS w ANTI JOIN {_rows(base)} AS b USING ({key})"
    missing = con.execute(query).fetchall()[0][0]
    if not missing:
        return []
    return [f"{missing:,} of the {whole.rows:,} rows of {whole.place} have no row in {base.place}"]


def _rows(staged: Staged) -> str:
    return (
        f"read_parquet([{', '.join(literal(str(path)) for path in staged.files)}], "
        "union_by_name = true)"
    )
