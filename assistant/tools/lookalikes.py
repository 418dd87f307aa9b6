"""The tool for look-alikes: customers like these, or like these words, and what they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from assistant.tools.references import spoken, understood
from assistant.tools.result import Table, ToolResult
from assistant.tools.verdicts import with_note
from assistant.tools.voice import Voice, capital, clean, voice
from segmentation.insight.errors import BadArgument
from segmentation.insight.filters import Filter
from segmentation.insight.ledger import open_ledger
from segmentation.insight.measurements import unit_of
from segmentation.insight.metrics import METRICS
from segmentation.insight.similar import (
    Match,
    Reason,
    customer_numbers,
    find_customer,
    reasons_in_words,
    similar,
)
from segmentation.types import CustomerBase, Fact

__all__ = ["find_similar_customers", "similar_matches"]

SPOKEN_MATCHES = 5
EXPLAINED = 20
"""Matches of a free text that are explained; each takes the encoder."""

SHOWN = ("orders", "revenue", "days_since_last_order")


def find_similar_customers(
    workspace: Any,
    language: str,
    *,
    customer_ids: Sequence[Any] | None = None,
    description: str | None = None,
    n: int = 10,
    filters: Sequence[Mapping[str, Any]] | None = None,
) -> ToolResult:
    """Customers like these, or like these words, and what they share."""
    say, base = voice(language), spoken(workspace.base, language)
    conditions = understood(base, filters)
    matches = _matches(workspace, customer_ids, description, n, conditions)
    told = [f for f in conditions if f.field.column != "at"]
    within = say.say("similar.within", conditions=say.conditions(base, told)) if told else ""
    if not matches:
        return ToolResult(say.sentences([say.say("similar.none"), within]))
    asked = _asked(say, base, customer_ids, description)
    kind = "of_customers" if customer_ids else "of_words"
    head = say.say(
        f"similar.{kind}{'_few' if len(matches) < n else ''}",
        n=say.count(len(matches), "customers"),
        seeds=asked,
        words=asked,
        list=say.list(
            [
                say.part("similar.item", id=clean(m.customer_id), score=f"{m.score:.2f}")
                for m in matches[:SPOKEN_MATCHES]
            ]
        ),
    )
    groups = with_note(say, base.segmentation, [_by_segment(say, base, matches)])
    return ToolResult(
        say.sentences([head, within, *groups]),
        facts=_match_facts(base, matches),
        tables=(_match_table(say, base, matches),),
        notices=(str(say["similar.score"]),),
    )


def _matches(
    workspace: Any,
    customer_ids: Sequence[Any] | None,
    description: str | None,
    n: int,
    filters: Sequence[Filter],
) -> list[Match]:
    base, words = workspace.base, (description or "").strip()
    if bool(customer_ids) == bool(words):
        raise BadArgument("customer_ids", customer_ids or "-", "customer_ids or a description")
    if customer_ids:
        return similar(base, workspace.index, customer_ids=customer_ids, n=n, filters=filters)
    vector = workspace.query_vector(words)
    matches = similar(base, workspace.index, query_vector=vector, n=n, filters=filters)
    explained = reasons_in_words(
        matches[:EXPLAINED], words, workspace.encoder, workspace.text_evidence
    )
    return [*explained, *matches[EXPLAINED:]]


def similar_matches(
    workspace: Any,
    *,
    customers: Sequence[str] = (),
    text: str = "",
    n: int = 10,
    filters: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The JSON of `kindred similar`."""
    base = workspace.base
    conditions = understood(base, filters)
    matches = _matches(workspace, customers or None, text or None, n, conditions)
    say = voice("en")
    return {
        "query": {"customers": list(customers), "text": text, "n": n, "where": list(filters)},
        "matches": [
            {
                "customer_id": match.customer_id,
                "score": round(match.score, 6),
                "segment": match.segment,
                "because": [_reason(say, base, reason) for reason in match.because],
            }
            for match in matches
        ],
    }


def _asked(
    say: Voice, base: CustomerBase, ids: Sequence[Any] | None, description: str | None
) -> str:
    if not ids:
        return say.quote(description)
    names = dict.fromkeys(str(base.customers[find_customer(base, one)]) for one in ids)
    return say.list([clean(name) for name in names])


def _by_segment(say: Voice, base: CustomerBase, matches: Sequence[Match]) -> str:
    names = {s.id: s.name for s in base.segmentation.segments}
    counts = Counter(match.segment for match in matches).most_common()
    items = [
        say.part("query.pair", name=say.segment(number, names[number]), value=say.number(count))
        for number, count in sorted(counts, key=lambda pair: (-pair[1], pair[0]))
    ]
    return say.say("similar.in_segments", list=say.list(items))


def _reason(say: Voice, base: CustomerBase, reason: Reason) -> str:
    values = reason.values
    if reason.key == "shared_products":
        names = say.list([say.quote(name) for name in values["names"]])
        count = say.count(values["count"], "products")
        return say.part("similar.why_shared", count=count, names=names)
    if reason.key == "words":
        names = say.list([say.quote(text) for text in values["texts"]])
        return say.part("similar.why_words", names=names)
    metric = values["metric"]
    value = say.figure(values["value"], unit_of(base, metric))
    return say.part("similar.why_number", metric=say.metric(metric), value=value)


def _match_facts(base: CustomerBase, matches: Sequence[Match]) -> tuple[Fact, ...]:
    today = base.as_of.date().isoformat()
    facts = []
    for match in matches:
        subject = f"customer:{match.customer_id}"
        facts.append(Fact(subject, "similarity", today, match.score, "cosine"))
        facts += [fact for reason in match.because for fact in reason.facts]
    counts = Counter(match.segment for match in matches)
    facts += [Fact(f"segment:{s}", "matches", today, n, "customers") for s, n in counts.items()]
    facts.append(Fact("all", "matches", today, len(matches), "customers"))
    rows = [find_customer(base, match.customer_id) for match in matches]
    return (*facts, *_shown_facts(base, rows))


def _shown_facts(base: CustomerBase, rows: Sequence[int]) -> list[Fact]:
    period = open_ledger(base).period("orders")
    numbers = customer_numbers(base, rows)
    facts = []
    for name in (n for n in SHOWN if n in numbers):
        unit = unit_of(base, name)
        when = base.as_of.date().isoformat() if METRICS[name].is_state else period
        facts += [
            Fact(f"customer:{one}", name, when, float(value), unit)
            for one, value in numbers[name].items()
            if value == value
        ]
    return facts


def _match_table(say: Voice, base: CustomerBase, matches: Sequence[Match]) -> Table:
    rows = [find_customer(base, match.customer_id) for match in matches]
    numbers = customer_numbers(base, rows)
    shown = [name for name in SHOWN if name in numbers]
    labels = [say["columns.group.customer"], say["columns.similarity"], say["columns.segment"]]
    labels += [capital(say.metric(name)) for name in shown] + [say["columns.because"]]
    cells = []
    for match, (_, values) in zip(matches, numbers[shown].iterrows(), strict=True):
        because = "; ".join(_reason(say, base, reason) for reason in match.because)
        own = [None if value != value else float(value) for value in values]
        cells.append((match.customer_id, round(match.score, 4), match.segment, *own, because))
    return Table(str(say["similar.title"]), tuple(labels), tuple(cells))
