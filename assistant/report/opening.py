"""The head of the report and its summary: the main numbers in five sentences at most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.report.study import Study, Told
from assistant.tools.verdicts import counted, unstable_line, verdict_fact
from segmentation.insight.describe import Description, describe
from segmentation.insight.evidence.contrasts import revenue_share, segment_sums
from segmentation.insight.evidence.evidence import size_facts
from segmentation.insight.ledger import open_ledger
from segmentation.types import Fact, period_between

__all__ = ["head", "summary"]


def head(study: Study) -> Mapping[str, Any]:
    """Title, period, day, and who is in it."""
    say, found = study.say, describe(study.base)
    study.use([*found.facts, verdict_fact(study.base)])
    named = study.tell("title_of", shop=study.shop) if study.shop else study.tell("title")
    return {
        "title": named,
        "period": say.period(period_between(found.first, found.last)),
        "as_of": say.period(study.base.as_of.date().isoformat()),
        "customers": say.count(found.known, "customers"),
    }


def summary(study: Study, best: Told | None) -> list[Told]:
    """The shop, its segments, the one that counts most, what could be won, what to beware of.

    Args:
        best: where most is to be won, as the actions found it.
    """
    found = describe(study.base)
    told = [_shop(study, found), _segments(study), _heaviest(study), best, _care(study)]
    return [one for one in told if one]


def _shop(study: Study, found: Description) -> Told:
    say, numbers = study.say, found.numbers
    period = say.period(period_between(found.first, found.last))
    if not found.customers:
        people = say.count(found.known, "customers")
        sentence = study.tell("summary.seen", customers=people, period=period)
        return study.told(sentence, _facts(found, "known_customers", "customers"), key=True)
    shown = ("customers", "orders", "revenue", "average_order_value", "repeat_rate")
    known = [name for name in shown if numbers.get(name) is not None]
    values = {
        "customers": say.count(found.customers, "customers"),
        "orders": say.count(numbers["orders"] or 0, "orders"),
        "period": period,
    }
    values |= {n: say.value(numbers[n], _unit(found, n)) for n in known[2:]}
    key = "shop" if len(known) == len(shown) else "shop_bare"
    return study.told(study.tell(f"summary.{key}", **values), _facts(found, *known), key=True)


def _unit(found: Description, metric: str) -> str:
    return "share" if metric == "repeat_rate" else found.currency


def _facts(found: Description, *metrics: str) -> list[Fact]:
    return [fact for fact in found.facts if fact.subject == "all" and fact.metric in metrics]


def _segments(study: Study) -> Told:
    segmentation, today = study.base.segmentation, study.base.as_of.date().isoformat()
    facts = [Fact("all", "segments", today, segmentation.k, "segments"), verdict_fact(study.base)]
    kinds = counted(study.say, segmentation)
    sentence = study.tell(f"summary.verdicts.{segmentation.verdict}", k=kinds)
    return study.told(sentence, facts, key=True)


def _heaviest(study: Study) -> Told | None:
    """The segment that brings in most; the largest where there is no money."""
    if not study.has_segments or not study.segments:
        return None
    say, sums = study.say, segment_sums(study.base)
    shares = {one.id: revenue_share(sums, one.id) for one in study.segments}
    known = {number: share for number, share in shares.items() if share is not None}
    one = max(study.segments, key=lambda s: (known.get(s.id, s.share), s.size, -s.id))
    today, period = study.base.as_of.date().isoformat(), open_ledger(study.base).period("orders")
    listed = size_facts(one, today, known.get(one.id), period)
    values = {"name": study.called(one), "share": say.share(one.share)}
    if one.id not in known:
        return study.told(study.tell("summary.largest", **values), listed, key=True)
    values["revenue"] = say.share(known[one.id])
    return study.told(study.tell("summary.heaviest", **values), listed, key=True)


def _care(study: Study) -> Told | None:
    """Segments that do not hold; else what was set aside of the data, where that is much."""
    weak = unstable_line(study.say, study.base.segmentation)
    jaccards, today = study.base.segmentation.jaccards, study.base.as_of.date().isoformat()
    if weak:
        facts = [
            Fact(f"segment:{number}", "stability", today, value, "index")
            for number, value in jaccards.items()
            if study.is_unstable(number)
        ]
        return study.told(weak, facts, key=True)
    return _set_aside(study)


def _set_aside(study: Study) -> Told | None:
    manifest, today = study.workspace.manifest, study.base.as_of.date().isoformat()
    counts = {name: (manifest["read"][name], n) for name, n in manifest["quarantined"].items()}
    table, (read, left) = max(counts.items(), key=lambda one: one[1][1] / (one[1][0] or 1))
    if not left:
        return None
    facts = [Fact("all", f"{table}_read", today, read, "rows")]
    facts += [Fact("all", f"{table}_set_aside", today, left, "rows")]
    say, kinds = study.say, study.say["kinds_of_data"]
    sentence = study.tell(
        "summary.set_aside",
        read=say.number(read),
        left=say.number(left),
        table=kinds[table],
    )
    labels = [study.tell("data.read_of", table=kinds[table])]
    labels += [study.tell("data.aside_of", table=kinds[table])]
    return study.told(sentence, facts, labels, key=True)
