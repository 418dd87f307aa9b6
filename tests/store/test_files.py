"""Atomic replacement, checksums, sealed folders."""

import hashlib
import json

import pytest

from store.errors import DamagedSnapshot, OldSnapshot, StoreError
from store.files import (
    damage,
    list_files,
    read_manifest,
    remove_folder,
    replace_file,
    seal,
    sha256,
    write_manifest,
)


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "sealed"
    (home / "inner").mkdir(parents=True)
    (home / "a.txt").write_bytes(b"alpha")
    (home / "inner" / "b.bin").write_bytes(bytes(range(200)))
    (home / "empty").write_bytes(b"")
    return home


def test_sha256_is_that_of_the_content(folder):
    assert sha256(folder / "a.txt") == hashlib.sha256(b"alpha").hexdigest()


def test_listing_names_every_file_with_forward_slashes(folder):
    listing = list_files(folder, skip={"empty"})
    assert set(listing) == {"a.txt", "inner/b.bin"}
    assert listing["inner/b.bin"]["size"] == 200


def test_replacing_a_file_leaves_nothing_beside_it(folder):
    replace_file(folder / "a.txt", b"beta")
    assert (folder / "a.txt").read_bytes() == b"beta"
    assert sorted(path.name for path in folder.iterdir()) == ["a.txt", "empty", "inner"]


def test_a_reader_holding_the_old_file_keeps_the_old_content(folder):
    with (folder / "a.txt").open("rb") as old:
        replace_file(folder / "a.txt", b"a much longer text")
        assert old.read() == b"alpha"


def test_a_whole_folder_has_no_damage(folder):
    listing = list_files(folder)
    assert damage(folder, listing, full=False) is None
    assert damage(folder, listing, full=True) is None


def test_a_missing_file_and_another_size_are_seen_cheaply(folder):
    listing = list_files(folder)
    (folder / "inner" / "b.bin").write_bytes(b"short")
    assert damage(folder, listing, full=False) == "inner/b.bin has 5 bytes instead of 200"
    (folder / "a.txt").unlink()
    assert damage(folder, listing, full=False) == "a.txt is missing"


def test_a_flipped_bit_is_seen_by_the_full_check_alone(folder):
    listing = list_files(folder)
    (folder / "a.txt").write_bytes(b"alphb")
    assert damage(folder, listing, full=False) is None
    assert damage(folder, listing, full=True) == "a.txt differs from its checksum"


def test_a_folder_in_a_files_place_is_damage(folder):
    listing = list_files(folder)
    (folder / "empty").unlink()
    (folder / "empty").mkdir()
    assert damage(folder, listing, full=False) == "empty is not a file"


def test_either_the_old_or_the_coming_file_is_accepted(folder):
    listing = list_files(folder)
    coming = {"size": 4, "sha256": hashlib.sha256(b"beta").hexdigest()}
    listing["a.txt"] = {**listing["a.txt"], "next": coming}
    assert damage(folder, listing, full=True) is None
    (folder / "a.txt").write_bytes(b"beta")
    assert damage(folder, listing, full=True) is None
    (folder / "a.txt").write_bytes(b"beto")
    assert damage(folder, listing, full=True) == "a.txt differs from its checksum"


def test_a_sealed_manifest_reads_back(folder):
    sealed = seal(folder, {"format": 1, "note": "größer"}, list_files(folder))
    assert read_manifest(folder, newest_format=1) == sealed
    assert sealed["note"] == "größer"


def test_a_manifest_edited_by_hand_is_refused(folder):
    seal(folder, {"format": 1, "counts": 3}, list_files(folder))
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"counts": 3', '"counts": 4'))
    with pytest.raises(DamagedSnapshot, match="differs from its checksum"):
        read_manifest(folder, newest_format=1)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format": "x", "sha256": ""}']
)
def test_an_unreadable_manifest_names_its_file(folder, content):
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(DamagedSnapshot) as caught:
        read_manifest(folder, newest_format=1)
    assert caught.value.where.endswith("manifest.json")


def test_a_newer_format_says_so(folder):
    write_manifest(folder, {"format": 2, "files": {}})
    with pytest.raises(StoreError, match=r"newer Kindred .*format 2.*up to 1"):
        read_manifest(folder, newest_format=1)


def test_a_format_that_is_no_longer_read_says_what_to_do(folder):
    write_manifest(folder, {"format": 1, "files": {}})
    with pytest.raises(OldSnapshot, match=r"older Kindred .*format 1.*from 2.*kindred build"):
        read_manifest(folder, newest_format=3, oldest_format=2)


def test_a_manifest_takes_no_nan(folder):
    with pytest.raises(ValueError):
        write_manifest(folder, {"format": 1, "files": {}, "seconds": float("nan")})
    assert not (folder / "manifest.json").exists()


def test_manifest_is_plain_json(folder):
    seal(folder, {"format": 1}, list_files(folder))
    assert json.loads((folder / "manifest.json").read_text())["files"]["a.txt"]["size"] == 5


def test_removing_a_folder_clears_what_an_earlier_removal_left(folder):
    (folder.parent / ".trash-sealed").mkdir()
    remove_folder(folder)
    remove_folder(folder)
    assert list(folder.parent.iterdir()) == []
