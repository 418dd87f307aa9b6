"""The arguments of the tools, as the model sees them: closed and validated.

Descriptions are part of the contract with the model: short, precise, with the valid values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from langchain.tools import ToolRuntime
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.tools.result import Turn
from segmentation.insight.errors import nearest
from segmentation.types import InputError

__all__ = [
    "AnalyseFunnel",
    "Arguments",
    "ChooseSegmentCount",
    "CompareSegments",
    "DescribeCustomer",
    "DescribeCustomers",
    "DrawChart",
    "EvaluateSegments",
    "ExplainSegment",
    "ExportAudience",
    "FilterArgument",
    "FindSimilarCustomers",
    "ForecastDemand",
    "ListSegments",
    "PlanCampaign",
    "ProfileSegment",
    "QueryCustomers",
    "RecommendProducts",
    "RunClustering",
    "TrackSegments",
    "checked",
    "explain_invalid",
]

Given = TypeVar("Given", bound=BaseModel)

MetricName = Literal[
    "customers",
    "orders",
    "revenue",
    "net_revenue",
    "average_order_value",
    "orders_per_customer",
    "days_since_last_order",
    "repeat_rate",
    "conversion_rate",
    "lifetime_value",
    "repeat_probability",
    "expected_orders",
    "expected_value",
    "return_rate",
    "average_rating",
    "items_per_order",
]
Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "between", "contains"]
Method = Literal[
    "auto",
    "kmeans",
    "minibatch_kmeans",
    "bisecting_kmeans",
    "gaussian_mixture",
    "agglomerative",
    "dbscan",
    "hdbscan",
]
ChartKind = Literal["map", "sizes", "revenue", "heatmap", "trend", "funnel", "flows", "radar"]
Scalar = bool | int | float | str
SegmentReference = Annotated[
    int | str, Field(description="A segment's id, such as 3, or its name.")
]


class FilterArgument(BaseModel):
    """One condition; several hold together."""

    model_config = ConfigDict(extra="forbid")

    field: str = Field(
        description="country or another profile or order line column; segment; product (id or "
        "name); category; ordered_at (order date); or per customer orders, revenue, "
        "average_order_value, days_since_last_order, lifetime_value, return_rate, average_rating, "
        "or foretold for the next year repeat_probability, expected_orders, expected_value"
    )
    op: Operator = Field("eq", description="contains is for texts, between takes [low, high]")
    value: Scalar | list[Scalar] = Field(
        description="Numbers as numbers, shares as fractions, dates as ISO (2011-09-30 or 2011-09)"
    )


Filters = Annotated[
    list[FilterArgument] | None, Field(description="Keeps what meets all of these.")
]


class Arguments(BaseModel):
    """What every tool takes besides its own: the turn it is called in, which no model sees."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    runtime: ToolRuntime[Turn, Any]


class DescribeCustomers(Arguments):
    filters: Filters = None


class QueryCustomers(Arguments):
    metric: MetricName = Field(description="What to measure.")
    by: str | None = Field(
        None,
        description="What to split by: segment, country, category, product, customer, month, "
        "weekday, or another profile or order line column.",
    )
    filters: Filters = None
    top_n: int | None = Field(None, ge=1, le=1000, description="How many groups to keep.")
    order: Literal["asc", "desc"] | None = Field(None, description="Of the groups, by value.")


class RunClustering(Arguments):
    method: Method | None = Field(None, description="auto if left out.")
    n_segments: int | None = Field(
        None, ge=2, le=50, description="Chosen from the data if left out."
    )
    text_weight: float | None = Field(
        None, ge=0, le=1, description="Weight of what they buy against how they buy, 0 to 1."
    )
    attach_unassigned: bool | None = Field(
        None, description="Whether customers that dbscan or hdbscan leave out join a segment."
    )


class ChooseSegmentCount(Arguments):
    k_min: int | None = Field(None, description="Smallest number to weigh; 2 if left out.")
    k_max: int | None = Field(None, description="Largest number to weigh, at most 20.")
    method: Method | None = Field(None, description="The present segments' own if left out.")


