"""The report as its reader gets it: whole, safe, true, and nobody's name in it."""

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from assistant.export.exports import export
from assistant.export.log import read
from assistant.formats import format_rounded
from assistant.report.report import make_report, report_file
from assistant.tools.comparisons import on_tile, short
from assistant.tools.voice import voice
from prompts import load_yaml
from segmentation.types import InputError

LANGUAGES = ("en", "zh")
VOID = {"meta", "br", "hr", "img", "input", "link"}
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


class Page(HTMLParser):
    """Tags, attributes and what can be read, of a file that must be well formed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "sup"} & set(self.open):  # notes are numbered
            self.text.append(data)

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="session", params=LANGUAGES)
def report(request, reports):
    return reports[request.param]


@pytest.fixture(scope="session")
def page(report):
    return Page(report.html)


def test_it_asks_nobody_for_anything_and_needs_no_script(report, page):
    assert report.html.startswith("<!DOCTYPE html>")
    assert not {"script", "link", "iframe", "img", "object", "form"} & {t for t, _ in page.tags}
    places = [v for _, a in page.tags for k, v in a.items() if k in ("href", "src", "action")]
    assert places and all(place.startswith("#") for place in places)
    assert not re.search(r"https?:|url\(|@import", report.html)
    assert not [k for _, a in page.tags for k in a if k.startswith("on") or k == "style"]


def test_its_policy_lets_only_its_own_style_apply(report, page):
    style = re.search(r"<style>(.*?)</style>", report.html, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(m["content"] for m in page.of("meta") if "http-equiv" in m)
    assert policy.startswith("default-src 'none'") and f"'sha256-{digest}'" in policy


def test_it_can_be_found_ones_way_in(report, page):
    assert page.of("html")[0]["lang"] == {"en": "en", "zh": "zh-Hans"}[report.language]
    names = Counter(tag for tag, _ in page.tags)
    assert (names["main"], names["nav"], names["h1"], names["footer"]) == (1, 1, 1, 1)
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in page.of("a")} <= set(ids)
    assert all("scope" in head for head in page.of("th"))
    pictures = [a for a in page.of("svg") if a.get("aria-hidden") != "true"]
    assert pictures and len(pictures) == names["desc"]


def test_what_scrolls_is_no_landmark_beside_its_section_s_own(page):
    scrolling = [attributes for _, attributes in page.tags if "tabindex" in attributes]
    assert scrolling and {one["role"] for one in scrolling} == {"group"}


def test_headings_leave_no_level_out(page):
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_no_customer_is_in_it(report, workspace):
    told = report.html + repr(report.facts)
    assert not [one for one in workspace.base.customers if re.search(rf"\b{one}\b", told)]
    assert "o99" not in told  # a row that was set aside is nobody's business


def test_names_from_data_are_read_and_never_run(report, page, nasty):
    assert nasty in page.words
    assert "<img" not in report.html
    assert "alert(1)</script>" not in report.html


def test_both_languages_have_the_same_in_them(reports):
    english, chinese = (Page(reports[language].html) for language in LANGUAGES)
    sections = [[a.get("id") for a in one.of("section")] for one in (english, chinese)]
    assert sections[0] == sections[1]
    assert len(english.of("table")) == len(chinese.of("table"))
    assert reports["en"].sections == reports["zh"].sections
    assert reports["en"].left_out.keys() == reports["zh"].left_out.keys()


def test_the_wording_is_the_same_tree_in_both_languages():
    def shape(part):
        return {k: shape(v) for k, v in part.items()} if isinstance(part, dict) else None

    english, chinese = (load_yaml(f"report/{language}") for language in LANGUAGES)
    for words in (english, chinese):
        assert len(words["glossary"]) == len(english["glossary"])
    english, chinese = ({k: v for k, v in w.items() if k != "glossary"} for w in (english, chinese))
    assert shape(english) == shape(chinese)


# --- numbers -------------------------------------------------------------------------------------


def untraced(report, page):
    """Numbers that can be read and that no fact, date or wording accounts for."""
    say, known = voice(report.language), set()
    for fact in report.facts:
        known |= set(NUMBER.findall(say.period(fact["period"])))
        known |= {
            n for form in forms(say, fact["value"], fact["unit"]) for n in NUMBER.findall(form)
        }
        known |= set(NUMBER.findall(fact["subject"]))
    known |= set(NUMBER.findall(repr(load_yaml(f"report/{report.language}"))))
    known |= {"2024", "0"}
    return [n for n in NUMBER.findall(page.words) if n not in known]


def forms(say, value, unit):
    """A value as the report may write it, more or less rounded."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return [str(value)]
    rounded = [round(value), round(value, 1), round(value, 2), value]
    shares = [say.share(round(value, digits)) for digits in (2, 3)] + [say.share(value)]
    money = [format_rounded(one, unit) for one in rounded]
    plain = [say.number(one) for one in rounded] + [say.value(one, unit) for one in rounded]
    tiles = [on_tile(say, value, unit), short(say, value, unit)]
    return [*shares, *money, *plain, *tiles, f"{value:.2f}", f"{value:.3f}", *lifts(say, value)]


