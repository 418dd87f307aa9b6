"""A browser on the page: Debian's Chromium through Playwright, over the scripted assistant.

Every test also fails on an error in the browser's console and on a request to another machine.
A failing test leaves a picture in tests/screenshots/.
"""

import asyncio
import gc
import re
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
HARMLESS = ("Autofocus processing was blocked",)
"""What Chromium remarks on that is no fault."""

UNCLOSED = (
    "unclosed event loop",
    "unclosed <socket",
    "unclosed transport",
    "subprocess .* is still",
)
"""What Gradio and Playwright leave to the garbage collector."""


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            for remark in UNCLOSED:
                item.add_marker(pytest.mark.filterwarnings(f"ignore:{remark}:ResourceWarning"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call" and report.failed and "visit" in item.funcargs:
        SCREENSHOTS.mkdir(exist_ok=True)
        for n, page in enumerate(item.funcargs["visit"].pages):
            name = re.sub(r"[^\w-]+", "-", item.name).strip("-")
            page.screenshot(path=SCREENSHOTS / f"{name}-{n}.png")
    return report


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def assistant(scripted):
    return scripted.ScriptedAssistant(pause=0.01)


@pytest.fixture
def load(scripted, assistant):
    """Opens the session that the page shows; a test may define its own."""
    return lambda: scripted.session(assistant)


@pytest.fixture
def url(load):
    from assistant.app import launch

    page = launch(load, port=None)
    yield page.local_url
    # Gradio tells its loop to stop from another thread, which the loop may just be doing itself.
    with suppress(asyncio.InvalidStateError):
        page.close(verbose=False)
    gc.collect()


@pytest.fixture
def visit(browser, url):
    """Opens the page in a window of its own; checks at the end what the browser has to say."""
    visits = Visits(browser, url)
    yield visits
    visits.close()
    assert visits.complaints == []
    assert visits.outside == []


@pytest.fixture(scope="session")
def violations():
    """Called with a page, names every rule of accessibility it breaks, and where.

    `impacts` are axe-core's own: minor, moderate, serious, critical.
    """
    from axe_playwright_python.sync_playwright import Axe

    def found(page, impacts=("moderate", "serious", "critical")):
        results = Axe().run(page, options={"resultTypes": ["violations"]}).response
        return [
            f"{one['impact']} {one['id']}: {node['target']} {node['html'][:160]}"
            for one in results["violations"]
            for node in one["nodes"]
            if one["impact"] in impacts
        ]

    return found


class Visits:
    """The windows of one test, with what they complained of and asked of other hosts."""

    def __init__(self, browser, url):
        self._browser, self._urls = browser, [url]
        self._contexts, self.pages = [], []
        self.complaints, self.outside = [], []
        self.expected = None
        """A pattern of what a browser will say where a test takes its server away."""

    def __call__(self, width=1440, height=900, *, at=None, **context):
        """A new window, at another address than the test's own where `at` says so."""
        settings = {"locale": "en-GB", "viewport": {"width": width, "height": height}, **context}
        self._contexts.append(self._browser.new_context(**settings))
        page = self._contexts[-1].new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on("console", self._hear)
        page.on("request", self._see)
        self.pages.append(page)
        self._urls += [at] if at else []
        page.goto(at or self._urls[0])
        if at is None:
            page.wait_for_selector("#kd-box textarea")
        return page

    def close(self):
        for context in self._contexts:
            context.close()

    def _hear(self, message):
        if message.type in ("error", "warning") and not message.text.startswith(HARMLESS):
            self._complain(message.text)

    def _complain(self, said):
        if self.expected is None or not self.expected.search(said):
            self.complaints.append(said)

    def _see(self, request):
        if not request.url.startswith((*self._urls, "data:", "blob:")):
            self.outside.append(request.url)
