"""Plain names of segments, from what sets them apart, in either language.

Where the data has no segments nothing is named: its parts are numbered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import prompts
from assistant.formats import format_rounded
from assistant.sight.names import is_fit_to_print
from assistant.sight.sight import reference
from segmentation.insight.evidence.bands import MEASURES
from segmentation.insight.evidence.traits import Traits, segment_traits
from segmentation.insight.metrics import METRICS
from segmentation.types import CustomerBase, Segmentation, Verdict

__all__ = ["named", "names_of", "segment_names"]

LONGEST = 5
"""Words of a name; where it has more, it does without `recent` and `lapsed` if it can."""


def segment_names(base: CustomerBase, language: str) -> dict[int, str]:
    """Segment id -> its name in `en` or `zh`; no two segments have the same."""
    return names_of(segment_traits(base), base.segmentation.verdict, language, base.currency)


def names_of(
    traits: Mapping[int, Traits], verdict: Verdict, language: str, currency: str
) -> dict[int, str]:
    """What segments with these traits are called, as `segment_names`."""
    wording = prompts.load_yaml("segment_names")[language]
    if verdict == "none":
        unassigned = wording["kinds"]["unassigned"]
        part = wording["part"]
        return {i: part.format(id=i) if i else unassigned.capitalize() for i in traits}
    return {i: _name(one, wording, language, currency) for i, one in _brief(traits).items()}


def named(base: CustomerBase, language: str = "en") -> Segmentation:
    """The base's segmentation with its segments named."""
    names = segment_names(base, language)
    segments = tuple(replace(s, name=names[s.id]) for s in base.segmentation.segments)
    return replace(base.segmentation, segments=segments)


def _brief(traits: Mapping[int, Traits]) -> dict[int, Traits]:
    """The same in both languages: names that are too long leave the recency out, if still apart."""
    english = prompts.load_yaml("segment_names")["en"]
    shorter = {
        number: replace(one, recency="")
        if len(_name(one, english, "en", "money").split()) > LONGEST
        else one
        for number, one in traits.items()
    }
    counts = Counter(shorter.values())
    return {n: shorter[n] if counts[shorter[n]] == 1 else one for n, one in traits.items()}


def _name(traits: Traits, wording: Mapping[str, Any], language: str, currency: str) -> str:
    traits = _printable(traits)
    joint = " " if language == "en" else ""
    recency = wording["recency"].get(traits.recency, "")
    if traits.kind == "regular" and traits.told_apart_by in wording["average"]:
        taste = wording["average"][traits.told_apart_by]
        return _capital(taste.format(recency=recency, detail=traits.detail).strip())
    plain = _capital(joint.join(part for part in (recency, wording["kinds"][traits.kind]) if part))
    if not traits.told_apart_by:
        return plain
    template = wording["apart"][traits.told_apart_by]
    if traits.told_apart_by not in MEASURES:
        return str(template.format(name=plain, detail=traits.detail))
    unit = METRICS[traits.told_apart_by].unit
    return _with_band(plain, template, traits.detail, currency if unit == "money" else unit)


def _printable(traits: Traits) -> Traits:
    """A category that reads like an order to a program names no segment: its reference does."""
    fit = traits.told_apart_by in MEASURES or is_fit_to_print(str(traits.detail))
    return traits if fit else replace(traits, detail=reference(str(traits.detail)))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _with_band(plain: str, templates: Mapping[str, str], band: str, unit: str) -> str:
    """A name with a band as bands.py writes it: `50..`, `..20` or `20..50`."""
    low, _, high = band.partition("..")
    side = "between" if low and high else "over" if low else "under"
    bounds = {
        name: format_rounded(float(bound), unit)
        for name, bound in (("low", low), ("high", high))
        if bound
    }
    return templates[side].format(name=plain, **bounds)
