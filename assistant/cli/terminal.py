"""How the command line shows things: documents as JSON, or tables and text for a person."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from assistant.cli.facts import print_basis, print_claims
from assistant.formats import format_table
from assistant.page.wording import usage_words
from segmentation.types import InputError, KindredError

__all__ = ["run", "show"]

Document = Mapping[str, Any]
INTERRUPTED = 130


def show(document: Document, draw: Callable[[Document, Console], None], *, as_json: bool) -> None:
    """Print `document` as one JSON document, or drawn for a person."""
    if as_json:
        write_line(json.dumps(document, ensure_ascii=False, default=str, allow_nan=False))
    else:
        draw(document, Console())


def write_line(text: str) -> None:
    """One line on stdout, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def announce(address: str) -> None:
    """Where the chat is, on stderr."""
    sys.stderr.write(f"The chat is at {address} (Ctrl+C ends it)\n")


def run(app: typer.Typer) -> int:
    """Run the command line and return its exit code; every error becomes one message."""
    try:
        app(standalone_mode=False)
    except typer.Exit as stop:
        return stop.exit_code
    except KindredError as error:
        return _fail(str(error), {"what": error.what, "where": error.where, "fix": error.fix})
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("Stopped. What was current before is still current.\n")
        return INTERRUPTED
    except BrokenPipeError:
        with contextlib.suppress(OSError):
            sys.stdout.close()
        return 0
    except Exception as error:  # noqa: BLE001 - the last line of defence
        usage = _usage(error)
        return usage if usage is not None else _unexpected(error)
    return 0


def build_summary(report: Document, console: Console) -> None:
    """What was read, what was set aside and why, and what was made of it."""
    table = Table("Table", "Read", "Accepted", "Quarantined", title="Read")
    for name, rows in report["read"].items():
        numbers = (rows, report["accepted"][name], report["quarantined"][name])
        table.add_row(name, *(f"{number:,}" for number in numbers))
    console.print(table)
    if report["reasons"]:
        reasons = Table("Table", "Set aside because", "Rows", "Example", "To mend it")
        for reason in report["reasons"]:
            cells = (reason["table"], reason["reason"], f"{reason['rows']:,}", reason["example"])
            reasons.add_row(*(escape(str(cell)) for cell in (*cells, reason["fix"])))
        console.print(reasons)
    for note in (*report.get("assumptions", ()), *report.get("privacy", ())):
        console.print(f"· {escape(note)}")
    seconds = sum(report["seconds"].values())
    console.print(f"[bold]{report['customers']:,} customers[/] in {seconds:.1f} s")
    segmentation_summary(report["segmentation"], console)


def segmentation_summary(report: Document, console: Console) -> None:
    """The verdict, the segments and the metrics."""
    from segmentation.clusters.quality import UNSTABLE

    console.print(_trust(report))
    table = Table("Id", "Segment", "Customers", "Share", "Stability")
    for segment in report["segments"]:
        jaccard = segment.get("jaccard")
        stability = "" if jaccard is None else f"{jaccard:.2f}"
        if jaccard is not None and jaccard < UNSTABLE:
            stability += " (unstable)"
        size = f"{segment['size']:,}"
        name = escape(segment["name"])
        table.add_row(str(segment["id"]), name, size, f"{segment['share']:.1%}", stability)
    console.print(table)
    for name, value in report["metrics"].items():
        if value is not None:
            console.print(f"{name.replace('_', ' ')}: {value:.3f}")
    console.print(f"method: {report['method']}, k = {report['k']}")
    for note in report["notes"]:
        console.print(f"· {escape(note)}")
    _future(report, console)


def _future(report: Document, console: Console) -> None:
    """The segments beside other ways to use the same past, and what that means in words."""
    from assistant.tools.future import future_lines, future_table, known_figures, mark
    from assistant.tools.voice import voice
    from segmentation.clusters.archive import validity_of

    say, validity = voice("en"), validity_of(report)
    if validity is None or not (given := future_table(say, validity)):
        return
    table = Table(*given[0].columns, title=given[0].title, caption=say["future.caption"])
    figures = known_figures(validity)
    for way, (name, *values) in zip(["", *validity.baselines], given[0].rows, strict=True):
        marks = [mark(validity, way, figure) for figure in figures]
        cells = ["" if v is None else f"{v:.3f} {m}" for v, m in zip(values, marks, strict=True)]
        table.add_row(str(name), *cells)
    console.print(table)
    console.print(escape(say.sentences(future_lines(say, validity))))


