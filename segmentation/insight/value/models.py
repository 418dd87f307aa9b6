"""How often customers will buy again and for how much, foretold from when they bought: the models.

BG/NBD for when (Fader, Hardie & Lee, Marketing Science 2005), Gamma-Gamma for how much (Fader &
Hardie, note 025, 2013), both fitted by pymc-marketing at the maximum of the posterior under its
default priors. Which shops allow this, and what becomes of the others, is in value.py.

A transaction is a day on which a customer bought: several orders of one day are one. Time is
counted in weeks, the unit that the default priors are made for. A transaction is worth the
customer's revenue net of returns / transactions, the first one included, and at least nothing.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.sampling import sample_rows

__all__ = ["WEEK", "Models", "fit_models", "histories"]

Array = NDArray[np.float64]

WEEK = 7  # days
MOST_FITTED = 10_000
"""Customers that parameters are fitted to; a seeded sample where there are more."""

DRAWS = 100
"""Futures drawn of each customer, to see how far they spread."""

CUSTOMERS_AT_ONCE = 5_000
EDGE = 1e-6


def histories(days: pd.DataFrame, end: date) -> pd.DataFrame:
    """What the models need of each customer who bought, ascending by id.

    Args:
        days: `customer_id, day, net, bought`: one row per customer and day with an order line;
            revenue net of returns, and whether something was bought.
        end: the last day that was observed.

    Returns:
        frequency (days bought on after the first), recency (weeks from first to last), T (weeks
        from first to `end`), transactions, monetary_value (net revenue per transaction, >= 0).
    """
    bought = days[days["bought"]].groupby("customer_id")["day"].agg(["count", "min", "max"])
    # Sums of what was bought and brought back must come to nothing, not to a rounding error.
    net = days.groupby("customer_id")["net"].sum().round(6).reindex(bought.index)
    found = pd.DataFrame(index=bought.index)
    found["frequency"] = (bought["count"] - 1).astype(float)
    found["recency"] = (bought["max"] - bought["min"]).dt.days / WEEK
    found["T"] = (pd.Timestamp(end) - bought["min"]).dt.days / WEEK
    found["transactions"] = bought["count"].astype(float)
    found["monetary_value"] = net.clip(lower=0) / found["transactions"]
    return found.sort_index()


@dataclass(frozen=True)
class Models:
    """Fitted models. `customers` below is a frame as `histories` makes it.

    Args:
        purchases: pymc-marketing's BetaGeoModel.
        spend: its GammaGammaModel, of money / `scale`; None where spend was not fitted.
        scale: the mean transaction, by which money is divided: the fit starts at one.
    """

    purchases: Any
    spend: Any
    scale: float

    @property
    def parameters(self) -> dict[str, float]:
        """r, alpha (weeks), a, b of BG/NBD; p, q, v (money) of Gamma-Gamma where fitted."""
        found = {name: _parameter(self.purchases, name) for name in ("r", "alpha", "a", "b")}
        if self.spend is not None:
            found |= {name: _parameter(self.spend, name) for name in ("p", "q", "v")}
            found["v"] *= self.scale
        return found

    def orders(self, customers: pd.DataFrame, days: int) -> Array:
        """(n,) transactions expected in the next `days`: equation 10 of Fader, Hardie & Lee."""
        found = _flat(self.purchases.expected_purchases(_rows(customers), future_t=days / WEEK))
        return np.maximum(found, 0.0)

    def repeat(self, customers: pd.DataFrame, days: int) -> Array:
        """(n,) probability of at least one transaction in the next `days`.

        The chance of still being there times that of not waiting longer: lambda is Gamma(r + x,
        alpha + T) then. pymc-marketing's expected_probability_no_purchase is not used: it takes
        customers without a repeat for gone with some chance, which BG/NBD excludes.
        """
        known, x = self.parameters, customers["frequency"].to_numpy()
        age = known["alpha"] + customers["T"].to_numpy()
        waits = (age / (age + days / WEEK)) ** (known["r"] + x)
        found: Array = self.alive(customers) * (1 - waits)
        return found

    def alive(self, customers: pd.DataFrame) -> Array:
        """(n,) probability of not having left for good: 1 for those without a repeat."""
        return _flat(self.purchases.expected_probability_alive(_rows(customers)))

    def worth(self, customers: pd.DataFrame) -> Array:
        """(n,) money expected of one transaction: equation 5 of Fader & Hardie."""
        rows = _rows(customers).assign(
            frequency=customers["transactions"].to_numpy(),
            monetary_value=customers["monetary_value"].to_numpy() / self.scale,
        )
        return _flat(self.spend.expected_customer_spend(rows)) * self.scale

    def orders_sd(self, customers: pd.DataFrame, days: int, seed: int = 0) -> Array:
        """(n,) standard deviation of those transactions, from seeded draws."""
        alive = self.alive(customers)
        known, rng = self.parameters, np.random.default_rng(seed)
        found = np.empty(len(customers))
        for start in range(0, len(customers), CUSTOMERS_AT_ONCE):
            part = slice(start, start + CUSTOMERS_AT_ONCE)
            drawn = _futures(customers.iloc[part], alive[part], known, days / WEEK, rng)
            found[part] = drawn.std(axis=0)
        return found

    def value_sd(self, customers: pd.DataFrame, orders: Array, orders_sd: Array) -> Array:
        """(n,) standard deviation of the money, given mean and deviation of the transactions.

        A transaction is Gamma(p, rate nu), and nu is Gamma(q + p n, rate v + n m) for a customer
        with n transactions of m on average; transactions and nu are independent.
        """
        known = self.parameters
        n, mean = customers["transactions"].to_numpy(), customers["monetary_value"].to_numpy()
        shape, rate = known["q"] + known["p"] * n, known["v"] + n * mean
        inverse = rate / np.maximum(shape - 1, 0.1)
        square = inverse * rate / np.maximum(shape - 2, 0.1)
        p, second = known["p"], orders_sd**2 + orders**2
        variance = orders * p * square + p**2 * (second * square - (orders * inverse) ** 2)
        found: Array = np.sqrt(np.maximum(variance, 0.0))
        return found


def fit_models(customers: pd.DataFrame, *, with_spend: bool = True, seed: int = 0) -> Models:
    """Both models fitted to customers as `histories` makes them; spend to those who paid.

    Raises:
        ImportError, OSError: pymc-marketing cannot be loaded here.
    """
    known = customers.iloc[sample_rows(len(customers), MOST_FITTED, seed)]
    paid = known[known["monetary_value"] > 0]
    scale = float(paid["monetary_value"].mean()) if with_spend else 1.0
    with _quiet_python():
        from pymc_marketing.clv import BetaGeoModel, GammaGammaModel

        purchases, spend = BetaGeoModel(), GammaGammaModel() if with_spend else None
        purchases.fit(_rows(known), method="map", progressbar=False, seed=seed)
        _keep_off_the_edge(purchases)
        if spend is not None:
            rows = _rows(paid)[["customer_id"]].assign(
                frequency=paid["transactions"].to_numpy(),
                monetary_value=paid["monetary_value"].to_numpy() / scale,
            )
            spend.fit(rows, method="map", progressbar=False, seed=seed)
    return Models(purchases, spend, scale)


@contextmanager
def _quiet_python() -> Iterator[None]:
    """PyTensor without a compiler, and imports that do not announce their plans.

    Its quick mode rewrites little and runs on numpy: for one fit, compiling costs more than it
    saves.
    """
    logging.getLogger("pymc").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"\s*ArviZ is undergoing a major", FutureWarning)
        import pymc_marketing.clv  # noqa: F401
        from pytensor.configdefaults import config

        with config.change_flags(mode="FAST_COMPILE", cxx=""):
            yield


def _keep_off_the_edge(purchases: Any) -> None:
    """a + b above one: at one, where the prior of their sum ends, the expectation is 0 / 0.

    Shops whose customers never leave for good are fitted there; a millionth does not change it.
    """
    found = purchases.fit_result
    least = 1 + EDGE - _parameter(purchases, "a")
    found["b"] = found["b"].clip(min=least)


def _rows(customers: pd.DataFrame) -> pd.DataFrame:
    """The customers as pymc-marketing takes them."""
    rows = customers[["frequency", "recency", "T"]].reset_index(drop=True)
    return rows.assign(customer_id=np.arange(len(rows)))


def _flat(found: Any) -> Array:
    """(n,) of what pymc-marketing finds for its one draw, the maximum."""
    values: Array = np.asarray(found.squeeze(("chain", "draw")).to_numpy(), dtype=np.float64)
    return values


def _parameter(model: Any, name: str) -> float:
    return float(model.fit_result[name].item())


def _futures(
    customers: pd.DataFrame,
    alive: Array,
    known: dict[str, float],
    weeks: float,
    rng: np.random.Generator,
) -> Array:
    """(DRAWS, n) transactions in the coming weeks, drawn from what is believed of each customer.

    Who is still there has a rate that is Gamma(r + x, alpha + T) and, after each transaction,
    leaves with a chance that is Beta(a, b + x).
    """
    x, age = customers["frequency"].to_numpy(), customers["T"].to_numpy()
    shape = (DRAWS, len(customers))
    rate = rng.gamma(known["r"] + x, 1 / (known["alpha"] + age), shape)
    leaves = rng.beta(known["a"], known["b"] + x, shape)
    bought = rng.poisson(rate * weeks)
    with np.errstate(divide="ignore"):
        last = np.maximum(np.ceil(np.log(rng.random(shape)) / np.log1p(-leaves)), 1)
    found: Array = np.where(rng.random(shape) < alive, np.minimum(bought, last), 0.0)
    return found
