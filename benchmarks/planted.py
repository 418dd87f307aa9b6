"""Is the right number found where groups were planted, and `none` said where there are none?

    python benchmarks/planted.py [planted sets] [structureless sets] > benchmarks/results/planted.md

100 of each by default: within a quarter of an hour on two quiet cores.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor

import clouds
import numpy as np
from clouds import PLANTED, planted
from sklearn.metrics import adjusted_rand_score

from segmentation.clusters.algorithms import cluster
from segmentation.clusters.choose import BOOTSTRAPS, choose_k
from segmentation.clusters.quality import (
    reduced_sample,
    resampler,
    segment_jaccards,
    verdict_of,
)
from segmentation.clusters.structure import structure_of

FIRST_SEED = {"PLANTED": 2000, "TUNED": 0, "ONCE_UNSEEN": 1000, "UNSEEN": 2000}
BOOKS = {
    "TUNED": "looked at while the rule was made",
    "ONCE_UNSEEN": "unseen by the first rule, seen by this one",
    "UNSEEN": "unseen: written before this rule was made, scored once",
}


def found(number: int) -> tuple[bool, float, str, str]:
    """Right k chosen or not, ARI of the segmentation chosen, kind of structure, verdict."""
    points, truth = planted(PLANTED[number % len(PLANTED)], FIRST_SEED["PLANTED"] + number)
    choice = choose_k(points, seed=number)
    labels = cluster(points, method="kmeans", k=choice.k, seed=number)
    rows, reduced = reduced_sample(points, "kmeans", number)
    again = resampler("kmeans", choice.k)
    jaccards = segment_jaccards(reduced, labels[rows], again, rounds=BOOTSTRAPS, seed=number)
    verdict = verdict_of(jaccards, choice.structure, None)
    right = choice.k == int(truth.max())
    return right, float(adjusted_rand_score(truth, labels)), choice.structure, verdict


def judged(task: tuple[str, int]) -> tuple[str, str, str]:
    """Which cloud, its kind of structure, and the best verdict that could follow from it."""
    name, number = task
    book = getattr(clouds, name)
    kind = list(book)[number % len(book)]
    points = book[kind](np.random.default_rng([FIRST_SEED[name] + number, 11]))
    structure = structure_of(points.astype(np.float32), number).kind
    shape = "×".join(map(str, points.shape))
    return f"{kind} {shape} ({structure})", structure, verdict_of({1: 1.0}, structure, None)


def print_structureless(pool: ProcessPoolExecutor, sets: int) -> None:
    print("| structureless | kinds | sets | verdict none | tighter, but not believed | not none |")
    print("|---|---|---|---|---|---|")
    for name, what in BOOKS.items():
        count = (sets + list(BOOKS).index(name)) // len(BOOKS)
        results = list(pool.map(judged, [(name, number) for number in range(count)]))
        wrong = [which for which, _, verdict in results if verdict != "none"]
        clumped = sum(structure == "clumped" for _, structure, _ in results)
        print(f"| {what} | {len(getattr(clouds, name))} | {count} | {1 - len(wrong) / count:.0%} "
              f"| {clumped} | {', '.join(wrong)} |", flush=True)  # fmt: skip


def print_planted(pool: ProcessPoolExecutor, sets: int) -> None:
    by_kind = defaultdict(list)
    for number, result in enumerate(pool.map(found, range(sets))):
        by_kind[PLANTED[number % len(PLANTED)]].append(result)
    clear = [each for kind in PLANTED[:-1] for each in by_kind[kind]]
    print(
        "| planted | sets | right k | ARI, mean | ARI ≥ .90 | right k and ARI ≥ .90, not none "
        "| natural / reproducible / constructed / none |\n|---|---|---|---|---|---|---|"
    )
    for name, results in (*by_kind.items(), ("all well separated", clear)):
        print(f"| {name} | {' | '.join(columns(results))} |", flush=True)


def columns(results: Sequence[tuple[bool, float, str, str]]) -> Iterable[str]:
    right, scores, _, verdicts = (np.array(column) for column in zip(*results, strict=True))
    whole = right & (scores >= 0.9) & (verdicts != "none")
    counts = [
        int((verdicts == v).sum()) for v in ("natural", "reproducible", "constructed", "none")
    ]
    return (
        str(len(results)),
        f"{right.mean():.0%}",
        f"{scores.mean():.3f}",
        f"{(scores >= 0.9).mean():.0%}",
        f"{whole.mean():.0%}",
        " / ".join(map(str, counts)),
    )


def stay_on_one_core() -> None:
    """Each worker computes on one core, so that workers do not wait for each other."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})


def main() -> None:
    sets = [int(each) for each in sys.argv[1:3]] or [100, 100]
    started = time.perf_counter()
    print("# Planted and structureless data\n")
    print("No dates here: what is merely tighter than structureless references is not believed.\n")
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        os.cpu_count(), mp_context=spawn, initializer=stay_on_one_core
    ) as pool:
        print_structureless(pool, sets[-1])
        print()
        print_planted(pool, sets[0])
    print(f"\n{(time.perf_counter() - started) / 60:.0f} minutes on {os.cpu_count()} cores.")


if __name__ == "__main__":
    main()
