"""Tools over the data as a whole: what there is, and any metric of anyone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.tools.outlook import with_outlook
from assistant.tools.references import spoken, understood
from assistant.tools.result import Table, ToolResult
from assistant.tools.verdicts import with_note
from assistant.tools.voice import Voice, capital, clean, voice
from segmentation.insight.concentration import TOP_SHARES
from segmentation.insight.describe import Description, describe
from segmentation.insight.filters import Filter
from segmentation.insight.query import Answer, Note, query
from segmentation.insight.splits import CHRONOLOGICAL
from segmentation.types import TABLES, CustomerBase, Fact, period_between

__all__ = ["describe_customers", "query_customers"]

MOST_ROWS = 200
LONG_SPLITS = {"product": 20, "customer": 20}
"""How many groups are shown when the user did not say."""

SPOKEN = 3
"""Groups that are named in the sentence; the table has the rest."""


def query_customers(
    workspace: Any,
    language: str,
    *,
    metric: str,
    by: str | None = None,
    filters: Sequence[Mapping[str, Any]] | None = None,
    top_n: int | None = None,
    order: str | None = None,
) -> ToolResult:
    """Any metric, whole or split by anything."""
    say, base = voice(language), spoken(workspace.base, language)
    conditions = understood(base, filters)
    shown = top_n or LONG_SPLITS.get(str(by))
    answer = query(base, metric, by=by, filters=conditions, top_n=shown, order=order)
    if answer.by is None:
        result = _whole(say, base, answer, conditions)
    else:
        result = _split(say, base, answer, conditions, order)
    result = with_outlook(say, base, answer, conditions, result)
    if answer.by == "segment" or any(one.field.kind == "segment" for one in conditions):
        text = say.sentences(with_note(say, base.segmentation, [result.text]))
        return replace(result, text=text)
    return result


# --- one number --------------------------------------------------------------------------------


def _whole(say: Voice, base: CustomerBase, answer: Answer, filters: Sequence[Filter]) -> ToolResult:
    told = _conditions(say, base, filters)
    period, name = say.period(answer.period), say.metric(answer.metric.name)
    suffix = "_for" if told else ""
    if answer.total is None:
        text = say.say(f"query.undefined{suffix}", metric=name, period=period, conditions=told)
        return ToolResult(text, facts=answer.facts, notices=_definition(say, answer))
    sentence = say.part(f"totals.{answer.metric.name}", value=say.value(answer.total, answer.unit))
    parts = [
        say.say(
            f"query.total{suffix}",
            sentence=sentence if told or say.language == "zh" else capital(sentence),
            period=period,
            conditions=told,
            basis=_basis(say, answer),
        )
    ]
    extra, facts = _companions(say, base, answer, filters)
    text = say.sentences([*parts, *extra, *_notes(say, answer)])
    title = say.say("query.title_total", metric=name)
    columns = (say["columns.measure"], say["columns.value"])
    table = Table(title, columns, ((capital(name), answer.total),))
    return ToolResult(
        text,
        facts=(*answer.facts, *answer.counts, *facts),
        tables=(table,) if filters else (),
        notices=_definition(say, answer),
    )


def _companions(
    say: Voice, base: CustomerBase, answer: Answer, filters: Sequence[Filter]
) -> tuple[list[str], list[Fact]]:
    """A second number where the first alone would mislead: the share of all, the net revenue."""
    if answer.metric.name == "revenue":
        net = query(base, "net_revenue", filters=filters)
        if net.total is not None and net.total != answer.total:
            value = say.value(net.total, net.unit)
            return [say.say("query.net", value=value)], list(net.facts)
    if answer.metric.name == "customers" and filters and answer.total:
        everyone = query(base, "customers")
        share = answer.total / (everyone.total or answer.total)
        facts = [Fact(answer.subject, "customers_share", answer.period, share, "share")]
        counted = say.count(everyone.total or 0, "customers")
        text = say.say("query.share_of_all", share=say.share(share), all=counted)
        return [text], [*everyone.facts, *facts]
    return [], []


def _basis(say: Voice, answer: Answer) -> str:
    """` (4,338 customers)`: what the number rests on, unless it is that itself."""
    if answer.metric.counted == answer.metric.name:
        return ""
    return say.part("query.basis", n=say.count(answer.total_n, answer.metric.counted))


# --- many numbers ------------------------------------------------------------------------------


def _split(
    say: Voice,
    base: CustomerBase,
    answer: Answer,
    filters: Sequence[Filter],
    order: str | None,
) -> ToolResult:
    by = say.field(answer.by or "")
    told = _conditions(say, base, filters)
    scope = say.part("query.scope", conditions=told) if told else ""
    period, name = say.period(answer.period), say.metric(answer.metric.name)
    frame = answer.frame.head(MOST_ROWS)
    if not frame["value"].notna().any():
        return ToolResult(say.say("query.empty", by=by, period=period, scope=scope))
    head = say.say(
        "query.split",
        metric=capital(name) if say.language == "en" else name,
        by=by,
        period=period,
        scope=scope,
        top=_top(say, answer, order),
    )
    share, share_facts = _shares(answer)
    parts = [head, _overall(say, answer), _lead(say, answer, share), *_notes(say, answer)]
    if len(frame) < answer.groups:
        parts.append(
            say.say("query.cut", shown=say.number(len(frame)), groups=say.number(answer.groups))
        )
    kept = 1 + len(frame)
    return ToolResult(
        say.sentences(parts),
        facts=(*answer.facts[:kept], *answer.counts[:kept], *share_facts[: len(frame)]),
        tables=(_table(say, answer, frame, share),),
        notices=_definition(say, answer),
    )


def _top(say: Voice, answer: Answer, order: str | None) -> str:
    """The first groups in words; of months and weekdays, the highest and the lowest."""
    frame = answer.frame[answer.frame["value"].notna()]
    if answer.by in CHRONOLOGICAL and order is None and len(frame) > 1:
        best, worst = frame["value"].idxmax(), frame["value"].idxmin()
        ends = {"best": _pair(say, answer, best), "worst": _pair(say, answer, worst)}
        key = "range_weekday" if answer.by == "weekday" else "range"
        return say.part(f"query.{key}", **ends)
    pairs = [_pair(say, answer, row) for row in frame.index[:SPOKEN]]
    if answer.by in CHRONOLOGICAL and order is None:
        return pairs[0]
    first, *rest = pairs
    if rest:
        first = say.part("query.then", first=first, rest=say.list(rest))
    return say.part(f"query.{'lowest' if order == 'asc' else 'highest'}", first=first)


def _pair(say: Voice, answer: Answer, row: Any) -> str:
    group, name, value = (answer.frame.at[row, column] for column in ("group", "name", "value"))
    called = say.group(answer.by or "", group, str(name))
    return say.part("query.pair", name=called, value=say.value(value, answer.unit))


def _overall(say: Voice, answer: Answer) -> str:
    if answer.total is None or answer.metric.name == "customers":
        return ""
    value = say.value(answer.total, answer.unit)
    if not answer.metric.adds_up:
        return say.say("query.overall", value=value)
    goods = any(note.key == "charges_left_out" for note in answer.notes)
    money = answer.metric.name in ("revenue", "net_revenue")
    return say.say(f"query.overall_{'goods' if goods and money else 'sum'}", value=value)


def _shares(answer: Answer) -> tuple[list[float], list[Fact]]:
    """Each group's share of revenue, where that is what was asked for."""
    if answer.metric.name != "revenue" or not answer.total:
        return [], []
    shares = [float(value) / answer.total for value in answer.frame["value"]]
    facts = [
        Fact(subject, "revenue_share", answer.period, share, "share")
        for subject, share in zip(answer.frame["subject"], shares, strict=True)
    ]
    return shares, facts


