"""Snapshots: whole, ordered, current; nothing half-made is ever seen."""

import json
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from store.errors import DamagedSnapshot, NoSnapshot, OldSnapshot, StoreError, WorkspaceBusy
from store.files import read_manifest, write_manifest
from store.lock import locked
from store.snapshots import FORMAT, OLDEST, SnapshotStore, leftovers, lock_path

MOMENT = datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=UTC)


class Clock:
    """A clock that only moves when told."""

    def __init__(self, now=MOMENT):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    return SnapshotStore(tmp_path / "workspace", clock=clock)


def build(store, text="alpha", **manifest):
    with store.draft() as draft:
        (draft.path / "tables").mkdir()
        (draft.path / "tables" / "orders.parquet").write_text(text)
        (draft.path / "vectors.npy").write_bytes(b"\x00" * 64)
        return draft.commit({"recipe": {"text_weight": 0.4}, **manifest})


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_an_empty_workspace_says_what_to_do(store):
    with pytest.raises(NoSnapshot, match=r"kindred build.*kindred demo"):
        store.current()
    assert store.ids() == []
    assert not store.root.exists()


def test_a_committed_draft_is_current(store):
    made = build(store, counts={"customers": 3}, seconds={"read": 0.5})
    found = store.current()
    assert found.id == made.id == store.ids()[0]
    assert (found.path / "tables" / "orders.parquet").read_text() == "alpha"
    assert found.manifest["counts"] == {"customers": 3}
    assert found.manifest["parent"] is None
    assert found.manifest["format"] == FORMAT
    assert found.manifest["created"] == "2026-07-01T12:30:15.123000+00:00"
    assert set(found.manifest["files"]) == {"tables/orders.parquet", "vectors.npy"}
    found.verify()


def test_the_id_is_time_and_content(store, tmp_path, clock):
    id = build(store).id
    assert id.startswith("20260701T123015123-")
    same = build(SnapshotStore(tmp_path / "elsewhere", clock=clock))
    other = build(SnapshotStore(tmp_path / "third", clock=clock), text="beta")
    assert same.id == id
    assert other.id != id


def test_ids_sort_by_time_even_when_the_clock_stands_or_goes_back(store, clock):
    made = [build(store).id]
    made.append(build(store, text="beta").id)
    clock.now -= timedelta(days=1)
    made.append(build(store, text="gamma").id)
    assert store.ids() == made
    assert store.current().id == made[-1]


def test_the_parent_is_the_one_that_was_current(store):
    first = build(store)
    second = build(store)
    assert second.manifest["parent"] == first.id


def test_a_draft_that_is_not_committed_leaves_no_trace(store):
    kept = build(store)
    with store.draft() as draft:
        (draft.path / "half").write_text("half")
    assert store.current().id == kept.id
    assert names(store.folder) == [kept.id]


def test_an_exception_leaves_no_trace_and_passes_through(store):
    kept = build(store)
    with pytest.raises(KeyboardInterrupt), store.draft() as draft:
        (draft.path / "half").write_text("half")
        raise KeyboardInterrupt
    assert store.current().id == kept.id
    assert names(store.folder) == [kept.id]


def test_a_manifest_that_cannot_be_written_leaves_no_trace(store):
    kept = build(store)
    with pytest.raises(ValueError), store.draft() as draft:
        draft.commit({"seconds": float("inf")})
    with pytest.raises(ValueError, match=r"reserved.*id"), store.draft() as draft:
        draft.commit({"id": "mine"})
    assert names(store.folder) == [kept.id]
    assert build(store).id in store.ids()


def test_committing_twice_is_refused(store):
    with store.draft() as draft:
        draft.commit({})
        with pytest.raises(ValueError, match="already"):
            draft.commit({})
    store.current().verify()


def test_two_drafts_at_once_are_refused(store):
    with store.draft(), pytest.raises(WorkspaceBusy, match="building a snapshot"), store.draft():
        pass


def test_what_a_dead_process_left_is_cleared_by_the_next_draft(store):
    kept = build(store)
    (store.folder / ".draft").mkdir()
    (store.folder / ".draft" / "huge").write_text("x")
    (store.folder / ".trash-old").mkdir()
    (kept.path / "segmentations" / ".draft" / "001").mkdir(parents=True)
    (store.root / ".CURRENT.4711").write_text("half")
    assert len(leftovers(store.root)) == 4
    build(store)
    assert leftovers(store.root) == []
    kept.verify()


def test_a_folder_without_manifest_is_no_snapshot(store):
    kept = build(store)
    (store.folder / "20270101T000000000-00000000").mkdir()
    assert store.ids() == [kept.id]


