"""Clouds with and without groups in them, for planted.py. No book has a kind of another one.

`TUNED` kinds were looked at while the rule was made. `ONCE_UNSEEN` ones were written before they
were looked at; three of them were then called groups, and the rule was changed. `UNSEEN` ones were
written before that change and scored once, after it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["ONCE_UNSEEN", "PLANTED", "TUNED", "UNSEEN", "cdnow_rfm", "planted"]

DATA = Path(__file__).resolve().parents[2] / "shared/data"
PLANTED = ("clear", "noise columns", "heavy tails", "unequal sizes", "unequal shapes", "overlap")
"""All but the last are well separated: at least six standard deviations between centres."""
TUNED: dict[str, Callable[[np.random.Generator], np.ndarray]] = {}
ONCE_UNSEEN: dict[str, Callable[[np.random.Generator], np.ndarray]] = {}
UNSEEN: dict[str, Callable[[np.random.Generator], np.ndarray]] = {}


def planted(kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, d) points of 3 to 8 groups in 2 to 40 dimensions, and their group from 1."""
    g = np.random.default_rng([seed, PLANTED.index(kind), 7])
    k, d = int(g.integers(3, 9)), int(g.choice([2, 3, 5, 8, 12, 20, 40]))
    n = int(g.integers(400, 1500))
    apart = {"heavy tails": (9, 13), "unequal shapes": (8, 11), "overlap": (2.5, 4.5)}
    centres = _centres(g, k, d, g.uniform(*apart.get(kind, (6, 10))))
    shares = g.dirichlet(np.full(k, 3.0 if kind == "unequal sizes" else 30.0)).clip(0.07)
    truth = g.choice(k, n, p=shares / shares.sum())
    noise = g.normal(size=(n, d))
    if kind == "heavy tails":
        noise /= np.sqrt(g.chisquare(4, size=(n, 1)) / 4)
    if kind == "unequal shapes":
        noise *= g.uniform(0.4, 1.3, size=(k, d))[truth]
    points = centres[truth] + noise
    if kind == "noise columns":
        points = np.hstack([points, g.normal(size=(n, int(g.integers(2, 2 * d + 4))))])
    return points.astype(np.float32), (truth + 1).astype(np.int32)


def _centres(g: np.random.Generator, k: int, d: int, apart: float) -> np.ndarray:
    """Centres of which the nearest two are `apart`, and none far closer than the others."""
    for _ in range(2000):
        centres = g.normal(size=(k, d))
        upper = np.triu_indices(k, 1)
        distances = np.linalg.norm(centres[:, None] - centres, axis=2)[upper]
        if distances.min() > 0.35 * np.median(distances):
            break
    return centres * apart / distances.min()


def cdnow_rfm() -> np.ndarray:
    """(2357, 3) log1p recency, frequency, money before 1997-10-01, standardised."""
    lines = pd.read_csv(
        DATA / "cdnow/CDNOW_sample.txt",
        sep=r"\s+",
        names=["master", "customer", "date", "discs", "dollars"],
    )
    lines["date"] = pd.to_datetime(lines.date.astype(str))
    known = lines[lines.date < "1997-10-01"].groupby("customer")
    recency = (pd.Timestamp("1997-10-01") - known.date.max()).dt.days
    return _standard(np.log1p(np.c_[recency, known.size(), known.dollars.sum()]))


def _standard(rows: np.ndarray) -> np.ndarray:
    spread = rows.std(axis=0)
    return (rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1)


def _size(g: np.random.Generator, least: int = 2, most: int = 100) -> tuple[int, int]:
    """Rows (200 to 5,000) and columns, both log-uniform."""
    n = int(np.exp(g.uniform(np.log(200), np.log(5000))))
    return n, int(np.exp(g.uniform(np.log(least), np.log(most + 1))))


def _mixing(g: np.random.Generator, d: int, low: float = 0.4) -> np.ndarray:
    """(d, d): what makes independent columns correlated, strongly where `low` is small."""
    return g.normal(size=(d, d)) * g.uniform(low, 1) ** np.arange(d)


def _kind(book: dict[str, Callable[[np.random.Generator], np.ndarray]]) -> Callable:
    def add(function: Callable[[np.random.Generator], np.ndarray]) -> Callable:
        book[function.__name__] = function
        return function

    return add


@_kind(TUNED)
def uniform_box(g: np.random.Generator) -> np.ndarray:
    return g.uniform(size=_size(g))


@_kind(TUNED)
def uniform_box_of_unequal_sides(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g)
    return g.uniform(size=(n, d)) * g.lognormal(0, 0.7, size=d)


@_kind(TUNED)
def uniform_ball(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g)
    rows = g.normal(size=(n, d))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True) * g.uniform(size=(n, 1)) ** (1 / d)


