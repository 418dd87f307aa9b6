"""What holds for every test: quiet libraries, as for a user; and the shops that many open."""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from assistant.settings import quieten_libraries

quieten_libraries()


def pytest_configure(config):
    """Each process looks for free ports in a range of its own: looking and taking are two steps."""
    worker = getattr(config, "workerinput", {"workerid": "gw0"})["workerid"]
    first = 20_000 + 100 * int(worker.removeprefix("gw"))
    pytest.MonkeyPatch().setenv("GRADIO_SERVER_PORT", str(first))


@pytest.fixture(scope="session")
def shop():
    """The module doubles/shop.py: `frames()`, `open_base(...)`."""
    return _double("shop")


@pytest.fixture(scope="session")
def demo_of(request, tmp_path_factory):
    """Called with a number of customers: a demo shop to copy from, as `files`, `workspace` and
    `report.json` in a folder.

    Building takes minutes, hence it is kept in pytest's cache while what builds is the same; of
    several processes one builds, and the others wait.
    """
    cache = getattr(request.config, "cache", None)

    def kept(customers):
        name = f"demo-{customers}"
        shelf = Path(cache.mkdir(name) if cache else tmp_path_factory.mktemp(name))
        folder, under_way = shelf / _digest(), shelf / "under-way"
        with FileLock(shelf / "lock"):
            if not folder.exists():
                for old in filter(Path.is_dir, shelf.iterdir()):
                    shutil.rmtree(old)
                _build_demo(under_way, customers)
                under_way.rename(folder)
        return folder

    return kept


@pytest.fixture(scope="session")
def demo(demo_of):
    """The demo shop of 300 customers."""
    return demo_of(300)


@pytest.fixture(scope="session")
def scripted():
    """The module doubles/scripted.py: an assistant that plays a script, and a session around it."""
    return _double("scripted")


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


def _build_demo(folder, customers):
    from segmentation.data.demo import write_demo_shop

    shop = write_demo_shop(folder / "files", customers=customers)
    files = [part for table, path in shop.sources.items() for part in (f"--{table}", path)]
    kindred = Path(sys.executable).with_name("kindred")
    command = [kindred, "build", "--json", "--workspace", folder / "workspace", *files]
    report = subprocess.run(command, capture_output=True, check=True, timeout=800).stdout
    (folder / "report.json").write_bytes(report)


def _digest():
    """Of all that a built demo shop depends on."""
    root, total = Path(__file__).parent.parent, hashlib.sha256()
    total.update((root / "constraints.txt").read_bytes())
    folders = ("segmentation", "store", "prompts/router")
    for file in sorted(file for folder in folders for file in (root / folder).rglob("*.*")):
        if file.suffix in (".py", ".yaml"):
            total.update(file.read_bytes())
    return total.hexdigest()[:16]


def _double(name):
    path = Path(__file__).parent / "doubles" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"doubles_{name}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
