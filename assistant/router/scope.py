"""Whether a question is one the tools answer: refusals weighed, small talk told apart, doubt."""

from __future__ import annotations

from assistant.router import followup
from assistant.router.catalogue import Catalogue
from assistant.router.choice import supports
from assistant.router.intent import Scores
from assistant.router.memory import Memory
from assistant.router.metrics import ranks_customers
from assistant.router.offers import offered
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.slots import TOOLS
from assistant.router.ways import DEEDS, counts_in_a_way

__all__ = ["compares_numbers", "is_foreign", "likely_label", "speaks_of_someone", "stays_here"]

_TALK_BAR = 0.45
_SURE = 0.9
_CLEAR = 0.6
_FAINT = 0.15
_DOUBTFUL = 0.35
FAMILIAR = 0.8
_REFUSAL_BARS = {
    "contact": 0.15,
    "inject": 0.25,
    "code": 0.3,
    "rival": 0.3,
    "booking": 0.35,
    "ads": 0.3,
}
"""Concept -> the lower bar for a refusal where the question has one of its words."""
_OURS = 0.15
"""How much surer a refusal must be of a question with a metric or a condition of this shop."""
_THINGS = {"product", "country"}
_SOMEONE = {"customer", "segment", "two"} | _THINGS


def likely_label(scores: Scores, reading: Reading, bar: float) -> str:
    """The most probable label; refusals are weighed together, small talk must be clear.

    Args:
        bar: what all refusals together must reach.
    """
    refusals = {name: p for name, p in scores.probabilities.items() if name.startswith("refuse.")}
    suspicious = [_REFUSAL_BARS[c] for c in reading.concepts if c in _REFUSAL_BARS]
    bar = min(suspicious, default=bar + _OURS * _asks_for_numbers(reading))
    kind = max(refusals, key=lambda name: refusals[name])
    tool = max((p for name, p in scores.probabilities.items() if name in TOOLS), default=0.0)
    total = sum(refusals.values())
    if total >= bar and (refusals[kind] > 0.75 * tool or total > bar + 0.15 or bar < 0.5):
        return kind
    others = (name for name in scores.probabilities if name not in refusals)
    best = next(others)
    if best.startswith("talk.") and (
        scores.probabilities[best] < _TALK_BAR or speaks_of_someone(reading)
    ):
        return next(name for name in others if not name.startswith("talk."))
    return best


def _asks_for_numbers(reading: Reading) -> bool:
    strong = any(hit.name not in ("customers", "orders", "revenue") for hit in reading.metrics)
    bounds = any(f.field not in ("country", "ordered_at", "product") for f in reading.filters)
    goods = reading.filters_on("product", "category") and reading.metrics
    return strong or bounds or bool(goods) or ranks_customers(reading)


def stays_here(label: str, scores: Scores, reading: Reading, memory: Memory) -> bool:
    """Whether what sounds like a refusal is asked of this shop all the same.

    `send segment 2 to Meta` hands a file over; `and who are they?` is no general knowledge while
    somebody is spoken of; `how does that product sell` only fails to say which.
    """
    if label in ("refuse.messages", "refuse.contacts") and is_handed_over(reading):
        return True
    if label in _OF_AN_OFFER and offered(reading):
        return True
    if label in _OF_A_WAY and counts_in_a_way(reading):
        return True
    charts = ("refuse.writing", "refuse.prices")
    if label in charts and wording("router.chart_noun").search(reading.text):
        return True
    if label in ("refuse.sensitive", "refuse.elsewhere") and _is_a_column(reading):
        return True
    if label == "refuse.sensitive" and _asks_plainly(scores.probabilities[label], reading):
        return True
    if label == "refuse.competitors" and _is_our_number(scores, reading):
        return True
    if scores.refusal < _OF_A_CALL.get(label, 0.0) and _asks_who(reading):
        return True
    if label in charts and _names_no_text(scores.refusal, reading):
        return True
    if ranks_customers(reading) and len(reading.text.split()) <= 2 and not reading.concepts & DEEDS:
        return True  # `our VIPs`: nothing is to be done to them
    vague = scores.probabilities[label] < _VAGUE.get(label, 0.0)
    if not vague or scores.familiarity < FAMILIAR:
        return vague and not memory.is_empty and followup.is_continuation(reading)
    return bool(reading.who.pointers & _THINGS) or (
        bool(reading.who.pointers) and (bool(memory.spoke_of) or followup.is_continuation(reading))
    )


