"""A fact as a person reads it where an answer is unfolded: what, of whom, how much, when, whence.

For the page and the terminal alike. Nothing here is HTML: names come from data and are cleaned, but
whoever draws them still has to escape them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.grounding.given import Given
from assistant.tools.result import Claim
from assistant.tools.voice import Voice, capital, clean
from prompts import load_yaml
from segmentation.insight.metrics import FORECASTS, METRICS
from segmentation.types import Fact

__all__ = ["FactWords", "claim_of", "claim_words", "fact_words"]

LONGEST = 60
"""Characters of a name from data."""

_PARTS = re.compile(r"&(?=\w+(?::|!=))")
_PART = re.compile(r"(\w+)(!=|:)(.*)", re.DOTALL)
_ENDING = re.compile(r"_[a-z0-9]+$")
_SOURCES = (
    (re.compile(r"theme|reviewed|reviewers|reviews|review_count"), "reviews"),
    (re.compile(r"searched|basket|busiest|interest|view|cart|checkout|reached|skipped|visit|search"
                r"|wish|event|last_view"), "events"),
    (re.compile(r"size|segment|stability|silhouette|davies|calinski|prediction|tree|future|taste"
                r"|verdict|confidence|rule|likeness|similarity|matches|tests|known_customers"
                r"|returned$"), "segments"),
    (re.compile(r"expected|forecast|naive|replay"), "model"),
    (re.compile(r"registered|consent|customers_rows|left_out"), "customers"),
    (re.compile(r"products_|stock|shortage|units_to_order"), "products"),
)  # fmt: skip
"""Beginnings of a metric, or of a subject's kind, and what the number is made from."""
_OF_ORDERS = frozenset(
    {"all", "segment", "customer", "nearest", "baseline", "month", "weekday", "daypart"}
    | {"product", "category", "country", "word"}
)
"""Kinds of subjects that are no column of a profile."""

_SEGMENT = re.compile(r"\bsegment:(?=\d+$)")
SMALLEST_P = 0.001


@dataclass(frozen=True)
class FactWords:
    """A fact in words: what the number is, of whom, the number, when, and from what it is made."""

    label: str
    whose: str
    value: str
    period: str
    source: str


def fact_words(fact: Fact, say: Voice, label: str = "") -> FactWords:
    """A fact in words; `label` is what its number is, where somebody knows better."""
    return FactWords(
        label=capital(label or _label(fact.metric, say)),
        whose=_whose(fact.subject, say, named=bool(label)),
        value=_value(fact, say),
        period=say.period(fact.period),
        source=str(say["facts.sources"][_source(fact)]),
    )


def claim_of(sentence: str, givens: Sequence[Given], say: Voice) -> Claim:
    """A sentence with the facts it rests on, the number of everybody else after each that has one.

    Args:
        givens: the facts as its writer was given them.
    """
    facts, labels = [], []
    for one in givens:
        form = str(say["facts.label_of"]) if one.name else "{label}"
        both = [one.fact]
        if one.rest is not None and _SEGMENT.search(one.fact.subject):
            rest = _SEGMENT.sub("segment!=", one.fact.subject)
            both.append(replace(one.fact, subject=rest, value=one.rest))
        facts += both
        labels += [form.format(label=one.label, name=clean(one.name, LONGEST))] * len(both)
    return Claim(sentence, tuple(facts), tuple(labels))


def claim_words(claim: Claim, say: Voice) -> list[FactWords]:
    """The facts of a claim in words, in its order."""
    labels = claim.labels or ("",) * len(claim.facts)
    return [fact_words(fact, say, label) for fact, label in zip(claim.facts, labels, strict=True)]


def _value(fact: Fact, say: Voice) -> str:
    value, unit = fact.value, fact.unit
    if unit == "probability" and isinstance(value, float):
        return f"<{SMALLEST_P}" if value < SMALLEST_P else f"{value:.3f}"
    if unit == "verdict":
        return str(say["verdicts_short"].get(value, value))
    if unit == "date":
        return say.day(str(value))
    return say.value(clean(value, LONGEST) if isinstance(value, str) else value, unit)


def _label(metric: str, say: Voice) -> str:
    words = say["facts"]
    known: Mapping[str, Any] = {**say["habits"], **words["metrics"], **say["metrics"]}
    name, _, of = metric.partition(":")
    if name in known:
        return str(known[name]).format(of=_plain(of))
    ending = _ENDING.search(name)
    if ending and ending.group() in words["parts"]:
        stem = name[: ending.start()]
        return str(words["parts"][ending.group()]).format(metric=known.get(stem, _plain(stem)))
    return _plain(name)


def _plain(name: str) -> str:
    return clean(re.sub(r"[_:]+", " ", name), LONGEST)


def _whose(subject: str, say: Voice, *, named: bool) -> str:
    """`segment 3`, `everyone else`, `Germany · segment 3`; only whose, if the thing is `named`."""
    parts = [_PART.fullmatch(part) for part in _PARTS.split(subject)]
    told = [_one(part, say) for part in parts[named and len(parts) > 1 :] if part]
    if not told:
        return str(say["facts.whose.all"]) if subject == "all" else clean(subject, LONGEST)
    return str(say["facts.joint"]).join(told)


def _one(part: re.Match[str], say: Voice) -> str:
    words, (kind, relation, key) = say["facts.whose"], part.groups()
    if relation == "!=":
        return str(words["rest"])
    if kind == "segment" and "|" in key:
        return str(words["segments"]).format(key=say.list(key.split("|")))
    if kind == "theme":
        return _theme(key, say)
    if kind in ("weekday", "daypart"):
        return str(say[f"{kind}s"].get(key, key))
    if kind == "month":
        return say.month(key)
    if kind in ("country", "category"):
        return clean(key, LONGEST)
    if kind in words:
        return str(words[kind]).format(key=clean(key, LONGEST))
    return str(words["other"]).format(kind=say.field(kind), key=clean(key, LONGEST))


def _theme(key: str, say: Voice) -> str:
    aspect, _, side = key.partition(".")
    return str(load_yaml("themes/aspects")["aspects"][aspect][side][say.language])


def _source(fact: Fact) -> str:
    """Which of the shop's data the number is made from."""
    kinds = re.findall(r"(?:^|&)(\w+)(?=:|!=)", fact.subject)
    if any(kind not in _OF_ORDERS for kind in kinds[:1]) and _known(kinds[0]) is None:
        return "customers"
    metric = METRICS.get(fact.metric)
    if metric is not None:
        return "model" if metric.name in FORECASTS else metric.source
    known = next((s for s in map(_known, (*kinds[:1], fact.metric)) if s), None)
    stem = METRICS.get(_ENDING.sub("", fact.metric))
    return known or (stem.source if stem else "orders")


def _known(name: str) -> str | None:
    if name == "segment":
        return None
    return next((source for begins, source in _SOURCES if begins.match(name)), None)
