"""What the parts of the page have in common: each lays itself out and words itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["HIDDEN", "PRIVATE", "Panel", "saved"]

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Events of the page itself: not for programs, and without Gradio's progress marks."""
HIDDEN: dict[str, Any] = {**PRIVATE, "trigger_mode": "multiple"}
"""The same, none of them dropped while another runs."""


@dataclass(frozen=True)
class Panel:
    """A part of the page, laid out.

    Args:
        parts: the components whose words or content change.
        worded: given `en` or `zh`, an update for each of `parts`, in their order. It is called when
            the page speaks another language, when the workspace has opened (or could not be), and
            after every answer, which may have changed the segments.
    """

    parts: tuple[Any, ...]
    worded: Callable[[str], tuple[Any, ...]]


def saved(event: Any, parcel: Any) -> None:
    """Have the browser save what `event` puts into `parcel` (`name`, `content`), if anything."""
    event.then(None, parcel, js="parcel => kindred.save(parcel)", **PRIVATE)
