"""Bands are as wide as customers are many, and names stand above their segments."""

import json

import pandas as pd
import pytest

from assistant.charts.basic import UNASSIGNED, figure_json, segment_colour
from assistant.charts.flows import flow_bands

LABELS = {"then": "1 <Mar>", "now": "1 Apr"}


def flows(*rows):
    """(then, now, customers) as the chart takes them; names are ids in words."""
    return pd.DataFrame(
        {
            "then": then,
            "now": now,
            "then_name": f"then <{then}>",
            "now_name": f"now {now}",
            "customers": customers,
            "hover": f"{then} to {now}\n{customers}",
        }
        for then, now, customers in rows
    )


FLOWS = flows((1, 1, 40), (1, 7, 10), (3, 7, 25), (0, 1, 5), (None, 7, 8), (3, None, 2))


def test_every_flow_is_a_band_from_its_segment_to_its_segment():
    figure = figure_json(flow_bands(FLOWS, LABELS))
    (trace,) = figure["data"]
    names = trace["node"]["customdata"]
    ends = [
        (names[source], names[target])
        for source, target in zip(trace["link"]["source"], trace["link"]["target"], strict=True)
    ]
    rows = [(1, 1), (1, 7), (3, 7), (0, 1), (None, 7), (3, None)]
    assert ends == [(f"then &lt;{then}>", f"now {now}") for then, now in rows]
    assert trace["link"]["value"] == [40, 10, 25, 5, 8, 2]
    assert trace["link"]["customdata"][0] == "1 to 1<br>40"
    assert json.dumps(figure, allow_nan=False)


def test_segments_are_in_order_of_their_ids_in_their_own_colours():
    node = flow_bands(FLOWS, LABELS).data[0].node
    left, right = [1, 3, 0, None], [1, 7, None]
    assert [name.split()[0] for name in node.customdata] == ["then"] * 4 + ["now"] * 3
    expected = [segment_colour(one) if one else UNASSIGNED for one in [*left, *right]]
    assert list(node.color) == expected
    assert list(node.y[:4]) == sorted(node.y[:4])
    assert list(node.y[4:]) == sorted(node.y[4:])


def test_a_band_has_the_colour_of_where_it_comes_from():
    colours = flow_bands(FLOWS, LABELS).data[0].link.color

    def rgb(segment):
        return ", ".join(str(int(segment_colour(segment)[i : i + 2], 16)) for i in (1, 3, 5))

    assert [rgb(1) in colours[0], rgb(1) in colours[1], rgb(3) in colours[2]] == [True] * 3
    assert rgb(7) in colours[4]  # nobody's before


def test_one_segment_stands_out_from_faint_others():
    colours = flow_bands(FLOWS, LABELS, segment=3).data[0].link.color
    opacity = [float(colour.rstrip(")").split(", ")[-1]) for colour in colours]
    strong = max(opacity)
    assert [one == strong for one in opacity] == [False, False, True, False, False, True]


@pytest.mark.parametrize("count", [1, 2, 12])
def test_segments_do_not_overlap_and_leave_room_for_their_names(count):
    frame = flows(*((i, i, 10 * i) for i in range(1, count + 1)))
    figure = flow_bands(frame, LABELS)
    margin = figure.layout.margin
    tall = figure.layout.height - margin.t - margin.b
    sizes = frame["customers"].to_numpy()
    node = figure.data[0].node
    scale = (tall - node.pad * (count - 1)) / sizes.sum()  # as Plotly places them
    assert scale > 0
    middles = [y * tall for y in node.y[:count]]
    tops = [middle - size * scale / 2 for middle, size in zip(middles, sizes, strict=True)]
    bottoms = [middle + size * scale / 2 for middle, size in zip(middles, sizes, strict=True)]
    assert min(tops) > -1
    assert max(bottoms) < tall + 1
    for top, bottom in zip(tops[1:], bottoms, strict=False):
        assert top - bottom == pytest.approx(node.pad, abs=1)
    written = [a for a in figure.layout.annotations if a.text.startswith("then")]
    assert [(1 - a.y) * tall for a in written] == pytest.approx(tops, abs=1)


def test_the_days_stand_above_and_long_names_are_cut():
    frame = flows((1, 1, 3)).assign(then_name="1 · Recent frequent big spenders, fond of garden")
    texts = [a.text for a in flow_bands(frame, LABELS).layout.annotations]
    assert texts[-2:] == ["1 &lt;Mar>", "1 Apr"]
    assert texts[0] == "1 · Recent frequent big s…"
