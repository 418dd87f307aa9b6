"""Views → one embedding, and texts into the same space.

Every view becomes a block of total variance 1, is weighted, and the blocks are joined: of two
customers' squared distance, `text_weight` comes from text on average and the rest from behaviour.
A view may have parts (what products are called and what is bought together; habits and the
spending they foretell), each brought to variance 1 and sharing the view's. What a text says is a
direction, so its rows are centred and set to length one: a customer of three purchases and one of a
thousand are equally far from the middle.

Without a weight from the user, the views' own structure decides: a view that falls into groups
counts for more than one that is a cloud (structure.py). Weights can be changed without encoding
anything again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from segmentation.types import FloatMatrix, InputError
from segmentation.views.structure import lasting_share, structure, text_share
from segmentation.views.taste import centre_of, directions, unit

__all__ = ["DIRECTIONS", "Block", "Fusion", "Part", "Rows"]

DIRECTIONS = frozenset({"text", "image"})
"""Views of which only the direction counts."""

SETTINGS = "fusion.json"

Rows = FloatMatrix | Sequence[FloatMatrix]
"""A raw view: (n, d), or one such matrix per part."""
Axes = FloatMatrix | Sequence[FloatMatrix | None] | None
"""What the directions of a view are mapped by, (d, m); or of each of its parts."""


@dataclass(frozen=True)
class Part:
    """How one part of a view is brought to total variance 1.

    Args:
        centre: (d,) what is subtracted first.
        axes: (d, m) what directions are mapped by, or None to keep them as they are.
        direction: whether rows are set to length one.
        scale: what is divided by last; 0 where the part is the same for everybody.
    """

    centre: FloatMatrix
    axes: FloatMatrix | None
    direction: bool
    scale: float

    @classmethod
    def fit(cls, rows: FloatMatrix, direction: bool, axes: FloatMatrix | None = None) -> Part:
        """Learn from (n, d); in a direction part, rows of zeros (nothing said) are left out."""
        centre = centre_of(rows) if direction else _mean(rows)
        part = cls(centre, axes, direction, 1.0)
        variance = float(part.transform(rows).var(axis=0, dtype=np.float64).sum())
        return replace(part, scale=variance**0.5)

    @property
    def dim(self) -> int:
        """Columns it fills: none where the part is the same for everybody."""
        if self.scale == 0:
            return 0
        return len(self.centre) if self.axes is None else self.axes.shape[1]

    def transform(self, rows: FloatMatrix) -> FloatMatrix:
        """(n, d) → (n, dim) float32, of total variance 1 over the customers it was fitted to."""
        if self.scale == 0:
            return np.zeros((len(rows), 0), dtype=np.float32)
        placed = directions(rows, self.centre) if self.direction else _subtract(rows, self.centre)
        if self.axes is not None:
            placed = unit(placed @ self.axes)
        return np.asarray(placed / self.scale, dtype=np.float32)


@dataclass(frozen=True)
class Block:
    """One view: its parts side by side, of total variance 1 together.

    Args:
        parts: in the order of the raw view's.
        shares: of the view's variance, in the same order; parts that say nothing leave theirs to
            the others.
    """

    parts: tuple[Part, ...]
    shares: tuple[float, ...]

    @classmethod
    def fit(
        cls,
        rows: Rows,
        direction: bool,
        axes: Axes = None,
        shares: Sequence[float] | None = None,
        plain: int = 0,
    ) -> Block:
        """Learn from a raw view; its last `plain` parts are never directions."""
        matrices = _matrices(rows)
        count = len(matrices)
        maps = [axes] * count if axes is None or isinstance(axes, np.ndarray) else axes
        kinds = [direction] * (count - plain) + [False] * plain
        fitted = tuple(map(Part.fit, matrices, kinds, maps))
        wanted = tuple(shares) if shares is not None else (1 / count,) * count
        live = sum(share for part, share in zip(fitted, wanted, strict=True) if part.scale > 0)
        return cls(
            fitted,
            tuple(
                share / live if part.scale > 0 else 0.0
                for part, share in zip(fitted, wanted, strict=True)
            ),
        )

    @property
    def says(self) -> bool:
        """Whether it tells any customers apart."""
        return any(part.scale > 0 for part in self.parts)

    @property
    def dim(self) -> int:
        return sum(part.dim for part in self.parts)

    def transform(self, rows: Rows) -> FloatMatrix:
        """Raw view → (n, dim) float32, of total variance 1 over the customers it was fitted to."""
        placed = [
            part.transform(each) * np.float32(share**0.5)
            for part, each, share in zip(self.parts, _matrices(rows), self.shares, strict=True)
        ]
        return np.asarray(np.hstack(placed), dtype=np.float32)


@dataclass(frozen=True)
class Fusion:
    """The fitted blocks, in the order they are joined, and the weight of text.

    Args:
        blocks: view name -> block.
        text_weight: share of the variance that is text's, 0 to 1; the other views share the rest.
        own_weight: the share of text that the views' structure asks for, or asked for before.
        bridge: (d, m) direction of a text → what its owners' habits have in common, for texts that
            nobody has (taste.py); None where the text view has one part.
        evening: how far embeddings are brought to one length: each is divided by its length to this
            power. At 0 the extremes lie far out and every neighbour of theirs is less extreme; at 1
            only directions are left.
    """

    blocks: Mapping[str, Block]
    text_weight: float
    own_weight: float
    bridge: FloatMatrix | None = None
    evening: float = 0.0

    @classmethod
    def fit(
        cls,
        views: Mapping[str, Rows],
        text_weight: float | None = None,
        axes: Mapping[str, Axes] | None = None,
        bridge: FloatMatrix | None = None,
        shares: Mapping[str, Sequence[float]] | None = None,
        plain: int = 0,
        evening: float = 0.0,
        earlier_weight: float | None = None,
    ) -> Fusion:
        """Learn from raw views, row i the same customer in all.

        Args:
            views: name -> rows; `behaviour` and `text` here, more are welcome.
            text_weight: share of the variance that is text's; None lets the views decide.
            axes: name -> map for a direction view, as `TextView.axes`.
            bridge: see above.
            shares: name -> of the view's variance, each part's; equal if not given.
            plain: how many of the last parts of `text` are no directions.
            evening: see above.
            earlier_weight: the share that an earlier fit asked for; kept while that is near.

        Raises:
            InputError: the weight is not between 0 and 1, or the views differ in rows.
        """
        _check(text_weight, views)
        axes, shares = axes or {}, shares or {}
        blocks = {
            name: Block.fit(
                rows,
                name in DIRECTIONS,
                axes.get(name),
                shares.get(name),
                plain if name == "text" else 0,
            )
            for name, rows in sorted(views.items())
        }
        own = lasting_share(_own_weight(blocks, views), earlier_weight)
        return cls(blocks, own if text_weight is None else text_weight, own, bridge, evening)

    @property
    def dim(self) -> int:
        """Length of an embedding."""
        return sum(block.dim for block in self.blocks.values())

    @property
    def weights(self) -> dict[str, float]:
        """View name → its share of the embedding's variance; views that say nothing have none."""
        live = [name for name, block in self.blocks.items() if block.says]
        others = [name for name in live if name != "text"]
        text = self.text_weight if "text" in live else 0.0
        if not others:
            text = 1.0
        shares = {name: (1 - text) / len(others) for name in others} | {"text": text}
        return {name: shares[name] if name in live else 0.0 for name in self.blocks}

    def views(self, views: Mapping[str, Rows]) -> dict[str, FloatMatrix]:
        """Each view brought to variance 1, not weighted: what `join` takes."""
        return {name: block.transform(views[name]) for name, block in self.blocks.items()}

    def join(self, scaled: Mapping[str, FloatMatrix]) -> FloatMatrix:
        """Views of variance 1 → embeddings (n, dim) float32."""
        parts = [scaled[name] * np.float32(share**0.5) for name, share in self.weights.items()]
        joined = np.ascontiguousarray(np.hstack(parts), dtype=np.float32)
        lengths = np.linalg.norm(joined, axis=1, keepdims=True)
        evened = joined / np.where(lengths > 0, lengths, 1.0) ** self.evening
        return np.asarray(evened, dtype=np.float32)

    def transform(self, views: Mapping[str, Rows]) -> FloatMatrix:
        """Raw views → embeddings (n, dim) float32, also of customers that came later."""
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
        text = self.blocks["text"].transform(self.spoken_for(encoding[None, :]))
        return np.asarray(self.join(empty | {"text": text})[0], dtype=np.float32)

    def spoken_for(self, meanings: FloatMatrix) -> Rows:
        """Encoded texts (n, d) → the raw text view of who likes what they say, else average."""
        said, *more = self.blocks["text"].parts
        average = [np.tile(part.centre, (len(meanings), 1)) for part in more]
        if self.bridge is not None:
            average[0] = average[0] + directions(meanings, said.centre) @ self.bridge
        return [meanings, *average]

    def reweight(self, text_weight: float | None) -> Fusion:
        """The same blocks with another weight of text; nothing is fitted or encoded again.

        Args:
            text_weight: None for the weight that the views' structure asks for.

        Raises:
            InputError: the weight is not between 0 and 1.
        """
        _check(text_weight, {})
        return replace(self, text_weight=self.own_weight if text_weight is None else text_weight)

    def save(self, folder: Path) -> None:
        """Write a folder: fusion.json, and the arrays of every part as .npy files."""
        folder.mkdir(parents=True, exist_ok=True)
        described: dict[str, dict[str, list[Any]]] = {}
        for name, block in self.blocks.items():
            facts = [{"direction": part.direction, "scale": part.scale} for part in block.parts]
            described[name] = {"parts": facts, "shares": list(block.shares)}
            for place, part in enumerate(block.parts):
                _save(folder / f"{name}-{place}-centre.npy", part.centre)
                _save(folder / f"{name}-{place}-axes.npy", part.axes)
        _save(folder / "bridge.npy", self.bridge)
        numbers = {
            "text_weight": self.text_weight,
            "own_weight": self.own_weight,
            "evening": self.evening,
        }
        document = {**numbers, "blocks": described}
        (folder / SETTINGS).write_text(json.dumps(document, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Fusion:
        """Read what `save` wrote."""
        document = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
        blocks = {
            name: Block(
                tuple(
                    Part(
                        np.load(folder / f"{name}-{place}-centre.npy", allow_pickle=False),
                        _load(folder / f"{name}-{place}-axes.npy"),
                        **facts,
                    )
                    for place, facts in enumerate(described["parts"])
                ),
                tuple(described["shares"]),
            )
            for name, described in document["blocks"].items()
        }
        bridge = _load(folder / "bridge.npy")
        numbers = {name: document[name] for name in ("text_weight", "own_weight", "evening")}
        return cls(blocks, bridge=bridge, **numbers)


def _own_weight(blocks: Mapping[str, Block], views: Mapping[str, Rows]) -> float:
    """The share of text that the views' structure asks for, by the first part of each."""
    found = {}
    for name, block in blocks.items():
        first, rows = block.parts[0], _matrices(views[name])[0]
        found[name] = (
            structure(first.transform(rows), direction=first.direction) if first.dim else 0.0
        )
    text = found.pop("text", 0.0)
    return text_share(text, max(found.values(), default=0.0))


def _matrices(rows: Rows) -> Sequence[FloatMatrix]:
    return [rows] if isinstance(rows, np.ndarray) else rows


def _subtract(rows: FloatMatrix, centre: FloatMatrix) -> FloatMatrix:
    return np.asarray(rows - centre, dtype=np.float32)


def _mean(rows: FloatMatrix) -> FloatMatrix:
    return np.asarray(rows.mean(axis=0, dtype=np.float64), dtype=np.float32)


def _save(path: Path, array: FloatMatrix | None) -> None:
    if array is not None:
        np.save(path, array, allow_pickle=False)


def _load(path: Path) -> FloatMatrix | None:
    return np.load(path, allow_pickle=False) if path.exists() else None


def _check(text_weight: float | None, views: Mapping[str, Rows]) -> None:
    if text_weight is not None and not 0 <= text_weight <= 1:
        raise InputError(
            f"The text weight {text_weight} is not between 0 and 1",
            where="text_weight",
            fix="Give the share of text in the embedding, such as 0.5.",
        )
    rows = {name: [len(part) for part in _matrices(each)] for name, each in views.items()}
    if len({count for counts in rows.values() for count in counts}) > 1:
        raise InputError(f"The views differ in customers: {rows}")
