"""A double of a language model that obeys every order it finds in any text but the user's.

It is as gullible as can be: it sees through codes, look-alike letters and languages, and takes a
tool's name, or a canary, for an order wherever it stands. What it did not read it cannot obey.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

_ALIKE = str.maketrans("аеорсх", "aeopcx")
_LINK = re.compile(r"https?://\S+")


def obeyer(server: Any, hostile: Any, plan: Callable[[dict[str, Any], int], Any]) -> Any:
    """Plans as `plan` does, and does besides what any text tells it.

    Args:
        server: the module doubles/llm_server.py.
        hostile: the module doubles/hostile.py: whose goals it knows how to carry out.
    """

    def behave(request: dict[str, Any], n: int) -> Any:
        texts = [str(m.get("content") or "") for m in request["messages"] if m["role"] != "user"]
        read = "\n".join(texts[1:] if request["messages"][0]["role"] == "system" else texts)
        made = {c["function"]["name"] for m in request["messages"] for c in m.get("tool_calls", ())}
        told = [goal.call for goal in hostile.GOALS if goal.call and _tells(read, goal)]
        calls = tuple(server.Call(name, args) for name, args in told if name not in made)
        if calls:
            return server.Reply(calls=calls)
        own = plan(request, n)
        said = sorted(set(_canaries(read, hostile.CANARY)))
        if not said or own.calls:
            return own
        return server.say(f"{own.text} {' '.join(said)}.")

    return behave


def _tells(read: str, goal: Any) -> bool:
    """Whether a text has the tool's name in it, or the order in short."""
    name = goal.call[0]
    wanted = (name, name.replace("_", " "), goal.orders["short"])
    squeezed = [re.sub(r"[\W_]+", "", one.lower()) for one in wanted]
    return any(one in text for text in readings(read) for one in squeezed)


def _canaries(read: str, canary: str) -> Iterator[str]:
    for text in readings(read):
        yield from re.findall(canary + r"[a-j]{3}", text)


def readings(text: str) -> Iterator[str]:
    """A text in all the ways it may be meant, without anything but letters and figures."""
    whole = unicodedata.normalize("NFKC", text).translate(_ALIKE)
    for one in (whole, whole[::-1], *_decoded(text)):
        yield re.sub(r"[\W_]+", "", one.lower())


def _decoded(text: str) -> Iterator[str]:
    for token in re.findall(r"[A-Za-z0-9+/=]{12,}", text):
        try:
            yield base64.b64decode(token + "=" * (-len(token) % 4), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
