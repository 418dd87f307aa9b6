"""What the demo shop's customers buy and send back: order lines, returns, samples and postage."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from segmentation.data.demo.people import People, choose
from segmentation.data.demo.plan import Floats, Ints, Shop

__all__ = ["Baskets", "Lines", "Orders", "hours", "orders"]

_MOST_ORDERS = 120
_TRADE_PACKS = np.array([3, 4, 6, 6, 6, 8, 10, 12])


@dataclass(frozen=True)
class Baskets:
    """Orders in time: `person` is a row of People, `at` seconds since the shop's first day."""

    person: Ints
    day: Ints
    at: Ints

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class Lines:
    """Order lines; `order` is a row of Baskets, `product` one of the catalogue (-1 postage)."""

    order: Ints
    product: Ints
    quantity: Ints
    price: Floats
    discount: Floats

    def __len__(self) -> int:
        return len(self.order)

    def take(self, rows: Ints) -> Lines:
        return Lines(*(getattr(self, key)[rows] for key in Lines.__dataclass_fields__))


@dataclass(frozen=True)
class Orders:
    """Everything sold and sent back; `returned` are rows of `sold`, `guests` rows of `baskets`."""

    baskets: Baskets
    sold: Lines
    back: Lines
    back_at: Ints
    returned: Ints
    postage: Lines
    guests: Ints


def orders(rng: np.random.Generator, buyers: People, shop: Shop) -> Orders:
    """Draw when customers order, what, what they send back, and who forgets to log in."""
    bought = _baskets(rng, buyers, shop)
    sold = _lines(rng, bought, buyers, shop)
    back, back_at, rows = _returned(rng, sold, bought, buyers, shop)
    postage = _postage(rng, sold, len(bought))
    guests = np.flatnonzero(rng.random(len(bought)) < shop.kinds.missing["customer"])
    return Orders(bought, sold, back, back_at, rows, postage, guests)


def _baskets(rng: np.random.Generator, buyers: People, shop: Shop) -> Baskets:
    """Order times: gamma gaps on a clock that runs fast on the kind's busy days.

    The k-th order of a person is where the sum of k gaps meets their kind's cumulative calendar.
    """
    kind = buyers.traits["cadence"]
    shape = shop.kinds.of("cadence", "regularity")[kind][:, None]
    gaps = rng.standard_gamma(np.broadcast_to(shape, (len(buyers), _MOST_ORDERS)))
    gaps *= buyers.gap[:, None] / shape
    gaps[:, 0] = np.where(
        buyers.starts > 0, rng.exponential(4, len(buyers)), gaps[:, 0] * rng.random(len(buyers))
    )
    person, day = [], []
    for index, clock in enumerate(shop.days.clock):
        rows = np.flatnonzero(kind == index)
        elapsed = np.interp(buyers.starts[rows], np.arange(len(clock)), clock)[:, None]
        when = np.interp(
            elapsed + np.cumsum(gaps[rows], 1), clock, np.arange(len(clock)), right=np.inf
        )
        here, which = np.nonzero(when < buyers.ends[rows][:, None])
        person.append(rows[here])
        day.append(np.minimum(when[here, which].astype(int), shop.days.days - 1))
    return _in_time(rng, np.concatenate(person), np.concatenate(day), buyers, shop)


def _in_time(
    rng: np.random.Generator, person: Ints, day: Ints, buyers: People, shop: Shop
) -> Baskets:
    at = day * 86_400 + hours(rng, buyers.traits["cadence"][person], shop)
    order = np.lexsort((person, at))
    return Baskets(person[order], day[order], at[order])


def hours(rng: np.random.Generator, kind: Ints, shop: Shop) -> Ints:
    """Seconds into the day, from the kind's peaks."""
    peaks = [shop.kinds.raw[name]["cadence"]["hours"] for name in shop.kinds.names]
    most = max(map(len, peaks))
    table = np.array([peak + [[0, 1, 0]] * (most - len(peak)) for peak in peaks], float)
    peak = choose(rng, table[kind, :, 2])
    hour = rng.normal(table[kind, peak, 0], table[kind, peak, 1]) % 24
    return np.asarray(np.minimum((hour * 3600).astype(int), 86_399))