_OF_AN_OFFER = ("refuse.messages", "refuse.elsewhere", "refuse.knowledge", "refuse.writing")
"""What `who should get our camping catalogue?` may be taken for, though nothing is sent by it."""
_OF_A_WAY = (
    "refuse.bookings", "refuse.elsewhere", "refuse.knowledge", "refuse.changes", "refuse.prices",
    "refuse.contacts", "refuse.messages", "refuse.sensitive",
)  # fmt: skip
"""What `orders placed on mobile` may be taken for: a number, though nothing tells the way."""


_OF_A_CALL = {"refuse.messages": 0.75, "refuse.contacts": 0.5}
"""Refusal -> below which probability it may be they who called, as in `12345 rang, who is it?`."""


def _asks_who(reading: Reading) -> bool:
    """`customer 12345 rang me, what do we know of them`: it is they who wrote or called."""
    named = reading.who.customers or reading.who.segments
    return bool(named) and bool(wording("router.asks_who").search(reading.text))


def _is_our_number(scores: Scores, reading: Reading) -> bool:
    """`what is total revenue?`: a number in words all known, and nobody else's shop named."""
    unsure = scores.probabilities["refuse.competitors"] < _CLEAR
    known = scores.familiarity == 1 and "rival" not in reading.concepts
    return unsure and known and bool(reading.metrics)


def _asks_plainly(refused: float, reading: Reading) -> bool:
    """`what is our revenue?`: a number of the shop, of nobody."""
    return refused < _CLEAR and bool(wording("scope.ours").search(reading.text))


def _names_no_text(refused: float, reading: Reading) -> bool:
    """`I need the profile`: no text is to be written, only of whom is not said."""
    spoken_of = reading.who.segments or any(hit.name == "segment" for hit in reading.dimensions)
    return refused < _CLEAR and bool(spoken_of) and "persona" in reading.concepts


_VAGUE = {"refuse.knowledge": 0.8, "refuse.elsewhere": 0.6, "refuse.injection": 0.45}
"""Refusal -> below which probability a question that points at somebody may be of this shop."""
_EVERY_SHOP = {"segment", "country", "category", "product", "month", "weekday", "ordered_at"}


def _is_a_column(reading: Reading) -> bool:
    """`revenue by age band`, where the shop's own profiles have such a column."""
    named = {hit.name for hit in reading.dimensions} | {f.field for f in reading.filters}
    return bool(named - _EVERY_SHOP - {hit.name for hit in reading.metrics} - {"orders", "revenue"})


def is_handed_over(reading: Reading) -> bool:
    """Whether customers are to go to an advertising platform as a file, not to be written to."""
    platform = any(name != "csv" for name in reading.formats)
    somebody = reading.who.segments or reading.who.customers or reading.who.pointers
    return (
        platform
        and bool(somebody)
        and bool(wording("router.handed_over").search(reading.text))
        and not wording("router.broadcast").search(reading.text)
    )


def is_foreign(label: str, reading: Reading, scores: Scores, catalogue: Catalogue) -> bool:
    """In unfamiliar words, about nobody and nothing here, and like no intent for sure."""
    about = reading.filters or reading.metrics or reading.quality or reading.methods
    numbers = compares_numbers(reading, catalogue)
    if about or numbers or speaks_of_someone(reading) or scores.confidence > _SURE:
        return False
    if offered(reading):
        return False
    if label == "find_similar_customers" and scores.confidence > _CLEAR:
        return False  # tastes are described in any words
    if label == "draw_chart" and wording("router.chart_noun").search(reading.text):
        return False
    refused, best = scores.refusal, max(scores.of(TOOLS).values())
    if best < _FAINT * (sum(scores.of(TOOLS).values()) + refused):
        return True
    doubtful = 0.5 if scores.familiarity == 1 else _DOUBTFUL
    if supports(label, reading) and (refused < doubtful or best >= 0.5):
        return False
    if best >= 0.5 and scores.familiarity >= FAMILIAR:
        return False
    doubt = refused + (1 - scores.familiarity) * 0.5
    return doubt > 0.45 and "taste" not in reading.concepts


def compares_numbers(reading: Reading, catalogue: Catalogue) -> bool:
    """`2 versus 4`: nothing but segments has numbers to compare."""
    bare = [n for n in reading.numbers if n.value in catalogue.segments]
    return "compare" in reading.concepts and len(bare) == len(reading.numbers) == 2


def speaks_of_someone(reading: Reading) -> bool:
    """Whether customers or segments are named, or one of the shop's things is pointed at."""
    who = reading.who
    return bool(who.customers or who.segments or who.all_segments or who.pointers & _SOMEONE)
