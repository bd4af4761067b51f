"""What agencies should not send: one clear sentence, exit code 1, and nothing half-published."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.conftest import tuzi, write_configuration

pytestmark = pytest.mark.slow

GEOJSON = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": "臺中車站"},
                "geometry": {"type": "Point", "coordinates": [120.685, 24.137]},
            }
        ],
    },
    ensure_ascii=False,
)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_configuration(tmp_path_factory.mktemp("bad"))


def layers(config: Path) -> list[str]:
    return [layer["id"] for layer in json.loads(tuzi(config, "list", "--json").stdout)]


def refused(config: Path, *arguments: str) -> str:
    before = layers(config)
    done = tuzi(config, "onboard", *arguments, "--agency", "fire:消防局")
    output = done.stdout + done.stderr
    assert done.returncode == 1, output
    assert "Traceback" not in output
    assert layers(config) == before
    return output


def write(folder: Path, name: str, content: bytes | str) -> str:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(file)


def test_a_good_file_is_taken(config: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "stations.geojson", GEOJSON)
    done = tuzi(config, "onboard", file, "--agency", "fire:消防局", "--title", "車站")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "stations" in layers(config)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.geojson", GEOJSON[:-40]),
        ("picture.shp", b"\x89PNG\r\n\x1a\n" + b"\0" * 200),
        ("text.tif", "this is no picture"),
        ("text.gpkg", "this is no database"),
        ("empty.csv", ""),
        ("plain.csv", "name,address\n車站,臺灣大道\n"),
        ("broken.zip", b"PK\x03\x04" + b"\0" * 100),
        ("broken.xlsx", b"PK\x03\x04" + b"\0" * 100),
        ("broken.kml", "<kml><Document><Placemark>"),
        ("unknown.docx", b"PK\x05\x06" + b"\0" * 18),
    ],
)
def test_a_file_that_cannot_be_read_is_named(config: Path, tmp_path: Path, name: str, content: bytes | str) -> None:
    said = refused(config, write(tmp_path, name, content))
    assert name in said


def test_a_file_that_is_not_there(config: Path, tmp_path: Path) -> None:
    assert "ghost.shp" in refused(config, str(tmp_path / "ghost.shp"))


def test_a_zip_that_climbs_out(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "climbing.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../escaped.shp", b"x")
    said = refused(config, str(file))
    assert "climbing.zip" in said
    assert not (tmp_path.parent / "escaped.shp").exists()


def test_an_unknown_crs(config: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "crs.geojson", GEOJSON)
    assert "EPSG:3826" in refused(config, file, "--crs", "EPSG:12345678")


def test_an_id_of_another_agency(config: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "taken.geojson", GEOJSON)
    assert tuzi(config, "onboard", file, "--agency", "civil:民政局").returncode == 0
    assert "民政局" in refused(config, file, "--id", "taken")


def test_one_bad_layer_does_not_stop_the_others(config: Path, tmp_path: Path) -> None:
    write(tmp_path, "good.geojson", GEOJSON)
    write(tmp_path, "bad.geojson", "{")
    manifest = write(
        tmp_path,
        "manifest.yml",
        "agency: civil\ntheme: other\nlayers:\n"
        "  - {id: bad, file: bad.geojson, title: 壞的}\n  - {id: good, file: good.geojson, title: 好的}\n",
    )
    done = tuzi(config, "onboard", manifest)
    assert done.returncode == 1
    assert "bad.geojson" in done.stdout
    listed = layers(config)
    assert "good" in listed
    assert "bad" not in listed


def test_wrong_configuration_is_all_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text("server:\n  port: many\n  colour: red\n", encoding="utf-8")
    done = tuzi(file, "check")
    assert done.returncode == 1
    assert "config.yml:2" in done.stderr
    assert "config.yml:3" in done.stderr


def test_help_speaks_both_languages(config: Path) -> None:
    assert "納管上架" in tuzi(config, "onboard", "--help", language="zh-TW").stdout
    assert "Onboard files" in tuzi(config, "onboard", "--help").stdout
