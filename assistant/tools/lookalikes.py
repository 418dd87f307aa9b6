"""The tool for look-alikes: customers like these, like a segment's members, or like these words.

What was understood and found is in lookalike_search.py; here it is put into words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from assistant.tools.lookalike_search import Search, search
from assistant.tools.references import spoken
from assistant.tools.result import Table, ToolResult
from assistant.tools.verdicts import with_note
from assistant.tools.voice import Voice, capital, clean, voice
from segmentation.insight.campaign.audience import contact
from segmentation.insight.evidence.measurements import unit_of
from segmentation.insight.ledger import open_ledger
from segmentation.insight.metrics import METRICS
from segmentation.insight.similar.lookalikes import Match, find_customer
from segmentation.insight.similar.shared import Reason, customer_numbers
from segmentation.types import CustomerBase, Fact

__all__ = ["find_similar_customers", "similar_matches"]

SPOKEN_MATCHES = 3
SPOKEN_GROUPS = 4
TABLED = 1_000
"""Matches a table shows at most."""

SHOWN = ("orders", "revenue", "days_since_last_order")


def find_similar_customers(
    workspace: Any,
    language: str,
    *,
    customer_ids: Sequence[Any] | None = None,
    description: str | None = None,
    segment: Any = None,
    n: int | None = None,
    filters: Sequence[Mapping[str, Any]] | None = None,
) -> ToolResult:
    """Customers like these, like a segment's members or like these words; what they share."""
    say = voice(language)
    asked = search(
        workspace,
        customer_ids=customer_ids,
        description=description,
        segment=segment,
        n=n,
        filters=filters,
    )
    base = spoken(workspace.base, language)
    understood = _understood(say, base, asked)
    matches = asked.found.matches
    if not matches:
        told = say.sentences([_nobody(say, asked, description), *understood])
        return ToolResult(told, status="error" if _says_nothing(asked) else "ok")
    groups = with_note(say, base.segmentation, [_by_segment(say, base, matches)])
    return ToolResult(
        say.sentences([_head(say, base, asked), *understood, *_worth(say, asked), *groups]),
        facts=_facts(base, asked),
        tables=(_table(say, base, asked),),
        notices=(*_learned(say, asked), str(say[f"similar.score.{asked.kind}"])),
    )


def similar_matches(
    workspace: Any,
    *,
    customers: Sequence[str] = (),
    text: str = "",
    segment: Any = None,
    n: int | None = None,
    filters: Sequence[Mapping[str, Any]] = (),
    contactable: bool = False,
    language: str = "en",
) -> dict[str, Any]:
    """The JSON of `kindred similar`.

    Args:
        contactable: only who may be contacted, as far as is known.
        language: of what it says in words.
    """
    known = contact(workspace.base, workspace.suppressed())
    asked = search(
        workspace,
        customer_ids=customers,
        description=text,
        segment=segment,
        n=n,
        filters=filters,
        only=np.flatnonzero(known.may) if contactable else None,
    )
    say, base, found = voice(language), spoken(workspace.base, language), asked.found
    wanted = asked.wanted
    return {
        "kind": asked.kind,
        "query": {
            "customers": list(customers),
            "text": text,
            "segment": asked.segment,
            "n": asked.n,
            "where": list(filters),
            "contactable": contactable,
            "words": wanted.words if wanted else "",
            "conditions": [*(wanted.filters if wanted else ())],
            "not_understood": list(wanted.unread) if wanted else [],
            "groups": [list(group) for group in found.groups],
        },
        "understood": say.sentences(_understood(say, base, asked)),
        "says": say.sentences(_worth(say, asked) if found.matches else [_nobody(say, asked, text)]),
        "score_meaning": str(say[f"similar.score.{asked.kind}"]),
        "consent_known": known.consent_field is not None,
        "considered": found.considered,
        "likeness": None
        if found.chances is None
        else {
            "kind": found.chances.kind,
            "meaning": str(say[f"similar.likeness.{found.chances.kind}"]),
            "hidden": found.chances.hidden,
            "error": round(found.chances.error, 4),
            "expected": found.expected,
        },
        "matches": [
            {
                "customer_id": match.customer_id,
                "score": None if match.score is None else round(match.score, 6),
                "likeness": None if match.likeness is None else round(match.likeness, 4),
                "segment": match.segment,
                "contactable": known.agreed(find_customer(base, match.customer_id)),
                "like": list(match.like),
                "because": _because(say, base, match),
            }
            for match in found.matches
        ],
    }


