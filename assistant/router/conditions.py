"""Conditions on a customer's numbers: "spent more than 500", "no order for 90 days"."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from assistant.router.lexicon import lexicon
from assistant.router.numbers import Number, find_numbers
from assistant.router.patterns import wording
from assistant.router.scan import Scan, regex

__all__ = ["Filter", "find_conditions"]


class Filter(NamedTuple):
    """One condition, as the tools take it."""

    field: str
    op: str
    value: Any

    def as_dict(self) -> dict[str, Any]:
        """The contract's form."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"field": self.field, "op": self.op, "value": value}


_DAYS = {
    "day": 1,
    "week": 7,
    "month": 30,
    "year": 365,
    "天": 1,
    "日": 1,
    "周": 7,
    "星期": 7,
    "月": 30,
    "年": 365,
}

_SPENT = regex(r"spen[dt]s?|spending|paid|pay|花|消费|贡献|买了")
_ORDERED = regex(r"order|bought|buy|purchase|shopped|下单|下过|买过|购买|订单")
_UNITS = {
    "orders": regex(r"times|orders?|purchases|invoices|次|笔|单"),
    "average_rating": regex(r"stars?|星"),
    "days_since_last_order": regex(r"days?|weeks?|months?|years?|天|日|周|月|年|星期"),
}
_MONEY = regex(r"[£$€¥]|pounds?|euros?|dollars?|gbp|usd|eur|quid|元|块|镑|英镑")


def find_conditions(scan: Scan) -> list[Filter]:
    """Conditions on metrics; what they were read from is taken out of the scan."""
    found = _keeps(scan)
    for kind in ("quiet_zh", "quiet_first_zh", "quiet", "quiet_short", "quiet_first"):
        found += [_quiet(scan, match) for match in _matches(scan, kind)]
    for kind in ("active", "active_zh"):
        found += [_active(scan, match) for match in _matches(scan, kind)]
    for kind in ("between", "trailed", "comparison", "plain"):
        read = (_comparison(scan, match, kind) for match in _matches(scan, kind))
        found += [condition for condition in read if condition]
    return found + _once(scan)


def _matches(scan: Scan, kind: str) -> list[re.Match[str]]:
    """What reads as a condition; `3 times a week` is how often, which no field tells."""
    often = [match.span() for match in scan.matches(wording("unread.often"))]
    return [
        match
        for match in scan.matches(wording(f"conditions.{kind}"))
        if not any(start < match.end() and match.start() < end for start, end in often)
    ]


def _keeps(scan: Scan) -> list[Filter]:
    """`never return anything`: no share of what they bought came back."""
    matches = _matches(scan, "keeps")
    for match in matches:
        scan.take(*match.span(), "return rate above 90")
    return [Filter("return_rate", "eq", 0)] * bool(matches)


def _quiet(scan: Scan, match: re.Match[str]) -> Filter:
    days = _in_days(match)
    op = (
        "gt"
        if re.search(r"more than|over|longer|>|超过|大于|多于", match["op"] or "")
        and not match["plus"]
        else "ge"
    )
    if match["plus"] in ("以上", "及以上", " or more", " or longer"):
        op = "ge"
    if match["plus"] == " ago" and re.search("more than|over", scan.before(match.start("n"), 12)):
        op = "gt"
    scan.take(*match.span(), "without an order for 90 days")
    return Filter("days_since_last_order", op, days)


def _active(scan: Scan, match: re.Match[str]) -> Filter:
    scan.take(*match.span(), "ordered within 90 days")
    return Filter("days_since_last_order", "le", _in_days(match))


def _in_days(match: re.Match[str]) -> int:
    unit = match["unit"].removeprefix("个").removesuffix("s")
    return int(match["n"]) * _DAYS[unit]


def _comparison(scan: Scan, match: re.Match[str], kind: str) -> Filter | None:
    metric, numbers = _metric(scan, match), find_numbers(match.group())
    if metric is None or not numbers or (kind == "plain" and not _follows_a_verb(scan, match)):
        return None
    values = [_plain(number, metric, match.group()) for number in numbers]
    if kind == "between" and len(values) < 2:
        return None
    if _is_of_a_test(scan, match):
        return None
    if _asks_a_share(scan) and _is_a_second_order(metric, _operator(match), values[0]):
        return None
    _take_metric(scan, match, metric)
    if kind == "between":
        return Filter(metric, "between", tuple(values[:2]))
    return Filter(metric, _operator(match), values[0])


