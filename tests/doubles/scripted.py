"""A double of the assistant that plays a script, and a session around it. No model, no data."""

import threading
import time
from datetime import date

from assistant.chat import Answer, Done, StepDone, StepStarted, Text, ToolCall
from assistant.language import language_of
from assistant.page.session import Session, Shop
from assistant.tools.result import Chart, Claim, Pending, Table, ToolResult
from assistant.turn.events import Note
from assistant.turn.ledger import Usage
from segmentation.types import Fact, ModelError, Segment

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
        self.call = ToolCall(name, args, result.status if result else "error", seconds)
        self.result = result
        yield StepStarted("s1", name, args)
        message = result.text if result else "mood is not a metric; use revenue, orders, ..."
        yield StepDone("s1", self.call, message, result)

    def said(self, text, language, **more):
        yield from words(text)
        result = getattr(self, "result", None)
        results, calls = ((result,), (self.call,)) if result else ((), ())
        self.result = None
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


def session(assistant, segments=SEGMENTS):
    shop = Shop(customers=2000, orders=12_345, first=date(2024, 7, 1), last=date(2026, 6, 30))
    return Session(assistant, shop, lambda: segments, examples)
