"""The known data sets, against counts that pandas takes straight from the files."""

from __future__ import annotations

import resource
import time
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from segmentation.data.presets import PRESETS, load_preset
from segmentation.types import InputError


@pytest.mark.parametrize("name", PRESETS)
def test_presets_speak_of_columns_that_exist(name: str) -> None:
    preset = load_preset(name)

    assert preset.tables
    assert all(said["columns"] for said in preset.tables.values())


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(InputError, match="there is no preset 'shopify'"):
        load_preset("shopify")


OLIST = {
    "olist_orders_dataset.csv": """
order_id,customer_id,order_status,order_purchase_timestamp
o1,c1,delivered,2018-01-01 10:00:00
o2,c2,canceled,2018-01-02 10:00:00
o3,c3,unavailable,2018-01-03 10:00:00
""",
    "olist_order_items_dataset.csv": """
order_id,order_item_id,product_id,price,freight_value
o1,1,p1aaaaaaaa,10.0,1
o1,2,p1aaaaaaaa,10.0,1
o2,1,p2bbbbbbbb,5.0,1
o9,1,p2bbbbbbbb,5.0,1
""",
    "olist_customers_dataset.csv": """
customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state
c1,u1,01234,sao paulo,SP
c2,u1,01234,sao paulo,SP
c3,u2,04321,rio,RJ
""",
    "olist_products_dataset.csv": """
product_id,product_category_name
p1aaaaaaaa,beleza_saude
p2bbbbbbbb,
""",
    "product_category_name_translation.csv": """
product_category_name,product_category_name_english
beleza_saude,health_beauty
""",
    "olist_order_reviews_dataset.csv": """
order_id,review_score,review_comment_title,review_comment_message,review_creation_date
o1,5,Bom,Gostei muito,2018-01-09 00:00:00
o3,1,,Nunca chegou,2018-01-09 00:00:00
""",
}


@pytest.fixture
def olist(tmp_path: Path) -> Path:
    folder = tmp_path / "olist"
    folder.mkdir()
    for name, text in OLIST.items():
        (folder / name).write_text(text.lstrip())
    return folder


@pytest.mark.parametrize(
    "given", ["", "olist_orders_dataset.csv", "olist_order_reviews_dataset.csv"]
)
def test_olist_joins_its_files_from_the_folder_or_any_of_them(
    read, olist: Path, given: str
) -> None:
    shop = read(orders=olist / given, preset="olist")

    assert shop.column("customer_id") == ["u1", "u1", "u1"]
    assert shop.column("product") == [
        "health beauty p1aaaaaa",
        "health beauty p1aaaaaa",
        "p2bbbbbbbb",
    ]
    assert shop.column("category") == ["health_beauty", "health_beauty", None]
    assert shop.column("kind") == ["sale", "sale", "return"]
    assert shop.column("cancelled") == [False, False, True]
    assert shop.column("state") == ["SP", "SP", "SP"]
    assert shop.reasons() == {"no customer": 1}
    assert shop.column("text", "reviews") == ["Bom. Gostei muito", "Nunca chegou"]
    assert shop.column("product_id", "reviews") == ["p1aaaaaaaa", None]
    assert shop.report.currency == "BRL"


def test_olist_tells_of_orders_without_items(read, olist: Path) -> None:
    assert (
        "1 of the 3 rows of olist_orders_dataset.csv have no row in olist_order_items_dataset.csv"
        in (read(orders=olist, preset="olist").report.assumptions)
    )


def test_online_retail_ii_has_other_names_for_some_columns(read) -> None:
    header = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
    shop = read(
        orders=header + "489434,85048,LIGHTS,12,2009-12-01 07:45:00,6.95,13085.0,UK\n",
        preset="online-retail",
    )

    assert shop.column("customer_id") == ["13085"]
    assert shop.column("unit_price") == [6.95]
    assert shop.report.currency == "GBP"


def test_cdnow(read) -> None:
    shop = read(
        orders=" 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  1    0.00\r\n",
        preset="cdnow",
    )

    assert shop.column("customer_id") == ["00004", "00004"]
    assert shop.column("unit_price") == [pytest.approx(14.665), 0.0]
    assert shop.column("kind") == ["sale", "gift"]


