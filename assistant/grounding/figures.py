"""Numbers, percentages, lengths and dates of a sentence against the numbers of its facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from assistant.grounding.binding import Scope, is_partitive, scope_of
from assistant.grounding.concepts import GENERIC, PAST, is_forecast
from assistant.grounding.evidence import Evidence, as_day
from assistant.grounding.phrases import words
from assistant.grounding.problems import Kind, Problem
from assistant.grounding.quantities import Quantity
from assistant.grounding.reading import Reading
from assistant.grounding.times import Span, When

__all__ = ["date_problems", "number_problems", "rate_problems", "same_number", "supports"]

ALIKE = (
    {"items", "products"},
    {"share", "probability"},
    {"rating", "plain"},
)
"""Kinds that may be said of each other."""
ENDS = ("p5", "p95", "low", "high")
"""Roles that are told as the ends of something."""
LENGTHS = ("window", "days_ahead", "replayed_days", "asked")
"""Metrics that are stretches of time."""
LONGEST_UNIT = 0.12


def number_problems(reading: Reading, evidence: Sequence[Evidence]) -> Iterator[Problem]:
    """The numbers that no fact supports."""
    for quantity in reading.quantities:
        if quantity.kind in ("rank", "top"):
            continue
        if problem := _problem(quantity, reading, evidence):
            yield Problem(problem, reading.text[quantity.start : quantity.end].strip())


def _problem(q: Quantity, reading: Reading, evidence: Sequence[Evidence]) -> Kind | None:
    scope = scope_of(reading, q)
    of_unit = [e for e in evidence if _unit_fits(q, e, reading)]
    found = [e for e in of_unit if supports(q, e)]
    if not found:
        return _unmatched(q, evidence)
    tests: tuple[tuple[Kind, Callable[[Evidence], bool]], ...] = (
        ("metric", lambda e: _metric_fits(q, e, scope, of_unit, reading)),
        ("subject", lambda e: _group_fits(e, scope)),
        ("name", lambda e: _item_fits(e, scope, of_unit)),
        ("subject", lambda e: _condition_fits(q, e, reading, evidence)),
    )
    for kind, fits in tests:
        found = [e for e in found if fits(e)]
        if not found:
            return kind
    return None


def _unmatched(q: Quantity, evidence: Iterable[Evidence]) -> Kind:
    """What is wrong with a number that nothing has: its unit, if something has it in another."""
    whole = q.step if q.kind == "days" and q.step > 1 else 1.0
    parts = 0.01 if q.kind in ("share", "change", "points") else 1.0
    plain = replace(q, value=q.value / whole, step=q.step / whole)
    if any(e.value is not None and _reads(plain, e.value, parts) for e in evidence):
        return "unit"
    return "percentage" if q.kind in ("share", "change", "points") else "number"


def _reads(plain: Quantity, value: float, parts: float) -> bool:
    """Whether a number has the same digits, whatever it counts."""
    return plain.covers(value) or plain.covers(value * parts) or plain.covers(value / parts)


def same_number(q: Quantity, e: Evidence) -> bool:
    """Whether a number of a text is that of a fact, in its unit."""
    return e.value is not None and q.kind == e.kind and q.exactly(e.value)


def supports(q: Quantity, e: Evidence) -> bool:
    """Whether a number may be said like this."""
    if e.value is None:
        return False
    if q.kind == "change":
        return _changed(q, e)
    if e.role in ENDS and q.partner < 0 and q.hedge not in ("at_least", "at_most", "over", "under"):
        return False
    if q.partner >= 0 and e.role not in ("p5", "p95", "low", "high") and not e.told:
        return q.exactly(e.value)
    if e.role in ("p5", "p50", "p95", "spread", "low", "high") or e.told or not e.metric:
        return q.exactly(e.value) or (not e.metric and q.covers(e.value))
    return _lengthy(q, e.value) if q.kind == "days" and q.step > 1 else q.covers(e.value)


def _changed(q: Quantity, e: Evidence) -> bool:
    if e.kind == "ratio":
        return q.covers(1 - e.value if q.down else e.value - 1)  # type: ignore[operator]
    named = any(part in e.metric for part in ("change", "lift")) or e.told
    return e.kind == "share" and named and (q.covers(abs(e.value or 0.0)))


def _lengthy(q: Quantity, value: float) -> bool:
    """Months and years are rounded, yet never by more than an eighth."""
    return q.covers(value) and (
        bool(q.hedge) or abs(q.value - value) <= max(LONGEST_UNIT * q.value, 1.0)
    )


def _unit_fits(q: Quantity, e: Evidence, reading: Reading) -> bool:
    if q.kind == "money" and q.currency and e.kind == "money":
        own = reading.about.currency
        return own in ("", "money") or q.currency == own
    if e.kind in ("any", q.kind):
        return e.kind == q.kind or q.kind not in ("change", "points")
    if q.kind == "change":
        return e.kind in ("ratio", "share")
    if q.kind == "plain":
        return e.kind not in ("date", "share") or q.value < 1
    if q.kind == "ratio":
        return e.kind == "orders" and not _as_much(q, reading)
    return any({q.kind, e.kind} <= alike for alike in ALIKE)


def _as_much(q: Quantity, reading: Reading) -> bool:
    """`4.2 times as much` is a ratio, `ordered 4.2 times` is a count."""
    after = reading.masked[q.end : q.end + 12].strip().lower()
    return after.startswith(("as ", "the ", "more", "what", "that", "higher", "everyone", "other"))


def _metric_fits(
    q: Quantity, e: Evidence, scope: Scope, of_unit: Sequence[Evidence], reading: Reading
) -> bool:
    """A metric beside the number must be the fact's; one far off only where some fact has it."""
    if q.kind == "ratio" and e.kind == "ratio" and e.items:
        return True
    if e.role == "spread" and scope.metric and scope.metric <= GENERIC:
        return True
    if not _in_its_time(q, e, reading):
        return False
    metric = _widened(q, scope, reading)
    if metric is None or metric & (e.concepts | {e.metric}):
        return True
    if e.told and metric <= GENERIC:
        return True
    named = any(metric & (other.concepts | {other.metric}) for other in of_unit)
    if e.concepts or not scope.near:
        return not scope.near and not (named and e.concepts)
    return not reading.about.subject and scope.near < 2 and not named


