"""A double of the assistant that plays a script, and a session around it. No model, no data."""

import threading
import time
from datetime import date
from functools import partial
from itertools import count

from assistant.cards import Card, Number
from assistant.chat import Answer, Done, StepDone, StepStarted, Text, ToolCall
from assistant.finding import Choice, UnknownCustomers
from assistant.language import language_of
from assistant.page.session import Session, Shop
from assistant.tools.result import Chart, Claim, Pending, Table, ToolResult
from assistant.turn.events import Note
from assistant.turn.ledger import Usage
from segmentation.types import Fact, InputError, ModelError, Segment

PERIOD = "2024-07-01/2026-06-30"
NASTY = "<img src=x onerror=alert(1)> ![p](http://evil.example/p.png) [b](javascript:alert(1))"
SEGMENTS = (
    Segment(1, "Bargain hunters for the home", 812, 0.406),
    Segment(2, "Loyal tea lovers", 496, 0.248),
    Segment(3, "Seasonal gift buyers", 402, 0.201),
    Segment(4, "Big spenders, seldom here", 210, 0.105),
    Segment(0, "", 80, 0.04),
)


def revenue_result():
    """Revenue by segment: facts, a table and a chart that agree."""
    revenue = {1: 181_204.5, 2: 402_310.25, 3: 96_554.0, 4: 512_870.8}
    names = {segment.id: segment.name for segment in SEGMENTS}
    return ToolResult(
        text="Segment 4 brings in the most: £512,870.80.",
        facts=tuple(
            Fact(f"segment:{id}", "revenue", PERIOD, value, "GBP") for id, value in revenue.items()
        ),
        tables=(
            Table(
                "Revenue by segment",
                ("segment", "name", "customers", "revenue", "share"),
                tuple(
                    (id, names[id], 200 * id, value, value / sum(revenue.values()))
                    for id, value in revenue.items()
                ),
            ),
        ),
        charts=(Chart("Revenue by segment", bar_chart(names, revenue)),),
    )


def persona_result():
    """A persona of two sentences that were checked, one of them about a hostile name."""
    tea = Fact(f"category:{NASTY}&segment:2", "reach", PERIOD, 0.61, "share")
    worth = [
        Fact("segment:2", "average_order_value", PERIOD, 332.08, "GBP"),
        Fact("segment!=2", "average_order_value", PERIOD, 202.84, "GBP"),
    ]
    claims = (
        Claim("An order comes to £332 (others: £203).", tuple(worth)),
        Claim(f"They lean to “{NASTY}”.", (tea,), (f"bought from “{NASTY}”",)),
    )
    said = " ".join(claim.sentence for claim in claims)
    text = f"Segment 2, “Loyal tea lovers”.\n\n**What they buy.** {said}\n\nBased on orders."
    return ToolResult(text, facts=(*worth, tea), claims=claims)


def bar_chart(names, values):
    bars = {"type": "bar", "x": [names[id] for id in values], "y": list(values.values())}
    axis = {"automargin": True, "gridcolor": "rgba(128, 124, 114, 0.28)"}
    layout = {
        "height": 300,
        "margin": {"t": 8, "l": 8, "r": 8, "b": 8},
        "font": {"color": "#7d7a71"},
        "colorway": ["#37856c"],
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": axis,
        "yaxis": axis,
    }
    return {"data": [bars], "layout": layout}


def words(text):
    """A text in pieces, as a model sends it."""
    return [Text(piece + " ") for piece in text.split(" ")]


