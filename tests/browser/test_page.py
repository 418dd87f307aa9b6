"""The page in a real browser, over a scripted assistant."""

import re
import threading
import time
from dataclasses import replace

import pytest

PHONE = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}
LOADED_AGAIN = re.compile("AbortError|Connection errored out")
"""What Gradio says of what it was still asking for when the page was loaded again."""


def ask(page, question):
    """Types a question once one may be asked: while an answer comes, Enter does nothing."""
    page.locator("#kd-box .submit-button").wait_for()
    page.locator("#kd-box textarea").fill(question)
    page.keyboard.press("Enter")


def until(page, text):
    page.get_by_text(text).first.wait_for()


def answered(page, count=1):
    """Waits until so many answers are whole (each then offers to be copied), and one may ask on."""
    page.locator(".kd-copy").nth(count - 1).wait_for()
    page.locator("#kd-box .submit-button").wait_for()


def test_the_page_shows_the_shop_its_segments_and_questions_to_pick(visit):
    started = time.monotonic()
    page = visit()
    page.locator(".kd-chips button").first.wait_for()
    assert time.monotonic() - started < 10
    until(page, "2,000 customers · 12,345 orders · Jul 2024 – Jun 2026 · 4 segments")
    assert page.locator("#kd-panel li").count() == 5
    assert page.locator("footer").is_hidden()
    assert page.title() == "Kindred"


def test_an_answer_has_its_step_words_chart_and_table(visit):
    page = visit()
    page.locator(".kd-chips button").first.click()
    until(page, "although it is the smallest")
    page.locator(".js-plotly-plot .bars path").first.wait_for()
    step = page.locator(".thought-group .title")
    assert "Looked up revenue by segment" in step.inner_text()
    assert "38 ms" in step.inner_text()
    step.click()
    page.get_by_role("rowheader", name="by").wait_for()
    assert page.get_by_text("£96,554.00").is_hidden()
    page.locator(".kd-basis > summary").click()
    page.get_by_text("£96,554.00").wait_for()
    assert page.locator(".kd-table tbody tr").count() == 4
    assert page.locator("#kd-hello").is_hidden()


