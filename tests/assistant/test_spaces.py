"""Where look-alikes are sought, and what is kept of what was learned."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from assistant.spaces import open_space
from assistant.workspace import Workspace
from segmentation.insight.ledger import open_ledger
from segmentation.insight.similar.likeness import Chances
from segmentation.types import Recipe
from segmentation.views.fusion import Fusion
from segmentation.views.text import Texts

CURVE = Chances("same", (0.0, 1.0), (0.1, 0.9), 812, 0.023)


@pytest.fixture(scope="module")
def base(shop):
    return shop.open_base(shop.frames())


@pytest.fixture
def asked(base, tmp_path):
    """What `open_space` takes, for a shop where nobody bought twice; no index is to be opened."""
    first = base.tables["orders"].filter(base.tables["orders"].order_id == "o1")
    nothing = np.zeros((0, 3), dtype=np.float32)
    return {
        "cache": tmp_path / "likeness",
        "snapshot": SimpleNamespace(id="one", path=tmp_path),
        "base": replace(base, tables={"orders": first}),
        "fusion": Fusion({}, text_weight=0.4, own_weight=0.4),
        "texts": Texts((), csr_matrix((12, 0)), nothing),
        "index": lambda: pytest.fail("opened for a small shop"),
    }


def test_what_was_learned_is_kept(asked):
    asked["cache"].mkdir()
    kept = asked["cache"] / "one-0.400000.json"
    kept.write_text(json.dumps(CURVE.to_json()))
    space = open_space(**asked)
    assert space.chances == CURVE
    assert space.index is None
    assert space.vectors is asked["base"].vectors


@pytest.mark.parametrize("damaged", [None, "", "[1]", '{"kind": 1}', "{"])
def test_what_is_missing_or_damaged_is_learned_again(asked, damaged):
    kept = asked["cache"] / "one-0.400000.json"
    if damaged is not None:
        asked["cache"].mkdir()
        kept.write_text(damaged)
    assert open_space(**asked).chances is None  # nobody's history can be halved
    assert json.loads(kept.read_text()) is None
    assert open_space(**asked).chances is None


def test_another_weight_of_text_is_another_space(asked):
    generator = np.random.default_rng(0)
    raw = {
        name: generator.normal(size=(12, 3)).astype(np.float32) for name in ("behaviour", "text")
    }
    fusion = Fusion.fit(raw, 0.4)
    fusion.save(asked["snapshot"].path / "fusion")
    segmentation = replace(asked["base"].segmentation, recipe=Recipe(text_weight=0.9))
    views = fusion.views(raw)
    base = replace(asked["base"], vectors=fusion.join(views), views=views)
    as_built = replace(asked["base"].segmentation, recipe=Recipe(text_weight=0.4))
    same = open_space(**{**asked, "base": replace(base, segmentation=as_built), "fusion": fusion})
    other = open_space(
        **{**asked, "base": replace(base, segmentation=segmentation), "fusion": fusion}
    )
    assert same.vectors is base.vectors
    assert other.vectors == pytest.approx(fusion.reweight(0.9).join(views))
    assert (asked["cache"] / "one-0.900000.json").exists()


def test_what_first_questions_wait_for_is_found_beforehand(base, tmp_path):
    workspace = Workspace(tmp_path, SimpleNamespace(id="one", path=tmp_path), None)
    workspace._base = base
    workspace._spaces[base.segmentation.recipe.text_weight] = None
    workspace.prepare()
    assert ("rules", id(base.segmentation.labels)) in open_ledger(base).notebook
