"""What holds for every test: quiet libraries, as for a user; and the small shop that many open."""

import importlib.util
import sys
from pathlib import Path

import pytest

from assistant.settings import quieten_libraries

quieten_libraries()


@pytest.fixture(scope="session")
def shop():
    """The module doubles/shop.py: `frames()`, `open_base(...)`."""
    return _double("shop")


@pytest.fixture(scope="session")
def llm_server():
    """The module doubles/llm_server.py: `LlmServer(behaviour)`, behaviours and what they reply."""
    return _double("llm_server")


@pytest.fixture(scope="session")
def personal():
    """The module doubles/personal.py: personal data that no prompt may have."""
    return _double("personal")


@pytest.fixture(scope="session")
def _one_llm(llm_server):
    with llm_server.LlmServer(llm_server.scripted()) as server:
        yield server


@pytest.fixture
def llm(_one_llm, llm_server):
    """A double of a language model that fails until it is told to `behave` otherwise."""
    _one_llm.behave(llm_server.scripted())
    return _one_llm


_SCANNED = {"prompts": 0, "leaked": set()}


def pytest_sessionfinish(session):
    """Every prompt of the run is scanned for the personal data that tests plant in their shops."""
    server = sys.modules.get("doubles_llm_server")
    prompts = [str(body) for body in server.REQUESTS] if server else []
    found = _double("personal").found_in
    leaked = sorted({one for prompt in prompts for one in found(prompt)})
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["scanned"] = (len(prompts), leaked)
        return
    _tally(len(prompts), leaked)
    if _SCANNED["leaked"]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    _tally(*getattr(node, "workeroutput", {}).get("scanned", (0, ())))


def pytest_terminal_summary(terminalreporter):
    leaked = ", ".join(sorted(_SCANNED["leaked"])) or "none"
    told = f"{_SCANNED['prompts']} prompts scanned, planted personal data found: {leaked}"
    terminalreporter.write_line(told)


def _tally(prompts, leaked):
    _SCANNED["prompts"] += prompts
    _SCANNED["leaked"] |= set(leaked)


def _double(name):
    path = Path(__file__).parent / "doubles" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"doubles_{name}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
