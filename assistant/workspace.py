"""What tools may touch: the current snapshot, its index and the encoder, opened together.

Nothing here is loaded before it is asked for: a page can be shown, and a number answered, before
the transformer is in memory.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

import prompts
from assistant.naming import named
from assistant.page.session import Shop
from assistant.results import ResultShelf
from assistant.settings import Settings
from assistant.spaces import open_space
from segmentation.archive import fingerprint, open_base, open_texts
from segmentation.clusters.archive import report_of
from segmentation.clusters.identity import Assignment
from segmentation.data.privacy import PrivacyOptions
from segmentation.insight.describe import describe
from segmentation.insight.evidence.evidence import evidence
from segmentation.insight.rules.rules import rules
from segmentation.insight.similar.closeness import Space
from segmentation.lineage import Past, before
from segmentation.pipeline import BuildOptions, build, resegment
from segmentation.trials import place, weigh_counts
from segmentation.types import (
    Choice,
    CustomerBase,
    Encoder,
    InputError,
    ModelError,
    Progress,
    Recipe,
    Segmentation,
    silent,
)
from segmentation.views.encoder import load_encoder
from segmentation.views.fusion import Fusion
from segmentation.views.text import Texts
from store.encodings import EncodingCache
from store.index import CustomerIndex
from store.rows import Rows
from store.snapshots import Snapshot, SnapshotStore

__all__ = ["Workspace", "build_workspace"]

INDEX_PAGE = 2_000
SUPPRESSED = "suppressed.txt"
INDEXED = {
    "frequency": "orders",
    "monetary": "revenue",
    "average_order_value": "average_order_value",
    "recency": "days_since_last_order",
}
"""Behaviour feature -> the contract's name for it, under which the index can be filtered."""