def _in_its_time(q: Quantity, e: Evidence, reading: Reading) -> bool:
    """What is expected must be told as such, and what was must not."""
    if e.told:
        told = words(reading.language).phrases("ahead").first(e.label)
        return bool(told) or not _expected(q, reading)
    if not e.metric:
        return True
    if is_forecast(e.metric):
        return reading.looks_ahead()
    return e.metric not in PAST or not _expected(q, reading)


def _expected(q: Quantity, reading: Reading) -> bool:
    return any("forecast" in m.keys for m in reading.metrics if reading.same_cell(m, q))


def _widened(q: Quantity, scope: Scope, reading: Reading) -> frozenset[str] | None:
    """Spending per head is no order's; in advice an interval may be counted from the last order."""
    if scope.metric is None:
        return frozenset({"gap"}) if q.kind == "days" and reading.after_days(q) else None
    if scope.metric == {"spend"} and reading.speaks_of_each():
        return frozenset({"spent_each", "revenue_share"})
    if q.kind == "days" and scope.metric & {"recency", "gap", "ago"}:
        if any(m.keys == {"interval"} and reading.same_cell(m, q) for m in reading.metrics):
            return frozenset({"interval"})
        return scope.metric | {"interval"} if reading.advises else scope.metric
    if reading.looks_ahead():
        ahead = {
            "lifetime_value": "expected_value",
            "orders_per_customer": "expected_orders",
            "spent_each": "expected_value",
            "repeat": "repeat_probability",
        }
        return scope.metric | {ahead[k] for k in scope.metric if k in ahead}
    return scope.metric


def _group_fits(e: Evidence, scope: Scope) -> bool:
    groups = scope.groups
    if groups is None or not e.whom or e.whom in groups:
        return True
    if e.whom == "all":
        return bool(e.items)
    return "rest" in groups and (e.is_rest or e.whom == "rest")


