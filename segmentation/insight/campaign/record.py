"""A campaign's plan as a record: what was asked for, what it rests on, who is in which group.

Kept as `campaigns/<id>.json` in the workspace, so that it can be read back when the campaign is
over. How a plan is made is in `campaign.py`.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from segmentation.insight.campaign.power import Measured, detectable_lift, fewest_control, power_of
from segmentation.insight.errors import UnknownName
from segmentation.types import InputError
from store.files import replace_file

__all__ = [
    "YARDSTICKS",
    "Aim",
    "Baseline",
    "Campaign",
    "Range",
    "Yardstick",
    "keep_campaign",
    "open_campaign",
]

FORMAT = 1
FOLDER = "campaigns"
ID = re.compile(r"[A-Za-z0-9-]{1,80}")


@dataclass(frozen=True)
class Yardstick:
    """What a campaign is judged by.

    Args:
        metric: as in the contract.
        outcome: what it is of one customer in the window, see `happenings.OUTCOMES`.
        unit: `share`, `orders`, `items`, or `money` for the shop's currency.
        of_buyers: only who buys has it.
        capped: whether a customer counts up to a cap.
    """

    metric: str
    outcome: str
    unit: str
    of_buyers: bool = False
    capped: bool = False


YARDSTICKS = {
    one.metric: one
    for one in (
        Yardstick("repeat_rate", "bought", "share"),
        Yardstick("conversion_rate", "bought", "share"),
        Yardstick("customers", "bought", "share"),
        Yardstick("orders", "orders", "orders"),
        Yardstick("orders_per_customer", "orders", "orders"),
        Yardstick("revenue", "revenue", "money", capped=True),
        Yardstick("net_revenue", "net_revenue", "money", capped=True),
        Yardstick("lifetime_value", "net_revenue", "money", capped=True),
        Yardstick("average_order_value", "average_order_value", "money", True, True),
        Yardstick("items_per_order", "items_per_order", "items", True, True),
    )
}


@dataclass(frozen=True)
class Range:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float

    def __mul__(self, factor: float) -> Range:
        return Range(self.value * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True)
class Aim:
    """What was asked for, defaults filled in.

    Args:
        segment: an id.
        metric: one of YARDSTICKS.
        minimum_lift: the smallest relative lift that matters.
        power: the chance to find it.
        days: length of the window.
        name: the user's own, or empty.
    """

    segment: int
    metric: str
    minimum_lift: float
    power: float
    days: int
    name: str = ""

    @property
    def yardstick(self) -> Yardstick:
        return YARDSTICKS[self.metric]


@dataclass(frozen=True)
class Baseline:
    """What is to be expected of one customer of the audience in the window without a campaign.

    Args:
        expected: the yardstick, capped, and its prediction interval for the next window.
        deviation: of it between customers.
        quietest, busiest: its average in those earlier windows.
        cap: up to what a customer counts; None where nothing is capped.
        buying: share of the customers who buy.
        orders, revenue: uncapped; revenue is None where the data has no money.
        windows, period, seen: how many earlier windows, from when to when, and how many customers
            in them this rests on.
    """

    expected: Range
    deviation: float
    quietest: float
    busiest: float
    cap: float | None
    buying: float
    orders: Range
    revenue: Range | None
    windows: int
    period: str
    seen: int

    def measured(self, yardstick: Yardstick) -> Measured:
        """What questions of power ask for."""
        kind: Literal["share", "mean"] = "share" if yardstick.unit == "share" else "mean"
        seen = self.buying if yardstick.of_buyers else 1.0
        return Measured(kind, self.expected.value, self.deviation, seen)


@dataclass(frozen=True)
class Campaign:
    """A plan, complete enough to be read back later.

    Args:
        id: names the plan, and is the seed of the draw.
        snapshot, segment_name: what it was planned on; the name in English.
        start: first day of the window, an ISO date.
        control, mailed: ids; the control is the smallest that gives the power, or half.
    """

    id: str
    snapshot: str
    segment_name: str
    start: str
    aim: Aim
    baseline: Baseline
    control: tuple[str, ...]
    mailed: tuple[str, ...]

    @property
    def people(self) -> int:
        return len(self.control) + len(self.mailed)

    @cached_property
    def measured(self) -> Measured:
        """The yardstick without a campaign, as questions of power take it."""
        return self.baseline.measured(self.aim.yardstick)

    @cached_property
    def reached(self) -> float:
        """The chance that these groups show the minimum lift if it is real."""
        return self.chance(len(self.control))

    def chance(self, control: int) -> float:
        """The same with a control group of another size."""
        return power_of(self.measured, self.aim.minimum_lift, control, self.people - control)

    @property
    def is_enough(self) -> bool:
        return self.reached >= self.aim.power

    @cached_property
    def detectable(self) -> float | None:
        """The smallest lift that these groups show with the power asked for; None where none."""
        return self.shows(len(self.control))

    def shows(self, control: int) -> float | None:
        """The same with a control group of another size."""
        return detectable_lift(self.measured, control, self.people - control, self.aim.power)

    def shows_in(self, mean: float) -> float | None:
        """What these groups show where the yardstick is `mean` instead."""
        return detectable_lift(
            replace(self.measured, mean=mean), len(self.control), len(self.mailed), self.aim.power
        )

    @property
    def is_least(self) -> bool:
        """Whether the control is as small as a test allows, though less would do for the power."""
        return self.is_enough and len(self.control) == fewest_control(self.measured, self.people)

    def gain(self, per_customer: Range, people: int) -> Range:
        """What so many customers bring in more if they are mailed and the minimum lift is real."""
        return per_customer * (people * self.aim.minimum_lift)


def keep_campaign(root: Path, campaign: Campaign) -> Path:
    """Write a plan into the workspace at `root`; its file. Readable by its owner only."""
    folder = root / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{campaign.id}.json"
    record = {"format": FORMAT, **asdict(campaign)}
    replace_file(path, json.dumps(record, ensure_ascii=False, indent=1).encode())
    return path


def open_campaign(root: Path, code: str) -> Campaign:
    """The plan called `code`.

    Raises:
        UnknownName: there is none; it names those there are.
        InputError: it is damaged, or of a newer version.
    """
    path = root / FOLDER / f"{code}.json"
    if not ID.fullmatch(code) or not path.is_file():
        known = sorted(file.stem for file in (root / FOLDER).glob("*.json"))
        raise UnknownName("campaign", code, known)
    try:
        return _campaign(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        fix = "Plan the campaign again with the same arguments: the same question draws the same."
        raise InputError("This plan cannot be read", where=str(path), fix=fix) from error


def _campaign(record: dict[str, Any]) -> Campaign:
    if record.pop("format") != FORMAT:
        raise ValueError("another format")
    baseline = dict(record["baseline"])
    for name in ("expected", "orders", "revenue"):
        baseline[name] = Range(**baseline[name]) if baseline[name] else None
    groups = {name: tuple(map(str, record[name])) for name in ("control", "mailed")}
    told = {**record, **groups, "aim": Aim(**record["aim"]), "baseline": Baseline(**baseline)}
    found = Campaign(**told)
    if found.aim.metric not in YARDSTICKS or not found.control or not found.mailed:
        raise ValueError("no plan")
    return found
