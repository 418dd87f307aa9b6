"""`kindred mcp`: the tools for other assistants, by the Model Context Protocol over stdio.

The only file that knows the protocol. It translates between it and the toolbox: what a tool answers
is decided there. A file is written only when the user has said yes in a form that the client shows
them (elicitation); a client that cannot show one gets the command line for a person to type.
"""

from __future__ import annotations

import itertools
import json
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

import anyio
from anyio import CapacityLimiter, from_thread, to_thread
from mcp import MCPError, types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types.version import MODERN_PROTOCOL_VERSIONS

from assistant.kindred import Kindred
from assistant.mcp.toolbox import Effects, Offered, Reading, Toolbox
from assistant.pending import PendingShelf
from assistant.tools.result import Pending
from prompts import load_yaml
from segmentation.types import KindredError, Progress

__all__ = ["build_server", "serve"]

CALLS_AT_ONCE = 4
MOMENT = 0.1
"""Seconds between two notes of progress, at least."""
RESULTS = "kindred://results/"
RESOURCES = {
    "kindred://segments": ("segments", "list_segments"),
    "kindred://data": ("data", "describe_customers"),
}
CONFIRM = "confirm"
JSON = "application/json"


def serve(kindred: Kindred) -> None:
    """Serve on stdin and stdout until the client closes them."""
    if threading.current_thread() is threading.main_thread():
        # A thread waits for stdin all the time: only the system can end it at once.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        anyio.run(_serve, build_server(Toolbox(kindred)))
    except* BrokenPipeError:
        pass  # a client that has gone reads no answer any more


def build_server(toolbox: Toolbox) -> Server[Any]:
    """The server over a toolbox; it answers `initialize` before anything is loaded."""
    desk = _Desk(toolbox)
    return Server(
        "kindred",
        version=version("kindred"),
        title="Kindred",
        instructions=load_yaml("mcp")["instructions"].strip(),
        lifespan=desk.lifespan,
        on_list_tools=desk.list_tools,
        on_call_tool=desk.call_tool,
        on_list_resources=desk.list_resources,
        on_list_resource_templates=desk.list_templates,
        on_read_resource=desk.read_resource,
    )


async def _serve(server: Server[Any]) -> None:
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


