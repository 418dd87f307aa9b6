"""How soon a reader sees something: ten common questions through a real browser.

Measured inside the page, at the first frame that shows it: the question, the line of the first
step, the first word of the answer, the whole of it. The first time a question is asked in a process
("cold") is told apart from the times after. Also the first paint and what moves about after it.

Run: .venv/bin/python benchmarks/journeys.py [--workspace DIR] [--repeats 3]
It needs Debian's chromium.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chat_process import chat, machine
from playwright.sync_api import Browser, Page, sync_playwright

RESULT = Path(__file__).parent / "results" / "journeys.md"
QUESTIONS = (
    "How many customers do we have?",
    "What is our total revenue?",
    "Which segment brings in the most revenue?",
    "Which ten products bring in the most money?",
    "Show revenue by month",
    "Tell me about segment 2",
    "Compare segments 1 and 2",
    "Draw the customer map",
    "How good are these segments, honestly?",
    "Find people who like gifts",
)
MOMENTS = ("shown", "step", "word", "whole")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
LONGEST = 120_000
"""Milliseconds until an answer counts as lost."""

WATCH = """
const shifts = [];
new PerformanceObserver(list => shifts.push(...list.getEntries().filter(e => !e.hadRecentInput)))
  .observe({type: 'layout-shift', buffered: true});
// As browsers define it: the worst burst of at most five seconds without a second's pause.
window.kdShift = () => {
  let worst = 0, sum = 0, first = 0, last = 0;
  for (const {startTime: at, value} of shifts) {
    if (at - last > 1000 || at - first > 5000) [sum, first] = [0, at];
    last = at;
    worst = Math.max(worst, sum += value);
  }
  return worst;
};
const all = what => document.querySelectorAll(`#kd-chat ${what}`);
const words = row => {
  const aside = '.thought-group, .kd-thinking, button, .kd-foot';
  const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());)
    if (node.textContent.trim() && !node.parentElement.closest(aside)) return true;
  return false;
};
window.kdTimes = () => new Promise(done => {
  const start = performance.now(), seen = {};
  const before = {shown: all('.user-row').length, step: all('.thought-group').length,
                  whole: all('.kd-copy').length};
  const there = {
    shown: () => all('.user-row').length > before.shown,
    step: () => all('.thought-group').length > before.step,
    word: () => seen.shown && words([...all('.message-row')].at(-1)),
    whole: () => all('.kd-copy').length > before.whole,
  };
  const look = () => {
    for (const [name, is] of Object.entries(there))
      if (!(name in seen) && is()) seen[name] = (performance.now() - start) / 1000;
    'whole' in seen ? done(seen) : requestAnimationFrame(look);
  };
  look();
});
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workspace", type=Path, help="the demo shop, built; else it is built")
    parser.add_argument("--repeats", type=int, default=3)
    wanted = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("skipped: chromium is not installed")
    with chat(wanted.workspace) as (url, _), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=QUIET)
        rounds = [one_round(browser, url) for _ in range(wanted.repeats)]
        browser.close()
    RESULT.write_text(report(rounds), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def one_round(browser: Browser, url: str) -> dict[str, Any]:
    """The ten questions in a new window: seconds of each, first paint, how far things moved."""
    page = browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(LONGEST)
    page.add_init_script(WATCH)
    page.goto(url)
    page.locator("#kd-box textarea").wait_for()
    page.locator(".kd-chips button").first.wait_for()
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    arrived = page.evaluate("kdShift()")
    times = {question: asked(page, question) for question in QUESTIONS}
    moved = page.evaluate("kdShift()")
    page.context.close()
    return {"times": times, "paint": painted / 1000, "arrived": arrived, "moved": moved}


def asked(page: Page, question: str) -> Mapping[str, float]:
    """Seconds from Enter until a moment, where it came."""
    page.locator("#kd-box .submit-button").wait_for()
    page.locator("#kd-box textarea").fill(question)
    page.evaluate(
        "document.querySelector('#kd-box textarea').addEventListener("
        "'keydown', () => (window.kdSeen = kdTimes()), {once: true, capture: true})"
    )
    page.locator("#kd-box textarea").press("Enter")
    seen: Mapping[str, float] = page.evaluate("kdSeen")
    return seen


def report(rounds: Sequence[Mapping[str, Any]]) -> str:
    first, later = rounds[0], rounds[1:] or rounds
    lines = [
        "# Seconds from Enter to what a reader sees, real browser, demo shop, offline model",
        "",
        f"{machine()}; {len(rounds)} rounds of {len(QUESTIONS)} questions, each round a new window "
        "of one `kindred chat`. Cold: the first time in the process. Then: the median of the other "
        "rounds. The line of the step is counted from when the question shows.",
        "",
        "| question | cold: first word | cold: whole | question shows | then step line | "
        "first word | whole |",
        "|---|---|---|---|---|---|---|",
    ]
    for question in QUESTIONS:
        cold, warm = first["times"][question], [one["times"][question] for one in later]
        shown = _median(warm, "shown")
        step = _median([{"step": t["step"] - t["shown"]} for t in warm if "step" in t], "step")
        cells = [_told(cold, "word"), _told(cold, "whole"), shown, step]
        cells += [_median(warm, "word"), _median(warm, "whole")]
        lines.append(f"| {question} | " + " | ".join(cells) + " |")
    warm_all = [times for one in later for times in one["times"].values()]
    word, whole = _median(warm_all, "word"), _median(warm_all, "whole")
    lines += [
        "",
        f"All together, once warm: first word after {word} s, whole after {whole} s (medians).",
        "",
        f"First contentful paint: {_listed(rounds, 'paint')} s. Cumulative layout shift while the "
        f"page opens: {_listed(rounds, 'arrived')}; with ten answers: {_listed(rounds, 'moved')}.",
    ]
    return "\n".join([*lines, ""])


def _told(times: Mapping[str, float], moment: str) -> str:
    return f"{times[moment]:.2f}" if moment in times else "–"


def _median(many: Sequence[Mapping[str, float]], moment: str) -> str:
    known = [times[moment] for times in many if moment in times]
    return f"{statistics.median(known):.2f}" if known else "–"


def _listed(rounds: Sequence[Mapping[str, Any]], name: str) -> str:
    return ", ".join(f"{one[name]:.2f}" for one in rounds)


if __name__ == "__main__":
    main()
