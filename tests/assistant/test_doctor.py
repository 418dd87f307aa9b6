"""The doctor sees what is there, names what is damaged, and repairs the index alone."""

import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from assistant.doctor import Check, examine, report_of
from assistant.export.log import LOG, append
from assistant.settings import Settings
from store.index import CustomerIndex, Rows, index_lock
from store.lock import locked
from store.snapshots import SnapshotStore, lock_path


def open_index(root):
    id = SnapshotStore(root).current().id
    rows = Rows(["a", "b"], np.eye(2, dtype=np.float32), [{"x": 1}, {"x": 2}], ["A", "B"])
    fingerprint = {"snapshot": id, "dim": 2, "count": 2}
    folder = root / "index" / id
    CustomerIndex.open(folder, fingerprint=fingerprint, rows=lambda: [rows]).close()


@pytest.fixture
def root(tmp_path):
    """A workspace with one snapshot, one segmentation, an index and a chat memory."""
    home = tmp_path / "workspace"
    with SnapshotStore(home).draft() as draft:
        (draft.path / "vectors.npy").write_bytes(b"12345678")
        with draft.new_segmentation() as folder:
            (folder / "labels.parquet").write_bytes(b"1234")
        draft.commit({"customers": 2})
    open_index(home)
    with closing(sqlite3.connect(home / "conversations.sqlite")) as memory:
        memory.execute("CREATE TABLE talk (words TEXT)")
        memory.commit()
    return home


def look(root, repair=None, **settings):
    return {check.name: check for check in examine(root, Settings(**settings), repair=repair)}


def test_a_damaged_export_log_is_told_and_left_alone(root):
    append(root, {"what": "audience", "format": "csv", "rows": 1, "file": "a", "sha256": "0"})
    assert look(root)["exports"].detail.startswith("1 entered")
    (root / LOG).write_bytes((root / LOG).read_bytes() + b'{"at": \n')
    before = (root / LOG).read_bytes()
    check = look(root)["exports"]
    assert (check.status, "(2)" in check.detail) == ("damaged", True)
    assert (root / LOG).read_bytes() == before


def test_a_whole_workspace_is_all_well(root):
    checks = look(root)
    assert checks.pop("disk").status in ("ok", "warning")  # whatever this machine has
    assert {check.status for check in checks.values()} == {"ok"}
    assert list(checks) == [
        "python",
        "packages",
        "encoder",
        "language model",
        "workspace",
        "writing",
        "temporary files",
        "snapshot",
        "checksums",
        "index",
        "conversations",
    ]
    assert all(check.detail and not check.fix for check in checks.values())
    assert "chromadb 1." in checks["packages"].detail
    assert SnapshotStore(root).current().id in checks["snapshot"].detail
    assert "segmentation 001" in checks["snapshot"].detail


def test_an_empty_place_says_how_to_begin(tmp_path):
    checks = look(tmp_path / "nothing")
    assert checks["workspace"].status == checks["snapshot"].status == "warning"
    assert "kindred demo" in checks["snapshot"].fix
    assert "index" not in checks
    assert not (tmp_path / "nothing").exists()


def test_a_file_where_the_workspace_should_be(tmp_path):
    (tmp_path / "file").write_text("x")
    checks = look(tmp_path / "file")
    assert checks["workspace"].status == "damaged"
    assert checks["snapshot"].status == "warning"


def test_a_lost_file_of_the_snapshot_is_named(root):
    snapshot = SnapshotStore(root).current()
    (snapshot.path / "vectors.npy").unlink()
    check = look(root)["snapshot"]
    assert (check.status, "vectors.npy is missing" in check.detail) == ("damaged", True)
    assert "kindred build" in check.fix


def test_a_flipped_byte_is_found_and_the_index_is_not_repaired_from_it(root):
    snapshot = SnapshotStore(root).current()
    (snapshot.path / "vectors.npy").write_bytes(b"12345679")
    shutil.rmtree(root / "index")
    repaired = []
    checks = look(root, repair=lambda: repaired.append(True))
    assert checks["snapshot"].status == "ok"
    assert checks["checksums"].status == checks["index"].status == "damaged"
    assert "vectors.npy" in checks["checksums"].detail
    assert repaired == []


def test_a_damaged_index_is_repaired_through_the_callback(root):
    next(root.glob("index/*/chroma-*/chroma.sqlite3")).write_bytes(b"nothing")
    assert look(root)["index"].status == "damaged"
    check = look(root, repair=lambda: open_index(root))["index"]
    assert (check.status, check.detail) == (
        "ok",
        "built anew: chroma.sqlite3 of the index is damaged",
    )
    assert look(root)["index"].detail == "whole"


def test_a_repair_that_does_not_help_is_not_called_one(root):
    shutil.rmtree(root / "index")
    check = look(root, repair=lambda: None)["index"]
    assert check.status == "damaged"
    assert "after a repair" in check.detail


def test_an_index_in_use_is_left_alone(root):
    folder = root / "index" / SnapshotStore(root).current().id
    (folder / "ready.json").unlink()
    with locked(index_lock(folder), doing="opening the index"):
        check = look(root, repair=lambda: pytest.fail("not now"))["index"]
    assert (check.status, "opening the index" in check.detail) == ("warning", True)


def test_a_writer_is_named(root):
    with locked(lock_path(root), doing="building a snapshot"):
        (root / "snapshots" / ".draft").mkdir()
        checks = look(root)
    assert checks["writing"].status == "warning"
    assert "building a snapshot since" in checks["writing"].detail
    assert checks["temporary files"].status == "ok"


def test_what_a_dead_process_left_is_counted(root):
    (root / "snapshots" / ".draft").mkdir()
    (root / "snapshots" / ".draft" / "big").write_bytes(b"x" * 2**20)
    check = look(root)["temporary files"]
    assert check.status == "warning"
    assert check.detail == "1 left over by a process that was stopped (1 MiB)"


def test_a_damaged_chat_memory_is_found(root):
    (root / "conversations.sqlite").write_bytes(b"no database at all, only text" * 100)
    check = look(root)["conversations"]
    assert check.status == "damaged"
    assert "Move conversations.sqlite away" in check.fix


@pytest.mark.parametrize("model", ["gpt", "nobody:model"])
def test_a_language_model_that_cannot_be_says_so(root, model):
    check = look(root, model=model)["language model"]
    assert check.status == "damaged"
    assert model in check.detail and check.fix


def test_a_configured_language_model_is_not_called(root):
    check = look(root, model="openai:m", model_base_url="http://127.0.0.1:9/v1")["language model"]
    assert check.status == "ok"
    assert check.detail == "openai:m at http://127.0.0.1:9/v1: set up, not called"


def test_an_encoder_that_is_not_there_says_so(root, tmp_path):
    check = look(root, encoder=str(tmp_path / "no-encoder"))["encoder"]
    assert check.status == "damaged"
    assert check.fix


def test_the_report_is_json_and_counts_damage():
    checks = [Check("a", "ok", "fine"), Check("b", "warning", "hm", "look")]
    assert report_of(checks) == {
        "checks": [
            {"name": "a", "status": "ok", "detail": "fine", "fix": ""},
            {"name": "b", "status": "warning", "detail": "hm", "fix": "look"},
        ],
        "damaged": False,
    }
    assert report_of([*checks, Check("c", "damaged", "broken", "mend")])["damaged"] is True


def test_progress_names_each_check(root):
    seen = []
    checks = examine(root, Settings(), progress=lambda *step: seen.append(step))
    assert seen == [(check.name, i, None) for i, check in enumerate(checks, 1)]
