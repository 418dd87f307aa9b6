"""The recipes of the other tables (events, reviews, products, customers), and `recipe`, which finds
the right one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from segmentation.data.columns import Columns
from segmentation.data.mapping import Pick, TableMapping
from segmentation.data.order_lines import orders
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
from segmentation.data.words import words

__all__ = ["named", "recipe"]


def recipe(mapping: TableMapping, columns: Columns, wishes: Wishes) -> TableRecipe:
    """The recipe of a table for the columns it was mapped to.

    Raises:
        InputError: a date column can be read two ways.
    """
    makers = {
        "orders": orders,
        "events": _events,
        "reviews": _reviews,
        "products": _products,
        "customers": _customers,
    }
    made = TableRecipe(mapping.table)
    makers[mapping.table](made, mapping.picks, columns, wishes)
    for name, column in wishes.attributes.items():
        read = columns.attribute(column)
        made.given.setdefault(name, wishes.scrub(read) if column in wishes.written else read)
    return made


def _events(made: TableRecipe, picks: Mapping[str, Pick], columns: Columns, wishes: Wishes) -> None:
    customer(made, picks, columns, wishes)
    moment(made, "at", picks["at"], columns, wishes)
    made.given["product_id"] = maybe(picks.get("product_id"), columns.ids)
    made.given["session_id"] = maybe(picks.get("session_id"), columns.ids)
    made.given["_query"] = maybe(picks.get("query"), columns.text)
    kept_text(made, ("product", "category"), picks, columns)
    made.made["query"] = wishes.scrub("_query") if "query" in picks else "_query"
    if "kind" not in picks:
        made.made["kind"] = "CASE WHEN _query IS NULL THEN 'view' ELSE 'search' END"
        columns.notes.append(
            "events: no column says the kind of event; all were taken as views, or searches "
            "where there is a query"
        )
        return
    known = _event_kinds(wishes.kinds)
    made.given["_kind"] = columns.text(picks["kind"])
    made.made["kind"] = f"({columns.function(lambda v: known.get(v.strip().casefold()), '_kind')})"
    unknown = (
        "Say what they are in a mapping file: events: kinds: {their word: "
        "view|search|wishlist|cart|checkout|purchase}."
    )
    made.checks.append(Check("unknown kind of event", "kind IS NULL", "kind", unknown))


def _event_kinds(own: Mapping[str, str]) -> dict[str, str]:
    known = {word: kind for kind, said in words()["event_kinds"].items() for word in said}
    return known | {str(word).strip().casefold(): kind for word, kind in own.items()}


def _reviews(
    made: TableRecipe, picks: Mapping[str, Pick], columns: Columns, wishes: Wishes
) -> None:
    customer(made, picks, columns, wishes)
    if "at" in picks:
        moment(made, "at", picks["at"], columns, wishes, needed=False)
    else:
        made.given["at"] = "CAST(NULL AS TIMESTAMP)"
    made.given["product_id"] = maybe(picks.get("product_id"), columns.ids)
    title, text = (maybe(picks.get(name), columns.text) for name in ("title", "text"))
    made.given["_text"] = f"nullif(concat_ws('. ', {title}, {text}), '')"
    made.made["text"] = wishes.scrub("_text")
    if "rating" in picks:
        _rating(made, picks["rating"], columns)
    else:
        made.given["rating"] = "CAST(NULL AS DOUBLE)"
    made.checks.append(
        Check(
            "neither rating nor text",
            "rating IS NULL AND _text IS NULL",
            "text" if "text" in picks else "rating",
            "Leave these rows out.",
        )
    )


def _rating(made: TableRecipe, pick: Pick, columns: Columns) -> None:
    """Ratings on a scale of 1 to 5; a column on a scale of 10 or 100 is divided, and said so."""
    made.given["_rating_text"] = columns.text(pick)
    raw = f"try_cast({columns.function(_stars, columns.text(pick))} AS DOUBLE)"
    scale = _rating_scale(
        columns.quantile(raw, 0.8), columns.quantile(raw, 1.0), columns.counts(raw).total()
    )
    if scale > 1:
        columns.notes.append(
            f"reviews: ratings in {pick} go up to {5 * scale}; they were divided by {scale}"
        )
    made.given["rating"] = f"({raw}) / {scale}"
    made.checks += [
        Check(
            "unreadable number",
            "_rating_text IS NOT NULL AND rating IS NULL",
            "rating",
            f"Write {pick} as 1 to 5.",
        ),
        Check(
            "rating out of range",
            "NOT rating BETWEEN 0.5 AND 5",
            "rating",
            f"Ratings in {pick} go from 1 to 5.",
        ),
    ]


def _rating_scale(usual: float | None, highest: float | None, rated: int) -> int:
    if rated < 20 or usual is None or highest is None or usual <= 5 or highest > 100:
        return 1
    return 2 if highest <= 10 else 20


def _stars(text: str) -> str | None:
    """`4`, `4,5`, `4/5`, `4 stars`, `★★★★☆` as a number."""
    if stars := text.count("★") + text.count("⭐"):
        return str(stars)
    found = re.fullmatch(
        r"(-?\d+(?:[.,]\d+)?)\s*(?:/\s*5|(?:out )?of 5|stars?|estrelas?|estrellas?|Sterne?|星|分)?",
        text,
    )
    return found[1].replace(",", ".") if found else None


def _products(
    made: TableRecipe, picks: Mapping[str, Pick], columns: Columns, wishes: Wishes
) -> None:
    made.given["_id"] = maybe(picks.get("product_id"), columns.ids)
    made.given["_name"] = maybe(picks.get("product"), columns.text)
    kept_text(made, ("category", "brand", "image"), picks, columns)
    made.made["product_id"] = "coalesce(_id, _name)"
    made.made["product"] = named("coalesce(_id, _name)", "_name", "category")
    id_pick = picks.get("product_id") or picks["product"]
    made.checks.append(
        Check("no product id", "coalesce(_id, _name) IS NULL", "product_id", f"Fill in {id_pick}.")
    )
    columns.decide(picks.get("unit_price"), picks.get("stock"))
    for name in ("unit_price", "stock"):
        if name in picks:
            amount(made, name, picks[name], columns)
        made.made[name] = f"_{name}" if name in picks else "CAST(NULL AS DOUBLE)"
    if "unit_price" in picks:
        made.checks.append(
            Check(
                "negative price", "_unit_price < 0", "unit_price", f"Correct {picks['unit_price']}."
            )
        )
    made.unique = "product_id"
    made.checks.append(
        Check(
            "duplicate product id",
            "false",
            "product_id",
            "Give every product once; the first row was kept.",
        )
    )


def named(product_id: str, name: str, category: str) -> str:
    """SQL of a product's name: its own, else its category with a short id, else its id."""
    readable = f"replace({category}, '_', ' ')"
    short = (
        f"{readable} || CASE WHEN {product_id} = {category} THEN '' ELSE ' ' || "
        f"left({product_id}, 8) END"
    )
    return f"coalesce({name}, {short}, {product_id})"


def _customers(
    made: TableRecipe, picks: Mapping[str, Pick], columns: Columns, wishes: Wishes
) -> None:
    customer(made, picks, columns, wishes)
    if "signup_date" in wishes.attributes:
        pick = Pick((wishes.attributes["signup_date"],))
        made.given["signup_date"] = f"CAST({columns.moment(pick)} AS DATE)"
        moment(made, "signup_date", pick, columns, wishes, needed=False)
    if "consent" in wishes.attributes:
        _consent(made, Pick((wishes.attributes["consent"],)), columns)
    made.unique = "customer_id"
    made.checks.append(
        Check(
            "duplicate customer id",
            "false",
            "customer_id",
            "Give every customer once; the first row was kept.",
        )
    )


def _consent(made: TableRecipe, pick: Pick, columns: Columns) -> None:
    made.given |= {"consent": columns.yes_no(pick), "_consent": columns.text(pick)}
    made.checks.append(
        Check(
            "unreadable consent",
            "_consent IS NOT NULL AND consent IS NULL",
            "consent",
            f"Write {pick} as yes or no.",
        )
    )
