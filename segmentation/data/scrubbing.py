"""Personal identifiers in free text, replaced by what kind they were: `[email]`, `[phone]`, ...

Patterns find candidates, check digits and numbering plans decide. Not a name finder: who is named
in a review stays in it. A number is a phone number only if it is written like one or announced as
one: product codes, order numbers, prices, dates and years stay.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator

import phonenumbers
from stdnum import iban, luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

__all__ = ["is_card", "is_email", "is_iban", "is_ip", "is_phone", "is_resident_id", "scrub"]

_MAYBE = re.compile(r"[@＠]|\d[^@＠]{0,40}\d")
"""What every identifier has: an at sign, or two digits not far apart."""

_EMAIL = re.compile(
    r"[A-Za-z0-9À-ɏ._%+'\-]{1,64}[ ]?[@＠][ ]?(?:[A-Za-z0-9À-ɏ\-]{1,63}\.){1,6}[A-Za-z]{2,24}"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \-]?[A-Za-z0-9]){11,40}")
_RESIDENT_ID = re.compile(r"(?<!\d)\d{6}[ \-]?\d{8}[ \-]?\d{3}[\dXx](?![A-Za-z\d])")
_DIGIT_GROUPS = re.compile(r"(?<![\d])\d+(?:[ \xa0.\-–]{1,2}\d+)*")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]+:[0-9A-Fa-f:.]+")
_PHONE = re.compile(r"(?:\+|＋)?[(（]?\d(?:[ \xa0().（）\-–/]{0,3}\d){6,}")
_GROUP = re.compile(r"\d+")
_PART_OF_CODE = (re.compile(r"(?:\w[-–]|\d[./]|[A-Za-z])$"), re.compile(r"[-–]\w|[.]\d|[A-Za-z]"))

_CONTEXT = re.compile(
    r"(?P<phone>\b(?:tele(?:phone|fon[eo]?)|tel|phone|mobile?|cell(?:phone)?|call|whats ?app|wechat"
    r"|handy(?:nummer)?|anruf\w*|rufnummer|tel[eé]fono|m[oó]vil|celular|ll[aá]m\w*|lig(?:ue|ar|o|a)"
    r"|contact\w*|fon|fax|sms)(?![a-z])|电话|手机|微信|联系|致电|来电|拨打)"
    r"|(?P<thing>\b(?:order|orden|pedido|bestell\w*|auftrag\w*|invoice|factura|fatura|rechnung\w*"
    r"|sku|ean|upc|isbn|gtin|barcode|ref(?:erence|erencia)?|article|artikel\w*|art[ií]culo|artigo"
    r"|item|product\w*|produkt\w*|model\w*|code|c[oó]digo|serial|tracking|parcel|batch|voucher"
    r"|coupon)(?![a-z])|订单|单号|货号|编号|型号|条码|款号|运单|#|№)",
    re.IGNORECASE,
)
"""Words that announce a phone number, and words that say a number names a thing."""
_CONTEXT_REACH = 18
_UNIT = re.compile(
    r"\s?(?:mm|cm|m|ml|l|g|kg|oz|px|w|v|mah|%|€|\$|£|¥|eur|usd|gbp|元|块)(?![a-z])", re.I
)
_DATE = re.compile(
    r"(?:(?:19|20)\d{2}[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})(?![\d./\-])"
)
_DECIMAL = re.compile(r"\d+[.]\d{1,2}")
_CHINESE_MOBILE = re.compile(r"(?:86)?1[3-9]\d{9}")
_WITH_TRUNK_ZERO = ("GB", "DE", "FR", "IT", "NL", "AT", "CH", "BE", "CN", "JP", "AU", "IN")
_BARE_WITH_TRUNK_ZERO = ("GB", "DE", "CN")
_WITHOUT_TRUNK_ZERO = ("US", "ES", "BR", "PT", "MX", "PL")
_PHONE_SHAPES: set[tuple[int, ...]] = {
    (3, 3, 4), (3, 3, 3), (3, 2, 2, 2), (2, 4, 4), (2, 5, 4), (1, 3, 3, 4), (3, 7), (3, 4, 4),
}  # fmt: skip
"""Digits per group, as phone numbers without a leading zero are written."""

_CARD_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}"
    r"|35\d{14}|6\d{15,18}|5[06-8]\d{14,17}"
)


def scrub(text: str) -> tuple[str, Counter[str]]:
    """Replace e-mails, phones, cards, IBANs, Chinese resident ids and IP addresses.

    Returns:
        The clean text and how many of each kind were replaced. A clean text stays as it is.
    """
    found: Counter[str] = Counter()
    while _MAYBE.search(text):  # ends: every pass that finds something takes digits or an @ away
        clean, seen = _scrub_once(text)
        if not seen:
            break
        text, found = clean, found + seen
    return text, found


def _scrub_once(text: str) -> tuple[str, Counter[str]]:
    found: Counter[str] = Counter()
    for kind, find in _FINDERS:
        spans = list(find(text))
        if spans:
            found[kind] += len(spans)
            text = _replace(text, spans, f"[{kind}]")
    return text, found


def _replace(text: str, spans: list[tuple[int, int]], mark: str) -> str:
    pieces, end = [], 0
    for start, stop in spans:
        pieces += [text[end:start], mark]
        end = stop
    return "".join([*pieces, text[end:]])


def is_email(value: str) -> bool:
    """Whether the whole value is an e-mail address."""
    return _EMAIL.fullmatch(value.strip()) is not None


def is_iban(value: str) -> bool:
    """Whether the whole value is an IBAN with a right check digit."""
    return bool(iban.is_valid(value.strip()))


def is_resident_id(value: str) -> bool:
    """Whether the value is a Chinese resident id: date of birth and check digit are right.

    County codes come and go, so they are not asked for.
    """
    number = _plain(value)
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number) or ric.calc_check_digit(number) != number[-1]:
        return False
    try:
        year: int = ric.get_birth_date(number).year
    except ValidationError:
        return False
    return 1900 <= year <= 2099


def is_card(value: str) -> bool:
    """Whether the value is a payment card number: an issuer's range and length, and Luhn."""
    number = _plain(value)
    return bool(_CARD_ISSUERS.fullmatch(number) and luhn.is_valid(number))


