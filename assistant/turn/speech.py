"""Words of a language model, held back until a sentence is whole and has passed the check."""

from __future__ import annotations

from collections.abc import Callable

from assistant.grounding.answers import sentences

__all__ = ["Speech"]


class Speech:
    """One message as it comes.

    Args:
        passed: given the whole sentences and all the text so far, the part that may be shown.
        language: `en` or `zh`, for where sentences end.
    """

    def __init__(self, passed: Callable[[str, str], str], language: str) -> None:
        self._passed, self._language = passed, language
        self._heard = self._shown = ""

    def hear(self, piece: str) -> str:
        """What may be shown now that this piece has come."""
        if not piece:
            return ""
        self._heard += piece
        whole = "".join(sentences(self._heard, self._language)[:-1])
        text = self._passed(whole, self._heard)
        if not text.startswith(self._shown):
            return ""
        rest, self._shown = text[len(self._shown) :], text
        return rest