def test_old_snapshots_go_with_their_index(tmp_path):
    store = SnapshotStore(tmp_path, keep=2)
    made = []
    for _ in range(4):
        made.append(build(store).id)
        (tmp_path / "index" / made[-1]).mkdir(parents=True)
        (tmp_path / "index" / f"{made[-1]}.lock").touch()
    assert store.ids() == made[2:]
    assert names(tmp_path / "index") == sorted([*made[2:], *(f"{id}.lock" for id in made[2:])])


def test_the_lineage_of_a_snapshot_goes_back_as_far_as_it_is_kept_and_whole(store):
    first, second, third = (build(store, text=text) for text in ("a", "b", "c"))
    assert [s.id for s in store.lineage(third.id)] == [third.id, second.id, first.id]
    store.point_to(first.id)
    branch = build(store, text="d")
    assert [s.id for s in store.lineage(branch.id)] == [branch.id, first.id]
    (second.path / "vectors.npy").unlink()
    assert [s.id for s in store.lineage(third.id)] == [third.id]
    assert list(store.lineage(None)) == []


def test_the_snapshot_that_a_new_one_was_built_after_stays(tmp_path):
    store = SnapshotStore(tmp_path, keep=2)
    first, second = build(store), build(store)
    store.point_to(first.id)
    third = build(store)
    assert store.ids() == [first.id, second.id, third.id]
    assert build(store).id in store.ids()
    assert store.ids()[0] == third.id


def test_an_older_snapshot_can_be_made_current(store):
    first, second = build(store), build(store, text="beta")
    store.point_to(first.id)
    assert store.current().id == first.id
    with pytest.raises(NoSnapshot, match=second.id):
        store.point_to("20270101T000000000-00000000")


def test_keep_must_be_positive(tmp_path):
    with pytest.raises(ValueError, match="keep"):
        SnapshotStore(tmp_path, keep=0)


@pytest.mark.parametrize("id", ["", "..", "../..", "20270101T000000000-00000000", "x\x00y"])
def test_an_unknown_id_names_the_known_ones(store, id):
    made = build(store)
    with pytest.raises(NoSnapshot, match=made.id):
        store.get(id)


@pytest.mark.parametrize(
    "pointer", [b"", b"../../etc\n", b"\xff\xff", b"20270101T000000000-00000000\n"]
)
def test_a_pointer_to_nothing_is_damage(store, pointer):
    build(store)
    (store.root / "CURRENT").write_bytes(pointer)
    with pytest.raises(DamagedSnapshot, match="pointer") as caught:
        store.current()
    assert caught.value.where.endswith("CURRENT")


def test_a_missing_and_a_short_file_are_named(store):
    made = build(store)
    (made.path / "vectors.npy").write_bytes(b"\x00" * 63)
    with pytest.raises(DamagedSnapshot, match=r"vectors\.npy has 63 bytes instead of 64"):
        store.current()
    (made.path / "vectors.npy").unlink()
    with pytest.raises(DamagedSnapshot, match=r"vectors\.npy is missing"):
        store.current()


def test_a_flipped_byte_is_found_by_verify(store):
    made = build(store)
    (made.path / "vectors.npy").write_bytes(b"\x00" * 63 + b"\x01")
    with pytest.raises(DamagedSnapshot, match=r"vectors\.npy differs"):
        store.current().verify()


def test_an_old_format_must_be_built_again_and_is_no_ancestor(store):
    made = build(store)
    manifest = read_manifest(made.path, newest_format=FORMAT)
    write_manifest(made.path, {**manifest, "format": OLDEST - 1})
    with pytest.raises(OldSnapshot, match="kindred build"):
        store.current()
    assert list(store.lineage(made.id)) == []


def test_a_newer_format_is_not_called_damage(store):
    made = build(store)
    manifest = read_manifest(made.path, newest_format=FORMAT)
    write_manifest(made.path, {**manifest, "format": FORMAT + 1})
    with pytest.raises(StoreError, match="newer Kindred") as caught:
        store.current()
    assert not isinstance(caught.value, DamagedSnapshot)


def test_a_manifest_of_another_snapshot_is_damage(store):
    first, second = build(store), build(store, text="beta")
    content = (first.path / "manifest.json").read_bytes()
    (second.path / "manifest.json").write_bytes(content)
    with pytest.raises(DamagedSnapshot, match="another snapshot"):
        store.current()


def segment(owner, text="labels"):
    with owner.new_segmentation({"method": "kmeans"}) as folder:
        (folder / "labels.parquet").write_text(text)
        (folder / "personas.json").write_text("[]")
        return folder.name


