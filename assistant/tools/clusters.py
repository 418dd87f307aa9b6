"""Tools over the segments: make them, judge them, list them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.tools.future import future_facts, future_lines, future_short, future_table
from assistant.tools.references import spoken
from assistant.tools.result import Table, ToolResult
from assistant.tools.verdicts import (
    called,
    counted,
    has_segments,
    unassigned_line,
    unstable_line,
    verdict_fact,
    verdict_line,
    with_note,
)
from assistant.tools.voice import Voice, capital, voice
from segmentation.clusters.archive import METRICS as QUALITY
from segmentation.clusters.quality import REPRODUCIBLE
from segmentation.insight.errors import UnknownName
from segmentation.insight.evidence.contrasts import ratios, revenue_share, segment_sums
from segmentation.insight.evidence.evidence import described
from segmentation.insight.ledger import open_ledger
from segmentation.types import (
    CustomerBase,
    Fact,
    Progress,
    Recipe,
    Segment,
    Segmentation,
    Validity,
    silent,
)

__all__ = ["evaluate_segments", "list_segments", "run_clustering"]

LISTED = (
    "revenue",
    "average_order_value",
    "orders_per_customer",
    "days_since_last_order",
    "repeat_rate",
    "lifetime_value",
    "return_rate",
)
SPOKEN_SEGMENTS = 12
SMALL_SEGMENT = 30
SHORTLY = ("future_spend_eta2", "taste_hit20")
"""Figures of the future that are told where nobody asks for any; the notices have them all."""


def list_segments(workspace: Any, language: str) -> ToolResult:
    """The segments: name, size, share, main numbers."""
    say, base = voice(language), spoken(workspace.base, language)
    segmentation = base.segmentation
    parts = with_note(say, segmentation, _listing(say, base))
    return ToolResult(
        say.sentences(parts),
        facts=(*_segment_facts(base), _k_fact(base), verdict_fact(base)),
        tables=(_segment_table(say, base),),
        notices=_about(say, base),
    )


def _listing(say: Voice, base: CustomerBase) -> list[str]:
    sums, segmentation = segment_sums(base), base.segmentation
    item = "segments.item" if has_segments(segmentation) else "segments.part"
    items = []
    for segment in _assigned(segmentation)[:SPOKEN_SEGMENTS]:
        share = revenue_share(sums, segment.id)
        items.append(
            say.part(
                f"{item}_revenue" if share is not None else item,
                id=segment.id,
                name=called(say, segmentation, segment),
                size=say.count(segment.size, "customers"),
                share=say.share(segment.share),
                revenue=say.share(share or 0),
            )
        )
    key = "segments.one" if segmentation.k == 1 else "segments.list"
    text = say.say(key, k=counted(say, segmentation), list=say.list(items))
    return [text, unassigned_line(say, segmentation), unstable_line(say, segmentation)]


def _about(say: Voice, base: CustomerBase) -> tuple[str, ...]:
    """What the verdict means, which days the shares of revenue are of, which segments are small."""
    told = [verdict_line(say, base.segmentation.verdict)]
    if open_ledger(base).has("orders"):
        period = say.period(open_ledger(base).period("orders"))
        told.append(say.say("segments.period", period=period))
    return (*_small(say, base.segmentation), say.sentences(told))


def _assigned(segmentation: Segmentation) -> list[Segment]:
    """Segments without the unassigned, largest first."""
    found = [segment for segment in segmentation.segments if segment.id > 0]
    return sorted(found, key=lambda segment: (-segment.size, segment.id))


def _small(say: Voice, segmentation: Segmentation) -> tuple[str, ...]:
    small = [s for s in _assigned(segmentation) if s.size < SMALL_SEGMENT]
    if not small:
        return ()
    names = say.list([say.segment(s.id, s.name) for s in small])
    limit = say.count(SMALL_SEGMENT, "customers")
    return (say.say("notes.small_groups", names=names, limit=limit),)


def _segment_facts(base: CustomerBase) -> tuple[Fact, ...]:
    return tuple(fact for segment in described(base).segments for fact in segment.facts)


def _k_fact(base: CustomerBase) -> Fact:
    today = base.as_of.date().isoformat()
    return Fact("all", "segments", today, base.segmentation.k, "segments")


def _segment_table(say: Voice, base: CustomerBase) -> Table:
    sums = segment_sums(base)
    metrics = [name for name in LISTED if name in ratios(next(iter(sums.values())))]
    columns = [say[f"columns.{c}"] for c in ("id", "segment_name", "size", "share")]
    columns += [capital(say.metric(name)) for name in metrics]
    rows = []
    for segment in base.segmentation.segments:
        numbers = ratios(sums[segment.id])
        name = called(say, base.segmentation, segment)
        cells = (segment.id, name, segment.size, segment.share)
        rows.append((*cells, *(numbers[name] for name in metrics)))
    return Table(str(say["segments.title"]), tuple(columns), tuple(rows))


# --- quality -----------------------------------------------------------------------------------


def evaluate_segments(
    workspace: Any, language: str, *, metrics: Sequence[str] | None = None
) -> ToolResult:
    """How good the segments are: indices, stability, verdict, what they say of the future."""
    say, base = voice(language), spoken(workspace.base, language)
    segmentation = base.segmentation
    validity = segmentation.validity or Validity(None)
    wanted = [_quality_metric(say, name) for name in metrics or QUALITY]
    known = {name: segmentation.metrics.get(name) for name in wanted}
    present = {name: known[name] for name in wanted if validity.metrics.get(name) is None}
    asked = _told(say, present) if metrics else []
    parts = [*asked, verdict_line(say, segmentation.verdict)]
    parts += _unstable(say, segmentation, metrics)
    ahead = [name for name in SHORTLY if name in wanted] if not metrics else wanted
    notices = [
        say.sentences([_head(say, segmentation), *([] if metrics else _told(say, present))]),
        say.sentences(future_lines(say, validity, wanted)),
    ]
    today = base.as_of.date().isoformat()
    facts = [*_index_facts(today, present), *future_facts(validity, wanted)]
    facts += [
        Fact(f"segment:{number}", "stability", today, value, "index")
        for number, value in segmentation.jaccards.items()
    ]
    facts += [_k_fact(base), verdict_fact(base)]
    return ToolResult(
        say.sentences([*parts, *future_short(say, validity, ahead)]),
        facts=tuple(facts),
        notices=tuple(notice for notice in notices if notice),
        tables=(*_quality_tables(say, segmentation, known), *future_table(say, validity, wanted)),
    )


def _index_facts(today: str, metrics: Mapping[str, float | None]) -> list[Fact]:
    known = {name: value for name, value in metrics.items() if value is not None}
    return [Fact("all", name, today, value, "index") for name, value in known.items()]


def _quality_metric(say: Voice, name: str) -> str:
    key = str(name).strip().lower().replace(" ", "_").replace("-", "_")
    short = {"stability": "stability_min_jaccard", "future_value": "future_spend_eta2"}
    key = short.get(key, key)
    if key not in QUALITY:
        raise UnknownName(str(say["evaluate.metric_kind"]), name, tuple(QUALITY))
    return key


def _head(say: Voice, segmentation: Segmentation) -> str:
    return say.say(
        "evaluate.head",
        k=counted(say, segmentation),
        method=say[f"methods.{segmentation.method}"],
        customers=say.count(len(segmentation.labels), "customers"),
    )


def _told(say: Voice, known: dict[str, float | None]) -> list[str]:
    items = [
        say.part(
            "evaluate.metric",
            name=say[f"evaluate.names.{name}"],
            value=_three(say, value),
            reading=say[f"evaluate.readings.{name}"],
        )
        for name, value in known.items()
        if value is not None
    ]
    missing = [str(say[f"evaluate.names.{name}"]) for name, v in known.items() if v is None]
    parts = [say.say("evaluate.metrics", list=say.list(items))] if items else []
    if missing:
        parts.append(say.say("evaluate.missing", names=say.list(missing)))
    return parts


def _three(say: Voice, value: float) -> str:
    """An index: three decimals below ten, else as any number."""
    return f"{value:.3f}" if abs(value) < 10 else say.number(round(value, 1))


def _unstable(say: Voice, segmentation: Segmentation, metrics: Sequence[str] | None) -> list[str]:
    names = {s.id: s.name for s in segmentation.segments}
    weak = [i for i, jaccard in segmentation.jaccards.items() if jaccard < REPRODUCIBLE]
    if not weak or metrics:
        return []
    called = [say.segment(number, names[number]) for number in weak]
    return [say.say("evaluate.unstable", names=say.list(called))]


def _quality_tables(
    say: Voice, segmentation: Segmentation, known: dict[str, float | None]
) -> tuple[Table, ...]:
    rows = tuple(
        (say[f"evaluate.names.{name}"], value, say[f"evaluate.readings.{name}"])
        for name, value in known.items()
    )
    columns = tuple(say[f"columns.{name}"] for name in ("measure", "value", "meaning"))
    tables = [Table(str(say["evaluate.title"]), columns, rows)]
    names = {s.id: s.name for s in segmentation.segments}
    if segmentation.jaccards:
        stable = tuple((i, names[i], value) for i, value in segmentation.jaccards.items())
        columns = tuple(say[f"columns.{name}"] for name in ("id", "segment_name", "stability"))
        tables.append(Table(str(say["evaluate.stability_title"]), columns, stable))
    return tuple(tables)


# --- making ------------------------------------------------------------------------------------


def run_clustering(
    workspace: Any,
    language: str,
    *,
    method: str | None = None,
    n_segments: int | None = None,
    text_weight: float | None = None,
    attach_unassigned: bool | None = None,
    progress: Progress = silent,
) -> ToolResult:
    """Cluster now; the new segments become the current ones."""
    plain = Recipe()
    recipe = Recipe(
        method=method or plain.method,
        n_segments=n_segments,
        text_weight=plain.text_weight if text_weight is None else text_weight,
        seed=plain.seed,
        attach_unassigned=bool(attach_unassigned),
    )
    workspace.resegment(recipe, progress)
    say, base = voice(language), spoken(workspace.base, language)
    segmentation = base.segmentation
    done = say.say(
        "clustering.done",
        customers=say.count(len(segmentation.labels), "customers"),
        method=say[f"methods.{segmentation.method}"],
        k=counted(say, segmentation),
    )
    text_share = workspace.fusion.reweight(segmentation.recipe.text_weight).text_weight
    weight = say.say("clustering.weight", weight=say.share(text_share))
    told = _told(say, {"silhouette": segmentation.metrics.get("silhouette")})
    parts = with_note(say, segmentation, [done, *_listing(say, base)])
    today = base.as_of.date().isoformat()
    quality = _index_facts(today, segmentation.metrics)
    weight_fact = Fact("all", "text_weight", today, text_share, "share")
    return ToolResult(
        say.sentences(parts),
        facts=(*_segment_facts(base), _k_fact(base), verdict_fact(base), weight_fact, *quality),
        tables=(_segment_table(say, base),),
        notices=(say.sentences([weight, *told]), *_about(say, base)),
    )
