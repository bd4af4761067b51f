"""Which file of a delivery is which layer's."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.assignment import Assignment, assign
from catalog.basemaps import MemberLayer
from catalog.errors import CatalogueError
from tests.catalog.conftest import entry


def member(id_: str, source: str, **values: object) -> MemberLayer:
    return MemberLayer(entry(id_, file=Path("/somewhere/else") / source, **values), source)


def delivered(folder: Path, *names: str) -> Path:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"-")
    return folder


def files(assignment: Assignment) -> dict[str, str]:
    return {entry.id: entry.file.name for entry in assignment.entries}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("anything.gpkg", "roads.shp"),
        ("anything.gpkg", "Roads.SHP"),
        ("道路中線.shp", "道路中線.shp"),
        ("道路中線.shp", "道路中線.zip"),
        ("道路中線_113年.shp", "道路中線_114年.shp"),
        ("道路中線(1130401).shp", "道路中線(1140401).gpkg"),
        ("113年道路中線.shp", "114年道路中線.shp"),
        ("roads_2025.shp", "roads_2026.shp"),
        ("門牌１１３年.csv", "門牌114年.csv"),
        ("道路.shp", "子資料夾/道路.shp"),
    ],
)
def test_a_file_belongs_to_the_layer_of_its_name(tmp_path: Path, source: str, name: str) -> None:
    assignment = assign([member("roads", source)], delivered(tmp_path, name))
    assert files(assignment) == {"roads": Path(name).name}
    assert assignment.absent == ()
    assert assignment.unclaimed == ()


def test_everything_but_the_file_is_as_it_was(tmp_path: Path) -> None:
    known = member("roads", "道路.csv", encoding="big5", key="code", x="E", y="N")
    (found,) = assign([known], delivered(tmp_path, "道路.csv")).entries
    assert found == known.entry.model_copy(update={"file": tmp_path / "道路.csv"})


def test_what_belongs_to_nobody_is_named_and_parts_are_not(tmp_path: Path) -> None:
    folder = delivered(
        tmp_path, "roads.shp", "roads.dbf", "roads.shx", "trees.shp", "trees.dbf", "trees.prj", "說明.pdf", ".DS_Store"
    )
    assignment = assign([member("roads", "roads.shp"), member("zones", "zones.shp")], folder)
    assert files(assignment) == {"roads": "roads.shp"}
    assert assignment.absent == ("zones",)
    assert assignment.unclaimed == ("trees.shp", "說明.pdf")


def test_two_files_of_one_layer_are_not_chosen_between(tmp_path: Path) -> None:
    folder = delivered(tmp_path, "道路114.shp", "道路115.shp")
    with pytest.raises(CatalogueError, match=r"道路114\.shp, 道路115\.shp"):
        assign([member("roads", "道路113.shp")], folder)


def test_two_layers_whose_names_differ_by_dates_alone_are_not_guessed(tmp_path: Path) -> None:
    folder = delivered(tmp_path, "分區_300.shp")
    assignment = assign([member("zones-a", "分區_100.shp"), member("zones-b", "分區_200.shp")], folder)
    assert assignment.entries == ()
    assert assignment.unclaimed == ("分區_300.shp",)


def test_layers_of_one_file_are_found_in_one_file_again(tmp_path: Path) -> None:
    members = [member(id_, "核心圖資_113.gpkg", source_layer=id_) for id_ in ("roads", "zones")]
    assignment = assign(members, delivered(tmp_path, "核心圖資_114.gpkg"))
    assert files(assignment) == {"roads": "核心圖資_114.gpkg", "zones": "核心圖資_114.gpkg"}
    assert [entry.source_layer for entry in assignment.entries] == ["roads", "zones"]


def test_a_surer_sign_goes_before_a_weaker_one(tmp_path: Path) -> None:
    members = [member("zones", "分區_113.shp"), member("old", "分區_114.shp")]
    assert files(assign(members, delivered(tmp_path, "分區_114.shp", "zones.shp"))) == {
        "zones": "zones.shp",
        "old": "分區_114.shp",
    }


def test_a_manifest_goes_before_names(tmp_path: Path) -> None:
    folder = delivered(tmp_path, "road_centre_lines.shp", "zones.shp", "roads.shp")
    (folder / "manifest.yml").write_text(
        "agency: civil\ntheme: boundaries\nlayers:\n"
        "  - {id: roads, file: road_centre_lines.shp, title: 新道路}\n"
        "  - {id: trees, file: trees.shp, title: 行道樹}\n"
        "basemaps: [{id: base, title: 底圖, members: [{layer: roads}]}]\n",
        encoding="utf-8",
    )
    assignment = assign([member("roads", "roads.shp"), member("zones", "zones.shp")], folder)
    assert files(assignment) == {"roads": "road_centre_lines.shp", "zones": "zones.shp"}
    assert assignment.entries[0].title.zh == "新道路"
    assert assignment.unclaimed == ("manifest.yml: trees", "manifest.yml: base", "roads.shp")


def test_tables_that_are_joined_come_with_the_delivery(tmp_path: Path) -> None:
    join = {"file": Path("/last/year/人口.csv"), "key": "code", "to": "code"}
    folder = delivered(tmp_path, "里界.shp", "人口.csv")
    assignment = assign([member("villages", "里界.shp", joins=(join,))], folder)
    assert assignment.entries[0].joins[0].file == folder / "人口.csv"
    assert assignment.unclaimed == ()


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=tmp_path.name):
        assign([member("roads", "roads.shp")], tmp_path)
