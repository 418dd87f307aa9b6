"""How well the offline chat picks tools: on held-out examples and on development questions.

    python -m benchmarks.router [--questions FILE] [--no-cv]

Development questions are for debugging, not for quoting as quality. Writes
benchmarks/results/router.md.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from assistant.router.catalogue import Catalogue
from assistant.router.examples import examples, training_catalogue
from assistant.router.intent import IntentModel
from assistant.router.reading import read
from assistant.router.router import Decision, Router

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


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


def replay(
    router: Router, lines: Iterable[dict[str, Any]]
) -> list[tuple[dict[str, Any], Decision, float]]:
    """Decide every line, threads in file order, as the chat would; with seconds."""
    threads: dict[str, list[BaseMessage]] = defaultdict(list)
    found = []
    for line in lines:
        history = threads[line["thread"] or line["id"]]
        started = time.perf_counter()
        decision = router.decide(line["question"], history)
        found.append((line, decision, time.perf_counter() - started))
        history += [HumanMessage(line["question"]), _message(decision, line["id"])]
    return found


def _message(decision: Decision, name: str) -> AIMessage:
    from assistant.router.model import message_of

    return message_of(decision, name)


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


def score(results: Sequence[tuple[dict[str, Any], Decision, float]]) -> dict[str, tuple[int, int]]:
    """Measure -> (hits, of)."""
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


def cross_validate(encoder: Any, folds: int = 5) -> dict[str, tuple[int, int]]:
    """Intent accuracy on whole templates that were held out, per language.

    `all refusals alike` counts a refusal of another kind as right: the user is refused either way.
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
    print("most frequent confusions:", confusions(wanted, got))
    languages = np.array([example.language for example in found])
    right = {name: (got == wanted)[languages == name] for name in ("en", "zh", "mixed")}
    right["all"] = got == wanted
    right["all refusals alike"] = np.array(
        [_family(a) == _family(b) for a, b in zip(got, wanted, strict=True)]
    )
    return {name: (int(hits.sum()), len(hits)) for name, hits in right.items()}


def confusions(wanted: Any, got: Any) -> list[tuple[tuple[str, str], int]]:
    """The most frequent pairs of (right label, label chosen)."""
    pairs = ((str(a), str(b)) for a, b in zip(wanted, got, strict=True) if a != b)
    return Counter(pairs).most_common(12)


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


def table(title: str, rows: dict[str, dict[str, tuple[int, int]]]) -> str:
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


def by_group(
    results: Sequence[tuple[dict[str, Any], Decision, float]],
) -> dict[str, dict[str, tuple[int, int]]]:
    """Scores over all, per language, and per expected tool."""
    groups: dict[str, list[Any]] = {"all": list(results)}
    for result in results:
        groups.setdefault(result[0]["lang"], []).append(result)
    return {name: score(group) for name, group in groups.items()}


def by_tool(
    results: Sequence[tuple[dict[str, Any], Decision, float]],
) -> dict[str, dict[str, tuple[int, int]]]:
    """Right tool and exact arguments per expected tool."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for result in results:
        if wanted := result[0]["expect"]["tool"]:
            groups[wanted if isinstance(wanted, str) else " / ".join(wanted)].append(result)
    keep = ("tool", "tool + args")
    return {name: {k: score(group)[k] for k in keep} for name, group in sorted(groups.items())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, default=SHARED / "questions/dev.jsonl")
    parser.add_argument("--no-cv", action="store_true")
    parser.add_argument("--cache", type=Path, default=None)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/router.md")
    options = parser.parse_args()
    from segmentation.views.encoder import load_encoder

    encoder = load_encoder("bundled")
    router = Router.of(retail_catalogue(), encoder, options.cache)
    lines = [json.loads(line) for line in options.questions.read_text("utf-8").splitlines()]
    results = replay(router, lines)
    seconds = sorted(s for _, _, s in results)
    parts = [
        "# The offline chat model\n",
        table(
            f"`{options.questions.name}`: for debugging, no measure of quality", by_group(results)
        ),
        table("Per tool", by_tool(results)),
        f"A decision: median {1000 * seconds[len(seconds) // 2]:.0f} ms, "
        f"95th percentile {1000 * seconds[int(0.95 * len(seconds))]:.0f} ms.\n",
    ]
    if not options.no_cv:
        folds = cross_validate(Remembering(encoder))
        shares = {name: {"intent": counts} for name, counts in folds.items()}
        parts.append(table("Cross-validation on the examples, whole templates held out", shares))
    report = "\n".join(parts)
    print(report)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(report, "utf-8")


if __name__ == "__main__":
    main()
