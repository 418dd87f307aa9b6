"""Which earlier segmentation a new one continues, and which it is compared with.

It looks through the snapshots that a workspace still has. How segments are matched is in
clusters/identity.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal

import pandas as pd

from segmentation.clusters.archive import load_segmentation
from segmentation.clusters.identity import Earlier, continued
from segmentation.clusters.segment import Renumber
from segmentation.insight.evidence.traits import carried_traits, with_traits
from segmentation.types import Continuity, CustomerBase, Labels, Recipe, Segmentation
from store.errors import StoreError
from store.snapshots import Snapshot, SnapshotStore

__all__ = ["NothingBefore", "Past", "before", "named_as", "newest", "numbered_as", "open_past"]


class NothingBefore(StoreError):
    """There is no earlier segmentation to compare with.

    Args:
        reason: `first` (this is the first one), `removed` (the one before is not kept or damaged),
            `too_early` or `too_late` (no snapshot for the day asked for).
        day: with `too_early` that of the oldest snapshot, with `too_late` that of the current one.
    """

    def __init__(
        self, reason: Literal["first", "removed", "too_early", "too_late"], day: date | None = None
    ) -> None:
        self.reason, self.day = reason, day
        super().__init__(
            "There is no earlier segmentation to compare with", fix="Build again with newer data."
        )


@dataclass(frozen=True)
class Past:
    """An earlier segmentation, opened; `customers[i]` is in segment `segmentation.labels[i]`."""

    snapshot: str
    segmentation: Segmentation
    customers: pd.Index[str]
    as_of: datetime

    @property
    def chosen(self) -> int | None:
        """How many segments were chosen then; None where the user said so."""
        return self.segmentation.choice.k if self.segmentation.choice else None

    @property
    def earlier(self) -> Earlier:
        """What identity needs to know of it."""
        continuity = self.segmentation.continuity
        used = int(self.segmentation.labels.max(initial=0))
        return Earlier(
            snapshot=self.snapshot,
            segmentation=self.segmentation.id,
            customers=list(self.customers),
            labels=self.segmentation.labels,
            highest=max(used, continuity.highest if continuity else 0),
        )


def newest(snapshots: Iterable[Snapshot], recipe: Recipe) -> Past | None:
    """The newest segmentation of `recipe`, in the first of `snapshots` that has a whole one."""
    for snapshot in snapshots:
        for id in reversed(snapshot.segmentations()):
            try:
                if _made_by(snapshot, id, recipe):
                    return open_past(snapshot, id)
            except StoreError:  # damaged: there may be an older one
                continue
    return None


def before(
    store: SnapshotStore, snapshot: Snapshot, recipe: Recipe, since: date | None = None
) -> Past:
    """The segmentation to compare that of `recipe`, current in `snapshot`, with.

    That is the one of the snapshot before, or of the newest whose data ends by `since`: by the same
    recipe if there is one, else its current one. In a first snapshot it is the segmentation before.

    Raises:
        NothingBefore: there is none.
    """
    others = list(store.lineage(snapshot.manifest.get("parent")))
    if not others:
        return _removed_or_first(snapshot, since)
    if since is None:
        chosen = others[0]
    elif since >= _day(snapshot):
        raise NothingBefore("too_late", _day(snapshot))
    else:
        fitting = [one for one in others if _day(one) <= since]
        if not fitting:
            raise NothingBefore("too_early", _day(others[-1]))
        chosen = fitting[0]
    return newest([chosen], recipe) or open_past(chosen)


def _removed_or_first(snapshot: Snapshot, since: date | None) -> Past:
    if snapshot.manifest.get("parent") is not None:
        raise NothingBefore("removed")
    done = snapshot.segmentations()
    if since is not None or len(done) < 2:
        raise NothingBefore("first")
    return open_past(snapshot, done[-2])


def _day(snapshot: Snapshot) -> date:
    """The day that its data ends before."""
    return datetime.fromisoformat(str(snapshot.manifest["as_of"])).date()


def open_past(snapshot: Snapshot, id: str | None = None) -> Past:
    """A segmentation of `snapshot`, its current one by default.

    Raises:
        StoreError: there is none with this id, or it is damaged.
    """
    folder = snapshot.segmentation(id)
    customers = pd.read_parquet(folder / "labels.parquet", columns=["customer_id"])
    return Past(
        snapshot=snapshot.id,
        segmentation=load_segmentation(folder),
        customers=pd.Index(customers["customer_id"]),
        as_of=datetime.fromisoformat(str(snapshot.manifest["as_of"])),
    )


def numbered_as(past: Past | None, customers: Iterable[str]) -> Renumber:
    """What gives the segments of `customers` the ids they had in `past`."""

    def renumber(labels: Labels) -> tuple[Labels, Continuity | None]:
        return (labels, None) if past is None else continued(labels, list(customers), past.earlier)

    return renumber


def named_as(past: Past | None, base: CustomerBase) -> Segmentation:
    """The base's segmentation, its segments called as in `past` where that is still true."""
    if past is None or base.segmentation.continuity is None:
        return with_traits(base, {})
    return with_traits(base, carried_traits(past.segmentation))


def _made_by(snapshot: Snapshot, id: str, recipe: Recipe) -> bool:
    """What a recipe did not know when it was written has its default."""
    text = (snapshot.segmentation(id) / "report.json").read_text(encoding="utf-8")
    return bool({**asdict(Recipe()), **json.loads(text)["recipe"]} == asdict(recipe))
