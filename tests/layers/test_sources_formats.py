"""Every format that is taken, written byte for byte as agencies' software writes it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import struct
import zipfile
import zlib
from contextlib import closing
from pathlib import Path

import pytest
from shapely import LineString, Point, Polygon, box

from layers.config import ArchiveConfig
from layers.crs import TWD97_TM2
from layers.errors import SourceError
from layers.sources import PartKind, list_parts
from layers.sources.formats import Format, recognise
from tests.layers.deliveries import TAICHUNG, TAICHUNG_TM2, parts_of, write_vector, write_zip
from tests.layers.openings import read

LON, LAT = TAICHUNG
X, Y = TAICHUNG_TM2
LIMITS = ArchiveConfig()


def feature(n: int, xy: tuple[float, float] = TAICHUNG) -> str:
    shape = {"type": "Point", "coordinates": xy}
    return json.dumps(
        {"type": "Feature", "properties": {"n": n, "name": "許功里"}, "geometry": shape}, ensure_ascii=False
    )


# --- GeoJSON and its kin


def test_geojson_text_sequences(tmp_path: Path) -> None:
    """RFC 8142: each text between a record separator and a line feed."""
    text = "".join(f"\x1e{feature(n)}\n" for n in range(3))
    for name in ("a.geojsons", "b.geojson", "c.json"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert recognise(tmp_path / name) is Format.GEOJSON_LINES
        assert read(tmp_path / name).columns == {"n": [0, 1, 2], "name": ["許功里"] * 3}


def test_lines_of_geojson_under_the_name_of_one_object(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text("\n".join(feature(n) for n in range(3)), encoding="utf-8")
    assert read(tmp_path / "a.geojson").columns["n"] == [0, 1, 2]


def test_a_first_line_longer_than_a_look_is_no_obstacle(tmp_path: Path) -> None:
    ring = [[120 + n * 1e-5, 24.0] for n in range(9000)] + [[120.05, 24.5], [120.0, 24.0]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    line = json.dumps({"type": "Feature", "properties": {"n": 1}, "geometry": shape})
    assert len(line) > 1 << 16
    for name in ("a.geojson", "b.geojsonl", "c.json"):
        (tmp_path / name).write_text(f"{line}\n{line}\n")
        assert read(tmp_path / name).columns["n"] == [1, 1]
    (tmp_path / "d.geojsonl").write_text(json.dumps({"type": "FeatureCollection", "features": [json.loads(line)]}))
    assert read(tmp_path / "d.geojsonl").columns["n"] == [1]


def test_a_single_feature_is_a_layer(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text(feature(7), encoding="utf-8")
    assert read(tmp_path / "a.geojson").columns["n"] == [7]


def test_topojson_is_dequantised(tmp_path: Path) -> None:
    """The example of the TopoJSON specification (2.1.2): positions are steps of scale from translate, summed up."""
    document = {
        "type": "Topology",
        "transform": {"scale": [0.001, 0.002], "translate": [120.0, 24.0]},
        "arcs": [[[0, 0], [100, 0], [0, 50], [-100, 0], [0, -50]], [[1, 1], [2, 3]]],
        "objects": {
            "里": {
                "type": "GeometryCollection",
                "geometries": [{"type": "Polygon", "arcs": [[0]], "properties": {"名": "甲"}, "id": "a"}],
            },
            "路": {
                "type": "GeometryCollection",
                "geometries": [{"type": "LineString", "arcs": [1], "properties": {"長": 3}}],
            },
        },
    }
    for name in ("a.topojson", "b.json"):
        (tmp_path / name).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        opened = read(tmp_path / name)
        assert opened.columns["object"] == ["里", "路"]
        assert opened.geometry[0].equals(box(120.0, 24.0, 120.1, 24.1))
        assert opened.geometry[1].equals_exact(LineString([(120.001, 24.002), (120.003, 24.008)]), 1e-12)
        assert read(tmp_path / name, source_layer="路").columns["長"] == [3]
    assert [part.name for part in list_parts(tmp_path / "a.topojson", LIMITS)] == ["里", "路"]


@pytest.mark.parametrize("at", [1000, 30_000, 60_000])
def test_geojson_that_breaks_off_is_not_taken_for_less(tmp_path: Path, at: int) -> None:
    text = '{"type":"FeatureCollection","features":[' + ",\n".join(feature(n) for n in range(60_000)) + "]}"
    (tmp_path / "a.geojson").write_text(text[: text.index(f'"n": {at - 1}') + 20], encoding="utf-8")
    with pytest.raises(SourceError, match=r"a\.geojson"):
        read(tmp_path / "a.geojson")


@pytest.mark.parametrize("at", [100, 45_000])
def test_lines_that_break_off_or_are_wrong_are_not_taken_for_less(tmp_path: Path, at: int) -> None:
    lines = [feature(n) for n in range(50_000)]
    lines[at] = lines[at][:30]
    (tmp_path / "a.geojsonl").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(SourceError, match=r"a\.geojsonl"):
        read(tmp_path / "a.geojsonl")


# --- XML


def kml(*folders: tuple[str, int]) -> str:
    body = ""
    for name, count in folders:
        marks = "".join(
            f"<Placemark><name>{name}{n}</name><ExtendedData><Data name='代碼'><value>00{n}</value></Data>"
            f"</ExtendedData><Point><coordinates>{LON},{LAT},0</coordinates></Point></Placemark>"
            for n in range(count)
        )
        body += f"<Folder><name>{name}</name>{marks}</Folder>"
    return f'<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}</Document></kml>'


def test_folders_of_the_same_name_are_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "a.kml").write_text(kml(("點位", 2), ("空", 0), ("點位", 1)), encoding="utf-8")
    parts = [part for part in list_parts(tmp_path / "a.kml", LIMITS) if part.rows]
    assert [(part.rows, part.kind) for part in parts] == [(2, PartKind.VECTOR), (1, PartKind.VECTOR)]
    assert len({part.source_layer for part in parts}) == 2
    assert [len(read(tmp_path / "a.kml", source_layer=part.source_layer).rows) for part in parts] == [2, 1]
    merged = read(tmp_path / "a.kml")
    assert len(set(merged.columns["folder"])) == 2
    assert merged.columns["代碼"] == ["000", "001", "000"]
    assert merged.rows == [1, 2, 3]


@pytest.mark.parametrize("declared", ["UTF-8", "Big5", "big5-hkscs"])
def test_kml_in_big5_however_it_declares_itself(tmp_path: Path, declared: str) -> None:
    text = kml(("許功里", 1)).replace("UTF-8", declared)
    (tmp_path / "a.kml").write_bytes(text.encode("cp950"))
    assert read(tmp_path / "a.kml").columns["Name"] == ["許功里0"]


def test_kml_in_utf16(tmp_path: Path) -> None:
    (tmp_path / "a.kml").write_bytes(kml(("許功里", 1)).replace("UTF-8", "UTF-16").encode("utf-16"))
    assert read(tmp_path / "a.kml").columns["Name"] == ["許功里0"]


def test_kml_that_breaks_off_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.kml").write_text(kml(("甲", 50))[:3000], encoding="utf-8")
    with pytest.raises(SourceError, match=r"a\.kml is wrong at line"):
        read(tmp_path / "a.kml")


def gml(version: str, name: str, position: str) -> str:
    space = "http://www.opengis.net/gml/3.2" if version == "3.2" else "http://www.opengis.net/gml"
    place = (
        f"<gml:coordinates>{position.replace(' ', ',')}</gml:coordinates>"
        if version == "2.1.2"
        else f"<gml:pos>{position}</gml:pos>"
    )
    mark = 'fid="r.1"' if version == "2.1.2" else 'gml:id="r.1"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><c:Collection xmlns:c="http://city" xmlns:gml="{space}">'
        f'<gml:featureMember><c:里 {mark}><c:名>許功里</c:名><c:代碼>0042</c:代碼><c:位置><gml:Point srsName="{name}">'
        f"{place}</gml:Point></c:位置></c:里></gml:featureMember></c:Collection>"
    )


@pytest.mark.parametrize(
    ("version", "name", "position", "crs", "expected"),
    [
        ("2.1.2", "EPSG:3826", f"{X} {Y}", "EPSG:3826", (X, Y)),
        ("2.1.2", "http://www.opengis.net/gml/srs/epsg.xml#4326", f"{LON} {LAT}", "EPSG:4326", (LON, LAT)),
        ("3.1", "urn:ogc:def:crs:EPSG::3826", f"{X} {Y}", "EPSG:3826", (X, Y)),
        ("3.1", "urn:ogc:def:crs:EPSG:6.9:4326", f"{LAT} {LON}", "EPSG:4326", (LON, LAT)),
        ("3.2", "urn:ogc:def:crs:EPSG::3824", f"{LAT} {LON}", "EPSG:3824", (LON, LAT)),
        ("3.2", "http://www.opengis.net/def/crs/EPSG/0/4326", f"{LAT} {LON}", "EPSG:4326", (LON, LAT)),
        ("3.2", "EPSG:4326", f"{LON} {LAT}", "EPSG:4326", (LON, LAT)),
        ("3.2", "urn:ogc:def:crs:OGC:1.3:CRS84", f"{LON} {LAT}", "EPSG:4326", (LON, LAT)),
    ],
)
def test_gml_of_three_versions_says_its_crs(
    tmp_path: Path, version: str, name: str, position: str, crs: str, expected: tuple[float, float]
) -> None:
    """The axis order is the register's for URNs and URLs, x before y for the short form (OGC 05-096r1, 12-063r5)."""
    (tmp_path / "a.gml").write_text(gml(version, name, position), encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    opened = read(tmp_path / "a.gml")
    assert (opened.geometry[0].x, opened.geometry[0].y) == pytest.approx(expected)
    assert str(opened.layer.crs) == crs
    assert opened.columns["名"] == ["許功里"]
    assert opened.columns["代碼"] == ["0042"]
    assert sorted(tmp_path.iterdir()) == before


def test_curves_of_gml_are_not_lost(tmp_path: Path) -> None:
    arc = (
        '<gml:Curve srsName="urn:ogc:def:crs:EPSG::3826"><gml:segments><gml:Arc><gml:posList>'
        f"{X} {Y} {X + 10} {Y + 10} {X + 20} {Y}</gml:posList></gml:Arc></gml:segments></gml:Curve>"
    )
    text = gml("3.2", "x", "0 0")
    start, end = text.index("<gml:Point"), text.index("</gml:Point>") + len("</gml:Point>")
    (tmp_path / "a.gml").write_text(text[:start] + arc + text[end:], encoding="utf-8")
    (shape,) = read(tmp_path / "a.gml").geometry
    # Half a circle of radius 10 is 31.4 long; its three points alone would be 28.3.
    assert shape.length == pytest.approx(31.4, abs=0.05)


def test_gpx_has_waypoints_routes_and_tracks(tmp_path: Path) -> None:
    points = f'<{{0}} lat="{LAT}" lon="{LON}"/><{{0}} lat="{LAT + 0.1}" lon="{LON}"/>'
    (tmp_path / "a.gpx").write_text(
        '<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">'
        f'<wpt lat="{LAT}" lon="{LON}"><ele>5</ele><name>甲</name></wpt>'
        f"<rte><name>乙</name>{points.format('rtept')}</rte>"
        f"<trk><name>丙</name><trkseg>{points.format('trkpt')}</trkseg></trk></gpx>",
        encoding="utf-8",
    )
    opened = read(tmp_path / "a.gpx")
    assert opened.columns["kind"] == ["waypoints", "routes", "tracks"]
    assert opened.columns["name"] == ["甲", "乙", "丙"]
    assert [shape.geom_type for shape in opened.geometry] == ["Point", "LineString", "MultiLineString"]


# --- OpenStreetMap

OSM = f"""<?xml version="1.0"?><osm version="0.6">
<node id="1" lat="{LAT}" lon="{LON}" version="1"><tag k="amenity" v="clinic"/><tag k="name" v="甲"/></node>
<node id="2" lat="{LAT + 0.01}" lon="{LON}" version="1"/>
<node id="3" lat="{LAT + 0.01}" lon="{LON + 0.01}" version="1"/>
<node id="4" lat="{LAT}" lon="{LON}" version="1"><tag k="amenity" v="bar"/><tag k="addr:street" v="中山路"/></node>
<way id="10" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/>
<tag k="building" v="yes"/><tag k="height" v="9"/></way>
<way id="11" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way>
<way id="12" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/></way>
<relation id="20" version="1"><member type="way" ref="12" role="outer"/><tag k="type" v="multipolygon"/>
<tag k="amenity" v="hospital"/></relation></osm>"""


def test_osm_by_tag(tmp_path: Path) -> None:
    (tmp_path / "a.osm").write_text(OSM, encoding="utf-8")
    opened = read(tmp_path / "a.osm", tags={"amenity": ("hospital", "clinic"), "building": ()})
    found = list(zip(opened.columns["kind"], opened.columns["amenity"], opened.columns["building"], strict=True))
    expected = [("points", "clinic", None), ("multipolygons", "hospital", None), ("multipolygons", None, "yes")]
    assert found == expected
    assert opened.columns["name"] == ["甲", None, None]
    assert [shape.geom_type for shape in opened.geometry] == ["Point", "MultiPolygon", "MultiPolygon"]


def test_osm_keys_with_a_colon_and_values_with_a_quote(tmp_path: Path) -> None:
    (tmp_path / "a.osm").write_text(OSM.replace("中山路", "O'Brien"), encoding="utf-8")
    assert read(tmp_path / "a.osm", tags={"addr:street": ("O'Brien",)}).columns["addr:street"] == ["O'Brien"]
    with pytest.raises(SourceError, match=r"“a\]\[points”, in the tags for the file a\.osm"):
        read(tmp_path / "a.osm", tags={"a][points": ()})


def test_osm_without_such_a_tag_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.osm").write_text(OSM, encoding="utf-8")
    with pytest.raises(SourceError, match="no rows"):
        read(tmp_path / "a.osm", tags={"shop": ("books",)})


def varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out, number = out + bytes([number & 0x7F | 0x80]), number >> 7
    return out + bytes([number])


def entry(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def zigzag(number: int) -> int:
    return number << 1 ^ number >> 63


def blob(kind: str, content: bytes) -> bytes:
    body = entry(2, len(content)) + entry(3, zlib.compress(content))
    header = entry(1, kind.encode()) + entry(3, len(body))
    return struct.pack(">I", len(header)) + header + body


def test_osm_pbf(tmp_path: Path) -> None:
    """One node in the format of wiki.openstreetmap.org/wiki/PBF_Format: nanodegrees by a granularity of 100."""
    strings = [b"", b"amenity", b"hospital", b"name", "榮總".encode()]
    node = entry(1, zigzag(7)) + entry(2, bytes([1, 3])) + entry(3, bytes([2, 4]))
    node += entry(8, zigzag(round(LAT * 1e7))) + entry(9, zigzag(round(LON * 1e7)))
    block = entry(1, b"".join(entry(1, text) for text in strings)) + entry(2, entry(1, node))
    header = entry(4, b"OsmSchema-V0.6")
    (tmp_path / "a.osm.pbf").write_bytes(blob("OSMHeader", header) + blob("OSMData", block))
    opened = read(tmp_path / "a.osm.pbf", tags={"amenity": ()})
    assert (opened.columns["name"], opened.columns["amenity"]) == (["榮總"], ["hospital"])
    assert (opened.geometry[0].x, opened.geometry[0].y) == pytest.approx(TAICHUNG)


# --- DXF and MapInfo


def dxf(*pairs: object, encoding: str = "utf-8", header: str = "") -> bytes:
    lines = "\n".join(str(pair) for pair in pairs)
    return (f"{header}0\nSECTION\n2\nENTITIES\n{lines}\n0\nENDSEC\n0\nEOF\n").encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "cp950"])
