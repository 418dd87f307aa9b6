"""Whom of a group of customers a shop may contact: consent and suppression, and who is left out.

A customer whose consent is not known is left out like one who said no, and counted apart. Where the
data has no consent at all, nobody is left out for it, and `consent_field` is None: whoever shows an
audience says so. Nothing here chooses people by what they are worth.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.data.values import read_bool
from segmentation.data.words import plain, words
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.insight.similar.lookalikes import find_customer
from segmentation.types import CustomerBase

__all__ = ["LEFT_OUT", "Audience", "Contact", "audience", "contact"]

LEFT_OUT = ("suppressed", "no_consent", "unknown_consent")
"""Why somebody is left out; who could be under several counts under the first."""


@dataclass(frozen=True)
class Audience:
    """Who may be contacted.

    Args:
        customers: their ids, in the order of the base.
        considered: how many customers were asked about; those and the left out add up to it.
        left_out: reason (LEFT_OUT, all of them) → customers.
        consent_field: the column that says who agreed; None where the data has none.
        suppressed_by: what names people to leave alone: columns of the profile, and `list` where
            ids were given.
    """

    customers: tuple[str, ...]
    considered: int
    left_out: Mapping[str, int]
    consent_field: str | None
    suppressed_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contact:
    """Who of all customers may be contacted, in the order of the base.

    Args:
        reason: (n,) one of LEFT_OUT for who may not be; empty for who may.
        consent_field: the column that says who agreed; None where the data has none.
        suppressed_by: as in `Audience`.
    """

    reason: NDArray[np.str_]
    consent_field: str | None
    suppressed_by: tuple[str, ...]

    @property
    def may(self) -> NDArray[np.bool_]:
        """(n,) True for who may be contacted, as far as is known."""
        return np.asarray(self.reason == "")

    def agreed(self, row: int) -> bool | None:
        """True for who said yes, False for who said no or is to be left alone, None if unknown."""
        if self.reason[row] in ("suppressed", "no_consent"):
            return False
        return True if self.consent_field and self.reason[row] == "" else None


def contact(base: CustomerBase, suppressed: Collection[str] = ()) -> Contact:
    """What is known about contacting each customer; `suppressed` as in `audience`."""
    consent, field = open_ledger(base).once(("consent",), lambda: _consent(base))
    barred, sources = _suppressed(base, suppressed)
    reason = np.where(consent == 0, "no_consent", np.where(consent < 0, "unknown_consent", ""))
    return Contact(np.where(barred, "suppressed", reason if field else ""), field, sources)


def audience(
    base: CustomerBase,
    *,
    segment: int | None = None,
    customer_ids: Sequence[str] | None = None,
    suppressed: Collection[str] = (),
) -> Audience:
    """Whom of a segment, of these customers, or of all may be contacted.

    Args:
        segment: an id of the base's segmentation; 0 are the unassigned.
        customer_ids: only these; each counts once.
        suppressed: ids that are never to be contacted, beside those the profile names.

    Raises:
        UnknownName: a customer that is not in the base.
    """
    asked = _asked(base, segment, customer_ids)
    known = contact(base, suppressed)
    reason, ids = known.reason[asked], base.customers[asked]
    return Audience(
        customers=tuple(map(str, ids[reason == ""])),
        considered=len(ids),
        left_out={why: int((reason == why).sum()) for why in LEFT_OUT},
        consent_field=known.consent_field,
        suppressed_by=known.suppressed_by,
    )


def _asked(
    base: CustomerBase, segment: int | None, customer_ids: Sequence[str] | None
) -> NDArray[np.bool_]:
    """(n,) who is asked about."""
    asked = np.ones(len(base.customers), dtype=bool)
    if segment is not None:
        asked &= np.asarray(base.segmentation.labels) == segment
    if customer_ids is not None:
        named = np.zeros(len(base.customers), dtype=bool)
        named[[find_customer(base, one) for one in customer_ids]] = True
        asked &= named
    return asked


def _consent(base: CustomerBase) -> tuple[NDArray[np.int8], str | None]:
    """(n,) 1 agreed, 0 did not, -1 unknown; and the column that says so, None without one.

    The profile's word, or the last that came with an order where there is no profile's.
    """
    ledger = open_ledger(base)
    with ledger.lock:
        if "profile_consent" in ledger.people.columns:
            said = _profile(base, ledger, ["consent"])["consent"]
        elif "consent" in ledger.line_attributes:
            said = _said_last(ledger).reindex(base.customers.astype(str))
        else:
            return np.full(len(base.customers), -1, dtype=np.int8), None
    known = said.map(_yes, na_action="ignore").map({True: 1, False: 0}).fillna(-1)
    return np.asarray(known, dtype=np.int8), "consent"


def _said_last(ledger: Ledger) -> pd.Series[Any]:
    """The consent that came with each customer's last order to say anything; by customer_id."""
    lines = ledger.lines.filter(ledger.lines.line_consent.notnull())
    last = lines.group_by("customer_no").aggregate(consent=lines.line_consent.argmax(lines["at"]))
    found = last.inner_join(ledger.customers, "customer_no").select("customer_id", "consent")
    return ledger.run(found).set_index("customer_id")["consent"]


def _suppressed(
    base: CustomerBase, listed: Collection[str]
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """(n,) who is never to be contacted, and what says so."""
    given = frozenset(listed)
    barred = np.array([str(one) in given for one in base.customers], dtype=bool)
    ledger = open_ledger(base)
    with ledger.lock:
        fields = [
            name
            for column in ledger.people.columns
            if column.startswith("profile_") and _bars(name := column.removeprefix("profile_"))
        ]
        profile = _profile(base, ledger, fields) if fields else pd.DataFrame()
    for name in fields:
        barred |= profile[name].map(_marks, na_action="ignore").eq(True).to_numpy(dtype=bool)
    return barred, (*fields, *(["list"] if given else []))


def _bars(name: str) -> bool:
    """Whether a column of the profile says who is not to be contacted: `unsubscribed_at`, 退订."""
    said = plain(name)
    return any(said in (bar, f"{bar}at", f"{bar}on", f"{bar}date") for bar in words()["barred"])


def _profile(base: CustomerBase, ledger: Ledger, fields: Sequence[str]) -> pd.DataFrame:
    """These fields of the profile, one row per customer of the base."""
    columns = {name: f"profile_{name}" for name in fields}
    frame = ledger.run(ledger.people.select("customer_id", **columns)).set_index("customer_id")
    return frame.reindex(base.customers.astype(str))


def _yes(value: Any) -> bool | None:
    """Yes or no, None where a text is neither."""
    return bool(value) if isinstance(value, bool | np.bool_) else read_bool(str(value))


def _marks(value: Any) -> bool:
    """Whether a mark against contact is set: anything but no, zero and nothing counts."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, date):
        return True
    text = str(value).strip()
    return bool(text) and read_bool(text) is not False
