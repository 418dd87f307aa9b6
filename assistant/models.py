"""Settings in, language models out: the offline one, or any that `init_chat_model` knows.

Clients do not try again by themselves: `assistant.turn.patience` does, once for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.outputs import ChatGenerationChunk

from assistant.settings import Settings
from assistant.turn.ledger import Ledger, Limits, current_ledger
from assistant.turn.outages import Trouble, outage
from assistant.turn.patience import Patience, patiently
from segmentation.types import ModelError

__all__ = ["OFFLINE", "Writer", "chat_model", "limits_of", "patience_of", "room_of", "writer_of"]

OFFLINE = "offline"
EXTRAS = {"openai": "openai", "anthropic": "anthropic", "ollama": "ollama"}
PROMPT_TOKENS = 8_500
"""18,500 letters of tool schemas and 1,300 of rules are 7,000 tokens where words fall into the
smallest pieces (tests/assistant/test_models.py counts); 1,500 are for the answer."""
OWN_RETRIES = frozenset({"bedrock", "bedrock_converse", "ibm", "nvidia", "cohere", "litellm"})
"""Providers whose clients do not take `timeout` and `max_retries` by these names."""
TOOLLESS = frozenset({"huggingface"})
"""Providers whose client leaves tools out of the prompt without saying so."""


class Writer:
    """A language model without tools: `writer(system, user)` is the text it writes."""

    def __init__(
        self, open_model: Callable[[], BaseChatModel], name: str, patience: Patience
    ) -> None:
        """`open_model` is called at the first text: a command that writes none opens nothing."""
        self.name = name
        self._patience, self._model = patience, cache(open_model)

    def __call__(self, system: str, user: str) -> str:
        """What the model writes. Instructions go into `system`, data into `user`.

        Within a turn of the chat it spends the tokens that the turn has left, and ends when that
        is stopped.

        Raises:
            ModelError: it does not answer, or with nothing; or the turn's tokens are used up.
        """
        ledger, model = current_ledger() or Ledger(), self._model()
        messages = [SystemMessage(system), HumanMessage(user)]
        for _ in range(self._patience.tries):
            if ledger.tokens_used_up:
                raise outage(Trouble("tokens"), self.name, "en")
            reply = patiently(
                lambda: model.invoke(messages),
                self._patience,
                model=self.name,
                vigil=ledger.vigil,
                isolated=True,
            )
            ledger.spend(reply, system + user, aside=True)
            if text := str(reply.text).strip():
                return text
        raise outage(Trouble("empty"), self.name, "en")


def writer_of(settings: Settings) -> Writer | None:
    """The writer the settings ask for; None where no language model is set."""
    if settings.model == OFFLINE:
        return None
    patience = replace(patience_of(settings), silence=Patience.longest)  # it does not stream
    return Writer(lambda: remote_model(settings), settings.model, patience)


def patience_of(settings: Settings) -> Patience:
    """How long the settings let a call be waited for."""
    silence = settings.model_timeout if settings.model_streaming else Patience.longest
    return Patience(silence=silence, longest=max(Patience.longest, silence))


def room_of(settings: Settings) -> int:
    """Tokens of a conversation that fit beside what every prompt has: tools, rules, the answer."""
    return max(settings.model_context - PROMPT_TOKENS, 1_000)


def limits_of(settings: Settings) -> Limits:
    """How much the settings let a turn take."""
    return Limits(settings.model_calls, settings.tool_calls, settings.model_tokens)


def chat_model(settings: Settings, offline: Callable[[], BaseChatModel]) -> BaseChatModel:
    """The chat model `settings` ask for; `offline` makes the one that needs no server.

    Raises:
        ModelError: the provider is unknown, not installed, or lacks its key.
    """
    return offline() if settings.model == OFFLINE else remote_model(settings)


def remote_model(settings: Settings) -> BaseChatModel:
    """The language model of the settings, of any provider; nothing is sent yet.

    Raises:
        ModelError: as `chat_model`.
    """
    provider = settings.model.split(":", 1)[0]
    if ":" not in settings.model or provider not in providers():
        raise ModelError(
            f"{settings.model!r} names no provider that is known",
            where="KINDRED_MODEL",
            fix="Write provider:model, such as openai:gpt-5-mini or ollama:qwen3:8b, or offline. "
            f"Providers: {', '.join(providers())}.",
        )
    if provider in TOOLLESS:
        raise ModelError(
            f"{settings.model!r} would not be told of the tools",
            where="KINDRED_MODEL",
            fix="Serve the model with `transformers serve` and use openai:<model> with "
            "KINDRED_MODEL_BASE_URL; docs/models.md shows how.",
        )
    try:
        return _made(provider, settings)
    except ImportError as error:
        raise ModelError(
            f"The package for {settings.model!r} is not installed",
            where="KINDRED_MODEL",
            fix=f"Run: pip install {_package_of(provider, error)}",
        ) from error
    except Exception as error:
        raise ModelError(
            f"The model {settings.model!r} cannot be set up: {first_line(error)}",
            where="KINDRED_MODEL",
            fix="Check the name, and the provider's key variable.",
        ) from error


def providers() -> list[str]:
    """What may stand before the colon."""
    from langchain.chat_models import base

    return sorted(base._BUILTIN_PROVIDERS)


def _made(provider: str, settings: Settings) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    if settings.model_base_url and provider == "openai":
        return _compatible_server(settings)
    options = _options(provider, settings)
    if settings.model_base_url:
        options["base_url"] = settings.model_base_url
    model: BaseChatModel = init_chat_model(
        settings.model, disable_streaming=not settings.model_streaming, **options
    )
    return model


def _options(provider: str, settings: Settings) -> dict[str, Any]:
    """What a provider's client is told: not to try again by itself, and when to hang up."""
    seconds = patience_of(settings).longest
    if provider == "ollama":
        context = {"num_ctx": settings.model_context, "temperature": 0}
        return {**context, "client_kwargs": {"timeout": seconds}}
    return {} if provider in OWN_RETRIES else {"timeout": seconds, "max_retries": 0}


