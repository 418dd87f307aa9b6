"""Names in a sentence that nothing given has: invented products, brands, places.

A product, category or country that is the shop's may be said only where a listed fact has it; a
capitalised or quoted name that is neither the shop's nor ours was invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from babel import Locale

from assistant.grounding.phrases import words
from assistant.grounding.vocabulary import Vocabulary, common, plain

__all__ = ["LATIN", "QUOTED", "invented", "territories"]

LATIN = re.compile(r"[A-Za-z][A-Za-z0-9'’&+./_-]*(?:\s+[A-Za-z][A-Za-z0-9'’&+./_-]*)*")
_MONEY = re.compile(r"\b[A-Z]{1,3}(?=\$\s?\d)")
"""`R$ 5`: letters of a sign for money."""
QUOTED = re.compile(r"[“\"«「『《‘](?P<name>[^“”\"«»「」『』《》‘]{2,90}?)[”\"»」』》]")


@cache
def territories(language: str) -> Vocabulary:
    """The countries of the world."""
    names = {
        str(name)
        for code, name in Locale("zh" if language == "zh" else "en").territories.items()
        if code.isalpha() and len(code) == 2
    }
    lists = words(language)
    return Vocabulary((names | set(lists["more_places"])) - set(lists["no_places"]))


def invented(text: str, known: Vocabulary, masked: Iterable[tuple[int, int]], language: str) -> str:
    """The first quoted or capitalised name that nothing knows; empty where there is none."""
    spans = list(masked)
    for match in QUOTED.finditer(text):
        said = match["name"]
        strange = plain(said) not in known.spelt and not _known_part(said, known)
        if strange and not _inside(match.span("name"), spans):
            return said
    return _latin(text, known, spans) if language == "zh" else _capitals(text, known, spans)


def _known_part(name: str, known: Vocabulary) -> bool:
    """`the “Big spenders” segment`, `A, B`: a quote made of known names is known."""
    hits = known.find(name)
    rest = name
    for hit in reversed(hits):
        rest = rest[: hit.start] + rest[hit.end :]
    return bool(hits) and len(re.findall(r"[\w\u3400-\u9fff]", rest)) <= 3


def _inside(span: tuple[int, int], spans: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in spans)


def _capitals(text: str, known: Vocabulary, spans: list[tuple[int, int]]) -> str:
    """A capital within a sentence makes a name, unless every word has one."""
    tokens = list(re.finditer(r"[^\W\d_][\w'’&+-]*(?:\.(?=\w))?[\w]*", text))
    if _is_title(tokens) and not re.search(r"[.!?]\s*$", text):
        return ""
    run: list[re.Match[str]] = []
    for token in [*tokens, None]:
        if (
            token
            and _capital(token)
            and not _inside(token.span(), spans)
            and (not run or text[run[-1].end() : token.start()] in (" ", "-", " & "))
        ):
            run.append(token)
            continue
        if run and (said := _judged(run, text, known)):
            return said
        run = [token] if token and _capital(token) and not _inside(token.span(), spans) else []
    return ""


def _capital(token: re.Match[str]) -> bool:
    return token.group()[0].isupper()


def _is_title(tokens: list[re.Match[str]]) -> bool:
    long = [t for t in tokens if len(t.group()) > 3]
    return len(long) > 1 and sum(map(_capital, long)) > 0.7 * len(long) and len(tokens) < 9


def _judged(run: list[re.Match[str]], text: str, known: Vocabulary) -> str:
    """What a run of capitalised words names, if nothing knows it."""
    said = text[run[0].start() : run[-1].end()]
    allowed = {plain(one) for one in words("en")["allowed_capitals"]}
    if plain(said) in known.spelt or plain(said) in allowed or _known_part(said, known):
        return ""
    if _opens(text, run[0].start()):
        run = run[1:]
    odd = [t for t in run if not _usual(t.group(), allowed, known)]
    several = len(run) > 1 and not all(
        plain(t.group()) in allowed or t.group().isupper() for t in run
    )
    if odd or (several and not _heading(run, text)):
        return said
    return ""


def _usual(token: str, allowed: set[str], known: Vocabulary) -> bool:
    key = plain(token).removesuffix("'s")
    singular = {
        key,
        key.removesuffix("s"),
        key.removesuffix("es"),
        key.removesuffix("ed"),
        key.removesuffix("ing"),
    }
    return key in allowed or key in known.spelt or bool(singular & common()) or len(key) < 2


def _heading(run: list[re.Match[str]], text: str) -> bool:
    """`**Next Step:**`: set off, with a colon behind."""
    return bool(re.match(r"\W*:", text[run[-1].end() :]))


def _opens(text: str, at: int) -> bool:
    """Whether a sentence, a bullet or what follows a colon starts here."""
    return bool(re.search(r"(?:^|[.!?:;\n•–—(|\"“*#]|\d[.)])[\s*_\-#“\"]*$", text[:at]))


def _latin(text: str, known: Vocabulary, spans: list[tuple[int, int]]) -> str:
    """In Chinese, words in Latin letters are names."""
    allowed = {plain(one) for one in words("zh")["allowed_capitals"]}
    for match in LATIN.finditer(_MONEY.sub(lambda sign: " " * len(sign.group()), text)):
        said = match.group().rstrip(".-/")
        if _inside(match.span(), spans) or plain(said) in known.spelt or _known_part(said, known):
            continue
        odd = [w for w in said.split() if plain(w) not in allowed and plain(w) not in common()]
        named = [w for w in said.split() if w[0].isupper() and plain(w) not in allowed]
        if odd or named:
            return said
    return ""
