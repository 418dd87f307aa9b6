"""Everything one looks at: cards, the map of customers, charts and tables, in a real browser."""

import re
from pathlib import Path

import pytest

PHONE = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}


def ask(page, question):
    page.locator("#kd-box .submit-button").wait_for()
    page.locator("#kd-box textarea").fill(question)
    page.keyboard.press("Enter")
    page.locator(".kd-copy").last.wait_for()


def show_map(page):
    page.locator("#kd-tabs").get_by_role("tab", name="Map").click()
    page.locator("#kd-map .scatterlayer .point").first.wait_for()


def middle_of_a_point(page):
    """Of the first customer's; what hears the pointer lies above the point."""
    box = page.locator("#kd-map .scatterlayer .point").first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def saved(page, press):
    with page.expect_download() as download:
        press()
    name = download.value.suggested_filename
    return name, Path(download.value.path()).read_bytes()


def test_a_card_tells_and_asks_by_pointer_and_by_key(visit):
    page = visit()
    card = page.locator(".kd-card").first
    card.get_by_text("Deal seekers").wait_for()
    assert card.get_by_text("£332").is_visible()
    card.hover()
    card.get_by_role("button", name="Look-alikes").click()
    page.locator("#kd-chat").get_by_text(
        "You asked: Find customers like those in segment 1"
    ).wait_for()
    page.locator(".kd-card-ask").nth(1).focus()
    page.keyboard.press("Enter")
    page.locator("#kd-chat").get_by_text("You asked: Tell me about segment 2").wait_for()


def test_the_map_is_drawn_when_it_is_looked_at_and_its_points_ask(visit):
    page = visit()
    page.locator(".kd-card").first.wait_for()
    assert page.locator("#kd-map .js-plotly-plot").count() == 0
    show_map(page)
    chart = page.locator("#kd-map .js-plotly-plot")
    assert chart.get_attribute("aria-label") == "Map of customers"
    page.mouse.move(*middle_of_a_point(page), steps=4)
    page.locator("#kd-map .hoverlayer text", has_text="Customer c10").wait_for()
    page.mouse.click(*middle_of_a_point(page))
    page.locator("#kd-chat").get_by_text("You asked: Tell me about customer c10").wait_for()


def test_a_segment_is_singled_out_by_pointer_and_by_key(visit):
    page = visit()
    show_map(page)
    dimmed = page.locator("#kd-map .trace.kd-dim")
    second = page.locator(".kd-map-legend button").nth(1)
    second.hover()
    assert dimmed.count() == 4
    page.mouse.move(5, 5)
    assert dimmed.count() == 0
    second.focus()
    page.keyboard.press("Enter")
    assert second.get_attribute("aria-pressed") == "true"
    page.locator("#kd-box textarea").focus()
    assert dimmed.count() == 4
    second.click()
    page.mouse.move(5, 5)
    page.locator("#kd-box textarea").focus()
    assert dimmed.count() == 0


def test_the_map_speaks_the_language_of_the_page(visit):
    page = visit()
    show_map(page)
    page.locator("#kd-language label", has_text="中文").click()
    page.get_by_text("每个点是一位客户").wait_for()
    page.wait_for_function(
        "document.querySelector('#kd-map .js-plotly-plot').layout.meta.ask.startsWith('介绍')"
    )


def test_a_chart_is_enlarged_and_given_back_the_focus(visit):
    page = visit()
    ask(page, "revenue please")
    page.locator("#kd-chat .js-plotly-plot .bars path").first.wait_for()
    enlarge = page.locator("#kd-chat [data-chart=enlarge]")
    enlarge.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Revenue by segment")
    dialog.locator(".bars path").first.wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert page.evaluate("document.activeElement.dataset.chart") == "enlarge"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chart_is_saved_on_white_paper_with_its_title(visit, theme):
    page = visit(color_scheme=theme)
    ask(page, "revenue please")
    page.locator("#kd-chat .js-plotly-plot .bars path").first.wait_for()
    name, drawing = saved(page, page.locator("#kd-chat [data-chart=svg]").click)
    text = drawing.decode("utf-8")
    assert name == "revenue-by-segment.svg"
    assert "Revenue by segment" in text
    assert re.search(r"rgb\(255, 255, 255\)|#fff", text)
    name, picture = saved(page, page.locator("#kd-chat [data-chart=png]").click)
    assert name == "revenue-by-segment.png"
    assert picture.startswith(b"\x89PNG")
    assert page.locator("#kd-chat .js-plotly-plot").get_attribute("role") == "figure"


def test_a_table_is_saved_whole_for_a_spreadsheet(visit, assistant):
    page = visit()
    ask(page, "revenue please")
    name, content = saved(page, page.locator("#kd-chat [data-table]").click)
    assert name == "revenue-by-segment.csv"
    assert content.startswith(b"\xef\xbb\xbfsegment,name,customers,revenue,share\r\n")
    assert content.count(b"\r\n") == 5
    assert assistant.saved == [("Revenue by segment", 4)]


def test_on_a_phone_a_first_touch_tells_and_a_second_asks(visit):
    page = visit(**PHONE)
    page.locator("#kd-aside").tap()
    show_map(page)
    place = middle_of_a_point(page)
    page.touchscreen.tap(*place)
    page.wait_for_function("document.querySelector('#kd-map .kd-asks').dataset.touched === 'c10'")
    assert page.locator("#kd-chat").get_by_text("You asked").count() == 0
    page.touchscreen.tap(*place)
    page.locator("#kd-chat").get_by_text("You asked: Tell me about customer c10").wait_for()