def test_dxf_has_texts_and_layers(tmp_path: Path, encoding: str) -> None:
    text = (0, "TEXT", 8, "路名註記", 10, X, 20, Y, 40, 2.5, 1, "臺灣大道許功蓋")
    line = (0, "LINE", 8, "道路中心線", 10, X, 20, Y, 11, X + 30, 21, Y + 40)
    codepage = "0\nSECTION\n2\nHEADER\n9\n$DWGCODEPAGE\n3\nANSI_950\n0\nENDSEC\n"
    (tmp_path / "a.dxf").write_bytes(dxf(*text, *line, encoding=encoding, header=codepage))
    opened = read(tmp_path / "a.dxf", crs=TWD97_TM2)
    assert opened.columns["Layer"] == ["路名註記", "道路中心線"]
    assert opened.columns["Text"] == ["臺灣大道許功蓋", None]
    assert opened.geometry[1].length == pytest.approx(50)


def test_blocks_of_dxf_are_put_where_they_are_inserted(tmp_path: Path) -> None:
    block = (
        "0\nSECTION\n2\nHEADER\n0\nENDSEC\n0\nSECTION\n2\nBLOCKS\n0\nBLOCK\n8\n0\n2\n樹\n10\n0\n20\n0\n"
        "0\nLINE\n8\n0\n10\n0\n20\n0\n11\n3\n21\n4\n0\nENDBLK\n8\n0\n0\nENDSEC\n"
    )
    insert = (0, "INSERT", 8, "行道樹", 2, "樹", 10, X, 20, Y)
    (tmp_path / "a.dxf").write_bytes(dxf(*insert, header=block))
    opened = read(tmp_path / "a.dxf", crs=TWD97_TM2)
    assert opened.geometry[0].bounds == pytest.approx((X, Y, X + 3, Y + 4))


