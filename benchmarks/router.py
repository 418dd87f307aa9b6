"""How well the offline chat picks tools: on files of questions, and on examples it did not learn.

    python -m benchmarks.router [--questions FILE ...] [--misses | --totals-only] [--no-cv]

Questions are decided in a row, threads as conversations; no tool runs. Scored as
../shared/questions/README.md says. Questions that were read while the router was mended show that
nothing broke; quality is what the others say, of which only totals are ever printed.
Cross-validation holds whole templates out. Without options writes benchmarks/results/router.md.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.messages import BaseMessage, HumanMessage

from assistant.router.catalogue import Catalogue
from assistant.router.examples import examples, training_catalogue
from assistant.router.intent import IntentModel
from assistant.router.model import message_of
from assistant.router.reading import read
from assistant.router.router import Decision, Router

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
RESULT = ROOT / "benchmarks/results/router.md"
QUESTIONS = ROOT / "benchmarks/data/questions"
READ = (
    SHARED / "questions/dev.jsonl",
    *(QUESTIONS / f"{name}.jsonl" for name in ("en_dev", "zh_dev", "en_test", "zh_test")),
)
"""Read, misses and all, while the router was mended."""
NEVER_READ = (QUESTIONS / "r2_en.jsonl", QUESTIONS / "r2_zh.jsonl")
"""By another author, and never read by whoever mended the router."""


Result = tuple[dict[str, Any], Decision, float]
"""A line of a questions file, what was decided, and how many seconds that took."""
Counts = dict[str, tuple[int, int]]
"""Measure -> (hits, of)."""


def built_catalogue(workspace: Path) -> Catalogue:
    """The values of a shop that was built, its segments by their names."""
    from assistant.settings import read_settings
    from assistant.workspace import Workspace

    return Catalogue.of(Workspace.open(workspace, read_settings()).base)


def retail_catalogue() -> Catalogue:
    """Online Retail's own values, five segments."""
    import pandas as pd

    columns = ["Description", "CustomerID", "Country", "InvoiceDate"]
    lines = pd.read_parquet(SHARED / "data/online_retail/online_retail.parquet", columns=columns)
    known = lines.dropna(subset=["CustomerID"])
    customers = known.CustomerID.astype(str).str.removesuffix(".0")
    return Catalogue(
        customers=frozenset(customers),
        segments={i: f"Segment {i}" for i in range(1, 6)},
        fields={"country": tuple(sorted(lines.Country.unique()))},
        products=frozenset(lines.Description.dropna().str.strip()) - {""},
        last_day=pd.to_datetime(lines.InvoiceDate).max().date(),
        sizes={i: 1500 - 200 * i for i in range(1, 6)},
    )


# Scoring as ../shared/questions/README.md says -------------------------------------------------


def replay(router: Router, lines: Iterable[dict[str, Any]]) -> list[Result]:
    """Decide every line, threads in file order, as the chat would."""
    threads: dict[str, list[BaseMessage]] = defaultdict(list)
    found = []
    for line in lines:
        history = threads[line["thread"] or line["id"]]
        started = time.perf_counter()
        decision = router.decide(line["question"], history)
        found.append((line, decision, time.perf_counter() - started))
        history += [HumanMessage(line["question"]), message_of(decision, line["id"])]
    return found


def is_right_tool(expect: dict[str, Any], decision: Decision) -> bool:
    wanted = expect["tool"] if isinstance(expect["tool"], list) else [expect["tool"]]
    return decision.tool is not None and not decision.clarify and decision.tool in wanted


def is_exact(expect: dict[str, Any], decision: Decision) -> bool:
    """The right tool, every listed argument equal, no unlisted subject."""
    args = decision.args
    unlisted = {"filters", "segment", "customer_id", "customer_ids", "description"} - set(
        expect["args"]
    )
    listed = all(_same(name, value, args.get(name)) for name, value in expect["args"].items())
    return is_right_tool(expect, decision) and listed and not (unlisted & set(args))


def _same(name: str, wanted: Any, got: Any) -> bool:
    if name == "description":
        return bool(got)
    if name == "filters":
        return {_filter_key(f) for f in wanted} == {_filter_key(f) for f in got or ()}
    if name in ("customer_id", "customer_ids"):
        return _as_set(wanted) == _as_set(got)
    if isinstance(wanted, list):
        return got is not None and {str(v) for v in wanted} == {str(v) for v in got}
    if isinstance(wanted, bool) or isinstance(got, bool):
        return wanted is got
    if isinstance(wanted, int | float) and isinstance(got, int | float):
        return abs(wanted - got) < 1e-9
    return wanted == got


