"""Settings in, chat model out: the offline one, or any that LangChain's `init_chat_model` knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langchain_core.language_models import BaseChatModel

from assistant.settings import Settings
from segmentation.types import ModelError

__all__ = ["OFFLINE", "chat_model", "explain_failure"]

OFFLINE = "offline"
TIMEOUT_SECONDS = 60
RETRIES = 2
EXTRAS = {"openai": "openai", "anthropic": "anthropic", "ollama": "ollama"}


def chat_model(settings: Settings, offline: Callable[[], BaseChatModel]) -> BaseChatModel:
    """The chat model `settings` ask for; `offline` makes the one that needs no server.

    Raises:
        ModelError: the provider is unknown, not installed, or lacks its key.
    """
    if settings.model == OFFLINE:
        return offline()
    if ":" not in settings.model:
        raise ModelError(
            f"{settings.model!r} names no provider",
            where="KINDRED_MODEL",
            fix="Write provider:model, such as openai:gpt-5-mini or ollama:qwen3:8b, or offline.",
        )
    try:
        return _remote_model(settings)
    except ImportError as error:
        raise ModelError(
            f"The package for {settings.model!r} is not installed",
            where="KINDRED_MODEL",
            fix=f"Run: pip install {_package_of(settings.model)}",
        ) from error
    except Exception as error:
        raise ModelError(
            f"The model {settings.model!r} cannot be set up: {_first_line(error)}",
            where="KINDRED_MODEL",
            fix="Check the name, and the provider's key variable.",
        ) from error


def explain_failure(model: str, error: Exception) -> ModelError:
    """What to tell the user when a model that was set up does not answer."""
    return ModelError(
        f"The language model {model!r} did not answer: {_first_line(error)}",
        where="KINDRED_MODEL",
        fix="Try again, check the server and the key, or set KINDRED_MODEL=offline.",
    )


def _remote_model(settings: Settings) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": TIMEOUT_SECONDS, "max_retries": RETRIES}
    provider = settings.model.split(":", 1)[0]
    if provider == "ollama":
        # Ollama's own default context cuts off the tool schemas.
        options = {"num_ctx": 16_384, "temperature": 0}
    if settings.model_base_url:
        options["base_url"] = settings.model_base_url
        if provider == "openai":
            # Compatible servers speak chat completions, and most ask for no key.
            options |= {"use_responses_api": False, "api_key": settings.model_key or "none"}
    return init_chat_model(settings.model, **options)


def _package_of(model: str) -> str:
    provider = model.split(":", 1)[0]
    extra = EXTRAS.get(provider)
    return f"'kindred[{extra}]'" if extra else f"langchain-{provider.replace('_', '-')}"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
