"""Two questions in one sentence: `who is 12748 and what should I offer her?`."""

from __future__ import annotations

import re

from assistant.router.patterns import wording

__all__ = ["asks_goods", "clauses_in"]

_LATIN_WORDS = 3
_CHINESE = 4
"""A question has no fewer words, or characters, than these."""


def clauses_in(message: str) -> list[str]:
    """The two questions of a sentence whose second one leans on the first; none in others."""
    for joint in wording("clauses.second").finditer(message.lower()):
        parts = [message[: joint.start()].strip(), message[joint.end() :].strip()]
        if all(map(_asks, parts)) and wording("clauses.leans").search(parts[1].lower()):
            return parts
    return []


def asks_goods(part: str) -> bool:
    """`what do they buy`: no summary of customers tells it."""
    return bool(wording("metrics.goods_asked").search(part.lower().strip(" ?？")))


def _asks(part: str) -> bool:
    whole = (
        len(re.findall(r"[a-z0-9'-]+", part, re.I)) >= _LATIN_WORDS
        or len(re.findall(r"[\u3400-\u9fff]", part)) >= _CHINESE
    )
    return whole and bool(wording("clauses.asks").search(part.lower()))
