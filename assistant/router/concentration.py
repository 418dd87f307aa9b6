"""How much revenue rests on few customers: `what share do the top 10% bring in?`, `80/20`."""

from __future__ import annotations

from assistant.router.patterns import wording
from assistant.router.reading import Reading

__all__ = ["asks_concentration", "shares_untold"]

_DEEDS = {"export", "campaign", "send"}
"""Ideas of questions that want something done with the best customers."""


def asks_concentration(reading: Reading) -> bool:
    """Whether the share of revenue of the best customers is asked for."""
    asked = wording("concentration.asked").search(reading.text)
    return bool(asked) and not reading.concepts & _DEEDS


def shares_untold(reading: Reading) -> list[tuple[int, int]]:
    """The percentages of such a question that `describe_customers` does not tell."""
    from segmentation.insight.concentration import TOP_SHARES

    told = {round(100 * share) for share in TOP_SHARES.values()}
    return [(n.start, n.end) for n in reading.percents if n.value not in told]
