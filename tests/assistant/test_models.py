"""Which model the settings lead to, and the writer without tools."""

import json

import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool

from assistant.models import (
    PROMPT_TOKENS,
    chat_model,
    limits_of,
    patience_of,
    providers,
    room_of,
    writer_of,
)
from assistant.settings import Settings
from assistant.tools.registry import build_tools
from assistant.turn.ledger import Ledger, Limits, spending
from assistant.turn.outages import Outage
from prompts import load
from segmentation.types import ModelError


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("gpt-5-mini", "names no provider.*Providers: anthropic, .*ollama, openai"),
        ("nonsense:model", "names no provider.*Providers: anthropic, .*ollama, openai"),
        ("anthropic:claude", r"pip install 'kindred\[anthropic\]'"),
        ("ollama:qwen3:8b", r"pip install 'kindred\[ollama\]'"),
        ("groq:llama", "pip install langchain-groq"),
        ("bedrock_converse:nova", "pip install langchain-aws"),
        ("nvidia:nemotron", "pip install langchain-nvidia-ai-endpoints"),
        ("huggingface:tiny", "not be told of the tools.*transformers serve"),
    ],
)
def test_a_model_that_cannot_be_had_says_what_to_do(model, message):
    with pytest.raises(ModelError, match=message):
        chat_model(Settings(model=model), offline=lambda: None)


def test_a_model_without_its_key_names_the_variable(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError, match="OPENAI_API_KEY"):
        chat_model(Settings(model="openai:gpt-5-mini"), offline=lambda: None)


def test_offline_needs_nothing():
    made = object()
    assert chat_model(Settings(), offline=lambda: made) is made
    assert writer_of(Settings()) is None


def test_a_compatible_server_is_spoken_to_in_chat_completions_without_a_key_and_once():
    settings = Settings(model="openai:any/name", model_base_url="http://127.0.0.1:1/v1")
    model = chat_model(settings, offline=lambda: None)
    assert (model.model_name, model.max_retries) == ("any/name", 0)
    assert not model.use_responses_api
    assert model.openai_api_key.get_secret_value() == "none"


def test_every_provider_of_langchain_is_known():
    assert {"openai", "anthropic", "ollama", "google_genai", "mistralai"} <= set(providers())


def test_what_every_prompt_has_fits_where_room_is_left_for_it():
    schemas = [convert_to_openai_tool(tool) for tool in build_tools(None)]
    fixed = json.dumps(schemas, ensure_ascii=False) + load("agent").render(language="English")
    assert len(fixed) / 2.7 < PROMPT_TOKENS - 1_000  # WordPiece has 2.7 letters to a token here
    assert room_of(Settings()) == 16_384 - PROMPT_TOKENS
    assert room_of(Settings(model_context=4_096)) == 1_000


def test_settings_bound_a_turn():
    settings = Settings(model_calls=3, tool_calls=4, model_tokens=500, model_timeout=7)
    assert limits_of(settings) == Limits(3, 4, 500)
    assert patience_of(settings).silence == 7
    assert patience_of(Settings(model_streaming=False)).silence == patience_of(Settings()).longest


# --- the writer ----------------------------------------------------------------------------------


@pytest.fixture
def writer(llm):
    return writer_of(Settings(model="openai:scripted", model_base_url=llm.url))


def test_a_writer_sends_two_messages_and_no_tools(llm, llm_server, writer):
    llm.behave(llm_server.scripted(llm_server.say("A persona.")))
    assert writer("Write a persona.", "f1: 42 customers") == "A persona."
    (request,) = llm.requests
    assert [m["role"] for m in request["messages"]] == ["system", "user"]
    assert "tools" not in request


def test_a_writer_asks_again_for_nothing_and_gives_up_honestly(llm, llm_server, writer):
    llm.behave(llm_server.scripted(llm_server.say(" "), llm_server.say("Words.")))
    assert writer("s", "u") == "Words."
    llm.behave(llm_server.broken(llm_server.say("")))
    with pytest.raises(ModelError, match="empty reply"):
        writer("s", "u")
    llm.behave(llm_server.broken(llm_server.fails(401)))
    with pytest.raises(ModelError, match="refused the key"):
        writer("s", "u")


def test_a_writer_spends_what_its_turn_has_left(llm, llm_server, writer):
    llm.behave(llm_server.broken(llm_server.say("Words.")))
    ledger = Ledger(Limits(tokens=200))
    with spending(ledger):
        writer("s", "u")
        writer("s", "u")
        with pytest.raises(Outage, match="tokens of this turn"):
            writer("s", "u")
    assert ledger.usage.tokens == 240
    assert writer("s", "u") == "Words."


def test_what_a_tool_has_written_leaves_the_turn_its_calls(llm, llm_server, writer):
    llm.behave(llm_server.scripted(*[llm_server.say("Words.")] * 3))
    ledger = Ledger(Limits(model_calls=2))
    with spending(ledger):
        for _ in range(3):
            writer("s", "u")
    assert (ledger.usage.model_calls, ledger.usage.tokens > 0) == (3, True)
    assert (ledger.reached, ledger.last_call) == ("", "")
