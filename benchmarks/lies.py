"""Personas with planted lies, for `benchmarks.grounding`: true sentences and what is made of them.

Nothing here knows the check: numbers are found by a plain pattern, facts are matched by writing
them out, and what is put in stands in data/personas.yaml.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from assistant.grounding.given import Given

__all__ = ["KINDS", "Case", "Told", "lie", "truths"]

DATA = yaml.safe_load((Path(__file__).parent / "data" / "personas.yaml").read_text("utf-8"))
NUMBER = re.compile(
    r"(?<![\w.,“])(?P<sign>[£€$])?(?P<n>\d[\d,]*(?:\.\d+)?)(?P<percent>\s?%)?(?![\w”])"
)
FIELD = re.compile(r"\{([a-z_]+(?:\.\d)?)(?::([a-z]+))?\}")
SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}
PARTS = {
    "en": {
        0.5: "half",
        1 / 3: "a third",
        2 / 3: "two thirds",
        0.25: "a quarter",
        0.75: "three quarters",
        0.2: "one in five",
        0.1: "a tenth",
    },
    "zh": {
        0.5: "一半",
        1 / 3: "三分之一",
        2 / 3: "三分之二",
        0.25: "四分之一",
        0.75: "四分之三",
        0.2: "两成",
        0.1: "一成",
    },
}
WRONG_WORDS = {
    "en": {
        "share": [
            "two thirds",
            "nine in ten",
            "one in five",
            "thirty-eight percent",
            "nearly half",
            "a quarter",
        ],
        "count": ["a dozen", "fifteen hundred", "seventy", "three thousand"],
    },
    "zh": {
        "share": ["三分之二", "九成", "五分之一", "百分之三十八", "近半", "四分之一"],
        "count": ["十二", "一千五百", "七十", "三千"],
    },
}
POINTS = {"en": " percentage points", "zh": " 个百分点"}
TURNS = {
    "en": [
        ("more", "less"),
        ("higher", "lower"),
        ("longer", "shorter"),
        ("above", "below"),
        ("fuller", "emptier"),
        ("less", "more"),
        ("lower", "higher"),
        ("below", "above"),
    ],
    "zh": [
        ("高于", "低于"),
        ("更多", "更少"),
        ("更频繁", "更少下单"),
        ("更久", "更近"),
        ("多于", "少于"),
        ("低于", "高于"),
        ("更近", "更久"),
        ("少于", "多于"),
    ],
}


@dataclass(frozen=True)
class Told:
    """A segment and all that was given of it.

    Args:
        called: what the other segments are called, by id.
        absent: names of the shop that none of its facts has.
    """

    segment: int
    language: str
    given: tuple[Given, ...]
    called: dict[int, str]
    absent: dict[str, list[str]]
    currency: str

    def of(self, metric: str) -> Given | None:
        own = f"segment:{self.segment}"
        return next(
            (g for g in self.given if g.fact.metric == metric and g.fact.subject == own), None
        )

    def item(self, kind: str, nth: int, metric: str) -> Given | None:
        """The nth thing of a kind that it leans to, in one of its metrics."""
        found = [
            g
            for g in self.given
            if g.fact.subject.startswith(f"{kind}:") and g.fact.metric == metric
            and f"&segment:{self.segment}" in g.fact.subject
        ]  # fmt: skip
        return found[nth - 1] if len(found) >= nth else None


@dataclass(frozen=True)
class Case:
    """A sentence with the facts it says it rests on."""

    text: str
    facts: tuple[Given, ...]
    source: str


# --- true sentences ----------------------------------------------------------------------------


def truths(
    told: Told, written: Sequence[Case], rng: random.Random, styles: int, half: str
) -> list[Case]:
    """The persona's own sentences, and as many in other styles as hold of it."""
    wordings = list(DATA[told.language]["styles"]["test" if half == "test" else "read"])
    rng.shuffle(wordings)
    filled = [case for one in wordings if (case := fill(one, told, rng, "style"))]
    return [*written, *filled[:styles]]


def fill(wording: str, told: Told, rng: random.Random, source: str) -> Case | None:
    """A wording with the facts in place; None where they do not have what it needs."""
    condition, bar, text = wording.rpartition("|")
    facts: list[Given] = []
    if bar and not _holds(condition.strip(), told, facts):
        return None
    fine = rng.random() < 0.5
    missing = False

    def put(match: re.Match[str]) -> str:
        nonlocal missing
        said = _field(match[1], match[2] or "", told, facts, fine)
        missing |= said is None
        return said or ""

    filled = FIELD.sub(put, text.strip())
    return None if missing else Case(filled, tuple(dict.fromkeys(facts)), source)


