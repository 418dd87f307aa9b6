"""For whom something is: `who should get our new camping catalogue?` looks for people who camp."""

from __future__ import annotations

import re

from assistant.router.filler import content
from assistant.router.lexicon import has_cjk
from assistant.router.patterns import wording
from assistant.router.reading import Reading

__all__ = ["offered"]


def offered(reading: Reading) -> str | None:
    """What is to be offered, without what only wraps it; empty where that is all that is said.

    Returns:
        None where nobody is looked for to offer something.
    """
    kind = "_zh" if has_cjk(reading.question) else ""
    match = wording(f"offers.asked{kind}").search(reading.text)
    if not match or "product" in reading.who.pointers:
        return None
    start, end = match.span(match.lastgroup or 0)
    words = wording(f"offers.wrapping{kind}").sub(" ", reading.text[start:end])
    words = re.sub(r"\s+", " ", words).strip(" ,.;:?!，。；：？！")
    goods = reading.filters_on("product", "category")
    return words if goods or _says_something(words) else ""


def _says_something(words: str) -> bool:
    if has_cjk(words):
        return len(re.sub(r"\W", "", wording("slots.filler_zh").sub("", words))) > 1
    return bool(content(words))
