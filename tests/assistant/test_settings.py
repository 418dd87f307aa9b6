import pytest

from assistant.settings import Settings, read_settings
from segmentation.types import InputError


def test_an_empty_environment_means_offline_on_this_machine():
    assert read_settings({}) == Settings()


def test_every_variable_is_read():
    settings = read_settings(
        {
            "KINDRED_WORKSPACE": "/data/shop",
            "KINDRED_MODEL": "openai:gpt-5-mini",
            "KINDRED_MODEL_BASE_URL": "http://127.0.0.1:8000/v1",
            "KINDRED_ENCODER": "/models/mine",
            "KINDRED_LANGUAGE": "zh",
            "KINDRED_AUTH": "ann:one:two, bo:three",
        }
    )
    assert str(settings.workspace) == "/data/shop"
    assert (settings.model, settings.language) == ("openai:gpt-5-mini", "zh")
    assert settings.auth == (("ann", "one:two"), ("bo", "three"))


@pytest.mark.parametrize(
    ("name", "value"),
    [("KINDRED_AUTH", "ann"), ("KINDRED_AUTH", "ann:"), ("KINDRED_LANGUAGE", "fr")],
)
def test_what_cannot_be_used_is_named(name, value):
    with pytest.raises(InputError, match=name):
        read_settings({name: value})


def test_what_bounds_a_language_model_is_read():
    settings = read_settings(
        {
            "KINDRED_MODEL_FALLBACK": "offline",
            "KINDRED_MODEL_TIMEOUT": "90",
            "KINDRED_MODEL_TOKENS": "5000",
            "KINDRED_MODEL_CALLS": "3",
            "KINDRED_TOOL_CALLS": "4",
            "KINDRED_MODEL_CONTEXT": "32768",
            "KINDRED_MODEL_STREAMING": "off",
        }
    )
    assert (settings.model_fallback, settings.model_timeout) == ("offline", 90)
    assert (settings.model_tokens, settings.model_calls, settings.tool_calls) == (5000, 3, 4)
    assert (settings.model_context, settings.model_streaming) == (32768, False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KINDRED_MODEL_FALLBACK", "ollama:x"),
        ("KINDRED_MODEL_TIMEOUT", "soon"),
        ("KINDRED_MODEL_TOKENS", "0"),
        ("KINDRED_MODEL_STREAMING", "maybe"),
    ],
)
def test_a_bound_that_is_none_is_named(name, value):
    with pytest.raises(InputError, match=name):
        read_settings({name: value})
