"""How the demo shop's customers browse: sessions of searches, views, wishes, carts, purchases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segmentation.data.demo.orders import Baskets, Lines, Orders, hours
from segmentation.data.demo.people import People, choose
from segmentation.data.demo.plan import Floats, Ints, Shop, Strings, words

__all__ = ["KINDS", "Steps", "steps"]

KINDS = ("search", "view", "wishlist", "cart", "checkout", "purchase")
_SEARCH, _VIEW, _WISH, _CART, _CHECKOUT, _PURCHASE = range(len(KINDS))


@dataclass(frozen=True)
class Steps:
    """Browsing steps, in order; `product` is -1 and `query` empty where a step has none."""

    person: Ints
    session: Ints
    at: Ints
    kind: Ints
    product: Ints
    query: Strings


@dataclass(frozen=True)
class _Sessions:
    person: Ints
    at: Ints
    order: Ints  # the row of Baskets that it ends in, or -1

    def __len__(self) -> int:
        return len(self.person)


def steps(rng: np.random.Generator, drawn: Orders, shoppers: People, shop: Shop) -> Steps:
    """Every step of every session of the customers who let themselves be seen."""
    sessions = _sessions(rng, drawn.baskets, shoppers, shop)
    views = _views(rng, sessions, shoppers, shop)
    parts = [
        _searches(rng, sessions, shoppers, shop),
        views,
        _wishes(rng, views, sessions, shoppers, shop),
        *_carts(rng, views, sessions, shoppers, shop),
        *_purchases(sessions, drawn.sold),
    ]
    session, kind, product, query = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((product, kind, session))
    session, kind, product, query = session[order], kind[order], product[order], query[order]
    at = sessions.at[session] + _seconds_into_session(rng, session)
    seen = at < shop.days.days * 86_400
    return Steps(
        sessions.person[session][seen],
        session[seen],
        at[seen],
        kind[seen],
        product[seen],
        query[seen],
    )


def _sessions(rng: np.random.Generator, bought: Baskets, shoppers: People, shop: Shop) -> _Sessions:
    """One session per order, minutes before it, and as many others as conversion asks for."""
    usual = shoppers.own(shop, "browsing", "conversion")
    conversion = np.clip(usual * rng.lognormal(0, 0.3, len(shoppers)), 0.03, 0.95)
    orders = np.bincount(bought.person, minlength=len(shoppers))
    others = np.where(shoppers.tracked, rng.poisson((orders + 0.4) * (1 / conversion - 1)), 0)
    person = np.repeat(np.arange(len(shoppers)), others)
    day = _browsing_days(rng, person, shoppers, shop)
    at = day * 86_400 + hours(rng, shoppers.traits["cadence"][person], shop)
    buying = np.flatnonzero(shoppers.tracked[bought.person])
    started = np.maximum(bought.at[buying] - rng.integers(240, 1500, len(buying)), 0)
    starts = np.concatenate([started, at])
    in_time = np.argsort(starts, kind="stable")
    return _Sessions(
        np.concatenate([bought.person[buying], person])[in_time],
        starts[in_time],
        np.concatenate([buying, np.full(len(person), -1)])[in_time],
    )


def _browsing_days(rng: np.random.Generator, person: Ints, shoppers: People, shop: Shop) -> Ints:
    """Days of sessions without an order: spread over a customer's stay, thicker on busy days."""
    kind = shoppers.traits["cadence"][person]
    draw, day = rng.random(len(person)), np.zeros(len(person))
    for index, clock in enumerate(shop.days.clock):
        rows, axis = kind == index, np.arange(len(clock))
        low = np.interp(shoppers.starts[person[rows]], axis, clock)
        high = np.interp(shoppers.ends[person[rows]], axis, clock)
        day[rows] = np.interp(low + draw[rows] * (high - low), clock, axis)
    return np.asarray(np.minimum(day.astype(int), shop.days.days - 1))


Part = tuple[Ints, Ints, Ints, Strings]


