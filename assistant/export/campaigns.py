"""A campaign's plan for the command line, and its groups as a file: mailed, or held out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant.export.cells import csv_bytes
from assistant.export.files import deliver, format_of
from assistant.tools.campaigns import planned, told
from assistant.tools.references import segment_id
from segmentation.insight.campaign.audience import audience
from segmentation.insight.campaign.record import Campaign, open_campaign
from segmentation.types import InputError

__all__ = ["plan_report", "write_groups"]


def plan_report(
    workspace: Any,
    language: str,
    *,
    segment: Any = None,
    plan: str | None = None,
    out: Path | None = None,
    by: str = "python",
    **asked: Any,
) -> dict[str, Any]:
    """A new plan for `segment`, or the kept one called `plan`; its groups in `out` where given.

    Returns:
        `plan`, `control`, `mailed` (customers), `file`, `rows` written, and for a new plan what the
        tool tells.

    Raises:
        InputError: neither or both are given, or one of the errors of `campaign.plan`.
    """
    if (segment is None) == (plan is None):
        raise InputError(
            "Which campaign?", where="campaign plan", fix="Give --segment, or --plan with its id."
        )
    if plan is not None:
        found, report = open_campaign(workspace.root, plan), {}
    else:
        number = segment_id(workspace.base, segment)
        found, people = planned(workspace, number, **asked)
        report = told(workspace, language, found, people).to_json()
    sizes = {"plan": found.id, "control": len(found.control), "mailed": len(found.mailed)}
    written = write_groups(workspace, found, out, by) if out else {"file": None, "rows": 0}
    return {**sizes, **written, **report}


def write_groups(workspace: Any, campaign: Campaign, out: Path, by: str) -> dict[str, Any]:
    """Write `customer_id, group` (`mailed` or `control`) as CSV, and enter it in the export log.

    Who may no longer be contacted since the plan was made is left out of either group.
    """
    format_of(out, "csv")
    base, held = workspace.base, frozenset(campaign.control)
    known = base.customers.intersection([*campaign.control, *campaign.mailed])
    asked = audience(base, customer_ids=list(known), suppressed=workspace.suppressed())
    people = sorted(asked.customers)
    rows = [(one, "control" if one in held else "mailed") for one in people]
    entry = {
        "what": "campaign",
        "format": "csv",
        "rows": len(rows),
        "plan": campaign.id,
        "segment": campaign.aim.segment,
        "by": by,
    }
    deliver(workspace.root, out, csv_bytes(["customer_id", "group"], rows), entry)
    return {"file": str(out), "rows": len(rows)}
