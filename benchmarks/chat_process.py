"""`kindred chat` as a process of its own, over a copy of a workspace. Nothing is measured here."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["chat", "machine", "memory"]

KINDRED = Path(sys.executable).with_name("kindred")
PATIENCE = 120.0


@contextmanager
def chat(workspace: Path | None) -> Iterator[tuple[str, int]]:
    """The address and the process id of a chat over a copy of `workspace`; None for the demo."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        if workspace is None:
            command = [KINDRED, "demo", "--no-chat", "--workspace", shop]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        else:
            shutil.copytree(workspace, shop)
        port = _free_port()
        command = [KINDRED, "chat", "--no-browser", "--port", str(port), "--workspace", shop]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}/"
            _wait(url, process)
            yield url, process.pid
        finally:
            process.terminate()
            process.wait()


def machine() -> str:
    """The processor and how many cores of it there are."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0))
    return f"{names[0] if names else 'unknown processor'}, {cores} cores"


def memory(process: int) -> float:
    """MiB that a process holds."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    held = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(held.split()[1]) / 1024


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