class ScriptedAssistant:
    """Answers by what a question contains; remembers who asked what in which thread.

    Args:
        pause: seconds before each event.
    """

    model_name = "scripted"

    def __init__(self, pause=0.0):
        self.pause = pause
        self.threads = {}
        self.forgotten = []
        self.folder = None
        self.offers = {}
        self.words = []
        self.closed = 0
        self.saved = []
        self.shelf, self.made, self.numbers = {}, [], count()
        self.lock = threading.Lock()

    def ask(self, question, *, thread=None, language="auto"):
        events = list(self.stream(question, thread=thread, language=language))
        return events[-1].answer

    def stream(self, question, *, thread=None, language="auto"):
        with self.lock:
            self.threads.setdefault(thread, []).append(question)
        spoken = language_of(question) if language == "auto" else language
        try:
            for event in self.script(question, spoken, thread):
                time.sleep(self.pause)
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed += 1

    def stop(self, thread):
        """A script ends at its next event."""

    def forget_last(self, thread):
        with self.lock:
            self.threads.get(thread, [None]).pop()
            self.forgotten.append(thread)

    def forget(self, thread):
        with self.lock:
            self.threads.pop(thread, None)

    def recall(self, results):
        self.shelf |= results

    def waits(self, key):
        return key in self.offers

    def confirm(self, key, *, thread=None):
        self.words.append(("confirm", key))
        if self.offers.pop(key, None) != thread:
            return None
        file = self.folder / "segment-2-meta.csv"
        file.write_text("extern_id\n00042\n", encoding="utf-8")
        return ToolResult("Written: 1 row to `segment-2-meta.csv`.", files=(str(file),))

    def cancel(self, key, *, thread=None):
        self.words.append(("cancel", key))
        self.offers.pop(key, None)

    def offer(self, language, thread):
        key = f"offer-{len(self.offers)}"
        self.offers[key] = thread
        args = {"segment": 2, "format": "meta", "hashed": True, "customer_ids": [NASTY]}
        pending = Pending(key, "export_audience", args, "kindred export", {}, language)
        text = "Nothing has been written yet. The file would hold 1 customer."
        return args, ToolResult(text, status="needs_confirmation", confirm=pending)

    def script(self, question, language, thread):
        if "revenue" in question or "销售额" in question:
            args = {"metric": "revenue", "by": "segment"}
            yield from self.step("query_customers", args, revenue_result(), 0.038)
            text = {
                "en": "**Segment 4** brings in the most: £512,870.80 of £1,192,939.55, "
                "although it is the smallest. Segment 2 follows with £402,310.25.",
                "zh": "**客群 4** 带来的销售额最高：£512,870.80，占总额的 43%。",
            }[language]
            yield from self.said(text, language)
        elif "persona" in question:
            result = persona_result()
            yield from self.step("profile_segment", {"segment": 2}, result, 0.021)
            usage = Usage(3, 1_100, 134, 0.0021)
            yield from self.said(result.text, language, usage=usage)
        elif "fallback" in question:
            told = "The language model did not answer, so this is the offline model's answer."
            left = "1 sentence was left out: what it says is not in the results."
            notes = (Note("fallback", told, "timeout"), Note("left_out", left))
            text = f"{told}\n\nThere are 4 segments.\n\n{left}"
            yield from self.said(text, language, notes=notes)
        elif "export" in question:
            args, result = self.offer(language, thread)
            yield from self.step("export_audience", args, result, 0.004)
            yield from self.said(result.text, language)
        elif "forever" in question:
            yield StepStarted("f", "run_clustering", {"n_segments": 6})
            for n in range(1000):
                yield Text(f"word{n} ")
        elif "two steps" in question:
            yield from self.step("list_segments", {}, ToolResult("There are 4."), 0.012)
            yield from self.step("query_customers", {"metric": "revenue"}, revenue_result(), 0.038)
            yield from self.said("Segment 4 brings in the most.", language)
        elif "broken" in question:
            yield from self.step("query_customers", {"metric": "mood"}, None, 0.004)
            yield from self.said("There is no metric called mood. Try revenue or orders.", language)
        elif "offline" in question:
            yield ModelError("The model does not answer", fix="Check KINDRED_MODEL.")
        elif "nasty" in question:
            fact = Fact(f"product:{NASTY}", "revenue", PERIOD, 12.5, "GBP")
            table = Table(NASTY, ("product", NASTY), ((NASTY, 1), ("plain", 2)))
            result = ToolResult(NASTY, facts=(fact,), tables=(table,), notices=(NASTY,))
            args = {"description": NASTY}
            yield from self.step("find_similar_customers", args, result, 0.01)
            yield from self.said(f"The best seller is {NASTY}.", language)
        elif "history" in question:
            asked = " | ".join(self.threads[thread])
            yield from self.said(f"In this thread you asked: {asked}", language)
        else:
            yield from self.said(f"You asked: {question}", language)

    def step(self, name, args, result, seconds):
        call = ToolCall(name, args, result.status if result else "error", seconds)
        id, key = f"s{next(self.numbers)}", f"result-{next(self.numbers)}" if result else ""
        if result:
            self.shelf[key] = result
        self.made.append((call, result))
        yield StepStarted(id, name, args)
        message = result.text if result else "mood is not a metric; use revenue, orders, ..."
        yield StepDone(id, call, message, result, key)

    def said(self, text, language, **more):
        yield from words(text)
        made, self.made = self.made, []
        calls = tuple(call for call, _ in made)
        results = tuple(result for _, result in made if result)
        yield Done(Answer(text, language, self.model_name, calls, results, **more))