def _lead(say: Voice, answer: Answer, shares: Sequence[float]) -> str:
    """What share the first group has, where one group is a large part."""
    if not shares or answer.by in CHRONOLOGICAL or max(shares) != shares[0] or shares[0] < 0.2:
        return ""
    group, name = answer.frame["group"].iloc[0], answer.frame["name"].iloc[0]
    called = say.group(answer.by or "", group, name)
    return say.say("query.top_share", name=called, share=say.share(shares[0]))


def _table(say: Voice, answer: Answer, frame: Any, shares: Sequence[float]) -> Table:
    by = answer.by or ""
    name = say.metric(answer.metric.name)
    first = say["columns.group"].get(by, capital(say.field(by)))
    ids = by in ("segment", "product")
    columns = [*([say["columns.id"]] if ids else []), first, capital(name)]
    if shares:
        columns.append(say["columns.share_of_revenue"])
    if answer.metric.counted != answer.metric.name:
        columns.append(say[f"columns.n.{answer.metric.counted}"])
    rows = []
    for i, row in enumerate(frame.itertuples(index=False)):
        cells: list[Any] = [row.group] if ids else []
        cells += [
            _plain(say, by, row.group, row.name),
            None if row.value != row.value else row.value,
        ]
        cells += [shares[i]] if shares else []
        cells += [int(row.n)] if answer.metric.counted != answer.metric.name else []
        rows.append(tuple(cells))
    title = say.say("query.title", metric=capital(name), by=say.field(by))
    return Table(title, tuple(columns), tuple(rows))


def _plain(say: Voice, by: str, group: Any, name: str) -> str:
    """A group's name for a cell, where it cannot be taken for a sentence."""
    return clean(name) if by in ("segment", "product") else say.group(by, group, name).strip("“”")


# --- what it rests on --------------------------------------------------------------------------


def _conditions(say: Voice, base: CustomerBase, filters: Sequence[Filter]) -> str:
    """The filters in words; dates are told by the period, unless they leave gaps in it."""
    told = [f for f in filters if f.field.column != "at" or f.op in ("ne", "in")]
    return say.conditions(base, told)


def _definition(say: Voice, answer: Answer) -> tuple[str, ...]:
    return (str(say[f"definitions.{answer.metric.name}"]),)


