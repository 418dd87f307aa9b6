"""Privacy at the door: which columns identify a person, pseudonyms for customer ids, clean texts.

It decides and says; the reading drops and replaces. It does not know which column is the customer's
id: the one that the mapping chose is the caller's to keep or to pseudonymise.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from itertools import islice

import yaml

from segmentation.data.scrubbing import (
    is_card,
    is_email,
    is_iban,
    is_ip,
    is_phone,
    is_resident_id,
    scrub,
)
from segmentation.types import InputError

__all__ = ["PrivacyOptions", "identifying_columns", "pseudonym", "scrub", "without_names"]

_SAMPLE = 500
_CAPITALISED = re.compile(r"\b[A-ZÀ-Þ][^\W\d_]*(?:[ -][A-ZÀ-Þ][^\W\d_]*)*")
_WITHIN = re.compile(r"(?<=[a-zß-ÿ0-9,] )[A-ZÀ-Þ][a-zß-ÿ]+(?:[ -][A-ZÀ-Þ][a-zß-ÿ]+)+")
_ENOUGH = 3
"""Distinct values without which values alone decide nothing."""


@dataclass(frozen=True)
class PrivacyOptions:
    """What to do with what identifies a person.

    Args:
        keep: columns to keep although they identify a person, by their header.
        pseudonymise_key: secret for `pseudonym`; None leaves customer ids as they are.
    """

    keep: frozenset[str] = frozenset()
    pseudonymise_key: bytes | None = field(default=None, repr=False)


def pseudonym(customer_id: str, key: bytes) -> str:
    """A stable stand-in for a customer id: `p_` and 64 bits of its HMAC-SHA256, as 16 hex digits.

    Raises:
        InputError: the key is empty.
    """
    if not key:
        raise InputError(
            "The key for pseudonyms is empty", fix="Give a secret of 16 bytes or more."
        )
    return "p_" + hmac.new(key, customer_id.encode(), hashlib.sha256).hexdigest()[:16]


def without_names(text: str) -> str:
    """A text with `[name]` for what may be somebody's: for reading its gist, not its details.

    A known given name with the capitalised words after it, and any two of those within a sentence.
    """

    def hidden(match: re.Match[str]) -> str:
        words = match.group().split(" ")
        known = (i for i, word in enumerate(words) if _starts_with_given_name(word))
        first = next(known, None)
        return match.group() if first is None else " ".join([*words[:first], "[name]"])

    return _WITHIN.sub("[name]", _CAPITALISED.sub(hidden, text))


def identifying_columns(sample: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Which columns of a table identify a person directly.

    A header decides if it names such a thing (in English, Chinese, Portuguese, Spanish or German),
    has no word about shops and products beside it, and the values do not speak against it. Values
    decide where most of them can be nothing else.

    Args:
        sample: column header -> some of its values as text; empty ones and nulls are passed over.

    Returns:
        Column -> `name`, `email`, `phone`, `address`, `card`, `iban`, `id` or `ip`.
    """
    headers = {column: _cut(column) for column in sample}
    people = _describes_people(headers.values())
    kinds = {
        column: _kind(headers[column], _distinct(values), people)
        for column, values in sample.items()
    }
    return {column: kind for column, kind in kinds.items() if kind}


def _kind(words: tuple[str, ...], values: list[str], people: bool | None) -> str | None:
    by_name = _kind_by_name(words)
    if by_name and not (values and _SPEAKS_AGAINST[by_name](values)):
        return by_name
    if by_value := _kind_by_value(words, values):
        return by_value
    if _is_bare_name(words) and _is_a_persons(values, people):
        return "name"
    return None


# The header


