"""Whether a value from data is plainly a name, or may be read as an order by a program.

Two tests, both of which let through what they know and hold back the rest. `is_name` decides what
a language model may read as it stands: short, few words, letters of a known script, no sign that
sentences, markup or code are made of, no word of the lexicon of orders (prompts/sight). Too much
care is cheap: the model reads a reference instead. `is_fit_to_print` decides what a reader may read
in prose: it allows what long names of goods have, and withholds what reads like an order.

Nobody is asked what a text means; no list of words is complete. The first test leans on what a
name can be, the lexicon is its second line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from prompts import load_yaml

__all__ = ["WITHOUT_SPACES", "fold", "is_fit_to_print", "is_name", "orders_in"]

LONGEST, MOST_WORDS, LONGEST_WORD = 48, 8, 24
LONGEST_PRINTED, LONGEST_PRINTED_WORD = 120, 40
SHORTEST_HIDDEN_STEM = 6
"""Letters of a strong stem that is also sought across gaps and backwards."""
SHORTEST_BACKWARDS = 5
"""Letters of a weak word that is also sought backwards; of shorter ones too many are words."""

SCRIPTS = (
    "LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "DEVANAGARI", "THAI", "CJK", "HIRAGANA",
    "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL",
)  # fmt: skip
"""Those the lexicon has words in: of others nothing can be told."""

WITHOUT_SPACES = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_ALIKE = str.maketrans(
    "аеорсухкмтвнієїѕјԛԝһԁɡαοενικτυρχβ",
    "aeopcyxkmtbhieisjqwhdgaoevikturxb",
)
"""Cyrillic and Greek letters that look like Latin ones."""
_LEET = str.maketrans("013457@$!", "oieastasi")
_SIGNS = frozenset(" _&'’-–/+%,.()°²³®™·、，（）")
_PRINTED_SIGNS = _SIGNS | frozenset('"“”‘′″:;!?#*×£$€¥…—~～：；！？【】《》「」')
_DOT = re.compile(r"(?<!\d)(?<!\b\w)(?<!\b\w\w)(?<!\b\w\w\w)\.|\.(?=[^\W\d]{2})")
"""A full stop that is no abbreviation's, or begins an ending such as `.com`."""
_SPELT_OUT = re.compile(r"(?:\b[^\W\d_]\b[\W_]*){3,}")
_CODED = re.compile(r"(?=[a-zA-Z]*\d)(?=[A-Z\d]*[a-z])(?=[a-z\d]*[A-Z])[\w+/-]{10,}|=$")
"""Small letters, capitals and figures in one long word."""
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ -]?){8,}")
_ID = re.compile(r"[0-9a-f]{16,40}|[0-9A-F]{16,40}")
_INCHES = re.compile(r"(?<=\d)[\"”″]")
_ADDRESS = re.compile(r"https?\b|\bwww\b|://|\b\w+\.(?:com|net|org|io|cn|example|test)\b", re.I)


@lru_cache(maxsize=20_000)
def is_name(text: str) -> bool:
    """Whether a language model may read `text` as it stands."""
    words = text.replace("_", " ").split()
    if len(text) > LONGEST or len(words) > MOST_WORDS or _longest(words) > LONGEST_WORD:
        return False
    inches = _INCHES.sub("", text)
    if not _is_written_plainly(inches, _SIGNS) or _DOT.search(text) or _ADDRESS.search(text):
        return False
    if _SPELT_OUT.search(text) or _is_coded(text):
        return False
    strong, weak = orders_in(text)
    return not strong and (not weak or _is_one_word(text))


@lru_cache(maxsize=20_000)
def is_fit_to_print(text: str) -> bool:
    """Whether `text` may stand in prose for a reader, in quotation marks."""
    words = text.replace("_", " ").split()
    if len(text) > LONGEST_PRINTED or _longest(words) > LONGEST_PRINTED_WORD:
        return False
    if not _is_written_plainly(text, _PRINTED_SIGNS) or _ADDRESS.search(text):
        return False
    if _is_coded(text) or _spelt_order(text):
        return False
    strong, weak = orders_in(text)
    return not strong and len(weak) < 2


