"""What has to be said of an answer besides, because the question may expect something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.router.charting import wants_picture
from assistant.router.churn import QUIET, asks_churn
from assistant.router.concentration import asks_concentration, shares_untold
from assistant.router.course import compares_periods
from assistant.router.patterns import wording
from assistant.router.reading import Reading

__all__ = ["notes_on"]


def notes_on(tool: str, args: Mapping[str, Any], reading: Reading) -> tuple[str, ...]:
    """The notes of `replies.yaml` that a call needs, by name."""
    if tool == "describe_customers":
        untold = asks_concentration(reading) and shares_untold(reading)
        return ("tenths",) if untold else ()
    return _on_a_number(args, reading) if tool == "query_customers" else ()


def _on_a_number(args: Mapping[str, Any], reading: Reading) -> tuple[str, ...]:
    churn, by = asks_churn(reading), args.get("by")
    needed = {
        "churn": churn and QUIET.as_dict() in args.get("filters", ()),
        "silence": churn and args["metric"] == "days_since_last_order",
        "table": wants_picture(reading) and bool(by),
        "both_periods": compares_periods(reading) and by != "month",
        "newness": bool(wording("unread.newness").search(reading.own)),
    }
    return tuple(name for name, told in needed.items() if told)
