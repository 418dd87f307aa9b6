"""The power fails in the middle of an answer; the conversation goes on where it was."""

import re
from contextlib import suppress

from playwright.sync_api import Error

LOST = re.compile(r"ERR_|network error|Failed to fetch|Connection", re.IGNORECASE)
"""What a browser says of a server that is gone."""


def test_a_thread_goes_on_after_the_server_was_killed(guest, chat, visit):
    one = guest()
    one.ask("Tell me about segment 1")
    one.begin("How many segments should I make, between 2 and 9, with kmeans?")
    one.sees("Weighing how many segments")
    visit.expected = LOST
    chat.kill()
    chat.start()
    with suppress(Error):  # the page may just be loading itself again
        one.page.reload()

    one.copies.wait_for()
    assert "Segment 1" in one.talk.inner_text()
    assert "between 2 and 9" in one.talk.inner_text()
    assert "Segment 3" in one.ask("and segment 3?")
