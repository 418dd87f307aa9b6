"""Numbers as people write them: digits, words, dozens, percentages, Chinese numerals.

Only reads numbers; what a number is for (a segment, a count, a share) is decided in `reading.py`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from assistant.number_words import ONES, TENS, ZH_DIGITS, ZH_SCALES, spelt_value, zh_whole

__all__ = ["Number", "find_numbers", "spell_out_digits"]

_WORD = "|".join([*ONES, *TENS, "hundred", "thousand"])
_ENGLISH = re.compile(
    rf"(?<![\w-])(?:a[ -](?=hundred|thousand))?(?:{_WORD})"
    rf"(?:(?:[ -]|[ -]and[ -])(?:{_WORD}))*(?![\w])"
)
_DOZEN = re.compile(r"\b(half a|a|an|one|two|three|four|\d+)? ?dozens?\b(?: of\b)?")
_COUPLE = re.compile(r"\ba (?:couple|pair) of\b")
_ONE_AS_NUMBER = re.compile(
    r"\b(?:segment|cluster|group|number|top|tribe|cohort|k ?=|k) $"
    r"|^ (?:segments?|clusters?|groups?|weeks?|months?|years?|days?|quarters?|percent|stars?)\b"
)

_NUMERALS = "零〇一二两三四五六七八九十百千万"
_MEASURES = "个名位类群组天周月年人款种件条家倍块元镑次簇份季号日%成"
_CHINESE = re.compile(
    rf"(?P<before>(?:第|前|后|细分|分群|群体|客群|群组|群|类|k=|=)\s?)?"
    rf"(?P<numeral>[{_NUMERALS}]+)"
    rf"(?P<after>[{_MEASURES}])?"
)
_LARGE = re.compile(rf"[一两二三四五六七八九][{_NUMERALS}]*[百千万][{_NUMERALS}]*")
_ONE_PERIOD = re.compile(
    r"一(?=个?季度|个月|个星期|个礼拜|星期(?![一二三四五六日天几])|年|天|周(?![里中内哪]))"
)
_STARS = re.compile("[一二两三四五](?=星(?!期))")
_PERCENT_OF = re.compile(rf"百分之\s*([{_NUMERALS}]+|\d+(?:\.\d+)?)")
_SCALED = re.compile(rf"(?<![\d.])(\d+(?:\.\d+)?)\s?([百千万])(?![{_NUMERALS}])")
_TENTHS = re.compile(rf"([一二两三四五六七八九])成(?![{_NUMERALS}\d个组类为])")

_NUMBER = re.compile(
    r"(?<![\w.])(?<!\d,)(?P<sign>[£$€¥]\s?)?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<kilo>k\b)?"
    r"(?P<percent>\s?%|\s?percent\b|\s?per cent\b|\s?pct\b)?"
)
_NUMBER_CJK = re.compile(r"(?<=[\u3400-\u9fff])(?P<digits>\d+(?:\.\d+)?)(?P<percent>\s?%)?")


class Number(NamedTuple):
    """A number in a text. `value` is as written: 5 for `5%`, with `percent` set."""

    start: int
    end: int
    value: float
    percent: bool

    @property
    def share(self) -> float:
        """The number as a fraction: 5% and 0.05 are both 0.05."""
        return round(self.value / 100, 10) if self.percent or self.value > 1 else self.value


def find_numbers(text: str) -> list[Number]:
    """Every number of a text whose number words are digits already, in order."""
    found = []
    for match in re.finditer(_NUMBER, _open_borders(text)):
        kilo = 1000 if match["kilo"] else 1
        value = float(match["digits"].replace(",", "")) * kilo
        found.append(Number(match.start(), match.end(), value, bool(match["percent"])))
    return found


def spell_out_digits(text: str) -> str:
    """Number words of a lower-case text, English and Chinese, as digits; the rest as it was."""
    text = _PERCENT_OF.sub(lambda m: f"{_chinese_value(m[1]):g}%", text)
    text = _SCALED.sub(lambda m: _written(float(m[1]) * ZH_SCALES[m[2]]), text)
    text = _TENTHS.sub(lambda m: f"{10 * ZH_DIGITS[m[1]]}%", text)
    text = _STARS.sub(lambda m: str(ZH_DIGITS[m[0]]), text)
    text = text.replace("半个月", "15天").replace("两两", "互相")
    text = re.sub("(?<![上下])半年", "6个月", text)
    text = _ONE_PERIOD.sub("1", text)
    text = _CHINESE.sub(_chinese_match, text)
    text = _COUPLE.sub("2", _DOZEN.sub(_dozen, text))
    return _ENGLISH.sub(_english_match, text)


def _open_borders(text: str) -> str:
    """Chinese characters are no word characters: `找20个` has a number. Same length as the text."""
    return re.sub(r"[\u3400-\u9fff]", "\u3000", text)


def _dozen(match: re.Match[str]) -> str:
    amount = match[1] or "a"
    if amount == "half a":
        return "6"
    return str(12 * (int(amount) if amount.isdigit() else ONES.get(amount, 1)))


def _english_match(match: re.Match[str]) -> str:
    words = re.findall(r"[a-z]+", match.group())
    if words == ["one"] and not _is_number_one(match):
        return match.group()
    return f"{spelt_value(word for word in words if word not in ('a', 'and')):.0f}"


def _is_number_one(match: re.Match[str]) -> bool:
    before, after = match.string[: match.start()], match.string[match.end() :]
    return bool(_ONE_AS_NUMBER.search(before[-12:]) or re.match(_ONE_AS_NUMBER, after[:12]))


def _chinese_match(match: re.Match[str]) -> str:
    numeral, before, after = match["numeral"], match["before"] or "", match["after"] or ""
    counted = after and not (
        numeral == "一" and after in "个次些份条件人种天类位名家款群组成周年季"
    )
    if not (before or counted or _LARGE.fullmatch(numeral)) or (
        before.strip() in ("类", "群") and not after and len(numeral) > 1
    ):
        return match.group()
    # `客户12748五个`: the numeral is no part of the number before it.
    apart = " " if re.search(r"\d$", match.string[: match.start()]) else ""
    return f"{apart}{before}{_written(_chinese_value(numeral))}{after}"


def _written(value: float) -> str:
    return str(int(value)) if value.is_integer() else str(value)


def _chinese_value(numeral: str) -> float:
    is_figure = re.fullmatch(r"\d+(?:\.\d+)?", numeral)
    return float(numeral) if is_figure else float(zh_whole(numeral))
