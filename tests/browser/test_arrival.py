"""How data comes in, in a real browser: the empty page, files to confirm, a build, the notes."""

import asyncio
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from assistant.loading.order import Loading
from segmentation.types import InputError
from store.errors import NoSnapshot

PHONE = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}
NASTY = "<img src=x onerror=alert(1)>.csv"
ORDERS = """order_no,Order Date,Client,Article,Qty,Price,Mail
1,2024-01-05,c1,<b>Red</b> mug,2,5.00,a.lovelace@example.com
2,2024-01-17,c2,Blue plate,1,8.50,c.babbage@example.com
3,2024-02-20,c1,Red mug,1,5.00,a.lovelace@example.com
"""


class Builds:
    """Builds nothing: reports stages when told to, and ends as told."""

    def __init__(self, root, session):
        self.session, self.orders = session, []
        self.gate, self.error = threading.Event(), None
        self.seen = []
        self.loading = Loading(root, self.files, lambda progress: self.work(progress))

    def files(self, order, progress):
        self.orders.append(order)
        self.seen += [path.read_text() for paths in order.sources.values() for path in paths]
        return self.work(progress)

    def work(self, progress):
        progress("encoding texts", 1, 2)
        while not self.gate.wait(0.1):
            progress("encoding texts", 1, 2)
        if self.error:
            raise self.error
        return self.session


@pytest.fixture
def builds(scripted, assistant, tmp_path):
    return Builds(tmp_path / "workspace", scripted.session(assistant))


@pytest.fixture
def built():
    """Whether the workspace has data already."""
    return False


@pytest.fixture
def url(builds, built, monkeypatch):
    from assistant.app import launch

    monkeypatch.setattr("assistant.page.arrival.panel.SLOW", 3.0)

    def load():
        if not built:
            raise NoSnapshot("Nothing has been built here yet")
        return builds.session

    page = launch(load, loading=builds.loading, port=None)
    yield page.local_url
    builds.gate.set()
    with suppress(asyncio.InvalidStateError):
        page.close(verbose=False)


@pytest.fixture
def file(tmp_path):
    def file(name, content):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return file


def left_behind(tmp_path):
    incoming = tmp_path / "workspace" / "incoming"
    return list(incoming.rglob("*")) if incoming.exists() else []


def test_from_an_empty_page_over_a_broken_file_to_the_chat(visit, builds, file, tmp_path):
    page = visit()
    page.get_by_role("heading", name="Start with your customers").wait_for()
    page.set_input_files("#kd-files", [file(NASTY, ORDERS), file("notes.csv", "")])
    card = page.get_by_role("article", name=NASTY)
    card.wait_for()
    assert page.locator("#kd-arrival img").count() == 0
    assert "<b>Red</b> mug" in card.inner_text()
    assert "Identifies people (e-mail)" in card.inner_text()
    build = page.get_by_role("button", name="Build")
    assert "The file is empty" in page.get_by_role("article", name="notes.csv").inner_text()
    assert build.is_disabled()

    page.get_by_role("button", name="Remove notes.csv").click()
    page.get_by_role("article", name="notes.csv").wait_for(state="detached")
    article = page.get_by_label("column Article: taken for")
    article.focus()
    article.select_option("category")
    page.get_by_text("Without product names").wait_for()
    assert article.evaluate("one => document.activeElement === one")
    build.click()
    page.locator(".kd-building").wait_for()
    page.locator(".kd-step-now", has_text="Understanding what customers bought").wait_for()
    assert page.get_by_role("progressbar").get_attribute("aria-valuenow") != "0"

    builds.gate.set()
    page.locator("#kd-news").get_by_text("17 were set aside").wait_for()
    assert "17 were set aside" in page.locator(".kd-heard").inner_text()
    page.locator("#kd-panel").get_by_text("Loyal tea lovers").wait_for()
    assert not page.locator("#kd-arrival").is_visible()
    assert builds.orders[0].mapping["orders"]["category"] == "Article"
    assert builds.seen == [ORDERS]
    assert left_behind(tmp_path) == []

    page.get_by_role("button", name="See which and why").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the rows of Orders").click()
    assert "no customer,orders.csv,301" in Path(download.value.path()).read_text()


def test_a_second_visitor_sees_the_build_and_a_failed_one_can_be_mended(
    visit, builds, file, tmp_path
):
    builds.error = InputError("There are too few customers", fix="Give more.")
    first, second = visit(), visit(**PHONE, locale="zh-CN")
    first.set_input_files("#kd-files", file("orders.csv", ORDERS))
    first.get_by_role("button", name="Build").click()
    second.get_by_text("有人正在这里构建新数据").wait_for()
    assert second.locator("[data-arrival=cancel]").count() == 0
    builds.gate.set()
    first.locator("#kd-arrival").get_by_text("There are too few customers").wait_for()
    first.get_by_text("This file was deleted after the last attempt").wait_for()
    assert left_behind(tmp_path) == []
    second.get_by_text("从您的客户数据开始").wait_for()

    builds.error = None
    first.set_input_files("#kd-files", file("orders.csv", ORDERS))
    first.get_by_text("The first 3 rows can all be used").wait_for()
    first.get_by_role("button", name="Build").click()
    second.locator("#kd-data").wait_for()
    first.locator("#kd-data").wait_for()


class TestWithData:
    @pytest.fixture
    def built(self):
        return True

    def test_the_notes_and_a_build_that_is_cancelled(self, visit, builds, scripted):
        page = visit()
        page.locator("#kd-data").click()
        notes = page.locator(".kd-notes")
        notes.wait_for()
        said = notes.inner_text()
        assert all(
            part in said for part in ("12,362", "17 rows", "a small one", "Customers: email")
        )
        assert f"{scripted.NASTY}.csv, line 301" in said
        assert "Without reviews there are no themes" in said

        page.get_by_role("button", name="Go back to the demo shop").click()
        page.locator(".kd-building").wait_for()
        page.keyboard.press("Escape")
        page.locator("#kd-box textarea").fill("still here?")
        page.keyboard.press("Enter")
        page.locator("#kd-chat").get_by_text("You asked: still here?").wait_for()
        page.locator("#kd-data").click()
        page.get_by_role("button", name="Cancel").click()
        page.locator("#kd-arrival").get_by_text("The build was cancelled").wait_for()

    def test_other_tabs_learn_that_the_data_has_changed(self, visit, builds):
        one, other = visit(), visit()
        other.locator("#kd-data").wait_for()
        one.locator("#kd-data").click()
        one.get_by_role("button", name="Go back to the demo shop").click()
        builds.gate.set()
        one.locator("#kd-news").get_by_text("Your data is ready").wait_for()
        changed = other.locator("#kd-news").get_by_text("The data of this page has changed")
        changed.wait_for(timeout=25_000)

    def test_the_sheet_has_the_focus_while_it_is_open(self, visit):
        page = visit()
        page.locator("#kd-data").click()
        page.locator("#kd-arrival h2:focus").wait_for()
        assert page.evaluate("document.getElementById('kd-body').inert")
        page.keyboard.press("Escape")
        page.locator("#kd-data:focus").wait_for()
        assert not page.evaluate("document.getElementById('kd-body').inert")
