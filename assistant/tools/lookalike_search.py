"""What a search for look-alikes was understood to ask, and what it found; words are elsewhere.

Descriptions are taken apart here, whoever calls: a language model, the offline one, or the command
line. So all of them get the same conditions out of the same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from assistant.router.catalogue import Catalogue
from assistant.router.wanted import Wanted, take_apart
from assistant.tools.references import segment_id, understood
from segmentation.insight.errors import BadArgument, NotLoaded
from segmentation.insight.filters import Filter
from segmentation.insight.ledger import open_ledger
from segmentation.insight.metrics import METRICS
from segmentation.insight.similar.closeness import Rows
from segmentation.insight.similar.lookalikes import Alike, lookalikes, similar
from segmentation.insight.similar.wanted import by_conditions, by_words
from segmentation.types import CustomerBase

__all__ = ["Search", "search"]

Kind = Literal["customers", "segment", "words", "conditions"]
USUAL = 10


@dataclass(frozen=True)
class Search:
    """One search.

    Args:
        kind: what people were held against.
        found: who was found; empty where nothing was understood.
        filters: conditions given and read.
        n: how many were asked for; None for as many as are likely.
        wanted: the description taken apart, where there was one.
        segment: the one whose look-alikes these are.
        likely: False where nobody was likely enough, and the closest are given instead.
    """

    kind: Kind
    found: Alike
    filters: tuple[Filter, ...] = ()
    n: int | None = USUAL
    wanted: Wanted | None = None
    segment: int | None = None
    likely: bool = True


def search(
    workspace: Any,
    *,
    customer_ids: Sequence[Any] | None = None,
    description: str | None = None,
    segment: Any = None,
    n: int | None = None,
    filters: Sequence[Mapping[str, Any]] | None = None,
    only: Rows | None = None,
) -> Search:
    """Find look-alikes of customers, of a segment's members, or of a description.

    Args:
        only: rows of the base, where others are not to be found.

    Raises:
        BadArgument: not exactly one of the three, or n below 1.
        UnknownName: a customer, segment, field or value that does not exist.
        NotLoaded: words where the shop has no texts, a condition on what was not loaded.
    """
    base, said = workspace.base, (description or "").strip()
    if [bool(customer_ids), bool(said), segment is not None].count(True) != 1:
        given = customer_ids or said or "-"
        raise BadArgument("customer_ids", given, "alike")
    wanted = take_apart(said, _catalogue(base)) if said else None
    read = [*(filters or ()), *(wanted.filters if wanted else ())]
    _check_loaded(base, read)
    conditions = tuple(dict.fromkeys(understood(base, read)))
    if wanted:
        customer_ids, segment = wanted.customers, wanted.segment
    asked = Search("customers", Alike((), 0), conditions, n or USUAL, wanted)
    if customer_ids:
        return replace(
            asked,
            found=similar(
                base,
                workspace.space,
                customer_ids=customer_ids,
                n=USUAL if n is None else n,
                filters=conditions,
                only=only,
            ),
        )
    if segment is not None:
        return _of_segment(workspace, replace(asked, n=n), segment_id(base, segment), only)
    if wanted and wanted.words:
        texts, encoder = workspace.texts, workspace.encoder
        size = USUAL if n is None else n
        found = by_words(
            base, texts, wanted.english, encoder, n=size, filters=conditions, only=only
        )
        return replace(asked, kind="words", found=found)
    if not conditions:
        return replace(asked, kind="words")
    found = by_conditions(base, n=USUAL if n is None else n, filters=conditions, only=only)
    return replace(asked, kind="conditions", found=found)


def _of_segment(workspace: Any, asked: Search, segment: int, only: Rows | None) -> Search:
    base, space = workspace.base, workspace.space
    where: dict[str, Any] = {"filters": asked.filters, "only": only}
    found = lookalikes(base, space, segment, n=asked.n, **where)
    likely = asked.n is not None or bool(found.matches)
    if not likely:
        found = lookalikes(base, space, segment, n=USUAL, **where)
    return replace(asked, kind="segment", found=found, segment=segment, likely=likely)


def _check_loaded(base: CustomerBase, filters: Sequence[Mapping[str, Any]]) -> None:
    """A condition on a number that the data cannot give is no misspelt field."""
    ledger = open_ledger(base)
    for condition in filters:
        metric = METRICS.get(str(condition.get("field", "")).strip().lower())
        if metric and (lacking := ledger.lacks(metric)):
            raise NotLoaded(lacking, metric.name)


def _catalogue(base: CustomerBase) -> Catalogue:
    """The shop's own words, read once for these segments."""
    key = ("catalogue", id(base.segmentation.labels))
    return open_ledger(base).once(key, lambda: Catalogue.of(base))
