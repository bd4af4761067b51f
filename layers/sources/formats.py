"""Which format a file is in: its suffix promises one, its first bytes must keep the promise."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from layers.errors import SourceError
from layers.sources.encoding import restored_name


class Format(StrEnum):
    """The formats that are taken in, by the names people know."""

    SHAPEFILE = "Shapefile"
    GEOPACKAGE = "GeoPackage"
    GEOJSON = "GeoJSON"
    GEOJSON_LINES = "GeoJSON lines"
    KML = "KML"
    GML = "GML"
    GPX = "GPX"
    OSM = "OpenStreetMap XML"
    DXF = "DXF"
    FLATGEOBUF = "FlatGeobuf"
    CSV = "CSV"
    XLSX = "XLSX"
    JSON = "JSON"
    ZIP = "ZIP"
    KMZ = "KMZ"
    GEOTIFF = "GeoTIFF"
    PICTURE = "JPEG/PNG"


_SUFFIXES = {
    ".shp": Format.SHAPEFILE,
    ".gpkg": Format.GEOPACKAGE,
    ".geojson": Format.GEOJSON,
    ".json": Format.JSON,
    ".geojsonl": Format.GEOJSON_LINES,
    ".geojsons": Format.GEOJSON_LINES,
    ".ndjson": Format.GEOJSON_LINES,
    ".jsonl": Format.GEOJSON_LINES,
    ".kml": Format.KML,
    ".gml": Format.GML,
    ".gpx": Format.GPX,
    ".osm": Format.OSM,
    ".dxf": Format.DXF,
    ".fgb": Format.FLATGEOBUF,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".txt": Format.CSV,
    ".xlsx": Format.XLSX,
    ".zip": Format.ZIP,
    ".kmz": Format.KMZ,
    ".tif": Format.GEOTIFF,
    ".tiff": Format.GEOTIFF,
    ".jpg": Format.PICTURE,
    ".jpeg": Format.PICTURE,
    ".png": Format.PICTURE,
}
_SIGNATURES = (
    (b"\x00\x00\x27\x0a", "Shapefile"),
    (b"SQLite format 3\x00", "GeoPackage"),
    (b"fgb\x03", "FlatGeobuf"),
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"\x89PNG\r\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"%PDF", "PDF"),
    (b"\xd0\xcf\x11\xe0", "XLS/DOC"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "RAR"),
    (b"\x1f\x8b", "gzip"),
    (b"AutoCAD Binary DXF", "DXF"),
)
_FITTING: dict[Format, frozenset[str]] = {
    Format.SHAPEFILE: frozenset({"Shapefile"}),
    Format.GEOPACKAGE: frozenset({"GeoPackage"}),
    Format.GEOJSON: frozenset({"GeoJSON", "JSON"}),
    Format.GEOJSON_LINES: frozenset({"GeoJSON", "JSON"}),
    Format.JSON: frozenset({"GeoJSON", "JSON"}),
    Format.KML: frozenset({"XML kml"}),
    Format.GML: frozenset({"XML"}),
    Format.GPX: frozenset({"XML gpx"}),
    Format.OSM: frozenset({"XML osm"}),
    Format.DXF: frozenset({"DXF"}),
    Format.FLATGEOBUF: frozenset({"FlatGeobuf"}),
    Format.CSV: frozenset({"text", "DXF"}),
    Format.XLSX: frozenset({"ZIP"}),
    Format.ZIP: frozenset({"ZIP"}),
    Format.KMZ: frozenset({"ZIP"}),
    Format.GEOTIFF: frozenset({"TIFF"}),
    Format.PICTURE: frozenset({"PNG", "JPEG"}),
}
_HEAD = 1 << 16
_GEOJSON_TYPE = re.compile(rb'"type"\s*:\s*"(Feature|FeatureCollection|Topology)"')
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")
_GML = re.compile(r"opengis\.net/gml")
_PROLOG = re.compile(r"<\?.*?\?>|<!--.*?-->", re.DOTALL)


def promised_format(path: Path) -> Format | None:
    """Return the format the suffix promises, or None."""
    return _SUFFIXES.get(path.suffix.lower())


def recognise(path: Path) -> Format:
    """Return the format of a file; raises SourceError where it is missing, empty, unknown or not what its name says."""
    name = path.name
    if not path.is_file():
        raise SourceError("source_missing", file=name)
    if not path.stat().st_size:
        raise SourceError("source_empty", file=name)
    promised = promised_format(path)
    if promised is None:
        raise SourceError("source_format", file=name, formats=", ".join(_SUFFIXES))
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    found = _content(head, name)
    if found not in _FITTING[promised] and not (promised is Format.GML and found.startswith("XML")):
        raise SourceError("source_wrong_type", file=name, promised=promised.value, found=found)
    if promised in {Format.JSON, Format.GEOJSON}:
        return Format.GEOJSON if found == "GeoJSON" else Format.JSON
    return promised


def _content(head: bytes, name: str) -> str:
    for signature, found in _SIGNATURES:
        if head.startswith(signature):
            return found
    body = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if body[:1] in b"{[" and body:
        return "GeoJSON" if body[:1] == b"{" and _GEOJSON_TYPE.search(body) and b"gdal_streamed" not in body else "JSON"
    if body.startswith(b"<"):
        return _xml_content(body, name)
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "binary"
    return "DXF" if re.match(rb"\s*(999\s.*?\n\s*)*0\s+SECTION\b", head, re.DOTALL) else "text"


def _xml_content(body: bytes, name: str) -> str:
    text = restored_name(body)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        # Entities can fetch other files or grow without bound; no agency's software writes them.
        raise SourceError("source_xml_entities", file=name)
    root = _ROOT.search(_PROLOG.sub("", text))
    if root is None:
        return "text"
    element = root[1].lower()
    if element in {"kml", "gpx", "osm"}:
        return f"XML {element}"
    if element == "html":
        return "HTML"
    return "XML" if _GML.search(text) else f"XML {root[1]}"
