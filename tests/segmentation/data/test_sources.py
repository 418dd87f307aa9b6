"""Everything data comes in: files of all kinds, folders, globs, lists, frames, databases."""

from __future__ import annotations

import gzip
import sqlite3
import zipfile
from datetime import datetime
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest

from segmentation.data.sources import files_of
from segmentation.types import InputError

HEADER = "customer_id,order_id,date,product,qty,price\n"
EXPECTED = [
    ("007", "A1", datetime(2020, 1, 2, 10, 30), "Mug", 2.0, 3.5),
    ("8", "A2", datetime(2020, 1, 3), "Cup", 1.0, 4.0),
]


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["007", "8"],
            "order_id": ["A1", "A2"],
            "date": pd.to_datetime(["2020-01-02 10:30", "2020-01-03"], format="ISO8601"),
            "product": ["Mug", "Cup"],
            "qty": [2, 1],
            "price": [3.5, 4.0],
        }
    )


def content(shop) -> list[tuple[object, ...]]:
    rows = shop.rows()[
        ["customer_id", "order_id", "ordered_at", "product", "quantity", "unit_price"]
    ]
    return [tuple(row) for row in rows.itertuples(index=False)]


def test_a_data_frame(read, frame: pd.DataFrame) -> None:
    assert content(read(orders=frame)) == EXPECTED


def test_a_data_frame_with_float_ids_categories_and_gaps(read) -> None:
    frame = pd.DataFrame(
        {
            "customer": pd.Categorical(["a", "b", None]),
            "order": [536365.0, None, 3.0],
            "date": [datetime(2020, 1, 2), pd.NaT, datetime(2020, 1, 3)],
            "total": [5, 6, 7],
        }
    )
    shop = read(orders=frame)

    assert shop.column("order_id") == ["536365"]
    assert shop.reasons() == {"no customer": 1, "no date": 1}
    assert shop.quarantine()["file"].tolist() == ["DataFrame", "DataFrame"]
    assert shop.quarantine()["line"].tolist() == [2, 3]


def test_a_named_index_is_a_column(read, frame: pd.DataFrame) -> None:
    assert content(read(orders=frame.set_index("customer_id"))) == EXPECTED


