"""A campaign read back: what the mailed did beside what those held out did, and what that proves.

Customers stay in the group they were drawn into, whatever they got: only so are the groups alike
but for the campaign. Shares: the test of two proportions with pooled variance, Koopman's interval
of their ratio (Biometrics 1984), which turns from it, and Newcombe's of their difference
(Statistics in Medicine 1998). Means: Welch's test, and Fieller's interval of their ratio (JRSS B
1954). Where the numbers come from is in `files.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
import pandas as pd

from segmentation.insight.campaign.record import Campaign, Range
from segmentation.insight.evidence.significance import LEVEL, Array
from segmentation.types import InputError

__all__ = ["Comparison", "Group", "Reading", "Seen", "compare_means", "compare_shares", "read"]

MISMATCH = 0.001
"""Below this p the groups that came back are not those that were drawn (Kohavi, Tang & Xu,
Trustworthy Online Controlled Experiments, ch. 21)."""
OVER = 0.9


@dataclass(frozen=True)
class Seen:
    """What is known of the customers of a campaign after it.

    Args:
        values: customer_id → the outcome in the window; NaN where undefined (who did not buy has no
            order value). Who is not in it is missing.
        strangers: customers it speaks of who are in neither group.
        received: customer_id → whether they got the message; None where nobody says.
        days: days of the window that are known.
        only_buyers: the source names only who did something, so that absence means nothing done.
    """

    values: pd.Series[float]
    days: int
    strangers: int = 0
    received: pd.Series[bool] | None = None
    only_buyers: bool = False


@dataclass(frozen=True)
class Group:
    """One group: how many were drawn, are known, and have the outcome, and its average over these.

    `got` is how many received the message; None where nobody says.
    """

    drawn: int
    known: int
    measured: int
    value: float
    got: int | None


@dataclass(frozen=True)
class Comparison:
    """The mailed beside the control group.

    Args:
        difference: mailed less control, with its 95 % interval.
        lift: the same as a share of the control group's, its bounds infinite where there are none;
            None where the control group has nothing to compare with.
        p: two-sided.
    """

    difference: Range
    lift: Range | None
    p: float

    @property
    def is_clear(self) -> bool:
        return self.p < LEVEL


@dataclass(frozen=True)
class Reading:
    """How a campaign went.

    Args:
        comparison: of what was to be judged, capped as planned.
        uncapped: the same without the cap; None where there is none.
        mismatch: p of so uneven groups coming back by chance.
        gain: what the campaign brought in all, in the yardstick's unit: the difference times the
            mailed who are known; None for what only an order has.
    """

    campaign: Campaign
    mailed: Group
    control: Group
    comparison: Comparison
    uncapped: Comparison | None
    mismatch: float
    strangers: int
    days: int
    only_buyers: bool
    gain: Range | None

    @property
    def is_mismatch(self) -> bool:
        return self.mismatch < MISMATCH

    @property
    def is_over(self) -> bool:
        """Whether the window has passed, but for a few days on which nobody ordered perhaps."""
        return self.days >= OVER * self.campaign.aim.days


def read(campaign: Campaign, seen: Seen) -> Reading:
    """Compare the groups of a campaign by what was seen of them.

    Raises:
        InputError: a group has fewer than two customers with the outcome.
    """
    mailed, control = (_of(campaign, group, seen) for group in ("mailed", "control"))
    for name, values in (("mailed", mailed), ("control", control)):
        if len(values.dropna()) < 2:
            raise InputError(
                f"The result has {len(values.dropna())} customers of the {name} group to measure",
                where=campaign.id,
                fix="Give a result in which both groups are.",
            )
    cap = campaign.baseline.cap
    capped = _compare(campaign, mailed, control, cap)
    return Reading(
        campaign=campaign,
        mailed=_group(campaign, campaign.mailed, mailed, seen),
        control=_group(campaign, campaign.control, control, seen),
        comparison=capped,
        uncapped=_compare(campaign, mailed, control, None) if cap is not None else None,
        mismatch=_mismatch(campaign, len(mailed), len(control)),
        strangers=seen.strangers,
        days=seen.days,
        only_buyers=seen.only_buyers,
        gain=None if campaign.aim.yardstick.of_buyers else capped.difference * len(mailed),
    )


def _of(campaign: Campaign, group: str, seen: Seen) -> pd.Series[float]:
    """What is known of a group's customers."""
    people = pd.Index(getattr(campaign, group))
    if seen.only_buyers and not campaign.aim.yardstick.of_buyers:
        return seen.values.reindex(people).fillna(0.0)
    return seen.values.reindex(people[people.isin(seen.values.index)])


