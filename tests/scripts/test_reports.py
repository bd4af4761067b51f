"""The maps of a report show places where they lie, and which finding they are of."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from layers.config import LayersConfig
from layers.extent import BoundingBox
from layers.plan import IntakePlan
from layers.rehearsal import Rehearsal, rehearse
from scripts.reports import Subject, describe, report_page
from scripts.reports.chart import Chart, chart, locator
from scripts.reports.picture import COLUMNS, LINES, taiwan_picture

SVG = re.compile(r'<svg class="map".*?</svg>', re.DOTALL)


def square(west: float, south: float, size: float = 0.01) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def bowtie(west: float, south: float, size: float = 0.01) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south], [east, north], [east, south], [west, north], [west, south]]]


def rehearsed(folder: Path, *polygons: Any) -> Rehearsal:
    features = [
        {"type": "Feature", "properties": {"n": at}, "geometry": {"type": "Polygon", "coordinates": rings}}
        for at, rings in enumerate(polygons)
    ]
    file = folder / "plots.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return rehearse(IntakePlan(file), LayersConfig(), lambda done, total: None)


def drawn(rehearsal: Rehearsal) -> Chart:
    made = chart(describe(Subject("地塊", rehearsal), "zh-TW"))
    assert made is not None
    return made


def test_a_mark_lies_where_its_feature_lies(tmp_path: Path) -> None:
    # Three squares in a row, the last of them broken: its mark is at five sixths of the way.
    map_ = drawn(rehearsed(tmp_path, square(120.60, 24.1), square(120.61, 24.1), bowtie(120.62, 24.1)))
    (marks,) = (marks for marks in map_.marks if marks.severity == "warning")
    x, y = (float(number) for number in re.findall(r"[\d.]+", marks.path)[:2])
    left, right = (number for number in _ends(map_))
    assert (x - left) / (right - left) == pytest.approx(5 / 6, abs=0.01)
    # The mark is a triangle whose tip stands five units above the place.
    assert y + 5 == pytest.approx(map_.height / 2, abs=1)


def _ends(map_: Chart) -> tuple[float, float]:
    numbers = [float(x) for x, _ in re.findall(r"([\d.]+) ([\d.]+)", map_.areas)]
    return min(numbers), max(numbers)


def test_the_numbers_on_the_map_are_those_of_the_list(tmp_path: Path) -> None:
    view = describe(Subject("地塊", rehearsed(tmp_path, square(120.6, 24.1), bowtie(120.62, 24.1))), "zh-TW")
    map_ = chart(view)
    assert map_ is not None
    shown = {concern.number for concern in view.concerns if concern.places}
    assert {marks.number for marks in map_.marks} <= shown
    assert {marks.number for marks in map_.marks if marks.severity == "warning"}
    assert all(marks.badges for marks in map_.marks)


def test_a_stray_feature_does_not_make_the_rest_invisible(tmp_path: Path) -> None:
    plots = [square(120.60 + 0.012 * at, 24.1) for at in range(60)]
    map_ = drawn(rehearsed(tmp_path, *plots, bowtie(0.0, 0.0)))
    left, right = (max(0.0, end) for end in _ends(map_))
    assert min(right, map_.width) - left > map_.width / 2
    assert map_.elsewhere > 0


def test_the_graticule_stays_on_earth(tmp_path: Path) -> None:
    map_ = drawn(rehearsed(tmp_path, square(-179.9, -89.9, 0.1), square(179.8, 89.8, 0.1), square(120.6, 24.1)))
    labels = [line.label for line in (*map_.meridians, *map_.parallels)]
    assert labels
    assert all(float(label[:-2]) <= (180 if label[-1] in "EW" else 90) for label in labels)


def test_the_map_is_well_formed_and_small(tmp_path: Path) -> None:
    plots = [square(120.5 + 0.0121 * (at % 40), 24.0 + 0.0121 * (at // 40)) for at in range(1200)]
    page = report_page([Subject("地塊", rehearsed(tmp_path, *plots))], "zh-TW")
    (svg,) = SVG.findall(page)
    assert ET.fromstring(svg).tag == "svg"
    assert len(page) < 300_000


def test_severities_differ_in_shape_and_in_lightness() -> None:
    """By W3C's relative luminance, so that they are told apart in print and by people who see no colours."""
    css = (Path(__file__).parents[2] / "scripts/reports/report.css.jinja").read_text(encoding="utf-8")
    colours = dict(re.findall(r"\.mark\.(\w+) \{ fill: (#\w{6})", css))
    assert colours.keys() == {"error", "warning", "info"}
    lightness = sorted(_luminance(colour) for colour in colours.values())
    assert lightness[1] / lightness[0] > 1.3
    assert len(set(colours.values())) == 3


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_locator_shows_what_lies_in_taiwan_only(tmp_path: Path) -> None:
    assert locator(rehearsed(tmp_path, square(120.6, 24.1))) is not None
    assert locator(rehearsed(tmp_path, square(2.3, 48.8))) is None


def test_the_picture_on_the_terminal() -> None:
    lines = taiwan_picture(BoundingBox(120.0, 22.9, 120.7, 23.4))
    assert (len(lines), {len(line) for line in lines}) == (LINES, {COLUMNS})
    full = [(line, column) for line, text in enumerate(lines) for column, sign in enumerate(text) if sign == "⣿"]
    assert full
    # Tainan lies in the lower half of the island, on its west coast.
    assert all(line > LINES / 2 and column > COLUMNS / 3 for line, column in full)
