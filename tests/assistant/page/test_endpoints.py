"""What programs can call beside the page, over its protocol: answers, and what they are told."""

import gc
import threading

import httpx
import pytest
from gradio_client import Client

from assistant.app import launch
from store.errors import NoSnapshot

# Gradio leaves event loops and the sockets it tried unclosed; they are collected in each test.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed event loop:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]
HUGE = "x" * 100_000


@pytest.fixture(scope="module")
def speaker(scripted):
    return scripted.ScriptedAssistant()


@pytest.fixture(scope="module")
def url(scripted, speaker):
    page = launch(lambda: scripted.session(speaker), port=None)
    yield page.local_url
    page.close(verbose=False)
    gc.collect()


@pytest.fixture(scope="module")
def client(url):
    return Client(url, verbose=False, analytics_enabled=False)


def test_programs_can_ask(client, speaker):
    answer = client.predict(
        question="revenue please", thread="weekly", language="en", api_name="/ask"
    )
    assert answer["tool_calls"][0]["name"] == "query_customers"
    assert answer["facts"][3] == {
        "subject": "segment:4",
        "metric": "revenue",
        "period": "2024-07-01/2026-06-30",
        "value": 512870.8,
        "unit": "GBP",
    }
    assert answer["charts"][0]["figure"]["data"][0]["type"] == "bar"
    assert "weekly" in speaker.threads


def test_an_export_waits_for_a_person(client, speaker):
    answer = client.predict("export segment 2", api_name="/ask")
    assert answer["tool_calls"][0]["status"] == "needs_confirmation"
    assert answer["confirm"][0]["command"] == "kindred export"
    assert "id" not in answer["confirm"][0]
    assert speaker.words == []


def test_programs_see_the_segments(client):
    segments = client.predict(api_name="/segments")
    assert segments[1] == {
        "id": 2,
        "name": "Loyal tea lovers",
        "size": 496,
        "share": 0.248,
        "facts": [],
        "verdict": None,
    }


def test_programs_find_similar_customers(client):
    found = client.predict(customer_ids=["00042"], n=3, where="orders >= 2", api_name="/similar")
    assert found["query"]["customers"] == ["00042"]
    assert (found["query"]["n"], found["query"]["where"]) == (3, "orders >= 2")
    assert found["matches"][0]["customer_id"] == "00043"


def test_programs_read_a_persona(client):
    told = client.predict(segment="Loyal tea lovers", language="zh", api_name="/persona")
    assert told["language"] == "zh"
    assert told["personas"][0]["segment"] == "Loyal tea lovers"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("ask", {"question": "offline please"}, "Check KINDRED_MODEL"),
        ("ask", {"question": None}, "question cannot be 'None'"),
        ("ask", {"question": ["a"]}, "valid string"),
        ("ask", {"question": "  "}, "must not be empty"),
        ("ask", {"question": HUGE}, "at most 2000 characters"),
        ("ask", {"question": "?", "language": "xx"}, "Valid: auto, en, zh"),
        ("ask", {"question": "?", "thread": {"a": 1}}, "thread cannot be"),
        ("similar", {}, "Give one of customer_ids, text and segment"),
        ("similar", {"text": "tea", "segment": 1}, "Give one of customer_ids, text and segment"),
        ("similar", {"customer_ids": "00042"}, "customer_ids cannot be '00042'"),
        ("similar", {"customer_ids": [None]}, "customer_ids.0 cannot be"),
        ("similar", {"text": HUGE}, "at most 500 characters"),
        ("similar", {"text": "tea", "n": 10**9}, "less than or equal to 1000"),
        ("similar", {"text": "tea", "n": "many"}, "n cannot be 'many'"),
        ("similar", {"text": "tea", "where": []}, "where cannot be"),
        ("segments", {"language": "xx"}, "Valid: en, zh"),
        ("persona", {"segment": 99}, "There is no segment 99"),
        ("persona", {"segment": [1]}, "give an id or a name"),
        ("persona", {"segment": True}, "give an id or a name"),
        ("persona", {"segment": None}, "give an id or a name"),
    ],
)
def test_programs_are_told_what_went_wrong(client, name, arguments, said):
    with pytest.raises(Exception, match=said) as raised:
        client.predict(**arguments, api_name=f"/{name}")
    assert "Traceback" not in str(raised.value)
    assert len(str(raised.value)) < 700


def test_a_defect_is_one_message(serving, session, monkeypatch):
    def broken(question, **_):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(session.assistant, "ask", broken)
    client = Client(serving(lambda: session), verbose=False, analytics_enabled=False)
    with pytest.raises(Exception, match="ZeroDivisionError") as raised:
        client.predict("?", api_name="/ask")
    assert "secret detail" not in str(raised.value)


def test_programs_see_these_endpoints_alone_typed_and_described(url):
    told = httpx.get(url + "gradio_api/info").json()
    assert set(told["named_endpoints"]) == {"/ask", "/similar", "/segments", "/persona"}
    assert told["unnamed_endpoints"] == {}
    ask = told["named_endpoints"]["/ask"]
    assert [one["parameter_name"] for one in ask["parameters"]] == [
        "question",
        "thread",
        "language",
    ]
    assert ask["parameters"][2]["type"] == {"enum": ["auto", "en", "zh"]}
    assert ask["returns"][0]["type"]["type"] == "object"
    assert "kindred ask" in ask["description"]


def test_without_the_client_a_request_that_lacks_arguments_is_answered(url):
    begun = httpx.post(url + "gradio_api/call/ask", json={"data": []}).json()
    events = httpx.get(f"{url}gradio_api/call/ask/{begun['event_id']}").text
    assert "Traceback" not in events
    assert "event: error" in events


def test_programs_wait_until_there_is_something_to_ask(serving, session):
    gate = threading.Event()

    def load():
        gate.wait(20)
        return session

    client = Client(serving(load), verbose=False, analytics_enabled=False)
    job = client.submit(api_name="/segments")
    assert not job.done()
    gate.set()
    assert job.result(timeout=20)[0]["id"] == 1


def test_without_a_snapshot_programs_are_told_so(serving):
    def load():
        raise NoSnapshot("Nothing has been built here yet", fix="Run `kindred build`.")

    client = Client(serving(load), verbose=False, analytics_enabled=False)
    with pytest.raises(Exception, match="Nothing has been built here yet"):
        client.predict(api_name="/segments")


def test_behind_a_password_each_user_has_their_own_threads(serving, session, assistant):
    users = [("ada", "secret"), ("bob", "hidden")]
    url = serving(lambda: session, auth=users)
    for user in users:
        client = Client(url, auth=user, verbose=False, analytics_enabled=False)
        client.predict("How many?", "weekly", api_name="/ask")
    assert sorted(assistant.threads) == ["ada: weekly", "bob: weekly"]
