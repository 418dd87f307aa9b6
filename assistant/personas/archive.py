"""Personas a language model wrote, kept beside their segmentation: `personas.json`.

Under a digest of all it was given (facts, prompts, model, language), so that none outlives what it
speaks of. Those of templates are not kept: they cost nothing. A workspace that cannot be written to
keeps none.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

import prompts
from assistant.personas.persona import Persona, seen_of, sentence_of
from store.errors import StoreError

__all__ = ["keep_persona", "kept_names", "kept_persona", "kept_when"]

FILE = "personas.json"
PROMPTS = ("persona", "persona/task", "persona/mend", "persona/repair")


def kept_persona(workspace: Any, plain: Persona) -> Persona | None:
    """What the workspace's model wrote of this segment from these very facts; None without.

    Args:
        plain: the persona of templates, which carries the facts as they are now.
    """
    kept = _kept(workspace).get(_place(workspace, plain))
    if kept is None or kept["digest"] != _digest(workspace.writer.name, plain):
        return None
    return replace(
        plain,
        name=kept["name"],
        note=kept["note"],
        writer=workspace.writer.name,
        written_by=kept["written_by"],
        sentences=tuple(sentence_of(one) for one in kept["sentences"]),
        seen=tuple(seen_of(one) for one in kept["seen"]),
    )


def keep_persona(workspace: Any, made: Persona) -> None:
    """Keep what the model wrote, in place of what it wrote of this segment before."""
    entry = {"digest": _digest(workspace.writer.name, made), **made.kept()}
    whole = {**_kept(workspace), _place(workspace, made): entry}
    content = json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8")
    with suppress(StoreError, OSError):
        workspace.snapshot.replace(workspace.base.segmentation.id, FILE, content)


def kept_names(workspace: Any, language: str) -> dict[int, str]:
    """Segment id -> the name its persona was given in this language by this model."""
    wanted = f"/{language}/{workspace.writer.name}"
    return {
        int(place.removesuffix(wanted)): kept["name"]
        for place, kept in _kept(workspace).items()
        if place.endswith(wanted)
    }


def kept_when(workspace: Any) -> int:
    """A number that changes whenever a persona is kept; 0 while there is none."""
    with suppress(StoreError, OSError):
        folder = workspace.snapshot.segmentation(workspace.base.segmentation.id)
        return int((folder / FILE).stat().st_mtime_ns)
    return 0


def _place(workspace: Any, one: Persona) -> str:
    return f"{one.segment}/{one.language}/{workspace.writer.name}"


def _kept(workspace: Any) -> dict[str, Any]:
    with suppress(StoreError, OSError, ValueError):
        folder = workspace.snapshot.segmentation(workspace.base.segmentation.id)
        found = json.loads((folder / FILE).read_bytes())
        if isinstance(found, dict):
            return found
    return {}


def _digest(model: str, one: Persona) -> str:
    """Over the model, the language, the prompts and every fact."""
    texts = [prompts.load(name, one.language).text for name in PROMPTS]
    facts = [asdict(given) for given in one.given]
    whole = json.dumps([model, one.language, texts, facts], ensure_ascii=False, default=str)
    return hashlib.sha256(whole.encode()).hexdigest()
