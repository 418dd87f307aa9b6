"""The same question in English and in Chinese: the same call, the same numbers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from langchain_core.messages import BaseMessage, HumanMessage

from assistant.router.model import message_of
from assistant.router.router import Decision, Router

PAIRS = yaml.safe_load(Path(__file__).with_name("parity.yaml").read_text("utf-8"))
MADE_UP = {"customer": "20017", "product": "PARTY BUNTING"}
"""Names of the shop of `catalogue`."""
DEMO = {"customer": "100012", "product": "Stoneware Pepper Mill"}

each_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: str(pair["en"])[:40])


def turns(said: str | list[str], names: dict[str, str]) -> list[str]:
    """What is typed, turn by turn, with the shop's names."""
    return [turn.format(**names) for turn in ([said] if isinstance(said, str) else said)]


def decisions(router: Router, questions: list[str]) -> list[Decision]:
    history: list[BaseMessage] = []
    decided = []
    for question in questions:
        decided.append(router.decide(question, history))
        history += [HumanMessage(question), message_of(decided[-1], question)]
    return decided


def in_short(decision: Decision) -> dict[str, Any]:
    """What must not depend on the language: a description is in the user's own words."""
    args = {name: value for name, value in decision.args.items() if name != "description"}
    return {
        "call": decision.tool and {decision.tool: args},
        "refuse": bool(decision.refuse),
        "clarify": decision.clarify,
    }


@each_pair
def test_both_languages_decide_alike(pair: dict[str, Any], router: Router) -> None:
    english, chinese = (
        [in_short(one) for one in decisions(router, turns(pair[language], MADE_UP))]
        for language in ("en", "zh")
    )
    assert chinese == english
    assert comes_to(english[-1], pair["wants"], MADE_UP)


def comes_to(found: dict[str, Any], wants: Any, names: dict[str, str]) -> bool:
    """Whether a turn ended as `wants` says: listed arguments equal, others free."""
    if wants == "refuse":
        return bool(found["refuse"]) and not found["call"]
    if "clarify" in wants:
        return found["clarify"] == wants["clarify"] and not found["call"]
    tool, args = next(iter(wants.items()))
    called = (found["call"] or {}).get(tool)
    return called is not None and all(
        called.get(name) == wanted(value, names) for name, value in args.items()
    )


def wanted(value: Any, names: dict[str, str]) -> Any:
    """An argument as the tools take it."""
    if isinstance(value, str):
        return value.format(**names)
    if isinstance(value, list) and value and isinstance(value[0], list):
        return [dict(zip(("field", "op", "value"), one, strict=True)) for one in value]
    if isinstance(value, list):
        return [wanted(one, names) for one in value]
    return value


@pytest.fixture(scope="module")
def answers(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What Kindred answers in a built demo shop: `zh-3-0` is the first turn of the fourth pair."""
    from assistant.cli.batch import answer_batch
    from assistant.kindred import Kindred
    from segmentation.types import Recipe

    folder = tmp_path_factory.mktemp("parity")
    kindred = Kindred(shutil.copytree(demo / "workspace", folder / "workspace"))
    kindred.segment(Recipe(method="kmeans", n_segments=5))
    (folder / "questions.jsonl").write_text("\n".join(batch()), "utf-8")
    found = map(json.loads, answer_batch(kindred, folder / "questions.jsonl", "auto"))
    return {answer["id"]: answer for answer in found}


def batch() -> list[str]:
    """All pairs as `kindred ask --batch` takes them, each language of each a conversation."""
    return [
        json.dumps({"id": f"{language}-{n}-{turn}", "question": said, "thread": f"{language}-{n}"})
        for n, pair in enumerate(PAIRS)
        for language in ("en", "zh")
        for turn, said in enumerate(turns(pair[language], DEMO))
    ]


@pytest.mark.slow
@pytest.mark.timeout(900)  # the first waits for the shop, the encoder and 130 answers
@pytest.mark.parametrize("n", range(len(PAIRS)), ids=lambda n: str(PAIRS[n]["en"])[:40])
def test_both_languages_are_told_the_same_numbers(n: int, answers: dict[str, Any]) -> None:
    for turn in range(len(turns(PAIRS[n]["en"], DEMO))):
        english, chinese = (answers[f"{language}-{n}-{turn}"] for language in ("en", "zh"))
        assert called(chinese) == called(english)
        assert chinese["facts"] == english["facts"]
        assert (english["language"], chinese["language"]) == ("en", "zh")


def called(answer: dict[str, Any]) -> list[Any]:
    """What was called, or whether the user was refused or asked back."""
    calls = [
        (call["name"], {k: v for k, v in call["args"].items() if k != "description"})
        for call in answer["tool_calls"]
    ]
    return [calls, answer["refused"], answer["clarify"]]
