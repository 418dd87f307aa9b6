"""A small way to read what a test writes down: text in, canonical rows, quarantine and report
out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from segmentation.data.privacy import PrivacyOptions
from segmentation.data.reading import ReadReport, read_shop

REAL_DATA = Path(__file__).parents[4] / "shared" / "data"


@dataclass(frozen=True)
class Shop:
    """What came out of one reading."""

    report: ReadReport
    workdir: Path

    def rows(self, table: str = "orders") -> pd.DataFrame:
        return pd.read_parquet(self.workdir / "tables" / f"{table}.parquet")

    def column(self, name: str, table: str = "orders") -> list[Any]:
        return self.rows(table)[name].tolist()

    def quarantine(self, table: str = "orders") -> pd.DataFrame:
        return pd.read_parquet(self.workdir / "quarantine" / f"{table}.parquet")

    def reasons(self, table: str = "orders") -> dict[str, int]:
        return {r.reason: r.rows for r in self.report.reasons if r.table == table}


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Shop]:
    """read(orders="a,b\\n1,2\\n") or read(orders=path, mapping={...}): texts and bytes become
    files."""

    def _read(
        *,
        preset: str | None = None,
        mapping: Any = None,
        date_format: str | None = None,
        privacy: PrivacyOptions | None = None,
        progress: Callable[[str, int, int | None], None] = lambda stage, done, total: None,
        name: str = "orders.csv",
        **sources: Any,
    ) -> Shop:
        given = {}
        for table, source in sources.items():
            given[table] = source
            if isinstance(source, bytes) or (isinstance(source, str) and "\n" in source):
                file = tmp_path / (name if table == "orders" else f"{table}.csv")
                file.write_bytes(source if isinstance(source, bytes) else source.encode())
                given[table] = file
        report = read_shop(
            given,
            preset=preset,
            mapping=mapping,
            date_format=date_format,
            privacy=privacy or PrivacyOptions(),
            workdir=tmp_path / "work",
            progress=progress,
        )
        return Shop(report, tmp_path / "work")

    return _read


@pytest.fixture
def lines() -> Callable[..., str]:
    """lines(["1,2", "3,4"], header="a,b"): a CSV text."""

    def _lines(
        rows: Sequence[str], header: str = "customer_id,order_id,date,product,qty,price"
    ) -> str:
        return "\n".join([header, *rows]) + "\n"

    return _lines


@pytest.fixture
def real_data() -> Path:
    if not REAL_DATA.is_dir():
        pytest.skip(f"the real data sets are not at {REAL_DATA}")
    return REAL_DATA
