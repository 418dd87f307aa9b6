"""The eighteen tools over one workspace, for a language model that is not ours.

Nothing is known of its conversation. So it reads less than a person would: every text, fact, table
and chart goes through assistant/sight, and what would leave the machine waits for the user's word,
which whoever speaks with the user brings (server.py). Knows no protocol.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from assistant.kindred import Kindred
from assistant.tools.result import Pending, Status, ToolResult, Turn
from prompts import load_yaml
from segmentation.types import InputError, KindredError, Progress, silent

__all__ = ["Effects", "Offered", "Reading", "Toolbox"]

MOST_FACTS, MOST_ROWS = 100, 50
"""Of a result that a model is handed; the rest is kept under the result's key."""
BY = "mcp"


@dataclass(frozen=True)
class Effects:
    """What a call changes: nothing, something new beside what is there, or what is there."""

    writes: bool = False
    replaces: bool = False
    again: bool = True
    """Whether a second call with the same arguments changes nothing more."""


EFFECTS = {
    "run_clustering": Effects(writes=True, replaces=True),
    "plan_campaign": Effects(writes=True, again=False),
    "export_audience": Effects(writes=True, again=False),
}


@dataclass(frozen=True)
class Offered:
    """A tool as it is offered. `arguments` is the pydantic model of what it takes, and no more."""

    name: str
    description: str
    arguments: Any
    effects: Effects

    @property
    def title(self) -> str:
        """`Query customers`."""
        return self.name.replace("_", " ").capitalize()

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments."""
        from pydantic import TypeAdapter

        whole = TypeAdapter(self.arguments).json_schema()
        return {"type": "object", **{k: v for k, v in whole.items() if k != "title"}}


@dataclass(frozen=True)
class Reading:
    """What a model may read of an answer.

    Args:
        told: JSON of the facts, tables and the like, cut to what a model can take.
        key: finds the whole result again; empty where there is none.
        pending: what waits for the user's word; `asks` says it to them, with its exact arguments.
    """

    text: str
    status: Status = "ok"
    told: Mapping[str, Any] | None = None
    key: str = ""
    pending: Pending | None = None
    asks: str = ""


@dataclass(frozen=True)
class _Open:
    """An opened workspace, what its names are called for a model, and what that was shown."""

    workspace: Any
    sight: Any
    seen: Any


class Toolbox:
    """Tools by name; threads may call them side by side. Opens the workspace when it is needed."""

    def __init__(self, kindred: Kindred) -> None:
        self._kindred = kindred
        self._lock = threading.Lock()
        self._open: _Open | None = None
        language = kindred.settings.language
        self.language = "en" if language == "auto" else language
        self.words: Mapping[str, str] = load_yaml("mcp")[self.language]

    @cached_property
    def offered(self) -> Mapping[str, Offered]:
        """Name -> the tool, as it describes itself to any model."""
        from assistant.tools.registry import build_tools

        return {
            tool.name: Offered(
                tool.name,
                tool.description,
                _closed(tool.tool_call_schema),
                EFFECTS.get(tool.name, Effects()),
            )
            for tool in build_tools(None)
        }

    def warm(self) -> None:
        """Bring in what the first call would wait for; what is wrong is said by that call."""
        _ = self.offered
        with suppress(KindredError):
            _ = self._opened().workspace.base

    def ledger(self) -> Any:
        """An account for one call, by whose `vigil` it can be stopped."""
        from assistant.models import limits_of
        from assistant.turn.ledger import Ledger

        return Ledger(limits_of(self._kindred.settings))

    def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        progress: Progress = silent,
        ledger: Any = None,
    ) -> Reading:
        """Call a tool; whatever is wrong comes back as an answer with the status `error`."""
        from assistant.tools.registry import called

        def work(house: _Open) -> Reading:
            turn = Turn(self.language, ledger)
            found = called(house.workspace, name, turn, given, sight=house.sight, progress=progress)
            return self._read(house, *found)

        if (tool := self.offered.get(name)) is None:
            return self._failed("no_tool", given=name[:80], names=", ".join(self.offered))
        try:
            given = _given(tool, arguments)
        except InputError as error:
            return _error(error.what)
        return self._safely(name, work)

    def confirm(self, pending: Pending) -> Reading:
        """Do what waits, on the user's own word: nothing a model says leads here."""
        from assistant.tools.exporting import write_confirmed
        from assistant.tools.voice import listening

        def work(house: _Open) -> Reading:
            with listening() as heard:
                result = write_confirmed(house.workspace, pending, by=BY)
            return self._read(house, result, heard)

        return self._safely(pending.tool, work)

    def declined(self) -> Reading:
        """The user said no, or nothing."""
        return Reading(self.words["declined"], told={"status": "ok", "written": False})

    def expired(self) -> Reading:
        """The user's word came for what no longer waits."""
        return self._failed("expired")

    def by_hand(self, reading: Reading) -> Reading:
        """What waits, where nobody can be asked: the command line that does it."""
        assert reading.told is not None
        command = reading.told["confirm"]["command"]
        told = self.words["by_hand"].format(command=command)
        return replace(reading, text=f"{reading.text}\n\n{told}")

    def whole(self, key: str) -> dict[str, Any]:
        """All of a result as a model may read it. Raises KindredError when it has gone."""
        result = self._open.seen.get(key) if self._open else None
        if result is None:
            raise KindredError(self.words["no_result"].format(given=key[:40]).rstrip("."))
        found: dict[str, Any] = _plain(_document(result))
        return found

    # --- within -------------------------------------------------------------------------------

    def _opened(self) -> _Open:
        """Raises KindredError as long as there is nothing to open; asked again, it may be there."""
        from assistant.results import ResultShelf
        from assistant.sight.sight import Sight

        with self._lock:
            if self._open is None:
                self._open = _Open(self._kindred.workspace, Sight(), ResultShelf())
            return self._open

    def _safely(self, name: str, work: Callable[[_Open], Reading]) -> Reading:
        try:
            return work(self._opened())
        except KindredError as error:
            return _error(str(error))
        except Exception as error:  # a defect in a tool must not end the connection
            logging.getLogger("kindred").exception("%s failed", name)
            return self._failed("broken", tool=name, kind=type(error).__name__)

    def _failed(self, key: str, **values: str) -> Reading:
        return _error(self.words[key].format(**values))

    def _read(self, house: _Open, result: ToolResult, heard: Any) -> Reading:
        from assistant.sight.results import shown_json, values_in
        from assistant.tools.registry import LONGEST, reader

        heard.values |= values_in(result, house.workspace.base)
        shown = reader(house.workspace, house.sight, heard)
        plain = replace(result, text=result.for_model or result.text, claims=(), confirm=None)
        seen = ToolResult.from_json(shown_json(_plain(plain.to_json()), shown))
        pending = result.confirm
        told = _cut(_document(seen)) | {"confirm": _waiting(pending, shown) if pending else None}
        asks = self._asks(result, pending) if pending else ""
        key = house.seen.put(seen)
        return Reading(seen.text[:LONGEST], result.status, told, key, pending, asks)

    def _asks(self, result: ToolResult, pending: Pending) -> str:
        """What the user is asked: the file that would be written, and by which call."""
        from assistant.tools.voice import voice

        args = "\n".join(
            f"· {name}: {json.dumps(value, ensure_ascii=False)}"
            for name, value in pending.args.items()
        )
        # Where the button of the chat is, the client has its own.
        told = result.text.replace(str(voice(pending.language)["export.confirm"]), "").strip()
        return self.words["ask"].format(told=told, tool=pending.tool, args=args)


