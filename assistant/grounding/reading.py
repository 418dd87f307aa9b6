"""A sentence as it is read: its numbers, and whom, what and which metric each of them speaks of.

A number belongs to what is named nearest in its own cell (the words between commas, brackets and
`and`); where nothing is, to what was named before it. Nothing is judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.grounding.about import About
from assistant.grounding.advice import advises
from assistant.grounding.phrases import Found, words
from assistant.grounding.quantities import Quantity, quantities
from assistant.grounding.times import Span, When, spans, times
from assistant.grounding.vocabulary import NameFound, Vocabulary

__all__ = ["FILL", "Mention", "Reading", "touches"]

FILL = "\x02"
"""Stands where a name stood, so that no word is found inside it."""
_CUT = {
    "en": re.compile(
        r"[,;()\[\]|\n]|[–—]|\s-\s|\b(?:and|but|while|whereas|although|though|yet|plus|with|versus|"
        r"vs\.?|against|compared|where|elsewhere:)(?![\w'’])",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"[，；、（）()\[\]|\n,;]|—|和|而(?!且不)|但|以及|并(?!未|不|非)|同时|另外|其中"
    ),
}
_SEGMENT = {
    "en": re.compile(
        r"\b(?:segments?|groups?|clusters?)\s+(?P<ids>#?\d{1,3}\b(?:(?:\s*,\s*|\s*(?:and|or|"
        r"&|to)\s+|\s*,\s*and\s+)(?:segments?\s+)?#?\d{1,3}\b(?![.,]\d|\s*(?:%|customers|"
        r"orders|products|days|times)))*)",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?:客群|细分|分群|群体|"
        r"segments?)\s*(?P<ids>\d{1,3}(?![\d年月])(?:\s*[、和与及，]\s*(?:客群)?\s*\d{1,3}(?![\d,.%％]|\s*[位名个人笔件种天倍成万千]))*)"
        r"|(?P<before>\d{1,3})\s*号?(?:客群|细分|分群)|第\s*(?P<nth>\d{1,3}|"
        r"[一二三四五六七八九十])\s*(?:个)?(?:客群|分群)",
        re.IGNORECASE,
    ),
}
_CUSTOMER = {
    "en": re.compile(
        r"\b(?:customers?|shoppers?|id)\s+(?:no\.?\s*|number\s*|#\s*|id\s*)?"
        r"(?P<id>[A-Za-z]{0,4}\d{4,}\b)(?![,.]\d)",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?:客户|顾客|编号)\s*(?:号)?\s*(?P<id>[A-Za-z]{0,4}\d{4,})(?![\d,.]|\s*[位名人])"
    ),
}
_OUT_OF = {
    ("all", "en"): re.compile(r"\b(?:of|among|amongst|across|out of|in|times)\s+$", re.I),
    ("rest", "en"): re.compile(r"\b(?:that of|those of|times)\s+$", re.I),
    ("all", "zh"): re.compile(r"(?:是|为|在|覆盖|占)\s*$"),
    ("rest", "zh"): re.compile(r"是\s*$"),
}
"""Before whom others are held against: `the highest of all segments`, `3 times everyone's`."""
_NOBODY = re.compile(r"\bno\s+$|没有(?:任何)?$", re.IGNORECASE)
"""`no other segment has more`: nothing is said of the others."""
_CODE = re.compile(r"`[^`]*`|```.*?```|\bhttps?://\S+", re.DOTALL)


@dataclass(frozen=True)
class Mention:
    """Something named.

    Args:
        keys: concepts, subjects or items it may stand for.
        compared: whether others are held against it (`than everyone else`).
    """

    start: int
    end: int
    keys: frozenset[str]
    compared: bool = False


class Reading:
    """One sentence, read once.

    Args:
        known: names that facts have, items and labels.
        labels: metric words that the facts bring along: plain label -> metrics.
        context: the subject of the sentence before.
    """

    def __init__(
        self,
        text: str,
        about: About,
        known: Vocabulary,
        labels: Mapping[str, frozenset[str]],
        context: str = "",
    ) -> None:
        self.text, self.about, self.context = text, about, context
        self.language = "zh" if about.language == "zh" else "en"
        self._known, self._labels = known, labels

    # --- what stands there ----------------------------------------------------------------------

    @cached_property
    def names(self) -> list[NameFound]:
        """Names of facts and of the shop, the facts' first; those of segments left out."""
        taken = [one.span for one in self.segments]
        found: list[NameFound] = []
        for vocabulary in (self._known, self.about.names.vocabulary):
            for one in vocabulary.find(self.text):
                said = self.text[one.start : one.end]
                by_chance = said.islower() and "-" in vocabulary.spelt[one.name] and "-" not in said
                if not by_chance and not touches((one.start, one.end), taken):
                    found.append(one)
                    taken.append((one.start, one.end))
        return sorted(found, key=lambda one: one.start)

    @cached_property
    def segments(self) -> list[Found]:
        """Segments and customers that are named, by number or by name."""
        found = [*self._named_segments(), *self._numbered()]
        return sorted(found)

    def _named_segments(self) -> Iterable[Found]:
        for one in self.about.called.find(self.text):
            yield Found(one.start, one.end, self.about.subject_of[one.name])

    def _numbered(self) -> Iterable[Found]:
        for match in _SEGMENT[self.language].finditer(self.text):
            for at in re.finditer(r"\d+|(?<=第)[一二三四五六七八九十]", match.group()):
                number = (
                    at.group()
                    if at.group().isdigit()
                    else str("一二三四五六七八九十".index(at.group()) + 1)
                )
                later = bool(re.search(r"\d", match.group()[: at.start()]))
                if later and f"segment:{number}" not in self.about.subjects:
                    continue
                start = (
                    match.start()
                    if at.start() < 12 and not re.search(r"\d", match.group()[: at.start()])
                    else match.start() + at.start()
                )
                yield Found(start, match.start() + at.end(), f"segment:{number}")
        for match in _CUSTOMER[self.language].finditer(self.text):
            yield Found(match.start(), match.end(), f"customer:{match['id']}")

    @cached_property
    def whens(self) -> list[When]:
        taken = [(one.start, one.end) for one in self.names] + [one.span for one in self.segments]
        return [w for w in times(self.text, self.language) if not touches((w.start, w.end), taken)]

    @cached_property
    def spans(self) -> list[Span]:
        return spans(self.masked, self.language)

    @cached_property
    def masked(self) -> str:
        """The text without names, segments and code; everything else where it was."""
        holes = [(one.start, one.end) for one in self.names]
        holes += [one.span for one in self.segments]
        holes += [match.span() for match in _CODE.finditer(self.text)]
        return _filled(self.text, holes)

    @cached_property
    def plain(self) -> str:
        """The same without dates."""
        return _filled(self.masked, [(w.start, w.end) for w in self.whens])

    @cached_property
    def quantities(self) -> list[Quantity]:
        blocked = [(w.start, w.end) for w in self.whens]
        blocked += [(m.start, m.end) for m in self.metrics]
        blocked += [(s.start, s.end) for s in self.spans]
        return quantities(self.masked, self.language, blocked)

    # --- what is named --------------------------------------------------------------------------

    @cached_property
    def metrics(self) -> list[Mention]:
        """Words for metrics, ours and those of the facts' labels; generic ones yield to others."""
        hits = [
            Mention(hit.start, hit.end, frozenset({hit.name}))
            for hit in words(self.language).phrases("metrics").find(self.plain)
        ]
        for label, metrics in self._labels.items():
            for match in re.finditer(_whole(label), self.plain, re.IGNORECASE):
                hits.append(Mention(match.start(), match.end(), metrics))
        return _longest(hits)

    @cached_property
    def groups(self) -> list[Mention]:
        """Whom the sentence speaks of, in order; the one it is about is left out."""
        found = [
            Mention(one.start, one.end, frozenset({one.name}), self._compared(one.start))
            for one in self.segments
        ]
        for hit in words(self.language).phrases("subjects").find(self.plain):
            keys = {"average": {"all", "rest"}, "own": {"own"}}.get(hit.name, {hit.name})
            if hit.name == "rest" and _NOBODY.search(self.plain[: hit.start]):
                continue
            kind = hit.name if hit.name in ("all", "rest") else ""
            compared = self._compared(hit.start, kind) or hit.name == "average"
            found.append(Mention(hit.start, hit.end, frozenset(keys), compared))
        return sorted(found, key=lambda one: one.start)

    @cached_property
    def others(self) -> list[Mention]:
        """Segments and customers, each once though number and name are both said."""
        found: list[Mention] = []
        for one in self.groups:
            if next(iter(one.keys)).startswith(("segment", "customer")) and not (
                found and found[-1].keys == one.keys
            ):
                found.append(one)
        return found

    def _compared(self, start: int, kind: str = "") -> bool:
        before = self.plain[max(0, start - 22) : start]
        if kind and _OUT_OF[kind, self.language].search(before):
            return True
        hits = words(self.language).phrases("comparand").find(before)
        return any(re.fullmatch(r"[\s\w]{0,8}", before[hit.end :]) for hit in hits[-1:])

    @cached_property
    def items(self) -> list[Mention]:
        """Names and points of time that facts can be of."""
        found = [Mention(n.start, n.end, frozenset({n.name})) for n in self.names]
        for when in self.whens:
            if when.kind in ("month", "weekday", "daypart"):
                found.append(Mention(when.start, when.end, frozenset({f"{when.kind} {when.key}"})))
        return sorted(found, key=lambda one: one.start)

    @cached_property
    def cuts(self) -> list[int]:
        """Where a cell ends."""
        whole = [(m.start, m.end) for m in (*self.metrics, *self.groups, *self.items)]
        whole += [(q.start, q.end) for q in self.quantities]
        for left, right in zip(self.quantities, self.quantities[1:], strict=False):
            if left.partner >= 0 and left.partner != right.partner:
                whole.append((left.start, right.end))
        return [
            match.start()
            for match in _CUT[self.language].finditer(self.plain)
            if not touches(match.span(), whole)
        ]

    def cell(self, at: int) -> int:
        return sum(cut <= at for cut in self.cuts)

    @cached_property
    def denies(self) -> bool:
        """Whether it says that something was not, or how long ago it was."""
        lists = words(self.language)
        away = any(m.keys & {"recency"} for m in self.metrics)
        return away or bool(lists.phrases("negation").first(self.masked))

    # --- what sort of sentence it is ------------------------------------------------------------

    @cached_property
    def advises(self) -> bool:
        """Whether it tells what to do rather than what is."""
        return advises(self.plain, self.language)

    def looks_ahead(self) -> bool:
        """Whether it speaks of what is to come."""
        return bool(words(self.language).phrases("ahead").first(self.masked))

    def speaks_of_each(self) -> bool:
        """Whether it counts by customer."""
        return bool(words(self.language).phrases("each").first(self.masked))

    def after_days(self, quantity: Quantity) -> bool:
        """`ordered again, after 45 days`."""
        before = self.plain[: quantity.start].lower()
        return bool(re.search(r"\bafter\s+(?:about\s+|around\s+)?$", before))

    def same_cell(self, mention: Mention, quantity: Quantity) -> bool:
        return self.cell(mention.start) == self.cell(quantity.end - 1)

    @cached_property
    def named(self) -> frozenset[str]:
        """Every name, segment and date of it."""
        dates = {f"{w.kind} {w.key}" for w in self.whens}
        return frozenset({n.name for n in self.names} | {s.name for s in self.segments} | dates)

    @cached_property
    def subject(self) -> str:
        """The one segment or customer that the sentence names; empty where none or several."""
        named = {one.name for one in self.segments}
        return next(iter(named)) if len(named) == 1 else ""


def touches(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _filled(text: str, holes: Iterable[tuple[int, int]]) -> str:
    for start, end in holes:
        text = text[:start] + FILL * (end - start) + text[end:]
    return text


def _whole(label: str) -> str:
    body = re.escape(label).replace(r"\ ", r"[\s-]+")
    return rf"(?<![A-Za-z0-9]){body}(?![A-Za-z0-9])"


def _longest(mentions: Sequence[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for one in sorted(mentions, key=lambda m: (m.start - m.end, m.start)):
        same = [k for k in kept if (k.start, k.end) == (one.start, one.end)]
        if same:
            kept.remove(same[0])
            kept.append(Mention(one.start, one.end, one.keys | same[0].keys))
        elif not touches((one.start, one.end), [(k.start, k.end) for k in kept]):
            kept.append(one)
    return sorted(kept, key=lambda m: m.start)
