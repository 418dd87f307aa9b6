"""A rule as code that others run: SQL in DuckDB's dialect, and pandas. Nothing is run here.

Both speak of two tables, which a snapshot holds as Parquet files under the same names:

    features    features.parquet: one row per customer, `customer_id` and the behaviour features
                under their names in views/features.py (`recency`, `frequency`, `monetary`, ...)
    orders      tables/orders.parquet: the canonical order lines; needed only where a rule speaks of
                words in product names

Names come from data (categories, words of products): they are always quoted, never trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from segmentation.data.values import literal, quoted
from segmentation.insight.rules.columns import DIGITS, NAME_SHARE
from segmentation.insight.rules.search import Condition, Conjunction

__all__ = ["pandas_of", "sql_of"]


def sql_of(alternatives: Sequence[Conjunction], as_of: datetime) -> str:
    """A statement that gives the `customer_id` of everybody who meets one of the conjunctions."""
    wanted = "\n   OR ".join(_sql_all(one, len(alternatives)) for one in alternatives) or "TRUE"
    words = _words(alternatives)
    if not words:
        return f'SELECT "customer_id"\nFROM "features"\nWHERE {wanted}'
    return (
        f"WITH {_sql_shares(words, as_of)}\n"
        f'SELECT "customer_id"\nFROM "features" LEFT JOIN "named" USING ("customer_id")\n'
        f"WHERE {wanted}"
    )


def _sql_all(conjunction: Conjunction, alternatives: int) -> str:
    text = " AND ".join(_sql(one) for one in conjunction)
    return f"({text})" if alternatives > 1 else text


def _sql(condition: Condition) -> str:
    name = quoted(condition.feature)
    if condition.op in ("known", "unknown"):
        return f"{name} IS {'NOT ' if condition.op == 'known' else ''}NULL"
    text = f"{name} {condition.op} {_number(condition.value)}"
    return f"({text} OR {name} IS NULL)" if condition.or_unknown else text


def _sql_shares(words: Sequence[str], as_of: datetime) -> str:
    paid = '"quantity" * "unit_price"'
    shares = ",\n".join(
        f'    round(coalesce(sum({paid}) FILTER (WHERE contains(lower("product"), '
        f"{literal(word)})), 0)\n      / nullif(sum({paid}), 0), {DIGITS}) "
        f"AS {quoted(NAME_SHARE + word)}"
        for word in words
    )
    return (
        f'"named" AS (\n  SELECT "customer_id",\n{shares}\n  FROM "orders"\n'
        f'  WHERE "kind" = \'sale\' AND NOT "is_charge"\n'
        f"    AND \"ordered_at\" < TIMESTAMP '{as_of:%Y-%m-%d %H:%M:%S}'\n"
        f'  GROUP BY "customer_id"\n)'
    )


def pandas_of(alternatives: Sequence[Conjunction], as_of: datetime) -> str:
    """Statements that end with the rows of `features` who meet one of the conjunctions.

    `features` and `orders` are DataFrames; `features` is indexed by customer_id.
    """
    parts = [_pandas_all(one, len(alternatives)) for one in alternatives]
    wanted = " | ".join(parts) or 'features["customer_id"].notna()'
    return "\n".join([*_pandas_shares(_words(alternatives), as_of), f"features[{wanted}]"])


def _pandas_all(conjunction: Conjunction, alternatives: int) -> str:
    text = " & ".join(_pandas(one) for one in conjunction)
    return f"({text})" if alternatives > 1 and len(conjunction) > 1 else text


def _pandas(condition: Condition) -> str:
    name = f"features[{condition.feature!r}]"
    if condition.op in ("known", "unknown"):
        return f"{name}.{'notna' if condition.op == 'known' else 'isna'}()"
    text = f"({name} {condition.op} {_number(condition.value)})"
    return f"({text} | {name}.isna())" if condition.or_unknown else text


def _pandas_shares(words: Sequence[str], as_of: datetime) -> list[str]:
    if not words:
        return []
    lines = [
        'goods = orders[(orders["kind"] == "sale") & ~orders["is_charge"]',
        f'               & (orders["ordered_at"] < "{as_of:%Y-%m-%d %H:%M:%S}")]',
        'paid = goods["quantity"] * goods["unit_price"]',
        'total = paid.groupby(goods["customer_id"]).sum()',
        'name = goods["product"].str.lower().fillna("")',
    ]
    for word in words:
        spent = f"paid.where(name.str.contains({word!r}, regex=False), 0)"
        lines.append(
            f"features[{NAME_SHARE + word!r}] = "
            f'({spent}.groupby(goods["customer_id"]).sum() / total).round({DIGITS})'
        )
    return lines


def _words(alternatives: Sequence[Conjunction]) -> list[str]:
    """The words a rule speaks of, each once."""
    columns = (one.feature for conjunction in alternatives for one in conjunction)
    found = (name.removeprefix(NAME_SHARE) for name in columns if name.startswith(NAME_SHARE))
    return list(dict.fromkeys(found))


def _number(value: float | None) -> str:
    """As both languages write it: 3, 0.054, 1200."""
    assert value is not None
    return str(int(value)) if float(value).is_integer() else repr(float(value))
