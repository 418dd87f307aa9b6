"""A shop that can be checked by hand, a bag-of-words encoder, tiny transformers."""

import hashlib
import json
from collections import Counter

import ibis
import numpy as np
import pandas as pd
import pytest

ORDER_COLUMNS = ["customer_id", "order_id", "ordered_at", "product_id", "product", "category"]
ORDER_COLUMNS += ["quantity", "unit_price", "kind", "is_charge"]
EVENT_COLUMNS = ["kind", "product_id", "query"]
REVIEW_COLUMNS = ["product_id", "rating", "text"]

# customer, order, when, product id, name, category, quantity, price, kind, charge
ORDERS = [
    # ann: three orders, one evening; sends one of four mugs back
    ("ann", "o1", "2024-01-02 10:00", "m", "red mug", "Kitchen", 4, 5.0, "sale", False),
    ("ann", "o1", "2024-01-02 10:00", "POST", "postage", None, 1, 3.0, "sale", True),
    ("ann", "r1", "2024-01-09 10:00", "m", "red mug", "Kitchen", -1, 5.0, "return", False),
    ("ann", "o2", "2024-04-11 19:30", "t", "tea towel", "Kitchen ", 1, 6.0, "sale", False),
    ("ann", "o2", "2024-04-11 19:40", "g", "garden gnome", "Garden", 1, 12.0, "sale", False),
    ("ann", "o3", "2024-06-22 10:00", "m", "red mug", "Kitchen", 2, 4.0, "sale", False),
    # bob: one order, on a Sunday night; all sent back; a gift that is no purchase
    ("bob", "o4", "2024-03-03 02:15", "g", "garden gnome", "Garden", 2, 12.0, "sale", False),
    ("bob", "r2", "2024-03-10 09:00", "g", "garden gnome", "Garden", -2, 12.0, "return", False),
    ("bob", "o5", "2024-06-30 09:00", "m", "red mug", "Kitchen", 1, 0.0, "gift", False),
    # cy: only a return; not a customer by orders
    ("cy", "r3", "2024-02-01 09:00", "m", "red mug", "Kitchen", -1, 5.0, "return", False),
    # dee: buys the mug at its usual price; a line after as_of that must not be seen
    ("dee", "o6", "2024-05-01 14:00", "m", "red mug", "Kitchen", 1, 5.0, "sale", False),
    ("dee", "o7", "2024-07-01 00:00", "g", "garden gnome", "Garden", 9, 12.0, "sale", False),
]
EVENTS = [
    ("eve", "2024-06-28 08:00", "view", "g", None),
    ("eve", "2024-06-28 08:01", "view", "m", None),
    ("eve", "2024-06-28 08:02", "cart", "m", None),
    ("eve", "2024-06-29 23:00", "search", None, "tea towel with cats"),
    ("ann", "2024-06-22 09:50", "view", "m", None),
    ("ann", "2024-06-22 09:55", "cart", "m", None),
    ("ann", "2024-06-22 10:00", "purchase", "m", None),
]
REVIEWS = [
    ("fay", "2024-06-01", "m", 4.0, "lovely mug"),
    ("fay", None, "g", None, ""),
    ("ann", "2024-06-25", "m", 5.0, "lovely gnome"),
]
PRODUCTS = [("m", "red mug", "Kitchen"), ("t", "tea towel", "Kitchen"), ("g", "gnome", "Garden")]


def frames():
    """The shop's canonical tables as pandas frames."""
    made = {
        "orders": pd.DataFrame(ORDERS, columns=ORDER_COLUMNS),
        "events": pd.DataFrame(EVENTS, columns=["customer_id", "at", *EVENT_COLUMNS]),
        "reviews": pd.DataFrame(REVIEWS, columns=["customer_id", "at", *REVIEW_COLUMNS]),
        "products": pd.DataFrame(PRODUCTS, columns=["product_id", "product", "category"]),
    }
    made["orders"]["ordered_at"] = pd.to_datetime(made["orders"].ordered_at)
    made["orders"] = made["orders"].astype({"quantity": float})
    for name in ("events", "reviews"):
        made[name]["at"] = pd.to_datetime(made[name]["at"])
    return made


