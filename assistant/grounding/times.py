"""Days, months, years, weekdays and stretches of time in a text.

Says which time is meant, not whether it is the right one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from assistant.grounding.phrases import words

__all__ = ["Span", "When", "spans", "times"]


@dataclass(frozen=True)
class When:
    """A point of the calendar, as finely as it is said.

    Args:
        kind: `day`, `month`, `year`, `weekday`, `daypart` or `season`.
        key: `2011-09-11`, `09-11`, `2011-09`, `09`, `2011`, `thursday`, `morning`, `summer`.
    """

    start: int
    end: int
    kind: str
    key: str


@dataclass(frozen=True)
class Span:
    """`in the last 90 days`, `next month`: how long, without saying from when.

    Args:
        low, high: days.
        ahead: whether it lies in the future.
    """

    start: int
    end: int
    low: float
    high: float
    ahead: bool


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_ORDER = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ISO = re.compile(r"(?<!\d)(20\d\d|19\d\d)[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?!\d)")
_EN_DAY = re.compile(
    rf"\b(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<m1>{_MONTHS})\b\.?(?:,?\s+(?P<y1>(?:19|20)\d\d))?"
    rf"|(?P<m2>{_MONTHS})\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<y2>(?:19|20)\d\d))?)",
    re.IGNORECASE,
)
_EN_MONTH = re.compile(
    rf"\b({_MONTHS})\b\.?(?:\s+(?:of\s+)?((?:19|20)\d\d))?(?![a-z])", re.IGNORECASE
)
_YEAR = re.compile(
    r"(?<![\d.,£$€¥#-])((?:19|20)\d\d)(?![\d%]|[.,]\d|\s*(?:customers|orders|units|items|people|位|名|笔|件|人|个|元|种))"
)
_ZH_DAY = re.compile(
    r"(?:((?:19|20)\d\d)\s*年\s*)?(\d{1,2}|[一二三四五六七八九十]{1,2})\s*月\s*(\d{1,2}|[一二三四五六七八九十]{1,3})\s*[日号]"
)
_ZH_MONTH = re.compile(
    r"(?:((?:19|20)\d\d)\s*年\s*)?(\d{1,2}|[一二三四五六七八九十]{1,2})\s*月(?:份|底|初|中旬)?"
)
_ZH_YEAR = re.compile(r"((?:19|20)\d\d)\s*年")
_ZH_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")
_DAYPARTS = {
    "en": {
        "night": r"\b(?:at night|nights?|late-night|night-time)\b",
        "morning": r"\bmornings?\b",
        "afternoon": r"\bafternoons?\b",
        "evening": r"\bevenings?\b",
    },
    "zh": {
        "night": "凌晨|深夜|半夜|夜里|夜间",
        "morning": "上午|早上|早晨|清晨",
        "afternoon": "下午|午后",
        "evening": "晚上|傍晚|夜晚|晚间",
    },
}  # fmt: skip
_NUMBER = (
    r"\d{1,4}|two|three|four|five|six|seven|eight|nine|ten|twelve|eighteen|twenty|thirty|sixty|"
    r"ninety"
)
_ZH_NUMBER = r"\d{1,4}|[一二两三四五六七八九十百]{1,4}"
_SMALL = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "eighteen": 18, "twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90,
}  # fmt: skip


def times(text: str, language: str) -> list[When]:
    """Every point of the calendar, in order, the finest reading of each."""
    found: list[When] = []
    for one in [*_numeric(text), *(_chinese(text) if language == "zh" else _english(text))]:
        if not any(one.start < other.end and other.start < one.end for other in found):
            found.append(one)
    return sorted(found, key=lambda one: one.start)


def _numeric(text: str) -> Iterator[When]:
    for match in _ISO.finditer(text):
        year, month, day = match.groups()
        if 1 <= int(month) <= 12:
            yield _when(match, year, int(month), int(day) if day else None)


def _when(match: re.Match[str], year: str | None, month: int, day: int | None) -> When:
    key = f"{month:02}" if day is None else f"{month:02}-{day:02}"
    kind = "month" if day is None else "day"
    return When(match.start(), match.end(), kind, f"{year}-{key}" if year else key)


def _english(text: str) -> Iterator[When]:
    for match in _EN_DAY.finditer(text):
        month = _month(match["m1"] or match["m2"])
        yield _when(match, match["y1"] or match["y2"], month, int(match["d1"] or match["d2"]))
    for match in _EN_MONTH.finditer(text):
        if _is_month(match):
            yield _when(match, match[2], _month(match[1]), None)
    for match in _YEAR.finditer(text):
        yield When(match.start(), match.end(), "year", match[1])
    for name in _WEEKDAYS:
        short = f"{name}s?|{name[:3]}s?(?=[\\s,.)]|$)"
        for match in re.finditer(rf"\b(?:{short})(?!\w)", text):
            yield When(match.start(), match.end(), "weekday", name)
        for match in re.finditer(
            rf"\b(?:{name.capitalize()}s?|{name[:3].capitalize()})(?![\w])", text
        ):
            yield When(match.start(), match.end(), "weekday", name)
    yield from _named_times(text, "en")


def _month(name: str) -> int:
    return _ORDER.index(name[:3].lower()) + 1


def _is_month(match: re.Match[str]) -> bool:
    """`may` and `march` are verbs as well: a capital and no subject before them makes a month."""
    word = match[1]
    if word.lower() not in ("may", "march", "mar", "jan", "dec", "oct", "sep", "jun", "jul", "apr"):
        return word[0].isupper() or len(word) > 4
    before = match.string[: match.start()]
    return word[0].isupper() and (bool(match[2]) or bool(before.strip()))


def _chinese(text: str) -> Iterator[When]:
    for match in _ZH_DAY.finditer(text):
        yield _when(match, match[1], _small(match[2]), _small(match[3]))
    for match in _ZH_MONTH.finditer(text):
        if 1 <= _small(match[2]) <= 12 and text[match.start() - 1 : match.start()] != "个":
            yield _when(match, match[1], _small(match[2]), None)
    for pattern in (_ZH_YEAR, _YEAR):
        for match in pattern.finditer(text):
            yield When(match.start(), match.end(), "year", match[1])
    for match in _ZH_WEEKDAY.finditer(text):
        index = "一二三四五六日".find(match[1].replace("天", "日"))
        yield When(match.start(), match.end(), "weekday", _WEEKDAYS[index])
    yield from _named_times(text, "zh")


def _small(said: str) -> int:
    if said.isdigit():
        return int(said)
    digits = {c: i for i, c in enumerate("零一二三四五六七八九")}
    digits["两"] = 2
    if "百" in said:
        hundreds, _, rest = said.partition("百")
        return 100 * digits.get(hundreds, 1) + (_small(rest) if rest else 0)
    tens, ten, ones = said.partition("十")
    return (digits.get(tens, 1) * 10 if ten else 0) + digits.get(ones if ten else said[:1], 0)


def _named_times(text: str, language: str) -> Iterator[When]:
    for name, pattern in _DAYPARTS[language].items():
        for match in re.finditer(pattern, text, re.IGNORECASE):
            yield When(match.start(), match.end(), "daypart", name)
    for hit in words(language).phrases("seasons").find(text):
        yield When(hit.start, hit.end, "season", text[hit.start : hit.end].lower())


@cache
def _span_patterns(language: str) -> tuple[re.Pattern[str], ...]:
    lists = words(language)
    frames, units = lists["period_frames"], lists["span_words"]
    unit = "|".join(sorted(map(re.escape, units), key=len, reverse=True))
    found = []
    for name in ("past", "ahead"):
        frame = "|".join(sorted(map(re.escape, frames[name]), key=len, reverse=True))
        if language == "zh":
            pattern = rf"(?:{frame})\s*(?P<n>{_ZH_NUMBER})?\s*个?(?P<unit>{unit})"
        else:
            pattern = (
                rf"\b(?:{frame})\s+(?:(?P<n>{_NUMBER})[\s-]+)?(?:calendar\s+|full\s+|whole\s+)?"
                rf"(?P<unit>{unit})s?\b"
            )
        if language == "zh" and name == "ahead":
            pattern += rf"|(?P<n2>{_ZH_NUMBER})\s*(?P<unit2>年|个月)(?:之|以)?内"
        found.append(re.compile(pattern, re.IGNORECASE))
    return tuple(found)


def spans(text: str, language: str) -> list[Span]:
    """Stretches of time that are named by their length."""
    units = words(language)["span_words"]
    found = []
    for ahead, pattern in zip((False, True), _span_patterns(language), strict=True):
        for match in pattern.finditer(text):
            parts = match.groupdict()
            unit = float(units[(parts["unit"] or parts["unit2"]).lower()])
            number = _count(parts["n"] or parts.get("n2"))
            slack = 0.5 if number == 1 or unit > 1 else 0.0
            low, high = (number - slack * 0.2) * unit, (number + slack * 0.2) * unit
            found.append(Span(match.start(), match.end(), low, high, ahead))
    return found


def _count(said: str | None) -> float:
    if not said:
        return 1
    if said.isdigit():
        return int(said)
    return _SMALL.get(said.lower()) or _small(said)
