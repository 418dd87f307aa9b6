"""Broken inputs: each gives one clear message, word for word. The inputs are those of
benchmarks/broken_inputs.py."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

PATH = Path(__file__).parents[3] / "benchmarks" / "broken_inputs.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("broken_inputs", PATH)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


broken_inputs = load()

EMPTY = "the file is empty (orders.csv). Give a file with rows."
CUT_OFF = "the packed file is cut off or damaged (orders.csv.gz). Copy it again, whole."
NO_COLUMNS = (
    "in the orders, no column was recognised as customer_id, ordered_at and unit_price or total "
    "(orders.csv). "
    "The columns are: colour, size. Say which is which in a file given with --mapping:\n"
    "orders:\n  customer_id: <its column>\n  ordered_at: <its column>\n  unit_price: <its column>"
)
MESSAGES = {
    "missing file": "the file does not exist (orders.csv). Check the path.",
    "empty file": EMPTY,
    "blank lines only": EMPTY,
    "header only": "the file has a header but no rows (orders.csv). Give a file with rows.",
    "web page named CSV": "the file is a web page or XML, not a table in text (orders.csv). "
    "Download the data itself, not the page that shows it.",
    "JSON named CSV": "the file is JSON (orders.csv). Export it as CSV or Parquet.",
    "picture named CSV": "the file is a picture, not a table in text (orders.csv). Give a table.",
    "binary named CSV": "the file is binary, not a table in text (orders.csv). Give CSV, TSV, "
    "Parquet or Excel.",
    "ZIP archive named CSV": "the file is a ZIP archive, not a table in text (orders.csv). "
    "Unpack it and give the file inside.",
    "cut-off gzip": CUT_OFF,
    "not a gzip after all": CUT_OFF,
    "damaged Parquet": "the file is not readable as Parquet (orders.parquet). Export it again.",
    "damaged Excel": "the file is not readable as Excel (orders.xlsx). Export it again.",
    "folder without data": "the folder has no file that can be read (shop). "
    "Readable are CSV, TSV and TXT (also gzipped), Parquet and Excel.",
    "glob without files": "no file matches the pattern (*.csv). Check the path.",
    "missing database": "the database file does not exist (duckdb://shop.db). Check the path.",
    "unknown columns": NO_COLUMNS,
    "two tables wrong": f"2 things are wrong with the data. \n- {NO_COLUMNS}\n"
    "- in the reviews, no column was recognised as rating or text (reviews.csv). The columns "
    "are: customer_id, "
    "date. Say which is which in a file given with --mapping:\nreviews:\n  rating: <its column>",
    "dates that read two ways": 'dates such as "03/04/2020" can be read two ways: 3 April 2020 '
    "(day first) or "
    "4 March 2020 (month first) (orders.csv, column date). "
    "Say which one with --date-format day-first or --date-format month-first.",
    "dates that contradict": "dates are written day first in 1 rows and month first in 1 rows "
    "(orders.csv, column "
    "date). Say which one holds with --date-format day-first or --date-format month-first; the "
    "others are then set aside.",
    "no row has a date": "none of the 2 rows of the orders can be used (orders.csv). \n"
    '- unreadable date in 2 rows, the first orders.csv line 2: date is "soon". '
    "Write date like 2011-12-31 or 2011-12-31 18:30, or say how with --date-format.",
    "no row has a customer": "none of the 2 rows of the orders can be used (orders.csv). \n"
    "- no customer in 2 rows, the first orders.csv line 2: customer_id is empty. "
    "Fill in customer_id where the customer is known; rows of nobody belong to no segment.",
    "every row wrong, differently": "none of the 4 rows of the orders can be used (orders.csv). \n"
    "- too few fields in 1 rows, the first orders.csv line 5: 4,2020-01-02. Complete the line, "
    "or leave it out.\n"
    "- no customer in 1 rows, the first orders.csv line 3: customer_id is empty. "
    "Fill in customer_id where the customer is known; rows of nobody belong to no segment.\n"
    '- unreadable date in 1 rows, the first orders.csv line 2: date is "soon". '
    "Write date like 2011-12-31 or 2011-12-31 18:30, or say how with --date-format.\n"
    '- unreadable number in 1 rows, the first orders.csv line 4: total is "cheap". '
    "Write total as a number, like 1234.50 or 1.234,50.",
    "mapping to a column that is not there": "the mapping takes orders.customer_id from 'Kunde', "
    "and there is no such "
    "column (mapping.yaml). The columns are: customer_id, order_id, date, product, qty, price.",
    "mapping that is not YAML": "the mapping file is not readable as YAML (mapping.yaml, line 1). "
    "Write `orders:` and, indented below it, `customer_id: <its column>` and so on.",
    "mapping of an unknown table": "the mapping speaks of bestellungen (mapping.yaml). Its "
    "tables are orders, events, "
    "reviews, products, customers; beside them only currency, date_format and timezone.",
    "unknown preset": "there is no preset 'uci' (--preset). The presets are cdnow, olist, "
    "online-retail, taobao.",
    "preset with files missing": "files of olist are missing: olist_order_items, olist_orders, "
    "olist_customers "
    "(the folder). Put them beside the others.",
    "date format that is none": "the date format 'sometimes' is not understood (--date-format). "
    "Write day-first, month-first, DD/MM/YYYY or %d/%m/%Y.",
    "unclosed quote in one line": "29 of 30 rows accepted; set aside:\n"
    '- unclosed quote in 1 rows, the first orders.csv line 30: 29,A29,2020-01-29,"Mug,1,2.50. '
    "Close the quote, or write quotes inside a field twice.",
    "faults in single lines": "28 of 32 rows accepted; set aside:\n"
    "- too few fields in 1 rows, the first orders.csv line 30: 1,A9,2020-01-09. Complete the "
    "line, or leave it out.\n"
    "- too many fields in 1 rows, the first orders.csv line 31: 1,A9,2020-01-09,Mug,1,2,3. "
    "Quote the fields that contain the delimiter.\n"
    '- unreadable date in 1 rows, the first orders.csv line 32: date is "never". '
    "Write date like 2011-12-31 or 2011-12-31 18:30, or say how with --date-format.\n"
    '- zero quantity in 1 rows, the first orders.csv line 33: qty is "0". Leave these lines out, '
    "or correct the quantity.",
}


@pytest.mark.parametrize("broken", broken_inputs.BROKEN, ids=lambda broken: broken.name)
def test_a_broken_input_gives_its_one_message(broken) -> None:
    assert broken_inputs.message(broken) == MESSAGES[broken.name]


def test_every_broken_input_has_an_expected_message() -> None:
    assert [broken.name for broken in broken_inputs.BROKEN] == list(MESSAGES)


def test_a_fatal_error_leaves_no_tables(tmp_path: Path) -> None:
    from segmentation.data.reading import read_shop
    from segmentation.types import InputError

    (tmp_path / "orders.csv").write_text("colour,size\nred,1\n")
    with pytest.raises(InputError):
        read_shop({"orders": tmp_path / "orders.csv"}, workdir=tmp_path / "work")

    assert not list((tmp_path / "work" / "tables").iterdir())
    assert not (tmp_path / "work" / "staging").exists()
