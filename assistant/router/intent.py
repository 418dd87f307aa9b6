"""Which intent a reading has: logistic regression over encoder vectors, n-grams and signals.

The bundled encoder knows English only: it reads a word-by-word gloss of Chinese (`gloss.py`),
and character n-grams carry what the gloss loses. Learns from `prompts/router/`; keeps only arrays.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

import prompts
from assistant.router.examples import CONTINUE, examples, labels, training_catalogue
from assistant.router.gloss import gloss, unglossed
from assistant.router.lexicon import has_cjk, lexicon
from assistant.router.metrics import is_about_risk, ranks_customers
from assistant.router.reading import Reading, read

if TYPE_CHECKING:
    from segmentation.types import Encoder, FloatMatrix

__all__ = ["IntentModel", "Scores", "load_intent_model"]

VERSION = 2
_BUCKETS = 2**14
_WEIGHTS = {"encoder": 1.4, "ngrams": 1.2, "signals": 1.5}
_CJK_RUN = re.compile(r"[\u3400-\u9fff]+")
_LATIN_WORD = re.compile(r"[a-z0-9%'&/-]+")
C = 15.0
_GLOSS_WEIGHT = 0.8


@dataclass(frozen=True)
class Scores:
    """What the classifier says of one reading.

    Args:
        probabilities: label -> probability, most probable first.
        familiarity: in [0, 1], the share of the words that are known from the examples of tools.
    """

    probabilities: dict[str, float]
    familiarity: float

    @property
    def best(self) -> str:
        return next(iter(self.probabilities))

    @property
    def confidence(self) -> float:
        return self.probabilities[self.best]

    @property
    def refusal(self) -> float:
        """The probability of all refusals together."""
        return sum(p for label, p in self.probabilities.items() if label.startswith("refuse."))

    def of(self, labels: Collection[str]) -> dict[str, float]:
        """The probabilities of some labels, most probable first."""
        return {label: p for label, p in self.probabilities.items() if label in labels}


@dataclass(frozen=True)
class IntentModel:
    """A fitted classifier: arrays, and how to apply them.

    Args:
        labels: (k,) the classes.
        weights: (k, d) and bias (k,), float32; d = encoder dim + n-gram buckets + signals.
        idf: (buckets,) weight of each n-gram bucket; 0 where no example has it.
        signals: (s,) names of the signals, in the order of their columns.
    """

    labels: np.ndarray[Any, Any]
    weights: FloatMatrix
    bias: FloatMatrix
    idf: FloatMatrix
    signals: np.ndarray[Any, Any]

    @classmethod
    def fit(
        cls, readings: Sequence[Reading], wanted: Sequence[str], encoder: Encoder
    ) -> IntentModel:
        """Learn from readings and their labels. Deterministic."""
        from scipy import sparse
        from sklearn.linear_model import LogisticRegression

        counts = _count_ngrams(readings)
        seen = np.asarray((counts > 0).sum(axis=0)).ravel()
        idf = np.where(seen > 0, np.log((1 + len(readings)) / (1 + seen)) + 1, 0).astype(np.float32)
        signals = np.array(sorted({s for reading in readings for s in _signals(reading)}))
        model = cls(
            np.array([]), np.empty((0, 0), np.float32), np.empty(0, np.float32), idf, signals
        )
        features = sparse.csr_matrix(model.features(readings, encoder))
        fitted = LogisticRegression(C=C, max_iter=300, tol=1e-3).fit(features, np.asarray(wanted))
        return cls(
            fitted.classes_,
            fitted.coef_.astype(np.float32),
            fitted.intercept_.astype(np.float32),
            idf,
            signals,
        )

    def scores(self, reading: Reading, encoder: Encoder) -> Scores:
        """Probabilities of every label for one reading."""
        chances = self.probabilities([reading], encoder)[0]
        order = np.argsort(-chances)
        return Scores({str(self.labels[i]): float(chances[i]) for i in order}, familiarity(reading))

    def probabilities(self, readings: Sequence[Reading], encoder: Encoder) -> FloatMatrix:
        """(n, k) probabilities, columns as `labels`, rows summing to one."""
        logits = np.asarray(self.features(readings, encoder) @ self.weights.T) + self.bias
        chances = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(chances / chances.sum(axis=1, keepdims=True), dtype=np.float32)

    def features(self, readings: Sequence[Reading], encoder: Encoder) -> Any:
        """One sparse row per reading: encoder vector, n-grams, signals, weighted."""
        from scipy import sparse

        vectors = _encode(readings, encoder) * _WEIGHTS["encoder"]
        grams = (
            _unit(_count_ngrams(readings).multiply(self.idf[None, :]).tocsr()) * _WEIGHTS["ngrams"]
        )
        signs = sparse.csr_matrix(_signal_rows(readings, self.signals)) * _WEIGHTS["signals"]
        rows = sparse.hstack([sparse.csr_matrix(vectors), grams, signs], format="csr")
        return rows.astype(np.float32)

    def save(self, path: Path) -> None:
        """Write the arrays; `load` reads them back. The write is all or nothing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".tmp.npz")
        np.savez(
            draft,
            labels=self.labels,
            weights=self.weights.astype(np.float16),
            bias=self.bias,
            idf=self.idf,
            signals=self.signals,
        )
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> IntentModel:
        """Read what `save` wrote; nothing in the file is run."""
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return cls(
                arrays["labels"],
                arrays["weights"].astype(np.float32),
                arrays["bias"],
                arrays["idf"],
                arrays["signals"],
            )


