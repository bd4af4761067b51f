"""Hostile deliveries: nothing is fetched, nothing is read but what was delivered, nothing grows without bound."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from socket import create_connection, create_server

import pyogrio
import pytest
from shapely import Point

from layers.config import ArchiveConfig
from layers.errors import SourceError
from layers.sources import list_parts
from layers.sources.drivers import configure
from tests.layers.deliveries import TAICHUNG, TAICHUNG_TM2, parts_of, write_vector, write_zip
from tests.layers.openings import read

LON, LAT = TAICHUNG
X, Y = TAICHUNG_TM2
CANARY = "臺中市政府機密"


class Listener:
    """A port of the loopback interface that remembers who asked."""

    def __init__(self) -> None:
        self._socket = create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.heard: list[bytes] = []
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                asked = connection.recv(1000)
            if asked == b"end":
                return
            self.heard.append(asked)

    def close(self) -> None:
        with create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(b"end")
        self._thread.join()
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.close()
    assert listening.heard == []


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file of the machine that no delivery may get at."""
    file = tmp_path / "machine" / "secret.csv"
    file.parent.mkdir()
    file.write_text(f"name,x,y\n{CANARY},{X},{Y}\n", encoding="utf-8")
    return file


def attempt(file: Path, **options: object) -> str:
    """Read a file and return all that it says, or the sentence with which it was refused."""
    try:
        opened = read(file, **options)  # type: ignore[arg-type]
    except SourceError as error:
        return str(error)
    return f"{opened.columns} {opened.geometry}"


def hostile(listener: Listener, canary: Path) -> dict[str, str]:
    url = f"http://127.0.0.1:{listener.port}"
    point = f"<gml:Point><gml:pos>{LAT} {LON}</gml:pos></gml:Point>"
    return {
        "vrt.gml": f"<OGRVRTDataSource><OGRVRTLayer name='secret'><SrcDataSource>{canary}</SrcDataSource>"
        "</OGRVRTLayer></OGRVRTDataSource>",
        "vrt.kml": f"<!-- <kml> --><OGRVRTDataSource><OGRVRTLayer name='secret'><SrcDataSource>{canary}"
        "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        "vrt.json": f"<OGRVRTDataSource><OGRVRTLayer name='secret'><SrcDataSource>{canary}</SrcDataSource>"
        "</OGRVRTLayer></OGRVRTDataSource>",
        "vrt.csv": f"<OGRVRTDataSource><OGRVRTLayer name='secret'><SrcDataSource>{canary}</SrcDataSource>"
        "</OGRVRTLayer></OGRVRTDataSource>",
        "raster.tif": f"<VRTDataset rasterXSize='1' rasterYSize='1'><VRTRasterBand><SimpleSource><SourceFilename>"
        f"/vsicurl/{url}/a.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>",
        "wfs.gml": f"<OGRWFSDataSource><URL>{url}/wfs?SERVICE=WFS</URL></OGRWFSDataSource>",
        "capabilities.gml": f'<WFS_Capabilities xmlns:gml="http://www.opengis.net/gml"><OnlineResource>{url}/wfs'
        "</OnlineResource></WFS_Capabilities>",
        "link.kml": '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link>'
        f"<href>{url}/a.kml</href></Link></NetworkLink><Style id='s'><IconStyle><Icon><href>{url}/i.png</href></Icon>"
        f"</IconStyle></Style><Placemark><name>a</name><styleUrl>{url}/style.kml#s</styleUrl><Point><coordinates>"
        f"{LON},{LAT}</coordinates></Point></Placemark></Document></kml>",
        "schema.gml": '<?xml version="1.0"?><f:FeatureCollection xmlns:f="http://f" '
        'xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="http://f {url}/a.xsd http://g /vsicurl/{url}/b.xsd http://h {canary}">'
        f'<gml:featureMember><f:a gml:id="a"><f:place>{point}</f:place><f:n>1</f:n><f:r xlink:href="{url}/r.xml"/>'
        f'<f:s xlink:href="file://{canary}"/></f:a></gml:featureMember></f:FeatureCollection>',
        "include.gpx": '<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1" '
        f'xmlns:xi="http://www.w3.org/2001/XInclude"><wpt lat="{LAT}" lon="{LON}"><name>'
        f'<xi:include href="{canary}" parse="text"/></name></wpt></gpx>',
        "streamed.geojson": json.dumps(
            {"type": "FeatureCollection", "features": [], "gdal_streamed": f"/vsicurl/{url}"}
        ),
        "esri.json": json.dumps(
            {"type": "Feature", "geometryType": "esriGeometryPoint", "nextLink": url, "features": []}
        ),
        "paged.geojson": json.dumps(
            {
                "type": "FeatureCollection",
                "links": [{"rel": "next", "href": f"{url}/page2", "type": "application/geo+json"}],
                "features": [
                    {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [LON, LAT]}}
                ],
            }
        ),
        "service.json": json.dumps({"type": "FeatureServer", "url": url}),
        "remote.csv": f"name,x,y\n/vsicurl/{url}/a,{X},{Y}\n",
        "xref.dxf": f"0\nSECTION\n2\nHEADER\n0\nENDSEC\n0\nSECTION\n2\nBLOCKS\n0\nBLOCK\n8\n0\n2\nX\n"
        f"70\n4\n10\n0\n20\n0\n3\nX\n1\n{canary}\n0\nENDBLK\n"
        f"8\n0\n0\nENDSEC\n0\nSECTION\n2\nENTITIES\n0\nINSERT\n8\n0\n2\nX\n10\n{X}\n20\n{Y}\n0\nPOINT\n8\n0\n"
        f"10\n{X}\n20\n{Y}\n0\nENDSEC\n0\nEOF\n",
    }  # fmt: skip