def test_mapinfo_interchange(tmp_path: Path) -> None:
    mif = (
        'Version 300\nCharset "WindowsTradChinese"\nDelimiter ","\nColumns 2\n  名 Char(20)\n  n Integer\nData\n\n'
        f"Point {LON} {LAT}\n    Symbol (34,0,12)\n"
    )
    write_zip(tmp_path / "a.zip", {"里.MIF": mif.encode("cp950"), "里.MID": '"許功里",7\n'.encode("cp950")})
    opened = read(tmp_path / "a.zip")
    assert opened.columns == {"名": ["許功里"], "n": [7]}
    assert (opened.geometry[0].x, opened.geometry[0].y) == pytest.approx(TAICHUNG)


# --- file geodatabases


def geodatabase(folder: Path) -> Path:
    """Let GDAL write one, as ArcGIS does: a folder of tables."""
    for name in ("道路", "河川"):
        write_vector(folder, [Point(X, Y)], {"名稱": [name]}, driver="OpenFileGDB", layer=name, append=folder.exists())
    return folder


def test_a_geodatabase_is_read_from_its_folder_and_from_a_zip(tmp_path: Path) -> None:
    (tmp_path / "sent").mkdir()
    folder = geodatabase(tmp_path / "sent" / "city.gdb")
    members = {f"圖資/city.gdb/{part.name}": part.read_bytes() for part in folder.iterdir()}
    for file in (folder, write_zip(tmp_path / "a.zip", members)):
        assert [part.source_layer for part in list_parts(file, LIMITS)] == ["道路", "河川"]
        opened = read(file, source_layer="河川")
        assert (opened.columns["名稱"], opened.geometry, str(opened.layer.crs)) == (
            ["河川"],
            [Point(X, Y)],
            "EPSG:3826",
        )
        with pytest.raises(SourceError, match=r"several layers \(道路, 河川\)"):
            read(file)
    assert [part.name for part in list_parts(tmp_path / "sent", LIMITS)] == ["道路", "河川"]
    (folder / "a00000099.gdbtable").symlink_to("/etc/passwd")
    with pytest.raises(SourceError, match="is a link"):
        read(folder, source_layer="河川")


