"""Reviews read by a language model that has no tools and whose words go nowhere.

It is shown numbered texts and may answer only with which of them praise or blame which aspect of a
closed list. Whatever else it writes is discarded unread: labels, quotes, numbers of no review. So
the most that a hostile review can do is to be counted wrongly. Code counts.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from prompts import load, load_yaml
from segmentation.data.privacy import scrub, without_names
from segmentation.insight.reviews.lexicon import SIDES, Vote
from store.files import replace_file

__all__ = ["LONGEST", "PER_CALL", "Said", "Unusable", "read_reviews", "shown"]

PER_CALL = 60
LONGEST = 240
"""Characters of a review that are shown."""
LONGEST_REPLY = 20_000
MOST_VOTES = 8
"""A review said to speak of more than so many aspects was not read."""

Said = frozenset[Vote]
_FENCE = re.compile(r"\A```(?:json)?\s*(.*?)\s*```\Z", re.DOTALL)


class Unusable(Exception):
    """A reply that is not of the form asked for."""


def read_reviews(
    writer: Callable[[str, str], str], texts: Sequence[str], cache: Path, *, model: str
) -> list[Said]:
    """What each text says, in its order; kept by content, so that nothing is read twice.

    Raises:
        Unusable: a reply is not of the form asked for.
        ModelError: the model does not answer.
    """
    system, said = instructions(), list[Said]()
    for start in range(0, len(texts), PER_CALL):
        part = [shown(text) for text in texts[start : start + PER_CALL]]
        said += _read(writer, system, part, cache, model)
    return said


def instructions() -> str:
    """What the model is told to do: the same whatever the reviews."""
    known = load_yaml("themes/aspects")["aspects"]
    aspects = "\n".join(f"- {name}: {one['means']}" for name, one in known.items())
    return load("themes/read").render(aspects=aspects)


def shown(text: str) -> str:
    """A review as the model reads it: one short line without anybody's name or address."""
    named = without_names(scrub(text)[0])
    return " ".join("".join(c if c.isprintable() else " " for c in named).split())[:LONGEST]


def _read(
    writer: Callable[[str, str], str], system: str, part: Sequence[str], cache: Path, model: str
) -> list[Said]:
    user = json.dumps(
        [{"review": n, "text": text} for n, text in enumerate(part, start=1)], ensure_ascii=False
    )
    path = cache / f"{_digest(model, system, user)}.json"
    reply = _kept(path)
    if reply is None:
        reply = _themes_of(writer(system, user))
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps(list(_votes(reply, len(part)))).encode())
    return _by_review(reply, len(part))


def _by_review(told: Sequence[Any], reviews: int) -> list[Said]:
    """What each review says, by a list of anything."""
    said: list[set[Vote]] = [set() for _ in range(reviews)]
    for vote in _votes(told, reviews):
        for number in vote["reviews"]:
            said[number - 1].add((vote["aspect"], vote["side"]))
    return [frozenset(one) if len(one) <= MOST_VOTES else frozenset() for one in said]


def _themes_of(reply: str) -> list[Any]:
    """The list in a reply that is one JSON object, fenced or not, and nothing besides."""
    if len(reply) > LONGEST_REPLY:
        raise Unusable
    fenced = _FENCE.match(reply.strip())
    try:
        told = json.loads(fenced.group(1) if fenced else reply)
    except (ValueError, RecursionError) as error:
        raise Unusable from error
    if not isinstance(told, Mapping) or not isinstance(told.get("themes"), list):
        raise Unusable
    return list(told["themes"])


def _votes(told: Sequence[Any], reviews: int) -> Iterator[dict[str, Any]]:
    """Of a list of anything, what names an aspect, a side and reviews that were shown."""
    aspects = load_yaml("themes/aspects")["aspects"]
    for one in told:
        if not isinstance(one, Mapping) or not isinstance(one.get("reviews"), list):
            continue
        aspect, side = one.get("aspect"), one.get("side")
        numbers = {n for n in one["reviews"] if type(n) is int and 1 <= n <= reviews}
        if isinstance(aspect, str) and aspect in aspects and side in SIDES and numbers:
            yield {"aspect": aspect, "side": side, "reviews": sorted(numbers)}


def _kept(path: Path) -> list[Any] | None:
    """What was read before; None where it was not, or cannot be read any more."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return kept if isinstance(kept, list) else None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
