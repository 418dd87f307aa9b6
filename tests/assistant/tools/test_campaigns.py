"""Campaigns in words: planned, kept, read back; in both languages, on every kind of shop."""

from __future__ import annotations

import json
import re
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pandas as pd
import pytest

from assistant.export.campaigns import plan_report
from assistant.tools.campaign_reading import read_campaign
from assistant.tools.registry import call_tool
from assistant.workspace import Workspace
from prompts import load_yaml
from segmentation.insight.campaign.record import keep_campaign, open_campaign
from segmentation.insight.errors import BadArgument, UnknownName
from segmentation.types import InputError

FIRST = datetime(2024, 1, 1)
END = FIRST + timedelta(days=120)
EVERYONE = [f"c{i:03d}" for i in range(400)]
BACK = {70: EVERYONE[:80], 100: [*EVERYONE[:40], *EVERYONE[80:112]]}
"""Day → who buys again then; all four hundred buy on day 0."""
SEGMENTS = {4: ("Quiet", EVERYONE[112:]), 9: ("Lively", EVERYONE[:100]), 0: ("", EVERYONE[100:112])}


def orders():
    days = {0: EVERYONE, **BACK, 119: EVERYONE[:1]}
    return pd.DataFrame(
        {
            "customer_id": one,
            "order_id": f"{one}-{day}",
            "ordered_at": FIRST + timedelta(days=day, hours=9),
            "product_id": "P1",
            "product": "Red mug",
            "category": "kitchen",
            "quantity": 1.0,
            "unit_price": 20.0,
            "kind": "sale",
            "is_charge": False,
        }
        for day, who in days.items()
        for one in who
    )


def profile(consent):
    return pd.DataFrame({"customer_id": EVERYONE, "consent": [consent(i) for i in range(400)]})


@pytest.fixture(scope="module")
def opened(shop, open_workspace):
    """Opens the four hundred, with further tables, as a workspace that keeps plans in a folder."""
    small = open_workspace({"orders": shop.frames()["orders"]})
    plain = shop.open_base({"orders": orders()}, SEGMENTS, END)

    def opened(root, **tables):
        workspace = copy(small)
        workspace.root, workspace.base = root, plain
        if tables:
            workspace.base = shop.open_base({"orders": orders(), **tables}, SEGMENTS, END)
        return workspace

    return opened


@pytest.fixture
def planned(opened, tmp_path):
    return partial(opened, tmp_path)


def ask(workspace, language="en", **arguments):
    return call_tool(workspace, "plan_campaign", language, {"segment": 4, **arguments})


def told(result):
    """The answer and what it leaves to the notices."""
    return "\n".join((result.text, *result.notices))


def number(result, metric):
    return next(fact.value for fact in result.facts if fact.metric == metric)


# --- planning -------------------------------------------------------------------------------------


def test_the_answer_begins_with_the_size_and_why_it_can_be_trusted(planned):
    result = ask(planned(), minimum_lift=1.0)
    assert result.status == "ok"
    held, mailed = number(result, "control"), number(result, "mailed")
    assert held + mailed == number(result, "audience") == 288
    begins = f"Hold out {held} of the 288 customers in segment 4 “Quiet” by lot and mail the other"
    assert result.text.startswith(begins)
    assert "same season" in result.text.partition(". ")[0]
    assert "A lift of 100% (from 15% to 30%) then shows with a chance of 80%" in result.text
    assert len(result.text.split()) < 100


def test_numbers_are_those_of_the_hand(planned):
    result = ask(planned(), minimum_lift=1.0)
    # Day 90: 320 had bought once as they have now, 32 came back; day 60: all 400 had, 80 did.
    assert number(result, "expected_bought") == pytest.approx((32 / 320 + 80 / 400) / 2)
    assert number(result, "quietest") == pytest.approx(0.1)
    assert number(result, "busiest") == pytest.approx(0.2)
    mailed = number(result, "mailed")
    assert number(result, "extra_orders") == pytest.approx(mailed * 0.15)
    assert number(result, "extra_revenue") == pytest.approx(mailed * 0.15 * 20)
    assert number(result, "forgone_orders") == pytest.approx(number(result, "control") * 0.15)


def test_what_the_segment_did_of_late_is_not_what_is_expected_of_it(planned):
    """Nobody in it bought in the last sixty days: that is why they are in it."""
    assert "Without a campaign 15% is to be expected" in told(ask(planned()))


