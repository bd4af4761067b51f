"""Which format a file is in: its suffix promises one, its first bytes must keep the promise."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from layers.errors import SourceError
from layers.sources.content import content_of


class Format(StrEnum):
    """The formats that are taken in, by the names people know."""

    SHAPEFILE = "Shapefile"
    GEOPACKAGE = "GeoPackage"
    FILE_GEODATABASE = "File Geodatabase"
    GEOJSON = "GeoJSON"
    GEOJSON_LINES = "GeoJSON lines"
    TOPOJSON = "TopoJSON"
    KML = "KML"
    GML = "GML"
    GPX = "GPX"
    OSM = "OpenStreetMap XML"
    OSM_PBF = "OpenStreetMap PBF"
    DXF = "DXF"
    FLATGEOBUF = "FlatGeobuf"
    MIF = "MapInfo MIF"
    CSV = "CSV"
    XLSX = "XLSX"
    ODS = "ODS"
    JSON = "JSON"
    ZIP = "ZIP"
    KMZ = "KMZ"
    GEOTIFF = "GeoTIFF"
    PICTURE = "JPEG/PNG"


ARCHIVES = frozenset({Format.ZIP, Format.KMZ})
TABLES = frozenset({Format.CSV, Format.XLSX, Format.ODS, Format.JSON})
RASTERS = frozenset({Format.GEOTIFF, Format.PICTURE})

SUFFIXES = {
    ".shp": Format.SHAPEFILE,
    ".gpkg": Format.GEOPACKAGE,
    ".geojson": Format.GEOJSON,
    ".json": Format.JSON,
    ".topojson": Format.TOPOJSON,
    ".geojsonl": Format.GEOJSON_LINES,
    ".geojsons": Format.GEOJSON_LINES,
    ".geojsonseq": Format.GEOJSON_LINES,
    ".ndjson": Format.GEOJSON_LINES,
    ".jsonl": Format.GEOJSON_LINES,
    ".kml": Format.KML,
    ".gml": Format.GML,
    ".gpx": Format.GPX,
    ".osm": Format.OSM,
    ".pbf": Format.OSM_PBF,
    ".dxf": Format.DXF,
    ".fgb": Format.FLATGEOBUF,
    ".mif": Format.MIF,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".txt": Format.CSV,
    ".xlsx": Format.XLSX,
    ".ods": Format.ODS,
    ".zip": Format.ZIP,
    ".kmz": Format.KMZ,
    ".tif": Format.GEOTIFF,
    ".tiff": Format.GEOTIFF,
    ".jpg": Format.PICTURE,
    ".jpeg": Format.PICTURE,
    ".png": Format.PICTURE,
}
"""By the suffix in lower case."""

_REFUSED = {
    "source_refused_drawing": (".dwg", ".dgn", ".dwf", ".skp", ".rvt", ".ifc"),
    "source_refused_database": (".mdb", ".accdb", ".sqlite", ".db", ".bak"),
    "source_refused_archive": (".rar", ".7z", ".gz", ".tgz", ".tar", ".bz2", ".xz"),
    "source_refused_document": (".pdf", ".doc", ".docx", ".odt", ".ppt", ".pptx", ".rtf", ".htm", ".html"),
    "source_refused_sheet": (".xls", ".xlsb", ".xlsm", ".et", ".numbers"),
    "source_refused_project": (".mxd", ".aprx", ".qgz", ".qgs", ".lyr", ".lyrx", ".wor", ".vrt", ".mpk"),
    "source_refused_part": (".dbf", ".shx", ".prj", ".cpg", ".mid", ".tfw", ".jgw", ".pgw", ".wld", ".sbn", ".sbx"),
    "source_refused_raster": (".ecw", ".sid", ".jp2", ".img", ".asc", ".grd", ".hgt", ".bmp", ".gif"),
    "source_refused_mapinfo": (".tab", ".map", ".dat"),
    "source_refused_points": (".las", ".laz", ".e57", ".xyz"),
}
_REFUSAL = {suffix: code for code, suffixes in _REFUSED.items() for suffix in suffixes}
"""Formats that agencies send and that are not taken, by the sentence that says what to send instead."""

_FITTING: dict[Format, frozenset[str]] = {
    Format.SHAPEFILE: frozenset({"Shapefile"}),
    Format.GEOPACKAGE: frozenset({"GeoPackage"}),
    Format.GEOJSON: frozenset({"GeoJSON", "TopoJSON", "JSON", "JSON sequence"}),
    Format.GEOJSON_LINES: frozenset({"GeoJSON", "JSON", "JSON sequence"}),
    Format.TOPOJSON: frozenset({"TopoJSON"}),
    Format.JSON: frozenset({"GeoJSON", "TopoJSON", "JSON", "JSON sequence"}),
    Format.KML: frozenset({"XML kml"}),
    Format.GML: frozenset({"XML"}),
    Format.GPX: frozenset({"XML gpx"}),
    Format.OSM: frozenset({"XML osm"}),
    Format.OSM_PBF: frozenset({"OpenStreetMap PBF"}),
    Format.DXF: frozenset({"DXF"}),
    Format.FLATGEOBUF: frozenset({"FlatGeobuf"}),
    Format.MIF: frozenset({"MapInfo MIF"}),
    Format.CSV: frozenset({"text", "DXF"}),
    Format.XLSX: frozenset({"ZIP"}),
    Format.ODS: frozenset({"ZIP"}),
    Format.ZIP: frozenset({"ZIP"}),
    Format.KMZ: frozenset({"ZIP"}),
    Format.GEOTIFF: frozenset({"TIFF"}),
    Format.PICTURE: frozenset({"PNG", "JPEG"}),
}
_XML_FORMATS = {"XML": Format.GML, "XML kml": Format.KML, "XML gpx": Format.GPX, "XML osm": Format.OSM}
_JSON_FORMATS = {
    "GeoJSON": Format.GEOJSON,
    "TopoJSON": Format.TOPOJSON,
    "JSON": Format.JSON,
    "JSON sequence": Format.GEOJSON_LINES,
}


def promised_format(path: Path) -> Format | None:
    """Return the format the suffix promises, or None."""
    return SUFFIXES.get(path.suffix.lower())


def is_geodatabase(folder: Path) -> bool:
    """Tell whether a folder is a file geodatabase of Esri's; its first table is the list of all others."""
    return folder.suffix.lower() == ".gdb" and (folder / "a00000001.gdbtable").is_file()


