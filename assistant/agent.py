"""The agent: LangChain's, with limits always set and tool errors turned into messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import (
    ModelCallLimitMiddleware,
    ToolCallLimitMiddleware,
    dynamic_prompt,
    wrap_tool_call,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph

import prompts
from assistant.tools.result import Turn
from segmentation.types import KindredError

__all__ = ["RECURSION_LIMIT", "build_agent"]

LANGUAGES = {"en": "English", "zh": "Simplified Chinese"}
MODEL_CALLS = 8
TOOL_CALLS = 12
RECURSION_LIMIT = 60
"""LangGraph counts graph steps; its own default would let a looping model spin 9,999 times."""


def build_agent(
    model: BaseChatModel,
    tools: Sequence[BaseTool],
    *,
    checkpointer: BaseCheckpointSaver[Any],
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """An agent over `tools` that remembers each thread in `checkpointer`.

    Invoke it with `context=Turn(language=...)`.
    """
    return create_agent(
        model,
        tools=list(tools),
        middleware=[
            instructions,
            errors_as_messages,
            ModelCallLimitMiddleware(run_limit=MODEL_CALLS, exit_behavior="end"),
            ToolCallLimitMiddleware(run_limit=TOOL_CALLS, exit_behavior="continue"),
        ],
        context_schema=Turn,
        checkpointer=checkpointer,
    )


@dynamic_prompt
def instructions(request: Any) -> str:
    """The system prompt, with the language of the turn."""
    return prompts.load("agent").render(language=LANGUAGES[request.runtime.context.language])


@wrap_tool_call
def errors_as_messages(request: Any, handler: Any) -> Any:
    """A tool that raises answers with its message: the turn goes on and the user reads why."""
    try:
        return handler(request)
    except KindredError as error:
        return _failure(request, str(error))
    except Exception as error:  # noqa: BLE001 - a defect in a tool must not end the conversation
        return _failure(request, f"{request.tool_call['name']} failed: {type(error).__name__}")


def _failure(request: Any, text: str) -> ToolMessage:
    call = request.tool_call
    return ToolMessage(text, tool_call_id=call["id"], name=call["name"], status="error")