class EvaluateSegments(Arguments):
    metrics: list[str] | None = Field(
        None,
        description="silhouette, davies_bouldin, calinski_harabasz, stability_min_jaccard, "
        "prediction_strength, tree_fidelity, future_spend_eta2, future_repurchase_eta2, "
        "taste_hit20; all if left out.",
    )


class ListSegments(Arguments):
    pass


class ProfileSegment(Arguments):
    segment: SegmentReference = Field(description="A segment's id or name, or all.")


class ExplainSegment(Arguments):
    segment: SegmentReference


class CompareSegments(Arguments):
    segments: list[SegmentReference] = Field(description="Ids or names of two or more segments.")


class FindSimilarCustomers(Arguments):
    customer_ids: list[str | int] | None = Field(None, description="Ids of the customers to match.")
    description: str | None = Field(
        None,
        max_length=500,
        description="Instead of ids: what the customers wanted buy and which conditions they meet, "
        "in the user's own words, such as: people who buy vintage kitchen things and never return "
        "anything. The conditions are read from it; repeat none of them in filters.",
    )
    segment: SegmentReference | None = Field(
        None, description="Instead of ids: people outside this segment who are like its members."
    )
    n: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="How many to find: 10 if left out; of a segment, all who are likely enough.",
    )
    filters: Filters = None


class DescribeCustomer(Arguments):
    customer_id: str | int = Field(description="One customer's id.")


class RecommendProducts(Arguments):
    segment: SegmentReference | None = None
    customer_id: str | int | None = Field(
        None, description="One customer's id, instead of a segment; everyone if neither is given."
    )
    n: int | None = Field(None, ge=1, le=1000, description="How many products; 10 if left out.")


class ForecastDemand(Arguments):
    segment: SegmentReference | None = None
    days: int | None = Field(None, description="How many days ahead, at most 366; 30 if left out.")
    by: Literal["product", "category"] | None = None


class AnalyseFunnel(Arguments):
    segment: SegmentReference | None = None
    by: Literal["segment", "product", "category"] | None = Field(
        None, description="What to set beside each other: segments if left out."
    )


class PlanCampaign(Arguments):
    segment: SegmentReference
    metric: MetricName | None = Field(None, description="What the campaign is judged by.")
    minimum_lift: float | None = Field(
        None, description="Smallest lift worth finding, as a share: 0.05."
    )
    power: float | None = Field(
        None, gt=0, lt=1, description="Chance to find such a lift, as a share; 0.8 if left out."
    )
    days: int | None = Field(None, ge=1, description="How long after the start it is judged.")


class ExportAudience(Arguments):
    segment: SegmentReference | None = None
    customer_ids: list[str | int] | None = Field(None, description="Instead of a segment.")
    format: Literal["csv", "meta", "google", "klaviyo"] | None = Field(
        None, description="csv if left out."
    )
    hashed: bool | None = Field(
        None, description="Only if the user says so; else as the platform takes it."
    )


class TrackSegments(Arguments):
    since: str | None = Field(
        None,
        description="ISO date: compare with the snapshot that was current then; with the one "
        "before if left out.",
    )


class DrawChart(Arguments):
    kind: ChartKind
    segment: SegmentReference | None = None
    metric: MetricName | None = Field(None, description="What to draw instead of revenue.")


def checked(model: type[Given], given: Mapping[str, Any]) -> Given:
    """What was given, as the model has it. Raises InputError, which names what is valid."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        raise InputError(explain_invalid(error).rstrip(".")) from error


def explain_invalid(error: ValidationError) -> str:
    """What was wrong with a call, and what would have been right, in a sentence each."""
    return " ".join(_explain(one) for one in error.errors(include_url=False))


def _explain(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"])
    given, context = str(error.get("input"))[:80], error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        return f"There is no argument {name}."
    if error["type"] == "missing":
        return f"The argument {name} is missing."
    if error["type"] == "literal_error":
        valid = [part.strip(" '") for part in context["expected"].replace(" or ", ", ").split(",")]
        hint = nearest(given, valid)
        hinted = f" Did you mean {' or '.join(hint)}?" if hint else ""
        return f"{name} cannot be '{given}'.{hinted} Valid: {', '.join(valid)}."
    return f"{name} cannot be '{given}': {error['msg'].lower()}."