def test_taobao_yields_events_whatever_option_the_file_came_by(read) -> None:
    lines = "1,2268318,2520377,pv,1511544070\n1,2268318,2520377,buy,1511544071\n"
    lines += "1,2,3,fav,1400000000\n1,2,3,pv\n"
    shop = read(orders=lines, preset="taobao")

    assert shop.column("kind", "events") == ["view", "purchase"]
    assert shop.column("at", "events")[0] == datetime(2017, 11, 25, 1, 21, 10)
    assert shop.column("category", "events") == ["category 2520377", "category 2520377"]
    assert shop.column("product", "events") == [None, None]
    assert shop.reasons("events") == {"too few fields": 1, "date out of range": 1}


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["online-retail", None])
def test_online_retail_with_and_without_its_preset(
    read, real_data: Path, preset: str | None
) -> None:
    path = real_data / "online_retail" / "online_retail.csv.gz"
    raw = pd.read_csv(
        path, dtype={"CustomerID": str, "InvoiceNo": str}, parse_dates=["InvoiceDate"]
    )
    shop = read(orders=path, preset=preset)
    rows = shop.rows()
    sales = rows[rows["kind"] == "sale"]
    wanted = raw[raw["CustomerID"].notna() & (raw["Quantity"] > 0) & (raw["UnitPrice"] > 0)]

    assert shop.report.read == {"orders": len(raw)} == {"orders": 541_909}
    assert (
        shop.reasons()
        == {"no customer": raw["CustomerID"].isna().sum()}
        == {"no customer": 135_080}
    )
    assert (len(sales), sales["customer_id"].nunique()) == (len(wanted), 4_338) == (397_884, 4_338)
    assert (rows["kind"] == "return").sum() == 8_905
    assert (sales["quantity"] * sales["unit_price"]).sum() == pytest.approx(8_911_407.904)
    assert sales["order_id"].nunique() == 18_532
    assert sales["ordered_at"].tolist() == wanted["InvoiceDate"].tolist()
    assert sales["customer_id"].tolist() == wanted["CustomerID"].tolist()
    assert sales["country"].tolist() == wanted["Country"].tolist()
    charges = set(rows.loc[rows["is_charge"], "product_id"])
    assert charges == {"POST", "M", "DOT", "D", "C2", "BANK CHARGES", "CRUK", "PADS", "23444"}
    assert rows.groupby("product_id")["product"].nunique().max() == 1
    assert shop.report.columns["orders"] == {
        "customer_id": "CustomerID",
        "order_id": "InvoiceNo",
        "ordered_at": "InvoiceDate",
        "product_id": "StockCode",
        "product": "Description",
        "quantity": "Quantity",
        "unit_price": "UnitPrice",
        "country": "Country",
    }


@pytest.mark.slow
def test_online_retail_from_csv_and_parquet_is_the_same(read, real_data: Path) -> None:
    folder = real_data / "online_retail"
    from_csv = read(orders=folder / "online_retail.csv.gz").rows()
    from_parquet = read(orders=folder / "online_retail.parquet").rows()

    pd.testing.assert_frame_equal(from_csv, from_parquet)


@pytest.mark.slow
def test_online_retail_is_read_within_time_and_memory(read, real_data: Path) -> None:
    start = time.process_time()
    read(orders=real_data / "online_retail" / "online_retail.csv.gz", preset="online-retail")

    assert time.process_time() - start < 20  # processor seconds of two cores: about 10 on the clock
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 3_000_000


@pytest.mark.slow
def test_olist(read, real_data: Path) -> None:
    folder = real_data / "olist"
    items = pd.read_csv(folder / "olist_order_items_dataset.csv.gz")
    orders = pd.read_csv(folder / "olist_orders_dataset.csv.gz")
    customers = pd.read_csv(folder / "olist_customers_dataset.csv.gz")
    joined = items.merge(orders, on="order_id").merge(customers, on="customer_id")
    shop = read(orders=folder, preset="olist")
    rows = shop.rows()
    gone = joined["order_status"].isin(["canceled", "unavailable"])

    assert shop.report.read == {"products": 32_951, "orders": len(items), "reviews": 20_795}
    assert shop.report.quarantined == {"products": 0, "orders": 0, "reviews": 0}
    assert (rows["kind"] == "return").sum() == gone.sum()
    sales = rows[rows["kind"] == "sale"]
    assert sales["customer_id"].nunique() == joined.loc[~gone, "customer_unique_id"].nunique()
    assert (sales["quantity"] * sales["unit_price"]).sum() == pytest.approx(
        joined.loc[~gone, "price"].sum()
    )


@pytest.mark.slow
def test_cdnow_sample(read, real_data: Path) -> None:
    rows = read(orders=real_data / "cdnow" / "CDNOW_sample.txt", preset="cdnow").rows()

    assert (len(rows), rows["customer_id"].nunique()) == (6_919, 2_357)
    assert rows["ordered_at"].min() == datetime(1997, 1, 1)
    assert (rows["kind"] == "gift").sum() == 8


@pytest.mark.slow
def test_taobao_sample(read, real_data: Path) -> None:
    shop = read(events=real_data / "taobao" / "UserBehavior_815users.csv.gz", preset="taobao")
    rows = shop.rows("events")

    assert shop.report.read == {"events": 84_476}
    assert shop.reasons("events") == {"too few fields": 1, "date out of range": 35}
    assert rows["customer_id"].nunique() == 815
    assert rows["at"].min() >= datetime(2017, 11, 25) and rows["at"].max() < datetime(2017, 12, 4)
