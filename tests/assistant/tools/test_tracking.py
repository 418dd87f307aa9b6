"""What moved between two segmentations of the small shop: every number is counted by hand here.

Then, on 1 March: 1 anna bob carl finn, 2 dora gina jack, 3 eve hugo zoe, lee unassigned.
Now: 1 anna carl finn ines, 2 bob dora gina jack, 3 eve hugo, lee and mia unassigned.
"""

from __future__ import annotations

import json
import re
from dataclasses import astuple, replace
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from assistant.naming import names_of
from assistant.tools.registry import call_tool
from segmentation.insight.evidence.traits import Traits
from segmentation.lineage import NothingBefore, Past
from segmentation.types import Continuity, Recipe, Segment

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
THEN = {1: "anna bob carl finn", 2: "dora gina jack", 3: "eve hugo zoe", 0: "lee"}
BETWEEN = "2024-03-01/2024-04-01"
LOYAL = Traits("recent", "loyal")
NAME = names_of({1: LOYAL}, "constructed", "en", "EUR")[1]


def past_of(base, groups, recipe=None, as_of=datetime(2024, 3, 1), **traits):
    """These customers, segment id -> names, as an earlier segmentation."""
    members = {name: i for i, names in groups.items() for name in names.split()}
    customers = pd.Index(sorted(members))
    labels = np.array([members[name] for name in customers], dtype=np.int32)
    segments = tuple(
        Segment(i, f"Segment {i}", len(names.split()), 0.1, traits=traits.get(f"s{i}", ()))
        for i, names in groups.items()
    )
    then = replace(
        base.segmentation, id="001", labels=labels, segments=segments,
        recipe=recipe or base.segmentation.recipe,
    )  # fmt: skip
    return Past("earlier", then, customers, as_of)


@pytest.fixture
def refreshed(workspace):
    """The workspace with a snapshot before, which its segmentation continues."""
    continuity = Continuity("earlier", "001", (), (), 3)
    segmentation = replace(workspace.base.segmentation, continuity=continuity)
    workspace.base = replace(workspace.base, segmentation=segmentation)
    workspace.before = past_of(workspace.base, THEN, s1=astuple(LOYAL))
    return workspace


def track(workspace, language="en", **arguments):
    return call_tool(workspace, "track_segments", language, arguments)


def facts(result):
    return {(f.subject, f.metric, f.period): f.value for f in result.facts}


def test_everybody_is_counted_once(refreshed):
    known = facts(track(refreshed))
    assert known["all", "customers", "2024-03-01"] == 11
    assert known["all", "customers", "2024-04-01"] == 12
    assert known["all", "joined", BETWEEN] == 2  # ines, mia
    assert known["all", "left", BETWEEN] == 1  # zoe
    assert known["all", "stayed", BETWEEN] == 10
    assert known["all", "moved", BETWEEN] == 1  # bob
    assert known["all", "moved_share", BETWEEN] == pytest.approx(0.1)
    assert known["all", "regrouped", BETWEEN] == 0
    assert known["segment:1", "size_before", "2024-03-01"] == 4
    assert known["segment:2", "size", "2024-04-01"] == 4
    assert known["segment_before:1&segment:2", "customers", BETWEEN] == 1
    assert known["segment_before:none&segment:1", "customers", BETWEEN] == 1
    assert known["segment_before:3&segment:none", "customers", BETWEEN] == 1
    assert known["segment:3", "change", BETWEEN] == "kept"


def test_the_words_say_what_was_counted(refreshed):
    result = track(refreshed)
    text = "\n".join((result.text, *result.notices))
    for words in (
        "From 1 Mar 2024 to 1 Apr 2024: 11 customers then, 12 now (2 new, 1 gone).",
        "Of 10 customers who were there then and now, 1 (10%) changed segment.",
        "Kept: segment 1 “Regulars” (4 → 4), segment 2 “One-timers” (3 → 4) and",
        "segment 3 “Big baskets” (3 → 2).",
        f"Largest moves: 1 customer from segment 1 “{NAME}” to segment 2 “One-timers”.",
    ):
        assert words in text
    for words in ("Split", "Merged", "Gone:", "New:"):
        assert words not in text


def test_a_segment_that_is_called_otherwise_is_told(refreshed):
    said = f"Called otherwise now: segment 1 “Regulars”, “{NAME}” before."
    assert said in track(refreshed).notices


def test_a_segment_without_a_name_of_its_own_has_not_changed_it(refreshed):
    assert not any("“Segment 2” before" in notice for notice in track(refreshed).notices)


def test_the_tables_have_the_same_numbers(refreshed):
    segments, flows = track(refreshed).tables
    assert segments.rows[0] == (1, "Regulars", "kept", 4, 4, 1)
    assert [row[3:] for row in segments.rows] == [(4, 4, 1), (3, 4, 0), (3, 2, 0)]
    assert sum(row[2] for row in flows.rows) == 13
    assert (f"1 · {NAME}", "2 · One-timers", 1, 0.25) in flows.rows


