"""A double of a language model: a server on loopback that speaks OpenAI's chat completions.

What it says is decided by a behaviour: a plain function `behave(request, n) -> Reply`, given the
body of the request and how many came before it. Every body is kept in `LlmServer.requests`.
Streaming or not follows the request.

    with LlmServer(scripted(call("list_segments"), say("There are four."))) as server:
        settings = Settings(model="openai:scripted", model_base_url=server.url)
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = [
    "REQUESTS",
    "Call",
    "LlmServer",
    "Reply",
    "broken",
    "call",
    "endless",
    "fails",
    "flaky",
    "last_question",
    "loop_different",
    "loop_same",
    "sane",
    "say",
    "scripted",
    "tool_results",
]

Request = dict[str, Any]
REQUESTS: list[Request] = []
"""Every body sent to any such server of this process: for a scan at the end of a test run."""
USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


@dataclass(frozen=True)
class Call:
    """A tool call. `args` as a string is sent as it is: for malformed ones."""

    name: str
    args: Mapping[str, Any] | str = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """What the server answers.

    Args:
        text, calls: the message of the model.
        status, headers: other than 200: an error; `body` is then its message.
        raw: sent as the whole body instead of a completion: for JSON that is none.
        cut: the connection drops `before` anything is sent, in the `middle`, or the message just
            ends (`eof`) without its last chunk.
        stall: seconds of silence in the middle (before all where nothing is streamed).
        pause: seconds between two pieces.
        endless: the text is said again and again while somebody listens.
        usage: what the provider reports; None reports nothing.
        finish: the finish reason; found from what is said where it is empty.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = "scripted failure"
    raw: str = ""
    cut: str = ""
    stall: float = 0.0
    pause: float = 0.0
    endless: bool = False
    usage: Mapping[str, Any] | None = field(default_factory=lambda: dict(USAGE))
    finish: str = ""


Behaviour = Callable[[Request, int], Reply]


def say(text: str, **how: Any) -> Reply:
    """A message of words alone."""
    return Reply(text=text, **how)


def call(name: str, **args: Any) -> Reply:
    """A message that calls one tool."""
    return Reply(calls=(Call(name, args),))


def fails(status: int, body: str = "scripted failure", **headers: str) -> Reply:
    """An error of the server; `retry_after="2"` is sent as the header Retry-After."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return Reply(status=status, body=body, headers=named)


# --- behaviours -----------------------------------------------------------------------------------


def scripted(*replies: Reply) -> Behaviour:
    """One reply after the other; afterwards errors, so that what nobody wrote is noticed."""
    return lambda request, n: replies[n] if n < len(replies) else fails(500, "end of the script")


def sane(router: Any) -> Behaviour:
    """Plans as the offline router would, and then says in its own way what the tools said."""
    from langchain_core.messages import convert_to_messages

    from assistant.router.model import message_of

    def behave(request: Request, n: int) -> Reply:
        if results := tool_results(request):
            return say(" ".join(_retold(result) for result in results))
        messages = [m for m in convert_to_messages(request["messages"]) if m.type != "system"]
        place = max(i for i, m in enumerate(messages) if m.type == "human")
        decision = router.decide(str(messages[place].text), messages[:place])
        planned = message_of(decision, str(n), said="Which one do you mean?")
        calls = tuple(Call(c["name"], c["args"]) for c in planned.tool_calls)
        return Reply(text=str(planned.text), calls=calls)

    return behave


def flaky(trouble: Reply, then: Behaviour, times: int = 1, at: int = 0) -> Behaviour:
    """`then`, but the requests from number `at` on go wrong, so many `times`."""

    def behave(request: Request, n: int) -> Reply:
        if at <= n < at + times:
            return trouble
        return then(request, n if n < at else n - times)

    return behave


def broken(trouble: Reply) -> Behaviour:
    """Nothing but trouble."""
    return lambda request, n: trouble


def loop_same(name: str, **args: Any) -> Behaviour:
    """The same call for ever."""
    return lambda request, n: call(name, **args)


def loop_different(name: str, argument: str, at_once: int = 1, **args: Any) -> Behaviour:
    """Calls for ever, each with another value of an argument: 1, 2, 3, ..."""

    def behave(request: Request, n: int) -> Reply:
        values = range(n * at_once + 1, (n + 1) * at_once + 1)
        return Reply(calls=tuple(Call(name, {**args, argument: value}) for value in values))

    return behave


def endless(text: str = "And so on and on. ") -> Behaviour:
    """Words without end (without streaming: very many)."""
    return lambda request, n: say(text, endless=True)


# --- what a behaviour may look at -----------------------------------------------------------------


def last_question(request: Request) -> str:
    """What the user said last."""
    asked = [m["content"] for m in request["messages"] if m["role"] == "user"]
    return asked[-1] if asked else ""


def tool_results(request: Request) -> list[str]:
    """What the tools answered that the conversation ends with."""
    results: list[str] = []
    for message in reversed(request["messages"]):
        if message["role"] != "tool":
            break
        results.insert(0, message["content"])
    return results


def _retold(text: str) -> str:
    """The sentences of a text on one line: the same content, laid out differently."""
    return " ".join(text.replace("**", "").split())


# --- the server -----------------------------------------------------------------------------------


class LlmServer:
    """Serves a behaviour while the context is open. `behaviour` may be set anew in between."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.requests: list[Request] = []
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        """What `KINDRED_MODEL_BASE_URL` is set to."""
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> LlmServer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def behave(self, behaviour: Behaviour) -> None:
        """Behave so from now on, counting requests from 0."""
        with self._lock:
            self.behaviour, self.requests = behaviour, []

    def reply_to(self, request: Request) -> Reply:
        """What to answer; the request is kept."""
        with self._lock:
            n = len(self.requests)
            self.requests.append(request)
            REQUESTS.append(request)
        return self.behaviour(request, n)

    def wait(self, seconds: float) -> None:
        """Seconds of silence, fewer where the server is being closed."""
        self._closing.wait(seconds)

    @property
    def open(self) -> bool:
        """Whether it is not being closed."""
        return not self._closing.is_set()


