"""``tuzi diff``: two releases of a layer, as people and programs read what is different."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from shapely.geometry import shape

from tests.conftest import tuzi, write_configuration

pytestmark = pytest.mark.slow

SHELTERS = {
    "A01": ("中正國小", 300, (120.6800, 24.1400)),
    "A02": ("大同國中", 450, (120.6900, 24.1450)),
    "A03": ("市民廣場", 900, (120.6640, 24.1510)),
    "A04": ("活動中心", 80, (120.7000, 24.1600)),
}
LATER = {
    "A01": ("中正國小", 320, (120.6800, 24.1400)),
    "A02": ("大同國中", 450, (120.6900, 24.1459)),
    "A03": ("市民廣場", 900, (120.6640, 24.1510)),
    "A05": ("新建\n國小\ue001\x1b[2J", 210, (120.7100, 24.1620)),
}


MANIFEST = """
agencies: [{id: fire, title: 消防局}]
themes: [{id: safety, title: 安全}]
layers:
  - id: shelters
    file: shelters.geojson
    title: 避難所
    agency: fire
    theme: safety
    key: code
    update: {max_loss: 1}
"""


def write(file: Path, rows: dict[str, tuple[str, int, tuple[float, float]]]) -> str:
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "名稱": name, "容納": places},
            "geometry": {"type": "Point", "coordinates": position},
        }
        for code, (name, places, position) in rows.items()
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False))
    return str(file)


def onboard(config: Path, file: str) -> None:
    done = tuzi(config, "onboard", file, "--agency", "fire:消防局")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue in which shelters have three releases: the third is the second again, without the last shelter."""
    folder = tmp_path_factory.mktemp("diff")
    config = write_configuration(folder)
    file, manifest = folder / "shelters.geojson", folder / "manifest.yml"
    manifest.write_text(MANIFEST, encoding="utf-8")
    last = {code: row for code, row in LATER.items() if code != "A05"}
    for rows in (SHELTERS, LATER, last):
        write(file, rows)
        done = tuzi(config, "onboard", str(manifest))
        assert done.returncode == 0, done.stdout + done.stderr
    return config


def document(config: Path, *arguments: str) -> dict[str, Any]:
    done = tuzi(config, "diff", "shelters", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_two_named_releases_are_compared(config: Path) -> None:
    found = document(config, "1", "2")
    assert found["counts"] == {
        "added": 1,
        "removed": 1,
        "changed_geometry": 1,
        "changed_attributes": 1,
        "changed_both": 0,
        "unchanged": 1,
    }
    assert found["shares"]["removed"] == 0.25
    assert found["matching"] == "key"
    assert found["fields"] == {"容納": 1}
    (moved,) = found["examples"]["changed_geometry"]
    assert moved["id"] == "A02"
    # A degree of latitude is 110.77 km long at 24° (GRS80), so 0.0009° are 99.7 m.
    assert moved["moved"] == pytest.approx(99.7, abs=0.1)
    (told,) = found["examples"]["changed_attributes"]
    assert (told["old"], told["new"]) == ({"容納": 300}, {"容納": 320})
    west, south, east, north = found["area"]["bbox"]
    assert (west, south, east, north) == pytest.approx((120.68, 24.14, 120.71, 24.162), abs=2e-5)
    # Five places, each in one square of 256 m, or in two where the envelope lies over an edge.
    assert 5 * 0.065 < found["area"]["square_kilometres"] < 11 * 0.066


def test_without_numbers_the_current_release_is_compared_with_the_one_before(config: Path) -> None:
    found = document(config)
    assert (found["before"], found["after"]) == ({"release": 2, "features": 4}, {"release": 3, "features": 3})
    assert document(config, "1")["after"]["release"] == 3
    assert document(config, "3", "1")["counts"]["added"] == 1


def test_the_table_says_it_in_words(config: Path) -> None:
    done = tuzi(config, "diff", "shelters", "1", "2")
    assert "避難所" in done.stdout
    # What an agency wrote into a value neither breaks the line nor steers the terminal.
    assert "名稱 = 新建 國小\ue001" in done.stdout
    assert "\x1b[2J" not in done.stdout
    assert "容納: 300 → 320" in done.stdout
    assert "移動 99.6" in done.stdout
    assert "25.00%" in done.stdout
    same = tuzi(config, "diff", "shelters", "2", "2")
    assert same.returncode == 0
    assert "完全相同" in same.stdout


def test_changed_features_are_written_as_geojson(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "異動.geojson"
    done = tuzi(config, "diff", "shelters", "1", "2", "--geojson", str(file))
    assert done.returncode == 0, done.stderr
    assert file.name in done.stdout.replace("\n", "")
    collection = json.loads(file.read_text(encoding="utf-8"))
    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection
    found = {feature["id"]: feature for feature in collection["features"]}
    assert {id_: feature["properties"]["change"] for id_, feature in found.items()} == {
        "A05": "added",
        "A04": "removed",
        "A02": "changed_geometry",
        "A01": "changed_attributes",
    }
    assert found["A02"]["geometry"] == {"type": "Point", "coordinates": [120.69, 24.1459]}
    assert shape(found["A04"]["geometry"]).equals(shapely.Point(120.7, 24.16))
    assert found["A04"]["properties"]["old"] == {"code": "A04", "名稱": "活動中心", "容納": 80}
    assert found["A04"]["properties"]["fid_after"] is None
    assert found["A01"]["properties"] == {
        "change": "changed_attributes",
        "fid_before": 1,
        "fid_after": 1,
        "old": {"容納": 300},
        "new": {"容納": 320},
        "moved": None,
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == [file.name]


def test_layers_and_releases_that_are_not_there_are_named(config: Path) -> None:
    assert "ghost" in refused(config, "ghost")
    assert "1, 2, 3" in refused(config, "shelters", "7")


def test_a_layer_of_one_release_has_nothing_to_compare(config: Path, tmp_path: Path) -> None:
    onboard(config, write(tmp_path / "single.geojson", SHELTERS))
    assert "no two releases" in refused(config, "single")


def test_a_picture_has_no_features_to_compare(config: Path, tmp_path: Path) -> None:
    onboard(config, str(write_picture(tmp_path / "ortho.tif")))
    assert "picture" in refused(config, "ortho")


def refused(config: Path, *arguments: str) -> str:
    done = tuzi(config, "diff", *arguments)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def write_picture(file: Path) -> Path:
    with rasterio.open(
        file,
        "w",
        driver="GTiff",
        width=64,
        height=64,
        count=1,
        dtype="uint8",
        crs="EPSG:3826",
        transform=from_origin(217_000, 2_671_000, 1, 1),
    ) as target:
        target.write(np.arange(64 * 64, dtype=np.uint8).reshape(1, 64, 64))
    return file
