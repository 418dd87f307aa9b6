"""What a question says, read once: whom, what, how much, when. Choosing a tool comes later."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from assistant.router.catalogue import Catalogue
from assistant.router.conditions import Filter, find_conditions
from assistant.router.dates import Period, find_durations, find_periods
from assistant.router.lexicon import Hit, lexicon
from assistant.router.names import find_names
from assistant.router.numbers import Number, find_numbers
from assistant.router.patterns import wording
from assistant.router.references import References, find_references
from assistant.router.scan import Scan, regex

__all__ = ["Reading", "read"]


@dataclass(frozen=True)
class Reading:
    """What a question says.

    Args:
        question: as typed.
        text: mended, lower case, numbers as digits.
        masked: the text with names and numbers replaced by what kind they are.
        rest: the words of the text that are not names or numbers.
        own: the text with names, periods and conditions blanked out, numbers left in.
        who: customers, segments and pointers.
        filters: conditions, without those on segments.
        metrics, dimensions, charts: names found, in order, with their places in the text.
        concepts: what the question is about (`lexicon.yaml`).
        numbers: those that belong to nothing else.
        percents: percentages that belong to nothing else.
        days: lengths of time.
        since: the first day of the first period named.
    """

    question: str
    text: str
    masked: str
    rest: str
    who: References
    filters: tuple[Filter, ...] = ()
    metrics: tuple[Hit, ...] = ()
    dimensions: tuple[Hit, ...] = ()
    charts: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    concepts: frozenset[str] = frozenset()
    numbers: tuple[Number, ...] = ()
    percents: tuple[Number, ...] = ()
    days: tuple[int, ...] = ()
    since: date | None = None
    own: str = ""
    scan: Scan = field(default_factory=lambda: Scan(""), compare=False, repr=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was typed."""
        return not self.text

    def filters_on(self, *fields: str) -> tuple[Filter, ...]:
        """The conditions on some fields."""
        return tuple(f for f in self.filters if f.field in fields)


def read(question: str, catalogue: Catalogue) -> Reading:
    """Read a question with the eyes of one shop."""
    text = catalogue.speller.mend(question)
    scan = Scan(text)
    filters = find_names(scan, catalogue, question)
    who = find_references(scan, catalogue, question)
    filters += find_conditions(scan)
    periods = find_periods(scan.free, catalogue.last_day)
    filters += _period_filters(scan, periods)
    filters += _places(scan, catalogue, question) + _profile_values(scan, catalogue)
    methods = _taken(scan, "methods", "k-means")
    days = _durations(scan)
    free = scan.free
    metrics = tuple(lexicon("metrics").find(free))
    numbers = find_numbers(free)
    for number in numbers:
        scan.take(number.start, number.end, "9%" if number.percent else "9")
    return Reading(
        question=question,
        text=text,
        masked=scan.masked,
        rest=scan.rest,
        who=who,
        filters=tuple(dict.fromkeys(filters)),
        metrics=metrics,
        dimensions=tuple(_dimensions(free, metrics, catalogue)),
        charts=_names_of("charts", free),
        methods=methods,
        quality=_names_of("quality", free),
        formats=_names_of("formats", free),
        concepts=frozenset(hit.name for hit in lexicon("concepts").find(free)),
        numbers=tuple(number for number in numbers if not number.percent),
        percents=tuple(number for number in numbers if number.percent),
        days=days,
        since=periods[0].first if periods else None,
        own=free,
        scan=scan,
    )


def _names_of(section: str, free: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(hit.name for hit in lexicon(section).find(free)))


def _taken(scan: Scan, section: str, placeholder: str) -> tuple[str, ...]:
    hits = lexicon(section).find(scan.free)
    for hit in hits:
        scan.take(hit.start, hit.end, placeholder)
    return tuple(dict.fromkeys(hit.name for hit in hits))


_COUNTS = regex(r"(?:which|what|top|bottom|best|worst|busiest|最.{1,3}的|前|哪)\s?(?:the )?$")
"""Before `5 months`: months are counted, no length of time is meant."""


def _durations(scan: Scan) -> tuple[int, ...]:
    durations = [
        d
        for d in find_durations(scan.free)
        if scan.is_free(d.start, d.end) and not _COUNTS.search(scan.before(d.start, 12))
    ]
    for duration in durations:
        scan.take(duration.start, duration.end, "9 days")
    return tuple(duration.days for duration in durations)


def _dimensions(free: str, metrics: tuple[Hit, ...], catalogue: Catalogue) -> list[Hit]:
    """Dimension terms, not counting words that are part of a metric's name."""
    chars = list(free)
    for hit in metrics:
        if hit.name not in ("customers",):
            chars[hit.start : hit.end] = "\x1f" * (hit.end - hit.start)
    return catalogue.dimensions.find("".join(chars))


# Countries and profile values ------------------------------------------------------------------

