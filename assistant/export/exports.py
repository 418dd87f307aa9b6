"""Everything that `kindred export` writes, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assistant.export.assignments import write_assignments
from assistant.export.documents import write_personas, write_rule
from assistant.export.files import format_of
from assistant.personas.report import describe_segments
from assistant.tools.exporting import offered, write_draft
from assistant.tools.rule_files import rule_report
from segmentation.types import InputError

__all__ = ["export"]

LOGGED_AS = "python"


def export(workspace: Any, what: str, out: Path, **options: Any) -> dict[str, Any]:
    """Write `what` to `out`; see `Kindred.export`.

    Raises:
        InputError: there is no such export, or not with these options.
    """
    exports: dict[str, Callable[..., dict[str, Any]]] = {
        "assignments": _assignments,
        "audience": _audience,
        "personas": _personas,
        "report": _report,
        "rule": _rule,
    }
    if what not in exports:
        fix = f"Export {', '.join(exports)}."
        raise InputError(f"{what!r} cannot be exported", where="export", fix=fix)
    return exports[what](workspace, out, **options)


def _assignments(workspace: Any, out: Path, *, by: str = LOGGED_AS) -> dict[str, Any]:
    return write_assignments(workspace.root, workspace.base, out, by)


def _audience(
    workspace: Any,
    out: Path,
    *,
    segment: Any = None,
    customer_ids: Sequence[Any] | None = None,
    format: str = "csv",
    hashed: bool | None = None,
    agree: Callable[[str], bool] | None = None,
    by: str = LOGGED_AS,
) -> dict[str, Any]:
    format_of(out, "csv")  # which all platforms take
    found, told = offered(
        workspace, "en", segment=segment, customer_ids=customer_ids, format=format, hashed=hashed
    )
    if agree is not None and not agree(told):
        return {"what": "audience", "file": None, "rows": 0, "written": False}
    return {**write_draft(workspace, found, out, by), "written": True, "says": told}


def _personas(
    workspace: Any,
    out: Path,
    *,
    segment: int | None = None,
    language: str = "en",
    by: str = LOGGED_AS,
) -> dict[str, Any]:
    report = describe_segments(workspace, segment, language)
    return write_personas(workspace.root, report, out, by)


def _report(workspace: Any, out: Path, *, by: str = LOGGED_AS, **options: Any) -> dict[str, Any]:
    from assistant.report.report import write_report

    return write_report(workspace, out, by=by, **options)


def _rule(
    workspace: Any,
    out: Path,
    *,
    segment: Any,
    dialect: str = "sql",
    language: str = "en",
    by: str = LOGGED_AS,
) -> dict[str, Any]:
    return write_rule(workspace.root, rule_report(workspace, language, segment, dialect), out, by)
