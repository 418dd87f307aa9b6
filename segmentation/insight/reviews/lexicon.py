"""Which aspects of a purchase a review praises or blames, by the words of a given lexicon.

The lexicon is data, passed in: cues are sequences of words, one that ends in `*` takes any ending,
and a script without spaces is read character by character. Nothing here knows a language, and what
leaves is never words: a review comes out as a set of (aspect, side).

Within one clause a cue is one of
- a verdict: praise or blame of its aspect (`arrived late`);
- a mention of an aspect (`delivery`), which takes the nearest opinion (`great`, `awful`);
- an opinion, which without a mention near it goes to the lexicon's aspect for purchases as a whole.
A negation turns the next verdict or opinion round; one within a cue (`never arrived`) turns praise
that follows soon (`on time`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["SIDES", "Cue", "Lexicon", "Side", "Tongue", "Vote"]

Side = str
Vote = tuple[str, Side]
SIDES: tuple[Side, Side] = ("positive", "negative")

NEGATION_REACH = 3
"""Words between a negation and what it turns round, at most."""
OPINION_REACH = 5
"""Words between an opinion and the aspect it is of, at most."""
LEAD = 1.5
"""Marks by which another language must surpass the usual one of the texts."""
STEM = 3
"""Fewest letters before a `*`; cues are found by so many."""

UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+|[.,;:!?。，；：！？、…\n]+")
_JOINED = str.maketrans("", "", "'’`´")
_STOP = "\n"


@dataclass(frozen=True)
class Cue:
    """Words that say something: of `aspect` (None: of whatever is near), on a side (None: on none).

    `turns` marks a negation, `parts` a word where a clause ends. A cue with none of these says
    nothing, and keeps what it is made of from being read.
    """

    words: tuple[str, ...]
    aspect: str | None = None
    side: Side | None = None
    turns: bool = False
    parts: bool = False

    def fits(self, tokens: Sequence[str], at: int) -> bool:
        """Whether the cue stands at that place."""
        if at + len(self.words) > len(tokens):
            return False
        return all(
            token.startswith(word[:-1]) if word.endswith("*") else token == word
            for word, token in zip(self.words, tokens[at:], strict=False)
        )


@dataclass(frozen=True)
class Tongue:
    """The cues of one language, and the words by which a text is known to be in it."""

    cues: tuple[Cue, ...]
    marks: frozenset[str]
    negations: frozenset[str] = field(init=False)
    _index: Mapping[str, tuple[Cue, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        index: dict[str, list[Cue]] = {}
        for cue in sorted(self.cues, key=_strength, reverse=True):
            index.setdefault(cue.words[0].rstrip("*")[:STEM], []).append(cue)
        turning = frozenset(cue.words[0] for cue in self.cues if cue.turns)
        object.__setattr__(self, "negations", turning)
        object.__setattr__(self, "_index", {key: tuple(cues) for key, cues in index.items()})

    def found(self, tokens: Sequence[str]) -> Iterator[tuple[int, Cue]]:
        """Every cue with its place, the longest at each; none overlaps another."""
        at = 0
        while at < len(tokens):
            known = self._index.get(tokens[at][:STEM], ())
            cue = next((one for one in known if one.fits(tokens, at)), None)
            if cue is not None:
                yield at, cue
            at += len(cue.words) if cue else 1


def _strength(cue: Cue) -> tuple[int, int]:
    return len(cue.words), sum(len(word) for word in cue.words)


@dataclass(frozen=True)
class Lexicon:
    """A closed list of aspects, and the cues for them by language.

    Args:
        aspects: all that a review can be said to speak of.
        whole: the one of them that takes an opinion with no aspect near.
        tongues: language → its cues; a language without cues is one whose texts are not read.
    """

    aspects: tuple[str, ...]
    whole: str
    tongues: Mapping[str, Tongue]

    @property
    def votes(self) -> tuple[Vote, ...]:
        """Everything a review can say."""
        return tuple((aspect, side) for aspect in self.aspects for side in SIDES)

    def read(self, texts: Sequence[str]) -> list[frozenset[Vote] | None]:
        """What each text says; None where its language is not one of those known.

        A text is taken to be in the language of most of the others, unless it is clearly not.
        """
        tokens = [tokens_of(text) for text in texts]
        heard = [self._heard(one) for one in tokens]
        usual = Counter(max(h, key=lambda name: h[name]) for h in heard if any(h.values()))
        for most, _ in usual.most_common(1):
            heard = [{**h, most: h[most] + LEAD} for h in heard]
        return [
            self._said(one, max(h, key=lambda name: h[name]))
            for one, h in zip(tokens, heard, strict=True)
        ]

    def _heard(self, tokens: Sequence[str]) -> dict[str, float]:
        """Language → how many of its marks the text has."""
        return {
            name: float(sum(token in tongue.marks for token in tokens))
            for name, tongue in self.tongues.items()
        }

    def _said(self, tokens: Sequence[str], language: str) -> frozenset[Vote] | None:
        if not self.tongues[language].cues:
            return None
        said: set[Vote] = set()
        tongue = self.tongues[language]
        for clause in _clauses(tongue.found(tokens), tokens):
            said |= set(self._votes(clause, tongue))
        return frozenset((a, s) for a, s in said if (a, _other(s)) not in said)

    def _votes(self, clause: Sequence[tuple[int, Cue]], tongue: Tongue) -> Iterator[Vote]:
        mentions = [(at, cue.aspect) for at, cue in clause if cue.aspect and not cue.side]
        negated, within = -NEGATION_REACH - 1, -NEGATION_REACH - 1
        for at, cue in clause:
            if cue.turns:
                negated = at
            if cue.side is None:
                continue
            near = [at - negated, *([at - within] if cue.side == "positive" else [])]
            side = _other(cue.side) if min(near) <= NEGATION_REACH else cue.side
            negated = -NEGATION_REACH - 1
            within = at if cue.words[0] in tongue.negations else within
            yield cue.aspect or _nearest(mentions, at) or self.whole, side


def tokens_of(text: str) -> list[str]:
    """The words of a text without case and accents, `\\n` where a clause ends."""
    flat = unicodedata.normalize("NFKD", text.casefold().translate(_JOINED))
    flat = "".join(c for c in flat if not unicodedata.combining(c))
    found = _TOKEN.findall(unicodedata.normalize("NFC", flat))
    return [token if token[0].isalnum() else _STOP for token in found]


def _clauses(
    found: Iterator[tuple[int, Cue]], tokens: Sequence[str]
) -> Iterator[list[tuple[int, Cue]]]:
    """The cues of each clause."""
    stops = [at for at, token in enumerate(tokens) if token == _STOP]
    clause: list[tuple[int, Cue]] = []
    for at, cue in found:
        passed = bool(stops) and stops[0] < at
        while stops and stops[0] < at:
            stops.pop(0)
        if passed or cue.parts:
            yield clause
            clause = []
        if not cue.parts:
            clause.append((at, cue))
    yield clause


def _nearest(mentions: Sequence[tuple[int, str | None]], at: int) -> str | None:
    near = [(abs(place - at), aspect) for place, aspect in mentions]
    close = [one for one in near if one[0] <= OPINION_REACH]
    return min(close, key=lambda one: one[0])[1] if close else None


def _other(side: Side) -> Side:
    return SIDES[1 - SIDES.index(side)]