@dataclass(frozen=True)
class _Words:
    nouns: dict[str, list[tuple[str, ...]]]
    things: dict[str, frozenset[str]]
    name: frozenset[str]
    parts: frozenset[str]
    people: frozenset[str]
    about_people: frozenset[str]
    about_things: frozenset[str]
    flags: frozenset[str]
    streets: frozenset[str]
    given_names: frozenset[str]
    surnames_zh: frozenset[str]
    known: frozenset[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    raw = yaml.safe_load(files("segmentation.data").joinpath("privacy.yaml").read_text("utf-8"))
    nouns = {kind: [tuple(noun.split()) for noun in of] for kind, of in raw["nouns"].items()}
    things = {kind: frozenset(words) for kind, words in raw["things"].items()}
    plain = {
        key: frozenset(raw[key])
        for key in ("name", "parts", "people", "about_people", "about_things", "flags")
    }
    lists = {key: frozenset(raw[key]) for key in ("streets", "given_names", "surnames_zh")}
    phrases = {word for of in nouns.values() for noun in of for word in noun}
    known = phrases.union(raw["fillers"], *things.values(), *plain.values()) - plain["flags"]
    return _Words(nouns=nouns, things=things, known=frozenset(known), **plain, **lists)


def _cut(header: str) -> tuple[str, ...]:
    """The words of a header, without case and accents; known words glued together are cut apart."""
    spaced = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])", " ", header)
    folded = unicodedata.normalize("NFKD", spaced.replace("ß", "ss")).lower()
    folded = "".join(char for char in folded if not unicodedata.combining(char))
    tokens = re.findall(r"[a-z]+|\d+|[一-鿿]+", folded)
    return tuple(word for token in tokens for word in _unglue(token))


def _unglue(token: str) -> tuple[str, ...]:
    """A token as known words: all of a Latin one or nothing, whatever is known of a Chinese one."""
    known = _words().known
    if token in known or token.isdigit():
        return (token,)
    return _known_pieces(token, known) if token > "一" else _whole_cut(token, known) or (token,)


def _whole_cut(token: str, known: frozenset[str]) -> tuple[str, ...]:
    """The cut of a token into the fewest known words of three letters and more, or nothing."""
    best: list[tuple[str, ...] | None] = [(), *[None] * len(token)]
    for stop in range(3, len(token) + 1):
        for start in range(stop - 2):
            head, word = best[start], token[start:stop]
            if head is not None and word in known:
                here, cut = best[stop], (*head, word)
                best[stop] = cut if here is None or len(cut) < len(here) else here
    return best[-1] or ()


def _known_pieces(token: str, known: frozenset[str]) -> tuple[str, ...]:
    """Longest known words from the left; what is unknown is passed over, character by character."""
    pieces, start = [], 0
    while start < len(token):
        ends = range(min(len(token), start + 6), start, -1)
        stop = next((stop for stop in ends if token[start:stop] in known), start + 1)
        pieces.append(token[start:stop])
        start = stop
    return tuple(pieces)


def _kind_by_name(words: tuple[str, ...]) -> str | None:
    for kind, nouns in _words().nouns.items():
        if any(_names(words, noun, kind) for noun in nouns):
            return kind
    named = set(words) & _words().name
    personal = set(words) & (_words().people | _words().parts)
    return "name" if named and personal and not _about_a_thing(words, "name") else None


def _names(words: tuple[str, ...], noun: tuple[str, ...], kind: str) -> bool:
    """Whether a header holds the noun, and nothing about things besides."""
    for start in range(len(words) - len(noun) + 1):
        rest = words[:start] + words[start + len(noun) :]
        if words[start : start + len(noun)] == noun and not _about_a_thing(rest, kind):
            return True
    return False


def _about_a_thing(words: tuple[str, ...], kind: str) -> bool:
    things = _words().things
    return not set(words).isdisjoint(things["any"] | things.get(kind, frozenset()))


def _is_bare_name(words: tuple[str, ...]) -> bool:
    """`Name`, `nome`, or only a word for a person (`Customer`): nothing says whose name it is."""
    known = _words()
    others = [word for word in words if not word.isdigit()]
    return bool(others) and (set(others) <= known.name or set(others) <= known.people)


def _describes_people(headers: Iterable[tuple[str, ...]]) -> bool | None:
    """Whether a table's columns speak of people rather than of things; None if they say nothing."""
    words = {word for header in headers for word in header}
    people, things = words & _words().about_people, words & _words().about_things
    return None if not people and not things else not things


# The values


def _distinct(values: Sequence[str]) -> list[str]:
    """Values to judge by: stripped, distinct, in their order, without what stands for nothing."""
    texts = (str(value).strip() for value in islice(values, _SAMPLE) if value is not None)
    nothing = {"", "nan", "none", "null", "nat", "n/a", "na", "<na>", "-"}
    return list(dict.fromkeys(text for text in texts if text.lower() not in nothing))


