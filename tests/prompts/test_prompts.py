"""The loader of prompts: found by name and language, filled, and clear about what is missing."""

import pytest

import prompts
from prompts import MissingPrompt, MissingVariables, Template


def test_render_fills_every_placeholder() -> None:
    template = Template("greeting", "{name} has {n} orders, {{literally}}")
    assert template.render(name="12345", n=3) == "12345 has 3 orders, {literally}"


def test_render_names_all_missing_variables_at_once() -> None:
    with pytest.raises(MissingVariables, match="greeting needs n, name"):
        Template("greeting", "{name} has {n} orders").render(other=1)


def test_unknown_names_are_said() -> None:
    with pytest.raises(MissingPrompt, match="nothing/here in language zh"):
        prompts.load("nothing/here", "zh")
    with pytest.raises(MissingPrompt, match=r"nothing\.yaml"):
        prompts.load_yaml("nothing")


def test_yaml_is_read_once() -> None:
    assert prompts.load_yaml("router/replies") is prompts.load_yaml("router/replies")


def test_names_lists_a_folder() -> None:
    found = prompts.names("router/examples")
    assert "router/examples/query_customers" in found
    assert found == tuple(sorted(found))
    assert prompts.names("no/such/folder") == ()


def test_every_name_that_is_exported_exists() -> None:
    assert all(hasattr(prompts, name) for name in prompts.__all__)


def test_a_folder_is_read_as_one() -> None:
    words = prompts.load_folder("answers/en")
    assert words["nouns"]["customers"] == ["customer", "customers"]
    assert set(words) == set(prompts.load_folder("answers/zh"))
