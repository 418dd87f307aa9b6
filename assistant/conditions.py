"""`--where "country = Germany and orders >= 3"` → the filters that every tool takes."""

from __future__ import annotations

import re
from typing import Any

from segmentation.types import InputError

__all__ = ["parse_conditions"]

_OPS = {"=": "eq", "==": "eq", "!=": "ne", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s,()"'<>=!]+)"""
_CONDITION = re.compile(
    rf"""\s*(?P<field>[\w-]+)\s*
    (?:(?P<op><=|>=|==|!=|<>|=|<|>)\s*(?P<value>{_VALUE}(?:\s+(?!(?:and|AND|or|OR)\b){_VALUE})*)
      |(?:between|BETWEEN)\s+(?P<low>{_VALUE})\s+(?:and|AND)\s+(?P<high>{_VALUE})
      |(?:in|IN)\s*\((?P<list>[^)]*)\)
      |(?:contains|CONTAINS)\s+(?P<part>{_VALUE}))
    \s*(?:(?:and|AND)\b|$)""",
    re.VERBOSE,
)
_EXAMPLE = "Write it like: country = Germany and orders >= 3 and segment in (1, 2)"


def parse_conditions(text: str) -> list[dict[str, Any]]:
    """Read conditions joined by `and`.

    Raises:
        InputError: at the first place that cannot be read.
    """
    filters, position = [], 0
    while position < len(text.rstrip()):
        match = _CONDITION.match(text, position)
        if match is None:
            raise InputError(
                f"The condition {text[position:].strip()!r} cannot be read",
                where="--where",
                fix=_EXAMPLE + ".",
            )
        filters.append(_filter(match))
        position = match.end()
    return filters


def _filter(match: re.Match[str]) -> dict[str, Any]:
    field = match["field"]
    if match["op"]:
        return {"field": field, "op": _OPS[match["op"]], "value": _value(match["value"])}
    if match["low"]:
        pair = [_value(match["low"]), _value(match["high"])]
        return {"field": field, "op": "between", "value": pair}
    if match["part"]:
        return {"field": field, "op": "contains", "value": _value(match["part"])}
    items = re.findall(_VALUE, match["list"])
    return {"field": field, "op": "in", "value": [_value(item) for item in items]}


def _value(text: str) -> str | int | float:
    """A number where it reads as one and is not quoted, else the text."""
    if text[0] in "\"'":
        return text[1:-1]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
