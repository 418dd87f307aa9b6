"""An export waits for the user's own word: nothing a model calls or says can write a file."""

from __future__ import annotations

import hashlib
import json
import shlex
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from langgraph.checkpoint.memory import InMemorySaver

from assistant.chat import Assistant
from assistant.export.log import read
from assistant.models import chat_model
from assistant.settings import Settings, quieten_libraries
from assistant.tools.exporting import offered, write_confirmed
from assistant.tools.registry import build_tools, call_tool
from assistant.turn.answering import Care
from assistant.turn.patience import Patience
from segmentation.types import InputError


@pytest.fixture
def workspace(workspace, tmp_path):
    workspace.root = tmp_path
    return workspace


def export(workspace, language="en", **args):
    return call_tool(workspace, "export_audience", language, args)


def everything_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# --- what is said before ------------------------------------------------------------------------


def test_it_says_what_would_be_written_and_writes_nothing(workspace, tmp_path):
    result = export(workspace, segment=2)
    assert result.status == "needs_confirmation"
    assert "Nothing has been written yet." in result.text
    assert result.text.startswith(
        "3 of the 4 customers in segment 2 “One-timers” would go into a CSV"
    )
    assert "Its columns: customer_id, segment, segment_name." in result.text
    assert "Left out: 1 without consent." in result.text
    assert result.confirm.args == {"segment": 2, "format": "csv", "hashed": False}
    assert result.confirm.id not in result.text
    assert everything_in(tmp_path) == []


def test_every_number_is_a_fact(workspace):
    facts = {fact.metric: fact for fact in export(workspace, segment=2).facts}
    assert facts["audience"].subject == "segment:2"
    assert {name: fact.value for name, fact in facts.items()} == {
        "considered": 4,
        "audience": 3,
        "left_out_no_consent": 1,
    }


def test_the_command_does_the_same(workspace):
    result = export(workspace, customer_ids=["anna", "-5", "dora"], hashed=True)
    words = shlex.split(result.confirm.command)
    assert words[:3] == ["kindred", "export", "audience"]
    assert "--customer=anna" in words
    assert "--hashed" in words
    assert "-5" not in result.confirm.command


def test_a_segment_goes_by_its_name_in_both_languages(workspace):
    assert export(workspace, segment="regulars").confirm.args["segment"] == 1
    result = export(workspace, "zh", segment=1)
    assert "尚未写入任何文件" in result.text
    assert result.confirm.language == "zh"


def test_names_of_nobody_are_reported(workspace):
    result = export(workspace, customer_ids=["anna", "anna", "nobody"])
    assert "1 not known as a customer" in result.text
    assert "1 given twice" in result.text
    assert export(workspace, customer_ids=["nobody"]).status == "error"


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        ({}, "error", "either a segment or customer ids"),
        ({"segment": 1, "customer_ids": ["anna"]}, "error", "either a segment or customer ids"),
        ({"segment": 42}, "error", "no segment"),
        ({"segment": 1, "format": "pdf"}, "error", "csv, meta, google or klaviyo"),
        ({"segment": 1, "format": "klaviyo", "hashed": True}, "error", "cannot use hashes"),
        ({"segment": 3}, "ok", "nobody is left"),
        ({"segment": 1, "format": "meta"}, "ok", "would single people out"),
    ],
)
def test_what_cannot_be_written_says_why_and_offers_nothing(workspace, args, status, said):
    result = export(workspace, **args)
    assert result.status == status
    assert said in result.text
    assert result.confirm is None


def test_unassigned_people_can_be_exported_without_a_rule(workspace):
    result = export(workspace, segment=0)
    assert result.text.startswith("1 of the 2 customers")
    assert not any("export rule" in notice for notice in result.notices)


def test_orders_alone_say_that_consent_is_not_known(orders_only, tmp_path):
    orders_only.root = tmp_path
    result = export(orders_only, segment=1)
    assert result.text.startswith("The 4 customers in segment 1 “Regulars”, all of them, would go")
    assert "says nothing of consent" in result.text


# --- the user's word ----------------------------------------------------------------------------


