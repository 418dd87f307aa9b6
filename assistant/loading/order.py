"""What is asked of whoever builds: which files, read how; and who that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segmentation.types import Progress

if TYPE_CHECKING:
    from assistant.page.session import Session

__all__ = ["Loading", "Order"]


@dataclass(frozen=True)
class Order:
    """Files to be built, as `Kindred.build` takes them.

    Args:
        sources: table -> files.
        mapping: what was confirmed of their columns, in the form of a mapping file.
        preset: a known data set, which then says what its columns are.
    """

    sources: Mapping[str, list[Path]]
    mapping: Mapping[str, Any] = field(default_factory=dict)
    preset: str | None = None


@dataclass(frozen=True)
class Loading:
    """How a workspace gets new data, each way ending in the session over it.

    Args:
        root: the workspace; files wait in a folder of it.
        files: builds an order.
        demo: makes the demo shop and builds it.
    """

    root: Path
    files: Callable[[Order, Progress], Session]
    demo: Callable[[Progress], Session]
