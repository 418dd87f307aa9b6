"""Which of several near tools a question is for: by its words, its subject and its numbers."""

from __future__ import annotations

from assistant.router.catalogue import Catalogue
from assistant.router.intent import Scores
from assistant.router.metrics import choose_dimension, choose_metric, find_order, is_about_risk
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.slots import TOOLS, chart_kind, plain_number

__all__ = ["best_tool", "fits", "is_rule_as_code", "sibling", "supports"]


def best_tool(scores: Scores, reading: Reading) -> str:
    """The most probable tool among those whose subject the question has."""
    tools = {name: p for name, p in scores.probabilities.items() if name in TOOLS}
    weighed = {name: p + _SUPPORT * supports(name, reading) for name, p in tools.items()}
    ranked = sorted(weighed, key=lambda name: -weighed[name])
    best = tools[ranked[0]]
    return next(name for name in ranked if fits(name, reading) or tools[name] < 0.15 * best)


_SUPPORT = 0.2
_CONCEPTS = {
    "analyse_funnel": {"funnel"},
    "choose_segment_count": {"count_choice"},
    "compare_segments": {"compare"},
    "describe_customers": {"overview"},
    "draw_chart": {"chart"},
    "evaluate_segments": {"quality"},
    "explain_segment": {"rule"},
    "export_audience": {"export"},
    "find_similar_customers": {"similar", "taste"},
    "forecast_demand": {"forecast"},
    "list_segments": {"listing"},
    "plan_campaign": {"campaign"},
    "profile_segment": {"persona"},
    "recommend_products": {"recommend"},
    "run_clustering": {"clustering"},
    "track_segments": {"change"},
}


def supports(tool: str, reading: Reading) -> int:
    """How clearly a word of the question is one this tool is asked for with."""
    if tool == "choose_segment_count" and wording("router.there_are").search(reading.text):
        return 0
    if tool == "draw_chart" and wording("router.shapes").search(reading.text):
        return 5
    return bool(_CONCEPTS.get(tool, set()) & reading.concepts)


def fits(tool: str, reading: Reading) -> bool:
    """Whether the question speaks of whom the tool is for."""
    who = reading.who
    customer = bool(who.customers) or "customer" in who.pointers
    segment = bool(who.segments) or who.all_segments or "segment" in who.pointers
    if tool in ("profile_segment", "explain_segment", "compare_segments", "plan_campaign"):
        return segment or not who.customers
    if tool == "describe_customer":
        return customer or not segment
    if tool == "list_segments":
        return not who.customers
    return True


def is_rule_as_code(reading: Reading) -> bool:
    """`segment 2 as an SQL condition`: the rule of a segment comes as SQL and pandas too."""
    return bool(reading.who.segments) and bool(wording("router.rule_as_code").search(reading.text))


def sibling(tool: str, reading: Reading, catalogue: Catalogue) -> str:
    """The tool that answers the same kind of question when the subject is another."""
    tool = _for_subject(tool, reading)
    if reading.methods and _tries_out(tool, reading):
        return "run_clustering"
    return _for_metric(tool, reading, catalogue)


def _for_subject(tool: str, reading: Reading) -> str:
    """A customer is described, whatever segments are named too; several segments are compared."""
    who, concepts = reading.who, reading.concepts
    if tool in ("profile_segment", "explain_segment") and who.customers:
        return "describe_customer"
    if tool == "draw_chart" and who.segments and "chart" not in concepts:
        return tool if chart_kind(reading) else "profile_segment"
    if tool in ("profile_segment", "explain_segment") and len(who.segments) > 1:
        return tool if who.all_segments else "compare_segments"
    alone = len(who.segments) == 1 and not who.pointers
    if tool == "compare_segments" and alone and "compare" not in concepts:
        return "profile_segment"
    return tool


def _for_metric(tool: str, reading: Reading, catalogue: Catalogue) -> str:
    """A question for one number is a query, whatever it is asked about."""
    if _lists_customers(tool, reading, catalogue) or _only_counts(tool, reading):
        return "query_customers"
    if tool == "track_segments" and is_about_risk(reading):
        return "query_customers"
    if tool == "query_customers" and _seeks_people(reading, catalogue):
        return "find_similar_customers"
    metric = choose_metric(reading, count_words=False)
    told = metric not in (None, "customers", "orders", "revenue")
    narrowed = bool(reading.dimensions or reading.filters)
    pointed = bool(reading.who.segments or "segment" in reading.who.pointers)
    asks = {
        "list_segments": pointed or metric not in (None, "customers"),
        "track_segments": told and narrowed,
        "forecast_demand": bool(reading.filters_on("days_since_last_order", "orders")),
        "describe_customers": told and narrowed,
        "compare_segments": metric not in (None, "customers") and "compare" not in reading.concepts,
    }
    if asks.get(tool):
        return "query_customers"
    summary = wording("router.summary").search(reading.text)
    if tool == "query_customers" and summary and not told:
        return tool if choose_dimension(reading, catalogue) else "describe_customers"
    return tool


def _lists_customers(tool: str, reading: Reading, catalogue: Catalogue) -> bool:
    """`who are my best customers?`: customers ranked by a number, whatever it sounds like."""
    if choose_dimension(reading, catalogue) != "customer":
        return False
    who, concepts = reading.who, reading.concepts
    about_one = tool in ("describe_customer", "profile_segment") and not (
        who.customers or "persona" in concepts
    )
    about_all = tool in ("describe_customers", "list_segments", "track_segments")
    alike = tool == "find_similar_customers" and not (
        who.customers or who.pointers or "similar" in concepts or plain_number(reading)
    )
    lost = tool == "analyse_funnel" and is_about_risk(reading)
    return about_all or alike or lost or (about_one and not who.segments)


def _seeks_people(reading: Reading, catalogue: Catalogue) -> bool:
    """`who are the people that buy teapots`: people of a taste, no number of them."""
    numbers = [hit for hit in reading.metrics if hit.name != "customers"]
    asks_number = wording("metrics.count").search(reading.text) or numbers
    return (
        bool(reading.filters_on("product"))
        and len(reading.filters) == 1
        and bool(wording("router.kind_of_people").search(reading.text))
        and not (asks_number or choose_dimension(reading, catalogue) or find_order(reading))
    )


def _only_counts(tool: str, reading: Reading) -> bool:
    """`how many customers bought a mug?`: one number of those who meet a condition."""
    counted = [hit for hit in reading.metrics if hit.name == "customers"]
    return (
        tool == "describe_customers"
        and bool(reading.filters)
        and bool(counted)
        and len({hit.name for hit in reading.metrics}) == 1
        and "overview" not in reading.concepts
        and bool(wording("metrics.count").search(reading.text))
    )


def _tries_out(tool: str, reading: Reading) -> bool:
    """`let us see what HDBSCAN makes of it` is a request to run it, whatever else is said."""
    if tool not in ("choose_segment_count", "evaluate_segments"):
        return False
    if "count_choice" in reading.concepts:
        return False
    return tool == "choose_segment_count" or bool(wording("router.tries_out").search(reading.text))
