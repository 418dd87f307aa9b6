"""How many segments, and what speaks for that number.

For every k from 2 to 12: does every segment come back under resampling (Jaccard), do two halves of
the customers give the same segments (prediction strength), is each big enough to act on (share),
and how much do they know of what customers spent later (future η²)? Silhouette misleads (it likes
two segments wherever there are a few very large customers): it is reported but does not decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segmentation.clusters.algorithms import DENSITY_METHODS, cluster
from segmentation.clusters.foretold import foretold
from segmentation.clusters.quality import (
    REPRODUCIBLE,
    indices,
    prediction_strength,
    reduced_sample,
    resampler,
    segment_jaccards,
)
from segmentation.clusters.structure import Structure, structure_of
from segmentation.sampling import sample_rows
from segmentation.types import Candidate, Choice, FloatMatrix, Future, Labels, Progress, silent

__all__ = ["BOOTSTRAPS", "HALVINGS", "choose_k", "holds", "keeping"]

BOOTSTRAPS = 100
HALVINGS = 20
SCREENING = {"bootstraps": 20, "halvings": 5}
"""What a number of segments gets that no more of them could save."""
HOPELESS_JACCARD = 0.45
HOPELESS_STRENGTH = 0.60
STRENGTH = 0.80
SMALLEST_SHARE = 0.05
TOLERABLE = 0.60
FUTURE_SAMPLE = 5_000
NOISE_DRAWS = 200
NOISE_ERRORS = 2


def choose_k(
    vectors: FloatMatrix,
    *,
    method: str = "kmeans",
    k_min: int = 2,
    k_max: int = 12,
    seed: int = 0,
    future: Future | None = None,
    progress: Progress = silent,
) -> Choice:
    """Choose a number of segments between `k_min` and `k_max` for `vectors` (n, d).

    Density methods find their own number: for them kmeans stands in. Of a large base a seeded
    sample is resampled (see `reduced_sample`). A number of segments whose prediction strength is
    below .60 after 5 halvings, or of which one has a mean Jaccard below .45 after 20 bootstraps, is
    given no more of them.

    Args:
        future: what customers did after a cut; without it nothing is asked of the future, and what
            is merely clumped counts as structureless.
    """
    method = "kmeans" if method in DENSITY_METHODS else method
    structure = structure_of(vectors, seed, progress)
    rows, reduced = reduced_sample(vectors, method, seed)
    sample = vectors[rows]
    k_max = min(k_max, max(1, len(np.unique(sample, axis=0)) // 2))
    counts = range(min(k_min, k_max), k_max + 1)
    candidates = []
    for done, k in enumerate(counts, start=1):
        candidate = _candidate(sample, reduced, method, k, seed)
        candidates.append(replace(candidate, gap=structure.gaps.get(k)))
        progress("choosing the number of segments", done, len(counts))
    known = future is not None and bool(np.isfinite(future.spend).all())  # browsing names no money
    foreseen = _foreseen(future, counts, method, seed) if future and known else {}
    asked = tuple(replace(c, future_eta2=_eta2(foreseen, c.k)) for c in candidates)
    choice = _choose(asked, structure, foreseen, seed)
    return _borne_out(choice, method, future, seed) if choice.structure == "clumped" else choice


def keeping(choice: Choice, before: int | None) -> Choice:
    """The choice, or the number of segments there were before where that still holds.

    New data moves every figure a little; a number that was chosen once and passes all the gates
    still is not given up for another that passes them too.
    """
    held = {c.k for c in choice.candidates if holds(c)}
    if before == choice.k or before not in held:
        return choice
    chosen = next(c for c in choice.candidates if c.k == before)
    reason = (
        f"k = {before}: as many as before, which still hold. {_figures(chosen)} Anew, "
        f"{choice.k} would have been chosen."
    )
    return replace(choice, k=chosen.k, reason=reason)


def _candidate(
    sample: FloatMatrix, reduced: FloatMatrix, method: str, k: int, seed: int
) -> Candidate:
    labels = cluster(sample, method=method, k=k, seed=seed)
    strength = _strength(reduced, method, k, seed)
    hopeless = strength < HOPELESS_STRENGTH
    return Candidate(
        k=k,
        min_jaccard=_lowest_jaccard(reduced, labels, method, k, seed, hopeless),
        prediction_strength=strength,
        smallest_share=float(np.bincount(labels)[1:].min() / len(labels)),
        silhouette=indices(sample, labels, seed)["silhouette"],
    )


def _strength(reduced: FloatMatrix, method: str, k: int, seed: int) -> float:
    strength = 0.0
    for rounds in (SCREENING["halvings"], HALVINGS):
        strength = prediction_strength(reduced, k, method, seed, rounds)
        if strength < HOPELESS_STRENGTH:
            break
    return strength


def _lowest_jaccard(
    reduced: FloatMatrix, labels: Labels, method: str, k: int, seed: int, hopeless: bool
) -> float:
    """Mean bootstrap Jaccard of the least stable segment."""
    lowest = 0.0
    for rounds in (SCREENING["bootstraps"], BOOTSTRAPS):
        clusterer = resampler(method, k)
        jaccards = segment_jaccards(reduced, labels, clusterer, rounds=rounds, seed=seed)
        lowest = min(jaccards.values())
        if hopeless or lowest < HOPELESS_JACCARD:
            break
    return lowest


# What the segments know of the future

Foreseen = dict[int, NDArray[np.float64]]
"""Number of segments -> what each customer's segment says they spend: (m,) squared errors."""