def as_tables(frames, folder):
    """Frames → DuckDB tables through Ibis, by way of Parquet as a snapshot does it."""
    database = ibis.duckdb.connect()
    tables = {}
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet")
        tables[name] = database.read_parquet(folder / f"{name}.parquet", table_name=name)
    return tables


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    return as_tables(frames(), tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def make_tables(tmp_path_factory):
    return lambda frames: as_tables(frames, tmp_path_factory.mktemp("tables"))


class WordEncoder:
    """A deterministic encoder: texts that share words are alike. Remembers what it was asked."""

    name, digest, dim = "words", "0" * 64, 32

    def __init__(self):
        self.asked = []

    def encode(self, texts, progress=lambda stage, done, total: None):
        self.asked += list(texts)
        vectors = np.array([self._bag(text) for text in texts], dtype=np.float32)
        return vectors.reshape(len(texts), self.dim)

    def _bag(self, text):
        seeds = [int(hashlib.sha256(w.encode()).hexdigest()[:8], 16) for w in text.lower().split()]
        bag = sum(np.random.default_rng(seed).normal(size=self.dim) for seed in seeds)
        return bag / np.linalg.norm(bag)


@pytest.fixture
def words():
    return WordEncoder()


@pytest.fixture(scope="session")
def same_words():
    """One for all tests that do not look at what it was asked."""
    return WordEncoder()


VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "red",
    "blue",
    "mug",
    "cup",
    "gnome",
    "garden",
    "a",
    "of",
    "tea",
    "lovely",
    "not",
    "##s",
]


def write_transformer(folder, pooling=None, dense=False, prompt=""):
    """A random BERT of 16 dimensions; with `pooling`, as a sentence-transformers folder."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir()
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "max_position_embeddings": 24}
    config = BertConfig(
        vocab_size=len(VOCABULARY), num_hidden_layers=2, num_attention_heads=2, **sizes
    )
    BertModel(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    if pooling:
        _write_modules(folder, pooling, dense, prompt)
    return folder


def _write_modules(folder, pooling, dense, prompt):
    import torch
    from safetensors.torch import save_file

    kinds = ["Transformer", "Pooling", *(["Dense"] if dense else []), "Normalize"]
    paths = ["" if kind == "Transformer" else f"{i}_{kind}" for i, kind in enumerate(kinds)]
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (kind, path) in enumerate(zip(kinds, paths, strict=True))
    ]
    _write_json(folder / "modules.json", modules)
    modes = {f"pooling_mode_{pooling}": True, "word_embedding_dimension": 16}
    (folder / "1_Pooling").mkdir()
    _write_json(folder / "1_Pooling" / "config.json", modes)
    if dense:
        (folder / "2_Dense").mkdir()
        activation = "torch.nn.modules.activation.Tanh"
        sizes = {"in_features": 16, "out_features": 6, "bias": True}
        _write_json(folder / "2_Dense" / "config.json", sizes | {"activation_function": activation})
        layer = {"linear.weight": torch.randn(6, 16), "linear.bias": torch.randn(6)}
        save_file(layer, folder / "2_Dense" / "model.safetensors")
    if prompt:
        prompts = {"prompts": {"query": prompt}, "default_prompt_name": "query"}
        _write_json(folder / "config_sentence_transformers.json", prompts)


def _write_json(path, document):
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """Folder of a plain tiny transformer."""
    return write_transformer(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def transformer(tmp_path):
    """Make a tiny transformer's folder: transformer(pooling=..., dense=..., prompt=...)."""
    made = Counter()

    def make(**options):
        made["folders"] += 1
        return write_transformer(tmp_path / f"model{made['folders']}", **options)

    return make
