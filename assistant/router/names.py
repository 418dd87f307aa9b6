"""Products and categories that a question names: whole, by a part of their names, or by code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.router.catalogue import Catalogue
from assistant.router.conditions import Filter
from assistant.router.lexicon import has_cjk, lexicon
from assistant.router.patterns import wording
from assistant.router.scan import Scan

__all__ = ["find_names"]

_WORD = re.compile(r"[\u3400-\u9fff]+|[^\s,?!，、。？！\"\u3400-\u9fff]+")
_LONGEST_PART = 4
"""Words of a product's name that people say together."""


def find_names(scan: Scan, catalogue: Catalogue, question: str) -> list[Filter]:
    """Conditions on products and categories; what they were read from is taken out of the scan."""
    found = []
    for start, end, product in _whole_names(scan.free, catalogue):
        scan.take(start, end, "the red mug")
        found.append(Filter("product", "eq", product))
    for hit in catalogue.category_terms.find(scan.free):
        scan.take(hit.start, hit.end, "kitchen")
        found.append(Filter("category", "eq", hit.name))
    found += _quoted(scan, question) + _codes(scan, question)
    return found or _parts(scan, catalogue, question)


def _whole_names(text: str, catalogue: Catalogue) -> Iterator[tuple[int, int, str]]:
    """Whole product names of two words and more, the longest first."""
    names = catalogue.product_names
    words = [match.span() for match in _WORD.finditer(text)]
    i = 0
    while i < len(words):
        ends = range(min(len(words), i + 10), i + 1, -1)
        said = ((j, text[words[i][0] : words[j - 1][1]].strip(".:;'")) for j in ends)
        j, name = next(((j, name) for j, name in said if name in names), (i + 1, ""))
        if name:
            yield words[i][0], words[j - 1][1], names[name]
        i = j


def _quoted(scan: Scan, question: str) -> list[Filter]:
    """`products with "heart" in the name`: what is quoted, as it was typed."""
    found = []
    for name in ("names.quoted", "names.quoted_after"):
        for match in list(scan.matches(wording(name))):
            said = next(group for group in match.groups() if group)
            start = match.start() if name == "names.quoted" else match.end() - len(said) - 2
            scan.take(start, match.end(), "the red mug")
            found.append(Filter("product", "contains", _as_typed(said, question)))
    return found


def _codes(scan: Scan, question: str) -> list[Filter]:
    """`product 85123A`: a code after a word for a product."""
    found = []
    for match in list(scan.matches(wording("names.code"))):
        said = next(group for group in match.groups() if group)
        scan.take(*match.span(), "the red mug")
        found.append(Filter("product", "eq", _as_typed(said, question)))
    return found


def _as_typed(said: str, question: str) -> str:
    match = re.search(re.escape(said), question, re.I)
    return match.group() if match else said


def _parts(scan: Scan, catalogue: Catalogue, question: str) -> list[Filter]:
    """The first words that product names have: after `bought a` any, elsewhere uncommon ones."""
    for start, end in [*_after_a_verb(scan, catalogue), *_uncommon(scan, catalogue)]:
        if (found := _part(scan.free[start:end], catalogue)) and found[0]:
            scan.take(start, start + len(found[0]), "the red mug")
            _take_tail(scan, start + len(found[0]))
            return [Filter("product", "contains", _as_typed(found[1], question))]
    return _unknown(scan, catalogue)


def _take_tail(scan: Scan, end: int) -> None:
    """`名字带bag的商品`: the last word says what bags are, it asks for no list of products."""
    if tail := re.match(r"\s?(?:字样)?的(?:商品|产品|单品|款|货品)", scan.free[end:]):
        scan.take(end, end + tail.end(), " ")


def _unknown(scan: Scan, catalogue: Catalogue) -> list[Filter]:
    """`bought a gazebo` where there is none: kept, so that the answer is not about everybody."""
    for match in scan.matches(wording("names.unknown")):
        said = match["part"]
        if _says_something(said.split(" "), catalogue):
            scan.take(*match.span("part"), "the red mug")
            return [Filter("product", "contains", said)]
    return []


def _after_a_verb(scan: Scan, catalogue: Catalogue) -> Iterator[tuple[int, int]]:
    """What is bought or sold; one common word alone needs an article or a plural."""
    for name in ("called", "titled", "called_zh", "bought", "bought_zh", "kind"):
        for match in scan.matches(wording(f"names.{name}")):
            found = _part(match["part"], catalogue)
            sure = name != "bought" or match["article"]
            if found and (sure or " " in found[0] or found[0].endswith("s")):
                yield match.span("part")


def _uncommon(scan: Scan, catalogue: Catalogue) -> Iterator[tuple[int, int]]:
    """Words that only a product can be meant by, with the words around them."""
    words = list(re.finditer(r"(?<![a-z0-9])[a-z]+(?![a-z0-9'])", scan.free))
    for i, word in enumerate(words):
        if word.group() not in catalogue.telling_words:
            continue
        first = i
        while first and _touch(scan, words[first - 1], words[first]) and i - first < 2:
            first -= 1
        for start in range(first, i + 1):
            if _part(scan.free[words[start].start() : word.end()], catalogue, whole=True):
                yield words[start].start(), words[min(i + 2, len(words) - 1)].end()
                break


def _touch(scan: Scan, left: re.Match[str], right: re.Match[str]) -> bool:
    return scan.text[left.end() : right.start()] == " "


def _part(said: str, catalogue: Catalogue, whole: bool = False) -> tuple[str, str] | None:
    """The longest beginning of some words that is part of a product's name.

    Args:
        whole: whether only all of the words will do.

    Returns:
        The words as said, and the part: in the singular where product names have that.
    """
    if has_cjk(said):
        said = said.strip()
        return (said, said) if len(said) > 1 and said in catalogue.product_text else None
    match = re.match(r"[a-z'-]+(?: [a-z'-]+)*", said)
    words = match.group().split(" ")[:_LONGEST_PART] if match else []
    for n in range(len(words), len(words) - 1 if whole else 0, -1):
        phrase = " ".join(words[:n])
        if not _says_something(words[:n], catalogue):
            continue
        if part := _as_named(phrase, catalogue):
            return phrase, part
    return None


def _as_named(phrase: str, catalogue: Catalogue) -> str | None:
    """The phrase if product names have it; its singular finds more where they have that."""
    singulars = [phrase.removesuffix(ending) for ending in ("s", "es") if phrase.endswith(ending)]
    for part in singulars:
        if len(part) > 2 and _has_word(catalogue, re.escape(part)):
            return part
    return phrase if _has_word(catalogue, rf"{re.escape(phrase)}(?:e?s)?") else None


def _has_word(catalogue: Catalogue, pattern: str) -> bool:
    return bool(re.search(rf"(?<![a-z]){pattern}(?![a-z])", catalogue.product_text))


def _says_something(words: list[str], catalogue: Catalogue) -> bool:
    """No word that asks, counts or joins, no country, and not only words like `bag`."""
    names = catalogue.places.terms.names
    words = [word for word in words if not wording("names.common_part").fullmatch(word)]
    if not words:
        return False
    return not any(
        wording("names.no_part").fullmatch(word)
        or word in names
        or any(word in lexicon(section).names for section in ("metrics", "dimensions"))
        for word in words
    )