def _foreseen(future: Future, counts: Sequence[int], method: str, seed: int) -> Foreseen:
    """Squared errors of log spend after the cut, foretold by the mean of the segment as of the cut;
    at 0 by the mean of all. Of at most 5,000 customers; freed of what k means would explain of
    noise, (n - 1) / (n - k)."""
    rows = sample_rows(len(future.vectors), FUTURE_SAMPLE, seed)
    known, spend = future.vectors[rows], future.spend[rows]
    errors = {0: (spend - spend.mean()) ** 2}
    for k in counts:
        if k <= len(known) // 2:
            labels = cluster(known, method=method, k=k, seed=seed)
            means = np.bincount(labels, spend) / np.maximum(np.bincount(labels), 1)
            errors[k] = (spend - means[labels]) ** 2
    return errors


def _eta2(foreseen: Foreseen, k: int) -> float | None:
    if k not in foreseen or not foreseen[0].any():
        return None
    return 1 - float(foreseen[k].sum() / foreseen[0].sum())


def _as_good(foreseen: Foreseen, kept: Sequence[int], seed: int) -> list[int]:
    """Those of `kept` whose η², corrected for k, is within two standard errors of the best one's.

    The error is that of the difference over the same customers, bootstrapped.
    """
    known = [k for k in kept if _eta2(foreseen, k) is not None]
    if not known:
        return list(kept)
    n = len(foreseen[0])
    unexplained = np.stack([foreseen[k] / (n - k) for k in known])
    best = int(unexplained.sum(axis=1).argmin())
    behind = unexplained - unexplained[best]
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(n, np.full(n, 1 / n), NOISE_DRAWS) @ behind.T
    close = behind.sum(axis=1) <= NOISE_ERRORS * drawn.std(axis=0)
    return [k for k, near in zip(known, close, strict=True) if near]


# The choice and its reasons


def _choose(
    candidates: tuple[Candidate, ...], structure: Structure, foreseen: Foreseen, seed: int
) -> Choice:
    kept = [c for c in candidates if holds(c)]
    if kept:
        k = max(_as_good(foreseen, [c.k for c in kept], seed))
        why = _why_kept([c.k for c in kept], k, bool(foreseen))
    else:
        tolerable = [c for c in candidates if c.min_jaccard >= TOLERABLE]
        k = tolerable[-1].k if tolerable else max(candidates, key=lambda c: c.min_jaccard).k
        why = _why_constructed(bool(tolerable))
    chosen = next(c for c in candidates if c.k == k)
    reason = f"k = {k}: {why} {_figures(chosen)} {structure.reason}"
    return Choice(k, candidates, reason, structure.kind)


def _borne_out(choice: Choice, method: str, future: Future | None, seed: int) -> Choice:
    """The choice with what is merely clumped called so only where time bears it out."""
    if future is None:
        return replace(
            choice,
            structure="none",
            reason=f"{choice.reason} Without a later time to test them in, that is not enough.",
        )
    labels = cluster(future.vectors, method=method, k=choice.k, seed=seed)
    if foretold(labels, future, seed):
        said = "Segments made earlier did differ in what their customers did later."
        return replace(choice, reason=f"{choice.reason} {said}")
    said = "Segments made earlier did not differ in what their customers did later: not enough."
    return replace(choice, structure="none", reason=f"{choice.reason} {said}")


def holds(candidate: Candidate) -> bool:
    """Whether a number passes: stable, foreseeable, and of segments large enough to act on."""
    return (
        candidate.min_jaccard >= REPRODUCIBLE
        and (candidate.prediction_strength or 0.0) >= STRENGTH
        and candidate.smallest_share >= SMALLEST_SHARE
    )


def _why_kept(kept: Sequence[int], k: int, asked: bool) -> str:
    held = ", ".join(str(each) for each in kept)
    several = (
        f"of the numbers that hold ({held})" if len(kept) > 1 else "the only number that holds"
    )
    if len(kept) == 1:
        return f"{several}: every segment comes back under resampling, and is big enough."
    if asked:
        return f"{several}, the one that knows most of what customers spend later."
    return f"{several}, the largest; there is no later spending to ask."


def _why_constructed(tolerable: bool) -> str:
    if tolerable:
        return "no number gives segments that all hold; this is the largest tolerable one."
    return "no number is stable; this is the least bad."


def _figures(c: Candidate) -> str:
    future = f", future η² {c.future_eta2:.3f}" if c.future_eta2 is not None else ""
    return (
        f"Lowest bootstrap Jaccard {c.min_jaccard:.2f} ({REPRODUCIBLE} is asked), prediction "
        f"strength {c.prediction_strength or 0:.2f} ({STRENGTH:.2f}), smallest segment "
        f"{c.smallest_share:.0%} of customers ({SMALLEST_SHARE:.0%}){future}."
    )
