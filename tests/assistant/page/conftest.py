"""The scripted assistant, for tests of the page without a browser."""

import importlib.util
from pathlib import Path

import pytest

from assistant.settings import quieten_libraries

quieten_libraries()


@pytest.fixture(scope="session")
def scripted():
    """The module tests/doubles/scripted.py."""
    path = Path(__file__).parents[2] / "doubles" / "scripted.py"
    spec = importlib.util.spec_from_file_location("scripted", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def assistant(scripted):
    return scripted.ScriptedAssistant()


@pytest.fixture
def session(scripted, assistant):
    return scripted.session(assistant)
