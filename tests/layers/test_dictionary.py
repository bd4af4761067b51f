"""The field dictionary: full names, what they mean, and names that were cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from layers.errors import SourceError
from layers.plan import FieldDefinition, PersonalRule, Privacy
from layers.text import Text
from tests.layers.checks.texts import column, csv_bytes, sent, shapefile
from tests.layers.dbf import write_shapefile
from tests.layers.deliveries import Delivery

ZONING = {
    "使用分": FieldDefinition("使用分區", Text("使用分區", "Zone"), Text("都市計畫使用分區"), None),
    "計畫_1": FieldDefinition("計畫案名稱"),
    "面積": FieldDefinition(None, Text("面積"), None, "m²"),
}
CUT = [("使用分".encode(), "C", 30), ("計畫_1".encode(), "C", 30), ("面積".encode(), "N", 9)]
CELLS = [["住宅區".encode(), "梨山".encode(), b"12"], ["商業區".encode(), "松茂".encode(), b"34"]]


def zoning(folder: Path, **plan: object) -> Delivery:
    return Delivery(folder, write_shapefile(folder / "parts", CUT, CELLS, cpg="UTF-8"), **plan)


def test_fields_carry_their_full_names_and_meaning(tmp_path: Path) -> None:
    delivery = zoning(tmp_path, fields=ZONING, searchable=("使用分區",))
    schema = delivery.intake.schema
    assert schema is not None
    assert schema.names == ("使用分區", "計畫案名稱", "面積")
    zone, _, area = schema.fields
    assert (zone.alias, zone.description) == (Text("使用分區", "Zone"), Text("都市計畫使用分區"))
    assert area.unit == "m²"
    assert delivery.values("使用分區") == ["住宅區", "商業區"]
    restored = delivery.finding("finding_names_restored")
    assert restored.parameters == {"names": "使用分 → 使用分區, 計畫_1 → 計畫案名稱"}
    assert "finding_names_cut" not in delivery.codes


@pytest.mark.parametrize("name", ["使用分區", "使用分"])
def test_a_key_may_be_called_by_either_name(tmp_path: Path, name: str) -> None:
    delivery = zoning(tmp_path, fields=ZONING, key=name, searchable=(name,))
    assert delivery.intake.schema is not None
    assert (delivery.intake.schema.key, delivery.intake.schema.searchable) == ("使用分區", ("使用分區",))


@pytest.mark.parametrize("name", ["電話", "C02"])
def test_privacy_may_call_a_field_by_either_name(tmp_path: Path, name: str) -> None:
    plan = {"fields": {"C02": FieldDefinition("電話")}, "privacy": Privacy({name: PersonalRule.DROP})}
    delivery = column(tmp_path, "名,C02", ["甲,0912345678"], **plan)
    assert delivery.intake.schema is not None
    assert "電話" not in delivery.intake.schema.names
    assert delivery.numbers == [1]


def test_an_unknown_key_is_answered_with_the_full_names(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"“計畫區”.*使用分區, 計畫案名稱, 面積"):
        zoning(tmp_path, fields=ZONING, key="計畫區")


def test_cut_names_are_told_with_what_the_dictionary_proposes(tmp_path: Path) -> None:
    delivery = zoning(tmp_path, fields={"使用分區": FieldDefinition(), "面積": FieldDefinition()})
    assert delivery.intake.schema is not None
    assert delivery.intake.schema.names == ("使用分", "計畫_1", "面積")
    assert delivery.finding("finding_names_cut").parameters == {"names": "使用分 → 使用分區, 計畫_1"}
    unused = delivery.finding("finding_dictionary_unused")
    assert unused.parameters == {"names": "使用分區", "fields": "使用分, 計畫_1, 面積"}


def test_names_that_became_the_same_are_told(tmp_path: Path) -> None:
    fields = [(name.encode(), "C", 9) for name in ("計畫區", "計畫_1", "計畫_12", "備註")]
    delivery = Delivery(tmp_path, write_shapefile(tmp_path / "parts", fields, [[b""] * 4], cpg="UTF-8"))
    assert delivery.finding("finding_names_cut").parameters == {"names": "計畫區, 計畫_1, 計畫_12"}
    assert delivery.finding("finding_names_cut").severity == "warning"


@pytest.mark.parametrize("encoding", ["utf-8", "cp950"])
def test_a_name_cut_inside_a_character_keeps_what_is_whole(tmp_path: Path, encoding: str) -> None:
    # Ten bytes: three characters of UTF-8 and a third of the next, or, behind a letter, four of Big5 and a half.
    name = "使用分區名稱" if encoding == "utf-8" else "A使用分區名稱"
    kept = "使用分" if encoding == "utf-8" else "A使用分區"
    fields = [(name.encode(encoding), "C", 20), (b"n", "N", 5)]
    cells = [["住宅區".encode(encoding), b"1"], ["商業區".encode(encoding), b"2"]]
    delivery = Delivery(tmp_path, write_shapefile(tmp_path / "parts", fields, cells))
    assert delivery.values(kept) == ["住宅區", "商業區"]
    assert delivery.finding("finding_names_cut").parameters == {"names": kept}
    named = Delivery(
        tmp_path / "named", tmp_path / "parts" / "sent.shp", fields={kept: FieldDefinition("使用分區名稱")}
    )
    assert named.values("使用分區名稱") == ["住宅區", "商業區"]


def test_plain_names_of_ten_letters_are_only_noted(tmp_path: Path) -> None:
    delivery = shapefile(tmp_path, fields=((b"COUNTYNAME", "C", 20),))
    assert delivery.finding("finding_names_cut").severity == "info"
    assert "finding_names_cut" not in shapefile(tmp_path, fields=(("里名".encode("cp950"), "C", 20),)).codes


def test_numbered_columns_of_a_table_are_not_taken_for_cut_names(tmp_path: Path) -> None:
    assert "finding_names_cut" not in column(tmp_path, "人口_1,人口_2", ["1,2"]).codes


def test_entries_for_fields_that_are_not_there_are_one_warning(tmp_path: Path) -> None:
    entries = {"甲": FieldDefinition("全名"), "乙": FieldDefinition(), "丙": FieldDefinition()}
    delivery = column(tmp_path, "甲", ["1"], fields=entries)
    unused = delivery.finding("finding_dictionary_unused")
    assert (unused.count, unused.parameters) == (2, {"names": "乙, 丙", "fields": "甲, 經度, 緯度"})


def test_one_name_for_two_fields_is_told_and_nothing_lost(tmp_path: Path) -> None:
    entries = {"甲": FieldDefinition("名"), "乙": FieldDefinition("名"), "丙": FieldDefinition("geom")}
    delivery = sent(tmp_path, csv_bytes("甲,乙,丙", ["1,2,3"]), fields=entries)
    assert [delivery.values(name) for name in ("名", "名_2", "geom_source")] == [[1], [2], [3]]
    assert delivery.finding("finding_dictionary_clash").parameters == {"names": "名, geom"}


@pytest.mark.data
def test_real_cut_names(tmp_path: Path, real_data: Path) -> None:
    file = real_data / "zoning/taichung_zoning_L0308_epsg3826.geojson"
    told = Delivery(tmp_path, file).finding("finding_names_cut").parameters["names"]
    assert {"計畫_1", "計畫_12"} <= set(told.split(", "))
    entries = {"計畫_12": FieldDefinition("計畫名稱", Text("計畫名稱"))}
    told = Delivery(tmp_path / "named", file, fields=entries).finding("finding_names_cut").parameters["names"]
    assert "計畫_12" not in told.split(", ")
