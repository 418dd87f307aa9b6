"""What customers wrote in reviews: each text of a customer once, and what it says by a lexicon."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.insight.ledger import open_ledger
from segmentation.insight.reviews.lexicon import Lexicon, Vote
from segmentation.insight.reviews.themes import Votes
from segmentation.types import CustomerBase

__all__ = ["read_by_rules", "said_by", "sample", "writers_of", "written"]


def written(base: CustomerBase) -> pd.DataFrame:
    """`row` (a customer's place in the base) and `text`, in a fixed order; each pair once."""
    ledger = open_ledger(base)

    def find() -> pd.DataFrame:
        if not ledger.has("reviews") or "text" not in ledger.tables["reviews"].columns:
            return pd.DataFrame({"row": np.empty(0, np.int64), "text": []})
        rows = ledger.tables["reviews"].select("customer_id", "text")
        found = ledger.run(rows.filter(rows.text.notnull()).distinct())
        found["row"] = base.customers.get_indexer(pd.Index(found["customer_id"].astype(str)))
        known = found[found["row"] >= 0].sort_values(["row", "text"], ignore_index=True)
        return known[["row", "text"]]

    return ledger.once(("written",), find)


def writers_of(base: CustomerBase) -> dict[int, int]:
    """Segment id → how many of its customers wrote a review."""
    labels = np.asarray(base.segmentation.labels)[np.unique(written(base)["row"])]
    numbers, counts = np.unique(labels, return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


def read_by_rules(base: CustomerBase, lexicon: Lexicon) -> Votes:
    """What all reviews in languages of the lexicon say. Found once."""
    reviews = written(base)

    def find() -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        said = lexicon.read([str(text) for text in reviews["text"]])
        read = [i for i, one in enumerate(said) if one is not None]
        rows = reviews["row"].to_numpy(np.int64)[read]
        return rows, said_by([said[i] or frozenset() for i in read], lexicon.votes)

    rows, said = open_ledger(base).once(("reviews said", lexicon.aspects), find)
    return Votes(rows, lexicon.votes, said, writers_of(base))


def said_by(reviews: Sequence[frozenset[Vote]], votes: Sequence[Vote]) -> NDArray[np.bool_]:
    """(reviews, votes) whether it was said."""
    return np.array([[v in one for v in votes] for one in reviews], bool).reshape(-1, len(votes))


def sample(base: CustomerBase, most: int, seed: int = 0) -> pd.DataFrame:
    """At most so many reviews, one a customer, as many of each segment as can be, shuffled."""
    reviews = written(base).sample(frac=1, random_state=seed).drop_duplicates("row")
    labels = pd.Series(np.asarray(base.segmentation.labels)[reviews["row"]], index=reviews.index)
    turn = reviews.groupby(labels).cumcount()
    chosen = turn.sort_values(kind="stable").index[:most]
    return reviews.loc[chosen].sample(frac=1, random_state=seed)
