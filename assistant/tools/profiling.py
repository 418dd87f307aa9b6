"""The tool that answers with personas: the written profile of a segment, or of all, checked.

Where the data has no segments, and for the unassigned, there is nobody to portray: plain numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assistant.personas.persona import SECTIONS, TAGLINE, Persona, Sentence
from assistant.personas.personas import persona_names, write_personas
from assistant.personas.words import wording
from assistant.tools.fact_words import claim_of
from assistant.tools.references import segment_id, spoken
from assistant.tools.result import Claim, Table, ToolResult
from assistant.tools.verdicts import counted, has_segments, with_note, with_verdict
from assistant.tools.voice import BREAK, Voice, capital, clean, voice
from segmentation.insight.errors import UnknownName
from segmentation.insight.evidence.contrasts import Contrast
from segmentation.insight.evidence.evidence import Evidence, evidence
from segmentation.insight.evidence.significance import FEWEST_TESTED, LEVEL, LIFT
from segmentation.types import CustomerBase, Fact, Progress, silent

__all__ = ["plain_numbers", "profile_segment"]

EVERY = ("all", "every", "each", "everyone", "全部", "所有", "每个")
TOLD = ("lifetime_value", "orders_per_customer", "average_order_value", "days_since_last_order")
TOLD_RATES = ("repeat_rate", "return_rate", "average_rating", "conversion_rate")
WRITTEN = ("searched:", "reviewed:")
"""Subjects of facts that are words of customers."""
IN_CHAT = {"who": 2, "buy": 2, "say": 1, "reach": 2, "offer": 1, "watch": 2}
BRIEFLY = {"who": 1, "buy": 1, "offer": 1}
"""Section -> sentences of it that are told of one segment, and of each where all are asked for."""


def profile_segment(
    workspace: Any, language: str, *, segment: Any, progress: Progress = silent
) -> ToolResult:
    """The persona of one segment, or those of `all` in short."""
    say, base = voice(language), spoken(workspace.base, language)
    if str(segment).strip().lower() in EVERY:
        return _profile_all(workspace, say, base, progress)
    number = _segment(base, segment, language)
    found = evidence(base, number)
    if not number or not has_segments(base.segmentation):
        return _part(say, base, found)
    (one,) = write_personas(workspace, language, [number], progress)
    text, plain = (
        say.sentences(
            with_note(say, base.segmentation, [*_told(say, p), BREAK, _basis(say, found)])
        )
        for p in (one, one.by_templates)
    )
    claims = _claims(say, one, _sentences(one, IN_CHAT))
    return ToolResult(
        text,
        facts=_facts([found], claims),
        tables=_tables(say, found),
        notices=(one.note,) if one.note else (),
        claims=claims,
        for_model=plain,
    )


def _segment(base: CustomerBase, given: Any, language: str) -> int:
    """Its id, by id, name, or the name its persona has. Raises UnknownName."""
    try:
        return segment_id(base, given)
    except UnknownName:
        said = str(given).strip().casefold()
        for number, name in persona_names(base, language).items():
            if name.casefold() == said:
                return number
        raise


def _profile_all(workspace: Any, say: Voice, base: CustomerBase, progress: Progress) -> ToolResult:
    segments = sorted(base.segmentation.segments, key=lambda s: (s.id == 0, -s.size, s.id))
    found = [evidence(base, one.id, products=3) for one in segments]
    written: dict[int, Persona] = {}
    if has_segments(base.segmentation):
        own = write_personas(workspace, say.language, None, progress)
        written = {one.segment: one for one in own}
    plain = {number: one.by_templates for number, one in written.items()}
    today = base.as_of.date().isoformat()
    count = Fact("all", "segments", today, base.segmentation.k, "segments")
    claims = tuple(
        c for one in written.values() for c in _claims(say, one, _sentences(one, BRIEFLY))
    )
    return ToolResult(
        _all_told(say, base, found, written),
        for_model=_all_told(say, base, found, plain),
        facts=(count, *_facts(found, claims)),
        tables=tuple(_numbers_table(say, one) for one in found),
        notices=tuple(dict.fromkeys(one.note for one in written.values() if one.note)),
        claims=claims,
    )


def _all_told(
    say: Voice, base: CustomerBase, found: Sequence[Evidence], written: Mapping[int, Persona]
) -> str:
    parts = [*_nothing(say, base), say.say("profile.all", k=counted(say, base.segmentation))]
    for one in found:
        persona = written.get(one.segment.id)
        parts.append(say.sentences(_briefly(say, persona) if persona else _plain(say, one)))
    parts.append(_basis(say, found[0]))
    return "\n\n".join(with_verdict(say, base.segmentation, parts))


# --- personas ------------------------------------------------------------------------------------


def _told(say: Voice, one: Persona) -> list[str]:
    """Name and tagline, then a paragraph for each section that says anything."""
    titles, told = wording(say.language)["sections"], _sentences(one, IN_CHAT)
    parts = [_head(say, one), *(_heard(say, one, s) for s in told if s.section == TAGLINE)]
    for section in SECTIONS:
        if own := [_heard(say, one, s) for s in told if s.section == section]:
            parts += [BREAK, say.part("profile.section", title=titles[section]), *own]
    return parts


def _head(say: Voice, one: Persona) -> str:
    key = "profile.head" if one.name == one.segment_name else "profile.head_named"
    return say.part(key, id=one.segment, name=clean(one.name), plain=clean(one.segment_name))


def _briefly(say: Voice, one: Persona) -> list[str]:
    return [_head(say, one), *(_heard(say, one, s) for s in _sentences(one, BRIEFLY))]


def _sentences(one: Persona, most: Mapping[str, int]) -> tuple[Sentence, ...]:
    """The tagline, and of each section as many as are told."""
    more = (s for section, n in most.items() for s in one.of(section)[:n])
    return (*one.of(TAGLINE), *more)


def _heard(say: Voice, one: Persona, sentence: Sentence) -> str:
    """The sentence; whoever listens hears which names of it are data, and who wrote them."""
    for given in one.given:
        if given.name and given.id in sentence.facts:
            wrote = given.fact.subject.startswith(WRITTEN)
            _ = say.customers(given.name) if wrote else clean(given.name)
    return sentence.text


def _claims(say: Voice, one: Persona, sentences: Sequence[Sentence]) -> tuple[Claim, ...]:
    return tuple(claim_of(s.text, one.given_of(s), say) for s in sentences)


def _facts(found: Iterable[Evidence], claims: Iterable[Claim]) -> tuple[Fact, ...]:
    """Everything the tables and the sentences rest on."""
    evident = (fact for one in found for fact in one.facts)
    return tuple(dict.fromkeys((*evident, *(fact for claim in claims for fact in claim.facts))))


def _basis(say: Voice, found: Evidence) -> str:
    """On what it rests, and what `more` means in it."""
    period = say.period(found.period)
    if not found.tested:
        return say.say("profile.untested", period=period, limit=FEWEST_TESTED)
    tests = say.number(found.tests)
    return say.say("profile.chance", period=period, lift=LIFT, n=tests, level=LEVEL)


# --- plain numbers -------------------------------------------------------------------------------


def plain_numbers(say: Voice, base: CustomerBase, segment: int) -> tuple[str, ...]:
    """What can be said of a part of what has no segments, or of the unassigned."""
    found = evidence(base, segment)
    return tuple(part for part in _plain(say, found) if part)


def _part(say: Voice, base: CustomerBase, found: Evidence) -> ToolResult:
    parts = [*_nothing(say, base), *_plain(say, found), BREAK, _basis(say, found)]
    return ToolResult(
        say.sentences(with_verdict(say, base.segmentation, parts)),
        facts=found.facts,
        tables=(_numbers_table(say, found),),
    )


def _nothing(say: Voice, base: CustomerBase) -> list[str]:
    """That there is nobody to describe, where the data has no segments."""
    return [] if has_segments(base.segmentation) else [str(say["profile.nothing"])]


def _plain(say: Voice, found: Evidence) -> list[str]:
    segment = found.segment
    size, share = say.count(segment.size, "customers"), say.share(segment.share)
    return [
        say.say("profile.part", name=segment.name, size=size, share=share),
        _numbers(say, found),
    ]


def _numbers(say: Voice, found: Evidence) -> str:
    """Its main numbers beside everybody else's."""
    known = [found.contrast(name) for name in (*TOLD, *TOLD_RATES)]
    both = [c for c in known if c and c.value is not None and c.rest is not None]
    told = [c for c in both if c.metric in TOLD or c.clear]
    listed = say.list([_number(say, c) for c in told])
    return say.say("profile.numbers", list=listed) if told else ""


