"""What the intent classifier learns from: the utterances of `prompts/router/`, slots filled."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import prompts
from assistant.router.catalogue import Catalogue

__all__ = [
    "CONTINUE",
    "Example",
    "counting_words",
    "example_words",
    "examples",
    "labels",
    "spoken_words",
    "training_catalogue",
]

CONTINUE = "continue"
_SLOT = re.compile(r"\{(\w+)\}")
_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")


class Example(NamedTuple):
    """One utterance; examples of one template share a group, so that a split never leaks."""

    text: str
    label: str
    language: str
    group: int


@cache
def labels() -> dict[str, Mapping[str, list[str]]]:
    """Label -> language -> templates; labels are tool names, `refuse.*`, `talk.*`, `continue`."""
    found = {
        name.rsplit("/", 1)[1]: prompts.load_yaml(name) for name in prompts.names("router/examples")
    }
    for family, file in (("refuse", "refusals"), ("talk", "talk")):
        found |= {
            f"{family}.{kind}": by for kind, by in prompts.load_yaml(f"router/{file}").items()
        }
    return found | {CONTINUE: prompts.load_yaml("router/continue")}


def examples(copies: int = 2, seed: int = 0) -> list[Example]:
    """Every template filled `copies` times: once plain, the others among asides or with a typo.

    Refusals are filled once more: what must not be done can be asked of anybody.
    """
    random_ = random.Random(seed)
    found = []
    for group, (label, language, template) in enumerate(_templates()):
        for variant in _variants(template):
            for copy in range(copies + (label.startswith("refuse.") and "{" in variant)):
                text = _fill(variant, language, random_)
                found.append(Example(_dress(text, language, copy, random_), label, language, group))
    return list(dict.fromkeys(found))


@cache
def example_words() -> frozenset[str]:
    """English words of the examples and of what fills them: what a typo may be meant to be."""
    slots = prompts.load_yaml("router/slots")
    fillers = [
        str(v)
        for name in (
            "metric",
            "dimension",
            "dimensions",
            "pdim",
            "format",
            "chart",
            "campaign",
            "quality",
        )
        for v in slots["en"][name]
    ]
    texts = [
        *(
            _SLOT.sub(" ", template)
            for _, language, template in _templates()
            if language != "mixed"
        ),
        *fillers,
    ]
    return _words(texts)


@cache
def spoken_words() -> frozenset[str]:
    """Every English word of the examples, of what fills them, and of the lexicon; no products."""
    said = [template for _, _, template in _templates()]
    said += [
        repr(prompts.load_yaml(f"router/{name}")) for name in ("lexicon", "abbreviations", "places")
    ]
    slots = prompts.load_yaml("router/slots")["en"]
    said += [repr(values) for name, values in slots.items() if name not in ("product", "taste")]
    return _words(said)


@cache
def counting_words() -> frozenset[str]:
    """English words that questions for numbers are made of, whatever they are asked of."""
    counting = ("query_customers", "describe_customers", "list_segments")
    said = (
        _SLOT.sub(" ", template)
        for label, language, template in _templates()
        if label in counting and language == "en"
    )
    return _words(said)


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(w for text in texts for w in re.findall(r"[a-z]{3,}", text.lower()))


@cache
def training_catalogue() -> Catalogue:
    """The made-up shop that the slots of the examples speak of."""
    shop = prompts.load_yaml("router/slots")["shop"]
    return Catalogue(
        customers=frozenset(map(str, shop["customers"])),
        segments={i: f"Segment {i}" for i in range(1, 9)},
        fields={name: tuple(values) for name, values in shop["fields"].items()},
        products=frozenset(shop["products"]),
        categories=tuple(shop["categories"]),
        last_day=date(2011, 12, 9),
    )


def _templates() -> Iterator[tuple[str, str, str]]:
    for label, by_language in labels().items():
        for language, templates in by_language.items():
            for template in templates:
                yield label, language, str(template)


def _variants(template: str, most: int = 4) -> list[str]:
    """The alternatives of `(a | b)`, spelt out."""
    match = _CHOICE.search(template)
    if not match:
        return [template]
    before, after = template[: match.start()], template[match.end() :]
    spelt = [v for c in match[1].split("|") for v in _variants(f"{before}{c.strip()}{after}", most)]
    return spelt[:most]


def _fill(template: str, language: str, random_: random.Random) -> str:
    slots: dict[str, Any] = prompts.load_yaml("router/slots")
    used: set[str] = set()

    def one(match: re.Match[str]) -> str:
        spoken = random_.choice(("en", "zh")) if language == "mixed" else language
        values = [str(v) for v in slots[spoken][match[1]] if str(v) not in used]
        value = random_.choice(values or [str(slots[spoken][match[1]][0])])
        used.add(value)
        return value

    return _SLOT.sub(one, template)


def _dress(text: str, language: str, copy: int, random_: random.Random) -> str:
    """The first copy as it is; the second among asides; the third with a typo."""
    asides: dict[str, list[str]] = prompts.load_yaml("router/slots")["asides"]
    spoken = "en" if language == "mixed" else language
    if copy == 1:
        return random_.choice(asides[spoken]) + text
    if copy == 2:
        return (
            _misspell(text, random_)
            if spoken == "en"
            else text + random_.choice(asides["zh_after"])
        )
    if copy == 3:
        return text + random_.choice(asides[f"{spoken}_after"])
    return text


def _misspell(text: str, random_: random.Random) -> str:
    """Swap two letters of one longer word."""
    words = list(re.finditer(r"[a-z]{6,}", text))
    if not words:
        return text
    place = random_.choice(words).start() + random_.randint(1, 3)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