def _compatible_server(settings: Settings) -> BaseChatModel:
    """Any server that speaks OpenAI's chat completions; most ask for no key."""
    model: BaseChatModel = _costed_chat_openai()(
        model=settings.model.split(":", 1)[1],
        base_url=settings.model_base_url,
        api_key=settings.model_key or "none",
        use_responses_api=False,
        stream_usage=True,
        timeout=patience_of(settings).longest,
        max_retries=0,
        disable_streaming=not settings.model_streaming,
    )
    return model


@cache
def _costed_chat_openai() -> Any:
    """LangChain's client, made to keep what a stream says of its cost.

    A server that knows no `stream_options` (`transformers serve`) is not asked for its count again.
    """
    from langchain_openai import ChatOpenAI

    class CostedChatOpenAI(ChatOpenAI):
        def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
            try:
                yield from super()._stream(*args, **kwargs)
            except Exception as error:
                if not (self.stream_usage and "stream_options" in str(error)):
                    raise
                self.stream_usage = False
                yield from super()._stream(*args, **kwargs)

        def _convert_chunk_to_generation_chunk(
            self, chunk: dict[str, Any], *rest: Any
        ) -> ChatGenerationChunk | None:
            made = super()._convert_chunk_to_generation_chunk(chunk, *rest)
            cost = (chunk.get("usage") or {}).get("cost")
            if made is not None and cost is not None:
                made.message.response_metadata["cost"] = cost
            return made

    return CostedChatOpenAI


def _package_of(provider: str, error: ImportError) -> str:
    """The extra that brings a provider, or the package that LangChain misses."""
    if provider in EXTRAS:
        return f"'kindred[{EXTRAS[provider]}]'"
    named = re.search(r"pip install (?:-U )?[`'\"]?([\w-]+)", str(error))
    return named[1] if named else f"langchain-{provider.replace('_', '-')}"


def first_line(error: Exception) -> str:
    """An exception in one line, for a message."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
