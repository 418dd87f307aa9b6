"""Words that only carry a description, beside those that say something."""

from __future__ import annotations

import re

from assistant.router.patterns import wording

__all__ = ["content"]


def content(text: str) -> list[str]:
    """English words of a text that say something of a person or a thing."""
    words = re.findall(r"[a-z&][a-z'&-]*", text)
    return [word for word in words if not wording("slots.filler").fullmatch(word)]
