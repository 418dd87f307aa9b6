"""Tables and charts beneath an answer, and the file a table can be saved as."""

import json
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from assistant.export.tables import enter_table, table_csv
from assistant.page.session import Opening
from assistant.page.talk.results import MOST_ROWS, chart_caption, results, table_saver
from assistant.tools.result import Chart, Table, ToolResult
from segmentation.types import Fact

MONEY = Fact("all", "revenue", "2024-01-01/2024-12-31", 12.5, "EUR")
HOSTILE = ("=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "＝1")


def html_of(*tables, facts=(MONEY,), language="en"):
    result = ToolResult("", facts=facts, tables=tables)
    return "".join(part.value for part in results(result, language).content)


def table_of(columns, *rows):
    return Table("A table", tuple(columns), rows)


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_money_has_its_sign_and_days_are_those_of_the_reader():
    table = table_of(["customer", "Revenue", "last"], ["c1", 1234.5, "2024-03-05"])
    html = html_of(table)
    assert 'data-value="1234.5">€1,234.50</td>' in html
    assert 'data-value="2024-03-05">5 Mar 2024</td>' in html
    zh = html_of(table_of(["客户", "销售额", "最近"], ["c1", 1234.5, "2024-03-05"]), language="zh")
    assert ">€1,234.50</td>" in zh
    assert ">2024年3月5日</td>" in zh


def test_without_a_known_currency_money_is_a_plain_number():
    html = html_of(table_of(["Revenue"], [1234.5]), facts=())
    assert ">1,234.50</td>" in html


def test_long_tables_show_their_rest_on_a_press():
    table = table_of(["n", "name"], *([n, f"<b>{n}</b>"] for n in range(MOST_ROWS + 30)))
    html = html_of(table)
    assert html.count("<tr>") == MOST_ROWS + 1
    assert "Show 30 more rows" in html
    assert "<b>" not in html
    rest = next(a["data-rows"] for t, a in Tags(html).found if "data-rows" in a)
    assert len(json.loads(rest)) == 30
    assert "kd-more" not in html_of(table_of(["n"], [1]))


def test_charts_and_tables_say_what_their_buttons_do_to_which_of_them():
    buttons = [a for t, a in Tags(chart_caption('A "chart"', "en")).found if t == "button"]
    assert [one["data-chart"] for one in buttons] == ["enlarge", "png", "svg"]
    assert all(one["aria-label"].endswith(': A "chart"') for one in buttons)
    saves = [a for _, a in Tags(html_of(table_of(["n"], [1]))).found if "data-table" in a]
    assert [one["aria-label"] for one in saves] == ["Save all rows as CSV: A table"]


def test_a_column_of_marks_has_no_nameless_button():
    html = html_of(table_of(["size", ""], [10, "this plan"], [20, ""]))
    heads = html.partition("</thead>")[0]
    assert heads.count("<button") == 2  # the one column that sorts, and what saves the table
    assert '<td class="t"></td>' in heads


def test_a_title_ranks_right_below_the_page_s_own():
    assert '<h3 aria-level="2">A table</h3>' in html_of(table_of(["a"], [1]))


def test_a_chart_comes_with_its_caption():
    chart = Chart("Sizes", {"data": [], "layout": {"height": 300}})
    caption, plot = results(ToolResult("", charts=(chart,)), "en").content
    assert "Sizes" in caption.value
    assert plot.value["plot"] == '{"data": [], "layout": {"height": 300}}'


class TestSaving:
    """A table leaves by a press of its button alone."""

    @pytest.fixture
    def table(self):
        rows = ([f"c{n}", cell, n] for n, cell in enumerate(HOSTILE * 50))
        return table_of(["customer", "=name", "n"], *rows)

    @pytest.fixture
    def tab(self, table):
        exchange = SimpleNamespace(results=[ToolResult("", tables=(table,))])
        return SimpleNamespace(conversation=SimpleNamespace(exchanges=[exchange]))

    @pytest.fixture
    def save(self, session):
        opening = Opening(lambda: session)
        return table_saver(opening)

    @staticmethod
    def press(save, tab, key):
        event, request = SimpleNamespace(table=key), SimpleNamespace(username=None)
        return save(tab, event, request)

    def test_the_file_has_all_rows_and_nothing_that_a_spreadsheet_would_run(
        self, save, tab, table, assistant
    ):
        (key,) = [a["data-table"] for _, a in Tags(html_of(table)).found if "data-table" in a]
        parcel = self.press(save, tab, key)
        assert parcel["name"] == "a-table.csv"
        content = parcel["content"]
        assert content.startswith("\ufeffcustomer,'=name,n\r\n")
        assert content.count("\r\n") == len(table.rows) + 1
        for line in content.split("\r\n")[1:7]:
            assert line.split(",")[1].lstrip('"').startswith("'")
        assert assistant.saved == [("A table", 300)]

    def test_a_table_of_another_conversation_is_not_given_out(self, save, tab, assistant):
        assert self.press(save, tab, "0" * 16) is None
        assert self.press(save, None, "0" * 16) is None
        assert assistant.saved == []


def test_tables_with_customers_are_entered_in_the_export_log(shop, tmp_path):
    from assistant.export.log import read

    workspace = SimpleNamespace(root=tmp_path, base=shop.open_base(shop.frames()))
    people = table_of(["who", "orders"], ["anna", 3], ["bob", 1])
    enter_table(workspace, people, table_csv(people), "page")
    enter_table(workspace, table_of(["country", "n"], ["Spain", 2]), b"", "page")
    enter_table(workspace, table_of(["n"]), b"", "page")
    (entry,) = read(tmp_path)
    assert (entry["what"], entry["rows"], entry["by"]) == ("table", 2, "page")
    assert "anna" not in str(entry)