# --- GeoPackage


def city(file: Path) -> Path:
    write_vector(file, [Point(X, Y)], {"n": [1]}, driver="GPKG", layer="roads")
    write_vector(file, [Point(X, Y)] * 2, {"n": [1, 2]}, driver="GPKG", layer="rivers", append=True)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE stops (fid INTEGER PRIMARY KEY, 站名 TEXT, x REAL, y REAL)")
        connection.execute("INSERT INTO stops VALUES (1, '臺中車站', ?, ?)", (X, Y))
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('stops', 'attributes', 'stops')"
        )
        connection.commit()
    return file


def test_a_geopackage_holds_layers_and_tables(tmp_path: Path) -> None:
    file = city(tmp_path / "a.gpkg")
    parts = list_parts(file, LIMITS)
    assert [(part.name, part.source_layer, part.kind, part.rows) for part in parts] == [
        ("roads", "roads", PartKind.VECTOR, 1),
        ("rivers", "rivers", PartKind.VECTOR, 2),
        ("stops", "stops", PartKind.TABLE, 1),
    ]
    assert (parts[0].geometry_type, str(parts[0].crs), parts[0].fields) == ("POINT", "EPSG:3826", ("n",))
    stops = read(file, source_layer="stops")
    assert (stops.columns["站名"], stops.geometry) == (["臺中車站"], [Point(X, Y)])
    with pytest.raises(SourceError, match=r"several layers \(roads, rivers\)"):
        read(file)


