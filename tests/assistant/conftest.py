"""An assistant with a few plain tools, over the double of a language model."""

import time
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from langchain.tools import ToolRuntime
from langchain_core.tools import StructuredTool
from langgraph.checkpoint.memory import InMemorySaver

from assistant.chat import Assistant
from assistant.models import chat_model
from assistant.results import ResultShelf
from assistant.settings import Settings
from assistant.tools.result import ToolResult, Turn
from assistant.turn.answering import Care
from assistant.turn.ledger import Limits
from assistant.turn.patience import Patience
from segmentation.types import Fact, InputError

FAST = Patience(silence=9.0, longest=9.0, tries=3, first_wait=0.01, longest_wait=0.05, seed=0)
NAME = "openai:scripted"
PERIOD = "2024-01-01/2024-12-31"


@cache
def model_at(url, streaming):
    """A client takes long to make, and many tests are one request."""
    settings = Settings(model=NAME, model_base_url=url, model_streaming=streaming)
    return chat_model(settings, offline=lambda: None)


@pytest.fixture
def shelf():
    return ResultShelf()


@pytest.fixture
def tools(shelf):
    def kept(text: str, *facts: Fact) -> tuple[str, dict]:
        return text, {"result": shelf.put(ToolResult(text, facts=facts)), "names": {}}

    def describe_customers() -> tuple[str, dict]:
        """Say how many customers there are."""
        return kept("42 customers", Fact("all", "customers", PERIOD, 42, "customers"))

    def count_orders(year: int) -> tuple[str, dict]:
        """Say how many orders a year had."""
        return kept(f"{year} orders", Fact("all", "orders", PERIOD, year, "orders"))

    def slow_tool(runtime: ToolRuntime[Turn, Any]) -> tuple[str, dict]:
        """Takes long."""
        for done in (1, 2):
            runtime.stream_writer({"stage": "working", "done": done, "total": 2})
            time.sleep(0.05)
        return kept("done")

    def broken_tool() -> tuple[str, dict]:
        """Always fails."""
        raise InputError("There is no table of reviews", fix="Build with --reviews.")

    def defective_tool() -> tuple[str, dict]:
        """Always fails, and not politely."""
        raise ZeroDivisionError("secret detail")

    functions = (describe_customers, count_orders, slow_tool, broken_tool, defective_tool)
    return [
        StructuredTool.from_function(f, response_format="content_and_artifact") for f in functions
    ]


@pytest.fixture
def speaker(llm, shelf, tools):
    """Makes an assistant: `speaker(streaming=True, patience=, limits=, memory=, **care)`."""

    def make(*, streaming=True, patience=FAST, limits=None, memory=None, guards=(), **care):
        if not streaming:
            patience = replace(patience, silence=patience.longest)
        return Assistant(
            model_at(care.pop("url", llm.url), streaming),
            tools,
            shelf,
            model_name=NAME,
            memory=memory or InMemorySaver(),
            care=Care(NAME, shelf, patience, **care),
            limits=limits or Limits(),
            guards=guards,
        )

    return make
