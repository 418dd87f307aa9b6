"""The small shop of doubles/shop.py as a workspace that a report can be made of, with a hostile
product and rows that were set aside."""

from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import pytest

from assistant.naming import named
from assistant.report.report import make_report
from segmentation.views.fusion import Fusion

NASTY = "<img src=x onerror=alert(1)></style><script>alert(1)</script>"
SECRET = "anna,o99,2024-01-01"


@pytest.fixture(scope="session")
def nasty():
    return NASTY


def manifest_of(tables, **more):
    """What a build says of these tables, one row of orders set aside."""
    accepted = {name: len(frame) for name, frame in tables.items()}
    aside = {name: int(name == "orders") for name in tables}
    return {
        "read": {name: accepted[name] + aside[name] for name in tables},
        "accepted": accepted,
        "quarantined": aside,
        "reasons": [
            {"table": "orders", "reason": "no date", "rows": 1, "example": SECRET, "fix": "Fill."}
        ]
        if "orders" in tables
        else [],
        "assumptions": ["orders: there is no quantity; every line counts as one"],
        "privacy": [
            "customers: column 'e-mail <b>' was dropped (email)",
            "reviews: scrubbed from distinct texts: 7 email, 8 phone",
        ],
        "columns": {"orders": {"order_id": "o", "unit_price": "p", "product": "n"}},
        "embedding": {"encoder": "letters", "dim": 12},
        "created": "2024-04-02T10:00:00+00:00",
        **more,
    }


@pytest.fixture(scope="session")
def opened(shop, tmp_path_factory):
    """Called with tables (all if None) and changes to the base: a workspace over the shop."""

    def open_(tables=None, change=lambda base: base, **more):
        frames = shop.frames()
        frames["orders"] = frames["orders"].replace({"Red mug": NASTY, "RED MUG": NASTY})
        kept = {name: frame for name, frame in frames.items() if tables is None or name in tables}
        base = change(shop.open_base(kept, as_of=datetime(2024, 4, 1)))
        return SimpleNamespace(
            base=replace(base, segmentation=named(base)),
            manifest=manifest_of(kept, **more),
            texts=None,
            fusion=Fusion({}, text_weight=0.4, own_weight=0.4),
            snapshot=SimpleNamespace(id="snapshot-1"),
            root=tmp_path_factory.mktemp("workspace"),
            writer=None,
            suppressed=frozenset,
        )

    return open_


@pytest.fixture(scope="session")
def workspace(opened):
    return opened()


@pytest.fixture(scope="session")
def reports(workspace):
    """Language -> the report of the shop."""
    return {one: make_report(workspace, one, shop=f"Mugs {NASTY}") for one in ("en", "zh")}
