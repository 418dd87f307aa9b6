"""The conversation as Gradio draws it: what is shown, and that data stays text."""

import json
import re
from html.parser import HTMLParser

import pytest

from assistant.page.blocks import draw, safe_markdown, segment_list, welcome
from assistant.page.conversation import Conversation
from segmentation.types import Segment


def drawn(session, question, language="en"):
    conversation = Conversation()
    exchange = conversation.begin(question, language)
    list(conversation.answer(lambda seconds: session, "auto"))
    return draw(exchange)


def texts(messages):
    return [c.text for m in messages for c in m.content if c.type == "text"]


def components(messages, kind):
    return [
        c.value
        for m in messages
        for c in m.content
        if c.type == "component" and c.component == kind
    ]


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text = set(), set(), ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


def test_an_answer_is_a_question_a_step_words_and_results(session):
    messages = drawn(session, "revenue please")
    assert messages[0].role == "user"
    assert messages[1].metadata["title"] == "Looked up revenue by segment"
    assert messages[1].metadata["log"] == "· 38 ms"
    assert messages[1].metadata["status"] == "done"
    assert texts(messages)[1].startswith("**Segment 4**")
    (plot,) = components(messages, "plot")
    assert json.loads(plot["plot"])["data"][0]["type"] == "bar"
    assert "£512,870.80" in "".join(components(messages, "html"))


def test_the_table_shows_formatted_numbers_and_keeps_the_exact_ones(session):
    html = "".join(components(drawn(session, "revenue please"), "html"))
    assert '<td class="n" data-value="402310.25">402,310</td>' in html
    assert ">33.7%</td>" in html


def test_a_step_under_way_is_pending(session):
    conversation = Conversation()
    exchange = conversation.begin("forever", "en")
    answer = conversation.answer(lambda seconds: session, "auto")
    next(answer)
    step = draw(exchange)[1]
    answer.close()
    assert step.metadata["status"] == "pending"
    assert step.metadata["title"] == "Grouping customers into 6 segments"


def test_the_page_speaks_the_language_of_its_reader(session):
    messages = drawn(session, "revenue please", "zh")
    assert messages[1].metadata["title"] == "按客群查询了销售额"


def test_data_cannot_put_markup_into_the_page(session, scripted):
    messages = drawn(session, "nasty please")
    for html in components(messages, "html"):
        page = Tags(html)
        assert "img" not in page.tags
        assert "a" not in page.tags
        assert not {a for a in page.attributes if a.startswith("on")}
    assert scripted.NASTY in "".join(Tags(h).text for h in components(messages, "html"))
    for text in texts(messages):
        assert "<img" not in text
        assert not re.search(r"(?<!\\)\]\(", text)
        assert "http://" not in text
    title = messages[1].metadata["title"]
    assert not re.search(r"(?<!\\)[<\[\]()]", title)


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("**bold** and 3 > 2", "**bold** and 3 > 2"),
        ("<script>", "&lt;script>"),
        ("![x](http://a/b)", "!\\[x]\\(http:&#47;/a/b)"),
        ("www.example.com", "www&#46;example.com"),
    ],
)
def test_markdown_is_left_alone_where_it_is_harmless(given, safe):
    assert safe_markdown(given) == safe


def test_code_is_left_as_it_is():
    code = 'Rule:\n\n```sql\nSELECT 1 WHERE "a" <= 3 -- ![x](y)\n```'
    assert safe_markdown(f"{code}\n\n<b>") == f"{code}\n\n&lt;b>"


@pytest.mark.parametrize(
    "text",
    [
        "```sql\n1\n``` \n<img src=x>\n```",
        "```sql\n1\n  ````\n<img src=x>\n```",
        "```sql\n1\n```\r<img src=x>\n```",
        "    ```sql\n<img src=x>\n```",
        "```html\n<img src=x>\n```",
        "```sql\n<img src=x>",
        "```sql x\n<img src=x>\n```",
    ],
)
def test_what_only_looks_like_code_is_defused(text):
    assert "<img" not in safe_markdown(text)


def test_segments_are_buttons_that_ask(scripted):
    html = segment_list(scripted.SEGMENTS, "en")
    assert 'data-question="Tell me about segment 2"' in html
    assert "24.8%" in html
    assert "Unassigned" in html


def test_a_segment_name_cannot_leave_its_place():
    html = segment_list([Segment(1, '"><script>alert(1)</script>', 5, 0.5)], "en")
    assert "script" not in Tags(html).tags


def test_before_the_data_is_open_there_is_a_skeleton():
    page = Tags(segment_list(None, "en"))
    assert "button" not in page.tags


def test_the_welcome_offers_the_examples_as_buttons():
    html = welcome(['Who buys "tea"?'], "en")
    assert 'data-question="Who buys &quot;tea&quot;?"' in html


@pytest.fixture
def export(session, assistant, tmp_path):
    """An exchange that offers a file, and the conversation it is in."""
    assistant.folder = tmp_path
    conversation = Conversation()
    exchange = conversation.begin("export please", "en")
    list(conversation.answer(lambda seconds: session, "auto"))
    return conversation, exchange


def test_an_offer_shows_its_arguments_and_two_buttons(export, scripted):
    html = "".join(components(draw(export[1]), "html"))
    offer = html[html.index('<section class="kd-offer"') :]
    assert Tags(offer).tags <= {"section", "h3", "dl", "dt", "dd", "p", "button"}
    assert scripted.NASTY in Tags(offer).text
    assert re.findall(r'data-act="(\w+)"', offer) == ["confirm", "cancel"]


def test_a_decided_offer_has_no_buttons_but_the_one_that_saves(export, assistant):
    conversation, exchange = export
    conversation.decide(assistant, exchange.results[0].confirm.id, yes=True)
    messages = draw(exchange)
    html = "".join(components(messages, "html"))
    assert re.findall(r'data-act="(\w+)"', html) == ["save"]
    assert any("Written: 1 row" in text for text in texts(messages))
