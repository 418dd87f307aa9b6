"""The search index against exact answers, and its recovery from every kind of damage."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from store.errors import StoreError
from store.index import CustomerIndex, Rows, index_damage

DIM = 12


class Shop:
    """Customers with seeded vectors, and what an index over them must answer."""

    def __init__(self, count=600, dim=DIM, seed=3):
        rng = np.random.default_rng(seed)
        centres = rng.normal(size=(6, dim)) * 2
        self.kind = rng.integers(0, 6, count)
        self.vectors = (centres[self.kind] + rng.normal(size=(count, dim))).astype(np.float32)
        self.ids = [f"{i:05d}" for i in range(count)]
        self.countries = [("Germany", "United Kingdom", "France")[i % 3] for i in range(count)]
        self.joined = [f"2026-{1 + i % 12:02d}-01" for i in range(count)]
        self.asked = 0

    def metadata(self, i):
        return {
            "segment": int(self.kind[i]) + 1,
            "revenue": float(i) if i % 2 else i,
            "country": self.countries[i],
            "joined": self.joined[i],
            "rating": float("nan") if i % 5 else np.float64(4.5),
            "note": None,
        }

    def rows(self):
        self.asked += 1
        for start in range(0, len(self.ids), 250):
            part = range(start, min(start + 250, len(self.ids)))
            yield Rows(
                [self.ids[i] for i in part],
                self.vectors[start : start + 250],
                [self.metadata(i) for i in part],
                [f"Customer {i} buys lamps." for i in part],
            )

    @property
    def fingerprint(self):
        dim = self.vectors.shape[1]
        return {"encoder": "abc", "snapshot": "s1", "dim": dim, "count": len(self.ids)}

    def open(self, folder, **changes):
        fingerprint = {**self.fingerprint, **changes}
        return CustomerIndex.open(folder, fingerprint=fingerprint, rows=self.rows)

    def expected(self, query, n, fits=lambda i: True):
        """The n nearest by brute force in float64."""
        vectors = self.vectors.astype(np.float64)
        scores = vectors @ query / np.linalg.norm(vectors, axis=1) / np.linalg.norm(query)
        order = [i for i in np.argsort(-scores, kind="stable") if fits(i)]
        return [(self.ids[i], scores[i]) for i in order[:n]]


@pytest.fixture(scope="module")
def shop():
    return Shop()


@pytest.fixture(scope="module")
def built(shop, tmp_path_factory):
    """A closed index that tests may copy."""
    folder = tmp_path_factory.mktemp("built") / "s1"
    with shop.open(folder) as index:
        assert index.rebuilt == "there is no index yet"
    return folder


@pytest.fixture
def folder(built, tmp_path):
    return shutil.copytree(built, tmp_path / "s1")


@pytest.fixture(scope="module")
def index(shop, built, tmp_path_factory):
    copy = shutil.copytree(built, tmp_path_factory.mktemp("shared") / "s1")
    with shop.open(copy) as index:
        yield index


def ids(matches):
    return [match.customer_id for match in matches]


def check(shop, index):
    query = shop.vectors[17]
    assert index.count() == len(shop.ids)
    assert ids(index.nearest(query, 10)) == [id for id, _ in shop.expected(query, 10)]


def test_nearest_are_the_exact_ones_with_their_cosine(shop, index):
    for i in range(0, 600, 60):
        expected = shop.expected(shop.vectors[i], 10)
        found = index.nearest(shop.vectors[i], 10)
        assert ids(found) == [id for id, _ in expected]
        np.testing.assert_allclose([m.score for m in found], [s for _, s in expected], atol=1e-5)


def test_a_match_brings_metadata_and_document(shop, index):
    match = index.nearest(shop.vectors[11], 1)[0]
    assert match.customer_id == "00011"
    assert match.metadata == {
        "segment": int(shop.kind[11]) + 1,
        "revenue": 11.0,
        "country": "France",
        "joined": "2026-12-01",
    }
    assert match.document == "Customer 11 buys lamps."


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        ([("segment", "eq", 2)], lambda s, i: s.kind[i] == 1),
        ([("segment", "ne", 2)], lambda s, i: s.kind[i] != 1),
        ([("segment", "in", [1, 3])], lambda s, i: s.kind[i] in (0, 2)),
        ([("revenue", "between", [100, 200])], lambda s, i: 100 <= i <= 200),
        ([("revenue", "lt", 7)], lambda s, i: i < 7),
        ([("rating", "gt", 4)], lambda s, i: i % 5 == 0),
        ([("joined", "ge", "2026-11-01")], lambda s, i: s.joined[i] >= "2026-11-01"),
        ([("country", "contains", "king")], lambda s, i: i % 3 == 1),
        (
            [("country", "eq", "Germany"), ("joined", "lt", "2026-03"), ("revenue", "gt", 50)],
            lambda s, i: i % 3 == 0 and i % 12 < 2 and i > 50,
        ),
    ],
)
def test_filters_never_shorten_the_answer(shop, index, where, fits):
    where = [dict(zip(("field", "op", "value"), one, strict=True)) for one in where]
    for n in (5, 40, 1000):
        expected = shop.expected(shop.vectors[3], n, lambda i: fits(shop, i))
        assert ids(index.nearest(shop.vectors[3], n, where=where)) == [id for id, _ in expected]


def test_excluded_customers_are_replaced_by_the_next(shop, index):
    query = shop.vectors[3]
    first = ids(index.nearest(query, 60))
    rest = index.nearest(query, 10, exclude=first[:50])
    assert ids(rest) == first[50:]
    assert index.nearest(query, 10, exclude=shop.ids) == []


def test_the_whole_base_can_be_asked_for(shop, index):
    query = shop.vectors[3]
    assert ids(index.nearest(query, 10_000)) == [id for id, _ in shop.expected(query, 600)]


def test_questions_that_cannot_be_are_refused(shop, index):
    with pytest.raises(ValueError, match="n must be"):
        index.nearest(shop.vectors[0], 0)
    with pytest.raises(ValueError, match="shape"):
        index.nearest(shop.vectors[0][:5], 3)
    with pytest.raises(ValueError, match="unknown field 'colour'; known: country, joined"):
        index.nearest(shop.vectors[0], 3, where=[{"field": "colour", "op": "eq", "value": 1}])


def test_get_returns_in_the_order_asked(shop, index):
    found = index.get(["00007", "nobody", "00002", "00007"])
    assert [entry.customer_id for entry in found] == ["00007", "00002", "00007"]
    assert found[0].vector.dtype == np.float32
    np.testing.assert_allclose(found[1].vector, shop.vectors[2], rtol=1e-6)
    assert found[1].metadata["country"] == "France"
    assert index.get([]) == []


def test_threads_may_share_it(shop, index):
    wrong = []

    def ask(i):
        expected = [id for id, _ in shop.expected(shop.vectors[i], 5)]
        if ids(index.nearest(shop.vectors[i], 5)) != expected:
            wrong.append(i)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_whole_index_opens_again_without_rows(shop, folder):
    before = shop.asked
    for _ in range(3):
        with shop.open(folder) as index:
            assert index.rebuilt == ""
            check(shop, index)
    assert shop.asked == before


def test_opening_hundreds_of_times_is_no_damage(shop, folder):
    """Chroma adds a row to its lock table at every opening; it must not outgrow its page."""
    with sqlite3.connect(next(folder.glob("chroma-*/chroma.sqlite3"))) as database:
        rows = [(True,)] * 300
        database.executemany("INSERT INTO acquire_write (lock_status) VALUES (?)", rows)
    database.close()
    with shop.open(folder) as index:
        assert index.rebuilt == ""
    with sqlite3.connect(next(folder.glob("chroma-*/chroma.sqlite3"))) as database:
        count = database.execute("SELECT count(*) FROM acquire_write").fetchone()[0]
    database.close()
    assert count < 5


@pytest.mark.parametrize("count", [1, 2, 99, 251])
def test_small_bases_are_whole_on_disk_too(tmp_path, count):
    shop = Shop(count)
    with shop.open(tmp_path / "s1") as index:
        assert len(index.nearest(shop.vectors[0], 10)) == min(count, 10)
    with shop.open(tmp_path / "s1") as index:
        assert index.rebuilt == ""
        assert ids(index.nearest(shop.vectors[0], 1)) == ["00000"]
    assert index_damage(tmp_path / "s1", shop.fingerprint) == ""


def test_an_empty_base_has_nobody(tmp_path):
    index = CustomerIndex.open(tmp_path / "s1", fingerprint={"dim": 3, "count": 0}, rows=lambda: [])
    with index:
        assert index.count() == 0
        assert index.nearest([1, 2, 3], 5) == []


def test_customers_without_direction_or_metadata_are_kept(tmp_path):
    rows = Rows(["a", "b"], np.array([[0, 0], [1, 0]], np.float32), [{}, {"x": True}], ["", "d"])
    fingerprint = {"dim": 2, "count": 2}
    with CustomerIndex.open(tmp_path / "s1", fingerprint=fingerprint, rows=lambda: [rows]) as index:
        found = index.nearest([2, 0], 5)
        assert [(match.customer_id, round(match.score, 6)) for match in found] == [
            ("b", 1),
            ("a", 0),
        ]
        assert (found[1].metadata, found[1].document) == ({}, "")


def test_progress_counts_customers(shop, tmp_path):
    seen = []
    index = CustomerIndex.open(
        tmp_path / "s1",
        fingerprint=shop.fingerprint,
        rows=shop.rows,
        progress=lambda *step: seen.append(step),
    )
    index.close()
    assert seen == [("index", done, 600) for done in (0, 250, 500, 600)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": 599}, "the rows hold 600 customers, the fingerprint says 599"),
        ({"dim": DIM + 1}, "vectors have 12 dimensions instead of 13"),
    ],
)
def test_rows_that_contradict_the_fingerprint_are_refused(shop, tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        shop.open(tmp_path / "s1", **change)
    assert index_damage(tmp_path / "s1") == "the index was not finished"


def test_rows_that_do_not_align_are_refused(tmp_path):
    rows = [Rows(["a", "b"], np.ones((1, 2), np.float32), [{}, {}], ["", ""])]
    with pytest.raises(ValueError, match="do not align"):
        CustomerIndex.open(tmp_path / "s1", fingerprint={}, rows=lambda: rows)
    rows = [Rows(["a"], np.full((1, 2), np.nan, np.float32), [{}], [""])]
    with pytest.raises(ValueError, match="NaN"):
        CustomerIndex.open(tmp_path / "s1", fingerprint={}, rows=lambda: rows)
    rows = [Rows(["a"], np.ones((1, 2), np.float32), [{"x": [1]}], [""])]
    with pytest.raises(ValueError, match="metadata x must be text"):
        CustomerIndex.open(tmp_path / "s1", fingerprint={}, rows=lambda: rows)


def test_new_labels_are_found_and_survive_reopening(shop, folder):
    with shop.open(folder) as index:
        index.update_metadata(shop.ids, [{"segment": 7 + i % 2} for i in range(600)])
        index.update_metadata(["00003"], [{"country": None, "vip": True}])
    with shop.open(folder) as index:
        assert index.rebuilt == ""
        check(shop, index)
        where = [{"field": "segment", "op": "eq", "value": 8}]
        found = index.nearest(shop.vectors[3], 1000, where=where)
        assert sorted(ids(found)) == shop.ids[1::2]
        assert found[0].metadata == {
            "segment": 8,
            "revenue": 3.0,
            "joined": "2026-04-01",
            "vip": True,
        }
        vip = [{"field": "vip", "op": "eq", "value": True}]
        assert ids(index.nearest(shop.vectors[0], 5, where=vip)) == ["00003"]


def test_the_index_remembers_what_its_labels_reflect(shop, tmp_path):
    def open_it(state):
        return CustomerIndex.open(
            tmp_path / "s1", fingerprint=shop.fingerprint, rows=shop.rows, state=state
        )

    with open_it("001") as index:
        assert index.state == "001"
        index.update_metadata(["00003"], [{"segment": 5}])
        assert index.state == "001"
        index.update_metadata(["00003"], [{"segment": 6}], state="002")
        assert index.state == "002"
    with open_it("003") as index:
        assert (index.rebuilt, index.state) == ("", "002")


def test_a_label_that_cannot_be_changes_nothing(shop, folder):
    with shop.open(folder) as index:
        with pytest.raises(ValueError, match="1 ids but 2"):
            index.update_metadata(["00001"], [{}, {}])
        with pytest.raises(ValueError, match="metadata segment"):
            index.update_metadata(["00001"], [{"segment": {1}}])
    assert index_damage(folder, shop.fingerprint) == ""


def test_another_handle_sees_new_labels(shop, folder):
    with shop.open(folder) as reader, shop.open(folder) as writer:
        assert writer.rebuilt == ""
        writer.update_metadata(["00003"], [{"segment": 99}])
        where = [{"field": "segment", "op": "eq", "value": 99}]
        assert ids(reader.nearest(shop.vectors[0], 5, where=where)) == ["00003"]
        reader.update_metadata(["00004"], [{"segment": 99}])
        assert set(ids(writer.nearest(shop.vectors[4], 5, where=where))) == {"00003", "00004"}
    assert index_damage(folder, shop.fingerprint) == ""


def test_a_handle_outlives_a_rebuild_by_another(shop, folder):
    with shop.open(folder) as old:
        (folder / "ready.json").unlink()
        with shop.open(folder) as new:
            assert new.rebuilt == "the index was not finished"
            check(shop, new)
            with pytest.raises(StoreError, match="built the index anew"):
                old.update_metadata(["00003"], [{"segment": 1}])
            check(shop, new)
    assert index_damage(folder, shop.fingerprint) == ""


# Damage. Each function harms a whole index; what follows must be a rebuild and the same answers.


def chroma(folder):
    return next(path for path in folder.glob("chroma-*"))


def largest(folder, name):
    return max(folder.rglob(name), key=lambda path: path.stat().st_size)


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[int(len(content) * at) - (at == 1)] ^= 0xFF
    path.write_bytes(content)


def lose_everything(folder):
    shutil.rmtree(chroma(folder))


def lose_the_database(folder):
    largest(folder, "chroma.sqlite3").unlink()


def empty_the_database(folder):
    largest(folder, "chroma.sqlite3").write_bytes(b"")


def cut_the_database(folder):
    path = largest(folder, "chroma.sqlite3")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwrite_the_database(folder):
    path = largest(folder, "chroma.sqlite3")
    path.write_bytes(random.Random(1).randbytes(path.stat().st_size))


def lose_the_vectors(folder):
    largest(folder, "data_level0.bin").unlink()


def cut_the_vectors(folder):
    path = largest(folder, "data_level0.bin")
    path.write_bytes(path.read_bytes()[:-1])


def empty_the_record(folder):
    (folder / "ready.json").write_bytes(b"")


def garble_the_record(folder):
    (folder / "ready.json").write_text('{"format": 1, "chroma": "../.."}')


def die_while_opening(folder):
    (folder / "opening").touch()


def put_a_file_in_its_place(folder):
    shutil.rmtree(folder)
    folder.write_text("not an index")


def put_a_plain_chroma_in_its_place(folder):
    inner = chroma(folder)
    for path in inner.iterdir():
        path.rename(folder / path.name)
    inner.rmdir()
    (folder / "ready.json").unlink()


HARM = [
    lose_everything,
    lose_the_database,
    empty_the_database,
    cut_the_database,
    overwrite_the_database,
    lose_the_vectors,
    cut_the_vectors,
    empty_the_record,
    garble_the_record,
    die_while_opening,
    put_a_file_in_its_place,
    put_a_plain_chroma_in_its_place,
]


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__)
def test_a_damaged_index_is_built_anew(shop, folder, harm):
    harm(folder)
    assert index_damage(folder, shop.fingerprint)
    with shop.open(folder) as index:
        assert index.rebuilt
        check(shop, index)
    with shop.open(folder) as index:
        assert index.rebuilt == ""
        check(shop, index)
    names = {path.name.partition("-")[0] for path in folder.iterdir()}
    assert names == {"chroma", "ready.json"}


@pytest.mark.parametrize(
    "name",
    [
        "chroma.sqlite3",
        "data_level0.bin",
        "header.bin",
        "length.bin",
        "link_lists.bin",
        "index_meta*",
    ],
)
def test_a_flipped_byte_anywhere_is_seen(shop, folder, name):
    path = largest(folder, name)
    whole = path.read_bytes()
    for at in (0, 0.3, 0.77, 1):
        flip(path, at)
        assert path.name in index_damage(folder, shop.fingerprint)
        path.write_bytes(whole)
    assert index_damage(folder, shop.fingerprint) == ""
    flip(path, 0.5)
    with shop.open(folder) as index:
        assert path.name in index.rebuilt
        check(shop, index)


@pytest.mark.parametrize("change", [{"encoder": "xyz"}, {"snapshot": "s2"}, {"vectors": "abc"}])
def test_a_foreign_index_is_built_anew(shop, folder, change):
    with shop.open(folder, **change) as index:
        assert index.rebuilt == "the index stands for something else"
        check(shop, index)


def test_an_index_of_another_dimension_is_built_anew(folder):
    other = Shop(40, dim=5)
    with other.open(folder) as index:
        assert index.rebuilt == "the index stands for something else"
        check(other, index)


def test_a_record_that_lies_about_the_count_is_found_out(shop, folder):
    """Checksums agree, Chroma opens, and only the probe sees that it is not what it says."""
    path = folder / "ready.json"
    path.write_text(path.read_text().replace('"count": 600', '"count": 601'))
    fingerprint = {**shop.fingerprint, "count": 601}
    with pytest.raises(ValueError, match="fingerprint says 601"):
        CustomerIndex.open(folder, fingerprint=fingerprint, rows=shop.rows)
    with shop.open(folder) as index:
        check(shop, index)


WRITER = """
import sys
from pathlib import Path
import numpy as np
from store.index import CustomerIndex, Rows