def test_edits_that_are_still_in_the_journal_are_read(tmp_path: Path) -> None:
    file = city(tmp_path / "a.gpkg")
    sent = tmp_path / "sent"
    sent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE stops SET 站名 = '豐原車站'")
        connection.commit()
        for name in ("a.gpkg", "a.gpkg-wal"):
            shutil.copyfile(tmp_path / name, sent / name)
    before = {path.name: path.read_bytes() for path in sent.iterdir()}
    opened = read(sent / "a.gpkg", source_layer="stops")
    assert opened.columns["站名"] == ["豐原車站"]
    assert "finding_journal_applied" in opened.findings
    assert {path.name: path.read_bytes() for path in sent.iterdir()} == before


# --- spreadsheets


def ods(file: Path, **sheets: list[list[object]]) -> Path:
    """Write a spreadsheet as OpenDocument 1.2 has it (part 1, section 9)."""
    names = ("office", "table", "text")
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    body = ""
    for name, rows in sheets.items():
        cells = "".join(f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in rows)
        body += f'<table:table table:name="{name}">{cells}</table:table>'
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f"{body}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = b'<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return write_zip(file, {"mimetype": kind, "content.xml": content.encode(), "META-INF/manifest.xml": manifest})


def ods_cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, str) and value.startswith("merged:"):
        text = value.removeprefix("merged:")
        spans = 'table:number-columns-spanned="2" office:value-type="string"'
        return f"<table:table-cell {spans}><text:p>{text}</text:p></table:table-cell><table:covered-table-cell/>"
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
    kind = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"


def test_ods_with_a_title_above_and_several_sheets(tmp_path: Path) -> None:
    notes: list[list[object]] = [["說明"], ["本表僅供參考"]]
    stops: list[list[object]] = [
        ["臺中市公車站牌"],
        ["站名", "x", "y", "編號"],
        ["甲", X, Y, "007"],
        [None] * 4,
        ["乙", X + 5.5, Y, 8],
    ]
    file = ods(tmp_path / "a.ods", 說明=notes, 站牌=stops, 停用=[["站名", "x", "y"], ["丙", X, Y]])
    opened = read(file)
    assert opened.layer.name == "站牌"
    assert opened.columns["站名"] == ["甲", "乙"]
    assert opened.columns["編號"] == ["007", "8"]
    assert opened.geometry == [Point(X, Y), Point(X + 5.5, Y)]
    assert read(file, source_layer="停用").columns["站名"] == ["丙"]
    with pytest.raises(SourceError, match="no layer “沒有”; its layers are: 說明, 站牌, 停用"):
        read(file, source_layer="沒有")
    assert [(part.name, part.source_layer) for part in list_parts(file, LIMITS)] == [("站牌", "站牌"), ("停用", "停用")]


def test_ods_with_headings_over_merged_cells(tmp_path: Path) -> None:
    rows: list[list[object]] = [["站名", "merged:坐標"], [None, "x", "y"], ["甲", X, Y]]
    opened = read(ods(tmp_path / "a.ods", t=rows))
    assert opened.geometry == [Point(X, Y)]
    assert opened.columns["站名"] == ["甲"]