def load_intent_model(encoder: Encoder, cache: Path | None = None) -> IntentModel:
    """The classifier for these examples and this encoder: from the cache, or fitted and kept there.

    Args:
        cache: a folder; None keeps nothing.
    """
    path = cache / f"intents-{_digest(encoder)}.npz" if cache else None
    if path and path.is_file():
        try:
            return IntentModel.load(path)
        except (OSError, ValueError, KeyError, BadZipFile):
            path.unlink(missing_ok=True)  # a torn file is made again
    catalogue = training_catalogue()
    found = examples()
    readings = [read(example.text, catalogue) for example in found]
    model = IntentModel.fit(readings, [example.label for example in found], encoder)
    if path:
        model.save(path)
    return model


def _digest(encoder: Encoder) -> str:
    """Changes with the examples, the lexicon, the encoder and the shape of the model."""
    content = repr(
        (VERSION, C, _WEIGHTS, encoder.digest, examples(), *map(prompts.load_yaml, _FILES))
    )
    return hashlib.sha256(content.encode()).hexdigest()[:16]


_FILES = tuple(
    f"router/{name}"
    for name in (
        "slots",
        "lexicon",
        "abbreviations",
        "places",
        "glossary",
        "patterns",
        "words",
        "homophones",
    )
)


_COMMON = re.compile(
    r"(?:[a-z]|\d+%?|the|an?|and|or|of|to|in|on|for|is|are|was|be|do|does|did|can|could|you|me|my|we|our|us|it|its|that|this|"
    r"what|who|how|which|when|where|why|there|have|has|had|will|would|should|with|from|at|by|as|if|so|not|no|please|tell|"
    r"give|show|i'm|i'd|i|he|she|they|them|him|her|his|their|your|am|been|about|up|out|all|any|some|more|than|but|who's|"
    r"what's|let|get|need|want|like|know|think|go|say|just|now|then|also|too|very|really|good|best|better|new|one|2|9)"
)


def familiarity(reading: Reading) -> float:
    """How much of what a question says is in words that the tools' examples, or the data, have.

    Words that any sentence has do not count; 1.0 where there are no others.
    """
    known = tool_words() | lexicon("metrics").words() | lexicon("concepts").words()
    words = [w for w in _LATIN_WORD.findall(gloss(reading.rest)) if not _COMMON.fullmatch(w)]
    strange = [run for run in unglossed(reading.rest) if run not in _tool_chinese()]
    if not words and not strange:
        return 1.0
    hits = sum(w in known or w.removesuffix("s") in known for w in words)
    return hits / (len(words) + len(strange))


