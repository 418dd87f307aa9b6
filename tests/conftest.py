"""What holds for every test: quiet libraries, as for a user; and the small shop that many open."""

import importlib.util
from pathlib import Path

import pytest

from assistant.settings import quieten_libraries

quieten_libraries()


@pytest.fixture(scope="session")
def shop():
    """The module doubles/shop.py: `frames()`, `open_base(...)`."""
    path = Path(__file__).parent / "doubles" / "shop.py"
    spec = importlib.util.spec_from_file_location("small_shop", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
