"""The recipe of order lines: amounts, signs and kinds of lines, cancellations, currencies."""

from __future__ import annotations

import re
from collections.abc import Mapping

from segmentation.data.columns import Columns
from segmentation.data.mapping import Pick
from segmentation.data.tables import (
    Check,
    TableRecipe,
    Wishes,
    amount,
    customer,
    kept_text,
    maybe,
    moment,
)
from segmentation.data.values import currency_of, literal
from segmentation.data.words import words

__all__ = ["orders"]

NO_NUMBER = "CAST(NULL AS DOUBLE)"


def orders(made: TableRecipe, picks: Mapping[str, Pick], columns: Columns, wishes: Wishes) -> None:
    """Order lines. `kind` is `sale`, `return` (negative quantity) or `gift` (price zero)."""
    customer(made, picks, columns, wishes)
    made.given["ordered_at"] = columns.moment(picks["ordered_at"], picks.get("time"))
    moment(made, "ordered_at", picks["ordered_at"], columns, wishes)
    columns.decide(*(picks.get(name) for name in ("unit_price", "total", "quantity", "discount")))
    _order_ids(made, picks, columns)
    kept_text(made, ("category",), picks, columns)
    _money(made, picks, columns)
    _currency(made, picks, columns)


def _order_ids(made: TableRecipe, picks: Mapping[str, Pick], columns: Columns) -> None:
    """Order and product ids, made up where the data has none."""
    made.given["_order"] = maybe(picks.get("order_id"), columns.ids)
    made.given["_product"] = maybe(picks.get("product_id"), columns.ids)
    made.given["_name"] = maybe(picks.get("product"), columns.text)
    if "order_id" not in picks:
        columns.notes.append(
            "orders: there is no order id; lines of one customer at one moment make an order"
        )
    if not {"product_id", "product", "category"} & set(picks):
        columns.notes.append("orders: no product is named; all lines are of `unknown`")
    made.made |= {
        "order_id": "coalesce(_order, customer_id || '-' || strftime(ordered_at, '%Y%m%d%H%M%S'))",
        "product_id": "coalesce(_product, _name, category, 'unknown')",
        "product": "_name",
    }


def _money(made: TableRecipe, picks: Mapping[str, Pick], columns: Columns) -> None:
    """Quantity, unit price, kind: a negative amount, or a cancelled order, is a negative line.

    Without a quantity every line counts as one, and its price is its total.
    """
    for name in ("quantity", "unit_price", "total", "discount"):
        if name in picks:
            amount(made, name, picks[name], columns)
        else:
            made.given[f"_{name}"] = "1.0" if name == "quantity" else NO_NUMBER
    counted = "quantity" in picks
    if not counted:
        columns.notes.append("orders: there is no quantity; every line counts as one")
    price = "_unit_price" if counted else NO_NUMBER
    total = "_total" if counted else "coalesce(_unit_price, _total)"
    made.given["_void"] = _void(picks, columns)
    less = f"(_void OR {_is_credit_note(picks, columns)} OR ({price} IS NULL AND {total} < 0))"
    made.made |= {
        "quantity": f"CASE WHEN _quantity > 0 AND {less} THEN -_quantity ELSE _quantity END",
        "unit_price": f"coalesce({price}, abs({total}) / nullif(abs(_quantity), 0))",
        "discount": "_discount",
        "cancelled": "_void AND _quantity > 0",
        "kind": f"CASE WHEN _quantity < 0 OR {less} THEN 'return'"
        f" WHEN coalesce({price}, {total}) = 0 THEN 'gift' ELSE 'sale' END",
    }
    made.checks += _money_checks(picks)


def _money_checks(picks: Mapping[str, Pick]) -> list[Check]:
    quantity = picks.get("quantity")
    name = "unit_price" if "unit_price" in picks else "total"
    back = f"Book a return with a negative quantity and a positive {picks[name]}."
    zero = "Leave these lines out, or correct the quantity."
    return [
        Check("no quantity", "_quantity IS NULL", "quantity", f"Fill in {quantity}."),
        Check("zero quantity", "_quantity = 0", "quantity", zero),
        Check("no price", "unit_price IS NULL", name, f"Fill in {picks[name]}."),
        Check("negative price", "unit_price < 0", "unit_price", back),
    ]


def _void(picks: Mapping[str, Pick], columns: Columns) -> str:
    """SQL: whether the order's status says that it was cancelled or refunded."""
    if "status" not in picks:
        return "false"
    cancelled = ", ".join(literal(word) for word in words()["cancelled"])
    return f"coalesce(lower({columns.text(picks['status'])}) IN ({cancelled}), false)"


def _is_credit_note(picks: Mapping[str, Pick], columns: Columns) -> str:
    """SQL: whether an order id such as C536379 among plain numbers marks a cancellation."""
    if "order_id" not in picks:
        return "false"
    shapes = columns.shapes(picks["order_id"])
    marked = sum(n for shape, n in shapes.items() if re.fullmatch(r"[Cc]-?9{3,}", shape))
    plain = sum(n for shape, n in shapes.items() if re.fullmatch(r"9{3,}", shape))
    return (
        r"coalesce(regexp_full_match(_order, '[Cc]-?\d{3,}'), false)"
        if 0 < marked <= plain
        else "false"
    )


def _currency(made: TableRecipe, picks: Mapping[str, Pick], columns: Columns) -> None:
    """Amounts in several currencies cannot be added up: all but the commonest are set aside."""
    column = picks.get("currency")
    if column is None and len(columns.currencies) < 2:
        return
    text = (
        columns.text(column)
        if column
        else made.given.get("_unit_price_text") or made.given["_total_text"]
    )
    made.given["_currency"] = columns.function(_code_of, text)
    counts = columns.counts(made.given["_currency"])
    if column is not None:
        columns.currencies.clear()
        columns.currencies.update(counts)
    if len(counts) > 1:
        main = counts.most_common(1)[0][0]
        made.checks.append(
            Check(
                "another currency",
                f"_currency <> {literal(main)}",
                "currency" if column else "unit_price" if "unit_price" in picks else "total",
                f"Convert all amounts to {main}, the commonest here.",
            )
        )


def _code_of(text: str) -> str | None:
    return currency_of(text) or (text.upper() if re.fullmatch(r"[A-Za-z]{3}", text) else None)