def test_a_sentence_of_a_persona_unfolds_by_key_within_the_width_of_a_phone(visit):
    page = visit(**PHONE)
    ask(page, "persona please")
    answered(page)
    sentence = page.locator(".kd-claim > summary").first
    assert "An order comes to £332" in sentence.inner_text()
    assert page.get_by_text("£202.84").first.is_hidden()
    sentence.focus()
    page.keyboard.press("Enter")
    page.locator(".kd-claim").get_by_text("£202.84").wait_for()
    assert page.locator(".kd-claim").first.get_by_text("everyone else").is_visible()
    page.locator(".kd-claim > summary").nth(1).click()
    assert page.locator(".kd-said img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.get_by_text("1,234 tokens · $0.0021").is_visible()
    page.keyboard.press("Enter")
    page.locator(".kd-claim[open]").first.wait_for()


def test_notes_are_told_quietly_and_are_no_error(visit):
    page = visit()
    ask(page, "fallback please")
    answered(page)
    assert page.locator(".kd-notice").count() == 2
    assert page.locator(".kd-error").count() == 0


def test_words_stream(visit, assistant):
    assistant.pause = 0.15
    page = visit()
    ask(page, "revenue please")
    until(page, "brings in")
    assert page.get_by_text("although it is the smallest").count() == 0
    until(page, "although it is the smallest")


def test_a_table_sorts_where_its_head_is_clicked(visit):
    page = visit()
    ask(page, "revenue please")
    head = page.locator(".kd-table th", has_text="revenue")
    head.locator("button").click()
    first = page.locator(".kd-table tbody tr").first
    assert "512,871" in first.inner_text()
    head.locator("button").click()
    assert "96,554" in first.inner_text()
    assert head.get_attribute("aria-sort") == "ascending"


def test_a_segment_asks_about_itself(visit):
    page = visit()
    page.locator("#kd-panel .kd-card-ask").nth(1).click()
    until(page, "You asked: Tell me about segment 2")


def test_chinese(visit):
    page = visit()
    page.locator("#kd-language label", has_text="中文").click()
    until(page, "您想了解客户的哪些方面？")
    assert page.locator("#kd-box textarea").get_attribute("placeholder") == "问问您的客户情况"
    assert page.evaluate("document.documentElement.lang") == "zh"
    until(page, "2024年7月 – 2026年6月")
    page.locator(".kd-chips button").first.click()
    until(page, "带来的销售额最高")
    assert "按客群查询了销售额" in page.locator(".thought-group .title").inner_text()


def test_a_chinese_browser_gets_a_chinese_page(visit):
    page = visit(locale="zh-CN")
    until(page, "您想了解客户的哪些方面？")


def test_on_a_phone_the_button_of_a_sign_is_called_by_its_words(visit):
    page = visit(**PHONE)
    button = page.get_by_role("button", name="New conversation", exact=True)
    button.wait_for()
    box = button.bounding_box()
    assert min(box["width"], box["height"]) >= 32


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_has_everything_in_its_width(visit, theme):
    page = visit(**PHONE, color_scheme=theme)
    page.locator(".kd-chips button").first.tap()
    page.locator(".js-plotly-plot .bars path").first.wait_for()
    answered(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('#kd-chat .bubble-wrap').scrollWidth") <= 390
    assert page.locator("#kd-panel").is_hidden()
    box = page.locator("#kd-box").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert box["y"] + box["height"] <= 844


def test_a_new_question_comes_to_the_top(visit):
    page = visit()
    for count, question in enumerate(("revenue please", "revenue again", "hello"), start=1):
        ask(page, question)
        answered(page, count)
    time.sleep(1)  # the page glides there
    top = page.locator(".user-row").last.bounding_box()["y"]
    assert 50 < top < 200


def test_stop_ends_an_answer_and_the_next_question_is_answered(visit):
    page = visit()
    ask(page, "forever")
    until(page, "word12")
    page.locator("#kd-box .stop-button").click()
    until(page, "Stopped.")
    until(page, "Grouping customers into 6 segments: stopped")
    ask(page, "history")
    until(page, "In this thread you asked: history")


@pytest.mark.parametrize(
    ("spoken", "again", "back"),
    [
        ("en-GB", "Ask again", "Take the last question back"),
        ("zh-CN", "再问一次", "收回上一个问题"),
    ],
)
def test_what_was_stopped_has_one_button_that_asks_again(visit, spoken, again, back):
    page = visit(locale=spoken)
    ask(page, "forever")
    until(page, "word12")
    page.locator("#kd-box .stop-button").click()
    page.get_by_role("button", name=back, exact=True).wait_for()
    assert page.get_by_role("button", name=again, exact=True).count() == 1
    assert page.locator("#kd-chat .message-buttons button:visible").count() == 1


def test_retry_asks_again_and_undo_gives_the_question_back(visit, assistant):
    page = visit()
    ask(page, "revenue please")
    answered(page)
    assistant.pause = 0.1
    page.get_by_role("button", name="Ask again").click()
    page.locator(".kd-copy").wait_for(state="detached")
    answered(page)
    assert page.locator(".user-row").count() == 1
    page.get_by_role("button", name="Take the last question back").click()
    page.locator(".kd-welcome").wait_for()
    assert page.locator("#kd-box textarea").input_value() == "revenue please"
    assert [len(asked) for asked in assistant.threads.values()] == [0]


def test_an_answer_can_be_copied(visit):
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    ask(page, "revenue please")
    page.locator(".kd-copy").click()
    until(page, "Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("**Segment 4** brings in")


def test_a_new_conversation_forgets_the_old_one(visit):
    page = visit()
    ask(page, "revenue please")
    answered(page)
    page.locator("#kd-new").click()
    page.locator(".kd-welcome").wait_for()
    ask(page, "history")
    until(page, "In this thread you asked: history")


def test_a_page_loaded_again_goes_on_where_it_was(visit):
    page = visit()
    visit.expected = LOADED_AGAIN
    ask(page, "revenue please")
    answered(page)
    page.reload()
    answered(page)
    page.locator(".js-plotly-plot .bars path").first.wait_for()
    assert page.locator(".user-row").all_inner_texts() == ["revenue please"]
    assert page.locator("#kd-hello").is_hidden()
    assert page.locator("#kd-thread-list [aria-current=true]").count() == 1
    ask(page, "history")
    until(page, "In this thread you asked: revenue please | history")


def test_a_new_conversation_is_still_new_when_the_page_is_loaded_again(visit):
    page = visit()
    visit.expected = LOADED_AGAIN
    ask(page, "revenue please")
    answered(page)
    page.locator("#kd-new").click()
    page.locator(".kd-welcome").wait_for()
    page.reload()
    page.locator("#kd-thread-list [data-open]").wait_for()
    time.sleep(1)  # what would come back comes later than the list
    assert page.locator(".kd-welcome").is_visible()
    assert page.locator(".user-row").count() == 0
    ask(page, "history")
    page.get_by_text("In this thread you asked: history", exact=True).wait_for()


def test_another_tab_begins_with_nothing(visit):
    one = visit()
    ask(one, "revenue please")
    answered(one)
    other = one.context.new_page()
    other.goto(one.url)
    other.locator("#kd-thread-list [data-open]").wait_for()
    time.sleep(1)
    assert other.locator(".user-row").count() == 0


def test_two_tabs_do_not_mix(visit, assistant):
    assistant.pause = 0.05
    one, other = visit(), visit()
    ask(one, "history of tea")
    ask(other, "history of toys")
    until(one, "In this thread you asked: history of tea")
    until(other, "In this thread you asked: history of toys")
    assert one.locator("#kd-chat").get_by_text("toys").count() == 0
    assert other.locator("#kd-chat").get_by_text("tea").count() == 0
    assert sorted(assistant.threads.values()) == [["history of tea"], ["history of toys"]]


def test_errors_are_said_calmly(visit):
    page = visit()
    ask(page, "broken please")
    until(page, "There is no metric called mood")
    ask(page, "offline please")
    until(page, "Check KINDRED_MODEL.")
    assert page.locator(".toast-wrap .error").count() == 0


def test_data_stays_text(visit, scripted):
    page = visit()
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    ask(page, "nasty please")
    until(page, "The best seller is")
    answered(page)
    page.locator(".thought-group .title").click()
    page.locator(".kd-basis > summary").click()
    page.get_by_text("product <img", exact=False).first.wait_for()
    assert page.locator("#kd-chat img").count() == 0
    assert page.locator("#kd-chat a").count() == 0
    assert scripted.NASTY in page.locator("#kd-chat .message-content").last.inner_text()


class TestOpened:
    """The page of a workspace that is open already."""

    @pytest.fixture
    def worded(self):
        return []

    @pytest.fixture
    def load(self, scripted, assistant, worded):
        def examples(language):
            worded.append(language)
            return scripted.examples(language)

        return lambda: replace(scripted.session(assistant), examples=examples)

    def test_it_gets_its_words_once(self, visit, worded):
        visit().locator(".kd-chips button").first.wait_for()
        worded.clear()
        page = visit(locale="zh-CN")
        page.locator(".kd-chips button").first.wait_for()
        until(page, "您想了解客户的哪些方面？")
        page.locator("#kd-thread-list h2").wait_for()
        assert worded == ["zh"]


class TestWhileOpening:
    """The page before the workspace is open."""

    @pytest.fixture
    def gate(self):
        return threading.Event()

    @pytest.fixture
    def load(self, gate, scripted, assistant):
        def load():
            gate.wait(30)
            return scripted.session(assistant)

        return load

    def test_a_question_waits_and_is_then_answered(self, visit, gate):
        page = visit()
        until(page, "Opening the workspace…")
        ask(page, "revenue please")
        page.locator("#kd-chat").get_by_text("Opening the workspace…").wait_for()
        gate.set()
        until(page, "although it is the smallest")
        assert page.locator("#kd-chat").get_by_text("Opening the workspace…").count() == 0
        until(page, "12,345 orders")
        assert page.locator("#kd-panel li").count() == 5