def test_too_small_says_what_it_would_show_and_what_helps(planned):
    result = ask(planned())
    assert "too few to see a lift of 10%" in result.text
    assert re.search(r"\d+% or more \(15% to [\d.]+%\) shows with 80%", result.text)
    assert re.search(r"(With all 400|After \d+ days|Judged by).*\d+% would show", result.text)
    assert "all 400 customers of the shop who may be contacted" in told(result)


def test_the_table_sets_other_sizes_beside_the_plan(planned):
    result = ask(planned(), minimum_lift=1.0)
    (table,) = result.tables
    held = [row[0] for row in table.rows]
    assert held == sorted(held)
    assert max(held) <= 144
    (own,) = [row for row in table.rows if row[-1] == "this plan"]
    assert own[0] == number(result, "control")
    assert own[4].startswith("80") or own[4].startswith("81")


def test_consent_is_asked_and_its_absence_is_loud(planned):
    assert "says nothing of consent" in ask(planned()).text
    answers = [True, True, False, None]
    workspace = planned(customers=profile(lambda i: answers[i % 4]))
    workspace.barred = frozenset(EVERYONE[112:114])
    result = ask(workspace)
    assert number(result, "left_out_suppressed") == 2
    assert number(result, "left_out_no_consent") == 72
    assert number(result, "left_out_unknown_consent") == 72
    assert number(result, "audience") == 288 - 146
    assert "Left out of the 288 customers in the segment: 2 on the suppression list" in result.text
    agreed = planned(customers=profile(lambda i: True))
    assert "All 288 customers have given consent" in told(ask(agreed))


def test_nobody_who_may_be_contacted_is_no_campaign(planned):
    result = ask(planned(customers=profile(lambda i: False)))
    assert result.status == "error"
    assert "fewer than two customers of segment 4 “Quiet”" in result.text


def test_the_plan_is_kept_and_holds_the_lists(planned, tmp_path):
    result = ask(planned())
    (path,) = (tmp_path / "campaigns").glob("*.json")
    assert f"kept as {path.stem}" in told(result)
    found = open_campaign(tmp_path, path.stem)
    assert sorted((*found.control, *found.mailed)) == EVERYONE[112:]
    assert found.snapshot == "snapshot-1"
    assert told(ask(planned())) == told(result)


def test_only_counts_and_the_first_ids_are_told(planned):
    result = ask(planned())
    shown = [one for one in EVERYONE if one in result.text + json.dumps(result.to_json())]
    assert len(shown) == 3


@pytest.mark.parametrize("metric", ["revenue", "average_order_value", "orders", "lifetime_value"])
def test_other_measures(planned, metric):
    result = ask(planned(), metric=metric, minimum_lift=2.0)
    assert result.status == "ok"
    assert ("up to €20.00" in told(result)) == (metric != "orders")


def test_segments_by_name_and_the_unassigned(planned):
    assert "segment 4 “Quiet”" in ask(planned(), segment="quiet").text
    assert ask(planned(), segment=9, minimum_lift=0.5).status == "ok"
    assert "Hold out 6 of the 12 customers" in ask(planned(), segment=0).text
    result = ask(planned(), segment=5)
    assert result.status == "error"
    assert "Quiet" in result.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"metric": "average_rating"}, "A campaign cannot be judged by average rating"),
        ({"metric": "fun"}, "There is no metric"),
        ({"minimum_lift": 20}, "A lift of 2,000% cannot be"),
        ({"minimum_lift": -1}, "a lift above 0"),
        ({"power": 80}, "a chance from 0.5 to 0.99"),
        ({"days": 1000}, "days from 1 to 366"),
        ({"days": 200}, "at most 60 days"),
    ],
)
def test_errors_say_what_would_be_right(planned, arguments, said):
    result = ask(planned(), **arguments)
    assert result.status == "error"
    assert said in result.text
    assert ask(planned(), "zh", **arguments).status == "error"


def test_shops_that_lack_what_it_needs(workspace, orders_only, shop, open_workspace):
    """Twelve customers are too few; reviews and browsing without purchases say nothing."""
    few = call_tool(orders_only, "plan_campaign", "en", {"segment": 1})
    assert few.status == "error"
    assert "too few to go by" in few.text
    assert "drawn by lot" in few.text
    reviews = open_workspace({"reviews": shop.frames()["reviews"]})
    told = call_tool(reviews, "plan_campaign", "en", {"segment": 1})
    assert told.text.startswith("No orders were loaded")
    looks = shop.frames()["events"].query("kind == 'view'")
    told = call_tool(open_workspace({"events": looks}), "plan_campaign", "en", {"segment": 1})
    assert told.text.startswith("No purchases among the browsing events were loaded")