def orders_in(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of the lexicon in a text, (strong, weak), however they are dressed up.

    Strong ones that only show when gaps are closed, or backwards, count as weak.
    """
    guises, squeezed = _guises(text), _squeezed(text)
    strong, weak = (
        frozenset(word for guise in guises for word in _pattern(strength).findall(guise))
        for strength in ("strong", "weak")
    )
    hidden = {w for t in (squeezed, squeezed[::-1]) for w in _hidden_stems().findall(t)}
    backwards = (w for guise in guises for w in _pattern("weak").findall(guise[::-1]))
    hidden |= {word for word in backwards if len(word) >= SHORTEST_BACKWARDS}
    return strong, weak | (hidden - strong)


def fold(text: str) -> str:
    """Small letters without accents, compatibility forms and invisible characters."""
    flat = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = (c for c in flat if unicodedata.category(c) not in ("Cf", "Mn", "Cc", "Co", "Cn"))
    return unicodedata.normalize("NFC", "".join(kept))


def _guises(text: str) -> tuple[str, ...]:
    """The text as it is meant to be read: folded, with look-alikes and figures for letters."""
    plain = re.sub(r"[_\W]+", " ", fold(text))
    latin = plain.translate(_ALIKE)
    return tuple(dict.fromkeys((plain, latin, re.sub(r"[_\W]+", " ", _unleet(fold(text))))))


def _unleet(text: str) -> str:
    """Figures and signs inside words as the letters they stand for."""
    return re.sub(
        r"\S*[^\W\d_]\S*", lambda word: word.group().translate(_LEET), text.translate(_ALIKE)
    )


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", _unleet(fold(text)))


def _is_coded(text: str) -> bool:
    """Letters and figures mixed as codes mix them, or bytes that spell a text."""
    return bool(_CODED.search(text)) or any(_spells(m.group()) for m in _HEX.finditer(text))


def _spells(digits: str) -> bool:
    plain = re.sub(r"[^0-9a-fA-F]", "", digits)
    return all(32 <= byte < 127 for byte in bytes.fromhex(plain[: len(plain) // 2 * 2]))


def _spelt_order(text: str) -> bool:
    """Letters set apart that make a word of the lexicon: `i g n o r e`."""
    runs = ["".join(filter(str.isalpha, run)) for run in _SPELT_OUT.findall(text)]
    return any(len(run) >= SHORTEST_HIDDEN_STEM for run in runs)


def _is_written_plainly(text: str, signs: frozenset[str]) -> bool:
    """Letters of known scripts, one script to a word, digits, and these signs alone."""
    if not all(c.isdigit() or c in signs or _script(c) for c in text):
        return False
    return all(
        len({_family(c) for c in word if c.isalpha()}) < 2 for word in re.split(r"\W+", text)
    )


@cache
def _script(char: str) -> str:
    """The script of a letter (or a mark on one), if it is one of those known; else empty."""
    if not (char.isalpha() or unicodedata.category(char).startswith("M")):
        return ""
    name = unicodedata.name(char, "")
    return name.split()[0] if name.startswith(SCRIPTS) and "FULLWIDTH" not in name else ""


def _family(char: str) -> str:
    """Scripts that are written together count as one."""
    script = _script(char).split("-")[0]
    return "EAST" if script in ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "LATIN") else script


def _is_one_word(text: str) -> bool:
    """One word orders nothing; in scripts without spaces, two characters."""
    letters = re.sub(r"[\W\d_]+", "", text)
    if re.search(f"[{WITHOUT_SPACES}]", letters):
        return len(letters) <= 2
    return len(re.findall(r"[^\W\d_]+", text)) < 2


def _longest(words: Iterable[str]) -> int:
    """Letters of the longest word; ids in hexadecimal and scripts without spaces apart."""
    spaced = (re.sub(f"[{WITHOUT_SPACES}]", "", w) for w in words if not _ID.fullmatch(w))
    return max(map(len, spaced), default=0)


@cache
def _pattern(strength: str) -> re.Pattern[str]:
    """The lexicon's words of one strength; tools' own names are strong."""
    spaced, anywhere = [], []
    for word in _words(strength):
        one = re.escape(word.rstrip("*")).replace(r"\ ", " ")
        if re.search(f"[{WITHOUT_SPACES}]", word):
            anywhere.append(one)
        else:
            spaced.append(f"{one}\\w*" if word.endswith("*") else one)
    return re.compile(rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)|(?:{'|'.join(anywhere)})")


@cache
def _hidden_stems() -> re.Pattern[str]:
    """Strong words long enough to be known without their gaps."""
    stems = {
        stem
        for word in _words("strong")
        if len(stem := word.rstrip("*")) >= SHORTEST_HIDDEN_STEM
        and stem.isascii()
        and " " not in stem
    }
    return re.compile("|".join(sorted(stems, key=len, reverse=True)))


def _words(strength: str) -> Iterator[str]:
    for words in load_yaml("sight/lexicon")[strength].values():
        yield from (
            fold(str(word)) if not str(word).endswith("*") else fold(str(word)[:-1]) + "*"
            for word in words
        )
    if strength == "strong":
        yield from (fold(name.replace("_", " ")) for name in load_yaml("tools"))
