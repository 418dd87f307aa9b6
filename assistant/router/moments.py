"""Weekdays, times of day and feasts in a question: no answer is narrowed by them."""

from __future__ import annotations

from assistant.router.lexicon import lexicon
from assistant.router.patterns import wording
from assistant.router.reading import Reading

__all__ = ["Span", "compares_days", "days_of_the_week", "moments", "times"]

Span = tuple[int, int]
"""Where in a text: its first place, and the one after its last."""


def days_of_the_week(reading: Reading) -> list[Span]:
    """`on Sundays`, `周末`: days that come back every week, which numbers can be split by."""
    return _asked("days", reading)


def times(reading: Reading) -> list[Span]:
    """Days of the week and times of day: `on Sundays`, `last Sunday`, `in the morning`, `6点后`."""
    return sorted({*_asked("days", reading), *_asked("times", reading)})


def moments(reading: Reading) -> list[Span]:
    """All that is said of when and is no date: times, and feasts as in `at Easter`."""
    return sorted({*times(reading), *_asked("feasts", reading)})


def compares_days(reading: Reading) -> bool:
    """`weekends versus weekdays`: several are set beside each other, none is left out."""
    return bool(wording("moments.several_days").search(reading.own))


def _asked(kind: str, reading: Reading) -> list[Span]:
    found = wording(f"moments.{kind}").finditer(reading.own)
    return [match.span() for match in found if _is_of_the_question(*match.span(), reading.own)]


def _is_of_the_question(start: int, end: int, text: str) -> bool:
    """Not so in `we meet on Monday, what is our revenue?`: nothing is counted in that clause."""
    border = wording("moments.border")
    first = max((m.end() for m in border.finditer(text, 0, start)), default=0)
    after = border.search(text, end)
    last = after.start() if after else len(text)
    beside = text[first:start] + " " + text[end:last]
    if (first, last) == (0, len(text)) or not wording("moments.word").search(beside):
        return True
    return bool(wording("moments.deed").search(beside) or lexicon("metrics").find(beside))