# --- in words ---------------------------------------------------------------------------


def _says_nothing(asked: Search) -> bool:
    """Whether a description named neither things nor a condition."""
    return asked.kind == "words" and asked.wanted is not None and not asked.wanted.words


def _nobody(say: Voice, asked: Search, description: str | None) -> str:
    """Why nobody was found."""
    if _says_nothing(asked):
        return say.say("similar.nothing", text=say.asked(description))
    return say.say("similar.no_words" if asked.kind == "words" else "similar.none")


def _head(say: Voice, base: CustomerBase, asked: Search) -> str:
    """Who was found, the first few by name."""
    matches, found = asked.found.matches, asked.found
    few = asked.n is not None and len(matches) < asked.n and asked.kind != "conditions"
    key = {"segment": "of_segment" if asked.n else "of_segment_sized"}.get(
        asked.kind, f"of_{asked.kind}{'_few' if few else ''}"
    )
    key = key if asked.likely else "of_segment_unlikely"
    return say.say(
        f"similar.{key}",
        n=say.count(len(matches), "customers"),
        considered=say.count(found.considered, "customers"),
        seeds=say.list([clean(one) for group in found.groups for one in group]),
        words=say.asked(asked.wanted.words if asked.wanted else ""),
        segment=_segment(say, base, asked.segment),
        list=say.list([_item(say, match) for match in matches[:SPOKEN_MATCHES]]),
    )


def _item(say: Voice, match: Match) -> str:
    if match.score is None:
        return clean(match.customer_id)
    values = {"id": clean(match.customer_id), "score": f"{match.score:.2f}"}
    if match.likeness is None:
        return say.part("similar.item", **values)
    return say.part("similar.item_likely", likeness=say.share(match.likeness), **values)


def _segment(say: Voice, base: CustomerBase, segment: int | None) -> str:
    names = {s.id: s.name for s in base.segmentation.segments}
    return "" if segment is None else say.segment(segment, names[segment])


def _understood(say: Voice, base: CustomerBase, asked: Search) -> list[str]:
    """What a description was taken for, which conditions hold, and what was left out."""
    wanted = asked.wanted
    parts = []
    if wanted and wanted.words:
        english = wanted.english if wanted.english != wanted.words else ""
        key = "similar.words_english" if english else "similar.words"
        parts.append(say.say(key, words=say.asked(wanted.words), english=say.asked(english)))
    told = [one for one in asked.filters if one.field.column != "at"]
    dates = [one.label for one in asked.filters if one.field.column == "at"]
    if told or dates:
        listed = say.list([*([say.conditions(base, told)] if told else []), *map(clean, dates)])
        parts.append(say.say("similar.within", conditions=listed))
    if wanted and wanted.unread:
        left = say.list([say.asked(piece) for piece in wanted.unread])
        parts.append(say.say("similar.unread", list=left))
    return parts


def _worth(say: Voice, asked: Search) -> list[str]:
    """What the scores are worth, and whether the seeds belong together."""
    found, chances = asked.found, asked.found.chances
    parts = []
    if len(found.groups) > 1:
        groups = [say.list([clean(one) for one in group]) for group in found.groups]
        more = len(groups) - SPOKEN_GROUPS
        listed = str(say["similar.between_groups"]).join(groups[:SPOKEN_GROUPS])
        parts.append(say.say(f"similar.unlike{'_more' if more > 0 else ''}", list=listed, n=more))
    if asked.kind == "conditions":
        return parts
    if chances is None:
        return [*parts, str(say["similar.unknown_likeness"])]
    parts.append(str(say[f"similar.likeness.{chances.kind}"]))
    if asked.kind == "segment" and found.expected is not None:
        n = say.count(len(found.matches), "customers")
        expected = say.number(round(found.expected * len(found.matches)))
        parts.append(say.say("similar.expected", n=n, expected=expected))
    return parts


def _learned(say: Voice, asked: Search) -> list[str]:
    """What the chances were learned from, and how far off they were."""
    chances = asked.found.chances
    if asked.kind == "conditions" or chances is None:
        return []
    measured = {"n": say.number(chances.hidden), "error": say.share(chances.error)}
    return [say.say(f"similar.learned.{chances.kind}", **measured)]


