"""The export log only grows, survives a torn line, and a file is never without its entry."""

from __future__ import annotations

import hashlib
import json
import stat
import threading

import pytest

from assistant.export.files import deliver
from assistant.export.log import LOG, append, damaged_lines, read
from segmentation.types import InputError

ENTRY = {"what": "audience", "format": "csv", "rows": 3, "file": "a.csv", "sha256": "0"}


def test_lines_are_added_and_private(tmp_path):
    append(tmp_path, ENTRY)
    append(tmp_path, {**ENTRY, "rows": 4})
    assert [entry["rows"] for entry in read(tmp_path)] == [3, 4]
    assert read(tmp_path)[0]["at"].endswith("+00:00")
    assert stat.S_IMODE((tmp_path / LOG).stat().st_mode) == 0o600


def test_a_torn_line_spoils_only_itself(tmp_path):
    append(tmp_path, ENTRY)
    with (tmp_path / LOG).open("ab") as file:
        file.write(b'{"at": "2024-01-')
    append(tmp_path, ENTRY)
    assert damaged_lines(tmp_path) == [2]
    assert len(read(tmp_path)) == 2


@pytest.mark.parametrize("line", [b"[]", b"{}", b"\xff\xfe", b'{"at": 1, "what": "x"}'])
def test_what_is_no_entry_is_damage(tmp_path, line):
    (tmp_path / LOG).write_bytes(line + b"\n")
    assert damaged_lines(tmp_path) == [1]


def test_many_writers_lose_nothing(tmp_path):
    threads = [threading.Thread(target=append, args=(tmp_path, ENTRY)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read(tmp_path)) == 12
    assert damaged_lines(tmp_path) == []


def test_a_file_is_whole_private_and_logged(tmp_path):
    out = tmp_path / "out" / "a.csv"
    out.parent.mkdir()
    out.write_bytes(b"old")
    logged = deliver(tmp_path, out, b"new", {"what": "audience", "format": "csv", "rows": 1})
    assert out.read_bytes() == b"new"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert logged["sha256"] == hashlib.sha256(b"new").hexdigest()
    assert json.loads((tmp_path / LOG).read_text()) == logged
    assert [path.name for path in out.parent.iterdir()] == ["a.csv"]


def test_without_a_log_there_is_no_file(tmp_path):
    (tmp_path / LOG).mkdir()
    out = tmp_path / "a.csv"
    with pytest.raises(InputError, match="export log cannot be written"):
        deliver(tmp_path, out, b"new", ENTRY)
    assert not out.exists()
    assert not list(tmp_path.glob(".a.csv*"))


def test_a_place_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot be written") as error:
        deliver(tmp_path, tmp_path / "no" / "a.csv", b"new", ENTRY)
    assert "no/a.csv" in error.value.where
    assert read(tmp_path) == []
