"""An audience as a file: who is in it, which columns, and why others are not. Writes nothing.

A draft is the whole file before anybody agreed to it. The chat shows what it says, and writes it
only when the user's own word came and the very same bytes come out again (tools/exporting.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from assistant.export.cells import csv_bytes, is_formula
from assistant.export.files import digest
from assistant.export.platforms import FORMATS, Format
from assistant.router.places import iso_code
from segmentation.insight.campaign.audience import audience
from segmentation.insight.campaign.contacts import contacts, normal_email, normal_phone
from segmentation.insight.errors import UnknownName
from segmentation.insight.ledger import open_ledger
from segmentation.insight.similar.lookalikes import known_id
from segmentation.types import CustomerBase

__all__ = ["FEWEST", "FEW_MATCHED", "Draft", "draft"]

FEWEST = 20
"""People below which a file for ads is refused: an ad shown to a handful singles people out."""

FEW_MATCHED = 100
"""Matched people below which Meta and Google show no ads to a list."""


@dataclass(frozen=True)
class Draft:
    """A file that could be written.

    Args:
        args: the arguments it is of, with what was left open filled in.
        considered: customers asked for, each once, those that do not exist not counted.
        rows: of the file.
        left_out: reason → customers (`unknown` and `repeated`: ids as they were given).
        consent_field: the column that says who agreed; None where the data has none.
        contacts: `email`, `phone` → the column it is from; empty where the file has ids instead.
        columns: of the file.
        unhashed: hashes were asked for, but there are only ids, which must stay as they are.
        neutralised: cells that would have been formulas.
        content: the file.
        refusal: why it may not be written, a key of the wording; empty where it may.
    """

    args: Mapping[str, Any]
    considered: int
    rows: int
    left_out: Mapping[str, int]
    consent_field: str | None
    contacts: Mapping[str, str]
    columns: tuple[str, ...]
    unhashed: bool
    neutralised: int
    content: bytes
    refusal: str = ""

    @property
    def format(self) -> str:
        return str(self.args["format"])

    @property
    def sha256(self) -> str:
        return digest(self.content)


def draft(
    base: CustomerBase,
    *,
    segment: int | None = None,
    customer_ids: Sequence[Any] | None = None,
    format: str = "csv",
    hashed: bool | None = None,
    suppressed: Collection[str] = (),
) -> Draft:
    """The file of a segment, or of these customers, after consent and suppression.

    Args:
        segment, customer_ids: one of them.
        format: one of `FORMATS`.
        hashed: SHA-256 or plain; None as the platform takes it.
        suppressed: ids that are never to be contacted.

    Raises:
        UnknownName: none of the ids exists.
    """
    asked, left_out = _asked(base, customer_ids)
    found = audience(base, segment=segment, customer_ids=asked, suppressed=suppressed)
    left_out |= found.left_out
    shape = FORMATS[format]
    known = contacts(base).columns if shape.email else {}
    by_contact = bool(known)
    hashes = (shape.hashes and by_contact) or (format == "csv" and bool(hashed))
    if by_contact:
        barred = _barred(base, suppressed)
        columns, rows = _by_contact(base, shape, found.customers, barred, left_out)
    else:
        columns, rows = _by_id(base, shape, found.customers, hashed=hashes)
    who = {"segment": segment} if customer_ids is None else {"customer_ids": asked}
    return Draft(
        args={**who, "format": format, "hashed": hashes},
        considered=found.considered,
        rows=len(rows),
        left_out={reason: n for reason, n in left_out.items() if n},
        consent_field=found.consent_field,
        contacts=known,
        columns=tuple(columns),
        unhashed=bool(hashed) and not hashes,
        neutralised=sum(is_formula(cell) for row in rows for cell in row),
        content=csv_bytes(columns, rows),
        refusal=_refusal(format, hashed, by_contact=by_contact, rows=len(rows)),
    )


def _asked(
    base: CustomerBase, customer_ids: Sequence[Any] | None
) -> tuple[list[str] | None, dict[str, int]]:
    """The ids that exist, each once, in the order given; and how many did not, or came again."""
    if customer_ids is None:
        return None, {}
    found = [known_id(base, one) for one in customer_ids]
    asked = list(dict.fromkeys(one for one in found if one is not None))
    unknown = sum(one is None for one in found)
    if not asked:
        given = str(customer_ids[0]) if customer_ids else ""
        raise UnknownName("customer", given, tuple(map(str, base.customers)))
    return asked, {"unknown": unknown, "repeated": len(found) - unknown - len(asked)}


def _by_id(
    base: CustomerBase, shape: Format, customers: Sequence[str], *, hashed: bool
) -> tuple[list[str], list[tuple[Any, ...]]]:
    column = f"{shape.id}_sha256" if hashed else shape.id
    details = _details(base, shape, customers)
    ids = [digest(one.encode("utf-8")) if hashed else one for one in customers]
    rows = [(one, *detail) for one, detail in zip(ids, details, strict=True)]
    return [column, *shape.details], rows


def _by_contact(
    base: CustomerBase,
    shape: Format,
    customers: Sequence[str],
    barred: frozenset[str],
    left_out: dict[str, int],
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """One row per person who can be reached; counts who cannot, and whose contact came before."""
    known = _normalised(base).loc[list(customers)]
    rows, seen, reasons = [], set[str](), Counter[str]()
    details = _details(base, shape, customers)
    for record, detail in zip(known.to_dict("records"), details, strict=True):
        given = [one for one in record.values() if one]
        if reason := _unreachable(given, seen, barred):
            reasons[reason] += 1
            continue
        seen.add(given[0])
        rows.append((*(shape.cell(kind, record[kind]) for kind in known.columns), *detail))
    left_out |= reasons
    headers = {"email": shape.email, "phone": shape.phone}
    return [*(headers[str(kind)] for kind in known.columns), *shape.details], rows


def _unreachable(given: Sequence[str], seen: set[str], barred: frozenset[str]) -> str:
    """Why a row is left out: no contact, one of somebody who must not be contacted, or a repeat."""
    if not given:
        return "no_contact"
    if not barred.isdisjoint(given):
        return "shared_contact"
    return "same_contact" if given[0] in seen else ""


def _barred(base: CustomerBase, suppressed: Collection[str]) -> frozenset[str]:
    """Contacts of all who must not be contacted: one address may belong to two ids."""
    free = audience(base, suppressed=suppressed).customers
    others = _normalised(base).drop(index=list(free))
    return frozenset(one for one in others.to_numpy().ravel() if one)


def _normalised(base: CustomerBase) -> pd.DataFrame:
    """Contacts of everybody as platforms compare them; None where there is none that is valid."""

    def find() -> pd.DataFrame:
        raw = contacts(base)
        regions = {name: iso_code(str(name)) for name in raw.frame["country"].dropna().unique()}
        ready = {
            "email": lambda row: normal_email(row.email or ""),
            "phone": lambda row: normal_phone(row.phone or "", regions.get(row.country)),
        }
        rows = list(raw.frame.itertuples(index=False))
        columns = {kind: [ready[kind](row) for row in rows] for kind in raw.columns}
        return pd.DataFrame(columns, index=raw.frame.index, dtype=object)

    return open_ledger(base).once(("normalised contacts",), find)


def _details(base: CustomerBase, shape: Format, customers: Sequence[str]) -> list[tuple[Any, ...]]:
    if not shape.details:
        return [()] * len(customers)
    names = {one.id: one.name for one in base.segmentation.segments}
    labels = base.segmentation.labels[base.customers.get_indexer(pd.Index(list(customers)))]
    return [(int(label), names[int(label)]) for label in labels]


def _refusal(format: str, hashed: bool | None, *, by_contact: bool, rows: int) -> str:
    if format == "klaviyo" and hashed:
        return "plain_only"
    if FORMATS[format].hashes and by_contact and hashed is False:
        return "hashed_only"
    if not rows:
        return "nobody"
    return "too_few" if FORMATS[format].is_ads and rows < FEWEST else ""
