"""Given facts taken apart: every number one may be quoted for, of whom, of what, in which unit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.grounding.about import About
from assistant.grounding.concepts import concepts_of, split_role
from assistant.grounding.given import Given
from assistant.grounding.phrases import words
from assistant.grounding.times import times
from assistant.grounding.vocabulary import plain

__all__ = ["Evidence", "evidence_of", "whom"]

UNQUOTED = ("effect", "q")
"""Roles of facts that are shown in tables only."""
SHARES = ("share", "probability")


@dataclass(frozen=True)
class Evidence:
    """One number that may be said.

    Args:
        value: of the number; None where the fact is a date or a word.
        kind: as of a quantity (`share`, `money`, `days`, `customers`, ...); `any` where unknown.
        whom: `segment:2`, `segment!=2`, `all`, `customer:1`; empty where it is nobody's.
        items: what else it is of, in plain spelling: names of products, months, weekdays.
        metric, role, concepts: what it measures.
        label: its metric in words.
        period: as the fact has it.
        given: where it is from.
        told: read from a sentence, so that its unit and metric are a reader's.
    """

    value: float | None
    kind: str
    whom: str
    items: frozenset[str]
    metric: str
    role: str
    concepts: frozenset[str]
    label: str
    period: str
    given: Given
    told: bool = False

    @property
    def is_rest(self) -> bool:
        return "!=" in self.whom

    @property
    def board(self) -> tuple[str, str, str, str]:
        """Numbers with the same board can be ranked among each other."""
        dimension = "" if not self.items else "item"
        return self.metric, self.role, self.period, dimension or self.whom.partition(":")[0]


def evidence_of(given: Sequence[Given], about: About) -> list[Evidence]:
    """Every number and date of the facts, the rest's and the ratios among them."""
    found: list[Evidence] = []
    for one in given:
        found += _of(one, about)
    return found + _spread(found)


def _of(given: Given, about: About) -> Iterable[Evidence]:
    fact = given.fact
    metric, role = split_role(fact.metric)
    if role in UNQUOTED:
        return
    subject, items = whom(fact.subject, about, given.name)
    number = fact.value if isinstance(fact.value, int | float) else None
    own = Evidence(
        None if number is None or isinstance(number, bool) else float(number),
        "ratio" if role == "lift" else kind_of(fact.unit),
        subject,
        items,
        metric,
        role,
        concepts_of(metric, role, subject),
        given.label,
        fact.period,
        given,
    )
    yield own
    if given.rest is not None:
        yield replace(own, value=given.rest, whom=_others(subject))
    if given.lift is not None and role != "lift":
        yield replace(own, value=given.lift, kind="ratio", role="lift")
    if given.of is not None:
        yield replace(
            own, value=float(given.of), kind="segments", role="spread", concepts=frozenset()
        )
    yield from _thresholds(own)


def _others(subject: str) -> str:
    return subject.replace(":", "!=", 1) if subject else "rest"


def _thresholds(own: Evidence) -> Iterable[Evidence]:
    """`days_since_last_order>=90` says 90 of days."""
    for match in re.finditer(r"([a-z_]+)(?:>=|<=|>|<)([\d.]+)", own.given.fact.subject):
        concepts = concepts_of(match[1], "", "")
        yield replace(
            own,
            value=float(match[2]),
            kind="any",
            metric=match[1],
            role="threshold",
            concepts=concepts,
            whom="",
            items=frozenset(),
        )


def _spread(found: Sequence[Evidence]) -> list[Evidence]:
    """`half of them below`, `nine in ten lie between`: what percentiles are by definition."""
    parts = {"p50": (0.5,), "p5": (0.05, 0.95, 0.9), "p95": (0.05, 0.95, 0.9)}
    return [
        replace(one, value=part, kind="share", role="spread")
        for one in found
        for part in parts.get(one.role, ())
    ]


def kind_of(unit: str) -> str:
    """A fact's unit as the kind of a quantity."""
    if unit == "money" or re.fullmatch(r"[A-Z]{3}", unit):
        return "money"
    if unit in SHARES:
        return "share"
    known = {"units": "items", "lines": "rows", "cosine": "plain", "index": "plain", "": "any"}
    return known.get(unit, unit)


def whom(subject: str, about: About, name: str) -> tuple[str, frozenset[str]]:
    """A fact's subject as whose it is and what else it is of."""
    group, items = "", set()
    for part in subject.split("&"):
        if part == "all":
            group = group or "all"
        elif re.match(r"(?:segment|customer)(?::|!=)", part):
            group = part if not group or part.startswith("segment") else group
        elif ":" in part and not re.search(r"[<>]", part):
            items.add(_item(part))
    if name:
        items.add(item_key(name, about.language))
    group = group or ("all" if items else "")
    return group, frozenset(items)


def _item(part: str) -> str:
    """`month:2011-09`, `country:Germany`: a time as it is called here, a name in plain spelling."""
    kind, _, value = part.partition(":")
    return f"{kind} {value}" if kind in ("month", "weekday", "daypart") else plain(value)


def item_key(name: str, language: str) -> str:
    """What a name of a row is called here: `month 2011-09` for `September 2011`."""
    found = times(name, language)
    whole = len(found) == 1 and found[0].end - found[0].start >= len(name.strip()) - 1
    if whole and found[0].kind in ("month", "weekday", "daypart"):
        return f"{found[0].kind} {found[0].key}"
    return plain(name)


def as_day(value: object) -> date | None:
    """The date that a fact's value is, if it is one."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def named_subject(text: str, about: About) -> str:
    """The subject that a label (of a row, of a column) is the name of; empty where of none."""
    said = plain(text)
    for subject, called in about.subjects.items():
        number = subject.partition(":")[2]
        forms = {plain(one) for one in called} | {f"segment {number}", f"客群 {number}"}
        if said in forms:
            return subject
    kinds = [hit.name for hit in words(about.language).phrases("subjects").find(text)]
    return "rest" if "rest" in kinds else "all" if "all" in kinds else ""
