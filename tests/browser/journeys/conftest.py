"""Journeys: `kindred chat` as a process of its own, over a small demo shop, in a real browser.

Each also fails where the server connects to another machine or writes a traceback into its log.
"""

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

KINDRED = Path(sys.executable).with_name("kindred")
GUARD = Path(__file__).parent / "guarded" / "sitecustomize.py"
PATIENCE = 120
"""Seconds until something has to be there; on a quiet machine all is there in ten."""


class Chat:
    """One `kindred chat`, which can be killed and started again on the same port.

    Args:
        workspace: its folder.
        notes: a folder of its own, for its log and the hosts that it asked for.
        environ: `KINDRED_*` variables of its own.
    """

    def __init__(self, workspace, notes, **environ):
        self.workspace, self._notes = workspace, notes
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}/"
        shutil.copy(GUARD, notes)
        environ = {"PYTHONPATH": notes, **environ}
        self._command = ["env", *(f"{name}={value}" for name, value in environ.items()), KINDRED]
        self._command += ["chat", "--no-browser", "--port", str(port), "--workspace", workspace]
        self._process = None

    def start(self):
        with (self._notes / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while self.status() is None:
            assert self._process.poll() is None, self.said
            assert time.monotonic() < deadline, "the page does not come up"
            time.sleep(0.1)
        return self

    def kill(self):
        """As when the power fails."""
        self._process.kill()
        self._process.wait()

    def stop(self):
        """End it, and hear what went wrong in it."""
        self._process.terminate()
        self._process.wait(30)
        connections = self._notes / "connections"
        assert not connections.exists() or connections.read_text(encoding="utf-8") == ""
        assert "Traceback" not in self.said, self.said

    @property
    def said(self):
        return (self._notes / "log").read_text(encoding="utf-8")

    def status(self, path=""):
        """The HTTP status of a path; None where nobody listens."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as reply:
                return reply.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None


def _free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


WORDS = {
    "en": {"box": "Your question", "copy": "Copy"},
    "zh": {"box": "您的问题", "copy": "复制"},
}


class Guest:
    """Somebody at the page, who finds things by what they are called."""

    def __init__(self, page, language="en"):
        self.page = page
        self.words = WORDS[language]
        page.set_default_timeout(1000 * PATIENCE)

    @property
    def box(self):
        return self.page.get_by_role("textbox", name=self.words["box"])

    @property
    def talk(self):
        return self.page.get_by_role("log")

    @property
    def copies(self):
        """The buttons that copy an answer: every whole one has it."""
        return self.talk.get_by_role("button", name=self.words["copy"], exact=True)

    def ask(self, question):
        """Type it, wait for the whole answer, and return what is said since."""
        self.begin(question)
        return self.hear(question)

    def begin(self, question):
        """Type it and go on without waiting."""
        self._before = self.copies.count()
        self.box.fill(question)
        self.box.press("Enter")

    def pick(self, button):
        """Press a button that asks, wait for the whole answer, and return what is said since."""
        self._before = self.copies.count()
        question = button.get_attribute("data-question")
        button.click()
        return self.hear(question)

    def hear(self, question):
        """What was said after `question`, once the answer is whole and one may ask on."""
        self.copies.nth(self._before).wait_for()
        self.page.locator("#kd-box .submit-button").wait_for()
        return self.talk.inner_text().rpartition(question)[2]

    def press(self, name):
        self.page.get_by_role("button", name=name).last.click()

    def saved(self, name):
        """The content of the file that pressing a button saves."""
        with self.page.expect_download() as download:
            self.press(name)
        return download.value.path().read_bytes()

    def sees(self, text):
        """Wait for words on the page."""
        self.page.get_by_text(text).locator("visible=true").first.wait_for()


@pytest.fixture(scope="session")
def workspace(demo, tmp_path_factory):
    """A copy of the built demo shop, for all journeys of this session."""
    return shutil.copytree(demo / "workspace", tmp_path_factory.mktemp("journeys") / "shop")


@pytest.fixture(scope="session")
def chat(workspace, tmp_path_factory):
    chat = Chat(workspace, tmp_path_factory.mktemp("chat")).start()
    yield chat
    chat.stop()


@pytest.fixture
def url(chat):
    return chat.url


@pytest.fixture
def guest(visit):
    """Opens the page for a guest; options as `visit` takes them."""

    def come(language="en", **options):
        return Guest(visit(**options), language)

    return come


@pytest.fixture
def other_chat(demo, tmp_path):
    """Starts a chat of its own, over a copy of the demo shop or over nothing."""
    started = []

    def start(*, empty=False, **environ):
        shop = tmp_path / "workspace"
        if empty:  # but for what the encoder has seen before: half a minute of the build
            shutil.copytree(demo / "workspace" / "cache", shop / "cache")
        else:
            shutil.copytree(demo / "workspace", shop)
        notes = tmp_path / "notes"
        notes.mkdir()
        started.append(Chat(shop, notes, **environ).start())
        return started[-1]

    yield start
    for chat in started:
        chat.stop()
