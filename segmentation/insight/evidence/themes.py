"""The words that go with each segment: of product names, of searches and of reviews.

Class-based tf-idf as in BERTopic (Grootendorst 2022), its frequent words reduced by a root:

    sqrt(f(word, segment) / f(segment)) * log(1 + A / f(word))

f counts the distinct texts of each customer that have the word, so that buying the same again says
nothing new; A is the mean f of a segment. A word that stands in every fifth text or more of a
source tells nothing and is left out, whatever the language, and so are the function words of some.
No stemming.

What customers wrote leaves here only as single words that many of them used, never as sentences,
and never next to a digit or an at sign. Words of scripts without spaces are runs of two or three
characters, and whole short phrases; a piece that is nearly always part of a longer one is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segmentation.data.words import words as shop_words
from segmentation.insight.evidence.counts import Counts
from segmentation.insight.evidence.significance import Moments
from segmentation.insight.ledger import Ledger, open_ledger
from segmentation.types import CustomerBase

__all__ = ["WORDS", "WRITTEN_BY", "class_weights", "count_words", "words_of"]

WORDS = ("word", "searched", "reviewed")
WRITTEN = {"searched": ("events", "query"), "reviewed": ("reviews", "text")}
"""Kind → the table and column that customers wrote."""

WRITTEN_BY = 20
WRITTEN_SHARE = 0.005
"""A word that customers wrote is told when at least so many did, and this share of all of them."""

LETTERS = 3
PHRASE = 8
"""Longest run of a script without spaces that counts as one word."""

COMMON, FEW_TEXTS = 0.2, 50
"""A word in this share of all texts tells nothing, where there are so many texts."""

PART_OF = 0.9
"""A piece that so often is part of one longer piece says nothing of its own."""

CHUNK = 20_000
PARTICLES = re.compile("[的了吗呢吧啊]")
UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"(?<![\w@#.])[^\W\d_{UNSPACED}]{{{LETTERS},}}(?![\w@]|\.\w)|[{UNSPACED}]{{2,}}")
PLACEHOLDER = re.compile(r"\[[^\]\s]{1,20}\]")
Array = NDArray[np.float64]


def words_of(text: str) -> set[str]:
    """The distinct words of a text, in lower case; function words left out."""
    joining, found = _function_words(), set[str]()
    for match in WORD.finditer(PLACEHOLDER.sub(" ", text).lower()):
        run = match.group()
        found |= set(_parts(run)) if re.match(rf"[{UNSPACED}]", run) else {run} - joining
    return found


@cache
def _function_words() -> frozenset[str]:
    return frozenset(word for own in shop_words()["function_words"].values() for word in own)


def _parts(run: str) -> Iterator[str]:
    for part in PARTICLES.split(run):
        yield from _pieces(part) if len(part) > 1 else ()


def _pieces(run: str) -> Iterator[str]:
    if len(run) <= PHRASE:
        yield run
    for length in (2, 3):
        yield from (run[i : i + length] for i in range(len(run) - length + 1))


def count_words(base: CustomerBase, kind: str) -> Counts | None:
    """Who has which word: `word` (names of products bought), `searched` or `reviewed`.

    None where there are no texts. Found once.
    """
    ledger = open_ledger(base)

    def find() -> Counts | None:
        pairs = _bought(ledger) if kind == "word" else _written(ledger, *WRITTEN[kind])
        return None if pairs is None else _count(base, kind, pairs)

    return ledger.once(("words", kind, id(base.segmentation.labels)), find)


def _bought(ledger: Ledger) -> pd.DataFrame | None:
    """Distinct `customer_id, text`: names of the goods each customer bought."""
    if not ledger.has("orders"):
        return None
    lines = ledger.lines.filter(ledger.lines.sale & ~ledger.lines.is_charge)
    pairs = lines.select("customer_no", "product_no").distinct()
    pairs = pairs.inner_join(ledger.customers, "customer_no")
    pairs = pairs.inner_join(ledger.products, "product_no")
    return ledger.run(pairs.select("customer_id", text=pairs["product"]))


def _written(ledger: Ledger, table: str, column: str) -> pd.DataFrame | None:
    """Distinct `customer_id, text` of what customers wrote."""
    if not ledger.has(table) or column not in ledger.tables[table].columns:
        return None
    rows = ledger.tables[table]
    rows = rows.select("customer_id", text=rows[column])
    return ledger.run(rows.filter(rows.text.notnull()).distinct())


def _count(base: CustomerBase, kind: str, pairs: pd.DataFrame) -> Counts | None:
    rows = base.customers.get_indexer(pd.Index(pairs["customer_id"].astype(str)))
    known, rows = pairs["text"][rows >= 0], rows[rows >= 0]
    columns, texts = pd.factorize(known, sort=True)
    of_texts, words = _vocabulary([str(text) for text in texts])
    if not words:
        return None
    labels = np.asarray(base.segmentation.labels)
    own, people = _moments(labels, rows, columns, of_texts)
    everyone = sum(people.values(), np.zeros(len(words)))
    written = kind in WRITTEN
    kept = _kept(words, everyone, max(WRITTEN_BY, WRITTEN_SHARE * len(labels)) if written else 1)
    return Counts(
        kind,
        tuple(words[i] for i in kept),
        {n: replace(m, y=m.y[kept], yy=m.yy[kept], xy=m.xy[kept]) for n, m in own.items()},
        {n: has[kept] for n, has in people.items()},
    )


def _vocabulary(texts: Sequence[str]) -> tuple[Any, list[str]]:
    """(texts, words) sparse 0/1, and the words in order; those in too many texts left out."""
    from scipy.sparse import csr_matrix

    found = [sorted(words_of(text)) for text in texts]
    frequency = Counter(word for one in found for word in one)
    most = COMMON * len(texts) if len(texts) >= FEW_TEXTS else len(texts)
    words = sorted(word for word, n in frequency.items() if n <= most)
    found = [[word for word in one if frequency[word] <= most] for one in found]
    place = {word: i for i, word in enumerate(words)}
    indices = [place[word] for one in found for word in one]
    pointers = np.cumsum([0, *(len(one) for one in found)])
    ones = np.ones(len(indices), dtype=np.float32)
    return csr_matrix((ones, indices, pointers), shape=(len(texts), len(words))), words


def _moments(
    labels: NDArray[np.int32], rows: NDArray[Any], columns: NDArray[Any], of_texts: Any
) -> tuple[dict[int, Moments], dict[int, Array]]:
    """Segment → sums over its customers with any word, and customers by word.

    Some thousand customers at a time.
    """
    from scipy.sparse import csr_matrix

    ones = np.ones(len(rows), dtype=np.float32)
    texts = csr_matrix((ones, (rows, columns)), shape=(len(labels), of_texts.shape[0]))
    own: dict[int, Moments] = {}
    people: dict[int, Array] = {}
    for start in range(0, len(labels), CHUNK):
        has, some = texts[start : start + CHUNK] @ of_texts, labels[start : start + CHUNK]
        for number in np.unique(some).tolist():
            one, owners = _sums(has[np.flatnonzero(some == number)])
            own[number] = own[number] + one if number in own else one
            people[number] = people.get(number, 0) + owners
    spoken = [number for number, one in own.items() if one.n]
    return {n: own[n] for n in spoken}, {n: people[n] for n in spoken}


def _sums(has: Any) -> tuple[Moments, Array]:
    """(customers, words) counts → their sums, and the customers with each word."""
    x = np.asarray(has.sum(axis=1), dtype=np.float64).ravel()
    times = has.data.astype(np.float64)
    each = np.repeat(x, np.diff(has.indptr))

    def total(values: Array | None) -> Array:
        return np.bincount(has.indices, values, minlength=has.shape[1]).astype(np.float64)

    sums = Moments(
        float((x > 0).sum()),
        float(x.sum()),
        float((x * x).sum()),
        total(times),
        total(times**2),
        total(times * each),
    )
    return sums, total(None)


def _kept(words: Sequence[str], owners: Array, least: float) -> NDArray[np.int64]:
    """Places of the words that enough customers have and that are not just part of another."""
    frequent = {words[i]: owners[i] for i in np.flatnonzero(owners >= least).tolist()}
    spare = set()
    for word, n in frequent.items():
        if re.match(rf"[{UNSPACED}]", word):
            pieces = (p for p in _pieces(word) if len(p) < len(word))
            spare |= {p for p in pieces if frequent.get(p, np.inf) * PART_OF <= n}
    return np.array([i for i, w in enumerate(words) if w in frequent and w not in spare], dtype=int)


def class_weights(counts: Counts) -> dict[int, Array]:
    """Segment id → (words,) class-based tf-idf."""
    mean = sum(one.x for one in counts.own.values()) / len(counts.own)
    frequency = np.asarray(counts.totals, dtype=np.float64)
    idf = np.log1p(mean / np.maximum(frequency, 1.0))
    return {number: np.sqrt(one.y / max(one.x, 1.0)) * idf for number, one in counts.own.items()}
