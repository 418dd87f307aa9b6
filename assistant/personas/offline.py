"""The writer that needs no language model: sentences of prompts/persona filled with facts.

A rule has conditions on facts and wordings; it rests on the facts of both. Of the rules that hold,
a section takes the most telling, and no two about the same thing. Which wording is used goes by the
segment's place, so that neighbours in a list do not sound alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import starmap
from typing import Any

from assistant.grounding.given import Given
from assistant.personas.facts import Dossier
from assistant.personas.known import told
from assistant.personas.persona import SECTIONS, TAGLINE, Draft, Sentence
from assistant.personas.words import rounded, shown, time_of, wording
from assistant.tools.voice import capital, clean, voice
from prompts import load_yaml

__all__ = ["names_for", "write_offline"]

PLACEHOLDER = re.compile(r"\{([\w.*]+)(?::(\w+))?\}")
LISTED = 3
"""Things named where a wording lists all of a kind."""
SKEWED = 2.0
"""Mean over median from which a few large customers carry the mean."""
TOPICAL = ("more", "less", "alike", "top", "last", "skewed")
"""A sentence with such a condition is about that fact: no other is."""

BARE, BARE_LENGTH = re.compile(r"[^\W\d_]+(?:(?: & |[ '-])[^\W\d_]+){0,3}"), 30
"""Names of categories and countries that need no quotation marks."""
HAN = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”]"
SPACE_BESIDE_HAN = re.compile(rf"(?<={HAN}) (?={HAN})")
"""A space between two Chinese signs is none; wordings have it for names in other scripts."""
BARE_FORMS = ("name", "title")
OURS = ("praise", "blame")


@dataclass(frozen=True)
class Rule:
    """When a sentence may be written, as in prompts/persona/rules.yaml.

    Args:
        about: the facts that nothing else of the persona may be about.
    """

    section: str
    name: str
    when: tuple[str, ...]
    about: frozenset[str]
    lead: bool = False
    tells: float | None = None

    @property
    def keys(self) -> list[str]:
        return [condition.split()[0] for condition in self.when]


@cache
def rules(section: str) -> tuple[Rule, ...]:
    """The rules of a section, of `tagline` or of `names`, in order."""
    given: Mapping[str, Mapping[str, Any]] = load_yaml("persona/rules")[section]
    return tuple(
        Rule(
            section=section,
            name=name,
            when=tuple(one["when"]),
            about=frozenset(one.get("about", _topics(one["when"]))),
            lead=one.get("lead", False),
            tells=one.get("tells"),
        )
        for name, one in given.items()
    )


def _topics(when: Sequence[str]) -> Iterator[str]:
    for condition in when:
        key, _, test = condition.partition(" ")
        if test in TOPICAL:
            yield key


def write_offline(dossier: Dossier) -> Draft:
    """A persona from templates; `name` is the first that fits, not yet distinct."""
    found = list(_Page(dossier).best(TAGLINE))
    page = _Page(dossier)
    for section in SECTIONS:
        found += page.best(section)
    return Draft(next(iter(names_for(dossier)), ""), tuple(found))


def names_for(dossier: Dossier) -> tuple[str, ...]:
    """Names that are true of the segment, the most telling first."""
    page = _Page(dossier)
    found = [page.fill(each)[0] for rule in page.holding("names") for each in page.wordings(rule)]
    return tuple(dict.fromkeys(name for name in found if name))


@dataclass
class _Page:
    """One persona while it is written."""

    dossier: Dossier

    @cached_property
    def told(self) -> set[str]:
        """What sentences were about so far."""
        return set()

    def best(self, section: str) -> Iterator[Sentence]:
        """The sentences of a section."""
        left = load_yaml("persona/rules")["most"][section]
        for rule in self.holding(section):
            if left and not rule.about & self.told:
                wordings = self.wordings(rule)
                text, keys = self.fill(wordings[self.dossier.place % len(wordings)])
                if text:
                    left -= 1
                    self.told |= rule.about
                    own = [key for key in rule.keys if key in self.dossier.given]
                    yield Sentence(section, capital(text), self.dossier.ids([*own, *keys]))

    def holding(self, section: str) -> list[Rule]:
        """The rules whose conditions hold: those that lead as they stand, then the most telling."""
        held = [rule for rule in rules(section) if all(map(self._holds, rule.when))]
        return sorted(held, key=lambda rule: (not rule.lead, -self._tells(rule)))

    def wordings(self, rule: Rule) -> Sequence[str]:
        found: Sequence[str] = wording(self.dossier.language)[rule.section][rule.name]
        return found

    def _tells(self, rule: Rule) -> float:
        if rule.tells is not None:
            return rule.tells
        return sum(self.dossier.strength.get(key, 0.0) for key in rule.about)

    def _holds(self, condition: str) -> bool:
        key, _, test = condition.partition(" ")
        one = self.dossier.given.get(key)
        if test == "missing":
            return one is None
        return one is not None and self._passes(one, key, *test.split())

    def _passes(self, one: Given, key: str, test: str = "known", bound: str = "0") -> bool:
        value, lift = float(one.fact.value or 0), one.lift or 0.0
        if test == "skewed":
            middle = self.dossier.given.get(f"{key}_p50")
            return middle is not None and value >= SKEWED * float(middle.fact.value or 0) > 0
        return {
            "known": True,
            "more": one.clear and lift > 1,
            "less": one.clear and lift < 1,
            "alike": not one.clear,
            "top": one.rank == 1,
            "last": one.rank is not None and one.rank == one.of,
            "over": value >= float(bound),
            "under": value <= float(bound),
            "times": lift >= float(bound),
            "named": str(one.name) == bound,
        }[test]

    def fill(self, template: str) -> tuple[str, list[str]]:
        """The wording with its numbers and names, and the keys of their facts; empty without."""
        used: list[str] = []

        def put(match: re.Match[str]) -> str:
            key, form = match.group(1), match.group(2) or "value"
            keys = self._expanded(key)
            used.extend(keys)
            used.extend(self._beside(keys, form))
            say = voice(self.dossier.language)
            if form == "held":
                return say.list([self._held(one, first=one == keys[0]) for one in keys])
            return say.list([self._form(one, form) for one in keys])

        asked = PLACEHOLDER.findall(template)
        text = PLACEHOLDER.sub(put, template) if all(starmap(self._can_say, asked)) else ""
        return SPACE_BESIDE_HAN.sub("", text), used

    def _can_say(self, key: str, form: str) -> bool:
        """Whether there is such a fact, with a name that may stand without quotation marks."""
        keys = self._expanded(key)
        return bool(keys) and (form not in BARE_FORMS or told(self.dossier.given[keys[0]].name))

    def _beside(self, keys: Sequence[str], form: str) -> list[str]:
        """Facts that a form speaks of besides those it names."""
        given = self.dossier.given
        if form == "own":
            return [given[key].fact.metric for key in keys]
        return [f"{key}.lift" for key in keys if form == "quoted" and f"{key}.lift" in given]

    def _expanded(self, key: str) -> list[str]:
        """`product.*` → the first LISTED keys of the kind that are known."""
        given = self.dossier.given
        if not key.endswith(".*"):
            return [key] if key in given else []
        most = load_yaml("persona/rules")["listed"].get(key.split(".")[0], LISTED)
        return [one for n in range(1, most + 1) if (one := key.replace("*", str(n))) in given]

    def _form(self, key: str, form: str) -> str:
        say, one = voice(self.dossier.language), self.dossier.given[key]
        value = float(one.fact.value or 0) if not isinstance(one.fact.value, str) else 0.0
        forms = {
            "value": lambda: shown(say, value, one.fact.unit),
            "rest": lambda: shown(say, one.rest or 0.0, one.fact.unit),
            "bare": lambda: say.number(rounded(value, one.fact.unit)),
            "bare_rest": lambda: say.number(rounded(one.rest or 0.0, one.fact.unit)),
            "times": lambda: shown(say, one.lift or 0.0, "ratio"),
            "of": lambda: say.number(one.of or 0),
            "quoted": lambda: say.quote(one.name),
            "plain": lambda: self._named(one, key),
            "name": lambda: clean(one.name),
            "title": lambda: capital(clean(one.name)),
            "day": lambda: str(say["weekdays"][time_of(one.fact)]),
            "part": lambda: str(say["dayparts"][time_of(one.fact)]),
            "number": lambda: one.fact.subject.partition(":")[2],
            "metric": lambda: say.metric(one.fact.metric),
            "segment": lambda: self._segment(one),
            "own": lambda: self._own(one),
        }
        return forms[form]()

    def _held(self, key: str, *, first: bool) -> str:
        """`Skincare (84% have bought it)`, and of the next ones `Hair & Body (72%)`."""
        say, one = voice(self.dossier.language), self.dossier.given[key]
        held = wording(say.language)["held"]
        form = held[key.split(".")[0]] if first else held["next"]
        share = shown(say, float(one.fact.value or 0), one.fact.unit)
        return str(form).format(name=self._named(one, key), share=share)

    def _named(self, one: Given, key: str) -> str:
        """What a fact is about: bare where it can only be a name, or is a word of ours."""
        ours = key.split(".")[0] in OURS
        bare = ours or (len(one.name) <= BARE_LENGTH and BARE.fullmatch(one.name))
        return clean(one.name) if bare else voice(self.dossier.language).quote(one.name)

    def _segment(self, one: Given) -> str:
        """A segment by its id and its plain name."""
        number, name = one.fact.subject.partition(":")[2], self.dossier.called[one.fact.subject]
        form = str(wording(self.dossier.language)["segment"])
        return form.format(id=number, name=clean(name))

    def _own(self, one: Given) -> str:
        """The segment's own number of the metric that a neighbour is told apart by."""
        mine = self.dossier.given[one.fact.metric].fact
        return shown(voice(self.dossier.language), float(mine.value or 0), mine.unit)
