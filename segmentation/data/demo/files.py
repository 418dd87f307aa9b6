"""The demo shop's files: drawn arrays as the columns a shop would export, chunk by chunk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import ArrayLike

from segmentation.data.demo.browsing import KINDS, Steps
from segmentation.data.demo.orders import Orders
from segmentation.data.demo.people import People
from segmentation.data.demo.plan import NOISE, Bools, Ints, Shop, Strings
from segmentation.data.demo.reviews import Reviews

__all__ = [
    "CsvFiles",
    "customer_table",
    "event_table",
    "order_table",
    "product_table",
    "review_table",
    "truth_table",
]

CURRENCY = "EUR"
POSTAGE = ("POST", "Postage")
_ORDERS_PER_CHUNK = 200_000
_SESSIONS_PER_CHUNK = 2_000_000
"""Number ranges, so that no two chunks share an id."""


class CsvFiles:
    """CSV files in a folder that grow table by table; a few names go to other folders."""

    def __init__(self, folder: Path, elsewhere: Mapping[str, Path]) -> None:
        self._folder, self._elsewhere = folder, elsewhere
        self._writers: dict[str, Any] = {}

    def append(self, name: str, table: pa.Table) -> None:
        if name not in self._writers:
            path = self._elsewhere.get(name, self._folder) / f"{name}.csv"
            self._writers[name] = pyarrow.csv.CSVWriter(path, table.schema)
        self._writers[name].write_table(table)

    def __enter__(self) -> CsvFiles:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            writer.close()


def order_table(drawn: Orders, buyers: People, shop: Shop, chunk: int) -> pa.Table:
    """Sales, returns (under a reference of their own) and postage, in time."""
    parts = (drawn.sold, drawn.back, drawn.postage)
    order, product, quantity, price, discount = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("order", "product", "quantity", "price", "discount")
    )
    baskets = drawn.baskets
    at = np.concatenate(
        [baskets.at[drawn.sold.order], drawn.back_at, baskets.at[drawn.postage.order]]
    )
    number = (chunk * _ORDERS_PER_CHUNK + 100_001 + order).astype(str).astype(object)
    guest = np.isin(order, drawn.guests)
    table = pa.table(
        {
            "order_id": _text(np.where(quantity < 0, "RT", "SO") + number),
            "order_date": _moments(at, shop),
            "customer_id": _text(buyers.customer_id[baskets.person[order]], missing=guest),
            **_product_columns(product, shop),
            "quantity": quantity,
            "unit_price": price,
            "discount": discount,
            "currency": _text(np.full(len(order), CURRENCY, object)),
        }
    )
    return table.take(pa.array(np.lexsort((product, quantity < 0, order, at))))


def _product_columns(product: Ints, shop: Shop) -> dict[str, pa.Array]:
    shelf, charge = shop.shelf, product < 0
    category = np.array(shelf.categories, object)[shelf.category[product]]
    return {
        "product_id": _text(np.where(charge, POSTAGE[0], shelf.product_id[product])),
        "product_name": _text(np.where(charge, POSTAGE[1], shelf.product[product])),
        "category": _text(category, missing=charge),
    }


def event_table(browsed: Steps, shoppers: People, shop: Shop, chunk: int) -> pa.Table:
    """Browsing steps, session after session."""
    product = shop.shelf.product_id[browsed.product]
    session = (chunk * _SESSIONS_PER_CHUNK + 1_000_001 + browsed.session).astype(str).astype(object)
    return pa.table(
        {
            "customer_id": _text(shoppers.customer_id[browsed.person]),
            "event_time": _moments(browsed.at, shop),
            "event_type": _text(np.array(KINDS, object)[browsed.kind]),
            "product_id": _text(product, missing=browsed.product < 0),
            "session_id": _text("s" + session),
            "search_term": _text(browsed.query, missing=browsed.query == ""),
        }
    )


def review_table(written: Reviews, writers: People, shop: Shop) -> pa.Table:
    """Reviews in time, some without a rating or a text."""
    return pa.table(
        {
            "customer_id": _text(writers.customer_id[written.person]),
            "review_date": _moments(written.at, shop),
            "product_id": _text(shop.shelf.product_id[written.product]),
            "rating": pa.array(written.rating, mask=written.rating == 0),
            "review_text": _text(written.text, missing=written.text == ""),
        }
    )


def customer_table(rng: np.random.Generator, members: People, shop: Shop) -> pa.Table:
    """Profiles, with a gap here and there."""
    missing = shop.kinds.missing
    signed_up = np.datetime64(shop.days.first, "D") + members.signup
    return pa.table(
        {
            "customer_id": _text(members.customer_id),
            "name": _text(members.name),
            "email": _text(members.email),
            "country": _with_gaps(rng, members.country, missing["country"]),
            "signup_date": pa.array(signed_up),
            "channel": _with_gaps(rng, members.channel, missing["channel"]),
            "age_band": _with_gaps(rng, members.age_band, missing["age_band"]),
            "marketing_consent": _text(np.where(members.consent, "yes", "no")),
        }
    )


def product_table(shop: Shop) -> pa.Table:
    """The catalogue, with what is on stock."""
    shelf = shop.shelf
    return pa.table(
        {
            "product_id": _text(shelf.product_id),
            "product_name": _text(shelf.product),
            "category": _text(np.array(shelf.categories, object)[shelf.category]),
            "brand": _text(shelf.brand),
            "unit_price": shelf.price,
            "currency": _text(np.full(len(shelf.price), CURRENCY, object)),
            "stock": shelf.stock,
        }
    )


def truth_table(members: People, shop: Shop) -> pa.Table:
    """The planted kind of every customer."""
    kinds = np.array([*shop.kinds.names, NOISE], object)
    return pa.table({"customer_id": _text(members.customer_id), "kind": _text(kinds[members.kind])})


def _with_gaps(rng: np.random.Generator, values: Strings, share: float) -> pa.Array:
    return _text(values, missing=rng.random(len(values)) < share)


def _moments(seconds: Ints, shop: Shop) -> pa.Array:
    return pa.array(np.datetime64(shop.days.first, "s") + seconds)


def _text(values: ArrayLike, missing: Bools | None = None) -> pa.Array:
    return pa.array(np.asarray(values, object), pa.string(), mask=missing)
