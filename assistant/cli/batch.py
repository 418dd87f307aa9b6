"""A file of questions answered in one process: one JSON line in, one JSON line out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from segmentation.types import CustomerBase, InputError, KindredError

__all__ = ["answer_batch", "read_questions"]


def answer_batch(kindred: Any, path: Path, language: str) -> Iterator[str]:
    """Answer the questions of `path` (`-`: standard input) in file order, a JSON line each.

    Lines of the same `thread` are turns of one conversation, which lasts as long as this run. Every
    conversation begins with the segments that were there when the run began: new ones made in one
    are not seen by the others. A question that fails answers with its error; the others go on.
    """
    run, shop = kindred.new_thread(), kindred.workspace
    began = shop.base
    seen: dict[str, CustomerBase] = {}
    for entry in read_questions(path):
        thread = f"{run}-{entry['thread']}" if entry.get("thread") else None
        shop.show(seen.get(thread, began) if thread else began)
        try:
            answer = kindred.ask(entry["question"], thread=thread, language=language).to_json()
        except KindredError as error:
            answer = {"error": str(error), "answer": "", "tool_calls": [], "facts": []}
        if thread:
            seen[thread] = shop.base
        yield json.dumps({"id": entry.get("id"), **answer}, ensure_ascii=False)


def read_questions(path: Path) -> list[dict[str, Any]]:
    """Read `{id, question, thread?}` lines. Raises InputError naming the first bad line."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(
            f"The file cannot be read: {error.strerror}", where=str(path), fix="Check the path."
        ) from error
    return [
        _entry(line, f"{path}, line {number}")
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]


def _entry(line: str, where: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"Not JSON: {error.msg}", where=where, fix=_SHAPE) from error
    if not isinstance(entry, dict) or not isinstance(entry.get("question"), str):
        raise InputError("There is no question here", where=where, fix=_SHAPE)
    return entry


_SHAPE = 'Each line is like {"id": "q1", "question": "Who are my best customers?"}.'
