"""A segmentation as a folder of files, written and read back without loss.

labels.parquet   customer_id, segment, confidence: the row order of the snapshot
map.parquet      customer_id, x, y
report.json      recipe, method, metrics, verdict, notes, segments, choice, continuity, validity
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segmentation.types import (
    FUTURE_FIGURES,
    Candidate,
    Change,
    Choice,
    Continuity,
    Fact,
    Recipe,
    Segment,
    Segmentation,
    Validity,
)

__all__ = ["load_segmentation", "report_of", "save_segmentation", "validity_of"]

METRICS = (
    "silhouette",
    "davies_bouldin",
    "calinski_harabasz",
    "stability_min_jaccard",
    "prediction_strength",
    "tree_fidelity",
    *FUTURE_FIGURES,
)
"""Every metric a report names; one that was not computed is null there, with a note."""


NOT_COMPUTED = "Not computed: "


def save_segmentation(segmentation: Segmentation, customers: Sequence[str], folder: Path) -> None:
    """Write `segmentation` of `customers` (same order as its labels) into `folder`."""
    labels = pd.DataFrame(
        {
            "customer_id": list(customers),
            "segment": segmentation.labels,
            "confidence": segmentation.confidence,
        }
    )
    labels.to_parquet(folder / "labels.parquet", index=False)
    places = pd.DataFrame(segmentation.map, columns=["x", "y"])
    places.insert(0, "customer_id", list(customers))
    places.to_parquet(folder / "map.parquet", index=False)
    text = json.dumps(report_of(segmentation), ensure_ascii=False, indent=2)
    (folder / "report.json").write_text(text, encoding="utf-8")


def load_segmentation(folder: Path) -> Segmentation:
    """Read back what `save_segmentation` wrote."""
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    labels = pd.read_parquet(folder / "labels.parquet")
    places = pd.read_parquet(folder / "map.parquet", columns=["x", "y"])
    validity = validity_of(report)
    return Segmentation(
        id=report["segmentation"],
        recipe=Recipe(**report["recipe"]),
        method=report["method"],
        labels=labels["segment"].to_numpy(np.int32),
        confidence=labels["confidence"].to_numpy(np.float32),
        map=places.to_numpy(np.float32),
        segments=tuple(_segment(entry) for entry in report["segments"]),
        metrics=report["metrics"],
        verdict=report["verdict"],
        notes=_own_notes(report["notes"], validity),
        jaccards={s["id"]: s["jaccard"] for s in report["segments"] if s["jaccard"] is not None},
        choice=_choice(report.get("choice")),
        continuity=_continuity(report.get("continuity")),
        validity=validity,
    )


def report_of(segmentation: Segmentation) -> dict[str, Any]:
    """The JSON of `kindred evaluate`: what the segmentation is and how far to believe it."""
    validity = segmentation.validity or Validity(None)
    names = dict.fromkeys((*METRICS, *segmentation.metrics))
    metrics = {name: segmentation.metrics.get(name) for name in names}
    missing = [name for name, value in metrics.items() if value is None]
    note = f"{NOT_COMPUTED}{', '.join(missing)}."
    return {
        "segmentation": segmentation.id,
        "recipe": asdict(segmentation.recipe),
        "method": segmentation.method,
        "k": segmentation.k,
        "customers": len(segmentation.labels),
        "unassigned": segmentation.unassigned,
        "verdict": segmentation.verdict,
        "metrics": metrics,
        "baselines": {name: dict(scores) for name, scores in validity.baselines.items()},
        "segments": [
            {
                "id": s.id,
                "name": s.name,
                "size": s.size,
                "share": s.share,
                "jaccard": segmentation.jaccards.get(s.id),
                "traits": list(s.traits),
                "facts": [asdict(fact) for fact in s.facts],
            }
            for s in segmentation.segments
        ],
        "notes": [*segmentation.notes, *validity.notes, *([note] if missing else [])],
        "choice": segmentation.choice and asdict(segmentation.choice),
        "continuity": segmentation.continuity and asdict(segmentation.continuity),
        "validity": segmentation.validity and asdict(segmentation.validity),
    }


def _segment(entry: dict[str, Any]) -> Segment:
    facts = tuple(Fact(**fact) for fact in entry["facts"])
    traits = tuple(entry.get("traits", ()))
    return Segment(entry["id"], entry["name"], entry["size"], entry["share"], facts, traits)


def _choice(entry: dict[str, Any] | None) -> Choice | None:
    if entry is None:
        return None
    return Choice(**{**entry, "candidates": tuple(Candidate(**c) for c in entry["candidates"])})


def _continuity(entry: dict[str, Any] | None) -> Continuity | None:
    if entry is None:
        return None
    changes = (Change(**{**c, "earlier": tuple(c["earlier"])}) for c in entry["changes"])
    flows = tuple((then, now, customers) for then, now, customers in entry["flows"])
    return Continuity(**{**entry, "changes": tuple(changes), "flows": flows})


def _own_notes(notes: Sequence[str], validity: Validity | None) -> tuple[str, ...]:
    """A report's notes without those that `report_of` adds."""
    added = validity.notes if validity else ()
    return tuple(n for n in notes if n not in added and not n.startswith(NOT_COMPUTED))


def validity_of(report: Mapping[str, Any]) -> Validity | None:
    """What a report of `report_of` says of the future."""
    entry = report.get("validity")
    if entry is None:
        return None
    intervals = {name: (low, high) for name, (low, high) in entry["intervals"].items()}
    return Validity(**{**entry, "intervals": intervals, "notes": tuple(entry["notes"])})
