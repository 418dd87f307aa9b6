"""Everything Kindred says to a model or a user, kept as text files; this only finds and fills them.

Files live beside this one. `name.md` is one text, `name.en.md` and `name.zh.md` are one text in two
languages, `name.yaml` is structured wording. No wording belongs in Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Any

import yaml

__all__ = [
    "MissingPrompt",
    "MissingVariables",
    "Template",
    "load",
    "load_folder",
    "load_yaml",
    "names",
]


class MissingPrompt(LookupError):
    """No file of that name and language is part of the package."""


class MissingVariables(LookupError):
    """A template was rendered without some of its variables."""


@dataclass(frozen=True)
class Template:
    """A text with `{name}` placeholders; `{{` and `}}` stand for literal braces."""

    name: str
    text: str

    @property
    def variables(self) -> frozenset[str]:
        """The names of all placeholders."""
        return frozenset(field for _, field, _, _ in Formatter().parse(self.text) if field)

    def render(self, **values: object) -> str:
        """Fill the placeholders.

        Raises:
            MissingVariables: names every variable that was not given, at once.
        """
        if missing := sorted(self.variables - values.keys()):
            raise MissingVariables(f"{self.name} needs {', '.join(missing)}")
        return self.text.format(**values)


@cache
def load(name: str, language: str | None = None) -> Template:
    """The template `name`, in `language` where the text exists per language.

    Args:
        name: path below this folder without its ending, as in `personas/write`.
        language: `en` or `zh`; a text without languages is found with any.

    Raises:
        MissingPrompt: there is no such text.
    """
    candidates = [f"{name}.{language}.md"] if language else []
    for candidate in [*candidates, f"{name}.md"]:
        path = _path(candidate)
        if path.is_file():
            return Template(candidate, path.read_text(encoding="utf-8").rstrip("\n"))
    wanted = f" in language {language}" if language else ""
    raise MissingPrompt(f"no prompt named {name}{wanted}")


@cache
def load_yaml(name: str) -> Any:
    """The content of `name.yaml`. It is shared between callers: do not change it.

    Raises:
        MissingPrompt: there is no such file.
    """
    path = _path(f"{name}.yaml")
    if not path.is_file():
        raise MissingPrompt(f"no prompt file named {name}.yaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)


@cache
def load_folder(name: str, language: str = "") -> dict[str, Any]:
    """The YAML files of a folder as one (of a `language`, where each has several); it is shared
    between callers: do not change it.

    Raises:
        ValueError: two files use the same key.
    """
    whole: dict[str, Any] = {}
    for file in names(name):
        part = load_yaml(file)[language] if language else load_yaml(file)
        if twice := sorted(whole.keys() & part.keys()):
            raise ValueError(f"{file} repeats {', '.join(twice)}")
        whole |= part
    return whole


@cache
def names(folder: str) -> tuple[str, ...]:
    """The names that `load_yaml` takes for the YAML files of a folder, sorted."""
    place = _path(folder)
    found = [entry.name for entry in place.iterdir()] if place.is_dir() else []
    stems = (name.removesuffix(".yaml") for name in found if name.endswith(".yaml"))
    return tuple(sorted(f"{folder}/{stem}" for stem in stems))


def _path(name: str) -> Traversable:
    return files(__name__).joinpath(*name.split("/"))
