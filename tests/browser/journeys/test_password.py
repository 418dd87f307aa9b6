"""Behind a password: who has none gets nothing, and everybody sees their own."""

from playwright.sync_api import expect

CLOSED = (
    "config",
    "gradio_api/info",
    "gradio_api/queue/data?session_hash=x",
    "gradio_api/call/ask/x",
)


def enter(page, user, password):
    page.get_by_role("textbox", name="username").fill(user)
    page.get_by_label("password").fill(password)
    page.get_by_role("button", name="Login").click()


def test_only_who_has_a_password_enters_and_sees_their_own(other_chat, guest, visit):
    chat = other_chat(KINDRED_AUTH="ada:first,ben:second")
    assert [chat.status(path) for path in CLOSED] == [401] * len(CLOSED)

    ada, ben = guest(at=chat.url), guest(at=chat.url)
    enter(ada.page, "ada", "second")
    ada.sees("Incorrect Credentials")
    assert ada.box.count() == 0
    visit.complaints.clear()  # the browser notes the refusal
    enter(ada.page, "ada", "first")
    enter(ben.page, "ben", "second")
    ada.ask("What is our total revenue?")
    ben.ask("How many customers do we have?")
    for one, asked in ((ada, "What is our total"), (ben, "How many customers")):
        one.page.reload()
        threads = one.page.locator("#kd-threads").get_by_role("listitem")
        threads.first.wait_for()
        expect(threads).to_have_count(1)
        assert asked in threads.inner_text()