NAMES = (
    "vrt.gml", "vrt.kml", "vrt.json", "vrt.csv", "raster.tif", "wfs.gml", "capabilities.gml", "link.kml", "schema.gml",
    "include.gpx", "streamed.geojson", "esri.json", "paged.geojson", "service.json", "remote.csv", "xref.dxf",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_a_file_points_to_is_opened(tmp_path: Path, listener: Listener, canary: Path, name: str) -> None:
    (tmp_path / name).write_text(hostile(listener, canary)[name], encoding="utf-8")
    assert CANARY not in attempt(tmp_path / name)
    try:
        list_parts(tmp_path / name, ArchiveConfig())
    except SourceError:
        assert name in attempt(tmp_path / name)


def test_drivers_that_follow_paths_are_gone() -> None:
    configure()
    assert not {"OGR_VRT", "WFS", "OAPIF", "HTTP", "SQLite", "CSW", "OGCAPI"} & set(pyogrio.list_drivers())
    assert {"ESRI Shapefile", "GPKG", "GeoJSON", "GML", "LIBKML", "DXF", "OSM"} <= set(pyogrio.list_drivers())


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize("suffix", ["kml", "gml", "gpx", "osm"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("space", ["", "<!-- " + "x" * 100_000 + " -->"])
def test_entities_are_refused_however_they_are_hidden(tmp_path: Path, suffix: str, encoding: str, space: str) -> None:
    root = {"kml": "kml", "gml": "FeatureCollection", "gpx": "gpx", "osm": "osm"}[suffix]
    text = f'<?xml version="1.0"?>{space}<!DOCTYPE {root} [<!ENTITY a0 "x">{BOMB}]><{root}>&a9;</{root}>'
    (tmp_path / f"a.{suffix}").write_bytes(text.encode(encoding))
    with pytest.raises(SourceError, match="DOCTYPE"):
        read(tmp_path / f"a.{suffix}")


def test_markup_in_a_description_is_no_document_type(tmp_path: Path) -> None:
    (tmp_path / "a.kml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>'
        "<name>a</name><description><![CDATA[<!DOCTYPE html><html>&nbsp;</html>]]></description>"
        f"<Point><coordinates>{LON},{LAT}</coordinates></Point></Placemark></Document></kml>"
    )
    assert read(tmp_path / "a.kml").columns["description"] == ["<!DOCTYPE html><html>&nbsp;</html>"]


@pytest.mark.parametrize(("suffix", "member"), [("xlsx", "xl/workbook.xml"), ("ods", "content.xml")])
def test_entities_in_a_spreadsheet_are_refused(tmp_path: Path, suffix: str, member: str) -> None:
    text = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "x">{BOMB}]><x>&a9;</x>'
    write_zip(tmp_path / f"a.{suffix}", {"[Content_Types].xml": b"<Types/>", member: text.encode()})
    with pytest.raises(SourceError, match="DOCTYPE"):
        read(tmp_path / f"a.{suffix}")


def ods(file: Path, rows: str) -> Path:
    names = ("office", "table", "text")
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="t">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    return write_zip(
        file,
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content.encode(),
            "META-INF/manifest.xml": b'<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        },
    )


def test_a_spreadsheet_of_a_billion_cells_is_refused(tmp_path: Path) -> None:
    repeated = 'table:number-columns-repeated="1000" office:value-type="string"'
    cell = f"<table:table-cell {repeated}><text:p>a</text:p></table:table-cell>"
    ods(tmp_path / "a.ods", f'<table:table-row table:number-rows-repeated="1048575">{cell}</table:table-row>')
    with pytest.raises(SourceError, match=r"a\.ods is damaged"):
        read(tmp_path / "a.ods")


@pytest.mark.parametrize("part", [".dbf", ".prj", ".cpg", ".shx"])
def test_a_part_that_is_a_link_is_not_followed(tmp_path: Path, canary: Path, part: str) -> None:
    folder = tmp_path / "sent"
    folder.mkdir()
    write_vector(folder / "a.shp", [Point(X, Y)], {"n": ["甲"]})
    (folder / "a").with_suffix(part).unlink()
    (folder / "a").with_suffix(part).symlink_to(canary)
    with pytest.raises(SourceError, match=rf"a\{part}, beside the file a\.shp, is a link"):
        read(folder / "a.shp")


def test_links_in_a_folder_are_not_listed(tmp_path: Path, canary: Path) -> None:
    folder = tmp_path / "sent"
    folder.mkdir()
    (folder / "a.csv").symlink_to(canary)
    (folder / "b.csv").write_text(f"n,x,y\n1,{X},{Y}\n")
    assert [part.name for part in list_parts(folder, ArchiveConfig())] == ["b"]


def test_a_projection_file_of_a_hundred_megabytes_is_refused(tmp_path: Path) -> None:
    write_vector(tmp_path / "a.shp", [Point(X, Y)], {"n": ["甲"]})
    with (tmp_path / "a.prj").open("wb") as stream:
        os.truncate(stream.fileno(), 100_000_000)
    with pytest.raises(SourceError, match=r"a\.prj, beside the file a\.shp, is larger than such a file can be"):
        read(tmp_path / "a.shp")


def test_files_beside_a_table_are_not_read(tmp_path: Path, canary: Path) -> None:
    (tmp_path / "a.csv").write_text(f"n,x,y\n007,{X},{Y}\n")
    (tmp_path / "a.csvt").write_text("Integer,Real,Real")
    (tmp_path / "a.vrt").write_text(f"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{canary}</SrcDataSource>")
    assert read(tmp_path / "a.csv").columns["n"] == ["007"]


def geopackage(file: Path, *statements: str) -> Path:
    write_vector(file, [Point(X, Y)], {"n": [1]}, driver="GPKG", layer="a")
    with closing(sqlite3.connect(file)) as connection:
        for name in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            connection.create_function(name, 1, lambda _: 0.0)
        connection.create_function("ST_IsEmpty", 1, lambda _: 0)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return file


VIEW = (
    "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('v', 'features', 'v', 3826)",
    "INSERT INTO gpkg_geometry_columns VALUES ('v', 'geom', 'POINT', 3826, 0, 0)",
)


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE VIEW v AS SELECT fid, geom, ogr_geocode('x') AS n FROM a", *VIEW),
        ("CREATE VIEW v AS SELECT fid, geom, load_extension('/tmp/x.so') AS n FROM a", *VIEW),
        ("CREATE VIEW v AS SELECT fid, geom, gdal_get_pixel_value('/vsicurl/http://[::1]/', 1, 0, 0, 0) n FROM a",
         *VIEW),
        ("CREATE VIEW v AS WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) "
         "SELECT i AS fid, geom FROM r, a", *VIEW),
        ("CREATE VIEW v AS SELECT fid, geom, randomblob(1000000000) AS n FROM a", *VIEW),
        ("PRAGMA writable_schema = ON",
         "INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0, "
         "'CREATE VIRTUAL TABLE v USING VirtualOGR(''/etc/passwd'')')"),
        ("PRAGMA writable_schema = ON",
         "INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0, "
         "'CREATE VIRTUAL TABLE v USING csv(filename=''/etc/passwd'')')"),
    ],
)  # fmt: skip
def test_a_geopackage_that_runs_programs_is_refused(tmp_path: Path, statements: tuple[str, ...]) -> None:
    file = geopackage(tmp_path / "a.gpkg", *statements)
    with pytest.raises(SourceError, match=r"“v” in the GeoPackage a\.gpkg runs queries or functions that are not safe"):
        read(file)