def _trust(report: Document) -> str:
    """The verdict in words, and who is in no segment."""
    from assistant.tools.verdicts import verdict_line
    from assistant.tools.voice import voice

    say = voice("en")
    parts = [verdict_line(say, report["verdict"])]
    if report["unassigned"]:
        share = say.share(report["unassigned"] / report["customers"])
        customers = say.count(report["unassigned"], "customers")
        parts.append(say.say("segments.unassigned", customers=customers, share=share))
    return escape(say.sentences(parts))


def similar_table(report: Document, console: Console) -> None:
    """The look-alikes, what they share, and what was understood."""
    table = Table("Customer", "Score", "Likeness", "Segment", "Because")
    for match in report["matches"]:
        because = "; ".join(str(reason) for reason in match["because"])
        score = "" if match["score"] is None else f"{match['score']:.3f}"
        likeness = "" if match["likeness"] is None else f"{match['likeness']:.0%}"
        table.add_row(
            escape(match["customer_id"]), score, likeness, str(match["segment"]), escape(because)
        )
    if report["understood"]:
        console.print(escape(report["understood"]))
    console.print(table)
    if report["likeness"]:
        console.print(f"[dim]{escape(report['likeness']['meaning'])}[/]")


def answer_text(answer: Document, console: Console, *, facts: bool = False) -> None:
    """The answer, its tables, and the tools it rests on; with `facts`, every fact too."""
    console.print(Markdown(answer["answer"]))
    for given in answer["tables"]:
        console.print(_table(given, answer["language"]))
    _notices(answer, console)
    if answer["charts"]:
        console.print("[dim](charts are drawn in the browser: kindred chat)[/]")
    for call in answer["tool_calls"]:
        arguments = json.dumps(call["args"], ensure_ascii=False)
        console.print(f"[dim]{call['name']} {escape(arguments)} · {call['status']}[/]")
    if used := usage_words(answer["usage"], answer["language"]):
        console.print(f"[dim]{used}[/]")
    if facts:
        print_basis(answer, console)


def persona_text(report: Document, console: Console, *, facts: bool = False) -> None:
    """How far to trust the segments, then each persona with who wrote it, and its audit."""
    console.print(escape(report["trust"]))
    for persona in report["personas"]:
        _persona(persona, console)
        if facts:
            print_claims(persona["claims"], report["language"], console)


def _persona(persona: Document, console: Console) -> None:
    known = f"{persona['segment']} · {persona['n']:,}"
    console.print(f"\n[bold]{escape(persona['segment_name'])}[/]  [dim]{escape(known)}[/]")
    own = persona["name"] if persona["name"] != persona["segment_name"] else ""
    if line := " – ".join(part for part in (own, persona["tagline"]) if part):
        console.print(f"[italic]{escape(line)}[/]")
    for section in persona["sections"]:
        told = " ".join(section["sentences"])
        console.print(f"[bold]{escape(section['title'])}[/]  {escape(told)}")
    if not persona["sections"]:
        console.print(escape(persona["text"]))
    for note in (persona["note"], persona["written_by"]):
        console.print(f"[dim]{escape(note)}[/]", end="\n" if note else "")
    for one in persona["dropped"]:
        console.print(f"[dim]✗ {escape(one['sentence'])} ({escape(_wrong(one))})[/]")
    for one in persona.get("audit", {}).get("said", ()):
        facts = "; ".join(_fact(fact) for fact in one["facts"])
        console.print(f"[dim]{one['attempt']} {one['fate']}: {escape(one['sentence'])}[/]")
        console.print(f"[dim]    {escape(facts)} {escape(_wrong(one))}[/]")


def _fact(fact: Document) -> str:
    return f"{fact['subject']} {fact['metric']} {fact['period']} {fact['value']} {fact['unit']}"


def _wrong(one: Document) -> str:
    return ", ".join(f"{problem['kind']}: {problem['said']}" for problem in one["problems"])


def export_summary(report: Document, console: Console) -> None:
    """What was written where, and how far to trust the segments in it."""
    from assistant.tools.verdicts import verdict_note
    from assistant.tools.voice import voice

    console.print(f"Wrote {report['rows']:,} rows to {escape(report['file'])}")
    console.print(verdict_note(voice("en"), report["verdict"]))


def report_summary(report: Document, console: Console) -> None:
    """Where the report is, what it leaves out and why, and how far to trust the segments in it."""
    from assistant.tools.verdicts import verdict_note
    from assistant.tools.voice import voice

    console.print(f"Wrote {report['bytes']:,} bytes to {escape(report['file'])}")
    for what, why in report["left_out"].items():
        console.print(f"Left out: {escape(what)}. {escape(why)}")
    console.print(verdict_note(voice("en"), report["verdict"]))