def _item_fits(e: Evidence, scope: Scope, of_unit: Sequence[Evidence]) -> bool:
    if scope.items is None:
        return not (e.items and scope.metric and "size_share" in scope.metric)
    if any(_same_item(a, b) for a in scope.items for b in e.items) or _is_code(e):
        return True
    if e.items or (scope.items_tight and e.whom == "all"):
        return False
    return not scope.metric or not any(
        scope.metric & other.concepts and scope.items & other.items for other in of_unit
    )


def _condition_fits(
    q: Quantity, e: Evidence, reading: Reading, evidence: Sequence[Evidence]
) -> bool:
    """`4,338 customers have not ordered for 90 days`, where those are all there are."""
    others = [o for o in reading.quantities if o is not q and o.kind in ("days", "plain")]
    said = any(supports(o, t) for t in evidence if t.role == "threshold" for o in others)
    if not said or e.whom != "all" or e.told or e.kind not in ("customers", "share"):
        return True
    return is_partitive(reading, q)


def _is_code(e: Evidence) -> bool:
    """Of a product whose name is nowhere: it may be any."""
    return not e.given.name and len(e.items) == 1 and "product:" in e.given.fact.subject


def _same_item(said: str, known: str) -> bool:
    """`month 09` is any September."""
    if said.startswith("month ") and known.startswith("month "):
        return known.endswith(said.removeprefix("month "))
    return said == known


# --- dates -------------------------------------------------------------------------------------


def date_problems(reading: Reading, evidence: Sequence[Evidence]) -> Iterator[Problem]:
    """Dates and stretches of time that no fact speaks of."""
    ends = _ends(evidence)
    items = {item for e in evidence for item in e.items}
    for when in reading.whens:
        if not _known(when, ends, items):
            yield Problem("date", reading.text[when.start : when.end])
    lengths = {(b - a).days + 1 for a, b in _periods(evidence)}
    for span in reading.spans:
        if not _spanned(span, lengths, evidence, reading):
            yield Problem("period", reading.text[span.start : span.end])


def rate_problems(reading: Reading, evidence: Sequence[Evidence]) -> Iterator[Problem]:
    """`£38 a month`, where no fact is of a month."""
    lists = words(reading.language)
    for hit in lists.phrases("rates").find(reading.plain):
        said = reading.text[hit.start : hit.end].lower()
        known = any(said in e.label.lower() for e in evidence)
        part = any(q.start < hit.end and hit.start < q.end for q in reading.quantities)
        if reading.quantities and not known and not part:
            yield Problem("period", said)
    for hit in lists.phrases("relative_days").find(reading.plain):
        said = reading.text[hit.start : hit.end].lower()
        if not any(said in e.label.lower() for e in evidence):
            yield Problem("period", said)


def _ends(evidence: Sequence[Evidence]) -> set[date]:
    days = {day for period in _periods(evidence) for day in period}
    return days | {day for e in evidence if (day := as_day(e.given.fact.value))}


def _periods(evidence: Sequence[Evidence]) -> set[tuple[date, date]]:
    found = set()
    for period in {e.period for e in evidence}:
        first, _, last = period.partition("/")
        if start := as_day(first):
            found.add((start, as_day(last) or start))
    return found


def _known(when: When, ends: set[date], items: set[str]) -> bool:
    if any(_same_item(f"{when.kind} {when.key}", item) for item in items):
        return True
    if when.kind == "season":
        return any(when.key in item for item in items)
    if when.kind in ("weekday", "daypart"):
        return False
    return any(day.isoformat().startswith(when.key) or _partly(when, day) for day in ends)


def _partly(when: When, day: date) -> bool:
    """`9 Dec` and `December` without a year."""
    iso = day.isoformat()[5:]
    return when.kind in ("day", "month") and iso.startswith(when.key)


def _spanned(
    span: Span, lengths: Iterable[int], evidence: Sequence[Evidence], reading: Reading
) -> bool:
    slack = 1.0
    if any(span.low - slack <= length <= span.high + slack for length in lengths):
        return True
    conditions = [e for e in evidence if e.role == "threshold" and e.value is not None]
    if not reading.denies and any(span.low <= (e.value or 0) <= span.high for e in conditions):
        return False
    return any(
        e.kind in ("days", "any") and e.value is not None and span.low <= e.value <= span.high
        for e in evidence
        if (e.told or e.metric in LENGTHS or e.role == "threshold")
        and (e.role != "threshold" or reading.denies)
    )
