"""Personas and rules as files: what is said of segments, without a single customer in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from assistant.export.files import deliver, format_of

__all__ = ["write_personas", "write_rule"]


def write_personas(root: Path, report: Mapping[str, Any], out: Path, by: str) -> dict[str, Any]:
    """Write the JSON of `kindred personas` as `.json`, or for people as `.md`.

    Raises:
        InputError: another ending, or a place that cannot be written to.
    """
    writers = {"json": _json, "md": _markdown}
    format = format_of(out, *writers)
    entry = {
        "what": "personas",
        "by": by,
        "format": format,
        "rows": len(report["personas"]),
        "verdict": report["verdict"],
    }
    return {**deliver(root, out, writers[format](report).encode("utf-8"), entry), "file": str(out)}


def write_rule(root: Path, report: Mapping[str, Any], out: Path, by: str) -> dict[str, Any]:
    """Write a rule's text, as it is pasted elsewhere. Raises InputError as above."""
    entry = {
        "what": "rule",
        "by": by,
        "format": report["dialect"],
        "arguments": {"segment": report["segment"]},
        "rows": 1,
        "verdict": report["verdict"],
    }
    content = (report["text"] + "\n").encode("utf-8")
    return {**report, **deliver(root, out, content, entry), "file": str(out)}


def _json(report: Mapping[str, Any]) -> str:
    return json.dumps(report, ensure_ascii=False, indent=1, default=str, allow_nan=False) + "\n"


def _markdown(report: Mapping[str, Any]) -> str:
    """Names from data stay text: whoever shows the file must not run what is in them."""
    parts = [report["trust"]]
    for persona in report["personas"]:
        parts += [f"## {persona['segment_name']}", *_portrait(persona)]
        parts += [f"*{persona['written_by']}*"]
    return "\n\n".join(escape(part, quote=False) for part in parts if part) + "\n"


def _portrait(persona: Mapping[str, Any]) -> list[str]:
    """A persona's own name, tagline and sections, or what is said of a part that has none."""
    sections = [
        f"**{section['title']}.** {' '.join(section['sentences'])}"
        for section in persona["sections"]
    ]
    own = f"**{persona['name']}**" if persona["name"] != persona["segment_name"] else ""
    tagline = f"*{persona['tagline']}*" if persona["tagline"] else ""
    line = " · ".join(part for part in (own, tagline) if part)
    return [line, *(sections or [persona["text"]]), persona["note"]]
