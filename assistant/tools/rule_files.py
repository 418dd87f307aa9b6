"""A segment's rule for another tool, with the fidelity of the very rule that is handed out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from assistant.tools.explaining import in_words
from assistant.tools.references import segment_id, spoken
from assistant.tools.verdicts import with_note
from assistant.tools.voice import Voice, voice
from segmentation.insight.rules.dialects import DIALECTS, Translation, can_say, translated
from segmentation.insight.rules.rules import Condition, Rule, segment_rule
from segmentation.types import CustomerBase, InputError

__all__ = ["rule_report"]


def rule_report(workspace: Any, language: str, segment: Any, dialect: str) -> dict[str, Any]:
    """The JSON of `kindred export rule`: the rule as `text`, its numbers, and what was left out.

    Raises:
        UnknownName: there is no such segment.
        InputError: no such dialect, no rule, or nothing of it can be said there.
    """
    if dialect not in DIALECTS:
        fix = f"Use {', '.join(DIALECTS)}."
        raise InputError(f"There is no rule as {dialect!r}", where="--format", fix=fix)
    say, base = voice(language), spoken(workspace.base, language)
    number = segment_id(base, segment)
    rule = segment_rule(base, number)
    named = say.segment(number, next(s.name for s in base.segmentation.segments if s.id == number))
    if rule is None or not rule.conditions:
        raise InputError(say.say("export.rule_no_rule", segment=named).rstrip(".。"))
    found = translated(base, rule, dialect)
    if not found.text:
        raise InputError(_none(say, base, named, found).rstrip(".。"), fix="Use --format sql.")
    return {
        "segment": number,
        "dialect": dialect,
        "text": found.text,
        "precision": found.precision,
        "recall": found.recall,
        "matched": found.matched,
        "hits": found.hits,
        "size": found.size,
        "dropped": [in_words(say, base, (one,)) for one in found.dropped],
        "says": say.sentences(
            with_note(say, base.segmentation, _told(say, base, named, rule, found))
        ),
        "verdict": base.segmentation.verdict,
    }


def _none(say: Voice, base: CustomerBase, named: str, found: Translation) -> str:
    dialect = str(say[f"export.dialects.{found.dialect}"])
    listed = in_words(say, base, found.dropped)
    return say.say("export.rule_none", segment=named, dialect=dialect, list=listed)


def _told(say: Voice, base: CustomerBase, named: str, rule: Rule, found: Translation) -> list[str]:
    head = say.say(
        "export.rule_head",
        segment=named,
        dialect=say[f"export.dialects.{found.dialect}"],
        hits=say.number(found.hits),
        size=say.count(found.size, "customers"),
        matched=say.count(found.matched, "customers"),
        recall=say.share(found.recall),
        precision=say.share(found.precision),
    )
    lost = _unsaid(rule) if found.is_new else found.dropped
    measures = {"recall": say.share(rule.recall), "precision": say.share(rule.precision)}
    key = "rule_new" if found.is_new else "rule_dropped" if lost else "rule_whole"
    middle = say.say(f"export.{key}", list=in_words(say, base, lost), **measures)
    useful = replace(rule, matched=found.matched, hits=found.hits).is_useful
    weak = "" if useful else str(say["export.rule_weak"])
    return [head, middle, weak, str(say[f"export.rule_notes.{found.dialect}"])]


def _unsaid(rule: Rule) -> tuple[Condition, ...]:
    """The conditions of a rule, each once, that other tools have no words for."""
    conditions = dict.fromkeys(one for each in rule.conjunctions for one in each)
    return tuple(one for one in conditions if not can_say(one))
