"""One reader of the page without a browser: plays Gradio's own events as its front end does.

It follows what /config says leads to what, keeps no component but those it is asked for, and draws
nothing. For measuring; programs ask through the typed endpoints (docs/programs.md).
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

__all__ = ["Heard", "Reader"]

LONGEST = 120.0
"""Seconds without a word after which an answer counts as lost."""


@dataclass
class Heard:
    """What came of one question: seconds since Enter, and what crossed the wire."""

    shown: float = 0.0
    first: float = 0.0
    """The first thing of the answer, be it the line of its first step."""
    whole: float = 0.0
    bytes: int = 0
    messages: list[Any] = field(default_factory=list)
    """The whole chat as drawn at the end."""
    error: str = ""


class Reader:
    """One browser tab, as the server sees it."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=LONGEST)
        self._session = uuid.uuid4().hex[:12]
        config = self._http.get("config").raise_for_status().json()
        self._prefix = config["api_prefix"].strip("/")
        self._events = {one["id"]: one for one in config["dependencies"]}
        self._named = {
            one["props"].get("elem_id"): one["id"] for one in config["components"] if one["props"]
        }
        self._values = {one["id"]: one["props"].get("value") for one in config["components"]}

    def close(self) -> None:
        self._http.close()

    def set(self, name: str, value: Any) -> None:
        """What a reader typed or chose in the component of that `elem_id`."""
        self._values[self._named[name]] = value

    def ask(self, question: str) -> Heard:
        """Type a question, press Enter, and follow it until the page is at rest."""
        heard, started = Heard(), time.perf_counter()
        self.set("kd-box", question)
        try:
            for event, output in self._follow(self._named["kd-box"], "submit", heard):
                now = time.perf_counter() - started
                heard.shown = heard.shown or now
                if event["types"]["generator"] and output:
                    heard.first = heard.first or now
                    heard.whole = now
        except (httpx.HTTPError, RuntimeError) as error:
            heard.error = f"{type(error).__name__}: {error}"
        chat = self._values[self._named["kd-chat"]]
        heard.messages = chat if isinstance(chat, list) else []
        return heard

    def _follow(
        self, component: int, kind: str, heard: Heard
    ) -> Iterator[tuple[dict[str, Any], list[Any]]]:
        """Every output of an event and of all that follows it."""
        waiting = [e["id"] for e in self._events.values() if [component, kind] in e["targets"]]
        while waiting:
            event = self._events[waiting.pop(0)]
            if event["backend_fn"]:
                for output in self._run(event, component, heard):
                    yield event, output
            waiting += [e["id"] for e in self._events.values() if e["trigger_after"] == event["id"]]

    def _run(self, event: dict[str, Any], trigger: int, heard: Heard) -> Iterator[list[Any]]:
        body = {
            "fn_index": event["id"],
            "trigger_id": trigger,
            "session_hash": self._session,
            "event_data": None,
            "data": [self._values[one] for one in event["inputs"]],
        }
        joined = self._http.post(f"{self._prefix}/queue/join", json=body).raise_for_status()
        own = joined.json()["event_id"]
        for message in self._stream(heard):
            if message.get("event_id") != own:
                continue
            if message["msg"] == "process_generating":
                yield message["output"]["data"]
            elif message["msg"] == "process_completed":
                if not message["success"]:
                    raise RuntimeError(message["output"].get("error") or event["api_name"])
                self._keep(event, message["output"]["data"])
                yield message["output"]["data"]
                return
        raise RuntimeError("the stream ended early")

    def _stream(self, heard: Heard) -> Iterator[dict[str, Any]]:
        path, session = f"{self._prefix}/queue/data", {"session_hash": self._session}
        with self._http.stream("GET", path, params=session) as lines:
            for line in lines.iter_lines():
                heard.bytes += len(line)
                if line.startswith("data:"):
                    yield json.loads(line[5:])

    def _keep(self, event: dict[str, Any], output: list[Any]) -> None:
        """Take over what an event made of the components; a generator's last word is a change."""
        if event["types"]["generator"]:
            return
        for one, value in zip(event["outputs"], output, strict=False):
            if not isinstance(value, dict) or "__type__" not in value:
                self._values[one] = value
            elif "value" in value:
                self._values[one] = value["value"]
