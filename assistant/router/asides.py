"""What a question says besides: what is not wanted, what it is for, what comes before it.

`no chart please`, `before I plan Q1:` and `for the board deck` tell nothing of what is asked, and
their words and dates would be taken for it.
"""

from __future__ import annotations

import re

from assistant.router.patterns import wording
from assistant.router.scan import regex

__all__ = ["without_asides"]

_LEFT = regex(r"[a-z0-9'-]+[^a-z]+[a-z0-9'-]+|[\u3400-\u9fff]{2}")
"""As little as can be a question still."""


def without_asides(text: str) -> str:
    """A mended text without them; as it was where nothing would be left to answer."""
    left = wording("asides.preamble").sub(_unless_about_somebody, text)
    for kind in ("language", "disclaimer", "purpose"):
        left = wording(f"asides.{kind}").sub(" ", left)
    left = re.sub(r"\s+", " ", left).strip(" ,;:")
    return left if _LEFT.search(left) else text


def _unless_about_somebody(match: re.Match[str]) -> str:
    """`if we mail segment 5, ...` says whom the question is about."""
    return match.group() if wording("asides.somebody").search(match.group()) else " "
