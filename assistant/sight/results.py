"""A tool's whole result as a language model may read it: its facts, tables and charts too.

What was put into words on the way is known by then (`Heard`). What stands in a result without that
is found here: the subjects of facts, and ids of customers in cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from assistant.tools.result import ToolResult
from segmentation.types import CustomerBase

__all__ = ["shown_json", "values_in"]


def values_in(result: ToolResult, base: CustomerBase) -> set[str]:
    """What of the facts, tables and charts came from data as it stands."""
    subjects = {
        piece.partition(":")[2] for fact in result.facts for piece in fact.subject.split("&")
    }
    worded = {fact.value for fact in result.facts if isinstance(fact.value, str)}
    drawn = _strings([table.rows for table in result.tables])
    plotted = _strings([chart.figure for chart in result.charts])
    people = {one for strings in (drawn, plotted) for one in strings if one in base.customers}
    return {value for value in subjects | worded | people if value}


def shown_json(value: Any, shown: Callable[[str], str]) -> Any:
    """JSON with every text in it as `shown` lets it through; names of fields stay."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, dict):
        return {key: shown_json(one, shown) for key, one in value.items()}
    return [shown_json(one, shown) for one in value] if isinstance(value, list | tuple) else value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _strings(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strings(one)
