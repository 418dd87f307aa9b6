"""What a question says, read once: whom, what, how much, when. Choosing a tool comes later."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date

from assistant.router.against import with_the_other
from assistant.router.alike import nearly_named, segments_alike
from assistant.router.asides import without_asides
from assistant.router.catalogue import Catalogue
from assistant.router.conditions import Filter, find_conditions
from assistant.router.dates import Period, find_durations, find_periods
from assistant.router.lexicon import Hit, lexicon
from assistant.router.loyalty import loyalty_filters
from assistant.router.names import find_names
from assistant.router.numbers import Number, find_numbers
from assistant.router.patterns import wording
from assistant.router.periods import period_filters
from assistant.router.references import References, find_references, named_segments
from assistant.router.scan import Scan, regex

__all__ = ["Reading", "read"]


@dataclass(frozen=True)
class Reading:
    """What a question says.

    Args:
        question: as typed.
        text: mended, lower case, numbers as digits, without what is said besides (`asides.py`).
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
        since: the first day of the most exact period named, as of `early in May (2011-05-03)`.
        alike: the products or segment ids that one name in it may mean, where that is not clear.
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
    alike: tuple[str, ...] = ()
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
    text = without_asides(catalogue.speller.mend(question))
    scan = Scan(text)
    called = named_segments(scan, catalogue)
    near = nearly_named(scan, catalogue, question)
    filters = [Filter("product", "eq", near[0])] if len(near) == 1 else []
    filters += find_names(scan, catalogue, question)
    who = find_references(scan, catalogue, question, called)
    namesakes = () if who.segments else segments_alike(scan, catalogue)
    if len(namesakes) == 1:
        who = replace(who, segments=namesakes)
    filters += find_conditions(scan)
    periods = with_the_other(scan.free, find_periods(scan.free, catalogue.last_day))
    filters += loyalty_filters(scan, timed=bool(periods))
    filters += period_filters(scan, periods, catalogue.last_day)
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
        since=min(periods, key=_length).first if periods else None,
        alike=near if len(near) > 1 else tuple(str(s) for s in namesakes if len(namesakes) > 1),
        own=free,
        scan=scan,
    )


def _length(period: Period) -> int:
    return (period.last - period.first).days


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
    for match in re.finditer(r"\bgroup(?= by\b)|(?<=付)款", free):
        chars[match.start() : match.end()] = "\x1f" * len(match.group())
    return catalogue.dimensions.find("".join(chars))


# Countries and profile values ------------------------------------------------------------------

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
        if _tells_of_somebody(scan, start):
            scan.take(start, end, "")
            continue
        joined = last_end >= 0 and _AND_BETWEEN.match(scan.text[last_end:start])
        negative = (bool(joined) and negative) or _is_excluded(scan, start, end)
        (unwanted if negative else wanted).append(value)
        last_end = end
        scan.take(start, end, "france")
    return _one_of(catalogue.country_field or "country", wanted) + [
        Filter(catalogue.country_field or "country", "ne", value)
        for value in dict.fromkeys(unwanted)
    ]


_NEW_CLAUSE = regex(
    r"[.;?!。]"
    r"|[,，](?!\s?(?:who |which |that )?(?:is |lives |comes )?(?:in|from|based)\b|来自|在|住)"
)


def _tells_of_somebody(scan: Scan, start: int) -> bool:
    """`I have client 12471 from Germany`: where one customer is from is no condition on others."""
    named = [begin for begin, end, said in scan.stands_for if said == "customer x" and end <= start]
    between = scan.text[max(named) : start] if named else ""
    introduced = named and wording("reading.introduced").search(scan.text[: max(named)])
    return bool(introduced) and not _NEW_CLAUSE.search(between)


def _is_excluded(scan: Scan, start: int, end: int) -> bool:
    return bool(
        wording("reading.except").search(scan.before(start))
        or wording("reading.except_after").match(scan.after(end, 20))
    )


def _one_of(field: str, values: list[str]) -> list[Filter]:
    values = list(dict.fromkeys(values))
    if not values:
        return []
    return [
        Filter(field, "eq", values[0]) if len(values) == 1 else Filter(field, "in", tuple(values))
    ]


def _said_otherwise(scan: Scan) -> list[tuple[int, int]]:
    """Where a value's word is no condition: `write a newsletter`, `which searches fail`."""
    found = scan.matches(wording("reading.no_value"))
    return [match.span(name) for match in found for name, said in match.groupdict().items() if said]


def _profile_values(scan: Scan, catalogue: Catalogue) -> list[Filter]:
    by_field: dict[tuple[str, bool], list[str]] = {}
    said = _said_otherwise(scan)
    for hit in catalogue.values.find(scan.free):
        if any(start < hit.end and hit.start < end for start, end in said):
            continue
        name, value = hit.name.split("\t")
        by_field.setdefault((name, _is_excluded(scan, hit.start, hit.end)), []).append(value)
        scan.take(hit.start, hit.end, "newsletter channel")
    found: list[Filter] = []
    for (name, excluded), values in by_field.items():
        found += [Filter(name, "ne", v) for v in values] if excluded else _one_of(name, values)
    return found