def test_chinese_says_the_same(planned):
    result = ask(planned(), "zh", minimum_lift=1.0)
    assert "随机抽出" in result.text
    assert "同样的季节" in result.text
    assert not re.search(r"[a-z]{4,}", result.text.partition("segment-4")[0])
    assert {fact.metric for fact in result.facts} == {
        fact.metric for fact in ask(planned(), minimum_lift=1.0).facts
    }


def keys(tree, path=""):
    if not isinstance(tree, dict):
        return {(path, frozenset(re.findall(r"{(\w+)}", str(tree))))}
    return {key for name, part in tree.items() for key in keys(part, f"{path}.{name}")}


def test_both_languages_have_the_same_words():
    english, chinese = (load_yaml(f"answers/{language}/campaign") for language in ("en", "zh"))
    assert keys(english) == keys(chinese)


# --- reading --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plan(opened, tmp_path_factory):
    root = tmp_path_factory.mktemp("planned")
    ask(opened(root))
    (path,) = (root / "campaigns").glob("*.json")
    return open_campaign(root, path.stem)


@pytest.fixture
def campaign(planned, plan, tmp_path):
    """The workspace and its one plan, half and half of 288."""
    keep_campaign(tmp_path, plan)
    return planned(), plan


def outcome(tmp_path, plan, mailed, control, **more):
    """A file in which the first so many of each group bought."""
    rows = [(one, int(i < mailed)) for i, one in enumerate(plan.mailed)]
    rows += [(one, int(i < control)) for i, one in enumerate(plan.control)]
    frame = pd.DataFrame(rows, columns=["customer_id", "converted"]).assign(**more)
    path = tmp_path / "result.csv"
    frame.to_csv(path, index=False)
    return path


def test_a_lift_is_told_with_its_interval(campaign, tmp_path):
    workspace, plan = campaign
    path = outcome(tmp_path, plan, 60, 30)
    result = read_campaign(workspace, "en", plan=plan.id, result=path)
    assert result.text.startswith("The campaign lifted the share who buy again by 100%")
    assert "41.7% for the 144 mailed against 20.8% for the 144 held out by lot" in result.text
    assert "p below 0.001" in result.text
    facts = {fact.metric: fact.value for fact in result.facts}
    assert facts["lift"] == pytest.approx(1.0)
    assert facts["difference"] == pytest.approx(30 / 144)
    assert facts["gain"] == pytest.approx(30)
    assert 0 < facts["lift_low"] < 1 < facts["lift_high"]


def test_a_campaign_can_do_harm(campaign, tmp_path):
    workspace, plan = campaign
    path = outcome(tmp_path, plan, 20, 50)
    text = read_campaign(workspace, "en", plan=plan.id, result=path).text
    assert text.startswith("The campaign lowered the share who buy again by 60%")


def test_no_difference_shown_is_not_no_effect(campaign, tmp_path):
    workspace, plan = campaign
    path = outcome(tmp_path, plan, 33, 30)
    text = read_campaign(workspace, "en", plan=plan.id, result=path).text
    assert text.startswith("No difference was shown")
    assert "no proof that there is none" in text
    assert "lifted" not in text
    assert "that comes to" not in text
    assert "没有显示出差异" in read_campaign(workspace, "zh", plan=plan.id, result=path).text


def test_what_is_against_it_is_said(campaign, tmp_path):
    workspace, plan = campaign
    got = [1] * 140 + [0] * 4 + [1] * 3 + [0] * 141
    path = outcome(tmp_path, plan, 60, 30, received=got)
    text = read_campaign(workspace, "en", plan=plan.id, result=path).text
    assert "3 of the held out got the message" in text
    assert "4 of the mailed did not get it" in text
    lost = pd.read_csv(path).iloc[:230]
    lost.to_csv(path, index=False)
    text = read_campaign(workspace, "en", plan=plan.id, result=path).text
    assert text.startswith("Careful, do not trust this comparison yet: 86 of 144 held out")
    assert "Not in the result, and left out: 0 mailed and 58 held out." in text


