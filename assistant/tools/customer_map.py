"""The map of customers, for an answer and for the page: the same chart, in words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from assistant.charts.basic import figure_json
from assistant.charts.customer_map import Rows, customer_map
from assistant.tools.voice import Voice
from segmentation.insight.customer import last_orders
from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase

__all__ = ["map_figure"]


def map_figure(say: Voice, base: CustomerBase, segment: int | None = None) -> dict[str, Any]:
    """The figure, drawn once for each language and segment brought out.

    Args:
        base: its segments named in the voice's language.
    """
    kept = open_ledger(base).notebook
    key = ("map", say.language, segment, id(base.segmentation.labels))
    if key not in kept:  # not under the ledger's lock: questions need not wait for a drawing
        labels = {**say["charts.labels"], "on_chart": str(say["charts.on_chart"])}
        drawn = customer_map(base, labels, partial(_told, say, base, _known(base)), segment=segment)
        kept[key] = figure_json(drawn)
    found: dict[str, Any] = kept[key]
    return found


def _known(base: CustomerBase) -> pd.DataFrame:
    """Orders, revenue and the last order of customers by id, as far as they are known."""
    numbers = open_ledger(base).numbers
    columns = [name for name in ("orders", "revenue") if name in numbers]
    return numbers[columns].assign(last=last_orders(base).reindex(numbers.index))


def _told(say: Voice, base: CustomerBase, known: pd.DataFrame, rows: Rows) -> list[str]:
    frame = known.reindex([str(base.customers[row]) for row in rows])
    return ["\n".join(_lines(say, base, one)) for one in frame.to_dict("records")]


def _lines(say: Voice, base: CustomerBase, one: dict[Any, Any]) -> Iterator[str]:
    labels = say["charts.labels"]
    written = {
        "orders": lambda n: say.number(n),
        "revenue": lambda n: say.value(n, base.currency),
        "last": say.day,
    }
    for name, value in one.items():
        if not pd.isna(value):
            yield say.part("charts.hover", name=labels[name], value=written[name](value))
