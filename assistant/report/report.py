"""The report one sends on: everything worth knowing of the segments in one HTML file.

It says nothing that is not computed: each section is made of the facts that the chat's answers
rest on. The same workspace gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.export.files import deliver, enter, format_of
from assistant.report.actions import actions
from assistant.report.belief import belief
from assistant.report.opening import head, summary
from assistant.report.page import render
from assistant.report.pictures import bars, comparison, customer_map, heat_map, trend
from assistant.report.portraits import cards, parts
from assistant.report.sources import data_notes, methods
from assistant.report.study import Study, open_study
from segmentation.types import Progress, silent

__all__ = ["Report", "make_report", "report_file", "write_report"]


@dataclass(frozen=True)
class Report:
    """A report, made and not yet written.

    Args:
        sections: names of those that are in it, in order.
        left_out: name of what is not -> why.
        facts: every number of it, as JSON.
    """

    html: str
    language: str
    segments: int
    verdict: str
    sections: tuple[str, ...]
    left_out: dict[str, str]
    facts: list[dict[str, Any]]

    def entry(self, by: str) -> dict[str, Any]:
        """What the export log says of it."""
        return {
            "what": "report",
            "by": by,
            "format": "html",
            "rows": self.segments,
            "language": self.language,
            "verdict": self.verdict,
        }


def make_report(
    workspace: Any, language: str, *, shop: str = "", progress: Progress = silent
) -> Report:
    """Make the report in `en` or `zh`; `shop` is the name in its title."""
    study = open_study(workspace, language, shop)
    content = _content(study, progress)
    segmentation = study.base.segmentation
    html = render(study, content)
    return Report(
        html=html,
        language=study.say.language,
        segments=segmentation.k,
        verdict=segmentation.verdict,
        sections=tuple(name for name, found in content.items() if found is not None),
        left_out=dict(study.left_out),
        facts=study.used(),
    )


def _content(study: Study, progress: Progress) -> dict[str, Any]:
    """Every section's content; data notes come last, when it is known what is missing."""

    def portrait() -> list[Any]:
        if study.has_segments:
            return cards(study, progress)
        study.leave_out("personas", study.tell("left_out.no_personas"))
        return []

    steps: dict[str, dict[str, Callable[[], Any]]] = {
        "belief": {"head": lambda: head(study), "belief": lambda: belief(study)},
        "map": {"map": lambda: _map(study)},
        "segments": {"cards": portrait, "parts": lambda: parts(study)},
        "charts": {
            "bars": lambda: bars(study),
            "heat": lambda: heat_map(study),
            "trend": lambda: trend(study),
            "comparison": lambda: comparison(study),
        },
        "actions": {"actions": lambda: actions(study)},
        "data": {"methods": lambda: methods(study), "data": lambda: data_notes(study)},
    }
    content: dict[str, Any] = {}
    for done, (step, makers) in enumerate(steps.items()):
        progress(str(study.words["progress"][step]), done, len(steps))
        content |= {name: make() for name, make in makers.items()}
    best = content["actions"]["best"] if content["actions"] else None
    return content | {"summary": summary(study, best)}


def _map(study: Study) -> dict[str, Any]:
    return {**customer_map(study), "names": [study.entry(one) for one in study.segments]}


def write_report(
    workspace: Any,
    out: Path,
    *,
    language: str = "en",
    shop: str = "",
    by: str,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Write the report to `out`, whole or not at all, and enter it in the export log.

    Raises:
        InputError: the name does not end in `.html`, or the place cannot be written to.
    """
    format_of(out, "html")
    made = make_report(workspace, language, shop=shop, progress=progress)
    content = made.html.encode("utf-8")
    logged = deliver(workspace.root, out, content, made.entry(by))
    return {
        **logged,
        "file": str(out),
        "bytes": len(content),
        "sections": list(made.sections),
        "left_out": made.left_out,
        "facts": made.facts,
    }


def report_file(
    workspace: Any, language: str, by: str, progress: Progress = silent
) -> dict[str, str]:
    """The report for a browser to save: `name`, `content`, `type`; entered in the export log."""
    made = make_report(workspace, language, progress=progress)
    name = f"customer-report-{workspace.base.as_of.date().isoformat()}-{made.language}.html"
    enter(workspace.root, name, made.html.encode("utf-8"), made.entry(by))
    return {"name": name, "content": made.html, "type": "text/html;charset=utf-8"}
