"""``folders: each``: a KML file of many folders becomes a layer for each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.folders import expand_folders
from catalog.manifest import BasemapEntry, LayerEntry, Manifest, MemberEntry, Titled
from catalog.manifest.parts import Folders
from layers.config import ArchiveConfig
from tests.catalog.conftest import entry

LIMITS = ArchiveConfig()


def folder(name: str, count: int) -> str:
    mark = "<Placemark><name>a</name><Point><coordinates>120.6,24.1</coordinates></Point></Placemark>"
    return f"<Folder><name>{name}</name>{mark * count}</Folder>"


@pytest.fixture
def stations(tmp_path: Path) -> Path:
    body = folder("西屯區", 2) + folder("空", 0) + folder("北區", 1) + folder("西屯區", 3)
    file = tmp_path / "stations.kml"
    file.write_text(
        f'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}</Document></kml>',
        encoding="utf-8",
    )
    return file


def expanded(*entries: LayerEntry, **values: object) -> Manifest:
    return expand_folders(Manifest(layers=entries, **values), LIMITS)  # type: ignore[arg-type]


def test_each_folder_that_holds_something_becomes_a_layer(stations: Path) -> None:
    title = Titled(zh="租賃站", en="Stations")
    layers = expanded(entry("stations", file=stations, title=title, folders="each", key="Name")).layers
    assert [layer.id for layer in layers] == ["stations-1", "stations-2", "stations-3"]
    assert layers[1].title == Titled(zh="租賃站（北區）", en="Stations (北區)")
    assert len({layer.source_layer for layer in layers}) == 3
    assert {(layer.folders, layer.key, layer.file) for layer in layers} == {(Folders.MERGE, "Name", stations)}


def test_an_entry_that_does_not_ask_for_it_stays_one(stations: Path, tmp_path: Path) -> None:
    single = tmp_path / "one.kml"
    single.write_text(f'<?xml version="1.0"?><kml>{folder("甲", 1)}</kml>', encoding="utf-8")
    for given in (
        entry("a", file=stations),
        entry("a", file=stations, folders="each", source_layer="北區"),
        entry("a", file=tmp_path / "missing.kml", folders="each"),
        entry("a", file=single, folders="each"),
    ):
        (layer,) = expanded(given).layers
        assert (layer.id, layer.source_layer) == ("a", given.source_layer)


def test_a_basemap_has_all_of_them(stations: Path) -> None:
    members = (MemberEntry(layer="roads"), MemberEntry(layer="stations"), MemberEntry(layer="labels"))
    basemap = BasemapEntry(id="base", title=Titled(zh="底圖"), members=members)
    manifest = expanded(entry("stations", file=stations, folders="each"), basemaps=(basemap,))
    names = [member.layer for member in manifest.basemaps[0].members]
    assert names == ["roads", "stations-1", "stations-2", "stations-3", "labels"]


def test_a_long_id_makes_room_for_its_number(stations: Path) -> None:
    layers = expanded(entry("s" * 63, file=stations, folders="each")).layers
    assert [layer.id for layer in layers] == [f"{'s' * 61}-{n}" for n in (1, 2, 3)]
