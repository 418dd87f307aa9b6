"""The list of conversations as HTML."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from assistant.page.talk.threads import thread_list
from assistant.threads import Thread

NOW = datetime(2026, 3, 12, 9, 30, tzinfo=timezone(timedelta(hours=1)))
THREADS = [
    Thread("t2", "Who buys tea?", datetime(2026, 3, 12, 8, 5, tzinfo=UTC)),
    Thread("t1", "Revenue", datetime(2026, 3, 11, 22, 59, tzinfo=UTC)),
    Thread("t0", "Toys", datetime(2025, 12, 24, 12, 0, tzinfo=UTC)),
]


def times(html):
    return re.findall(r"<time[^>]*>([^<]*)</time>", html)


@pytest.mark.parametrize(
    ("language", "heads", "when"),
    [
        ("en", ["Today", "Earlier"], ["09:05", "11 Mar", "24 Dec 2025"]),
        ("zh", ["今天", "更早"], ["09:05", "3月11日", "2025年12月24日"]),
    ],
)
def test_they_stand_by_day_in_the_time_of_the_reader(language, heads, when):
    html = thread_list(THREADS, language, NOW)
    assert re.findall(r"<h3>(.*?)</h3>", html) == heads
    assert times(html) == when
    assert re.findall(r'data-open="(\w+)"', html) == ["t2", "t1", "t0"]


def test_the_one_on_show_is_marked():
    html = thread_list(THREADS, "en", NOW, "t1")
    assert re.findall(r'data-open="(\w+)" aria-current="true"', html) == ["t1"]


def test_a_title_is_text_and_the_buttons_have_names():
    evil = Thread("t", '"><img src=x onerror=alert(1)>', NOW)
    html = thread_list([evil], "en", NOW)
    assert "<img" not in html
    assert 'aria-label="Rename or delete: &quot;&gt;&lt;img' in html


def test_before_the_workspace_is_open_there_is_only_the_head():
    assert "<p>" not in thread_list(None, "en", NOW)
    assert "What you ask stays here" in thread_list([], "en", NOW)
