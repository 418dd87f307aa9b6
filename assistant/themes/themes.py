"""What a segment's customers say in their reviews: read by rules, or by a language model.

`segment_themes` is the one way in. Its numbers are counted by code whoever read; which of the two
read, and whether the rules stand in for a model that could not, is part of what it returns.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from assistant.themes.lexicon import theme_lexicon
from assistant.themes.reader import Unusable, read_reviews
from prompts import load_yaml
from segmentation.insight.ledger import open_ledger
from segmentation.insight.reviews.themes import Theme, Themes, Votes, count_themes
from segmentation.insight.reviews.written import read_by_rules, said_by, sample, writers_of
from segmentation.types import ModelError

__all__ = ["segment_themes", "theme_name"]

EACH, MOST = 45, 360
"""Reviews that a model reads: of each segment, and of all."""


def segment_themes(workspace: Any, segment_id: int) -> Themes:
    """What the customers of a segment praise and blame; empty where they wrote nothing."""
    return count_themes(workspace.base, _votes(workspace), segment_id)


def theme_name(theme: Theme, language: str) -> str:
    """What a theme is called: `slow or late delivery`, `送货慢或延误`."""
    return str(load_yaml("themes/aspects")["aspects"][theme.aspect][theme.side][language])


def _votes(workspace: Any) -> Votes:
    """By the model where there is one and it can be believed, else by rules."""
    by_rules = read_by_rules(workspace.base, theme_lexicon())
    if workspace.writer is None or not len(by_rules.rows):
        return by_rules
    return _votes_of_model(workspace) or replace(by_rules, stands_in=True)


def _votes_of_model(workspace: Any) -> Votes | None:
    """The votes of a sample of reviews that the model read; None where it could not."""
    base, lexicon = workspace.base, theme_lexicon()
    segments, notebook = len(base.segmentation.segments), open_ledger(base).notebook
    reviews = sample(base, min(MOST, EACH * segments))
    refused = ("reviews not read", workspace.writer.name, id(base.segmentation.labels))
    if refused in notebook:
        return None
    try:
        said = read_reviews(
            workspace.writer,
            [str(text) for text in reviews["text"]],
            workspace.root / "cache" / "themes",
            model=workspace.writer.name,
        )
    except ModelError:
        return None
    except Unusable:
        notebook[refused] = True
        return None
    rows = reviews["row"].to_numpy(np.int64)
    return Votes(rows, lexicon.votes, said_by(said, lexicon.votes), writers_of(base), "model")
