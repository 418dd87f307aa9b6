"""The settings of one process: the only file that reads (and quietens through) the environment."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from segmentation.types import InputError

__all__ = ["Settings", "quieten_libraries", "read_settings"]

DEFAULT_WORKSPACE = Path("kindred-workspace")
LANGUAGES = ("en", "zh", "auto")

_QUIET = {
    "ANONYMIZED_TELEMETRY": "False",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGGRAPH_STRICT_MSGPACK": "true",
    "LANGSMITH_TRACING": "false",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
}


@dataclass(frozen=True)
class Settings:
    """What the environment says; arguments given on the command line win over it.

    Args:
        workspace: folder of the workspace.
        model: `offline`, or `provider:model` as LangChain's `init_chat_model` takes it.
        model_base_url: address of an OpenAI-compatible server.
        model_key: the key that server asks for, if any (OPENAI_API_KEY).
        model_fallback: `offline` lets the offline model answer, and say so, where the language
            model does not; empty: an outage is an error.
        model_timeout: seconds without a word from the model, before a call counts as failed.
        model_tokens, model_calls, tool_calls: how much one turn may take.
        model_context: tokens that a prompt and its answer may take; Ollama is asked for as many.
        model_streaming: False for servers that cannot stream tool calls.
        encoder: `bundled`, or a Hugging Face id or folder.
        language: `en`, `zh`, or `auto` (the language of each question).
        auth: (user, password) pairs that may open the chat; empty for anyone on this machine.
    """

    workspace: Path = DEFAULT_WORKSPACE
    model: str = "offline"
    model_base_url: str = ""
    model_key: str = ""
    model_fallback: str = ""
    model_timeout: float = 60.0
    model_tokens: int = 200_000
    model_calls: int = 8
    tool_calls: int = 12
    model_context: int = 16_384
    model_streaming: bool = True
    encoder: str = "bundled"
    image_encoder: str = ""
    language: str = "auto"
    auth: tuple[tuple[str, str], ...] = ()


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the `KINDRED_*` variables. Raises InputError naming the variable that cannot be used."""
    given = os.environ if environ is None else environ
    language = given.get("KINDRED_LANGUAGE", "auto")
    if language not in LANGUAGES:
        raise InputError(
            f"{language!r} is not a language Kindred speaks",
            where="KINDRED_LANGUAGE",
            fix=f"Use one of {', '.join(LANGUAGES)}.",
        )
    default = Settings()
    return Settings(
        workspace=Path(given.get("KINDRED_WORKSPACE", str(DEFAULT_WORKSPACE))),
        model=given.get("KINDRED_MODEL", "offline") or "offline",
        model_base_url=given.get("KINDRED_MODEL_BASE_URL", ""),
        model_key=given.get("OPENAI_API_KEY", ""),
        model_fallback=_one_of(given, "KINDRED_MODEL_FALLBACK", ("", "offline")),
        model_timeout=_number(given, "KINDRED_MODEL_TIMEOUT", default.model_timeout),
        model_tokens=int(_number(given, "KINDRED_MODEL_TOKENS", default.model_tokens)),
        model_calls=int(_number(given, "KINDRED_MODEL_CALLS", default.model_calls)),
        tool_calls=int(_number(given, "KINDRED_TOOL_CALLS", default.tool_calls)),
        model_context=int(_number(given, "KINDRED_MODEL_CONTEXT", default.model_context)),
        model_streaming=_one_of(given, "KINDRED_MODEL_STREAMING", ("on", "off")) == "on",
        encoder=given.get("KINDRED_ENCODER", "bundled") or "bundled",
        image_encoder=given.get("KINDRED_IMAGE_ENCODER", ""),
        language=language,
        auth=_pairs(given.get("KINDRED_AUTH", "")),
    )


def _one_of(given: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """A word of a few; the first where it is not set."""
    value = given.get(name, "") or choices[0]
    if value not in choices:
        fix = f"Use {' or '.join(choice or 'nothing' for choice in choices)}."
        raise InputError(f"{value!r} is not a choice", where=name, fix=fix)
    return value


def _number(given: Mapping[str, str], name: str, default: float) -> float:
    """A number above 0."""
    value = given.get(name, "") or default
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 1 <= number < math.inf:
        raise InputError(f"{value!r} is not a number from 1", where=name, fix=f"Like {default}.")
    return number


def quieten_libraries() -> None:
    """Switch off telemetry, tracing and hub look-ups. Call before importing the libraries.

    Tracing and telemetry are forced off: customer data must not leave with them. The hub is only
    switched off where the user has not said otherwise.
    """
    os.environ.update(_QUIET)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # Threads that wait spinning hold up those that work, wherever cores are shared with others.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
    # What comes with pymc looks for a compiler and writes into the home: neither is needed.
    os.environ.setdefault("MPLCONFIGDIR", str(_scratch("matplotlib")))
    os.environ.setdefault("PYTENSOR_FLAGS", f"cxx=,base_compiledir={_scratch('pytensor')}")


def _scratch(name: str) -> Path:
    """A folder of this user's own among the temporary ones; not made here."""
    user = os.getuid() if hasattr(os, "getuid") else ""
    return Path(tempfile.gettempdir()) / f"kindred-{name}-{user}"


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    entries = [entry for entry in text.split(",") if entry.strip()]
    if not all(":" in entry for entry in entries):
        raise InputError(
            "A user without a password",
            where="KINDRED_AUTH",
            fix="Write it as user:password, several separated by commas.",
        )
    pairs = [entry.strip().split(":", 1) for entry in entries]
    if not all(user and password for user, password in pairs):
        raise InputError(
            "A user or a password is empty",
            where="KINDRED_AUTH",
            fix="Write it as user:password, several separated by commas.",
        )
    return tuple((user, password) for user, password in pairs)
