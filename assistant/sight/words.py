"""Single words that answers take out of names of goods: do they stand in any name fit to print?

What segments are called, the rules that describe them and the words that go with them are made of
such words. One that only stands in names that read like an order is a piece of that order.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from assistant.sight.names import is_fit_to_print
from segmentation.insight.evidence.traits import segment_traits
from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase

__all__ = ["unvouched"]

SHORTEST, MOST_NAMES = 3, 2_000
NAMED_FOR = ("category", "product")


def unvouched(values: Iterable[str], base: CustomerBase) -> set[str]:
    """Those of the values, and of the words in segments' names, that no decent name has."""
    details = (t.detail for t in segment_traits(base).values() if t.told_apart_by in NAMED_FOR)
    words = {word for word in (*values, *details) if _is_word(word)}
    names = _names_with(words, base)
    found = set()
    for word in words:
        own = [name for name in names if word.casefold() in name.casefold()]
        if own and not any(map(is_fit_to_print, own)):
            found.add(word)
    return found


def _is_word(value: str) -> bool:
    return len(value) >= SHORTEST and value.isalpha()


def _names_with(words: set[str], base: CustomerBase) -> list[str]:
    """Names of goods and categories that have one of the words in them."""
    if not words:
        return []
    ledger = open_ledger(base)
    found: list[str] = []
    for column in ("product", "category"):
        rows = ledger.products.select(name=column).distinct()
        has = reduce(or_, (rows.name.lower().contains(word.lower()) for word in sorted(words)))
        found += list(ledger.run(rows.filter(has).limit(MOST_NAMES))["name"])
    return found
