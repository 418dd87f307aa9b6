"""How many segments the data supports: the answer, its numbers, and what it leaves alone."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from assistant.tools.registry import call_tool
from segmentation.types import Candidate, Choice


def ask(workspace, language="en", **arguments):
    return call_tool(workspace, "choose_segment_count", language, arguments)


def candidate(k, jaccard, strength=0.9, share=0.1, eta2=None, gap=0.4):
    return Candidate(k, jaccard, strength, share, 0.3, eta2, gap)


def knowing(workspace, *candidates, k, structure="clumped", verdict="reproducible"):
    """The workspace, its segments made by this choice."""
    choice = Choice(k, candidates, "in English, for JSON", structure)
    segmentation = replace(workspace.base.segmentation, choice=choice, verdict=verdict)
    workspace.base = replace(workspace.base, segmentation=segmentation)
    return workspace


@pytest.fixture
def crowd(workspace):
    """A workspace of 120 customers in three far groups."""
    generator = np.random.default_rng(0)
    centres = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0]], dtype=float)
    vectors = np.concatenate([c + generator.normal(size=(40, 3)) for c in centres])
    features = workspace.base.features.iloc[[0] * 120].set_axis([f"c{i}" for i in range(120)])
    workspace.base = replace(workspace.base, vectors=vectors.astype(np.float32), features=features)
    return workspace


def test_what_was_weighed_when_the_segments_were_made_is_told_at_once(workspace):
    knowing(
        workspace,
        candidate(2, 0.97, eta2=0.20),
        candidate(3, 0.90, eta2=0.25),
        candidate(4, 0.60, share=0.03, eta2=0.30),
        k=3,
    )
    result = ask(workspace)
    assert result.text.startswith("The data supports 3 segments best")
    assert "the largest that says as much as any about what customers spent later" in result.text
    (grounds,) = result.notices
    assert "nothing is computed anew" in grounds
    assert "Kept: 2 and 3." in grounds
    assert "future η² 0.25" in grounds
    assert "That is how many there are now" in result.text
    (table,) = result.tables
    assert [row[0] for row in table.rows] == [2, 3, 4]
    assert [row[-1] for row in table.rows] == ["yes", "yes, taken", "no"]
    assert table.rows[0][1:-1] == (0.97, 0.9, 0.1, 0.20, 0.4)


def test_every_number_told_is_a_fact(workspace):
    knowing(workspace, candidate(2, 0.97, eta2=0.2), candidate(3, 0.7, strength=None), k=2)
    facts = {(f.subject, f.metric): f.value for f in ask(workspace).facts}
    assert facts["all", "supported_segments"] == 2
    assert facts["k:2", "stability_min_jaccard"] == 0.97
    assert facts["k:3", "stability_min_jaccard"] == 0.7
    assert facts["k:2", "future_spend_eta2"] == 0.2
    assert ("k:3", "prediction_strength") not in facts


def test_the_reason_is_the_one_that_decided(workspace):
    only = knowing(workspace, candidate(2, 0.9), candidate(3, 0.5), k=2)
    assert "No other number passes" in ask(only).text
    larger = knowing(workspace, candidate(2, 0.9), candidate(3, 0.8), k=3)
    assert "the largest was taken" in ask(larger).text
    cut = knowing(workspace, candidate(2, 0.7), candidate(3, 0.65), k=3)
    assert "supports no number fully; 3 segments is the least doubtful" in ask(cut).text
    assert "at least 0.60: a cut through a continuum" in ask(cut).text
    weak = knowing(workspace, candidate(2, 0.5), candidate(3, 0.4), k=2)
    assert "dissolve when resampled" in ask(weak).text


def test_data_without_structure_supports_no_number(workspace):
    knowing(workspace, candidate(2, 0.9), k=2, structure="none", verdict="none")
    text = ask(workspace).text
    assert text.startswith("The data supports no segments at all")
    assert "say “make" not in text


@pytest.mark.slow
def test_it_weighs_what_is_asked_for_and_changes_nothing(crowd):
    before, seen = crowd.base.segmentation, []
    result = ask(crowd, k_min=2, k_max=4, progress=lambda *step: seen.append(step))
    assert [row[0] for row in result.tables[0].rows] == [2, 3, 4]
    assert result.facts[0].metric == "supported_segments"
    assert result.facts[0].value == 3
    assert "nothing is computed anew" not in result.text + result.notices[0]
    assert crowd.base.segmentation is before
    assert not crowd.recipes
    assert seen


def test_how_to_make_them_is_said_where_there_are_others_now(workspace):
    text = ask(knowing(workspace, candidate(4, 0.9), k=4)).text
    assert "Your 3 segments stay as they are; to make these, say “make 4 segments”" in text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"k_min": 1}, "1"),
        ({"k_max": 1000}, "1000"),
        ({"k_min": 0, "k_max": 3}, "0"),
        ({"k_min": 6, "k_max": 4}, "6"),
        ({"k_max": -3}, "-3"),
        ({"k_max": 7}, "7"),
    ],
)
def test_an_impossible_number_is_one_clear_error(workspace, language, arguments, named):
    result = ask(workspace, language, **arguments)
    assert result.status == "error"
    assert f"“{named}”" in result.text
    assert not result.tables
    assert bool(re.search("[\u4e00-\u9fff]", result.text)) == (language == "zh")


def test_more_than_can_be_large_enough_is_an_error(crowd):
    assert "from 2 to 20" in ask(crowd, k_max=21).text


@pytest.mark.parametrize("structure", ["gaps", "clumped", "none"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_case_is_worded(workspace, language, structure):
    for jaccards, k in (((0.9, 0.8), 3), ((0.7, 0.65), 3), ((0.5, 0.4), 2), ((0.9, 0.4), 2)):
        for eta2 in (None, 0.2):
            found = [candidate(n, j, eta2=eta2) for n, j in zip((2, 3), jaccards, strict=True)]
            result = ask(knowing(workspace, *found, k=k, structure=structure), language)
            json.dumps(result.to_json(), allow_nan=False)
            assert "{" not in result.text + result.notices[0]
            assert bool(re.search("[\u4e00-\u9fff]", result.text)) == (language == "zh")


@pytest.mark.parametrize(
    ("language", "said"), [("en", "4 segments come back too"), ("zh", "也能重现")]
)
def test_a_finer_number_that_comes_back_less_surely_is_offered(workspace, language, said):
    candidates = (
        candidate(2, 0.97),
        candidate(4, 0.83, strength=0.74),
        candidate(5, 0.76, share=0.02),
    )
    knowing(workspace, *candidates, k=2)
    text = ask(workspace, language).text
    assert said in text
    assert "0.83" in text and "0.74" in text
