"""Where look-alikes are sought: the embedding at the weight of text that the segments were made at.

What its cosines are worth is learned from the snapshot once, and kept in the workspace's cache;
like everything there it can be learned again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from segmentation.insight.ledger import open_ledger
from segmentation.insight.similar.closeness import EXACT, Index, Space
from segmentation.insight.similar.halves import same_customer
from segmentation.insight.similar.likeness import Chances
from segmentation.pipeline import vectors_at
from segmentation.types import CustomerBase
from segmentation.views.fusion import Fusion
from segmentation.views.text import Texts
from store.files import replace_file
from store.snapshots import Snapshot

__all__ = ["open_space"]


def open_space(
    cache: Path,
    snapshot: Snapshot,
    base: CustomerBase,
    fusion: Fusion,
    texts: Texts,
    index: Callable[[], Index],
) -> Space:
    """The space of the current segmentation.

    Args:
        cache: folder for what is learned.
        fusion: as the snapshot was built.
        index: opens the search index, which is over the vectors as built; asked only where there
            are too many customers to compare with everybody.
    """
    weight = fusion.reweight(base.segmentation.recipe.text_weight).text_weight
    as_built = weight == fusion.text_weight
    vectors = base.vectors if as_built else vectors_at(snapshot, base, weight)
    chances = _chances(cache / f"{snapshot.id}-{weight:.6f}.json", snapshot, base, texts, weight)
    searched = index() if as_built and len(vectors) >= EXACT else None
    return Space(vectors, searched, chances)


def _chances(
    path: Path, snapshot: Snapshot, base: CustomerBase, texts: Texts, weight: float
) -> Chances | None:
    """As kept, or learned now."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Chances.from_json(kept) if kept else None
    except (OSError, ValueError, TypeError, KeyError):
        learned = _learned(snapshot, base, texts, weight)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = learned.to_json() if learned else None
    replace_file(path, json.dumps(content).encode())
    return learned


def _learned(snapshot: Snapshot, base: CustomerBase, texts: Texts, weight: float) -> Chances | None:
    fitted = snapshot.path / "fusion"
    with open_ledger(base).lock:
        return same_customer(base.tables, fitted, texts, base.as_of, text_weight=weight)
