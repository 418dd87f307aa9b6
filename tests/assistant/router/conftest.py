"""A made-up shop, and a router fitted once with an encoder that needs no weights."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from assistant.router.catalogue import Catalogue
from assistant.router.router import Router
from segmentation.types import FloatMatrix, Progress, silent


class HashingEncoder:
    """Words to fixed random directions: deterministic, instant, knows nothing of meaning."""

    name = "hashing"
    digest = "hashing-64"
    dim = 64

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> FloatMatrix:
        rows = np.stack([self._vector(text) for text in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def _vector(self, text: str) -> np.ndarray:
        words = re.findall(r"\w+", text.lower()) or ["nothing"]
        return np.sum([_direction(word) for word in words], axis=0)


def _direction(word: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).normal(size=64)


@pytest.fixture(scope="session")
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """Five segments, the first two with names; data ends on 9 December 2011."""
    return Catalogue(
        customers=frozenset(str(n) for n in range(20001, 20101)),
        segments={
            1: "Loyal Regulars",
            2: "Bargain Hunters",
            3: "Segment 3",
            4: "Segment 4",
            5: "Segment 5",
        },
        fields={
            "country": ("EIRE", "France", "Germany", "RSA", "Spain", "USA", "United Kingdom"),
            "channel": ("email", "instagram", "paid search"),
            "age_band": ("18-24", "25-34"),
        },
        products=frozenset({"RED RETROSPOT CAKE STAND", "SET OF THREE CAKE TINS", "PARTY BUNTING"}),
        categories=("Home & Garden", "Kitchen", "Toys"),
        last_day=date(2011, 12, 9),
        sizes={1: 50, 2: 40, 3: 30, 4: 20, 5: 10},
    )


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the classifier of `router` is kept."""
    return tmp_path_factory.mktemp("fitted")


@pytest.fixture(scope="session")
def router(catalogue: Catalogue, encoder: HashingEncoder, fitted: Path) -> Router:
    return Router.of(catalogue, encoder, fitted)
