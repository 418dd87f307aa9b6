"""Is the right number found where groups were planted, and `none` said where there are none?

    python benchmarks/planted.py [planted sets] [structureless sets] > benchmarks/results/planted.md

100 of each by default: about twenty minutes on two quiet cores.
"""

from __future__ import annotations

import sys
from collections import defaultdict

import numpy as np
from clouds import PLANTED, TUNED, UNSEEN, planted
from sklearn.metrics import adjusted_rand_score

from segmentation.clusters.algorithms import cluster
from segmentation.clusters.choose import choose_k
from segmentation.clusters.structure import structure_of

UNSEEN_SEEDS = 1000


def found(kind: str, seed: int) -> tuple[bool, float, str]:
    """Whether the right k was chosen, ARI of the segmentation chosen, kind of structure."""
    points, truth = planted(kind, seed)
    choice = choose_k(points, seed=seed)
    labels = cluster(points, method="kmeans", k=choice.k, seed=seed)
    right = choice.k == int(truth.max())
    return right, float(adjusted_rand_score(truth, labels)), choice.structure


def print_planted(sets: int) -> None:
    by_kind = defaultdict(list)
    for number in range(sets):
        kind = PLANTED[number % len(PLANTED)]
        by_kind[kind].append(found(kind, UNSEEN_SEEDS + number))
    print("| planted | sets | right k | ARI, mean | ARI ≥ .90 | called gaps / clumped / none |")
    print("|---|---|---|---|---|---|")
    clear = [each for kind in PLANTED[:-1] for each in by_kind[kind]]
    for name, results in (*by_kind.items(), ("all well separated", clear)):
        right, scores, kinds = zip(*results, strict=True)
        counts = " / ".join(str(kinds.count(kind)) for kind in ("gaps", "clumped", "none"))
        print(f"| {name} | {len(results)} | {np.mean(right):.0%} | {np.mean(scores):.3f} "
              f"| {np.mean(np.array(scores) >= 0.9):.0%} | {counts} |", flush=True)  # fmt: skip


def print_structureless(sets: int) -> None:
    print("| structureless | kinds | sets | none | called something else |")
    print("|---|---|---|---|---|")
    for name, book, first in (("tuned on", TUNED, 0), ("unseen", UNSEEN, UNSEEN_SEEDS)):
        wrong = []
        for number in range(sets // 2):
            kind = list(book)[number % len(book)]
            points = book[kind](np.random.default_rng([first + number, 11]))
            structure = structure_of(points.astype(np.float32), number)
            if structure.kind != "none":
                n, d = points.shape
                wrong.append(f"{kind} {n}×{d} ({structure.kind})")
        share = 1 - len(wrong) / (sets // 2)
        print(f"| {name} | {len(book)} | {sets // 2} | {share:.0%} | {', '.join(wrong)} |",
              flush=True)  # fmt: skip


def main() -> None:
    sets = [int(each) for each in sys.argv[1:3]] or [100, 100]
    print("# Planted and structureless data\n")
    print_structureless(sets[-1])
    print()
    print_planted(sets[0])


if __name__ == "__main__":
    main()
