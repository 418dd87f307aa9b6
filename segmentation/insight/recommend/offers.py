"""What an offer is, what speaks for it, and the facts of its numbers; found in recommend.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from segmentation.types import Fact

__all__ = ["Companion", "Feature", "Offer", "Recommendation", "Repeat"]

Kind = Literal["customer", "segment", "all"]


@dataclass(frozen=True)
class Companion:
    """Something a customer has that an offer goes with.

    Args:
        buyers: others who have the companion; `both` of them have the offer too.
        bought: False where the customer only showed interest in the companion.
    """

    product_id: str
    name: str
    buyers: int
    both: int
    bought: bool

    @property
    def share(self) -> float:
        """Of the companion's other owners, how many have the offer."""
        return self.both / self.buyers


@dataclass(frozen=True)
class Offer:
    """A product for one customer.

    Args:
        score: of affinity.py; comparable within one answer only.
        near: of the nearest customers, how many have it.
        own_share, rest_share: of the customer's segment, and of everybody else, who has it; None
            where there is nobody else.
        recent: customers who bought it in the recent days.
        companion: what of theirs it goes with best, or None.
        words: cosine of its name with the texts of the customer; None where no text is known.
        looked: kind and ISO day of the last time they looked at it and did not buy it, or None.
    """

    product_id: str
    name: str
    category: str | None
    score: float
    near: int
    own_share: float
    rest_share: float | None
    recent: int
    companion: Companion | None = None
    words: float | None = None
    looked: tuple[str, str] | None = None

    @property
    def lift(self) -> float | None:
        """The segment's share as a multiple of everybody else's."""
        return self.own_share / self.rest_share if self.own_share and self.rest_share else None

    def facts(self, told: Recommendation) -> Iterator[Fact]:
        product, period = f"product:{self.product_id}", told.period
        own, segment = f"{product}&customer:{told.subject}", f"segment:{told.segment}"
        near = f"{product}&nearest:{told.subject}"
        yield Fact(own, "score", told.as_of, self.score, "score")
        yield Fact(near, "customers", period, self.near, "customers")
        yield Fact(product, "customers", told.recently, self.recent, "customers")
        yield from _shares(product, segment, period, self)
        if self.companion:
            one = self.companion
            other = f"product:{one.product_id}"
            yield Fact(other, "customers", period, one.buyers, "customers")
            yield Fact(f"{product}&{other}", "customers", period, one.both, "customers")
            yield Fact(f"{product}&{other}", "share", period, one.share, "share")
        if self.words is not None:
            yield Fact(own, "similarity", told.as_of, self.words, "cosine")
        if self.looked:
            yield Fact(own, f"last_{self.looked[0]}", told.as_of, self.looked[1], "date")


@dataclass(frozen=True)
class Feature:
    """A product for a group.

    Args:
        score: comparable within one answer only.
        have: members who have it; `own_share` of the group; `rest_share` of everybody else, None
            where there is nobody else.
        without: members who do not have it.
        takers: members who first bought it in the recent days.
        take_up: of those who do not have it, the share expected to buy it in as many days.
    """

    product_id: str
    name: str
    category: str | None
    score: float
    have: int
    without: int
    own_share: float
    rest_share: float | None
    takers: int
    take_up: float

    @property
    def lift(self) -> float | None:
        """The group's share as a multiple of everybody else's."""
        return self.own_share / self.rest_share if self.own_share and self.rest_share else None

    @property
    def expected(self) -> float:
        """Members to buy it for the first time in as many days ahead, if things go on."""
        return self.take_up * self.without

    def facts(self, told: Recommendation) -> Iterator[Fact]:
        product, period, group = f"product:{self.product_id}", told.period, told.group
        own = product if told.kind == "all" else f"{product}&{group}"
        yield Fact(own, "score", told.as_of, self.score, "score")
        yield Fact(own, "customers", period, self.have, "customers")
        yield Fact(own, "customers_without", told.as_of, self.without, "customers")
        yield Fact(own, "new_customers", told.recently, self.takers, "customers")
        yield Fact(own, "take_up", told.recently, self.take_up, "share")
        yield Fact(own, "expected_new_customers", told.recently, self.expected, "customers")
        yield from _shares(product, group, period, self)


