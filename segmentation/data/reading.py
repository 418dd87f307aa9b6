"""A shop's sources -> canonical tables, with every row accepted or quarantined with its reason,
file and line.

`read_shop` stages each source, maps its columns, lets DuckDB make and check the canonical rows, and
writes `tables/<table>.parquet` and `quarantine/<table>.parquet`. It builds nothing on top of them.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path
from typing import Any

import duckdb

from segmentation.data.attributes import choose_attributes
from segmentation.data.columns import Columns, profile, relation
from segmentation.data.dates import parse_date_format, zone
from segmentation.data.errors import NoRowsLeft, SeveralFaults
from segmentation.data.mapping import (
    MappingFile,
    TableMapping,
    load_mapping,
    map_table,
    missing_columns,
)
from segmentation.data.notes import dropped_note, scrubbed_note
from segmentation.data.outcome import Checked, Reason, reasons_of, write_accepted, write_quarantined
from segmentation.data.presets import Preset, load_preset, stage_preset
from segmentation.data.privacy import PrivacyOptions, identifying_columns, pseudonym, scrub
from segmentation.data.recipes import recipe
from segmentation.data.shapes import Column
from segmentation.data.sources import Source
from segmentation.data.staging import Staged, stage
from segmentation.data.tables import TEXTS, Wishes
from segmentation.data.values import literal
from segmentation.data.words import plain
from segmentation.types import TABLES, InputError, Progress, silent

__all__ = ["ReadReport", "Reason", "read_shop"]

READING_ORDER = ("products", "customers", "orders", "events", "reviews")
"""Products first: their names fill in for order lines that have none."""

DIGEST_KEY = b"kindred customer digest"
"""Without a key of the user's, e-mails and phones that serve as customer ids become plain
digests."""


@dataclass(frozen=True)
class ReadReport:
    """What came of reading a shop. For every table `read == accepted + quarantined`.

    Args:
        assumptions: what the reading took for granted where the data does not say.
        privacy: what was dropped, replaced or scrubbed.
        currency: ISO code, or `money` where the data does not say.
        columns: table -> canonical column -> source column.
    """

    read: dict[str, int] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    privacy: list[str] = field(default_factory=list)
    currency: str = "money"
    columns: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class _Reading:
    """What all tables of one reading share."""

    con: Any
    workdir: Path
    privacy: PrivacyOptions
    said: MappingFile
    date_format: str | None
    progress: Progress
    report: ReadReport = field(default_factory=ReadReport)
    currencies: Counter[str] = field(default_factory=Counter)

    def clock(self, known: Preset | None) -> tzinfo | None:
        return zone(self.said.timezone or (known.timezone if known else None))


def read_shop(
    sources: Mapping[str, Source],
    *,
    preset: str | None = None,
    mapping: Path | str | Mapping[str, Any] | None = None,
    date_format: str | None = None,
    privacy: PrivacyOptions | None = None,
    workdir: Path,
    progress: Progress = silent,
) -> ReadReport:
    """Read a shop's data into canonical tables.

    Args:
        sources: canonical table name -> source. With a preset, the table names do not matter.
        preset: `online-retail`, `olist`, `cdnow` or `taobao`.
        mapping: mapping file or its content, see mapping.py; stronger than the preset and than
            names. date_format: `day-first`, `month-first`, `DD/MM/YYYY` or `%d/%m/%Y`, for columns
            that do not tell. workdir: where `tables/` and `quarantine/` are written.

    Raises:
        InputError: a source cannot be read at all, a required column is missing, or no row is
            usable;
            one error for all that is wrong.
    """
    _check_names(sources, preset)
    said = load_mapping(mapping)
    if wanted := date_format or said.date_format:
        parse_date_format(wanted)
    for folder in ("tables", "quarantine"):
        (workdir / folder).mkdir(parents=True, exist_ok=True)
    with _connection(workdir) as con:
        shared = _Reading(
            con,
            workdir,
            privacy or PrivacyOptions(),
            said,
            date_format or said.date_format,
            progress,
        )
        known = load_preset(preset) if preset else None
        staged = _stage_all(shared, sources, known)
        _read_all(shared, staged, known)
        shared.report.assumptions[:] = dict.fromkeys(shared.report.assumptions)
        return _with_currency(shared, known)


def _check_names(sources: Mapping[str, Source], preset: str | None) -> None:
    if not sources:
        raise InputError("no data was given", fix="Give at least --orders FILE.")
    unknown = [name for name in sources if name not in TABLES]
    if unknown and not preset:
        raise InputError(
            f"there is no table {unknown[0]!r}",
            where="sources",
            fix=f"The tables are {', '.join(TABLES)}.",
        )


@contextmanager
def _connection(workdir: Path) -> Iterator[Any]:
    """DuckDB with bounded memory; staging and spilling lie in `workdir/staging` and go when
    done."""
    staging = workdir / "staging"
    staging.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    try:
        con.execute(
            "SET memory_limit = '900MB'; SET preserve_insertion_order = false; SET TimeZone = 'UTC'"
        )
        con.execute(
            f"SET temp_directory = {literal(str(staging / 'spill'))}; SET enable_progress_bar = "
            "false"
        )
        yield con
    finally:
        con.close()
        shutil.rmtree(staging, ignore_errors=True)


def _stage_all(
    shared: _Reading, sources: Mapping[str, Source], known: Preset | None
) -> dict[str, Staged]:
    staging = shared.workdir / "staging"
    if known is not None:
        return stage_preset(known, sources, staging, shared.con, shared.progress)
    return _all_or_errors(
        {
            table: lambda table=table: stage(  # type: ignore[misc]
                sources[table], staging / table, table=table, progress=shared.progress
            )
            for table in READING_ORDER
            if table in sources
        }
    )


def _all_or_errors(steps: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """The results of all steps; the InputErrors of all that failed, as one."""
    results, errors = {}, []
    for name, step in steps.items():
        try:
            results[name] = step()
        except InputError as error:
            errors.append(error)
    if errors:
        raise errors[0] if len(errors) == 1 else SeveralFaults(errors)
    return results


def _read_all(shared: _Reading, staged: Mapping[str, Staged], known: Preset | None) -> None:
    order = [table for table in READING_ORDER if table in staged]
    steps: dict[str, Callable[[], None]] = {}
    for number, table in enumerate(order, start=1):

        def step(table: str = table, number: int = number) -> None:
            _read_table(shared, table, staged[table], known)
            shared.progress("checking", number, len(order))

        steps[table] = step
    shared.progress("checking", 0, len(order))
    _all_or_errors(steps)


def _with_currency(shared: _Reading, known: Preset | None) -> ReadReport:
    seen = shared.currencies.most_common(1)
    currency = (
        shared.said.currency or (known and known.currency) or (seen[0][0] if seen else "money")
    )
    return replace(shared.report, currency=currency)


# One table


def _read_table(shared: _Reading, table: str, staged: Staged, known: Preset | None) -> None:
    checked = _checked(shared, table, staged, known)
    accepted, reasons = reasons_of(shared.con, checked)
    report = shared.report
    report.read[table], report.accepted[table] = staged.rows, accepted
    report.quarantined[table] = staged.rows - accepted
    report.reasons.extend(reasons)
    write_quarantined(shared.con, checked, shared.workdir / "quarantine")
    if not accepted:
        raise NoRowsLeft(table, staged.rows, reasons, where=staged.place)
    write_accepted(shared.con, checked, shared.workdir / "tables")


def _checked(shared: _Reading, table: str, staged: Staged, known: Preset | None) -> Checked:
    """Map a staged table's columns and make its rows.

    Raises:
        InputError: a required column is missing, or a date column can be read two ways.
    """
    every = profile(shared.con, staged)
    ignored = {name for name in every if plain(name) in shared.said.ignored(table)}
    profiles = {name: column for name, column in every.items() if name not in ignored}
    identifying = identifying_columns({name: column.sample for name, column in every.items()})
    gone = [dropped_note(table, n, identifying[n]) for n in ignored & identifying.keys()]
    shared.report.privacy.extend(sorted(gone))
    mapping = _mapping(shared, table, staged, known, profiles, identifying)
    person = _person(shared, mapping, identifying)
    columns = Columns(
        shared.con, relation(staged), table, staged.place, shared.date_format, shared.clock(known)
    )
    scrubbed: Counter[str] = Counter()
    written = _written(mapping, profiles, identifying)
    wishes = Wishes(
        days=lambda moment: columns.sane_days(moment, known.window if known else None),
        scrub=lambda text: columns.function(_scrubber(scrubbed), text),
        person=lambda sql: columns.function(person, sql) if person else sql,
        kinds={**(known.kinds(table) if known else {}), **shared.said.kinds(table)},
        attributes=mapping.attributes,
        written=written,
    )
    made = recipe(mapping, columns, wishes)
    target = literal(str(shared.workdir / "staging" / f"{table}_checked.parquet"))
    shared.con.execute(f"COPY ({made.sql(relation(staged))}) TO {target} (FORMAT parquet)")
    _report(shared, mapping, columns, scrubbed)
    unkept = frozenset(identifying) - mapping.used - set(mapping.attributes.values())
    dropped = unkept | ignored
    return Checked(made, mapping, staged, f"read_parquet({target})", dropped, person, written)


def _mapping(
    shared: _Reading,
    table: str,
    staged: Staged,
    known: Preset | None,
    profiles: Mapping[str, Column],
    identifying: Mapping[str, str],
) -> TableMapping:
    """The table's mapping with its attributes chosen."""
    given = {**(known.given(table, profiles) if known else {}), **shared.said.of(table)} or None
    mapping = map_table(table, profiles, given, where=shared.said.where, identifying=identifying)
    if error := missing_columns(mapping, staged.columns, staged.place):
        raise error
    keep, preset = shared.privacy.keep, known is not None
    attributes, notes = choose_attributes(
        mapping, profiles, identifying, keep, staged.rows, only_given=preset
    )
    shared.report.assumptions.extend([*staged.notes, *mapping.assumptions])
    shared.report.privacy.extend(notes)
    return replace(mapping, attributes=attributes)


