"""Why a segment is what it is: the short rule that describes it, in words, as SQL, as pandas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from assistant.formats import format_rounded
from assistant.tools.references import segment_id, spoken
from assistant.tools.result import Table, ToolResult
from assistant.tools.verdicts import with_note
from assistant.tools.voice import Voice, capital, clean, voice
from segmentation.insight.rules.columns import NAME_SHARE
from segmentation.insight.rules.rules import Condition, Met, Rule, Why, segment_rule
from segmentation.types import CustomerBase, Fact, Segment
from segmentation.views.features import CATEGORY_SHARE

__all__ = ["explain_segment", "in_words", "why_there"]


def explain_segment(workspace: Any, language: str, *, segment: Any) -> ToolResult:
    """The rule that describes one segment, with precision, recall and coverage."""
    say, base = voice(language), spoken(workspace.base, language)
    number = segment_id(base, segment)
    known = next(s for s in base.segmentation.segments if s.id == number)
    rule = segment_rule(base, number)
    if rule is None or not rule.conditions:
        parts = with_note(say, base.segmentation, [_no_rule(say, known, rule)])
        return ToolResult(say.sentences(parts), facts=_size_facts(base, known))
    parts = with_note(say, base.segmentation, _told(say, base, known, rule))
    return ToolResult(
        "\n\n".join([say.sentences(parts), *_code(say, rule)]),
        facts=rule.facts,
        tables=(_table(say, base, known, rule),),
        notices=(
            *([str(say["explain.useful"])] if rule.is_useful else []),
            say.say("explain.elsewhere", id=rule.segment),
        ),
    )


def _no_rule(say: Voice, segment: Segment, rule: Rule | None) -> str:
    if segment.id == 0:
        return say.say("explain.unassigned", size=say.count(segment.size, "customers"))
    key = "empty" if rule is None else "only" if rule.size == rule.customers else "nothing"
    return say.say(f"explain.{key}", segment=say.segment(segment.id, segment.name))


def _size_facts(base: CustomerBase, segment: Segment) -> tuple[Fact, ...]:
    today = base.as_of.date().isoformat()
    return (Fact(f"segment:{segment.id}", "size", today, segment.size, "customers"),)


def _told(say: Voice, base: CustomerBase, segment: Segment, rule: Rule) -> list[str]:
    words = str(say["explain.or_else"]).join(in_words(say, base, one) for one in rule.conjunctions)
    head = "head" if rule.is_useful else "weak"
    return [
        say.say(f"explain.{head}", segment=say.segment(segment.id, segment.name), rule=words),
        say.say(
            "explain.measures",
            hits=say.number(rule.hits),
            size=say.count(rule.size, "customers"),
            matched=say.count(rule.matched, "customers"),
            precision=say.share(rule.precision),
            recall=say.share(rule.recall),
            coverage=say.share(rule.coverage),
        ),
        "" if rule.is_useful else str(say["explain.hint"]),
    ]


def _code(say: Voice, rule: Rule) -> list[str]:
    tables = [str(say["explain.features_table"])]
    if NAME_SHARE in rule.sql:
        tables.append(str(say["explain.orders_table"]))
    sql = say.say("explain.sql", tables=say.list(tables))
    return [
        sql,
        _fenced("sql", rule.sql),
        str(say["explain.pandas"]),
        _fenced("python", rule.pandas),
    ]


def _fenced(kind: str, code: str) -> str:
    """Code as Markdown; the fence is longer than any run of backticks in names from data."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{kind}\n{code}\n{fence}"


def _table(say: Voice, base: CustomerBase, segment: Segment, rule: Rule) -> Table:
    rows = [
        _row(capital(in_words(say, base, conjunction)), rule, matched, hits)
        for conjunction, (matched, hits) in zip(rule.conjunctions, rule.parts, strict=True)
    ]
    if rule.alternatives:
        rows.append(_row(str(say["explain.all_together"]), rule, rule.matched, rule.hits))
    names = ("rule", "matched", "precision", "recall", "coverage")
    columns = tuple(str(say[f"explain.columns.{name}"]) for name in names)
    title = say.say("explain.title", segment=say.segment(segment.id, segment.name))
    return Table(title, columns, tuple(rows))


