"""What a marketer does first with the demo shop: ask, look closer, take something along."""

import csv
import hashlib
import re

import pandas as pd
import pytest

QUESTIONS = (
    "What is our total revenue?",
    "Which segment brings in the most revenue?",
    "Compare segments 1 and 3",
    "How good are the segments?",
    "What should I offer segment 2 next?",
)
NUMBER = re.compile(r"\d[\d,.]*%?")


@pytest.fixture(scope="module")
def profiles(demo):
    return pd.read_csv(demo / "files" / "customers.csv", dtype=str).set_index("customer_id")


@pytest.fixture(scope="module")
def revenue(demo):
    """The shop's revenue, from its file and without Kindred."""
    lines = pd.read_csv(demo / "files" / "orders.csv", dtype=str)
    lines = lines[lines["customer_id"].notna()]
    quantity = lines["quantity"].astype(float)
    money = quantity * lines["unit_price"].astype(float)
    return money[(quantity > 0) & (money > 0)].sum()


def test_five_questions_then_a_chart_then_a_persona(guest, revenue):
    one = guest()
    said = {question: one.ask(question) for question in QUESTIONS}
    assert f"€{revenue:,.2f}" in said[QUESTIONS[0]]
    assert len(set(said.values())) == len(QUESTIONS)

    one.ask("Draw a chart of the segment sizes")
    bars = one.talk.locator(".js-plotly-plot").last.locator(".bars path")
    bars.nth(4).wait_for()
    assert bars.count() == 5

    one.ask("Who are the people in segment 2?")
    sentence = one.talk.locator("details:has(dl) > summary").filter(has_text=NUMBER).first
    facts = sentence.locator("xpath=../dl")
    assert facts.is_hidden()
    sentence.click()
    facts.wait_for()
    told = NUMBER.findall(sentence.inner_text())
    assert any(number in facts.inner_text() for number in told), (told, facts.inner_text())


def test_look_alikes_are_found_and_taken_along(guest, workspace, profiles):
    one = guest()
    one.page.get_by_role("tab", name="Look-alikes").click()
    form = one.page.get_by_role("form", name="Find customers like these")
    form.get_by_role("group", name="Ids that exist").get_by_role("button").first.wait_for()
    form.get_by_role("textbox", name="Customer ids").fill("100288")
    form.get_by_role("checkbox", name="Only those who may be contacted").check()
    form.get_by_role("button", name="Find customers").click()
    one.sees("The 10 customers most like 100288")
    file = one.saved("Download the 10 customers who may be contacted")
    rows = read(file)
    ids = [row["customer_id"] for row in rows]
    assert len(set(ids)) == 10
    assert "100288" not in ids
    assert set(profiles.loc[ids, "marketing_consent"]) == {"yes"}
    log = (workspace / "exports.jsonl").read_text(encoding="utf-8")
    assert hashlib.sha256(file).hexdigest() in log


def test_an_export_is_offered_confirmed_and_downloaded(guest, workspace, profiles):
    one = guest()
    before = set(workspace.glob("exports/*"))
    offered = one.ask("Export segment 2 as csv")
    assert set(workspace.glob("exports/*")) == before
    one.press("Write the file")
    rows = read(one.saved("Download"))
    assert f"{len(rows)} of the" in offered
    assert {row["segment"] for row in rows} == {"2"}
    assert set(profiles.loc[[row["customer_id"] for row in rows], "marketing_consent"]) == {"yes"}


def read(file):
    return list(csv.DictReader(file.decode("utf-8-sig").splitlines()))
