"""`kindred mcp`: the tools for other assistants. Stdout belongs to the protocol alone."""

from __future__ import annotations

from assistant.cli.options import Workspace
from assistant.kindred import Kindred

__all__ = ["mcp"]


def mcp(workspace: Workspace = None) -> None:
    """Serve the tools to other assistants (Model Context Protocol, on stdin and stdout)."""
    from assistant.mcp.server import serve

    serve(Kindred(workspace))
