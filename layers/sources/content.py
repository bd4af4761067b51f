"""What a file holds, told from its first bytes alone."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from layers.sources.xml import declared_root

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
    (b"AC10", "DWG"),
    (b"\x00\x01\x00\x00Standard", "MDB"),
    (b"AutoCAD Binary DXF", "DXF"),
)
_HEAD = 1 << 16
_PBF_HEADER = b"\x0a\x09OSMHeader"
"""The first blob of a .osm.pbf after its length (four bytes): field 1, nine characters, "OSMHeader"."""
_RECORD_SEPARATOR = b"\x1e"
"""What RFC 8142 puts before every text of a sequence."""
_GEOJSON_TYPE = re.compile(rb'"type"\s*:\s*"(Feature|FeatureCollection)"')
_GEOMETRY = re.compile(
    rb'\{\s*"type"\s*:\s*"(?:(?:Multi)?(?:Point|LineString|Polygon)|GeometryCollection)"\s*,\s*"(?:coordinates|geometries)"'
)
_TOPOLOGY_TYPE = re.compile(rb'"type"\s*:\s*"Topology"')
_MIF = re.compile(rb"\s*version\s+\d+\s+charset\b", re.IGNORECASE)
_DXF = re.compile(rb"\s*(999\s.*?\n\s*)*0\s+SECTION\b", re.DOTALL)


def content_of(path: Path) -> str:
    """Return a name for what a file holds; raises SourceError for XML that declares a document type."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not declared_root(path, head):
        head = head.decode("utf-16", errors="ignore").encode()
    for signature, found in _SIGNATURES:
        if head.startswith(signature):
            return found
    if head[4:].startswith(_PBF_HEADER):
        return "OpenStreetMap PBF"
    root = declared_root(path, head)
    if root is not None:
        return root
    body = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if body.startswith(_RECORD_SEPARATOR):
        return "JSON sequence"
    if body[:1] in (b"{", b"["):
        return _json_content(path, body)
    if b"\0" in head:
        return "binary"
    if _MIF.match(body):
        return "MapInfo MIF"
    return "DXF" if _DXF.match(head) else "text"


def _json_content(path: Path, body: bytes) -> str:
    if not body.startswith(b"{"):
        return "JSON"
    if _TOPOLOGY_TYPE.search(body) and not _GEOJSON_TYPE.search(body):
        return "TopoJSON"
    if not _GEOJSON_TYPE.search(body) and not _GEOMETRY.match(body):
        return "JSON"
    return "JSON sequence" if _is_sequence(path, body) else "GeoJSON"


def _is_sequence(path: Path, body: bytes) -> bool:
    """Tell whether one object follows the other, although the name may say that the file is one object."""
    first, end, rest = body.partition(b"\n")
    if end:
        return first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{")
    with path.open("rb") as stream:
        before = b""
        while chunk := stream.read(_HEAD):
            line, end, rest = chunk.partition(b"\n")
            before = line.rstrip()[-1:] or before
            if end:
                return before == b"}" and (rest + stream.read(_HEAD)).lstrip().startswith(b"{")
    return False
