"""Numbers of segments to make or to weigh, and how to make them."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from assistant.router.catalogue import Catalogue
from assistant.router.numbers import Number
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.scan import regex

__all__ = ["count_to_choose", "partition_to_make"]


def partition_to_make(reading: Reading, catalogue: Catalogue) -> dict[str, Any]:
    """The arguments of `run_clustering`."""
    weight = _text_weight(reading)
    rest = [n for n in reading.numbers if weight is None or n.value != weight]
    count = [int(n.value) for n in rest if n.value.is_integer() and 1 < n.value <= 100]
    return {
        "method": reading.methods[0] if reading.methods else None,
        "n_segments": count[0] if count else None,
        "text_weight": weight,
        "attach_unassigned": True if wording("slots.attach").search(reading.text) else None,
    }


_AT_LEAST = regex(
    r"(?:at least|minimum(?: of)?|no fewer than|from|starting (?:at|from)|至少|最少|不少于|从)"
    r"(?:分|聚|切|拆)?(?:成|到|为)?\s?$"
)


def count_to_choose(reading: Reading, catalogue: Catalogue) -> dict[str, Any]:
    """The arguments of `choose_segment_count`."""
    args: dict[str, Any] = {"method": reading.methods[0] if reading.methods else None}
    numbers = [n for n in reading.numbers if n.value.is_integer() and 1 <= n.value <= 100]
    for joined in (_is_range, _is_choice):
        for first, second in pairwise(numbers):
            if joined(reading, first, second):
                return args | {"k_min": int(first.value), "k_max": int(second.value)}
    for number in numbers:
        before, after = reading.scan.before(number.start), reading.scan.after(number.end)
        if wording("slots.at_most").search(before) or wording("slots.at_most_after").match(after):
            args["k_max"] = int(number.value)
        elif _AT_LEAST.search(before):
            args["k_min"] = int(number.value)
    return args


_OR = regex(
    r"(?:segments?|clusters?|groups?|个|类|群|组)?\s?(?:好|合适|比较好|更好)?[,，]?\s?"
    r"(?:or|versus|vs|还是|或者?)\s?(?:rather |better )?(?:分|聚|切|拆)?(?:成|到|为)?"
)
"""`5 or 8`: both are to be weighed, and what lies between."""


def _is_range(reading: Reading, first: Number, second: Number) -> bool:
    between = reading.text[first.end : second.start].strip()
    before = reading.scan.before(first.start)
    if between in ("to", "through", "-", "~", "..", "...", "up to", "到", "至", "个到", "类到"):
        return True
    return between in ("and", "和", "与") and bool(
        re.search(r"between\s*$|在\s*$|介于\s*$|k\s*$", before)
    )


def _is_choice(reading: Reading, first: Number, second: Number) -> bool:
    between = reading.text[first.end : second.start].strip()
    return first.value < second.value and bool(_OR.fullmatch(between))


def _text_weight(reading: Reading) -> float | None:
    if match := wording("slots.weight").search(reading.text):
        value = float(match["after"] or match["before"])
        value = value / 100 if match["pct"] or match["pct2"] or value > 1 else value
        return (
            round(value, 6)
            if "weight" in reading.text
            or "权重" in reading.text
            or match["pct"]
            or match["pct2"]
            or value < 1
            else None
        )
    return 0.5 if wording("slots.half").search(reading.text) else None
