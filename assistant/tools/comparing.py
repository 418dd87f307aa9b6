"""Two or more segments beside each other: where they differ most, and what could be chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.tools.references import segment_id, spoken
from assistant.tools.result import Table, ToolResult
from assistant.tools.verdicts import with_note
from assistant.tools.voice import BREAK, Voice, capital, clean, voice
from segmentation.insight.errors import UnknownName
from segmentation.insight.evidence.differences import Difference, Differences, differences
from segmentation.insight.evidence.leanings import Leaning
from segmentation.insight.evidence.significance import FEWEST_TESTED, LEVEL, LIFT
from segmentation.insight.metrics import METRICS
from segmentation.types import CustomerBase, Segment

__all__ = ["compare_segments"]

MOST = 5
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
        say.sentences(with_note(say, base.segmentation, _text(say, base, found))),
        facts=found.facts,
        tables=(_table(say, found),),
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


def _text(say: Voice, base: CustomerBase, found: Differences) -> list[str]:
    sized = [
        say.part("compare.segment", name=_called(say, s), size=say.count(s.size, "customers"))
        for s in found.segments
    ]
    head = say.say("compare.head", list=say.list(sized), period=say.period(found.period))
    apart = [_number(say, one) for one in found.clear[:MOST]]
    parts = [head, say.say("compare.differ", list=say.list(apart)) if apart else ""]
    parts += [BREAK, *(_things(say, s, found.things[s.id]) for s in found.segments), BREAK]
    few = [s for s in found.segments if s.size < FEWEST_TESTED]
    if few:
        names = say.list([_called(say, s) for s in few])
        return [*parts, say.say("compare.few", names=names, limit=FEWEST_TESTED)]
    if not apart:
        parts.append(say.say("compare.alike"))
    unclear = [
        say.metric(one.metric)
        for one in found.numbers
        if one.metric in METRICS and not one.contrast.clear
    ]
    if unclear:
        parts.append(say.say("compare.unclear", list=say.list(unclear)))
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
