"""The tables of a customer base, made ready for questions: numbered, joined and kept in DuckDB.

Made once per base (0.3 s on 400,000 lines), so that a question costs one small aggregate. DuckDB
connections are not for several threads at once: everything that touches one goes through `lock`.
What a metric means is in `metrics.py`, which rows count for a question in `filters.py`.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any, Generic, TypeVar

import ibis
import numpy as np
import pandas as pd

from segmentation.data.privacy import identifying_columns
from segmentation.insight.metrics import FORECASTS, Metric, Source
from segmentation.insight.sessions import with_sessions
from segmentation.types import TABLES, CustomerBase, Segmentation, period_between
from segmentation.views.behaviour import before

T = TypeVar("T")

__all__ = ["Ledger", "open_ledger"]

MONEY = "decimal(28, 8)"
SAMPLE = 500
"""Rows by which columns are judged: as many as when they were read."""

LINE_COLUMNS = (
    *("customer_id", "order_id", "ordered_at", "product_id"),
    *("product", "category", "kind", "is_charge"),
)
_names = count()
_ledgers: dict[int, Ledger] = {}
_locks: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
_opening = threading.Lock()


def open_ledger(base: CustomerBase) -> Ledger:
    """The ledger of `base`, shared by bases with the same features whatever their segments."""
    key = id(base.features)
    with _opening:
        if key not in _ledgers:
            _ledgers[key] = Ledger(base)
            weakref.finalize(base.features, _ledgers.pop, key, None)
        return _ledgers[key]


class prepared(Generic[T]):
    """An attribute that is found out once, under the ledger's lock.

    `functools.cached_property` has a lock of its own in Python 3.11: who holds that one and waits
    for the ledger's, and who holds the ledger's and waits for that one, wait for ever.
    """

    def __init__(self, find: Callable[[Ledger], T]) -> None:
        self._find, self.__doc__ = find, find.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, ledger: Ledger, owner: type | None = None) -> T:
        with ledger.lock:
            known = vars(ledger)
            if self._name not in known:
                known[self._name] = self._find(ledger)
            found: T = known[self._name]
            return found


class Ledger:
    """Numbered copies of the tables. All are ibis tables on the base's own connection.

    customers   customer_no, customer_id: everyone any table speaks of
    products    product_no, product_id, product (its most frequent name), category
    lines       customer_no, product_no, order_no, at, sale, is_charge, revenue, net_revenue, units,
                returned, category and the line's own columns (`line_…`: country, quantity, ...)
    reviews     customer_no, product_no, at, category, rating
    visits      customer_no, product_no, at (when the session began), category, session, purchase,
                kind, moment (when the event itself was), query (as the customer typed it)
    forecasts   customer_no, `metric_…`: what is expected of each customer
    people      customer_no, customer_id, the profile (`profile_…`), the metrics of each customer's
                whole history (`metric_…`, `sum_units`, `sum_returned`) and the behaviour
                features (`feature_…`)
    """

    def __init__(self, base: CustomerBase) -> None:
        self._whole: Mapping[str, Any] = base.tables
        self.tables: Mapping[str, Any] = before(base.tables, base.as_of)
        self.as_of = base.as_of
        self.kept_value: Path | None = base.extras.get("value")
        """Where the snapshot keeps what is expected of its customers; None where it does not."""
        # Only the frame's own finalizer may keep this ledger alive: it holds a copy, not the frame.
        self._features = base.features.copy(deep=False)
        self._labels: dict[int, Any] = {}
        self.notebook: dict[Any, Any] = {}
        """What was found out once: keys are tuples that say what, and end with the labels' id."""
        self.backend = next(iter(base.tables.values())).get_backend()
        self.lock: Any = base.extras.get("lock") or _locks.setdefault(
            id(self.backend), threading.RLock()
        )

    def run(self, table: Any) -> pd.DataFrame:
        """Execute an ibis expression; one at a time."""
        with self.lock:
            frame: pd.DataFrame = table.to_pandas()
            return frame

    def _keep(self, noun: str, table: Any) -> Any:
        with self.lock:
            return self.backend.create_table(f"ledger_{noun}_{next(_names)}", table, temp=True)

    def has(self, table: str) -> bool:
        return table in self.tables

    def source(self, name: Source) -> Any:
        """The prepared table behind a canonical one."""
        return getattr(self, {"orders": "lines", "reviews": "reviews", "events": "visits"}[name])

    @prepared
    def customers(self) -> Any:
        ids = [
            self.tables[name].select("customer_id") for name in TABLES if self._has_customer(name)
        ]
        everyone = ibis.union(*ids, distinct=True) if len(ids) > 1 else ids[0].distinct()
        everyone = everyone.filter(everyone.customer_id.notnull())
        return self._keep("customers", everyone.mutate(customer_no=_number(everyone.customer_id)))

    def _has_customer(self, name: str) -> bool:
        return self.has(name) and "customer_id" in self.tables[name].columns

    @prepared
    def products(self) -> Any:
        """One row per product_id; empty where no table has products."""
        seen = [
            _with(self.tables[name], ("product_id", "product", "category")).mutate(
                weight=ibis.literal(10**9 if name == "products" else 1, "int64")
            )
            for name in ("products", "orders", "events", "reviews")
            if self.has(name) and "product_id" in self.tables[name].columns
        ]
        if not seen:
            return self._keep("products", ibis.memtable(_no_products()))
        rows = ibis.union(*seen) if len(seen) > 1 else seen[0]
        rows = rows.filter(rows.product_id.notnull())
        name, category = _commonest(rows, "product"), _commonest(rows, "category")
        ids = rows.select("product_id").distinct()
        table = ids.left_join(name, "product_id").left_join(category, "product_id")
        table = table.select("product_id", "product", "category")
        table = table.mutate(
            product=ibis.coalesce(table.product, table.product_id),
            product_no=_number(table.product_id),
        )
        return self._keep("products", table)

    @prepared
    def lines(self) -> Any:
        orders = self.tables["orders"]
        numbers = orders.select("order_id").distinct()
        numbers = numbers.mutate(order_no=_number(numbers.order_id))
        # Decimals add up to the same sum in any order, which floats on two threads do not.
        money = (orders.quantity * orders.unit_price).cast(MONEY)
        sale, goods = orders.kind == "sale", ~orders.is_charge.fill_null(False)
        returned = orders.kind == "return"
        if "cancelled" in orders.columns:
            # A line whose own status cancelled it was never counted as sold: nothing to take back.
            returned = returned & ~orders.cancelled.fill_null(False)
        lines = orders.select(
            "customer_id",
            "order_id",
            *[name for name in ("product_id", "category") if name in orders.columns],
            **{f"line_{name}": name for name in self.line_attributes},
            at=orders.ordered_at,
            sale=sale,
            is_charge=~goods,
            revenue=ibis.ifelse(sale, money, ibis.literal(0).cast(MONEY)),
            net_revenue=ibis.ifelse(sale | returned, money, ibis.literal(0).cast(MONEY)),
            units=ibis.ifelse(sale & goods, orders.quantity, 0.0),
            returned=ibis.ifelse(returned & goods, -orders.quantity, 0.0),
        )
        lines = self._numbered(lines).left_join(numbers, "order_id")
        return self._keep("lines", lines.drop("customer_id", "order_id_right", "order_id"))

    @property
    def line_attributes(self) -> tuple[str, ...]:
        """Columns of the order lines beside the ledger's own: country, channel, quantity, ..."""
        if not self.has("orders"):
            return ()
        kept = {*LINE_COLUMNS, *self.identifying["orders"]}
        return tuple(name for name in self.tables["orders"].columns if name not in kept)

    @prepared
    def identifying(self) -> Mapping[str, Mapping[str, str]]:
        """Table (`customers`, `orders`) → the columns of it that identify a person → their kind.

        They are there only where the user kept them, for files that leave (campaign/contacts.py):
        nothing else may ask for them, so the ledger has them in none of its tables.
        """
        found = {}
        for name in ("customers", "orders"):
            columns = self._whole[name].schema() if self.has(name) else {}
            ours = {*LINE_COLUMNS, "quantity", "unit_price"}
            asked = [c for c, kind in columns.items() if c not in ours and _is_worded(kind)]
            found[name] = self._identified(name, asked) if asked else {}
        return found

    def _identified(self, table: str, columns: Sequence[str]) -> Mapping[str, str]:
        whole = self._whole[table]
        texts = whole.select(**{c: whole[c].cast("string") for c in columns})
        sample = self.run(texts.limit(SAMPLE))
        return identifying_columns({c: sample[c].dropna().tolist() for c in columns})

    @prepared
    def reviews(self) -> Any:
        reviews = _with(
            self.tables["reviews"], ("product_id", "category", "rating", "at"), keep=True
        )
        reviews = reviews.mutate(
            at=reviews["at"].cast("timestamp"), rating=reviews.rating.cast("float64")
        )
        reviews = self._numbered(reviews)
        return self._keep(
            "reviews", reviews.select("customer_no", "product_no", "category", "at", "rating")
        )

    @prepared
    def visits(self) -> Any:
        texts = ("session_id", "product_id", "category", "query")
        events = self._numbered(with_sessions(_with(self.tables["events"], texts, keep=True)))
        began = events["at"].min().over(ibis.window(group_by="session"))
        events = events.mutate(at=began, moment=events["at"], purchase=events.kind == "purchase")
        known = ("customer_no", "product_no", "category", "at", "session", "purchase")
        return self._keep("visits", events.select(*known, "kind", "moment", "query"))

    def _numbered(self, rows: Any) -> Any:
        """Rows with customer_no, product_no and a category, their own or else the product's."""
        products = self.products.select("product_id", "product_no", known_category="category")
        rows = _with(rows, ("product_id", "category"), keep=True)
        rows = rows.inner_join(self.customers, "customer_id").left_join(products, "product_id")
        rows = rows.mutate(category=ibis.coalesce(rows.category, rows.known_category))
        spare = ("known_category", "product_id", "product_id_right", "product")
        return rows.drop(*[name for name in spare if name in rows.columns])

    @prepared
    def people(self) -> Any:
        people = self.customers
        for part in (self._profile(), self._order_metrics(), self._ratings(), self._conversions()):
            if part is not None:
                people = people.left_join(part, "customer_no").drop("customer_no_right")
        features = self._feature_table()
        people = people.left_join(features, "customer_id").drop("customer_id_right")
        kept = self._keep("people", people)
        self.backend.con.unregister(features.get_name())
        return kept

    @prepared
    def forecasts(self) -> Any:
        """customer_no, `metric_…` of each of FORECASTS: made when one is first asked for.

        They are none of `people`'s columns, as every question needs those, and forecasts that the
        snapshot does not keep take seconds.
        """
        from segmentation.insight.value.valuation import forecast_table

        rows = ibis.memtable(forecast_table(self))
        kept = self._keep(
            "forecasts", rows.inner_join(self.customers, "customer_id").drop("customer_id")
        )
        self.backend.con.unregister(rows.get_name())
        return kept

    def holder(self, column: str) -> Any:
        """The table of customers that has `column`: forecasts or people."""
        is_forecast = column.removeprefix("metric_") in FORECASTS
        return self.forecasts if is_forecast else self.people

    @property
    def everyone(self) -> pd.Index[str]:
        """The customers of the base, in its order."""
        return self._features.index

    @prepared
    def numbers(self) -> pd.DataFrame:
        """The metrics of every customer's whole history, indexed by customer_id."""
        columns = {
            name.removeprefix("metric_"): name
            for name in self.people.columns
            if name.startswith("metric_")
        }
        return self.run(self.people.select("customer_id", **columns)).set_index("customer_id")

    def _profile(self) -> Any:
        if not self.has("customers"):
            return None
        profile = self.tables["customers"]
        kept = {"customer_id", *self.identifying["customers"]}
        columns = {f"profile_{name}": name for name in profile.columns if name not in kept}
        return profile.inner_join(self.customers, "customer_id").select("customer_no", **columns)

    def _order_metrics(self) -> Any:
        if not self.has("orders"):
            return None
        lines = self.lines
        one = lines.group_by("customer_no").aggregate(
            metric_orders=lines.order_no.nunique(where=lines.sale),
            metric_revenue=lines.revenue.sum().cast("float64"),
            metric_net_revenue=lines.net_revenue.sum().cast("float64"),
            sum_units=lines.units.sum(),
            sum_returned=lines.returned.sum(),
            last=lines["at"].max(where=lines.sale),
        )
        bought = one.metric_orders > 0
        elapsed = ibis.literal(self.as_of).epoch_seconds() - one["last"].epoch_seconds()
        return one.mutate(
            metric_lifetime_value=ibis.ifelse(bought, one.metric_net_revenue, None),
            metric_average_order_value=one.metric_revenue / one.metric_orders.nullif(0),
            metric_items_per_order=one.sum_units / one.metric_orders.nullif(0),
            metric_days_since_last_order=(elapsed / 86_400).floor().cast("float64"),
            metric_repeat_rate=ibis.ifelse(
                bought, (one.metric_orders > 1).cast("float64"), ibis.null("float64")
            ),
            metric_return_rate=one.sum_returned / one.sum_units.nullif(0),
        ).drop("last")

    def _ratings(self) -> Any:
        if not self.has("reviews"):
            return None
        reviews = self.reviews
        return reviews.group_by("customer_no").aggregate(
            metric_average_rating=reviews.rating.mean()
        )

    def _conversions(self) -> Any:
        if not self.has("events"):
            return None
        visits = self.visits
        sessions = visits.group_by("customer_no", "session").aggregate(bought=visits.purchase.max())
        return sessions.group_by("customer_no").aggregate(
            metric_conversion_rate=sessions.bought.cast("float64").mean()
        )

    def _feature_table(self) -> Any:
        frame = self._features.add_prefix("feature_")
        frame.insert(0, "customer_id", self._features.index.astype(str))
        return ibis.memtable(frame.reset_index(drop=True))

    def labels(self, segmentation: Segmentation) -> Any:
        """customer_no, segment: the members of one segmentation."""
        key = id(segmentation.labels)
        with self.lock:
            if key not in self._labels:
                frame = pd.DataFrame(
                    {
                        "customer_id": self._features.index.astype(str),
                        "segment": np.asarray(segmentation.labels, dtype=np.int32),
                    }
                )
                rows = ibis.memtable(frame)
                members = rows.inner_join(self.customers, "customer_id")
                self._labels[key] = self._keep("labels", members.select("customer_no", "segment"))
                self.backend.con.unregister(rows.get_name())
                weakref.finalize(segmentation.labels, self._forget, key)
            return self._labels[key]

    def lacks(self, metric: Metric) -> str | None:
        """What is missing for a metric: a table, `ratings` or `purchases`; None if nothing is."""
        if not self.has(metric.source):
            return metric.source
        if metric.method == "rating" and "rating" not in self.tables["reviews"].columns:
            return "ratings"
        if metric.method == "conversion" and not self.has_purchase_events:
            return "purchases"
        return None

    @prepared
    def has_clock(self) -> bool:
        """Whether order times tell more than the day."""
        at = self.lines["at"]
        later = self.lines.filter(at != at.truncate("D")).limit(1)
        return bool(len(self.run(later.select("customer_no"))))

    @prepared
    def has_purchase_events(self) -> bool:
        visits = self.visits
        found = self.run(visits.aggregate(any=visits.purchase.any()))
        return bool(found["any"].iloc[0])

    def _forget(self, labels: int) -> None:
        """Labels are gone: another array may get their id, so nothing may be kept under it."""
        self._labels.pop(labels, None)
        for key in [key for key in self.notebook if key[-1] == labels]:
            self.notebook.pop(key, None)

    @prepared
    def coverage(self) -> dict[str, tuple[datetime, datetime]]:
        """Source → first and last moment it speaks of; sources without dates are left out."""
        found: dict[str, tuple[datetime, datetime]] = {}
        for name in ("orders", "events", "reviews"):
            if not self.has(name):
                continue
            table = self.source(name)
            when = table.filter(table.sale) if name == "orders" else table
            row = self.run(when.aggregate(first=when["at"].min(), last=when["at"].max())).iloc[0]
            if pd.notna(row["first"]):
                found[name] = (row["first"].to_pydatetime(), row["last"].to_pydatetime())
        return found

    @prepared
    def rows(self) -> dict[str, int]:
        """Canonical table → its rows."""
        return {
            name: int(self.run(self._whole[name].count().name("n").as_table())["n"].iloc[0])
            for name in TABLES
            if self.has(name)
        }

    def once(self, key: tuple[Any, ...], find: Callable[[], T]) -> T:
        """What `find` finds, found once: `key` says what, as in `notebook`."""
        with self.lock:
            if key not in self.notebook:
                self.notebook[key] = find()
            found: T = self.notebook[key]
        return found

    def days(self, source: Source) -> tuple[date, date]:
        """First and last day of a source; the reference day where it has no dates."""
        first, last = self.coverage.get(source, (self.as_of, self.as_of))
        return first.date(), last.date()

    def period(self, source: Source) -> str:
        """The same as facts write it: `first/last`."""
        first, last = self.days(source)
        return period_between(first, last)


