"""From what was typed to plain lower-case text: forms unified, short forms spelt out, typos mended.

Words that the vocabulary knows are never touched; a word nobody knows becomes the nearest word that
means something to the router, if there is one close enough.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

import prompts
from assistant.router.homophones import by_sound
from assistant.router.numbers import spell_out_digits

__all__ = ["Speller", "common_words", "meant_words", "unify"]

_WORD = re.compile(r"(?<![\w@.#-])[a-z]+(?:'[a-z]+)?(?![\w@])", re.A)
_QUOTES = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": " - ",
        "「": '"',
        "」": '"',
        "『": '"',
        "』": '"',
        "《": '"',
        "》": '"',
    }
)
_FOR_AND_TO = re.compile(
    r"\b([42]) (?=(?:(?:customer|segment|cluster|group) ?(?:no\.? |#)?|[a-z]{1,6}-?\d{2})\d)"
)
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")
"""Capitals inside a sentence: a name is no typo."""
_LENGTHS = {"d": "days", "w": "weeks", "wk": "weeks", "wks": "weeks", "mo": "months", "y": "years"}
_LENGTH = re.compile(r"(?<![\w.])(?![23]d\b)(\d+)(d|wks?|w|mo|y)\b")
_LIKE_TO = re.compile(r"\b(similar|send|compared|close|message) 2 (?=\S)")
_PICTURE = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]+")
_SOFTENER = re.compile(
    r"(?:呗|哈(?!希)|(?<!干)嘛|啦|哒|呐|喽|咯|哟|呀|啊|噢|哦|呃|嗯|~)+(?=[,.!?;:，。！？；：、…\s)]|$)"
)
_BODY = re.compile(r"\b(any|every|some|no)1\b")
_GLUED = re.compile(r"(?<![a-z0-9-])(?:(x|top)(?=\d{1,4}(?!\d))|(k|n)(?=\d{1,2}(?!\d)))")
"""`top5`, `k7`: a longer number after a letter is an id."""


def unify(text: str) -> str:
    """Lower case, half-width forms, simplified characters, straight quotes, no emoji."""
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES).lower()
    text = text.translate(_traditional())
    text = _PICTURE.sub(" ", text)
    return re.sub(r"\s+", " ", text).strip()


def plainly(text: str) -> str:
    """Spoken Chinese as it is written: `啥` is `什么`, and what only sounds friendly falls away."""
    short = _spoken_chinese()
    text = re.sub("|".join(sorted(short, key=len, reverse=True)), lambda m: short[m[0]], text)
    return by_sound(_SOFTENER.sub("", text))


@dataclass(frozen=True)
class Speller:
    """Mends typing.

    Args:
        known: words that are right as they are.
        targets: words a typo may be meant to be.
        proper: those of them that a word with a capital may be meant to be.
    """

    known: frozenset[str]
    targets: tuple[str, ...]
    proper: tuple[str, ...] = ()
    _memory: dict[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def of(
        cls, domain: Iterable[str], names: Iterable[str] = (), proper: Iterable[str] = ()
    ) -> Speller:
        """From the words that mean something here, and names to leave alone."""
        domain = {word for word in domain if len(word) > 2}
        known = frozenset({*common_words(), *domain, *names})
        return cls(known, tuple(sorted(domain)), tuple(sorted({*proper, *month_words()})))

    def mend(self, text: str) -> str:
        """The text in lower case with short forms spelt out, typos mended and numbers as digits."""
        names = {name.lower() for name in _NAME.findall(text)}
        text = _GLUED.sub(r"\g<0> ", _BODY.sub(r"\1one", plainly(unify(text))))
        text = _LENGTH.sub(lambda m: f"{m[1]} {_LENGTHS[m[2]]}", text)
        text = _WORD.sub(lambda match: self._word(match.group(), names), text)
        text = _LIKE_TO.sub(r"\1 to ", spell_out_digits(text))
        return _FOR_AND_TO.sub(_for_or_to, text)

    def _word(self, word: str, names: Collection[str]) -> str:
        if word in (short := _abbreviations()):
            return short[word]
        if len(word) < 3 or word in self.known or self._is_form_of_known(word):
            return word
        if word in names:
            return _nearest(word, self.proper) if len(word) > 4 else word
        if word not in self._memory:
            self._memory[word] = _nearest(word, self.targets)
        return self._memory[word]

    def _is_form_of_known(self, word: str) -> bool:
        stem = word.split("'")[0]
        endings = ("s", "es", "ed", "d", "ing", "ly", "er", "r")
        stems = (stem.removesuffix(e) for e in endings if stem.endswith(e))
        return stem in self.known or any(len(s) > 3 and s in self.known for s in stems)


def _nearest(word: str, targets: Sequence[str]) -> str:
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    limit = 1 if len(word) < 8 else 2
    near = process.extract(word, targets, scorer=OSA.distance, score_cutoff=limit, limit=8)
    costs = [_cost(word, target, d) for target, d, _ in near if _plausible(word, target)]
    return min(costs)[-1] if costs else word


def _plausible(word: str, target: str) -> bool:
    if len(word) == 3:
        return sorted(word) == sorted(target)
    return len(target) > 3


def _cost(word: str, target: str, distance: float) -> tuple[float, bool, bool, int, str]:
    shape = (target[0] != word[0], sorted(target) != sorted(word), -len(target))
    return (distance, *shape, target)


def _for_or_to(match: re.Match[str]) -> str:
    return "for " if match[1] == "4" else "to "


@cache
def _abbreviations() -> dict[str, str]:
    return dict(prompts.load_yaml("router/abbreviations")["words"])


@cache
def meant_words() -> frozenset[str]:
    """Words of questions that no example need have: months, superlatives, what is asked with."""
    lists = prompts.load_yaml("router/abbreviations")["meant"]
    return frozenset(word for words in lists.values() for word in words.split())


@cache
def month_words() -> frozenset[str]:
    """The names of the months: written with a capital, yet mistyped."""
    return frozenset(prompts.load_yaml("router/abbreviations")["meant"]["months"].split())


@cache
def _spoken_chinese() -> dict[str, str]:
    return dict(prompts.load_yaml("router/abbreviations")["spoken"])


@cache
def _traditional() -> dict[int, str]:
    pairs = prompts.load_yaml("router/abbreviations")["traditional"].split()
    return {ord(pair[0]): pair[1] for pair in pairs}


@cache
def common_words() -> frozenset[str]:
    """English words that are right as they are."""
    return frozenset(prompts.load_yaml("router/words")["words"].split())
