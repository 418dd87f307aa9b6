"""Forecasts in words: a valuation made by hand, and a shop that has none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assistant.tools.registry import call_tool
from segmentation.insight.metrics import FORECASTS
from segmentation.insight.value.fit import Valuation
from segmentation.insight.value.valuation import save_valuation

BUYERS = ["anna", "bob", "carl", "dora", "eve", "finn", "gina", "hugo", "ines", "jack"]
YEAR = "2024-04-01/2025-03-31"


def by_hand(customers):
    """anna is expected to order once and spend 10, bob twice and 20, ...; lee and mia nothing."""
    number = pd.Series(np.arange(1.0, len(BUYERS) + 1), index=BUYERS)
    columns = {
        "repeat_probability": number / 20,
        "expected_orders": number,
        "expected_value": 10 * number,
        "orders_sd": 0.1 * number,
        "value_sd": number,
        "observed_value": number,
    }
    return Valuation(
        table=pd.DataFrame(columns).reindex(customers),
        method="bg_nbd+gamma_gamma",
        parameters={"r": 1.0},
        departures={"expected_orders": 0.2, "expected_value": 0.3},
    )


@pytest.fixture(scope="module")
def foretold_base(base, tmp_path_factory):
    return keeping(base, by_hand(base.customers), tmp_path_factory.mktemp("kept"))


@pytest.fixture
def foretold(workspace, foretold_base):
    """The small shop with that valuation kept in its snapshot."""
    return type(workspace)(foretold_base)


@pytest.fixture
def orders_foretold(workspace, tmp_path):
    """The same where spend was refused."""
    found = by_hand(workspace.base.customers)
    table = found.table.assign(expected_value=np.nan, value_sd=np.nan)
    found = replace(found, table=table, method="bg_nbd")
    return type(workspace)(keeping(workspace.base, found, tmp_path))


def keeping(base, found, folder):
    save_valuation(found, folder / "value")
    extras = {**base.extras, "value": folder / "value"}
    return replace(base, features=base.features.copy(), extras=extras)


def ask(workspace, tool, language="en", **arguments):
    return call_tool(workspace, tool, language, arguments)


def facts(result):
    return {(f.subject, f.metric): f.value for f in result.facts}


@pytest.mark.parametrize("metric", FORECASTS)
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("by", [None, "segment", "country", "customer"])
def test_every_forecast_is_worded(foretold, metric, language, by):
    result = ask(foretold, "query_customers", language, metric=metric, by=by)
    assert result.status == "ok"
    assert "{" not in result.text
    assert {fact.period for fact in result.facts if fact.metric == metric} == {YEAR}
    assert ("forecast" in result.text) or ("预测" in result.text)


def test_one_number_with_its_total_and_interval(foretold):
    germans = [{"field": "expected_orders", "op": "le", "value": 3}]
    few = ask(foretold, "query_customers", metric="expected_value", filters=germans)
    assert facts(few)["expected_orders<=3", "expected_value"] == pytest.approx(20)
    assert "95%" not in few.text
    assert "from 1 Apr 2024 to 31 Mar 2025" in few.text


def test_segments_come_with_totals_and_intervals(foretold):
    result = ask(foretold, "query_customers", metric="expected_value", by="segment")
    known = facts(result)
    assert known["segment:1", "expected_value"] == pytest.approx(10 * (1 + 3 + 6 + 9) / 4)
    assert known["segment:1", "expected_value_total"] == pytest.approx(190)
    own = np.sqrt(1 + 9 + 36 + 81) / 190
    factor = np.exp(1.959964 * np.sqrt(np.log1p(own**2) + 0.3**2))
    assert known["segment:1", "expected_value_low"] == pytest.approx(190 / factor)
    assert known["segment:1", "expected_value_high"] == pytest.approx(190 * factor)
    table = result.tables[-1]
    assert [row[0] for row in table.rows] == [1, 2, 3]
    assert table.rows[0][3] == pytest.approx(190)


def test_lifetime_value_stays_what_was_spent_and_tells_what_is_expected(foretold, workspace):
    result = ask(foretold, "query_customers", metric="lifetime_value")
    plain = ask(workspace, "query_customers", metric="lifetime_value")
    assert result.text.startswith(plain.text)
    assert "expected to spend €55.00" in result.text
    assert facts(result)["all", "lifetime_value"] == facts(plain)["all", "lifetime_value"]
    assert facts(result)["all", "expected_value"] == pytest.approx(55)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_customer_is_told_what_is_expected_of_them(foretold, language):
    result = ask(foretold, "describe_customer", language, customer_id="dora")
    known = facts(result)
    assert known["customer:dora", "repeat_probability"] == pytest.approx(0.2)
    assert known["customer:dora", "expected_value"] == pytest.approx(40)
    assert "20%" in result.text
    assert "€40.00" in result.text


def test_who_never_bought_is_not_told_of(foretold):
    result = ask(foretold, "describe_customer", customer_id="lee")
    assert not {metric for _, metric in facts(result)} & set(FORECASTS)
    assert "Expected" not in result.text


def test_orders_alone_where_spend_is_refused(orders_foretold):
    result = ask(orders_foretold, "describe_customer", customer_id="dora")
    assert "20% likely to buy again, 4 orders." in result.text
    assert ("customer:dora", "expected_value") not in facts(result)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "3 of 10 customers bought on two days or more, and a model of coming back needs 50"),
        ("zh", "10 位客户中只有 3 位在两天或更多天购买过"),
    ],
)
@pytest.mark.parametrize("metric", FORECASTS)
def test_a_shop_too_small_says_why_and_what_there_is(workspace, language, said, metric):
    result = ask(workspace, "query_customers", language, metric=metric)
    assert result.status == "ok"
    assert said in result.text
    assert "{" not in result.text
    filtered = [{"field": metric, "op": "gt", "value": 0}]
    assert ask(workspace, "describe_customers", language, filters=filtered).text == result.text


@pytest.mark.parametrize("kind", ["revenue", "trend"])
def test_a_forecast_can_be_drawn_or_says_that_it_has_no_months(foretold, kind):
    result = ask(foretold, "draw_chart", kind=kind, metric="expected_value")
    assert result.text
    assert bool(result.charts) == (kind == "revenue")
