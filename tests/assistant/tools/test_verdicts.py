"""The verdict goes wherever segments are shown; without segments nothing is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.naming import named, segment_names
from assistant.personas.report import describe_segments
from assistant.tools.registry import call_tool

CALLS = {
    "list_segments": {},
    "evaluate_segments": {},
    "run_clustering": {},
    "profile_segment": {"segment": 1},
    "query_customers": {"metric": "revenue", "by": "segment"},
    "find_similar_customers": {"customer_ids": ["anna"]},
}


def judged(workspace, verdict, **changes):
    segmentation = replace(workspace.base.segmentation, verdict=verdict, **changes)
    workspace.base = replace(workspace.base, segmentation=segmentation)
    workspace.base = replace(workspace.base, segmentation=named(workspace.base))
    return workspace


@pytest.mark.parametrize("tool", [name for name in CALLS if name != "run_clustering"])
@pytest.mark.parametrize(
    ("verdict", "en", "zh"),
    [
        ("natural", "natural", "自然存在"),
        ("reproducible", "reproducible", "可重现"),
        ("constructed", "a cut through a continuum", "对连续分布的切分"),
    ],
)
def test_every_answer_about_segments_says_what_kind_they_are(workspace, tool, verdict, en, zh):
    judged(workspace, verdict)
    assert en in call_tool(workspace, tool, "en", CALLS[tool]).text
    assert zh in call_tool(workspace, tool, "zh", CALLS[tool]).text


def test_whether_segments_are_real_is_answered_first(workspace):
    for verdict in ("natural", "reproducible", "constructed", "none"):
        text = call_tool(judged(workspace, verdict), "evaluate_segments", "en", {}).text
        assert text.startswith(f"Verdict: {verdict}.")


@pytest.mark.parametrize("tool", ["list_segments", "profile_segment", "query_customers"])
def test_where_there_are_no_segments_that_comes_first_and_nothing_is_named(workspace, tool):
    judged(workspace, "none")
    text = call_tool(workspace, tool, "en", CALLS[tool]).text
    assert text.startswith(("Verdict: none.", "There are no segments in this data"))
    assert "Part 1" in text
    assert "buyers" not in text.split("Part 1")[0]
    assert segment_names(workspace.base, "zh")[2] == "第 2 部分"


def test_a_profile_of_a_part_gives_plain_numbers_alone(workspace):
    text = call_tool(judged(workspace, "none"), "profile_segment", "en", {"segment": 1}).text
    assert "There are no segments to describe; here are plain numbers." in text
    assert "average order value €20.05 (€51.58)" in text
    assert "Compared with everyone else it buys" not in text


def test_an_unstable_segment_is_marked_in_lists(workspace):
    judged(workspace, "constructed", jaccards={1: 0.9, 2: 0.59, 3: 0.8})
    result = call_tool(workspace, "list_segments", "en", {})
    assert "Unstable, so not to be acted on alone: segment 2" in result.text
    marked = [row[0] for row in result.tables[0].rows if "unstable" in row[1]]
    assert marked == [2]


def test_the_unassigned_are_counted_and_can_be_attached(workspace):
    text = call_tool(workspace, "list_segments", "en", {}).text
    assert "2 customers are not assigned to any (16.7% of all)" in text
    assert "attach_unassigned" in text


def test_charts_carry_the_verdict_beside_their_title(workspace):
    (chart,) = call_tool(workspace, "draw_chart", "en", {"kind": "sizes"}).charts
    assert chart.title.endswith(" · constructed: a cut through a continuum")


def test_personas_carry_the_verdict(workspace):
    report = describe_segments(judged(workspace, "none"), None, "en")
    assert report["verdict"] == "none"
    assert {persona["verdict"] for persona in report["personas"]} == {"none"}
    assert [p["name"] for p in report["personas"]] == ["Part 1", "Part 2", "Part 3", "Unassigned"]
