"""What the demo shop's customers write: ratings, and texts from a grammar in two languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from segmentation.data.demo.orders import Orders
from segmentation.data.demo.people import People
from segmentation.data.demo.plan import Floats, Ints, Shop, Strings, words

__all__ = ["Reviews", "reviews"]

_CONTACT_SHARE = 0.006


@dataclass(frozen=True)
class Reviews:
    """Reviews in time; `rating` is 0 and `text` empty where it is missing."""

    person: Ints
    at: Ints
    product: Ints
    rating: Ints
    text: Strings


def reviews(rng: np.random.Generator, drawn: Orders, writers: People, shop: Shop) -> Reviews:
    """Some lines are reviewed, days after they came; what was sent back is rated lower."""
    bought, sold = drawn.baskets, drawn.sold
    person = bought.person[sold.order]
    odds = writers.own(shop, "voice", "reviews")[person]
    at = bought.at[sold.order] + rng.integers(4 * 86_400, 32 * 86_400, len(sold))
    unhappy = np.zeros(len(sold), bool)
    unhappy[drawn.returned] = True
    odds = odds * np.where(unhappy, 1.6, 1) * (sold.product >= 0)
    rows = np.flatnonzero((rng.random(len(sold)) < odds) & (at < shop.days.days * 86_400))
    rows = rows[np.argsort(at[rows], kind="stable")]
    person, product = person[rows], sold.product[rows]
    liking = 4.1 + writers.mood[person] + shop.shelf.quality[product] - 2.2 * unhappy[rows]
    rating = np.clip(np.round(liking + rng.normal(0, 0.8, len(rows))), 1, 5).astype(int)
    text = _texts(rng, rating, person, product, writers, shop)
    silent = rng.random(len(rows)) < shop.kinds.missing["text"]
    unrated = ~silent & (rng.random(len(rows)) < shop.kinds.missing["rating"])
    return Reviews(
        person, at[rows], product, np.where(unrated, 0, rating), np.where(silent, "", text)
    )


def _texts(
    rng: np.random.Generator, rating: Ints, person: Ints, product: Ints, writers: People, shop: Shop
) -> Strings:
    draws = rng.random((len(rating), 9))
    tone = np.array(["bad", "bad", "bad", "fair", "good", "good"], object)[rating]
    kind = writers.traits["voice"][person]
    texts = [
        _text(
            "zh" if writers.chinese[who] else "en",
            tone[row],
            shop.kinds.names[kind[row]],
            product[row],
            shop,
            draws[row],
        )
        for row, who in enumerate(person)
    ]
    return np.array(texts, object)


def _text(language: str, tone: str, kind: str, product: int, shop: Shop, draws: Floats) -> str:
    """One review: opening, detail, sometimes the kind's own words, a close, a way to be reached."""
    grammar: Mapping[str, Any] = words()["reviews"][language]
    department = shop.shelf.departments[shop.shelf.category[product]]
    sentences = [
        (1.0, grammar["opening"][tone]),
        (0.85, grammar["detail"][department][tone]),
        (0.5, words()["kinds"][kind]["review"][language]),
        (0.45, grammar["close"][tone]),
        (_CONTACT_SHARE, words()["contact"][language]),
    ]
    said = [
        _pick(options, draw / odds)
        for (odds, options), draw in zip(sentences, draws, strict=False)
        if draw < odds
    ]
    text = ("" if language == "zh" else " ").join(filter(None, said))
    return text.format(
        thing=shop.shelf.thing[language][product],
        product=str(shop.shelf.product[product]).split(",")[0],
        days=2 + int(draws[5] * 14),
        email=f"customer{int(draws[6] * 9000) + 1000}@example.com",
        phone=f"138{int(draws[7] * 1e8):08d}"
        if language == "zh"
        else f"+44 7700 900{int(draws[7] * 1000):03d}",
    )


def _pick(options: Sequence[str], draw: float) -> str:
    return options[int(draw * len(options))]
