"""What a conversation has been about so far, read from its messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

__all__ = ["Call", "Memory", "mentions_of"]


_SHOW_ALL = ("run_clustering", "list_segments")
"""After these tools no single segment is spoken of."""


class Call(NamedTuple):
    """One tool call."""

    tool: str
    args: dict[str, Any]


@dataclass(frozen=True)
class Memory:
    """What earlier turns said.

    Args:
        last: the last tool call.
        pending: the call that waits for an answer, if the user was asked back last.
        segments, customers: those mentioned, in order of mention, the latest last.
        spoke_of: `customer` or `segment`, whichever was mentioned last.
    """

    last: Call | None = None
    pending: Call | None = None
    segments: tuple[int | str, ...] = ()
    customers: tuple[str, ...] = ()
    spoke_of: str = ""

    @classmethod
    def of(cls, messages: Sequence[BaseMessage]) -> Memory:
        """Read the messages before the current question, oldest first."""
        memory = cls()
        for message in messages:
            if message.type == "human":
                memory = replace(memory, pending=None)
            if message.type == "ai":
                memory = memory._after(message)
        return memory

    @property
    def is_empty(self) -> bool:
        """Whether this is the beginning of a conversation."""
        return self.last is None and self.pending is None

    def mention(self, customers: Iterable[str] = (), segments: Iterable[int | str] = ()) -> Memory:
        """The memory after somebody was mentioned."""
        customers, segments = list(customers), [s for s in segments if s != "all"]
        spoke_of = "customer" if customers else "segment" if segments else self.spoke_of
        return replace(
            self,
            customers=_moved_last(self.customers, customers),
            segments=_moved_last(self.segments, segments),
            spoke_of=spoke_of,
        )

    def _after(self, message: Any) -> Memory:
        memory = self
        for call in message.tool_calls:
            customers, segments = mentions_of(call["args"])
            memory = replace(memory, last=Call(call["name"], dict(call["args"])), pending=None)
            if call["name"] in _SHOW_ALL:
                memory = replace(memory, segments=())
            memory = memory.mention(customers, segments)
        said = message.additional_kwargs.get("kindred", {})
        memory = memory.mention(said.get("customers", ()), said.get("segments", ()))
        if pending := said.get("pending"):
            memory = replace(memory, pending=Call(pending["tool"], dict(pending["args"])))
        return memory


def mentions_of(args: dict[str, Any]) -> tuple[list[str], list[int | str]]:
    """The customers and segments in a call's arguments."""
    customers = [str(c) for c in [args.get("customer_id"), *(args.get("customer_ids") or ())] if c]
    segments = [s for s in [args.get("segment"), *(args.get("segments") or ())] if s is not None]
    for condition in args.get("filters") or ():
        if condition.get("field") == "segment":
            value = condition.get("value")
            segments += value if isinstance(value, list) else [value]
    return customers, segments


def _moved_last(known: tuple[Any, ...], new: Iterable[Any]) -> tuple[Any, ...]:
    new = list(dict.fromkeys(new))
    return (*(item for item in known if item not in new), *new)
