"""The tool that says what moved since an earlier snapshot, and the chart of it, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

from assistant.charts.basic import figure_json
from assistant.charts.flows import flow_bands
from assistant.tools.movement import Flow, Movement, movement
from assistant.tools.references import spoken
from assistant.tools.result import Chart, Table, ToolResult
from assistant.tools.verdicts import with_note
from assistant.tools.voice import Voice, clean, voice
from segmentation.insight.errors import BadArgument
from segmentation.lineage import NothingBefore
from segmentation.types import Change, Fact, Segmentation

__all__ = ["draw_flows", "track_segments"]

TOP = 3
"""Moves told in words; the table has all."""


def track_segments(workspace: Any, language: str, *, since: str | None = None) -> ToolResult:
    """What moved since the snapshot before, or since the one that was current at `since`."""
    say = voice(language)
    try:
        moved = _movement(workspace, say, since)
    except NothingBefore as error:
        return _nothing_before(say, workspace, error)
    parts = [*_heads(say, moved), *_changes(say, moved), _top_moves(say, moved)]
    return ToolResult(
        say.sentences(with_note(say, moved.now, parts)),
        facts=moved.facts,
        tables=(_segment_table(say, moved), _flow_table(say, moved)),
        notices=_steady(say, moved),
    )


def draw_flows(workspace: Any, language: str, chosen: int | None) -> ToolResult:
    """Where the customers of the snapshot before are now, as bands; one segment may stand out."""
    say = voice(language)
    try:
        moved = _movement(workspace, say, None)
    except NothingBefore as error:
        return ToolResult(_nothing_before(say, workspace, error).text)
    figure = flow_bands(_bands(say, moved), _sides(say, moved), segment=chosen)
    parts = [say.say("track.chart"), *_heads(say, moved), _top_moves(say, moved, chosen)]
    return ToolResult(
        say.sentences(parts),
        facts=moved.facts,
        tables=(_flow_table(say, moved),),
        charts=(Chart(_flows_finding(say, moved), figure_json(figure)),),
    )


def _flows_finding(say: Voice, moved: Movement) -> str:
    """How many moved, as the chart's title, where they can be followed."""
    if not moved.both or not moved.continues:
        return str(say["track.flows_title"])
    both = say.count(moved.both, "customers")
    if not moved.moved:
        return say.say("charts.findings.nobody_moved", both=both)
    told = {"moved": say.number(moved.moved), "share": say.share(moved.moved_share)}
    return say.say("charts.findings.moved", both=both, **told)


def _movement(workspace: Any, say: Voice, since: str | None) -> Movement:
    base = spoken(workspace.base, say.language)
    return movement(base, workspace.past(_day(since)), say.language)


def _day(since: str | None) -> date | None:
    """The day given, or the first of the month given. Raises BadArgument."""
    text = str(since).strip()
    try:
        return None if since is None else date.fromisoformat(f"{text}-01"[:10])
    except ValueError as error:
        raise BadArgument("since", since, "day") from error


def _nothing_before(say: Voice, workspace: Any, error: NothingBefore) -> ToolResult:
    """An answer all the same: that there is nothing to compare with, and what to do."""
    day = say.day(error.day) if error.day else ""
    base = workspace.base
    today = base.as_of.date().isoformat()
    count = Fact("all", "customers", today, len(base.customers), "customers")
    return ToolResult(say.say(f"track.nothing.{error.reason}", day=day), facts=(count,))


# --- in words ----------------------------------------------------------------------------------


def _heads(say: Voice, moved: Movement) -> list[str]:
    then, now = moved.days
    if then == now and not moved.joined and not moved.left:
        customers = say.count(moved.both, "customers")
        head = say.say("track.same_data", day=say.day(now), customers=customers)
    else:
        head = say.say(
            "track.since",
            then=say.day(then),
            now=say.day(now),
            before=say.count(len(moved.past.customers), "customers"),
            customers=say.number(len(moved.now.labels)),
            joined=say.number(moved.joined),
            left=say.number(moved.left),
        )
    return [head, _moved(say, moved)]


def _moved(say: Voice, moved: Movement) -> str:
    if not moved.both:
        return say.say("track.strangers")
    both = say.count(moved.both, "customers")
    if not moved.continues:
        ways = [_way(say, one) for one in (moved.past.segmentation, moved.now)]
        return say.say("track.other_way", then=ways[0], now=ways[1])
    if not moved.moved:
        return say.say("track.nobody", both=both)
    return say.say(
        "track.moved_regrouped" if moved.regrouped else "track.moved",
        both=both,
        moved=say.number(moved.moved),
        share=say.share(moved.moved_share),
        regrouped=say.number(moved.regrouped),
    )


def _way(say: Voice, segmentation: Segmentation) -> str:
    k = say.count(segmentation.k, "segments")
    return say.part("track.way", k=k, method=say[f"methods.{segmentation.method}"])


def _changes(say: Voice, moved: Movement) -> list[str]:
    """What became of the segments; only where ids last do they have an identity to speak of."""
    if not moved.continues:
        return []
    return [
        *_splits(say, moved),
        *(_merger(say, moved, change) for change in moved.changed("merged")),
        _listed(say, "new", [_newcomer(say, moved, c) for c in moved.changed("new")]),
        _listed(say, "gone", [_goner(say, moved, c) for c in moved.changed("gone")]),
    ]


def _steady(say: Voice, moved: Movement) -> tuple[str, ...]:
    """Which segments were kept, and which are called otherwise now: notices."""
    if not moved.continues:
        return ()
    kept = [_sized(say, moved, change) for change in moved.changed("kept")]
    renamed = [
        say.part("track.renamed_item", now=_now(say, moved, i), then=say.quote(moved.names_then[i]))
        for i in moved.renamed
    ]
    told = (_listed(say, "kept", kept), _listed(say, "renamed", renamed))
    return tuple(notice for notice in told if notice)


