"""Who was in which segment before and who is now: the numbers of `track_segments`, unworded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from assistant.naming import names_of
from segmentation.clusters.identity import compared
from segmentation.insight.evidence.traits import carried_traits
from segmentation.lineage import Past
from segmentation.types import Change, Continuity, CustomerBase, Fact, Segmentation

__all__ = ["Flow", "Movement", "movement"]


@dataclass(frozen=True)
class Flow:
    """So many customers who were in segment `then` and are in `now`.

    0 is unassigned; None is not a customer then, or not a customer any more.
    """

    then: int | None
    now: int | None
    customers: int


@dataclass(frozen=True)
class Movement:
    """The current segmentation beside an earlier one.

    Args:
        base: today's customers, segments named in the language of the turn.
        past: the earlier segmentation.
        names_then: its segments' names in that language.
        continues: whether equal ids mean the same segment.
        continuity: what became of each segment, and the flows.
    """

    base: CustomerBase
    past: Past
    names_then: dict[int, str]
    continues: bool
    continuity: Continuity

    @property
    def now(self) -> Segmentation:
        return self.base.segmentation

    @cached_property
    def names_now(self) -> dict[int, str]:
        return {s.id: s.name for s in self.now.segments}

    @cached_property
    def sizes_then(self) -> dict[int, int]:
        return {s.id: s.size for s in self.past.segmentation.segments}

    @cached_property
    def sizes_now(self) -> dict[int, int]:
        return {s.id: s.size for s in self.now.segments}

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        return tuple(Flow(*one) for one in self.continuity.flows)

    @property
    def joined(self) -> int:
        return sum(flow.customers for flow in self.flows if flow.then is None)

    @property
    def left(self) -> int:
        return sum(flow.customers for flow in self.flows if flow.now is None)

    @cached_property
    def stayed(self) -> tuple[Flow, ...]:
        """Flows of those who are customers then and now."""
        return tuple(f for f in self.flows if f.then is not None and f.now is not None)

    @property
    def both(self) -> int:
        return sum(flow.customers for flow in self.stayed)

    @cached_property
    def moves(self) -> tuple[Flow, ...]:
        """Flows of these from one segment to another, largest first; all, where ids do not last."""
        moves = [f for f in self.stayed if not self.continues or f.then != f.now]
        return tuple(sorted(moves, key=lambda flow: -flow.customers))

    @property
    def moved(self) -> int:
        return sum(flow.customers for flow in self.moves)

    @property
    def moved_share(self) -> float:
        """Of the customers then and now, those in another segment; where ids last."""
        return self.moved / self.both if self.both else 0.0

    @property
    def regrouped(self) -> int:
        """Of those in another segment, the customers of one that was not there before."""
        return sum(flow.customers for flow in self.moves if flow.now not in self.sizes_then)

    @property
    def renamed(self) -> tuple[int, ...]:
        """Segments that last but are called otherwise now; parts that have no names are not."""
        named = carried_traits(self.past.segmentation)
        if not self.continues or "none" in (self.now.verdict, self.past.segmentation.verdict):
            return ()
        lasting = [i for i in named if i > 0 and i in self.names_now]
        return tuple(i for i in lasting if self.names_then[i] != self.names_now[i])

    def changed(self, kind: str) -> list[Change]:
        return [change for change in self.continuity.changes if change.kind == kind]

    @property
    def days(self) -> tuple[str, str]:
        return self.past.as_of.date().isoformat(), self.base.as_of.date().isoformat()

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every number told, sizes of both days among them."""
        then, now = self.days
        between = f"{then}/{now}"
        counts: dict[str, Any] = {"joined": self.joined, "left": self.left, "stayed": self.both}
        if self.continues:
            counts |= {"moved": self.moved, "regrouped": self.regrouped}
        facts = [
            Fact("all", "customers", then, len(self.past.customers), "customers"),
            Fact("all", "customers", now, len(self.now.labels), "customers"),
            *(Fact("all", name, between, n, "customers") for name, n in counts.items()),
        ]
        if self.continues and self.both:
            facts.append(Fact("all", "moved_share", between, self.moved_share, "share"))
        return (*facts, *self._segment_facts(then, now), *self._flow_facts(between))

    def _segment_facts(self, then: str, now: str) -> list[Fact]:
        before = "segment" if self.continues else "segment_before"
        sizes = [
            Fact(f"{before}:{i}", "size_before", then, n, "customers")
            for i, n in self.sizes_then.items()
        ]
        sizes += [
            Fact(f"segment:{i}", "size", now, n, "customers") for i, n in self.sizes_now.items()
        ]
        changes = [
            Fact(
                f"{'segment' if c.segment else before}:{c.segment or c.earlier[0]}",
                "change",
                f"{then}/{now}",
                c.kind,
                "change",
            )
            for c in self.continuity.changes
        ]
        return sizes + changes

    def _flow_facts(self, between: str) -> list[Fact]:
        def called(segment: int | None) -> str:
            return "none" if segment is None else str(segment)

        return [
            Fact(
                f"segment_before:{called(flow.then)}&segment:{called(flow.now)}",
                "customers",
                between,
                flow.customers,
                "customers",
            )
            for flow in self.flows
        ]


def movement(base: CustomerBase, past: Past, language: str) -> Movement:
    """Set the base's segmentation beside an earlier one; `base` is named in `language`."""
    now, then = base.segmentation, past.segmentation
    continues = now.recipe == then.recipe and now.continuity is not None
    continuity = compared(now.labels, list(base.customers), past.earlier, same_ids=continues)
    plain = {s.id: s.name for s in then.segments}
    traits = carried_traits(then)
    known = names_of(traits, then.verdict, language, base.currency) if traits else {}
    return Movement(base, past, {**plain, **known}, continues, continuity)
