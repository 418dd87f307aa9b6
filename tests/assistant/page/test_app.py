"""The page as a server: who may enter, what programs can call, what every response says."""

import gc
import subprocess
import sys
import threading
import time

import httpx
import pytest
from gradio_client import Client

from assistant.app import launch
from segmentation.types import InputError

# Gradio leaves event loops and the sockets it tried unclosed; `serving` collects them in each test.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed event loop:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]


@pytest.fixture(scope="module")
def url(scripted):
    """One page for all tests that only look at it."""
    page = launch(lambda: scripted.session(scripted.ScriptedAssistant()), port=None)
    yield page.local_url
    page.close(verbose=False)
    gc.collect()


def test_importing_the_page_brings_no_models_along():
    code = (
        "import sys, assistant.app;"
        "heavy = {'torch', 'transformers', 'chromadb', 'langchain', 'langgraph', 'plotly'};"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.com", "::"])
def test_other_machines_need_a_password(host):
    with pytest.raises(InputError, match="KINDRED_AUTH"):
        launch(lambda: None, host=host)


def test_a_taken_port_is_said(url):
    port = int(url.rstrip("/").rsplit(":", 1)[1])
    with pytest.raises(InputError, match=f"127.0.0.1:{port}"):
        launch(lambda: None, port=port)


def test_the_page_shows_before_the_session_is_open(serving, session):
    gate = threading.Event()

    def load():
        gate.wait(20)
        return session

    url = serving(load)
    page = httpx.get(url)
    gate.set()
    assert page.status_code == 200
    assert "Kindred" in page.text


def test_every_response_keeps_the_page_to_itself(url):
    headers = httpx.get(url).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


def test_without_a_password_only_this_machine_s_names_are_answered(url):
    assert httpx.get(url, headers={"host": "evil.example"}).status_code == 400


def test_with_a_password_nothing_is_shown_without_it(serving, session):
    url = serving(lambda: session, auth=[("ada", "secret")])
    assert httpx.get(url + "gradio_api/info").status_code == 401
    assert "12,345" not in httpx.get(url).text
    login = httpx.post(url + "login", data={"username": "ada", "password": "wrong"})
    assert login.status_code == 400
    client = Client(url, auth=("ada", "secret"), verbose=False, analytics_enabled=False)
    assert client.predict(api_name="/segments")[0]["id"] == 1


def test_files_of_this_machine_are_not_served(url):
    for path in ("/etc/passwd", __file__):
        assert httpx.get(f"{url}gradio_api/file={path}").status_code == 403


def test_questions_of_many_are_answered_at_once(serving, session, assistant):
    assistant.pause = 0.3
    client = Client(serving(lambda: session), verbose=False, analytics_enabled=False)
    started = time.monotonic()
    jobs = [client.submit(f"question {n}", f"thread {n}", api_name="/ask") for n in range(4)]
    answers = [job.result(timeout=30)["answer"] for job in jobs]
    assert time.monotonic() - started < 4 * 0.3 * 4
    assert answers == [f"You asked: question {n}" for n in range(4)]
