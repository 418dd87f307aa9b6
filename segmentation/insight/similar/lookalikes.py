"""Customers like these: the nearest embeddings by cosine, and what they share.

Every customer is compared, one block of vectors after the other; only in shops of `EXACT` customers
and more, and where no filter narrows them down, the search index picks who is compared. What a
cosine is worth is in likeness.py, what is shared in shared.py, who is like some words in wanted.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from segmentation.insight.errors import BadArgument, UnknownName
from segmentation.insight.ledger import open_ledger
from segmentation.insight.similar.closeness import (
    Rows,
    Space,
    allowed,
    best,
    closeness,
    middle,
    picked,
    strangers,
)
from segmentation.insight.similar.likeness import Chances, learn, member_draws
from segmentation.insight.similar.shared import Reason, shared
from segmentation.types import CustomerBase, FloatMatrix
from segmentation.views.taste import unit

__all__ = ["Alike", "Match", "find_customer", "known_id", "lookalikes", "similar"]

EXPLAINED = 50
"""Matches of which it is said what they share; the others only have their scores."""
STRANGERS = 0.9
"""Seeds belong together where they are closer than this share of pairs of any customers."""
MOST_SEEDS = 1_000
LIKELY = 0.5
"""Whoever is at least as likely to belong to a group as not is of its look-alikes."""


@dataclass(frozen=True)
class Match:
    """A look-alike.

    Args:
        score: cosine to the mean of those it is like, 1 at most; in a search by words the share of
            what they bought that is about the words, 0 to 1; None where nothing was asked for but
            conditions.
        likeness: the chance that `Alike.chances` speaks of; None where there are none.
        like: the seeds it is closest to, where seeds are unlike each other.
    """

    customer_id: str
    score: float | None
    segment: int
    because: tuple[Reason, ...] = ()
    likeness: float | None = None
    like: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alike:
    """Who was found.

    Args:
        matches: best first.
        considered: customers that were compared, after filters and without the seeds.
        groups: the seeds, those together that are like each other.
        chances: what `likeness` is the chance of.
    """

    matches: tuple[Match, ...]
    considered: int
    groups: tuple[tuple[str, ...], ...] = ()
    chances: Chances | None = None

    @property
    def expected(self) -> float | None:
        """Mean likeness of the matches: how many of them the chances promise; None if unknown."""
        known = [match.likeness for match in self.matches if match.likeness is not None]
        return float(np.mean(known)) if known else None


def find_customer(base: CustomerBase, customer_id: Any) -> int:
    """The row of a customer. Raises UnknownName with the nearest ids."""
    known = known_id(base, customer_id)
    if known is None:
        given = str(customer_id).strip().removesuffix(".0")
        raise UnknownName("customer", given, tuple(base.customers))
    row = base.customers.get_loc(known)
    return int(row)  # type: ignore[arg-type]


def known_id(base: CustomerBase, given: Any) -> str | None:
    """The id as the base has it, None where there is none: `12748.0` is what spreadsheets make of
    `12748`."""
    text = str(given).strip()
    return next((one for one in (text, text.removesuffix(".0")) if one in base.customers), None)


def similar(
    base: CustomerBase,
    space: Space,
    *,
    customer_ids: Sequence[Any],
    n: int = 10,
    filters: Sequence[Any] = (),
    only: Rows | None = None,
) -> Alike:
    """The `n` customers most like some customers, best first, those left out.

    Seeds that are unlike each other are not averaged: they fall into groups, and everybody is held
    against the group they are closest to.

    Args:
        customer_ids: seeds.
        filters: as `query` takes them; nobody they exclude is returned.
        only: rows of the base, where others are not to be returned.

    Raises:
        UnknownName: a seed, field or value that does not exist.
        BadArgument: no seeds, or n below 1.
    """
    _check(n)
    if not customer_ids:
        raise BadArgument("customer_ids", "-", "alike")
    seeds = np.array(list(dict.fromkeys(find_customer(base, seed) for seed in customer_ids)))
    groups = _groups(space.vectors, seeds)
    rows = allowed(base, filters, without=seeds, only=only)
    considered = len(rows)
    if space.index is not None and not filters and only is None:
        rows = picked(base, space, groups, n, seeds)
    middles = [middle(space.vectors, group) for group in groups]
    scores = np.stack([closeness(space.vectors, each, rows) for each in middles])
    kept = best(scores.max(axis=0), rows, n)
    closest, scores = scores[:, kept].argmax(axis=0), scores[:, kept].max(axis=0)
    # The mean of the cosines to the seeds is the cosine to their mean, times its length.
    lengths = np.array([np.linalg.norm(each) for each in middles])
    likely = space.chances.of(scores * lengths[closest]) if space.chances else None
    matches = _matches(base, rows[kept], scores, likely)
    names = tuple(tuple(str(base.customers[row]) for row in group) for group in groups)
    if len(groups) > 1:
        matches = [replace(m, like=names[g]) for m, g in zip(matches, closest, strict=True)]
    found = _explained(base, groups, closest, matches)
    return Alike(found, considered, names, space.chances)


def lookalikes(
    base: CustomerBase,
    space: Space,
    segment: int,
    *,
    n: int | None = None,
    filters: Sequence[Any] = (),
    only: Rows | None = None,
) -> Alike:
    """Who outside a segment is most like its members, best first.

    Args:
        segment: its id.
        n: how many; None for everybody who, so close to its middle, would more likely than not be
            a member (`LIKELY`), as learned on members hidden from it.
        filters, only: as in `similar`.

    Raises:
        BadArgument: n below 1, or the segment has no members.
    """
    _check(1 if n is None else n)
    members = np.flatnonzero(base.segmentation.labels == segment)
    if not len(members):
        raise BadArgument("segment", segment, "peopled")
    chances = _membership(base, space, segment, members)
    rows = allowed(base, filters, without=members, only=only)
    scores = closeness(space.vectors, middle(space.vectors, members), rows)
    kept = best(scores, rows, len(rows) if n is None else n)
    likely = chances.of(scores[kept]) if chances else None
    if n is None:
        sure = np.zeros(len(kept), bool) if likely is None else likely >= LIKELY
        kept, likely = kept[sure], None if likely is None else likely[sure]
    matches = _matches(base, rows[kept], scores[kept], likely)
    found = _explained(base, [members], np.zeros(len(matches), dtype=int), matches)
    return Alike(found, len(rows), (), chances)


def _membership(base: CustomerBase, space: Space, segment: int, members: Rows) -> Chances | None:
    """The chances of one segment, learned once."""
    key = ("membership", id(space.vectors), segment, id(base.segmentation.labels))
    return open_ledger(base).once(
        key, lambda: learn("member", member_draws(space.vectors, members))
    )


def _check(n: int) -> None:
    if n < 1:
        raise BadArgument("n", n, "positive")


# --- seeds ------------------------------------------------------------------------------


def _groups(vectors: FloatMatrix, seeds: Rows) -> list[Rows]:
    """The seeds, those together that are closer on average than nine in ten pairs of strangers."""
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(seeds) == 1 or len(seeds) > MOST_SEEDS:
        return [seeds]
    placed = unit(vectors[seeds])
    apart = 1 - (placed @ placed.T)[np.triu_indices(len(seeds), 1)]
    tree = linkage(np.clip(apart, 0, 2), method="average")
    labels = fcluster(tree, t=max(1 - strangers(vectors, STRANGERS), 1e-9), criterion="distance")
    order = dict.fromkeys(labels.tolist())
    return [seeds[labels == label] for label in order]


# --- what is told of them -------------------------------------------------------------------


def _matches(
    base: CustomerBase, rows: Rows, scores: FloatMatrix, likely: Any | None
) -> list[Match]:
    labels = base.segmentation.labels
    likely = [None] * len(rows) if likely is None else likely.tolist()
    return [
        Match(str(base.customers[row]), float(score), int(labels[row]), (), chance)
        for row, score, chance in zip(rows, scores, likely, strict=True)
    ]


def _explained(
    base: CustomerBase, groups: Sequence[Rows], closest: Rows, matches: Sequence[Match]
) -> tuple[Match, ...]:
    """The first matches with what they share with the seeds they are closest to."""
    told = list(matches)
    first = closest[:EXPLAINED]
    for number, group in enumerate(groups):
        places = np.flatnonzero(first == number)
        rows = [find_customer(base, told[place].customer_id) for place in places]
        for place, why in zip(places, shared(base, group.tolist(), rows), strict=True):
            told[place] = replace(told[place], because=why)
    return tuple(told)
