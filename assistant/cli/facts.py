"""What an answer rests on, in the terminal: each sentence with its facts, and all other facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

__all__ = ["print_basis", "print_claims"]

Document = Mapping[str, Any]


def print_basis(answer: Document, console: Console) -> None:
    """The checked sentences of an answer with their facts; of an answer without any all facts."""
    if answer["claims"]:
        print_claims(answer["claims"], answer["language"], console)
    elif answer["facts"]:
        _print_facts(answer["facts"], (), answer["language"], console)


def print_claims(claims: Sequence[Document], language: str, console: Console) -> None:
    """Each sentence, and below it the facts it rests on."""
    for claim in claims:
        console.print(f"\n{escape(claim['sentence'])}")
        _print_facts(claim["facts"], claim.get("labels", ()), language, console)


def _print_facts(
    facts: Sequence[Document], labels: Sequence[str], language: str, console: Console
) -> None:
    from assistant.tools.fact_words import claim_words
    from assistant.tools.result import Claim
    from assistant.tools.voice import voice
    from segmentation.types import Fact

    claim = Claim("", tuple(Fact(**fact) for fact in facts), tuple(labels))
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for one in claim_words(claim, voice(language)):
        cells = (one.label, one.value, one.whose, one.period, one.source)
        table.add_row(*(f"[dim]{escape(cell)}[/]" for cell in cells))
    console.print(table)