def test_harmless_views_and_triggers_are_no_obstacle(tmp_path: Path) -> None:
    file = geopackage(
        tmp_path / "a.gpkg",
        "CREATE VIEW v AS SELECT fid, geom, upper('b') || n AS n FROM a WHERE n > 0",
        *VIEW,
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT load_extension('/tmp/x.so'); END",
    )
    before = file.read_bytes()
    assert read(file, source_layer="v").columns["n"] == ["B1"]
    assert read(file, source_layer="a").columns["n"] == [1]
    assert file.read_bytes() == before


def test_coordinates_beyond_all_measure_are_read(tmp_path: Path) -> None:
    shapes = [[1e308, 1e308], [-1e308, 5], [LON, LAT]]
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": xy}} for xy in shapes
    ]
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert read(tmp_path / "a.geojson").geometry == [Point(xy) for xy in shapes]


def nested(depth: int) -> str:
    opening = '{"type":"GeometryCollection","geometries":['
    return opening * depth + '{"type":"Point","coordinates":[120,24]}' + "]}" * depth


def test_geometry_nested_without_end_is_survived(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
        + nested(100_000)
        + "}]}"
    )
    (tmp_path / "a.csv").write_text(
        f'n,wkt\n1,POINT ({LON} {LAT})\n2,"{"GEOMETRYCOLLECTION (" * 100_000}POINT (120 24){")" * 100_000}"\n'
    )
    (tmp_path / "b.json").write_text("[" * 200_000 + "]" * 200_000)
    assert "a.geojson" in attempt(tmp_path / "a.geojson") or "None" in attempt(tmp_path / "a.geojson")
    assert "120.67" in attempt(tmp_path / "a.csv")
    assert "b.json" in attempt(tmp_path / "b.json")


