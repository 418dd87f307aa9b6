"""What the user's words point at: segments by id or by name in either language, conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.naming import segment_names
from segmentation.insight.filters import Filter, check, resolve_segment
from segmentation.types import CustomerBase

__all__ = ["segment_id", "segment_name", "spoken", "understood"]


def segment_id(base: CustomerBase, value: Any) -> int:
    """The id of a segment given by id or by its name in either language. Raises UnknownName."""
    text = str(value).strip().casefold()
    for language in ("zh", "en"):
        for number, name in segment_names(base, language).items():
            if name.casefold() == text:
                return number
    return resolve_segment(base, value)


def segment_name(base: CustomerBase, segment: int, language: str) -> str:
    """What a segment is called in `en` or `zh`."""
    known = {s.id: s.name for s in base.segmentation.segments}
    if language == "en":
        return known[segment]
    return segment_names(base, language).get(segment, known[segment])


def spoken(base: CustomerBase, language: str) -> CustomerBase:
    """The base with its segments called by their names in `language`."""
    segmentation = base.segmentation
    segments = tuple(
        replace(s, name=segment_name(base, s.id, language)) for s in segmentation.segments
    )
    return replace(base, segmentation=replace(segmentation, segments=segments))


def understood(base: CustomerBase, filters: Sequence[Mapping[str, Any]] | None) -> list[Filter]:
    """Filters checked against the data. Raises UnknownName, BadArgument."""
    return list(check(base, [_by_id(base, given) for given in filters or ()]))


def _by_id(base: CustomerBase, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """A condition on segments with their ids in place of names."""
    if str(given.get("field", "")).strip().lower() != "segment" or given.get("op") == "contains":
        return given
    value = given.get("value")
    if isinstance(value, list | tuple):
        return {**given, "value": [segment_id(base, one) for one in value]}
    return {**given, "value": segment_id(base, value)}
