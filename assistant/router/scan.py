"""A text being read: what has been understood is taken out, so that no word is used twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["TAKEN", "Scan", "regex"]

TAKEN = "\x1f"
"""What stands in `free` for a character that is understood already."""


def regex(pattern: str) -> re.Pattern[str]:
    """A pattern whose word borders are those of Latin words: Chinese text has none."""
    return re.compile(pattern, re.ASCII)


@dataclass
class Scan:
    """A lower-case text and the stretches of it that are understood already.

    `free` is the text with those stretches blanked out, at the same length: places found in it are
    places in `text`.
    """

    text: str
    free: str = ""
    stands_for: list[tuple[int, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.free = self.free or self.text

    def take(self, start: int, end: int, placeholder: str) -> None:
        """Mark a stretch as understood; `placeholder` is what it reads as in `masked`."""
        self.free = self.free[:start] + TAKEN * (end - start) + self.free[end:]
        self.stands_for.append((start, end, placeholder))

    def is_free(self, start: int, end: int) -> bool:
        """Whether nothing of the stretch is taken."""
        return TAKEN not in self.free[start:end]

    def matches(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Matches in what is free at the moment of asking."""
        return pattern.finditer(self.free)

    def before(self, start: int, characters: int = 40) -> str:
        """The text just before a place."""
        return self.text[max(0, start - characters) : start]

    def after(self, end: int, characters: int = 40) -> str:
        """The text just after a place."""
        return self.text[end : end + characters]

    @property
    def masked(self) -> str:
        """The text with every understood stretch replaced by what it stands for."""
        parts, place = [], 0
        for start, end, placeholder in sorted(self.stands_for):
            if start >= place:
                parts += [self.text[place:start], f" {placeholder} "]
                place = end
        return re.sub(r"\s+", " ", "".join([*parts, self.text[place:]])).strip()

    @property
    def rest(self) -> str:
        """The words nothing was understood of yet."""
        return re.sub(rf"[\s{TAKEN}]+", " ", self.free).strip()
