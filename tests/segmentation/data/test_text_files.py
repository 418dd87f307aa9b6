"""Text files: encodings, delimiters, headers, and one fault per line that is no row."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

from segmentation.data.text_files import Layout, open_text_file, read_batches

TABLE = "Kunde;Größe;Preis\n7;süß;1,50 €\n8;weiß;2,00 €\n"


def rows_of(path: Path, layout: Layout | None = None) -> list[tuple[int, list[str]]]:
    found = []
    for batch in read_batches(open_text_file(path, layout)):
        found += zip(batch.lines, batch.rows, strict=True)
    return found


def faults_of(path: Path) -> list[tuple[int, str]]:
    file = open_text_file(path)
    return [(fault.line, fault.reason) for b in read_batches(file) for fault in b.faults]


@pytest.fixture
def written(tmp_path: Path):
    def _write(content: str | bytes, encoding: str = "utf-8", name: str = "data.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return _write


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"],
)
def test_western_text_is_read_in_any_encoding(written, encoding: str) -> None:
    path = written(TABLE, encoding)

    assert open_text_file(path).columns == ("Kunde", "Größe", "Preis")
    assert rows_of(path) == [(2, ["7", "süß", "1,50 €"]), (3, ["8", "weiß", "2,00 €"])]


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-16-le"])
def test_chinese_text_is_read_in_any_encoding(written, encoding: str) -> None:
    text = "客户编号,商品名称,单价\n1,红色连衣裙,199\n2,蓝色牛仔裤,89\n"

    assert rows_of(written(text, encoding))[0] == (2, ["1", "红色连衣裙", "199"])


def test_a_pound_sign_far_down_the_file_does_not_break_it(written) -> None:
    lines = ["id,name,price", *(f"{i},mug,{i}" for i in range(100_000)), "9,cost £5,1"]

    assert rows_of(written("\n".join(lines), "cp1252"))[-1] == (100_002, ["9", "cost £5", "1"])


def test_latin_1_is_the_last_resort(written) -> None:
    path = written(b"id,name\n1,caf\xe9 \x81 x\n")

    assert open_text_file(path).encoding == "latin-1"


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", "^", "~", "\x01", "::", "||"])
def test_any_delimiter_is_found(written, mark: str) -> None:
    text = "\n".join(
        mark.join(row) for row in (["a", "b", "c"], ["x 1", "2,5", "z"], ["y", "3", "w"])
    )
    path = written(text.replace("2,5", "25") if mark == "," else text)

    assert open_text_file(path).columns == ("a", "b", "c")
    assert rows_of(path)[1] == (3, ["y", "3", "w"])


def test_blanks_separate_when_nothing_else_does(written) -> None:
    path = written(" 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n")

    assert rows_of(path)[0] == (1, ["00004", "0001", "19970101", "2", "29.33"])


def test_the_line_that_tells_excel_the_delimiter_is_no_row(written) -> None:
    path = written("sep=;\nid;name\n1;mug\n")

    assert rows_of(path) == [(3, ["1", "mug"])]


def test_a_title_above_the_header_is_passed_over(written) -> None:
    path = written("Sales report,,\n\nid,name,price\n1,mug,2\n2,cup,3\n")
    file = open_text_file(path)

    assert file.columns == ("id", "name", "price")
    assert file.notes == ("lines above the header were passed over",)
    assert rows_of(path)[0] == (4, ["1", "mug", "2"])


def test_without_a_header_columns_are_numbered(written) -> None:
    file = open_text_file(written("1,mug,2.5\n2,cup,3.5\n"))

    assert file.columns == ("column_1", "column_2", "column_3")
    assert file.first_line == 1


def test_a_given_header_makes_the_first_line_a_row(written) -> None:
    path = written("a,b\nc,d\n")

    assert rows_of(path, Layout(header=("x", "y"))) == [(1, ["a", "b"]), (2, ["c", "d"])]


def test_header_names_that_repeat_or_are_empty_become_distinct(written) -> None:
    file = open_text_file(written("date,Date,,price\n1,2,3,4\n"))

    assert file.columns == ("date", "Date_2", "column_3", "price")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_files_are_unpacked_whatever_their_name(written, pack) -> None:
    assert rows_of(written(pack(b"id,name\n1,mug\n")))[0] == (2, ["1", "mug"])


def test_nul_bytes_are_left_out(written) -> None:
    assert rows_of(written(b"id,name\n1,m\x00ug\n2,cup\n")) == [
        (2, ["1", "mug"]),
        (3, ["2", "cup"]),
    ]


def test_every_line_that_is_no_row_is_a_fault_with_its_line(written) -> None:
    path = written('a,b\n1,2\n1,2,3\n1\n\n,\n"x,2\n3,"four"\n5,"6\nand more"\n7,8,\n')

    assert faults_of(path) == [
        (3, "too many fields"),
        (4, "too few fields"),
        (6, "empty row"),
        (7, "unclosed quote"),
    ]
    assert rows_of(path) == [
        (2, ["1", "2"]),
        (8, ["3", "four"]),
        (9, ["5", "6\nand more"]),
        (11, ["7", "8"]),
    ]


def test_an_unclosed_quote_does_not_swallow_the_rest_of_a_long_file(written) -> None:
    lines = ["a,b", *(f"{i},ok" for i in range(60_000))]
    lines[100] = '99,"open'
    lines[55_000] = '54999,"open too'
    path = written("\n".join(lines))

    assert faults_of(path) == [(101, "unclosed quote"), (55_001, "unclosed quote")]
    assert len(rows_of(path)) == 59_998


def test_a_quoted_field_may_lie_across_a_batch_boundary(written) -> None:
    lines = ["a,b", *(f"{i},ok" for i in range(49_998)), 'x,"one', "two", 'three"', "y,z"]
    path = written("\n".join(lines))

    assert rows_of(path)[-2:] == [(50_000, ["x", "one\ntwo\nthree"]), (50_003, ["y", "z"])]


def test_inch_marks_inside_a_field_are_text(written) -> None:
    assert rows_of(written('a,b\n5" nail,1\n"6"" nail",2\n')) == [
        (2, ['5" nail', "1"]),
        (3, ['6" nail', "2"]),
    ]


def test_an_endless_field_is_a_fault(written) -> None:
    path = written("a,b\n1," + "x" * 140_000 + "\n2,ok\n")

    assert faults_of(path) == [(2, "field too long")]
    assert rows_of(path) == [(3, ["2", "ok"])]


def test_a_header_cell_may_run_over_two_lines(written) -> None:
    path = written('id,"unit\nprice"\n1,2\n')

    assert open_text_file(path).columns == ("id", "unit\nprice")
    assert rows_of(path) == [(3, ["1", "2"])]


def test_empty_columns_do_not_look_like_a_double_delimiter(written) -> None:
    assert rows_of(written("a|b|c\n1||3\n2||4\n")) == [(2, ["1", "", "3"]), (3, ["2", "", "4"])]


def test_a_header_without_a_name_for_the_row_numbers(written) -> None:
    path = written('"id","name"\n"1",7,"mug"\n"2",8,"cup"\n')

    assert open_text_file(path).columns == ("row_number", "id", "name")
    assert rows_of(path)[0] == (2, ["1", "7", "mug"])