def _is_of_a_test(scan: Scan, match: re.Match[str]) -> bool:
    """`power of at least 80%`, `a lift of no less than 5%`: a campaign's numbers."""
    before, after = scan.before(match.start(), 24), scan.after(match.end(), 24)
    return bool(
        wording("conditions.of_a_test").search(before)
        or wording("conditions.of_a_test_after").match(after)
    )


def _asks_a_share(scan: Scan) -> bool:
    return bool(re.search(r"rate|share|percentage|proportion|percent of|比例|率|占比", scan.text))


def _is_a_second_order(metric: str, op: str, value: float) -> bool:
    """`the share of people with more than 1 order` is the repeat rate, no condition."""
    return metric == "orders" and (op, value) in (("gt", 1), ("ge", 2))


def _operator(match: re.Match[str]) -> str:
    """The name of the group that matched; `3 orders` alone means exactly three."""
    op = next((name for name, said in match.groupdict().items() if said), "eq")
    return "ge" if op == "gt" and match.group().endswith("以上") else op


def _follows_a_verb(scan: Scan, match: re.Match[str]) -> bool:
    """`ordered 3 times` is a condition, `3 orders` alone is not."""
    return bool(wording("conditions.verb_before").search(scan.before(match.start(), 14)))


def _plain(number: Number, metric: str, said: str) -> float | int:
    if metric == "days_since_last_order":
        unit = re.search(r"weeks?|months?|years?|周|星期|月|年", said)
        return round(number.value * (_DAYS[unit.group().removesuffix("s")] if unit else 1))
    if number.percent or (metric.endswith("_rate") and number.value > 1):
        return number.share
    return int(number.value) if number.value.is_integer() else number.value


def _metric(scan: Scan, match: re.Match[str]) -> str | None:
    """What is compared: told by the unit, by a metric named close by, or by the verb."""
    said, before = match.group(), scan.free[max(0, match.start() - 45) : match.start()]
    after = scan.after(match.end(), 22)
    named = [hit for hit in lexicon("metrics").find(before) if hit.name != "customers"]
    if named and len(before) - named[-1].end <= 14 and named[-1].name not in ("orders", "revenue"):
        return named[-1].name
    if "%" in said and re.search(r"return|sen[dt].{0,6}back|退", before + after):
        return "return_rate"
    for metric, unit in _UNITS.items():
        if unit.search(said) or (
            metric == "orders" and re.match(r"\s?(?:orders|purchases|times)", after)
        ):
            return (
                metric
                if metric != "days_since_last_order" or "last" in before or "距" in before
                else None
            )
    if _SPENT.search(before) or _MONEY.search(said):
        return "revenue"
    if named and len(before) - named[-1].end <= 14:
        return named[-1].name
    return None


def _take_metric(scan: Scan, match: re.Match[str], metric: str) -> None:
    """Take the comparison together with the words that name its metric."""
    start = match.start()
    before = scan.free[max(0, start - 45) : start]
    shift = max(0, start - 45)
    places = [hit.start for hit in lexicon("metrics").find(before) if hit.name == metric]
    verbs = [m.start() for m in (_SPENT if metric == "revenue" else _ORDERED).finditer(before)]
    if metric in ("orders", "revenue") and verbs and len(before) - verbs[-1] <= 24:
        places.append(verbs[-1])
    end = match.end()
    if metric == "orders" and (
        more := re.match(r"\s?(?:orders|purchases|times)\b", scan.after(end, 12))
    ):
        end += more.end()
    if metric == "orders" and (more := re.match(r"的?订?单", scan.after(end, 4))):
        end += more.end()
    start = shift + max(places) if places else start
    scan.take(
        start,
        end,
        "spent more than 90" if metric == "revenue" else f"{metric.replace('_', ' ')} above 90",
    )


def _once(scan: Scan) -> list[Filter]:
    found = []
    for match in _matches(scan, "once"):
        op, value = ("gt", 1) if match["gt"] else ("eq", 2 if match["two"] else 1)
        if _asks_a_share(scan) and _is_a_second_order("orders", op, value):
            continue
        if _ORDERED.search(scan.before(match.start(), 25) + match.group()):
            scan.take(*match.span(), "more than 9 orders")
            found.append(Filter("orders", op, value))
    return found
