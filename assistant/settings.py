"""The settings of one process: the only file that reads (and quietens through) the environment."""

from __future__ import annotations

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
        encoder: `bundled`, or a Hugging Face id or folder.
        language: `en`, `zh`, or `auto` (the language of each question).
        auth: (user, password) pairs that may open the chat; empty for anyone on this machine.
    """

    workspace: Path = DEFAULT_WORKSPACE
    model: str = "offline"
    model_base_url: str = ""
    model_key: str = ""
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
    return Settings(
        workspace=Path(given.get("KINDRED_WORKSPACE", str(DEFAULT_WORKSPACE))),
        model=given.get("KINDRED_MODEL", "offline") or "offline",
        model_base_url=given.get("KINDRED_MODEL_BASE_URL", ""),
        model_key=given.get("OPENAI_API_KEY", ""),
        encoder=given.get("KINDRED_ENCODER", "bundled") or "bundled",
        image_encoder=given.get("KINDRED_IMAGE_ENCODER", ""),
        language=language,
        auth=_pairs(given.get("KINDRED_AUTH", "")),
    )


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
