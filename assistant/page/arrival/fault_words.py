"""What is wrong with files and data, in the reader's words.

Whoever types commands reads it as it was raised. On the page a fault with parts is worded from
those; any other is known by how it was said (prompts/data_faults.yaml).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from string import Formatter

from assistant.formats import format_count
from assistant.page.arrival.words import Words, arrival_words, column_words, fill, reason_words
from prompts import load_yaml
from segmentation.data.errors import NoColumns, NoRowsLeft, SeveralFaults
from segmentation.types import KindredError

__all__ = ["error_words", "known_fault"]


def error_words(error: KindredError | None, language: str, files: Collection[str] = ()) -> str:
    """An error in the reader's words where there are any, else as it was said.

    Args:
        error: None for a defect, which is in the log.
        files: names of files: the one it happened in is named.
    """
    if error is None:
        return str(arrival_words(language)["broke"])
    told, parts = _told(error, language, files), load_yaml("data_faults")["parts"][language]
    place = next((name for name in sorted(files, key=len, reverse=True) if name in error.where), "")
    return fill(parts["placed"], file=place, told=told) if place else told


def known_fault(said: str) -> tuple[Mapping[str, str], Mapping[str, str]] | None:
    """The wording of a fault by language, and what differs in it."""
    for pattern, fault in _patterns():
        if found := pattern.fullmatch(said):
            return fault, found.groupdict()
    return None


def _told(error: KindredError, language: str, files: Collection[str]) -> str:
    words, parts = arrival_words(language), load_yaml("data_faults")["parts"][language]
    match error:
        case SeveralFaults():
            each = (error_words(one, language, files) for one in error.errors)
            return str(parts["between"]).join(each)
        case NoColumns():
            return fill(
                parts["column" if len(error.missing) == 1 else "columns"],
                table=words["tables"][error.table],
                columns=column_words(error.missing, words),
            )
        case NoRowsLeft():
            return _nothing_left(error, language, words, parts)
    if known := known_fault(error.what):
        fault, values = known
        return fill(fault[language], **values)
    return f"{error.what}. {error.fix}".strip()


def _nothing_left(error: NoRowsLeft, language: str, words: Words, parts: Words) -> str:
    reasons = []
    for reason in error.reasons:
        name, mend = reason_words(reason.reason, reason.fix, words)
        count = fill(words["counting"], count=format_count(reason.rows, language))
        reasons.append(fill(parts["reason"], reason=name, count=count, mend=mend))
    return fill(
        parts["nothing_left"],
        rows=format_count(error.rows, language),
        table=words["tables"][error.table],
        reasons=str(parts["between"]).join(reasons),
    )


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]:
    faults = load_yaml("data_faults")["faults"]
    return tuple((_pattern(fault["said"]), fault) for fault in faults)


def _pattern(said: str) -> re.Pattern[str]:
    """What a wording stands for: each `{name}` for any text."""
    parts = Formatter().parse(said)
    source = "".join(
        re.escape(text) + (f"(?P<{name}>.*)" if name else "") for text, name, *_ in parts
    )
    return re.compile(source, re.DOTALL)
