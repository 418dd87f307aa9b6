"""Kinds of trouble, by the exceptions that clients raise; and what a user is told of them."""

import json
from types import SimpleNamespace

import pytest

from assistant.turn.outages import AGAIN, Trouble, outage, trouble_of
from prompts import load_yaml


def error(name="ApiError", text="", cause=None, **attributes):
    made = type(name, (Exception,), {})(text)
    vars(made).update(attributes)
    made.__cause__ = cause
    return made


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (error(status_code=401), "key"),
        (error(status_code=403), "key"),
        (error(status_code=404), "model"),
        (error(status_code=429), "rate"),
        (error(status_code=429, text="You exceeded your current quota"), "quota"),
        (error(status_code=408), "timeout"),
        (error(status_code=500), "server"),
        (error(status_code=529), "server"),
        (error(status_code=400, text="bad tool schema"), "request"),
        (error(status_code=400, text="prompt is too long: 9000 tokens"), "context"),
        (error(code=503), "server"),  # google
        (error(response=SimpleNamespace(status_code=502)), "server"),  # requests, httpx
        (error(response={"ResponseMetadata": {"HTTPStatusCode": 429}}), "rate"),  # boto3
        (error("ReadTimeout"), "timeout"),
        (error("APITimeoutError"), "timeout"),
        (error("ContextOverflowError"), "context"),
        (ConnectionError("Failed to connect to Ollama"), "unreachable"),
        (TimeoutError(), "timeout"),
        (error("RemoteProtocolError"), "unreachable"),
        (error(cause=ConnectionResetError()), "unreachable"),
        (json.JSONDecodeError("no", "{", 0), "garbled"),
        (ValueError("No generation chunks were returned"), "garbled"),
        (ValueError("else"), "unknown"),
    ],
)
def test_the_kind_of_trouble(raised, kind):
    assert trouble_of(raised).kind == kind


@pytest.mark.parametrize(
    ("given", "wait"), [("2", 2.0), ("0.5", 0.5), ("soon", None), (None, None)]
)
def test_how_long_a_server_asks_to_be_left_alone(given, wait):
    headers = {} if given is None else {"retry-after": given}
    response = SimpleNamespace(status_code=429, headers=headers)
    assert trouble_of(error(response=response)).wait == wait


def test_a_key_in_a_message_is_not_repeated():
    told = outage(trouble_of(ValueError("bad key sk-abcdef123456 given")), "openai:x", "en")
    assert "sk-" not in str(told)
    assert "bad key" in str(told)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_has_words(language):
    kinds = load_yaml("outages")[language]["kinds"]
    assert set(kinds) == set(load_yaml("outages")["en"]["kinds"]) >= AGAIN
    for kind in kinds:
        told = outage(Trouble(kind, detail="detail"), "openai:x", language)
        assert "openai:x" in told.what
        assert "{" not in f"{told.what}{told.fix}{kinds[kind]['why']}"
