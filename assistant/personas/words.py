"""The wording of personas: labels of facts, and numbers as a brief writes them, rounded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from assistant.formats import format_rounded, format_value
from assistant.grounding.given import Given
from assistant.tools.voice import Voice, capital, voice
from prompts import load_yaml
from segmentation.types import Fact

__all__ = ["fact_line", "label", "rounded", "shown", "time_of", "wording"]

MONEY = re.compile("[A-Z]{3}")
WHOLE_MONEY, WHOLE_PERCENT, WHOLE_RATIO = 10, 0.1, 10
"""From here on decimals say nothing to a reader."""


def wording(language: str) -> Mapping[str, Any]:
    """prompts/persona of `en` or `zh`."""
    found: Mapping[str, Any] = load_yaml(f"persona/{language}")
    return found


def label(key: str, fact: Fact, called: Mapping[str, str], language: str) -> str:
    """What a fact's number is, in words."""
    say, labels = voice(language), wording(language)["labels"]
    kind = ".".join(part for part in key.split(".") if not part.isdigit())
    kind, column = kind.split(".") if kind.startswith("profile.") else (kind, "")
    if kind in labels:
        return str(labels[kind]).format(field=say.field(column), value=_when(say, kind, fact))
    if kind == "near":
        who = say.segment(fact.subject.partition(":")[2], called[fact.subject])
        return str(labels["of_segment"]).format(metric=_metric(say, fact.metric), segment=who)
    return _metric(say, fact.metric)


def time_of(fact: Fact) -> str:
    """`saturday`, `evening`: of a fact about orders of a day or a part of it."""
    return fact.subject.partition("&")[0].partition(":")[2]


def _when(say: Voice, kind: str, fact: Fact) -> str:
    names = {"weekday": "weekdays", "daypart": "dayparts"}
    return str(say[names[kind]][time_of(fact)]) if kind in names else ""


def _metric(say: Voice, name: str) -> str:
    labels = wording(say.language)["labels"]
    if name in labels["metrics"]:
        return str(labels["metrics"][name])
    if name.endswith("_p50"):
        return str(labels["median"]).format(metric=say.metric(name.removesuffix("_p50")))
    return say.metric(name)


def fact_line(one: Given, language: str) -> str:
    """A fact as a language model reads it: id, what it is, the number, what it is beside others."""
    say, words = voice(language), wording(language)["lines"]
    unit = one.fact.unit
    told = [one.id, capital(one.label) + (f" {say.quote(one.name)}" if one.name else "")]
    if one.fact.subject.startswith("segment:"):
        told.append(one.fact.subject.replace(":", " "))
    told.append(_exact(one.fact.value, unit))
    if one.rest is not None:
        told.append(str(words["rest"]).format(rest=_exact(one.rest, unit)))
    if one.lift is not None and unit != "ratio":
        told.append(str(words["lift"]).format(lift=round(one.lift, 2)))
    told += [str(words["clear"])] if one.clear else []
    if one.rank is not None:
        told.append(str(words["rank"]).format(rank=one.rank, of=one.of))
    told.append(one.fact.period)
    return " | ".join(told)


def _exact(value: Any, unit: str) -> str:
    if not isinstance(value, int | float):
        return str(value)
    if unit == "share":
        return f"{100 * value:.1f} %"
    return f"{round(value, 2):,} {unit}"


def rounded(value: float, unit: str) -> float:
    """A number as far as a reader can tell it apart."""
    size = abs(value)
    if unit == "share":
        return round(value, 2 if size >= WHOLE_PERCENT or not size else 3)
    if unit in ("days", "customers", "sessions"):
        return round(value)
    if unit == "money" or MONEY.fullmatch(unit):
        return round(value, 0 if size >= WHOLE_MONEY else 2)
    return round(value, 0 if size >= WHOLE_RATIO else 1)


def shown(say: Voice, value: float, unit: str) -> str:
    """`£351`, `38%`, `4.2 orders`, `48 days`, `4.1`."""
    short = rounded(value, unit)
    if unit in ("days", "customers", "orders", "items"):
        return say.count(short, unit)
    if MONEY.fullmatch(unit) and not float(short).is_integer():
        return format_value(short, unit, say.language)
    return format_rounded(short, unit)
