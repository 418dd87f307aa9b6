"""What became of a campaign's customers: out of the shop's own orders, or out of a file.

A file is either orders (it has order dates; it is read as any orders are) or one row per customer
with an outcome and, if the sender knows, who got the message. Every wrong file is one error that
says what would be right. Nothing is compared here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import numpy as np
import pandas as pd

from segmentation.data.reading import read_shop
from segmentation.data.sources import parts_of
from segmentation.data.values import decide_numbers, read_bool, read_number
from segmentation.data.words import plain, synonyms, words
from segmentation.insight.campaign.happenings import happenings, outcomes
from segmentation.insight.campaign.record import Campaign, Yardstick
from segmentation.insight.campaign.result import Seen
from segmentation.types import CustomerBase, InputError

__all__ = ["seen_in_base", "seen_in_file"]

HINT = (
    "Give a CSV with customer_id and {column} (one row per customer), or a file of orders with "
    "dates."
)


def seen_in_base(campaign: Campaign, base: CustomerBase, start: datetime) -> Seen:
    """What the data says they did in the window from `start` on; who is not in it did nothing.

    Raises:
        InputError: it says nothing of the window.
    """
    history = happenings(base)
    last = base.as_of if history.empty else min(base.as_of, _midnight(history["at"].max()))
    days = min(campaign.aim.days, int((last - start).total_seconds() // 86_400))
    if days < 1:
        raise InputError(
            f"The data ends on {(last - timedelta(microseconds=1)).date().isoformat()}, before "
            f"a day of this campaign was over; it began on {start.date().isoformat()}",
            where=campaign.id,
            fix="Build again with newer orders, give --result FILE, or say --start DATE.",
        )
    people = pd.Index([*campaign.control, *campaign.mailed])
    found = outcomes(history, people, start, start + timedelta(days=days))
    return Seen(found[campaign.aim.yardstick.outcome], days)


def _midnight(moment: pd.Timestamp) -> datetime:
    """The end of that day."""
    found: datetime = (moment.normalize() + pd.Timedelta(days=1)).to_pydatetime()
    return found


def seen_in_file(campaign: Campaign, base: CustomerBase, path: Path, start: datetime) -> Seen:
    """What a file says they did. Raises InputError, each time one that says what would be right."""
    rows = _rows(path)
    columns = {plain(name): name for name in rows.columns}
    if any(name in columns for name in map(plain, synonyms()["orders"]["ordered_at"])):
        return _of_orders(campaign, base, path, start)
    return _of_customers(campaign, rows, columns, path)


def _rows(path: Path) -> pd.DataFrame:
    """The file as texts, nothing interpreted."""
    with TemporaryDirectory() as scratch:
        parts = list(parts_of(path, "result", None, Path(scratch)))
        frames = [
            pd.DataFrame({i: pd.Series(c.to_pylist(), dtype=object) for i, c in enumerate(batch)})
            .rename(columns=dict(enumerate(part.columns)))
            for part in parts
            for batch, _, _ in part.batches
        ]  # fmt: skip
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    if rows.empty:
        raise InputError("The result has no rows", where=str(path), fix="Give one with customers.")
    return rows


def _of_orders(campaign: Campaign, base: CustomerBase, path: Path, start: datetime) -> Seen:
    """Orders, read and counted as every order is."""
    connection = ibis.duckdb.connect()
    with TemporaryDirectory() as folder:
        read_shop({"orders": path}, workdir=Path(folder))
        written = connection.read_parquet(Path(folder) / "tables" / "orders.parquet")
        orders = connection.create_table("orders", written)
    seen = orders.select("customer_id", "ordered_at").to_pandas()
    own, people = set(seen["customer_id"]), {*campaign.control, *campaign.mailed}
    if not own & people:
        raise _nobody(path)
    known = replace(
        base,
        tables={"orders": orders},
        features=pd.DataFrame(index=pd.Index(sorted(people), name="customer_id")),
        as_of=_midnight(seen["ordered_at"].max()),
        extras={},
    )
    return replace(seen_in_base(campaign, known, start), strangers=len(own - people))


def _of_customers(
    campaign: Campaign, rows: pd.DataFrame, columns: Mapping[str, str], path: Path
) -> Seen:
    """One row per customer."""
    yardstick = campaign.aim.yardstick
    customer = _find(columns, synonyms()["customers"]["customer_id"])
    wanted = _find(columns, _said(yardstick))
    if customer is None or wanted is None:
        missing = "customer_id" if customer is None else yardstick.outcome
        raise InputError(
            f"No column of the result says {missing}; it has {', '.join(map(str, rows.columns))}",
            where=str(path),
            fix=HINT.format(column=yardstick.outcome),
        )
    rows = rows[rows[customer].notna() & (rows[customer].astype(str).str.strip() != "")]
    ids = rows[customer].astype(str).str.strip().str.removeprefix("'")
    _check_once(ids, path)
    values = pd.Series(_values(rows[wanted], yardstick, wanted, path), index=ids)
    mark = _find(columns, words()["received"], but=(customer, wanted))
    received = None if mark is None else pd.Series(_marks(rows[mark]), index=ids)
    people = pd.Index([*campaign.control, *campaign.mailed])
    own = values[values.index.isin(people)]
    if own.empty:
        raise _nobody(path)
    return Seen(
        values=own,
        days=campaign.aim.days,
        strangers=len(values) - len(own),
        received=received,
        only_buyers=bool((own.dropna() > 0).all()) and len(own) < len(people),
    )


def _said(yardstick: Yardstick) -> list[str]:
    """What the column of a yardstick may be called, the surest first."""
    known = words()["results"]
    own = "revenue" if yardstick.outcome == "net_revenue" else yardstick.outcome
    # Whoever ordered or spent something has bought.
    more = [*known["orders"], *known["revenue"]] if own == "bought" else []
    return [yardstick.metric, yardstick.outcome, *known[own], *known["any"], *more]


def _find(columns: Mapping[str, str], names: Sequence[str], but: Sequence[str] = ()) -> str | None:
    known = (columns.get(plain(name)) for name in names)
    return next((name for name in known if name is not None and name not in but), None)


def _check_once(ids: pd.Series[str], path: Path) -> None:
    twice = ids[ids.duplicated()]
    if len(twice):
        raise InputError(
            f"Customer {twice.iloc[0]!r} is in the result {int((ids == twice.iloc[0]).sum())} times"
            f" ({twice.nunique()} customers are)",
            where=str(path),
            fix="Give one row per customer, or a file of orders with dates.",
        )


def _values(cells: pd.Series[str], yardstick: Yardstick, column: str, path: Path) -> list[float]:
    """Cells as numbers; yes and no as 1 and 0. An empty cell of what everybody has is nothing."""
    texts = ["" if cell is None or cell != cell else str(cell).strip() for cell in cells]
    shapes = Counter(re.sub(r"\d", "9", text) for text in texts if text)
    decimal = decide_numbers(shapes).decimal
    nothing = np.nan if yardstick.of_buyers else 0.0
    found = [nothing if not text else _value(text, decimal) for text in texts]
    for text, value in zip(texts, found, strict=True):
        if value is None or (yardstick.unit == "share" and value < 0):
            raise InputError(
                f"{text[:40]!r} in the column {column} is no {_kind(yardstick)}",
                where=str(path),
                fix="Write yes or no (1 or 0)." if yardstick.unit == "share" else "Write a number.",
            )
    numbers = [float(str(value)) for value in found]
    return [float(n > 0) for n in numbers] if yardstick.unit == "share" else numbers


def _value(text: str, decimal: str) -> float | None:
    said = read_bool(text)
    number = read_number(text, decimal)
    return number if number is not None else None if said is None else float(said)


def _kind(yardstick: Yardstick) -> str:
    return "yes or no" if yardstick.unit == "share" else "number"


def _marks(cells: pd.Series[str]) -> list[bool]:
    """Whether each got the message: yes, or anything that is neither no nor empty."""
    texts = ["" if cell is None or cell != cell else str(cell).strip() for cell in cells]
    return [bool(text) and read_bool(text) is not False for text in texts]


def _nobody(path: Path) -> InputError:
    return InputError(
        "Nobody in the result belongs to this campaign",
        where=str(path),
        fix="Check that it has the customer ids of the plan, and that the plan is the right one.",
    )
