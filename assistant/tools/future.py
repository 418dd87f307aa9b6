"""What segments made before a cut said about what came after it, in words, facts and a table.

The figures are computed in segmentation/holdout; here they are worded and set side by side.
"""

from __future__ import annotations

from collections.abc import Iterable

from assistant.tools.result import Table
from assistant.tools.voice import Voice
from segmentation.types import FUTURE_FIGURES, NEIGHBOUR_FIGURES, Fact, Validity

__all__ = [
    "future_facts",
    "future_lines",
    "future_short",
    "future_table",
    "known_figures",
    "mark",
]

SPOKEN = ("rfm_cells", "rfm_kmeans", "one_text_per_customer", "random_partition")
CEILING = ("linear_regression", "gradient_boosting")


def future_lines(
    say: Voice, validity: Validity, wanted: Iterable[str] = FUTURE_FIGURES
) -> list[str]:
    """The test, then a few sentences per figure that is known, beside the baselines."""
    chosen = [name for name in FUTURE_FIGURES if name in wanted]
    if validity.period is None:
        return []
    told = [line for name in chosen for line in _told(say, validity, name)]
    return [_head(say, validity), *told] if told else []


def future_short(
    say: Voice, validity: Validity, wanted: Iterable[str] = FUTURE_FIGURES
) -> list[str]:
    """A plain sentence per figure that is known, beside RFM cells; or that there is none."""
    chosen = [name for name in FUTURE_FIGURES if name in wanted]
    if validity.period is None:
        return [str(say["future.nothing"])] if chosen else []
    cut, last = str(validity.period).split("/")
    cells = validity.baselines.get("rfm_cells", {})
    told: list[str] = []
    for name in chosen:
        value, plain = validity.metrics.get(name), cells.get(name)
        if value is None:
            continue
        key = "future.beside_too" if told else "future.beside"
        beside = say.part(key, value=say.share(plain)) if plain is not None else ""
        values = {"value": say.share(value), "cut": say.day(cut), "last": say.day(last)}
        told.append(say.say(f"future.short.{name}", beside=beside, **values))
    return told


def _head(say: Voice, validity: Validity) -> str:
    cut, last = str(validity.period).split("/")
    return say.say(
        "future.head",
        cut=say.day(cut),
        last=say.day(last),
        customers=say.count(validity.customers, "customers"),
        returned=say.number(validity.returned),
    )


def _told(say: Voice, validity: Validity, name: str) -> list[str]:
    value = validity.metrics.get(name)
    if value is None:
        return []
    low, high = validity.intervals[name]
    others = [
        say.part("future.other", name=say[f"future.ways.{way}"], value=say.share(scores[name] or 0))
        for way, scores in validity.baselines.items()
        if way in SPOKEN and scores.get(name) is not None
    ]
    sentence = say.say(
        f"future.told.{name}",
        value=say.share(value),
        low=say.share(low),
        high=say.share(high),
        others=say.list(others),
    )
    return [sentence, *_compared(say, validity, name), *_ceiling(say, validity, name)]


def _compared(say: Voice, validity: Validity, name: str) -> list[str]:
    """Which of the baselines the segments clearly beat, equal and fall short of."""
    found: dict[str, list[str]] = {"▼": [], "": [], "▲": []}
    for way, scores in validity.baselines.items():
        if way in SPOKEN and scores.get(name) is not None:
            found[mark(validity, way, name)].append(str(say[f"future.ways.{way}"]))
    items = [
        say.part(f"future.compared.{key}", names=say.list(found[sign]))
        for key, sign in (("more", "▼"), ("same", ""), ("less", "▲"))
        if found[sign]
    ]
    listed = str(say["charts.apart"]).join(items)
    return [say.say("future.comparison", list=listed)] if items else []


def _ceiling(say: Voice, validity: Validity, name: str) -> list[str]:
    """The most that a regression foretells of the same, where it was asked."""
    scores = [validity.baselines.get(way, {}).get(name) for way in CEILING]
    known = [score for score in scores if score is not None]
    return [say.say("future.ceiling", value=say.share(max(*known, 0.0)))] if known else []


def future_facts(validity: Validity, wanted: Iterable[str] = FUTURE_FIGURES) -> list[Fact]:
    """Every number of `future_lines`, with the window as its period."""
    if validity.period is None:
        return []
    facts = [
        Fact("all", "customers", validity.period, validity.customers, "customers"),
        Fact("all", "returned", validity.period, validity.returned, "customers"),
    ]
    for name in (figure for figure in FUTURE_FIGURES if figure in wanted):
        values = {"all": validity.metrics.get(name)}
        values |= {
            f"baseline:{way}": scores.get(name) for way, scores in validity.baselines.items()
        }
        facts += [
            Fact(subject, name, validity.period, value, "share")
            for subject, value in values.items()
            if value is not None
        ]
        for end, value in zip(("low", "high"), validity.intervals.get(name, ()), strict=False):
            facts.append(Fact("all", f"{name}_{end}", validity.period, value, "share"))
    return facts


def future_table(
    say: Voice, validity: Validity, wanted: Iterable[str] = FUTURE_FIGURES
) -> tuple[Table, ...]:
    """The segments beside every baseline, one column per figure that is known of any."""
    if validity.period is None or not set(FUTURE_FIGURES) & set(wanted):
        return ()
    ways, names = {"segments": validity.metrics, **validity.baselines}, known_figures(validity)
    rows = tuple(
        (str(say[f"future.ways.{way}"]), *(scores.get(name) for name in names))
        for way, scores in ways.items()
    )
    columns = (str(say["future.way"]), *(str(say[f"future.columns.{name}"]) for name in names))
    return (Table(str(say["future.title"]), columns, rows),)


def known_figures(validity: Validity) -> list[str]:
    """The figures that are known of the segments or of a baseline, in the order of columns."""
    ways = [validity.metrics, *validity.baselines.values()]
    names = (*FUTURE_FIGURES, *NEIGHBOUR_FIGURES)
    return [name for name in names if any(scores.get(name) is not None for scores in ways)]


def mark(validity: Validity, way: str, name: str) -> str:
    """▲ where a baseline is above the segments' interval, ▼ where it is below, else nothing."""
    value = validity.baselines.get(way, {}).get(name)
    if value is None or name not in validity.intervals:
        return ""
    low, high = validity.intervals[name]
    return "▲" if value > high else "▼" if value < low else ""
