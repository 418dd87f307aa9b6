"""What can be wrong with a question about customers, as data a language layer can word.

Each is an `InputError` with a plain English message; its attributes let the assistant say the same
in another language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rapidfuzz import fuzz, process, utils

from segmentation.types import InputError, NotInData

__all__ = ["BadArgument", "NoForecast", "NotLoaded", "UnknownName", "nearest"]

SHOWN = 12


def nearest(given: str, valid: Sequence[str], n: int = 3, cutoff: float = 55.0) -> tuple[str, ...]:
    """The names in `valid` that look most like `given`, best first."""
    found = process.extract(
        given,
        valid,
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        limit=n,
        score_cutoff=cutoff,
    )
    return tuple(str(name) for name, _, _ in found)


class UnknownName(InputError):
    """A metric, field, operator, value, segment or customer that does not exist here.

    Args:
        kind: what was asked for: `metric`, `field`, `split`, `operator`, `segment`, `customer`,
            or the field whose value is unknown (`country`).
        given: what the user wrote.
        valid: every name that would do; the message shows the nearest first, then some more.
    """

    def __init__(self, kind: str, given: object, valid: Sequence[str], *, where: str = "") -> None:
        self.kind, self.given, self.valid = kind, str(given), tuple(valid)
        self.nearest = nearest(self.given, self.valid)
        rest = [name for name in self.valid if name not in self.nearest]
        self.shown = (*self.nearest, *rest[: max(0, SHOWN - len(self.nearest))])
        self.more = len(self.valid) - len(self.shown)
        super().__init__(f"There is no {kind} '{self.given}'", where=where, fix=self._advice())

    def _advice(self) -> str:
        hint = f"Did you mean {' or '.join(self.nearest)}? " if self.nearest else ""
        more = f" and {self.more} more" if self.more else ""
        return f"{hint}Valid: {', '.join(self.shown)}{more}."


class BadArgument(InputError):
    """A value of the wrong shape.

    Args:
        name: the argument or field.
        given: what came.
        wanted: what would be right: `number`, `date`, `day`, `pair`, `positive`, `order`, ...
    """

    WANTED: ClassVar[dict[str, str]] = {
        "number": "a number",
        "date": "an ISO date such as 2011-09-30, a month such as 2011-09, or a pair of them",
        "day": "an ISO date such as 2011-09-30",
        "pair": "a pair: [from, to]",
        "flag": "true or false",
        "positive": "a whole number of at least 1",
        "order": "asc or desc",
        "filter": "{field, op, value}",
        "text": "a text",
        "lift": "a lift above 0 as a share, such as 0.1 for 10%",
        "power": "a chance from 0.5 to 0.99",
        "window": "a whole number of days from 1 to 366",
    }

    def __init__(self, name: str, given: object, wanted: str) -> None:
        self.name, self.given, self.wanted = name, str(given), wanted
        super().__init__(
            f"'{self.given}' does not fit {name}", fix=f"Give {self.WANTED.get(wanted, wanted)}."
        )


class NotLoaded(NotInData):
    """The question needs a kind of data that this workspace does not have.

    Args:
        table: the canonical table, or `categories`, `purchases` (among the events), `ratings`,
            `texts`.
        metric: what was asked for.
    """

    NOUNS: ClassVar[dict[str, str]] = {
        "orders": "orders",
        "events": "browsing events",
        "reviews": "reviews",
        "products": "products",
        "customers": "customer profiles",
        "categories": "product categories",
        "purchases": "purchases among the browsing events",
        "ratings": "ratings among the reviews",
        "texts": "product names, categories, searches or reviews",
    }

    def __init__(self, table: str, metric: str) -> None:
        self.table, self.metric = table, metric
        super().__init__(
            f"No {self.NOUNS.get(table, table)} were loaded, so {metric} cannot be computed",
            fix=f"Build again with {self.NOUNS.get(table, table)}, or ask for another metric.",
        )


class NoForecast(NotInData):
    """The data are too little, or not of the kind, to say what customers will do.

    Args:
        metric: what was asked for.
        reason: why not, as the notes of a valuation (value/fit.py) name it, and its values.
    """

    INSTEAD: ClassVar[dict[str, str]] = {
        "repeat_probability": "repeat_rate",
        "expected_orders": "orders_per_customer",
        "expected_value": "lifetime_value",
    }
    """Forecast → the metric that says what was."""

    REASONS: ClassVar[dict[str, str]] = {
        "few_repeaters": "{repeaters} of {customers} customers bought on two days or more, and "
        "{needed} are needed",
        "short_history": "the orders span {days} days, and {needed} are needed",
        "few_payers": "{payers} customers who came back paid anything, and {needed} are needed",
        "spend_follows_frequency": "how much customers spend goes with how often they buy "
        "(correlation {correlation:.2f}, at most {limit} is allowed)",
        "heavy_tail": "a few customers spend so much that there is no typical spend",
        "no_library": "pymc-marketing cannot be loaded here",
    }

    def __init__(self, metric: str, reason: str, values: Mapping[str, Any]) -> None:
        self.metric, self.reason, self.values = metric, reason, dict(values)
        super().__init__(
            f"{metric} cannot be foretold: {self.REASONS[reason].format(**self.values)}",
            fix=f"Ask for {self.INSTEAD[metric]}, which looks back.",
        )
