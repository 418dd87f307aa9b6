"""An audience as a file for other tools: shown first, written only on the user's own word.

`export_audience` is what a model can call, and it never writes: it says what would be written and
hands out a `Pending`. `write_confirmed` writes, and no tool calls it: chat.py does so when the user
pressed a button or a key, and the command line when the user typed the command.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.export.audience import FEW_MATCHED, FEWEST, Draft, draft
from assistant.export.files import deliver, private_folder
from assistant.export.platforms import FORMATS
from assistant.tools.references import segment_id, spoken
from assistant.tools.result import Pending, Status, ToolResult
from assistant.tools.verdicts import note_beside, with_note
from assistant.tools.voice import Voice, clean, voice
from segmentation.types import CustomerBase, Fact, InputError

__all__ = ["command_of", "export_audience", "offered", "write_confirmed", "write_draft"]

FOLDER = "exports"
MENDABLE = ("hashed_only", "plain_only")
"""Refusals that other arguments would mend; the others say how it is."""


def export_audience(
    workspace: Any,
    language: str,
    *,
    segment: Any = None,
    customer_ids: Sequence[Any] | None = None,
    format: str | None = None,
    hashed: bool | None = None,
) -> ToolResult:
    """What an export would write, waiting for the user's word. Writes nothing, ever."""
    say, base = voice(language), spoken(workspace.base, language)
    if problem := _misasked(say, base, segment, customer_ids, format):
        return ToolResult(problem, status="error")
    found = drafted(workspace, base, segment, customer_ids, format, hashed)
    if found.refusal:
        status: Status = "error" if found.refusal in MENDABLE else "ok"
        return ToolResult(_refused(say, base, found), facts=_facts(base, found), status=status)
    pending = _pending(workspace, base, found, say.language)
    parts, notices = note_beside(
        say,
        base.segmentation,
        [*_told(say, base, found), str(say["export.confirm"])],
        [*_details(say, found), *_next(say, found)],
    )
    return ToolResult(
        say.sentences(parts),
        facts=_facts(base, found),
        status="needs_confirmation",
        confirm=pending,
        notices=notices,
    )


def offered(workspace: Any, language: str, **args: Any) -> tuple[Draft, str]:
    """The file that these arguments of `export_audience` ask for, and what it would be, in words.

    Raises:
        UnknownName: no such segment, or none of the customers exists.
        InputError: it may not be written; the message says why.
    """
    say, base = voice(language), spoken(workspace.base, language)
    if problem := _misasked(say, base, args["segment"], args["customer_ids"], args["format"]):
        raise InputError(problem.rstrip("."))
    found = drafted(workspace, base, **args)
    if found.refusal:
        raise InputError(_refused(say, base, found).rstrip("."))
    parts = [*_told(say, base, found), *_details(say, found)]
    return found, say.sentences(with_note(say, base.segmentation, parts))


def _misasked(
    say: Voice, base: CustomerBase, segment: Any, customer_ids: Any, format: str | None
) -> str:
    """What is wrong with the arguments; empty if nothing is."""
    if (segment is None) == (not customer_ids):
        names = say.list([clean(s.name) for s in base.segmentation.segments], "or")
        return say.say("export.refused.who", names=names)
    if format not in (None, *FORMATS):
        names = say.list(list(FORMATS), "or")
        return say.say("export.refused.kind", given=say.quote(format), names=names)
    return ""


def drafted(
    workspace: Any,
    base: CustomerBase,
    segment: Any,
    customer_ids: Sequence[Any] | None,
    format: str | None,
    hashed: bool | None,
) -> Draft:
    """The file that these arguments ask for. Raises UnknownName."""
    return draft(
        base,
        segment=None if segment is None else segment_id(base, segment),
        customer_ids=customer_ids or None,
        format=format or "csv",
        hashed=hashed,
        suppressed=workspace.suppressed(),
    )


def write_confirmed(workspace: Any, pending: Pending, by: str = "chat") -> ToolResult:
    """Write what was shown: the very same bytes, of the same snapshot and segments, or nothing.

    Args:
        by: where the user gave their word, for the export log.
    """
    say, base = voice(pending.language), spoken(workspace.base, pending.language)
    args = {"segment": None, "customer_ids": None, **pending.args}
    if _standing(workspace) != {k: v for k, v in pending.bound.items() if k != "sha256"}:
        return ToolResult(str(say["export.expired"]), status="error")
    found = drafted(workspace, base, **args)
    if found.refusal or found.sha256 != pending.bound["sha256"]:
        return ToolResult(str(say["export.expired"]), status="error")
    out = private_folder(workspace.root / FOLDER) / _name(found)
    write_draft(workspace, found, out, by)
    return _written(say, base, found, out)


def write_draft(workspace: Any, found: Draft, out: Path, by: str) -> dict[str, Any]:
    """Write a draft to `out` and enter it in the export log; the JSON of `kindred export audience`.

    Args:
        by: who said so: `chat`, `command line`, `mcp` or `python`.
    """
    entry = {
        "what": "audience",
        "by": by,
        "format": found.format,
        "arguments": _without_ids(found.args),
        "rows": found.rows,
        "columns": list(found.columns),
        "considered": found.considered,
        "left_out": dict(found.left_out),
        "verdict": workspace.base.segmentation.verdict,
        **_standing(workspace),
    }
    logged = deliver(workspace.root, out, found.content, entry)
    return {**logged, "file": str(out)}


