"""Chinese words in English, one by one: an encoder gets the drift; it is no translation."""

from __future__ import annotations

import re
from functools import cache

import prompts

__all__ = ["gloss", "unglossed"]

_CJK_RUN = re.compile(r"[\u3400-\u9fff0-9]*[\u3400-\u9fff]+[\u3400-\u9fff0-9]*|[，。？！、]")


def gloss(text: str) -> str:
    """The text with its Chinese words replaced by English ones; those without a gloss fall away."""
    pattern, words = _glossary()

    def translate(match: re.Match[str]) -> str:
        found = pattern.findall(match.group())
        return " ".join(["", *(words.get(word, word) for word in found), ""])

    return re.sub(r"\s+", " ", _CJK_RUN.sub(translate, text)).strip()


def unglossed(text: str) -> list[str]:
    """Runs of two or more Chinese characters that no word of the glossary covers."""
    pattern, _ = _glossary()
    left = pattern.sub(" ", text)
    return re.findall(r"[\u3400-\u9fff]{2,}", left)


@cache
def _glossary() -> tuple[re.Pattern[str], dict[str, str]]:
    pairs = (entry.split("=", 1) for entry in prompts.load_yaml("router/glossary")["words"].split())
    words = {chinese: english.replace("_", " ") for chinese, english in pairs}
    ordered = sorted(words, key=len, reverse=True)
    return re.compile("|".join([*map(re.escape, ordered), r"\d+"])), words
