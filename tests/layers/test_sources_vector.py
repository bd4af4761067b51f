"""Vector formats other than shapefiles, and files that are not what they seem."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely import LineString, Point, Polygon

from layers.crs import TWD97_TM2
from layers.errors import SourceError
from tests.layers.deliveries import TAICHUNG, TAICHUNG_TM2, Delivery, write_vector

LON, LAT = TAICHUNG
X, Y = TAICHUNG_TM2
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def geojson(file: Path, geometries: list[Any], crs: str | None = None, **members: Any) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"n": at, **members},
            "geometry": None if g is None else json.loads(shapely.to_geojson(g)),
        }
        for at, g in enumerate(geometries)
    ]
    document: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if crs:
        document = {
            "type": "FeatureCollection",
            "crs": {"type": "name", "properties": {"name": crs}},
            "features": features,
        }
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("crs", "expected", "point"),
    [
        (None, "EPSG:4326", Point(LON, LAT)),
        ("urn:ogc:def:crs:EPSG::3826", "EPSG:3826", Point(X, Y)),
        ("urn:ogc:def:crs:EPSG::3824", "EPSG:3824", Point(LON, LAT)),
    ],
)
def test_geojson_says_its_crs(tmp_path: Path, crs: str | None, expected: str, point: Point) -> None:
    delivery = Delivery(tmp_path, geojson(tmp_path / "a.geojson", [point], crs))
    assert str(delivery.intake.crs) == expected
    assert delivery.features()[0].geometry.distance(Point(LON, LAT)) < 0.02


def test_geojson_may_call_itself_json(tmp_path: Path) -> None:
    assert Delivery(tmp_path, geojson(tmp_path / "a.json", [Point(LON, LAT)])).report.kept == 1


def test_geojson_in_big5(tmp_path: Path) -> None:
    file = geojson(tmp_path / "a.geojson", [Point(LON, LAT)], 名="許功里")
    file.write_bytes(file.read_text(encoding="utf-8").encode("cp950"))
    delivery = Delivery(tmp_path, file)
    assert delivery.values("名") == ["許功里"]


def test_lines_of_geojson(tmp_path: Path) -> None:
    line = json.dumps(
        {"type": "Feature", "properties": {"n": 1}, "geometry": {"type": "Point", "coordinates": TAICHUNG}}
    )
    (tmp_path / "a.geojsonl").write_text(f"{line}\n{line}\n")
    assert Delivery(tmp_path, tmp_path / "a.geojsonl").report.kept == 2


def test_values_of_every_kind(tmp_path: Path) -> None:
    file = geojson(
        tmp_path / "a.geojson", [Point(LON, LAT)], 真=True, 日="2024-05-06", 列=["甲", "乙"], 物={"a": 1}, 大=2**40
    )
    (feature,) = Delivery(tmp_path, file).features()
    assert feature.properties["真"] is True
    assert feature.properties["日"].isoformat() == "2024-05-06"
    assert json.loads(feature.properties["列"]) == ["甲", "乙"]
    assert json.loads(feature.properties["物"]) == {"a": 1}
    assert feature.properties["大"] == 2**40


@pytest.mark.parametrize(("driver", "suffix"), [("GPKG", "gpkg"), ("FlatGeobuf", "fgb"), ("GML", "gml")])
def test_formats_that_gdal_writes(tmp_path: Path, driver: str, suffix: str) -> None:
    points = [Point(X, Y), Point(X + 5, Y)]
    file = write_vector(tmp_path / f"a.{suffix}", points, {"name": ["甲", "乙"], "n": [1, 2]}, driver=driver)
    before = sorted(tmp_path.iterdir())
    delivery = Delivery(tmp_path / "out", file)
    assert sorted(delivery.values("name")) == ["乙", "甲"]
    assert str(delivery.intake.crs) == "EPSG:3826"
    assert [path for path in sorted(tmp_path.iterdir()) if path.name != "out"] == before


def test_a_geopackage_with_several_layers_asks_for_one(tmp_path: Path) -> None:
    file = tmp_path / "city.gpkg"
    for name in ("roads", "rivers"):
        write_vector(file, [Point(X, Y)], {"n": [1]}, driver="GPKG", layer=name, append=file.exists())
    with pytest.raises(SourceError, match=r"city\.gpkg holds several layers \(roads, rivers\)"):
        Delivery(tmp_path, file)
    with pytest.raises(SourceError, match="no layer “lakes”; its layers are: roads, rivers"):
        Delivery(tmp_path, file, source_layer="lakes")
    assert Delivery(tmp_path, file, source_layer="rivers").intake.source_layer == "rivers"


def test_a_geopackage_is_read_in_chunks_without_gaps(tmp_path: Path) -> None:
    count = 45_000
    file = write_vector(
        tmp_path / "a.gpkg", [Point(X + n, Y) for n in range(count)], {"n": list(range(count))}, driver="GPKG"
    )
    delivery = Delivery(tmp_path, file, key="n")
    assert delivery.intake.summary.count == count  # type: ignore[union-attr]
    assert "finding_key_duplicate" not in delivery.codes


KML = f"""<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>西屯區</name><Placemark><name>甲</name><Point><coordinates>{LON},{LAT},0</coordinates></Point></Placemark></Folder>
<Folder><name>空</name></Folder>
<Folder><name>北區</name><Placemark><name>乙</name><Point><coordinates>{LON},{LAT},0</coordinates></Point></Placemark></Folder>
</Document></kml>"""


@pytest.mark.parametrize("suffix", ["kml", "kmz"])
def test_folders_of_kml_become_one_layer(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"a.{suffix}"
    if suffix == "kmz":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("icon.png", PNG)
            archive.writestr("doc.kml", KML)
    else:
        file.write_text(KML, encoding="utf-8")
    delivery = Delivery(tmp_path, file)
    assert delivery.values("folder") == ["西屯區", "北區"]
    assert delivery.intake.schema.names == ("folder", "Name")  # type: ignore[union-attr]
    assert "finding_z_dropped" in delivery.codes
    assert Delivery(tmp_path, file, source_layer="北區").values("Name") == ["乙"]


def test_gpx_parts_become_one_layer(tmp_path: Path) -> None:
    (tmp_path / "a.gpx").write_text(
        '<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">'
        f'<wpt lat="{LAT}" lon="{LON}"><name>甲</name></wpt><trk><name>乙</name><trkseg>'
        f'<trkpt lat="{LAT}" lon="{LON}"/><trkpt lat="{LAT + 0.1}" lon="{LON}"/></trkseg></trk></gpx>'
    )
    delivery = Delivery(tmp_path, tmp_path / "a.gpx")
    assert delivery.values("name") == ["甲", "乙"]
    assert delivery.values("kind") == ["waypoints", "tracks"]
    assert delivery.intake.schema.geometry_type == "GEOMETRY"  # type: ignore[union-attr]


def test_osm_kinds_keep_their_own_columns(tmp_path: Path) -> None:
    (tmp_path / "a.osm").write_text(
        '<?xml version="1.0"?><osm version="0.6">'
        f'<node id="1" lat="{LAT}" lon="{LON}" version="1"><tag k="amenity" v="school"/><tag k="name" v="甲"/></node>'
        f'<node id="2" lat="{LAT + 0.1}" lon="{LON}" version="1"/>'
        '<way id="3" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way></osm>'
    )
    delivery = Delivery(tmp_path, tmp_path / "a.osm")
    assert delivery.values("kind") == ["points", "lines"]
    assert delivery.values("highway") == [None, "primary"]


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_dxf_layers_are_attributes(tmp_path: Path) -> None:
    write_vector(
        tmp_path / "a.dxf", [LineString([(X, Y), (X + 5, Y)])], {"Layer": ["住宅區"]}, "DXF", "LineString", crs=None
    )
    delivery = Delivery(tmp_path, tmp_path / "a.dxf")
    assert delivery.codes >= {"finding_crs_missing", "finding_crs_proposed"}
    delivery = Delivery(tmp_path, tmp_path / "a.dxf", crs=TWD97_TM2)
    assert delivery.values("Layer") == ["住宅區"]


def test_xml_with_entities_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.kml").write_text(
        f'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>{KML[38:]}'
    )
    with pytest.raises(SourceError, match=r"a\.kml declares a DOCTYPE"):
        Delivery(tmp_path, tmp_path / "a.kml")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.shp", PNG, r"a\.shp calls itself Shapefile but its content is PNG"),
        ("a.tif", b"hello, this is text", r"a\.tif calls itself GeoTIFF but its content is text"),
        ("a.gpkg", b"hello", r"a\.gpkg calls itself GeoPackage"),
        ("a.csv", PNG, r"a\.csv calls itself CSV but its content is PNG"),
        ("a.zip", b"Rar!\x1a\x07", r"a\.zip calls itself ZIP but its content is RAR"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), r"a\.xlsx calls itself XLSX"),
        ("a.kml", b"<html><body>Not found</body></html>", r"a\.kml calls itself KML but its content is HTML"),
        ("a.gml", b"<OGRVRTDataSource/>", r"a\.gml is damaged"),
        ("a.geojson", b"", r"a\.geojson is empty"),
        ("a.odp", b"x", r"a\.odp is in no format"),
        ("a.gpkg", b"SQLite format 3\x00" + bytes(2000), r"a\.gpkg is damaged"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Fea', r"a\.geojson is damaged"),
        ("a.tif", b"II*\x00" + bytes(50), r"a\.tif is damaged"),
        ("a.fgb", b"fgb\x03fgb\x00" + bytes(50), r"a\.fgb is damaged"),
        ("a.xlsx", b"PK\x03\x04" + bytes(50), r"a\.xlsx is damaged"),
    ],
)
def test_files_that_are_not_what_they_seem(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=sentence) as raised:
        Delivery(tmp_path / "out", tmp_path / name)
    assert str(tmp_path) not in str(raised.value)
    assert raised.value.sentence("zh-TW") != raised.value.sentence("en")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"There is no file a\.gpkg"):
        Delivery(tmp_path, tmp_path / "a.gpkg")
    with pytest.raises(SourceError, match="There is no file"):
        Delivery(tmp_path, Path("/vsicurl/http://127.0.0.1:9/a.gpkg"))


def test_a_truncated_geopackage_is_named(tmp_path: Path) -> None:
    square = Polygon([(X, Y), (X + 9, Y), (X + 9, Y + 9)])
    file = write_vector(tmp_path / "a.gpkg", [square] * 5000, {"n": [1] * 5000}, driver="GPKG", geometry_type="Polygon")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(SourceError, match=r"a\.gpkg is (damaged|incomplete)"):
        Delivery(tmp_path / "out", file)
