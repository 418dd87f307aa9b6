"""How far to believe the segments: the verdict, how firmly each holds, what they foretell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.report.drawing import bar
from assistant.report.study import Study
from assistant.tools.clusters import evaluate_segments
from assistant.tools.future import future_lines, future_short, known_figures
from assistant.tools.verdicts import unassigned_line, verdict_line, verdict_short
from segmentation.clusters.quality import NATURAL, REPRODUCIBLE, UNSTABLE
from segmentation.types import FUTURE_FIGURES, Validity

__all__ = ["belief"]

GRADES = ((NATURAL, "firm"), (REPRODUCIBLE, "holds"), (UNSTABLE, "loose"), (0.0, "dissolves"))
"""From which overlap on a segment is said to hold how firmly."""


def belief(study: Study) -> Mapping[str, Any]:
    """The verdict in plain words, and the two tests behind it."""
    say, segmentation = study.say, study.base.segmentation
    found = evaluate_segments(study.workspace, say.language)
    study.use(found.facts)
    validity = segmentation.validity or Validity(None)
    return {
        "verdict": segmentation.verdict,
        "short": verdict_short(say, segmentation.verdict),
        "line": verdict_line(say, segmentation.verdict),
        "unassigned": unassigned_line(say, segmentation),
        "stability": _stability(study) if study.has_segments else [],
        "future": _future(study, validity),
        "ahead": say.sentences(future_short(say, validity)) if validity.period else "",
        "test": say.sentences(future_lines(say, validity)),
    }


def _stability(study: Study) -> list[Mapping[str, Any]]:
    """Every segment with its overlap when customers are drawn anew, and what that means."""
    jaccards = study.base.segmentation.jaccards
    return [
        {
            **study.entry(one),
            "value": f"{jaccards[one.id]:.2f}",
            "bar": bar(jaccards[one.id], one.id),
            "grade": _grade(jaccards[one.id]),
            "reading": study.tell(f"belief.grades.{_grade(jaccards[one.id])}"),
        }
        for one in study.segments
        if one.id in jaccards
    ]


def _grade(jaccard: float) -> str:
    return next(grade for least, grade in GRADES if jaccard >= least)


def _future(study: Study, validity: Validity) -> Mapping[str, Any] | None:
    """The segments beside simpler ways to group, by what each foretold."""
    known = known_figures(validity) if validity.period else []
    names = [name for name in FUTURE_FIGURES if name in known]
    if not names:
        study.leave_out("future", str(study.say["future.nothing"]))
        return None
    say, ways = study.say, {"segments": validity.metrics, **validity.baselines}
    rows = [
        {
            "way": str(say[f"future.ways.{way}"]),
            "own": way == "segments",
            "values": [say.value(scores.get(name), "share") for name in names],
        }
        for way, scores in ways.items()
    ]
    return {"heads": [study.tell(f"belief.figures.{name}") for name in names], "rows": rows}