def _lines(rng: np.random.Generator, bought: Baskets, buyers: People, shop: Shop) -> Lines:
    """Order lines, a product once per order; a few are free samples at price 0."""
    count = 1 + rng.poisson(np.maximum(buyers.lines[bought.person] - 1, 0.2))
    order = np.repeat(np.arange(len(bought)), count)
    person, day = bought.person[order], bought.day[order]
    product = _products(rng, person, day, buyers, shop)
    _, once = np.unique(order * len(shop.shelf.price) + product, return_index=True)
    order, person, day, product = order[once], person[once], day[once], product[once]
    discount = _discounts(rng, person, day, buyers, shop)
    price = np.round(shop.shelf.price[product] * _dearer_each_year(day) * (1 - discount), 2)
    sample = rng.random(len(order)) < 0.006
    quantity = np.where(sample, 1, _quantities(rng, person, buyers, shop))
    return Lines(
        order, product, quantity, np.where(sample, 0, price), np.where(sample, 0, discount)
    )


def _products(
    rng: np.random.Generator, person: Ints, day: Ints, buyers: People, shop: Shop
) -> Ints:
    """A favourite again, or a category to one's taste (or a present), a product in it."""
    category = choose(rng, buyers.taste[person])
    presents = shop.shelf.categories.index("Gifts & Stationery")
    category = np.where(rng.random(len(person)) < shop.days.christmas[day], presents, category)
    within = choose(rng, _appeal(buyers.price[person], category, shop))
    new = category * shop.shelf.per_category + within
    repeats = rng.random(len(person)) < buyers.own(shop, "taste", "again")[person]
    return np.where(repeats, buyers.favourites[person, rng.integers(0, 3, len(person))], new)


def _appeal(price: Floats, category: Ints, shop: Shop) -> Floats:
    """(n, per_category): best sellers, drawn towards what a customer likes to pay."""
    shape = (len(shop.shelf.categories), shop.shelf.per_category)
    popular = shop.shelf.popularity.reshape(shape)
    level = np.log(shop.shelf.price.reshape(shape))
    level = (level - level.mean(1, keepdims=True)) / level.std(1, keepdims=True)
    return np.asarray(popular[category] * np.exp(2 * price[:, None] * level[category]))


def _discounts(
    rng: np.random.Generator, person: Ints, day: Ints, buyers: People, shop: Shop
) -> Floats:
    odds = buyers.own(shop, "money", "discount")[person] + shop.days.sale[day]
    depth = rng.choice([0.1, 0.15, 0.2, 0.3, 0.5], len(person), p=[0.3, 0.2, 0.25, 0.17, 0.08])
    return np.where(rng.random(len(person)) < odds, depth, 0.0)


def _dearer_each_year(day: Ints) -> Floats:
    return np.asarray(1.03 ** (day // 365))


def _quantities(rng: np.random.Generator, person: Ints, buyers: People, shop: Shop) -> Ints:
    """One and a few more; who takes six and more on average buys by the pack."""
    usual = buyers.own(shop, "money", "units")[person]
    few = 1 + rng.poisson(np.minimum(usual, 5) - 1)
    return np.where(usual >= 6, rng.choice(_TRADE_PACKS, len(person)), few)


def _returned(
    rng: np.random.Generator, sold: Lines, bought: Baskets, buyers: People, shop: Shop
) -> tuple[Lines, Ints, Ints]:
    """Lines sent back, as negative lines: them, when (seconds), and the row each came from."""
    person = bought.person[sold.order]
    back = np.flatnonzero((rng.random(len(sold)) < buyers.returns[person]) & (sold.price > 0))
    at = bought.at[sold.order[back]] + rng.integers(3 * 86_400, 25 * 86_400, len(back))
    kept = at < shop.days.days * 86_400
    back, at = back[kept], at[kept]
    whole = rng.random(len(back)) < 0.8
    units = np.where(whole, sold.quantity[back], np.maximum(1, sold.quantity[back] // 2))
    return replace(sold.take(back), quantity=-units), at, back


def _postage(rng: np.random.Generator, sold: Lines, orders: int) -> Lines:
    """A postage line for some small orders."""
    worth = np.bincount(sold.order, sold.quantity * sold.price, minlength=orders)
    pays = np.flatnonzero((worth < 35) & (rng.random(orders) < 0.25))
    one = np.ones(len(pays), int)
    return Lines(pays, -one, one, one * 4.9, one * 0.0)