def rows():
    vectors = np.random.default_rng(0).normal(size=(3000, 24)).astype(np.float32)
    for start in range(0, 3000, 200):
        part = range(start, start + 200)
        ids = [f"{i:05d}" for i in part]
        metadatas = [{"segment": i % 4} for i in part]
        yield Rows(ids, vectors[start:start + 200], metadatas, [f"customer {i}" for i in part])

fingerprint = {"dim": 24, "count": 3000}
index = CustomerIndex.open(Path(sys.argv[1]), fingerprint=fingerprint, rows=rows)
print("open", bool(index.rebuilt), len(index.nearest(np.ones(24), 3000)), flush=True)
if len(sys.argv) > 2:
    while True:
        index.update_metadata([f"{i:05d}" for i in range(3000)], [{"segment": 5}] * 3000)
"""


@pytest.mark.slow
def test_a_writer_killed_at_any_instant_costs_a_rebuild_and_nothing_else(tmp_path):
    draw = random.Random(5)
    command = [sys.executable, "-c", WRITER, str(tmp_path / "s1")]
    interrupted = 0
    for _ in range(12):
        with subprocess.Popen([*command, "update"], stdout=subprocess.PIPE, text=True) as writer:
            if draw.random() < 0.5:
                assert writer.stdout.readline().split()[2] == "3000"
            time.sleep(draw.uniform(0.3, 1.5))
            os.kill(writer.pid, signal.SIGKILL)
        interrupted += bool(index_damage(tmp_path / "s1"))
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split()[2] == "3000"
    assert interrupted > 0
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert again.stdout.split() == ["open", "False", "3000"]


@pytest.mark.slow
@pytest.mark.parametrize("clustered", [True, False])
def test_recall_at_ten_is_nearly_exact_at_twenty_thousand(tmp_path, clustered):
    shop = Shop(20_000, dim=100)
    if not clustered:
        rng = np.random.default_rng(0)
        shop.vectors = rng.normal(size=(20_000, 100)).astype(np.float32)
    with shop.open(tmp_path / "s1") as index:
        hits = 0
        for i in range(0, 20_000, 200):
            expected = {id for id, _ in shop.expected(shop.vectors[i], 10)}
            hits += len(expected & set(ids(index.nearest(shop.vectors[i], 10))))
    assert hits / 1000 >= 0.99
