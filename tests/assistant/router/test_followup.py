"""A conversation carried on: pure functions, without a classifier."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from assistant.router.catalogue import Catalogue
from assistant.router.charting import chart_of
from assistant.router.followup import amend, bare_call, is_continuation
from assistant.router.memory import Call, Memory
from assistant.router.pointing import resolve
from assistant.router.reading import read


def _called(tool: str, **args: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": tool, "args": args, "id": "1", "type": "tool_call"}])


@pytest.mark.parametrize(
    "question",
    [
        "and segment 2?",
        "make it 8",
        "only in Germany",
        "by month?",
        "6",
        "换成客单价呢",
        "只要前5个",
        "as csv please",
    ],
)
def test_leaning_on_an_earlier_turn(question: str, catalogue: Catalogue) -> None:
    assert is_continuation(read(question, catalogue))


@pytest.mark.parametrize(
    "question", ["what rule defines segment 2", "forecast demand", "哪些客户喜欢蜡烛"]
)
def test_standing_alone(question: str, catalogue: Catalogue) -> None:
    assert not is_continuation(read(question, catalogue))


GERMANY = {"field": "country", "op": "eq", "value": "Germany"}
AMENDED: list[tuple[Call, str, Call]] = [
    (
        Call("query_customers", {"metric": "revenue", "by": "country", "top_n": 5}),
        "换成客单价呢",
        Call("query_customers", {"metric": "average_order_value", "by": "country", "top_n": 5}),
    ),
    (
        Call("query_customers", {"metric": "revenue", "by": "country", "top_n": 5}),
        "by month?",
        Call("query_customers", {"metric": "revenue", "by": "month"}),
    ),
    (
        Call("query_customers", {"metric": "orders"}),
        "only in Germany",
        Call("query_customers", {"metric": "orders", "filters": [GERMANY]}),
    ),
    (
        Call("run_clustering", {"method": "kmeans", "n_segments": 6}),
        "8",
        Call("run_clustering", {"method": "kmeans", "n_segments": 8}),
    ),
    (
        Call("choose_segment_count", {}),
        "ok do that with 5",
        Call("run_clustering", {"n_segments": 5}),
    ),
    (
        Call("find_similar_customers", {"customer_ids": ["20017"], "n": 10}),
        "give me 25",
        Call("find_similar_customers", {"customer_ids": ["20017"], "n": 25}),
    ),
    (Call("profile_segment", {"segment": 1}), "and 3?", Call("profile_segment", {"segment": 3})),
    (
        Call("compare_segments", {"segments": [1, 2]}),
        "再加上细分3",
        Call("compare_segments", {"segments": [1, 2, 3]}),
    ),
    (
        Call("recommend_products", {"customer_id": "20017"}),
        "and for segment 2?",
        Call("recommend_products", {"segment": 2}),
    ),
    (
        Call("forecast_demand", {"segment": 3, "days": 30}),
        "and over 90 days?",
        Call("forecast_demand", {"segment": 3, "days": 90}),
    ),
    (
        Call("plan_campaign", {"segment": 4, "minimum_lift": 0.05}),
        "what if 10% is enough",
        Call("plan_campaign", {"segment": 4, "minimum_lift": 0.1}),
    ),
    (
        Call("plan_campaign", {"segment": 4}),
        "for Klaviyo",
        Call("export_audience", {"segment": 4, "format": "klaviyo"}),
    ),
    (
        Call("describe_customer", {"customer_id": "20017"}),
        "what about 20018?",
        Call("describe_customer", {"customer_id": "20018"}),
    ),
    (
        Call("query_customers", {"metric": "revenue", "by": "month"}),
        "as a line chart",
        Call("draw_chart", {"kind": "trend", "metric": "revenue"}),
    ),
]


@pytest.mark.parametrize(("before", "question", "after"), AMENDED)
def test_the_last_call_is_changed(
    before: Call, question: str, after: Call, catalogue: Catalogue
) -> None:
    assert amend(before, read(question, catalogue), catalogue, Memory(last=before)) == after


def test_nothing_new_changes_nothing(catalogue: Catalogue) -> None:
    call = Call("list_segments", {})
    assert amend(call, read("again", catalogue), catalogue, Memory(last=call)) is None


def test_memory_knows_who_was_spoken_of() -> None:
    memory = Memory.of(
        [
            HumanMessage("segment 1"),
            _called("profile_segment", segment=1),
            HumanMessage("and 20017"),
            _called("describe_customer", customer_id="20017"),
            HumanMessage("compare"),
            _called("compare_segments", segments=[1, 2]),
        ]
    )
    assert memory.segments == (1, 2)
    assert memory.customers == ("20017",)
    assert memory.spoke_of == "segment"
    assert memory.last == Call("compare_segments", {"segments": [1, 2]})


def test_memory_keeps_what_was_asked_back_until_the_next_question() -> None:
    asked = AIMessage(
        "Which?",
        additional_kwargs={
            "kindred": {"clarify": True, "pending": {"tool": "explain_segment", "args": {}}}
        },
    )
    assert Memory.of([HumanMessage("explain it"), asked]).pending == Call("explain_segment", {})
    later = [HumanMessage("explain it"), asked, HumanMessage("list"), _called("list_segments")]
    assert Memory.of(later).pending is None


def test_memory_keeps_whom_a_refused_question_named() -> None:
    refused = AIMessage(
        "No.", additional_kwargs={"kindred": {"refused": True, "customers": ["20017"]}}
    )
    assert Memory.of([HumanMessage("mail 20017"), refused]).customers == ("20017",)


@pytest.mark.parametrize(
    ("tool", "question", "memory", "args"),
    [
        (
            "recommend_products",
            "what would she like",
            Memory().mention(["20017"]),
            {"customer_id": "20017"},
        ),
        (
            "compare_segments",
            "how do the two differ",
            Memory().mention([], [4, 2]),
            {"segments": [4, 2]},
        ),
        (
            "profile_segment",
            "what about the other one",
            Memory().mention([], [4, 2]),
            {"segment": 4},
        ),
        ("export_audience", "export them", Memory().mention([], [3]), {"segment": 3}),
        (
            "query_customers",
            "what is their return rate",
            Memory().mention([], [4]),
            {"metric": "return_rate", "filters": [{"field": "segment", "op": "eq", "value": 4}]},
        ),
        ("explain_segment", "explain that group", Memory(), None),
        ("describe_customer", "who is she", Memory(), None),
    ],
)
def test_pointers_find_whom_they_mean(
    tool: str, question: str, memory: Memory, args: dict[str, Any] | None, catalogue: Catalogue
) -> None:
    reading = read(question, catalogue)
    start = {"metric": "return_rate"} if tool == "query_customers" else {}
    assert resolve(tool, start, reading, memory) == args


def test_look_alikes_that_were_found_are_not_the_customer_they_are_like(
    catalogue: Catalogue,
) -> None:
    memory = Memory.of([_called("find_similar_customers", customer_ids=["20017"])])
    assert resolve("export_audience", {}, read("export them", catalogue), memory) is None


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (Call("list_segments", {}), "sizes"),
        (Call("query_customers", {"metric": "revenue", "by": "segment"}), "revenue"),
        (Call("query_customers", {"metric": "orders", "by": "month"}), "trend"),
        (Call("analyse_funnel", {}), "funnel"),
        (Call("track_segments", {}), "flows"),
    ],
)
def test_a_chart_of_the_last_answer(call: Call, kind: str, catalogue: Catalogue) -> None:
    chart = chart_of(call, read("now as a chart", catalogue))
    assert chart is not None
    assert chart.args["kind"] == kind


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("20017", "describe_customer"),
        ("segment 2?", "profile_segment"),
        ("segments 1 and 2", "compare_segments"),
        ("hdbscan", "run_clustering"),
        ("silhouette", "evaluate_segments"),
        ("turnover by country", "query_customers"),
        ("Germany", "describe_customers"),
    ],
)
def test_a_bare_name_is_a_question(question: str, tool: str, catalogue: Catalogue) -> None:
    call = bare_call(read(question, catalogue), catalogue)
    assert call is not None
    assert call.tool == tool
