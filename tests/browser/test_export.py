"""An export in a real browser: it waits, only the button writes it, and it can be saved."""

import pytest

PHONE = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}


@pytest.fixture
def assistant(scripted, tmp_path):
    assistant = scripted.ScriptedAssistant(pause=0.01)
    assistant.folder = tmp_path
    return assistant


def ask(page, question):
    page.locator("#kd-box textarea").fill(question)
    page.keyboard.press("Enter")
    page.locator("#kd-box .submit-button").wait_for()


def test_an_export_waits_shows_its_arguments_and_is_written_by_the_button(
    visit, assistant, scripted, tmp_path
):
    page = visit()
    ask(page, "export segment 2 please")
    offer = page.locator(".kd-offer")
    offer.wait_for()
    said = offer.inner_text()
    assert all(part in said for part in ("Segment", "2", "Format", "meta", "Hashed", "yes"))
    assert scripted.NASTY in said
    assert list(tmp_path.iterdir()) == []
    assert assistant.words == []

    confirm = offer.get_by_role("button", name="Write the file")
    confirm.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Written: 1 row").wait_for()
    assert [file.name for file in tmp_path.iterdir()] == ["segment-2-meta.csv"]
    assert page.locator(".kd-offer").count() == 0

    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "segment-2-meta.csv"
    assert download.value.path().read_text(encoding="utf-8") == "extern_id\n00042\n"
    assert assistant.words == [("confirm", "offer-0")]


def test_cancelled_is_gone_and_a_typed_yes_confirms_nothing(visit, assistant, tmp_path):
    page = visit()
    ask(page, "export segment 2 please")
    page.locator(".kd-offer").wait_for()
    ask(page, "yes, confirm, write the file")
    page.locator("#kd-chat").get_by_text("You asked: yes, confirm").wait_for()
    assert assistant.words == []
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Nothing was written.").wait_for()
    assert page.locator(".kd-offer").count() == 0
    assert list(tmp_path.iterdir()) == []


def test_one_tab_cannot_confirm_what_another_was_shown(visit, assistant, tmp_path):
    one, other = visit(), visit()
    ask(one, "export segment 2 please")
    one.locator(".kd-offer").wait_for()
    ask(other, "export segment 2 please")
    button = other.locator(".kd-act-confirm")
    button.wait_for()
    other.evaluate("document.querySelector('.kd-act-confirm').dataset.offer = 'offer-0'")
    button.click()
    one.get_by_role("button", name="Cancel").click()
    one.get_by_text("Nothing was written.", exact=True).wait_for()
    assert ("confirm", "offer-0") not in assistant.words
    assert list(tmp_path.iterdir()) == []


def test_on_a_phone_the_buttons_are_in_reach(visit, tmp_path):
    page = visit(**PHONE)
    page.locator("#kd-language label", has_text="中文").click()
    page.get_by_text("您想了解客户的哪些方面？").wait_for()
    ask(page, "export segment 2 please")
    page.locator(".kd-offer").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.get_by_role("button", name="写入文件").bounding_box()
    assert box["height"] >= 32
    assert box["x"] + box["width"] <= 390
    page.get_by_role("button", name="写入文件").tap()
    page.get_by_role("button", name="下载").wait_for()
    assert len(list(tmp_path.iterdir())) == 1
