"""Names of the shop that were typed nearly right: the one that is meant, or those it could be.

Exact names and parts of names are for `names.py` and `references.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from assistant.router.catalogue import Catalogue
from assistant.router.scan import Scan

__all__ = ["nearly_named", "segments_alike"]

_NEAR, _SURE, _APART = 86, 91, 4
"""Of 100: what counts as alike at all, what is a slip of the pen, and how far ahead it must be."""
_MOST = 4
_TYPED_NAME = re.compile(
    r"(?<![\w'])[A-Z][A-Z0-9'&/-]+(?:[ ,]+[A-Z0-9][A-Z0-9'&/-]*)+(?![\w'])", re.A
)
"""Capitals throughout, as till systems write products."""


def nearly_named(scan: Scan, catalogue: Catalogue, question: str) -> tuple[str, ...]:
    """Products that a name typed in capitals may be meant to be; one alone where it is clear.

    What was typed is taken out of the scan.
    """
    for match in _TYPED_NAME.finditer(question):
        typed = match.group().lower()
        start = scan.free.find(typed)
        if start < 0 or typed in catalogue.product_text:
            continue
        if found := _near(typed, catalogue.product_names):
            scan.take(start, start + len(typed), "the red mug")
            return found
    return ()


def segments_alike(scan: Scan, catalogue: Catalogue) -> tuple[int, ...]:
    """Segments whose names begin or end like `the big spenders segment` does."""
    match = re.search(r"\b((?:[a-z-]+ ){1,3})(?:segment|group|cluster)\b", scan.free)
    said = match[1].split() if match else []
    for first in range(len(said)):
        part = " ".join(said[first:])
        if len(part) < 4 or part in ("this", "that", "same", "other", "which", "what", "each"):
            continue
        found = [i for i, name in catalogue.segments.items() if _has_part(name.lower(), part)]
        if match and found:
            scan.take(match.start(1), match.end(), "segment x")
            return tuple(sorted(found))
    return ()


def _has_part(name: str, part: str) -> bool:
    return bool(re.search(rf"(?<![a-z]){re.escape(part)}(?![a-z])", name))


def _near(typed: str, names: Mapping[str, str]) -> tuple[str, ...]:
    from rapidfuzz import fuzz, process

    near = process.extract(typed, list(names), scorer=fuzz.ratio, score_cutoff=_NEAR, limit=_MOST)
    if not near:
        return ()
    best, runner_up = near[0][1], near[1][1] if len(near) > 1 else 0
    clear = best >= _SURE and best - runner_up >= _APART
    return tuple(names[key] for key, _, _ in (near[:1] if clear else near))
