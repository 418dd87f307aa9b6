"""Mostly, always, never, and shares that are said of the contrary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.grounding.around import denials, has_item, items_near, metric_near, of_metric
from assistant.grounding.binding import is_partitive
from assistant.grounding.evidence import Evidence
from assistant.grounding.figures import supports
from assistant.grounding.phrases import Found, words
from assistant.grounding.problems import Kind, Problem
from assistant.grounding.reading import Reading

__all__ = ["quantified", "quantifier_problems"]

FIRM = 0.005
"""How near 0 or 1 a share must be for `never` and `always`."""
BOUNDS = {"majority": (0.5, 1.0), "every": (1 - FIRM, 1.0), "none": (0.0, FIRM)}
POSITIVE = (
    "repeat_rate", "conversion_rate", "return_rate", "repeat_probability", "reach", "share",
    "expected_bought", "bought_again", "take_up",
)  # fmt: skip


def quantifier_problems(reading: Reading, evidence: Sequence[Evidence]) -> Iterator[Problem]:
    """`mostly`, `always`, `never`, and shares that are said of the contrary."""
    for hit in quantified(reading):
        if not _share_between(reading, hit, evidence, *BOUNDS[hit.name]):
            kind: Kind = "comparison" if hit.name == "majority" else "negation"
            yield Problem(kind, reading.text[hit.start : hit.end])
    yield from _denied(reading, evidence)


def quantified(reading: Reading) -> list[Found]:
    """The words for most, all and none that stand for a share themselves."""
    if reading.advises:
        return []
    lists = words(reading.language)
    hits = [hit for name in BOUNDS for hit in lists.phrases(name).find(reading.plain)]
    return [hit for hit in hits if not _has_number(reading, hit)]


def _has_number(reading: Reading, hit: Found) -> bool:
    """Whether a number beside it says how many; `none of the 40 bought a second time` has none."""
    cell = reading.cell(hit.start)
    return any(
        reading.cell(q.end - 1) == cell
        and q.kind not in ("rank", "top", "ratio")
        and not is_partitive(reading, q)
        for q in reading.quantities
    )


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
    return metric is not None and any(of_metric(e, metric) for e in fitting)


def _denied(reading: Reading, evidence: Sequence[Evidence]) -> Iterator[Problem]:
    """`62% never came back`, where 62 % did."""
    for q in reading.quantities:
        if q.kind != "share":
            continue
        cell = [c for c in (0, *reading.cuts) if c <= q.start][-1]
        end = next((c for c in reading.cuts if c > q.end), len(reading.plain))
        found = denials(reading, cell, end) or [
            hit
            for name in ("none", "once")
            for hit in words(reading.language).phrases(name).find(reading.plain)
            if cell <= hit.start < end
        ]
        backed = [e for e in evidence if supports(q, e) and not e.is_rest]
        if found and backed and all(e.metric in POSITIVE and not e.told for e in backed):
            yield Problem("negation", reading.text[found[0].start : found[0].end])
