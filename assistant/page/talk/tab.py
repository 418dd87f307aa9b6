"""What one browser tab holds: a conversation, and how what is over in it was drawn."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from assistant.page.talk.conversation import Conversation
from assistant.page.talk.exchange import Exchange
from assistant.page.talk.messages import draw

__all__ = ["Tab"]


@dataclass
class Tab:
    """A browser tab. Its conversation may be open in others too."""

    conversation: Conversation
    beside: bool = False
    """Whether something was drawn beside an answer as it came: it may have covered its end."""
    _drawn: dict[tuple[str, int], list[Any]] = field(default_factory=dict)
    _drawing: threading.Lock = field(default_factory=threading.Lock)

    def show(self, conversation: Conversation) -> None:
        """Turn to another conversation."""
        with self._drawing:
            self.conversation, self._drawn = conversation, {}

    @property
    def whole(self) -> bool:
        """Whether what was drawn last is all there is, and nothing is still to come."""
        with self._drawing:
            exchanges = list(self.conversation.exchanges)
            return all(one.over and _key(one) in self._drawn for one in exchanges)

    def draw(self) -> list[Any]:
        """Everything said, as messages; what is over is drawn once, and anew after a decision."""
        with self._drawing:
            kept, messages, ahead = self._drawn, list[Any](), False
            self._drawn = {}
            for exchange in list(self.conversation.exchanges):
                key, over = _key(exchange), exchange.over
                drawn = kept.get(key) or draw(exchange, queued=ahead and not exchange.begun)
                if over:
                    self._drawn[key] = drawn
                ahead = ahead or not over
                messages += drawn
            return messages


def _key(exchange: Exchange) -> tuple[str, int]:
    """What an exchange is drawn anew for, once it is over: a decision in it."""
    return exchange.id, len(exchange.decisions)
