"""A holdout as a folder of files, so that another recipe can be judged without encoding again.

window.json        cut, end, why figures are missing; or only why there is no holdout
customers.parquet  behaviour before the cut, spend and returned: one row per customer
past/, later/      views and fusion; later/rows.npy says which customers
had.npz, new.npz   who had and who newly bought what
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from segmentation.holdout.data import Holdout, Joined, Reason
from segmentation.views.fusion import Fusion

__all__ = ["load_holdout", "save_holdout"]

WINDOW, CUSTOMERS = "window.json", "customers.parquet"
OUTCOMES = ["spend", "returned"]
OLD = "this snapshot was built without setting a last period apart; build it again"


def save_holdout(holdout: Holdout | Reason, folder: Path) -> None:
    """Write a holdout, or the reason why there is none, into the new `folder`."""
    from scipy.sparse import save_npz

    folder.mkdir()
    if isinstance(holdout, str):
        _write(folder, {"reason": holdout})
        return
    window = {"cut": holdout.cut.isoformat(), "end": holdout.end.isoformat()}
    _write(folder, {**window, "reasons": dict(holdout.reasons)})
    outcomes = {f"_{name}": getattr(holdout, name) for name in OUTCOMES}
    customers = holdout.features.assign(**outcomes).reset_index()
    customers.to_parquet(folder / CUSTOMERS, index=False)
    _save_joined(holdout.past, folder / "past")
    _save_joined(holdout.later, folder / "later")
    np.save(folder / "later" / "rows.npy", holdout.later_rows, allow_pickle=False)
    save_npz(folder / "had.npz", holdout.had)
    save_npz(folder / "new.npz", holdout.new)


def load_holdout(folder: Path) -> Holdout | Reason:
    """Read back what `save_holdout` wrote; snapshots of old have none, and a reason instead."""
    from scipy.sparse import load_npz

    if not (folder / WINDOW).exists():
        return OLD
    window = json.loads((folder / WINDOW).read_text(encoding="utf-8"))
    if "reason" in window:
        return str(window["reason"])
    customers = pd.read_parquet(folder / CUSTOMERS).set_index("customer_id")
    return Holdout(
        cut=datetime.fromisoformat(window["cut"]),
        end=datetime.fromisoformat(window["end"]),
        features=customers.drop(columns=[f"_{name}" for name in OUTCOMES]),
        past=_load_joined(folder / "past"),
        spend=customers["_spend"].to_numpy(np.float64),
        returned=customers["_returned"].to_numpy(bool),
        later=_load_joined(folder / "later"),
        later_rows=np.load(folder / "later" / "rows.npy", allow_pickle=False),
        had=load_npz(folder / "had.npz").tocsr(),
        new=load_npz(folder / "new.npz").tocsr(),
        reasons=window["reasons"],
    )


def _write(folder: Path, window: dict[str, object]) -> None:
    text = json.dumps(window, ensure_ascii=False, indent=1)
    (folder / WINDOW).write_text(text, encoding="utf-8")


def _save_joined(joined: Joined, folder: Path) -> None:
    folder.mkdir()
    joined.fusion.save(folder / "fusion")
    for name, rows in joined.views.items():
        np.save(folder / f"{name}.npy", rows, allow_pickle=False)


def _load_joined(folder: Path) -> Joined:
    fusion = Fusion.load(folder / "fusion")
    views = {
        name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        for name in fusion.blocks
    }
    return Joined(views, fusion)