def _error(text: str) -> Reading:
    return Reading(text, "error", {"status": "error"})


def _closed(arguments: Any) -> Any:
    """The same arguments, and no others."""
    return type(arguments.__name__, (arguments,), {"model_config": {"extra": "forbid"}})


def _given(tool: Offered, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as the tool takes them. Raises InputError, which names the valid ones."""
    from assistant.tools.schemas import checked

    valid = checked(tool.arguments, arguments)
    return {field: getattr(valid, field) for field in valid.model_fields_set}


def _document(result: ToolResult) -> dict[str, Any]:
    whole = result.to_json()
    names = ("status", "facts", "tables", "charts", "notices", "files")
    return {name: whole[name] for name in names}


def _cut(whole: Mapping[str, Any]) -> dict[str, Any]:
    """As much of a document as a model can take, and how much was left off."""
    left = {
        "facts": max(0, len(whole["facts"]) - MOST_FACTS),
        "rows": sum(max(0, len(table["rows"]) - MOST_ROWS) for table in whole["tables"]),
        "charts": len(whole["charts"]),
    }
    return {
        **whole,
        "facts": whole["facts"][:MOST_FACTS],
        "tables": [table | {"rows": table["rows"][:MOST_ROWS]} for table in whole["tables"]],
        "charts": [{"title": chart["title"]} for chart in whole["charts"]],
        "left_off": {name: count for name, count in left.items() if count},
    }


def _waiting(pending: Pending, shown: Callable[[str], str]) -> dict[str, Any]:
    """What waits, for the model: where an argument may not be read, neither may the command."""
    from assistant.sight.results import shown_json

    args = shown_json(_plain(pending.args), shown)
    readable = args == _plain(pending.args)
    command = pending.command if readable else shown(pending.command)
    return {"tool": pending.tool, "args": args, "command": command}


def _plain(value: Any) -> Any:
    """JSON values alone: what numpy left is written as the number it is."""
    return json.loads(json.dumps(value, ensure_ascii=False, default=_number))


def _number(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)
