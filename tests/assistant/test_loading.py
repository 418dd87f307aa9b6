"""Files on their way in: recognised, corrected, refused; and nothing of them left behind."""

import gzip
import subprocess
import sys

import pytest

from assistant.loading.inbox import Inbox, clean_name, remove_forgotten
from assistant.loading.plan import Plan
from segmentation.data.reading import read_shop

ORDERS = """order_no,Order Date,Client,Article,Qty,Price,Country,Mail
1,2024-01-05,c1,Red mug,2,5.00,DE,a.lovelace@example.com
2,2024-01-17,c2,Blue plate,1,8.50,FR,c.babbage@example.com
3,2024-02-20,c1,Red mug,1,5.00,DE,a.lovelace@example.com
4,2024-02-21,c3,Oak candle,4,3.20,ES,g.hopper@example.org
"""
CHINESE = """订单号,下单时间,会员名,商品名称,数量,单价
1,2024-01-05,张三丰01,红杯,2,5.00
2,2024-01-17,李四光02,蓝盘,1,8.50
3,2024-02-20,张三丰01,红杯,1,5.00
"""
REVIEWS = """customer_id,review_date,rating,review_text
c1,2024-01-09,5,Lovely mug
c2,2024-02-01,2,It broke
"""
EVENTS = """user_id,event_time,event_type,product_id
c1,2024-01-05 10:00,view,P1
c1,2024-01-05 10:01,cart,P1
"""
PRODUCTS = """sku,product_name,brand,stock
P1,Red mug,Hearth,4
P2,Blue plate,Hearth,9
"""
CUSTOMERS = """customer_id,country,signup_date,age_band
c1,DE,2023-05-01,25-34
c2,FR,2023-06-01,35-44
c3,ES,2023-07-02,25-34
"""
RETAIL = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,A,Mug,2,2010-12-01 08:26:00,2.5,17850,United Kingdom
"""
TWO_WAYS = "customer_id,order_date,amount\nc1,03/04/2024,5.10\nc2,05/06/2024,7.20\n"


@pytest.fixture
def plan(tmp_path):
    plan = Plan(tmp_path / "workspace")
    yield plan
    plan.start_over()


@pytest.fixture
def give(tmp_path, plan):
    """Upload a file with this content under this name."""

    def give(name, content):
        folder = tmp_path / "uploads" / str(len(list(tmp_path.glob("uploads/*"))))
        folder.mkdir(parents=True)
        upload = folder / "upload"
        upload.write_bytes(content if isinstance(content, bytes) else content.encode())
        return plan.add(upload, name)

    return give


def roles(file):
    return {part.column: part.role for part in file.parts}


def kinds(plan):
    return [problem.kind for problem in plan.problems]


class TestRecognising:
    @pytest.mark.parametrize(
        ("content", "table"),
        [
            (ORDERS, "orders"),
            (CHINESE, "orders"),
            (REVIEWS, "reviews"),
            (EVENTS, "events"),
            (PRODUCTS, "products"),
            (CUSTOMERS, "customers"),
        ],
    )
    def test_the_table_shows_in_the_columns_whatever_the_file_is_called(self, give, content, table):
        assert give("export (3).csv", content).table == table

    def test_every_column_is_shown_with_its_part_and_examples(self, give):
        file = give("o.csv", ORDERS)
        assert roles(file) == {
            "order_no": "order_id",
            "Order Date": "ordered_at",
            "Client": "customer_id",
            "Article": "product",
            "Qty": "quantity",
            "Price": "unit_price",
            "Country": "kept",
            "Mail": "left",
        }
        parts = {part.column: part for part in file.parts}
        assert parts["Article"].examples == ("Red mug", "Blue plate", "Oak candle")
        assert parts["Country"].name == "country"
        assert parts["Mail"].person == "email"

    def test_chinese_columns(self, give, plan):
        file = give("订单.csv", CHINESE)
        assert roles(file)["会员名"] == "customer_id"
        assert plan.ready

    def test_a_known_data_set_is_told(self, give, plan):
        give("data.csv", RETAIL)
        assert plan.known.name == "online-retail"
        assert plan.order().preset == "online-retail"
        plan.choose(as_known=False)
        assert plan.order().preset is None
        assert plan.order().mapping["orders"]["customer_id"] == "CustomerID"


class TestCorrecting:
    def test_a_column_takes_over_the_part_of_another(self, give, plan):
        file = give("o.csv", ORDERS)
        plan.set_part(file.key, "Article", "product_id")
        plan.set_part(file.key, "Country", "product")
        assert roles(plan.files[file.key])["Article"] == "product_id"
        assert roles(plan.files[file.key])["Country"] == "product"
        plan.set_part(file.key, "Article", "product")
        assert roles(plan.files[file.key])["Country"] == "left"

    def test_the_table_can_be_another(self, give, plan):
        file = give("p.csv", PRODUCTS)
        plan.set_table(file.key, "reviews")
        assert plan.files[file.key].table == "reviews"
        assert "missing" in kinds(plan)

    def test_nonsense_from_a_browser_changes_nothing(self, give, plan):
        file = give("o.csv", ORDERS)
        plan.set_part(file.key, "Price", "rating")
        plan.set_part(file.key, "no such column", "product")
        plan.set_part(99, "Price", "total")
        plan.set_table(file.key, "secrets")
        assert plan.files[file.key] == file

    def test_what_was_confirmed_is_what_is_read(self, give, plan, tmp_path):
        file = give("o.csv", ORDERS)
        plan.set_part(file.key, "Country", "left")
        plan.set_part(file.key, "Article", "kept")
        order = plan.order()
        report = read_shop(order.sources, mapping=order.mapping, workdir=tmp_path / "read")
        assert report.columns["orders"] == {
            "customer_id": "Client",
            "order_id": "order_no",
            "ordered_at": "Order Date",
            "quantity": "Qty",
            "unit_price": "Price",
            "article": "Article",
        }
        assert "orders: column 'Mail' was dropped (email)" in report.privacy

    def test_corrections_are_remembered_when_the_file_comes_again(self, give, plan):
        file = give("o.csv", ORDERS)
        plan.set_part(file.key, "Country", "left")
        plan.clear()
        assert kinds(plan) == ["gone"]
        again = give("o.csv", ORDERS + "5,2024-03-01,c9,Mug,1,2.00,IT,x.y@example.com\n")
        assert (again.key, roles(again)["Country"]) == (file.key, "left")
        assert plan.ready


class TestTogether:
    def test_two_files_of_one_table_may_call_their_columns_otherwise(self, give, plan, tmp_path):
        give("2023.csv", ORDERS)
        heads = "Bestellnummer,Kunde,Bestelldatum,Artikel,Menge,Einzelpreis\n"
        give("2024.csv", f"{heads}7,c7,2024-05-01,Vase,1,9.90\n")
        order = plan.order()
        assert order.mapping["orders"]["customer_id"] == {"first_of": ["Client", "Kunde"]}
        report = read_shop(order.sources, mapping=order.mapping, workdir=tmp_path / "read")
        assert report.accepted == {"orders": 5}

    def test_reviews_alone_are_not_enough(self, give, plan):
        give("r.csv", REVIEWS)
        assert kinds(plan) == ["no_orders"]
        give("e.csv", EVENTS)
        assert plan.ready

    def test_the_first_rows_are_tried(self, give, plan):
        give("o.csv", ORDERS + "9,2024-03-01,,Mug,1,2.00,IT,\n")
        report = plan.trial.report
        assert (report.read, report.accepted) == ({"orders": 5}, {"orders": 4})
        assert [reason.reason for reason in report.reasons] == ["no customer"]

    def test_dates_that_can_be_read_two_ways_are_asked_about(self, give, plan):
        file = give("o.csv", TWO_WAYS)
        assert file.two_ways == "03/04/2024"
        assert kinds(plan) == ["two_ways"]
        plan.choose(date_format="month-first")
        assert plan.ready
        assert plan.order().mapping["date_format"] == "month-first"

    def test_dates_further_down_tell_how_all_are_written(self, give):
        """The beginning of a long file may hold days up to the twelfth only."""
        row = "c{0},{1:02d}/{2:02d}/2024,5.10,a long enough remark to fill the file {0}\n"
        rows = (row.format(n, 1 + n * 28 // 9_000, 1 + n % 12) for n in range(9_000))
        file = give("o.csv", "customer_id,order_date,amount,remark\n" + "".join(rows))
        assert file.two_ways is None


class TestBroken:
    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "empty"),
            (b"customer_id,order_date,amount\n", "no rows"),
            (b"\x89PNG\r\n\x1a\n" + bytes(200), "picture"),
            (ORDERS.encode() + bytes(range(32)) * 400, "binary"),
            (gzip.compress(ORDERS.encode())[:-20], "cut off"),
            (b"<!doctype html><html><body>Sign in</body></html>", "web page"),
            (b"PAR1 and nothing more", "Parquet"),
        ],
    )
    def test_one_message_at_its_place(self, give, plan, content, says):
        bad = give("bad.csv", content)
        assert says in bad.error.what
        assert [(p.kind, p.file) for p in plan.problems] == [("unreadable", bad.key)]

    def test_a_mended_file_takes_its_place_and_the_others_stay(self, give, plan):
        good, bad = give("good.csv", ORDERS), give("bad.csv", b"")
        assert not plan.ready
        assert give("bad.csv", ORDERS).key == bad.key
        assert plan.ready
        assert plan.files[good.key] == good

    def test_a_file_that_holds_far_more_than_it_says(self, give, monkeypatch):
        monkeypatch.setattr("assistant.loading.preview.ALWAYS", 1 << 20)
        bomb = gzip.compress(b"0," * 2_000_000)
        assert "times its size" in give("bomb.csv.gz", bomb).error.what

    def test_no_usable_column(self, give, plan):
        give("o.csv", "colour,shape\nred,round\nblue,square\n")
        assert "missing" in kinds(plan)
        assert not plan.ready

    def test_all_rows_refused(self, give, plan):
        give("o.csv", "customer_id,order_date,amount\n,2024-01-01,5\n,2024-01-02,6\n")
        assert kinds(plan) == ["refused"]

    @pytest.mark.parametrize(
        ("name", "clean"),
        [
            ("../../etc/passwd", "passwd"),
            ("C:\\shop\\orders.csv", "orders.csv"),
            ("a\u202egpj.csv\n", "agpj.csv"),
            ("...", "file"),
            ("订单 2024.csv", "订单 2024.csv"),
        ],
    )
    def test_names_are_hostile(self, name, clean):
        assert clean_name(name) == clean

    def test_a_name_without_end(self):
        name = clean_name("订单" * 500 + ".csv")
        assert len(name.encode()) < 200
        assert name.endswith(".csv")


class TestLeavingNothing:
    def test_the_upload_is_moved_and_deleted(self, give, plan, tmp_path):
        give("o.csv", ORDERS)
        assert not list((tmp_path / "uploads").rglob("upload"))
        plan.clear()
        assert not list((tmp_path / "workspace" / "incoming").iterdir())

    def test_a_removed_file_is_deleted_at_once(self, give, plan):
        file = give("o.csv", ORDERS)
        plan.remove(file.key)
        assert not file.path.exists()

    def test_nothing_that_was_made_of_a_file_outlives_it(self, give, plan, tmp_path):
        good, bad = give("o.csv", ORDERS), give("staged", b"customer_id,order_date,amount\n")
        assert good.preview.copy.exists()
        plan.remove(good.key)
        plan.remove(bad.key)
        left = [one for one in (tmp_path / "workspace" / "incoming").rglob("*") if one.is_file()]
        assert [one.name for one in left if not one.name.startswith("lock")] == []

    def test_the_end_of_the_program_leaves_nothing(self, tmp_path):
        """Neither what a tab holds that nobody closed, nor what was made of it."""
        (tmp_path / "upload").write_text(ORDERS)
        code = (
            "from pathlib import Path; from assistant.loading.plan import Plan;"
            f"plan = Plan(Path({str(tmp_path)!r}));"
            f"file = plan.add(Path({str(tmp_path / 'upload')!r}), 'o.csv');"
            "print(file.preview.copy.exists())"
        )
        found = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
        )
        assert found.stdout.strip() == "True"
        assert list((tmp_path / "incoming").iterdir()) == []

    def test_what_a_crash_left_is_removed_and_what_is_in_use_is_not(self, tmp_path):
        used, left = Inbox(tmp_path), tmp_path / "incoming" / "0123"
        left.mkdir(parents=True)
        (left / "orders.csv").write_text(ORDERS)
        upload = tmp_path / "upload"
        upload.write_text(ORDERS)
        kept = used.take(upload, "o.csv")
        remove_forgotten(tmp_path)
        assert kept.exists()
        assert not left.exists()
        used.clear()
        assert not kept.exists()
