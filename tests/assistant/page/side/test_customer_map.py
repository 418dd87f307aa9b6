"""The map beside the conversation: drawn when it is looked at, and told in text as well."""

import json

import pytest

from assistant.page.session import Opening
from assistant.page.side.customer_map import MapDesk, segment_table


@pytest.fixture
def opening(session):
    opening = Opening(lambda: session)
    opening.wait()
    return opening


def skipped(update):
    return isinstance(update, dict) and set(update) == {"__type__"}


def test_the_table_says_what_the_picture_shows(scripted):
    html = segment_table(scripted.SEGMENTS, "en")
    assert html.count("data-segment") == 5
    for part in ("Loyal tea lovers", "496", "25%", "Unassigned", "<caption>"):
        assert part in html
    assert "496" in segment_table(scripted.SEGMENTS, "zh")


def test_it_is_drawn_in_the_language_of_the_page_and_not_twice(opening):
    desk = MapDesk(opening)
    head, plot, table, shown = desk.draw("en", None)
    figure = json.loads(plot.plot)
    assert "Press one to ask about them" in head
    assert figure["layout"]["meta"]["ask"] == "Tell me about customer {id}"
    assert figure["layout"]["showlegend"] is False
    assert "Loyal tea lovers" in table
    assert all(map(skipped, desk.draw("en", shown)[:3]))
    zh = desk.draw("zh", shown)
    assert json.loads(zh[1].plot)["layout"]["meta"]["ask"] == "介绍一下客户 {id}"
    assert zh[3] != shown


def test_it_is_not_drawn_before_it_is_looked_at(opening):
    assert all(map(skipped, MapDesk(opening).draw_again("en", None)))
    assert not skipped(MapDesk(opening).draw_again("en", "")[1])


def test_before_the_workspace_is_open_it_waits_and_is_then_drawn(session):
    opening = Opening(lambda: session)
    desk = MapDesk(opening)
    *updates, shown = desk.draw("en", None)
    assert all(map(skipped, updates))
    assert shown == ""
    opening.wait()
    assert not skipped(desk.draw_again("en", shown)[1])


def test_a_workspace_without_a_map_shows_none(scripted, assistant):
    opening = Opening(lambda: scripted.session(assistant, customer_map=lambda language: None))
    opening.wait()
    _, plot, table, _ = MapDesk(opening).draw("en", None)
    assert skipped(plot)
    assert table == ""
