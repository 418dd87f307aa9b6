"""What this shop's data has: the values that words in a question are matched against."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assistant.router.lexicon import Lexicon, lexicon
from assistant.router.numbers import spell_out_digits
from assistant.router.places import Places
from assistant.router.spelling import Speller, meant_words, unify

if TYPE_CHECKING:
    from segmentation.types import CustomerBase

__all__ = ["Catalogue"]

_CANONICAL_ORDER_COLUMNS = {
    "customer_id", "order_id", "ordered_at", "product_id", "product", "category",
    "quantity", "unit_price", "kind", "is_charge", "discount",
}  # fmt: skip
_MOST_VALUES = 200
"""A column with more distinct values is not one people filter by name."""


@dataclass(frozen=True)
class Catalogue:
    """The shop's own words.

    Args:
        customers: every customer id.
        segments: id -> name, without the unassigned.
        fields: profile column -> its distinct values as text; columns with many values have none.
        products: product names.
        categories: category names.
        last_day: the day "last month" counts from.
        sizes: segment id -> number of customers.
        chinese_names: segment id -> what it is called in Chinese.
    """

    customers: frozenset[str] = frozenset()
    segments: Mapping[int, str] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    products: frozenset[str] = frozenset()
    categories: tuple[str, ...] = ()
    last_day: date = date.max
    sizes: Mapping[int, int] = field(default_factory=dict)
    chinese_names: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, base: CustomerBase) -> Catalogue:
        """Read the values from a customer base; a second for a million order lines."""
        # The connection behind the tables takes one query at a time, whoever asks.
        with base.extras.get("lock") or nullcontext():
            return cls._read(base)

    @classmethod
    def _read(cls, base: CustomerBase) -> Catalogue:
        from assistant.naming import segment_names

        segments = [segment for segment in base.segmentation.segments if segment.id > 0]
        chinese = segment_names(base, "zh")
        return cls(
            customers=frozenset(map(str, base.customers)),
            segments={segment.id: segment.name for segment in segments},
            fields=_fields(base.tables),
            products=frozenset(_distinct_texts(base.tables, "product")),
            categories=tuple(sorted(_distinct_texts(base.tables, "category"))),
            last_day=_last_day(base),
            sizes={segment.id: segment.size for segment in segments},
            chinese_names={s.id: n for s in segments if (n := chinese.get(s.id))},
        )

    @cached_property
    def country_field(self) -> str | None:
        """The profile field that holds countries, if any."""
        names = ("country", "country_code", "nation", "land", "pais", "país", "国家")
        return next((name for name in names if name in self.fields), None)

    @cached_property
    def places(self) -> Places:
        """Names of countries, as the data writes them."""
        return Places.of(self.fields.get(self.country_field or "", ()))

    @cached_property
    def dimensions(self) -> Lexicon:
        """Terms for what a metric can be split by: the fixed dimensions and the profile fields."""
        import prompts

        words = prompts.load_yaml("router/lexicon")
        terms = dict(words["dimensions"])
        for name in self.fields:
            spoken = name.replace("_", " ")
            plural = f"{spoken[:-1]}ies" if spoken.endswith("y") else f"{spoken}s"
            terms.setdefault(name, [spoken, plural, *words["fields"].get(name, ())])
        return Lexicon.of(terms)

    @cached_property
    def values(self) -> Lexicon:
        """Terms for profile values other than countries; names are `field<tab>value`."""
        terms: dict[str, list[str]] = {}
        taken = {*lexicon("dimensions").names, *lexicon("metrics").names, *lexicon("charts").names}
        for name, values in self.fields.items():
            for value in values if name != self.country_field else ():
                if (
                    len(value) > 2
                    and not value.replace(".", "").isdigit()
                    and unify(value) not in taken
                ):
                    terms[f"{name}\t{value}"] = [unify(value).replace("_", " ")]
        return Lexicon.of(terms)

    @cached_property
    def category_terms(self) -> Lexicon:
        """Terms for the categories, as the data writes them or with `and` for `&`."""
        return Lexicon.of({c: _spellings(c) for c in self.categories if len(c) > 2})

    @cached_property
    def product_names(self) -> Mapping[str, str]:
        """Unified spelling -> product name, for names of more than a common word."""
        return {key: p for p in sorted(self.products) if len(key := spell_out_digits(unify(p))) > 4}

    @cached_property
    def product_words(self) -> frozenset[str]:
        """The words product names are made of."""
        return frozenset(w for name in self.product_names for w in re.findall(r"[a-z]{3,}", name))

    @cached_property
    def product_text(self) -> str:
        """All product names, one a line, to look for parts of them."""
        return "\n".join(self.product_names)

    @cached_property
    def telling_words(self) -> frozenset[str]:
        """Words of product names that are used for nothing else: no question has them by chance."""
        from assistant.router.examples import spoken_words
        from assistant.router.spelling import common_words

        own = " ".join([*self.categories, *self.segments.values(), *sum(self.fields.values(), ())])
        other = {*common_words(), *spoken_words(), *re.findall(r"[a-z]+", own.lower())}
        names = {word for term in self.places.terms.names for word in term.split()}
        return frozenset(
            word
            for word in self.product_words
            if len(word) > 4 and word not in other | names and word.removesuffix("s") not in other
        )

    @cached_property
    def segment_names(self) -> Lexicon:
        """Terms for the segments by their names."""
        return Lexicon.of(
            {
                str(i): [
                    term
                    for name in (self.segments[i], self.chinese_names.get(i, ""))
                    if len(name) > 2 and not _is_generic(name)
                    for term in _spellings(name)
                ]
                for i in self.segments
            }
        )

    @cached_property
    def longer_names(self) -> Lexicon:
        """Those terms for segments that hold a category's name and more words."""
        terms = self.segment_names.names
        kept: dict[str, list[str]] = {}
        for term, segment in terms.items():
            hits = self.category_terms.find(term)
            if any(hit.end - hit.start < len(term) for hit in hits):
                kept.setdefault(segment, []).append(term)
        return Lexicon.of(kept)

    @cached_property
    def customer_pattern(self) -> re.Pattern[str]:
        """What a customer id of this shop looks like; matches nothing if ids have no shape."""
        shapes = Counter(_shape(customer) for customer in self.customers)
        common = [
            shape
            for shape, n in shapes.items()
            if n > 0.01 * len(self.customers) and len(shape) > 3
        ]
        patterns = sorted({_pattern(shape) for shape in common}, key=len, reverse=True)[:8]
        return re.compile(
            rf"(?<![\w.,£$€¥-])(?:{'|'.join(patterns)})(?![\w%]|[.,]\d)" if patterns else r"(?!)",
            re.I | re.A,
        )

    @cached_property
    def customers_by_key(self) -> Mapping[str, str]:
        """Lower-case id -> id as the data writes it."""
        return {customer.lower(): customer for customer in self.customers}

    @cached_property
    def speller(self) -> Speller:
        """Mends typos without touching the shop's own words."""
        from assistant.router.examples import example_words

        domain = set(example_words())
        for section in (
            "metrics",
            "dimensions",
            "methods",
            "quality",
            "charts",
            "formats",
            "concepts",
        ):
            domain |= lexicon(section).words()
        own = " ".join(
            [
                *self.categories,
                *self.segments.values(),
                *self.fields,
                *sum(self.fields.values(), ()),
            ]
        )
        places = {w for term in self.places.terms.names for w in re.findall(r"[a-z]{3,}", term)}
        names = {*self.product_words, *re.findall(r"[a-z]{3,}", own.lower()), *places}
        countries = {w for v in self.places.values for w in re.findall(r"[a-z]{5,}", v.lower())}
        return Speller.of(domain | meant_words() | countries, names, countries)


