"""Whom a question speaks of: customers by id, segments by id or name, pronouns pointing back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.number_words import ORDINALS
from assistant.router.catalogue import Catalogue
from assistant.router.lexicon import Lexicon
from assistant.router.patterns import wording
from assistant.router.scan import Scan, regex

__all__ = ["References", "find_references", "named_segments"]

_YEAR = regex(r"(?:19|20)\d\d")

_POINTERS = (
    "two", "other", "customer", "product", "country", "segment", "them", "it", "list",
)  # fmt: skip
_TAKEN_POINTERS = ("two", "other", "customer", "product", "country", "segment")


@dataclass(frozen=True)
class References:
    """Whom the question names, and in which ways it points at somebody named before."""

    customers: tuple[str, ...] = ()
    segments: tuple[int, ...] = ()
    all_segments: bool = False
    pointers: frozenset[str] = frozenset()
    shunned: frozenset[int] = frozenset()
    """Of the segments, those that are named to be left out: `not in segment 2`."""


def find_references(
    scan: Scan,
    catalogue: Catalogue,
    question: str = "",
    called: Sequence[tuple[int, int]] = (),
) -> References:
    """Read customers, segments and pointers, and take them out of the scan.

    Args:
        question: as typed: an id that the data has not is given back in its own letters.
        called: segments found by their full names before, with their places.
    """
    segments = [*called, *_numbered_segments(scan, catalogue), *_named(scan, catalogue)]
    shunned = {segment for place, segment in segments if _is_shunned(scan, place)}
    customers = _customers(scan, catalogue, question or scan.text)
    everyone = _all_segments(scan)
    ordered = [segment for _, segment in sorted(segments)]
    return References(
        customers=tuple(dict.fromkeys(customers)),
        segments=tuple(dict.fromkeys(ordered)),
        all_segments=everyone,
        pointers=_pointers(scan),
        shunned=frozenset(shunned),
    )


def _is_shunned(scan: Scan, place: int) -> bool:
    before = wording("references.shunned").search(scan.before(place))
    return bool(before or wording("references.shunned_after").match(scan.after(place)))


def _numbered_segments(scan: Scan, catalogue: Catalogue) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for name in _SHAPES:
        for match in list(scan.matches(wording(f"references.{name}"))):
            ids = _READ.get(name, _counted_from)(match, scan, catalogue)
            if ids:
                scan.take(*match.span(), " , ".join(["segment x"] * min(len(ids), 3)))
                found += [(match.start() + i, segment) for i, segment in enumerate(ids)]
    return found


def _counted_from(match: re.Match[str], scan: Scan, catalogue: Catalogue) -> list[int]:
    """`segments 1, 2 and 4`, `segments 2 to 5`."""
    ids = [int(match["first"]), *map(int, re.findall(r"\d+", match["more"] or ""))]
    if match["range"]:
        last = int(re.findall(r"\d+", match["range"])[0])
        known = last <= max(catalogue.segments, default=12)
        ids += range(ids[-1] + 1, last + 1) if ids[-1] < last and known else []
    return ids


def _ordinal(match: re.Match[str], scan: Scan, catalogue: Catalogue) -> list[int]:
    words = [word for word in match.groups() if word]
    return [ORDINALS[word] if word in ORDINALS else int(re.sub(r"\D", "", word)) for word in words]


def _alone(match: re.Match[str], scan: Scan, catalogue: Catalogue) -> list[int]:
    return [int(next(number for number in match.groups() if number))]


def _short(match: re.Match[str], scan: Scan, catalogue: Catalogue) -> list[int]:
    """`3群`: the third, unless that many are to be made."""
    if wording("references.divides").search(scan.before(match.start(), 60)):
        return []
    return _alone(match, scan, catalogue)


def _listed(match: re.Match[str], scan: Scan, catalogue: Catalogue) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", match["list"])]


def _by_size(match: re.Match[str], scan: Scan, catalogue: Catalogue) -> list[int]:
    if not catalogue.sizes or wording("references.asks_which").search(scan.text):
        return []
    largest = (match["which"] or match["zh"]) in ("biggest", "largest", "最大")
    pick = max if largest else min
    return [pick(sorted(catalogue.sizes), key=lambda segment: catalogue.sizes[segment])]


_READ = {
    "counted_zh": _alone, "short_zh": _short, "listed_zh": _listed,
    "ordinal": _ordinal, "ordinals": _ordinal, "largest": _by_size,
}  # fmt: skip
_SHAPES = (
    "listed_zh", "counted_zh", "numbered", "short_zh", "lettered_zh", "ordinals", "ordinal",
    "largest",
)  # fmt: skip


def named_segments(scan: Scan, catalogue: Catalogue) -> list[tuple[int, int]]:
    """Segments by full names that begin like a category's and say more: `Skincare buyers`."""
    return _named(scan, catalogue, catalogue.longer_names)


