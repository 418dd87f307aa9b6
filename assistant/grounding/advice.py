"""Whether a sentence tells what to do rather than what is."""

from __future__ import annotations

import re

from assistant.grounding.phrases import Found, words

__all__ = ["advises"]

OPENING = 14
_SUBJECT = {
    "en": re.compile(
        r"\b(?:they|it|who|which|customers?|shoppers?|buyers?|members?|people|many|most|some|few|"
        r"this (?:segment|group)|these)(?:\s+of\s+(?:them|these))?"
        r"(?:\s+(?:\w+ly|also|often|always|still|even|all|both|tend to))?\s+$",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?<![对给向为与让请])(?:他们|她们|它们|客户|顾客|成员|买家|人群|的人|人们|大家|客群)"
        r"(?:也|都|大多|往往|常常|总是|通常|一般|更|很)?$"
    ),
}
"""`they could`, `他们可以`: who does it is a customer, so it is said of customers."""
_TO_THEM = re.compile(
    r"\s+be\s+(?:offered|sent|shown|mailed|reminded|invited|contacted|told|asked|given|reached|won)\b"
)


def advises(text: str, language: str) -> bool:
    """Whether a sentence advises, where names and dates in it are masked."""
    lists = words(language)
    inside = lists.phrases("advice_inside").find(text)
    if any(_is_cue(hit, text, language) for hit in inside):
        return True
    lead = len(text) - len(re.sub(r"^[\s\W\d]+", "", text))
    opening = lists.phrases("advice").find(text[lead : lead + OPENING])
    begins = [hit for hit in opening if hit.start <= (2 if language == "zh" else 0)]
    if begins and _is_cue(_shifted(begins[0], lead), text, language):
        return True
    colon = re.search(r":\s+(\w+)", text)
    return language == "en" and bool(colon and lists.phrases("advice").find(colon[1]))


def _shifted(hit: Found, by: int) -> Found:
    return Found(hit.start + by, hit.end + by, hit.name)


def _is_cue(hit: Found, text: str, language: str) -> bool:
    """Neither a part of another word nor what customers themselves do."""
    lists = words(language)
    within = lists.phrases("not_advice").find(text)
    if any(hit.start < one.end and one.start < hit.end for one in within):
        return False
    if lists.phrases("advice_firm").find(text[hit.start : hit.end]):
        return True
    mine = not _SUBJECT[language].search(text[: hit.start])
    return mine or bool(language == "en" and _TO_THEM.match(text[hit.end :]))