class Workspace:
    """One opened snapshot. Threads may share it.

    `writer(system, user)` is what a language model without tools writes; None where there is none.
    """

    def __init__(self, root: Path, snapshot: Snapshot, settings: Settings) -> None:
        self.root, self.snapshot, self.settings = root, snapshot, settings
        self.results = ResultShelf()
        self.writer: Callable[[str, str], str] | None = None
        self._lock = threading.RLock()
        self._base: CustomerBase | None = None
        self._watchers: list[Callable[[CustomerBase], None]] = []
        self._spaces: dict[float | None, Space] = {}

    @classmethod
    def open(cls, root: Path, settings: Settings) -> Workspace:
        """Open the current snapshot. Raises NoSnapshot before the first build."""
        return cls(root, SnapshotStore(root).current(), settings)

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The build report: what was read, set aside, dropped and made."""
        return self.snapshot.manifest

    @property
    def base(self) -> CustomerBase:
        """The customers, with the current segmentation named and described."""
        with self._lock:
            if self._base is None:
                base = open_base(self.snapshot)
                self._base = replace(base, segmentation=named(base))
            return self._base

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder this snapshot was built with.

        Raises:
            ModelError: KINDRED_ENCODER names another one than the snapshot was built with.
        """
        encoder = open_encoder(self.root, self.settings)
        built_with = self.manifest["embedding"]
        if encoder.digest != built_with["digest"]:
            raise ModelError(
                f"This snapshot was encoded with {built_with['encoder']}, not {encoder.name}",
                where="KINDRED_ENCODER",
                fix="Set it back, or build again.",
            )
        return encoder

    @cached_property
    def index(self) -> CustomerIndex:
        """The search index; rebuilt from the snapshot when missing, damaged or foreign."""
        return self.open_index(silent)

    def open_index(self, progress: Progress) -> CustomerIndex:
        """Open the index, showing progress where it has to be built.

        It carries each customer's segment; a process that died between a new segmentation and the
        labels here leaves old ones, which are mended.
        """
        index = CustomerIndex.open(
            self.root / "index" / self.snapshot.id,
            fingerprint=fingerprint(self.snapshot),
            rows=lambda: _rows(self),
            state=self.base.segmentation.id,
            progress=progress,
        )
        self._relabel(index)
        return index

    @cached_property
    def fusion(self) -> Fusion:
        """How texts get into the space of the embedding."""
        return Fusion.load(self.snapshot.path / "fusion")

    def report(self) -> dict[str, Any]:
        """The JSON of `kindred build`."""
        kept = {k: v for k, v in self.manifest.items() if k not in ("format", "files", "id")}
        segmentation = report_of(self.base.segmentation)
        return {"snapshot": self.snapshot.id, **kept, "segmentation": segmentation}

    def shop(self) -> Shop:
        """The line that says which data one talks about."""
        known = describe(self.base)
        orders = int(known.numbers["orders"] or 0)
        return Shop(known.known, orders, known.first, known.last)

    @property
    def space(self) -> Space:
        """Where look-alikes are sought; see `assistant.spaces`."""
        weight = self.base.segmentation.recipe.text_weight
        with self._lock:
            if weight not in self._spaces:
                cache = self.root / "cache" / "likeness"
                self._spaces[weight] = open_space(
                    cache, self.snapshot, self.base, self.fusion, self.texts, lambda: self.index
                )
            return self._spaces[weight]

    def prepare(self) -> None:
        """Find out what the first questions about segments and look-alikes would wait for."""
        base = self.base
        for segment in base.segmentation.segments[:1]:
            evidence(base, segment.id)
        rules(base)
        _ = self.space

    def text_evidence(self, customer_id: str, n: int = 5) -> list[tuple[str, float]]:
        """The texts that count most for a customer, with their share of all."""
        row = int(self.base.customers.get_loc(customer_id))  # type: ignore[arg-type]  # unique: a row
        return self.texts.main_texts(row, n)

    def resegment(self, recipe: Recipe, progress: Progress = silent) -> Segmentation:
        """Cluster anew; the new segmentation becomes current, the old ones stay in the snapshot."""
        with self._lock:
            segmentation = resegment(self.snapshot, self.base, recipe, progress)
            base = replace(self.base, segmentation=segmentation)
            self._base = replace(base, segmentation=named(base))
            self._relabel(self.index)
            self._tell()
            return self._base.segmentation

    def show(self, base: CustomerBase) -> None:
        """Go back to segments seen before; on disk, and in the index, the latest stay current."""
        with self._lock:
            if base is not self._base:
                self._base = base
                self._tell()

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher(self.base)

    def place(
        self, sources: Mapping[str, Any], reading: Mapping[str, Any], progress: Progress = silent
    ) -> tuple[list[str], Assignment]:
        """Put the customers of `sources` into the current segments; nothing is kept."""
        options = _options(self.root, self.base.segmentation.recipe, **reading)
        return place(self.snapshot, self.base, sources, options, self.encoder, progress)

    def past(self, since: date | None = None) -> Past:
        """The segmentation to compare the current one with: of the snapshot before, or at `since`.

        Raises:
            NothingBefore: there is none.
        """
        recipe = self.base.segmentation.recipe
        return before(SnapshotStore(self.root), self.snapshot, recipe, since)

    def weigh_counts(
        self, *, method: str, k_min: int, k_max: int, progress: Progress = silent
    ) -> Choice:
        """Which number of segments the data supports; the current ones stay as they are."""
        return weigh_counts(
            self.snapshot, self.base, method=method, k_min=k_min, k_max=k_max, progress=progress
        )

    def suppressed(self) -> frozenset[str]:
        """Ids of customers never to be contacted: the lines of `suppressed.txt`, if it is there.

        Raises:
            InputError: it is not a plain text file in UTF-8.
        """
        path = self.root / SUPPRESSED
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return frozenset()
        except (OSError, UnicodeDecodeError) as error:
            fix = "Write one customer id per line, as plain text in UTF-8."
            raise InputError("It cannot be read", where=str(path), fix=fix) from error
        return frozenset(line.strip() for line in text.splitlines() if line.strip())

    def watch(self, watcher: Callable[[CustomerBase], None]) -> None:
        """Call `watcher` with the base after every new segmentation."""
        self._watchers.append(watcher)

    def _relabel(self, index: CustomerIndex) -> None:
        """Bring the segments that the index carries up to date, where they are not."""
        segmentation = self.base.segmentation
        if index.state == segmentation.id:
            return
        labels = [{"segment": int(label)} for label in segmentation.labels]
        index.update_metadata(list(self.base.customers), labels, state=segmentation.id)

    @cached_property
    def texts(self) -> Texts:
        """What customers bought, searched and wrote: the distinct texts, encoded."""
        return open_texts(self.snapshot)


