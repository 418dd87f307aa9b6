"""How customers can be reached: e-mail and phone, where the user kept those columns.

Only for files that leave with the user's word. Columns that identify a person are dropped at the
door (data/privacy.py) unless the user keeps them; the ledger has them in none of its tables, so no
question, answer, profile or segment sees them. What is found here is not checked for consent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import phonenumbers

from segmentation.data.privacy import identifying_columns
from segmentation.data.scrubbing import is_email
from segmentation.insight.ledger import SAMPLE, Ledger, open_ledger
from segmentation.types import CustomerBase

__all__ = ["KINDS", "Contacts", "contacts", "normal_email", "normal_phone"]

KINDS = ("email", "phone")


@dataclass(frozen=True)
class Contacts:
    """What is known of how to reach customers, as it was written.

    Args:
        columns: `email`, `phone` → the column it is from; only what there is.
        frame: one row per customer of the base, in its order: those columns and `country` (of the
            profile, else of the last order that names one); texts, None where unknown.
    """

    columns: Mapping[str, str]
    frame: pd.DataFrame


def contacts(base: CustomerBase) -> Contacts:
    """The contact columns of the base; `columns` is empty where none were kept."""
    ledger = open_ledger(base)

    def find() -> Contacts:
        found = {kind: place for kind in KINDS if (place := _place(base, ledger, kind))}
        series = {kind: _values(base, ledger, *place) for kind, place in found.items()}
        series["country"] = _country(base, ledger)
        frame = pd.DataFrame(series, index=base.customers).astype(object)
        names = {kind: f"{table}.{column}" for kind, (table, column) in found.items()}
        return Contacts(names, frame.where(frame.notna(), None))

    return ledger.once(("contacts",), find)


def normal_email(text: object) -> str | None:
    """An address as platforms hash it: without blanks around it, in lower case; None if it is none.

    Dots and `+tags` stay: Meta and Google's customer match compare addresses as they are written.
    """
    address = str(text).strip().lower()
    return address if is_email(address) else None


def normal_phone(text: object, region: str | None) -> str | None:
    """A phone number in E.164 (`+447400123456`); None where it is none.

    Args:
        region: ISO code of the country that numbers without one are of.
    """
    try:
        number = phonenumbers.parse(str(text).removesuffix(".0"), region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _place(base: CustomerBase, ledger: Ledger, kind: str) -> tuple[str, str] | None:
    """Table and column of a kind of contact: the profile's, the orders', or else the id itself."""
    for table in ("customers", "orders"):
        for column, found in ledger.identifying[table].items():
            if found == kind:
                return table, column
    ids = identifying_columns({"customer_id": [str(one) for one in base.customers[:SAMPLE]]})
    return ("customers", "customer_id") if ids.get("customer_id") == kind else None


def _values(base: CustomerBase, ledger: Ledger, table: str, column: str) -> pd.Series[Any]:
    """One value per customer; of several orders the last that has one."""
    if column == "customer_id":
        return pd.Series(base.customers.astype(str), index=base.customers)
    rows = ledger.tables[table]
    value = rows[column].cast("string")
    if table == "customers":
        found = ledger.run(rows.select("customer_id", value=value))
    else:
        known = rows.mutate(value=value).filter(value.notnull())
        latest = known["value"].argmax(known.ordered_at)
        found = ledger.run(known.group_by("customer_id").aggregate(value=latest))
    return found.set_index("customer_id")["value"].reindex(base.customers.astype(str))


def _country(base: CustomerBase, ledger: Ledger) -> pd.Series[Any]:
    for table in ("customers", "orders"):
        if ledger.has(table) and "country" in ledger.tables[table].columns:
            return _values(base, ledger, table, "country")
    return pd.Series([None] * len(base.customers), index=base.customers, dtype=object)
