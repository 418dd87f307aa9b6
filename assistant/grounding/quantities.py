"""What the numbers of a sentence claim: so many customers, about £38, over a third, 2.7 times.

A number becomes a quantity with the words around it: its unit, its hedge, its range.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.grounding.numerals import Numeral, numerals
from assistant.grounding.phrases import words

__all__ = ["Quantity", "quantities"]

COUNTED = (
    "customers", "orders", "items", "products", "reviews", "sessions", "segments", "countries",
    "categories", "rows",
)  # fmt: skip
LENGTHS = {"days": 1.0, "weeks": 7.0, "months": 30.44, "years": 365.25}
LOOSE = 0.04
"""How far, relatively, a plain word for a part (`a third`) may be from the number it stands for."""
ABOUT, NEAR, FAR = 0.03, 0.10, 0.25


@dataclass(frozen=True)
class Quantity:
    """One numeric claim.

    Args:
        start, end: of number, unit and hedge together.
        value, step: as the numeral has them; days for lengths of time.
        kind: `share`, `money`, `days`, `ratio`, `change`, `rank`, `top`, `rating`, `points`,
            `plain`, or what is counted (`customers`, `orders`, ...).
        hedge: `about`, `over`, `under`, `at_least`, `at_most` or nothing.
        currency: ISO code, where the text says one.
        loose: a word for a part.
        down: of a `change`: whether it is one downwards.
        partner: the other end of a range, by its place in the list; -1 where there is none.
        vague: `hundreds of`: at least that, not ten times that.
    """

    start: int
    end: int
    value: float
    step: float
    kind: str = "plain"
    hedge: str = ""
    currency: str = ""
    loose: bool = False
    down: bool = False
    partner: int = -1
    vague: bool = False

    def covers(self, value: float) -> bool:
        """Whether a number may be said like this."""
        low, high = self.bounds()
        slack = 1e-9 * max(1.0, abs(value))
        return low - slack <= value <= high + slack

    def exactly(self, value: float) -> bool:
        """Whether it is this number at the digits shown, whatever the hedge."""
        return replace(self, hedge="").covers(value)

    def bounds(self) -> tuple[float, float]:
        """Between which numbers the one meant must lie."""
        if self.vague:
            return self.value / 2, self.value * 10
        near = max(self.step / 2, LOOSE * abs(self.value) if self.loose else 0.0)
        low, high = self.value - near, self.value + near
        size = abs(self.value)
        if self.hedge == "about":
            wide = max(near, min(NEAR * size, max(self._coarse() / 2, ABOUT * size)))
            return self.value - wide, self.value + wide
        beyond = min(max(self._coarse(), NEAR * size), FAR * size)
        if self.hedge in ("over", "at_least"):
            return self.value - (near if self.hedge == "at_least" else 0), self.value + beyond
        if self.hedge in ("under", "at_most"):
            return self.value - NEAR * size, self.value + (near if self.hedge == "at_most" else 0)
        return low, high

    def _coarse(self) -> float:
        """The unit of its last digit that is no zero: 100 for 500, 0.01 for 38 %."""
        if self.loose:
            return NEAR * abs(self.value) * 2
        step, scaled = self.step or 1.0, round(abs(self.value) / (self.step or 1.0))
        while scaled and scaled % 10 == 0:
            scaled, step = scaled // 10, step * 10
        return step * (5 if scaled % 5 == 0 and scaled > 5 else 1)


def quantities(text: str, language: str, blocked: Sequence[tuple[int, int]]) -> list[Quantity]:
    """The numeric claims of a sentence, in order.

    Args:
        blocked: stretches whose numbers are no claims: names, dates, ids.
    """
    free = [
        one
        for one in numerals(text, language)
        if not any(one.start < end and start < one.end for start, end in blocked)
    ]
    found = [_quantity(one, text, language) for one in free]
    found += _multiples(text, language, [*blocked, *((q.start, q.end) for q in found)])
    found += _vague(text, language, blocked)
    return _ranges(_parts(sorted(found, key=lambda one: one.start), text), text, language)


def _quantity(numeral: Numeral, text: str, language: str) -> Quantity:
    before, after = text[: numeral.start], text[numeral.end :]
    unit, length = _unit(after, language)
    sign = re.search(r"(?:R\$|US\$|[£$€¥￥]|\b(?:GBP|EUR|USD|CNY|RMB|JPY|BRL))\s?$", before)
    kind = _kind(numeral, unit, bool(sign), before, after, language)
    scale = LENGTHS.get(unit, 1.0) if kind == "days" else 1.0
    start = sign.start() if sign else numeral.start
    end = numeral.end + (length if unit and kind != "share" else 0)
    currency = _currency(text[start:end], language) if kind == "money" else ""
    hedge, began = _hedge_before(text[:start], language)
    later = _hedge_after(text[end:], language)
    over = "over" if numeral.more else ""
    return Quantity(
        start if began < 0 else began,
        end,
        numeral.value * scale,
        numeral.step * scale,
        kind,
        over or hedge or later,
        currency,
        numeral.loose,
        down=kind == "change" and _down(after, language),
    )


def _unit(after: str, language: str) -> tuple[str, int]:
    """The unit that follows a number directly, and how long its word is."""
    gap = re.match(
        r"[\s-]?(?:(?:different|other|more|extra|new|of the|of our|of its|of their|of these|"
        r"active|repeat|individual|separate|distinct|full|whole|such|additional|total|"
        r"single|unique)\s)?",
        after,
    )
    skip = gap.end() if gap else 0
    for hit in words(language).phrases("units").find(after[: skip + 28]):
        if hit.start in (skip, 0):
            return hit.name, hit.end
        break
    return "", 0


def _kind(numeral: Numeral, unit: str, sign: bool, before: str, after: str, language: str) -> str:
    if sign or (unit == "money" and not numeral.share):
        return "money"
    if numeral.ordinal:
        return "rank"
    if unit == "points":
        return "points" if not numeral.share or language == "zh" else "share"
    if numeral.share:
        return "change" if _changes(before, after, language) else "share"
    if _is_top(before, language):
        return "top"
    if unit in LENGTHS:
        return "days"
    if unit == "ratio" or (unit == "" and re.match(r"\s?[x×](?![a-z])", after)):
        return "ratio"
    if unit == "rating":
        return "rating"
    return unit if unit in COUNTED or unit == "hours" else "plain"


def _changes(before: str, after: str, language: str) -> bool:
    """`38% more`, `高出 38%`: a difference, not a share."""
    lists = words(language)
    if language == "zh":
        return bool(
            re.search(
                r"(?:高出|低|多出|少|高|多|增长|下降|提升|增加|减少)了?\s?(?:约|近)?$", before
            )
        )
    either = "|".join([*lists["changes_after"], *lists["changes_down"]])
    return bool(re.match(rf"\s+(?:{either})\b(?!\s+(?:of|to))", after)) or bool(
        re.search(
            r"\b(?:(?<!make )(?<!makes )(?<!made )up|down|rose|fell|grew|dropped|increased?|"
            r"decreased?|rise|growth|drop|higher|lower)"
            r"(?:\s+(?:by|of))?\s+(?:about\s+|around\s+|nearly\s+)?$",
            before,
        )
    )


def _down(after: str, language: str) -> bool:
    if language == "zh":
        return False
    return bool(re.match(rf"\s+(?:{'|'.join(words(language)['changes_down'])})\b", after))


def _is_top(before: str, language: str) -> bool:
    pattern = (
        r"(?:前|[Tt]op\s?|倒数)\s?$"
        if language == "zh"
        else r"\b(?:top|first|best|bottom|last|leading)[\s-]+$"
    )
    return bool(re.search(pattern, before, re.IGNORECASE)) and not re.search(
        r"\b(?:the|their|its|at)\s+(?:last|first)\s+$", before, re.IGNORECASE
    )


def _currency(said: str, language: str) -> str:
    for code, signs in words(language)["currencies"].items():
        if any(_has(said, str(sign)) for sign in signs):
            return str(code)
    return ""


def _has(said: str, sign: str) -> bool:
    pattern = rf"(?<![A-Za-z]){re.escape(sign)}(?![A-Za-z])"
    return bool(re.search(pattern, said, re.IGNORECASE)) and not (sign == "$" and "R$" in said)


def _hedge_before(before: str, language: str) -> tuple[str, int]:
    """The hedge that ends right before a number, and where it starts."""
    hits = words(language).phrases("hedges").find(before[-26:])
    shift = max(0, len(before) - 26)
    if hits and re.fullmatch(r"\s*(?:a\s|an\s|为|有|达|占)?\s*", before[shift + hits[-1].end :]):
        return hits[-1].name, shift + hits[-1].start
    return "", -1


def _hedge_after(after: str, language: str) -> str:
    hits = words(language).phrases("after_hedges").find(after[:14])
    return (
        hits[0].name if hits and re.fullmatch(r"\s?(?:[%]|的)?\s?", after[: hits[0].start]) else ""
    )


def _multiples(text: str, language: str, taken: Sequence[tuple[int, int]]) -> list[Quantity]:
    """`twice as much`, `double the`, `翻倍`, `half as much`."""
    lists = words(language)
    names = "|".join(sorted(map(re.escape, lists["multiples"]), key=len, reverse=True))
    edge = "" if language == "zh" else r"\b"
    found = []
    for match in re.finditer(rf"{edge}(?:{names}){edge}", text, re.IGNORECASE):
        start, end = match.span()
        after = text[end:]
        apt = language == "zh" or re.match(
            rf"\s+(?:{'|'.join(map(re.escape, lists['ratio_after']))})\b|[,.;)]|$", after, re.I
        )
        if apt and not any(start < b and a < end for a, b in taken):
            value = float(lists["multiples"][match.group().lower()])
            hedge, began = _hedge_before(text[:start], language)
            found.append(
                Quantity(start if began < 0 else began, end, value, 0.0, "ratio", hedge, loose=True)
            )
    return found


def _vague(text: str, language: str, blocked: Sequence[tuple[int, int]]) -> list[Quantity]:
    """`hundreds of customers`: a size all the same."""
    found = []
    edge = "" if language == "zh" else r"\b"
    for word, value in words(language)["vague"].items():
        for match in re.finditer(rf"{edge}{word}{edge}", text, re.IGNORECASE):
            inside = any(match.start() < b and a < match.end() for a, b in blocked)
            after = re.sub(r"^\s+of(?=\s)", "", text[match.end() :])
            unit, length = _unit(after, language)
            if not inside:
                end = len(text) - len(after) + length
                kind = unit if unit in COUNTED else "plain"
                found.append(Quantity(match.start(), end, value, 0.0, kind, vague=True))
    return found


_OTHERS = re.compile(
    r"\b(?:the\s+(?:other|remaining|rest,)|(?:remaining|other))\s+$|(?:其余|其他|剩下|剩余|另外)的?\s*$",
    re.IGNORECASE,
)
"""`the other 12`: of what was counted before."""


def _parts(found: list[Quantity], text: str) -> list[Quantity]:
    """`40 of the 90 customers`, `40 of them`: the first counts what the second does."""
    for i, one in enumerate(found):
        if one.kind != "plain":
            continue
        if re.match(r"\s+of\s+(?:them|these|those|its members)\b", text[one.end :]):
            found[i] = replace(one, kind="customers")
        elif i and found[i - 1].kind in COUNTED and _OTHERS.search(text[: one.start]):
            found[i] = replace(one, kind=found[i - 1].kind)
        elif i + 1 < len(found) and re.fullmatch(
            r"\s+(?:out\s+)?of\s+(?:the\s+|all\s+|our\s+|your\s+)*",
            text[one.end : found[i + 1].start],
        ):
            found[i] = replace(one, kind=found[i + 1].kind)
    return found


_BETWEEN = {
    "en": re.compile(r"\s*(?:to|and|–|-|—|through)\s*", re.IGNORECASE),
    "zh": re.compile(r"\s*(?:到|至|和|与|-|–|—|~|～)\s*"),
}


def _ranges(found: list[Quantity], text: str, language: str) -> list[Quantity]:
    """Marks `between 20 and 40`, `20–40 %`, `20 to 40`; both ends have the unit of the last."""
    for i in range(len(found) - 1):
        left, right = found[i], found[i + 1]
        joint = _BETWEEN[language].fullmatch(text[left.end : right.start])
        if not joint or right.vague or left.vague or right.kind == "rank":
            continue
        said = joint.group().strip().lower()
        before = text[: left.start].lower()
        between = (
            re.search(r"(?:\bbetween|\bfrom|在|从|介于)\s*$", before) or said in "–-—~～to到至"
        )
        if between and left.value < right.value * (100 if left.kind == "plain" else 1) + 1e-9:
            found[i], found[i + 1] = _joined(left, right, i)
    return found


def _joined(left: Quantity, right: Quantity, i: int) -> tuple[Quantity, Quantity]:
    if left.kind == "plain" and right.kind != "plain":
        scale = 0.01 if right.kind in ("share", "change") else 1.0
        left = replace(
            left, kind=right.kind, value=left.value * scale, step=left.step * scale,
            currency=right.currency,
        )  # fmt: skip
    if right.kind == "plain" and left.kind == "money":
        right = replace(right, kind="money", currency=left.currency)
    hedge = "" if left.hedge == "at_least" else left.hedge
    return replace(left, partner=i + 1, hedge=hedge), replace(right, partner=i)