def build_workspace(
    root: Path,
    settings: Settings,
    sources: Mapping[str, Any],
    recipe: Recipe,
    reading: Mapping[str, Any],
    progress: Progress = silent,
) -> Workspace:
    """Build a new snapshot with its index. See `segmentation.pipeline.BuildOptions`."""
    options = _options(root, recipe, **reading)
    encoder = open_encoder(root, settings)
    snapshot = build(SnapshotStore(root), sources, options, encoder, progress)
    workspace = Workspace(root, snapshot, settings)
    workspace.__dict__["encoder"] = encoder
    workspace.__dict__["index"] = workspace.open_index(progress)
    progress("learning what a similarity is worth", 0, None)
    _ = workspace.space
    return workspace


def open_encoder(root: Path, settings: Settings) -> Encoder:
    """The encoder of the settings, with this workspace's cache of encoded texts."""
    return load_encoder(settings.encoder, cache=EncodingCache(root / "cache" / "encodings.sqlite"))


def _options(
    root: Path,
    recipe: Recipe,
    *,
    preset: str | None = None,
    mapping: Any = None,
    date_format: str | None = None,
    as_of: str | datetime | None = None,
    currency: str | None = None,
    keep: Sequence[str] = (),
    pseudonymise: bool = False,
) -> BuildOptions:
    key = _pseudonym_key(root) if pseudonymise else None
    return BuildOptions(
        recipe=recipe,
        preset=preset,
        mapping=mapping,
        date_format=date_format,
        as_of=_moment(as_of),
        currency=currency,
        privacy=PrivacyOptions(keep=frozenset(keep), pseudonymise_key=key),
    )


def _moment(as_of: str | datetime | None) -> datetime | None:
    if as_of is None or isinstance(as_of, datetime):
        return as_of
    try:
        return datetime.fromisoformat(as_of).replace(tzinfo=None)
    except ValueError as error:
        raise InputError(
            f"{as_of!r} is not a date", where="--as-of", fix="Write it like 2011-12-10."
        ) from error


def _pseudonym_key(root: Path) -> bytes:
    """The workspace's own secret, made once and readable by its owner only."""
    path = root / "pseudonym.key"
    if not path.exists():
        root.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()


def _rows(workspace: Workspace) -> Iterable[Rows]:
    """Every customer for the index: vector, segment and main numbers, and a plain sentence."""
    base = workspace.base
    numbers = base.features[[name for name in INDEXED if name in base.features]].rename(
        columns=INDEXED
    )
    sentences = prompts.load_yaml("customer")
    for start in range(0, len(numbers), INDEX_PAGE):
        part = numbers.iloc[start : start + INDEX_PAGE]
        labels = base.segmentation.labels[start : start + len(part)]
        records = list(part.to_dict("index").values())
        yield Rows(
            ids=list(part.index),
            vectors=np.asarray(base.vectors[start : start + len(part)], dtype=np.float32),
            metadatas=[
                {"segment": int(label), **{str(name): value for name, value in record.items()}}
                for label, record in zip(labels, records, strict=True)
            ],
            documents=[
                _sentence(sentences, customer, record, workspace)
                for customer, record in zip(part.index, records, strict=True)
            ],
        )


def _sentence(
    wording: Mapping[str, str], customer: str, numbers: Mapping[Any, Any], workspace: Workspace
) -> str:
    """What the index keeps as the document of a customer."""
    texts = ", ".join(text for text, _ in workspace.text_evidence(customer, 3))
    known = {name: value for name, value in numbers.items() if value == value}
    needed = {"orders", "revenue", "days_since_last_order"}
    parts = [wording["orders"]] if needed <= known.keys() else []
    parts += [wording["texts"]] if texts else []
    code = workspace.base.currency
    currency = "" if code == "money" else f" {code}"
    sentence = " ".join(parts or [wording["nothing"]])
    return sentence.format(customer=customer, texts=texts, currency=currency, **known)
