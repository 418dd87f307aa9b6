"""Which bytes a text file is made of: packed or not, in which encoding; and what is no table in
text at all."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from segmentation.types import InputError

__all__ = ["find_encoding", "open_bytes", "refuse_other_formats", "whole"]

SNIFF = 65_536
OLD_ENCODINGS = [
    "gb18030",
    "big5",
    "cp932",
    "euc_jp",
    "euc_kr",
    "cp1251",
    "koi8_r",
    "cp1250",
    "cp1253",
    "cp1254",
    "cp1252",
]


def open_bytes(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked if it is packed (by its first bytes, not by its name)."""
    with path.open("rb") as handle:
        magic = handle.read(6)
    for start, unpack in (
        (b"\x1f\x8b", gzip.open),
        (b"BZh", bz2.open),
        (b"\xfd7zXZ\x00", lzma.open),
    ):
        if magic.startswith(start):
            return cast(IO[bytes], unpack(path, "rb"))
    return path.open("rb")


@contextmanager
def whole(path: Path, after: str = "") -> Iterator[None]:
    """Says which file it was when one cannot be read, or is packed and cut off.

    Raises:
        InputError: that.
    """
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError) as error:
        raise InputError(
            f"the packed file is cut off or damaged{after}",
            where=str(path),
            fix="Copy it again, whole.",
        ) from error
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror or error}", where=str(path)
        ) from error


def find_encoding(path: Path) -> tuple[str, tuple[str, ...]]:
    """(encoding, notes), from the whole file: the first £ may be in its last line.

    Bytes that are wrong in the encoding are to be read as �; a note counts them.

    Raises:
        InputError: the file is empty, or no text.
    """
    with open_bytes(path) as handle:
        head = handle.read(SNIFF)
        if not head.strip(b"\0 \r\n\t"):
            raise InputError("the file is empty", where=str(path), fix="Give a file with rows.")
        marked = _by_mark(head)
        if not marked:
            _refuse_binary(path, head)
        encoding, wrong = _by_bytes(handle, head, marked)
    notes = [] if marked or encoding == "utf-8" else [f"{path.name}: read as {encoding}"]
    if wrong:
        notes.append(f"{path.name}: {wrong:,} places are no {encoding} and show as �")
    return encoding, tuple(notes)


def _by_mark(head: bytes) -> str | None:
    """UTF-8/16/32 by their byte order mark, UTF-16 without one by its zero bytes."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.2 * len(head) / 2 > 10 * even:
        return "utf-16-le"
    if even > 0.2 * len(head) / 2 > 10 * odd:
        return "utf-16-be"
    return None


def _by_bytes(handle: IO[bytes], head: bytes, marked: str | None) -> tuple[str, int]:
    """(encoding, wrong places), by decoding everything as what is marked, else as UTF-8."""
    decoder = codecs.getincrementaldecoder(marked or "utf-8")("replace")
    right = wrong = 0
    high = bytearray()
    chunk = head
    while chunk:
        text = decoder.decode(chunk)
        if not chunk.isascii():
            wrong += text.count("�")
            right += len(text) - len(text.encode("ascii", "ignore"))
            if len(high) < 4 * SNIFF:
                high += b"\n".join(line for line in chunk.split(b"\n") if not line.isascii())
        chunk = handle.read(1 << 20)
    if marked or wrong * 50 < right:
        return marked or "utf-8", wrong
    return (_legacy(bytes(high)), 0) if wrong else ("utf-8", 0)


def _legacy(high: bytes) -> str:
    """Which of the old encodings some lines with high bytes are in."""
    runs = re.findall(rb"[\x80-\xff]+", high)
    total = sum(map(len, runs))
    common = len(re.findall(rb"[\xb0-\xd7][\xa1-\xfe]", high))  # the 3,755 everyday characters
    if 2 * common >= 0.5 * total and _decodes(high, "gb18030"):
        return "gb18030"
    if total / len(runs) > 2.2 and (guess := _guess(high)):
        return guess
    return "cp1252" if _decodes(high, "cp1252") else "latin-1"


def _guess(high: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(high[:SNIFF], cp_isolation=OLD_ENCODINGS).best()
    return best.encoding if best else None


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(data)
    except UnicodeDecodeError:
        return False
    return True


# What is not a table in text


def _refuse_binary(path: Path, head: bytes) -> None:
    named = {
        b"PK\x03\x04": ("a ZIP archive", "Unpack it and give the file inside."),
        b"%PDF": ("a PDF document", "Export the table as CSV."),
        b"\x89PNG": ("a picture", "Give a table."),
        b"\xff\xd8\xff": ("a picture", "Give a table."),
        b"SQLite format 3": ("an SQLite database", "Give it as sqlite:///FILE with a table name."),
        b"\x28\xb5\x2f\xfd": ("packed with zstd", "Unpack it, or pack it with gzip."),
        b"7z\xbc\xaf": ("a 7z archive", "Unpack it and give the file inside."),
        b"Rar!": ("a RAR archive", "Unpack it and give the file inside."),
    }
    for magic, (what, fix) in named.items():
        if head.startswith(magic):
            raise InputError(f"the file is {what}, not a table in text", where=str(path), fix=fix)
    control = sum(head.count(c) for c in range(32) if c not in (0, 9, 10, 11, 12, 13, 26, 1, 31))
    if control > 0.02 * len(head) or head.count(0) > 0.1 * len(head):
        raise InputError(
            "the file is binary, not a table in text",
            where=str(path),
            fix="Give CSV, TSV, Parquet or Excel.",
        )


def refuse_other_formats(path: Path, head: Sequence[str]) -> None:
    start = next((line.strip().lower() for line in head if line.strip()), "")
    if start.startswith(("<!doctype", "<html", "<head", "<body", "<table", "<?xml")):
        raise InputError(
            "the file is a web page or XML, not a table in text",
            where=str(path),
            fix="Download the data itself, not the page that shows it.",
        )
    if start.startswith(("{", "[{")) or start == "[":
        raise InputError("the file is JSON", where=str(path), fix="Export it as CSV or Parquet.")
    if not start:
        raise InputError("the file is empty", where=str(path), fix="Give a file with rows.")
