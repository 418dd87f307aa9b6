"""The tools as the agent takes them: described, validated, their results kept by reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, StructuredTool

from assistant.naming import segment_names
from assistant.sight.redaction import written_by_customers
from assistant.sight.sight import Sight, is_shown
from assistant.sight.words import unvouched
from assistant.tools import schemas
from assistant.tools.campaigns import plan_campaign
from assistant.tools.charts import draw_chart
from assistant.tools.clusters import evaluate_segments, list_segments, run_clustering
from assistant.tools.comparing import compare_segments
from assistant.tools.counting import choose_segment_count
from assistant.tools.data import describe_customers, query_customers
from assistant.tools.explaining import explain_segment
from assistant.tools.exporting import export_audience
from assistant.tools.forecasting import forecast_demand
from assistant.tools.funnels import analyse_funnel
from assistant.tools.insight import describe_customer, find_similar_customers
from assistant.tools.profiling import profile_segment
from assistant.tools.recommending import recommend_products
from assistant.tools.result import ToolResult, Turn
from assistant.tools.tracking import track_segments
from assistant.tools.voice import Heard, listening, voice
from assistant.turn.ledger import spending
from prompts import load_yaml
from segmentation.types import KindredError, NotInData, Progress, silent

__all__ = ["LONGEST", "TOOLS", "build_tools", "call_tool", "called", "reader"]

TOOLS: dict[str, tuple[Callable[..., ToolResult], type[schemas.Arguments]]] = {
    "describe_customers": (describe_customers, schemas.DescribeCustomers),
    "query_customers": (query_customers, schemas.QueryCustomers),
    "run_clustering": (run_clustering, schemas.RunClustering),
    "choose_segment_count": (choose_segment_count, schemas.ChooseSegmentCount),
    "evaluate_segments": (evaluate_segments, schemas.EvaluateSegments),
    "list_segments": (list_segments, schemas.ListSegments),
    "profile_segment": (profile_segment, schemas.ProfileSegment),
    "compare_segments": (compare_segments, schemas.CompareSegments),
    "explain_segment": (explain_segment, schemas.ExplainSegment),
    "find_similar_customers": (find_similar_customers, schemas.FindSimilarCustomers),
    "describe_customer": (describe_customer, schemas.DescribeCustomer),
    "recommend_products": (recommend_products, schemas.RecommendProducts),
    "forecast_demand": (forecast_demand, schemas.ForecastDemand),
    "analyse_funnel": (analyse_funnel, schemas.AnalyseFunnel),
    "export_audience": (export_audience, schemas.ExportAudience),
    "plan_campaign": (plan_campaign, schemas.PlanCampaign),
    "draw_chart": (draw_chart, schemas.DrawChart),
    "track_segments": (track_segments, schemas.TrackSegments),
}
SHOWS_PROGRESS = ("run_clustering", "choose_segment_count", "profile_segment")
LONGEST = 6_000
"""Characters of a result that a model reads."""


def build_tools(workspace: Any, *, sight: Sight | None = None) -> list[BaseTool]:
    """Every tool over one workspace, for `create_agent` with `context_schema=Turn`.

    Args:
        sight: what a language model may read of the results; None where none reads them.
    """
    return [_wrap(workspace, name, sight) for name in TOOLS]


def call_tool(workspace: Any, name: str, language: str, arguments: dict[str, Any]) -> ToolResult:
    """Call a tool; what the user can mend comes back as an answer with the status `error`.

    That the data do not carry an answer is none of that: it is what there is to say.
    """
    function, _ = TOOLS[name]
    try:
        return function(workspace, language, **arguments)
    except NotInData as answer:
        return ToolResult(voice(language).error(answer))
    except KindredError as error:
        return ToolResult(voice(language).error(error), status="error")


def called(
    workspace: Any,
    name: str,
    turn: Turn,
    arguments: Mapping[str, Any],
    *,
    sight: Sight | None = None,
    progress: Progress = silent,
) -> tuple[ToolResult, Heard]:
    """What a tool answers to arguments that were validated, and what of it came from data."""
    plain = {key: _plain(value) for key, value in arguments.items()}
    plain = sight.resolved(plain) if sight else plain
    if name in SHOWS_PROGRESS:
        plain["progress"] = _watched(progress, turn.ledger)
    with listening() as heard, spending(turn.ledger):
        result = call_tool(workspace, name, turn.language, plain)
    return _with_notice(result, heard, turn.language), heard


def reader(workspace: Any, sight: Sight, heard: Heard) -> Callable[[str], str]:
    """Makes of a text that a tool wrote what a language model may read of it."""
    base = workspace.base
    values = {one for one in heard.values | _segments(workspace) if not is_shown(one)}
    private = heard.private | written_by_customers(heard.values, base)
    never = unvouched(heard.values, base)
    return sight.reader(values, private, never)


def _wrap(workspace: Any, name: str, sight: Sight | None) -> BaseTool:
    def run(runtime: ToolRuntime[Turn, Any], **arguments: Any) -> tuple[str, dict[str, Any]]:
        turn = runtime.context or Turn()
        result, heard = called(
            workspace, name, turn, arguments, sight=sight, progress=_streaming(runtime)
        )
        artifact = {"result": workspace.results.put(result)}
        if sight is None:
            return result.text[:LONGEST], artifact
        text = reader(workspace, sight, heard)(result.for_model or result.text)
        return text[:LONGEST], artifact | {"names": sight.known(text)}

    return StructuredTool.from_function(
        func=run,
        name=name,
        description=load_yaml("tools")[name].strip(),
        args_schema=TOOLS[name][1],
        response_format="content_and_artifact",
        handle_validation_error=schemas.explain_invalid,
    )


def _with_notice(result: ToolResult, heard: Heard, language: str) -> ToolResult:
    """That some names are only in the tables, where some are."""
    if not heard.withheld:
        return result
    notice = voice(language).say("withheld", n=len(heard.withheld))
    return replace(result, notices=(*result.notices, notice))


def _segments(workspace: Any) -> set[str]:
    """What segments are called: names of goods are in it."""
    return {
        name
        for language in ("en", "zh")
        for name in segment_names(workspace.base, language).values()
    }


def _plain(value: Any) -> Any:
    """Pydantic models as the dicts that the plain functions take."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.model_dump() if hasattr(value, "model_dump") else value


def _streaming(runtime: ToolRuntime[Turn, Any]) -> Progress:
    """Progress as an event of the turn."""

    def report(stage: str, done: int, total: int | None) -> None:
        runtime.stream_writer({"stage": stage, "done": done, "total": total})

    return report


def _watched(progress: Progress, ledger: Any) -> Progress:
    """Progress that also ends what nobody waits for any more."""

    def report(stage: str, done: int, total: int | None) -> None:
        if ledger:
            ledger.vigil.check()
        progress(stage, done, total)

    return report
