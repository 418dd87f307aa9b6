"""A segment's facts by hand, and what a language model over a real client writes of them."""

import importlib.util
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from assistant.grounding.about import About, Names
from assistant.grounding.given import Given
from assistant.models import writer_of
from assistant.personas.facts import Dossier
from assistant.personas.model import write_with_model
from assistant.settings import Settings
from segmentation.types import Fact, Segment

PERIOD, DAY = "2024-07-01/2026-06-30", "2026-07-01"
NUMBERS = {
    "size": ("customers in the segment", 393, "customers", DAY, {}),
    "size_share": ("share of all customers", 0.2, "share", DAY, {"rank": 1, "of": 3}),
    "revenue_share": ("share of all revenue", 0.3242, "share", PERIOD, {"rank": 1, "of": 3}),
    "average_order_value": (
        "average order value", 351.22, "EUR", PERIOD,
        {"rest": 192.77, "lift": 1.822, "clear": True, "rank": 1, "of": 3},
    ),
    "orders_per_customer": (
        "orders per customer", 7.008, "orders", PERIOD,
        {"rest": 6.68, "lift": 1.049, "rank": 2, "of": 3},
    ),
    "repeat_rate": (
        "repeat rate", 0.767, "share", PERIOD,
        {"rest": 0.739, "lift": 1.038, "rank": 2, "of": 3},
    ),
    "return_rate": (
        "return rate", 0.04, "share", PERIOD,
        {"rest": 0.071, "lift": 0.56, "clear": True, "rank": 3, "of": 3},
    ),
    "conversion_rate": (
        "conversion rate", 0.22, "share", PERIOD,
        {"rest": 0.198, "lift": 1.11, "rank": 2, "of": 3},
    ),
    "days_since_last_order": (
        "days since the last order", 178.285, "days", DAY,
        {"rest": 199.763, "lift": 0.89, "rank": 2, "of": 3},
    ),
}  # fmt: skip


def facts_of_segment():
    """Key -> given, as `assistant.personas.facts.dossier` makes them."""
    given = {
        key: Given(f"f{n}", Fact("segment:1", key, period, value, unit), label, **beside)
        for n, (key, (label, value, unit, period, beside)) in enumerate(NUMBERS.items(), start=1)
    }
    product = Fact("product:P1&segment:1", "reach", PERIOD, 0.17, "share")
    label = "share of its customers who bought the product"
    given["product.1"] = Given("f20", product, label, name="Quilted Duvet Cover")
    other = Fact("segment:2", "average_order_value", PERIOD, 77.4, "EUR")
    given["near.1"] = Given("f21", other, "average order value of segment 2 “Small baskets”")
    return given


@pytest.fixture
def dossier():
    return Dossier(
        segment=Segment(1, "Big spenders", 393, 0.2),
        language="en",
        currency="EUR",
        verdict="natural",
        period=PERIOD,
        as_of=DAY,
        given=facts_of_segment(),
        called={"segment:2": "Small baskets"},
    )


@pytest.fixture
def about():
    return About(
        language="en",
        subject="segment:1",
        subjects={
            "segment:1": ("Big spenders",),
            "segment:2": ("Small baskets",),
            "segment:3": ("Late comers",),
        },
        names=Names(products=frozenset({"Quilted Duvet Cover", "Rosehip Toner"})),
        currency="EUR",
    )


@pytest.fixture
def liar():
    """The module doubles/liar.py."""
    path = Path(__file__).parents[2] / "doubles" / "liar.py"
    spec = importlib.util.spec_from_file_location("doubles_liar", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def writer(llm):
    """A writer over the scripted server, through the real client."""
    return writer_of(Settings(model="openai:scripted", model_base_url=llm.url))


@pytest.fixture
def written(llm, writer, dossier, about):
    """Called with a behaviour: what the model wrote, as far as it may be read."""

    def write(behaviour, taken=("Small baskets",)):
        llm.behave(behaviour)
        return write_with_model(writer, dossier, about, taken)

    return write


# --- a shop with enough customers for tests -----------------------------------------------------


class Folder:
    """A snapshot whose segmentations can be added to, as `store.snapshots` has it."""

    def __init__(self, path):
        self.path, self.id = path, "snapshot-1"

    def segmentation(self, id):
        return self.path

    def replace(self, id, name, content):
        (self.path / name).write_bytes(content)


def busy_frames():
    """Three kinds of 40 customers: small and often, big and seldom, and once, long ago.

    Of too few days for a forecast, which would take seconds to fit.
    """
    draw = np.random.default_rng(0)
    rows = []
    kinds = {"a": (8, 3, 1.0, 0), "b": (3, 6, 9.0, 40), "c": (1, 1, 2.0, 160)}
    for kind, (orders, lines, price, quiet) in kinds.items():
        for customer in range(40):
            for order in range(orders):
                day = pd.Timestamp("2024-12-30") - pd.Timedelta(
                    days=int(quiet + 20 * order + draw.integers(0, 15))
                )
                for line in range(lines):
                    thing = f"{kind}{int(draw.integers(0, 6))}"
                    rows.append(
                        {
                            "customer_id": f"{kind}{customer}",
                            "order_id": f"{kind}{customer}-{order}",
                            "ordered_at": day + pd.Timedelta(hours=9 + line),
                            "product_id": thing,
                            "product": f"{GOODS[kind]} {thing}",
                            "category": GOODS[kind],
                            "quantity": float(1 + draw.integers(0, 3)),
                            "unit_price": round(price * float(draw.uniform(4, 6)), 2),
                            "kind": "sale",
                            "is_charge": False,
                        }
                    )
    return {"orders": pd.DataFrame(rows)}


GOODS = {"a": "Tea", "b": "Garden Furniture", "c": "Candles"}


@pytest.fixture(scope="session")
def busy_base(shop):
    members = {
        number: (f"Kind {number}", [f"{kind}{i}" for i in range(40)])
        for number, kind in ((1, "a"), (4, "b"), (6, "c"))
    }
    base = shop.open_base(busy_frames(), members, datetime(2024, 12, 31))
    segmentation = replace(base.segmentation, jaccards={1: 0.9, 4: 0.9, 6: 0.4})
    return replace(base, segmentation=segmentation)


@pytest.fixture
def busy(busy_base, tmp_path):
    """The shop as a workspace, without a language model."""
    return SimpleNamespace(
        base=busy_base, texts=None, writer=None, snapshot=Folder(tmp_path), root=tmp_path
    )


@pytest.fixture
def truthful(busy, writer, llm, llm_server):
    """The shop with a model that writes two true sentences, whatever the segment."""

    def behave(request, n):
        sheet = {
            "name": "Steady crowd",
            "tagline": {"sentence": "They are 40 customers.", "facts": ["f1"]},
            "who": [{"sentence": "They make up 33% of all customers.", "facts": ["f2"]}],
        }
        return llm_server.say(json.dumps(sheet))

    llm.behave(behave)
    busy.writer = writer
    return busy