def _by_segment(say: Voice, base: CustomerBase, matches: Sequence[Match]) -> str:
    names = {s.id: s.name for s in base.segmentation.segments}
    counts = Counter(match.segment for match in matches).most_common()
    items = [
        say.part("query.pair", name=say.segment(number, names[number]), value=say.number(count))
        for number, count in sorted(counts, key=lambda pair: (-pair[1], pair[0]))
    ]
    return say.say("similar.in_segments", list=say.list(items))


def _because(say: Voice, base: CustomerBase, match: Match) -> list[str]:
    """What a match shares, each in a few words; that nothing single stands out, if so."""
    told = [_reason(say, base, reason) for reason in match.because]
    if told or match.score is None:
        return told
    return [str(say["similar.why_whole"])]


def _reason(say: Voice, base: CustomerBase, reason: Reason) -> str:
    values = reason.values
    if reason.key == "shared_products":
        names = say.list([say.quote(name) for name in values["names"]])
        count = say.count(values["count"], "products")
        expected = say.number(round(values["expected"], 1))
        return say.part("similar.why_shared", count=count, names=names, expected=expected)
    if reason.key == "words":
        names = say.list([say.customers(text) for text in values["texts"]])
        return say.part("similar.why_words", names=names)
    metric = values["metric"]
    value = say.figure(values["value"], unit_of(base, metric))
    return say.part("similar.why_number", metric=say.metric(metric), value=value)


# --- facts and table ----------------------------------------------------------------------


def _facts(base: CustomerBase, asked: Search) -> tuple[Fact, ...]:
    today = base.as_of.date().isoformat()
    matches, chances = asked.found.matches, asked.found.chances
    measure = ("interest", "share") if asked.kind == "words" else ("similarity", "cosine")
    facts = [Fact("all", "considered", today, asked.found.considered, "customers")]
    for match in matches:
        subject = f"customer:{match.customer_id}"
        if match.score is not None:
            facts.append(Fact(subject, measure[0], today, match.score, measure[1]))
        if match.likeness is not None:
            facts.append(Fact(subject, "likeness", today, match.likeness, "share"))
        facts += [fact for reason in match.because for fact in reason.facts]
    if chances is not None:
        facts.append(Fact("all", "likeness_error", today, chances.error, "share"))
        facts.append(Fact("all", "likeness_learned_from", today, chances.hidden, "customers"))
    if asked.kind == "segment" and asked.found.expected is not None:
        expected = asked.found.expected * len(matches)
        facts.append(Fact("all", "expected_members", today, expected, "customers"))
    counts = Counter(match.segment for match in matches)
    facts += [Fact(f"segment:{s}", "matches", today, n, "customers") for s, n in counts.items()]
    facts.append(Fact("all", "matches", today, len(matches), "customers"))
    rows = [find_customer(base, match.customer_id) for match in matches[:TABLED]]
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


def _table(say: Voice, base: CustomerBase, asked: Search) -> Table:
    matches = asked.found.matches[:TABLED]
    numbers = customer_numbers(base, [find_customer(base, m.customer_id) for m in matches])
    shown = [name for name in SHOWN if name in numbers]
    scored, grouped = asked.kind != "conditions", len(asked.found.groups) > 1
    likely = asked.found.chances is not None
    labels = [say["columns.group.customer"]]
    labels += [say[f"similar.columns.{asked.kind}"]] if scored else []
    labels += [say["similar.columns.likeness"]] if likely else []
    labels += [say["columns.segment"]] + [capital(say.metric(name)) for name in shown]
    labels += [say["similar.columns.like"]] if grouped else []
    labels += [say["columns.because"]] if scored else []
    rows = []
    for match, (_, values) in zip(matches, numbers[shown].iterrows(), strict=True):
        cells: list[Any] = [match.customer_id]
        cells += [round(match.score or 0, 4)] if scored else []
        cells += [round(match.likeness or 0, 4)] if likely else []
        cells += [match.segment, *(None if v != v else float(v) for v in values)]
        cells += [say.list([clean(one) for one in match.like])] if grouped else []
        cells += ["; ".join(_because(say, base, match))] if scored else []
        rows.append(tuple(cells))
    return Table(str(say["similar.title"]), tuple(map(str, labels)), tuple(rows))
