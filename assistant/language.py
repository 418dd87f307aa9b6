"""Which of the two languages a text is in."""

from __future__ import annotations

import re

__all__ = ["language_of"]

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")


def language_of(text: str) -> str:
    """`zh` if a text holds at least as many Chinese characters as Latin words, else `en`.

    Chinese marketers mix English terms into Chinese sentences ("每个 segment 的 LTV 是多少"); a
    Chinese name in an English question stays English.
    """
    han, words = len(_HAN.findall(text)), len(_LATIN_WORD.findall(text))
    return "zh" if han and han >= words else "en"
