"""Names people use for what the tools know (`prompts/router/lexicon.yaml`), found in a text.

Exact terms only: misspelt words are mended before, in `spelling.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import prompts

__all__ = ["Hit", "Lexicon", "has_cjk", "lexicon"]

_CJK = re.compile(r"[\u3400-\u9fff]")
_GAP = re.compile(r"[\s_-]+")


class Hit(NamedTuple):
    """A term found: its place in the text and the canonical name it stands for."""

    start: int
    end: int
    name: str


def has_cjk(text: str) -> bool:
    """Whether any Chinese character is in the text."""
    return bool(_CJK.search(text))


@dataclass(frozen=True)
class Lexicon:
    """Terms and the canonical names they stand for; a longer term wins over a shorter one."""

    names: Mapping[str, str]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, terms: Mapping[str, Iterable[str]]) -> Lexicon:
        """From canonical name -> terms. The first name that claims a term keeps it."""
        names: dict[str, str] = {}
        for name, synonyms in terms.items():
            for term in synonyms:
                names.setdefault(_key(term), name)
        return cls(names, _compile(names))

    def find(self, text: str) -> list[Hit]:
        """Every term in a lower-case text, in order, none overlapping."""
        return [
            Hit(match.start(), match.end(), name)
            for match in self.pattern.finditer(text)
            if (name := self._name(match.group()))
        ]

    def words(self) -> set[str]:
        """The single English words the terms are made of."""
        return {word for term in self.names for word in re.findall(r"[a-z]{3,}", term)}

    def _name(self, found: str) -> str | None:
        key = _key(found)
        candidates = (key, key.removesuffix("'s"), key.removesuffix("s"), key.removesuffix("es"))
        return next((self.names[c] for c in candidates if c in self.names), None)


@cache
def lexicon(section: str) -> Lexicon:
    """The lexicon of one section of the file, as in `metrics` or `charts`."""
    return Lexicon.of(prompts.load_yaml("router/lexicon")[section])


def _key(term: str) -> str:
    return _GAP.sub(" ", str(term).lower()).strip()


def _compile(terms: Iterable[str]) -> re.Pattern[str]:
    ordered = sorted(terms, key=len, reverse=True)
    latin = [_flexible(term) for term in ordered if not has_cjk(term)]
    chinese = [_flexible(term) for term in ordered if has_cjk(term)]
    parts = []
    if latin:
        parts.append(rf"(?<![a-z0-9])(?:{_any(latin)})(?:'s|es|s)?(?![a-z0-9])")
    if chinese:
        parts.append(_any(chinese))
    return re.compile("|".join(parts) or r"(?!)")


def _flexible(term: str) -> str:
    gap = r"\s*" if has_cjk(term) else r"[\s_-]+"
    return gap.join(re.escape(word) for word in term.split(" "))


def _any(patterns: Sequence[str]) -> str:
    return "|".join(patterns)
