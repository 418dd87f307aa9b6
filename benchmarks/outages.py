"""Language models in trouble: how does a turn end, and does the conversation go on?

A server on loopback (tests/doubles/llm_server.py) plays the language model, through LangChain's own
client. In every row the conversation has three turns: a question that is answered by a sane model,
one in which the model misbehaves, and one that is answered by a sane model again. The sane model
plans as the offline router would and says what the tools said in its own layout. `once` means that
one reply in the turn goes wrong, `always` that every one does.

In the second turn waiting times are set small (hundredths of a second between tries, seconds for
silence); the limits of a turn are Kindred's own.

    python -m benchmarks.outages [--workspace DIR]     # a built workspace; else a demo shop is made
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver

from assistant.chat import Again, Assistant, Done, Text
from assistant.kindred import Kindred
from assistant.models import chat_model
from assistant.router.catalogue import Catalogue
from assistant.router.model import OfflineChatModel
from assistant.router.router import Router
from assistant.settings import Settings
from assistant.tools.registry import build_tools
from assistant.turn.answering import Care
from assistant.turn.patience import Patience
from segmentation.types import KindredError
from tests.doubles.llm_server import (
    Behaviour,
    Call,
    LlmServer,
    Reply,
    broken,
    call,
    endless,
    fails,
    flaky,
    loop_different,
    loop_same,
    sane,
    say,
)

RESULT = Path(__file__).parent / "results" / "outages.md"
QUICK = Patience(first_wait=0.01, longest_wait=0.1, seed=0)
BEFORE = "How many customers do we have?"
ASKED = "Which segment brings in the most revenue?"
AFTER = "How many orders were there in all?"
PASSING = {
    "429": fails(429),
    "429, Retry-After 0.05 s": fails(429, retry_after="0.05"),
    "500": fails(500),
    "connection dropped before the reply": say("The revenue", cut="before"),
    "connection dropped in the middle": say("The revenue is known. It is high.", cut="middle"),
    "stream that just ends": say("The revenue is known. It is high.", cut="eof"),
    "silence in the middle": say("The revenue is known.", stall=60),
    "a page of HTML": Reply(raw="<html>Bad gateway</html>"),
    "empty reply": say(""),
    "malformed arguments": Reply(calls=(Call("query_customers", '{"metric": "rev'),)),
    "unknown tool": call("run_sql", query="select 1"),
}
LASTING = {
    "429, Retry-After an hour": fails(429, retry_after="3600"),
    "429, quota used up": fails(429, "insufficient_quota"),
    "401": fails(401),
    "403": fails(403),
    "404": fails(404),
    "400": fails(400, "this model does not support tools"),
    "400, context too long": fails(400, "maximum context length is 8192 tokens"),
}


@dataclass(frozen=True)
class Row:
    """What became of one turn."""

    name: str
    streaming: str
    ended: str
    requests: int
    tools: str
    shown: str
    goes_on: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workspace", type=Path)
    given = parser.parse_args().workspace
    with tempfile.TemporaryDirectory() as folder:
        kindred = Kindred(given or folder, settings=Settings())
        if given is None:
            kindred.build_demo(customers=300)
        text = report(kindred.workspace)
    print(text)
    RESULT.write_text(text, encoding="utf-8")


def report(workspace: Any) -> str:
    """Both tables, without and with the offline model in reserve."""
    cache = workspace.root / "cache" / "router"
    router = Router.of(Catalogue.of(workspace.base), workspace.encoder, cache)
    parts = ["# Language models in trouble\n", *__doc__.split("\n\n")[1:-1], ""]
    for title, reserve in (
        ("An outage is an error", False),
        ("The offline model may answer", True),
    ):
        rows = list(trials(workspace, router, reserve=reserve))
        honest = sum(row.shown == "yes" for row in rows)
        usable = sum(row.goes_on == "yes" for row in rows)
        parts += [f"## {title}\n", table(rows), ""]
        parts += [
            f"{len(rows)} turns: {honest} showed exactly what they ended with, after {usable} the "
            "conversation went on with all its questions.\n"
        ]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


class Decided:
    """A router that has decided: the sane model must not be late on a busy machine."""

    def __init__(self, router: Router) -> None:
        self._known = {q: router.decide(q, []) for q in (BEFORE, ASKED, AFTER)}

    def decide(self, question: str, history: Any) -> Any:
        return self._known[question]


def trials(workspace: Any, router: Decided, *, reserve: bool) -> Iterator[Row]:
    good = sane(router)
    with LlmServer(good) as server:
        # The first request of a process imports half of the client.
        chat_model(settings_for(server.url, True), lambda: None).invoke(BEFORE)
        for name, behaviour in behaviours(good, reserve=reserve):
            for streaming in (True, False):
                made = partial(assistant, workspace, router, server.url, streaming, InMemorySaver())
                soon = replace(QUICK, silence=5.0, longest=8.0) if "silence" in name else QUICK
                calm, quick = made(Patience()), made(soon, reserve=reserve)
                yield trial(name, behaviour, good, server, calm, quick, streaming)


def behaviours(good: Behaviour, *, reserve: bool) -> Iterator[tuple[str, Behaviour]]:
    if not reserve:
        yield "none", good
        for name, reply in PASSING.items():
            yield f"{name}, once", flaky(reply, good)
            yield f"{name}, once, instead of the answer", flaky(reply, good, at=1)
    for name, reply in PASSING.items():
        yield f"{name}, always", broken(reply)
    for name, reply in LASTING.items():
        yield name, broken(reply)
        yield f"{name}, instead of the answer", flaky(reply, good, times=99, at=1)
    if not reserve:
        yield "the same call for ever", loop_same("list_segments")
        top = partial(loop_different, "query_customers", "top_n", metric="revenue", by="product")
        yield "another call for ever", top()
        yield "six other calls at once for ever", top(at_once=6)
        yield "words for ever", endless()


def settings_for(url: str, streaming: bool) -> Settings:
    return Settings(model="openai:double", model_base_url=url, model_streaming=streaming)


def assistant(
    workspace: Any,
    router: Decided,
    url: str,
    streaming: bool,
    memory: InMemorySaver,
    patience: Patience,
    *,
    reserve: bool = False,
) -> Assistant:
    settings = settings_for(url, streaming)
    if not streaming:
        patience = replace(patience, silence=patience.longest)
    offline = (lambda: OfflineChatModel(router=router)) if reserve else None
    care = Care(settings.model, workspace.results, patience, offline)
    return Assistant(
        chat_model(settings, lambda: OfflineChatModel(router=router)),
        build_tools(workspace, sight=care.sight),
        workspace.results,
        model_name=settings.model,
        memory=memory,
        care=care,
    )


def trial(
    name: str,
    behaviour: Behaviour,
    good: Behaviour,
    server: LlmServer,
    calm: Assistant,
    quick: Assistant,
    streaming: bool,
) -> Row:
    server.behave(good)
    calm.ask(BEFORE, thread="t")
    server.behave(behaviour)
    ended, tools, shown = turn(quick)
    requests = len(server.requests)
    server.behave(good)
    after = calm.ask(AFTER, thread="t")
    whole = all(question in str(server.requests) for question in (BEFORE, ASKED, AFTER))
    goes_on = "yes" if whole and after.tool_calls and after.model == "openai:double" else "no"
    return Row(name, "yes" if streaming else "no", ended, requests, tools, shown, goes_on)


def turn(speaker: Assistant) -> tuple[str, str, str]:
    """How the turn ended, what tools were run, and whether what was shown is what it ended with."""
    words = ""
    try:
        for event in speaker.stream(ASKED, thread="t"):
            words = "" if isinstance(event, Again) else words
            words += event.delta if isinstance(event, Text) else ""
            if isinstance(event, Done):
                answer = event.answer
    except KindredError as error:
        return f"error: {error.what}", "", "yes" if not words.strip() else "words, then an error"
    run = sum(one.status == "ok" for one in answer.tool_calls)
    tools = f"{run} run" + (f", {n} not" if (n := len(answer.tool_calls) - run) else "")
    first = answer.notes[0].text if answer.notes else "an answer"
    return first, tools, "yes" if words.strip() == answer.answer.strip() else "no"


def together(rows: list[Row]) -> list[Row]:
    """One row for both ways where they came to the same."""
    kept: list[Row] = []
    for row in rows:
        if kept and replace(kept[-1], streaming=row.streaming) == row:
            kept[-1] = replace(row, streaming="yes and no")
        else:
            kept.append(row)
    return kept


def table(rows: list[Row]) -> str:
    head = [
        "trouble", "streaming", "the turn ended with", "requests", "tool calls",
        "shown is what it ended with", "goes on",
    ]  # fmt: skip
    lines = [head, ["---"] * len(head)]
    for row in together(rows):
        cells = [row.name, row.streaming, row.ended, str(row.requests), row.tools]
        lines.append([*cells, row.shown, row.goes_on])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
