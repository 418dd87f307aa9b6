"""What is wrong with files and data: every fault has words in both languages of the page."""

import ast
import gzip
import re
from pathlib import Path

import pytest

import assistant
from assistant.loading.plan import Plan
from assistant.page.arrival.fault_words import error_words, known_fault
from assistant.page.arrival.file_views import plan_view
from prompts import load_yaml
from segmentation.data.errors import NoColumns, NoRowsLeft, SeveralFaults
from segmentation.data.outcome import Reason
from segmentation.types import InputError

ROOT = Path(assistant.__file__).parent.parent
ROOMS = ("segmentation/data", "segmentation/views", "segmentation/clusters", "assistant/loading")
FILES = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
FILES += [ROOT / "segmentation/pipeline.py", ROOT / "store/lock.py"]
ERRORS = {"InputError", "StoreError", "WorkspaceBusy", "TooMuchInside"}
ELSEWHERE = {
    # a mapping file, options, databases and DataFrames: the command line and Python
    "there is no time zone …",
    "the date format … is not understood",
    "the mapping speaks of …",
    "… has no columns",
    "the mapping file does not exist",
    "the mapping file is not readable as YAML",
    "the mapping file has no tables",
    "there is no preset …",
    "The key for pseudonyms is empty",
    "the table … cannot be read from the database: …",
    "the database file does not exist",
    "the DataFrame has columns twice: …",
    "no data was given",
    "there is no table …",
    "this source has no files",
    "the folder has no file that can be read",
    "a … is no source of data",
    "A demo shop needs a customer and a month",
    # a method, a number of segments, a weight: the chat and the command line
    "Customers cannot be found by text: this shop has no texts, or their weight is 0",
    "The text weight … is not between 0 and 1",
    "The views differ in customers: …",
    "A Gaussian mixture of … segments in … dimensions needs at least … customers, not …",
    "There is no clustering method …",
    "Agglomerative clustering keeps every pair of customers in memory and cannot take … of them",
    # the page's own answer to a press that it does not offer
    "No rows of … were set aside",
}
ORDERS = "customer_id,order_date,amount\n"
BROKEN = {
    "empty": b"",
    "header": ORDERS.encode(),
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(200),
    "binary": ORDERS.encode() + bytes(range(32)) * 400,
    "cut": gzip.compress(ORDERS.encode() * 9)[:-9],
    "page": b"<!doctype html><html><body>Sign in</body></html>",
    "json": b'[{"a": 1}]',
    "archive": b"7z\xbc\xaf" + bytes(200),
    "parquet": b"PAR1 and nothing more",
}


def said_in(file):
    """What the errors raised in a file say, `…` for what differs."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS and node.args:
            match node.args[0]:
                case ast.Constant(value=text):
                    yield text
                case ast.JoinedStr(values=parts):
                    yield "".join(p.value if isinstance(p, ast.Constant) else "…" for p in parts)
                case other:
                    raise AssertionError(f"{file.name}, line {other.lineno}: not a plain sentence")


def english_in(text):
    """Words of a sentence that nobody translated; names of formats are none."""
    return set(re.findall(r"\b[a-z]{3,}", text))


@pytest.fixture
def plan(tmp_path):
    plan = Plan(tmp_path / "workspace")
    yield plan
    plan.start_over()


def give(plan, tmp_path, name, content):
    upload = tmp_path / "upload" / "file"
    upload.parent.mkdir(exist_ok=True)
    upload.write_bytes(content)
    return plan.add(upload, name)


def test_every_fault_that_an_upload_or_a_build_can_raise_has_words():
    said = {text for file in FILES for text in said_in(file)}
    assert len(said) > 40
    assert said >= ELSEWHERE
    assert {text for text in said - ELSEWHERE if known_fault(text) is None} == set()
    assert {text for text in ELSEWHERE if known_fault(text)} == set()


@pytest.mark.parametrize("fault", load_yaml("data_faults")["faults"], ids=lambda f: f["said"])
def test_a_fault_reads_in_both_languages_with_all_that_differs(fault):
    places = set(re.findall(r"{(\w+)}", fault["said"]))
    for language in ("en", "zh"):
        assert set(re.findall(r"{(\w+)}", fault[language])) <= places
    told = error_words(InputError(fault["said"].replace("{", "<").replace("}", ">")), "zh")
    assert not english_in(re.sub("<.*?>", "", told))


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_told_in_chinese(plan, tmp_path, kind):
    file = give(plan, tmp_path, "坏.csv", BROKEN[kind])
    told = error_words(file.error, "zh")
    assert re.search(r"[\u4e00-\u9fff]", told)
    assert not english_in(told)


def test_columns_that_are_all_needed_are_named_so(plan, tmp_path):
    give(plan, tmp_path, "o.csv", b"colour,shape\nred,round\nblue,square\n")
    drawn = plan_view(plan, "en", over=False)
    assert (
        "These columns are all needed, and nothing is taken for them: "
        "Customer; Date of the order; Price per piece or Amount of the line." in drawn
    )
    assert "缺一不可" in plan_view(plan, "zh", over=False)
    assert "客户；下单日期；单价或金额" in plan_view(plan, "zh", over=False)


def test_one_column_that_is_needed_is_no_list(plan, tmp_path):
    give(plan, tmp_path, "o.csv", b"order_date,amount\n2024-01-31,5\n2024-02-28,6\n")
    assert "No column is taken for: Customer." in plan_view(plan, "en", over=False)


def test_rows_that_are_all_refused_are_told_in_chinese_without_paths(plan, tmp_path):
    give(plan, tmp_path, "o.csv", f"{ORDERS},2024-01-01,5\n,2024-01-02,6\n".encode())
    drawn = plan_view(plan, "zh", over=False)
    assert "o.csv：“订单”的 2 行都无法采用。没有客户（2 行）" in drawn
    assert str(tmp_path) not in drawn


def test_several_faults_name_their_files():
    reason = Reason("reviews", "no date", 3, "r.csv line 2: at is empty", "Fill it in.")
    faults = SeveralFaults(
        [
            NoColumns("orders", [("customer_id",), ("unit_price", "total")], ["a"], where="o.csv"),
            NoRowsLeft("reviews", 3, [reason], where="r.csv"),
            InputError("the file is empty", where="/srv/in/0001/e.csv", fix="Give rows."),
        ]
    )
    told = error_words(faults, "zh", ["o.csv", "r.csv", "e.csv"])
    assert not english_in(re.sub(r"\w+\.csv", "", told))
    assert "o.csv：“订单”中以下各列缺一不可：客户；单价或金额" in told
    assert "e.csv：文件是空的" in told
    assert "/srv" not in told


def test_a_fault_without_words_is_as_it_was_said_and_a_defect_is_in_the_log():
    odd = InputError("Odd", where="/srv/x.csv", fix="Mend it.")
    assert error_words(odd, "en") == "Odd. Mend it."
    assert "log" in error_words(None, "en")
