"""`kindred campaign plan|read`: arguments in, a plan or its outcome out; the work is elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli import terminal
from assistant.cli.options import AsJson, Language, Workspace
from assistant.kindred import Kindred

__all__ = ["app"]

app = typer.Typer(
    help="Plan a campaign with a control group, and read back how it went.", no_args_is_help=True
)
BY = "command line"


@app.command()
def plan(
    segment: Annotated[
        str | None, typer.Option("--segment", help="Id or name.", show_default=False)
    ] = None,
    plan: Annotated[
        str | None, typer.Option("--plan", help="Instead: a plan made before.", show_default=False)
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="What it is judged by [default: repeat_rate]")
    ] = None,
    minimum_lift: Annotated[
        float | None, typer.Option(help="Smallest lift that matters, 0.05 for 5% [default: 0.1]")
    ] = None,
    power: Annotated[float | None, typer.Option(help="Chance to find it [default: 0.8]")] = None,
    days: Annotated[int | None, typer.Option(help="Length of the window [default: 30]")] = None,
    name: Annotated[str, typer.Option(help="Another name is another draw.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="CSV file for who is in which group.", show_default=False)
    ] = None,
    language: Annotated[Language, typer.Option()] = Language.en,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """How many of a segment to hold out, what that shows, what it is worth and costs."""
    asked = {"metric": metric, "minimum_lift": minimum_lift, "power": power, "days": days}
    report = Kindred(workspace).plan_campaign(
        segment, plan=plan, out=out, language=language.value, by=BY, name=name, **asked
    )
    terminal.show(report, terminal.campaign_plan, as_json=as_json)


@app.command()
def read(
    plan: Annotated[str, typer.Option("--plan", help="Id of the plan.")],
    result: Annotated[
        Path | None,
        typer.Option(
            help="customer_id and an outcome, or orders with dates [default: the orders built]",
            show_default=False,
        ),
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="The day it was sent [default: as planned]")
    ] = None,
    language: Annotated[Language, typer.Option()] = Language.en,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """What the mailed did beside those held out: the lift, with its interval."""
    report = Kindred(workspace).read_campaign(
        plan, result=result, start=start, language=language.value
    )
    terminal.show(report, terminal.campaign_reading, as_json=as_json)
