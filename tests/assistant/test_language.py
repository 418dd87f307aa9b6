import pytest

from assistant.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Who are my best customers?", "en"),
        ("我最好的客户是谁？", "zh"),
        ("每个 segment 的 LTV 是多少", "zh"),
        ("Tell me about the segment named 高价值客户 please and thanks", "en"),
        ("", "en"),
        ("6", "en"),
    ],
)
def test_the_language_of_a_question(text, language):
    assert language_of(text) == language
