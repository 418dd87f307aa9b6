"""Something to say beside a number, as data that a language layer can word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Note"]


@dataclass(frozen=True)
class Note:
    """Something to say beside an answer: a key of the language layer and its values."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
