"""Mostly, always, never, and shares that are said of the contrary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.grounding.around import denials, has_item, items_near, metric_near, of_metric
from assistant.grounding.evidence import Evidence
from assistant.grounding.figures import supports
from assistant.grounding.phrases import Found, words
from assistant.grounding.problems import Problem
from assistant.grounding.reading import Reading

__all__ = ["quantifier_problems"]

FIRM = 0.005
"""How near 0 or 1 a share must be for `never` and `always`."""
POSITIVE = (
    "repeat_rate", "conversion_rate", "return_rate", "repeat_probability", "reach", "share",
    "expected_bought", "bought_again", "take_up",
)  # fmt: skip


def quantifier_problems(reading: Reading, evidence: Sequence[Evidence]) -> Iterator[Problem]:
    """`mostly`, `always`, `never`, and shares that are said of the contrary."""
    lists, advice = words(reading.language), reading.advises
    bounds = {"majority": (0.5, 1.0), "every": (1 - FIRM, 1.0), "none": (0.0, FIRM)}
    for name, (low, high) in bounds.items():
        for hit in lists.phrases(name).find(reading.plain):
            if advice or _has_number(reading, hit):
                continue
            if not _share_between(reading, hit, evidence, low, high):
                yield Problem(
                    "comparison" if name == "majority" else "negation",
                    reading.text[hit.start : hit.end],
                )
    yield from _denied(reading, evidence)


def _has_number(reading: Reading, hit: Found) -> bool:
    cell = reading.cell(hit.start)
    return any(reading.cell(q.end - 1) == cell for q in reading.quantities)


def _share_between(
    reading: Reading, hit: Found, evidence: Sequence[Evidence], low: float, high: float
) -> bool:
    metric, items = metric_near(reading, hit), items_near(reading, hit)
    fitting = [
        e for e in evidence
        if e.kind == "share" and e.value is not None and low <= e.value <= high and not e.is_rest
    ]  # fmt: skip
    if items:
        return any(e.items & items for e in fitting) or any(has_item(items, e) for e in fitting)
    return any(of_metric(e, metric) and not (e.items and metric is None) for e in fitting)


def _denied(reading: Reading, evidence: Sequence[Evidence]) -> Iterator[Problem]:
    """`62% never came back`, where 62 % did."""
    for q in reading.quantities:
        if q.kind != "share":
            continue
        cell = [c for c in (0, *reading.cuts) if c <= q.start][-1]
        end = next((c for c in reading.cuts if c > q.end), len(reading.plain))
        found = denials(reading, cell, end) or [
            hit for hit in words(reading.language).phrases("none").find(reading.plain)
            if cell <= hit.start < end
        ]  # fmt: skip
        backed = [e for e in evidence if supports(q, e) and not e.is_rest]
        if found and backed and all(e.metric in POSITIVE and not e.told for e in backed):
            yield Problem("negation", reading.text[found[0].start : found[0].end])
