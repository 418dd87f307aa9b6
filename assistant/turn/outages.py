"""What goes wrong with a language model, in a few kinds, whichever provider's client raised it.

Knows no provider: it goes by the HTTP status and by the names of exception classes, which the
clients of all of them share. Says nothing of replies that came but cannot be used: replies.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prompts import load_yaml
from segmentation.types import ModelError

__all__ = ["AGAIN", "Outage", "Trouble", "outage", "trouble_of"]

AGAIN = frozenset({"rate", "server", "timeout", "stalled", "unreachable", "garbled"})
"""Kinds that may pass by themselves: worth asking again."""

_BY_STATUS = {
    400: "request", 401: "key", 403: "key", 404: "model", 408: "timeout", 413: "context",
    422: "request", 425: "server", 429: "rate",
}  # fmt: skip
_BY_NAME = (
    ("ContextOverflow", "context"),
    ("Timeout", "timeout"),
    ("Connect", "unreachable"),
    ("RemoteProtocolError", "unreachable"),
    ("ReadError", "unreachable"),
    ("WriteError", "unreachable"),
    ("IncompleteRead", "unreachable"),
    ("JSONDecodeError", "garbled"),
    ("Unfinished", "garbled"),
    ("ResponseValidation", "garbled"),
    ("MissingApiKey", "key"),
)
_TOO_LONG = re.compile(
    r"context.{0,24}(length|window|size|limit)|maximum.{0,24}tokens|prompt is too long"
    r"|too many tokens|input tokens? exceed",
    re.IGNORECASE,
)
_USED_UP = re.compile(r"insufficient_quota|exceeded your current quota|billing", re.IGNORECASE)
_NO_PIECES = re.compile(r"No generations? (chunks were returned|found in stream)")
_SECRET = re.compile(r"\b(?:sk|gsk|key|pk|xai|hf)[-_][\w*-]{6,}")
_DETAIL = 200


class Outage(ModelError):
    """A language model did not answer. `kind` is one of prompts/outages.yaml."""

    def __init__(self, what: str, *, kind: str, model: str, fix: str) -> None:
        super().__init__(what, where="KINDRED_MODEL", fix=fix)
        self.kind, self.model = kind, model


@dataclass(frozen=True)
class Trouble:
    """What an exception of a client means.

    Args:
        kind: of prompts/outages.yaml.
        detail: the provider's own words, where only they can say what was wrong.
        wait: seconds the server asks to be left alone (its Retry-After).
    """

    kind: str
    detail: str = ""
    wait: float | None = None


def trouble_of(error: BaseException) -> Trouble:
    """Which kind of trouble an exception is."""
    chain = list(_chain(error))
    text = " ".join(str(one) for one in chain)
    status = next((s for s in map(_status, chain) if s), None)
    kind = _kind(chain, status, text)
    detail = _detail(error) if kind in ("request", "unknown") else ""
    return Trouble(kind, detail, _retry_after(chain) if kind in AGAIN else None)


def outage(trouble: Trouble, model: str, language: str) -> Outage:
    """The error a user reads, in `en` or `zh`."""
    words = load_yaml("outages")[language]
    values = {
        "model": model,
        "detail": trouble.detail or words["no_detail"],
        "wait": round(trouble.wait or 0),
    }
    said = words["kinds"][trouble.kind]
    return Outage(
        said["what"].format(**values),
        kind=trouble.kind,
        model=model,
        fix=said["fix"].format(**values),
    )


def _kind(chain: list[BaseException], status: int | None, text: str) -> str:
    names = [base.__name__ for one in chain for base in type(one).__mro__]
    if status in (400, 413, 422, 500, None) and _TOO_LONG.search(text):
        return "context"
    if status == 429 and _USED_UP.search(text):
        return "quota"
    if status:
        return _BY_STATUS.get(status, "server" if status >= 500 else "request")
    for part, kind in _BY_NAME:
        if any(part in name for name in names):
            return kind
    return "garbled" if _NO_PIECES.search(text) else "unknown"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it came from."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _status(error: BaseException) -> int | None:
    """The HTTP status, where the clients of the providers keep it."""
    response = getattr(error, "response", None)
    found = [getattr(error, "status_code", None), getattr(error, "code", None)]
    if isinstance(response, Mapping):  # as boto3 has it
        found.append(response.get("ResponseMetadata", {}).get("HTTPStatusCode"))
    else:
        found.append(getattr(response, "status_code", None))
    return next((s for s in found if isinstance(s, int) and 400 <= s < 600), None)


def _retry_after(chain: list[BaseException]) -> float | None:
    for one in chain:
        headers: Any = getattr(getattr(one, "response", None), "headers", None) or {}
        given = headers.get("retry-after")
        try:
            return max(0.0, float(given))
        except (TypeError, ValueError):
            continue
    return None


def _detail(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    first = _SECRET.sub("…", lines[0])[:_DETAIL] if lines else ""
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
