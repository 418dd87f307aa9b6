"""`kindred export ...`: files for other tools. Arguments in, files out; the work is elsewhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli import terminal
from assistant.cli.options import AsJson, Language, Workspace
from assistant.cli.progress import terminal_progress
from assistant.kindred import Kindred

__all__ = ["app"]

app = typer.Typer(help="Write a file for other tools.", no_args_is_help=True)


class Format(StrEnum):
    """What an audience is written for."""

    csv = "csv"
    meta = "meta"
    google = "google"
    klaviyo = "klaviyo"


class Dialect(StrEnum):
    """What a rule is written for."""

    sql = "sql"
    shopify = "shopify"
    klaviyo = "klaviyo"


BY = "command line"
SegmentName = Annotated[
    str | None, typer.Option("--segment", help="Id or name.", show_default=False)
]


@app.command()
def assignments(
    out: Annotated[Path, typer.Option(help="CSV or Parquet file to write.")],
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Everybody with their segment and how clearly they belong there."""
    report = Kindred(workspace).export("assignments", out, by=BY)
    terminal.show(report, terminal.export_summary, as_json=as_json)


@app.command()
def audience(
    out: Annotated[Path, typer.Option(help="CSV file to write.")],
    segment: SegmentName = None,
    customer: Annotated[
        list[str] | None, typer.Option(help="Instead of a segment: customer id (repeatable).")
    ] = None,
    format: Annotated[Format, typer.Option(help="What it is for.")] = Format.csv,
    hashed: Annotated[
        bool | None,
        typer.Option(
            "--hashed/--not-hashed",
            help="SHA-256 or plain [default: as the platform takes it]",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write it without asking.")] = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """A segment, or given customers, after consent and suppression; it asks before it writes."""
    report = Kindred(workspace).export(
        "audience",
        out,
        segment=segment,
        customer_ids=customer,
        format=format.value,
        hashed=hashed,
        agree=None if yes else lambda told: terminal.agree(told, f"Write {out}?", instead="--yes"),
        by=BY,
    )
    terminal.show(report, terminal.audience_summary, as_json=as_json)


@app.command()
def personas(
    out: Annotated[Path, typer.Option(help="JSON or Markdown file to write.")],
    segment: Annotated[int | None, typer.Option(min=0, help="Only this segment.")] = None,
    language: Annotated[Language, typer.Option()] = Language.en,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """What is known of the segments, in sentences with their facts."""
    report = Kindred(workspace).export(
        "personas", out, segment=segment, language=language.value, by=BY
    )
    terminal.show(report, terminal.export_summary, as_json=as_json)


@app.command()
def rule(
    segment: Annotated[str, typer.Option("--segment", help="Id or name.")],
    format: Annotated[Dialect, typer.Option(help="What it is for.")] = Dialect.sql,
    out: Annotated[
        Path | None, typer.Option(help="File to write [default: shown]", show_default=False)
    ] = None,
    language: Annotated[Language, typer.Option()] = Language.en,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """The rule that describes a segment, to edit elsewhere, with how well it describes it."""
    kindred = Kindred(workspace)
    asked = {"segment": segment, "dialect": format.value, "language": language.value}
    report = kindred.export("rule", out, by=BY, **asked) if out else kindred.rule(**asked)
    terminal.show(report, terminal.rule_text, as_json=as_json)


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="HTML file to write.")],
    language: Annotated[Language, typer.Option()] = Language.en,
    shop: Annotated[str, typer.Option(help="Name of the shop, for the title.")] = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Everything worth knowing of the segments in one file to send on; it names no customer."""
    with terminal_progress() as progress:
        written = Kindred(workspace).export(
            "report", out, language=language.value, shop=shop, progress=progress, by=BY
        )
    terminal.show(written, terminal.report_summary, as_json=as_json)
