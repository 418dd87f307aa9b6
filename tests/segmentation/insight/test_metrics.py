"""The written definitions are the ones in force."""

from __future__ import annotations

import re
from pathlib import Path

from segmentation.insight.metrics import METRICS

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"


def test_every_metric_is_written_down_with_unit_and_definition() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", PAGE.read_text("utf-8"), re.M)
    assert {name: rest for name, *rest in rows} == {
        metric.name: [metric.unit, metric.counted, metric.formula] for metric in METRICS.values()
    }