def _holds(condition: str, told: Told, facts: list[Given]) -> bool:
    metric, what, *bound = condition.split()
    fact = told.of(metric)
    if fact is None or not isinstance(fact.fact.value, int | float):
        return False
    facts.append(fact)
    value, lift = float(fact.fact.value), fact.lift
    if what in ("over", "under"):
        return (value > float(bound[0])) == (what == "over")
    if what in ("first", "last"):
        rank = told.of("size_share") if metric == "size" else fact
        facts.append(rank) if rank else None
        return (
            rank is not None and rank.rank == (1 if what == "first" else rank.of) and bool(rank.of)
        )
    if what == "alike":
        return lift is not None and not fact.clear and 0.9 < lift < 1.1
    return lift is not None and fact.clear and (lift > 1) == (what == "more")


def _field(name: str, part: str, told: Told, facts: list[Given], fine: bool) -> str | None:
    """What stands in a placeholder; notes the facts it needs."""
    if name in ("first", "last", "as_of"):
        return _date(name, told, facts)
    kind, _, nth = name.partition(".")
    if nth or kind == "country":
        metric = {"reach": "reach", "times": "lift", "share": "share"}.get(part, "reach")
        metric = "share" if kind == "country" else metric
        fact = told.item(kind, int(nth or 1), metric)
        fact = fact or told.item(kind, int(nth or 1), "lift")
    else:
        fact = told.of(name)
    if fact is None:
        return None
    facts.append(fact)
    if (nth or kind == "country") and not part:
        return fact.name
    value = fact.rest if part == "rest" else fact.lift if part == "times" else fact.fact.value
    if not isinstance(value, int | float):
        return None
    if part == "times":
        return f"{value:.1f}"
    if part == "word":
        near = min(PARTS[told.language], key=lambda p: abs(p - value))
        return PARTS[told.language][near] if abs(near - value) < 0.06 * near else None
    return written_out(float(value), fact.fact.unit, fine)


def written_out(value: float, unit: str, fine: bool) -> str:
    """A number as people write it, finely or roundly."""
    if unit == "share":
        return f"{100 * value:.1f}%" if fine or value < 0.1 else f"{100 * value:.0f}%"
    if unit in SIGNS:
        return f"{SIGNS[unit]}{value:,.2f}" if fine or value < 20 else f"{SIGNS[unit]}{value:,.0f}"
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.1f}" if fine or value < 20 else f"{value:,.0f}"


MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _date(name: str, told: Told, facts: list[Given]) -> str | None:
    fact = told.of("days_since_last_order" if name == "as_of" else "repeat_rate")
    if fact is None:
        return None
    facts.append(fact)
    ends = fact.fact.period.split("/")
    year, month, day = map(int, ends[-1 if name == "last" else 0].split("-"))
    if told.language == "zh":
        return f"{year}年{month}月{day}日"
    return f"{day} {MONTHS[month - 1]} {year}"


# --- lies --------------------------------------------------------------------------------------


def lie(
    kind: str,
    told: Told,
    true: Sequence[Case],
    others: Sequence[Told],
    half: str,
    rng: random.Random,
) -> Case | None:
    """A sentence with one lie of that kind; None where this persona gives no occasion for it."""
    return KINDS[kind](_Liar(told, true, others, half, rng))


@dataclass(frozen=True)
class _Liar:
    told: Told
    true: Sequence[Case]
    others: Sequence[Told]
    half: str
    rng: random.Random

    def numbers(self) -> Iterator[tuple[Case, re.Match[str], Given, float]]:
        """Numbers of true sentences with the fact behind each, in random order."""
        cases = list(self.true)
        self.rng.shuffle(cases)
        for case in cases:
            found = list(NUMBER.finditer(case.text))
            self.rng.shuffle(found)
            for match in found:
                for fact in case.facts:
                    for value in (fact.fact.value, fact.rest):
                        if isinstance(value, int | float) and _is(
                            match, float(value), fact.fact.unit
                        ):
                            yield case, match, fact, float(value)

    def called_ids(self) -> list[int]:
        return [n for n in self.told.called if n != self.told.segment]

    def put(self, name: str) -> Case | None:
        """One of the sentences of that name, resting on some facts of this segment."""
        wordings = list(DATA[self.told.language][name].get(self.half, ()))
        self.rng.shuffle(wordings)
        for one in wordings:
            if case := fill(one, self.told, self.rng, name):
                extra = tuple(self.rng.sample(self.told.given, 3))
                return Case(case.text, (*case.facts, *extra), name)
        return None


def _is(match: re.Match[str], value: float, unit: str) -> bool:
    """Whether a number of a text is this one, written out."""
    said = match["n"]
    decimals = len(said.partition(".")[2])
    if bool(match["percent"]) != (unit == "share") or bool(match["sign"]) != (unit in SIGNS):
        return False
    shown = value * 100 if unit == "share" else value
    return f"{shown:,.{decimals}f}" == said


