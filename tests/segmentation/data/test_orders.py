"""Order lines end to end: from a file's text to canonical rows, quarantine and report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from segmentation.data.privacy import PrivacyOptions
from segmentation.types import InputError

Read = Callable[..., object]
Lines = Callable[..., str]


def test_a_plain_file_becomes_order_lines(read, lines) -> None:
    shop = read(orders=lines(["007,A1,2020-01-02 10:30,Mug,2,3.50", "8,A2,2020-01-03,Cup,1,4"]))
    first = shop.rows().iloc[0].to_dict()

    assert first == {
        "customer_id": "007",
        "order_id": "A1",
        "ordered_at": datetime(2020, 1, 2, 10, 30),
        "product_id": "Mug",
        "product": "Mug",
        "category": None,
        "quantity": 2.0,
        "unit_price": 3.5,
        "kind": "sale",
        "is_charge": False,
        "cancelled": False,
        "discount": pytest.approx(float("nan"), nan_ok=True),
    }
    assert (shop.report.read, shop.report.accepted, shop.report.quarantined) == (
        {"orders": 2},
        {"orders": 2},
        {"orders": 0},
    )
    assert shop.report.columns["orders"]["ordered_at"] == "date"


def test_every_fault_of_a_file_is_told_at_once_with_line_example_and_fix(read, lines) -> None:
    shop = read(
        orders=lines(
            [
                "1,A1,2020-01-02,Mug,2,3.50",
                ",A2,2020-01-02,Mug,2,3.50",
                "guest,A2,2020-01-02,Mug,2,3.50",
                "1,A3,soon,Mug,2,3.50",
                "1,A3,,Mug,2,3.50",
                "1,A4,2920-01-02,Mug,2,3.50",
                "1,A5,2020-01-02,Mug,two,3.50",
                "1,A5,2020-01-02,Mug,2,cheap",
                "1,A6,2020-01-02,Mug,0,3.50",
                "1,A7,2020-01-02,Mug,2,-3.50",
                "1,A8,2020-01-02,Mug,,3.50",
                "1,A9,2020-01-02,Mug,2,",
                "1,A9,2020-01-02,Mug",
            ]
        )
    )

    assert [(r.reason, r.rows, r.example) for r in shop.report.reasons] == [
        ("too few fields", 1, "orders.csv line 14: 1,A9,2020-01-02,Mug"),
        ("no customer", 2, "orders.csv line 3: customer_id is empty"),
        ("no date", 1, "orders.csv line 6: date is empty"),
        ("unreadable date", 1, 'orders.csv line 5: date is "soon"'),
        ("date out of range", 1, 'orders.csv line 7: date is "2920-01-02"'),
        ("unreadable number", 1, 'orders.csv line 8: qty is "two"'),
        ("unreadable number", 1, 'orders.csv line 9: price is "cheap"'),
        ("no quantity", 1, "orders.csv line 12: qty is empty"),
        ("zero quantity", 1, 'orders.csv line 10: qty is "0"'),
        ("no price", 1, "orders.csv line 13: price is empty"),
        ("negative price", 1, 'orders.csv line 11: price is "-3.50"'),
    ]
    assert all(reason.fix for reason in shop.report.reasons)
    assert shop.report.accepted == {"orders": 1}


def test_the_quarantine_has_raw_columns_reason_file_and_line(read, lines) -> None:
    shop = read(orders=lines(["1,A1,2020-01-02,Mug,2,3.50", "1,A2, soon ,Mug,2,3.50", "1,A3"]))

    assert shop.quarantine().to_dict("records") == [
        {
            "customer_id": "1",
            "order_id": "A2",
            "date": " soon ",
            "product": "Mug",
            "qty": "2",
            "price": "3.50",
            "raw": None,
            "reason": "unreadable date",
            "file": "orders.csv",
            "line": 3,
        },
        {
            "customer_id": None,
            "order_id": None,
            "date": None,
            "product": None,
            "qty": None,
            "price": None,
            "raw": "1,A3",
            "reason": "too few fields",
            "file": "orders.csv",
            "line": 4,
        },
    ]


def test_kinds_of_lines(read, lines) -> None:
    shop = read(
        orders=lines(
            [
                "1,536365,2020-01-02,Mug,2,3.50",
                "1,536366,2020-01-02,Mug,1,0",
                "1,C536367,2020-01-03,Mug,-2,3.50",
                "1,C536368,2020-01-03,Mug,2,3.50",
            ]
        )
    )

    assert shop.column("kind") == ["sale", "gift", "return", "return"]
    assert shop.column("quantity") == [2.0, 1.0, -2.0, -2.0]
    assert shop.column("cancelled") == [False, False, False, False]


def test_order_ids_that_all_begin_with_c_are_no_cancellations(read, lines) -> None:
    shop = read(orders=lines(["1,C1001,2020-01-02,Mug,2,3.50", "1,C1002,2020-01-03,Mug,1,3.50"]))

    assert shop.column("kind") == ["sale", "sale"]


@pytest.mark.parametrize(
    "word", ["cancelled", "Refunded", "已取消", "cancelado", "Storniert", "devuelto"]
)
def test_lines_of_cancelled_orders_are_kept_as_returns(read, lines, word: str) -> None:
    header = "customer_id,order_id,date,product,qty,price,status"
    rows = ["1,A1,2020-01-02,Mug,2,3.50,paid", f"1,A2,2020-01-03,Mug,1,3.50,{word}"]
    shop = read(orders=lines(rows, header))

    assert shop.column("kind") == ["sale", "return"]
    assert shop.column("quantity") == [2.0, -1.0]
    assert shop.column("cancelled") == [False, True]
    assert shop.column("order_status") == ["paid", word]


def test_a_total_gives_the_unit_price(read) -> None:
    shop = read(
        orders="customer_id,date,qty,total\n1,2020-01-02,4,10\n1,2020-01-03,-2,-5\n1,2020-01-04,1,-3\n"
    )

    assert shop.column("unit_price") == [2.5, 2.5, 3.0]
    assert shop.column("quantity") == [4.0, -2.0, -1.0]
    assert shop.column("kind") == ["sale", "return", "return"]


def test_without_quantity_and_order_id_they_are_made(read) -> None:
    shop = read(orders="customer_id,date,amount\n1,2020-01-02 10:30:00,10\n1,2020-01-03,-4\n")

    assert shop.column("quantity") == [1.0, -1.0]
    assert shop.column("order_id") == ["1-20200102103000", "1-20200103000000"]
    assert shop.column("product_id") == ["unknown", "unknown"]


def test_date_and_time_in_two_columns_are_joined(read) -> None:
    shop = read(
        orders="customer_id,date,time,amount\n1,2020-01-02,10:30,10\n1,31/01/2020,23:05:01,4\n"
    )

    assert shop.column("ordered_at") == [
        datetime(2020, 1, 2, 10, 30),
        datetime(2020, 1, 31, 23, 5, 1),
    ]


def test_ids_stay_strings(read) -> None:
    header = "customer_id,order_id,date,sku,total\n"
    floats = read(
        orders=header + "12748.0,1.0,2020-01-02,007,5\n 12749.0 ,2.0,2020-01-03,08.0A,5\n"
    )

    assert floats.column("customer_id") == ["12748", "12749"]
    assert floats.column("order_id") == ["1", "2"]
    assert floats.column("product_id") == ["007", "08.0A"]
    assert (
        "orders: the ids in customer_id are decimals; `.0` was taken off"
        in floats.report.assumptions
    )


def test_ids_are_left_alone_when_not_all_are_decimals(read) -> None:
    shop = read(orders="customer_id,date,total\n12748.0,2020-01-02,5\nX9,2020-01-03,5\n")

    assert shop.column("customer_id") == ["12748.0", "X9"]


def test_the_commonest_name_of_a_product_is_used_everywhere(read) -> None:
    header = "customer_id,date,sku,description,qty,price\n"
    rows = [
        "1,2020-01-02,S1,MUG,1,2",
        "1,2020-01-03,S1,,1,2",
        "1,2020-01-04,S1,MUG,1,2",
        "1,2020-01-05,S1,mug?,1,2",
    ]
    shop = read(
        orders=header
        + "\n".join([*rows, ",2020-01-05,S1,damaged,1,2", "1,2020-01-06,S2,,1,2"])
        + "\n"
    )

    assert shop.column("product") == ["MUG", "MUG", "MUG", "MUG", "S2"]


def test_the_catalogue_names_what_order_lines_do_not(read) -> None:
    shop = read(
        orders="customer_id,date,sku,qty,price\n1,2020-01-02,S1,1,2\n1,2020-01-03,S2,1,2\n",
        products="sku,name,category\nS1,Mug,Kitchen\nS2,,Kitchen\n",
    )

    assert shop.column("product") == ["Mug", "Kitchen S2"]
    assert shop.column("category") == ["Kitchen", "Kitchen"]


@pytest.mark.parametrize(
    "charge",
    [
        "POST,POSTAGE",
        "M,Manual",
        "DOT,DOTCOM POSTAGE",
        "BANK CHARGES,Bank Charges",
        "C2,CARRIAGE",
        "23444,Next Day Carriage",
        "gift_0001_20,Gift Voucher £20.00",
        "99,Versandkosten",
        "99,运费",
        "99,Frete",
        "99,Gastos de envío",
        "99,DHL Express Shipping",
        "D,Discount",
    ],
)
def test_charges_are_marked(read, charge: str) -> None:
    header = "customer_id,date,sku,description,qty,price\n"
    products = "".join(f"1,2020-01-02,2200{i},MUG {i},1,2\n" for i in range(9))
    shop = read(orders=f"{header}{products}1,2020-01-03,{charge},1,5\n")

    assert shop.column("is_charge") == [False] * 9 + [True]


@pytest.mark.parametrize(
    "product",
    [
        "22960,SHIPPING LABELS",
        "22961,VINTAGE POST OFFICE SET",
        "22962,GIFT CARD HOLDER",
        "DCGSSBOY,BOYS PARTY BAG",
    ],
)
def test_products_that_sound_like_charges_are_none(read, product: str) -> None:
    header = "customer_id,date,sku,description,qty,price\n"
    products = "".join(f"1,2020-01-02,2200{i},MUG {i},1,2\n" for i in range(9))
    shop = read(orders=f"{header}{products}1,2020-01-03,{product},1,5\n")

    assert not any(shop.column("is_charge"))


def test_single_letters_are_products_where_all_codes_are_letters(read) -> None:
    shop = read(
        orders="customer_id,date,sku,qty,price\n1,2020-01-02,M,1,2\n1,2020-01-02,XL,1,2\n1,2020-01-02,S,1,2\n"
    )

    assert not any(shop.column("is_charge"))


@pytest.mark.parametrize("header", ["Country", "国家", "País", "Land", "pais"])
def test_the_country_is_called_country_in_any_language(read, header: str) -> None:
    shop = read(orders=f"customer_id,date,total,{header}\n1,2020-01-02,5,UK\n2,2020-01-02,5,FR\n")

    assert shop.column("country") == ["UK", "FR"]


def test_line_attributes_keep_low_cardinality_words_only(read) -> None:
    header = "customer_id,date,total,Sales Channel,Ship Mode,Row ID,Profit,Remark,Segment\n"
    rows = "".join(
        f"{i},2020-01-02,5,{'web' if i % 2 else 'shop'},fast,{i},{i}.5,text no {i},Home\n"
        for i in range(300)
    )
    shop = read(orders=header + rows)
    attributes = list(shop.rows().columns)[12:]

    assert attributes == ["channel", "ship_mode", "segment_given"]


def test_identifying_columns_are_dropped_unless_kept(read) -> None:
    text = (
        "customer_id,date,total,Customer Name,E-Mail\n1,2020-01-02,5,Anna "
        "Smith,anna@example.com\n2,soon,5,Bob Jones,bob@example.com\n"
    )
    shop = read(orders=text)

    assert not {"customer_name", "e_mail"} & set(shop.rows().columns)
    assert not {"Customer Name", "E-Mail"} & set(shop.quarantine().columns)
    assert shop.report.privacy == [
        "orders: column 'Customer Name' was dropped (name)",
        "orders: column 'E-Mail' was dropped (email)",
    ]
    kept = read(orders=text, privacy=PrivacyOptions(keep=frozenset({"E-Mail"})))
    assert kept.column("e_mail") == ["anna@example.com"]


def test_pseudonyms_are_the_same_in_every_table_and_in_the_quarantine(read) -> None:
    options = PrivacyOptions(pseudonymise_key=b"0123456789abcdef")
    shop = read(
        orders="customer_id,date,total\nanna,2020-01-02,5\nanna,soon,5\n",
        customers="customer_id,country\nanna,UK\n",
        privacy=options,
    )
    stored = {
        *shop.column("customer_id"),
        *shop.column("customer_id", "customers"),
        *shop.quarantine()["customer_id"],
    }

    assert len(stored) == 1 and "anna" not in stored
    assert "anna" not in str(shop.report)


def test_an_email_as_the_only_id_is_stored_as_a_digest(read) -> None:
    shop = read(
        orders="Email,date,total\nanna@example.com,2020-01-02,5\nbob@example.com,2020-01-02,x\nanna@example.com,2020-01-03,5\n"
    )

    assert len(set(shop.column("customer_id"))) == 1
    assert "@" not in str(shop.rows().to_dict()) + str(shop.quarantine().to_dict()) + str(
        shop.report.reasons
    )


def test_the_currency_is_told_by_signs_codes_or_a_column(read) -> None:
    assert read(orders="customer_id,date,total\n1,2020-01-02,£5\n").report.currency == "GBP"
    assert read(orders="customer_id,date,total (EUR)\n1,2020-01-02,5\n").report.currency == "EUR"
    assert (
        read(orders="customer_id,date,total,currency\n1,2020-01-02,5,brl\n").report.currency
        == "BRL"
    )
    assert read(orders="customer_id,date,total\n1,2020-01-02,5\n").report.currency == "money"


def test_amounts_in_another_currency_are_not_added_up(read) -> None:
    shop = read(
        orders="customer_id,date,total,currency\n1,2020-01-02,5,GBP\n2,2020-01-02,5,GBP\n3,2020-01-02,5,USD\n"
    )

    assert shop.reasons() == {"another currency": 1}
    assert shop.report.currency == "GBP"


def test_decimal_commas_and_day_first_dates(read) -> None:
    shop = read(
        orders="Kundennr;Datum;Menge;Einzelpreis\n1;13.02.2020;1.000;1,50 "
        "€\n2;01.02.2020;2;1.250,00 €\n"
    )

    assert shop.column("unit_price") == [1.5, 1250.0]
    assert shop.column("quantity") == [1000.0, 2.0]
    assert shop.column("ordered_at") == [datetime(2020, 2, 13), datetime(2020, 2, 1)]
    assert "orders: dates in Datum are written day first" in shop.report.assumptions


def test_an_ambiguous_date_column_asks(read) -> None:
    text = "customer_id,date,total\n1,01/02/2020,5\n2,03/04/2020,6\n"

    with pytest.raises(InputError, match="can be read two ways"):
        read(orders=text)
    assert read(orders=text, date_format="month-first").column("ordered_at")[0] == datetime(
        2020, 1, 2
    )
    assert read(orders=text, mapping={"date_format": "DD/MM/YYYY"}).column("ordered_at")[
        0
    ] == datetime(2020, 2, 1)


def test_a_date_that_reads_the_same_both_ways_is_not_ambiguous(read) -> None:
    assert read(orders="customer_id,date,total\n1,02/02/2020,5\n").column("ordered_at") == [
        datetime(2020, 2, 2)
    ]


def test_discounts_as_given(read) -> None:
    shop = read(orders="customer_id,date,total,discount\n1,2020-01-02,5,10%\n1,2020-01-02,5,0.2\n")

    assert shop.column("discount") == [0.1, 0.2]


def test_progress_tells_reading_and_checking(read) -> None:
    seen: list[tuple[str, int, int | None]] = []
    read(
        orders="customer_id,date,total\n1,2020-01-02,5\n", progress=lambda *step: seen.append(step)
    )

    assert seen == [("reading orders", 1, None), ("checking", 0, 1), ("checking", 1, 1)]


def test_the_same_input_gives_the_same_bytes(read, lines) -> None:
    text = lines([f"{i % 7},A{i},2020-01-0{i % 9 + 1},Mug {i % 3},1,2" for i in range(500)])
    first = (read(orders=text).workdir / "tables" / "orders.parquet").read_bytes()
    second = (read(orders=text).workdir / "tables" / "orders.parquet").read_bytes()

    assert first == second


def test_dates_in_many_forms_in_one_column(read) -> None:
    days = [
        "31/12/2019 8:05",
        "01/02/2020",
        "3.2.2020",
        "2020-01-31T10:05",
        "20200131",
        "1 Mar 2020",
    ]
    rows = "".join(f"1,{day},5\n" for day in days)
    shop = read(orders="customer_id,date,total\n" + rows + "1,31/02/2020,5\n")

    assert shop.column("ordered_at") == [
        datetime(2019, 12, 31, 8, 5),
        datetime(2020, 2, 1),
        datetime(2020, 2, 3),
        datetime(2020, 1, 31, 10, 5),
        datetime(2020, 1, 31),
        datetime(2020, 3, 1),
    ]
    assert shop.reasons() == {"unreadable date": 1}