def is_ip(value: str) -> bool:
    """Whether the whole value is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(value.strip())
    except ValueError:
        return False
    return True


def is_phone(value: str, *, announced: bool = False) -> bool:
    """Whether the value is written like a phone number.

    Args:
        value: digits with the usual separators.
        announced: something said that a phone number follows, so that bare digits will do.
    """
    shown = unicodedata.normalize("NFKC", value).strip()
    number = re.sub(r"\D", "", shown)
    if not (_PHONE.fullmatch(shown) and 7 <= len(number) <= 15):
        return False
    if _DATE.match(shown) or _DECIMAL.fullmatch(shown):
        return False
    if (
        announced
        or (shown.startswith("+") and len(number) >= 9)
        or _CHINESE_MOBILE.fullmatch(number)
    ):
        return True
    return _is_written_like_phone(shown, number)


def _is_written_like_phone(shown: str, number: str) -> bool:
    """Numbers without a country: the grouping must speak for it, and a numbering plan hold it."""
    if number.startswith("00"):
        return len(number) >= 11 and _in_plan("+" + number[2:], (None,))
    if number == shown:
        return (
            11 <= len(number) <= 12 and number[0] == "0" and _in_plan(number, _BARE_WITH_TRUNK_ZERO)
        )
    if number.startswith("0"):
        return _in_plan(number, _WITH_TRUNK_ZERO)
    shape = tuple(len(group) for group in _GROUP.findall(shown))
    return ("(" in shown or shape in _PHONE_SHAPES) and _in_plan(number, _WITHOUT_TRUNK_ZERO)


def _in_plan(number: str, regions: tuple[str | None, ...]) -> bool:
    """Whether the number exists in the numbering plan of one of the regions."""
    for region in regions:
        try:
            parsed = phonenumbers.parse(number, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return True
    return False


def _plain(value: str) -> str:
    """Digits and letters only, full-width ones as plain ones, in capitals."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", value))).upper()


Span = tuple[int, int]


def _emails(text: str) -> Iterator[Span]:
    if "@" in text or "＠" in text:
        yield from (match.span() for match in _EMAIL.finditer(text))


