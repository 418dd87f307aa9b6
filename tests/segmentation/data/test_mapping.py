"""Which column is which: by name in five languages, by shape, by the user's word."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation.data.mapping import load_mapping, map_table, missing_columns
from segmentation.data.shapes import Column
from segmentation.types import InputError


def columns(**samples: list[str]) -> dict[str, Column]:
    return {
        name.replace("__", " "): Column(
            name.replace("__", " "), tuple(values), len(set(values)), len(values)
        )
        for name, values in samples.items()
    }


def mapped(table: str, *headers: str) -> dict[str, str]:
    """Mapping by names alone: the columns are empty."""
    empty = {header: Column(header, (), 0, 0) for header in headers}
    return {name: str(pick) for name, pick in map_table(table, empty).picks.items()}


ORDERS_IN_SIX_LANGUAGES = """
CustomerID | InvoiceNo | InvoiceDate | StockCode | Description | Quantity | UnitPrice
Customer ID | Invoice | Order Date | SKU | Product Name | Qty | Price
cust_id | order_number | created_at | item_code | item_name | units | price_each
客户编号 | 订单编号 | 下单时间 | 商品编号 | 商品名称 | 数量 | 单价
会员ID | 订单号 | 购买日期 | 货号 | 产品名称 | 购买数量 | 销售单价
ID do Cliente | Número do Pedido | Data da Compra | Código do Produto | Produto | Qtd | Preço
id_cliente | pedido | data_pedido | cod_produto | produto | qtde | valor_unitario
ID de cliente | Nº factura | Fecha compra | Código de producto | Descripción | Cantidad | Precio
Cliente | Pedido | Fecha | Referencia | Artículo | Unidades | PVP
Kundennummer | Bestellnummer | Bestelldatum | Artikelnummer | Artikelname | Menge | Einzelpreis
Code client | Commande | Date de commande | Code produit | Désignation | Quantité | Prix
Kunden-Nr. | Rechnungsnr. | Rechnungsdatum | Artikel-Nr. | Bezeichnung | Anzahl | Stückpreis
"""


@pytest.mark.parametrize("headers", ORDERS_IN_SIX_LANGUAGES.strip().splitlines())
def test_orders_in_six_languages(headers: str) -> None:
    names = [
        "customer_id",
        "order_id",
        "ordered_at",
        "product_id",
        "product",
        "quantity",
        "unit_price",
    ]
    columns = headers.split(" | ")

    assert mapped("orders", *columns) == dict(zip(names, columns, strict=True))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            ("user_id", "event_time", "event_type", "product_id"),
            ("customer_id", "at", "kind", "product_id"),
        ),
        (
            ("visitorid", "timestamp", "event", "itemid"),
            ("customer_id", "at", "kind", "product_id"),
        ),
        (("用户ID", "时间戳", "行为类型", "商品ID"), ("customer_id", "at", "kind", "product_id")),
        (
            ("id_usuario", "data_hora", "tipo_evento", "id_produto"),
            ("customer_id", "at", "kind", "product_id"),
        ),
        (
            ("Nutzer-ID", "Zeitstempel", "Aktion", "Artikelnr"),
            ("customer_id", "at", "kind", "product_id"),
        ),
    ],
)
def test_events_in_several_languages(headers: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert mapped("events", *headers) == dict(zip(expected, headers, strict=True))


def test_reviews_products_and_customers() -> None:
    assert mapped(
        "reviews", "reviewerID", "asin", "overall", "reviewText", "summary", "unixReviewTime"
    ) == {
        "customer_id": "reviewerID",
        "product_id": "asin",
        "rating": "overall",
        "text": "reviewText",
        "title": "summary",
        "at": "unixReviewTime",
    }
    assert mapped(
        "products", "Artikelnummer", "Bezeichnung", "Warengruppe", "Preis", "Bestand"
    ) == {
        "product_id": "Artikelnummer",
        "product": "Bezeichnung",
        "category": "Warengruppe",
        "unit_price": "Preis",
        "stock": "Bestand",
    }
    assert mapped("customers", "会员编号", "国家") == {"customer_id": "会员编号"}


def test_units_in_a_name_do_not_make_it_unsure() -> None:
    found = map_table(
        "orders", columns(customer_id=["1"], order_date=["2020-01-01"], unit_price_eur=["2.5"])
    )

    assert str(found.picks["unit_price"]) == "unit_price_eur"
    assert found.assumptions == ()


def test_likeness_is_said() -> None:
    found = map_table(
        "orders", columns(customer_id=["1"], order_date_local_shop=["2020-01-01"], total=["2.5"])
    )

    assert found.assumptions == (
        "orders: ordered_at was taken from 'order_date_local_shop', by likeness",
    )


def test_shapes_help_where_names_do_not() -> None:
    found = map_table(
        "orders",
        columns(customer_id=["1", "2"], wann=["2020-01-01", "2020-01-02"], geld=["2.50", "3.99"]),
    )

    assert str(found.picks["ordered_at"]) == "wann"
    assert str(found.picks["total"]) == "geld"
    assert found.assumptions == (
        "orders: ordered_at was taken from 'wann', because its values are dates",
        "orders: total was taken from 'geld', because its values are amounts of money",
    )


def test_a_name_is_doubted_when_the_values_speak_against_it() -> None:
    found = map_table(
        "orders",
        columns(
            customer_id=["1"],
            date=["soon", "later"],
            time=["2020-01-01", "2020-01-02"],
            total=["1"],
        ),
    )

    assert str(found.picks["ordered_at"]) == "time"


def test_attributes_are_not_taken_for_ids() -> None:
    assert "customer_id" not in mapped("orders", "customer_city", "order_date", "total")


def test_an_email_stands_in_for_a_missing_id_and_it_is_said() -> None:
    cols = columns(Email=["a@b.com"], order_date=["2020-01-01"], total=["1"])
    found = map_table("orders", cols, identifying={"Email": "email"})

    assert str(found.picks["customer_id"]) == "Email"
    assert found.assumptions == (
        "orders: there is no customer id; customers are told apart by 'Email'",
    )


def test_the_users_mapping_is_stronger_than_names() -> None:
    cols = columns(
        customer_id=["1"], date=["2020-01-01"], paid=["1"], total=["9"], discount=["x"], floor=["a"]
    )
    given = {"customer_id": "CUSTOMER ID", "total": "paid", "discount": None, "Shop Floor": "floor"}
    found = map_table("orders", cols, given)

    assert str(found.picks["total"]) == "paid"
    assert "discount" not in found.picks
    assert found.attributes == {"shop_floor": "floor"}


def test_several_columns_can_make_one() -> None:
    cols = columns(a=["1"], b=["2"], c=["3"])
    found = map_table(
        "products",
        cols,
        {"product_id": "a", "product": ["b", "c"], "category": {"first_of": ["b", "c"]}},
    )

    assert found.picks["product"].columns == ("b", "c")
    assert found.picks["category"].how == "first_of"


def test_missing_columns_are_named_with_the_mapping_that_would_mend_it() -> None:
    found = map_table("orders", columns(colour=["red"], size=["1"]))
    error = missing_columns(found, ["colour", "size"], "orders.csv")

    assert str(error) == (
        "in the orders, no column was recognised as customer_id, ordered_at and unit_price or "
        "total (orders.csv). "
        "The columns are: colour, size. Say which is which in a file given with --mapping:\n"
        "orders:\n  customer_id: <its column>\n  ordered_at: <its column>\n  unit_price: <its "
        "column>"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("orders:\n  customer_id: [", "is not readable as YAML"),
        ("just words", "has no tables"),
        ("bestellungen:\n  a: b", "speaks of bestellungen"),
        ("orders: Kunde", "orders has no columns"),
    ],
)
def test_a_mapping_file_that_is_none(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(content)

    with pytest.raises(InputError, match=message):
        load_mapping(path)


def test_a_missing_mapping_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the mapping file does not exist"):
        load_mapping(tmp_path / "none.yaml")


def test_short_forms_are_the_words_in_full() -> None:
    assert mapped("orders", "Cust_No", "Inv_Dt", "Prod_Desc", "Qty_Sold", "Net_Amt") == {
        "customer_id": "Cust_No",
        "ordered_at": "Inv_Dt",
        "product": "Prod_Desc",
        "quantity": "Qty_Sold",
        "total": "Net_Amt",
    }
