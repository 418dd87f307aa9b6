"""What stands around a word in a sentence: who, whose, which metric, and whether it is denied."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.grounding.concepts import GENERIC
from assistant.grounding.evidence import Evidence
from assistant.grounding.phrases import Found, words
from assistant.grounding.reading import Mention, Reading

__all__ = [
    "ECHO",
    "alike",
    "denials",
    "has_item",
    "items_near",
    "metric_near",
    "negated",
    "of_metric",
    "sides",
    "told_alike",
]

ECHO = 0.5
"""The share of its words that a tool's sentence must have for one to be its paraphrase."""


def alike(text: str, other: str, language: str) -> float:
    """The share of the words of a text (in Chinese: pairs of characters) that another has."""
    own, theirs = _content(text, language), _content(other, language)
    return len(own & theirs) / len(own) if own else 0.0


def _content(text: str, language: str) -> set[str]:
    if language == "zh":
        han = re.sub(r"[^\u3400-\u9fff]", "", text)
        return {han[i : i + 2] for i in range(len(han) - 1)}
    return {word[:6] for word in re.findall(r"[a-z]{4,}", text.lower())}


def told_alike(reading: Reading, hit: Found, evidence: Sequence[Evidence]) -> bool:
    """Whether a tool's own sentence has the word, in much the same words, of the same names."""
    said = reading.text[hit.start : hit.end].lower()
    names = reading.named
    return any(
        e.told and e.kind == "said" and said in e.label.lower() and names <= e.items
        and (names or alike(reading.text, e.label, reading.language) >= ECHO)
        for e in evidence
    )  # fmt: skip


def negated(reading: Reading, at: int) -> bool:
    begin = max([cut for cut in reading.cuts if cut <= at], default=0)
    return bool(denials(reading, begin, at))


def denials(reading: Reading, begin: int, end: int) -> list[Found]:
    """Words that deny, in a stretch; `no more than` is none."""
    lists = words(reading.language)
    fine = lists.phrases("unless_negated").find(reading.plain)
    return [
        hit
        for hit in lists.phrases("negation").find(reading.plain)
        if begin <= hit.start < end
        and not any(hit.start < f.end and f.start < hit.end for f in fine)
    ]


def metric_near(reading: Reading, hit: Found) -> frozenset[str] | None:
    """The metric that is compared: named right behind, else nearest in the sentence."""
    mentions = [m for m in reading.metrics if m.keys != {"ratio"}]
    plainer = [m for m in mentions if not m.keys <= GENERIC] or mentions
    if not plainer:
        return None
    return min(plainer, key=lambda m: _distance(m, hit)).keys


def _distance(mention: Mention, hit: Found) -> int:
    if mention.start >= hit.end:
        return mention.start - hit.end
    return max(0, hit.start - mention.end) + 4


def of_metric(e: Evidence, metric: frozenset[str] | None) -> bool:
    if metric is None:
        return True
    if metric == {"repeat"} and e.metric == "orders_per_customer":
        return False
    return bool(metric & (e.concepts | {e.metric})) or bool(
        e.items and metric <= {"spend", "orders_per_customer", "reach", "weekend"}
    )


def sides(reading: Reading, hit: Found) -> tuple[frozenset[str], frozenset[str]]:
    """Who is said to differ, and from whom; empty sets where nobody is named."""
    named = [m for m in reading.groups if m.keys != {"own"}]
    against = [m for m in named if m.compared or m.keys & {"rest"}]
    plain = [m for m in named if m not in against and m.keys != {"all"}]
    after = [m for m in against if m.start >= hit.start] or against
    who = plain[0].keys if plain else frozenset()
    if not who and (default := reading.about.subject or reading.context):
        who = frozenset({default})
    whom = after[0].keys if after else frozenset()
    if not whom and len(plain) > 1:
        whom = plain[1].keys
    return who, whom


def items_near(reading: Reading, hit: Found) -> frozenset[str]:
    cell = {reading.cell(hit.start), reading.cell(hit.end)}
    found = [m.keys for m in reading.items if reading.cell(m.start) in cell]
    return frozenset().union(*found)


def has_item(keys: frozenset[str], e: Evidence) -> bool:
    return any(
        k in e.items or (k.startswith("month ") and any(i.endswith(k[6:]) for i in e.items))
        for k in keys
    )
