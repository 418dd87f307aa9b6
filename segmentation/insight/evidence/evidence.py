"""What is known of each segment, and how it differs from everybody else: numbers, tastes, habits.

Every contrast and leaning carries its effect, its p and its p corrected for all comparisons of all
segments (`family.py`). A difference counts with a lift of at least 1.2, or at most 1 in 1.2, and a
corrected p below .05: the one rule of `significance.is_clear`. As the segments were made from the
same behaviour, this describes them; that they exist is for stability and the verdict to say.
Nothing here is worded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from segmentation.insight.evidence.contrasts import (
    Contrast,
    contrasts,
    habits,
    ratios,
    revenue_share,
    segment_sums,
)
from segmentation.insight.evidence.exemplars import Exemplar, Range, exemplars, ranges
from segmentation.insight.evidence.family import family_of
from segmentation.insight.evidence.leanings import Leaning, leanings, main_country
from segmentation.insight.evidence.measurements import period_of, unit_of
from segmentation.insight.filters import resolve_segment
from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase, Fact, Segment, Segmentation

__all__ = [
    "Evidence",
    "described",
    "distinguishing_products",
    "evidence",
    "segment_facts",
    "size_facts",
]

WORDS = 8


@dataclass(frozen=True)
class Evidence:
    """All that is known of one segment.

    Args:
        period: the days the orders cover, `first/last`.
        as_of: the day states such as days since the last order refer to.
        contrasts: its numbers beside everybody else's.
        habits: the same of behaviour that no metric tells: means over customers.
        ranges: between which values nine of ten of its customers lie.
        revenue_share: its share of all revenue; None without orders.
        products, categories: what it buys more of than others, strongest first.
        country: one it leans to, or else where most of it buys from.
        weekday, daypart: when it orders more than others; None where it does not.
        words, searched, reviewed: words of the names of products it buys, of its searches and of
            its reviews, by class-based tf-idf; words that customers wrote only where many did.
        exemplars: customers who stand for it.
        tests: how many comparisons were corrected together; 0 where there are too few customers
            for any.
    """

    segment: Segment
    period: str
    as_of: str
    contrasts: tuple[Contrast, ...]
    habits: tuple[Contrast, ...]
    ranges: tuple[Range, ...]
    revenue_share: float | None
    products: tuple[Leaning, ...]
    categories: tuple[Leaning, ...]
    country: Leaning | None
    weekday: Leaning | None
    daypart: Leaning | None
    words: tuple[Leaning, ...]
    searched: tuple[Leaning, ...]
    reviewed: tuple[Leaning, ...]
    exemplars: tuple[Exemplar, ...]
    tests: int

    @property
    def tested(self) -> bool:
        """Whether there are enough customers on both sides for any test."""
        return any(c.test for c in (*self.contrasts, *self.habits))

    def contrast(self, metric: str) -> Contrast | None:
        """The contrast of that metric, if it could be computed."""
        known = (*self.contrasts, *self.habits)
        return next((c for c in known if c.metric == metric), None)

    @property
    def leanings(self) -> tuple[Leaning, ...]:
        single = [one for one in (self.country, self.weekday, self.daypart) if one]
        words = (*self.words, *self.searched, *self.reviewed)
        return (*self.products, *self.categories, *single, *words)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every number here, of the segment (`segment:3`) and of the rest (`segment!=3`)."""
        number = self.segment.id
        facts = size_facts(self.segment, self.as_of, self.revenue_share, self.period)
        for c in (*self.contrasts, *self.habits):
            facts += c.facts(number)
        for one in self.ranges:
            facts += one.facts(number)
        for leaning in self.leanings:
            facts += leaning.facts(number)
        for exemplar in self.exemplars:
            facts += self._exemplar_facts(exemplar)
        return tuple(facts)

    def _exemplar_facts(self, exemplar: Exemplar) -> list[Fact]:
        subject = f"customer:{exemplar.customer_id}"
        known = [one for one in self.ranges if one.metric in exemplar.numbers]
        return [
            Fact(subject, one.metric, one.period, exemplar.numbers[one.metric], one.unit)
            for one in known
        ]


def size_facts(segment: Segment, as_of: str, share: float | None, period: str) -> list[Fact]:
    """A segment's size, its share of customers, and of revenue where that is known."""
    subject = f"segment:{segment.id}"
    facts = [
        Fact(subject, "size", as_of, segment.size, "customers"),
        Fact(subject, "size_share", as_of, segment.share, "share"),
    ]
    return facts + (
        [] if share is None else [Fact(subject, "revenue_share", period, share, "share")]
    )


def evidence(base: CustomerBase, segment: Any, *, products: int = 5) -> Evidence:
    """All that is known of one segment, by id or name. Raises UnknownName."""
    number = resolve_segment(base, segment)
    ledger = open_ledger(base)
    with ledger.lock:
        sums = segment_sums(base)
        country = leanings(base, "country", number, 1)
        return Evidence(
            segment=next(s for s in base.segmentation.segments if s.id == number),
            period=ledger.period("orders"),
            as_of=base.as_of.date().isoformat(),
            contrasts=contrasts(base, sums, number),
            habits=habits(base, number),
            ranges=ranges(base, number),
            revenue_share=revenue_share(sums, number),
            products=leanings(base, "product", number, products),
            categories=leanings(base, "category", number, 3),
            country=country[0] if country else main_country(base, number),
            weekday=next(iter(leanings(base, "weekday", number, 1)), None),
            daypart=next(iter(leanings(base, "daypart", number, 1)), None),
            words=leanings(base, "word", number, WORDS),
            searched=leanings(base, "searched", number, WORDS),
            reviewed=leanings(base, "reviewed", number, WORDS),
            exemplars=exemplars(base, number),
            tests=family_of(base).size,
        )


def segment_facts(base: CustomerBase, segment: Any) -> tuple[Fact, ...]:
    """Every fact of one segment. Raises UnknownName."""
    return evidence(base, segment).facts


def distinguishing_products(base: CustomerBase, segment: Any, n: int = 5) -> tuple[Leaning, ...]:
    """The products a segment leans to most, charges left out. Raises UnknownName."""
    return leanings(base, "product", resolve_segment(base, segment), n)


def described(base: CustomerBase) -> Segmentation:
    """The base's segmentation with each segment's main facts filled in; names stay as they are."""
    sums = segment_sums(base)
    period, as_of = open_ledger(base).period("orders"), base.as_of.date().isoformat()
    segments = []
    for segment in base.segmentation.segments:
        facts = size_facts(segment, as_of, revenue_share(sums, segment.id), period)
        for name, value in ratios(sums[segment.id]).items():
            if value is not None:
                when, unit = period_of(base, name), unit_of(base, name)
                facts.append(Fact(f"segment:{segment.id}", name, when, value, unit))
        segments.append(replace(segment, facts=tuple(facts)))
    return replace(base.segmentation, segments=tuple(segments))
