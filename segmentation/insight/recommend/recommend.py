"""What to offer next: to one customer, to a segment, to everyone; each with what speaks for it.

A customer is offered what they neither have nor reviewed, by the score of affinity.py. A group is
offered what members who do not have it are expected to want:

    score = sqrt(max(expected, LEAST) * suits)
    expected  take-up times the members without it. Take-up is the share who bought it for the first
              time in the last 30 days among the members who had not before, drawn to everybody's
              as far as AS_EVERYBODY members would.
    suits     each such member's score of the product as a share of all their scores, summed (over
              a seeded sample of at most MEMBERS)

Charges, products known to be out of stock and products nobody touched for LATELY days are never
offered. What is bought again by nature, or by the customer's own habit, is apart (repeats.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentation.insight.errors import BadArgument, UnknownName
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.metrics import Source
from segmentation.insight.recommend.affinity import Affinity, affinity
from segmentation.insight.recommend.companions import companions
from segmentation.insight.recommend.deeds import INTEREST, RECENT, Deeds, deeds
from segmentation.insight.recommend.offers import Feature, Offer, Recommendation, Repeat
from segmentation.insight.recommend.repeats import Due, due, habits
from segmentation.insight.similar.closeness import best
from segmentation.insight.similar.lookalikes import find_customer
from segmentation.sampling import sample_rows
from segmentation.types import CustomerBase
from segmentation.views.text import Texts

__all__ = ["MOST_REPEATS", "recommend"]

MEMBERS, FEWEST_MEMBERS, CELLS = 300, 50, 2**23
"""Members whose scores stand for all; fewer where so many customers or products would make their
scores slow and large."""
AS_EVERYBODY = 50.0
LEAST = 1e-6
"""Expected buyers of what nobody bought lately: it comes last, in the order of how it suits."""
MOST_REPEATS = 10

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


def recommend(
    base: CustomerBase,
    *,
    segment: int | None = None,
    customer_id: Any = None,
    n: int = 10,
    texts: Texts | None = None,
) -> Recommendation:
    """What to offer a customer, or the members of a segment, or everyone if neither is given.

    Args:
        segment: an id of the base's segments.
        n: at most how many; fewer where fewer are known.
        texts: those of the base's customers, encoded; without them words do not count.

    Raises:
        BadArgument: both are given, or n below 1.
        UnknownName: there is no such customer or segment.
        NotLoaded: the data names no products.
    """
    if segment is not None and customer_id is not None:
        raise BadArgument("segment", segment, "segment or customer_id, not both")
    if n < 1:
        raise BadArgument("n", n, "positive")
    ledger = open_ledger(base)
    with ledger.lock:
        if customer_id is not None:
            return _to_customer(base, ledger, find_customer(base, customer_id), n, texts)
        return _to_group(base, ledger, segment, n, texts)


# --- one customer -------------------------------------------------------------------------------


def _to_customer(
    base: CustomerBase, ledger: Ledger, row: int, n: int, texts: Texts | None
) -> Recommendation:
    known = deeds(base)
    found = affinity(base, known, np.array([row]), texts)
    score = found.score[0].copy()
    score[known.settled[[row]].indices] = 0
    columns = _top(score, known, n)
    label = int(base.segmentation.labels[row])
    return _told(
        base,
        ledger,
        known,
        np.array([row]),
        kind="customer",
        subject=str(base.customers[row]),
        segment=label,
        offers=_offers(base, ledger, known, found, columns),
        had=int(known.has[[row]].nnz),
        neighbours=int(found.neighbours[0]),
    )


def _top(score: Any, known: Deeds, n: int) -> Rows:
    """Columns of the best that can be offered, best first."""
    able = np.flatnonzero(known.offered & (score > 0))
    return np.asarray(able[best(score[able], able, n)], dtype=np.intp)


def _offers(
    base: CustomerBase, ledger: Ledger, known: Deeds, found: Affinity, columns: Rows
) -> tuple[Offer, ...]:
    row, score = int(found.rows[0]), found.score[0]
    group = base.segmentation.labels == base.segmentation.labels[row]
    own, rest = _shares(known, group)
    beside = companions(known, row, columns)
    looked = _looked(base, ledger, known, row, columns[found.looked[0][columns] > 0])
    spoken = bool(found.words.any())
    return tuple(
        Offer(
            *known.named(column),
            score=float(score[column]),
            near=round(float(found.near[0, column]) * int(found.neighbours[0])),
            own_share=float(own[column]),
            rest_share=None if rest is None else float(rest[column]),
            recent=int(known.takers[column]),
            companion=beside.get(column),
            words=float(found.words[0, column]) if spoken else None,
            looked=looked.get(column),
        )
        for column in columns.tolist()
    )


def _shares(known: Deeds, group: NDArray[np.bool_]) -> tuple[Floats, Floats | None]:
    """(products,) who has it: of a group, and of everybody else where there is anybody."""
    own = np.bincount(known.has[group].indices, minlength=len(known.products))
    others = int((~group).sum())
    rest = (known.owners - own) / others if others else None
    return own / max(1, int(group.sum())), rest


def _looked(
    base: CustomerBase, ledger: Ledger, known: Deeds, row: int, columns: Rows
) -> dict[int, tuple[str, str]]:
    """Column → the strongest kind of event of theirs, and the day of the last of these."""
    if not len(columns):
        return {}
    visits, people = ledger.visits, ledger.customers
    own = people.filter(people.customer_id == str(base.customers[row]))
    rows = visits.filter(visits.product_no.isin([int(column) for column in columns]))
    rows = rows.filter(rows.kind.isin(list(INTEREST))).inner_join(own, "customer_no")
    last = rows.group_by("product_no", "kind").aggregate(moment=rows.moment.max())
    found = ledger.run(last)
    found = found.assign(worth=found["kind"].map(INTEREST))
    found = found.sort_values(["product_no", "worth", "moment"])
    latest = found.drop_duplicates("product_no", keep="last")
    return {
        int(one["product_no"]): (str(one["kind"]), one["moment"].date().isoformat())
        for one in latest.to_dict("records")
    }


# --- a group ------------------------------------------------------------------------------------


def _to_group(
    base: CustomerBase, ledger: Ledger, segment: int | None, n: int, texts: Texts | None
) -> Recommendation:
    labels = np.asarray(base.segmentation.labels)
    group = np.ones(len(labels), bool) if segment is None else labels == segment
    if not group.any():
        ids = [str(one.id) for one in base.segmentation.segments]
        raise UnknownName("segment", segment, ids)
    known = deeds(base)
    key = ("offers", segment, None if texts is None else id(texts), id(base.segmentation.labels))
    suits = ledger.once(key, lambda: _suits(base, known, np.flatnonzero(group), texts))
    return _told(
        base,
        ledger,
        known,
        np.flatnonzero(group),
        kind="all" if segment is None else "segment",
        subject=None if segment is None else str(segment),
        segment=segment,
        features=_features(known, group, suits, n),
    )


def _suits(base: CustomerBase, known: Deeds, members: Rows, texts: Texts | None) -> Floats:
    """(products,) how well each suits the members who do not have it; see the module."""
    most = min(MEMBERS, max(FEWEST_MEMBERS, CELLS // max(known.has.shape)))
    rows = members[sample_rows(len(members), most, 0)]
    score = affinity(base, known, rows, texts).score.astype(np.float64)
    score[known.settled[rows].toarray() > 0] = 0
    score[:, ~known.offered] = 0
    total = score.sum(axis=1, keepdims=True)
    return np.asarray((score / np.where(total > 0, total, 1)).sum(axis=0))


def _features(known: Deeds, group: NDArray[np.bool_], suits: Floats, n: int) -> tuple[Feature, ...]:
    size, width = int(group.sum()), len(known.products)
    have = np.bincount(known.has[group].indices, minlength=width)
    own, rest = _shares(known, group)
    takers, take_up = _take_up(known, group, have)
    expected = take_up * (size - have)
    score = np.sqrt(np.maximum(expected, LEAST) * suits)
    return tuple(
        Feature(
            *known.named(column),
            score=float(score[column]),
            have=int(have[column]),
            without=size - int(have[column]),
            own_share=float(own[column]),
            rest_share=None if rest is None else float(rest[column]),
            takers=int(takers[column]),
            take_up=float(take_up[column]),
        )
        for column in _top(score, known, n).tolist()
    )


def _take_up(known: Deeds, group: NDArray[np.bool_], have: Any) -> tuple[Floats, Floats]:
    """(products,) members who first bought it lately, and of those who could, the share expected
    to, drawn to everybody's."""
    fresh = known.first < RECENT
    counts = np.diff(known.has.indptr)
    inside = fresh & np.repeat(group, counts)
    everybody = np.bincount(known.has.indices[fresh], minlength=len(have))
    own = np.bincount(known.has.indices[inside], minlength=len(have))
    usual = everybody / np.maximum(len(group) - (known.owners - everybody), 1)
    could = group.sum() - (have - own)
    drawn = 0.0 if group.all() else AS_EVERYBODY
    return own.astype(np.float64), (own + drawn * usual) / np.maximum(could + drawn, 1)


