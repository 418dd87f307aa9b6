"""Whom a call is about, and the lone number that may name a segment or a quantity."""

from __future__ import annotations

from assistant.router.catalogue import Catalogue
from assistant.router.reading import Reading

__all__ = ["plain_number", "segment_meant"]


def plain_number(reading: Reading, most: int = 100_000) -> int | None:
    """The first whole number that belongs to nothing else."""
    whole = [n.value for n in reading.numbers if n.value.is_integer() and 0 < n.value <= most]
    return int(whole[0]) if whole else None


def segment_meant(reading: Reading, catalogue: Catalogue, bare: bool = True) -> int | None:
    """The segment named; with `bare` a lone small number counts, as in `explain 3`."""
    if reading.who.segments:
        return reading.who.segments[0]
    numbers = [n for n in reading.numbers if n.value in catalogue.segments]
    return int(numbers[0].value) if bare and len(numbers) == len(reading.numbers) == 1 else None
