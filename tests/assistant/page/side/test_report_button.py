"""The button that makes the report, without a browser."""

import time
from dataclasses import replace

import pytest

from assistant.page.side.report_button import PATIENCE, _made
from segmentation.types import InputError


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_file_comes_last_and_the_button_again(session, language):
    updates = list(_made(session, language, "ann"))
    assert [parcel for _, _, parcel in updates[:-1] if parcel] == []
    button, _, parcel = updates[-1]
    assert button["interactive"]
    assert parcel["name"] == f"report-{language}.html"
    assert parcel["content"].endswith("<title>ann</title>")


def test_steps_are_told_and_never_run(session):
    def slow(language, by, progress):
        progress("<img src=x>", 2, 3)
        time.sleep(2 * PATIENCE)
        return session.report_file(language, by, progress)

    lines = [line for _, line, _ in _made(replace(session, report_file=slow), "en", "ann")]
    assert 'role="status"' in lines[0]
    assert any("&lt;img src=x&gt; · 2/3" in line for line in lines)
    assert not [line for line in lines if "<img" in line]


def test_a_report_that_cannot_be_is_said_and_can_be_tried_again(session):
    def fails(language, by, progress):
        raise InputError("The export log cannot be written", fix="Make room.")

    button, line, parcel = list(_made(replace(session, report_file=fails), "en", "ann"))[-1]
    assert button["interactive"] and parcel is None
    assert "Make room." in line


def test_without_anything_to_report_on_nothing_happens(session):
    assert list(_made(replace(session, report_file=None), "en", "ann")) == []
