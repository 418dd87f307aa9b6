"""How large a control group must be, and what a test of given groups can show. Arithmetic only.

Shares: the two-sided test of two proportions, pooled variance where there is no difference, its own
where there is one (statsmodels; Fleiss, Levin & Paik, Statistical Methods for Rates and
Proportions, ch. 4). Means: Welch's test by the noncentral t (Moser, Stevens & Watts, Communications
in Statistics 1989). Lifts are relative: 0.1 is a tenth more than without the campaign.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Literal

from segmentation.insight.evidence.significance import FEWEST_TESTED, LEVEL

__all__ = ["Measured", "detectable_lift", "fewest_control", "power_of", "smallest_control"]

FEWEST_BUYERS = 5
"""In the control group, so that the normal curve fits (Cochran, Biometrics 1954)."""
LARGEST_LIFT = 10.0
STEPS = 40
SURE = 6.0
"""Differences of so many standard errors are as good as always found; the noncentral t is not
computed reliably beyond."""


@dataclass(frozen=True)
class Measured:
    """What one customer does without a campaign.

    Args:
        kind: `share` of yes, or `mean`.
        mean, deviation: between customers, of those it is known for.
        observed: share of the customers it is known for: who buy, for what only an order has.
    """

    kind: Literal["share", "mean"]
    mean: float
    deviation: float
    observed: float = 1.0

    @property
    def highest(self) -> float:
        """The largest lift there can be: everybody buys."""
        return 1 / self.mean - 1 if self.kind == "share" else LARGEST_LIFT


def power_of(measured: Measured, lift: float, control: float, mailed: float) -> float:
    """The chance that a two-sided test at LEVEL finds `lift` between groups of these sizes.

    0 where fewer than FEWEST_TESTED in a group have a number to compare the means of.
    """
    own, others = mailed * measured.observed, control * measured.observed
    if min(own, others) < (2 if measured.kind == "share" else FEWEST_TESTED):
        return 0.0
    if not measured.mean > 0:
        return 0.0
    if measured.kind == "share":
        return _power_of_shares(measured.mean, min(lift, measured.highest), own, others)
    # More buyers raise the variance with the mean, larger orders with its square.
    ratio = (1 + lift) ** (1 if measured.observed == 1 else 2)
    return _power_of_means(measured.mean * lift, measured.deviation, ratio, own, others)


def _power_of_shares(share: float, lift: float, own: float, others: float) -> float:
    from statsmodels.stats.proportion import power_proportions_2indep

    difference = min(share * lift, 1 - share - 1e-9)
    return float(
        power_proportions_2indep(
            difference, share, own, ratio=others / own, alpha=LEVEL, return_results=False
        )
    )


def _power_of_means(
    difference: float, deviation: float, ratio: float, own: float, others: float
) -> float:
    """`ratio` is the variance of the mailed over that of the control group."""
    from scipy.stats import nct, norm, t

    mine, theirs = ratio * deviation**2 / own, deviation**2 / others
    if not mine + theirs > 0:
        return 1.0
    freedom = (mine + theirs) ** 2 / (mine**2 / (own - 1) + theirs**2 / (others - 1))
    away, edge = difference / sqrt(mine + theirs), float(t.ppf(1 - LEVEL / 2, freedom))
    if away > SURE:
        return float(norm.cdf(away - edge))
    return float(nct.sf(edge, freedom, away) + nct.cdf(-edge, freedom, away))


def fewest_control(measured: Measured, people: int) -> int:
    """The smallest control group worth having, whatever the power; at most half of `people`."""
    enough = FEWEST_TESTED / max(measured.observed, 1e-9)
    if measured.kind == "share" and measured.mean > 0:
        enough = max(enough, FEWEST_BUYERS / measured.mean)
    return min(people // 2, ceil(enough))


def smallest_control(measured: Measured, lift: float, power: float, people: int) -> int | None:
    """The fewest of `people` to hold out so that `lift` shows with `power`, all others mailed.

    None where not even half of them is enough.
    """

    def enough(control: float) -> bool:
        return power_of(measured, lift, round(control), people - round(control)) >= power

    half, fewest = people // 2, fewest_control(measured, people)
    if not enough(half):
        return None
    return fewest if enough(fewest) else round(_first(enough, fewest, half, whole=True))


def detectable_lift(
    measured: Measured, control: float, mailed: float, power: float
) -> float | None:
    """The smallest lift that groups of these sizes show with `power`; None where none would."""

    def shows(lift: float) -> bool:
        return power_of(measured, lift, control, mailed) >= power

    if not measured.mean > 0 or not shows(measured.highest):
        return None
    return _first(shows, 0.0, measured.highest)


def _first(holds: Callable[[float], bool], low: float, high: float, whole: bool = False) -> float:
    """Where `holds` begins to hold between `low`, where it does not, and `high`, where it does."""
    for _ in range(STEPS):
        if whole and high - low <= 1:
            break
        middle = (low + high) // 2 if whole else (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