def examples(language):
    return {
        "en": [
            "Which segment brings in the most revenue?",
            "How many customers ordered more than once?",
            "Show me the map of customers",
            "Who is like customer 00042?",
        ],
        "zh": ["哪个客群的销售额最高？", "有多少客户下过不止一单？", "画一张客户分布图"],
    }[language]


def next_questions(answer, language):
    asked = {"en": ["How many customers came back?", "history"], "zh": ["有多少回头客？"]}
    return asked[language] if answer.tool_calls else []


MAP_TITLES = {"en": "4 segments, one colour each", "zh": "4 个客群，一种颜色一个"}
NUMBERS = {
    "en": (Number("£332", "per order", "£203"), Number("12", "days since last order", "48")),
    "zh": (Number("£332", "每单金额", "£203"), Number("12", "距上次下单天数", "48")),
}


def cards(language):
    """All that a card may tell: a persona with a name of its own, one without, none."""
    first = Card(NUMBERS[language], "Deal seekers", "They buy when the price drops, £85 at a time.")
    plain = Card(NUMBERS[language], "", "They keep coming back: 4.2 orders each.")
    return {1: first, 2: plain, 3: plain, 4: plain, 0: Card((), "", "")}


def map_figure(segments, language):
    """Three customers of each segment, as the map has them."""
    called, ask = {
        "en": ("Customer", "Tell me about customer {id}"),
        "zh": ("客户", "介绍一下客户 {id}"),
    }[language]
    traces = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [3 * place + step for step in range(3)],
            "y": [place + 2 * step for step in range(3)],
            "name": f"{one.id} · {one.name}",
            "meta": {"segment": one.id},
            "marker": {"size": 12},
            "customdata": [[f"c{one.id}{n}", f"c{one.id}{n}", "<br>Orders: 5"] for n in range(3)],
            "hovertemplate": f"{called} %{{customdata[1]}}%{{customdata[2]}}<extra></extra>",
        }
        for place, one in enumerate(segments)
    ]
    layout = {"height": 300, "meta": {"ask": ask}, "dragmode": False, "hovermode": "closest"}
    return {"data": traces, "layout": layout}


class ScriptedFinder:
    """Finds the same three, whatever is asked; knows the ids 00040 to 00049."""

    consent_known = True
    known = tuple(f"{n:05d}" for n in range(40, 50))

    def __init__(self):
        self.asked, self.files = [], []

    def choices(self, language):
        country, orders = {"en": ("Country", "Orders"), "zh": ("国家", "订单数")}[language]
        values = (("Germany", "Germany"), ("France", "France"))
        equal = ("eq", "ne", "in", "contains")
        number = ("ge", "le", "between", "eq")
        return [
            Choice("country", country, "profile", "text", equal, values),
            Choice("orders", orders, "numbers", "number", number, (), "orders", 4.0),
            Choice("return_rate", "Return rate", "numbers", "number", number, (), "share", 0.05),
            Choice("product", "Product", "purchases", "product", ("contains", "eq")),
        ]

    def examples(self, language):
        words = {"en": "people who buy tea and return nothing", "zh": "喜欢茶的客户"}[language]
        like = {"en": "Customers like 00042", "zh": "与客户 00042 相似的人"}[language]
        return [
            {"mode": "customers", "label": like, "asked": "00042"},
            {"mode": "words", "label": words, "asked": words},
        ]

    def suggest(self, field, typed):
        known = self.known if field == "customer" else ("Tea towel", "Tea pot")
        return [one for one in known if typed.lower() in one.lower()][:6]

    def find(self, asked, language):
        self.asked.append((asked, language))
        ids = asked["customers"].replace(",", " ").split()
        unknown = [one for one in ids if one not in self.known]
        if asked["mode"] == "customers" and unknown:
            raise UnknownCustomers(dict.fromkeys(unknown, ("00042", "00043")))
        return alike(asked, ids, language)

    def file(self, report, language, *, contactable, by="page"):
        name = "look-alikes-consent-given.csv" if contactable else "look-alikes-consent-mixed.csv"
        self.files.append(name)
        return {"name": name, "content": "may_be_contacted,customer_id\r\nyes,00043\r\n"}


