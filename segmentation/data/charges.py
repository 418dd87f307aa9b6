"""Which "products" of a shop are charges: postage, fees, discounts, vouchers, manual entries.

By stock code where the shop's other codes are of another kind, and by name where a name says a
charge and nothing else (`DHL Express Shipping` is one, `SHIPPING LABELS` is not).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from segmentation.data.words import words

__all__ = ["charged_products", "is_charge_code", "is_charge_name"]


def charged_products(products: Iterable[tuple[str, str | None]]) -> set[str]:
    """The ids among (product_id, name) pairs that are charges."""
    products = list(products)
    coded = sum(any(c.isdigit() for c in code) for code, _ in products) >= 0.8 * len(products)
    return {
        code
        for code, name in products
        if (coded and is_charge_code(code))
        or is_charge_name(code)
        or (name and is_charge_name(name))
    }


def is_charge_code(code: str) -> bool:
    """Whether a stock code is one that shops use for charges (POST, M, DOT, gift_0001_20, ...)."""
    patterns = words()["charge_code_patterns"]
    return code.casefold() in _codes() or any(re.match(p, code, re.IGNORECASE) for p in patterns)


def is_charge_name(name: str) -> bool:
    """Whether a name says a charge and nothing else."""
    text = unicodedata.normalize("NFKC", name).casefold()
    if not _nouns().search(text):
        return False
    rest = re.findall(r"[^\W\d_]+|[&+%-]", _nouns().sub(" ", text))
    fillers = _fillers()
    return all(word in fillers or (not word.isascii() and len(word) <= 2) for word in rest)


@cache
def _codes() -> frozenset[str]:
    return frozenset(code.casefold() for code in words()["charge_codes"])


@cache
def _fillers() -> frozenset[str]:
    return frozenset(map(str, words()["charge_fillers"])) | {"gbp", "eur", "usd", "x", "%"}


@cache
def _nouns() -> re.Pattern[str]:
    names = sorted(words()["charge_names"], key=len, reverse=True)
    latin = "|".join(
        re.escape(n) for n in names if n.isascii() or n[0].isascii() or "ü" in n or "í" in n
    )
    other = "|".join(re.escape(n) for n in names if not n[0].isascii())
    return re.compile(rf"\b(?:{latin})\b|(?:{other})")
