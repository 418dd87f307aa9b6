"""Two or more segments beside each other: where they differ most, and what could be chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.tools.references import segment_id, spoken
from assistant.tools.result import Table, ToolResult
from assistant.tools.verdicts import with_note
from assistant.tools.voice import Voice, capital, clean, voice
from segmentation.insight.errors import UnknownName
from segmentation.insight.evidence.differences import Difference, Differences, differences
from segmentation.insight.evidence.leanings import Leaning
from segmentation.insight.evidence.significance import FEWEST_TESTED, LEVEL, LIFT
from segmentation.insight.metrics import METRICS
from segmentation.types import CustomerBase, Segment

__all__ = ["compare_segments"]

MOST = 3
"""Numbers told in words; the table has them all."""


def compare_segments(workspace: Any, language: str, *, segments: Sequence[Any]) -> ToolResult:
    """Where segments differ most, among themselves. Raises UnknownName for those there are not."""
    say, base = voice(language), spoken(workspace.base, language)
    chosen = _chosen(base, segments)
    if len(chosen) < 2:
        names = say.list([_called(say, s) for s in base.segmentation.segments])
        return ToolResult(say.say("compare.too_few", names=names), status="error")
    found = differences(base, chosen)
    return ToolResult(
        say.sentences(with_note(say, base.segmentation, _text(say, found))),
        facts=found.facts,
        tables=(_table(say, found),),
        notices=_in_full(say, found),
    )


def _chosen(base: CustomerBase, segments: Sequence[Any]) -> list[int]:
    """Ids, each once, in the order asked for."""
    ids, unknown = [], []
    for one in segments:
        try:
            ids.append(segment_id(base, one))
        except UnknownName as error:
            unknown.append(error)
    if unknown:
        given = ", ".join(error.given for error in unknown)
        raise UnknownName("segment", given, unknown[0].valid)
    return list(dict.fromkeys(ids))


def _called(say: Voice, segment: Segment) -> str:
    return say.segment(segment.id, segment.name)


def _text(say: Voice, found: Differences) -> list[str]:
    """The numbers that differ most, and the one thing that each buys more of."""
    names = say.list([_called(say, s) for s in found.segments])
    few = [_sized(say, s) for s in found.segments if s.size < FEWEST_TESTED]
    if few:
        return [say.say("compare.few", names=say.list(few), limit=FEWEST_TESTED)]
    apart = say.list([_number(say, one) for one in found.clear[:MOST]])
    key = "compare.differ" if apart else "compare.alike"
    things = [_things(say, s, found.things[s.id][:1]) for s in found.segments]
    return [say.say(key, names=names, list=apart), *things]


def _in_full(say: Voice, found: Differences) -> tuple[str, ...]:
    """What the answer leaves to those who want to know: notices."""
    sized = say.list([_sized(say, s) for s in found.segments])
    head = say.say("compare.head", list=sized, period=say.period(found.period))
    things = [_things(say, s, found.things[s.id]) for s in found.segments]
    parts = [head, say.sentences(things), say.sentences(_chance(say, found))]
    return tuple(part for part in parts if part)


def _sized(say: Voice, segment: Segment) -> str:
    size = say.count(segment.size, "customers")
    return say.part("compare.segment", name=_called(say, segment), size=size)


def _chance(say: Voice, found: Differences) -> list[str]:
    """What hardly differs, and how the differences were tested."""
    if any(s.size < FEWEST_TESTED for s in found.segments):
        return []
    unclear = [
        say.metric(one.metric)
        for one in found.numbers
        if one.metric in METRICS and not one.contrast.clear
    ]
    parts = [say.say("compare.unclear", list=say.list(unclear))] if unclear else []
    tests = say.number(found.tests)
    return [*parts, say.say("compare.tested", lift=LIFT, n=tests, level=LEVEL)]


def _number(say: Voice, one: Difference) -> str:
    values = [
        say.part("compare.value", id=i, value=say.figure(value, one.unit))
        for i, value in one.values.items()
    ]
    listed = str(say["list.comma"]).join(values)
    return say.part("compare.number", metric=say.metric(one.metric), values=listed)


def _things(say: Voice, segment: Segment, leanings: Sequence[Leaning]) -> str:
    """What a segment leans to against the others, in a sentence; empty where it does not."""
    of_kind: dict[str, list[Leaning]] = {}
    for one in leanings:
        of_kind.setdefault(one.kind, []).append(one)
    parts = []
    if "product" in of_kind:
        products = say.list([_product(say, one) for one in of_kind["product"]])
        parts.append(say.part("compare.products", list=products))
    if "category" in of_kind:
        names = say.list([say.data(one.name) for one in of_kind["category"]])
        parts.append(say.part("compare.categories", list=names))
    for kind in ("country", "weekday", "daypart"):
        parts += [_leaning(say, one) for one in of_kind.get(kind, ())]
    listed = str(say["charts.apart"]).join(parts)
    return say.say("compare.things", name=_called(say, segment), list=listed) if parts else ""


def _product(say: Voice, one: Leaning) -> str:
    lift = say.number(round(one.lift, 1))
    return say.part("compare.product", name=say.quote(one.name), lift=lift)


def _leaning(say: Voice, one: Leaning) -> str:
    named = {"weekday": "weekdays", "daypart": "dayparts"}.get(one.kind)
    name = str(say[named][one.key]) if named else say.data(one.name)
    shares = {"share": say.share(one.share), "rest": say.share(one.rest)}
    return say.part(f"compare.{one.kind}", name=name, **shares)


def _table(say: Voice, found: Differences) -> Table:
    """All numbers; of two segments the ratio is that of the first to the second."""
    ids = [s.id for s in found.segments]
    columns = [str(say["columns.measure"]), *(say.part("compare.column", id=i) for i in ids)]
    columns += [str(say[f"columns.{name}"]) for name in ("lift", "effect", "q")]
    columns += [str(say["compare.farthest"])] if len(ids) > 2 else []
    rows = tuple((*_row(say, one, ids), one.farthest)[: len(columns)] for one in found.numbers)
    names = say.list([clean(s.name) for s in found.segments])
    return Table(say.say("compare.title", names=names), tuple(columns), rows)


def _row(say: Voice, one: Difference, ids: Sequence[int]) -> tuple[Any, ...]:
    test = one.contrast.test
    return (
        capital(say.metric(one.metric)),
        *(one.values.get(i) for i in ids),
        one.contrast.lift,
        *((test.effect, test.q) if test else (None, None)),
    )
