import json

import pytest

from assistant.chat import Answer
from assistant.cli.batch import answer_batch, read_questions
from segmentation.types import InputError, ModelError


class Shop:
    """A double of a workspace whose segments are a word."""

    base = "at first"

    def show(self, base):
        self.base = base


class Parrot:
    """A double of Kindred that repeats question and thread; `cluster` makes new segments."""

    def __init__(self):
        self.workspace = Shop()

    def new_thread(self):
        return "run"

    def ask(self, question, *, thread, language):
        if question == "fail":
            raise ModelError("The model is away")
        if question == "segments":
            return Answer(answer=self.workspace.base, language="en", model="offline")
        if question == "cluster":
            self.workspace.base = f"made in {thread}"
        return Answer(answer=f"{question}|{thread}|{language}", language="en", model="offline")


def write(path, *lines):
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_each_line_is_answered_in_order_with_its_id(tmp_path):
    file = write(
        tmp_path / "q.jsonl",
        '{"id": "a", "question": "one"}',
        "",
        '{"id": "b", "question": "two", "thread": "t1"}',
    )
    answers = [json.loads(line) for line in answer_batch(Parrot(), file, "auto")]
    assert [a["id"] for a in answers] == ["a", "b"]
    assert [a["answer"] for a in answers] == ["one|None|auto", "two|run-t1|auto"]


def test_no_conversation_sees_the_segments_that_another_made(tmp_path):
    lines = [("cluster", None), ("segments", None), ("cluster", "t"), ("segments", None),
             ("segments", "t"), ("segments", "u")]  # fmt: skip
    file = write(
        tmp_path / "q.jsonl",
        *(json.dumps({"question": asked, "thread": thread}) for asked, thread in lines),
    )
    answers = [json.loads(line)["answer"] for line in answer_batch(Parrot(), file, "en")]
    seen = [said for said, (asked, _) in zip(answers, lines, strict=True) if asked == "segments"]
    assert seen == ["at first", "at first", "made in run-t", "at first"]


def test_a_question_that_fails_does_not_stop_the_others(tmp_path):
    file = write(tmp_path / "q.jsonl", '{"id": 1, "question": "fail"}', '{"question": "next"}')
    first, second = (json.loads(line) for line in answer_batch(Parrot(), file, "en"))
    assert first["error"] == "The model is away."
    assert second["answer"].startswith("next")


@pytest.mark.parametrize("line", ["not json", '{"id": 1}', "[1]", '{"question": 3}'])
def test_a_bad_line_is_named(tmp_path, line):
    file = write(tmp_path / "q.jsonl", '{"question": "fine"}', line)
    with pytest.raises(InputError, match=r"line 2.*Each line is like"):
        read_questions(file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"missing\.jsonl"):
        read_questions(tmp_path / "missing.jsonl")
