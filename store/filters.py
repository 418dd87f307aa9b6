"""Filters `{field, op, value}` over metadata, as a Chroma `where` clause and a predicate.

Ops: eq, ne, lt, le, gt, ge, in, between (both ends included), contains (text, case ignored). Text
compares by its order, so ISO dates compare as dates. A customer whose field is not known fits `ne`
and no other op. The predicate says what Chroma cannot: order and parts of text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["OPS", "Predicate", "Where", "translate"]

Where = Sequence[Mapping[str, Any]]
Predicate = Callable[[Mapping[str, Any]], bool]
Clause = dict[str, Any]

OPS = ("eq", "ne", "lt", "le", "gt", "ge", "in", "between", "contains")
_CHROMA = {"eq": "$eq", "ne": "$ne", "lt": "$lt", "le": "$lte", "gt": "$gt", "ge": "$gte"}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda known, value: known < value,
    "le": lambda known, value: known <= value,
    "gt": lambda known, value: known > value,
    "ge": lambda known, value: known >= value,
    "between": lambda known, value: value[0] <= known <= value[1],
    "contains": lambda known, value: value.casefold() in known.casefold(),
}


def translate(where: Where, fields: Mapping[str, str]) -> tuple[Clause | None, Predicate | None]:
    """A Chroma clause and a predicate that together say what the filters say; None where nothing.

    Args:
        where: filters, all of which hold.
        fields: metadata name -> `text`, `number` or `flag`.

    Raises:
        ValueError: all that is wrong with the filters, and what would be right.
    """
    faults = [fault for one in where if (fault := _fault(one, fields))]
    if faults:
        raise ValueError("; ".join(faults))
    clauses: list[Clause] = []
    predicates: list[Predicate] = []
    for one in where:
        field, op, kind = one["field"], one["op"], fields[one["field"]]
        value = _cast(one["value"], kind)
        if kind == "text" and op in _COMPARE:
            predicates.append(_predicate(field, op, value))
        else:
            clauses += _clauses(field, op, value)
    return _all(clauses), _every(predicates)


def _fault(one: Mapping[str, Any], fields: Mapping[str, str]) -> str:
    missing = {"field", "op", "value"} - set(one)
    if missing:
        return f"a filter needs field, op and value; {', '.join(sorted(missing))} missing"
    field, op, value = one["field"], one["op"], one["value"]
    if field not in fields:
        return f"unknown field {field!r}; known: {', '.join(sorted(fields)) or 'none'}"
    if op not in OPS:
        return f"unknown op {op!r}; known: {', '.join(OPS)}"
    return _value_fault(field, op, value, fields[field])


def _value_fault(field: str, op: str, value: Any, kind: str) -> str:
    if op == "contains":
        fits = kind == "text" and isinstance(value, str)
        return "" if fits else f"{field}: contains needs a text field and a text"
    if op in ("in", "between"):
        if (
            not isinstance(value, list | tuple)
            or not value
            or (op == "between" and len(value) != 2)
        ):
            return f"{field}: {op} needs {'a pair' if op == 'between' else 'a list'} of values"
        values = list(value)
    else:
        values = [value]
    if kind == "flag" and op not in ("eq", "ne", "in"):
        return f"{field}: a yes-or-no field knows eq, ne and in"
    if not all(_fits(item, kind) for item in values):
        return f"{field} is a {kind} field; {value!r} does not fit"
    return ""


def _fits(value: Any, kind: str) -> bool:
    if kind == "flag":
        return isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool) and value == value
    return isinstance(value, str)


def _cast(value: Any, kind: str) -> Any:
    """Numbers as floats: Chroma finds stored integers by them too, but takes no mixed list."""
    if isinstance(value, list | tuple):
        return [_cast(item, kind) for item in value]
    return float(value) if kind == "number" else value


def _clauses(field: str, op: str, value: Any) -> list[Clause]:
    if op == "between":
        return [{field: {"$gte": value[0]}}, {field: {"$lte": value[1]}}]
    if op == "in":
        return [{field: {"$in": value}}]
    return [{field: {_CHROMA[op]: value}}]


def _predicate(field: str, op: str, value: Any) -> Predicate:
    compare = _COMPARE[op]

    def holds(metadata: Mapping[str, Any]) -> bool:
        known = metadata.get(field)
        return known is not None and compare(known, value)

    return holds


def _all(clauses: list[Clause]) -> Clause | None:
    if len(clauses) < 2:
        return clauses[0] if clauses else None
    return {"$and": clauses}


def _every(predicates: list[Predicate]) -> Predicate | None:
    if not predicates:
        return None
    return lambda metadata: all(holds(metadata) for holds in predicates)
