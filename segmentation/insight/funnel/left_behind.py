"""What visits left behind: searches that nothing was opened after and baskets that were not bought;
and in which visit what was bought had been looked at.

What a shop showed for a search is in no data, so a search is judged by what the customer did next.
Search words are customer-written: they leave here only as whole terms that many customers typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from segmentation.insight.evidence.themes import WRITTEN_BY
from segmentation.insight.funnel.funnel import rows_of
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.types import CustomerBase, Fact

__all__ = ["Baskets", "Bought", "LeftBehind", "Searches", "Term", "left_behind"]

TERMS = 10
"""Terms that are told: those with most searches that nothing was opened after."""


@dataclass(frozen=True)
class Term:
    """A search term that at least WRITTEN_BY customers typed, with its searches, those that nothing
    was opened after, and who typed it."""

    text: str
    searches: int
    without: int
    customers: int


@dataclass(frozen=True)
class Searches:
    """Searches, and those after which no product was viewed, wished for, carted or bought in the
    same visit.

    Args:
        customers: who made one that nothing was opened after.
        worded: whether the data keeps the words; without them there are no terms.
    """

    searches: int
    without: int
    customers: int
    worded: bool
    terms: tuple[Term, ...]

    def facts(self, subject: str, period: str) -> list[Fact]:
        facts = [
            Fact(subject, "searches", period, self.searches, "searches"),
            Fact(subject, "searches_without", period, self.without, "searches"),
            Fact(subject, "searches_without_share", period, self.without / self.searches, "share"),
            Fact(subject, "searches_without_customers", period, self.customers, "customers"),
        ]
        for term in self.terms:
            one = f"search:{term.text}" + ("" if subject == "all" else f"&{subject}")
            facts.append(Fact(one, "searches", period, term.searches, "searches"))
            facts.append(Fact(one, "searches_without", period, term.without, "searches"))
            facts.append(Fact(one, "customers", period, term.customers, "customers"))
        return facts


@dataclass(frozen=True)
class Baskets:
    """Visits that put something in the basket, by what became of it.

    Args:
        visits: with something in the basket.
        bought: everything in it was bought in the same visit.
        later: the rest of it was bought later, by an event or an order line.
        left: something in it was not bought up to the end of the data.
        customers, products: who left how many different products (a customer's product once).
        priced, value: of these, how many have a catalogue price, and what they cost, one of each;
            None where no product has one.
    """

    visits: int
    bought: int
    later: int
    left: int
    customers: int
    products: int
    priced: int
    value: float | None

    def facts(self, subject: str, period: str, currency: str) -> list[Fact]:
        counts = {"": self.visits, "_bought": self.bought, "_later": self.later, "_left": self.left}
        facts = [Fact(subject, f"baskets{of}", period, n, "sessions") for of, n in counts.items()]
        if self.visits:
            share = self.left / self.visits
            facts.append(Fact(subject, "baskets_left_share", period, share, "share"))
        facts.append(Fact(subject, "baskets_left_customers", period, self.customers, "customers"))
        facts.append(Fact(subject, "baskets_left_products", period, self.products, "products"))
        facts.append(Fact(subject, "baskets_left_priced", period, self.priced, "products"))
        if self.value is not None:
            facts.append(Fact(subject, "baskets_left_value", period, self.value, currency))
        return facts


@dataclass(frozen=True)
class Bought:
    """Products bought in a visit (each once), by where the customer had looked at them.

    Args:
        same: viewed in the same visit.
        earlier: viewed in an earlier visit only.
    """

    products: int
    same: int
    earlier: int

    @property
    def unseen(self) -> int:
        """Bought without having been viewed."""
        return self.products - self.same - self.earlier

    def facts(self, subject: str, period: str) -> list[Fact]:
        counts = {"": self.products, "_same": self.same, "_earlier": self.earlier}
        counts["_unseen"] = self.unseen
        return [Fact(subject, f"bought{of}", period, n, "products") for of, n in counts.items()]


@dataclass(frozen=True)
class LeftBehind:
    """All three; None where the data knows no searches, no baskets, or no views of what was
    bought."""

    searches: Searches | None
    baskets: Baskets | None
    bought: Bought | None


def left_behind(base: CustomerBase, segment: int | None = None) -> LeftBehind:
    """What everyone's visits, or those of a segment, left behind. Found once."""
    ledger = open_ledger(base)
    key = ("left_behind", segment, id(base.segmentation.labels))
    return ledger.once(key, lambda: _find(ledger, rows_of(base, ledger, segment)))


def _find(ledger: Ledger, rows: Any) -> LeftBehind:
    return LeftBehind(_searches(ledger, rows), _baskets(ledger, rows), _bought(ledger, rows))


# --- searches ----------------------------------------------------------------------------------


def _searches(ledger: Ledger, rows: Any) -> Searches | None:
    found = _followed(ledger, rows)
    one = ledger.run(
        found.aggregate(
            searches=found.count(),
            without=(~found.followed).sum(),
            customers=found.customer_no.nunique(where=~found.followed),
            worded=found.term.notnull().any(),
        ).fill_null({"without": 0, "worded": False})
    ).iloc[0]
    if not one["searches"]:
        return None
    return Searches(
        searches=int(one["searches"]),
        without=int(one["without"]),
        customers=int(one["customers"]),
        worded=bool(one["worded"]),
        terms=_terms(ledger, found),
    )


def _followed(ledger: Ledger, rows: Any) -> Any:
    """Searches: customer_no, term, followed (something of a product came at or after it)."""
    names = rows.product_no.notnull()
    by_name = ledger.run(rows.aggregate(known=names.any().fill_null(False)))["known"].iloc[0]
    opened = rows.kind.isin(["cart", "checkout", "purchase"])
    opened |= rows.kind.isin(["view", "wishlist"]) & (names if by_name else ibis.literal(True))
    last = rows.filter(opened).group_by("session").aggregate(last=lambda t: t.moment.max())
    searches = rows.filter(rows.kind == "search").left_join(last, "session")
    term = searches.query.re_replace(r"\s+", " ").strip().lower().nullif("")
    followed = (searches["last"] >= searches.moment).fill_null(False)
    return searches.select("customer_no", term=term, followed=followed)


def _terms(ledger: Ledger, searches: Any) -> tuple[Term, ...]:
    known = searches.filter(searches.term.notnull())
    terms = known.group_by("term").aggregate(
        searches=known.count(),
        without=(~known.followed).sum(),
        customers=known.customer_no.nunique(),
    )
    told = terms.filter((terms.customers >= WRITTEN_BY) & (terms.without > 0))
    first = told.order_by([told.without.desc(), told.searches.desc(), told.term]).limit(TERMS)
    return tuple(Term(*row) for row in ledger.run(first).itertuples(index=False, name=None))


# --- baskets -----------------------------------------------------------------------------------


def _baskets(ledger: Ledger, rows: Any) -> Baskets | None:
    """Purchases are looked for among events and order lines alike; None without either."""
    if not ledger.has_purchase_events and not ledger.has("orders"):
        return None
    carted = _carted(ledger, rows)
    visits = carted.group_by("customer_no", "session").aggregate(
        here=carted.here.all(), settled=carted.settled.all()
    )
    counts = ledger.run(
        visits.aggregate(
            visits=visits.count(),
            bought=visits.here.sum().fill_null(0),
            left=(~visits.settled).sum().fill_null(0),
            customers=visits.customer_no.nunique(where=~visits.settled),
        )
    )
    total, bought, left, customers = (int(n) for n in counts.iloc[0])
    if not total:
        return None
    return Baskets(total, bought, total - bought - left, left, customers, *_worth(ledger, carted))


def _carted(ledger: Ledger, rows: Any) -> Any:
    """What was in the basket, by visit and product: here (bought in that visit), settled (then or
    later). A purchase that names no product takes the whole basket of its visit."""
    carts = rows.filter(rows.kind == "cart")
    carts = carts.group_by("customer_no", "session", "product_no").aggregate(
        since=carts.moment.min()
    )
    events = rows.filter(rows.purchase)
    whole = events.filter(events.product_no.isnull()).select(whole_session="session").distinct()
    own = events.select(own_session="session", own_product="product_no").distinct()
    later = _purchases(ledger, events)
    later = later.group_by(who="customer_no", what="product_no").aggregate(last=later.moment.max())
    carts = carts.left_join(whole, carts.session == whole.whole_session)
    carts = carts.left_join(
        own, (carts.session == own.own_session) & (carts.product_no == own.own_product)
    )
    carts = carts.left_join(
        later, (carts.customer_no == later.who) & (carts.product_no == later.what)
    )
    here = carts.whole_session.notnull() | carts.own_session.notnull()
    return carts.mutate(here=here, settled=here | (carts["last"] >= carts.since).fill_null(False))


def _purchases(ledger: Ledger, events: Any) -> Any:
    """customer_no, product_no, moment of everything bought; an order of unknown hour counts to the
    end of its day."""
    moment = events.moment.cast("timestamp(6)")
    bought = events.select("customer_no", "product_no", moment=moment)
    if not ledger.has("orders"):
        return bought
    lines = ledger.lines.filter(ledger.lines.sale)
    at = lines["at"] if ledger.has_clock else lines["at"] + ibis.interval(days=1)
    return bought.union(lines.select("customer_no", "product_no", moment=at.cast("timestamp(6)")))


def _worth(ledger: Ledger, carted: Any) -> tuple[int, int, float | None]:
    """Products left (a customer's product once), those with a price, what they cost together."""
    left = carted.filter(~carted.settled & carted.product_no.notnull())
    left = left.select("customer_no", "product_no").distinct()
    if not ledger.has("products") or "unit_price" not in ledger.tables["products"].columns:
        count = ledger.run(left.aggregate(n=left.count()))["n"].iloc[0]
        return int(count), 0, None
    prices = ledger.tables["products"].select("product_id", "unit_price")
    prices = prices.inner_join(ledger.products, "product_id")
    prices = prices.filter((prices.unit_price > 0) & ~prices.unit_price.isinf())
    left = left.left_join(prices.select("product_no", "unit_price"), "product_no")
    price = left.unit_price.cast("decimal(28, 8)")
    found = ledger.run(
        left.aggregate(n=left.count(), priced=price.count(), value=price.sum().cast("float64"))
    ).iloc[0]
    value = float(found["value"]) if found["priced"] else None
    return int(found["n"]), int(found["priced"]), value


# --- where it had been looked at ---------------------------------------------------------------


def _bought(ledger: Ledger, rows: Any) -> Bought | None:
    """None where no product bought is named, or no view is known."""
    known = rows.filter(rows.product_no.notnull())
    views = known.filter(known.kind == "view")
    views = views.group_by("customer_no", "session", "product_no").aggregate(
        first=views.moment.min()
    )
    whenever = views.group_by("customer_no", "product_no").aggregate(first=views["first"].min())
    sales = known.filter(known.purchase)
    sales = sales.group_by("customer_no", "session", "product_no").aggregate(
        moment=sales.moment.max()
    )
    here = views.select("session", "product_no", here=ibis.literal(True))
    sales = sales.left_join(here, ["session", "product_no"]).select(*sales.columns, "here")
    sales = sales.left_join(whenever, ["customer_no", "product_no"])
    same = sales.here.fill_null(False)
    earlier = ~same & (sales["first"] <= sales.moment).fill_null(False)
    counts = sales.aggregate(
        products=sales.count(), same=same.sum().fill_null(0), earlier=earlier.sum().fill_null(0)
    )
    products, own, before = (int(n) for n in ledger.run(counts).iloc[0])
    viewed = ledger.run(views.aggregate(n=views.count()))["n"].iloc[0]
    return Bought(products, own, before) if products and viewed else None
