"""What kind of segments these are and how far to trust them, in words: whoever shows them says so.

The verdict itself is found in segmentation/clusters; here it is only worded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.tools.voice import Voice
from segmentation.clusters.quality import UNSTABLE
from segmentation.types import CustomerBase, Fact, Segment, Segmentation

__all__ = [
    "called",
    "counted",
    "has_segments",
    "note_beside",
    "unassigned_line",
    "unstable",
    "unstable_line",
    "verdict_fact",
    "verdict_line",
    "verdict_note",
    "verdict_short",
    "with_note",
    "with_verdict",
]


def has_segments(segmentation: Segmentation) -> bool:
    """False where the data has no segments, only parts that it was cut into."""
    return segmentation.verdict != "none"


def verdict_line(say: Voice, verdict: str) -> str:
    """The verdict, what it means and how far to trust the segments: two or three sentences."""
    return str(say[f"verdicts.{verdict}"])


def verdict_short(say: Voice, verdict: str) -> str:
    """The verdict in half a line: `constructed: a cut through a continuum`."""
    return str(say[f"verdicts_short.{verdict}"])


def verdict_note(say: Voice, verdict: str) -> str:
    """The verdict in one short sentence."""
    return str(say[f"verdicts_note.{verdict}"])


def verdict_fact(base: CustomerBase) -> Fact:
    """The verdict as a fact."""
    today = base.as_of.date().isoformat()
    return Fact("all", "verdict", today, base.segmentation.verdict, "verdict")


def with_verdict(say: Voice, segmentation: Segmentation, parts: Sequence[str]) -> list[str]:
    """Sentences about segments with the verdict after them; before them if there are none."""
    line = verdict_line(say, segmentation.verdict)
    return [*parts, line] if has_segments(segmentation) else [line, *parts]


def with_note(say: Voice, segmentation: Segmentation, parts: Sequence[str]) -> list[str]:
    """The same in one short sentence, for answers that name segments in passing."""
    note = verdict_note(say, segmentation.verdict)
    return [*parts, note] if has_segments(segmentation) else [note, *parts]


def note_beside(
    say: Voice, segmentation: Segmentation, parts: Sequence[str], notices: Sequence[str]
) -> tuple[list[str], tuple[str, ...]]:
    """Sentences and notices for an answer that acts on a segment which the user named.

    The note is among the notices there; before the sentences if there are no segments at all.
    """
    note = verdict_note(say, segmentation.verdict)
    if has_segments(segmentation):
        return [*parts], (*notices, note)
    return [note, *parts], tuple(notices)


def unstable(segmentation: Segmentation) -> frozenset[int]:
    """Ids of the segments that dissolve when customers are resampled."""
    return frozenset(i for i, jaccard in segmentation.jaccards.items() if jaccard < UNSTABLE)


def called(say: Voice, segmentation: Segmentation, segment: Segment) -> str:
    """A segment's name in a list, marked where it is not stable."""
    if segment.id not in unstable(segmentation):
        return segment.name
    return say.part("segments.marked", name=segment.name)


def unstable_line(say: Voice, segmentation: Segmentation) -> str:
    """Which segments are not stable; empty if all are, or none is a segment at all."""
    weak = unstable(segmentation) if has_segments(segmentation) else frozenset[int]()
    names = [say.segment(s.id, s.name) for s in segmentation.segments if s.id in weak]
    return say.say("segments.unstable", names=say.list(names)) if names else ""


def counted(say: Voice, segmentation: Segmentation) -> str:
    """`4 segments`; `4 parts` where the data has no segments."""
    return say.count(segmentation.k, "segments" if has_segments(segmentation) else "parts")


def unassigned_line(say: Voice, segmentation: Segmentation) -> str:
    """How many customers are in no segment, and how they can be attached; empty if none."""
    if not segmentation.unassigned:
        return ""
    total: Any = len(segmentation.labels)
    customers = say.count(segmentation.unassigned, "customers")
    share = say.share(segmentation.unassigned / total)
    return say.say("segments.unassigned", customers=customers, share=share)
