"""Common wishes that no tool can compute: margins, baskets, cohorts. They are refused by name."""

from __future__ import annotations

from assistant.router.patterns import wording
from assistant.router.reading import Reading

__all__ = ["wished"]

_WISHES = (
    "mailing", "acquisition", "costs", "cohort", "gap", "together", "result", "growth",
)  # fmt: skip
"""Kinds of refusals in `replies.yaml`; an earlier one wins."""


def wished(reading: Reading) -> str | None:
    """Which of the wishes is asked for, if one is: each is told why not, and what comes near."""
    if len(reading.who.customers) > 1 and _compares_people(reading):
        return "people"
    if reading.who.segments and "recommend" in reading.concepts:
        return None
    return next((kind for kind in _WISHES if wording(f"wishes.{kind}").search(reading.own)), None)


def _compares_people(reading: Reading) -> bool:
    """`compare customers 20017 and 20031`: only segments are set beside each other."""
    return "compare" in reading.concepts and not reading.concepts & {"similar", "taste"}
