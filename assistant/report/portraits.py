"""One card per segment: its persona with the facts of every sentence, its numbers, its rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.personas.persona import SECTIONS, TAGLINE
from assistant.personas.report import describe_segments
from assistant.personas.words import wording
from assistant.report.study import Study, Told
from assistant.tools.comparisons import MAIN, times
from assistant.tools.explaining import in_words
from assistant.tools.voice import capital, clean
from segmentation.insight.evidence.contrasts import Contrast
from segmentation.insight.evidence.evidence import Evidence, evidence, size_facts
from segmentation.insight.query import SMALL_GROUP
from segmentation.insight.rules.rules import Rule, segment_rule
from segmentation.types import Fact, Progress, Segment

__all__ = ["cards", "parts"]

SHOWN = {"who": 2, "buy": 2, "say": 1, "reach": 2, "watch": 2}
"""Section of a persona -> how many of its sentences a card has; offers are among the actions."""
KEY = ("who", "buy", "watch")
"""Sections whose first sentence has its facts printed."""
NUMBERS = 8


def cards(study: Study, progress: Progress) -> list[Mapping[str, Any]]:
    """The cards, largest segment first. Raises ModelError where a writer is set and unusable."""
    report = describe_segments(study.workspace, None, study.say.language, progress)
    personas = {one["segment"]: one for one in report["personas"]}
    return [_card(study, one, personas[one.id]) for one in study.segments]


def _card(study: Study, segment: Segment, persona: Mapping[str, Any]) -> Mapping[str, Any]:
    found = evidence(study.base, segment.id)
    return {
        **_head(study, segment, found),
        "persona": clean(persona["name"]) if persona["name"] != segment.name else "",
        "tagline": _tagline(study, persona),
        "sections": _sections(study, persona),
        "written_by": persona["written_by"],
        "note": persona["note"],
        "numbers": _numbers(study, found),
        "rule": _rule(study, segment.id),
    }


def _head(study: Study, segment: Segment, found: Evidence) -> Mapping[str, Any]:
    """Name and size: what a card and a line of a table begin with."""
    say = study.say
    study.use(size_facts(segment, found.as_of, found.revenue_share, found.period))
    return {
        **study.entry(segment),
        "size": say.count(segment.size, "customers"),
        "share": say.share(segment.share),
        "revenue": "" if found.revenue_share is None else say.share(found.revenue_share),
        "small": segment.size < SMALL_GROUP,
    }


# --- the persona ---------------------------------------------------------------------------------


def _tagline(study: Study, persona: Mapping[str, Any]) -> Told | None:
    own = [one for one in persona["claims"] if one["section"] == TAGLINE]
    return _told(study, own[0], key=False) if own else None


def _sections(study: Study, persona: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    titles = wording(study.say.language)["sections"]
    found: list[Mapping[str, Any]] = []
    for name in SECTIONS:
        own = [one for one in persona["claims"] if one["section"] == name][: SHOWN.get(name, 0)]
        told = [_told(study, one, key=name in KEY and not i) for i, one in enumerate(own)]
        if told:
            found.append({"title": titles[name], "sentences": told})
    return found


def _told(study: Study, claim: Mapping[str, Any], *, key: bool) -> Told:
    facts = [Fact(**fact) for fact in claim["facts"]]
    return study.told(claim["sentence"], facts, claim["labels"], key=key)


# --- numbers and rule ----------------------------------------------------------------------------


def _numbers(study: Study, found: Evidence) -> list[Mapping[str, Any]]:
    """Its main numbers beside everybody else's; behaviour fills up where orders say little."""
    habits = [c.metric for c in found.habits if c.clear]
    wanted = [c for name in (*MAIN, *habits) if (c := found.contrast(name))]
    known = [c for c in dict.fromkeys(wanted) if c.value is not None and c.rest is not None]
    chosen = known[:NUMBERS]
    study.use(fact for one in chosen for fact in one.facts(found.segment.id))
    return [_number(study, one) for one in chosen]


def _number(study: Study, one: Contrast) -> Mapping[str, Any]:
    say = study.say
    return {
        "metric": capital(say.metric(one.metric)),
        "value": say.figure(one.value, one.unit),
        "rest": say.figure(one.rest, one.unit),
        "times": times(say, one.lift) if one.lift is not None and one.clear else "",
        "differs": one.clear,
    }


def _rule(study: Study, segment: int) -> str:
    """The short rule that describes it, and how well it does; empty where there is none."""
    rule = segment_rule(study.base, segment)
    if rule is None or not rule.conditions:
        return ""
    study.use(rule.facts)
    return (
        " ".join(_rule_words(study, rule))
        if study.say.language == "en"
        else "".join(_rule_words(study, rule))
    )


def _rule_words(study: Study, rule: Rule) -> Sequence[str]:
    say = study.say
    either = str(say["explain.or_else"])
    words = either.join(in_words(say, study.base, one) for one in rule.conjunctions)
    shares = {"precision": say.share(rule.precision), "recall": say.share(rule.recall)}
    head = "rule" if rule.is_useful else "rule_weak"
    return (study.tell(f"cards.{head}", rule=words), study.tell("cards.fidelity", **shares))


# --- where there are no segments -----------------------------------------------------------------


def parts(study: Study) -> list[Mapping[str, Any]]:
    """The parts of data that has no segments, and the unassigned: sizes, no portraits."""
    wanted = [one for one in study.base.segmentation.segments if not one.id]
    wanted = wanted if study.has_segments else [*study.segments, *wanted]
    return [_head(study, one, evidence(study.base, one.id)) for one in wanted]
