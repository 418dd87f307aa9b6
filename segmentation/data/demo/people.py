"""The demo shop's customers: which kind they are, and how each differs from others of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from segmentation.data.demo.plan import TRAITS, Bools, Floats, Ints, Shop, Strings, words

__all__ = ["FIRST_ID", "People", "choose", "people"]

FIRST_ID = 100_001
_TASTE_SPREAD = 9.0
"""Dirichlet concentration: people of one kind share a taste, but not to the last category."""


@dataclass(frozen=True)
class People:
    """Customers, one array element each. `kind` is the planted one, len(names) for noise."""

    customer_id: Strings
    kind: Ints
    traits: Mapping[str, Ints]
    starts: Floats
    ends: Floats
    gap: Floats
    price: Floats
    lines: Floats
    taste: Floats
    favourites: Ints
    returns: Floats
    tracked: Bools
    mood: Floats
    chinese: Bools
    country: Strings
    channel: Strings
    age_band: Strings
    consent: Bools
    name: Strings
    email: Strings
    signup: Ints

    def __len__(self) -> int:
        return len(self.kind)

    def own(self, shop: Shop, trait: str, key: str) -> Floats:
        """A parameter of the kind that each customer has the trait from."""
        return shop.kinds.of(trait, key)[self.traits[trait]]


def choose(rng: np.random.Generator, weights: Floats) -> Ints:
    """One column per row of `weights`, drawn with those odds."""
    edges = np.cumsum(weights, 1)
    return np.asarray((edges < rng.random(len(weights))[:, None] * edges[:, -1:]).sum(1))


def people(rng: np.random.Generator, first: int, count: int, shop: Shop) -> People:
    """Draw `count` customers, the first of them number `first` of the shop."""
    kind = _kind(rng, count, shop)
    traits = _traits(rng, kind, shop)

    def own(trait: str, key: str) -> Floats:
        return shop.kinds.of(trait, key)[traits[trait]]

    taste = _taste(rng, traits["taste"], shop)
    starts, ends = _stay(rng, own("cadence", "stays"), own("cadence", "once"), shop)
    country = _profile(rng, "country", traits["profile"], shop)
    numbers = np.arange(first, first + count)
    name, email = _names(rng, country, numbers)
    return People(
        customer_id=(numbers + FIRST_ID).astype(str).astype(object),
        kind=kind,
        traits=traits,
        starts=starts,
        ends=ends,
        gap=own("cadence", "gap") * rng.lognormal(0, 0.35, count),
        price=own("money", "price") + rng.normal(0, 0.22, count),
        lines=own("money", "lines") * rng.lognormal(-0.05, 0.3, count),
        taste=taste,
        favourites=_favourites(rng, taste, shop),
        returns=np.clip(own("returns", "share") * rng.gamma(2, 0.5, count), 0, 0.8),
        tracked=rng.random(count) < own("browsing", "tracked"),
        mood=own("voice", "mood") + rng.normal(0, 0.35, count),
        chinese=_write_chinese(rng, country, shop),
        country=country,
        channel=_profile(rng, "channel", traits["profile"], shop),
        age_band=_profile(rng, "age_band", traits["profile"], shop),
        consent=rng.random(count) < own("profile", "consent"),
        name=name,
        email=email,
        signup=np.floor(starts).astype(int) - _known_before(rng, starts),
    )


def _kind(rng: np.random.Generator, count: int, shop: Shop) -> Ints:
    kinds = shop.kinds
    odds = [*kinds.shares * (1 - kinds.noise_share), kinds.noise_share]
    return np.asarray(rng.choice(len(odds), count, p=odds))


def _traits(rng: np.random.Generator, kind: Ints, shop: Shop) -> dict[str, Ints]:
    """The kind each trait is taken from: one's own but for the blur, any for noise customers."""
    noise = kind == len(shop.kinds.names)
    traits = {}
    for trait in TRAITS:
        stray = noise | (rng.random(len(kind)) < shop.kinds.blur)
        other = rng.choice(len(shop.kinds.names), len(kind), p=shop.kinds.shares)
        traits[trait] = np.where(stray, other, kind)
    return traits


def _taste(rng: np.random.Generator, kind: Ints, shop: Shop) -> Floats:
    """(n, categories) shares: the kind's, a little of everything, blurred by person."""
    categories = shop.shelf.categories
    usual = 0.9 * shop.kinds.weights("taste", None, categories) + 0.1 / len(categories)
    drawn = rng.standard_gamma(usual[kind] * _TASTE_SPREAD) + 1e-9
    return np.asarray(drawn / drawn.sum(1, keepdims=True))


def _favourites(rng: np.random.Generator, taste: Floats, shop: Shop) -> Ints:
    """(n, 3) products that a customer comes back for."""
    category = np.stack([choose(rng, taste) for _ in range(3)], 1)
    return np.asarray(
        category * shop.shelf.per_category
        + rng.integers(0, shop.shelf.per_category, category.shape)
    )


def _stay(
    rng: np.random.Generator, usual: Floats, once: Floats, shop: Shop
) -> tuple[Floats, Floats]:
    """Day of the first step in the shop and day of leaving.

    A quarter was there when the data begin, the others came since, more of them lately. Some
    come once: they leave within weeks.
    """
    count, days = len(usual), shop.days.days
    starts = np.where(rng.random(count) < 0.25, 0.0, days * rng.beta(1.3, 1.0, count))
    stays = np.where(rng.random(count) < once, 20, 30 + rng.exponential(usual))
    return starts, np.minimum(starts + stays, days)


def _known_before(rng: np.random.Generator, starts: Floats) -> Ints:
    """Days between signing up and the first step, for customers from before the data begin."""
    return np.where(starts > 0, 0, rng.integers(1, 700, len(starts)))


def _profile(rng: np.random.Generator, key: str, kind: Ints, shop: Shop) -> Strings:
    options = shop.kinds.options("profile", key)
    drawn = choose(rng, shop.kinds.weights("profile", key, options)[kind])
    return np.array(options, object)[drawn]


def _write_chinese(rng: np.random.Generator, countries: Strings, shop: Shop) -> Bools:
    odds = np.array([shop.kinds.chinese_speaking.get(country, 0) for country in countries])
    return np.asarray(rng.random(len(countries)) < odds)


def _names(rng: np.random.Generator, countries: Strings, numbers: Ints) -> tuple[Strings, Strings]:
    """Names as usual in the country, and an e-mail address under a reserved domain."""
    lists, language = words()["names"], words()["countries"]
    draws = rng.random((len(numbers), 2))
    pairs = [
        (_pick(lists[language[country]]["given"], a), _pick(lists[language[country]]["family"], b))
        for country, (a, b) in zip(countries, draws, strict=True)
    ]
    full = [f"{b}{a}" if a > "一" else f"{a} {b}" for a, b in pairs]
    emails = [
        f"{_mailbox(a, b)}{n % 1000}@example.com" for (a, b), n in zip(pairs, numbers, strict=True)
    ]
    return np.array(full, object), np.array(emails, object)


def _pick(options: Sequence[str], draw: float) -> str:
    return options[int(draw * len(options))]


def _mailbox(given: str, family: str) -> str:
    """A name as it stands in an address; `member` for names in Chinese."""
    plain = unicodedata.normalize("NFKD", f"{given}.{family}").encode("ascii", "ignore").decode()
    return "member" if plain == "." else plain.replace(" ", "").lower()
