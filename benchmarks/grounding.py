"""What the check of texts catches, and what it takes for a lie that is none.

Personas of every segment, in both languages: those of the templates, and true sentences in the
styles of language models (data/personas.yaml) filled with the same facts. Into each, lies of
sixteen kinds are planted (lies.py says how; it knows nothing of the check), one sentence a kind.
Every sentence is then held against the facts it lists. There are three parts, each with its own
seeds and wordings: `dev` was looked at while the check was written; `read` was measured unseen, and
then read to mend the check; `test` was written after that, measured once, and then read as well.

    python -m benchmarks.grounding WORKSPACE... [--half dev|read|test|all] [--show]
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant.grounding.about import About, about_shop
from assistant.grounding.answers import Checker, given_of
from assistant.grounding.check import check_sentence
from assistant.personas.personas import write_personas
from assistant.settings import read_settings
from assistant.tools.references import spoken
from assistant.workspace import Workspace
from benchmarks.answers import answers
from benchmarks.lies import KINDS, Case, Told, lie, truths

RESULT = Path(__file__).parent / "results" / "grounding.md"
SEEDS = {"dev": range(0, 5), "read": range(100, 105), "test": range(200, 205)}
FIRST = """
`dev` was looked at while the check was written. `read` was measured unseen first (869 / 876 lies
in English and 861 / 887 in Chinese caught, no false alarm), then read to mend the check. `test`,
in other styles, was written after that and measured unseen once: lies caught 899 / 908 (99.0 %) in
English and 898 / 921 (97.5 %) in Chinese, false alarms 18 / 1,615 (1.1 %) and 70 / 1,615 (4.3 %).
It was then read as well; the table tells what holds after the last mending.
""".strip().split("\n")
"""What each part was worth when nobody had seen it: a second run cannot tell."""
STYLES = 12
"""Sentences in other styles, per persona."""


@dataclass
class Score:
    """Of one half and language: kind -> (planted, caught); sentences; personas."""

    lies: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    true: int = 0
    alarms: int = 0
    personas: int = 0
    clean: int = 0
    unmasked: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspaces", nargs="+", type=Path)
    parser.add_argument("--half", choices=(*SEEDS, "all"), default="all")
    parser.add_argument("--show", action="store_true", help="print what was missed or mistaken")
    args = parser.parse_args()
    halves = tuple(SEEDS) if args.half == "all" else (args.half,)
    scores = {(half, lang): Score() for half in halves for lang in ("en", "zh")}
    for root in args.workspaces:
        workspace = Workspace.open(root, read_settings())
        for language in ("en", "zh"):
            segments = list(_segments(workspace, language))
            for half in halves:
                _measure(segments, half, scores[half, language], args.show)
    text = report(scores) + "\n\n" + _answers(args.workspaces, args.show)
    print(text)
    if args.half == "all":
        RESULT.write_text(text + "\n", encoding="utf-8")


def _segments(workspace: Workspace, language: str) -> Iterator[tuple[Told, About, list[Case]]]:
    """Every segment with its facts, whom it is about, and the persona of the templates."""
    base = spoken(workspace.base, language)
    called = {s.id: s.name for s in base.segmentation.segments if s.id}
    shop, personas = about_shop(base, language), write_personas(workspace, language)
    subjects = {
        **shop.subjects,
        **{f"segment:{p.segment}": (called[p.segment], p.name) for p in personas},
    }
    for persona in personas:
        about = replace(shop, subject=f"segment:{persona.segment}", subjects=subjects)
        absent = _absent(about, persona.given)
        told = Told(persona.segment, language, persona.given, called, absent, base.currency)
        written = [Case(s.text, persona.given_of(s), "template") for s in persona.sentences]
        yield told, about, written


def _absent(about: About, given: Sequence) -> dict[str, list[str]]:
    """Names of the shop that no fact has."""
    said = " ".join(g.name.lower() for g in given)
    lists = {"product": about.names.products, "category": about.names.categories}
    return {
        kind: sorted(n for n in names if n.lower() not in said and len(n) > 3)
        for kind, names in lists.items()
    }


def _measure(segments: Sequence, half: str, score: Score, show: bool) -> None:
    for seed in SEEDS[half]:
        for told, about, written in segments:
            rng = random.Random(f"{half}-{seed}-{told.segment}-{told.language}-{told.currency}")
            others = [other for other, *_ in segments if other.segment != told.segment]
            true = truths(told, written, rng, STYLES, half)
            _true(true, about, score, show)
            _lies(told, about, true, others, half, score, rng, show)


def _true(true: Sequence[Case], about: About, score: Score, show: bool) -> None:
    wrong = 0
    for case in true:
        problems = check_sentence(case.text, case.facts, about)
        wrong += bool(problems)
        if problems and show:
            print("ALARM ", about.language, case.text, [(p.kind, p.said) for p in problems])
    score.true += len(true)
    score.alarms += wrong
    score.personas += 1
    score.clean += not wrong


def _lies(
    told: Told, about: About, true: Sequence[Case], others: Sequence[Told], half: str,
    score: Score, rng: random.Random, show: bool,
) -> None:  # fmt: skip
    missed = 0
    for kind in KINDS:
        case = lie(kind, told, true, others, half, rng)
        if case is None:
            continue
        caught = bool(check_sentence(case.text, case.facts, about))
        score.lies[kind][0] += 1
        score.lies[kind][1] += caught
        missed += not caught
        if not caught and show:
            print(
                "MISSED", about.language, kind, "|", case.text, [g.fact.metric for g in case.facts]
            )
    score.unmasked += not missed


def report(scores: dict[tuple[str, str], Score]) -> str:
    columns = list(scores)
    lines = [
        "# Lies caught, truths kept",
        "",
        "`python -m benchmarks.grounding` on Online Retail and the demo shop; caught / planted.",
        *FIRST,
        "",
        "| kind of lie | " + " | ".join(f"{half}, {lang}" for half, lang in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for kind in KINDS:
        cells = [scores[c].lies[kind] for c in columns]
        lines.append(f"| {kind} | " + " | ".join(f"{b} / {a}" for a, b in cells) + " |")
    rows = {
        "**all lies**": lambda s: _share(
            sum(b for _, b in s.lies.values()), sum(a for a, _ in s.lies.values())
        ),
        "personas in which every lie was caught": lambda s: _share(s.unmasked, s.personas),
        "**false alarms, of true sentences**": lambda s: _share(s.alarms, s.true),
        "true personas without any false alarm": lambda s: _share(s.clean, s.personas),
    }
    for name, tell in rows.items():
        lines.append(f"| {name} | " + " | ".join(tell(scores[c]) for c in columns) + " |")
    return "\n".join(lines)


def _answers(roots: Sequence[Path], show: bool) -> str:
    """Paraphrases of tools' answers, true and false, as the chat would let them through."""
    lines = [
        "Answers over tools' results (data/answers.yaml):",
        "",
        "| | lies caught | true dropped |",
    ]
    lines.append("|---|---|---|")
    for language in ("en", "zh"):
        counts = {True: [0, 0], False: [0, 0]}
        for root in roots:
            workspace = Workspace.open(root, read_settings())
            checker = Checker(about_shop(spoken(workspace.base, language), language))
            for one in answers(workspace, language):
                checked = checker.checked(one.text, given_of([one.result]), one.question)
                counts[one.lie][0] += 1
                counts[one.lie][1] += bool(checked.dropped)
                if show and bool(checked.dropped) != one.lie:
                    print("MISSED" if one.lie else "ALARM ", language, one.tool, "|", one.text)
        told = [_share(part, whole) for whole, part in (counts[True], counts[False])]
        lines.append(f"| {language} | {told[0]} | {told[1]} |")
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part} / {whole} ({100 * part / whole:.1f}%)" if whole else "–"


if __name__ == "__main__":
    main()