def _is_worded(kind: Any) -> bool:
    """Whether a column may hold what identifies a person: texts, and numbers for phones."""
    return bool(kind.is_string() or kind.is_numeric())


def _number(column: Any) -> Any:
    """0, 1, 2, ... in the column's order."""
    return ibis.row_number().over(order_by=column).cast("int32")


def _with(table: Any, columns: tuple[str, ...], *, keep: bool = False) -> Any:
    """The table with text columns it may lack filled with nulls; only these unless `keep`."""
    missing = {name: ibis.null("string") for name in columns if name not in table.columns}
    table = table.mutate(**missing) if missing else table
    return table if keep else table.select(*columns)


def _commonest(rows: Any, column: str) -> Any:
    """product_id and its most frequent value of `column`; ties go to the first in the alphabet."""
    rows = rows.filter(rows[column].notnull() & (rows[column] != ""))
    counts = rows.group_by("product_id", column).aggregate(n=rows.weight.sum())
    best = ibis.row_number().over(group_by="product_id", order_by=[counts.n.desc(), counts[column]])
    counts = counts.mutate(place=best)
    return counts.filter(counts.place == 0).select("product_id", column)


def _no_products() -> pd.DataFrame:
    text = pd.Series([], dtype="string")
    return pd.DataFrame(
        {
            "product_id": text,
            "product": text,
            "category": text,
            "product_no": pd.Series([], dtype="int32"),
        }
    )
