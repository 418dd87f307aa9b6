"""The encoding cache: what goes in comes out, and whatever happens to the file, nothing breaks."""

import sqlite3
import threading
import warnings

import numpy as np
import pytest

from store.encodings import EncodingCache

TEXTS = ["red teapot", "", "茶壶", "half a surrogate \ud83d"]


@pytest.fixture
def vectors():
    return np.random.default_rng(0).normal(size=(len(TEXTS), 8)).astype(np.float32)


@pytest.fixture
def cache(tmp_path, vectors):
    cache = EncodingCache(tmp_path / "cache" / "encodings.sqlite")
    cache.put("encoder a", TEXTS, vectors)
    return cache


def test_returns_the_very_bytes_that_were_put(cache, vectors):
    found = EncodingCache(cache.path).get("encoder a", TEXTS)
    assert list(found) and set(found) == set(TEXTS)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert found[text].dtype == np.float32
        assert found[text].tobytes() == vector.tobytes()


def test_knows_only_what_was_put_for_that_encoder(cache):
    assert cache.get("encoder b", TEXTS) == {}
    assert set(cache.get("encoder a", ["red teapot", "blue teapot"])) == {"red teapot"}


def test_putting_again_replaces(cache, vectors):
    cache.put("encoder a", ["red teapot"], vectors[1:2])
    assert np.array_equal(cache.get("encoder a", ["red teapot"])["red teapot"], vectors[1])
    assert cache.count() == len(TEXTS)


def test_more_texts_than_one_statement_takes(tmp_path):
    cache = EncodingCache(tmp_path / "many.sqlite")
    texts = [f"product {i}" for i in range(1_234)]
    cache.put("a", texts, np.arange(1_234 * 2, dtype=np.float32).reshape(-1, 2))
    found = cache.get("a", [*texts, "another"])
    assert len(found) == 1_234
    assert found["product 1000"].tolist() == [2000.0, 2001.0]


def test_texts_are_not_in_the_file(cache):
    assert b"teapot" not in cache.path.read_bytes()


def test_remove_forgets_for_every_encoder_and_leaves_no_bytes(cache, vectors):
    cache.put("encoder b", TEXTS[:1], vectors[:1] * 3)
    assert cache.remove([TEXTS[0], "never seen"]) == 2
    assert cache.get("encoder a", TEXTS).keys() == set(TEXTS[1:])
    assert vectors[0].tobytes() not in cache.path.read_bytes()
    assert (vectors[0] * 3).tobytes() not in cache.path.read_bytes()


def test_a_call_is_kept_whole_or_not_at_all(cache, vectors):
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        cache.put("encoder c", ["one", "two"], vectors[:1])
    assert cache.get("encoder c", ["one", "two"]) == {}


@pytest.mark.parametrize("damage", ["noise", "cut", "holes"])
def test_a_damaged_file_is_set_aside_and_started_anew(tmp_path, damage):
    cache = EncodingCache(tmp_path / "encodings.sqlite")
    vectors = np.ones((400, 300), dtype=np.float32)
    texts = [str(i) for i in range(400)]
    cache.put("a", texts, vectors)
    whole = cache.path.read_bytes()
    broken = {
        "noise": b"\x13" * len(whole),
        "cut": whole[: len(whole) // 2],
        "holes": whole[:4096] + b"\xff" * (len(whole) - 4096),
    }[damage]
    cache.path.write_bytes(broken)
    with pytest.warns(RuntimeWarning, match="was unusable .* started anew"):
        assert cache.get("a", texts) == {}
    cache.put("a", texts, vectors)
    assert len(cache.get("a", texts)) == 400
    assert (tmp_path / "encodings.sqlite.unusable").read_bytes() == broken


def test_a_flipped_bit_in_a_vector_is_a_miss(cache, vectors):
    content = cache.path.read_bytes()
    place = content.index(vectors[0].tobytes())
    flipped = bytes([content[place] ^ 1])
    cache.path.write_bytes(content[:place] + flipped + content[place + 1 :])
    assert TEXTS[0] not in cache.get("encoder a", TEXTS)
    assert TEXTS[1] in cache.get("encoder a", TEXTS)


def test_somebody_elses_database_is_kept(tmp_path):
    path = tmp_path / "encodings.sqlite"
    with sqlite3.connect(path) as theirs:
        theirs.execute("CREATE TABLE precious (value)")
    theirs.close()
    content = path.read_bytes()
    with pytest.warns(RuntimeWarning, match="not an encoding cache"):
        assert EncodingCache(path).get("a", ["x"]) == {}
    assert (tmp_path / "encodings.sqlite.unusable").read_bytes() == content


def test_a_place_that_cannot_be_written_costs_only_the_cache(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    cache = EncodingCache(tmp_path / "file" / "encodings.sqlite")
    with pytest.warns(RuntimeWarning, match="cannot be used and is skipped"):
        assert cache.get("a", ["x"]) == {}
    with pytest.warns(RuntimeWarning, match="cannot be used and is skipped"):
        cache.put("a", ["x"], np.ones((1, 2), dtype=np.float32))


def test_an_empty_file_is_a_new_cache(tmp_path):
    path = tmp_path / "encodings.sqlite"
    path.touch()
    assert EncodingCache(path).get("a", ["x"]) == {}


def test_readers_and_writers_at_once(tmp_path):
    path = tmp_path / "encodings.sqlite"
    failures = []

    def work(number):
        cache = EncodingCache(path)
        mine = [f"{number}-{i}" for i in range(40)]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                cache.put("a", mine, np.full((40, 4), number, dtype=np.float32))
                found = cache.get("a", mine)
                assert all(found[text].tolist() == [number] * 4 for text in mine)
            except (AssertionError, KeyError, RuntimeWarning) as error:
                failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert EncodingCache(path).count() == 8 * 40
