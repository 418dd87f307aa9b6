"""What choosing the number of segments costs: seconds and peak memory at three sizes.

A mixture of six overlapping groups in 100 dimensions of falling variance, each size in a process of
its own. Seconds mean something on a quiet machine only.

    python benchmarks/choose_speed.py > benchmarks/results/choose_speed.md
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time

import numpy as np

from segmentation.clusters.choose import choose_k

SIZES = (4_000, 20_000, 100_000)
DIMENSIONS = 100
GOALS = {4_000: 25, 100_000: 60}


def mixture(customers: int) -> np.ndarray:
    generator = np.random.default_rng(0)
    spread = 0.97 ** np.arange(DIMENSIONS)
    centres = 2.0 * generator.normal(size=(6, DIMENSIONS)) * spread**2
    groups = generator.integers(0, 6, customers)
    noise = generator.normal(size=(customers, DIMENSIONS)) * spread
    return (centres[groups] + noise).astype(np.float32)


def measure(customers: int) -> str:
    vectors = mixture(customers)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    calls = []
    started = time.perf_counter()
    choice = choose_k(vectors, progress=lambda stage, done, total: calls.append(stage))
    seconds = time.perf_counter() - started
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    goal = f"≤ {GOALS[customers]}" if customers in GOALS else ""
    return (f"| {customers:,} | {seconds:.1f} | {goal} | {time.process_time():.1f} "
            f"| {more:.0f} | {choice.k} | {len(calls)} |")  # fmt: skip


def main() -> None:
    if len(sys.argv) > 1:
        print(measure(int(sys.argv[1])))
        return
    print(f"# Choosing the number of segments: {DIMENSIONS} dimensions, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f} at the start\n")  # fmt: skip
    print("| customers | seconds | goal | processor seconds | memory added, MB | k (6 planted) "
          "| progress calls |\n|---|---|---|---|---|---|---|", flush=True)  # fmt: skip
    for customers in SIZES:
        command = [sys.executable, __file__, str(customers)]
        print(subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout,
              end="", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