def _listed(say: Voice, key: str, items: Sequence[str]) -> str:
    return say.say(f"track.{key}", list=say.list(items)) if items else ""


def _sized(say: Voice, moved: Movement, change: Change) -> str:
    number = change.segment or 0
    return say.part(
        "track.kept_item",
        name=_now(say, moved, number),
        before=say.number(moved.sizes_then[change.earlier[0]]),
        size=say.number(moved.sizes_now[number]),
    )


def _splits(say: Voice, moved: Movement) -> list[str]:
    """One sentence per segment that was split, with its parts."""
    parts: dict[int, list[str]] = {}
    for change in moved.changed("split"):
        parts.setdefault(change.earlier[0], []).append(_with_size(say, moved, change.segment or 0))
    return [
        say.say("track.split", name=_then(say, moved, number), list=say.list(into))
        for number, into in parts.items()
    ]


def _merger(say: Voice, moved: Movement, change: Change) -> str:
    sources = say.list([_then(say, moved, i) for i in change.earlier])
    name = _with_size(say, moved, change.segment or 0)
    return say.say("track.merged", name=name, list=sources)


def _newcomer(say: Voice, moved: Movement, change: Change) -> str:
    name = _with_size(say, moved, change.segment or 0)
    if not change.earlier:
        return name
    return say.part("track.new_from", name=name, source=_then(say, moved, change.earlier[0]))


def _goner(say: Voice, moved: Movement, change: Change) -> str:
    number = change.earlier[0]
    size = say.count(moved.sizes_then[number], "customers")
    return say.part("track.sized", name=_then(say, moved, number), size=size)


def _with_size(say: Voice, moved: Movement, number: int) -> str:
    size = say.count(moved.sizes_now[number], "customers")
    return say.part("track.sized", name=_now(say, moved, number), size=size)


def _top_moves(say: Voice, moved: Movement, chosen: int | None = None) -> str:
    moves = [f for f in moved.moves if chosen is None or chosen in (f.then, f.now)][:TOP]
    items = [
        say.part(
            "track.move",
            customers=say.count(flow.customers, "customers"),
            then=_then(say, moved, flow.then),
            now=_now(say, moved, flow.now),
        )
        for flow in moves
    ]
    return _listed(say, "moves", items)


def _now(say: Voice, moved: Movement, segment: int | None) -> str:
    return _called(say, segment, moved.names_now, "left")


def _then(say: Voice, moved: Movement, segment: int | None) -> str:
    return _called(say, segment, moved.names_then, "joined")


def _called(say: Voice, segment: int | None, names: dict[int, str], nobody: str) -> str:
    if segment is None:
        return str(say[f"track.{nobody}"])
    return say.segment(segment, names[segment]) if segment else str(say["track.unassigned"])


# --- as tables and bands -----------------------------------------------------------------------


def _segment_table(say: Voice, moved: Movement) -> Table:
    """Every segment of now, then those that are gone."""
    columns = [say[f"columns.{name}"] for name in ("id", "segment_name")]
    columns += [say[f"track.columns.{name}"] for name in ("change", "before", "now", "new")]
    came = {f.now: f.customers for f in moved.flows if f.then is None}
    rows = []
    for change in moved.continuity.changes:
        number = change.segment or change.earlier[0]
        name = (moved.names_now if change.segment else moved.names_then)[number]
        lasts = moved.continues or change.segment is None
        before = moved.sizes_then.get(number) if lasts else None
        sizes = (moved.sizes_now[number], came.get(number, 0)) if change.segment else (0, 0)
        kind = say[f"track.kinds.{change.kind}"] if moved.continues else ""
        rows.append((number, clean(name), kind, before, *sizes))
    return Table(str(say["track.title"]), tuple(columns), tuple(rows))


def _flow_table(say: Voice, moved: Movement) -> Table:
    columns = tuple(say[f"track.columns.{name}"] for name in ("from", "to", "size", "share"))
    rows = tuple(
        (
            _short(say, flow.then, moved.names_then, "joined"),
            _short(say, flow.now, moved.names_now, "left"),
            flow.customers,
            flow.customers / _total(moved, flow),
        )
        for flow in sorted(moved.flows, key=lambda flow: -flow.customers)
    )
    return Table(str(say["track.flows_title"]), columns, rows)


def _total(moved: Movement, flow: Flow) -> int:
    """All who were where this flow comes from."""
    return sum(other.customers for other in moved.flows if other.then == flow.then)


def _short(say: Voice, segment: int | None, names: dict[int, str], nobody: str) -> str:
    if not segment:
        return clean(_called(say, segment, names, nobody))
    return say.part("charts.on_chart", id=segment, name=clean(names[segment]))


def _bands(say: Voice, moved: Movement) -> pd.DataFrame:
    """The flows as the chart takes them."""
    rows = []
    for flow in moved.flows:
        then = _short(say, flow.then, moved.names_then, "joined")
        now = _short(say, flow.now, moved.names_now, "left")
        customers = say.count(flow.customers, "customers")
        rows.append(
            {
                "then": flow.then,
                "now": flow.now,
                "then_name": then,
                "now_name": now,
                "customers": flow.customers,
                "hover": say.part("track.hover", then=then, now=now, customers=customers),
            }
        )
    return pd.DataFrame(rows)


def _sides(say: Voice, moved: Movement) -> dict[str, str]:
    then, now = moved.days
    if then == now:
        return {side: str(say[f"track.sides.{side}"]) for side in ("then", "now")}
    return {"then": say.day(then), "now": say.day(now)}
