"""What an answer rests on, printed: sentences with their facts, else all facts; what it cost."""

from __future__ import annotations

from dataclasses import asdict
from io import StringIO

import pytest
from rich.console import Console

from assistant.chat import Answer
from assistant.cli import terminal
from assistant.tools.result import Claim, ToolResult
from assistant.turn.ledger import Usage
from segmentation.types import Fact

PERIOD = "2024-07-01/2026-06-30"
NASTY = "[red]Tea[/red]"
WORTH = Fact("segment:2", "average_order_value", PERIOD, 332.08, "GBP")
TEA = Fact(f"category:{NASTY}&segment:2", "reach", PERIOD, 0.61, "share")
CLAIM = Claim("An order comes to £332.", (WORTH,), ("average order value",))


def printed(draw, document, **how):
    console = Console(file=StringIO(), width=160)
    draw(document, console, **how)
    return console.file.getvalue()


def answer(*results, **more):
    return Answer("Segment 2.", "en", "scripted", (), results, **more).to_json()


def test_sentences_come_with_their_facts_only_where_asked():
    document = answer(ToolResult("x", facts=(WORTH, TEA), claims=(CLAIM,)))
    assert "An order comes" not in printed(terminal.answer_text, document)
    told = printed(terminal.answer_text, document, facts=True)
    assert "An order comes to £332." in told
    assert "£332.08" in told
    assert "from 1 Jul 2024 to 30 Jun 2026" in told


def test_an_answer_without_sentences_shows_all_its_facts_and_no_markup():
    told = printed(terminal.answer_text, answer(ToolResult("x", facts=(WORTH, TEA))), facts=True)
    assert "Average order value" in told
    assert f"{NASTY} · segment 2" in told


def test_personas_show_the_facts_of_each_sentence():
    persona = {"name": "Tea", "segment_name": "Tea", "text": "An order.", "written_by": "offline"}
    persona |= {"segment": 2, "n": 4, "note": "", "dropped": []}
    report = {
        "trust": "",
        "language": "zh",
        "personas": [persona | {"claims": [asdict(CLAIM)], "sections": [], "tagline": "T"}],
    }
    told = printed(terminal.persona_text, report, facts=True)
    assert "£332.08" in told
    assert "客群 2" in told


@pytest.mark.parametrize(
    ("usage", "told"),
    [(Usage(2, 1000, 234, 0.0021), "1,234 tokens · $0.0021"), (Usage(), None)],
)
def test_what_a_model_took_is_said(usage, told):
    document = answer(usage=usage)
    shown = printed(terminal.answer_text, document)
    assert ("tokens" in shown) == bool(told)
    assert told is None or told in shown


def test_the_json_of_an_answer_has_its_claims():
    (claim,) = answer(ToolResult("x", facts=(WORTH,), claims=(CLAIM,)))["claims"]
    assert claim["sentence"] == "An order comes to £332."
    assert list(claim["facts"]) == [asdict(WORTH)]
