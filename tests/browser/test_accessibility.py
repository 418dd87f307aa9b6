"""The page for those who do not see it, or do without a mouse: axe-core on what a user meets."""

import pytest

PHONE = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}
LOOKS = {
    "light, English, desktop": {},
    "dark, Chinese, phone": {**PHONE, "color_scheme": "dark", "locale": "zh-CN"},
}
STILL = {"reduced_motion": "reduce"}
ROOMS = ["kd-access", "kd-top", "kd-threads", "kd-talk", "kd-side"]
FOCUSED = """rooms => {
  const own = document.activeElement, at = rooms.find(id => own.closest(`#${id}`)) ?? "";
  const around = [own, own.parentElement, own.parentElement?.parentElement].filter(Boolean);
  const outlined = one => [null, "::after"].some(
    part => getComputedStyle(one, part).outlineStyle !== "none");
  const seen = around.some(outlined) || own.closest("#kd-box .input-container") !== null;
  return [at, seen, own.outerHTML.slice(0, 120)];
}"""


def ask(page, question):
    answers = page.locator(".kd-copy").count()
    page.locator("#kd-box .submit-button").wait_for()
    page.locator("#kd-box textarea").fill(question)
    page.locator("#kd-box textarea").press("Enter")
    page.locator(".kd-copy").nth(answers).wait_for()
    page.locator("#kd-box .submit-button").wait_for()


def empty(page):
    page.locator(".kd-chips button").first.wait_for()


def first_answer(page):
    ask(page, "revenue please")
    page.locator(".js-plotly-plot .bars path").first.wait_for()
    page.locator(".thought-group .title").first.click()
    page.locator(".kd-basis > summary").first.click()


def persona(page):
    ask(page, "persona please")
    page.locator(".kd-claim > summary").first.click()


def offer(page):
    ask(page, "export segment 2 please")
    page.locator(".kd-offer").wait_for()


def enlarged(page):
    ask(page, "revenue please")
    page.locator(".js-plotly-plot .bars path").last.wait_for()
    page.locator("#kd-chat [data-chart=enlarge]").last.click()
    page.locator("dialog[open] .js-plotly-plot").wait_for()


def threads(page):
    page.keyboard.press("Escape")
    if page.locator("#kd-threads").is_hidden():
        page.locator("#kd-menu").click()
    page.locator(".kd-thread-more > summary").first.click()
    page.locator(".kd-sure > summary").first.click()
    page.locator("[data-delete]").first.wait_for()


def data(page):
    page.keyboard.press("Escape")
    page.locator("#kd-data").click()
    page.locator("#kd-arrival h3").first.wait_for()


def customer_map(page):
    page.keyboard.press("Escape")
    page.locator("#kd-arrival").wait_for(state="hidden")
    page.evaluate("kindred.show('map')")
    page.locator("#kd-tab-map").wait_for()


def finder(page):
    page.evaluate("kindred.show('alike')")
    page.locator(".kd-try button").first.wait_for()
    page.locator(".kd-add").click()
    page.locator(".kd-field").select_option("country")
    page.locator(".kd-op").select_option("in")
    page.locator(".kd-several input").first.check()
    page.locator(".kd-try button").first.click()
    page.locator(".kd-alike").wait_for()


VIEWS = [empty, first_answer, persona, offer, enlarged, threads, data, customer_map, finder]


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_a_user_meets_breaks_a_rule(visit, violations, look):
    page, broken = visit(**STILL, **LOOKS[look]), {}
    for view in VIEWS:
        view(page)
        page.mouse.move(0, 0)
        page.wait_for_timeout(300)  # scripts/access.js names what was drawn
        broken[view.__name__] = violations(page)
    assert broken == {view.__name__: [] for view in VIEWS}


def test_the_parts_are_landmarks_with_names_in_the_page_s_language(visit):
    page = visit(**STILL)
    empty(page)
    page.locator("#kd-language label", has_text="中文").click()
    page.get_by_role("navigation", name="历史对话").wait_for()
    for role, name in [("main", "对话"), ("complementary", "客群、地图与相似客户")]:
        page.get_by_role(role, name=name).wait_for()
    assert page.get_by_role("banner").count() == 1
    assert page.get_by_role("heading", level=1).count() == 1
    ask(page, "revenue please")
    for name in ("提问", "重新提问", "收回上一个问题"):
        page.get_by_role("button", name=name, exact=True).first.wait_for()
    page.locator(".modebar-btn[aria-label='存为图片']").first.wait_for(state="attached")
    step = page.locator(".thought-group > .title").first
    assert step.get_attribute("aria-expanded") == "false"
    step.focus()
    page.keyboard.press("Enter")
    page.locator(".thought-group > .title[aria-expanded=true]").first.wait_for()


def test_everything_is_reached_by_key_in_the_order_it_is_seen(visit):
    page = visit(**STILL)
    ask(page, "persona please")
    page.locator(".kd-skip").focus()
    met, unseen = ["kd-access"], []
    for _ in range(150):
        page.keyboard.press("Tab")
        room, seen, html = page.evaluate(FOCUSED, ROOMS)
        met.append(room)
        if not room:
            break
        if not seen:
            unseen.append(html)
    assert met[-1] == "", "a trap: the keyboard never leaves the page"
    assert unseen == []
    assert list(dict.fromkeys(met[:-1])) == ROOMS


def test_the_way_past_the_bar_leads_to_the_question(visit):
    page = visit(**STILL)
    empty(page)
    page.locator(".kd-skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('#kd-box textarea')")


def test_escape_closes_what_opened_and_gives_the_focus_back(visit):
    page = visit(**STILL, **PHONE)
    enlarged(page)
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    assert page.evaluate("document.activeElement !== document.body")
    page.locator("#kd-aside").focus()
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="Segments").wait_for()
    page.keyboard.press("Escape")
    page.locator("#kd-side").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.id") == "kd-aside"
