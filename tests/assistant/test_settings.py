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