def _written(
    mapping: TableMapping, profiles: Mapping[str, Column], identifying: Mapping[str, str]
) -> frozenset[str]:
    """The source columns that hold what people wrote: texts, queries, and attributes in sentences.

    An identifying column that is still there was kept on purpose: `06 12 34 56 78` is no sentence.
    """
    texts = [mapping.source_of(name) for name in TEXTS.get(mapping.table, ())]
    sentences = {
        column
        for column in mapping.attributes.values()
        if column not in identifying
        and profiles[column].share(lambda value: value.count(" ") >= 4) > 0.2
    }
    return frozenset(sentences.union(*texts))


def _report(
    shared: _Reading, mapping: TableMapping, columns: Columns, scrubbed: Mapping[str, int]
) -> None:
    report, table = shared.report, mapping.table
    report.assumptions.extend(columns.notes)
    report.columns[table] = {n: str(p) for n, p in mapping.picks.items()} | dict(mapping.attributes)
    shared.currencies.update(columns.currencies)
    if scrubbed:
        report.privacy.append(scrubbed_note(table, scrubbed))


def _scrubber(found: Counter[str]) -> Callable[[str], str]:
    def clean(text: str) -> str:
        scrubbed, kinds = scrub(text)
        found.update(kinds)
        return scrubbed

    return clean


def _person(
    shared: _Reading, mapping: TableMapping, identifying: Mapping[str, str]
) -> Callable[[str], str] | None:
    """How a customer id is stored if not as it is: a pseudonym, or a digest where it is an e-mail
    or phone."""
    pick, key = mapping.picks.get("customer_id"), shared.privacy.pseudonymise_key
    if pick is None:
        return None
    kinds = {
        identifying[c] for c in pick.columns if c in identifying and c not in shared.privacy.keep
    }
    if key is None and not kinds:
        return None
    note = "customer ids were replaced by pseudonyms (keyed HMAC)"
    if key is None:
        note = (
            f"{mapping.table}: {pick} identifies people ({', '.join(sorted(kinds))}); "
            "customer ids are digests of it"
        )
    if note not in shared.report.privacy:
        shared.report.privacy.append(note)
    return lambda customer_id: pseudonym(customer_id, key or DIGEST_KEY)
