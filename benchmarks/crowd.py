"""Ten people at once on one `kindred chat`, as many as a team has, for two minutes.

Each is a tab of the page as the server sees it (page_client.py: the page's own events in its own
queue, every drawing of the conversation included; ten browsers would need the processor for
themselves). They read for some seconds between questions, and ask twenty common ones in both
languages. Every question was asked once before they come. Crosstalk is looked for in everything:
that a conversation holds its own questions only, and that each answer is what the same conversation
is answered afterwards, when nobody else is there.

Run: .venv/bin/python benchmarks/crowd.py [--workspace DIR] [--people 10] [--seconds 120]
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chat_process import chat, machine, memory
from page_client import Heard, Reader

RESULT = Path(__file__).parent / "results" / "crowd.md"
QUESTIONS = {
    "en": (
        "How many customers do we have?",
        "What is our total revenue?",
        "Which segment brings in the most revenue?",
        "Which ten products bring in the most money?",
        "Show revenue by month",
        "Who are the people in segment 2?",
        "Compare segments 1 and 3",
        "Draw the customer map",
        "How good are the segments?",
        "What should I offer segment 1 next?",
    ),
    "zh": (
        "有多少客户？",
        "总销售额是多少？",
        "哪个客群的销售额最高？",
        "按国家看一下销售额，只要前5个",
        "画一张各客群人数的图",
        "介绍一下客群 2",
        "比较客群 1 和 3",
        "复购率是多少？",
        "这些客群可信吗？",
        "最近 90 天没有下单的客户有多少？",
    ),
}
READING = (3.0, 15.0)
"""Seconds that somebody reads before the next question."""
SEED = 0


@dataclass(frozen=True)
class Asked:
    """One question, what was said, and how it came; `fault` says what was wrong with it."""

    question: str
    said: str
    heard: Heard
    fault: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workspace", type=Path, help="a built workspace; else the demo is built")
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=120.0)
    wanted = parser.parse_args()
    with chat(wanted.workspace) as (url, process):
        for language, questions in QUESTIONS.items():
            conversation(url, language, questions)
        begin = memory(process)
        people = crowd(url, wanted.people, wanted.seconds)
        end = memory(process)
        asked = [one for number, own in enumerate(people) for one in checked(url, number, own)]
    RESULT.write_text(report(wanted, asked, begin, end), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def crowd(url: str, people: int, seconds: float) -> list[list[Asked]]:
    """What each of so many people asked in that time, and got."""
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(people) as pool:
        asking = [pool.submit(one_person, url, number, until) for number in range(people)]
        return [person.result() for person in asking]


def one_person(url: str, number: int, until: float) -> list[Asked]:
    """All that one person asks in one conversation until the time is over."""
    rng = random.Random(f"{SEED}-{number}")

    def questions() -> Iterator[str]:
        time.sleep(rng.uniform(0, READING[0]))
        while time.monotonic() < until:
            yield rng.choice(QUESTIONS[_language(number)])
            time.sleep(rng.uniform(*READING))

    return conversation(url, _language(number), questions())


def conversation(url: str, language: str, questions: Iterable[str]) -> list[Asked]:
    """Ask one after the other in a tab of its own."""
    reader, asked = Reader(url), list[Asked]()
    reader.set("kd-language", language)
    for question in questions:
        heard = reader.ask(question)
        own = [*(one.question for one in asked), question]
        there = [text(one) for one in heard.messages if one["role"] == "user"]
        other = "" if there == own else "crosstalk: other questions in the conversation"
        asked.append(Asked(question, said(heard.messages), heard, heard.error or other))
    reader.close()
    return asked


def checked(url: str, number: int, asked: Sequence[Asked]) -> Iterator[Asked]:
    """What somebody got, held against the same conversation when nobody else is there."""
    alone = conversation(url, _language(number), [one.question for one in asked])
    for one, same in zip(asked, alone, strict=True):
        if one.fault or one.said == same.said:
            yield one
        else:
            yield replace(one, fault=f"crosstalk: {one.said[:200]!r}, alone {same.said[:200]!r}")


def _language(number: int) -> str:
    return ("en", "zh")[number % 2]


def said(messages: Sequence[Mapping[str, Any]]) -> str:
    """The words of the last answer: no steps, no charts, no buttons."""
    places = [n for n, one in enumerate(messages) if one["role"] == "user"]
    since = messages[places[-1] + 1 :] if places else []
    return "\n".join(text(one) for one in since if not one["metadata"].get("title")).strip()


def text(message: Mapping[str, Any]) -> str:
    """What of a message is words; of sentences that unfold, without what they unfold to."""
    parts = [
        part.get("text") or (part["value"] if "kd-said" in str(part.get("value")) else "")
        for part in message["content"]
    ]
    whole = "\n".join(part for part in parts if part)
    return re.sub(r"<[^>]+>", "", re.sub(r"<dl.*?</dl>", "", whole, flags=re.DOTALL))


def report(wanted: argparse.Namespace, asked: Sequence[Asked], begin: float, end: float) -> str:
    good = [one for one in asked if not one.fault]
    crosstalk = sum(one.fault.startswith("crosstalk") for one in asked)
    lines = [
        f"# {wanted.people} people at once for {wanted.seconds:.0f} s, demo shop, offline model",
        "",
        f"{machine()}, shared by the server and the {wanted.people}. Each asks in a conversation "
        f"of their own, reads {READING[0]:.0f} to {READING[1]:.0f} s, and asks on.",
        "",
        "| | |",
        "|---|---|",
        f"| questions | {len(asked)} |",
        f"| errors | {len(asked) - len(good) - crosstalk} |",
        f"| crosstalk | {crosstalk} |",
        f"| question shown, s: median, p95 | {_spread([one.heard.shown for one in good])} |",
        f"| first of the answer, s: median, p95 | {_spread([one.heard.first for one in good])} |",
        f"| whole answer, s: median, p95 | {_spread([one.heard.whole for one in good])} |",
        f"| received per answer, kB: median, p95 | "
        f"{_spread([one.heard.bytes / 1000 for one in good], 0)} |",
        f"| memory at begin and end, MiB | {begin:.0f}, {end:.0f} |",
    ]
    faults = sorted({f"{one.question}: {one.fault}" for one in asked if one.fault})
    return "\n".join([*lines, *["" for _ in faults[:1]], *(f"- {one}" for one in faults), ""])


def _spread(values: Sequence[float], digits: int = 2) -> str:
    if len(values) < 2:
        return "–"
    p95 = statistics.quantiles(values, n=20)[-1]
    return f"{statistics.median(values):.{digits}f}, {p95:.{digits}f}"


if __name__ == "__main__":
    main()