def is_sidecar(path: Path) -> bool:
    """Tell whether a file is one that belongs to another and says nothing alone."""
    return _REFUSAL.get(path.suffix.lower()) == "source_refused_part"


def refusal(path: Path) -> SourceError | None:
    """Return why a file of this suffix is not taken and what to send instead; None where it is or is unknown."""
    code = _REFUSAL.get(path.suffix.lower())
    return None if code is None else SourceError(code, file=path.name, format=path.suffix[1:].upper())


def recognise(path: Path) -> Format:
    """Return the format of a file; raises SourceError where it is missing, empty, unknown or not what its name says."""
    name = path.name
    if is_geodatabase(path):
        return Format.FILE_GEODATABASE
    if not path.is_file():
        raise SourceError("source_missing", file=name)
    if not path.stat().st_size:
        raise SourceError("source_empty", file=name)
    if path.suffix.lower() == ".xml":
        return _recognised_xml(path)
    promised = promised_format(path)
    if promised is None:
        raise refusal(path) or SourceError("source_format", file=name, formats=", ".join(SUFFIXES))
    found = content_of(path)
    if found not in _FITTING[promised] and not (promised is Format.GML and found.startswith("XML")):
        raise SourceError("source_wrong_type", file=name, promised=promised.value, found=found)
    if promised in {Format.JSON, Format.GEOJSON} or (promised, found) == (Format.GEOJSON_LINES, "GeoJSON"):
        return _JSON_FORMATS[found]
    return promised


def _recognised_xml(path: Path) -> Format:
    """Return the format of an .xml file, which only its root tells; in archives such files are metadata."""
    found = content_of(path)
    if found not in _XML_FORMATS:
        raise SourceError("source_wrong_type", file=path.name, promised="GML", found=found)
    return _XML_FORMATS[found]


def format_suffix(path: Path, kind: Format) -> str:
    """Return the suffix, in lower case, by which readers know the format."""
    suffix = path.suffix.lower()
    return (
        suffix
        if suffix in SUFFIXES or kind is Format.FILE_GEODATABASE
        else next(known for known, format in SUFFIXES.items() if format is kind)
    )
