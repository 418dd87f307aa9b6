"""The agent: LangChain's, with limits always set and tool errors turned into messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, wrap_tool_call
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph

from assistant.tools.result import Turn
from assistant.turn.answering import Answering, Care
from prompts import load_yaml
from segmentation.types import KindredError

__all__ = ["build_agent", "recursion_limit"]


def build_agent(
    model: BaseChatModel,
    tools: Sequence[BaseTool],
    *,
    checkpointer: BaseCheckpointSaver[Any],
    care: Care | None = None,
    guards: Sequence[AgentMiddleware] = (),
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """An agent over `tools` that remembers each thread in `checkpointer`.

    Invoke it with `context=Turn(language=..., ledger=...)`.

    Args:
        care: what a language model needs around it; None for the offline model.
        guards: which calls may be made, asked before each.
    """
    return create_agent(
        model,
        tools=list(tools),
        middleware=[
            *([Answering(care)] if care else []),
            errors_as_messages,
            admitted,
            *guards,
        ],
        context_schema=Turn,
        checkpointer=checkpointer,
    )


def recursion_limit(model_calls: int) -> int:
    """Steps of the graph that so many model calls may take, each with its tools.

    LangGraph's own limit would let a looping model spin 9,999 times.
    """
    return 2 * model_calls + 10


@wrap_tool_call
def errors_as_messages(request: Any, handler: Callable[[Any], Any]) -> Any:
    """A tool that raises answers with its message: the turn goes on and the user reads why."""
    try:
        return handler(request)
    except KindredError as error:
        return _failure(request, str(error))
    except Exception as error:  # noqa: BLE001 - a defect in a tool must not end the conversation
        return _failure(request, f"{request.tool_call['name']} failed: {type(error).__name__}")


@wrap_tool_call
def admitted(request: Any, handler: Callable[[Any], Any]) -> Any:
    """A call over the limit, or made before in this turn, is answered without being made."""
    context, call = request.runtime.context, request.tool_call
    ledger = context.ledger if context else None
    if ledger is None:
        return handler(request)
    ledger.vigil.check()
    reason = ledger.admit(call["name"], call["args"])
    return _failure(request, load_yaml("agent_notes")[reason]) if reason else handler(request)


def _failure(request: Any, text: str) -> ToolMessage:
    call = request.tool_call
    return ToolMessage(text, tool_call_id=call["id"], name=call["name"], status="error")
