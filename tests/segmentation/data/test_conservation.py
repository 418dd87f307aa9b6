"""read = accepted + quarantined, whatever is in the file."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmentation.data.privacy import PrivacyOptions
from segmentation.data.reading import read_shop
from segmentation.types import InputError

cell = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "1",
            "12748.0",
            "C1001",
            "guest",
            "2020-01-02",
            "31/12/2019",
            "soon",
            "2.50",
            "1,234",
            "£3",
            "-1",
            "0",
            "(5)",
            "n/a",
            '"',
            '"open',
            '"a ""b"" c"',
            "x;y",
            "a,b",
            "\x00",
            "é",
            "红",
            "1e400",
            "nan",
            "9" * 40,
        ]
    ),
    st.text(max_size=12),
)
line = st.lists(cell, max_size=8).map(",".join)


def counted(text: str, table: str, header: str) -> tuple[int, int, int, int, int] | None:
    """(read, accepted, quarantined, rows written, rows quarantined), or None when nothing is
    usable."""
    good = {
        "orders": "9,A9,2020-01-02,Mug,1,2.50",
        "events": "9,2020-01-02,view,p1",
        "reviews": "9,p1,5,fine,2020-01-02",
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        path.write_bytes(f"{header}\n{good[table]}\n{text}\n".encode("utf-8", "surrogatepass"))
        try:
            report = read_shop({table: path}, workdir=Path(folder) / "w", privacy=PrivacyOptions())
        except InputError:
            return None
        written = len(pd.read_parquet(Path(folder) / "w" / "tables" / f"{table}.parquet"))
        quarantine = pd.read_parquet(Path(folder) / "w" / "quarantine" / f"{table}.parquet")
        assert quarantine["reason"].notna().all() and quarantine["line"].notna().all()
        assert sum(reason.rows for reason in report.reasons) == report.quarantined[table]
        return (
            report.read[table],
            report.accepted[table],
            report.quarantined[table],
            written,
            len(quarantine),
        )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(line, max_size=12))
def test_no_order_line_is_lost(lines: list[str]) -> None:
    counts = counted("\n".join(lines), "orders", "customer_id,order_id,date,product,qty,price")

    if counts is not None:
        read, accepted, quarantined, written, kept = counts
        assert read == accepted + quarantined
        assert (accepted, quarantined) == (written, kept)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(line, max_size=8), st.sampled_from(["events", "reviews"]))
def test_no_event_or_review_is_lost(lines: list[str], table: str) -> None:
    header = {
        "events": "user_id,at,event,product_id",
        "reviews": "customer_id,product_id,rating,text,date",
    }[table]
    counts = counted("\n".join(lines), table, header)

    if counts is not None:
        read, accepted, quarantined, written, kept = counts
        assert read == accepted + quarantined
        assert (accepted, quarantined) == (written, kept)