# --- both ---------------------------------------------------------------------------------------


def _told(
    base: CustomerBase, ledger: Ledger, known: Deeds, rows: Rows, **own: Any
) -> Recommendation:
    now = (base.as_of - known.end).total_seconds() / 86_400
    usual = habits(base, known)
    waiting = due(known, usual, rows, now)
    sources: tuple[Source, ...] = ("orders", "events", "reviews")
    stock = known.products["stock"].notna()
    empty: Mapping[str, Any] = {"offers": (), "features": (), "had": None, "neighbours": 0}
    return Recommendation(
        **{**empty, **own},
        size=len(rows),
        repeats=_repeats(known, usual.share, waiting[:MOST_REPEATS]),
        due=len(waiting),
        gone=int(known.gone.sum()),
        out_of_stock=int(known.out_of_stock.sum()) if stock.any() else None,
        period=ledger.period(next(name for name in sources if ledger.has(name))),
        recently=known.recently,
        days=known.recent_days,
        as_of=base.as_of.date().isoformat(),
        bought=known.bought,
    )


def _repeats(known: Deeds, again: Floats, waiting: Sequence[Due]) -> tuple[Repeat, ...]:
    return tuple(
        Repeat(
            *known.named(one.column)[:2],
            natural=one.natural,
            again_share=float(again[one.column]),
            interval=one.interval,
            days=one.days,
            last=known.day(one.last) if one.days else None,
            day=known.day(one.day) if one.days else None,
            members=one.members,
        )
        for one in waiting
    )
