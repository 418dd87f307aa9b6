"""The rows that were set aside, as the file to mend them by."""

import csv
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assistant.export.log import read
from assistant.loading import aside
from segmentation.types import InputError


@pytest.fixture
def save(tmp_path):
    """A snapshot with these rows set aside; returns the file its user would save."""
    (tmp_path / "quarantine").mkdir()

    def save(rows):
        table = pa.Table.from_pylist(rows)
        pq.write_table(table, tmp_path / "quarantine" / "orders.parquet")
        return aside.set_aside(tmp_path, tmp_path, "orders", "anna")

    return save


def test_excel_opens_it_as_what_it_is(save, tmp_path):
    content = save([{"客户": "", "line": 301, "备注": "=1+1", "reason": "no customer"}])
    assert content.startswith("\ufeff")
    (row,) = csv.DictReader(io.StringIO(content.removeprefix("\ufeff")))
    assert list(row) == ["reason", "line", "客户", "备注"]
    assert row["备注"] == "'=1+1"
    (entry,) = read(tmp_path)
    assert (entry["rows"], entry["by"]) == (1, "anna")
    assert "left_off" not in entry


def test_where_it_is_cut_the_log_says_so(save, tmp_path, monkeypatch):
    monkeypatch.setattr(aside, "MOST_ROWS", 2)
    content = save([{"reason": "no customer", "line": line} for line in range(5)])
    assert len(content.splitlines()) == 3
    (entry,) = read(tmp_path)
    assert (entry["rows"], entry["left_off"]) == (2, 3)


def test_another_table_is_refused(save, tmp_path):
    save([{"reason": "no customer"}])
    with pytest.raises(InputError, match="No rows of 'secrets'"):
        aside.set_aside(tmp_path, tmp_path, "secrets", "anna")