def _shares(product: str, group: str, period: str, one: Offer | Feature) -> Iterator[Fact]:
    """Who has it, in the group and elsewhere."""
    own = product if group == "all" else f"{product}&{group}"
    yield Fact(own, "share", period, one.own_share, "share")
    if one.rest_share is not None:
        rest = group.replace(":", "!=")
        yield Fact(f"{product}&{rest}", "share", period, one.rest_share, "share")
    if one.lift is not None:
        yield Fact(own, "lift", period, one.lift, "ratio")


@dataclass(frozen=True)
class Repeat:
    """A product that is bought again.

    Args:
        natural: by the product's nature; else by the customer's own habit.
        again_share: of all its buyers, those who came back for it on another day.
        interval: days between purchases: the customer's own, or else the median of those who did.
        days: on how many days the customer bought it; 0 of a group.
        last, day: ISO days of the last purchase and of when the next is due; None of a group.
        members: customers it is due for.
    """

    product_id: str
    name: str
    natural: bool
    again_share: float
    interval: float
    days: int
    last: str | None
    day: str | None
    members: int

    def facts(self, told: Recommendation) -> Iterator[Fact]:
        product = f"product:{self.product_id}"
        yield Fact(product, "bought_again", told.period, self.again_share, "share")
        if told.kind != "customer":
            own = product if told.kind == "all" else f"{product}&{told.group}"
            yield Fact(product, "days_between_purchases", told.period, self.interval, "days")
            yield Fact(own, "customers_due", told.as_of, self.members, "customers")
            return
        own = f"{product}&customer:{told.subject}"
        yield Fact(own, "days_between_purchases", told.period, self.interval, "days")
        yield Fact(own, "days_bought", told.period, self.days, "days")
        yield Fact(own, "last_purchase", told.as_of, self.last, "date")
        yield Fact(own, "due", told.as_of, self.day, "date")


@dataclass(frozen=True)
class Recommendation:
    """What to offer, and what it rests on.

    Args:
        kind, subject: `customer` and their id, `segment` and its id, `all` and None.
        segment: of the customer, or the one asked for; None of all.
        size: customers of the group; 1 of a customer.
        offers: for a customer, `features` for a group; best first.
        repeats: what is due again, most wanted first.
        due: how many products are.
        had: products the customer has; None of a group.
        neighbours: how many nearest customers were looked at.
        gone, out_of_stock: how many products were left out as such; None where no stock is known.
        period, recently: the days the data covers, and the last 30 (`days`) or fewer of them.
        bought: False where the data has no purchases, only interest and reviews.
    """

    kind: Kind
    subject: str | None
    segment: int | None
    size: int
    offers: tuple[Offer, ...]
    features: tuple[Feature, ...]
    repeats: tuple[Repeat, ...]
    due: int
    had: int | None
    neighbours: int
    gone: int
    out_of_stock: int | None
    period: str
    recently: str
    days: int
    as_of: str
    bought: bool

    @property
    def group(self) -> str:
        """The subject of facts about those it is for."""
        return "all" if self.kind == "all" else f"{self.kind}:{self.subject}"

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every number here."""
        found = [
            Fact(self.group, "customers", self.as_of, self.size, "customers"),
            Fact("all", "products_gone", self.as_of, self.gone, "products"),
            Fact(self.group, "products_due", self.as_of, self.due, "products"),
        ]
        if self.out_of_stock is not None:
            found.append(
                Fact("all", "products_out_of_stock", self.as_of, self.out_of_stock, "products")
            )
        if self.had is not None:
            found.append(Fact(self.group, "products", self.period, self.had, "products"))
            nearest = f"nearest:{self.subject}"
            found.append(Fact(nearest, "customers", self.as_of, self.neighbours, "customers"))
        told: tuple[Offer | Feature | Repeat, ...]
        told = (*self.offers, *self.features, *self.repeats)
        for one in told:
            found += one.facts(self)
        return tuple(dict.fromkeys(found))
