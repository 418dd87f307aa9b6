"""Broken inputs, each with the one message it gives: `python benchmarks/broken_inputs.py`.

Deterministic; writes benchmarks/results/broken_inputs.md.
"""

from __future__ import annotations

import gzip
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentation.data.reading import ReadReport, read_shop
from segmentation.types import InputError

RESULTS = Path(__file__).parent / "results" / "broken_inputs.md"
HEADER = "customer_id,order_id,date,product,qty,price\n"
GOOD = HEADER + "".join(f"{i},A{i},2020-01-{i:02d},Mug,1,2.50\n" for i in range(1, 29))


@dataclass(frozen=True)
class Broken:
    """A broken input: `make(folder)` writes it and gives the arguments of `read_shop`."""

    name: str
    make: Callable[[Path], dict[str, Any]]


def file(
    content: str | bytes, name: str = "orders.csv", **options: Any
) -> Callable[[Path], dict[str, Any]]:
    """An orders file with this content."""

    def make(folder: Path) -> dict[str, Any]:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return {"sources": {"orders": path}, **options}

    return make


def given(source: str, **options: Any) -> Callable[[Path], dict[str, Any]]:
    """A source that is only a path or URL; `{}` stands for the folder."""

    def make(folder: Path) -> dict[str, Any]:
        return {"sources": {"orders": source.replace("{}", str(folder))}, **options}

    return make


def folder_of(name: str) -> Callable[[Path], dict[str, Any]]:
    def make(folder: Path) -> dict[str, Any]:
        (folder / "shop").mkdir()
        (folder / "shop" / name).write_text("nothing to read")
        return {"sources": {"orders": folder / "shop"}}

    return make


def archive(folder: Path) -> dict[str, Any]:
    with zipfile.ZipFile(folder / "orders.csv", "w") as packed:
        packed.writestr("orders.csv", GOOD)
    return {"sources": {"orders": folder / "orders.csv"}}


def mapped(text: str) -> Callable[[Path], dict[str, Any]]:
    def make(folder: Path) -> dict[str, Any]:
        (folder / "mapping.yaml").write_text(text)
        return {**file(GOOD)(folder), "mapping": folder / "mapping.yaml"}

    return make


def two_tables(folder: Path) -> dict[str, Any]:
    (folder / "reviews.csv").write_text("customer_id,date\n1,2020-01-02\n")
    made = file("colour,size\nred,1\n")(folder)
    return {"sources": {**made["sources"], "reviews": folder / "reviews.csv"}}


def rows(*lines: str, header: str = "customer_id,date,total\n") -> Callable[[Path], dict[str, Any]]:
    return file(header + "\n".join(lines) + "\n")


BROKEN = (
    Broken("missing file", given("{}/orders.csv")),
    Broken("empty file", file(b"")),
    Broken("blank lines only", file("\n\n   \n")),
    Broken("header only", file(HEADER)),
    Broken("web page named CSV", file("<!DOCTYPE html>\n<html><body>Not found</body></html>\n")),
    Broken("JSON named CSV", file('[{"customer_id": 1}]\n')),
    Broken("picture named CSV", file(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)),
    Broken("binary named CSV", file(bytes(range(256)) * 40)),
    Broken("ZIP archive named CSV", archive),
    Broken("cut-off gzip", file(gzip.compress(GOOD.encode(), mtime=0)[:-40], "orders.csv.gz")),
    Broken("not a gzip after all", file(b"\x1f\x8b" + b"junk" * 30, "orders.csv.gz")),
    Broken("damaged Parquet", file(b"PAR1" + b"\0" * 50 + b"PAR1", "orders.parquet")),
    Broken("damaged Excel", file(b"PK\x03\x04" + b"\0" * 50, "orders.xlsx")),
    Broken("folder without data", folder_of("README.md")),
    Broken("glob without files", given("{}/*.csv")),
    Broken("missing database", given("duckdb://{}/shop.db")),
    Broken("unknown columns", file("colour,size\nred,1\n")),
    Broken("two tables wrong", two_tables),
    Broken("dates that read two ways", rows("1,03/04/2020,5", "2,05/06/2020,6")),
    Broken("dates that contradict", rows("1,13/04/2020,5", "2,05/16/2020,6")),
    Broken("no row has a date", rows("1,soon,5", "2,later,6")),
    Broken("no row has a customer", rows(",2020-01-02,5", "guest,2020-01-02,6")),
    Broken(
        "every row wrong, differently",
        rows("1,soon,5", ",2020-01-02,6", "3,2020-01-02,cheap", "4,2020-01-02"),
    ),
    Broken("mapping to a column that is not there", mapped("orders:\n  customer_id: Kunde\n")),
    Broken("mapping that is not YAML", mapped("orders: [")),
    Broken("mapping of an unknown table", mapped("bestellungen:\n  customer_id: Kunde\n")),
    Broken("unknown preset", file(GOOD, preset="uci")),
    Broken("preset with files missing", file(GOOD, preset="olist")),
    Broken("date format that is none", file(GOOD, date_format="sometimes")),
    Broken(
        "unclosed quote in one line",
        file(GOOD + '29,A29,2020-01-29,"Mug,1,2.50\n30,A30,2020-01-30,Mug,1,2\n'),
    ),
    Broken(
        "faults in single lines",
        file(
            GOOD
            + "1,A9,2020-01-09\n1,A9,2020-01-09,Mug,1,2,3\n"
            + "1,A9,never,Mug,1,2\n1,A9,2020-01-09,Mug,0,2\n"
        ),
    ),
)


def message(broken: Broken) -> str:
    """What a user is told of a broken input; paths are shortened to file names."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        try:
            report = read_shop(**broken.make(folder), workdir=folder / "work")
        except InputError as error:
            return str(error).replace(f"{folder}/", "").replace(str(folder), "the folder")
        return told(report)


def told(report: ReadReport) -> str:
    """The report of a file that could be read but for some lines."""
    listed = "".join(
        f"\n- {r.reason} in {r.rows:,} rows, the first {r.example}. {r.fix}" for r in report.reasons
    )
    return (
        f"{report.accepted['orders']} of {report.read['orders']} rows accepted; set aside:{listed}"
    )


def table() -> str:
    """All broken inputs and their messages as Markdown."""
    lines = ["# Broken inputs and what a user is told", "", "| input | message |", "|---|---|"]
    for broken in BROKEN:
        cell = message(broken).replace("|", "\\|").replace("<", "&lt;").replace("\n", "<br>")
        lines.append(f"| {broken.name} | {cell} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    text = table()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text, encoding="utf-8")
    print(text)