def _filter_key(condition: dict[str, Any]) -> tuple[str, str, str]:
    value = condition["value"]
    if isinstance(value, list):
        value = [str(v) for v in value]
        value = value if condition["op"] == "between" else sorted(value)
    elif isinstance(value, int | float):
        value = float(value)
    return condition["field"], condition["op"], str(value)


def _as_set(value: Any) -> set[str]:
    return {str(v) for v in (value if isinstance(value, list) else [value])}


def is_right(result: Result) -> bool:
    """Whether nothing is to be mended."""
    expect, decision = result[0]["expect"], result[1]
    if expect["tool"]:
        return is_exact(expect, decision)
    said = decision.refuse if expect["refuse"] else decision.clarify
    return bool(said) and decision.tool is None


def score(results: Sequence[Result]) -> Counts:
    """Everything the questions' README asks for."""
    tools = [(line["expect"], d) for line, d, _ in results if line["expect"]["tool"]]
    refusals = [d for line, d, _ in results if line["expect"]["refuse"]]
    clarifies = [d for line, d, _ in results if line["expect"]["clarify"]]
    others = [d for line, d, _ in results if not line["expect"]["refuse"]]
    return {
        "tool": (sum(is_right_tool(e, d) for e, d in tools), len(tools)),
        "tool + args": (sum(is_exact(e, d) for e, d in tools), len(tools)),
        "refusal recall": (sum(bool(d.refuse) for d in refusals), len(refusals)),
        "false refusals": (sum(bool(d.refuse) for d in others), len(others)),
        "clarify recall": (sum(bool(d.clarify) for d in clarifies), len(clarifies)),
        "false clarifications": (sum(bool(d.clarify) for _, d in tools), len(tools)),
    }


# Cross-validation -----------------------------------------------------------------------------


def cross_validate(encoder: Any, folds: int = 5) -> dict[str, dict[str, Counts]]:
    """The classifier's accuracy on whole templates that were held out, by language and by label.

    `refusals alike` counts a refusal of another kind as right: the user is refused either way.
    """
    catalogue, found = training_catalogue(), examples()
    readings = [read(example.text, catalogue) for example in found]
    fold_of = np.random.default_rng(0).integers(0, folds, max(e.group for e in found) + 1)
    part = np.array([fold_of[example.group] for example in found])
    wanted = np.array([example.label for example in found])
    got = np.empty(len(found), dtype=object)
    for fold in range(folds):
        train, test = np.flatnonzero(part != fold), np.flatnonzero(part == fold)
        model = IntentModel.fit([readings[i] for i in train], wanted[train].tolist(), encoder)
        chances = model.probabilities([readings[i] for i in test], encoder)
        got[test] = model.labels[chances.argmax(axis=1)]
    languages = np.array([example.language for example in found])
    family = np.vectorize(_family)
    right = {"intent": got == wanted, "refusals alike": family(got) == family(wanted)}

    def counts(mask: Any) -> Counts:
        return {name: (int(hits[mask].sum()), int(mask.sum())) for name, hits in right.items()}

    by_language = {name: counts(languages == name) for name in ("en", "zh", "mixed")}
    return {
        "by language": {"all": counts(wanted == wanted), **by_language},
        "by label": {label: counts(wanted == label) for label in sorted(set(wanted))},
    }


def _family(label: str) -> str:
    return "refuse" if label.startswith("refuse.") else label


class Remembering:
    """An encoder that encodes no text twice: cross-validation asks for the same ones again."""

    def __init__(self, encoder: Any) -> None:
        self.encoder, self.known = encoder, {}
        self.name, self.digest, self.dim = encoder.name, encoder.digest, encoder.dim

    def encode(self, texts: Sequence[str], progress: Any = None) -> Any:
        """Vectors in the order of the texts."""
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            self.known.update(zip(new, self.encoder.encode(new), strict=True))
        return np.stack([self.known[text] for text in texts])


# Output ---------------------------------------------------------------------------------------