def _part(
    session: Ints, kind: int, product: Ints | None = None, query: Strings | None = None
) -> Part:
    count = len(session)
    return (
        session,
        np.full(count, kind),
        np.full(count, -1) if product is None else product,
        np.full(count, "", object) if query is None else query,
    )


def _views(rng: np.random.Generator, sessions: _Sessions, shoppers: People, shop: Shop) -> Part:
    usual = shoppers.own(shop, "browsing", "views")[sessions.person]
    session = np.repeat(np.arange(len(sessions)), 1 + rng.poisson(np.maximum(usual * 0.4 - 1, 0.2)))
    category = choose(rng, shoppers.taste[sessions.person[session]])
    within = choose(rng, shop.shelf.popularity.reshape(-1, shop.shelf.per_category)[category])
    return _part(session, _VIEW, category * shop.shelf.per_category + within)


def _wishes(
    rng: np.random.Generator, views: Part, sessions: _Sessions, shoppers: People, shop: Shop
) -> Part:
    odds = shoppers.own(shop, "browsing", "wishlist")[sessions.person[views[0]]]
    wished = rng.random(len(odds)) < odds * 0.5
    return _part(views[0][wished], _WISH, views[2][wished])


def _carts(
    rng: np.random.Generator, views: Part, sessions: _Sessions, shoppers: People, shop: Shop
) -> tuple[Part, Part]:
    """Carts that are left behind, a few of them at the checkout."""
    odds = shoppers.own(shop, "browsing", "cart")[sessions.person]
    fills = (rng.random(len(sessions)) < odds) & (sessions.order < 0)
    first = np.unique(views[0], return_index=True)[1]
    first = first[fills[views[0][first]]]
    leaves = rng.random(len(first)) < 0.3
    return _part(views[0][first], _CART, views[2][first]), _part(views[0][first][leaves], _CHECKOUT)


def _purchases(sessions: _Sessions, sold: Lines) -> tuple[Part, ...]:
    """The products of an order: viewed, put into the cart, bought."""
    ending = np.flatnonzero(sessions.order >= 0)
    session_of = np.full(int(sold.order.max(initial=0)) + 1, -1)
    session_of[sessions.order[ending]] = ending
    own = (session_of[sold.order] >= 0) & (sold.price > 0)
    session, product = session_of[sold.order[own]], sold.product[own]
    return (
        _part(session, _VIEW, product),
        _part(session, _CART, product),
        _part(np.unique(session), _CHECKOUT),
        _part(session, _PURCHASE, product),
    )


def _searches(rng: np.random.Generator, sessions: _Sessions, shoppers: People, shop: Shop) -> Part:
    odds = shoppers.own(shop, "voice", "search")[sessions.person]
    session = np.flatnonzero(rng.random(len(sessions)) < odds)
    person = sessions.person[session]
    own = rng.random(len(session)) < 0.55
    category = choose(rng, shoppers.taste[person])
    within = rng.integers(0, shop.shelf.per_category, len(session))
    product = category * shop.shelf.per_category + within
    chinese = shoppers.chinese[person]
    things = np.where(chinese, shop.shelf.thing["zh"][product], shop.shelf.thing["en"][product])
    phrases = _phrases(rng.random(len(session)), shoppers.traits["voice"][person], shop)
    return _part(session, _SEARCH, query=np.where(own, phrases, things))


def _phrases(draw: Floats, kind: Ints, shop: Shop) -> Strings:
    lists: Sequence[Sequence[str]] = [words()["kinds"][name]["search"] for name in shop.kinds.names]
    picked = [lists[k][int(u * len(lists[k]))] for k, u in zip(kind, draw, strict=True)]
    return np.array(picked, object)


def _seconds_into_session(rng: np.random.Generator, session: Ints) -> Ints:
    """Seconds since the session began; `session` is sorted, a step follows the one before."""
    waits = rng.integers(8, 95, len(session))
    total = np.cumsum(waits)
    begins = np.r_[0, np.flatnonzero(np.diff(session)) + 1] if len(session) else np.zeros(0, int)
    before = np.repeat(total[begins] - waits[begins], np.diff(np.r_[begins, len(session)]))
    return np.asarray(total - before)