def _replaced(case: Case, match: re.Match[str], said: str, *facts: Given) -> Case:
    text = case.text[: match.start()] + said + case.text[match.end() :]
    return Case(text, (*case.facts, *facts), case.source)


def _apart(a: float, b: float) -> bool:
    return abs(a - b) > 0.04 * max(abs(a), abs(b))


def _same_shape(match: re.Match[str], value: float, unit: str) -> str:
    """Another number in the style of this one."""
    decimals = len(match["n"].partition(".")[2])
    shown = value * 100 if unit == "share" else value
    return f"{match['sign'] or ''}{shown:,.{decimals}f}{match['percent'] or ''}"


def _swapped(liar: _Liar) -> Case | None:
    """1. The same number of another segment."""
    for case, match, fact, value in liar.numbers():
        for other in liar.rng.sample(list(liar.others), len(liar.others)):
            theirs = other.of(fact.fact.metric)
            number = theirs.fact.value if theirs and "&" not in fact.fact.subject else None
            if isinstance(number, int | float) and _apart(float(number), value):
                said = _same_shape(match, float(number), fact.fact.unit)
                if not _said_by(said, case.facts):
                    return _replaced(case, match, said)
    return None


def _said_by(said: str, facts: Sequence[Given]) -> bool:
    """Whether some listed fact happens to have this number after all."""
    match = NUMBER.fullmatch(said)
    values = [(v, g.fact.unit) for g in facts for v in (g.fact.value, g.rest, g.lift)]
    return bool(match) and any(
        isinstance(v, int | float) and _is(match, float(v), unit) for v, unit in values
    )


def _wrong_metric(liar: _Liar) -> Case | None:
    """2. The number of another metric, which is listed too."""
    for case, match, fact, value in liar.numbers():
        same = [
            g for g in liar.told.given
            if g.fact.unit == fact.fact.unit and g.fact.metric != fact.fact.metric
            and "&" not in g.fact.subject and g.fact.subject == f"segment:{liar.told.segment}"
            and not any(p in g.fact.metric for p in ("_p50", "_low", "_high", "_total"))
            and "&" not in fact.fact.subject
        ]  # fmt: skip
        for other in liar.rng.sample(same, len(same)):
            number = float(other.fact.value)  # type: ignore[arg-type]
            if _apart(number, value):
                return _replaced(case, match, _same_shape(match, number, fact.fact.unit), other)
    return None


def _words(liar: _Liar) -> Case | None:
    """3. A wrong number in words."""
    for case, match, fact, value in liar.numbers():
        kind = "share" if fact.fact.unit == "share" else "count"
        if fact.fact.unit in SIGNS or ("." in match["n"] and kind == "count"):
            continue
        for said in liar.rng.sample(WRONG_WORDS[liar.told.language][kind], 4):
            if _apart(WORTH[said], value) and abs(WORTH[said] - value) > 0.1 * value:
                return _replaced(case, match, said)
    return None


WORTH = {
    "two thirds": 2 / 3,
    "nine in ten": 0.9,
    "one in five": 0.2,
    "thirty-eight percent": 0.38,
    "nearly half": 0.48,
    "a quarter": 0.25,
    "a dozen": 12,
    "fifteen hundred": 1500,
    "seventy": 70,
    "three thousand": 3000,
    "三分之二": 2 / 3,
    "九成": 0.9,
    "五分之一": 0.2,
    "百分之三十八": 0.38,
    "近半": 0.48,
    "四分之一": 0.25,
    "十二": 12,
    "一千五百": 1500,
    "七十": 70,
    "三千": 3000,
}


def _digit(liar: _Liar) -> Case | None:
    """4. Digits that stand inside the true number."""
    for case, match, _, value in liar.numbers():
        digits = match["n"].replace(",", "")
        inside = digits[:-1] if liar.rng.random() < 0.5 else digits[1:]
        inside = inside.strip(".")
        if (
            len(digits) > 2
            and inside
            and not inside.startswith("0")
            and _apart(float(inside), value)
        ):
            said = f"{match['sign'] or ''}{inside}{match['percent'] or ''}"
            if not _said_by(said, case.facts):
                return _replaced(case, match, said)
    return None


def _altered(liar: _Liar) -> Case | None:
    """5. A number somewhat off."""
    for case, match, fact, value in liar.numbers():
        factor = liar.rng.choice((0.7, 0.85, 0.93, 1.08, 1.2, 1.5))
        said = _same_shape(match, value * factor, fact.fact.unit)
        if said != match.group() and not _said_by(said, case.facts):
            return _replaced(case, match, said)
    return None


