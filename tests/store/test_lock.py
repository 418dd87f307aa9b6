"""One writer at a time."""

import os
import subprocess
import sys
import threading

import pytest

from store.errors import StoreError, WorkspaceBusy
from store.lock import holder, locked

HOLD = """
import sys, time
from pathlib import Path
from store.lock import locked
with locked(Path(sys.argv[1]), doing="building"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other_process(tmp_path):
    """Another process that holds the lock."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "write.lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_refusal_names_process_and_purpose(tmp_path, other_process):
    with pytest.raises(WorkspaceBusy) as caught, locked(tmp_path / "write.lock", doing="me"):
        pass
    assert f"process {other_process.pid}, building since" in caught.value.what
    assert caught.value.fix
    assert f"process {other_process.pid}" in holder(tmp_path / "write.lock")


def test_a_killed_holder_frees_the_lock(tmp_path, other_process):
    other_process.kill()
    other_process.wait()
    with locked(tmp_path / "write.lock", doing="me"):
        assert f"process {os.getpid()}, me" in holder(tmp_path / "write.lock")
    assert holder(tmp_path / "write.lock") is None


def test_threads_exclude_each_other_too(tmp_path):
    refused = []

    def try_it():
        try:
            with locked(tmp_path / "write.lock", doing="second"):
                pass
        except WorkspaceBusy as error:
            refused.append(error)

    with locked(tmp_path / "write.lock", doing="first"):
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
        try_it()
    assert [f"process {os.getpid()}, first" in error.what for error in refused] == [True, True]
    with locked(tmp_path / "write.lock", doing="third"):
        pass


def test_a_waiter_gets_the_lock_when_it_is_free(tmp_path):
    held, order = threading.Event(), []

    def first():
        with locked(tmp_path / "write.lock", doing="first"):
            held.set()
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    held.wait()
    with locked(tmp_path / "write.lock", doing="second", wait=10):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_a_place_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(StoreError, match="Cannot write here"),
        locked(tmp_path / "file" / "write.lock", doing="me"),
    ):
        pass


def test_nobody_holds_a_lock_that_never_was(tmp_path):
    assert holder(tmp_path / "write.lock") is None
    assert not (tmp_path / "write.lock").exists()
