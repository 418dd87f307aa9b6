"""Options that several commands take."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["AsJson", "Facts", "Language", "Workspace"]


class Language(StrEnum):
    """What an answer may be written in; auto follows the question."""

    auto = "auto"
    en = "en"
    zh = "zh"


Workspace = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        help="Folder that holds everything [default: ./kindred-workspace or KINDRED_WORKSPACE]",
        show_default=False,
    ),
]
Facts = Annotated[bool, typer.Option("--facts", help="And the facts that each sentence rests on.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
