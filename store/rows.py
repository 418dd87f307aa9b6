"""Customers on their way into the index: rows checked, cut into batches, metadata made plain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Metadata", "Rows", "Scalar", "batches", "check_rows", "kinds", "scalar"]

Scalar = str | int | float | bool
Metadata = Mapping[str, Scalar | None]


@dataclass(frozen=True)
class Rows:
    """Some customers: `vectors[i]`, `metadatas[i]` and `documents[i]` belong to `ids[i]`.

    Metadata values are text, numbers or booleans; None and NaN mean "not known" and are left out.
    """

    ids: Sequence[str]
    vectors: NDArray[np.float32]
    metadatas: Sequence[Metadata]
    documents: Sequence[str]


def batches(rows: Iterable[Rows], size: int) -> Iterator[Rows]:
    """The same rows in parts of at most `size`."""
    for part in rows:
        for start in range(0, len(part.ids), size):
            cut = slice(start, start + size)
            yield Rows(part.ids[cut], part.vectors[cut], part.metadatas[cut], part.documents[cut])


def check_rows(rows: Rows, dim: int | None) -> int:
    lengths = {len(rows.ids), len(rows.vectors), len(rows.metadatas), len(rows.documents)}
    if len(lengths) != 1 or rows.vectors.ndim != 2:
        raise ValueError(f"ids, vectors, metadatas and documents do not align: {sorted(lengths)}")
    if dim is not None and rows.vectors.shape[1] != dim:
        raise ValueError(f"vectors have {rows.vectors.shape[1]} dimensions instead of {dim}")
    if not np.isfinite(rows.vectors).all():
        raise ValueError("vectors hold NaN or infinity")
    return int(rows.vectors.shape[1])


def kinds(metadatas: Iterable[Metadata]) -> dict[str, str]:
    """Metadata name -> `text`, `number` or `flag`, from the values that are known."""
    found: dict[str, str] = {}
    for row in metadatas:
        for key, raw in row.items():
            value = scalar(key, raw)
            if value is not None:
                found[key] = _kind(value)
    return found


def _kind(value: Scalar) -> str:
    if isinstance(value, bool):
        return "flag"
    return "text" if isinstance(value, str) else "number"


def scalar(key: str, value: Any) -> Scalar | None:
    """A value as Chroma can hold it: plain Python, None for NaN."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or (isinstance(value, float) and value != value):
        return None
    if not isinstance(value, str | int | float | bool):
        raise ValueError(
            f"metadata {key} must be text, a number or a boolean, not {type(value).__name__}"
        )
    return value
