"""The wording of this room, and how columns and reasons are called in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.page.wording import page_words
from prompts import load_yaml

__all__ = ["Words", "arrival_words", "column_words", "fill", "reason_words"]

Words = Mapping[str, Any]


def arrival_words(language: str) -> Words:
    """The wording of this room, with what identifies people as `kinds`."""
    return {**page_words(language)["arrival"], "kinds": load_yaml("personal_data")[language]}


def column_words(groups: Sequence[Sequence[str]], words: Words) -> str:
    """Columns that are all needed, of each group one: `Customer; Price per piece or Amount`."""
    named = words["columns"]
    return str(words["semicolon"]).join(
        words["or"].join(named.get(name, name) for name in group) for group in groups
    )


def reason_words(reason: str, fix: str, words: Words) -> tuple[str, str]:
    """Why rows are set aside, and how to mend them, in the reader's language."""
    return words["reasons"].get(reason, reason), words["mends"].get(reason, fix)


def fill(text: str, **values: object) -> str:
    """A wording with its places filled; braces within the values stay what they are."""
    return text.format(**values)
