"""Views → one embedding, and texts into the same space.

Every view becomes a block of total variance 1, is weighted, and the blocks are joined: of two
customers' squared distance, `text_weight` comes from text on average and the rest from behaviour.
What a text view says is a direction, so its rows are centred and set to length one: a customer of
three purchases and one of a thousand are equally far from the middle. Weights can be changed
without encoding anything again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from segmentation.types import FloatMatrix, InputError, Recipe
from segmentation.views.taste import centre_of, directions, unit

__all__ = ["DEFAULT_TEXT_WEIGHT", "DIRECTIONS", "Block", "Fusion"]

DEFAULT_TEXT_WEIGHT = Recipe.text_weight
DIRECTIONS = frozenset({"text", "image"})
"""Views of which only the direction counts."""

SETTINGS = "fusion.json"


@dataclass(frozen=True)
class Block:
    """How one view is brought to total variance 1.

    Args:
        centre: (d,) what is subtracted first.
        axes: (d, m) what directions are mapped by, or None to keep them as they are.
        direction: whether rows are set to length one.
        scale: what is divided by last; 0 where the view is the same for everybody.
    """

    centre: FloatMatrix
    axes: FloatMatrix | None
    direction: bool
    scale: float

    @classmethod
    def fit(cls, rows: FloatMatrix, direction: bool, axes: FloatMatrix | None = None) -> Block:
        """Learn from (n, d); in a direction view, rows of zeros (nothing said) are left out."""
        centre = centre_of(rows) if direction else _mean(rows)
        block = cls(centre, axes, direction, 1.0)
        variance = float(block.transform(rows).var(axis=0, dtype=np.float64).sum())
        return replace(block, scale=variance**0.5)

    @property
    def dim(self) -> int:
        """Columns it fills: none where the view is the same for everybody."""
        if self.scale == 0:
            return 0
        return len(self.centre) if self.axes is None else self.axes.shape[1]

    def transform(self, rows: FloatMatrix) -> FloatMatrix:
        """(n, d) → (n, dim) float32, of total variance 1 over the customers it was fitted to."""
        if self.scale == 0:
            return np.zeros((len(rows), self.dim), dtype=np.float32)
        placed = directions(rows, self.centre) if self.direction else _subtract(rows, self.centre)
        if self.axes is not None:
            placed = unit(placed @ self.axes)
        return np.asarray(placed / self.scale, dtype=np.float32)


@dataclass(frozen=True)
class Fusion:
    """The fitted blocks, in the order they are joined, and the weight of text.

    Args:
        blocks: view name -> block.
        text_weight: share of the variance that is text's, 0 to 1; the other views share the rest.
    """

    blocks: Mapping[str, Block]
    text_weight: float

    @classmethod
    def fit(
        cls,
        views: Mapping[str, FloatMatrix],
        text_weight: float = DEFAULT_TEXT_WEIGHT,
        axes: Mapping[str, FloatMatrix | None] | None = None,
    ) -> Fusion:
        """Learn from views, each (n, d_view), row i the same customer in all.

        Args:
            views: name -> rows; `behaviour` and `text` here, more are welcome.
            text_weight: share of the variance that is text's.
            axes: name -> (d_view, m) map for a direction view, as `TextView.axes`.

        Raises:
            InputError: the weight is not between 0 and 1, or the views differ in rows.
        """
        _check(text_weight, views)
        axes = axes or {}
        blocks = {
            name: Block.fit(rows, name in DIRECTIONS, axes.get(name))
            for name, rows in sorted(views.items())
        }
        return cls(blocks, text_weight)

    @property
    def dim(self) -> int:
        """Length of an embedding."""
        return sum(block.dim for block in self.blocks.values())

    @property
    def weights(self) -> dict[str, float]:
        """View name → its share of the embedding's variance; views that say nothing have none."""
        live = [name for name, block in self.blocks.items() if block.scale > 0]
        others = [name for name in live if name != "text"]
        text = self.text_weight if "text" in live else 0.0
        if not others:
            text = 1.0
        shares = {name: (1 - text) / len(others) for name in others} | {"text": text}
        return {name: shares[name] if name in live else 0.0 for name in self.blocks}

    def views(self, views: Mapping[str, FloatMatrix]) -> dict[str, FloatMatrix]:
        """Each view brought to variance 1, not weighted: what `join` takes."""
        return {name: block.transform(views[name]) for name, block in self.blocks.items()}

    def join(self, scaled: Mapping[str, FloatMatrix]) -> FloatMatrix:
        """Views of variance 1 → embeddings (n, dim) float32."""
        parts = [scaled[name] * np.float32(share**0.5) for name, share in self.weights.items()]
        return np.ascontiguousarray(np.hstack(parts), dtype=np.float32)

    def transform(self, views: Mapping[str, FloatMatrix]) -> FloatMatrix:
        """Views → embeddings (n, dim) float32, also of customers that came later."""
        return self.join(self.views(views))

    def query(self, encoding: FloatMatrix) -> FloatMatrix:
        """One encoded text (d,) → (dim,) float32: the text block filled, the others empty.

        Rank customers by its inner product with their embeddings, not by cosine: the empty blocks
        then say nothing, while cosine would prefer customers of average behaviour.

        Raises:
            InputError: there is no text view.
        """
        if not self.weights.get("text"):
            raise InputError(
                "Customers cannot be found by text: this shop has no texts, or their weight is 0",
                fix="Build with product names, searches or reviews, and a text weight above 0.",
            )
        empty = {name: np.zeros((1, b.dim), dtype=np.float32) for name, b in self.blocks.items()}
        text = self.blocks["text"].transform(encoding[None, :])
        return np.asarray(self.join(empty | {"text": text})[0], dtype=np.float32)

    def reweight(self, text_weight: float) -> Fusion:
        """The same blocks with another weight of text; nothing is fitted or encoded again.

        Raises:
            InputError: the weight is not between 0 and 1.
        """
        _check(text_weight, {})
        return replace(self, text_weight=text_weight)

    def save(self, folder: Path) -> None:
        """Write a folder: fusion.json, and one or two .npy files per view."""
        folder.mkdir(parents=True, exist_ok=True)
        described = {}
        for name, block in self.blocks.items():
            described[name] = {"direction": block.direction, "scale": block.scale}
            np.save(folder / f"{name}-centre.npy", block.centre)
            if block.axes is not None:
                np.save(folder / f"{name}-axes.npy", block.axes)
        document = {"text_weight": self.text_weight, "blocks": described}
        (folder / SETTINGS).write_text(json.dumps(document, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Fusion:
        """Read what `save` wrote."""
        document = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
        blocks = {}
        for name, described in document["blocks"].items():
            axes = folder / f"{name}-axes.npy"
            blocks[name] = Block(
                np.load(folder / f"{name}-centre.npy", allow_pickle=False),
                np.load(axes, allow_pickle=False) if axes.exists() else None,
                described["direction"],
                described["scale"],
            )
        return cls(blocks, document["text_weight"])


def _subtract(rows: FloatMatrix, centre: FloatMatrix) -> FloatMatrix:
    return np.asarray(rows - centre, dtype=np.float32)


def _mean(rows: FloatMatrix) -> FloatMatrix:
    return np.asarray(rows.mean(axis=0, dtype=np.float64), dtype=np.float32)


def _check(text_weight: float, views: Mapping[str, FloatMatrix]) -> None:
    if not 0 <= text_weight <= 1:
        raise InputError(
            f"The text weight {text_weight} is not between 0 and 1",
            where="text_weight",
            fix="Give the share of text in the embedding, such as 0.5.",
        )
    rows = {name: len(each) for name, each in views.items()}
    if len(set(rows.values())) > 1:
        raise InputError(f"The views differ in customers: {rows}")
