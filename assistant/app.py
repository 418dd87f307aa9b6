"""The web page, in Gradio. It only draws: answers come from a `Session`, words from prompts/.

The page shows before the session is open: that loads in a thread of its own, and the first question
waits for it.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from assistant.loading.order import Loading
from assistant.page.frame import ANSWERS_AT_ONCE, build_page
from assistant.page.headers import SafeHeaders
from assistant.page.session import Opening, Session
from assistant.page.theme import kindred_theme
from segmentation.types import InputError

__all__ = ["launch", "serve"]

PAGE = Path(__file__).parent / "page"
STYLES = sorted((PAGE / "styles").glob("*.css"))
SCRIPTS = sorted((PAGE / "scripts").glob("*.js"))
LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]
MOST_TABS = 200
LARGEST_FILE = "4gb"
HEAD_START = 3.0
"""Seconds the page has to itself before the session begins to open."""


def launch(
    load: Callable[[], Session],
    *,
    loading: Loading | None = None,
    host: str = "127.0.0.1",
    port: int | None = 7860,
    auth: Sequence[tuple[str, str]] = (),
    language: str = "auto",
    open_browser: bool = False,
) -> gr.Blocks:
    """Start the page and return it; its `local_url` says where it is, `close()` ends it.

    Args:
        load: opens the session; called once, in the background, when the page can be seen.
        loading: gets other data into the workspace; None for a page that cannot.
        host: address to listen on; anything but this machine needs `auth`.
        port: None picks a free one.
        auth: (user, password) pairs that may enter.

    Raises:
        InputError: the host is open to others without `auth`, or the port is taken.
    """
    if not auth and not _is_loopback(host):
        raise InputError(
            f"Anyone who can reach {host} could read your customer data",
            where="--host",
            fix="Set KINDRED_AUTH=user:password, or leave --host out.",
        )
    opening = Opening(load)
    page = build_page(opening, language=language, loading=loading)
    page.queue(default_concurrency_limit=ANSWERS_AT_ONCE, max_size=100)
    try:
        _launch(page, host, port, auth, open_browser)
    except OSError as error:
        raise InputError(
            f"Cannot listen on {host}:{port}",
            where="--port",
            fix="Something else may be using it: choose another, such as --port 7861.",
        ) from error
    _start_soon(opening)
    return page


def serve(load: Callable[[], Session], **options: Any) -> None:
    """Show the page until interrupted; options as `launch` takes them."""
    launch(load, **options).block_thread()


def _start_soon(opening: Opening) -> None:
    """Begin to open, if no visitor has done so before: importing models would slow the page."""
    timer = threading.Timer(HEAD_START, opening.start)
    timer.daemon = True
    timer.start()


def _launch(
    page: gr.Blocks,
    host: str,
    port: int | None,
    auth: Sequence[tuple[str, str]],
    open_browser: bool,
) -> None:
    page.launch(
        server_name=f"[{host}]" if ":" in host else host,  # as an address is written in a URL
        server_port=port,
        auth=list(auth) or None,
        inbrowser=open_browser,
        prevent_thread_lock=True,
        quiet=True,
        theme=kindred_theme(),
        css_paths=STYLES,
        head="".join(f"<script>{one.read_text(encoding='utf-8')}</script>" for one in SCRIPTS),
        app_kwargs={"middleware": _middleware(host, auth), "openapi_url": None},
        footer_links=[],
        share=False,
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        allowed_paths=[],
        max_file_size=LARGEST_FILE,
        state_session_capacity=MOST_TABS,
    )


def _middleware(host: str, auth: Sequence[tuple[str, str]]) -> list[Middleware]:
    """Safe headers; and without a password, answers only to this machine's own names.

    The latter keeps a web page elsewhere from reading along under a name that it lets point here.
    """
    headers = Middleware(SafeHeaders)
    if auth:
        return [headers]
    names = [*LOOPBACK_NAMES, host]
    return [headers, Middleware(TrustedHostMiddleware, allowed_hosts=names)]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