def _share(values: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, values)) / len(values) if values else 0.0


def _kind_by_value(words: tuple[str, ...], values: list[str]) -> str | None:
    """Shapes that are nothing else. Digits alone count only where the header says nothing else."""
    if len(values) < _ENOUGH:
        return None
    numbered = _about_a_thing(words, "phone") or not _words().things["name"].isdisjoint(words)
    for kind, holds, least, bare_digits in _SHAPES:
        if not (bare_digits and numbered) and _share(values, holds) >= least:
            return kind
    thing = _about_a_thing(words, "name")
    return "name" if not thing and _looks_like_names(values, given=0.3) else None


def _is_street_address(value: str) -> bool:
    """A house number and a word for a street, in a line."""
    if len(value) > 120 or not re.search(r"\d", value):
        return False
    if re.search(r"[路街道巷弄村].{0,12}\d+.{0,3}[号弄栋室单元]", value):
        return True
    words = re.findall(r"[^\W\d_]+", value.lower())
    return any(word in _words().streets or word.endswith(("straße", "strasse")) for word in words)


def _is_a_persons(values: list[str], people: bool | None) -> bool:
    """Whether a column that is only called `name` holds people; with no values, caution decides."""
    if not values:
        return people is not False
    if people:
        return _share(values, lambda v: _is_name_shaped(v) or _starts_with_given_name(v)) >= 0.5
    return _looks_like_names(values, given=0.15 if people is None else 0.3)


def _looks_like_names(values: list[str], given: float) -> bool:
    if _share(values, _is_name_shaped) < 0.8:
        return False
    chinese = _share(values, lambda value: value[0] in _words().surnames_zh and len(value) <= 4)
    return chinese >= 0.8 or _share(values, _starts_with_given_name) >= given


def _is_name_shaped(value: str) -> bool:
    """Two to four words of letters, or two to four Chinese characters."""
    if re.fullmatch(r"[一-鿿·]{2,4}", value):
        return True
    return (
        re.fullmatch(r"[^\W\d_][^\W\d_.'’\-]*(?:,? [^\W\d_][^\W\d_]*[.'’\-]?[^\W\d_]*){1,3}", value)
        is not None
    )


def _starts_with_given_name(value: str) -> bool:
    words = _cut(value)
    given = _words().given_names
    return bool(words) and (words[0] in given or ("," in value and words[-1] in given))


def _are_flags(values: list[str]) -> bool:
    return _share(values, lambda value: value.lower() in _words().flags) > 0.8


def _few(values: list[str], holds: Callable[[str], bool]) -> bool:
    return _share(values, holds) < 0.3


def _holds_digits(least: int) -> Callable[[list[str]], bool]:
    """Speaks against a kind of number: few values have that many digits, and few are masked."""
    return lambda values: _few(values, lambda v: sum(map(str.isdigit, v)) >= least or "**" in v)


_SHAPES: tuple[tuple[str, Callable[[str], bool], float, bool], ...] = (
    ("email", is_email, 0.5, False),
    ("iban", is_iban, 0.5, False),
    ("id", is_resident_id, 0.6, False),
    ("card", is_card, 0.8, True),
    ("ip", is_ip, 0.8, False),
    ("phone", is_phone, 0.8, True),
    ("address", _is_street_address, 0.6, False),
)
"""Kind, shape of one value, share that must have it, whether it can be digits and nothing else."""

_SPEAKS_AGAINST: dict[str, Callable[[list[str]], bool]] = {
    "email": lambda values: _few(values, lambda v: "@" in v or "*" in v or len(v) >= 32),
    "phone": _holds_digits(6),
    "card": _holds_digits(4),
    "iban": _holds_digits(6),
    "id": _holds_digits(4),
    "ip": lambda values: _few(values, lambda v: v.count(".") == 3 or v.count(":") >= 2 or "*" in v),
    "address": lambda values: (
        _are_flags(values) or _few(values, lambda v: not v.isascii() or len(v) > 4)
    ),
    "name": lambda values: _are_flags(values) or _few(values, lambda v: any(map(str.isalpha, v))),
}