@_kind(TUNED)
def uniform_sphere(g: np.random.Generator) -> np.ndarray:
    rows = g.normal(size=_size(g, 5))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@_kind(TUNED)
def normal(g: np.random.Generator) -> np.ndarray:
    return g.normal(size=_size(g))


@_kind(TUNED)
def normal_correlated(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g)
    return g.normal(size=(n, d)) @ _mixing(g, d)


@_kind(TUNED)
def student_correlated(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g)
    freedom = g.uniform(3, 8)
    rows = g.normal(size=(n, d)) @ _mixing(g, d)
    return rows / np.sqrt(g.chisquare(freedom, size=(n, 1)) / freedom)


@_kind(TUNED)
def lognormal(g: np.random.Generator) -> np.ndarray:
    return g.lognormal(0, g.uniform(0.3, 1), size=_size(g))


@_kind(TUNED)
def lognormal_correlated(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g)
    rows = g.normal(size=(n, d)) + g.normal(size=(n, 1)) * g.uniform(0.3, 1.5)
    return _standard(np.exp(rows / 2))


@_kind(TUNED)
def permuted_rfm(g: np.random.Generator) -> np.ndarray:
    rows = cdnow_rfm()
    drawn = rows[g.choice(len(rows), int(g.integers(500, len(rows))), replace=False)]
    return g.permuted(drawn, axis=0)


@_kind(TUNED)
def poisson(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g, 2, 40)
    return _standard(g.poisson(g.uniform(0.5, 6, size=d), size=(n, d)).astype(float))


@_kind(TUNED)
def poisson_logs(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g, 2, 40)
    return _standard(np.log1p(g.poisson(g.uniform(0.5, 6, size=d), size=(n, d))))


@_kind(TUNED)
def mostly_zero(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g, 5, 60)
    return g.gamma(2, 1, size=(n, d)) * (g.uniform(size=(n, d)) < g.uniform(0.1, 0.5, size=d))


@_kind(TUNED)
def exponential(g: np.random.Generator) -> np.ndarray:
    return g.exponential(size=_size(g))


@_kind(ONCE_UNSEEN)
def laplace_mixed(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g)
    return g.laplace(size=(n, d)) @ _mixing(g, d, 0.5)


@_kind(ONCE_UNSEEN)
def uniform_box_turned(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g)
    return g.uniform(size=(n, d)) @ np.linalg.qr(g.normal(size=(d, d)))[0]


@_kind(ONCE_UNSEEN)
def uniform_box_sheared(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g)
    return g.uniform(size=(n, d)) @ _mixing(g, d, 0.5)


@_kind(ONCE_UNSEEN)
def beta_columns(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g)
    return g.beta(g.uniform(1, 4, size=d), g.uniform(1, 6, size=d), size=(n, d))


@_kind(ONCE_UNSEEN)
def dirichlet(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g, 3, 30)
    return g.dirichlet(np.full(d, g.uniform(1, 5)), size=n)


@_kind(ONCE_UNSEEN)
def counts_of_one_rate(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g, 2, 40)
    return _standard(np.log1p(g.poisson(g.gamma(2, 0.5, size=(n, 1)) * g.uniform(0.5, 5, size=d))))


@_kind(ONCE_UNSEEN)
def few_factors(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g, 10)
    factors = int(g.integers(1, 4))
    return 2 * g.normal(size=(n, factors)) @ g.normal(size=(factors, d)) + g.normal(size=(n, d))


@_kind(ONCE_UNSEEN)
def yes_or_no(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g, 8, 60)
    return (g.uniform(size=(n, d)) < g.uniform(0.1, 0.9, size=d)).astype(float)


@_kind(ONCE_UNSEEN)
def skewed_correlated(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g)
    rows = g.normal(size=(n, d)) @ _mixing(g, d, 0.5)
    return rows + np.abs(rows) / 2


@_kind(ONCE_UNSEEN)
def mixed_columns(g: np.random.Generator) -> np.ndarray:
    n, _ = _size(g)
    parts = [
        g.normal(size=(n, 4)), g.exponential(size=(n, 3)),
        g.poisson(2, size=(n, 3)), g.uniform(size=(n, 3)),
    ]  # fmt: skip
    return _standard(np.hstack(parts))


@_kind(ONCE_UNSEEN)
def buyers_of_gamma_rates(g: np.random.Generator) -> np.ndarray:
    """Recency, frequency and money of customers who buy at rates of one gamma distribution."""
    n, _ = _size(g)
    orders = g.poisson(g.gamma(0.55, 1 / 10.6, size=n) * 39) + 1
    last = np.where(orders > 1, 39 * g.beta(orders, 1), 0)
    recency, money = 39 - last + g.exponential(3, size=n), g.gamma(2, 20, size=n) * orders
    return _standard(np.log1p(np.c_[recency, orders, money]))