def _notes(say: Voice, answer: Answer) -> list[str]:
    return [text for note in answer.notes if (text := _note(say, answer, note))]


def _note(say: Voice, answer: Answer, note: Note) -> str:
    values = dict(note.values)
    if note.key == "definition":
        return ""
    if note.key == "partial_month":
        end = "first" if values["day"].day != 1 and _is_first(answer, values) else "last"
        if values["month"] not in set(answer.frame["group"]):
            return ""
        return say.say(
            f"notes.partial_month_{end}",
            month=say.month(values["month"]),
            day=say.day(values["day"]),
        )
    if note.key == "small_groups":
        names = [say.group(answer.by or "", group, name) for group, name in values["groups"][:5]]
        more = ["…"] if len(values["groups"]) > 5 else []
        joined = str(say["list.comma"]).join(names + more)
        limit = say.count(values["limit"], answer.metric.counted)
        return say.say("notes.small_groups", names=joined, limit=limit)
    if note.key == "small_scope":
        return say.say("notes.small_scope", n=say.count(values["n"], values["counted"]))
    return say.say(f"notes.{note.key}")


def _is_first(answer: Answer, values: Mapping[str, Any]) -> bool:
    return answer.period.startswith(values["day"].isoformat())


# --- what there is -----------------------------------------------------------------------------


def describe_customers(
    workspace: Any, language: str, *, filters: Sequence[Mapping[str, Any]] | None = None
) -> ToolResult:
    """How many customers and orders, from when to when, how much, and what data there is."""
    say, base = voice(language), spoken(workspace.base, language)
    conditions = understood(base, filters)
    found = describe(base, conditions)
    told = _conditions(say, base, conditions)
    text = say.sentences(
        [
            _main(say, found, told),
            *_averages(say, found),
            _concentration(say, found),
            *_who_else(say, found),
            *([] if conditions else _loaded(say, found)),
        ]
    )
    return ToolResult(
        text,
        facts=found.facts,
        tables=(_overview(say, found),),
        notices=(str(say["definitions.revenue"]),) if "orders" in found.tables else (),
    )


def _main(say: Voice, found: Description, told: str) -> str:
    period = say.period(period_between(found.first, found.last))
    numbers = found.numbers
    if "orders" not in found.tables:
        customers = say.count(found.known, "customers")
        return say.say("describe.no_orders", customers=customers, period=period)
    if not found.customers:
        return say.say("describe.nothing", period=period)
    return say.say(
        "describe.main_for" if told else "describe.main",
        conditions=told,
        customers=say.count(found.customers, "customers"),
        orders=say.count(numbers["orders"] or 0, "orders"),
        period=period,
        revenue=say.value(numbers["revenue"], found.currency),
        net=say.value(numbers["net_revenue"], found.currency),
    )


def _averages(say: Voice, found: Description) -> list[str]:
    numbers = found.numbers
    if not found.customers:
        return []
    averages = say.say(
        "describe.averages",
        aov=say.value(numbers["average_order_value"], found.currency),
        opc=say.count(numbers["orders_per_customer"] or 0, "orders"),
        repeat=say.share(numbers["repeat_rate"] or 0),
        returned=say.share(numbers["return_rate"] or 0),
    )
    products, countries = numbers.get("products"), numbers.get("countries")
    breadth = say.say(
        "describe.breadth" if countries else "describe.breadth_products",
        products=say.count(products or 0, "products"),
        countries=say.count(countries or 0, "countries"),
    )
    return [averages, breadth] if products else [averages]


def _concentration(say: Voice, found: Description) -> str:
    """How much of revenue rests on few customers; empty where there are too few to tell."""
    shares = {name: found.numbers.get(name) for name in TOP_SHARES}
    if None in shares.values():
        return ""
    told = {name: say.share(share or 0) for name, share in shares.items()}
    return say.say("describe.concentration", **told)


def _who_else(say: Voice, found: Description) -> list[str]:
    parts = []
    if found.known > found.customers > 0:
        others = say.number(found.known - found.customers)
        parts.append(say.say("describe.others", others=others))
    if found.registered is not None and found.registered > found.customers:
        parts.append(
            say.say(
                "describe.registered",
                registered=say.count(found.registered, "customers"),
                without=say.number(found.registered - found.customers),
            )
        )
    return parts


def _loaded(say: Voice, found: Description) -> list[str]:
    have = []
    for table, rows in found.tables.items():
        one, many = say[f"tables.{table}"]
        have.append(f"{say.number(rows)} {one if rows == 1 else many}")
    missing = [say[f"kinds_of_data.{table}"] for table in TABLES if table not in found.tables]
    told = [say.say("describe.loaded", tables=say.list(have))]
    if missing:
        told.append(say.say("describe.missing", tables=say.list(missing)))
    return told


def _overview(say: Voice, found: Description) -> Table:
    rows: list[tuple[Any, ...]] = []
    for name, value in found.numbers.items():
        label = say["columns"].get(name) or capital(say.metric(name))
        rows.append((label, value))
    columns = (say["columns.measure"], say["columns.value"])
    return Table(str(say["describe.title"]), columns, tuple(rows))