def command_of(workspace: Any, args: Mapping[str, Any], out: str = "FILE.csv") -> str:
    """The command line that writes the same."""
    words = ["kindred", "export", "audience", "--workspace", str(workspace.root)]
    if args.get("segment") is not None:
        words += ["--segment", str(args["segment"])]
    for one in args.get("customer_ids") or ():
        words.append(f"--customer={one}")
    words += ["--format", str(args["format"])]
    words += ["--hashed"] if args["hashed"] and args["format"] == "csv" else []
    return shlex.join([*words, "--out", out])


def _pending(workspace: Any, base: CustomerBase, found: Draft, language: str) -> Pending:
    return Pending(
        id=secrets.token_urlsafe(16),
        tool="export_audience",
        args=found.args,
        command=command_of(workspace, found.args),
        bound={**_standing(workspace), "sha256": found.sha256},
        language=language,
    )


def _standing(workspace: Any) -> dict[str, str]:
    """What an offer holds for."""
    return {
        "snapshot": workspace.snapshot.id,
        "segmentation": workspace.base.segmentation.id,
    }


def _without_ids(args: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as the log may have them: how many ids, not which."""
    return {k: len(v) if k == "customer_ids" else v for k, v in args.items()}


def _name(found: Draft) -> str:
    """`segment-3-meta-20240131T120000Z-1f2e3d.csv`."""
    segment = found.args.get("segment")
    who = "customers" if segment is None else f"segment-{segment}"
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{who}-{found.format}-{moment}-{found.sha256[:6]}.csv"


# --- words -------------------------------------------------------------------------------------


def _told(say: Voice, base: CustomerBase, found: Draft) -> list[str]:
    """What the file would be."""
    head = say.say(
        "export.head_all" if found.rows == found.considered else "export.head",
        format=say[f"export.formats.{found.format}"],
        rows=say.number(found.rows),
        who=_who(say, base, found),
    )
    columns = say.say("export.columns", columns=", ".join(found.columns))
    few = FORMATS[found.format].is_ads and found.rows < FEW_MATCHED
    return [
        *(head, columns, *_identified(say, found), *_left_out(say, found)),
        say.say("export.few_matched", limit=say.number(FEW_MATCHED)) if few else "",
        str(say["export.unwritten"]),
    ]


def _who(say: Voice, base: CustomerBase, found: Draft) -> str:
    size = say.count(found.considered, "customers")
    number = found.args.get("segment")
    if number is None:
        return say.part("export.who_customers", size=size)
    known = next(s for s in base.segmentation.segments if s.id == number)
    name = say.segment(number, known.name)
    return say.part("export.who_segment", size=size, segment=name)


def _identified(say: Voice, found: Draft) -> list[str]:
    """By what the file names people."""
    if found.contacts:
        key = "hashed" if found.args["hashed"] else "plain"
        sources = ", ".join(map(clean, found.contacts.values()))
        return [say.say(f"export.{key}", contacts=_contacts(say, found), sources=sources)]
    if found.args["hashed"]:
        return [str(say["export.ids_hashed"])]
    unhashed = str(say["export.unhashed"]) if found.unhashed else ""
    return [str(say[f"export.ids.{found.format}"]), unhashed]


def _contacts(say: Voice, found: Draft) -> str:
    return say.list([str(say[f"export.contacts.{kind}"]) for kind in found.contacts])


def _left_out(say: Voice, found: Draft) -> list[str]:
    reasons = [
        say.part(f"export.reasons.{why}", n=say.number(n)) for why, n in found.left_out.items()
    ]
    listed = say.say("export.left_out", list=say.list(reasons)) if reasons else ""
    unsaid = "" if found.consent_field else str(say["export.no_consent_field"])
    return [listed or ("" if unsaid else str(say["export.nobody_left_out"])), unsaid]


def _details(say: Voice, found: Draft) -> list[str]:
    """What the platform makes of ids and how contacts get in; cells that were made harmless."""
    ids = not found.contacts and not found.args["hashed"] and found.format != "csv"
    parts = [str(say[f"export.ids_more.{found.format}"]), str(say["export.keep"])] if ids else []
    if found.neutralised:
        parts.append(say.say("export.neutralised", n=say.number(found.neutralised)))
    return parts


def _next(say: Voice, found: Draft) -> list[str]:
    """Where it would go, and the rule that does without a list."""
    number = found.args.get("segment")
    rule = [say.say("export.rule", id=number)] if number else []
    return [str(say["export.place"]), *rule]


def _refused(say: Voice, base: CustomerBase, found: Draft) -> str:
    text = say.say(
        f"export.refused.{found.refusal}",
        format=say[f"export.formats.{found.format}"],
        rows=say.count(found.rows, "customers"),
        limit=say.number(FEWEST),
        who=_who(say, base, found),
        contacts=_contacts(say, found),
    )
    left_out = [] if found.refusal in MENDABLE else _left_out(say, found)
    return say.sentences([text, *left_out])


def _written(say: Voice, base: CustomerBase, found: Draft, out: Path) -> ToolResult:
    """What was written, and where in the workspace: whoever is at a page needs no full path."""
    file = f"{FOLDER}/{out.name}"
    parts = [
        say.say("export.written", rows=say.count(found.rows, "rows"), file=file),
        say.say("export.columns", columns=", ".join(found.columns)),
        say.say("export.checksum", sha256=found.sha256),
    ]
    return ToolResult(
        say.sentences(parts),
        facts=_facts(base, found),
        files=(str(out),),
    )


def _facts(base: CustomerBase, found: Draft) -> tuple[Fact, ...]:
    number, today = found.args.get("segment"), base.as_of.date().isoformat()
    subject = "all" if number is None else f"segment:{number}"
    counts = {
        "considered": found.considered,
        "audience": found.rows,
        **{f"left_out_{reason}": n for reason, n in found.left_out.items()},
    }
    return tuple(Fact(subject, name, today, n, "customers") for name, n in counts.items())
