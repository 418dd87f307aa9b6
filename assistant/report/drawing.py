"""Pictures as SVG, without a browser or a library: what is drawn comes in ready, words too.

Text in a picture is short and stands where nothing else can be; names stand beside it, as HTML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot, log2

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from assistant.charts.basic import INK, UNASSIGNED, segment_colour
from assistant.charts.compare import LESS, MORE, SAME

__all__ = ["Panel", "bar", "heat", "month_panel", "palette", "points_map"]

Places = NDArray[np.float32]

WIDE, MARGIN, CELL, DOT = 480, 16, 3, 4.5
"""Width of the map and its margin, the grid its dots lie on, and their size."""
BADGE, APART = 11, 26
"""Radius of a segment's number on the map, and how far two of them are kept apart."""
PANEL_WIDE, PANEL_TALL, LEFT, RIGHT, TOP, FOOT = 330, 112, 52, 10, 12, 22
STEPS, DEEPEST = 4, 4
"""Shades of a heat map on either side of the middle; from this ratio on it is the deepest."""


def bar(share: float, segment: int | None = None) -> Markup:
    """A bar that is `share` of its room; beside it stands the number, so it says nothing itself."""
    width = round(100 * min(max(share, 0.0), 1.0), 2)
    kind = "" if segment is None else f" s{segment}"
    return Markup(
        f'<svg class="bar{kind}" viewBox="0 0 100 8" preserveAspectRatio="none" '
        f'aria-hidden="true" focusable="false"><rect width="{width}" height="8"/></svg>'
    )


def palette(segments: Sequence[int]) -> str:
    """The style rules that give segments and shades their colours."""
    rules = [f".s{one} {{ --own: {segment_colour(one)} }}" for one in segments]
    for step in range(-STEPS, STEPS + 1):
        rules.append(f".h{step + STEPS} {{ background: {_shade(step / STEPS)} }}")
    return "\n".join(rules)


def heat(lift: float | None) -> str:
    """The class of a ratio's shade; the middle where there is no ratio."""
    if lift is None or lift != lift:
        return f"h{STEPS}"
    depth = log2(min(max(lift, 1 / DEEPEST), DEEPEST)) / log2(DEEPEST)
    return f"h{round(depth * STEPS) + STEPS}"


