"""Longer wordings the router recognises (`prompts/router/patterns.yaml`), compiled when used."""

from __future__ import annotations

import re
from functools import cache

import prompts
from assistant.router.scan import regex

__all__ = ["wording"]


@cache
def wording(name: str) -> re.Pattern[str]:
    """The pattern `module.name` of the file."""
    patterns = prompts.load_yaml("router/patterns")
    module, key = name.split(".")
    parts = {part: "".join(pieces) for part, pieces in patterns["parts"].items()}
    written = "".join(patterns[module][key])
    return regex(re.sub(r"@(\w+)@", lambda match: parts[match[1]], written))
