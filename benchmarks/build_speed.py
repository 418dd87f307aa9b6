"""Seconds by stage and peak memory of building Online Retail, cold (nothing cached).

Run: .venv/bin/python benchmarks/build_speed.py
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data" / "online_retail" / "online_retail.csv.gz"
RESULT = ROOT / "benchmarks" / "results" / "build_speed.md"


def main() -> None:
    if not DATA.exists():
        sys.exit(f"skipped: {DATA.name} is not here")
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        run = subprocess.run(
            [
                *(ROOT / ".venv/bin/kindred", "build", "--orders", DATA),
                *("--preset", "online-retail", "--as-of", "2011-12-10"),
                *("--workspace", Path(folder) / "shop", "--json"),
            ],
            capture_output=True,
            check=True,
        )
        whole = time.perf_counter() - started
    report = json.loads(run.stdout)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    RESULT.write_text(table(report, whole, peak), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def table(report: dict, whole: float, peak: float) -> str:
    lines = ["# Building Online Retail, cold", "", "| stage | seconds |", "|---|---|"]
    lines += [f"| {stage} | {seconds:.1f} |" for stage, seconds in report["seconds"].items()]
    staged = sum(report["seconds"].values())
    lines += [
        f"| start, index, preparing the chat | {whole - staged:.1f} |",
        f"| **whole command** | **{whole:.1f}** |",
        "",
        f"Peak memory {peak:.2f} GiB; {report['read']['orders']:,} rows read, "
        f"{report['customers']:,} customers, embedding of {report['embedding']['dim']} numbers. "
        "Goals: 40 s, 3 GB.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