@cache
def tool_words() -> frozenset[str]:
    """Words of the examples of tools, Chinese ones in English."""
    templates = [
        t
        for name, by in labels().items()
        if "." not in name and name != CONTINUE
        for ts in by.values()
        for t in ts
    ]
    return frozenset(w for t in templates for w in _LATIN_WORD.findall(gloss(str(t).lower())))


@cache
def _tool_chinese() -> str:
    """The Chinese of the examples of tools, run together."""
    return "\n".join(
        str(t) for name, by in labels().items() if "." not in name for t in by.get("zh", ())
    )


# Blocks of features ---------------------------------------------------------------------------


def _encode(readings: Sequence[Reading], encoder: Encoder) -> FloatMatrix:
    """(n, dim) vectors of the texts, Chinese words glossed in English; a gloss counts for less."""
    texts = [gloss(reading.masked) for reading in readings]
    weights = np.array([_GLOSS_WEIGHT if has_cjk(r.masked) else 1.0 for r in readings], np.float32)
    distinct = sorted(set(texts))
    vectors = encoder.encode(distinct)
    place = {text: i for i, text in enumerate(distinct)}
    return vectors[[place[text] for text in texts]] * weights[:, None]


def _ngrams(reading: Reading) -> list[str]:
    """Words, pairs of words, insides of words, and Chinese one to three characters at a time."""
    text = reading.masked
    words = _LATIN_WORD.findall(gloss(text))
    grams = [f"w:{word}" for word in words]
    grams += [f"p:{a} {b}" for a, b in zip(["^", *words], [*words, "$"], strict=True)]
    for word in words:
        padded = f" {word} "
        grams += [f"c:{padded[i : i + n]}" for n in (3, 4) for i in range(len(padded) - n + 1)]
    for run in _CJK_RUN.findall(text):
        grams += [f"z:{run[i : i + n]}" for n in (1, 2, 3) for i in range(len(run) - n + 1)]
    return grams


def _count_ngrams(readings: Sequence[Reading]) -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    hashing = HashingVectorizer(
        analyzer=_ngrams, n_features=_BUCKETS, norm=None, alternate_sign=False
    )
    counts = hashing.transform(readings)
    counts.data = 1 + np.log(counts.data)
    return counts


def _unit(rows: Any) -> Any:
    from sklearn.preprocessing import normalize

    return normalize(rows, copy=False)


def _signal_rows(readings: Sequence[Reading], names: np.ndarray[Any, Any]) -> FloatMatrix:
    place = {name: i for i, name in enumerate(names.tolist())}
    rows = np.zeros((len(readings), len(place)), np.float32)
    for i, reading in enumerate(readings):
        for signal in _signals(reading):
            if signal in place:
                rows[i, place[signal]] = 1
    return rows / np.float32(3)


def _signals(reading: Reading) -> set[str]:
    """What the reading found, as yes-or-no facts in no language."""
    who, found = reading.who, {f"about:{concept}" for concept in reading.concepts}
    found |= {f"points:{pointer}" for pointer in who.pointers}
    found |= {f"metric:{hit.name}" for hit in reading.metrics}
    found |= {f"dimension:{hit.name}" for hit in reading.dimensions}
    found |= {f"chart:{kind}" for kind in reading.charts}
    found |= {f"filter:{f.field}" for f in reading.filters}
    counts = {
        "customers": min(len(who.customers), 2),
        "segments": min(len(who.segments), 2),
        "numbers": min(len(reading.numbers), 2),
        "words": min(
            len(reading.rest.split()) + sum(map(len, _CJK_RUN.findall(reading.rest))) // 2, 8
        ),
    }
    found |= {f"{name}={count}" for name, count in counts.items()}
    someone = who.customers or who.segments
    flags = {
        "all": who.all_segments, "method": reading.methods, "quality": reading.quality,
        "ranks": ranks_customers(reading), "risk": is_about_risk(reading),
        "format": reading.formats, "days": reading.days, "percent": reading.percents,
        "nothing": not (reading.concepts or reading.metrics or reading.filters or someone),
    }  # fmt: skip
    return found | {name for name, flag in flags.items() if flag}
