"""Chinese words typed by their sound: `退或率` is `退货率`, one character being another.

Knows only the words of `prompts/router/homophones.yaml`: what other words sound like is theirs.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import prompts
from assistant.router.lexicon import has_cjk, lexicon

__all__ = ["by_sound"]

_LONGEST = 5


def by_sound(text: str) -> str:
    """The text with words that were typed by their sound as they are written."""
    if not has_cjk(text):
        return text
    meant, parts, i = _meant(), [], 0
    while i < len(text):
        sizes = (n for n in range(_LONGEST, 1, -1) if text[i : i + n] in meant)
        size = next(sizes, 1)
        parts.append(meant.get(text[i : i + size], text[i : i + size]))
        i += size
    return "".join(parts)


@cache
def _meant() -> dict[str, str]:
    """Mistyped -> written; a right word stands for itself, so that nothing in it is read."""
    lists = prompts.load_yaml("router/homophones")
    words, alike = lists["words"].split(), _alike(lists["alike"].split())
    typed = {
        word[:i] + other + word[i + 1 :]: word
        for word in words
        for i, character in enumerate(word)
        for other in alike[character]
    }
    real = {*lists["real"].split(), *_pairs_that_are_said()}
    return {said: word for said, word in typed.items() if said not in real} | {w: w for w in words}


def _alike(groups: list[str]) -> dict[str, str]:
    found: dict[str, str] = defaultdict(str)
    for group in groups:
        for character in group:
            found[character] += group
    return found


def _pairs_that_are_said() -> set[str]:
    """Every two characters in a row that the examples or the lexicon have: no slip of the pen."""
    from assistant.router.examples import labels

    texts = [str(t) for by in labels().values() for t in by.get("zh", ())]
    sections = ("metrics", "dimensions", "charts", "concepts", "quality")
    texts += [term for section in sections for term in lexicon(section).names]
    return {text[i : i + 2] for text in texts for i in range(len(text) - 1)}
