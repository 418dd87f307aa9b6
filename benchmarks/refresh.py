"""What a refresh leaves of the segments: Online Retail up to 2011-09-09, then up to 2011-12-10.

Both are built in one workspace, one after the other, and segmented by the same recipes. Of each
recipe: which segments keep their identity, how far they overlap, and who went where. The customers
that are new, and the three months that everybody lived through, are in the data: some of what moves
is customers who changed, not segments that did.

    python benchmarks/refresh.py > benchmarks/results/refresh.md
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pandas as pd

from assistant.settings import quieten_libraries, read_settings
from assistant.tools.movement import Flow, Movement, movement
from assistant.workspace import build_workspace
from segmentation.types import Change, Recipe

DATA = Path(__file__).resolve().parents[2] / "shared/data/online_retail/online_retail.parquet"
DAYS = ("2011-09-09", "2011-12-10", "2011-12-10")
"""The last twice: built again on the same data, nothing may move."""

RECIPES = {"default": Recipe(), "k = 4": Recipe(n_segments=4), "k = 8": Recipe(n_segments=8)}


def main() -> None:
    if not DATA.exists():
        sys.exit(f"skipped: {DATA.name} is not here")
    quieten_libraries()
    with tempfile.TemporaryDirectory() as folder:
        (_, first, again) = [segmented(Path(folder), day) for day in DAYS]
    print("# Refresh\n")
    print("Online Retail, segmented up to 2011-09-09, then up to 2011-12-10, by the same recipe.\n")
    print(table([summary(name, moved) for name, moved in first.items()]))
    for name, moved in first.items():
        print(f"\n## {name}\n\n{table([row(moved, c) for c in moved.continuity.changes])}")
        print(f"\nWho went where (rows: then, columns: now)\n\n{table(matrix(moved))}")
    still = all(m.moved == 0 and len(m.changed("kept")) == m.now.k for m in again.values())
    print(f"\nBuilt again on the same data: {'nothing moved' if still else 'SOMETHING MOVED'}.")


def segmented(root: Path, day: str) -> dict[str, Movement]:
    """Build the data up to `day` and segment it by every recipe; each beside the snapshot before.

    The first snapshot, which has none before, gives nothing.
    """
    orders = pd.read_parquet(DATA)
    sources = {"orders": orders[pd.to_datetime(orders["InvoiceDate"]) < day]}
    reading = {"preset": "online-retail", "as_of": day}
    workspace = build_workspace(root, read_settings(), sources, RECIPES["default"], reading)
    found = {}
    for name, recipe in RECIPES.items():
        if name != "default":
            workspace.resegment(recipe)
        if workspace.manifest["parent"]:
            found[name] = movement(workspace.base, workspace.past(), "en")
    return found


def summary(name: str, moved: Movement) -> dict[str, object]:
    kinds = [change.kind for change in moved.continuity.changes]
    lasting = [s for s in moved.sizes_now if s and s in moved.sizes_then]
    return {
        "recipe": name,
        "segments then": moved.past.segmentation.k,
        "segments now": moved.now.k,
        "keep their id": len(lasting),
        **{kind: kinds.count(kind) for kind in ("kept", "split", "merged", "new", "gone")},
        "keep their name": len(lasting) - len(moved.renamed),
        "customers both times": moved.both,
        "in another segment": f"{moved.moved_share:.1%}",
        "of these in a new one": moved.regrouped,
        "customers new / gone": f"{moved.joined} / {moved.left}",
    }


def row(moved: Movement, change: Change) -> dict[str, object]:
    now, then = change.segment, change.earlier[:1]
    return {
        "id": now or then[0],
        "change": change.kind,
        "from": ", ".join(map(str, change.earlier)) or "–",
        "overlap (Jaccard)": f"{change.overlap:.2f}",
        "name then": moved.names_then.get(now or then[0], "–"),
        "name now": moved.names_now.get(now, "–") if now else "–",
        "size then": moved.sizes_then.get(now or then[0], "–"),
        "size now": moved.sizes_now.get(now, "–") if now else "–",
    }


def matrix(moved: Movement) -> list[dict[str, object]]:
    """Flows as a table; `–` is not a customer then, or not any more."""
    columns = list(dict.fromkeys(flow.now for flow in sorted(moved.flows, key=by_target)))
    sizes = {(flow.then, flow.now): flow.customers for flow in moved.flows}
    return [
        {"": called(then), **{called(now): sizes.get((then, now), 0) for now in columns}}
        for then in dict.fromkeys(flow.then for flow in moved.flows)
    ]


def by_target(flow: Flow) -> tuple[bool, int]:
    return flow.now is None, flow.now or 0


def called(segment: int | None) -> str:
    return "–" if segment is None else str(segment)


def table(rows: list[dict[str, object]]) -> str:
    heads = list(rows[0])
    lines = [heads, ["---"] * len(heads), *([str(cell) for cell in row.values()] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
