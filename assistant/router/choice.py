"""Which of several near tools a question is for: by its words, its subject and its numbers."""

from __future__ import annotations

from assistant.router.catalogue import Catalogue
from assistant.router.charting import chart_kind, is_told_by_a_table
from assistant.router.churn import asks_churn
from assistant.router.concentration import asks_concentration
from assistant.router.intent import Scores
from assistant.router.metrics import (
    choose_dimension,
    choose_metric,
    counts_orders,
    counts_people,
    find_order,
    is_about_risk,
)
from assistant.router.offers import offered
from assistant.router.patterns import wording
from assistant.router.reading import Reading
from assistant.router.slots import TOOLS, wants_outsiders
from assistant.router.subjects import plain_number
from assistant.router.ways import counts_in_a_way

__all__ = [
    "asks_complaints", "best_tool", "fits", "is_rule_as_code", "sibling", "supports",
    "weighs_counts",
]  # fmt: skip


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
    said = bool(wording("router.rule_as_code").search(reading.masked))
    return bool(reading.who.segments) and said and not reading.metrics


def asks_complaints(tool: str, reading: Reading) -> bool:
    """`what do customers complain about`: what reviews say is told by segment, and there alone."""
    told = {hit.name for hit in reading.metrics} - {"customers"}
    return (
        tool in ("describe_customers", "profile_segment", "query_customers", "analyse_funnel")
        and not (told or reading.who.customers)
        and bool(wording("router.complaints").search(reading.text))
    )


def sibling(tool: str, reading: Reading, catalogue: Catalogue) -> str:
    """The tool that answers the same kind of question when the subject is another."""
    if asks_concentration(reading):
        return "describe_customers"
    tool = _for_subject(tool, reading)
    if tool == "run_clustering" and weighs_counts(reading):
        return "choose_segment_count"
    if reading.methods and _tries_out(tool, reading):
        return "run_clustering"
    return _for_metric(tool, reading, catalogue)


def _for_subject(tool: str, reading: Reading) -> str:
    """A customer is described, whatever segments are named too; several segments are compared."""
    who, concepts = reading.who, reading.concepts
    if wants_outsiders(reading) or (offered(reading) and not (who.segments or who.customers)):
        return "find_similar_customers"
    if asks_complaints(tool, reading) or _asks_favourites_of_all(tool, reading):
        return "profile_segment"
    if tool == "find_similar_customers" and concepts & {"persona", "similar", "taste"} == {
        "persona"
    }:
        tool = "profile_segment"
    if tool == "plan_campaign" and len(who.segments) > 1 and _sets_against(reading):
        return "compare_segments"
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


def _asks_favourites_of_all(tool: str, reading: Reading) -> bool:
    """`favourite products of each segment`: their profiles name them."""
    goods = {hit.name for hit in reading.dimensions} & {"product", "category"}
    told = {hit.name for hit in reading.metrics} - {"customers", "revenue"}
    return (
        tool in ("query_customers", "list_segments", "recommend_products", "compare_segments")
        and bool(goods or wording("metrics.goods_asked").search(reading.text))
        and not (told or reading.filters or reading.who.segments)
        and bool(wording("choice.told_of_all").search(reading.text))
        and bool(wording("choice.favourites").search(reading.text))
    )


def _sets_against(reading: Reading) -> bool:
    return bool(wording("metrics.compared").search(reading.text))


def _for_metric(tool: str, reading: Reading, catalogue: Catalogue) -> str:
    """A question for one number is a query, whatever it is asked about."""
    if tool in _BESIDES and (asks_churn(reading) or counts_in_a_way(reading)):
        return "query_customers"
    if tool == "draw_chart" and is_told_by_a_table(reading, catalogue):
        return "query_customers"
    if _wants_figures(tool, reading) or _ranks_things(tool, reading, catalogue):
        return "query_customers"
    if _lists_customers(tool, reading, catalogue) or _only_counts(tool, reading):
        return "query_customers"
    if tool == "track_segments" and (is_about_risk(reading) or _tells_course(reading, catalogue)):
        return "query_customers"
    if tool == "query_customers" and _asks_what_will_sell(reading):
        return "forecast_demand"
    if tool == "query_customers" and _seeks_people(reading, catalogue):
        return "find_similar_customers"
    summary = wording("router.summary").search(reading.text)
    metric = choose_metric(reading, count_words=False)
    told = metric not in (None, "customers", "orders", "revenue")
    narrowed = bool(reading.dimensions or reading.filters)
    pointed = bool(reading.who.segments or "segment" in reading.who.pointers)
    asks = {
        "list_segments": pointed or metric not in (None, "customers"),
        "track_segments": told and narrowed,
        "forecast_demand": bool(reading.filters_on("days_since_last_order", "orders")),
        "describe_customers": told and narrowed,
        "evaluate_segments": told and narrowed and not (reading.quality or _judges(reading)),
        "compare_segments": metric not in (None, "customers") and "compare" not in reading.concepts,
    }
    if asks.get(tool):
        return "query_customers"
    if tool == "describe_customers" and not summary and _asks_a_column(reading, catalogue):
        return "query_customers"
    if tool == "query_customers" and wording("router.data_asked").search(reading.text):
        return tool if told else "describe_customers"
    if tool == "query_customers" and summary and not told:
        return tool if choose_dimension(reading, catalogue) else "describe_customers"
    return tool


