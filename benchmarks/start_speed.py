"""From `kindred chat` to a page one can see, and to the first answer, in a real browser.

Run: .venv/bin/python benchmarks/start_speed.py   (needs Debian's chromium)
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
KINDRED = ROOT / ".venv" / "bin" / "kindred"
RESULT = ROOT / "benchmarks" / "results" / "start_speed.md"
PORT = 7893
QUESTIONS = (
    "How many customers do we have?",
    "Give me an overview of the shop's customers",
    "What is in this data, in short?",
)
"""A new one for every start: a text that was asked before is not encoded again."""
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("skipped: chromium is not installed")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "shop"
        subprocess.run(
            [KINDRED, "demo", "--no-chat", "--workspace", workspace],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        rounds = [one_start(workspace, chromium, question) for question in QUESTIONS]
    RESULT.write_text(table(rounds), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def one_start(workspace: Path, chromium: str, question: str) -> tuple[float, float]:
    """Seconds from the command to the question box on screen, and to the first whole answer."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=QUIET)
        page = browser.new_page()
        started = time.perf_counter()
        command = [KINDRED, "chat", "--no-browser", "--port", str(PORT), "--workspace", workspace]
        chat = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            open_when_there(page, f"http://127.0.0.1:{PORT}/")
            page.locator("textarea").first.wait_for()
            visible = time.perf_counter() - started
            page.locator("textarea").first.fill(question)
            page.keyboard.press("Enter")
            page.get_by_text("placed", exact=False).first.wait_for(timeout=60_000)
            answered = time.perf_counter() - started
        finally:
            chat.terminate()
            chat.wait()
            browser.close()
    return visible, answered


def open_when_there(page, address: str) -> None:
    while True:
        try:
            page.goto(address, timeout=5_000)
            return
        except Exception as error:
            if "ERR_CONNECTION_REFUSED" not in str(error):
                raise
            time.sleep(0.05)


def table(rounds: list[tuple[float, float]]) -> str:
    lines = [
        "# From `kindred chat` to the first answer, demo shop, offline model",
        "",
        "| start | page visible, s | first question answered, s |",
        "|---|---|---|",
    ]
    lines += [f"| {i} | {seen:.1f} | {done:.1f} |" for i, (seen, done) in enumerate(rounds, 1)]
    return "\n".join([*lines, "", "Goals: 4 s and 10 s.", ""])


if __name__ == "__main__":
    main()
