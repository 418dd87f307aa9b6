"""What a language model reads of data: plain names as they stand, references for all else.

A reference (`[name fpkmdtbl]`) is made of the value alone, so that it is the same in every
conversation; it has no figures, which are for numbers. It is put back where a call's
arguments have it, and where a reader reads it, unless it reads like an order to a program.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from assistant.sight.names import is_fit_to_print, is_name
from prompts import load_yaml
from segmentation.data.scrubbing import scrub

__all__ = ["Sight", "is_shown", "reference"]

LETTERS = 8
_OF_HEX = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")
"""Letters that make no words."""
_REFERENCE = re.compile(
    rf"(?P<open>[“\"«「‘']?)\[?\bname[ #-]([b-df-hj-np-t]{{{LETTERS}}})\b\]?", re.I
)
_QUOTED = re.compile(r"“([^“”]*)”|(?<!\w)'([^'\n]{2,})'(?!\w)|‘([^‘’]*)’")


def reference(value: str) -> str:
    """What stands for a value that is not shown."""
    return f"[name {_key(value)}]"


def _key(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:LETTERS].translate(_OF_HEX)


def is_shown(value: str) -> bool:
    """Whether a language model may read the value: plainly a name, and nobody's address."""
    return is_name(value) and not scrub(value)[1]


class Sight:
    """Keeps what references stand for. One per workspace; threads may share it."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._never: set[str] = set()
        self._lock = threading.Lock()

    def shown(self, text: str, values: Iterable[str], private: Iterable[str] = ()) -> str:
        """`text` as a language model may read it; `reader` for one text."""
        return self.reader(values, private)(text)

    def reader(
        self, values: Iterable[str], private: Iterable[str] = (), never: Iterable[str] = ()
    ) -> Callable[[str], str]:
        """Makes of texts what a language model may read of them.

        Args:
            values: what in them came from data.
            private: what customers wrote; hidden whatever it looks like.
            never: hidden too, and not put back for a reader either.
        """
        never = set(never)
        self._never |= never
        hidden = {value for value in values if not is_shown(value)} | {*private, *never}
        replaced = _replacer({value: self._refer(value) for value in hidden if value.strip()})
        return lambda text: _QUOTED.sub(self._quotation, replaced(text))

    def told(self, text: str, quotes: tuple[str, str] = ("“", "”")) -> str:
        """A model's text as a reader reads it: names for references, in quotation marks.

        A value that is not fit to print stays a reference.
        """

        def named(match: re.Match[str]) -> str:
            value = self.value(match.group(2))
            if value is None or value in self._never or not is_fit_to_print(value):
                return match.group()
            opened = match.group("open")
            return f"{opened}{value}" if opened else f"{quotes[0]}{value}{quotes[1]}"

        return _REFERENCE.sub(named, text)

    def view(self, messages: Sequence[BaseMessage]) -> list[BaseMessage]:
        """A conversation as a language model may read it.

        Names that were put back for the reader are references again; what another model left here,
        which read all there was, is not shown at all.
        """
        named = {k: v for m in messages for k, v in _names_of(m).items()}
        self.learn(named)
        again = {value: reference(value) for value in named.values()}
        seen: list[BaseMessage] = []
        foreign = False
        for message in messages:
            if isinstance(message, HumanMessage):
                foreign = False
            foreign = foreign or _is_foreign(message)
            seen.append(_viewed(message, again, foreign))
        return seen

    def resolved(self, argument: Any) -> Any:
        """An argument of a call with the values its references stand for."""
        if isinstance(argument, str):
            return self._resolved(argument)
        if isinstance(argument, Mapping):
            return {key: self.resolved(value) for key, value in argument.items()}
        return [self.resolved(one) for one in argument] if isinstance(argument, list) else argument

    def value(self, key: str) -> str | None:
        """What the reference with these letters stands for."""
        return self._values.get(key.lower())

    def known(self, text: str) -> dict[str, str]:
        """The references in a text with their values: what `learn` takes."""
        keys = [match.group(2).lower() for match in _REFERENCE.finditer(text)]
        return {key: self._values[key] for key in keys if key in self._values}

    def learn(self, values: Mapping[str, str]) -> None:
        """Know again what references of an earlier process stood for."""
        with self._lock:
            self._values.update({k: v for k, v in values.items() if _key(v) == k})

    def _refer(self, value: str) -> str:
        with self._lock:
            self._values[_key(value)] = value
        return reference(value)

    def _resolved(self, text: str) -> str:
        return _REFERENCE.sub(
            lambda m: m.group("open") + (self.value(m.group(2)) or m.group()[len(m["open"]) :]),
            text,
        )

    def _quotation(self, match: re.Match[str]) -> str:
        """What stands in quotation marks came from data, whoever put it there."""
        said = next(group for group in match.groups() if group is not None)
        if is_shown(said) or _REFERENCE.search(said):
            return match.group()
        return match.group().replace(said, self._refer(said))


def _names_of(message: BaseMessage) -> Mapping[str, str]:
    artifact = message.artifact if isinstance(message, ToolMessage) else None
    names: Mapping[str, str] = (artifact or {}).get("names", {})
    return names


def _is_foreign(message: BaseMessage) -> bool:
    """A result that was not made for a language model to read."""
    return isinstance(message, ToolMessage) and "names" not in (message.artifact or {"names": {}})


def _viewed(message: BaseMessage, again: Mapping[str, str], foreign: bool) -> BaseMessage:
    if isinstance(message, HumanMessage):
        return message
    if foreign and not (isinstance(message, AIMessage) and message.tool_calls):
        return message.model_copy(update={"content": str(load_yaml("sight/notes")["foreign"])})
    if isinstance(message, AIMessage) and isinstance(message.content, str):
        return message.model_copy(update={"content": _replacer(again)(message.content)})
    return message


def _replacer(named: Mapping[str, str]) -> Callable[[str], str]:
    """Replaces every occurrence of the keys as whole words, the longest first."""
    if not named:
        return str
    longest = sorted(named, key=len, reverse=True)
    pattern = re.compile("|".join(_whole(value) for value in longest))
    return lambda text: pattern.sub(lambda match: named[match.group()], text)


def _whole(value: str) -> str:
    """A value that is not the middle of a longer word; scripts without spaces have no words."""
    before = r"(?<!\w)" if value[0].isascii() and value[0].isalnum() else ""
    after = r"(?!\w)" if value[-1].isascii() and value[-1].isalnum() else ""
    return f"{before}{re.escape(value)}{after}"