def _shade(depth: float) -> str:
    """Between less, as much and more; `depth` from -1 to 1."""
    end = MORE if depth > 0 else LESS
    pairs = [(int(SAME[i : i + 2], 16), int(end[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * abs(depth)):02x}" for a, b in pairs)


# --- the map -------------------------------------------------------------------------------------


def points_map(places: Places, labels: NDArray[np.int32], title: str, description: str) -> Markup:
    """Every customer as a dot, coloured by segment; those on one spot share it."""
    spots, tall = _spots(places)
    segments = sorted(int(one) for one in np.unique(labels))
    dots = [_dots(spots[labels == one], one) for one in segments]
    middles = {one: np.median(spots[labels == one], axis=0) for one in segments if one}
    badges = [_badge(one, x, y) for one, (x, y) in _apart(middles, tall).items()]
    return Markup(
        f'<svg class="map" viewBox="0 0 {WIDE} {tall}" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
        f"{''.join(dots)}{''.join(badges)}</svg>"
    )


def _spots(places: Places) -> tuple[NDArray[np.int64], int]:
    """Places in the picture's own units, on its grid, and its height; both axes alike."""
    low, high = places.min(axis=0), places.max(axis=0)
    spread = np.maximum(high - low, 1e-9)
    scale = (WIDE - 2 * MARGIN) / float(spread[0])
    tall = int(np.clip(float(spread[1]) * scale, WIDE * 0.45, WIDE * 1.0)) + 2 * MARGIN
    scale = min(scale, (tall - 2 * MARGIN) / float(spread[1]))
    rest = np.array([WIDE, tall]) - 2 * MARGIN - spread * scale
    drawn = (places - low) * scale * np.array([1, -1]) + np.array([0, spread[1] * scale])
    return (np.rint((drawn + rest / 2 + MARGIN) / CELL) * CELL).astype(np.int64), tall


def _dots(spots: NDArray[np.int64], segment: int) -> str:
    colour = segment_colour(segment) if segment else UNASSIGNED
    path = "".join(f"M{x} {y}h0" for x, y in np.unique(spots, axis=0).tolist())
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{DOT}" '
        'stroke-linecap="round" stroke-opacity="0.6"/>'
    )


def _apart(middles: Mapping[int, NDArray[np.float64]], tall: int) -> dict[int, tuple[float, float]]:
    """The middles, moved until no two numbers touch."""
    found = {one: [float(x), float(y)] for one, (x, y) in sorted(middles.items())}
    for _ in range(60):
        for one, here in found.items():
            for other, there in found.items():
                if one < other:
                    _push(here, there)
        for place in found.values():
            place[0] = min(max(place[0], BADGE + 2), WIDE - BADGE - 2)
            place[1] = min(max(place[1], BADGE + 2), tall - BADGE - 2)
    return {one: (round(x, 1), round(y, 1)) for one, (x, y) in found.items()}


def _push(here: list[float], there: list[float]) -> None:
    dx, dy = there[0] - here[0], there[1] - here[1]
    distance = hypot(dx, dy)
    if distance >= APART:
        return
    dx, dy = (dx / distance, dy / distance) if distance else (0.0, 1.0)
    step = (APART - distance) / 2
    here[0], here[1] = here[0] - dx * step, here[1] - dy * step
    there[0], there[1] = there[0] + dx * step, there[1] + dy * step


def _badge(segment: int, x: float, y: float) -> str:
    return (
        f'<circle cx="{x}" cy="{y}" r="{BADGE}" fill="#ffffff" '
        f'stroke="{segment_colour(segment)}" stroke-width="2.5"/>'
        f'<text x="{x}" y="{y + 4.5}" text-anchor="middle" font-size="13" font-weight="600" '
        f'fill="#1f1e1b">{segment}</text>'
    )


# --- months --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Panel:
    """One line by month.

    Args:
        segment: whose colour it has; None for everybody's.
        values: one for every month, None where there is none.
        hollow: whether the data covers a month only in part.
        top: the value at the upper edge; `low` and `high` are how 0 and it are written.
        months: what stands below the first, a middle and the last month.
    """

    segment: int | None
    values: Sequence[float | None]
    hollow: Sequence[bool]
    top: float
    low: str
    high: str
    months: tuple[str, str, str]


def month_panel(panel: Panel, title: str, description: str) -> Markup:
    """One panel of a trend; its name stands above it, outside."""
    places = _line_places(panel)
    colour = INK if panel.segment is None else segment_colour(panel.segment)
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="{3 if hollow else 2}" stroke="{colour}" '
        f'fill="{"#ffffff" if hollow else colour}" stroke-width="1.2"/>'
        for (x, y), hollow in zip(places, panel.hollow, strict=True)
        if y is not None
    )
    return Markup(
        f'<svg class="panel" viewBox="0 0 {PANEL_WIDE} {PANEL_TALL}" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>{_frame(panel)}"
        f'<path d="{_line(places)}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-linejoin="round"/>{dots}</svg>'
    )


def _line_places(panel: Panel) -> list[tuple[float, float | None]]:
    width, height = PANEL_WIDE - LEFT - RIGHT, PANEL_TALL - TOP - FOOT
    steps, top = max(len(panel.values) - 1, 1), panel.top or 1.0
    return [
        (
            round(LEFT + width * i / steps, 1),
            None if value is None else round(TOP + height * (1 - max(value, 0.0) / top), 1),
        )
        for i, value in enumerate(panel.values)
    ]


def _line(places: Sequence[tuple[float, float | None]]) -> str:
    """The points joined, with a gap where one is missing."""
    path, begun = "", False
    for x, y in places:
        if y is not None:
            path += f"{'L' if begun else 'M'}{x} {y}"
        begun = y is not None
    return path


def _frame(panel: Panel) -> str:
    """Two lines across, what they stand for, and three months below."""
    right, base = PANEL_WIDE - RIGHT, PANEL_TALL - FOOT
    lines = "".join(
        f'<path class="rule" d="M{LEFT} {y}H{right}"/>'
        f'<text class="tick" x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{escape(text)}</text>'
        for y, text in ((TOP, panel.high), (base, panel.low))
    )
    places = ((LEFT, "start"), ((LEFT + right) / 2, "middle"), (right, "end"))
    months = "".join(
        f'<text class="tick" x="{x}" y="{base + 16}" text-anchor="{anchor}">{escape(text)}</text>'
        for (x, anchor), text in zip(places, panel.months, strict=True)
        if text
    )
    return lines + months
