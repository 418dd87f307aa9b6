"""The page's words: a step in words, a summary line. All wording itself is in prompts/*.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from string import Formatter
from typing import TYPE_CHECKING, Any

from assistant.formats import format_count, format_period
from prompts import load_folder, load_yaml

if TYPE_CHECKING:
    from assistant.page.session import Shop
    from assistant.page.talk.exchange import Step

__all__ = ["page_words", "step_title", "summary", "usage_words"]

LONGEST = 60
"""Characters of an argument that a step's line has room for."""


def page_words(language: str) -> Mapping[str, Any]:
    """The wording of the whole page in `en` or `zh`: the files of prompts/page as one.

    Raises:
        ValueError: two files use the same key.
    """
    return load_folder("page", language)


def step_title(step: Step, language: str) -> str:
    """What a step does or did, in words: `Looked up revenue by segment`."""
    words = load_yaml("steps")[language]
    lines = words["tools"].get(step.name, words["other"])
    tense = "done" if step.status == "ok" else "running"
    arguments = {
        name: _argument(name, value, words)
        for name, value in step.args.items()
        if value not in (None, [], "", "all")
    }
    title = _first_fitting(lines[tense], arguments)
    if step.status == "running" and step.share is not None:
        return f"{title} · {step.share:.0%}"
    outcome = {"error": "failed"}.get(step.status, step.status)
    return words[outcome].format(step=title) if outcome in words else title


def summary(shop: Shop, segments: int, language: str, verdict: str | None = None) -> str:
    """One line on the data: customers, orders, period, segments and the verdict on them."""
    from assistant.tools.voice import voice

    words, say = page_words(language), voice(language)
    counts = {
        "customers": say.count(shop.customers, "customers"),
        "orders": say.count(shop.orders, "orders"),
        "segments": _segments(segments, language, verdict),
    }
    if shop.first is None or shop.last is None:
        return str(words["summary_bare"]).format(**counts)
    period = format_period(shop.first, shop.last, language)
    return str(words["summary"]).format(**counts, period=period)


def usage_words(usage: Mapping[str, Any], language: str) -> str:
    """What a language model took for an answer: `1,234 tokens · $0.0021`; empty for none.

    Args:
        usage: the JSON of an answer's `Usage`.
    """
    tokens = usage["input_tokens"] + usage["output_tokens"]
    if not tokens:
        return ""
    words = page_words(language)
    form = str(words["about_tokens" if usage["estimated"] else "tokens"])
    told, cost = form.format(count=format_count(tokens, language)), usage["cost"]
    return told if cost is None else str(words["cost"]).format(used=told, cost=_cost(cost))


def _cost(cost: float) -> str:
    """Two digits after the point, or as many as it takes to say something."""
    return f"{cost:.2f}" if cost >= 1 or not cost else f"{Decimal(f'{cost:.2g}'):f}"


def _segments(count: int, language: str, verdict: str | None) -> str:
    words = page_words(language)["counted"]
    return str(words[verdict or "unknown"].format(count=format_count(count, language)))


def _first_fitting(lines: list[str], arguments: Mapping[str, str]) -> str:
    """The first line all of whose placeholders have a value; else the last, without them."""
    for line in lines:
        if {name for _, name, _, _ in Formatter().parse(line) if name} <= arguments.keys():
            return line.format(**arguments)
    return " ".join(text for text, _, _, _ in Formatter().parse(lines[-1])).strip()


def _argument(name: str, value: Any, words: Mapping[str, Any]) -> str:
    """An argument as it reads within a line: known words for known values, lists with an `and`."""
    known = words["words"].get(name, {})
    values = value if isinstance(value, list) else [value]
    parts = [str(known.get(str(part), part)).replace("_", " ") for part in values]
    head, last = words["comma"].join(parts[:-1]), "".join(parts[-1:])
    text = " ".join((words["and"].join([head, last]) if head else last).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
