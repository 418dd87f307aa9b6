"""The conversation as Gradio draws it: what is shown, and that data stays text."""

import json
import re
from dataclasses import asdict
from html.parser import HTMLParser

import pytest

from assistant.chat import Answer
from assistant.page.side.cards import segment_list
from assistant.page.talk.basis import MOST_FACTS, basis, copy_row
from assistant.page.talk.conversation import Conversation
from assistant.page.talk.hello import chips, welcome
from assistant.page.talk.messages import draw, safe_markdown
from assistant.page.wording import usage_words
from assistant.tools.result import ToolResult
from assistant.turn.ledger import Usage
from segmentation.types import Fact, Segment


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
    assert '<td class="n" data-value="402310.25">£402,310</td>' in html
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


def test_several_steps_are_one_line_that_unfolds_to_them(session):
    messages = drawn(session, "two steps please")
    whole, first, second = messages[1:4]
    assert (whole.metadata["title"], whole.metadata["log"]) == ("2 steps", "· 50 ms")
    assert whole.metadata["status"] == "done"
    for one, title in ((first, "Went through the segments"), (second, "Looked up revenue")):
        assert one.metadata["title"] == title
        assert one.metadata["parent_id"] == whole.metadata["id"]


def test_what_has_no_answer_can_be_asked_again(session):
    html = "".join(components(drawn(session, "offline please"), "html"))
    assert 'class="kd-again" data-question="offline please">Ask again</button>' in html
    assert "Ask again" not in "".join(components(drawn(session, "revenue please"), "html"))


def test_a_question_that_waits_says_so(session):
    exchange = Conversation().begin("history", "zh")
    (waits,) = components(draw(exchange, queued=True), "html")
    assert "kd-queued" in waits
    assert "kd-thinking" not in waits


def test_questions_to_go_on_with_are_buttons():
    html = chips(['Who buys "tea"?'], "en")
    assert 'data-question="Who buys &quot;tea&quot;?"' in html
    assert Tags(html).tags == {"div", "button"}


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
    offer = html[html.index('<section class="kd-offer"') :].partition("</section>")[0]
    assert Tags(offer).tags <= {"section", "h3", "dl", "dt", "dd", "p", "button"}
    assert scripted.NASTY in Tags(offer).text
    assert re.findall(r'data-act="(\w+)"', offer) == ["confirm", "cancel"]


def test_a_decided_offer_has_no_buttons_but_the_one_that_saves(export, session):
    conversation, exchange = export
    conversation.decide(session, exchange.results[0].confirm.id, yes=True)
    messages = draw(exchange)
    html = "".join(components(messages, "html"))
    assert re.findall(r'data-act="(\w+)"', html) == ["save"]
    assert any("Written: 1 row" in text for text in texts(messages))


# --- what an answer rests on ---


def test_sentences_of_a_persona_unfold_to_their_facts(session):
    html = "".join(components(drawn(session, "persona please"), "html"))
    said = html[html.index('<div class="kd-said">') :].partition('<details class="kd-basis">')[0]
    assert said.count("<details") == said.count("<summary") == 2
    assert ">An order comes to £332 (others: £203).</summary>" in said
    shown = Tags(said).text
    assert "<b>What they buy.</b>" in said
    assert shown.startswith("What they buy. An order comes to £332 (others: £203).")
    assert "Average order valuesegment 2 · from 1 Jul 2024 to 30 Jun 2026 · orders£332.08" in shown
    assert "everyone else · from 1 Jul 2024 to 30 Jun 2026 · orders£202.84" in shown


def test_paragraphs_without_a_claim_stay_as_they_were(session):
    messages = drawn(session, "persona please")
    assert texts(messages)[1:] == ["Segment 2, “Loyal tea lovers”.", "Based on orders."]


def test_a_hostile_name_in_a_claim_is_text(session, scripted):
    for html in components(drawn(session, "persona please"), "html"):
        page = Tags(html)
        assert not page.tags & {"img", "a", "script"}
        assert not {a for a in page.attributes if a.startswith("on")}
    html = "".join(components(drawn(session, "persona please"), "html"))
    assert f"Bought from “{scripted.NASTY}”" in Tags(html).text


def test_an_answer_rests_on_the_facts_of_its_tools(session):
    html = components(drawn(session, "revenue please"), "html")
    (folded,) = (one for one in html if "kd-basis" in one)
    assert Tags(folded).text.startswith(
        "What this rests on 4 factsRevenuesegment 1 · from 1 Jul 2024"
    )
    assert "£96,554.00" in Tags(folded).text
    assert "open" not in Tags(folded).attributes


def test_facts_are_read_in_the_language_of_the_answer(session):
    html = "".join(components(drawn(session, "各客群的销售额", "en"), "html"))
    assert "What this rests on" in html
    assert "客群 1 · 2024年7月1日至2026年6月30日 · 订单" in Tags(html).text


def answer_with(*results, text="There are 4.", **more):
    return Answer(text, "en", "scripted", (), results, **more)


def test_more_facts_than_one_reads_are_counted():
    facts = [Fact(f"segment:{n}", "revenue", "2024-01-01/2024-02-01", n, "GBP") for n in range(99)]
    told = basis(answer_with(ToolResult("x", facts=tuple(facts))), "en")
    assert told.count("<dt>") == MOST_FACTS
    assert f"and {99 - MOST_FACTS} more" in told


@pytest.mark.parametrize(("language", "head"), [("en", "What this rests on"), ("zh", "依据与说明")])
def test_many_remarks_are_folded_and_one_is_not(language, head):
    one = basis(answer_with(ToolResult("x", notices=("Small <groups>.",))), language)
    assert Tags(one).tags == {"p"}
    remarks = ("Small <groups>.", "Stock is not known.")
    folded = basis(answer_with(ToolResult("x", notices=remarks)), language)
    assert Tags(folded).tags == {"details", "summary", "p"}
    assert Tags(folded).text == f"{head}Small <groups>.Stock is not known."
    assert basis(answer_with(ToolResult("x")), language) == ""


def test_a_claim_that_other_words_were_found_for_unfolds_below(scripted):
    told = basis(answer_with(scripted.persona_result(), text="They love tea."), "en")
    assert told.count('<details class="kd-claim">') == 2


def test_notes_stand_apart_from_the_words(session):
    messages = drawn(session, "fallback please")
    assert texts(messages)[1:] == ["There are 4 segments."]
    first, last, copy = components(messages, "html")
    assert first.startswith('<p class="kd-notice">The language model did not answer')
    assert last.startswith('<p class="kd-notice">1 sentence was left out')
    assert "kd-usage" not in copy
    assert "did not answer" in copy  # what is copied is the whole


@pytest.mark.parametrize(
    ("usage", "told"),
    [
        (Usage(), ""),
        (Usage(2, 1000, 234), "1,234 tokens"),
        (Usage(2, 1000, 234, estimated=True), "about 1,234 tokens"),
        (Usage(2, 1000, 234, 0.0021), "1,234 tokens · $0.0021"),
        (Usage(2, 1000, 234, 0.00213), "1,234 tokens · $0.0021"),
        (Usage(2, 1000, 234, 1.5), "1,234 tokens · $1.50"),
        (Usage(2, 1000, 234, 0.0), "1,234 tokens · $0.00"),
        (Usage(2, 1000, 234, 0.000001), "1,234 tokens · $0.000001"),
    ],
)
def test_what_a_model_took_is_said_quietly(usage, told):
    assert usage_words(asdict(usage), "en") == told
    assert ("kd-usage" in copy_row(answer_with(usage=usage), "en")) == bool(told)
