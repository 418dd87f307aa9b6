"""The command line: arguments in, documents or text out. The work is done elsewhere."""

from __future__ import annotations

import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli import campaign, export, mcp, terminal
from assistant.cli.options import AsJson, Facts, Language, Workspace
from assistant.cli.progress import terminal_progress
from assistant.kindred import Kindred
from segmentation.clusters.algorithms import METHODS, check_method
from segmentation.types import InputError, Recipe

__all__ = ["main"]

app = typer.Typer(
    help="Customer segmentation you can question.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(export.app, name="export")
app.add_typer(campaign.app, name="campaign")


class Engine(StrEnum):
    """Where the tables are computed."""

    duckdb = "duckdb"
    spark = "spark"


K = Annotated[str, typer.Option("--k", help="Number of segments, or auto.")]
Method = Annotated[str, typer.Option("--method", help=f"auto, {', '.join(METHODS)}.")]
Attach = Annotated[
    bool,
    typer.Option(
        "--attach-unassigned",
        help="Customers that dbscan or hdbscan leave out join the segment of their neighbours.",
    ),
]
TextWeight = Annotated[
    float | None,
    typer.Option("--text-weight", min=0, max=1, help="What people buy (1) against how (0)."),
]
Files = Annotated[list[str] | None, typer.Option(help="File, folder or glob.")]
BrowsingFiles = Annotated[list[str] | None, typer.Option(help="Browsing: file, folder, glob.")]
Preset = Annotated[str | None, typer.Option(help="online-retail, olist, cdnow or taobao.")]
MappingFile = Annotated[
    Path | None, typer.Option(help="YAML file: which column is what.", show_default=False)
]
AsOf = Annotated[
    str | None, typer.Option(help="Recency counts from this date [default: day after the data]")
]
DateFormat = Annotated[
    str | None, typer.Option(help="For ambiguous dates: %d/%m/%Y, %m/%d/%Y, ...")
]
Pseudonymise = Annotated[
    bool, typer.Option("--pseudonymise", help="Replace customer ids by keyed hashes.")
]
Port = Annotated[int, typer.Option("--port", min=1, max=65535)]


@app.command()
def demo(
    port: Port = 7860,
    no_chat: Annotated[bool, typer.Option("--no-chat", help="Only make and build it.")] = False,
    customers: Annotated[int, typer.Option(min=50, help="How many customers.")] = 2000,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Make the demo shop, build it, and open the chat in the browser."""
    kindred = Kindred(workspace)
    with terminal_progress() as progress:
        report = kindred.build_demo(customers=customers, progress=progress)
    terminal.show(report, terminal.build_summary, as_json=as_json)
    if not no_chat:
        _serve(kindred, "127.0.0.1", port, open_browser=True)


@app.command()
def build(
    orders: Files = None,
    events: BrowsingFiles = None,
    reviews: Files = None,
    products: Files = None,
    customers: Annotated[list[str] | None, typer.Option(help="Profiles.")] = None,
    preset: Preset = None,
    mapping: MappingFile = None,
    source: Annotated[
        str | None, typer.Option(help="Ibis URL; the options above then name its tables.")
    ] = None,
    engine: Annotated[Engine, typer.Option(help="Where the tables are computed.")] = Engine.duckdb,
    as_of: AsOf = None,
    date_format: DateFormat = None,
    currency: Annotated[str | None, typer.Option(help="ISO code, such as EUR.")] = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="Keep this identifying column (repeatable).")
    ] = None,
    pseudonymise: Pseudonymise = False,
    k: K = "auto",
    method: Method = "auto",
    text_weight: TextWeight = None,
    attach_unassigned: Attach = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Read, check, encode, store and cluster a shop's files: a new snapshot."""
    if engine is Engine.spark:
        raise InputError(
            "This version computes on DuckDB only", where="--engine", fix="Leave the option out."
        )
    given = {
        "orders": orders,
        "events": events,
        "reviews": reviews,
        "products": products,
        "customers": customers,
    }
    kindred = Kindred(workspace)
    with terminal_progress() as progress:
        report = kindred.build(
            _sources(given, source),
            recipe=_recipe(k, method, text_weight, attach_unassigned),
            progress=progress,
            preset=preset,
            mapping=mapping,
            date_format=date_format,
            as_of=as_of,
            currency=currency,
            keep=keep or (),
            pseudonymise=pseudonymise,
        )
    terminal.show(report, terminal.build_summary, as_json=as_json)


@app.command()
def segment(
    method: Method = "auto",
    k: K = "auto",
    text_weight: TextWeight = None,
    attach_unassigned: Attach = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Cluster the current snapshot anew."""
    kindred = Kindred(workspace)
    with terminal_progress() as progress:
        report = kindred.segment(_recipe(k, method, text_weight, attach_unassigned), progress)
    terminal.show(report, terminal.segmentation_summary, as_json=as_json)


@app.command()
def evaluate(
    holdout: Annotated[
        int | None,
        typer.Option(
            "--holdout",
            min=1,
            metavar="DAYS",
            help="Fit without the last DAYS, measure on them, beside other methods.",
            show_default=False,
        ),
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Show the current segmentation: metrics, stability, verdict, what it says of the future."""
    with terminal_progress() as progress:
        report = Kindred(workspace).evaluate(holdout, progress)
    terminal.show(report, terminal.segmentation_summary, as_json=as_json)


@app.command()
def personas(
    segment: Annotated[int | None, typer.Option(min=0, help="Only this segment.")] = None,
    language: Annotated[Language, typer.Option()] = Language.en,
    audit: Annotated[
        bool, typer.Option("--audit", help="With what the writer was shown beside what it said.")
    ] = False,
    facts: Facts = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Write the personas of the segments, every sentence checked against its facts."""
    with terminal_progress() as progress:
        report = Kindred(workspace).personas(
            segment, language=language.value, audit=audit, progress=progress
        )
    terminal.show(report, partial(terminal.persona_text, facts=facts), as_json=as_json)


@app.command()
def similar(
    customer: Annotated[list[str] | None, typer.Option(help="Customer id (repeatable).")] = None,
    text: Annotated[str, typer.Option(help="Words: 'people who buy vintage toys'.")] = "",
    segment: Annotated[
        str | None, typer.Option(help="Those outside this segment who are like its members.")
    ] = None,
    n: Annotated[
        int | None,
        typer.Option("-n", min=1, help="How many: 10; of a segment, all who are likely enough."),
    ] = None,
    where: Annotated[str, typer.Option(help="country = Germany and orders >= 3")] = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Find customers like this."""
    if [bool(customer), bool(text.strip()), segment is not None].count(True) != 1:
        raise typer.BadParameter("Give one of --customer, --text and --segment.")
    report = Kindred(workspace).similar(
        customer_ids=customer or [], text=text, segment=segment, n=n, where=where
    )
    terminal.show(report, terminal.similar_table, as_json=as_json)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(show_default=False)] = None,
    batch: Annotated[
        Path | None, typer.Option(help="File of {id, question, thread?} lines; - for stdin.")
    ] = None,
    language: Annotated[Language, typer.Option()] = Language.auto,
    thread: Annotated[str | None, typer.Option(help="Name of the conversation.")] = None,
    facts: Facts = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Ask one question, or a file of them."""
    from assistant.cli.batch import answer_batch

    if (question is None) == (batch is None):
        raise typer.BadParameter("Give either a question or --batch FILE.")
    kindred = Kindred(workspace)
    if batch is not None:
        for line in answer_batch(kindred, batch, language.value):
            terminal.write_line(line)
        return
    answer = kindred.ask(str(question), thread=thread, language=language.value)
    terminal.show(answer.to_json(), partial(terminal.answer_text, facts=facts), as_json=as_json)
    if not as_json:
        terminal.settle(answer.pending, kindred.confirm)


@app.command()
def chat(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Port = 7860,
    browser: Annotated[bool, typer.Option("--browser/--no-browser")] = True,
    workspace: Workspace = None,
) -> None:
    """Open the chat in the browser."""
    _serve(Kindred(workspace), host, port, open_browser=browser)


@app.command()
def assign(
    out: Annotated[Path, typer.Option(help="CSV or Parquet file to write.")],
    orders: Files = None,
    events: BrowsingFiles = None,
    reviews: Files = None,
    preset: Preset = None,
    mapping: MappingFile = None,
    as_of: AsOf = None,
    date_format: DateFormat = None,
    pseudonymise: Pseudonymise = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Put new customers into the current segments, which stay as they are."""
    given = {"orders": orders, "events": events, "reviews": reviews}
    kindred = Kindred(workspace)
    with terminal_progress() as progress:
        report = kindred.assign(
            _sources(given, None),
            out,
            progress=progress,
            preset=preset,
            mapping=mapping,
            as_of=as_of,
            date_format=date_format,
            pseudonymise=pseudonymise,
        )
    terminal.show(report, terminal.placed_summary, as_json=as_json)


@app.command()
def doctor(workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Say what is installed, current and damaged; repair the index."""
    with terminal_progress() as progress:
        report = Kindred(workspace).doctor(progress)
    terminal.show(report, terminal.checks, as_json=as_json)
    if report["damaged"]:
        raise typer.Exit(1)


app.command()(mcp.mcp)


def main() -> None:
    """Run the command line: 0 done, 1 the user can mend it, 2 wrong usage; never a traceback."""
    sys.exit(terminal.run(app))


def _recipe(k: str, method: str, text_weight: float | None, attach: bool) -> Recipe:
    if k != "auto" and not (k.isdecimal() and int(k) >= 2):
        raise typer.BadParameter(f"--k is auto or a number from 2, not {k!r}.")
    if method != "auto":
        check_method(method)
    n_segments = None if k == "auto" else int(k)
    weight = Recipe.text_weight if text_weight is None else text_weight
    return Recipe(
        method=method, n_segments=n_segments, text_weight=weight, attach_unassigned=attach
    )


def _sources(given: dict[str, list[str] | None], url: str | None) -> dict[str, Any]:
    named = {table: values for table, values in given.items() if values}
    if not named:
        raise typer.BadParameter(
            "Give at least --orders FILE (or --events FILE); kindred demo makes a shop to try."
        )
    if url is None:
        return {t: values if len(values) > 1 else values[0] for t, values in named.items()}
    return {table: (url, values[0]) for table, values in named.items()}


def _serve(kindred: Kindred, host: str, port: int, *, open_browser: bool) -> None:
    """Show the page; it can be seen before the models are loaded."""
    kindred.check_whole()
    from assistant.app import serve

    settings = kindred.settings
    terminal.announce(f"http://{host}:{port}")
    serve(
        kindred.session,
        loading=kindred.loading(),
        host=host,
        port=port,
        auth=settings.auth,
        language=settings.language,
        open_browser=open_browser,
    )
