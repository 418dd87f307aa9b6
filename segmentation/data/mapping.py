"""Unknown columns -> canonical ones: by the user's mapping file, by name in five languages, by
shape of values.

A mapping says what it assumed wherever the name alone did not settle it. It reads no rows itself:
it works on a profile (a sample and counts) of every column.

The mapping file, all of it optional:

    orders:
      customer_id: Kunde            # canonical column: source column
      product: [Marke, Modell]      # several columns, joined by a blank
      category: {first_of: [Gruppe, Art]}     # the first that is not empty
      discount: null                # there is none, whatever looks like one
      ignore: [Notiz, Fax]          # columns that are read nowhere and kept nowhere
      shop_floor: Etage             # any other name: kept as an attribute under it
    events:
      at: ts
      kinds: {remove_from_cart: cart}
    currency: EUR
    date_format: day-first          # or month-first, DD/MM/YYYY, %d/%m/%Y
    timezone: Europe/Berlin         # where epochs and UTC times are moved to
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz.distance import Indel

from segmentation.data.errors import NoColumns
from segmentation.data.shapes import Column, looks_like, recognise_by_shape
from segmentation.data.values import trimmed
from segmentation.data.words import name_words, plain, snake_case, synonyms, words
from segmentation.types import TABLES, InputError

__all__ = [
    "MappingFile",
    "Pick",
    "TableMapping",
    "load_mapping",
    "map_table",
    "missing_columns",
    "pick_of",
]

REQUIRED: dict[str, tuple[tuple[str, ...], ...]] = {
    "orders": (("customer_id",), ("ordered_at",), ("unit_price", "total")),
    "events": (("customer_id",), ("at",)),
    "reviews": (("customer_id",), ("rating", "text")),
    "products": (("product_id", "product"),),
    "customers": (("customer_id",),),
}
"""For every table, groups of columns of which one must be there."""

SURE = 0.9
FILLERS = frozenset(
    [
        "the",
        "of",
        "a",
        "de",
        "da",
        "do",
        "del",
        "utc",
        "gmt",
        "local",
        "in",
        "column",
        "field",
        "value",
        "text",
        "str",
    ]
)


@dataclass(frozen=True)
class Pick:
    """Where a canonical column comes from: one source column, several joined, or the first that is
    filled."""

    columns: tuple[str, ...]
    how: str = "join"
    prefix: str = ""

    def sql(self) -> str:
        """The trimmed text of this pick, null where empty."""
        texts = [trimmed(column) for column in self.columns]
        if len(texts) == 1:
            text = texts[0]
        elif self.how == "first_of":
            text = f"coalesce({', '.join(texts)})"
        else:
            text = f"nullif(concat_ws(' ', {', '.join(texts)}), '')"
        return f"'{self.prefix}' || ({text})" if self.prefix else f"({text})"

    def __str__(self) -> str:
        return (" or " if self.how == "first_of" else " + ").join(self.columns)


@dataclass(frozen=True)
class TableMapping:
    """Which source column every canonical column of a table comes from."""

    table: str
    picks: Mapping[str, Pick]
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Our name -> source column, of what is no canonical column."""
    assumptions: tuple[str, ...] = ()

    def source_of(self, name: str) -> tuple[str, ...]:
        """The source columns of a canonical column or attribute."""
        if name in self.picks:
            return self.picks[name].columns
        return (self.attributes[name],) if name in self.attributes else ()

    @property
    def missing(self) -> list[tuple[str, ...]]:
        """Groups of columns of which the table needs one, and none is there."""
        return [g for g in REQUIRED[self.table] if not any(c in self.picks for c in g)]

    @property
    def used(self) -> frozenset[str]:
        return frozenset(column for pick in self.picks.values() for column in pick.columns)


@dataclass(frozen=True)
class MappingFile:
    """What a user (or a preset) says about columns."""

    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    currency: str | None = None
    date_format: str | None = None
    timezone: str | None = None
    where: str = "the mapping"

    def of(self, table: str) -> Mapping[str, Any]:
        own = ("kinds", "ignore")
        return {k: v for k, v in self.tables.get(table, {}).items() if k not in own}

    def kinds(self, table: str) -> Mapping[str, str]:
        return self.tables.get(table, {}).get("kinds") or {}

    def ignored(self, table: str) -> frozenset[str]:
        """Columns to pass over, as `plain` writes them."""
        return frozenset(plain(str(c)) for c in self.tables.get(table, {}).get("ignore") or ())