def test_a_large_document_that_must_be_held_whole_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{"n": n, "x": X, "y": Y} for n in range(200)]))
    with pytest.raises(SourceError, match=r"a\.json is JSON, which must be held in memory as a whole"):
        read(tmp_path / "a.json", ArchiveConfig(max_document=1000))


def test_archives_within_archives_end_somewhere(tmp_path: Path) -> None:
    write_vector(tmp_path / "a.shp", [Point(X, Y)], {"n": ["甲"]})
    inner = write_zip(tmp_path / "inner.zip", parts_of(tmp_path / "a.shp"))
    middle = write_zip(tmp_path / "middle.zip", {"inner.zip": inner.read_bytes()})
    outer = write_zip(tmp_path / "outer.zip", {"中層.zip": middle.read_bytes()})
    assert read(outer).columns["n"] == ["甲"]
    with pytest.raises(SourceError, match=r"The archive inner\.zip lies in archives more than 2 deep"):
        read(outer, ArchiveConfig(max_depth=2))
    # All of them together may unpack to no more than one may.
    with pytest.raises(SourceError, match="too much"):
        read(outer, ArchiveConfig(max_bytes=middle.stat().st_size + 100))


def test_an_encrypted_or_odd_archive_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "n,x,y\n")
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[content.index(b"PK\x01\x02") + 10] = 99
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(SourceError, match=r"a\.zip is damaged"):
        read(tmp_path / "a.zip")
