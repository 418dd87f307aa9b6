"""Doubles for the assistant: a scripted OpenAI-compatible server on loopback."""

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class ScriptedServer:
    """Answers `/v1/chat/completions` from a queue; keeps every request it was sent."""

    def __init__(self):
        self.script = deque()
        self.requests = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def will_say(self, text):
        self.script.append({"role": "assistant", "content": text})

    def will_call(self, name, **args):
        function = {"name": name, "arguments": json.dumps(args)}
        call = {"index": 0, "id": "call_1", "type": "function", "function": function}
        self.script.append({"role": "assistant", "content": None, "tool_calls": [call]})

    def will_fail(self, status):
        self.script.append(status)

    def close(self):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _handler(server):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.requests.append(body)
                turn = server.script.popleft() if server.script else 500
                if isinstance(turn, int):
                    self._reply(turn, {"error": {"message": "scripted failure"}})
                elif body.get("stream"):
                    self._stream(turn)
                else:
                    self._reply(200, _completion(turn, "message"))

            def _reply(self, status, document):
                self._send(status, "application/json", json.dumps(document).encode())

            def _stream(self, turn):
                chunks = [_completion(turn, "delta", finished=False), _completion({}, "delta")]
                lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
                self._send(200, "text/event-stream", "".join([*lines, "data: [DONE]\n\n"]).encode())

            def _send(self, status, kind, data):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        return Handler


def _completion(turn, part, finished=True):
    reason = "tool_calls" if turn.get("tool_calls") else "stop"
    choice = {"index": 0, part: turn, "finish_reason": reason if finished else None}
    kind = "chat.completion" if part == "message" else "chat.completion.chunk"
    return {"id": "c1", "object": kind, "created": 0, "model": "scripted", "choices": [choice]}


@pytest.fixture
def llm():
    server = ScriptedServer()
    yield server
    server.close()