def table(title: str, rows: dict[str, Counts]) -> str:
    """A Markdown table of hits / of per measure."""
    measures = list(next(iter(rows.values())))
    lines = [
        f"## {title}",
        "",
        "| | " + " | ".join(measures) + " |",
        "|---" * (len(measures) + 1) + "|",
    ]
    for name, row in rows.items():
        cells = [f"{hits}/{of} ({hits / of:.0%})" if of else "-" for hits, of in row.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def by_language(results: Sequence[Result]) -> dict[str, Counts]:
    """Scores over all and per language."""
    groups: dict[str, list[Result]] = {"all": list(results)}
    for result in results:
        groups.setdefault(result[0]["lang"], []).append(result)
    return {name: score(group) for name, group in groups.items()}


def by_tool(results: Sequence[Result]) -> dict[str, Counts]:
    """Right tool and exact arguments per expected tool."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        if wanted := result[0]["expect"]["tool"]:
            groups[wanted if isinstance(wanted, str) else " / ".join(wanted)].append(result)
    keep = ("tool", "tool + args")
    return {name: {k: score(group)[k] for k in keep} for name, group in sorted(groups.items())}


def misses(results: Sequence[Result]) -> str:
    """What was not decided as expected, a line each."""
    lines = []
    for line, decision, _ in (result for result in results if not is_right(result)):
        expect = line["expect"]
        wanted = (
            f"{expect['tool']} {expect['args']}"
            if expect["tool"]
            else ("refuse" if expect["refuse"] else "clarify")
        )
        asks = decision.clarify and f"clarify {decision.clarify}, {decision.pending}"
        refuses = decision.refuse and f"refuse {decision.refuse}"
        got = asks or refuses or decision.talk or f"{decision.tool} {decision.args}"
        lines.append(
            f"{line['id']} [{line['lang']} {line['thread'] or '-'}] {line['question']}\n"
            f"    wanted {wanted}\n    got    {got}  ({decision.reason})"
        )
    return "\n".join(lines)


def totals(sets: Sequence[tuple[Path, Sequence[Result]]]) -> str:
    """One row per set of questions, and whether it was read while the router was mended."""
    rows = {
        f"`{path.name}` ({'never read' if path in NEVER_READ else 'read'})": score(results)
        for path, results in sets
    }
    return table("Sets of questions: read while mending, or never", rows)


def report_on(router: Router, path: Path, totals_only: bool) -> tuple[str, list[Result]]:
    """The tables of one file of questions."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    results = replay(router, lines)
    seconds = sorted(s for _, _, s in results)
    parts = [table(f"`{path.name}`", by_language(results))]
    if not totals_only:
        parts.append(table(f"`{path.name}` per tool", by_tool(results)))
    parts.append(
        f"A decision: median {1000 * seconds[len(seconds) // 2]:.0f} ms, "
        f"95th percentile {1000 * seconds[int(0.95 * len(seconds))]:.0f} ms.\n"
    )
    return "\n".join(parts), results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=Path, nargs="+")
    parser.add_argument("--misses", action="store_true", help="list what went wrong")
    parser.add_argument("--totals-only", action="store_true", help="only per language")
    parser.add_argument("--no-cv", action="store_true")
    parser.add_argument("--workspace", type=Path, help="a built shop; else Online Retail's values")
    parser.add_argument("--cache", type=Path, help="keeps the classifier and encoded texts")
    options = parser.parse_args()
    from segmentation.views.encoder import load_encoder
    from store.encodings import EncodingCache

    cache = EncodingCache(options.cache / "encodings.sqlite") if options.cache else None
    encoder = load_encoder("bundled", cache=cache)
    catalogue = built_catalogue(options.workspace) if options.workspace else retail_catalogue()
    router = Router.of(catalogue, encoder, options.cache)
    parts = ["# The offline chat model\n"]
    sets, reports = [], []
    for path in options.questions or [*READ, *NEVER_READ]:
        secret = options.totals_only or path in NEVER_READ
        report, results = report_on(router, path, secret)
        sets.append((path, results))
        reports.append(report)
        if options.misses and not secret:
            print(misses(results))
    parts += [totals(sets), *reports]
    if not options.no_cv:
        for title, rows in cross_validate(Remembering(encoder)).items():
            parts.append(table(f"Cross-validation on the examples, {title}", rows))
    print("\n".join(parts))
    if not (options.questions or options.no_cv):
        RESULT.write_text("\n".join(parts), "utf-8")


if __name__ == "__main__":
    main()