def lifts(say, value):
    """A detectable lift is rounded up."""
    return [say.share(round(value + 0.49 * 10**-digits, digits)) for digits in (2, 3)]


def test_every_number_has_a_fact(report, page):
    assert untraced(report, page) == []


def test_a_number_without_a_fact_would_be_noticed(report):
    forged = report.html.replace("</main>", "<p>8,191</p></main>")
    assert untraced(report, Page(forged)) == ["8,191"]


def test_the_main_numbers_are_those_of_the_shop(reports):
    words = Page(reports["en"].html).words
    assert "10 customers placed 16 orders worth €510.00" in words
    assert "Set aside while reading: 1 of 23 rows of orders" in words
    assert "1 row of orders: they have no date" in words


def test_differences_that_nobody_could_test_are_not_brought_out(report):
    assert 'class="unclear"' in report.html  # two customers a segment are too few
    assert 'class="clear"' not in report.html and "<u>" not in report.html


# --- data that lacks things ----------------------------------------------------------------------


def test_without_segments_nothing_is_named_or_advised(opened):
    none = opened(change=lambda b: replace(b, segmentation=replace(b.segmentation, verdict="none")))
    made = make_report(none, "en")
    page = Page(made.html)
    assert {"actions", "personas"} <= made.left_out.keys()
    assert 'class="card' not in made.html and 'id="actions"' not in made.html
    assert "Part 1" in page.words and "slices of one crowd" in page.words


@pytest.mark.parametrize("tables", [("events",), ("orders",)])
def test_what_cannot_be_is_left_out_and_said(opened, tables):
    made = make_report(opened(tables), "zh")
    page = Page(made.html)
    lacks_orders = tables != ("orders",)
    assert ("trend" in made.left_out) == lacks_orders
    assert ("没有订单" in page.words) == lacks_orders
    assert page.of("svg")


def test_unstable_segments_are_marked_wherever_they_are_named(opened):
    def weak(base):
        return replace(base, segmentation=replace(base.segmentation, jaccards={1: 0.9, 2: 0.4}))

    html = make_report(opened(change=weak), "en").html
    card = html[html.index('id="segment-2"') :]
    assert 'class="mark">unstable' in card[: card.index("</h3>")]
    plan = html[html.index('class="plan s2"') :]
    assert "Do not act on this segment alone" in plan[: plan.index("</li>")]


# --- the file ------------------------------------------------------------------------------------


def test_it_is_written_whole_logged_and_the_same_every_time(workspace, reports, nasty, tmp_path):
    steps, out = [], tmp_path / "report.html"
    asked = {"shop": f"Mugs {nasty}", "progress": lambda *step: steps.append(step[0]), "by": "me"}
    told = export(workspace, "report", out, **asked)
    content = out.read_bytes()
    assert content.decode("utf-8") == reports["en"].html
    assert told["bytes"] == len(content)
    entry = read(workspace.root)[-1]
    assert (entry["what"], entry["by"], entry["file"]) == ("report", "me", "report.html")
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert {"map", "segments", "what to do next"} <= set(steps)


def test_another_ending_is_refused_before_any_work(workspace, tmp_path):
    with pytest.raises(InputError, match="is not HTML"):
        export(workspace, "report", tmp_path / "report.pdf", progress=None)


def test_a_browser_gets_it_with_an_entry_in_the_log(workspace):
    parcel = report_file(workspace, "zh", "ann")
    assert parcel["name"] == "customer-report-2024-04-01-zh.html"
    assert parcel["content"].startswith("<!DOCTYPE html>")
    assert read(workspace.root)[-1]["by"] == "ann"
