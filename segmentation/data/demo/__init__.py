"""The demo shop: a believable shop, generated from a seed, whose kinds of customer are known.

It writes the files a shop would export (orders, events, reviews, products, customers) and, in
another folder, the truth: which kind every customer was drawn from. No column of the files holds
the kind. Customers are drawn in chunks of a thousand, each from its own seed: memory stays bounded,
and a full thousand is the same in a small shop and in a large one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml

from segmentation.data.demo import files
from segmentation.data.demo.browsing import steps
from segmentation.data.demo.orders import orders
from segmentation.data.demo.people import people
from segmentation.data.demo.plan import Shop, plan_shop
from segmentation.data.demo.reviews import reviews
from segmentation.types import TABLES, InputError, Progress, silent

__all__ = ["CHUNK", "DemoShop", "demo_chunks", "write_demo_shop"]

CHUNK = 1000
"""Customers drawn at once."""


@dataclass(frozen=True)
class DemoShop:
    """Where the files of a demo shop are; `truth` is a folder outside theirs."""

    orders: Path
    events: Path
    reviews: Path
    products: Path
    customers: Path
    truth: Path

    @property
    def sources(self) -> dict[str, Path]:
        """Table -> file, as the pipeline takes them."""
        return {table: getattr(self, table) for table in TABLES}


def write_demo_shop(
    folder: Path,
    *,
    customers: int = 2000,
    months: int = 24,
    seed: int = 7,
    until: date = date(2026, 6, 30),
    truth_folder: Path | None = None,
    progress: Progress = silent,
) -> DemoShop:
    """Write a demo shop; the same arguments give the same bytes.

    Args:
        folder: gets orders.csv, events.csv, reviews.csv, products.csv and customers.csv.
        customers: how many people have an account; not all of them buy.
        months: how long the shop has been open, up to and with the day `until`.
        truth_folder: gets truth.csv (customer_id, kind) and kinds.yaml (what was planted);
            `<folder>-truth` beside it if not given.

    Raises:
        InputError: there would be no customer or no month.
    """
    if customers < 1 or months < 1:
        raise InputError(
            "A demo shop needs a customer and a month",
            where=f"customers={customers}, months={months}",
            fix="Give numbers from 1 up.",
        )
    folder = Path(folder)
    beside = folder.resolve()
    truth = Path(truth_folder or beside.with_name(f"{beside.name}-truth"))
    for place in (folder, truth):
        place.mkdir(parents=True, exist_ok=True)
    shop = plan_shop(seed, months, until)
    _write_tables(folder, truth, shop, customers, seed, progress)
    _write_plan(truth / "kinds.yaml", shop)
    names = ("orders", "events", "reviews", "products", "customers")
    return DemoShop(**{name: folder / f"{name}.csv" for name in names}, truth=truth)


def _write_tables(
    folder: Path, truth: Path, shop: Shop, customers: int, seed: int, progress: Progress
) -> None:
    with files.CsvFiles(folder, {"truth": truth}) as csv:
        csv.append("products", files.product_table(shop))
        done = 0
        for tables in demo_chunks(shop, customers, seed):
            for name, table in tables.items():
                csv.append(name, table)
            done += len(tables["truth"])
            progress("demo shop", done, customers)


def _write_plan(path: Path, shop: Shop) -> None:
    planted = {
        "kinds": dict(shop.kinds.raw),
        "noise_share": shop.kinds.noise_share,
        "blur": shop.kinds.blur,
    }
    path.write_text(yaml.safe_dump(planted, sort_keys=False, allow_unicode=True), "utf-8")


def demo_chunks(shop: Shop, customers: int, seed: int) -> Iterator[Mapping[str, pa.Table]]:
    """The tables of the shop, a thousand customers at a time: what they did, and what they are."""
    for first in range(0, customers, CHUNK):
        yield _chunk(shop, first // CHUNK, min(CHUNK, customers - first), seed)


def _chunk(shop: Shop, chunk: int, count: int, seed: int) -> dict[str, pa.Table]:
    rng = np.random.default_rng([seed, 2, chunk])
    crowd = people(rng, chunk * CHUNK, count, shop)
    bought = orders(rng, crowd, shop)
    browsed = steps(rng, bought, crowd, shop)
    written = reviews(rng, bought, crowd, shop)
    return {
        "orders": files.order_table(bought, crowd, shop, chunk),
        "events": files.event_table(browsed, crowd, shop, chunk),
        "reviews": files.review_table(written, crowd, shop),
        "customers": files.customer_table(rng, crowd, shop),
        "truth": files.truth_table(crowd, shop),
    }