def _group(
    campaign: Campaign, drawn: tuple[str, ...], values: pd.Series[float], seen: Seen
) -> Group:
    known = values.dropna().clip(upper=campaign.baseline.cap)
    got = None
    if seen.received is not None:
        got = int(seen.received.reindex(list(drawn)).eq(True).sum())
    return Group(len(drawn), len(values), len(known), float(known.mean()), got)


def _mismatch(campaign: Campaign, mailed: int, control: int) -> float:
    """The exact binomial p of so many of each coming back, by the shares drawn."""
    from scipy.stats import binomtest

    planned = len(campaign.control) / campaign.people
    return float(binomtest(control, mailed + control, planned).pvalue)


def _compare(
    campaign: Campaign, mailed: pd.Series[float], control: pd.Series[float], cap: float | None
) -> Comparison:
    own, others = (
        np.asarray(one.dropna().clip(upper=cap), dtype=np.float64) for one in (mailed, control)
    )
    if campaign.aim.yardstick.unit == "share":
        return compare_shares(int(own.sum()), len(own), int(others.sum()), len(others))
    return compare_means(own, others)


def compare_shares(buyers: int, mailed: int, buyers_held: int, held: int) -> Comparison:
    """Two shares beside each other: `buyers` of `mailed`, `buyers_held` of `held`."""
    from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

    counts = (buyers, mailed, buyers_held, held)
    share, base = buyers / mailed, buyers_held / held
    low, high = confint_proportions_2indep(*counts, compare="diff", method="newcomb")
    difference = Range(share - base, float(low), float(high))
    if buyers + buyers_held in (0, mailed + held):
        return Comparison(difference, None if not buyers else Range(0.0, -inf, inf), 1.0)
    _, p = proportions_ztest([buyers, buyers_held], [mailed, held])
    if not buyers_held:
        return Comparison(difference, None, float(p))
    low, high = confint_proportions_2indep(
        *counts, compare="ratio", method="score", correction=False
    )
    return Comparison(
        difference, Range(share / base - 1, float(low) - 1, float(high) - 1), float(p)
    )


def compare_means(own: Array, others: Array) -> Comparison:
    """Two means beside each other, by Welch's t; without any spread a difference is certain."""
    from scipy.stats import t

    mine, theirs = own.var(ddof=1) / len(own), others.var(ddof=1) / len(others)
    apart, error = float(own.mean() - others.mean()), sqrt(mine + theirs)
    if not error > 0:
        return Comparison(Range(apart, apart, apart), _ratio(own, others, 0.0), float(apart == 0))
    freedom = (mine + theirs) ** 2 / (mine**2 / (len(own) - 1) + theirs**2 / (len(others) - 1))
    edge = float(t.ppf(1 - LEVEL / 2, freedom))
    p = float(2 * t.sf(abs(apart) / error, freedom))
    difference = Range(apart, apart - edge * error, apart + edge * error)
    return Comparison(difference, _ratio(own, others, edge), p)


def _ratio(own: Array, others: Array, edge: float) -> Range | None:
    """The relative lift with Fieller's interval; unbounded where the base may be zero."""
    mean, base = float(own.mean()), float(others.mean())
    if not base > 0:
        return None
    mine, theirs = own.var(ddof=1) / len(own), others.var(ddof=1) / len(others)
    # (mean - r base)² = edge² (mine + r² theirs), solved for the ratio r.
    a, b, c = base**2 - edge**2 * theirs, mean * base, mean**2 - edge**2 * mine
    if a <= 0:
        return Range(mean / base - 1, -inf, inf)
    width = sqrt(max(b**2 - a * c, 0.0))
    return Range(mean / base - 1, (b - width) / a - 1, (b + width) / a - 1)
