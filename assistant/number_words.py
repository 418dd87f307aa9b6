"""Numbers in words, English and Chinese: what they are called, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "LARGE",
    "ONES",
    "ORDINALS",
    "TENS",
    "ZH_DIGITS",
    "ZH_SCALES",
    "spelt_value",
    "zh_whole",
]

ONES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
LARGE = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12,
}  # fmt: skip
ZH_DIGITS = {
    "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7,
    "八": 8, "九": 9,
}  # fmt: skip
ZH_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}


def spelt_value(words: Iterable[str]) -> float:
    """`two hundred six` → 206, `half million` → 500,000; `a` and `and` left out before."""
    total = current = 0.0
    for word in words:
        if word == "dozen":
            current = max(current, 1) * 12
        elif word == "half":
            current = 0.5
        elif word == "hundred":
            current = (current or 1) * LARGE[word]
        elif word in LARGE:
            total, current = total + (current or 1) * LARGE[word], 0
        else:
            current += ONES.get(word, TENS.get(word, 0))
    return total + current


def zh_whole(said: str) -> int:
    """`三百五十` → 350, `十二万` → 120,000; without scales they are figures: `二零一一` → 2011."""
    if len(said) > 1 and not set(said) & ZH_SCALES.keys():
        return int("".join(str(ZH_DIGITS[numeral]) for numeral in said))
    total = section = current = 0
    for numeral in said:
        if numeral in "万亿":
            total, section, current = total + (section + current) * ZH_SCALES[numeral], 0, 0
        elif numeral in ZH_SCALES:
            section, current = section + max(current, 1) * ZH_SCALES[numeral], 0
        else:
            current = ZH_DIGITS[numeral]
    return total + section + current
