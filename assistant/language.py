"""Which of the two languages a text is in."""

from __future__ import annotations

import re

__all__ = ["is_wordless", "language_of"]

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_WISHED = {
    "zh": re.compile(
        r"\bin (?:simplified )?(?:chinese|mandarin)\W*(?:please|pls)?\W*$|[用换]成?(?:中文|汉语)",
        re.I,
    ),
    "en": re.compile(r"\bin english\W*(?:please|pls)?\W*$|[用换]成?(?:英文|英语)", re.I),
}


def language_of(text: str) -> str:
    """`zh` if a text holds at least as many Chinese characters as Latin words, else `en`.

    Chinese marketers mix English terms into Chinese sentences ("每个 segment 的 LTV 是多少"); a
    Chinese name in an English question stays English. A language that is asked for goes first.
    """
    for language, wish in _WISHED.items():
        if wish.search(text):
            return language
    han, words = len(_HAN.findall(text)), len(_LATIN_WORD.findall(text))
    return "zh" if han and han >= words else "en"


def is_wordless(text: str) -> bool:
    """Whether a text is in no language: `100012`, `5?`."""
    return not _HAN.search(text) and not _LATIN_WORD.search(text)
