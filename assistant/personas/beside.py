"""What is known of a segment beside its orders: reviews, profiles, visits, who is most like it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from assistant.personas.known import Known, told
from prompts import load_yaml
from segmentation.insight.errors import NotLoaded
from segmentation.insight.evidence.differences import differences
from segmentation.insight.evidence.significance import LIFT
from segmentation.insight.funnel.funnel import funnel
from segmentation.insight.funnel.groups import Leak
from segmentation.insight.ledger import open_ledger
from segmentation.insight.reviews.themes import Theme, Themes
from segmentation.types import CustomerBase, Fact

__all__ = [
    "funnel_facts",
    "nearest_facts",
    "nearest_segment",
    "profile_facts",
    "theme_facts",
]

THEMES = 3
"""Of praise, and of blame."""
VALUES = 12
"""A column of profiles with more distinct values is no attribute of a group."""
FILLED = 0.5
"""Of the segment's customers, the share that must have said it."""
TOLD_APART = 2
UNTOLD = "gap_mean"
"""Of those who ordered more than once only: no number by which to tell two segments apart."""


def theme_facts(found: Themes, called: Callable[[Theme], str]) -> Iterator[Known]:
    """What reviews praise and blame, each by the share of the customers who say it."""
    for side, themes in (("praise", found.praised), ("blame", found.blamed)):
        telling = sorted(themes, key=lambda one: (_is_general(one), -one.share))
        for nth, one in enumerate(telling[:THEMES], start=1):
            yield _theme(f"{side}.{nth}", found.segment, one, called(one))


def _is_general(one: Theme) -> tuple[bool, bool]:
    """What tells least comes last: what everybody says, and words of praise for no thing."""
    return one.aspect in load_yaml("persona/rules")["general"], not (
        one.clear and (one.lift or 0) > 1
    )


def _theme(key: str, segment: int, one: Theme, name: str) -> Known:
    fact = Fact(f"theme:{one.key}&segment:{segment}", "share", one.period, one.share, "share")
    return Known(key, fact, name, one.rest, one.lift, one.clear, tested=one.test is not None)


def profile_facts(base: CustomerBase, segment: int) -> Iterator[Known]:
    """Of each column of the profiles, the value by which the segment stands out most."""
    day, own = base.as_of.date().isoformat(), base.segmentation.labels == segment
    for column, said in _profiles(base).items():
        shares = said[own].value_counts(normalize=True)
        if said[own].notna().sum() < FILLED * own.sum() or shares.empty:
            continue
        others = said[~own].value_counts(normalize=True)
        value = "yes" if set(shares.index) <= {"yes", "no"} else _telling(shares, others)
        if not told(value):
            continue
        share, other = float(shares.get(value, 0.0)), float(others.get(value, 0.0)) or None
        fact = Fact(f"{column}:{value}&segment:{segment}", "share", day, share, "share")
        yield Known(f"profile.{column}", fact, value, other, share / other if other else None)


def _telling(shares: pd.Series[float], others: pd.Series[float]) -> str:
    return str((shares - others.reindex(shares.index).fillna(0.0)).idxmax())


def _profiles(base: CustomerBase) -> dict[str, pd.Series[str]]:
    """Column -> (customers,) what each has said, in the order of the base. Found once."""
    ledger = open_ledger(base)
    return ledger.once(("profiles", None), lambda: _find_profiles(base))


def _find_profiles(base: CustomerBase) -> dict[str, pd.Series[str]]:
    ledger = open_ledger(base)
    people = ledger.people.columns
    columns = [c for c in people if c.startswith("profile_") and c != "profile_country"]
    if not columns:
        return {}
    with ledger.lock:
        frame = ledger.run(ledger.people.select("customer_id", *columns)).set_index("customer_id")
    frame = frame.reindex(base.customers.astype(str))
    return {
        column.removeprefix("profile_"): _said(frame[column])
        for column in columns
        if 2 <= frame[column].nunique() <= VALUES
        and not pd.api.types.is_datetime64_any_dtype(frame[column])
    }


def _said(column: pd.Series[Any]) -> pd.Series[str]:
    if set(column.dropna().unique().tolist()) <= {True, False}:
        return column.map({True: "yes", False: "no"})
    return column.map(str, "ignore")


def funnel_facts(base: CustomerBase, segment: int) -> Iterator[Known]:
    """How its visits go on from step to step, beside those of everybody else."""
    try:
        found = funnel(base)
    except NotLoaded:
        return
    group = found.group(segment)
    for leak in group.leaks if group else ():
        if leak.own.value is not None and leak.rest.value is not None:
            yield _step(leak, segment, found.period)


def _step(leak: Leak, segment: int, period: str) -> Known:
    """The share that leaves at a step."""
    own, rest = 1 - (leak.own.value or 0.0), 1 - (leak.rest.value or 0.0)
    lift = own / rest if rest else None
    much = lift is not None and not 1 / LIFT < lift < LIFT
    fact = Fact(f"segment:{segment}", f"{leak.own.metric}_left", period, own, "share")
    tested = leak.test is not None
    return Known(
        f"leaves.{leak.own.since}", fact, "", rest, lift, leak.clear and much, tested=tested
    )


def nearest_segment(base: CustomerBase, segment: int) -> int | None:
    """The segment whose middle is nearest in the embedding; None without another."""
    labels = np.asarray(base.segmentation.labels)
    others = [s.id for s in base.segmentation.segments if s.id not in (0, segment) and s.size]
    if not others or not (labels == segment).any():
        return None
    middle = {n: np.mean(base.vectors[labels == n], axis=0) for n in (segment, *others)}
    return min(others, key=lambda n: (float(np.linalg.norm(middle[n] - middle[segment])), n))


def nearest_facts(base: CustomerBase, segment: int) -> Iterator[Known]:
    """The numbers of the most similar segment in which the two differ most."""
    nearest = nearest_segment(base, segment)
    if nearest is None or segment == 0:
        return
    found = differences(base, [segment, nearest]).clear
    apart = [one for one in found if one.values[nearest] and one.metric != UNTOLD]
    for nth, one in enumerate(apart[:TOLD_APART], start=1):
        value = one.values[nearest]
        fact = Fact(f"segment:{nearest}", one.metric, one.contrast.period, value, one.unit)
        yield Known(f"near.{nth}", fact)
