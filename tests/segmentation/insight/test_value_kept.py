"""What a build keeps of its customers' value, and a snapshot from before it did."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from segmentation.archive import open_base
from segmentation.insight.value import fit as value_fit
from segmentation.insight.value.valuation import valuation
from segmentation.pipeline import BuildOptions, build
from segmentation.types import Recipe
from store.errors import DamagedSnapshot
from store.snapshots import SnapshotStore

pytestmark = pytest.mark.slow


class Letters:
    """An encoder that counts letters."""

    name, digest, dim = "letters", "0", 26

    def load(self):
        pass

    def encode(self, texts, progress=None):
        letters = [chr(97 + i) for i in range(26)]
        counts = np.array([[1 + text.lower().count(one) for one in letters] for text in texts])
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


def orders(customers=150, seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(customers):
        for n in range(int(rng.integers(1, 9))):
            when = datetime(2023, 1, 1) + pd.Timedelta(days=float(rng.uniform(0, 600)))
            product = ["Red mug", "Blue plate", "Oak candle"][int(rng.integers(3))]
            rows.append((f"c{i}", f"o{i}-{n}", when, product, 1 + n % 3, float(rng.gamma(3) * 5)))
    columns = ["customer_id", "order_id", "ordered_at", "product", "quantity", "unit_price"]
    return pd.DataFrame(rows, columns=columns).assign(unit_price=lambda o: o.unit_price.round(2))


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    store = SnapshotStore(tmp_path_factory.mktemp("workspace"))
    options = BuildOptions(recipe=Recipe(method="kmeans", n_segments=2))
    given = orders().assign(product_id=lambda o: o["product"])
    return build(store, {"orders": given}, options, Letters())


def no_fit(*args, **kwargs):
    raise AssertionError("fitted again")


def test_a_build_keeps_the_valuation(snapshot, monkeypatch):
    assert {"value/customers.parquet", "value/report.json"} <= set(snapshot.manifest["files"])
    assert "value" in snapshot.manifest["seconds"]
    monkeypatch.setattr(value_fit, "fit_models", no_fit)
    base = open_base(snapshot)
    found = valuation(base)
    assert found.method == "bg_nbd+gamma_gamma"
    assert list(found.table.index) == list(base.customers)


def test_a_snapshot_of_old_is_opened_and_comes_to_the_same(snapshot, tmp_path):
    old = replace(snapshot, path=tmp_path / "old")
    shutil.copytree(snapshot.path, old.path)
    shutil.rmtree(old.path / "value")
    base = open_base(old)
    assert "value" not in base.extras
    kept, found = valuation(open_base(snapshot)), valuation(base)
    pd.testing.assert_frame_equal(found.table, kept.table, check_names=False)
    assert found.parameters == kept.parameters


def test_a_changed_file_is_noticed(snapshot, tmp_path):
    other = replace(snapshot, path=tmp_path / "other")
    shutil.copytree(snapshot.path, other.path)
    report = other.path / "value" / "report.json"
    report.write_text(report.read_text().replace("365", "366"))
    with pytest.raises(DamagedSnapshot, match=r"report\.json"):
        other.verify()
