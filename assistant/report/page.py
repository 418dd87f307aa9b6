"""The report as one HTML file: templates filled, everything in it, nothing asked of anywhere.

No script: previews of mail block them. The policy in the head lets nothing be loaded and only this
very style sheet apply.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from assistant.report.drawing import palette
from assistant.report.study import Study, Told

__all__ = ["render"]

POLICY = (
    "default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
NOTED = ("summary", "cards", "actions")
"""The sections with sentences that unfold, in the order of the page."""
LANGUAGES = {"en": "en", "zh": "zh-Hans"}


def render(study: Study, content: Mapping[str, Any]) -> str:
    """The file's text; `content` has one entry for each section, None where it is left out."""
    pages = Environment(
        loader=PackageLoader("assistant.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ids = [one.id for one in study.base.segmentation.segments if one.id]
    style = pages.loader.get_source(pages, "report.css")[0] + palette(ids)  # type: ignore[union-attr]
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode()
    sections = [name for name in study.words["sections"] if content.get(name, True) is not None]
    return (
        pages.get_template("report.html")
        .render(
            **content,
            w=study.words,
            lang=LANGUAGES[study.say.language],
            policy=POLICY.format(digest=digest),
            style=Markup(style),
            sections=[name for name in sections if name != "notes"],
            notes=_notes(content),
        )
        .lstrip()
    )


def _notes(content: Mapping[str, Any]) -> dict[Told, int]:
    """The key sentences, numbered from 1 as they come."""
    found = [one for name in NOTED for one in _sentences(content[name]) if one.key]
    return {one: number for number, one in enumerate(dict.fromkeys(found), start=1)}


def _sentences(part: Any) -> Iterator[Told]:
    if isinstance(part, Told):
        yield part
    elif isinstance(part, Mapping):
        for one in part.values():
            yield from _sentences(one)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from _sentences(one)
