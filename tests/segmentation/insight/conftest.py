"""The small shop of doubles/shop.py, opened."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def frames(shop):
    return shop.frames()


@pytest.fixture(scope="session")
def base(shop, frames):
    return shop.open_base(frames)
