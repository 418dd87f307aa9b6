"""What a card tells of a segment beside its name and size: two numbers, and its persona in a line.

Both take a while to find, so they are found aside and a card is whole a little later. Nothing is
drawn here, and no language model is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.page.wording import page_words
from assistant.personas.archive import kept_when
from assistant.personas.personas import personas_at_hand
from assistant.personas.words import rounded, shown
from assistant.tools.verdicts import has_segments
from assistant.tools.voice import COUNTED, Voice, clean, voice
from segmentation.insight.evidence.telling import telling
from segmentation.types import Fact

if TYPE_CHECKING:
    from segmentation.insight.evidence.contrasts import Contrast

__all__ = ["Card", "Number", "SegmentCards"]


@dataclass(frozen=True)
class Number:
    """A telling number in words: `€351`, `an order`, and everybody else's `€193`.

    Args:
        rest: empty where there is nobody else.
        facts: what it rests on.
    """

    value: str
    label: str
    rest: str = ""
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Card:
    """What is told of one segment; None is what is still being found.

    Args:
        persona: the name its persona has, empty where that is its plain name.
        tagline: its persona in a line, empty where it has none.
    """

    numbers: tuple[Number, ...] | None = None
    persona: str | None = None
    tagline: str | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is still being found."""
        return self.numbers is not None and self.tagline is not None


class SegmentCards:
    """The cards of a workspace's current segments, by segment id."""

    def __init__(self, workspace: Any, aside: Executor) -> None:
        self._workspace, self._aside = workspace, aside
        self._found: dict[tuple[Any, ...], Future[Any]] = {}

    def begin(self) -> None:
        """Begin to find the numbers, which are the same in every language."""
        self._numbers()

    def __call__(self, language: str) -> dict[int, Card]:
        """The cards as far as they are known now."""
        return self._cards(language, _at_once)

    def whole(self, language: str) -> dict[int, Card]:
        """The cards once they are whole."""
        return self._cards(language, Future.result)

    def _cards(self, language: str, get: Callable[[Future[Any]], Any]) -> dict[int, Card]:
        numbers, told = get(self._numbers()), get(self._words(language))
        base, say = self._workspace.base, voice(language)
        cards = {}
        for one in base.segmentation.segments:
            own = None if numbers is None else _worded(say, one.id, numbers.get(one.id, ()))
            name, line = (None, None) if told is None else told.get(one.id, ("", ""))
            cards[one.id] = Card(own, name, line)
        return cards

    def _numbers(self) -> Future[Any]:
        return self._once("numbers", lambda: telling(self._workspace.base))

    def _words(self, language: str) -> Future[Any]:
        when = kept_when(self._workspace)
        return self._once(f"{language}/{when}", lambda: _words(self._workspace, language))

    def _once(self, what: str, find: Callable[[], Any]) -> Future[Any]:
        """What was begun to be found of the current segments; of earlier ones nothing is kept."""
        current = self._workspace.base.segmentation.id
        self._found = {key: one for key, one in self._found.items() if key[0] == current}
        if (current, what) not in self._found:
            self._found[current, what] = self._aside.submit(find)
        return self._found[current, what]


def _at_once(future: Future[Any]) -> Any:
    """None while it is being found; nothing where it could not be: who asks then is told why."""
    if not future.done():
        return None
    return future.result() if future.exception() is None else {}


def _words(workspace: Any, language: str) -> Mapping[int, tuple[str, str]]:
    """Segment id → its persona's own name and tagline; none where there are no segments."""
    if not has_segments(workspace.base.segmentation):
        return {}
    return {
        one.segment: ("" if one.name == one.segment_name else clean(one.name), clean(one.tagline))
        for one in personas_at_hand(workspace, language)
    }


def _worded(say: Voice, segment: int, found: Sequence[Contrast]) -> tuple[Number, ...]:
    """The numbers as a reader has them; one that reads like everybody else's tells nothing."""
    told = [_number(say, segment, one) for one in found]
    return tuple(one for one in told if one.value != one.rest)


def _number(say: Voice, segment: int, one: Contrast) -> Number:
    label = str(page_words(say.language)["card_numbers"][one.metric])
    value = "" if one.value is None else _figure(say, one.value, one.unit)
    rest = "" if one.rest is None else _figure(say, one.rest, one.unit)
    facts = tuple(fact for fact in one.facts(segment) if fact.metric == one.metric)
    return Number(value, label, rest, facts)


def _figure(say: Voice, value: float, unit: str) -> str:
    """`€351`, `34%`, `49`: as short as can be, the label says of what."""
    short = rounded(value, unit)
    return say.number(short) if unit in ("days", *COUNTED) else shown(say, short, unit)
