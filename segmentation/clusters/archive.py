"""A segmentation as a folder of files, written and read back without loss.

labels.parquet   customer_id, segment, confidence: the row order of the snapshot
map.parquet      customer_id, x, y
report.json      recipe, method, metrics, verdict, notes, segments
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segmentation.types import Fact, Recipe, Segment, Segmentation

__all__ = ["load_segmentation", "report_of", "save_segmentation"]

METRICS = (
    "silhouette",
    "davies_bouldin",
    "calinski_harabasz",
    "stability_min_jaccard",
    "prediction_strength",
    "tree_fidelity",
    "future_spend_eta2",
    "future_repurchase_eta2",
    "taste_hit20",
)
"""Every metric a report names; one that was not computed is null there, with a note."""


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
        notes=tuple(report["notes"]),
        jaccards={s["id"]: s["jaccard"] for s in report["segments"] if s["jaccard"] is not None},
    )


def report_of(segmentation: Segmentation) -> dict[str, Any]:
    """The JSON of `kindred evaluate`: what the segmentation is and how far to believe it."""
    metrics = {name: segmentation.metrics.get(name) for name in METRICS}
    missing = [name for name, value in metrics.items() if value is None]
    note = f"Not computed: {', '.join(missing)}."
    notes = [n for n in segmentation.notes if not n.startswith("Not computed: ")]
    return {
        "segmentation": segmentation.id,
        "recipe": asdict(segmentation.recipe),
        "method": segmentation.method,
        "k": segmentation.k,
        "customers": len(segmentation.labels),
        "unassigned": segmentation.unassigned,
        "verdict": segmentation.verdict,
        "metrics": metrics,
        "baselines": {},
        "segments": [
            {
                "id": s.id,
                "name": s.name,
                "size": s.size,
                "share": s.share,
                "jaccard": segmentation.jaccards.get(s.id),
                "facts": [asdict(fact) for fact in s.facts],
            }
            for s in segmentation.segments
        ],
        "notes": notes + ([note] if missing else []),
    }


def _segment(entry: dict[str, Any]) -> Segment:
    facts = tuple(Fact(**fact) for fact in entry["facts"])
    return Segment(entry["id"], entry["name"], entry["size"], entry["share"], facts)
