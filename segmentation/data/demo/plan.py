"""The demo shop's plan: catalogue, planted kinds, their calendars, as arrays to draw from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

__all__ = [
    "NOISE",
    "TRAITS",
    "Bools",
    "Calendar",
    "Catalogue",
    "Floats",
    "Ints",
    "Kinds",
    "Shop",
    "Strings",
    "plan_shop",
    "words",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Strings = NDArray[np.object_]

TRAITS = ("cadence", "money", "taste", "returns", "browsing", "voice", "profile")
NOISE = "noise"


@dataclass(frozen=True)
class Catalogue:
    """Products, all arrays in one order: category after category, `per_category` each."""

    product_id: Strings
    product: Strings
    thing: Mapping[str, Strings]
    category: Ints
    brand: Strings
    price: Floats
    stock: Ints
    popularity: Floats
    quality: Floats
    categories: tuple[str, ...]
    departments: tuple[str, ...]
    per_category: int


@dataclass(frozen=True)
class Kinds:
    """The planted kinds; a number per kind and trait parameter is read with `of`."""

    names: tuple[str, ...]
    raw: Mapping[str, Any]
    shares: Floats
    noise_share: float
    blur: float
    missing: Mapping[str, float]
    chinese_speaking: Mapping[str, float]

    def of(self, trait: str, key: str) -> Floats:
        """One parameter for every kind, in the order of `names`; rows where it is a list."""
        return np.array([self.raw[name][trait][key] for name in self.names], float)

    def weights(self, trait: str, key: str | None, options: Sequence[str]) -> Floats:
        """(kinds, options): how likely each option is for each kind; rows sum to one."""
        tables = [
            self.raw[name][trait] if key is None else self.raw[name][trait][key]
            for name in self.names
        ]
        weights = np.array(
            [[float(table.get(option, 0)) for option in options] for table in tables]
        )
        return np.asarray(weights / weights.sum(1, keepdims=True))

    def options(self, trait: str, key: str) -> tuple[str, ...]:
        """Every option any kind has, in the order they first appear."""
        return tuple(dict.fromkeys(o for name in self.names for o in self.raw[name][trait][key]))


@dataclass(frozen=True)
class Calendar:
    """Days of the shop's life, and what makes them busy.

    `clock[kind, day]` is how much ordinary time has passed for a kind when the day begins: it runs
    fast on busy days. `christmas` and `sale` are by day: see _christmas and _sale.
    """

    first: date
    days: int
    clock: Floats
    christmas: Floats
    sale: Floats


@dataclass(frozen=True)
class Shop:
    """What all customers share."""

    kinds: Kinds
    shelf: Catalogue
    days: Calendar


def plan_shop(seed: int, months: int, until: date) -> Shop:
    """The shop of a seed, open for so many months up to and with `until`."""
    planted = _kinds()
    return Shop(planted, _catalogue(seed), _calendar(planted, months, until))


@lru_cache(maxsize=3)
def _read(name: str) -> Any:
    return yaml.safe_load(
        files("segmentation.data").joinpath(f"demo_{name}.yaml").read_text("utf-8")
    )


def words() -> Mapping[str, Any]:
    """The grammar of reviews, searches and names."""
    raw: Mapping[str, Any] = _read("words")
    return raw


def _kinds() -> Kinds:
    """The planted kinds as written in demo_kinds.yaml."""
    raw = _read("kinds")
    shares = np.array([kind["share"] for kind in raw["kinds"].values()])
    return Kinds(
        names=tuple(raw["kinds"]),
        raw=raw["kinds"],
        shares=shares / shares.sum(),
        noise_share=raw["noise_share"],
        blur=raw["blur"],
        missing=raw["missing"],
        chinese_speaking=raw["chinese_speaking"],
    )


def _catalogue(seed: int) -> Catalogue:
    """The shelves: which styles of which things there are, what they cost, how well they sell."""
    raw, rng = _read("catalogue"), np.random.default_rng([seed, 1])
    per_category = int(raw["per_category"])
    rows = [
        row
        for category in raw["categories"].values()
        for row in _products(category, per_category, rng)
    ]
    columns = {key: np.array([row[key] for row in rows], object) for key in rows[0]}
    ranks = np.concatenate([rng.permutation(per_category) for _ in raw["categories"]])
    names = tuple(raw["categories"])
    return Catalogue(
        product_id=columns["product_id"],
        product=columns["product"],
        thing={"en": columns["en"], "zh": columns["zh"]},
        category=np.repeat(np.arange(len(names)), per_category),
        brand=columns["brand"],
        price=columns["price"].astype(float),
        stock=np.round(rng.gamma(1.2, 120, len(rows)) * (rng.random(len(rows)) > 0.04)).astype(int),
        popularity=1 / (ranks + 2.0),
        quality=rng.normal(0, 0.5, len(rows)),
        categories=names,
        departments=tuple(raw["categories"][name]["department"] for name in names),
        per_category=per_category,
    )


def _products(
    category: Mapping[str, Any], count: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """`count` different pairs of a style and a thing."""
    styles, things = category["styles"], [thing.split("|") for thing in category["things"]]
    picks = rng.choice(len(styles) * len(things), count, replace=False)
    rows = []
    for number, pick in enumerate(picks):
        style, (thing, chinese, price) = styles[pick % len(styles)], things[pick // len(styles)]
        colours = category.get("colours", [])
        colour = f", {rng.choice(colours)}" if colours and rng.random() < 0.6 else ""
        rows.append(
            {
                "product_id": f"{category['code']}{101 + number}",
                "product": f"{style} {thing}{colour}",
                "en": thing.split(" Set")[0].lower(),
                "zh": chinese,
                "brand": str(rng.choice(category["brands"])),
                "price": _shelf_price(float(price) * rng.lognormal(0, 0.22)),
            }
        )
    return rows


def _shelf_price(price: float) -> float:
    """Prices as shops write them: 12.90, 49.00."""
    return round(round(price) - 0.1, 2) if price < 40 else float(round(price))


def _calendar(planted: Kinds, months: int, until: date) -> Calendar:
    """The days of so many months up to and with `until`, and how busy each is by kind."""
    end = until + timedelta(1)
    first = _months_before(end, months)
    dates = [first + timedelta(day) for day in range((end - first).days)]
    busy = np.stack([_busy(planted.raw[name]["cadence"], dates) for name in planted.names])
    return Calendar(
        first=first,
        days=len(dates),
        clock=np.concatenate([np.zeros((len(busy), 1)), np.cumsum(busy, 1)], 1),
        christmas=np.array([_christmas(day) for day in dates]),
        sale=np.array([_sale(day) for day in dates]),
    )


def _months_before(day: date, months: int) -> date:
    """The same day so many months earlier, the 28th at the latest."""
    month = day.year * 12 + day.month - 1 - months
    return date(month // 12, month % 12 + 1, min(day.day, 28))


def _busy(cadence: Mapping[str, Any], dates: Sequence[date]) -> Floats:
    months = np.array(cadence["months"], float) / np.mean(cadence["months"])
    weekdays = np.array(cadence["weekdays"], float) / np.mean(cadence["weekdays"])
    peaks = [
        _peak(day, (11, 11), cadence["singles_day"]) * _peak(day, (11, 27), cadence["black_friday"])
        for day in dates
    ]
    calm = [months[day.month - 1] * weekdays[day.weekday()] for day in dates]
    return np.asarray(np.array(calm) * np.array(peaks))


def _peak(day: date, peak: tuple[int, int], strength: float) -> float:
    """How much a sale lifts a day: wholly on it, by the cube root up to two days around it."""
    distance = abs((day - date(day.year, *peak)).days)
    return float(strength if distance == 0 else strength ** (1 / 3) if distance <= 2 else 1)


def _christmas(day: date) -> float:
    """Share of purchases that turn into presents."""
    if day.month == 12 and day.day <= 23:
        return 0.28
    return 0.08 if day.month == 11 else 0.0


def _sale(day: date) -> float:
    """How much more likely a discount is."""
    near = min(abs((day - date(day.year, 11, d)).days) for d in (11, 27))
    return 0.3 if near <= 2 else 0.15 if day.month in (1, 7) else 0.0
