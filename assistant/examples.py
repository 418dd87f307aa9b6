"""Questions to pick from: to begin with, and to go on with after an answer.

Made of the loaded data's own countries, segments and customers, by rules: what the data cannot
answer is not offered. The wording, and which question follows which tool, is in prompts/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import prompts
from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase, KindredError

if TYPE_CHECKING:
    from assistant.turn.events import Answer, ToolCall

__all__ = ["example_questions", "next_questions"]

FEWEST_NEXT, MOST_NEXT = 2, 4
_SEGMENTS, _CUSTOMERS = ("segment", "segments"), ("customer_id", "customer_ids")


def example_questions(base: CustomerBase, language: str) -> list[str]:
    """Questions this data can answer, in `language`; those that need what it lacks are left out."""
    known = open_ledger(base)
    values = _offered(base) | {
        "customer": known.once(("typical customer",), lambda: _typical_customer(base)),
        "country": known.once(("main country",), lambda: _main_country(base)),
    }
    if _has_segments(base):
        values["segment"] = "2"
    return [
        example["text"].format(**values)
        for example in prompts.load_yaml("examples")[language]
        if _answerable(example, base, values)
    ]


def next_questions(base: CustomerBase, answer: Answer, language: str) -> list[str]:
    """Two to four questions that go on from `answer`, in `language`; none where it asks back.

    They follow from the tool called last and its arguments alone, each is about what the answer was
    about, and none calls for what was just done.
    """
    if answer.clarify:
        return []
    done = [call for call in answer.tool_calls if call.status != "error"]
    values = _offered(base) | _spoken_of(base, answer, done)
    words = prompts.load_yaml("next_questions")

    def fitting(names: list[str]) -> list[str]:
        return [
            question[language].format(**values)
            for question in (words["questions"][name] for name in names)
            if _answerable(question, base, values) and not _was_done(question, done, values)
        ]

    found = fitting(words["after"][done[-1].name if done else "nothing"])
    if len(found) < FEWEST_NEXT:
        found = list(dict.fromkeys([*found, *fitting(words["always"])]))[:FEWEST_NEXT]
    return found[:MOST_NEXT]


def _answerable(question: Mapping[str, Any], base: CustomerBase, values: Mapping[str, str]) -> bool:
    """Whether the data have the tables that the question needs, and the values it is made of."""
    tables, needs = question.get("tables", ()), question.get("needs", ())
    return set(tables) <= base.tables.keys() and all(values.get(name) for name in needs)


def _offered(base: CustomerBase) -> dict[str, str]:
    """What the data have, as far as some do not: money, dates, more than one product."""
    features = {"money": "monetary", "dates": "recency", "products": "distinct_products"}
    return {
        name: "yes"
        for name, feature in features.items()
        if feature in base.features and base.features[feature].notna().any()
    }


def _has_segments(base: CustomerBase) -> bool:
    return base.segmentation.k > 1 and base.segmentation.verdict != "none"


# --- what an answer was about -------------------------------------------------------------------


def _spoken_of(base: CustomerBase, answer: Answer, done: list[ToolCall]) -> dict[str, str]:
    """The segment and the customer to go on with, and another segment beside it."""
    values = dict[str, str]()
    asked = [str(one) for one in _arguments(done, _CUSTOMERS)]
    if customer := _customer(base, answer, asked):
        values["customer"] = customer
    if _has_segments(base):
        known = [segment.id for segment in base.segmentation.segments if segment.id]
        named = [one for one in _named_segments(base, done) if one in known]
        theirs = [_segment_of(base, customer)] if customer in asked else []
        first = next(
            one for one in (*named, *theirs, *_leading(answer, done, known), *known) if one
        )
        values["segment"] = str(first)
        values["other"] = str(next(one for one in [*named, *known] if one != first))
    return values


def _named_segments(base: CustomerBase, done: list[ToolCall]) -> Iterator[int]:
    """The segments that the last call names."""
    from assistant.tools.references import segment_id

    for value in _arguments(done, _SEGMENTS):
        try:
            yield segment_id(base, value)
        except KindredError:  # `all`
            continue


def _leading(answer: Answer, done: list[ToolCall], known: list[int]) -> list[int]:
    """The segment with the highest figure, where several have one of the metric asked for.

    Where none was asked for, the answer must be of one metric.
    """
    figures = [
        (fact, fact.value)
        for result in answer.results
        for fact in result.facts
        if isinstance(fact.value, int | float)
    ]
    asked = next(_arguments(done, ("metric",)), None)
    values, metrics = dict[int, float](), set[str]()
    for fact, value in figures:
        name, _, id = fact.subject.partition(":")
        known_one = name == "segment" and id.isdigit() and int(id) in known
        if known_one and asked in (None, fact.metric):
            metrics.add(fact.metric)
            values[int(id)] = value
    alike = len(metrics) == 1 and len(values) > 1
    return [max(values, key=lambda id: values[id])] if alike else []


def _customer(base: CustomerBase, answer: Answer, asked: list[str]) -> str:
    """The first customer that was found, else the one that was asked about."""
    subjects = (fact.subject for result in answer.results for fact in result.facts)
    found = [one.removeprefix("customer:") for one in subjects if one.startswith("customer:")]
    known = [one for one in (*found, *asked) if one in base.customers]
    return next((one for one in known if one not in asked), known[0] if known else "")


def _segment_of(base: CustomerBase, customer: str) -> int:
    """The segment a customer is in; 0 where in none."""
    return int(base.segmentation.labels[base.customers.get_loc(customer)])


def _arguments(done: list[ToolCall], names: tuple[str, ...]) -> Iterator[Any]:
    """The values of the last call under any of these names."""
    for name in names if done else ():
        value = done[-1].args.get(name)
        if value is not None:
            yield from value if isinstance(value, list) else [value]


def _was_done(question: Mapping[str, Any], done: list[ToolCall], values: Mapping[str, str]) -> bool:
    """Whether the question leads to a call that was just made."""
    tool, args = question["tool"], intended_arguments(question, values)
    return any(call.name == tool and args.items() <= dict(call.args).items() for call in done)


def intended_arguments(question: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """The arguments that a question should lead to."""
    return {name: _filled(value, values) for name, value in question.get("args", {}).items()}


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled(one, values) for one in value]
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    filled = value.format(**values)
    return filled if value == "{customer}" else int(filled)


# --- what the data have -------------------------------------------------------------------------


def _typical_customer(base: CustomerBase) -> str:
    """The customer with the highest revenue (the first one where there are no orders)."""
    if "monetary" not in base.features or not base.features["monetary"].notna().any():
        return str(base.customers[0])
    return str(base.features["monetary"].idxmax())


def _main_country(base: CustomerBase) -> str:
    """The second most frequent country: the first is everybody's home and says little."""
    for table in ("customers", "orders"):
        if table in base.tables and "country" in base.tables[table].columns:
            with base.extras.get("lock") or nullcontext():
                counts = base.tables[table].country.topk(2).to_pandas()
            names = [str(name) for name in counts.iloc[:, 0] if name is not None]
            if len(names) == 2:
                return names[1]
    return ""
