"""Shapefiles as agencies send them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from shapely import LineString, Point, Polygon

from layers.crs import parse_crs
from layers.errors import SourceError
from tests.layers.deliveries import TAICHUNG_TM2, Delivery, parts_of, write_vector, write_zip

NAMES = ["許功里", "臺中里", "犁頭店", "豐原"]
X, Y = TAICHUNG_TM2


@pytest.fixture
def big5(tmp_path: Path) -> Path:
    """Points with Chinese names in CP950, no .cpg, language driver 0x4F."""
    folder = tmp_path / "sent"
    folder.mkdir()
    points = [Point(X + 10 * at, Y) for at in range(len(NAMES))]
    shp = write_vector(folder / "village.shp", points, {"里名": NAMES, "no": [1, 2, 3, 4]}, encoding="cp950")
    shp.with_suffix(".cpg").unlink()
    dbf = bytearray(shp.with_suffix(".dbf").read_bytes())
    dbf[29] = 0x4F
    shp.with_suffix(".dbf").write_bytes(dbf)
    return shp


def test_big5_without_a_code_page_file(tmp_path: Path, big5: Path) -> None:
    delivery = Delivery(tmp_path, big5)
    assert delivery.values("里名") == NAMES
    assert delivery.finding("finding_encoding").parameters == {"encoding": "cp950"}


@pytest.mark.parametrize("claim", ["UTF-8", "ISO-8859-1", "nonsense"])
def test_a_lying_code_page_file_is_found_out(tmp_path: Path, big5: Path, claim: str) -> None:
    big5.with_suffix(".cpg").write_text(claim)
    assert Delivery(tmp_path, big5).values("里名") == NAMES


@pytest.mark.parametrize("encoding", ["big5", "utf-8", "latin-1"])
def test_a_deliverer_is_believed_where_the_text_agrees(tmp_path: Path, big5: Path, encoding: str) -> None:
    big5.with_suffix(".cpg").write_text("UTF-8")
    delivery = Delivery(tmp_path, big5, encoding=encoding)
    assert delivery.values("里名") == NAMES
    assert ("finding_encoding_wrong" in delivery.codes) is (encoding != "big5")


def test_user_defined_characters_are_kept_and_counted(tmp_path: Path, big5: Path) -> None:
    dbf = big5.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace("犁".encode("cp950"), b"\x9a\xac"))
    delivery = Delivery(tmp_path, big5)
    assert delivery.values("里名")[2] == "\ueab7頭店"
    assert delivery.finding("finding_encoding_lossy").count == 1


def test_deleted_records_are_neither_read_nor_read_twice(tmp_path: Path) -> None:
    count = 41_000
    shp = write_vector(tmp_path / "many.shp", [Point(X + at, Y) for at in range(count)], {"no": list(range(count))})
    dbf = bytearray(shp.with_suffix(".dbf").read_bytes())
    header, record = struct.unpack("<HH", dbf[8:12])
    for row in (3, 19_999, 20_001):
        dbf[header + row * record] = ord("*")
    shp.with_suffix(".dbf").write_bytes(dbf)
    delivery = Delivery(tmp_path, shp, key="no")
    assert delivery.report.rows == delivery.intake.summary.count == count - 3  # type: ignore[union-attr]
    assert delivery.seen[-1][0] == count - 3


def test_a_missing_index_is_rebuilt_outside_of_the_delivery(tmp_path: Path, big5: Path) -> None:
    big5.with_suffix(".shx").unlink()
    delivery = Delivery(tmp_path, big5)
    assert len(delivery.features()) == 4
    assert "finding_index_restored" in delivery.codes
    assert not big5.with_suffix(".shx").exists()


def test_a_missing_table_is_named(tmp_path: Path, big5: Path) -> None:
    big5.with_suffix(".dbf").unlink()
    with pytest.raises(SourceError, match=r"village\.shp comes without village\.dbf"):
        Delivery(tmp_path, big5)


@pytest.mark.parametrize("suffix", [".shp", ".dbf"])
def test_a_truncated_part_is_named(tmp_path: Path, big5: Path, suffix: str) -> None:
    part = big5.with_suffix(suffix)
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.raises(SourceError, match=rf"village\{suffix} is incomplete"):
        Delivery(tmp_path, big5)


def test_without_a_crs_nothing_is_stored_until_it_is_named(tmp_path: Path, big5: Path) -> None:
    big5.with_suffix(".prj").unlink()
    delivery = Delivery(tmp_path, big5)
    assert delivery.codes == {"finding_crs_missing"} | (delivery.codes - {"finding_crs_missing"})
    assert delivery.intake.summary is None
    assert delivery.numbers == []
    assert "village.shp" in delivery.finding("finding_crs_missing").sentence("zh-TW")
    assert Delivery(tmp_path, big5, crs=parse_crs("3826")).intake.crs == parse_crs("3826")


def test_the_agencies_own_name_for_twd97_is_known(tmp_path: Path, big5: Path) -> None:
    wkt = (
        'PROJCS["TM2[TWD97]",GEOGCS["GRS80",DATUM["D_GRS_1980",SPHEROID["GRS_1980",6378137.0,298.257222101]],'
        'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
        'PARAMETER["False_Easting",250000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",121.0],'
        'PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )
    big5.with_suffix(".prj").write_text(wkt)
    assert str(Delivery(tmp_path, big5).intake.crs) == "EPSG:3826"


def test_twd67_is_stored_as_twd97(tmp_path: Path) -> None:
    shp = write_vector(tmp_path / "old.shp", [Point(221000, 2683000)], {"n": [1]}, crs="EPSG:3828")
    delivery = Delivery(tmp_path, shp)
    assert str(delivery.intake.crs) == "EPSG:3826"
    assert "finding_datum_changed" in delivery.codes
    # PROJ's EPSG:3828 → 3826: 221828.589 2682793.085, which is 120.72, 24.25.
    (feature,) = delivery.features()
    assert (feature.geometry.x, feature.geometry.y) == pytest.approx((120.7224, 24.2517), abs=2e-3)


def test_zipped_with_decoys_and_a_name_of_its_own(tmp_path: Path, big5: Path) -> None:
    members = {"__MACOSX/._里界.shp": b"x", **parts_of(big5, "圖資/里界"), "圖資/讀我.txt": b"x"}
    delivery = Delivery(tmp_path, write_zip(tmp_path / "sent.zip", members))
    assert delivery.values("里名") == NAMES


def test_several_in_one_zip_ask_for_a_choice(tmp_path: Path, big5: Path) -> None:
    sent = write_zip(tmp_path / "sent.zip", parts_of(big5, "roads") | parts_of(big5, "rivers"))
    with pytest.raises(SourceError, match=r"sent\.zip holds several layers \(rivers, roads\)|\(roads, rivers\)"):
        Delivery(tmp_path, sent)
    with pytest.raises(SourceError, match=r"no layer “lakes”.*roads"):
        Delivery(tmp_path, sent, source_layer="lakes")
    assert Delivery(tmp_path, sent, source_layer="roads").intake.source_layer is not None


def test_lines_and_polygons_become_collections_and_flat_heights_go(tmp_path: Path) -> None:
    square = Polygon([(X, Y, 0), (X + 9, Y, 0), (X + 9, Y + 9, 0), (X, Y + 9, 0)])
    shp = write_vector(tmp_path / "a.shp", [square], {"n": [1]}, geometry_type="Polygon Z")
    delivery = Delivery(tmp_path, shp)
    assert delivery.intake.schema.geometry_type == "MULTIPOLYGON"  # type: ignore[union-attr]
    assert "finding_z_dropped" in delivery.codes
    assert not delivery.features()[0].geometry.has_z
    line = write_vector(
        tmp_path / "b.shp", [LineString([(X, Y, 3), (X + 9, Y, 4)])], {"n": [1]}, geometry_type="LineString Z"
    )
    delivery = Delivery(tmp_path, line)
    assert delivery.intake.schema.geometry_type == "MULTILINESTRING"  # type: ignore[union-attr]
    assert delivery.features()[0].geometry.has_z
