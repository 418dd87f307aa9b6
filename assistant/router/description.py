"""What people who are looked for are like, in the user's own words."""

from __future__ import annotations

import re

from assistant.router.filler import content
from assistant.router.lexicon import has_cjk
from assistant.router.offers import offered
from assistant.router.patterns import wording
from assistant.router.reading import Reading

__all__ = ["describe_taste"]


def describe_taste(reading: Reading) -> str | None:
    """The part of a question that says what people like or do.

    Returns:
        None where nothing is left besides commands, numbers and conditions: a description of
        nobody would find anybody.
    """
    if (told := offered(reading)) is not None:
        return (told if has_cjk(told) else told and f"people interested in {told}") or None
    if has_cjk(reading.question):
        return _in_chinese(reading) if _says_something_zh(reading) else None
    if match := wording("slots.taste").search(reading.text):
        told = next(group for group in match.groups() if group)
        told = f"people who {told}" if match["a"] else f"people interested in {told}"
        return _tidy(told) if content(told) else None
    if not (content(reading.scan.rest) or reading.filters_on("product", "category")):
        return None
    return _tidy(wording("slots.command").sub("", reading.text)) or reading.question.strip()


def _tidy(told: str) -> str:
    return wording("slots.trailer").sub("", told).strip(" ,.?!")


def _says_something_zh(reading: Reading) -> bool:
    rest = wording("slots.filler_zh").sub("", reading.scan.rest)
    chinese = re.sub(r"[^\u3400-\u9fff]", "", rest)
    named = reading.filters_on("product", "category")
    return bool(named) or len(chinese) > 1 or bool(content(rest))


def _in_chinese(reading: Reading) -> str:
    said = wording("slots.command_zh").sub("", reading.question.strip())
    return wording("slots.trailer_zh").sub("", said).strip("，。？?！ ")