def _ibans(text: str) -> Iterator[Span]:
    """The length of an IBAN follows from its country: the right end is the one that checks."""
    for match in _IBAN.finditer(text):
        start, stop = match.span()
        ends = range(min(stop, start + 44), start + 14, -1)
        end = next((end for end in ends if text[end - 1].isalnum() and is_iban(text[start:end])), 0)
        if end:
            yield start, end


def _resident_ids(text: str) -> Iterator[Span]:
    yield from (m.span() for m in _RESIDENT_ID.finditer(text) if is_resident_id(m.group()))


def _cards(text: str) -> Iterator[Span]:
    for match in _DIGIT_GROUPS.finditer(text):
        if len(match.group()) >= 13:
            yield from _windows(text, match.span(), 13, 19, lambda a, b: is_card(text[a:b]))


def _ips(text: str) -> Iterator[Span]:
    spans = [m.span() for m in _IPV4.finditer(text) if is_ip(m.group())]
    spans += [
        (m.start(), m.start() + len(m.group().rstrip(".:")))
        for m in _IPV6.finditer(text)
        if _is_written_ipv6(m.group().rstrip(".:"))
    ]
    yield from sorted(spans)


def _is_written_ipv6(value: str) -> bool:
    """`10::30` is an address to a parser and a score to a reader: ask for one long group."""
    groups = [group for group in value.split(":") if group]
    return len(groups) >= 2 and max(map(len, groups)) >= 3 and is_ip(value)


def _phones(text: str) -> Iterator[Span]:
    for match in _PHONE.finditer(text):
        yield from _windows(
            text, match.span(), 7, 15, lambda start, stop: _is_phone_here(text, start, stop)
        )


def _is_phone_here(text: str, start: int, stop: int) -> bool:
    shown = text[start:stop]
    context = _context(text, start)
    if shown.startswith(("+", "＋")) or context == "phone":
        return is_phone(shown, announced=context == "phone")
    before, after = _PART_OF_CODE
    if shown[0] not in "0(（" and re.search(r"\d[ \xa0]$", text[max(0, start - 2) : start]):
        return False  # the rest of a longer row of numbers
    if (
        context == "thing"
        or before.search(text[max(0, start - 2) : start])
        or after.match(text, stop)
    ):
        return False
    return not _UNIT.match(text, stop) and is_phone(shown)


def _context(text: str, start: int) -> str | None:
    """What the words right before a number say it is: `phone`, `thing`, or nothing."""
    before = re.split(r"[\d\]]", text[max(0, start - _CONTEXT_REACH - 12) : start])[-1]
    words = list(_CONTEXT.finditer(before))
    near = bool(words) and len(before) - words[-1].end() <= _CONTEXT_REACH
    return words[-1].lastgroup if near else None


def _windows(
    text: str, span: Span, least: int, most: int, accept: Callable[[int, int], bool]
) -> Iterator[Span]:
    """The longest runs of whole digit groups in a span that are accepted, from left to right."""
    groups = [
        (_with_lead(text, start + span[0], span[0]), stop + span[0], stop - start)
        for start, stop in (m.span() for m in _GROUP.finditer(text[slice(*span)]))
    ]
    first = 0
    while first < len(groups):
        last = _longest(groups, first, least, most, accept)
        if last is None:
            first += 1
        else:
            yield groups[first][0], groups[last][1]
            first = last + 1


def _longest(
    groups: list[tuple[int, int, int]],
    first: int,
    least: int,
    most: int,
    accept: Callable[[int, int], bool],
) -> int | None:
    found, digits = None, 0
    for last in range(first, len(groups)):
        digits += groups[last][2]
        if digits > most:
            break
        if digits >= least and accept(groups[first][0], groups[last][1]):
            found = last
    return found


def _with_lead(text: str, start: int, border: int) -> int:
    """A group's start, moved over the bracket and plus sign before it."""
    while start > border and text[start - 1] in "(（+＋":
        start -= 1
    return start


_FINDERS: tuple[tuple[str, Callable[[str], Iterator[Span]]], ...] = (
    ("email", _emails),
    ("iban", _ibans),
    ("id", _resident_ids),
    ("card", _cards),
    ("ip", _ips),
    ("phone", _phones),
)
"""In this order: an id of Gansu can pass for a card, and all hold digits like a phone's."""
