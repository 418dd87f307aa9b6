"""What segments say about the future, in words: each number a fact, no difference of chance."""

from dataclasses import replace

import pytest

from assistant.tools.clusters import evaluate_segments
from assistant.tools.future import known_figures, mark
from segmentation.types import Validity

VALIDITY = Validity(
    period="2024-02-01/2024-03-31",
    customers=3362,
    returned=1919,
    metrics={"future_spend_eta2": 0.25, "future_repurchase_eta2": None, "taste_hit20": None},
    intervals={"future_spend_eta2": (0.22, 0.28)},
    baselines={
        "rfm_cells": {"future_spend_eta2": 0.21, "future_repurchase_eta2": None},
        "rfm_kmeans": {"future_spend_eta2": 0.24},
        "one_text_per_customer": {"future_spend_eta2": 0.30},
        "random_partition": {"future_spend_eta2": 0.002},
        "gradient_boosting": {"future_spend_eta2": 0.26},
    },
)


def told(result):
    """The answer and what it leaves to the notices."""
    return "\n".join((result.text, *result.notices))


@pytest.fixture
def judged(workspace):
    """The small shop, its segments judged by the future."""
    segmentation = workspace.base.segmentation
    metrics = {**segmentation.metrics, **VALIDITY.metrics}
    segmentation = replace(segmentation, metrics=metrics, validity=VALIDITY)
    workspace.base = replace(workspace.base, segmentation=segmentation)
    return workspace


def test_the_answer_says_what_was_fitted_when_and_what_it_explains(judged):
    result = evaluate_segments(judged, "en")
    assert "known before 1 Feb 2024, such segments explain 25% of the differences" in result.text
    assert "(simple groups by recency, frequency and spend: 21%)" in result.text
    text = told(result)
    assert "to 31 Mar 2024; 1,919 of them came back" in text
    assert "explain 25% of the differences in what customers then spent" in text
    assert "RFM cells 21%" in text
    assert "groups drawn by lot 0.2%" in text
    assert "The most that a regression on the same numbers foretells is 26%" in text
    assert "解释其后消费差异的 25%" in told(evaluate_segments(judged, "zh"))


def test_only_differences_outside_the_interval_are_called_clear(judged):
    text = told(evaluate_segments(judged, "en", metrics=["future value"]))
    assert "clearly more than RFM cells and groups drawn by lot" in text
    assert "no clear difference from k-means on RFM" in text
    assert "clearly less than one text per customer" in text
    assert [mark(VALIDITY, way, "future_spend_eta2") for way in VALIDITY.baselines] == [
        *("▼", "", "▲", "▼", "")
    ]


def test_every_number_is_a_fact_of_the_window(judged):
    facts = {
        (fact.subject, fact.metric): fact
        for fact in evaluate_segments(judged, "en").facts
        if fact.period == VALIDITY.period
    }
    assert facts["all", "future_spend_eta2"].value == 0.25
    assert facts["baseline:rfm_cells", "future_spend_eta2"].value == 0.21
    assert facts["all", "future_spend_eta2_high"].value == 0.28
    assert facts["all", "returned"].value == 1919


def test_a_figure_that_is_missing_is_named_and_the_rest_is_told(judged):
    result = evaluate_segments(judged, "en")
    assert "future repurchase explained" in told(result)
    assert "came back (" not in told(result)
    assert known_figures(VALIDITY) == ["future_spend_eta2"]
    table = next(t for t in result.tables if "future" in t.title)
    assert len(table.rows) == 6
    assert table.rows[0][1] == 0.25


def test_without_a_test_nothing_is_claimed(workspace):
    segmentation = replace(workspace.base.segmentation, validity=Validity(None))
    workspace.base = replace(workspace.base, segmentation=segmentation)
    text = evaluate_segments(workspace, "en", metrics=["future value"]).text
    assert "allows no test against the future" in text
    assert "explain" not in text.split("Not computed")[0]