def _row(name: str, rule: Rule, matched: int, hits: int) -> tuple[str, int, float, float, float]:
    precision = hits / matched if matched else 0.0
    return name, matched, precision, hits / rule.size, matched / rule.customers


# --- conditions in words -----------------------------------------------------------------------


def in_words(say: Voice, base: CustomerBase, conditions: Sequence[Condition]) -> str:
    """`orders at least 3 and revenue from £100 to £500`."""
    items = [
        say.part(
            "explain.condition", name=_name(say, base, pair[0].feature), bound=_bound(say, pair)
        )
        for pair in _paired(conditions)
    ]
    return say.list(items)


def _paired(conditions: Sequence[Condition]) -> list[tuple[Condition, ...]]:
    """Conditions on the same number together: `at least 3` and `at most 8`."""
    groups: dict[str, list[Condition]] = {}
    for one in conditions:
        groups.setdefault(one.feature, []).append(one)
    return [tuple(group) for group in groups.values()]


def _bound(say: Voice, group: Sequence[Condition]) -> str:
    """What a number must be: `at most £700 or unknown`."""
    ends = {one.op: one for one in group}
    values = {str(op): _value(say, one.value, one.unit) for op, one in ends.items()}
    if set(ends) != {">=", "<="}:
        bound = say.list([say.part(f"explain.bounds.{op}", value=values[op]) for op in ends])
    elif ends[">="].value == ends["<="].value:
        bound = say.part("explain.bounds.exactly", value=values[">="])
    else:
        bound = say.part("explain.bounds.between", low=values[">="], high=values["<="])
    unknown = all(one.or_unknown for one in group)
    return say.part("explain.or_unknown", bound=bound) if unknown else bound


def _value(say: Voice, value: float | None, unit: str) -> str:
    return str(say["unknown"]) if value is None else format_rounded(value, unit)


def _name(say: Voice, base: CustomerBase, feature: str) -> str:
    """A column of the rules in words."""
    words = dict(say["explain.features"])
    if "orders" not in base.tables:
        words |= say["explain.features_of_visits"]
    for prefix in (CATEGORY_SHARE, NAME_SHARE):
        if feature.startswith(prefix):
            name = feature.removeprefix(prefix)
            shown = say.data(name) if prefix == CATEGORY_SHARE else say.quote(name)
            return str(words[prefix.removesuffix(":")]).format(name=shown)
    day = feature.removesuffix("_share")
    for kind in ("weekday", "daypart"):
        if day in say[f"{kind}s"]:
            return str(words[f"{kind}_share"]).format(name=say[f"{kind}s"][day])
    return str(words.get(feature, clean(feature.replace("_", " "))))


# --- one customer ------------------------------------------------------------------------------


def why_there(say: Voice, base: CustomerBase, found: Why) -> list[str]:
    """Which conditions of their segment's rule put a customer there, and which segment is next."""
    parts = []
    if found.rule and found.conditions:
        weak = "" if found.rule.is_useful else str(say["explain.why_weak"])
        parts += [weak, _why(say, base, found)]
    if found.nearest is not None:
        known = next(s for s in base.segmentation.segments if s.id == found.nearest)
        parts.append(say.say("explain.nearest", segment=say.segment(known.id, known.name)))
    return parts


def _why(say: Voice, base: CustomerBase, found: Why) -> str:
    met, missed = (_own(say, base, some) for some in (found.met, found.missed))
    key = "why" if not missed else "why_partly" if met else "why_not"
    return say.say(f"explain.{key}", met=met, missed=missed)


def _own(say: Voice, base: CustomerBase, conditions: Sequence[Met]) -> str:
    """`days since the last order 12 (at most 40)` for each number."""
    values = {one.condition.feature: one.value for one in conditions}
    items = [
        say.part(
            "explain.own",
            name=_name(say, base, group[0].feature),
            value=_value(say, values[group[0].feature], group[0].unit),
            bound=_bound(say, group),
        )
        for group in _paired([one.condition for one in conditions])
    ]
    return say.list(items)
