"""Lines, tiles and radars place what they were given, ratios by their logarithm."""

import json

import pandas as pd
import pytest

from assistant.charts.basic import INK, figure_json, segment_colour
from assistant.charts.compare import EVERYONE, LESS, MORE, ON_TILES, SAME, month_lines, radar, tiles

LABELS = {
    "times": "{n}×",
    "scale": "Compared with <everyone>",
    "everyone_else": "Everyone else",
    "month_ticks": "%b\n%Y",
    "value": "Revenue <£>",
}
NOTHING = float("nan")


def months(**lines):
    """A frame of lines: `s1=[...]` for a segment, `all=[...]` for everyone, from 2024-01 on."""
    return pd.DataFrame(
        {
            "group": EVERYONE if name == EVERYONE else int(name[1:]),
            "name": f"<{name}>",
            "month": str(pd.Period("2024-01", freq="M") + place),
            "value": value,
            "text": f"= {value}",
        }
        for name, values in lines.items()
        for place, value in enumerate(values)
    )


def test_a_line_has_its_months_and_its_gaps():
    figure = figure_json(month_lines(months(s2=[1.5, NOTHING, 3.0]), LABELS))
    (line,) = figure["data"]
    assert line["x"] == ["2024-01-01", "2024-02-01", "2024-03-01"]
    assert line["y"] == [1.5, None, 3.0]
    assert line["line"]["color"] == segment_colour(2)
    assert line["name"] == "&lt;s2>"
    assert line["customdata"][0] == "= 1.5"
    assert figure["layout"]["showlegend"] is False
    assert json.dumps(figure, allow_nan=False)


def test_everyone_is_dotted_and_grey_beside_segments():
    figure = month_lines(months(all=[3.0, 4.0], s1=[1.0, 2.0]), LABELS)
    everyone, segment = figure.data
    assert (everyone.line.color, everyone.line.dash) == (INK, "dot")
    assert (segment.line.color, segment.line.dash) == (segment_colour(1), "solid")
    assert figure.layout.showlegend


def test_an_incomplete_month_is_marked():
    figure = month_lines(months(s1=[1.0, 2.0, 3.0]), LABELS, incomplete={"2024-03": "to <9> Mar"})
    assert list(figure.data[0].marker.symbol) == ["circle", "circle", "circle-open"]
    (band,), (words,) = figure.layout.shapes, figure.layout.annotations
    assert band.x0 < "2024-03-01" < band.x1
    assert words.text == "to &lt;9> Mar"
    elsewhere = month_lines(months(s1=[1.0]), LABELS, incomplete={"2025-03": "to 9 Mar"})
    assert not elsewhere.layout.shapes


@pytest.mark.parametrize(("count", "step"), [(1, "M1"), (6, "M1"), (13, "M3"), (24, "M6")])
def test_there_are_few_enough_ticks(count, step):
    figure = month_lines(months(s1=[1.0] * count), LABELS)
    assert figure.layout.xaxis.dtick == step
    assert figure.layout.xaxis.tickformat == "%b\n%Y"


@pytest.mark.parametrize(("count", "step"), [(120, 24), (1200, 204)])
def test_a_long_history_is_ticked_by_whole_years(count, step):
    assert month_lines(months(s1=[1.0] * count), LABELS).layout.xaxis.dtick == f"M{step}"


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [("share", 0.5, ".0%"), ("share", 0.05, ".1%"), ("GBP", 1e6, ",.0f"), ("rating", 4.2, ",~f")],
)
def test_the_axis_speaks_the_unit(unit, value, expected):
    figure = month_lines(months(s1=[value, 0.0]), LABELS, unit=unit)
    assert figure.layout.yaxis.tickformat == expected
    assert figure.layout.yaxis.title.text == "Revenue &lt;£>"


def test_everyone_alone_does_not_borrow_a_segments_colour():
    assert month_lines(months(all=[3.0, 4.0]), LABELS).data[0].line.color == INK


def tile_frame():
    return pd.DataFrame(
        [
            ("A", "One", 2.0, "€2", "A\n€2"),
            ("A", "Two", 0.0, "0%", "h"),
            ("A", "Three", NOTHING, "5", "h"),
            ("B & C", "One", 100.0, "€100", "h"),
            ("B & C", "Two", 1.0, "3%", "h"),
            ("B & C", "Three", NOTHING, "", ""),
        ],
        columns=["name", "measure", "lift", "text", "hover"],
    )


def test_tiles_carry_the_number_and_the_ratio_as_colour():
    figure = figure_json(tiles(tile_frame(), LABELS))
    (tile,) = figure["data"]
    assert tile["text"] == [["€2", "0%", "5"], ["€100", "3%", ""]]
    # twice is 1, 0 and 100 times are clipped, what cannot be compared is neutral, no number no tile
    assert tile["z"] == [[1.0, -2.0, 0.0], [2.0, 0.0, None]]
    assert (tile["zmin"], tile["zmax"]) == (-2, 2)
    assert [colour for _, colour in tile["colorscale"]] == [LESS, SAME, MORE]
    assert tile["customdata"][0][0] == "A<br>€2"
    assert figure["layout"]["xaxis"]["ticktext"] == ["One", "Two", "Three"]
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["A", "B &amp; C"]
    assert tile["colorbar"]["ticktext"] == ["≤ ¼×", "½×", "1×", "2×", "≥ 4×"]
    assert tile["colorbar"]["title"]["text"] == "Compared with &lt;everyone>"


def test_the_figures_are_read_on_every_tile():
    def luminance(colour):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    for colour in (LESS, SAME, MORE):
        assert (luminance(colour) + 0.05) / (luminance(ON_TILES) + 0.05) > 4.5


def spokes(**lifts):
    return pd.DataFrame(
        {"group": int(name[1:]), "name": name, "measure": measure, "lift": lift, "hover": "a\nb"}
        for name, values in lifts.items()
        for measure, lift in zip(("Rate", "Value", "Orders"), values, strict=True)
    )


def test_a_radar_places_ratios_by_their_logarithm():
    figure = radar(spokes(s1=[2.0, 0.5, 1.0]), LABELS, shown=[1])
    ring, outline = figure.data
    assert set(ring.r) == {0}
    assert list(outline.r) == [1, -1, 0, 1]
    assert list(outline.theta) == [0, 120, 240, 0]
    assert outline.line.color == segment_colour(1)
    assert list(figure.layout.polar.radialaxis.ticktext) == ["½×", "1×", "2×"]
    assert list(figure.layout.polar.angularaxis.ticktext) == ["Rate", "Value", "Orders"]


def test_a_radar_reaches_as_far_as_it_must_and_no_farther():
    wide = radar(spokes(s1=[3.0, 1.0, 1.0]), LABELS, shown=[1])
    assert wide.layout.polar.radialaxis.range[1] == 2
    widest = radar(spokes(s1=[50.0, 0.0, 0.001]), LABELS, shown=[1])
    assert widest.layout.polar.radialaxis.range[1] == 3
    assert list(widest.data[1].r) == [3, -3, -3, 3]


def test_segments_that_are_not_shown_wait_in_the_legend():
    figure = radar(spokes(s1=[1.0] * 3, s2=[1.0] * 3, s3=[9.0] * 3), LABELS, shown=[1, 2])
    assert [trace.visible for trace in figure.data[1:]] == [True, True, "legendonly"]
    # the scale holds them too
    assert figure.layout.polar.radialaxis.range[1] == 3
