"""Text files in, rows with exact line numbers out: encoding, delimiter, header, and faults line by
line.

Nothing is repaired: a line that is not a row of its file comes out as a fault with its reason.
Values stay strings; what they mean is not this file's business.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from segmentation.data.encodings import find_encoding, open_bytes, refuse_other_formats, whole
from segmentation.types import InputError

__all__ = ["Batch", "Fault", "Layout", "TextFile", "header_of", "open_text_file", "read_batches"]

BATCH = 50_000
MAX_SPAN = 1_000
"""A quoted field that runs on over more lines than this was never closed."""

BLANK = "blank"
MANY = "\x1f"
"""Stands for a delimiter of several characters (`::`, `||`), which Python's csv does not know."""

DELIMITERS = ("::", "||", "\t", ";", "|", "\x01", "\x1f", ",", "^", "~", "#", "¦", "§")


@dataclass(frozen=True)
class Layout:
    """What is known beforehand of a file: a preset's or the user's word, stronger than what it
    looks like."""

    header: tuple[str, ...] | None = None
    delimiter: str | None = None


@dataclass(frozen=True)
class Fault:
    """A line that is no row: its number, why, and the line itself."""

    line: int
    reason: str
    raw: str


@dataclass
class Batch:
    """Rows of one file: `lines[i]` is the line on which `rows[i]` begins, counted from 1."""

    lines: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class TextFile:
    """One text file, understood: how to read it and what its columns are called."""

    path: Path
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    first_line: int
    """Line of the first row, counted from 1."""
    notes: tuple[str, ...] = ()


def open_text_file(path: Path, layout: Layout | None = None) -> TextFile:
    """Find out how a text file is written.

    Raises:
        InputError: empty, cut off, not a text file, or a header without rows.
    """
    layout = layout or Layout()
    with whole(path):
        encoding, notes = find_encoding(path)
        head = _head(path, encoding)
    refuse_other_formats(path, head)
    lines, skipped = _without_sep_line(head)
    delimiter = layout.delimiter or _delimiter([line for line in lines if line.strip()])
    sample = list(_split(lines, delimiter))
    at, columns, more = header_of(sample, layout.header)
    if len(lines) <= at and not (layout.header and lines):
        raise InputError(
            "the file has a header but no rows", where=str(path), fix="Give a file with rows."
        )
    first_line = _lines_of(lines, delimiter, at) + 1 + skipped
    return TextFile(path, encoding, delimiter, columns, first_line, (*notes, *more))


def _lines_of(lines: Sequence[str], delimiter: str, rows: int) -> int:
    """Lines that the first rows take up: a header's cell may run over several."""
    if delimiter == BLANK:
        return rows
    mark, lines = _single(delimiter, lines)
    reader = csv.reader(lines, delimiter=mark)
    for _ in islice(reader, rows):
        pass
    return reader.line_num


# Delimiter and header


def _head(path: Path, encoding: str) -> list[str]:
    with _text(path, encoding) as handle:
        return [line.replace("\0", "")[:10_000] for line in islice(handle, 500)]


