from __future__ import annotations

import json

from assistant.tools.result import Chart, Table, ToolResult
from segmentation.types import Fact


def test_a_result_survives_json():
    result = ToolResult(
        "Revenue was 10.",
        facts=(Fact("all", "revenue", "2024-01-01/2024-03-31", 10.0, "EUR"),),
        tables=(Table("Revenue", ("Country", "Revenue"), (("Spain", 10.0), (None, 0))),),
        charts=(Chart("Map", {"data": [], "layout": {}}),),
        files=("a.csv",),
        status="needs_confirmation",
        notices=("small",),
    )
    assert ToolResult.from_json(json.loads(json.dumps(result.to_json()))) == result


def test_what_is_no_number_becomes_null():
    result = ToolResult("", tables=(Table("t", ("a",), ((float("nan"),),)),))
    assert json.dumps(result.to_json(), allow_nan=False)
    assert result.to_json()["tables"][0]["rows"] == [[None]]
