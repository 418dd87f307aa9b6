"""What is in an encoder's folder: weights, settings, pooling, dimension. Reads JSON only, no torch.

Understands plain transformers folders and sentence-transformers ones (modules.json with
Transformer, Pooling, Dense, Normalize). Anything else is refused rather than pooled wrongly.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentation.types import ModelError

__all__ = ["POOLING", "Layout", "read_layout"]

MAX_TOKENS = 256

POOLING = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean",  # the same direction; length is set to one
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_lasttoken": "lasttoken",
}
"""Old setting -> mode; the new setting `pooling_mode` holds the mode itself."""


@dataclass(frozen=True)
class Layout:
    """The parts of an encoder's folder.

    Args:
        folder: where config.json and the tokenizer are.
        weights: safetensors files, in order.
        settings: other files that change a vector.
        pooling: `mean`, `cls`, `max` or `lasttoken`.
        dense: folders of linear layers after the pooling, in order.
        dim: length of a vector.
        max_tokens: texts are cut there.
        prompt: what goes before every text.
    """

    folder: Path
    weights: tuple[Path, ...]
    settings: tuple[Path, ...]
    pooling: str
    dense: tuple[Path, ...]
    dim: int
    max_tokens: int
    prompt: str


def read_layout(folder: Path) -> Layout:
    """Read an encoder's folder.

    Raises:
        ModelError: a file is missing or unreadable, or the pooling is not supported.
    """
    modules = _modules(folder)
    inner = folder / modules.get("Transformer", [""])[0]
    config = _read(inner / "config.json")
    pooling = [folder / path / "config.json" for path in modules.get("Pooling", [])]
    dense = tuple(folder / path for path in modules.get("Dense", []))
    optional = ("tokenizer.json", "vocab.txt", "sentence_bert_config.json")
    settings = [inner / "config.json", *pooling, *(inner / name for name in optional)]
    settings += [folder / "modules.json", folder / "config_sentence_transformers.json"]
    settings += [path / "config.json" for path in dense]
    return Layout(
        folder=inner,
        weights=(*_weights(inner), *(path for each in dense for path in _weights(each))),
        settings=tuple(path for path in settings if path.is_file()),
        pooling=_pooling(pooling),
        dense=dense,
        dim=_dim(config, dense, inner),
        max_tokens=_max_tokens(inner, config),
        prompt=_prompt(folder / "config_sentence_transformers.json"),
    )


def _modules(folder: Path) -> dict[str, list[str]]:
    """Kind of module -> its folders, as modules.json has them; empty for a plain transformer."""
    path = folder / "modules.json"
    if not path.is_file():
        return {}
    kinds: dict[str, list[str]] = {}
    for module in _read(path):
        kinds.setdefault(str(module["type"]).rpartition(".")[2], []).append(module["path"])
    unknown = sorted(set(kinds) - {"Transformer", "Pooling", "Dense", "Normalize"})
    if unknown:
        raise _unsupported(path, f"the module {', '.join(unknown)}")
    return kinds


def _pooling(configs: Sequence[Path]) -> str:
    if not configs:
        return "mean"
    config = _read(configs[0])
    modes = config.get("pooling_mode") or [m for key, m in POOLING.items() if config.get(key)]
    modes = [modes] if isinstance(modes, str) else list(modes) or ["mean"]
    if len(modes) > 1 or modes[0] not in POOLING.values():
        raise _unsupported(configs[0], f"the pooling {' + '.join(modes)}")
    return str(modes[0])


def _dim(config: Mapping[str, Any], dense: Sequence[Path], folder: Path) -> int:
    if dense:
        return int(_read(dense[-1] / "config.json")["out_features"])
    for key in ("hidden_size", "dim", "d_model"):
        if key in config:
            return int(config[key])
    raise _unsupported(folder / "config.json", "a config without hidden_size")


def _max_tokens(folder: Path, config: Mapping[str, Any]) -> int:
    path = folder / "sentence_bert_config.json"
    own = _read(path).get("max_seq_length") if path.is_file() else None
    limits = (own, config.get("max_position_embeddings"), MAX_TOKENS)
    return min(int(limit) for limit in limits if limit)


def _prompt(path: Path) -> str:
    config = _read(path) if path.is_file() else {}
    name = config.get("default_prompt_name")
    return str(config["prompts"][name]) if name else ""


def _weights(folder: Path) -> tuple[Path, ...]:
    """The safetensors files of a folder: one, or the shards that an index names."""
    index = folder / "model.safetensors.index.json"
    names = ["model.safetensors"]
    if index.is_file():
        names = sorted(set(_read(index)["weight_map"].values()))
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise ModelError(
            f"The encoder has no {', '.join(missing)}",
            where=str(folder),
            fix="Use a complete model in safetensors format: other formats can run code.",
        )
    return tuple(folder / name for name in names)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The encoder's {path.name} cannot be read: {error}",
            where=str(path.parent),
            fix="Give a folder with a complete transformers or sentence-transformers model.",
        ) from error


def _unsupported(path: Path, what: str) -> ModelError:
    return ModelError(
        f"The encoder uses {what}, which is not supported",
        where=str(path),
        fix="Use a model with mean, cls, max or last-token pooling, such as all-MiniLM-L6-v2.",
    )