def alike(asked, ids, language):
    """The JSON of `kindred similar` for three customers, one of whom must not be contacted."""
    meaning = {"en": "Likeness is a chance.", "zh": "相像概率是一种概率。"}[language]
    because = {"en": ["2 products in common", NASTY], "zh": ["共同购买 2 种商品", NASTY]}[language]
    sure = [("00043", 0.91, 0.97, 2, True), ("00044", 0.87, 0.9, 4, False)]
    found = [*sure, (NASTY, 0.5, 0.4, 0, None)]
    keys = ("customer_id", "score", "likeness", "segment", "contactable")
    more = {"like": [], "because": because}
    by_ids = asked["mode"] == "customers"
    return {
        "kind": asked["mode"],
        "query": {
            "segment": int(asked["segment"]) if asked["mode"] == "segment" else None,
            "words": asked["words"] if asked["mode"] == "words" else "",
            "groups": [ids] if by_ids else [],
        },
        "understood": f"Conditions: {len(asked['filters'])}.",
        "says": meaning,
        "score_meaning": "Similarity is a cosine.",
        "consent_known": True,
        "considered": 1999,
        "likeness": {"kind": "same", "meaning": meaning},
        "matches": [dict(zip(keys, one, strict=True)) | more for one in found],
    }


def similar(*, customer_ids=(), text="", segment=None, n=None, where=""):
    """The JSON of `kindred similar`, with what was asked for in its `query`."""
    ids = list(customer_ids)
    asked = {"mode": "words" if text else "customers", "words": text, "filters": []}
    told = alike(asked, ids, "en")
    query = {"customers": ids, "text": text, "segment": segment, "n": n, "where": where}
    return told | {"query": query}


def persona(segment, language="en"):
    """The JSON of `kindred personas --segment`."""
    if segment not in {1, 2, 3, 4, *(one.name for one in SEGMENTS)}:
        raise InputError(f"There is no segment {segment}", fix="Valid: 1, 2, 3, 4.")
    claim = {"section": "buy", "sentence": f"They lean to {NASTY}.", "facts": []}
    sections = [{"section": "buy", "title": "What they buy", "sentences": [claim["sentence"]]}]
    names = {"segment": segment, "name": f"Own {NASTY}", "segment_name": NASTY, "note": NASTY}
    one = names | {"tagline": "", "text": ""}
    more = {"sections": sections, "claims": [claim], "n": 496, "written_by": "templates"}
    told = {"verdict": "natural", "trust": "Rely on them.", "language": language}
    return told | {"personas": [one | more]}


def drawn_map(segments, language):
    return Chart(MAP_TITLES[language], map_figure(segments, language))


def report():
    """The JSON of `kindred build` of a shop with no reviews and 17 rows set aside."""
    reason = {
        "table": "orders",
        "reason": "no customer",
        "rows": 17,
        "example": f"{NASTY}.csv line 301: customer_id is empty",
        "fix": "Fill in customer_id where the customer is known.",
    }
    return {
        "read": {"orders": 12_362, "customers": 2000},
        "accepted": {"orders": 12_345, "customers": 2000},
        "quarantined": {"orders": 17, "customers": 0},
        "reasons": [reason],
        "assumptions": [],
        "privacy": ["customers: column 'email' was dropped (email)"],
        "currency": "GBP",
        "columns": {"orders": {"customer_id": "Client", "product": NASTY}},
        "embedding": {"encoder": "a small one", "dim": 8},
    }


def report_file(language, by, progress):
    """A report in three steps, one of them hostile."""
    for done, step in enumerate(("map", "segments", NASTY)):
        progress(step, done, 3)
    content = f"<!DOCTYPE html><title>{by}</title>"
    return {"name": f"report-{language}.html", "content": content, "type": "text/html"}


def session(assistant, segments=SEGMENTS, **fields):
    shop = Shop(customers=2000, orders=12_345, first=date(2024, 7, 1), last=date(2026, 6, 30))
    return Session(
        assistant,
        shop,
        lambda: segments,
        examples,
        next_questions=next_questions,
        finder=ScriptedFinder(),
        similar=similar,
        persona=persona,
        cards=fields.pop("cards", cards),
        customer_map=fields.pop("customer_map", partial(drawn_map, segments)),
        report=report,
        report_file=report_file,
        set_aside=lambda table, by: f"reason,file,line\r\nno customer,{table}.csv,301\r\n",
        saved=lambda table, content, by: assistant.saved.append((table.title, len(table.rows))),
        **fields,
    )