def test_segmentations_are_numbered_and_the_newest_is_current(store):
    made = build(store)
    assert made.segmentations() == []
    with pytest.raises(StoreError, match="kindred segment"):
        made.segmentation()
    assert [segment(made), segment(made, "other")] == ["001", "002"]
    assert made.segmentations() == ["001", "002"]
    assert (made.segmentation() / "labels.parquet").read_text() == "other"
    assert (made.segmentation("001") / "labels.parquet").read_text() == "labels"
    with pytest.raises(StoreError, match=r"segmentation 009.*Known: 001, 002"):
        made.segmentation("009")
    store.current().verify()


def test_a_draft_can_bring_its_first_segmentation(store):
    with store.draft() as draft:
        (draft.path / "vectors.npy").write_bytes(b"1234")
        assert segment(draft) == "001"
        made = draft.commit({})
    assert made.segmentations() == ["001"]
    assert set(made.manifest["files"]) == {"vectors.npy"}
    assert segment(made) == "002"
    store.current().verify()


def test_numbers_go_on_past_a_thousand(store):
    made = build(store)
    segment(made)
    (made.path / "segmentations" / "001").rename(made.path / "segmentations" / "999")
    assert segment(made) == "1000"
    assert made.segmentations() == ["999", "1000"]


def test_a_segmentation_that_fails_leaves_no_trace(store):
    made = build(store)
    with pytest.raises(RuntimeError), made.new_segmentation() as folder:
        (folder / "labels.parquet").write_text("half")
        raise RuntimeError
    assert made.segmentations() == []
    assert names(made.path / "segmentations") == []
    assert segment(made) == "001"


def test_damage_in_a_segmentation_is_named(store):
    made = build(store)
    segment(made)
    labels = made.path / "segmentations" / "001" / "labels.parquet"
    labels.write_text("labelz")
    with pytest.raises(DamagedSnapshot, match=r"labels\.parquet differs"):
        store.current().verify()
    labels.unlink()
    with pytest.raises(DamagedSnapshot, match=r"labels\.parquet is missing"):
        made.segmentation()


def test_personas_can_be_replaced_and_added(store):
    made = build(store)
    segment(made)
    made.replace("001", "personas.json", b'[{"segment": 1}]')
    made.replace("001", "notes.json", b"{}")
    folder = made.segmentation()
    assert json.loads((folder / "personas.json").read_text()) == [{"segment": 1}]
    store.current().verify()
    (folder / "notes.json").write_text("[]")
    with pytest.raises(DamagedSnapshot, match=r"notes\.json differs"):
        store.current().verify()


@pytest.mark.parametrize("name", ["manifest.json", "../x", "a/b", "", ".hidden"])
def test_only_plain_names_can_be_replaced(store, name):
    made = build(store)
    segment(made)
    with pytest.raises(ValueError, match="name"):
        made.replace("001", name, b"")


def test_writing_into_a_snapshot_waits_for_the_writer(store):
    made = build(store)
    with (
        locked(lock_path(store.root), doing="testing"),
        pytest.raises(WorkspaceBusy, match="testing"),
        made.new_segmentation(wait=0.1),
    ):
        pass


WRITER = """
import itertools, sys
from pathlib import Path
from store.snapshots import SnapshotStore
store = SnapshotStore(Path(sys.argv[1]), keep=2)
for round in itertools.count():
    with store.draft() as draft:
        for i in range(3):
            (draft.path / f"part{i}").write_bytes(f"{draft.parent}".encode() * 20_000)
        with draft.new_segmentation() as folder:
            (folder / "labels").write_text("first")
        snapshot = draft.commit({"recipe": {"round": round}})
    with snapshot.new_segmentation() as folder:
        (folder / "labels").write_text("second" * 1000)
    for i in range(3):
        snapshot.replace("001", "labels", b"again" * (i + 1) * 500)
    print(snapshot.id, flush=True)
"""


@pytest.mark.slow
def test_a_kill_at_any_instant_leaves_a_good_snapshot(tmp_path):
    draw = random.Random(7)
    store = SnapshotStore(tmp_path, keep=2)
    build(store)
    last = store.current().id
    for _ in range(25):
        command = [sys.executable, "-c", WRITER, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            reported = writer.stdout.readline().strip()  # it has started in earnest
            time.sleep(draw.uniform(0, 0.05))
            writer.kill()
            reported = [reported, *writer.stdout.read().split()][-1]
        current = store.current()
        current.verify()
        assert last < reported <= current.id
        assert current.segmentations()[0] == "001"
        last = current.id
    build(store)
    assert leftovers(tmp_path) == []