def _named(scan: Scan, catalogue: Catalogue, names: Lexicon | None = None) -> list[tuple[int, int]]:
    found = []
    for hit in (names or catalogue.segment_names).find(scan.free):
        scan.take(hit.start, hit.end, "segment x")
        found.append((hit.start, int(hit.name)))
    return found


def _customers(scan: Scan, catalogue: Catalogue, question: str) -> list[str]:
    found: list[tuple[int, str]] = []
    for match in list(scan.matches(catalogue.customer_pattern)):
        word = match.group()
        known = any(map(str.isdigit, word)) or word.lower() in catalogue.customers_by_key
        if known and _may_be_id(scan, match):
            scan.take(*match.span(), "customer x")
            found.append((match.start(), _written(match.group(), catalogue, question)))
    for match in list(scan.matches(wording("references.said_customer"))):
        place = match.start("list")
        scan.take(place, match.end(), "customer x")
        found += [
            (place, _written(c, catalogue, question))
            for c in re.findall(r"[a-z]*[-_]?\d[\w-]*", match["list"])
        ]
    found += _strange_ids(scan, catalogue, question)
    return [customer for _, customer in sorted(found, key=lambda pair: pair[0])]


def _strange_ids(scan: Scan, catalogue: Catalogue, question: str) -> list[tuple[int, str]]:
    """Ids unlike this shop's own, where only an id can be meant: the tools say they are unknown."""
    found = []
    for name in ("references.lettered_id", "references.placed_id", "references.named_id"):
        for match in list(scan.matches(wording(name))):
            if wording("references.no_id_before").search(scan.before(match.start("list"), 14)):
                continue
            ids = re.findall(r"[a-z]*[-_]?\d[\w-]*", match["list"], re.A)
            if any(_YEAR.fullmatch(one) for one in ids):
                continue
            scan.take(*match.span("list"), "customer x")
            found += [(match.start("list"), _written(one, catalogue, question)) for one in ids]
    return found


def _may_be_id(scan: Scan, match: re.Match[str]) -> bool:
    before, after = scan.before(match.start(), 14), scan.after(match.end(), 12)
    said = wording("references.after_customer").search(before)
    if _YEAR.fullmatch(match.group()) and not said:
        return False
    return bool(said) or not (
        wording("references.no_id_before").search(before)
        or wording("references.no_id_after").match(after)
    )


def _written(customer: str, catalogue: Catalogue, question: str) -> str:
    if known := catalogue.customers_by_key.get(customer.lower()):
        return known
    typed = re.search(re.escape(customer), question, re.I)
    return typed.group() if typed else customer


def _all_segments(scan: Scan) -> bool:
    return bool(wording("references.all").search(scan.free))


def _pointers(scan: Scan) -> frozenset[str]:
    found = set()
    for kind in _POINTERS:
        matches = list(wording(f"references.points_at_{kind}").finditer(scan.free))
        if matches:
            found.add(kind)
        for match in matches:
            if kind in _TAKEN_POINTERS:
                scan.take(*match.span(), match.group())
    return frozenset(found)
