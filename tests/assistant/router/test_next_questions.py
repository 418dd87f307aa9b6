"""The questions to go on with lead where they are meant to, alone and after what came before."""

from __future__ import annotations

import pytest

import prompts
from assistant.examples import intended_arguments
from assistant.router.memory import Memory
from assistant.router.model import message_of
from assistant.router.router import Decision

WORDS = prompts.load_yaml("next_questions")
VALUES = {"segment": "2", "other": "1", "customer": "20007"}
BEFORE = {
    "profile_segment": {"segment": 4},
    "find_similar_customers": {"customer_ids": ["20003"]},
    "query_customers": {"metric": "orders", "by": "country"},
    "draw_chart": {"kind": "sizes"},
}
"""Calls of an earlier turn, which a follow-up could be mistaken to be about."""


def turns(tool, args):
    return [message_of(Decision(tool=tool, args=args), "before")]


def test_what_follows_a_tool_is_a_question_there_is():
    named = [*WORDS["after"].values(), WORDS["always"]]
    assert {name for names in named for name in names} == set(WORDS["questions"])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", sorted(WORDS["questions"]))
def test_each_question_leads_to_its_call(router, name, language):
    question = WORDS["questions"][name]
    text, args = question[language].format(**VALUES), intended_arguments(question, VALUES)
    for history in ([], *(turns(*call) for call in BEFORE.items())):
        decision = router.decide(text, history)
        assert decision.tool == question["tool"], Memory.of(history).last
        assert args.items() <= decision.args.items()
        assert not {"segment", "filters", "customer_id"} & (decision.args.keys() - args.keys())