def _text(path: Path, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(open_bytes(path), encoding, "replace")


def _without_sep_line(lines: list[str]) -> tuple[list[str], int]:
    """Excel's `sep=;` line says the delimiter; the delimiter is found without it."""
    told = bool(lines) and re.fullmatch(r'"?sep=."?\s*', lines[0], re.IGNORECASE) is not None
    return (lines[1:], 1) if told else (lines, 0)


def _delimiter(lines: Sequence[str]) -> str:
    """The mark that cuts the lines into equally many fields."""
    best, best_score = ",", (0.0, 0)
    others = Counter(
        c
        for line in lines[:1]
        for c in line
        if not (c.isalnum() or c.isspace() or c in "\"'_.-/:()$€£%&@+*?!=<>[]{}\\")
    )
    for mark in dict.fromkeys([*DELIMITERS, *others]):
        score = _evenness(lines, mark)
        if score > best_score:
            best, best_score = mark, score
    if best_score[0] < 0.8:
        spread = _evenness(lines, BLANK)
        if spread[0] >= 0.8 and spread > best_score:
            return BLANK
    return best


def _evenness(lines: Sequence[str], mark: str) -> tuple[float, int]:
    """(share of rows of the commonest width, rounded; whether the first has it), 0 when a mark cuts
    nothing."""
    widths = [len(row) for row in _split(lines[:200], mark) if row]
    if not widths:
        return 0.0, 0
    width, rows = Counter(widths).most_common(1)[0]
    return (round(rows / len(widths), 1), int(widths[0] == width)) if width > 1 else (0.0, 0)


def _split(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    if delimiter == BLANK:
        return (line.split() for line in lines)
    mark, lines = _single(delimiter, lines)
    return csv.reader(lines, delimiter=mark)


def _single(delimiter: str, lines: Sequence[str]) -> tuple[str, Sequence[str]]:
    if len(delimiter) == 1:
        return delimiter, lines
    return MANY, [line.replace(delimiter, MANY) for line in lines]


def header_of(
    sample: Sequence[Sequence[str]], given: tuple[str, ...] | None = None
) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    """(rows before the first data row, column names, notes).

    Lines above the header (a report's title) are recognised by being narrower than the table. A
    first row with a number or a date in it is data: the columns are then called column_1, column_2,
    ...
    """
    if given is not None:
        return 0, given, ()
    widths = Counter(len(row) for row in sample if _filled(row))
    if not widths:
        return 0, (), ()
    width = max(widths, key=lambda w: (widths[w], w))
    top = next(i for i, row in enumerate(sample) if _may_be_header(row, width) or i > 20)
    if bare := _header_without_row_numbers(sample[:top], width):
        return (
            top,
            ("row_number", *bare),
            ("the first column has no name; it was called row_number",),
        )
    notes = ("lines above the header were passed over",) if any(map(_filled, sample[:top])) else ()
    first = [cell.strip() for cell in sample[top]]
    if any(re.fullmatch(r"[-+(]?\W{0,2}\d[\d.,/:\s-]*\W{0,2}", cell) for cell in first):
        return (
            top,
            tuple(f"column_{i + 1}" for i in range(width)),
            (*notes, "the file has no header; columns are called column_1, column_2, ..."),
        )
    names, renamed = _unique(first)
    return top + 1, names, (*notes, *renamed)


def _filled(row: Sequence[str]) -> int:
    """Cells that are not empty."""
    return sum(bool(cell.strip()) for cell in row)


def _may_be_header(row: Sequence[str], width: int) -> bool:
    """A title above the table fills one cell or two; a header fills most."""
    return _filled(row) > 0 if width < 3 else len(row) == width and 2 * _filled(row) > width


def _header_without_row_numbers(above: Sequence[Sequence[str]], width: int) -> list[str]:
    """R writes row numbers without a name for them: the header is one cell narrower than the
    rows."""
    rows = [row for row in above if _filled(row)]
    return (
        list(rows[0])
        if len(rows) == 1 and _filled(rows[0]) == len(rows[0]) == width - 1 > 1
        else []
    )


def _unique(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    seen: Counter[str] = Counter()
    result, notes = [], []
    for place, name in enumerate(names, start=1):
        name = name or f"column_{place}"
        seen[name.casefold()] += 1
        if seen[name.casefold()] > 1:
            notes.append(
                f"the header has {name!r} more than once; the later one is called "
                f"{name}_{seen[name.casefold()]}"
            )
            name = f"{name}_{seen[name.casefold()]}"
        result.append(name)
    return tuple(result), tuple(notes)


# Rows


def read_batches(file: TextFile) -> Iterator[Batch]:
    """The rows of a file in batches of at most some 50,000, in order; faults among them.

    Raises:
        InputError: the file is cut off or damaged.
    """
    line = file.first_line
    with whole(file.path, " in its rows"), _text(file.path, file.encoding) as handle:
        for _ in islice(handle, line - 1):
            pass
        rest: list[str] = []
        while block := rest + [
            text.replace("\0", "") for text in islice(handle, BATCH - len(rest))
        ]:
            last = len(block) < BATCH
            batch, used = _rows(block, line, file.delimiter, len(file.columns), last)
            yield batch
            line, rest = line + used, block[used:]


def _rows(
    block: list[str], first: int, delimiter: str, width: int, last: bool
) -> tuple[Batch, int]:
    """(the rows of a block, lines used); the lines of a row that may go on in the next block are
    left."""
    if delimiter == BLANK:
        return _checked([line.split() for line in block], block, first, width), len(block)
    mark, block = _single(delimiter, block)  # type: ignore[assignment]
    rows = _one_row_a_line(block, mark)
    if rows is not None:
        return _checked(rows, block, first, width), len(block)
    return _row_by_row(block, first, mark, width, last)


def _one_row_a_line(block: Sequence[str], mark: str) -> list[list[str]] | None:
    """All rows at once, or None when a quoted field runs over a line's end: the last line then is
    not ours."""
    end = "\x02"
    try:
        rows = list(csv.reader([*block, end], delimiter=mark))
    except csv.Error:
        return None
    return rows[:-1] if len(rows) == len(block) + 1 and rows[-1] == [end] else None


def _checked(rows: list[list[str]], block: Sequence[str], first: int, width: int) -> Batch:
    if all(len(row) == width for row in rows) and all(map(any, rows)):
        return Batch(list(range(first, first + len(rows))), rows)
    batch = Batch()
    for i, row in enumerate(rows):
        _add(batch, first + i, row, block[i], width)
    return batch


def _add(batch: Batch, line: int, row: list[str], raw: str, width: int) -> None:
    if len(row) > width and not any(cell.strip() for cell in row[width:]):
        row = row[:width]
    if not row or not raw.strip():
        return
    if not any(cell.strip() for cell in row):
        batch.faults.append(Fault(line, "empty row", raw.rstrip("\r\n")))
    elif len(row) != width:
        reason = "too many fields" if len(row) > width else "too few fields"
        batch.faults.append(Fault(line, reason, raw.rstrip("\r\n").replace(MANY, "|")))
    else:
        batch.lines.append(line)
        batch.rows.append(row)


def _row_by_row(
    block: Sequence[str], first: int, mark: str, width: int, last: bool
) -> tuple[Batch, int]:
    batch, at = Batch(), 0
    while at < len(block):
        row, span = _one_row(block, at, mark, width)
        if row is None and span == 0 and not last and len(block) - at < MAX_SPAN:
            break  # it may close in the next block
        if row is None:
            reason = "unclosed quote" if span == 0 else "field too long"
            batch.faults.append(Fault(first + at, reason, block[at].rstrip("\r\n")))
            span = 1
        else:
            _add(batch, first + at, row, "".join(block[at : at + span]), width)
        at += span
    return batch, at


def _one_row(block: Sequence[str], at: int, mark: str, width: int) -> tuple[list[str] | None, int]:
    """(row, lines it spans); (None, 0) for a quote that is never closed, (None, 1) for an endless
    field.

    A row over several lines must be well-formed to the letter and as wide as the table: an unclosed
    quote that meets the next quoted field further down would otherwise swallow the lines between.
    """
    try:
        rows = list(csv.reader([block[at], "\x02"], delimiter=mark))
        if rows[-1] == ["\x02"]:
            return rows[0], 1
        reader = csv.reader(
            islice(block, at, min(len(block), at + MAX_SPAN)), delimiter=mark, strict=True
        )
        row = next(reader)
    except csv.Error as error:
        return None, 1 if "limit" in str(error) else 0
    return (row, reader.line_num) if len(row) == width else (None, 0)
