"""QGIS, as Debian has it, reads every service, and exchanges styles with us both ways."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import shapely
from PIL import Image

from layers.crs import CRS84, TWD97_TM2, transform_geometries
from layers.schema import FieldType
from layers.styles.document import parse_style
from layers.styles.sld import read_sld_file, write_sld
from tests.system.client_town import BLUE, EAST, GREEN, MIDDLE, NIGHT, NORTH, PLACES, RED, SOUTH, STOPS, WEST

PYTHON = Path("/usr/bin/python3")
CLIENT = Path(__file__).parent / "qgis_client.py"
BOX = (215_000.0, 2_671_500.0, 223_000.0, 2_675_500.0)
SIZE = (400, 200)
WHITE = (255, 255, 255)
TYPES = {"name": FieldType.TEXT, "people": FieldType.INTEGER}

GRIDS = {
    "WebMercatorQuad": "EPSG:3857",
    "GoogleMapsCompatible": "EPSG:3857",
    "EPSG:3857": "EPSG:3857",
    "WorldCRS84Quad": "OGC:CRS84",
    "TWD97TM2": "EPSG:3826",
    "WebMercatorQuadx2": "EPSG:3857",
    "TWD97TM2x2": "EPSG:3826",
}
WMS_CRS = ["EPSG:3826", "EPSG:4326", "EPSG:3857", "EPSG:3824", "CRS:84"]
STYLES = {
    "single": {"single": {"symbols": [{"fill": {"colour": "#c02020", "opacity": 1}}]}},
    "categorised": {
        "categorised": {
            "field": "name",
            "symbol": {"fill": {"opacity": 1}},
            "categories": [{"value": "西區", "colour": "#c02020"}, {"value": "東區", "colour": "#2020c0"}],
        }
    },
    "graduated": {
        "graduated": {
            "field": "people", "symbol": {"fill": {"opacity": 1}}, "breaks": [2000], "ramp": ["#c02020", "#2020c0"],
        }
    },
    "rules": {
        "rules": [
            {"name": "a", "filter": "name = '西區'", "symbols": [{"fill": {"colour": "#c02020", "opacity": 1}}]},
            {"name": "b", "filter": "people > 2000", "symbols": [{"fill": {"colour": "#2020c0", "opacity": 1}}]},
        ]
    },
    "labels": {
        "rules": [
            {
                "name": "a",
                "symbols": [
                    {"fill": {"colour": "#c02020", "opacity": 1}},
                    {"text": {"field": "name", "size": 12, "colour": "#333333", "halo": "#ffffff"}},
                ],
            }
        ]
    },
}  # fmt: skip


@dataclass(frozen=True)
class Qgis:
    """What QGIS saw and drew."""

    seen: dict[str, Any]
    folder: Path

    def colour(self, picture: str, place: tuple[float, float]) -> tuple[int, ...]:
        """Return the colour that a picture has at a place of EPSG:3826."""
        with Image.open(self.folder / f"{picture}.png") as image:
            x = (place[0] - BOX[0]) / (BOX[2] - BOX[0]) * image.width
            y = (BOX[3] - place[1]) / (BOX[3] - BOX[1]) * image.height
            pixel: tuple[int, ...] = image.convert("RGB").getpixel((int(x), int(y)))
            return pixel


def _view(provider: str, uri: str, **more: object) -> dict[str, object]:
    return {"provider": provider, "uri": uri, "crs": "EPSG:3826", "box": BOX, "size": SIZE, **more}


def _pictures(url: str) -> Iterator[tuple[str, dict[str, object]]]:
    wms = f"url={url}/wms&layers={{}}&styles={{}}&format=image/png&crs="
    for crs in WMS_CRS:
        yield f"wms {crs}", _view("wms", wms.format("districts", "") + crs)
    # QGIS asks in version 1.1.1 where it is told to.
    old = f"url={url}/wms?VERSION%3D1.1.1&layers=districts&styles=&format=image/png&crs=EPSG:4326"
    yield "wms 1.1.1", _view("wms", old)
    yield "wms theme", _view("wms", f"url={url}/wms/transport&layers=stops&styles=&format=image/png&crs=EPSG:3826")
    yield "wms night", _view("wms", wms.format("districts", "night") + "EPSG:3826")
    yield "wms dense", _view("wms", wms.format("stops", "") + "EPSG:3826", size=[1200, 600], dpi=288)
    asked = {"identify": PLACES["red"]}
    yield "wms identify", _view("wms", wms.format("districts", "") + "EPSG:3826", **asked)
    tiles = f"tileMatrixSet=TWD97TM2&crs=EPSG:3826&layers=districts&styles=default&format=image/png&url={url}/wmts"
    yield "wmts identify", _view("wms", f"{tiles}/1.0.0/WMTSCapabilities.xml", **asked)
    for grid, crs in GRIDS.items():
        tiles = f"layers=districts&styles=default&format=image/png&tileMatrixSet={grid}&crs={crs}&url={url}/wmts"
        yield f"rest {grid}", _view("wms", f"{tiles}/1.0.0/WMTSCapabilities.xml")
        yield f"kvp {grid}", _view("wms", f"{tiles}?SERVICE%3DWMTS%26REQUEST%3DGetCapabilities")
    template = quote(f"{url}/tiles/districts/{{z}}/{{x}}/{{y}}", safe=":/")
    yield "xyz", _view("wms", f"type=xyz&zmin=0&zmax=20&url={template}.png")
    style = f"styleUrl={url}/tiles/districts.style.json"
    yield "vector", _view("vectortile", f"type=xyz&zmin=0&zmax=14&url={template}.mvt&{style}")
    yield "oapif", _view("OAPIF", f"url='{url}/ogc' typename='districts'")


@pytest.fixture(scope="module")
def qgis(client_town: str, tmp_path_factory: pytest.TempPathFactory) -> Qgis:
    """Let QGIS do all of it at once: it takes longer to start than to draw."""
    _need_qgis()
    folder = tmp_path_factory.mktemp("qgis")
    data = folder / "districts.geojson"
    data.write_text(_districts(), encoding="utf-8")
    read = {}
    for name, style in STYLES.items():
        (folder / f"ours-{name}.sld").write_text(write_sld(parse_style(style)).text, encoding="utf-8")
        read[name] = _view("ogr", str(data)) | {
            "sld": str(folder / f"ours-{name}.sld"),
            "data": str(data),
            "picture": str(folder / f"sld {name}.png"),
        }
    # This version of QGIS knows OGC API's features in degrees alone.
    uri = f"url='{client_town}/ogc' typename='districts'"
    features = {"districts": {"provider": "OAPIF", "uri": uri, "digits": 7}}
    pictures = dict(_pictures(client_town))
    job = {"folder": str(folder), "data": str(data), "pictures": pictures, "features": features, "read": read}
    return Qgis(_run(job, folder), folder)


def _need_qgis() -> None:
    found = PYTHON.exists() and subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True, check=False)
    if not found or found.returncode:
        pytest.skip("no QGIS for Debian's Python (apt-get install python3-qgis)")


FALLS = 3
"""Times that QGIS may fall before it is left alone."""


def _run(job: dict[str, object], folder: Path) -> dict[str, Any]:
    home = folder / "home"
    home.mkdir(mode=0o700)
    environment = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "QT_QPA_PLATFORM": "offscreen",
    }
    command = [PYTHON, "-X", "faulthandler", CLIENT]
    for _ in range(FALLS):
        done = _started(command, job, environment)
        if done.returncode >= 0:
            break
    else:
        pytest.skip(f"QGIS was killed by signal {-done.returncode} {FALLS} times: it frees some memory twice at times")
    assert done.returncode == 0, done.stderr[-3000:]
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def _started(command: list[Any], job: object, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, input=json.dumps(job), env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def _districts() -> str:
    areas = (("西區", 1200, (WEST, SOUTH, MIDDLE, NORTH)), ("東區", 3400, (MIDDLE, SOUTH, EAST, NORTH)))
    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "people": people},
            "geometry": shapely.geometry.mapping(shapely.box(*box)),
        }
        for name, people, box in areas
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3826"}}
    return json.dumps({"type": "FeatureCollection", "crs": crs, "features": features})


PICTURES = [
    *(f"wms {crs}" for crs in WMS_CRS), "wms 1.1.1", *(f"rest {grid}" for grid in GRIDS),
    *(f"kvp {grid}" for grid in GRIDS), "xyz", "vector",
]  # fmt: skip


@pytest.mark.parametrize("picture", PICTURES)
def test_every_service_shows_features_where_they_are(qgis: Qgis, picture: str) -> None:
    seen = qgis.seen["pictures"][picture]
    assert (seen["valid"], seen["errors"]) == (True, [])
    colours = {name: qgis.colour(picture, place) for name, place in PLACES.items()}
    assert colours == {"red": RED, "blue": BLUE, "outside": WHITE}


def test_a_theme_is_a_service_of_its_own(qgis: Qgis) -> None:
    (x, y), (x2, y2) = STOPS.values()
    # QGIS cuts pictures at the extent of their layer, here through the middle of the marks.
    assert [qgis.colour("wms theme", place) for place in ((x + 80, y + 80), (x2 - 80, y2 - 80))] == [GREEN, GREEN]
    assert qgis.colour("wms theme", PLACES["red"]) == WHITE


def test_a_named_style_is_chosen(qgis: Qgis) -> None:
    assert [qgis.colour("wms night", PLACES[name]) for name in ("red", "blue")] == [NIGHT, NIGHT]


def test_a_print_at_288_dots_has_marks_as_large_as_on_the_screen(qgis: Qgis) -> None:
    """A mark of 16 pixels is three times as many in a picture of three times as many: 320 m on the ground."""
    x, y = STOPS["S1"]
    assert qgis.colour("wms dense", (x + 140, y + 80)) == GREEN
    assert qgis.colour("wms dense", (x + 180, y + 80)) == WHITE


@pytest.mark.parametrize("click", ["wms identify", "wmts identify"])
def test_a_click_tells_what_is_there(qgis: Qgis, click: str) -> None:
    seen = qgis.seen["pictures"][click]
    (html,), (text,) = seen["html"], seen["text"]
    assert "<td>西區</td>" in html and "東區" not in html
    assert "name: 西區" in text and "people: 1200" in text


def test_features_come_with_attributes_and_right_coordinates(qgis: Qgis) -> None:
    found = {feature["code"]: feature for feature in qgis.seen["features"]["districts"]}
    assert {code: (one["name"], one["people"]) for code, one in found.items()} == {
        "A": ("西區", 1200), "B": ("東區", 3400),
    }  # fmt: skip
    area = transform_geometries(np.array([shapely.from_wkt(found["A"]["place"])]), CRS84, TWD97_TM2)[0]
    assert area.bounds == pytest.approx((WEST, SOUTH, MIDDLE, NORTH), abs=0.05)


def test_features_are_drawn_where_they_are(qgis: Qgis) -> None:
    # QGIS picks a colour of its own.
    red, outside = (qgis.colour("oapif", PLACES[name]) for name in ("red", "outside"))
    assert red != WHITE and outside == WHITE


@pytest.mark.parametrize("name", STYLES)
def test_qgis_reads_our_sld(qgis: Qgis, name: str) -> None:
    seen = qgis.seen["read"][name]
    assert (seen["is_read"], seen["errors"], seen["labels"]) == (True, [], name == "labels")
    colours = [qgis.colour(f"sld {name}", PLACES[place]) for place in PLACES]
    assert colours == [RED, RED if name in {"single", "labels"} else BLUE, WHITE]


@pytest.mark.parametrize("name", STYLES)
def test_we_read_the_sld_of_qgis(qgis: Qgis, name: str, tmp_path: Path) -> None:
    reading = read_sld_file(qgis.folder / f"{name}.sld", TYPES)
    assert [finding.sentence("en") for finding in reading.findings] == []
    assert len(reading.style.rules) == {"single": 1, "labels": 2}.get(name, 2)
