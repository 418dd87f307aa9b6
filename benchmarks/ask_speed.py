"""How long an answer takes once everything is loaded: 50 questions to the offline model.

Run: .venv/bin/python benchmarks/ask_speed.py
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from assistant.kindred import Kindred

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data" / "online_retail" / "online_retail.csv.gz"
RESULT = ROOT / "benchmarks" / "results" / "ask_speed.md"
QUESTIONS = (
    "How many customers do we have?",
    "What is the average order value in France?",
    "Show revenue by country, top 5",
    "Which ten products bring in the most money?",
    "How many people have not ordered for 120 days?",
    "What segments are there?",
    "Tell me about segment 2",
    "Who is customer 14911?",
    "Find 15 customers like 12748",
    "Find people who like garden ornaments",
    "How good are the segments?",
    "Revenue by month",
    "Draw a chart of the segment sizes",
    "Show me the customer map",
    "Repeat rate per segment",
    "哪些国家的订单最多？",
    "细分1是什么样的客户？",
)
ROUNDS = 3


def main() -> None:
    if not DATA.exists():
        sys.exit(f"skipped: {DATA.name} is not here")
    with tempfile.TemporaryDirectory() as folder:
        kindred = Kindred(Path(folder) / "shop")
        kindred.build({"orders": str(DATA)}, preset="online-retail")
        kindred.session()
        times = [timed(kindred, q) for _ in range(ROUNDS) for q in QUESTIONS][:50]
    RESULT.write_text(table(times), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def timed(kindred: Kindred, question: str) -> tuple[str, str, float]:
    started = time.perf_counter()
    answer = kindred.ask(question)
    tool = answer.tool_calls[0].name if answer.tool_calls else "none"
    return question, tool, 1000 * (time.perf_counter() - started)


def table(times: list[tuple[str, str, float]]) -> str:
    spent = [ms for *_, ms in times]
    tools = sorted({tool for _, tool, _ in times})
    lines = [
        "# Answers after loading, Online Retail, offline model",
        "",
        f"{len(times)} questions: median {statistics.median(spent):.0f} ms, "
        f"p95 {statistics.quantiles(spent, n=20)[-1]:.0f} ms. Goal: p95 of 300 ms.",
        "",
        "| tool | questions | median ms | slowest ms |",
        "|---|---|---|---|",
    ]
    for tool in tools:
        own = [ms for _, t, ms in times if t == tool]
        lines.append(f"| {tool} | {len(own)} | {statistics.median(own):.0f} | {max(own):.0f} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