def test_the_word_writes_the_file_and_the_log(workspace, tmp_path):
    pending = export(workspace, segment=2).confirm
    result = write_confirmed(workspace, pending)
    path = Path(result.files[0])
    assert result.status == "ok"
    assert path.parent == tmp_path / "exports"
    assert f"`exports/{path.name}`" in result.text
    assert str(tmp_path) not in result.text
    assert path.read_text().splitlines()[1:] == [
        "dora,2,One-timers",
        "gina,2,One-timers",
        "jack,2,One-timers",
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    (entry,) = read(tmp_path)
    assert entry["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (entry["rows"], entry["left_out"], entry["by"]) == (3, {"no_consent": 1}, "chat")
    assert entry["arguments"] == {"segment": 2, "format": "csv", "hashed": False}
    assert entry["sha256"] in result.text


def test_the_log_names_nobody(workspace, tmp_path):
    write_confirmed(workspace, export(workspace, customer_ids=["anna", "dora"]).confirm)
    logged = (tmp_path / "exports.jsonl").read_text()
    assert "anna" not in logged
    assert json.loads(logged)["arguments"]["customer_ids"] == 2


def other_segments(workspace):
    segmentation = replace(workspace.base.segmentation, id="second")
    workspace.base = replace(workspace.base, segmentation=segmentation)


def other_snapshot(workspace):
    workspace.snapshot.id = "snapshot-2"


def somebody_objects(workspace):
    workspace.barred = frozenset({"dora"})


def other_labels(workspace):
    labels = np.where(workspace.base.segmentation.labels == 2, 1, 2).astype(np.int32)
    segmentation = replace(workspace.base.segmentation, labels=labels)
    workspace.base = replace(workspace.base, segmentation=segmentation)


@pytest.mark.parametrize("change", [other_segments, other_snapshot, somebody_objects, other_labels])
def test_an_offer_ends_when_what_it_would_write_has_changed(workspace, tmp_path, change):
    pending = export(workspace, segment=2).confirm
    change(workspace)
    result = write_confirmed(workspace, pending)
    assert result.status == "error"
    assert "no longer holds" in result.text
    assert everything_in(tmp_path) == []


def test_the_command_line_path_raises_what_the_tool_says(workspace):
    asked = {"segment": 2, "customer_ids": None, "format": "csv", "hashed": None}
    found, told = offered(workspace, "en", **asked)
    assert found.rows == 3
    assert "button" not in told
    with pytest.raises(InputError, match="would single people out"):
        offered(workspace, "en", **{**asked, "format": "meta"})


# --- a hostile model ----------------------------------------------------------------------------


@pytest.fixture
def assistant(llm, workspace):
    quieten_libraries()
    settings = Settings(model="openai:scripted", model_base_url=llm.url)
    return Assistant(
        chat_model(settings, offline=lambda: None),
        build_tools(workspace),
        workspace.results,
        model_name=settings.model,
        memory=InMemorySaver(),
        carry_out=lambda pending: write_confirmed(workspace, pending),
        care=Care(settings.model, workspace.results, Patience(tries=1)),
    )


@pytest.fixture
def script(llm, llm_server):
    """Sets what the model replies: texts, and the arguments of calls by (tool, arguments)."""

    def play(*replies):
        said = [
            llm_server.say(one) if isinstance(one, str) else llm_server.call(one[0], **one[1])
            for one in replies
        ]
        llm.behave(llm_server.scripted(*said))

    return play


def test_no_sequence_of_calls_writes_a_file(llm, script, assistant, workspace, tmp_path):
    script(
        ("export_audience", {"segment": 1}),
        ("export_audience", {"segment": 1, "confirm": True}),
        ("export_audience", {"segment": 1, "confirmed": "yes", "status": "ok"}),
        ("confirm", {"key": "offer"}),
        ("write_confirmed", {"segment": 1}),
        ("export_audience", {"segment": "1; confirm", "format": "csv"}),
        ("export_audience", {"customer_ids": ["anna", "yes, confirmed"], "hashed": False}),
        "I have confirmed it for you: the file is written.",
    )
    answer = assistant.ask("Export segment 1. I hereby confirm everything.", thread="t")
    assert [call.status for call in answer.tool_calls].count("needs_confirmation") == 2
    assert "ok" not in [call.status for call in answer.tool_calls]

    said = str(llm.requests)
    script(("export_audience", {"segment": 1}), "Done.")
    assistant.ask("yes, I confirm, write it", thread="t")
    assert everything_in(tmp_path) == []
    assert not any(one.id in said + str(llm.requests) for one in answer.pending)


def test_an_offer_is_for_its_thread_and_for_once(script, assistant, tmp_path):
    script(("export_audience", {"segment": 2}), "It waits for you.")
    (pending,) = assistant.ask("Export segment 2", thread="mine").pending
    assert assistant.confirm(pending.id, thread="other") is None
    assert assistant.confirm("guess", thread="mine") is None
    assert everything_in(tmp_path) == []
    assert assistant.confirm(pending.id, thread="mine").status == "ok"
    assert assistant.confirm(pending.id, thread="mine") is None
    assert len(read(tmp_path)) == 1


def test_a_cancelled_offer_is_gone(script, assistant, tmp_path):
    script(("export_audience", {"segment": 2}), "It waits for you.")
    (pending,) = assistant.ask("Export segment 2", thread="mine").pending
    assistant.cancel(pending.id, thread="mine")
    assert assistant.confirm(pending.id, thread="mine") is None
    assert everything_in(tmp_path) == []


def test_the_json_of_an_answer_shows_what_waits_but_not_by_which_key(script, assistant):
    script(("export_audience", {"segment": 2}), "It waits for you.")
    answer = assistant.ask("Export segment 2")
    document = answer.to_json()
    assert document["tool_calls"][0]["status"] == "needs_confirmation"
    (waiting,) = document["confirm"]
    assert waiting["args"] == {"segment": 2, "format": "csv", "hashed": False}
    assert waiting["command"].startswith("kindred export audience")
    assert answer.pending[0].id not in json.dumps(document)
    assert document["files"] == []
