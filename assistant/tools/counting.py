"""The tool that says how many segments the data supports, and why; it changes none.

The choice is made in segmentation/clusters/choose.py; here its numbers are put into words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from assistant.tools.result import Table, ToolResult
from assistant.tools.verdicts import counted, has_segments
from assistant.tools.voice import Voice, capital, voice
from segmentation.clusters.choose import SMALLEST_SHARE, STRENGTH, TOLERABLE, holds
from segmentation.clusters.quality import REPRODUCIBLE
from segmentation.insight.errors import BadArgument
from segmentation.types import Candidate, Choice, CustomerBase, Fact, Progress, silent

__all__ = ["choose_segment_count"]

FEWEST, MOST = 2, 20
"""With more than 20 segments, one is bound to hold less than a twentieth of the customers."""

LARGEST = 12
"""How far is looked where nobody says."""

SHOWN = ("min_jaccard", "prediction_strength", "smallest_share", "future_eta2", "gap")
AS_METRIC = {"min_jaccard": "stability_min_jaccard", "future_eta2": "future_spend_eta2"}


def choose_segment_count(
    workspace: Any,
    language: str,
    *,
    k_min: int | None = None,
    k_max: int | None = None,
    method: str | None = None,
    progress: Progress = silent,
) -> ToolResult:
    """How many segments the data supports, and why. Changes nothing."""
    say, base = voice(language), workspace.base
    unasked = (k_min, k_max, method) == (None, None, None)
    known = base.segmentation.choice if unasked else None
    method = method or base.segmentation.method
    if method == "auto":
        method = "kmeans"
    first, last = _bounds(say, len(base.customers), k_min, k_max)
    choice = known or workspace.weigh_counts(
        method=method, k_min=first, k_max=last, progress=progress
    )
    if known and not has_segments(base.segmentation):
        choice = replace(known, structure="none")
    parts = [_verdict(say, choice), _reason(say, choice)]
    parts += [*_finer(say, choice), *_next(say, base, choice)]
    before = [str(say["choose.known"])] if known else []
    return ToolResult(
        say.sentences(parts),
        facts=_facts(base, choice),
        tables=(_table(say, choice),),
        notices=(say.sentences([*before, *_grounds(say, choice, method)]),),
    )


def _bounds(say: Voice, customers: int, k_min: int | None, k_max: int | None) -> tuple[int, int]:
    """The numbers to look at. Raises BadArgument."""
    most = max(FEWEST, min(MOST, customers // 2))
    wanted = say.part(
        "choose.wanted" if most == MOST else "choose.wanted_few",
        most=most,
        customers=say.count(customers, "customers"),
    )
    for name, given in (("k_min", k_min), ("k_max", k_max)):
        if given is not None and not FEWEST <= given <= most:
            raise BadArgument(str(say[f"choose.arguments.{name}"]), given, wanted)
    first = FEWEST if k_min is None else k_min
    last = max(min(LARGEST, most), first) if k_max is None else k_max
    if first > last:
        wanted = say.part("choose.wanted_order", k_max=last)
        raise BadArgument(str(say["choose.arguments.k_min"]), first, wanted)
    return first, last


# --- in words ----------------------------------------------------------------------------------


def _verdict(say: Voice, choice: Choice) -> str:
    """The answer itself."""
    k = say.count(choice.k, "segments")
    if choice.structure == "none":
        return say.say("choose.nothing", k=k)
    kept = any(holds(candidate) for candidate in choice.candidates)
    return say.say("choose.best" if kept else "choose.tolerable", k=k)


def _grounds(say: Voice, choice: Choice, method: str) -> list[str]:
    """What the data looks like, what was weighed and what passed."""
    counts = [candidate.k for candidate in choice.candidates]
    key = "choose.weighed" if len(counts) > 1 else "choose.weighed_one"
    name = say[f"methods.{method}"]
    floors = say.say(
        "choose.floors",
        jaccard=REPRODUCIBLE,
        strength=f"{STRENGTH:.2f}",
        share=say.share(SMALLEST_SHARE),
    )
    kept = [say.number(candidate.k) for candidate in choice.candidates if holds(candidate)]
    listed = say.say("choose.kept", list=say.list(kept)) if kept else str(say["choose.kept_none"])
    weighed = say.say(key, first=min(counts), last=max(counts), method=name)
    shape = str(say[f"choose.structure.{choice.structure}"])
    return [shape, weighed, floors, listed, _numbers(say, _chosen(choice))]


def _reason(say: Voice, choice: Choice) -> str:
    """Why this number and no other; nothing where the data has no segments."""
    if choice.structure == "none":
        return ""
    best = _chosen(choice)
    kept = [candidate for candidate in choice.candidates if holds(candidate)]
    k = say.count(best.k, "segments")
    if best in kept:
        if len(kept) == 1:
            return str(say["choose.only_one"])
        if best.future_eta2 is None:
            return str(say["choose.by_size"])
        return say.say("choose.by_future", k=k)
    if best.min_jaccard >= TOLERABLE:
        return say.say("choose.least_bad", k=k, jaccard=f"{TOLERABLE:.2f}")
    return say.say("choose.least_stable", k=k)


def _numbers(say: Voice, best: Candidate) -> str:
    items = [
        say.part("choose.number", name=say[f"choose.names.{name}"], value=_shown(say, name, value))
        for name, value in _known(best)
    ]
    return say.say("choose.numbers", k=say.count(best.k, "segments"), list=say.list(items))


def _next(say: Voice, base: CustomerBase, choice: Choice) -> list[str]:
    """That the present segments stay, and how to make these."""
    if choice.structure == "none":
        return []
    now = base.segmentation.k
    if now == choice.k:
        return [str(say["choose.present"])]
    k = say.count(choice.k, "segments")
    return [say.say("choose.unchanged", now=counted(say, base.segmentation), k=k)]


def _finer(say: Voice, choice: Choice) -> list[str]:
    """The largest number beyond the chosen one of which every segment still comes back."""
    finer = [
        candidate
        for candidate in choice.candidates
        if candidate.k > choice.k
        and candidate.min_jaccard >= REPRODUCIBLE
        and candidate.smallest_share >= SMALLEST_SHARE
        and not holds(candidate)
    ]
    if choice.structure == "none" or not finer:
        return []
    best = max(finer, key=lambda candidate: candidate.k)
    k, numbers = say.count(best.k, "segments"), (best.min_jaccard, best.prediction_strength or 0.0)
    jaccard, strength = map(_two, numbers)
    return [say.say("choose.finer", k=k, jaccard=jaccard, strength=strength)]


def _chosen(choice: Choice) -> Candidate:
    return next(candidate for candidate in choice.candidates if candidate.k == choice.k)


def _known(candidate: Candidate) -> Iterable[tuple[str, float]]:
    values = ((name, getattr(candidate, name)) for name in SHOWN)
    return ((name, value) for name, value in values if value is not None)


def _shown(say: Voice, name: str, value: float) -> str:
    return say.share(value) if name == "smallest_share" else _two(value)


def _two(value: float) -> str:
    return f"{value:.2f}"


# --- in numbers --------------------------------------------------------------------------------


def _facts(base: CustomerBase, choice: Choice) -> tuple[Fact, ...]:
    today = base.as_of.date().isoformat()
    facts = [
        Fact("all", "supported_segments", today, choice.k, "segments"),
        Fact("all", "segments", today, base.segmentation.k, "segments"),
        Fact("all", "structure", today, choice.structure, "verdict"),
    ]
    for candidate in choice.candidates:
        for name, value in _known(candidate):
            unit = "share" if name == "smallest_share" else "index"
            metric = AS_METRIC.get(name, name)
            facts.append(Fact(f"k:{candidate.k}", metric, today, value, unit))
    return tuple(facts)


def _table(say: Voice, choice: Choice) -> Table:
    """A row per number that was weighed; columns that were never computed are left out."""
    known = [n for n in SHOWN if any(getattr(c, n) is not None for c in choice.candidates)]
    columns = [say["choose.columns.k"], *(say[f"choose.names.{name}"] for name in known)]
    rows = [
        (c.k, *(getattr(c, name) for name in known), _mark(say, choice, c))
        for c in choice.candidates
    ]
    heads = (*(capital(str(name)) for name in columns), str(say["choose.columns.kept"]))
    return Table(str(say["choose.title"]), heads, tuple(rows))


def _mark(say: Voice, choice: Choice, candidate: Candidate) -> str:
    if not holds(candidate):
        return str(say["choose.marks.dropped"])
    return str(say["choose.marks.taken" if candidate.k == choice.k else "choose.marks.kept"])