_BESIDES = ("analyse_funnel", "describe_customers", "track_segments", "list_segments")
"""Tools that a number of lost customers, or of those who paid by card, may be taken for."""


def _tells_course(reading: Reading, catalogue: Catalogue) -> bool:
    """`how have orders changed over the last 6 months`: a number by month, no move of people."""
    told = choose_metric(reading, count_words=False) not in (None, "customers")
    since = wording("router.snapshots").search(reading.text)
    return told and not since and choose_dimension(reading, catalogue) == "month"


def _asks_a_column(reading: Reading, catalogue: Catalogue) -> bool:
    """`how old are our customers?`: a field of their profiles, counted by its values."""
    by = choose_dimension(reading, catalogue)
    return by in catalogue.fields and "overview" not in reading.concepts


def _judges(reading: Reading) -> bool:
    return "quality" in reading.concepts


def _wants_figures(tool: str, reading: Reading) -> bool:
    """`orders month by month`: a chart is drawn where a word asks for one, else it is a number."""
    if tool != "draw_chart" or choose_metric(reading, count_words=False) is None:
        return False
    drawn = wording("router.drawn").search(reading.text) or "chart" in reading.concepts
    return not drawn or bool(wording("router.figures").search(reading.text))


def _ranks_things(tool: str, reading: Reading, catalogue: Catalogue) -> bool:
    """`the products that fewest people buy`: products are ranked, nobody is looked for."""
    return (
        tool in ("find_similar_customers", "recommend_products", "describe_customers")
        and not (reading.who.customers or reading.who.pointers or reading.who.segments)
        and "recommend" not in reading.concepts
        and choose_dimension(reading, catalogue) not in (None, "customer", "segment")
        and bool(reading.metrics)
        and find_order(reading) is not None
    )


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
    listed = wording("metrics.members").search(reading.masked) and "export" not in concepts
    if listed and tool in ("profile_segment", "export_audience", "list_segments"):
        return True
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


def _asks_what_will_sell(reading: Reading) -> bool:
    """`predict sales for December`: what is foretold of sales is units."""
    metric = choose_metric(reading, count_words=False)
    return metric in (None, "revenue", "orders") and bool(
        wording("router.foretells").search(reading.text)
    )


def _only_counts(tool: str, reading: Reading) -> bool:
    """`how many customers bought a mug?`, `what is our revenue?`: one number is asked for."""
    named = {hit.name for hit in reading.metrics} - {"customers"}
    people = not named and bool(reading.filters) and bool(reading.metrics)
    return (
        tool == "describe_customers"
        and (people or (len(named) == 1 and not counts_people(reading)))
        and ("overview" not in reading.concepts or counts_orders(reading))
        and bool(wording("metrics.count" if people else "metrics.one_number").search(reading.text))
    )


def weighs_counts(reading: Reading) -> bool:
    """`sweep 3 to 9 with k-means`: a range of numbers is tried, not one partition made."""
    return bool(wording("router.sweeps").search(reading.masked)) and len(reading.numbers) > 1


def _tries_out(tool: str, reading: Reading) -> bool:
    """`let us see what HDBSCAN makes of it` is a request to run it, whatever else is said."""
    if tool not in ("choose_segment_count", "evaluate_segments") or weighs_counts(reading):
        return False
    if "count_choice" in reading.concepts:
        return False
    return tool == "choose_segment_count" or bool(wording("router.tries_out").search(reading.text))