def test_nobody_bought_and_only_the_mailed_bought(campaign, tmp_path):
    workspace, plan = campaign
    path = outcome(tmp_path, plan, 0, 0)
    text = read_campaign(workspace, "en", plan=plan.id, result=path).text
    assert text.startswith("No difference was shown")
    path = outcome(tmp_path, plan, 40, 0)
    text = read_campaign(workspace, "en", plan=plan.id, result=path).text
    assert "The difference is clear" in text


def test_the_shops_own_orders_and_an_early_look(campaign, tmp_path):
    workspace, plan = campaign
    with pytest.raises(InputError, match="The data ends on"):
        read_campaign(workspace, "en", plan=plan.id)
    text = read_campaign(workspace, "en", plan=plan.id, start="2024-04-20").text
    assert "Only 10 days of the 30 days are over" in text


def test_a_plan_or_a_day_that_is_none(campaign):
    workspace, plan = campaign
    with pytest.raises(UnknownName) as caught:
        read_campaign(workspace, "en", plan="segment-1-x")
    assert caught.value.valid == (plan.id,)
    with pytest.raises(BadArgument):
        read_campaign(workspace, "en", plan=plan.id, start="soon")


# --- suppression ---------------------------------------------------------------------------------


def test_suppressed_ids_are_the_lines_of_a_file(tmp_path):
    workspace = Workspace(tmp_path, None, None)
    assert workspace.suppressed() == frozenset()
    listed = tmp_path / "suppressed.txt"
    listed.write_bytes("\ufeff12345\r\n 0042 \n\n客户七\n12345\n".encode())
    assert workspace.suppressed() == {"12345", "0042", "客户七"}
    listed.write_bytes(b"\xff\xfe\x31\x00")
    with pytest.raises(InputError, match="cannot be read"):
        workspace.suppressed()


# --- the command line -----------------------------------------------------------------------------


def test_the_groups_are_written_and_logged(campaign, tmp_path):
    workspace, plan = campaign
    out = tmp_path / "lists.csv"
    report = plan_report(workspace, "en", plan=plan.id, out=out)
    frame = pd.read_csv(out, dtype=str)
    assert list(frame.columns) == ["customer_id", "group"]
    assert set(frame.query("group == 'control'")["customer_id"]) == set(plan.control)
    assert (report["control"], report["mailed"], report["file"]) == (144, 144, str(out))
    (entry,) = map(json.loads, (tmp_path / "exports.jsonl").read_text().splitlines())
    assert (entry["what"], entry["rows"], entry["plan"]) == ("campaign", 288, plan.id)


def test_who_withdrew_since_is_in_no_file(campaign, tmp_path):
    workspace, plan = campaign
    workspace.barred = frozenset({plan.mailed[0], plan.control[0]})
    report = plan_report(workspace, "en", plan=plan.id, out=tmp_path / "lists.csv")
    written = set(pd.read_csv(tmp_path / "lists.csv", dtype=str)["customer_id"])
    assert report["rows"] == len(written) == 286
    assert not written & workspace.barred


def test_ids_that_a_spreadsheet_would_run_come_back(campaign, tmp_path):
    workspace, plan = campaign
    ids = {plan.mailed[0]: "=cmd()", plan.control[0]: "@sum"}
    renamed = replace(
        plan,
        mailed=tuple(ids.get(one, one) for one in plan.mailed),
        control=tuple(ids.get(one, one) for one in plan.control),
    )
    keep_campaign(tmp_path, renamed)
    features = workspace.base.features.rename(index={one: ids.get(one, one) for one in EVERYONE})
    workspace.base = replace(workspace.base, features=features)
    out = tmp_path / "lists.csv"
    plan_report(workspace, "en", plan=plan.id, out=out)
    text = out.read_text()
    assert "'=cmd()" in text
    frame = pd.read_csv(out, dtype=str).assign(converted=1)
    frame.loc[::2, "converted"] = 0
    frame.to_csv(out, index=False)
    result = read_campaign(workspace, "en", plan=plan.id, result=out)
    assert {f.metric: f.value for f in result.facts}["mailed_known"] == 144


def test_a_new_plan_is_told_too(planned, tmp_path):
    report = plan_report(planned(), "en", segment="Quiet", minimum_lift=1.0, name="spring")
    assert any(report["plan"] in notice for notice in report["notices"])
    assert report["file"] is None
    with pytest.raises(InputError, match="Which campaign"):
        plan_report(planned(), "en")
    with pytest.raises(InputError, match="not CSV"):
        plan_report(planned(), "en", segment=4, out=tmp_path / "lists.xlsx")
