"""Countries by any name: data values, English and Chinese names, codes, demonyms.

A country is known by its ISO 3166 code inside this module; outside, by the value the data uses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import prompts
from assistant.router.lexicon import Lexicon
from assistant.router.scan import regex

__all__ = ["Places", "iso_code"]

_VALUE_LOCALES = ("en", "zh", "de", "fr", "es", "pt", "it", "nl", "pl")
_NOT_ALONE = {
    "polish",
    "swiss",
    "turkey",
    "jordan",
    "chad",
    "guinea",
    "georgia",
    "china",
    "cuba",
    "oman",
}
"""Words that mean something else too: only taken for a country the data has."""


@dataclass(frozen=True)
class Places:
    """Terms for the countries, and the data's value for each.

    Args:
        terms: every known term; its name is a data value, or English where the data has none.
        values: the data's own values.
        codes: upper-case codes that count as a country when typed so (`US`, `DE`), to the name.
    """

    terms: Lexicon
    values: frozenset[str]
    codes: dict[str, str]

    @classmethod
    def of(cls, values: Iterable[str]) -> Places:
        """From the distinct values of the data's country column."""
        values = [value for value in values if value]
        by_code = {code: value for value in values if (code := iso_code(value))}
        terms: dict[str, list[str]] = {value: [value] for value in values}
        for code, names in _names_by_code().items():
            if code not in by_code:
                names = [name for name in names if name not in _NOT_ALONE]
            terms.setdefault(by_code.get(code, _english()[code]), []).extend(names)
        codes = {code: by_code.get(code, _english()[code]) for code in ("US", "GB")}
        codes["UK"] = codes["GB"]
        return cls(Lexicon.of(terms), frozenset(values), codes | by_code)

    def find(self, text: str, typed: str) -> list[tuple[int, int, str]]:
        """Countries in a lower-case text: (start, end, value); `typed` is it in its own case."""
        hits = [(hit.start, hit.end, hit.name) for hit in self.terms.find(text)]
        return sorted({*hits, *self._find_codes(text, typed)})

    def _find_codes(self, text: str, typed: str) -> list[tuple[int, int, str]]:
        """Codes in capitals; the last places where they stand, as in `tell us about the US`."""
        if typed.isupper():
            return []
        found = []
        for code, times in Counter(re.findall(r"(?<![A-Za-z])[A-Z]{2}(?![A-Za-z])", typed)).items():
            places = list(regex(rf"(?<![a-z]){code.lower()}(?![a-z])").finditer(text))
            if code in self.codes:
                found += [(m.start(), m.end(), self.codes[code]) for m in places[-times:]]
        return found


def iso_code(value: str) -> str | None:
    """The ISO code of a country as data may write it, in any of nine languages, or None."""
    key = value.strip().lower()
    return _codes_by_name().get(key) or _codes_by_name().get(key.removeprefix("the "))


@cache
def _english() -> dict[str, str]:
    return _territories("en")


@cache
def _territories(locale: str) -> dict[str, str]:
    from babel import Locale

    names = Locale.parse(locale).territories
    return {code: name for code, name in names.items() if re.fullmatch("[A-Z]{2}", code)}


@cache
def _names_by_code() -> dict[str, list[str]]:
    """Code -> the names a question may use: English, Chinese, aliases, demonyms; lower case."""
    places = prompts.load_yaml("router/places")
    names: dict[str, list[str]] = {}
    for locale in ("en", "zh"):
        for code, name in _territories(locale).items():
            names.setdefault(code, []).append(name.lower())
    for code, extra in places.items():
        names[code] += [*extra.get("other", []), *extra.get("people", [])]
    return {
        code: named
        for code, named in names.items()
        if code not in ("EU", "EZ", "UN", "XA", "XB", "ZZ", "QO")
    }


@cache
def _codes_by_name() -> dict[str, str]:
    places = prompts.load_yaml("router/places")
    codes = {
        name.lower(): code for code, extra in places.items() for name in extra.get("other", [])
    }
    for locale in _VALUE_LOCALES:
        for code, name in _territories(locale).items():
            codes.setdefault(name.lower(), code)
    return codes | {code.lower(): code for code in _english()}