# --- what is not taken


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("a.dwg", "save it as DXF"), ("a.mdb", "GeoPackage"), ("a.rar", "zip"), ("a.7z", "zip"), ("a.pdf", "tables as"),
        ("a.xls", "xlsx"), ("a.doc", "document for reading"), ("a.dbf", "main file"), ("a.qgz", "points to"),
        ("a.ecw", "GeoTIFF"), ("a.tab", "MIF/MID"), ("a.las", "point cloud"),
    ],
)  # fmt: skip
def test_what_is_not_taken_is_told_with_advice(tmp_path: Path, name: str, advice: str) -> None:
    (tmp_path / name).write_bytes(b"AC1032 some content")
    with pytest.raises(SourceError, match=advice) as raised:
        read(tmp_path / name)
    assert name in raised.value.sentence("zh-TW")
    assert name in str(raised.value)


# --- archives and folders


def shapefile(folder: Path, name: str, value: str) -> Path:
    folder.mkdir(exist_ok=True)
    return write_vector(folder / f"{name}.shp", [Point(X, Y)], {"n": [value]}, encoding="cp950")


def test_several_shapefiles_in_one_zip_are_listed_and_chosen(tmp_path: Path) -> None:
    roads, rivers = shapefile(tmp_path / "1", "roads", "路"), shapefile(tmp_path / "2", "rivers", "河")
    members = {f"圖資/{name}": content for shp in (roads, rivers) for name, content in parts_of(shp).items()}
    members |= {"__MACOSX/圖資/._roads.shp": b"\0", "圖資/說明.csv": b"a,b\n1,2\n", "圖資/預覽.jpg": b"\xff\xd8\xff"}
    file = write_zip(tmp_path / "a.zip", members)
    with pytest.raises(
        SourceError, match=r"a\.zip holds several layers \(roads, rivers\); name one of them as source_layer"
    ):
        read(file)
    parts = list_parts(file, LIMITS)
    assert [(part.name, part.source_layer, part.rows) for part in parts[:2]] == [
        ("roads", "roads", 1),
        ("rivers", "rivers", 1),
    ]
    assert parts[0].member == "圖資/roads.shp"
    assert read(file, source_layer="rivers").columns["n"] == ["河"]
    assert read(file, source_layer="圖資/roads.shp").columns["n"] == ["路"]


def test_equal_names_in_different_folders_are_told_apart(tmp_path: Path) -> None:
    members = {}
    for town in ("北區", "西區"):
        members |= {
            f"{town}/{name}": content for name, content in parts_of(shapefile(tmp_path / town, "里", town)).items()
        }
    file = write_zip(tmp_path / "a.zip", members)
    with pytest.raises(SourceError, match=r"several layers \(北區/里\.shp, 西區/里\.shp\)"):
        read(file)
    assert read(file, source_layer="西區/里.shp").columns["n"] == ["西區"]
    assert read(file, source_layer="西區/里").columns["n"] == ["西區"]
    assert [part.source_layer for part in list_parts(file, LIMITS)] == ["北區/里.shp", "西區/里.shp"]


def test_a_layer_of_a_file_in_an_archive(tmp_path: Path) -> None:
    content = city(tmp_path / "a.gpkg").read_bytes()
    file = write_zip(tmp_path / "a.zip", {"one.gpkg": content, "two.gpkg": content})
    assert [part.source_layer for part in list_parts(file, LIMITS)][:2] == ["one/roads", "one/rivers"]
    assert len(read(file, source_layer="two/rivers").rows) == 2
    assert len(read(write_zip(tmp_path / "b.zip", {"one.gpkg": content}), source_layer="rivers").rows) == 2


def test_parts_in_mixed_case_belong_together(tmp_path: Path) -> None:
    parts = parts_of(shapefile(tmp_path / "1", "a", "許功里"))
    mixed = {"LI.SHP": parts["a.shp"], "li.DBF": parts["a.dbf"], "Li.Shx": parts["a.shx"], "LI.prj": parts["a.prj"]}
    assert read(write_zip(tmp_path / "a.zip", mixed)).columns["n"] == ["許功里"]


def test_a_zip_in_a_zip_is_opened_by_its_path(tmp_path: Path) -> None:
    members = {}
    for town in ("北區", "西區"):
        parts = parts_of(shapefile(tmp_path / town, "里", town))
        members[f"{town}.zip"] = write_zip(tmp_path / f"{town}.zip", parts).read_bytes()
    file = write_zip(tmp_path / "a.zip", members)
    assert [part.source_layer for part in list_parts(file, LIMITS)] == ["北區.zip/里.shp", "西區.zip/里.shp"]
    assert read(file, source_layer="北區.zip/里.shp").columns["n"] == ["北區"]


