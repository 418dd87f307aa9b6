"""Numbers as they stand in a text: digits, words, fractions, Chinese numerals; how finely said.

Only what a number is worth and how finely it is said; what it counts is `quantities.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.number_words import LARGE, ONES, ORDINALS, TENS, ZH_DIGITS, spelt_value, zh_whole

__all__ = ["Numeral", "numerals"]


@dataclass(frozen=True)
class Numeral:
    """One number of a text.

    Args:
        start, end: where it stands.
        value: what it is worth; 0.38 for `38%`.
        step: of the last digit shown: a fact that rounds to it differs by half of that at most.
        share: whether it is a part of a whole (`38%`, `two thirds`, `三成`).
        loose: whether it is a word for a part (`half`), said of what is only near it.
        ordinal: `third`, `第三`.
        more: whether the text says that it is more than that (`三成多`, `50+`).
    """

    start: int
    end: int
    value: float
    step: float
    share: bool = False
    loose: bool = False
    ordinal: bool = False
    more: bool = False


_PARTS = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6,
    "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "twentieth": 20,
}  # fmt: skip
_SCALE = {
    "k": 1e3, "m": 1e6, "bn": 1e9, "b": 1e9, "thousand": 1e3, "million": 1e6, "billion": 1e9,
    "mn": 1e6, "hundred": 100, "十": 10, "百": 100, "千": 1e3, "万": 1e4, "亿": 1e8, "百万": 1e6,
    "千万": 1e7, "十万": 1e5,
}  # fmt: skip

_PERCENT = r"(?P<percent>\s?[%％]|[\s-]?(?:percent|per\s?cent|pct)\b(?!age\s+point))"
_DIGITS = re.compile(
    r"(?<![\w.])(?<!\d[,，])(?P<minus>[-−](?=\d))?"
    r"(?P<digits>\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:(?P<scale>\s?(?:thousand|million|billion|hundred)\b|(?:bn|mn|[kKmMb])(?![a-zA-Z])|"
    r"\s?(?:百万|千万|十万|[十百千万亿])))?"
    rf"(?:{_PERCENT})?(?P<ordinal>(?:st|nd|rd|th)\b)?(?P<plus>\+|多|余)?"
)
_UNSCALING = re.compile(
    r"(?:(?<![\d十百千万亿])(?<!\d\s)|(?![十百千万亿多余]))[\u3400-\u9fff]|多(?=样|少|种|次|家)|余(?=下)"
)
_ZH = "零〇一二两三四五六七八九十百千万亿"
_SPELT = "|".join(sorted([*ONES, *TENS, *LARGE], key=len, reverse=True))
_WORDS = re.compile(
    rf"\b(?:(?:an?|half)[ -](?=(?:hundred|thousand|million|dozen)\b))?(?:{_SPELT}|dozen)"
    rf"(?:(?:[ -]|(?<=dred)[ -]and[ -]|(?<=sand)[ -]and[ -])(?:{_SPELT}|"
    rf"dozen))*(?:[ -]point(?P<point>(?:[ -](?:{_SPELT}))+))?"
    rf"(?P<percent>[ -](?:percent|per cent)\b)?(?!\w)",
    re.IGNORECASE,
)
_FRACTION = re.compile(
    r"\b(?:(?P<top>an?|one|two|three|four|five|seven|nine)[ -])?"
    r"(?P<bottom>half|halves|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?|"
    r"ninths?|tenths?|twentieths?)\b",
    re.IGNORECASE,
)
_SLASHED = re.compile(r"(?<![\w.,/-])(\d)/(\d{1,2})(?![\w/-])|[½¼¾⅓⅔⅕]")
_GLYPHS = {"½": 1 / 2, "¼": 1 / 4, "¾": 3 / 4, "⅓": 1 / 3, "⅔": 2 / 3, "⅕": 1 / 5}
_ONE_IN = re.compile(
    rf"(?<![\w.,])(?P<top>{_SPELT}|\d+)(?:[ -]|\s+out\s+of\s+|\s+)(?:in|of)?[ -]?(?:every\s+)?"
    rf"(?P<bottom>{_SPELT}|\d+)\b",
    re.IGNORECASE,
)
_ZH_PERCENT = re.compile(rf"百分之([{_ZH}]+(?:点[{_ZH}]+)?|\d+(?:\.\d+)?)")
_ZH_PART = re.compile(rf"([{_ZH}]{{1,2}}|\d{{1,2}})分之([{_ZH}]{{1,2}}|\d)")
_ZH_TENTHS = re.compile(
    r"([一二两三四五六七八九1-9])成([一二三四五六七八九半](?!之))?(?![为立员功长果本交熟])"
)
_ZH_HALF = re.compile(r"(?<![另每])一半|半数|(?<=[过超近约到足])半(?!个|年|天|价|小时|日)")
_ZH_NUMBER = re.compile(rf"(?P<ordinal>第)?(?P<n>[{_ZH}]+(?:点[{_ZH}]+)?)(?P<more>[多余])?")
_ZH_COUNTED = re.compile(
    r"\s?(?:个|位|名|人|笔|单|件|种|类|天|日|周|星期|月|年|季|次|倍|元|块|英镑|欧元|美元|镑|款|条|"
    r"家|国|组|群|分钟|小时|颗星|星|成|折|者|大(?=品类|客群|国家|类|市场))"
)
_ZH_NAMED = re.compile(r"(?:客群|分群|群体|前|后|[Tt]op)\s?$")
_ZH_IDIOM = re.compile(
    r"一(?:些|直|般|样|致|定|起|切|旦|共|并|方面|站式|键|番|对一|体|度|边|开始|个人(?!客)|向|律|味|下|"
    r"面|点(?![零〇一二三四五六七八九\d])|种|类|群|次性|段时间|同|目了然|如|系列|批|份|条|组|款|部分|代|流|线|"
    r"大|小|名|位|次(?!购买|下单|订单))|(?:统|唯|单|之|同|逐|第)一(?!位|名|大|[个客季])|万(?:一|能)|"
    r"十(?:分(?!之|钟)|足)|千(?:万(?!元|人|英|欧|美)|方)|百(?:货|搭)|四季|两者|双十一|三言|五花|再三|"
    r"二手|一二线|周[一二三四五六日]|星期[一二三四五六日]"
)


def numerals(text: str, language: str) -> list[Numeral]:
    """Every number of a text, in order; none stands inside another."""
    finders = _FINDERS_ZH if language == "zh" else _FINDERS
    found: list[Numeral] = []
    for finder in finders:
        for one in finder(text):
            if not any(one.start < other.end and other.start < one.end for other in found):
                found.append(one)
    return sorted((one for one in found if one.value == one.value), key=lambda one: one.start)


def _digits(text: str) -> Iterator[Numeral]:
    for match in _DIGITS.finditer(_cjk_as_space(text)):
        yield _from_digits(match, text)


def _from_digits(match: re.Match[str], text: str) -> Numeral:
    digits = match["digits"].replace(",", "").replace("，", "")
    decimals = len(digits.partition(".")[2])
    raw = text[match.start("scale") : match.end("scale")] if match.start("scale") >= 0 else ""
    scale = _SCALE[raw.strip().lower()] if raw.strip() else 1.0
    share = bool(match["percent"])
    unit = scale / 100 if share else scale
    ordinal = bool(match["ordinal"]) or bool(re.search(r"第\s?$", text[: match.start()]))
    return Numeral(
        match.start(),
        match.end(),
        float(digits) * unit * (-1 if match["minus"] else 1),
        10**-decimals * unit,
        share=share,
        ordinal=ordinal,
        more=bool(match["plus"]),
    )


def _cjk_as_space(text: str) -> str:
    """Chinese characters are no word characters here, save those that scale the number before."""
    return _UNSCALING.sub("|", text)


def _fractions(text: str) -> Iterator[Numeral]:
    for match in _FRACTION.finditer(text):
        bottom = _PARTS[_singular(match["bottom"].lower())]
        top = (match["top"] or "").lower()
        if _is_part(match, top, text):
            share = {"": 1, "a": 1, "an": 1}.get(top, ONES.get(top, 1)) / bottom
            yield Numeral(match.start(), match.end(), share, 0.0, share=True, loose=True)


def _singular(word: str) -> str:
    return word if word in _PARTS else word.removesuffix("s")


def _is_part(match: re.Match[str], top: str, text: str) -> bool:
    """`a third of` and `half` are parts, `the third largest` and `every quarter` are not."""
    plural = match["bottom"].lower().endswith("s")
    if match["bottom"].lower() in ("half", "halves"):
        return not re.match(
            r"[ -](?:an? )?(?:hour|year|dozen|day|price|term|yearly)", text[match.end() :], re.I
        )
    if top in ("a", "an", "one"):
        return not plural and not re.match(
            r"[ -](?:time|order|purchase|segment)", text[match.end() :]
        )
    if top:
        return plural
    return bool(
        re.match(
            r"\s+of\s+(?:all|the|its|their|our|them|it|these|those|customers|orders|revenue)",
            text[match.end() :],
        )
    ) and not re.search(r"\b(?:the|per|every|each|this|last)\s+$", text[: match.start()], re.I)


def _glyphs(text: str) -> Iterator[Numeral]:
    for match in _SLASHED.finditer(text):
        share = _GLYPHS.get(match.group()) or int(match[1]) / max(int(match[2]), 1)
        yield Numeral(match.start(), match.end(), share, 0.0, share=True, loose=True)


def _one_in(text: str) -> Iterator[Numeral]:
    for match in _ONE_IN.finditer(text):
        between = text[match.end("top") : match.start("bottom")].lower()
        if not re.search(r"\b(?:in|out of)\b", between):
            continue
        top, bottom = _worth(match["top"]), _worth(match["bottom"])
        if 0 < top < bottom <= 1000 and bottom in (*range(2, 11), 12, 20, 50, 100, 1000):
            loose = top / bottom not in (0, 1)
            yield Numeral(match.start(), match.end(), top / bottom, 0.0, share=True, loose=loose)


def _worth(word: str) -> int:
    return int(word) if word.isdigit() else int(spelt_value(word.lower().split("-")))


def _words(text: str) -> Iterator[Numeral]:
    for match in _WORDS.finditer(text):
        words = re.findall(r"[a-z]+", match.group().lower())
        value, step = _spelt(words, match["point"])
        percent = bool(match["percent"])
        if not _is_idiom(match, text):
            unit = 0.01 if percent else 1.0
            yield Numeral(match.start(), match.end(), value * unit, step * unit, share=percent)


def _spelt(words: list[str], point: str | None) -> tuple[float, float]:
    decimals = re.findall(r"[a-z]+", (point or "").lower())
    whole = words[: words.index("point")] if "point" in words else words
    value, step = float(spelt_value(whole)), 1.0
    for word in decimals:
        step /= 10
        value += ONES.get(word, 0) * step
    return value, step


_ONE_COUNTS = re.compile(
    r"[ -](?:customers?|orders?|items?|products?|days?|weeks?|months?|years?|segments?|"
    r"countr(?:y|ies)|"
    r"visits?|reviews?|pounds?|euros?|dollars?|units?|purchases?|stars?|third|quarter|"
    r"categor(?:y|ies))\b",
    re.IGNORECASE,
)


def _is_idiom(match: re.Match[str], text: str) -> bool:
    """`one of`, `no one`, `one-stop`, `one day they will`: no number; `one order` is."""
    if match.group().lower() not in ("one", "zero"):
        return False
    before, after = text[: match.start()].lower(), text[match.end() :]
    if re.search(r"\b(?:segment|number|group|only|just|than)\s+$", before):
        return not (_ONE_COUNTS.match(after) or re.search(r"(?:segment|number|group)\s+$", before))
    return not _ONE_COUNTS.match(after)


def _ordinals(text: str) -> Iterator[Numeral]:
    for match in re.finditer(rf"\b({'|'.join(ORDINALS)})\b", text, re.IGNORECASE):
        value = ORDINALS[match.group().lower()]
        yield Numeral(match.start(), match.end(), value, 0.0, ordinal=True)


def _zh_parts(text: str) -> Iterator[Numeral]:
    for match in _ZH_PERCENT.finditer(text):
        value, step = _zh_value(match[1])
        yield Numeral(match.start(), match.end(), value / 100, step / 100, share=True)
    for match in _ZH_PART.finditer(text):
        top, bottom = _zh_value(match[2])[0], _zh_value(match[1])[0]
        share = top / max(bottom, 1)
        yield Numeral(match.start(), match.end(), share, 0.0, share=True, loose=True)
    for match in _ZH_TENTHS.finditer(text):
        yield _tenths(match, text)
    for match in _ZH_HALF.finditer(text):
        more = text[match.start() - 1 : match.start()] == "过"
        yield Numeral(match.start(), match.end(), 0.5, 0.0, share=True, loose=True, more=more)


def _tenths(match: re.Match[str], text: str) -> Numeral:
    """`三成`, `三成五`, `三成多`."""
    tail = match[2] or ""
    small = 5 if tail == "半" else ZH_DIGITS.get(tail, 0)
    value = _zh_value(match[1])[0] / 10 + small / 100
    more = text[match.end() : match.end() + 1] in ("多", "以")
    step = 0.01 if tail else 0.0
    return Numeral(match.start(), match.end(), value, step, share=True, loose=not tail, more=more)


def _zh_numbers(text: str) -> Iterator[Numeral]:
    idioms = [match.span() for match in _ZH_IDIOM.finditer(text)]
    for match in _ZH_NUMBER.finditer(text):
        inside = any(a <= match.start("n") < b for a, b in idioms)
        counted = (
            _ZH_COUNTED.match(text[match.end() :])
            or match["ordinal"]
            or len(match["n"]) > 2
            or (len(match["n"]) == 2 and set(match["n"]) & set("十百千"))
            or _ZH_NAMED.search(text[: match.start()])
        )
        if inside or not counted or re.fullmatch("[百千万亿]", match["n"]):
            continue
        value, step = _zh_value(match["n"])
        ordinal, more = bool(match["ordinal"]), bool(match["more"])
        yield Numeral(match.start(), match.end(), value, step, ordinal=ordinal, more=more)


def _zh_value(said: str) -> tuple[float, float]:
    """`三十八点五` → 38.5 and its step; plain digits as well."""
    if re.fullmatch(r"[\d.]+", said):
        return float(said), 10.0 ** -len(said.partition(".")[2])
    whole, _, point = said.partition("点")
    value, step = float(zh_whole(whole)), 1.0
    for character in point:
        step /= 10
        value += ZH_DIGITS.get(character, 0) * step
    return value, step


_FINDERS = (_glyphs, _one_in, _fractions, _digits, _words, _ordinals)
_FINDERS_ZH = (_glyphs, _zh_parts, _digits, _zh_numbers)