def load_mapping(mapping: Path | str | Mapping[str, Any] | None) -> MappingFile:
    """A mapping file, or the same as a dict.

    Raises:
        InputError: not readable, or it speaks of tables that do not exist.
    """
    if mapping is None:
        return MappingFile()
    where = "the mapping" if isinstance(mapping, Mapping) else str(mapping)
    content = dict(mapping) if isinstance(mapping, Mapping) else _yaml(Path(mapping))
    options = {key: content.pop(key, None) for key in ("currency", "date_format", "timezone")}
    unknown = [key for key in content if key not in TABLES]
    if unknown:
        raise InputError(
            f"the mapping speaks of {', '.join(map(str, unknown))}",
            where=where,
            fix=f"Its tables are {', '.join(TABLES)}; beside them only currency, date_format and "
            "timezone.",
        )
    if flat := [key for key, value in content.items() if not isinstance(value, Mapping)]:
        raise InputError(
            f"{flat[0]} has no columns",
            where=where,
            fix="Write `canonical: source column` below it.",
        )
    return MappingFile(content, **options, where=where)


def _yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(
            "the mapping file does not exist", where=str(path), fix="Check the path."
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise InputError(
            "the mapping file is not readable as YAML",
            where=where,
            fix="Write `orders:` and, indented below it, `customer_id: <its column>` and so on.",
        ) from error
    if not isinstance(content, dict):
        raise InputError(
            "the mapping file has no tables",
            where=str(path),
            fix="Begin with `orders:` and indent its columns.",
        )
    return content


def map_table(
    table: str,
    columns: Mapping[str, Column],
    given: Mapping[str, Any] | None = None,
    *,
    where: str = "",
    identifying: Mapping[str, str] | None = None,
) -> TableMapping:
    """Map one table's columns.

    Args:
        columns: profile by source column.
        given: what the user or a preset says of this table; it is stronger than everything else.
        identifying: columns that identify a person -> kind; an e-mail may stand in for a missing
            id.

    Raises:
        InputError: `given` names columns that are not there.
    """
    picks, named, barred = _given(table, columns, given or {}, where)
    free = {n: c for n, c in columns.items() if n not in _columns(picks) | set(named.values())}
    assumed: list[str] = []
    picks |= _by_name(table, free, barred | set(picks), assumed)
    free = {n: c for n, c in free.items() if n not in _columns(picks)}
    by_shape = recognise_by_shape(table, free, set(picks) | barred)
    for canonical, (column, why) in by_shape.items():
        picks[canonical] = Pick((column,))
        assumed.append(f"{table}: {canonical} was taken from {column!r}, because {why}")
    _stand_in(table, free, picks, barred, identifying or {}, assumed)
    return TableMapping(table, picks, named, tuple(assumed))


def _columns(picks: Mapping[str, Pick]) -> set[str]:
    return {column for pick in picks.values() for column in pick.columns}


def _stand_in(
    table: str,
    free: Mapping[str, Column],
    picks: dict[str, Pick],
    barred: set[str],
    identifying: Mapping[str, str],
    assumed: list[str],
) -> None:
    """Without any customer id, the e-mail address (or phone) tells people apart."""
    if "customer_id" in picks or "customer_id" in barred or table == "products":
        return
    for kind in ("email", "phone"):
        for column in free:
            if identifying.get(column) == kind:
                picks["customer_id"] = Pick((column,))
                assumed.append(
                    f"{table}: there is no customer id; customers are told apart by {column!r}"
                )
                return


def _given(
    table: str, columns: Mapping[str, Column], given: Mapping[str, Any], where: str
) -> tuple[dict[str, Pick], dict[str, str], set[str]]:
    """(picks, named attributes, canonical columns said not to exist)."""
    picks: dict[str, Pick] = {}
    named: dict[str, str] = {}
    barred: set[str] = set()
    canonical = synonyms()[table]
    for name, said in given.items():
        if said is None:
            barred.add(name)
            continue
        pick = pick_of(said)
        pick = Pick(
            tuple(_found(c, columns, name, table, where) for c in pick.columns),
            pick.how,
            pick.prefix,
        )
        if name in canonical:
            picks[name] = pick
        else:
            named[snake_case(name)] = pick.columns[0]
    return picks, named, barred


def pick_of(said: Any) -> Pick:
    """A pick as a mapping file writes it."""
    if isinstance(said, Mapping):
        how = "first_of" if "first_of" in said else "join"
        columns = said.get("first_of") or said.get("join") or said.get("column") or ()
        columns = [columns] if isinstance(columns, str) else columns
        return Pick(tuple(map(str, columns)), how, str(said.get("prefix", "")))
    return Pick(tuple(map(str, said)) if isinstance(said, list) else (str(said),))


def _found(said: str, columns: Mapping[str, Column], name: str, table: str, where: str) -> str:
    if said in columns:
        return said
    for column in columns:
        if plain(column) and plain(column) == plain(said):
            return column
    raise InputError(
        f"the mapping takes {table}.{name} from {said!r}, and there is no such column",
        where=where,
        fix=f"The columns are: {', '.join(columns)}.",
    )


def _by_name(
    table: str, columns: Mapping[str, Column], taken: set[str], assumed: list[str]
) -> dict[str, Pick]:
    """The best pairs of canonical and source column first; each is used once."""
    pairs = sorted(
        (
            (-score, order, canonical, column)
            for order, (canonical, names) in enumerate(synonyms()[table].items())
            if canonical not in taken
            for column, profile in columns.items()
            if (named := _score(column, names)) > 0.45
            and (score := named * looks_like(canonical, profile)) > 0.45
        ),
    )
    picks: dict[str, Pick] = {}
    used: set[str] = set()
    for score, _, canonical, column in pairs:
        if canonical in picks or column in used:
            continue
        if -score < SURE and _is_attribute(column):
            continue  # its own name says what it is
        picks[canonical] = Pick((column,))
        used.add(column)
        if -score < SURE:
            assumed.append(f"{table}: {canonical} was taken from {column!r}, by likeness")
    return picks


def _is_attribute(column: str) -> bool:
    return any(
        plain(column) == plain(n) for names in synonyms()["attributes"].values() for n in names
    )


def _score(column: str, names: Sequence[str]) -> float:
    """How well a column's name fits: 1 exact, above 0.9 but for units, less by likeness, 0 not."""
    said = _in_full(column)
    fits = (_fit(said, _in_full(name)) - 0.0005 * place for place, name in enumerate(names))
    return max(fits, default=0.0)


def _fit(said: tuple[str, ...], wanted: tuple[str, ...]) -> float:
    said_name, wanted_name = "".join(said), "".join(wanted)
    if said_name == wanted_name:
        return 1.0
    if more := _more(set(said), set(wanted)):
        if more <= _fillers():
            return 0.95
        return 0.75 - 0.02 * len(more) if len(wanted) > 1 else 0.0
    if not wanted_name.isascii() and len(wanted_name) >= 3 and wanted_name in said_name:
        return 0.8
    alike = Indel.normalized_similarity(said_name, wanted_name) >= 0.9
    return 0.7 if alike and min(len(said_name), len(wanted_name)) >= 7 else 0.0


def _more(said: set[str], wanted: set[str]) -> set[str]:
    """The words said beyond the wanted ones, if all of those are said."""
    return said - wanted if wanted <= said else set()


@cache
def _in_full(name: str) -> tuple[str, ...]:
    """The words of a name with short forms written out: `Qty_Sold` -> quantity, sold."""
    full = words()["short_forms"]
    return tuple(full.get(word, word) for word in name_words(name))


@cache
def _fillers() -> frozenset[str]:
    """Words in a name that change nothing: units and small words."""
    return FILLERS | {code.lower() for code in words()["currency_codes"]}


def missing_columns(mapping: TableMapping, columns: Sequence[str], where: str) -> InputError | None:
    """The error that names every required column that was not found, and the mapping file that
    would mend it."""
    missing = mapping.missing
    return NoColumns(mapping.table, missing, columns, where=where) if missing else None