def test_what_was_split_merged_new_and_gone_is_told(shop, workspace):
    """1 was split into 1 and 2; 3 and 4 were merged into 3; 5 is gone, 6 is new."""
    now = {
        1: ("A", ["anna", "bob", "carl"]),
        2: ("B", ["dora", "eve"]),
        3: ("C", ["finn", "gina", "hugo", "ines"]),
        6: ("D", ["jack", "lee", "mia"]),
    }
    base = shop.open_base(shop.frames(), now)
    continuity = Continuity("earlier", "001", (), (), 6)
    base = replace(base, segmentation=replace(base.segmentation, continuity=continuity))
    workspace.base = base
    then = {1: "anna bob carl dora eve", 3: "finn gina", 4: "hugo ines", 5: "zoe yan"}
    workspace.before = past_of(base, then)
    result = track(workspace)
    for words in (
        "Split: segment 1 “Segment 1” into segment 1 “A” (3 customers) and segment 2 “B” (2",
        "Merged: segment 3 “C” (4 customers) from segment 3 “Segment 3” and segment 4 “Segment 4”",
        "New: segment 6 “D” (3 customers)",
        "Gone: segment 5 “Segment 5” (2 customers)",
        "4 (44.4%) changed segment, 2 of them to one that is new.",
    ):
        assert words in result.text
    changes = {f.subject: f.value for f in result.facts if f.metric == "change"}
    assert changes == {
        "segment:1": "split", "segment:2": "split", "segment:3": "merged", "segment:6": "new",
        "segment:5": "gone",
    }  # fmt: skip
    assert [row[:2] for row in result.tables[0].rows][-1] == (5, "Segment 5")


def test_segments_made_another_way_are_not_taken_for_the_same(refreshed):
    refreshed.before = past_of(refreshed.base, THEN, recipe=Recipe(n_segments=3))
    result = track(refreshed)
    assert (
        "in another way (3 segments with k-means then, 3 segments with k-means now)" in result.text
    )
    assert "Kept" not in result.text
    assert not {f.metric for f in result.facts} & {"moved", "moved_share", "regrouped"}
    assert ("segment_before:1", "size_before", "2024-03-01") in facts(result)


def test_where_nobody_can_be_followed_it_is_said(refreshed):
    refreshed.before = past_of(refreshed.base, {1: "otto pia", 2: "rene"})
    result = track(refreshed)
    assert "nobody can be followed" in result.text
    assert ("all", "moved_share", BETWEEN) not in facts(result)


def test_a_newer_segmentation_of_the_same_data_says_so(refreshed):
    everyone = {1: "anna carl finn ines mia lee", 2: "bob dora gina jack eve hugo"}
    refreshed.before = past_of(
        refreshed.base, everyone, recipe=Recipe(n_segments=2), as_of=datetime(2024, 4, 1)
    )
    text = track(refreshed).text
    assert text.startswith(
        "The data is that of 1 Apr 2024 then and now, with the same 12 customers"
    )


@LANGUAGES
@pytest.mark.parametrize(
    ("reason", "day"),
    [
        ("first", None),
        ("removed", None),
        ("too_early", date(2024, 1, 2)),
        ("too_late", date(2024, 1, 2)),
    ],
)
def test_without_anything_to_compare_with_the_answer_says_why(workspace, language, reason, day):
    class Alone:
        base = workspace.base

        def past(self, since=None):
            raise NothingBefore(reason, day)

    result = track(Alone(), language)
    assert result.status == "ok"
    assert result.text
    assert ("2" in result.text and "2024" in result.text) == (day is not None)
    chart = call_tool(Alone(), "draw_chart", language, {"kind": "flows"})
    assert (chart.status, chart.charts) == ("ok", ())


def test_the_day_is_handed_on_and_a_month_is_its_first_day(refreshed):
    asked = []
    earlier = refreshed.before
    refreshed.past = lambda since=None: (asked.append(since), earlier)[1]
    for since in (None, "2024-02-03", "2024-02"):
        assert track(refreshed, since=since).status == "ok"
    assert asked == [None, date(2024, 2, 3), date(2024, 2, 1)]
    for wrong in ("last spring", "2024-13", ""):
        result = track(refreshed, since=wrong)
        assert result.status == "error"
        assert "2011-09-30" in result.text


# --- the chart ---------------------------------------------------------------------------------


@LANGUAGES
def test_the_chart_has_a_band_per_flow(refreshed, language):
    result = call_tool(refreshed, "draw_chart", language, {"kind": "flows"})
    (trace,) = result.charts[0].figure["data"]
    assert trace["type"] == "sankey"
    assert sum(trace["link"]["value"]) == 13
    assert len(trace["link"]["value"]) == len(result.tables[0].rows)
    assert json.dumps(result.to_json(), allow_nan=False)
    assert bool(re.search("[\u4e00-\u9fff]", result.text)) == (language == "zh")
    assert "{" not in result.text + result.charts[0].title


def test_a_segment_can_stand_out(refreshed):
    result = call_tool(refreshed, "draw_chart", "en", {"kind": "flows", "segment": "Big baskets"})
    link = result.charts[0].figure["data"][0]["link"]
    assert len(set(link["color"])) > 1
    assert "Largest moves" not in result.text  # nobody of segment 3 moved
    assert (
        call_tool(refreshed, "draw_chart", "en", {"kind": "flows", "segment": 9}).status == "error"
    )
