"""Answers that a language model wrote over tools' results: kept sentence by sentence.

The sentences list no facts, so every number of the results may carry one; what a sentence names
(whom, which metric, which month) must fit it all the same. A sentence of a tool's own text stands
for itself, and so do the numbers and names in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from assistant.grounding.about import About
from assistant.grounding.binding import scope_of
from assistant.grounding.check import Basis, Problem
from assistant.grounding.evidence import Evidence, evidence_of, item_key, named_subject
from assistant.grounding.figures import same_number
from assistant.grounding.given import Given
from assistant.grounding.names import LATIN, QUOTED, territories
from assistant.grounding.phrases import words
from assistant.grounding.quantities import Quantity
from assistant.grounding.reading import Reading
from assistant.grounding.vocabulary import Vocabulary, plain
from assistant.tools.result import Table, ToolResult
from segmentation.types import Fact

__all__ = ["Checked", "Checker", "Dropped", "given_of", "sentences"]

SAID, CELL = "said", "cell"
"""Metrics of givens that are a tool's sentence, a table's cell."""
_END = {
    "en": re.compile(
        r"(?:(?<![A-Z])(?<!\b[A-Za-z])(?<!e\.g)(?<!i\.e)(?<!vs)(?<!approx)(?<!\bNo)(?<!\bca)[.]|[!?])"
        r"[\"”’)\]*_]*(?=\s|$)\s*|\n+\s*"
    ),
    "zh": re.compile(r"[。！？!?][”」』）)\]*_]*\s*|\n+\s*|(?<=[^\d\s])\.(?=\s|$)\s*"),
}


CODES = re.compile(r"ID|编号|Corrected p|校正后的 p|Effect size|效应量")
"""Columns that nobody quotes."""
CAPITALS = re.compile(r"[A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)*")


@dataclass(frozen=True)
class Dropped:
    """A sentence that was left out, and why."""

    sentence: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Checked:
    """What may be read, and what was left out of it."""

    text: str
    dropped: tuple[Dropped, ...] = ()


def sentences(text: str, language: str) -> tuple[str, ...]:
    """The sentences of a text with all their space and bullets: joined they are the text again."""
    ends = [match.end() for match in _END["zh" if language == "zh" else "en"].finditer(text)]
    edges = sorted({0, *ends, len(text)})
    return tuple(text[a:b] for a, b in pairwise(edges))


# --- what the results say ----------------------------------------------------------------------


def given_of(results: Sequence[ToolResult]) -> tuple[Given, ...]:
    """All that the results say: their facts, the cells of their tables, the sentences told."""
    found: list[Given] = []
    for result in results:
        names = _names_by_code(result)
        facts = [_given(fact, names) for fact in result.facts]
        found += _contrasted(facts)
        known = {fact.value for fact in result.facts}
        found += [
            cell
            for table in result.tables
            for cell in _cells(table)
            if cell.fact.value not in known
        ]
        found += [_told(one) for one in (result.text, *result.notices) if one]
    return tuple(replace(one, id=f"f{n}") for n, one in enumerate(found, start=1))


def _given(fact: Fact, names: dict[str, str]) -> Given:
    code = next(
        (p.partition(":")[2] for p in fact.subject.split("&") if p.startswith("product:")), ""
    )
    return Given("", fact, fact.metric.replace("_", " "), names.get(code, ""))


def _told(text: str) -> Given:
    return Given("", Fact("", SAID, "", text, SAID), text)


def _names_by_code(result: ToolResult) -> dict[str, str]:
    """Product code → name, from tables that have both."""
    found: dict[str, str] = {}
    for table in result.tables:
        for row in table.rows:
            texts = [cell for cell in row[:2] if isinstance(cell, str)]
            if len(texts) == 2:
                found |= {texts[0]: texts[1], texts[1]: texts[0]}
    return found


def _contrasted(facts: list[Given]) -> Iterator[Given]:
    """Facts beside the rest's, with their lift and whether it counts, where these are facts too."""
    by_key = {(g.fact.subject, g.fact.metric): g.fact for g in facts}
    for one in facts:
        subject, metric = one.fact.subject, one.fact.metric
        plain_lift = by_key.get((subject, f"{metric}_lift"))
        lift = plain_lift or (
            by_key.get((subject, "lift")) if metric in ("share", "lift", "reach") else None
        )
        q = by_key.get((subject, f"{metric}_q")) or by_key.get((subject, "q"))
        if lift is None or not isinstance(lift.value, int | float):
            yield one
            continue
        counts = q is None or (isinstance(q.value, int | float) and q.value < LEVEL)
        clear = counts and not 1 / LIFT < lift.value < LIFT
        yield replace(one, lift=float(lift.value), clear=clear)


LEVEL, LIFT = 0.05, 1.2


def _cells(table: Table) -> Iterator[Given]:
    """Every number of a table: its row's label and its column's name say what it is."""
    for row in table.rows:
        label = next((cell for cell in row if isinstance(cell, str)), "")
        for column, cell in zip(table.columns, row, strict=True):
            number = isinstance(cell, int | float) and not isinstance(cell, bool)
            if number and cell == cell and not CODES.fullmatch(column):
                fact = Fact(f"row:{label}", CELL, "", cell, "")
                yield Given("", fact, column, str(label))


# --- the check ---------------------------------------------------------------------------------


