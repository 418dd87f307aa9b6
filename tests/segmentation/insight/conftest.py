"""The small shop of shop.py, and Online Retail where it is at hand."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


def load_shop():
    """The module shop.py beside this file."""
    path = Path(__file__).with_name("shop.py")
    spec = importlib.util.spec_from_file_location("small_shop", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def shop():
    """The module: `frames()`, `open_base(...)`."""
    return load_shop()


@pytest.fixture(scope="session")
def frames(shop):
    return shop.frames()


@pytest.fixture(scope="session")
def base(shop, frames):
    return shop.open_base(frames)