class _Desk:
    """Requests, answered."""

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox
        self._held = PendingShelf()
        self._limiter = CapacityLimiter(CALLS_AT_ONCE)

    @asynccontextmanager
    async def lifespan(self, _: Any) -> AsyncIterator[None]:
        """While a client is there; what its first call needs is brought in meanwhile."""
        async with anyio.create_task_group() as tasks:
            warm = partial(to_thread.run_sync, self._toolbox.warm, abandon_on_cancel=True)
            tasks.start_soon(warm)
            yield
            tasks.cancel_scope.cancel()

    async def list_tools(self, ctx: Any, params: Any) -> types.ListToolsResult:
        offered = await to_thread.run_sync(lambda: self._toolbox.offered)
        return types.ListToolsResult(tools=[_tool(one) for one in offered.values()])

    async def call_tool(
        self, ctx: Any, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        if params.request_state is not None:
            return _result(await self._settle(ctx, params))
        arguments = params.arguments or {}
        reading = await self._work(
            ctx, lambda **more: self._toolbox.call(params.name, arguments, **more)
        )
        if reading.pending is None:
            return _result(reading)
        if not _can_ask(ctx):
            return _result(self._toolbox.by_hand(reading))
        if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
            return self._asked(reading.pending, reading.asks)
        return _result(await self._ask(ctx, reading, reading.pending))

    async def list_resources(self, ctx: Any, params: Any) -> types.ListResourcesResult:
        told = load_yaml("mcp")["resources"]
        return types.ListResourcesResult(
            resources=[
                types.Resource(uri=uri, name=name, description=told[name], mime_type=JSON)
                for uri, (name, _) in RESOURCES.items()
            ]
        )

    async def list_templates(self, ctx: Any, params: Any) -> types.ListResourceTemplatesResult:
        told = load_yaml("mcp")["resources"]["result"]
        template = types.ResourceTemplate(
            uri_template=RESULTS + "{key}", name="result", description=told, mime_type=JSON
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(
        self, ctx: Any, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        uri = str(params.uri)
        if uri in RESOURCES:
            _, tool = RESOURCES[uri]
            reading = await self._work(ctx, lambda **more: self._toolbox.call(tool, {}, **more))
            found: Any = {"text": reading.text, **(reading.told or {})}
        else:
            found = self._whole(uri)
        text = json.dumps(found, ensure_ascii=False)
        contents = types.TextResourceContents(uri=uri, mime_type=JSON, text=text)
        return types.ReadResourceResult(contents=[contents])

    def _whole(self, uri: str) -> dict[str, Any]:
        try:
            return self._toolbox.whole(uri.removeprefix(RESULTS))
        except KindredError as error:
            raise MCPError(code=types.INVALID_PARAMS, message=str(error)) from error

    async def _work(self, ctx: Any, work: Callable[..., Reading]) -> Reading:
        """Work in a thread of its own; where the client takes the request back, it ends soon."""
        ledger = await to_thread.run_sync(self._toolbox.ledger)
        told = partial(work, progress=_progress(ctx), ledger=ledger)
        try:
            return await to_thread.run_sync(told, abandon_on_cancel=True, limiter=self._limiter)
        finally:
            ledger.vigil.stop()

    # --- the user's word ------------------------------------------------------------------------

    async def _ask(self, ctx: Any, reading: Reading, pending: Pending) -> Reading:
        """Ask now, and do what the user says: how clients before 2026-07-28 are asked."""
        try:
            answer = await ctx.session.elicit_form(
                reading.asks, self._form(), related_request_id=ctx.request_id
            )
        except MCPError:
            return self._toolbox.by_hand(reading)
        return await self._decide(pending, answer)

    def _asked(self, pending: Pending, asks: str) -> types.InputRequiredResult:
        """The question as an answer; the client comes again with the user's word.

        What it brings back is only a key to what waits here: it holds once, for these arguments.
        """
        self._held.hold(pending, "")
        params = types.ElicitRequestFormParams(message=asks, requested_schema=self._form())
        return types.InputRequiredResult(
            input_requests={CONFIRM: types.ElicitRequest(params=params)}, request_state=pending.id
        )

    async def _settle(self, ctx: Any, params: types.CallToolRequestParams) -> Reading:
        pending = self._held.take(params.request_state or "")
        if pending is None or pending.tool != params.name:
            return self._toolbox.expired()
        return await self._decide(pending, (params.input_responses or {}).get(CONFIRM))

    async def _decide(self, pending: Pending, answer: Any) -> Reading:
        if not _is_yes(answer):
            return self._toolbox.declined()
        return await to_thread.run_sync(self._toolbox.confirm, pending, limiter=self._limiter)

    def _form(self) -> dict[str, Any]:
        box = {"type": "boolean", "title": self._toolbox.words["confirm"]}
        return {"type": "object", "properties": {CONFIRM: box}, "required": [CONFIRM]}


def _tool(offered: Offered) -> types.Tool:
    return types.Tool(
        name=offered.name,
        title=offered.title,
        description=offered.description,
        input_schema=offered.schema,
        annotations=_annotations(offered.title, offered.effects),
    )


def _annotations(title: str, effects: Effects) -> types.ToolAnnotations:
    return types.ToolAnnotations(
        title=title,
        read_only_hint=not effects.writes,
        destructive_hint=effects.replaces,
        idempotent_hint=effects.again,
        open_world_hint=False,
    )


def _result(reading: Reading) -> types.CallToolResult:
    """Text, the same as structured content, and where all of it is kept if that is more."""
    told = dict(reading.told or {})
    content: list[Any] = [types.TextContent(text=reading.text)]
    if reading.key and told.get("left_off"):
        uri = RESULTS + reading.key
        content.append(types.ResourceLink(name="result", uri=uri, mime_type=JSON))
        told["whole"] = uri
    return types.CallToolResult(
        content=content, structured_content=told, is_error=reading.status == "error"
    )


def _can_ask(ctx: Any) -> bool:
    """Whether the client shows its user forms; what names no kind of them shows this one."""
    known = ctx.session.client_capabilities
    asked = known.elicitation if known else None
    return asked is not None and (asked.form is not None or asked.url is None)


def _is_yes(answer: Any) -> bool:
    """Whether a user sent the form off with a yes in it: nothing else is one."""
    if not isinstance(answer, types.ElicitResult) or answer.action != "accept":
        return False
    return (answer.content or {}).get(CONFIRM) is True


def _progress(ctx: Any) -> Progress:
    """Notes for the client that count up, as the protocol asks, whatever stage says them."""
    counted, last = itertools.count(1), time.monotonic()

    def report(stage: str, done: int, total: int | None) -> None:
        nonlocal last
        if time.monotonic() - last >= MOMENT or done == total:
            last = time.monotonic()
            message = f"{stage} {done}/{total}" if total else stage
            from_thread.run(ctx.session.report_progress, float(next(counted)), None, message)

    return report
