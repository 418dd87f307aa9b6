"""The vocabulary of shops: `synonyms.yaml` (names of columns) and `words.yaml` (words in cells),
loaded once."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

__all__ = ["plain", "snake_case", "synonyms", "words"]

FOLDER = Path(__file__).parent


@cache
def synonyms() -> dict[str, dict[str, list[str]]]:
    """Table (or `attributes`) -> canonical name -> what shops call it, most trusted first."""
    return cast(dict[str, dict[str, list[str]]], _load("synonyms.yaml"))


@cache
def words() -> dict[str, Any]:
    """What `words.yaml` says, as it is."""
    return cast(dict[str, Any], _load("words.yaml"))


def _load(name: str) -> object:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster
    return yaml.load((FOLDER / name).read_text(encoding="utf-8"), loader)


def plain(name: str) -> str:
    """A name without case, accents, blanks and punctuation: `Código do Cliente` ->
    `codigodocliente`."""
    return "".join(name_words(name))


def snake_case(name: str) -> str:
    """A name as a column of ours: `Payment Type` -> `payment_type`; other scripts stay as they
    are."""
    return "_".join(name_words(name)) or "column"


@cache
def name_words(name: str) -> tuple[str, ...]:
    """The words of a column name, lower case, accents removed: `CustomerID` -> (`customer`,
    `id`)."""
    text = unicodedata.normalize("NFKC", name).replace("ß", "ss")
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return tuple(re.findall(r"[^\W_]+", text))
