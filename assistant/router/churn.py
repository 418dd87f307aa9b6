"""Churn: nobody says that they leave, so it is told by who has not ordered for long."""

from __future__ import annotations

from assistant.router.conditions import Filter
from assistant.router.patterns import wording
from assistant.router.reading import Reading

__all__ = ["QUIET", "asks_churn"]

QUIET = Filter("days_since_last_order", "ge", 90)
"""Who counts as gone where the question names no time; the answer says so."""


def asks_churn(reading: Reading) -> bool:
    """Whether lost customers are asked for, without saying after how many days they are lost."""
    asked = wording("churn.asked").search(reading.own)
    return bool(asked) and not reading.filters_on("days_since_last_order")