_EXCEPT_AFTER = regex(r"^\s?(?:以外|之外|除外|excluded|aside|apart)")
_AND_BETWEEN = regex(
    r"^\s?(?:,|and|or|&|/|\+|和|与|、|及|以及|跟|plus|vs\.?|versus|,\s?and|nor|the|and the)*\s?$"
)


def _places(scan: Scan, catalogue: Catalogue, question: str) -> list[Filter]:
    """Countries, joined to one condition where several are named alike."""
    if catalogue.country_field is None and not catalogue.places.values:
        return []
    typed = re.sub(r"\s+", " ", question).strip()
    hits = [h for h in catalogue.places.find(scan.free, typed) if scan.is_free(h[0], h[1])]
    wanted: list[str] = []
    unwanted: list[str] = []
    last_end, negative = -1, False
    for start, end, value in hits:
        joined = last_end >= 0 and _AND_BETWEEN.match(scan.text[last_end:start])
        negative = (bool(joined) and negative) or _is_excluded(scan, start, end)
        (unwanted if negative else wanted).append(value)
        last_end = end
        scan.take(start, end, "france")
    return _one_of(catalogue.country_field or "country", wanted) + [
        Filter(catalogue.country_field or "country", "ne", value)
        for value in dict.fromkeys(unwanted)
    ]


def _is_excluded(scan: Scan, start: int, end: int) -> bool:
    return bool(
        wording("reading.except").search(scan.before(start))
        or _EXCEPT_AFTER.match(scan.after(end, 12))
    )


def _one_of(field: str, values: list[str]) -> list[Filter]:
    values = list(dict.fromkeys(values))
    if not values:
        return []
    return [
        Filter(field, "eq", values[0]) if len(values) == 1 else Filter(field, "in", tuple(values))
    ]


def _profile_values(scan: Scan, catalogue: Catalogue) -> list[Filter]:
    by_field: dict[tuple[str, bool], list[str]] = {}
    for hit in catalogue.values.find(scan.free):
        name, value = hit.name.split("\t")
        by_field.setdefault((name, _is_excluded(scan, hit.start, hit.end)), []).append(value)
        scan.take(hit.start, hit.end, "newsletter channel")
    found: list[Filter] = []
    for (name, excluded), values in by_field.items():
        found += [Filter(name, "ne", v) for v in values] if excluded else _one_of(name, values)
    return found


# Periods --------------------------------------------------------------------------------------

_SINCE = regex(
    r"(?:since|from|after|starting(?: from| on| in)?|as of|onwards from|自从?|从|以来)\s?(?:the )?$"
)
_AFTER = regex(r"(?:after|later than)\s?(?:the )?$")
_SINCE_AFTER = regex(r"^\s?(?:以来|之后|以后|开始|起|至今|到现在|onwards?|or later)")
_UNTIL = regex(r"(?:until|till|up to|through|by|截至|截止到?|到)\s?(?:the )?(?:end of )?$")
_BEFORE = regex(r"(?:before|prior to|earlier than|早于)\s?(?:the )?$")
_BEFORE_AFTER = regex(r"^\s?(?:之前|以前|前)")
_TO = regex(r"^\s?(?:to|and|until|till|through|-|到|至|和|~)\s?(?:the )?$")


def _period_filters(scan: Scan, periods: list[Period]) -> list[Filter]:
    for period in periods:
        scan.take(period.start, period.end, "june 2011")
    if not periods:
        return []
    first, last = periods[0], periods[-1]
    if len(periods) > 1 and _TO.match(scan.text[first.end : periods[1].start]):
        return [
            Filter(
                "ordered_at",
                "between",
                (_year_like(first, last).isoformat(), last.last.isoformat()),
            )
        ]
    return [_period_filter(scan, first)]


def _year_like(first: Period, last: Period) -> date:
    """`March to May 2011`: the year said last holds for both."""
    year = (
        last.first.year if first.first > last.last or first.first.year < last.first.year else None
    )
    return (
        first.first.replace(year=year)
        if year and first.first.replace(year=year) <= last.last
        else first.first
    )


def _period_filter(scan: Scan, period: Period) -> Filter:
    before, after = scan.before(period.start, 16), scan.after(period.end, 6)
    start, end = period.first.isoformat(), period.last.isoformat()
    if _BEFORE.search(before) or _BEFORE_AFTER.match(after):
        return Filter("ordered_at", "lt", start)
    if _AFTER.search(before) and not after.startswith("以来"):
        return Filter("ordered_at", "gt", end)
    if _SINCE.search(before) or _SINCE_AFTER.match(after) or _is_trailing(scan, period):
        return Filter("ordered_at", "ge", start)
    if _UNTIL.search(before):
        return Filter("ordered_at", "le", end)
    return Filter("ordered_at", "between", (start, end))


def _is_trailing(scan: Scan, period: Period) -> bool:
    """`the last 30 days`: up to the data's last day, so only its beginning is a condition."""
    said = scan.text[period.start : period.end]
    return bool(re.search(r"\bpast\b|(?:last|previous|最近|过去|近|前)\D{0,3}\d", said))
