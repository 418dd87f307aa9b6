"""Dates: which order of day and month, which clock, decided once per column; then every cell is
read that way.

What is read: ISO in all its forms, `31/12/2011`, `12/31/11`, `31.12.2011`, `31-Dec-2011`, `Dec 31,
2011`, `2011年12月31日`, `20111231`, epochs in seconds, milliseconds or microseconds, Excel serials;
with a time, AM/PM and an offset. Nothing is guessed: a column whose every value can be read two
ways raises an InputError.

Time zones: an order's time is the wall clock of its shop. A written offset is dropped when the
column's offsets differ by no more than summer time; otherwise all times are moved to the most
common offset. Epochs are UTC and are moved to the shop's `timezone` when one is given.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from segmentation.types import InputError

__all__ = [
    "DateEvidence",
    "Dates",
    "decide_dates",
    "parse_date_format",
    "read_date",
    "sane_days",
    "zone",
]

Order = Literal["dmy", "mdy", "ymd"]

NAMES = {
    1: "jan january janeiro enero ene januar jän jänner janvier gennaio",
    2: "feb february fevereiro fev febrero februar février fevrier febbraio",
    3: "mar march março marco marzo märz mär mrz maerz mars marzo",
    4: "apr april abril abr avril aprile",
    5: "may maio mai mayo maggio",
    6: "jun june junho junio juni juin giugno",
    7: "jul july julho julio juli juillet luglio",
    8: "aug august agosto ago août aout",
    9: "sep sept september setembro set septiembre setiembre septembre settembre",
    10: "oct october outubro out octubre okt oktober octobre ottobre",
    11: "nov november novembro noviembre novembre",
    12: "dec december dezembro dez diciembre dic dezember décembre dicembre",
}
MONTHS = {name: number for number, names in NAMES.items() for name in names.split()}

CLOCK = (
    r"(?:[T ,]\s*(?P<noon>上午|下午|[AaPp]\.?[Mm]\.?)?\s*"
    r"(?P<h>\d{1,2})(?::|h|时|点)(?P<mi>\d{1,2})分?(?::?(?P<s>\d{1,2})秒?(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?\s?[Mm]\.?)?\s*(?:Uhr)?\s*(?P<tz>Z|z|UTC|GMT|[-+]\d{2}:?\d{2}|[-+]\d{2})?)?"
)
WEEKDAY = r"(?:[^\W\d]{2,10}\.?,?\s+)?"
YMD = re.compile(
    r"(?P<y>\d{4})\s?[-/.年]\s?(?P<m>\d{1,2})\s?[-/.月]\s?(?P<d>\d{1,2})日?\s*" + CLOCK
)
TWO_WAYS = re.compile(
    r"(?P<a>\d{1,2})(?P<sep>[-/. ])\s?(?P<b>\d{1,2})[-/. ]\s?(?P<y>\d{4}|\d{2})" + CLOCK
)
DAY_NAME = re.compile(
    WEEKDAY + r"(?P<d>\d{1,2})(?:st|nd|rd|th)?\.?[-/ ]?(?:de )?(?P<name>[^\W\d_]{3,10})\.?[-/ ,]*"
    r"(?:de )?(?P<y>\d{4}|\d{2})" + CLOCK
)
NAME_DAY = re.compile(
    WEEKDAY
    + r"(?P<name>[^\W\d_]{3,10})\.?[- ]?(?P<d>\d{1,2})(?:st|nd|rd|th)?[-, ]+(?P<y>\d{4}|\d{2})"
    + CLOCK
)
COMPACT = re.compile(
    r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:[T ]?(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?)?"
)
NUMBER = re.compile(r"(?P<whole>\d{5}|\d{9,10}|\d{13}|\d{16})(?P<fraction>\.\d+)?")

SAID: dict[str, Order] = {
    **dict.fromkeys(("day-first", "dayfirst", "dmy"), "dmy"),
    **dict.fromkeys(("month-first", "monthfirst", "mdy"), "mdy"),
    **dict.fromkeys(("year-first", "yearfirst", "ymd", "iso"), "ymd"),
}
PARTS = "YYYY=%Y yyyy=%Y MMM=%b MM=%m DD=%d dd=%d YY=%y yy=%y HH=%H hh=%H mm=%M SS=%S ss=%S"

EPOCH = datetime(1970, 1, 1)
EXCEL_ZERO = datetime(1899, 12, 30)
SUMMER_TIME = timedelta(hours=1)


@dataclass(frozen=True)
class Dates:
    """How one column writes its dates.

    Args:
        order: how `a/b/year` is read.
        strptime: a format of the user, tried first.
        offset: where all times are moved to; None keeps the wall clock as written.
        clock: the shop's zone, which epochs and `Z` times are moved to.
    """

    order: Order = "dmy"
    strptime: str | None = None
    offset: timedelta | None = None
    clock: tzinfo | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DateEvidence:
    """What all values of a column say together.

    Args:
        only_day_first: values like 31/12/2011.
        only_month_first: values like 12/31/2011.
        two_ways: values readable both ways with different results.
        example: one of the two_ways values.
        offsets: written offsets (`+01:00`, `Z`) and their counts.
        numeric: values that are plain numbers (epochs, serials, compact dates).
    """

    only_day_first: int = 0
    only_month_first: int = 0
    two_ways: int = 0
    example: str = ""
    offsets: Mapping[str, int] | None = None
    numeric: int = 0


def decide_dates(
    evidence: DateEvidence,
    *,
    where: str,
    date_format: str | None = None,
    clock: tzinfo | None = None,
) -> Dates:
    """Decide how a column writes its dates.

    Raises:
        InputError: every value can be read two ways (or the values contradict each other), and no
            `date_format` tells which.
    """
    order, strptime = parse_date_format(date_format) if date_format else (None, None)
    order = order or _order(evidence, where)
    offset, notes = _offset(evidence.offsets or {}, where, clock)
    return Dates(order, strptime, offset, clock, notes)


def _order(evidence: DateEvidence, where: str) -> Order:
    day, month = evidence.only_day_first, evidence.only_month_first
    if max(day, month) > 0 and min(day, month) <= 0.01 * (day + month):
        return "dmy" if day > month else "mdy"  # the few others are typing errors: quarantined
    if day or month:
        raise InputError(
            f"dates are written day first in {day:,} rows and month first in {month:,} rows",
            where=where,
            fix="Say which one holds with --date-format day-first or --date-format month-first; "
            "the others are then set aside.",
        )
    if not evidence.two_ways:
        return "dmy"
    raise InputError(
        f'dates such as "{evidence.example}" can be read two ways: {_both(evidence.example)}',
        where=where,
        fix="Say which one with --date-format day-first or --date-format month-first.",
    )


def _both(example: str) -> str:
    readings = [read_date(example, Dates(order)) for order in ("dmy", "mdy")]
    return " (day first) or ".join(f"{r.day} {r:%B %Y}" for r in readings if r) + " (month first)"


def _offset(
    offsets: Mapping[str, int], where: str, clock: tzinfo | None
) -> tuple[timedelta | None, tuple[str, ...]]:
    if not offsets:
        return None, ()
    if clock is not None:
        return None, (f"{where}: times with an offset were moved to the shop's time zone",)
    counts: Counter[timedelta] = Counter()
    for text, count in offsets.items():
        counts[parse_offset(text)] += count
    common = min(counts, key=lambda o: (-counts[o], o))
    if max(counts) - min(counts) <= SUMMER_TIME:
        zoned = "UTC, which was kept" if set(counts) == {timedelta(0)} else "an offset"
        return None, (
            f"{where}: times carry {zoned}; the time as written is taken as the shop's local time",
        )
    return common, (
        f"{where}: times carry several offsets; all were moved to the most common, "
        f"{_signed(common)}",
    )


def parse_offset(text: str) -> timedelta:
    """`+0530`, `-03:00`, `Z` as a time difference."""
    digits = re.sub(r"\D", "", text).ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
    return -size if text.startswith("-") else size


def _signed(offset: timedelta) -> str:
    minutes = int(offset.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def zone(name: str | None) -> tzinfo | None:
    """A time zone by offset (`+08:00`) or name (`Asia/Shanghai`).

    Raises:
        InputError: no such zone.
    """
    if not name:
        return None
    if re.fullmatch(r"[-+]\d{2}:?\d{2}", name):
        return timezone(parse_offset(name))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise InputError(
            f"there is no time zone {name!r}",
            where="timezone",
            fix="Write +08:00 or Asia/Shanghai.",
        ) from None


def parse_date_format(text: str) -> tuple[Order | None, str | None]:
    """What the user said about dates: `day-first`, `month-first`, `DD/MM/YYYY` or `%d/%m/%Y`.

    Raises:
        InputError: it is none of these.
    """
    word = text.strip().lower().replace("_", "-").replace(" ", "-")
    if word in SAID:
        return SAID[word], None
    pattern = _strptime(text.strip())
    places = {part: pattern.find(part) for part in ("%d", "%m", "%Y", "%y", "%b", "%B", "%j")}
    if pattern.count("%") < 2 or places["%d"] < 0:
        raise InputError(
            f"the date format {text!r} is not understood",
            where="--date-format",
            fix="Write day-first, month-first, DD/MM/YYYY or %d/%m/%Y.",
        )
    month_first = 0 <= places["%m"] < places["%d"]
    year_first = 0 <= max(places["%Y"], places["%y"]) < places["%d"]
    return "ymd" if year_first else "mdy" if month_first else "dmy", pattern


def _strptime(text: str) -> str:
    """`DD/MM/YYYY HH:mm` as `%d/%m/%Y %H:%M`; `mm` is the month where nothing else is."""
    if "%" in text:
        return text
    for word, code in (part.split("=") for part in PARTS.split()):
        text = text.replace(word, "%m" if word == "mm" and "%m" not in text else code)
    return text


def read_date(text: str, dates: Dates) -> datetime | None:
    """One date as a naive local time; None when it is not one."""
    text = text.strip()
    if dates.strptime:
        try:
            return datetime.strptime(text, dates.strptime).replace(tzinfo=None)
        except ValueError:
            pass  # a column may mix forms; the others are read as usual
    try:
        return _numeric(text, dates) or _written(text, dates)
    except (ValueError, OverflowError):
        return None


def _numeric(text: str, dates: Dates) -> datetime | None:
    if found := COMPACT.fullmatch(text):
        return datetime(*(int(found[part] or 0) for part in ("y", "m", "d", "h", "mi", "s")))  # type: ignore[arg-type]
    if not (found := NUMBER.fullmatch(text)):
        return None
    whole, value = found["whole"], float(text)
    if len(whole) == 5:
        moment = EXCEL_ZERO + timedelta(days=value)
        return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    scale = {13: 1e3, 16: 1e6}.get(len(whole), 1.0)
    return _local(EPOCH + timedelta(seconds=int(value / scale)), dates)


def _local(utc: datetime, dates: Dates) -> datetime:
    if dates.clock is None:
        return utc
    return utc.replace(tzinfo=UTC).astimezone(dates.clock).replace(tzinfo=None)


def _written(text: str, dates: Dates) -> datetime | None:
    for pattern in (YMD, TWO_WAYS, DAY_NAME, NAME_DAY):
        if found := pattern.fullmatch(text):
            return _moment(found, dates)
    return None


def _moment(found: re.Match[str], dates: Dates) -> datetime | None:
    parts = found.groupdict()
    day_month = _day_month(parts, dates.order)
    if day_month is None:
        return None
    hour = int(parts["h"] or 0)
    half = (parts["half"] or parts["noon"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half.startswith("p") or half == "下午" else 0)
    day, month = day_month
    moment = datetime(
        _year(parts["y"]), month, day, hour, int(parts["mi"] or 0), int(parts["s"] or 0)
    )
    return _shifted(moment, parts["tz"], dates)


def _day_month(parts: Mapping[str, str | None], order: Order) -> tuple[int, int] | None:
    if parts.get("name"):
        month = MONTHS.get(str(parts["name"]).casefold())
        return (int(str(parts["d"])), month) if month else None
    if parts.get("a"):
        a, b = int(str(parts["a"])), int(str(parts["b"]))
        return (a, b) if order != "mdy" or parts["sep"] == "." else (b, a)
    return int(str(parts["d"])), int(str(parts["m"]))


def _year(text: str | None) -> int:
    year = int(text or 0)
    return year if year >= 100 else year + (2000 if year < 70 else 1900)


def _shifted(moment: datetime, written: str | None, dates: Dates) -> datetime:
    if not written or (dates.offset is None and dates.clock is None):
        return moment
    utc = moment - parse_offset(written)
    return utc + dates.offset if dates.offset is not None else _local(utc, dates)


# Which days a shop can have


EARLIEST, LATEST = date(1970, 1, 2), date(2100, 1, 1)


def sane_days(days: list[tuple[date, int]]) -> tuple[date, date]:
    """The days a shop's dates can have, from the dates themselves: no clock is asked.

    Out are days before 1970 or after 2099, and stray ones: fewer than one row in a thousand lying
    more than a year before or after everything else, or fewer than one in ten more than 15 years
    off the middle.

    Args:
        days: (day, rows), ascending.
    """
    kept = [(d, n) for d, n in days if EARLIEST <= d < LATEST]
    if not kept:
        return EARLIEST, LATEST
    total = sum(n for _, n in kept)
    first = _edge(kept, total)
    last = _edge(kept[::-1], total)
    return kept[first][0], kept[len(kept) - 1 - last][0]


def _edge(days: list[tuple[date, int]], total: int) -> int:
    """How many days at the beginning of the list are stray."""
    seen, stray = 0, 0
    middle = _middle(days, total)
    for i, (day, rows) in enumerate(days[:-1]):
        seen += rows
        if seen > total / 10:
            break
        gap = abs((days[i + 1][0] - day).days)
        far = abs((middle - day).days) > 15 * 365 and gap > 365
        if (gap > 365 and seen < total / 1000) or far:
            stray = i + 1
    return stray


def _middle(days: list[tuple[date, int]], total: int) -> date:
    seen = 0
    for day, rows in days:
        seen += rows
        if 2 * seen >= total:
            return day
    return days[-1][0]