def _spellings(name: str) -> list[str]:
    plain = unify(name)
    spoken = re.sub(r"\s*[&+/]\s*", " and ", plain).replace("_", " ")
    return list(dict.fromkeys([spell_out_digits(plain), spoken, plain.replace("_", " ")]))


def _is_generic(name: str) -> bool:
    """`Segment 3` as a name says no more than the id."""
    return bool(re.fullmatch(r"(?i)(segment|cluster|group|细分|群)?\s*\d+", name.strip()))


def _shape(customer: str) -> str:
    return re.sub(r"[A-Za-z]", "a", re.sub(r"\d", "9", customer))


def _pattern(shape: str) -> str:
    runs = re.findall(r"9+|a+|[^9a]+", shape)
    kinds = {"9": r"\d", "a": "[a-z]"}
    return "".join(f"{kinds[r[0]]}{{{len(r)}}}" if r[0] in kinds else re.escape(r) for r in runs)


def _fields(tables: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Profile columns and line attributes with their distinct values."""
    found: dict[str, tuple[str, ...]] = {}
    for name, skip in (("customers", {"customer_id"}), ("orders", _CANONICAL_ORDER_COLUMNS)):
        if name in tables:
            for column in tables[name].columns:
                if column not in skip and column not in found:
                    found[column] = _few_values(tables[name], column)
    return found


def _few_values(table: Any, column: str) -> tuple[str, ...]:
    values = table.select(column).distinct().limit(_MOST_VALUES + 1).execute()[column].dropna()
    return () if len(values) > _MOST_VALUES else tuple(sorted({str(value) for value in values}))


def _distinct_texts(tables: Mapping[str, Any], column: str) -> set[str]:
    found: set[str] = set()
    for name in ("orders", "products"):
        if name in tables and column in tables[name].columns:
            values = tables[name].select(column).distinct().execute()[column].dropna()
            found |= {str(value).strip() for value in values}
    return found - {""}


def _last_day(base: CustomerBase) -> date:
    """The day of the last order, else the last day before `as_of`."""
    if "orders" in base.tables:
        last = base.tables["orders"].ordered_at.max().execute()
        if last is not None and last == last:  # NaT is no order
            return date(last.year, last.month, last.day)
    return (base.as_of - timedelta(microseconds=1)).date()
