"""The whole path as a user walks it: a shop's files, the command line, the chat's answers."""

import hashlib
import html
import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow

KINDRED = Path(sys.executable).with_name("kindred")


def kindred(*arguments, workspace=None):
    """Run the command line; (exit code, stdout, stderr)."""
    place = ("--workspace", str(workspace)) if workspace else ()
    run = subprocess.run(
        [KINDRED, *map(str, arguments), *place], capture_output=True, text=True, timeout=280
    )
    assert "Traceback" not in run.stdout + run.stderr
    return run.returncode, run.stdout, run.stderr


def kindred_json(*arguments, workspace):
    code, out, err = kindred(*arguments, "--json", workspace=workspace)
    assert code == 0, err
    return json.loads(out)


@pytest.fixture(scope="module")
def built(demo, tmp_path_factory):
    workspace = shutil.copytree(demo / "workspace", tmp_path_factory.mktemp("shop") / "workspace")
    return workspace, json.loads((demo / "report.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lines(demo):
    """The demo shop's order lines, read and cleaned another way."""
    lines = pd.read_csv(demo / "files" / "orders.csv", dtype=str)
    lines = lines[lines["customer_id"].notna()]
    lines["quantity"] = lines["quantity"].astype(float)
    lines["money"] = lines["quantity"] * lines["unit_price"].astype(float)
    return lines[(lines["quantity"] > 0) & (lines["money"] > 0)]


def test_every_row_is_accounted_for(built):
    workspace, report = built
    assert set(report["read"]) == {"orders", "events", "reviews", "products", "customers"}
    for table, read in report["read"].items():
        assert read == report["accepted"][table] + report["quarantined"][table]
    snapshot = workspace / "snapshots" / report["snapshot"]
    for table, rows in report["accepted"].items():
        assert pq.read_metadata(snapshot / "tables" / f"{table}.parquet").num_rows == rows


def test_money_is_in_the_currency_of_the_data(built):
    _, report = built
    units = {
        fact["unit"]
        for segment in report["segmentation"]["segments"]
        for fact in segment["facts"]
        if fact["metric"] == "revenue"
    }
    assert report["currency"] == "EUR"
    assert units == {"EUR"}


def test_nobody_is_named_in_what_is_kept(built, demo):
    workspace, report = built
    profiles = pd.read_csv(demo / "files" / "customers.csv", dtype=str)
    kept = pd.read_parquet(
        workspace / "snapshots" / report["snapshot"] / "tables" / "customers.parquet"
    )
    assert {"name", "email"} <= set(profiles.columns)
    assert not {"name", "email"} & set(kept.columns)
    assert any("email" in note for note in report["privacy"])


def test_numbers_are_those_of_the_file(built, lines):
    workspace, _ = built
    answer = kindred_json("ask", "What is our total revenue?", workspace=workspace)
    facts = {f["metric"]: f["value"] for f in answer["facts"] if f["subject"] == "all"}
    assert facts["revenue"] == pytest.approx(lines["money"].sum())


def test_how_concentrated_revenue_is(built, lines):
    workspace, _ = built
    answer = kindred_json("ask", "How much comes from our top 10%?", workspace=workspace)
    facts = {f["metric"]: f["value"] for f in answer["facts"] if f["subject"] == "all"}
    spent = lines.groupby("customer_id")["money"].sum().sort_values(ascending=False)
    best = spent.head(math.ceil(len(spent) / 10)).sum() / spent.sum()
    assert facts["top_10_revenue_share"] == pytest.approx(best)


def test_a_conversation_in_a_thread_goes_on_in_another_process(built):
    workspace, _ = built
    first = kindred_json("ask", "Tell me about segment 1", "--thread", "t", workspace=workspace)
    second = kindred_json("ask", "and segment 2?", "--thread", "t", workspace=workspace)
    assert first["tool_calls"][0]["args"] == {"segment": 1}
    assert second["tool_calls"][0]["name"] == "profile_segment"
    assert second["tool_calls"][0]["args"] == {"segment": 2}


def test_a_batch_is_answered_line_by_line(built, tmp_path):
    workspace, _ = built
    questions = tmp_path / "q.jsonl"
    questions.write_text(
        '{"id": 1, "question": "How many customers do we have?"}\n'
        '{"id": 2, "question": "Send them all an e-mail"}\n'
        '{"id": 3, "question": "画一张各细分人数的图"}\n',
        encoding="utf-8",
    )
    code, out, _ = kindred("ask", "--batch", questions, workspace=workspace)
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [a["id"] for a in answers] == [1, 2, 3]
    assert answers[1]["refused"]
    assert not answers[1]["tool_calls"]
    assert answers[2]["language"] == "zh"
    assert answers[2]["charts"]


def test_a_new_segmentation_is_current_in_the_next_process(built):
    workspace, _ = built
    made = kindred_json("segment", "--k", "4", "--text-weight", "0.7", workspace=workspace)
    assert (made["k"], made["recipe"]["text_weight"]) == (4, 0.7)
    assert sum(s["size"] for s in made["segments"]) == made["customers"]
    assert kindred_json("evaluate", workspace=workspace) == made


def test_an_export_asks_first_and_is_logged(built, tmp_path):
    workspace, _ = built
    out = tmp_path / "audience.csv"
    command = ("export", "audience", "--segment", "1", "--out", out)
    code, _, err = kindred(*command, workspace=workspace)
    assert (code, err.count("\n"), out.exists()) == (1, 1, False)
    assert "--yes" in err

    report = kindred_json(*command, "--yes", workspace=workspace)
    rows = pd.read_csv(out, dtype={"customer_id": str})
    assert list(rows.columns) == ["customer_id", "segment", "segment_name"]
    assert len(rows) == report["rows"]
    assert hashlib.sha256(out.read_bytes()).hexdigest() == report["sha256"]
    logged = [json.loads(line) for line in (workspace / "exports.jsonl").read_text().splitlines()]
    assert logged[-1]["sha256"] == report["sha256"]
    assert not set(rows["customer_id"]) & set(str(logged[-1]).split())


def test_the_chat_offers_an_export_and_writes_nothing(built):
    workspace, _ = built
    before = (workspace / "exports.jsonl").read_bytes()
    answer = kindred_json("ask", "export segment 1 as csv", workspace=workspace)
    assert [call["status"] for call in answer["tool_calls"]] == ["needs_confirmation"]
    assert answer["confirm"][0]["command"].startswith("kindred export audience")
    code, _, err = kindred("ask", "export segment 1 as csv", workspace=workspace)
    assert (code, "Not written." in err) == (0, True)
    assert not (workspace / "exports").exists()
    assert (workspace / "exports.jsonl").read_bytes() == before


def test_personas_rules_and_the_report_are_files(built, tmp_path):
    workspace, _ = built
    personas = tmp_path / "personas.json"
    kindred_json("export", "personas", "--out", personas, workspace=workspace)
    assert {one["segment"] for one in json.loads(personas.read_text())["personas"]} >= {1, 2}
    rule = kindred_json("export", "rule", "--segment", "1", workspace=workspace)
    assert rule["text"].startswith("SELECT")
    assert 0 < rule["precision"] <= 1
    shopify = tmp_path / "rule.txt"
    kindred_json(
        "export", "rule", "--segment", "1", "--format", "shopify", "--out", shopify,
        workspace=workspace,
    )  # fmt: skip
    assert any(name in shopify.read_text() for name in ("amount_spent", "number_of", "_date"))
    kindred_json("export", "report", "--out", tmp_path / "report.html", workspace=workspace)
    page = html.unescape((tmp_path / "report.html").read_text(encoding="utf-8"))
    current = kindred_json("evaluate", workspace=workspace)
    assert all(segment["name"] in page for segment in current["segments"])


def test_look_alikes_keep_to_the_conditions(built):
    workspace, _ = built
    assigned = workspace / "assignments.csv"
    kindred_json("export", "assignments", "--out", assigned, workspace=workspace)
    segments = pd.read_csv(assigned, dtype={"customer_id": str}).set_index("customer_id")["segment"]
    seed = segments.index[0]
    found = kindred_json(
        "similar", "--customer", seed, "-n", "5", "--where", "segment = 2", workspace=workspace
    )
    ids = [match["customer_id"] for match in found["matches"]]
    assert len(ids) == 5
    assert seed not in ids
    assert {segments[i] for i in ids} == {2}


def test_a_broken_index_is_repaired(built):
    workspace, report = built
    for file in (workspace / "index" / report["snapshot"]).rglob("*.sqlite3"):
        file.write_bytes(b"not a database")
    code, out, _ = kindred("doctor", "--json", workspace=workspace)
    assert code == 0
    assert not json.loads(out)["damaged"]


def test_a_failed_build_leaves_what_was_current(built, tmp_path):
    workspace, _ = built
    before = (workspace / "CURRENT").read_text(encoding="utf-8")
    broken = tmp_path / "orders.csv"
    broken.write_text("colour,shape\nred,round\n", encoding="utf-8")
    code, out, err = kindred("build", "--orders", broken, workspace=workspace)
    assert (code, out) == (1, "")
    assert err.startswith("Error: ")
    assert "orders.csv" in err
    assert (workspace / "CURRENT").read_text(encoding="utf-8") == before
    assert not [p for p in (workspace / "snapshots").iterdir() if p.name.startswith(".")]


def test_without_a_build_the_answer_is_how_to_make_one(tmp_path):
    code, _, err = kindred("ask", "How many customers?", workspace=tmp_path / "nothing")
    assert code == 1
    assert "kindred build" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask",),
        ("build",),
        ("similar",),
        ("build", "--k", "none"),
        ("nonsense",),
        ("segment", "--x"),
    ],
)
def test_wrong_usage_is_told_apart(arguments, tmp_path):
    code, out, err = kindred(*arguments)
    assert (code, out) == (2, "")
    assert err


def test_the_page_is_not_shown_to_the_network_without_a_password(built):
    workspace, _ = built
    code, _, err = kindred("chat", "--host", "0.0.0.0", "--no-browser", workspace=workspace)
    assert code == 1
    assert "KINDRED_AUTH" in err


def test_a_rule_as_sql_catches_in_the_snapshot_whom_the_answer_counts(built):
    workspace, report = built
    assert 0.3 < report["segmentation"]["metrics"]["tree_fidelity"] <= 1
    answer = kindred_json("ask", "what rule defines segment 1", workspace=workspace)
    assert [call["name"] for call in answer["tool_calls"]] == ["explain_segment"]
    sql = answer["answer"].split("```sql\n")[1].split("\n```")[0]
    folder = workspace / "snapshots" / report["snapshot"]
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW features AS FROM '{folder / 'features.parquet'}'")
        caught = connection.execute(sql).fetchall()
    facts = {fact["metric"]: fact["value"] for fact in answer["facts"]}
    assert len(caught) == facts["rule_matched"]
    assert facts["rule_recall"] == facts["rule_hits"] / facts["size"]