class Checker:
    """Checks answers about one shop."""

    def __init__(self, about: About) -> None:
        self.about = about
        self._last: tuple[Sequence[Given], str, tuple[Basis, set[str]]] | None = None

    def checked(self, text: str, given: Sequence[Given], question: str = "") -> Checked:
        """The text without the sentences that `given` does not support.

        Args:
            given: as `given_of` makes them.
            question: the user's words: the numbers in them may be repeated as what was asked.
        """
        basis, verbatim = self._known(given, question)
        kept, dropped, context = [], [], ""
        for sentence in sentences(text, self.about.language):
            if not sentence.strip() or plain(sentence) in verbatim:
                kept.append(sentence)
                continue
            problems = basis.problems(sentence, context)
            if problems:
                dropped.append(Dropped(sentence.strip(), problems))
            else:
                kept.append(sentence)
            context = self._subject(sentence, basis) or context
        return Checked("".join(kept).strip(), tuple(dropped))

    def _subject(self, sentence: str, basis: Basis) -> str:
        return self._reading(sentence, basis.known).subject

    def _reading(self, sentence: str, known: Vocabulary) -> Reading:
        return Reading(sentence, self.about, known, {})

    def _known(self, given: Sequence[Given], question: str) -> tuple[Basis, set[str]]:
        """The basis; the one before, where an answer is checked as it grows."""
        last = self._last
        if last is None or last[0] is not given or last[1] != question:
            last = self._last = given, question, self._basis(given, question)
        return last[2]

    def _basis(self, given: Sequence[Given], question: str) -> tuple[Basis, set[str]]:
        """The facts, the cells, what the tools' sentences say, and what was asked."""
        told = [str(one.fact.value) for one in given if one.fact.metric == SAID]
        cells = [one for one in given if one.fact.metric == CELL]
        facts = [one for one in given if one.fact.metric not in (SAID, CELL)]
        evidence = evidence_of(facts, self.about)
        things = {item for e in evidence for item in e.items}
        evidence += [self._cell(one, things) for one in cells]
        whole = [s for text in told for s in sentences(text, self.about.language)]
        names = {match["name"] for text in told for match in QUOTED.finditer(text)}
        names |= {item for e in evidence for item in e.items} | {o.name for o in facts if o.name}
        known = Vocabulary(names | self._shop_names(told))
        facts_only = list(evidence)
        context = ""
        for sentence in whole:
            evidence += self._said(sentence, known, facts_only, context)
            context = self._reading(sentence, known).subject or context
        evidence += self._asked(question, known)
        allowed = frozenset(known.spelt), self._words(told)
        return Basis(tuple(evidence), self.about, *allowed), {plain(s) for s in whole}

    def _shop_names(self, told: Sequence[str]) -> set[str]:
        """Names that stand in the tools' texts without quotes."""
        lists = (self.about.names.vocabulary, territories(self.about.language))
        return {hit.name for text in told for names in lists for hit in names.find(text)}

    def _words(self, told: Sequence[str]) -> frozenset[str]:
        """Words of the tools' texts that look like names."""
        pattern = LATIN if self.about.language == "zh" else CAPITALS
        found = {match.group() for text in told for match in pattern.finditer(text)}
        return frozenset(found | {word for one in found for word in one.split()})

    def _cell(self, given: Given, things: set[str]) -> Evidence:
        """A cell is of the metric its column or its row names, and of whom the other names."""
        column, row = given.label, given.name
        phrases = words(self.about.language).phrases("metrics")
        concepts = frozenset(h.name for label in (column, row) for h in phrases.find(label))
        item = item_key(row, self.about.language)
        named = item in things or item in self.about.names.vocabulary.spelt
        whom = named_subject(row, self.about) or named_subject(column, self.about)
        return Evidence(
            float(given.fact.value or 0.0),
            "any",
            whom,
            frozenset({item}) if named and not whom else frozenset(),
            CELL,
            "",
            concepts,
            column,
            "",
            replace(given, name=""),
        )

    def _said(
        self, sentence: str, known: Vocabulary, facts: Sequence[Evidence], context: str
    ) -> list[Evidence]:
        """The numbers of a tool's sentence, bound as a reader binds them."""
        reading = Reading(sentence, self.about, known, {}, context)
        items = reading.named
        told = Given("", Fact("", SAID, "", sentence, SAID), sentence)
        blank = Evidence(None, SAID, "", items, "", "", frozenset(), sentence, "", told, told=True)
        found = [blank]
        for q in reading.quantities:
            one = self._bound(q, reading, blank)
            if not any(same_number(q, e) and e.concepts for e in facts):
                found.append(one)
        for when in reading.whens:
            day = replace(told, fact=Fact("", SAID, "", when.key, "date"))
            item = frozenset({f"{when.kind} {when.key}"})
            found.append(replace(blank, kind="date", items=item, given=day))
        for span in reading.spans:
            found.append(
                replace(blank, value=(span.low + span.high) / 2, kind="days", items=frozenset())
            )
        return found

    def _bound(self, q: Quantity, reading: Reading, blank: Evidence) -> Evidence:
        scope = scope_of(reading, q)
        whom = next(iter(scope.groups)) if scope.groups and len(scope.groups) == 1 else ""
        given = Given("", Fact(whom, SAID, "", q.value, q.kind), blank.label)
        return replace(
            blank, value=q.value, kind=q.kind, whom=whom, items=scope.items or frozenset(),
            concepts=scope.metric or frozenset(), given=given,
        )  # fmt: skip

    def _asked(self, question: str, known: Vocabulary) -> list[Evidence]:
        """Thresholds, lengths and choices of the question; no value is taken from it."""
        reading = self._reading(question, known)
        given = Given("", Fact("", "asked", "", question, SAID), question)
        return [
            Evidence(
                q.value, q.kind, "", frozenset(), "asked", "", frozenset({"asked"}), "", "", given
            )
            for q in reading.quantities
            if q.kind in ("days", "top") or q.hedge or q.kind == "plain"
        ]