def test_parquet_by_its_content_not_its_name(read, frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.to_parquet(tmp_path / "orders.data")

    assert content(read(orders=tmp_path / "orders.data")) == EXPECTED


def write_workbook(path: Path, frame: pd.DataFrame) -> None:
    book = openpyxl.Workbook()
    first = book.active
    first.append(["Orders of January"])
    first.append([])
    first.append(list(frame.columns))
    first.append(frame.iloc[0].tolist())
    second = book.create_sheet("February")
    second.append(list(frame.columns))
    second.append(frame.iloc[1].tolist())
    book.create_sheet("Notes").append(["remember", "the", "milk"])
    book["Notes"].append(["a", "b", "c"])
    book.save(path)


def test_excel_reads_all_sheets_with_the_same_columns(
    read, frame: pd.DataFrame, tmp_path: Path
) -> None:
    write_workbook(tmp_path / "orders.xlsx", frame)
    shop = read(orders=tmp_path / "orders.xlsx")

    assert content(shop) == EXPECTED
    assert (
        "sheets with other columns were passed over: orders.xlsx#Notes" in shop.report.assumptions
    )


def test_excel_lines_are_the_sheets_rows(read, frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.loc[0, "price"] = None
    write_workbook(tmp_path / "orders.xlsx", frame)

    assert (
        read(orders=tmp_path / "orders.xlsx").report.reasons[0].example
        == "orders.xlsx#Sheet line 4: price is empty"
    )


def test_excel_named_csv_is_still_excel(read, frame: pd.DataFrame, tmp_path: Path) -> None:
    write_workbook(tmp_path / "x.xlsx", frame)
    (tmp_path / "x.xlsx").rename(tmp_path / "orders.csv")

    assert content(read(orders=tmp_path / "orders.csv")) == EXPECTED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "orders"
    (folder / "2020").mkdir(parents=True)
    (folder / "a.csv").write_text(HEADER + "007,A1,2020-01-02 10:30,Mug,2,3.5\n")
    with gzip.open(folder / "2020" / "b.csv.gz", "wt") as packed:
        packed.write("Customer ID,Date,Order-ID,Product,Price,Qty\n8,2020-01-03,A2,Cup,4,1\n")
    (folder / "README.md").write_text("not data")
    (folder / ".hidden.csv").write_text("not data")
    return folder


def test_a_folder_with_its_subfolders(read, folder: Path) -> None:
    assert sorted(content(read(orders=folder))) == EXPECTED


def test_a_glob_and_a_list(read, folder: Path) -> None:
    assert sorted(content(read(orders=str(folder / "**" / "*.csv*")))) == EXPECTED
    assert content(read(orders=[folder / "a.csv", str(folder / "2020" / "b.csv.gz")])) == EXPECTED


def test_rows_of_several_files_keep_their_file_and_line(read, folder: Path) -> None:
    (folder / "c.csv").write_text(HEADER + "9,A3,soon,Cup,1,4\n")
    quarantine = read(orders=folder).quarantine()

    assert quarantine[["file", "line"]].to_numpy().tolist() == [["c.csv", 2]]


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")  # Ibis on DuckDB 2
def test_a_duckdb_table_by_url(read, frame: pd.DataFrame, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "shop.db")) as con:
        con.register("frame", frame)
        con.execute("CREATE TABLE sold AS SELECT * FROM frame")

    assert content(read(orders=(f"duckdb://{tmp_path}/shop.db", "sold"))) == EXPECTED


def test_a_sqlite_table_named_like_ours_by_url(read, frame: pd.DataFrame, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.sqlite") as con:
        frame.astype({"date": str}).to_sql("orders", con, index=False)
    con.close()

    assert content(read(orders=f"sqlite://{tmp_path}/shop.sqlite")) == EXPECTED


def test_files_of_a_folder_are_sorted_and_readable(folder: Path) -> None:
    assert [path.name for path in files_of(folder)] == ["b.csv.gz", "a.csv"]


def test_no_source_is_refused(read) -> None:
    with pytest.raises(InputError, match="no data was given"):
        read()
    with pytest.raises(InputError, match="there is no table 'orderz'"):
        read(orderz="a,b\n1,2\n")


def test_nothing_of_the_staging_is_left(read, frame: pd.DataFrame) -> None:
    shop = read(orders=frame)

    assert sorted(path.name for path in shop.workdir.iterdir()) == ["quarantine", "tables"]


def test_columns_that_differ_in_case_only_or_are_called_like_ours_are_told_apart(read) -> None:
    frame = pd.DataFrame(
        {
            "customer_id": ["1"],
            "Date": ["2020-01-02"],
            "date": ["2020-01-03"],
            "total": [5],
            "_row": [1],
        }
    )
    shop = read(orders=frame)

    assert shop.column("ordered_at") == [datetime(2020, 1, 2)]


def test_an_open_document_sheet(read, tmp_path: Path) -> None:
    def row(*cells: str) -> str:
        inside = "".join(
            f"<table:table-cell office:value-type='string'><text:p>{c}</text:p></table:table-cell>"
            for c in cells
        )
        return f"<table:table-row>{inside}</table:table-row>"

    names = "".join(
        f" xmlns:{n}='urn:oasis:names:tc:opendocument:xmlns:{n}:1.0'"
        for n in ("office", "table", "text")
    )
    rows = (
        row(*HEADER.strip().split(","))
        + row("007", "A1", "2020-01-02 10:30", "Mug", "2", "3.5")
        + row("8", "A2", "2020-01-03", "Cup", "1", "4")
    )
    body = (
        f"<office:spreadsheet><table:table table:name='S'>{rows}</table:table></office:spreadsheet>"
    )
    with zipfile.ZipFile(tmp_path / "orders.ods", "w") as book:
        kind = "application/vnd.oasis.opendocument.spreadsheet"
        space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        entry = f"<m:file-entry m:full-path='/' m:media-type='{kind}'/>"
        book.writestr("mimetype", kind)
        book.writestr(
            "META-INF/manifest.xml", f"<m:manifest xmlns:m='{space}'>{entry}</m:manifest>"
        )
        content_xml = f"<office:body>{body}</office:body>"
        content_xml = f"<office:document-content{names}>{content_xml}</office:document-content>"
        book.writestr("content.xml", f"<?xml version='1.0'?>{content_xml}")

    assert content(read(orders=tmp_path / "orders.ods")) == EXPECTED


def test_excel_lines_count_from_the_sheets_top(read, frame: pd.DataFrame, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for column, name in enumerate(frame.columns, start=2):
        book.active.cell(4, column, name)
        book.active.cell(5, column, frame.iloc[0][name])
        book.active.cell(6, column, None if name == "price" else frame.iloc[1][name])
    book.save(tmp_path / "orders.xlsx")
    shop = read(orders=tmp_path / "orders.xlsx")

    assert content(shop) == EXPECTED[:1]
    assert shop.quarantine()["line"].tolist() == [6]
