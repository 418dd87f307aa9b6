"""Plain names of segments, from what sets them apart, in either language."""

from __future__ import annotations

from dataclasses import replace

import prompts
from segmentation.insight.traits import Traits, segment_traits
from segmentation.types import CustomerBase, Segmentation

__all__ = ["named", "segment_names"]


def segment_names(base: CustomerBase, language: str) -> dict[int, str]:
    """Segment id -> its name in `en` or `zh`; no two segments have the same."""
    wording = prompts.load_yaml("segment_names")[language]
    joint = " " if language == "en" else ""
    return {i: _name(traits, wording, joint) for i, traits in segment_traits(base).items()}


def named(base: CustomerBase, language: str = "en") -> Segmentation:
    """The base's segmentation with its segments named."""
    names = segment_names(base, language)
    segments = tuple(replace(s, name=names[s.id]) for s in base.segmentation.segments)
    return replace(base.segmentation, segments=segments)


def _name(traits: Traits, wording: dict[str, dict[str, str]], joint: str) -> str:
    parts = [wording["recency"].get(traits.recency, ""), wording["kinds"][traits.kind]]
    plain = joint.join(part for part in parts if part)
    plain = plain[:1].upper() + plain[1:]
    if not traits.told_apart_by:
        return plain
    return wording["apart"][traits.told_apart_by].format(name=plain, detail=traits.detail)