def test_a_kmz_is_read_from_its_document(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("files/other.kml", kml(("別的", 1)))
        archive.writestr("files/icon.png", b"\x89PNG\r\n\x1a\n")
        archive.writestr("doc.kml", kml(("正本", 1)))
    assert read(tmp_path / "a.kmz").columns["Name"] == ["正本0"]


def test_a_folder_is_listed_with_what_is_wrong_in_it(tmp_path: Path) -> None:
    shapefile(tmp_path, "里", "甲")
    (tmp_path / "子").mkdir()
    (tmp_path / "子" / "a.geojson").write_text(feature(1), encoding="utf-8")
    (tmp_path / "空.csv").write_bytes(b"")
    (tmp_path / "圖.dwg").write_bytes(b"AC1032")
    parts = {part.file.name: part for part in list_parts(tmp_path, LIMITS)}
    assert set(parts) == {"里.shp", "a.geojson", "空.csv", "圖.dwg"}
    assert parts["里.shp"].rows == 1
    assert {name: part.problem.code for name, part in parts.items() if part.problem} == {
        "空.csv": "source_empty",
        "圖.dwg": "source_refused_drawing",
    }


def test_a_shapefile_without_attributes_names_what_is_missing(tmp_path: Path) -> None:
    shp = shapefile(tmp_path / "1", "a", "甲")
    file = write_zip(tmp_path / "a.zip", parts_of(shp, but=(".dbf",)))
    with pytest.raises(SourceError, match=r"comes without a\.dbf"):
        read(file)


def test_a_large_file_is_read_in_one_pass_and_in_order(tmp_path: Path) -> None:
    count = 65_000
    with (tmp_path / "a.geojson").open("w", encoding="utf-8") as stream:
        stream.write('{"type":"FeatureCollection","features":[')
        stream.write(",\n".join(feature(n, (120 + n * 1e-6, 24.0)) for n in range(count)))
        stream.write("]}")
    opened = read(tmp_path / "a.geojson")
    assert opened.columns["n"] == list(range(count))
    assert opened.rows == list(range(1, count + 1))
    assert [shape.x for shape in opened.geometry[::10_000]] == pytest.approx(
        [120 + n * 1e-6 for n in range(0, count, 10_000)]
    )


def test_values_arrive_as_what_they_are(tmp_path: Path) -> None:
    shape = Polygon([(X, Y), (X + 1, Y), (X + 1, Y + 1)])
    columns = {"i": [5, -(2**40)], "r": [0.25, float("nan")], "t": ["  甲 ", ""]}
    for driver, suffix in (("GPKG", "gpkg"), ("FlatGeobuf", "fgb")):
        second = None if driver == "GPKG" else shape
        file = write_vector(tmp_path / f"a.{suffix}", [shape, second], columns, driver=driver, geometry_type="Polygon")
        opened = read(file)
        at = opened.columns["i"].index(5)
        assert [values[at] for values in opened.columns.values()] == [5, 0.25, "甲"]
        assert [values[1 - at] for values in opened.columns.values()] == [-(2**40), None, None]
        assert opened.geometry[1 - at] == second


def varied(folder: Path, count: int) -> dict[str, Path]:
    """Write the same points in each format that GDAL reads without knowing where it ends."""
    points = [Point(LON + n * 1e-5, LAT) for n in range(count)]
    names = {"name": [f"甲{n}" for n in range(count)]}
    drivers = {"gml": "GML", "gpx": "GPX", "kml": "KML", "fgb": "FlatGeobuf", "gpkg": "GPKG", "mif": "MapInfo File"}
    files = {
        suffix: write_vector(folder / f"a.{suffix}", points, names, driver=driver, crs="EPSG:4326")
        for suffix, driver in drivers.items()
    }
    lines = "".join(f"0\nPOINT\n8\n0\n10\n{X + n}\n20\n{Y}\n" for n in range(count))
    (folder / "a.dxf").write_text(f"0\nSECTION\n2\nENTITIES\n{lines}0\nENDSEC\n0\nEOF\n")
    nodes = "".join(
        f'<node id="{n + 1}" lat="{LAT}" lon="{LON}" version="1"><tag k="amenity" v="x{n}"/></node>\n'
        for n in range(count)
    )
    (folder / "a.osm").write_text(f'<?xml version="1.0"?><osm version="0.6">\n{nodes}</osm>')
    return {**files, "dxf": folder / "a.dxf", "osm": folder / "a.osm"}


def test_no_format_that_breaks_off_is_taken_for_less(tmp_path: Path) -> None:
    (tmp_path / "cut").mkdir()
    for suffix, file in varied(tmp_path, 3000).items():
        assert len(read(file).rows) == 3000, suffix
        content = file.read_bytes()
        for share in (0.35, 0.7, 0.97):
            cut = tmp_path / "cut" / file.name
            cut.write_bytes(content[: int(len(content) * share)])
            if suffix == "mif":
                shutil.copyfile(tmp_path / "a.mid", tmp_path / "cut" / "a.mid")
            with pytest.raises(SourceError) as raised:
                read(cut)
            assert file.name in str(raised.value), suffix


def test_a_pbf_that_breaks_off_is_named(tmp_path: Path) -> None:
    whole = blob("OSMHeader", entry(4, b"OsmSchema-V0.6")) + blob("OSMData", entry(1, b"") + entry(2, b""))
    (tmp_path / "a.osm.pbf").write_bytes(whole[:-5])
    with pytest.raises(SourceError, match=rf"a\.osm\.pbf is incomplete: it has {len(whole) - 5} bytes"):
        read(tmp_path / "a.osm.pbf")


@pytest.mark.parametrize(
    ("name", "text"), [("a.geojson", None), ("b.json", None), ("c.geojsonl", None), ("d.csv", "n,x,y\n7,{},{}\n")]
)
def test_text_in_utf16_as_windows_writes_it(tmp_path: Path, name: str, text: str | None) -> None:
    content = feature(7) if text is None else text.format(X, Y)
    (tmp_path / name).write_bytes(content.encode("utf-16"))
    assert [int(n) for n in read(tmp_path / name).columns["n"]] == [7]


def test_xml_is_known_by_its_root(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(gml("3.2", "EPSG:3826", f"{X} {Y}"), encoding="utf-8")
    (tmp_path / "b.xml").write_text(kml(("甲", 1)), encoding="utf-8")
    (tmp_path / "c.xml").write_text("<?xml version='1.0'?><rss><channel/></rss>")
    assert read(tmp_path / "a.xml").columns["名"] == ["許功里"]
    assert read(tmp_path / "b.xml").columns["Name"] == ["甲0"]
    with pytest.raises(SourceError, match="XML rss"):
        read(tmp_path / "c.xml")


@pytest.mark.parametrize(
    ("member", "advice"),
    [("圖.dwg", "DXF"), ("readme.md", "no map data")],
)
def test_an_archive_of_what_is_not_taken_gets_the_same_advice(tmp_path: Path, member: str, advice: str) -> None:
    file = write_zip(tmp_path / "a.zip", {member: b"AC1032", "a.shp.xml": b"<metadata/>"})
    with pytest.raises(SourceError, match=advice):
        read(file)


def test_places_that_a_file_points_to_are_told(tmp_path: Path) -> None:
    xref = (
        "0\nSECTION\n2\nHEADER\n0\nENDSEC\n0\nSECTION\n2\nBLOCKS\n0\nBLOCK\n8\n0\n2\n底圖\n70\n4\n10\n0\n20\n0\n"
        "3\n底圖\n1\nD:\\圖\\底圖.dwg\n0\nENDBLK\n8\n0\n0\nENDSEC\n"
    )
    (tmp_path / "a.dxf").write_bytes(dxf(0, "POINT", 8, "0", 10, X, 20, Y, header=xref))
    found = read(tmp_path / "a.dxf").findings["finding_links_ignored"]
    assert (found.count, found.severity, found.examples) == (1, "warning", ((0, "D:\\圖\\底圖.dwg"),))
    text = gml("3.2", "EPSG:3826", f"{X} {Y}").replace("<c:代碼>", '<c:類 xlink:href="http://a.b/list.xml"/><c:代碼>')
    text = text.replace("<c:Collection ", '<c:Collection xmlns:xlink="http://www.w3.org/1999/xlink" ')
    (tmp_path / "a.gml").write_text(text, encoding="utf-8")
    found = read(tmp_path / "a.gml").findings["finding_links_ignored"]
    assert (found.severity, found.examples) == ("info", ((0, "http://a.b/list.xml"),))


def test_long_texts_of_a_drawing_are_no_references(tmp_path: Path) -> None:
    text = (0, "MTEXT", 8, "註記", 10, X, 20, Y, 40, 2.5, 3, "前半", 1, "後半")
    block = (
        "0\nSECTION\n2\nHEADER\n0\nENDSEC\n0\nSECTION\n2\nBLOCKS\n0\nBLOCK\n8\n0\n2\n樹\n70\n0\n10\n0\n20\n0\n"
        "3\n樹\n1\n\n0\nENDBLK\n8\n0\n0\nENDSEC\n"
    )
    (tmp_path / "a.dxf").write_bytes(dxf(*text, header=block))
    opened = read(tmp_path / "a.dxf")
    assert opened.columns["Text"] == ["前半後半"]
    assert "finding_links_ignored" not in opened.findings


LINK = "<NetworkLink><Link><href>http://a.b/now.kml</href></Link></NetworkLink>"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "a.kml",
            f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{LINK}</Document></kml>',
            "nothing but network",
        ),
        ("a.gml", '<a xmlns:gml="http://www.opengis.net/gml"/>', "no rows"),
        ("a.gpx", '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"/>', "no rows"),
        ("a.osm", '<osm version="0.6"></osm>', "no rows"),
        ("a.mif", 'Version 300\nCharset "Neutral"\nColumns 1\n  n Integer\nData\n', r"comes without a\.mid"),
        ("a.topojson", '{"type":"Topology","arcs":[],"objects":{}}', "damaged"),
        ("a.json", "[]", "no rows"),
    ],
)
def test_what_holds_nothing_is_told(tmp_path: Path, name: str, content: str, sentence: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=sentence) as raised:
        read(tmp_path / name)
    assert "0x" not in str(raised.value)


def test_a_geometry_alone_is_a_layer(tmp_path: Path) -> None:
    """RFC 7946, section 2: a GeoJSON text is a feature, a collection of them, or a geometry."""
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "Point", "coordinates": [LON, LAT]}))
    assert read(tmp_path / "a.geojson").geometry == [Point(LON, LAT)]
