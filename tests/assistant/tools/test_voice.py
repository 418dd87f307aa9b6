"""How sentences become an answer."""

from assistant.tools.voice import BREAK, voice


def test_sentences_follow_each_other_and_a_break_ends_the_paragraph():
    parts = ["One.", "", "Two.", BREAK, BREAK, "Three.", BREAK]
    assert voice("en").sentences(parts) == "One. Two.\n\nThree."
    assert voice("zh").sentences(["一。", BREAK, "二。"]) == "一。\n\n二。"
