"""How people came or paid: `revenue with a coupon`, `手机端的订单`. No column tells it."""

from __future__ import annotations

from assistant.router.patterns import wording
from assistant.router.reading import Reading

__all__ = ["DEEDS", "counts_in_a_way"]

DEEDS = frozenset({"send", "alter", "contact", "price"})
"""Ideas of questions that want something done to customers."""


def counts_in_a_way(reading: Reading) -> bool:
    """Whether a number of the shop is asked for those who came, paid or ordered in some way."""
    asked = wording("scope.asks_number").search(reading.text)
    named = bool(asked) and bool(reading.metrics) and not reading.concepts & DEEDS - {"price"}
    return named and bool(wording("scope.way").search(reading.own))