@_kind(ONCE_UNSEEN)
def very_heavy_tails(g: np.random.Generator) -> np.ndarray:
    return np.clip(g.standard_t(2, size=_size(g)), -10, 10)


@_kind(UNSEEN)
def two_scales(g: np.random.Generator) -> np.ndarray:
    """A narrow and a wide normal cloud around one centre."""
    n, d = _size(g)
    wide = g.uniform(size=(n, 1)) < g.uniform(0.2, 0.8)
    return g.normal(size=(n, d)) * np.where(wide, g.uniform(2, 4), 1)


@_kind(UNSEEN)
def simplex_turned(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g, 2, 20)
    corners = g.normal(size=(d + 1, d))
    return g.dirichlet(np.ones(d + 1), size=n) @ corners


@_kind(UNSEEN)
def thick_shell(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g, 6)
    rows = g.normal(size=(n, d))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows * g.uniform(0.8, 1.2, size=(n, 1))


@_kind(UNSEEN)
def ellipsoid(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g)
    rows = g.normal(size=(n, d))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows * g.uniform(size=(n, 1)) ** (1 / d) @ (g.normal(size=(d, d)))


@_kind(UNSEEN)
def clayton_copula(g: np.random.Generator) -> np.ndarray:
    """Uniform margins tied in the lower tail (gamma frailty)."""
    n, d = _size(g, 2, 30)
    theta = g.uniform(0.5, 3)
    frailty = g.gamma(1 / theta, size=(n, 1))
    return (1 + g.exponential(size=(n, d)) / frailty) ** (-1 / theta)


@_kind(UNSEEN)
def five_point_answers(g: np.random.Generator) -> np.ndarray:
    """Correlated normals cut into answers from 1 to 5."""
    n, d = _size(g, 4, 40)
    rows = g.normal(size=(n, d)) + g.uniform(0.3, 1.2) * g.normal(size=(n, 1))
    return _standard(np.digitize(rows, [-1.5, -0.5, 0.5, 1.5]).astype(float))


@_kind(UNSEEN)
def logistic_normal_shares(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g, 3, 40)
    rows = np.exp(g.normal(size=(n, d)) * g.uniform(0.3, 1))
    return rows / rows.sum(axis=1, keepdims=True)


@_kind(UNSEEN)
def negative_binomial(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g, 2, 40)
    return _standard(g.negative_binomial(g.uniform(0.8, 5), 0.3, size=(n, d)).astype(float))


@_kind(UNSEEN)
def pareto_logs(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g)
    return _standard(np.log1p(g.pareto(g.uniform(1.5, 4), size=(n, d))))


@_kind(UNSEEN)
def cone(g: np.random.Generator) -> np.ndarray:
    """Wider the farther along the first axis."""
    n, d = _size(g, 3, 60)
    along = g.uniform(size=(n, 1)) ** 0.5
    return np.hstack([along * 2, along * g.normal(size=(n, d - 1)) / 2])


@_kind(UNSEEN)
def permuted_tumours_or_diabetes(g: np.random.Generator) -> np.ndarray:
    from sklearn.datasets import load_breast_cancer, load_diabetes

    rows = _standard((load_breast_cancer if g.uniform() < 0.5 else load_diabetes)().data)
    return g.permuted(rows, axis=0)


@_kind(UNSEEN)
def gamma_rates_many_products(g: np.random.Generator) -> np.ndarray:
    """Baskets of one popularity law, log shares."""
    n, d = _size(g, 5, 60)
    rate = g.gamma(2, 3, size=(n, 1))
    popularity = g.dirichlet(np.full(d, 1.0)) * d
    return _standard(np.log1p(g.poisson(rate * popularity)))


@_kind(UNSEEN)
def half_ball_turned(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g, 2, 40)
    rows = g.normal(size=(n, d))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows *= g.uniform(size=(n, 1)) ** (1 / d)
    rows[:, 0] = np.abs(rows[:, 0])
    return rows @ np.linalg.qr(g.normal(size=(d, d)))[0]


@_kind(UNSEEN)
def independent_students(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g)
    return g.standard_t(3, size=(n, d))


@_kind(UNSEEN)
def spread_of_slopes(g: np.random.Generator) -> np.ndarray:
    """Heteroscedastic line: noise grows with size, log-normal size."""
    n, d = _size(g, 2, 30)
    big = g.normal(size=(n, 1))
    return _standard(np.exp(big / 3) * (1 + g.normal(size=(n, d)) / 3))


@_kind(UNSEEN)
def rounded_normal(g: np.random.Generator) -> np.ndarray:
    n, d = _size(g, 2, 30)
    return np.round(g.normal(size=(n, d)) * g.uniform(1, 4))