def audience_summary(report: Document, console: Console) -> None:
    """What was written where, with its checksum; or that nothing was."""
    if not report["written"]:
        console.print("Nothing was written.")
        return
    console.print(f"Wrote {report['rows']:,} rows to {escape(report['file'])}")
    console.print(f"SHA-256 {report['sha256']}, entered in the export log")


def campaign_plan(report: Document, console: Console) -> None:
    """The plan in words with its table, and where its groups were written."""
    if "text" in report:
        campaign_reading(report, console)
    if report["file"]:
        console.print(f"Wrote {report['rows']:,} rows to {escape(report['file'])}")
    elif "text" not in report:
        held, mailed = f"{report['control']:,}", f"{report['mailed']:,}"
        console.print(f"{escape(report['plan'])}: {held} held out, {mailed} mailed")


def campaign_reading(report: Document, console: Console) -> None:
    """What was found, in words and as a table."""
    console.print(Markdown(report["text"]))
    for given in report["tables"]:
        console.print(_table(given, "en"))
    _notices(report, console)


def rule_text(report: Document, console: Console) -> None:
    """The rule as it is pasted elsewhere, and after it, on stderr, how well it describes."""
    if report.get("file"):
        console.print(f"Wrote the rule to {escape(report['file'])}")
    else:
        write_line(report["text"])
    Console(stderr=True).print(escape(report["says"]))


def agree(told: str, question: str, *, instead: str = "") -> bool:
    """Show what would be written, and ask for a yes at the keyboard; anything else is a no.

    Raises:
        InputError: nobody sits at a keyboard; `instead` is the option that says yes.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        fix = f"Look at what it would be with `kindred ask`, then add {instead}."
        raise InputError("Nobody is here to confirm, so nothing was written", fix=fix)
    Console(stderr=True).print(Markdown(told))
    return _yes(question)


def settle(pending: Sequence[Any], confirm: Callable[[str], Any]) -> None:
    """Ask at the keyboard for each thing that waits; without one, say which command does it."""
    for one in pending:
        told = json.dumps(dict(one.args), ensure_ascii=False)
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            sys.stderr.write(f"Not written. To write it: {one.command}\n")
        elif _yes(f"{one.tool} {told}\nWrite this file?"):
            Console().print(Markdown(confirm(one.id).text))
        else:
            sys.stderr.write("Nothing was written.\n")


def _yes(question: str) -> bool:
    """Whether a yes was typed; on stderr, since stdout belongs to the document."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def placed_summary(report: Document, console: Console) -> None:
    """What was written where, and how many of these customers hardly fit."""
    export_summary(report, console)
    if report["far"]:
        console.print(f"{report['far']:,} are far out: unlike 99 % of their segment's members")
    if report["between"]:
        console.print(f"{report['between']:,} are between two segments")


def checks(report: Document, console: Console) -> None:
    """One line per check, with what to do where something is wrong."""
    colours = {"ok": "green", "warning": "yellow", "damaged": "red"}
    for check in report["checks"]:
        colour = colours[check["status"]]
        fix = f" → {check['fix']}" if check["fix"] else ""
        detail = escape(check["detail"] + fix)
        console.print(f"[{colour}]{check['status']:>8}[/]  {escape(check['name'])}: {detail}")


def _notices(report: Document, console: Console) -> None:
    """What an answer leaves to those who want to know, a line each."""
    for notice in report["notices"]:
        console.print(f"[dim]· {escape(notice)}[/]")


def _table(given: Document, language: str) -> Table:
    table = Table(*(escape(str(column)) for column in given["columns"]), title=given["title"])
    for cells in format_table(given["columns"], given["rows"], language):
        table.add_row(*map(escape, cells))
    return table


def _fail(message: str, details: Mapping[str, str]) -> int:
    if "--json" in sys.argv:
        write_line(json.dumps({"error": details}, ensure_ascii=False))
    sys.stderr.write(f"Error: {message}\n")
    return 1


def _usage(error: Exception) -> int | None:
    """The exit code of a wrong usage, shown as Typer words it; None for anything else."""
    exit_code = getattr(error, "exit_code", None)
    if exit_code is None or not hasattr(error, "format_message"):
        return None
    sys.stderr.write(f"Usage: {error.format_message()}\nTry: kindred --help\n")
    return 2


def _unexpected(error: Exception) -> int:
    """A defect of ours: say so in one line, and keep the details in a file."""
    folder = Path(tempfile.mkdtemp(prefix="kindred-"))
    log = folder / "error.log"
    log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    logging.getLogger("kindred").debug("unexpected", exc_info=error)
    what = f"Something went wrong inside Kindred: {type(error).__name__}"
    fix = f"Nothing was lost. Please report it with {log}."
    return _fail(f"{what}. {fix}", {"what": what, "where": "", "fix": fix})
