"""Questions to begin with, made of the loaded data's own countries, categories and customers."""

from __future__ import annotations

from contextlib import nullcontext

import prompts
from segmentation.types import CustomerBase

__all__ = ["example_questions"]


def example_questions(base: CustomerBase, language: str) -> list[str]:
    """Questions this data can answer, in `language`; those that need what it lacks are left out."""
    values = {"customer": _typical_customer(base), "country": _main_country(base)}
    if base.segmentation.k > 1 and base.segmentation.verdict != "none":
        values["segment"] = "2"
    return [
        example["text"].format(**values)
        for example in prompts.load_yaml("examples")[language]
        if set(example.get("tables", ())) <= base.tables.keys()
        and set(example.get("needs", ())) <= {name for name, value in values.items() if value}
    ]


def _typical_customer(base: CustomerBase) -> str:
    """The customer with the highest revenue (the first one where there are no orders)."""
    if "monetary" not in base.features or not base.features["monetary"].notna().any():
        return str(base.customers[0])
    return str(base.features["monetary"].idxmax())


def _main_country(base: CustomerBase) -> str:
    """The second most frequent country: the first is everybody's home and says little."""
    for table in ("customers", "orders"):
        if table in base.tables and "country" in base.tables[table].columns:
            with base.extras.get("lock") or nullcontext():
                counts = base.tables[table].country.topk(2).to_pandas()
            names = [str(name) for name in counts.iloc[:, 0] if name is not None]
            if len(names) == 2:
                return names[1]
    return ""
