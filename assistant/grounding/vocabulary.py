"""Names to find in texts, whatever their case, width and quotes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from prompts import load_yaml

__all__ = ["NameFound", "Vocabulary", "common", "plain", "telling"]

_TOKEN = re.compile(r"[^\W_]+(?:['’&+.-]+[^\W_]+)*")
LONGEST = 9
"""Words of the longest name that is looked for."""


@dataclass(frozen=True)
class NameFound:
    """A name in a text: as the data have it, in plain spelling."""

    start: int
    end: int
    name: str


@lru_cache(maxsize=1 << 16)
def plain(text: str) -> str:
    """Spelling without case, width, quotes and the difference of `&` and `and`."""
    folded = unicodedata.normalize("NFKC", str(text)).casefold().replace("’", "'")
    return " ".join(re.sub(r"[^\w'+%]+", " ", folded.replace("&", " and ")).split()).strip("' ")


class Vocabulary:
    """Names to find in texts, whatever their case; the longest wins."""

    def __init__(self, names: Iterable[str]) -> None:
        self.spelt: Mapping[str, str] = {key: name for name in names if len(key := plain(name)) > 1}
        self._first = {_first(key) for key in self.spelt}
        self._han = sorted((k for k in self.spelt if _is_han(k)), key=len, reverse=True)

    def find(self, text: str) -> list[NameFound]:
        """Every name, in order, without overlaps."""
        found: list[NameFound] = []
        tokens = list(_TOKEN.finditer(re.sub(r"[\u3400-\u9fff]", " ", text)))
        at = 0
        while at < len(tokens):
            hit = self._at(text, tokens, at)
            if hit:
                found.append(hit)
            at = next(
                (j for j in range(at, len(tokens)) if hit and tokens[j].start() >= hit.end), at + 1
            )
        return sorted([*found, *self._chinese(text)], key=lambda one: one.start)

    def _at(self, text: str, tokens: list[re.Match[str]], at: int) -> NameFound | None:
        """The longest name that begins with this word."""
        if plain(tokens[at].group()).split(" ")[0] not in self._first:
            return None
        for last in range(min(at + LONGEST, len(tokens)) - 1, at - 1, -1):
            start, end = tokens[at].start(), tokens[last].end()
            if (key := plain(text[start:end])) in self.spelt:
                return NameFound(start, end, key)
        return None

    def _chinese(self, text: str) -> Iterator[NameFound]:
        taken: list[tuple[int, int]] = []
        for key in self._han:
            for match in re.finditer(re.escape(self.spelt[key]), text, re.IGNORECASE):
                if not any(match.start() < b and a < match.end() for a, b in taken):
                    taken.append(match.span())
                    yield NameFound(match.start(), match.end(), key)


def _first(key: str) -> str:
    return key.split(" ")[0]


def _is_han(key: str) -> bool:
    return bool(re.search(r"[\u3400-\u9fff]", key))


def telling(name: str) -> bool:
    """Names of more than one word, or of a word that is no common one."""
    key = plain(name)
    return " " in key or (_is_han(key) and len(key) > 1) or (len(key) > 2 and key not in common())


@cache
def common() -> frozenset[str]:
    """English words that are right as they are: a capital does not make a name of them."""
    return frozenset(load_yaml("router/words")["words"].split())
