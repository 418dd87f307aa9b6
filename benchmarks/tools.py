"""Every tool of the contract on every shop at hand: what it answers, what it lacks, what it costs.

Run: .venv/bin/python benchmarks/tools.py [shop ...]
Shops: online_retail, olist, cdnow, taobao, demo; all if none is named, and only then it is kept.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from assistant.kindred import Kindred
from assistant.tools.registry import TOOLS, call_tool
from assistant.tools.result import ToolResult
from segmentation.types import Recipe

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
RESULT = ROOT / "benchmarks" / "results" / "tools.md"
SEGMENTS = 5
LONGEST = 130
"""Characters kept of an answer."""

SHOPS: dict[str, tuple[str, str | None, dict[str, str]]] = {
    "online_retail": (
        "Online Retail", "online-retail", {"orders": "online_retail/online_retail.csv.gz"}
    ),
    "olist": ("Olist", "olist", {"orders": "olist"}),
    "cdnow": ("CDNOW", "cdnow", {"orders": "cdnow/CDNOW_sample.txt"}),
    "taobao": ("Taobao", "taobao", {"events": "taobao/UserBehavior_815users.csv.gz"}),
    "demo": ("demo", None, {}),
}  # fmt: skip


class Call(NamedTuple):
    """One call of a tool, and how it went."""

    tool: str
    result: ToolResult
    first: float
    again: float


def main(names: list[str]) -> None:
    tables = []
    for name in names or list(SHOPS):
        title, preset, files = SHOPS[name]
        if any(not (DATA / file).exists() for file in files.values()):
            print(f"skipped: {title} is not here")
            continue
        with tempfile.TemporaryDirectory() as folder:
            shop = built(Path(folder) / "shop", preset, files)
            tables.append((title, [called(shop, tool) for tool in TOOLS]))
    text = written(tables)
    if not names:
        RESULT.write_text(text, encoding="utf-8")
    print(text)


def built(folder: Path, preset: str | None, files: dict[str, str]) -> Any:
    """The opened workspace of a shop, its encoder in memory as the chat has it."""
    kindred = Kindred(folder)
    if not files:
        kindred.build_demo()
        kindred.segment(Recipe(n_segments=SEGMENTS))
    else:
        sources = {table: str(DATA / file) for table, file in files.items()}
        kindred.build(sources, preset=preset, recipe=Recipe(n_segments=SEGMENTS))
    kindred._close()
    workspace = kindred.workspace
    workspace.encoder.load()
    _ = workspace.index
    return workspace


def called(workspace: Any, tool: str) -> Call:
    """A tool called twice with plain arguments; what changes the segments only once."""
    arguments = plain_arguments(workspace)[tool]

    def call() -> ToolResult:
        return call_tool(workspace, tool, "en", dict(arguments))

    result, first = timed(call)
    again = float("nan") if tool in ("run_clustering", "choose_segment_count") else timed(call)[1]
    return Call(tool, result, first, again)


def timed(call: Callable[[], ToolResult]) -> tuple[ToolResult, float]:
    started = time.perf_counter()
    return call(), 1000 * (time.perf_counter() - started)


def plain_arguments(workspace: Any) -> dict[str, dict[str, Any]]:
    """What a marketer would ask of each tool, with this shop's own segments and customers."""
    base = workspace.base
    segments = [s.id for s in base.segmentation.segments if s.id > 0]
    segment, customer = segments[0], str(base.customers[len(base.customers) // 2])
    return {
        "describe_customers": {},
        "query_customers": {"metric": "revenue", "by": "segment"},
        "run_clustering": {"n_segments": len(segments)},
        "choose_segment_count": {},
        "evaluate_segments": {},
        "list_segments": {},
        "profile_segment": {"segment": segment},
        "compare_segments": {"segments": segments[:2]},
        "explain_segment": {"segment": segment},
        "find_similar_customers": {"customer_ids": [customer]},
        "describe_customer": {"customer_id": customer},
        "recommend_products": {"segment": segment},
        "forecast_demand": {"days": 30},
        "analyse_funnel": {},
        "plan_campaign": {"segment": segment},
        "export_audience": {"segment": segment, "format": "csv"},
        "draw_chart": {"kind": "map"},
        "track_segments": {},
    }


def written(tables: list[tuple[str, list[Call]]]) -> str:
    lines = [
        "# Eighteen tools on five shops",
        "",
        f"Each shop in {SEGMENTS} segments; the workspace just opened, the encoder loaded, tools "
        "called in the contract's order. `first` and `again` are milliseconds of the first call "
        "and of the same call repeated.",
    ]
    for title, calls in tables:
        lines += [
            "",
            f"## {title}",
            "",
            "| tool | status | first | again | it says |",
            "|---|---|---|---|---|",
        ]
        lines += [row(call) for call in calls]
    return "\n".join([*lines, ""])


def row(call: Call) -> str:
    said = " ".join(call.result.text.split()).replace("|", "\\|")
    said = said if len(said) <= LONGEST else said[:LONGEST].rstrip() + " …"
    again = "" if call.again != call.again else f"{call.again:,.0f}"
    return f"| `{call.tool}` | {call.result.status} | {call.first:,.0f} | {again} | {said} |"


if __name__ == "__main__":
    main(sys.argv[1:])
