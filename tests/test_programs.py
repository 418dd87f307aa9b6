"""Other programs over a built shop: the endpoints beside the page, and the tools over stdio."""

import json
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from gradio_client import Client
from mcp import Client as McpClient
from mcp import StdioServerParameters, types

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:unclosed event loop:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]
KINDRED = Path(sys.executable).with_name("kindred")


@pytest.fixture(scope="module")
def workspace(demo, tmp_path_factory):
    """A copy of the demo shop that may change."""
    return Path(shutil.copytree(demo / "workspace", tmp_path_factory.mktemp("programs") / "shop"))


def run(*arguments, at):
    command = [KINDRED, *map(str, arguments), "--workspace", str(at), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextmanager
def chat(at):
    """The page as a process of its own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [KINDRED, "chat", "--no-browser", "--port", str(port), "--workspace", str(at)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    url = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(600):
            try:
                httpx.get(url)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_endpoints_answer_as_the_command_line_does(workspace):
    with chat(workspace) as url:
        client = Client(url, verbose=False, analytics_enabled=False)
        answer = client.predict("How many customers do we have?", api_name="/ask")
        found = client.predict(text="tea", n=3, where="orders >= 1", api_name="/similar")
        segments = client.predict(api_name="/segments")
        persona = client.predict(segments[0]["name"], "zh", api_name="/persona")
        with pytest.raises(Exception, match="There is no segment"):
            client.predict("nobody", api_name="/persona")
    told = run("ask", "How many customers do we have?", at=workspace)
    assert (answer["answer"], answer["facts"]) == (told["answer"], told["facts"])
    assert found == run("similar", "--text", "tea", "-n", 3, "--where", "orders >= 1", at=workspace)
    evaluated = run("evaluate", at=workspace)
    assert [one["facts"] for one in segments] == [one["facts"] for one in evaluated["segments"]]
    number = segments[0]["id"]
    said = run("personas", "--segment", number, "--language", "zh", at=workspace)
    assert persona == said


def test_another_assistant_uses_the_tools(workspace):
    asked, notes = [], []

    async def decided(_, params):
        asked.append(params.message)
        if len(asked) == 1:
            return types.ElicitResult(action="decline")
        return types.ElicitResult(action="accept", content={"confirm": True})

    async def noted(progress, total, message):
        notes.append(message)

    async def talk():
        place = StdioServerParameters(
            command=str(KINDRED), args=["mcp", "--workspace", str(workspace)]
        )
        async with McpClient(place, elicitation_callback=decided) as client:
            tools = await client.list_tools()
            counted = await client.call_tool("describe_customers", {})
            alike = await client.call_tool("find_similar_customers", {"description": "tea", "n": 3})
            made = await client.call_tool(
                "run_clustering", {"n_segments": 3}, progress_callback=noted
            )
            wrong = await client.call_tool("query_customers", {"metric": "revenu"})
            kept = await client.call_tool("export_audience", {"segment": 1})
            sent = await client.call_tool("export_audience", {"segment": 1})
            return tools, counted, alike, made, wrong, kept, sent

    tools, counted, alike, made, wrong, kept, sent = anyio.run(talk)
    assert len(tools.tools) == 18
    assert not any(result.is_error for result in (counted, alike, made, kept, sent))
    assert wrong.is_error
    assert "Did you mean revenue" in wrong.content[0].text
    assert "Nothing was written" in kept.content[0].text
    assert len(alike.structured_content["tables"][0]["rows"]) == 3
    assert "stability" in " ".join(notes)
    assert run("evaluate", at=workspace)["k"] == 3
    assert "segment: 1" in asked[0]
    assert Path(sent.structured_content["files"][0]).is_file()


def test_nothing_but_the_protocol_is_on_stdout_and_its_end_is_the_end(workspace):
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    call = {"name": "profile_segment", "arguments": {"segment": 1}}
    lines = [
        {"id": 1, "method": "initialize", "params": hello},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": call},
    ]
    command = [KINDRED, "mcp", "--workspace", str(workspace)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in lines:
            process.stdin.write(json.dumps({"jsonrpc": "2.0", **line}) + "\n")
            process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(2)]
        rest, told = process.communicate(timeout=60)
    assert [answer["id"] for answer in answers] == [1, 2]
    assert not answers[1]["result"]["isError"]
    assert rest == ""
    assert process.returncode == 0
    assert "Traceback" not in told
