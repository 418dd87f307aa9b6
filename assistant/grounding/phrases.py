"""The word lists of prompts/grounding as something to search a text with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from prompts import load_yaml

__all__ = ["Found", "Phrases", "Words", "words"]


class Found(NamedTuple):
    """A phrase in a text: where it stands, and the name of the list it is from."""

    start: int
    end: int
    name: str

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end


class Phrases:
    """Lists of phrases under names. The longest phrase wins where several overlap."""

    def __init__(self, lists: Mapping[str, Iterable[str]], language: str) -> None:
        self._patterns = {
            name: compiled
            for name, phrases in lists.items()
            if (compiled := _pattern(tuple(phrases), language))
        }

    def find(self, text: str) -> list[Found]:
        """Every phrase, in order, without overlaps."""
        hits = [
            Found(match.start(), match.end(), name)
            for name, pattern in self._patterns.items()
            for match in pattern.finditer(text)
        ]
        taken: list[Found] = []
        for hit in sorted(hits, key=lambda one: (one.start - one.end, -one.start)):
            if not any(hit.start < other.end and other.start < hit.end for other in taken):
                taken.append(hit)
        return sorted(taken)

    def first(self, text: str) -> str:
        """The first phrase as the text has it; empty where there is none."""
        hit = next(iter(self.find(text)), None)
        return text[hit.start : hit.end] if hit else ""


def _pattern(phrases: tuple[str, ...], language: str) -> re.Pattern[str] | None:
    ordered = sorted({str(phrase) for phrase in phrases if str(phrase)}, key=len, reverse=True)
    return re.compile("|".join(map(_one, ordered)), re.IGNORECASE) if ordered else None


def _one(phrase: str) -> str:
    """English words whole; `*` for any ending; Chinese wherever it stands."""
    body = re.escape(phrase).replace(r"\*", r"[\w-]*").replace(r"\ ", r"[\s\-]+")
    body = body.replace("'", "['’]")
    left = r"(?<![A-Za-z0-9])" if re.match(r"[A-Za-z0-9]", phrase) else ""
    right = r"(?![A-Za-z0-9])" if re.search(r"[A-Za-z0-9]$", phrase) else ""
    return f"{left}{body}{right}"


class Words:
    """All lists of one language: `words("en").phrases("metrics")`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._lists: Mapping[str, Any] = load_yaml(f"grounding/{language}")
        self._compiled: dict[str, Phrases] = {}

    def __getitem__(self, name: str) -> Any:
        return self._lists[name]

    def phrases(self, name: str) -> Phrases:
        """The lists under `name`; a plain list is one whose phrases are all called `name`."""
        if name not in self._compiled:
            lists = self._lists[name]
            if not isinstance(lists, dict) or not isinstance(next(iter(lists.values())), list):
                lists = {name: [str(one) for one in lists]}
            self._compiled[name] = Phrases(lists, self.language)
        return self._compiled[name]


@cache
def words(language: str) -> Words:
    """The lists of `en` or `zh`."""
    return Words(language if language == "zh" else "en")
