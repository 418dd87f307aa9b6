"""Twenty questions asked in words, their numbers against pandas straight from the file."""

from pathlib import Path

import pandas as pd
import pytest

from assistant import Kindred

FILE = Path(__file__).parent.parent.parent / "shared/data/online_retail/online_retail.csv.gz"
AS_OF = pd.Timestamp("2011-12-10")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),  # the first waits for the build
    pytest.mark.skipif(not FILE.exists(), reason="Online Retail is not beside the project"),
    # The sqlite connection of the conversations lives as long as the module's Kindred.
    pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning"),
]


@pytest.fixture(scope="module")
def kindred(tmp_path_factory):
    shop = Kindred(tmp_path_factory.mktemp("online-retail"))
    shop.build({"orders": FILE}, preset="online-retail", as_of="2011-12-10")
    return shop


@pytest.fixture(scope="module")
def sales():
    """The usual cleaning: a customer, a positive quantity, a positive price."""
    lines = pd.read_csv(FILE, dtype={"CustomerID": str, "InvoiceNo": str, "StockCode": str})
    lines = lines[lines.CustomerID.notna() & (lines.Quantity > 0) & (lines.UnitPrice > 0)].copy()
    lines["at"] = pd.to_datetime(lines.InvoiceDate)
    lines["money"] = lines.Quantity * lines.UnitPrice
    return lines


def average_order(lines):
    return lines.money.sum() / lines.InvoiceNo.nunique()


def repeat_rate(lines):
    return (lines.groupby("CustomerID").InvoiceNo.nunique() > 1).mean()


def idle(lines, days):
    last = lines.groupby("CustomerID")["at"].max()
    return int(((AS_OF - last).dt.days >= days).sum())


def of(country):
    return lambda lines: lines[lines.Country == country]


def in_month(month):
    return lambda lines: lines[lines["at"].dt.strftime("%Y-%m") == month]


QUESTIONS = [
    ("How many customers do we have?", "all", "customers", lambda s: s.CustomerID.nunique()),
    ("What is our total revenue?", "all", "revenue", lambda s: s.money.sum()),
    ("How many orders were placed?", "all", "orders", lambda s: s.InvoiceNo.nunique()),
    ("What is the average order value?", "all", "average_order_value", average_order),
    ("What share of customers came back?", "all", "repeat_rate", repeat_rate),
    (
        "How much have French customers spent?",
        "country:France",
        "revenue",
        lambda s: of("France")(s).money.sum(),
    ),
    (
        "Number of orders in Germany?",
        "country:Germany",
        "orders",
        lambda s: of("Germany")(s).InvoiceNo.nunique(),
    ),
    (
        "AOV in EIRE?",
        "country:EIRE",
        "average_order_value",
        lambda s: average_order(of("EIRE")(s)),
    ),
    (
        "How many customers are in Spain?",
        "country:Spain",
        "customers",
        lambda s: of("Spain")(s).CustomerID.nunique(),
    ),
    (
        "Repeat rate in Belgium?",
        "country:Belgium",
        "repeat_rate",
        lambda s: repeat_rate(of("Belgium")(s)),
    ),
    ("Revenue by country", "country:Norway", "revenue", lambda s: of("Norway")(s).money.sum()),
    (
        "Customers per country",
        "country:Italy",
        "customers",
        lambda s: of("Italy")(s).CustomerID.nunique(),
    ),
    ("Revenue by month", "month:2011-03", "revenue", lambda s: in_month("2011-03")(s).money.sum()),
    (
        "Orders per month",
        "month:2011-11",
        "orders",
        lambda s: in_month("2011-11")(s).InvoiceNo.nunique(),
    ),
    (
        "Orders by weekday",
        "weekday:thursday",
        "orders",
        lambda s: s[s["at"].dt.day_name() == "Thursday"].InvoiceNo.nunique(),
    ),
    (
        "Top 10 products by revenue",
        "product:22423",
        "revenue",
        lambda s: s[s.StockCode == "22423"].money.sum(),
    ),
    (
        "Who are our five biggest customers?",
        "customer:14646",
        "revenue",
        lambda s: s[s.CustomerID == "14646"].money.sum(),
    ),
    (
        "How many customers have not ordered for 90 days or more?",
        None,
        "customers",
        lambda s: idle(s, 90),
    ),
    (
        "德国客户的销售额是多少？",
        "country:Germany",
        "revenue",
        lambda s: of("Germany")(s).money.sum(),
    ),
    ("按国家看订单数", "country:France", "orders", lambda s: of("France")(s).InvoiceNo.nunique()),
]


@pytest.mark.parametrize(
    ("question", "subject", "metric", "expected"), QUESTIONS, ids=[q[0] for q in QUESTIONS]
)
def test_the_number_is_the_one_pandas_finds(kindred, sales, question, subject, metric, expected):
    answer = kindred.ask(question).to_json()
    found = [
        fact["value"]
        for fact in answer["facts"]
        if fact["metric"] == metric and (subject is None or fact["subject"] == subject)
    ]
    assert found, [(f["subject"], f["metric"]) for f in answer["facts"][:8]]
    assert pytest.approx(expected(sales), rel=1e-9) in found
