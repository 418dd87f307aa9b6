"""The classifier: fitted from the examples, kept as arrays, the same every time."""

from pathlib import Path

import numpy as np
import pytest

from assistant.router.catalogue import Catalogue
from assistant.router.intent import IntentModel, familiarity, load_intent_model
from assistant.router.reading import read

FEW = [
    ("list the segments", "list_segments"),
    ("show all segments", "list_segments"),
    ("forecast demand", "forecast_demand"),
    ("predict the demand of next month", "forecast_demand"),
    ("预测需求", "forecast_demand"),
    ("列出所有细分", "list_segments"),
    ("draw a pie chart", "draw_chart"),
    ("plot the map of customers", "draw_chart"),
]


@pytest.fixture
def model(catalogue: Catalogue, encoder) -> IntentModel:
    readings = [read(text, catalogue) for text, _ in FEW]
    return IntentModel.fit(readings, [label for _, label in FEW], encoder)


def test_probabilities_are_ordered_and_sum_to_one(model, catalogue, encoder) -> None:
    scores = model.scores(read("segments, all of them, list", catalogue), encoder)
    chances = list(scores.probabilities.values())
    assert scores.best == "list_segments"
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) == pytest.approx(1)


def test_saved_and_loaded_it_says_the_same(model, catalogue, encoder, tmp_path: Path) -> None:
    model.save(tmp_path / "deep" / "intents.npz")
    loaded = IntentModel.load(tmp_path / "deep" / "intents.npz")
    reading = read("预测一下需求", catalogue)
    before, after = model.scores(reading, encoder), loaded.scores(reading, encoder)
    assert list(after.probabilities) == list(before.probabilities)
    assert after.confidence == pytest.approx(before.confidence, abs=1e-3)


def test_the_file_holds_no_pickle(model, tmp_path: Path) -> None:
    model.save(tmp_path / "intents.npz")
    with np.load(tmp_path / "intents.npz", allow_pickle=False) as arrays:
        assert {"weights", "bias", "labels"} <= set(arrays.files)


@pytest.mark.slow
def test_it_is_fitted_once_and_a_torn_file_is_made_again(
    encoder, router, fitted: Path, tmp_path: Path
) -> None:
    assert np.array_equal(
        load_intent_model(encoder, fitted).weights, load_intent_model(encoder, fitted).weights
    )
    (whole,) = fitted.glob("intents-*.npz")
    (tmp_path / whole.name).write_bytes(whole.read_bytes()[:1000])
    again = load_intent_model(encoder, tmp_path)
    assert np.allclose(again.weights, router.model.weights, atol=1e-2)


def test_familiarity_is_the_share_of_words_the_tools_know(catalogue: Catalogue) -> None:
    assert familiarity(read("forecast the demand", catalogue)) == 1
    assert familiarity(read("galvanise the xylophone", catalogue)) == 0
    assert familiarity(read("谁是饕餮", catalogue)) == 0