def _unit(liar: _Liar) -> Case | None:
    """6. The right number in a wrong unit."""
    zh = liar.told.language == "zh"
    swaps = [("天", "个月"), ("笔", "位客户"), ("位客户", "笔订单")] if zh else [
        (" days", " months"), (" days", " weeks"),
        (" customers,", " orders,"), (" orders", " customers"),
    ]  # fmt: skip
    for case, match, _, _ in liar.numbers():
        rest = case.text[match.end() :]
        if match["percent"]:
            return _replaced(case, match, match["n"] + POINTS[liar.told.language])
        for noun, wrong in swaps:
            if rest.lstrip().startswith(noun.strip()) and "per customer" not in rest[:22]:
                at = match.end() + rest.index(noun)
                text = case.text[:at] + wrong + case.text[at + len(noun) :]
                return Case(text, case.facts, case.source)
    return None


def _subject(liar: _Liar) -> Case | None:
    """7. The segment's number said of others."""
    language, rng = liar.told.language, liar.rng
    for case, match, fact, value in liar.numbers():
        if case.source != "style" or fact.fact.value != value or "&" in fact.fact.subject:
            continue
        if fact.rest is not None and not _apart(fact.rest, value):
            continue
        number = rng.choice(liar.called_ids())
        if language == "en":
            who = rng.choice([*DATA[language]["other"], f"Segment {number}"])
            said = f"{who}: {_noun(fact, language)} {match.group()}."
        else:
            who = rng.choice([*DATA[language]["other"], f"客群 {number} 的"])
            said = f"{who}{_noun(fact, language)}为 {match.group()}。"
        return Case(said, case.facts, "subject")
    return None


NOUNS = {
    "average_order_value": ("average order value", "客单价"),
    "lifetime_value": ("lifetime value", "终身价值"),
    "orders_per_customer": ("orders per customer", "人均订单数"),
    "repeat_rate": ("repeat rate", "复购率"),
    "return_rate": ("return rate", "退货率"),
    "days_since_last_order": ("days since the last order", "距上次下单天数"),
    "size": ("number of customers", "客户数"),
    "size_share": ("share of all customers", "客户占比"),
    "revenue_share": ("share of revenue", "销售额占比"),
    "items_per_order": ("items per order", "每单件数"),
}


def _noun(fact: Given, language: str) -> str:
    return NOUNS.get(fact.fact.metric, (fact.label, fact.label))[language == "zh"]


def _turned(liar: _Liar) -> Case | None:
    """8. A comparison the wrong way round."""
    cases = [c for c in liar.true if c.source == "style"]
    liar.rng.shuffle(cases)
    for case in cases:
        if not any(g.clear for g in case.facts):
            continue
        for word, turned in TURNS[liar.told.language]:
            pattern = rf"\b{word}\b" if liar.told.language == "en" else word
            if re.search(pattern, case.text) and not re.search(r"more than once", case.text):
                return Case(re.sub(pattern, turned, case.text, count=1), case.facts, case.source)
    return None


def _rank(liar: _Liar) -> Case | None:
    """9. A place among the segments that it does not have."""
    wordings = list(DATA[liar.told.language]["ranks"][liar.half])
    liar.rng.shuffle(wordings)
    for one in wordings:
        condition, _, text = one.partition(" | ")
        metric, place = condition.split()
        fact = liar.told.of("size_share" if metric == "size" else metric)
        if fact is None or fact.rank is None or fact.of is None:
            continue
        wanted = int(place) if int(place) > 0 else fact.of + 1 + int(place)
        if fact.rank != wanted:
            plain = liar.told.of(metric) or fact
            return Case(text, (plain, fact), "rank")
    return None


def _name(liar: _Liar) -> Case | None:
    """10. A product or category of the shop that no listed fact has, or an invented one."""
    if liar.rng.random() < 0.5:
        return liar.put("names")
    for case in liar.true:
        for fact in case.facts:
            kind = fact.fact.subject.partition(":")[0]
            others = liar.told.absent.get(kind)
            if others and fact.name and fact.name in case.text:
                return Case(
                    case.text.replace(fact.name, liar.rng.choice(others)), case.facts, "name"
                )
    return liar.put("names")


def _place(liar: _Liar) -> Case | None:
    """11. A country or city that no listed fact has."""
    return liar.put("places")


KINDS: dict[str, Callable[[_Liar], Case | None]] = {
    "number of another segment": _swapped,
    "number of another metric": _wrong_metric,
    "wrong number in words": _words,
    "digits inside a number": _digit,
    "altered number": _altered,
    "wrong unit": _unit,
    "said of other customers": _subject,
    "comparison turned round": _turned,
    "wrong place among segments": _rank,
    "name that no fact has": _name,
    "country or city that no fact has": _place,
    "invented demographics": lambda liar: liar.put("demographics"),
    "invented reasons and feelings": lambda liar: liar.put("causes"),
    "wrong time": lambda liar: liar.put("periods"),
    "never, all, and the contrary": lambda liar: liar.put("negations"),
    "comparison of nothing measured": lambda liar: liar.put("empty"),
}
