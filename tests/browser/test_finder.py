"""The look-alike finder in a real browser, over the scripted double."""

import pytest

PHONE = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}


@pytest.fixture
def finder(scripted, assistant):
    return scripted.session(assistant)


@pytest.fixture
def load(finder):
    return lambda: finder


def opened(page):
    """The finder, once it knows the shop."""
    page.locator("#kd-tabs").wait_for(state="attached")
    page.evaluate("kindred.show('alike')")
    page.locator(".kd-try button").first.wait_for()
    return page.locator("#kd-finder")


def test_conditions_are_kept_searched_with_and_downloaded(visit, finder):
    page = visit()
    form = opened(page)
    form.get_by_label("Customer ids").fill("00042")
    form.get_by_role("button", name="Add a condition").click()
    form.get_by_label("Field").select_option("country")
    form.get_by_role("button", name="Add a condition").click()
    row = form.get_by_role("group", name="Condition 2")
    row.get_by_label("Field").select_option("return_rate")
    row.get_by_label("Comparison").select_option("between")
    row.get_by_label("Value").first.fill("0")
    row.get_by_label("Value").last.fill("20")
    form.get_by_role("button", name="Remove condition 1: Country").click()
    form.get_by_label("Only those who may be contacted").check()
    form.get_by_role("button", name="Find customers").click()
    page.get_by_text("The 3 customers most like 00042").first.wait_for()
    asked, language = finder.finder.asked[-1]
    assert asked["filters"] == [{"field": "return_rate", "op": "between", "value": ["0", "20"]}]
    assert asked["contactable"] is True
    assert language == "en"
    assert page.locator("#kd-found img").count() == 0

    page.locator("#kd-language label", has_text="中文").click()
    page.get_by_text("与 00042 最相似的 3 位客户").first.wait_for()
    form.get_by_role("button", name="查找客户").wait_for()
    assert form.get_by_label("客户编号").input_value() == "00042"
    assert form.get_by_label("取值").last.input_value() == "20"

    with page.expect_download() as download:
        page.get_by_role("button", name="下载可以联系的").click()
    assert download.value.suggested_filename == "look-alikes-consent-given.csv"
    assert finder.finder.files == ["look-alikes-consent-given.csv"]


def test_ids_are_suggested_and_unknown_ones_mended_by_key(visit, finder):
    page = visit()
    form = opened(page)
    box = form.get_by_label("Customer ids")
    box.press_sequentially("0004")
    form.get_by_role("button", name="00045", exact=True).focus()
    page.keyboard.press("Enter")
    assert box.input_value() == "00045, "
    box.press_sequentially("4711")
    form.get_by_role("button", name="Find customers").focus()
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("No such customer here: 4711.").wait_for()
    assert box.get_attribute("aria-invalid") == "true"
    page.get_by_role("button", name="Use 00043 instead of 4711").click()
    assert box.input_value() == "00045, 00043"


def test_on_a_phone_a_customer_found_is_asked_about_while_inputs_stay(visit):
    page = visit(**PHONE)
    form = opened(page)
    form.get_by_text("Words", exact=True).tap()
    form.get_by_label("What they buy").fill("tea people")
    form.get_by_role("button", name="Find customers").tap()
    page.get_by_text("The 3 customers closest to “tea people”").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('#kd-found').scrollWidth") <= 390
    page.get_by_role("button", name="Tell me about customer 00043").tap()
    page.locator("#kd-chat").get_by_text("You asked: Tell me about customer 00043").wait_for()
    page.evaluate("kindred.show('alike')")
    assert form.get_by_label("What they buy").input_value() == "tea people"