def _number(say: Voice, contrast: Contrast) -> str:
    return say.part(
        "profile.number",
        metric=say.metric(contrast.metric),
        value=say.figure(contrast.value, contrast.unit),
        rest=say.figure(contrast.rest, contrast.unit),
    )


# --- tables --------------------------------------------------------------------------------------


def _tables(say: Voice, found: Evidence) -> tuple[Table, ...]:
    more = (_leanings_table(say, found), _ranges_table(say, found))
    return (_numbers_table(say, found), *(table for table in more if table.rows))


def _numbers_table(say: Voice, found: Evidence) -> Table:
    labels = ("measure", "here", "rest", "lift", "effect", "q")
    columns = tuple(say[f"columns.{name}"] for name in labels)
    rows = tuple(
        (
            capital(say.metric(c.metric)),
            *(c.value, c.rest, c.lift),
            *((c.test.effect, c.test.q) if c.test else (None, None)),
        )
        for c in (*found.contrasts, *found.habits)
    )
    return Table(say.say("profile.numbers_title", id=found.segment.id), columns, rows)


def _ranges_table(say: Voice, found: Evidence) -> Table:
    columns = tuple(say[f"columns.{name}"] for name in ("measure", "p5", "p50", "p95"))
    rows = tuple((capital(say.metric(r.metric)), r.p5, r.p50, r.p95) for r in found.ranges)
    return Table(say.say("profile.ranges_title", id=found.segment.id), columns, rows)


def _leanings_table(say: Voice, found: Evidence) -> Table:
    labels = ("product", "own_share", "rest_share", "lift", "reach", "q")
    columns = tuple(say[f"columns.{name}"] for name in labels)
    rows = tuple(
        (
            clean(one.name),
            one.share,
            one.rest,
            one.lift,
            one.reach,
            one.test.q if one.test else None,
        )
        for one in (*found.products, *found.categories)
    )
    return Table(say.say("profile.products_title", id=found.segment.id), columns, rows)