def _handler(server: LlmServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reply = server.reply_to(body)
            self.close_connection = True
            with contextlib.suppress(OSError):
                self._answer(body, reply)

        def _answer(self, body: Request, reply: Reply) -> None:
            if reply.cut == "before":
                return
            if reply.status != 200:
                error = {"error": {"message": reply.body, "type": "scripted"}}
                self._whole(reply.status, json.dumps(error), reply.headers)
            elif reply.raw:
                self._whole(200, reply.raw, reply.headers)
            elif body.get("stream"):
                self._stream(reply, usage=bool(body.get("stream_options", {}).get("include_usage")))
            else:
                server.wait(reply.stall)
                self._whole(200, json.dumps(_completion(reply)), reply.headers, reply.cut)

        def _whole(self, status: int, text: str, headers: Mapping[str, str], cut: str = "") -> None:
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if cut else data)

        def _stream(self, reply: Reply, usage: bool) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("Connection", "close")
            self.end_headers()
            pieces = list(_pieces(reply))
            half = len(pieces) // 2
            for place, piece in enumerate(pieces):
                if place == half:
                    server.wait(reply.stall)
                    if reply.cut == "middle":
                        return
                    if reply.cut == "eof":
                        self._chunk("")
                        return
                self._send(_chunk(piece))
                server.wait(reply.pause)
            while reply.endless and server.open:
                self._send(_chunk({"content": reply.text}))
                server.wait(max(reply.pause, 0.001))
            self._send(_chunk({}, reply.finish or ("tool_calls" if reply.calls else "stop")))
            if usage and reply.usage is not None:
                self._send({**_chunk({}), "choices": [], "usage": dict(reply.usage)})
            self._chunk("data: [DONE]\n\n")
            self._chunk("")

        def _send(self, document: Mapping[str, Any]) -> None:
            self._chunk(f"data: {json.dumps(document)}\n\n")

        def _chunk(self, text: str) -> None:
            data = text.encode()
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
            self.wfile.flush()

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


_TOKEN = re.compile(r"\s*[^\s]+\s*")


def _pieces(reply: Reply) -> Iterator[dict[str, Any]]:
    """The message in the pieces a server sends: words, and calls in two halves."""
    yield {"role": "assistant", "content": ""}
    for token in _TOKEN.findall(reply.text):
        yield {"content": token}
    for place, one in enumerate(_calls(reply)):
        arguments = one["function"]["arguments"]
        half = len(arguments) // 2
        first = {**one["function"], "arguments": arguments[:half]}
        yield {"tool_calls": [{**one, "index": place, "function": first}]}
        yield {"tool_calls": [{"index": place, "function": {"arguments": arguments[half:]}}]}


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {
            "id": f"call_{next(_NUMBERS)}",
            "type": "function",
            "function": {"name": one.name, "arguments": _arguments(one)},
        }
        for one in reply.calls
    ]


def _arguments(one: Call) -> str:
    return one.args if isinstance(one.args, str) else json.dumps(dict(one.args))


def _completion(reply: Reply) -> dict[str, Any]:
    if reply.endless:
        reply = replace(reply, text=reply.text * 5_000)
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = _calls(reply)
    finish = reply.finish or ("tool_calls" if reply.calls else "stop")
    choice = {"index": 0, "message": message, "finish_reason": finish}
    document = {**_HEAD, "object": "chat.completion", "choices": [choice]}
    return document if reply.usage is None else {**document, "usage": dict(reply.usage)}


def _chunk(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": dict(delta), "finish_reason": finish}
    return {**_HEAD, "object": "chat.completion.chunk", "choices": [choice]}


_NUMBERS = itertools.count()
_HEAD = {"id": "c1", "created": 0, "model": "scripted"}
