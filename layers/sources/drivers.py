"""GDAL made fit for files of unknown origin: few drivers, no network, nothing looked up for a file's sake."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import MappingProxyType

import pyogrio
from pyogrio._ogr import _register_drivers

from layers.sources.formats import Format

DRIVERS: Mapping[Format, frozenset[str]] = MappingProxyType(
    {
        Format.SHAPEFILE: frozenset({"ESRI Shapefile"}),
        Format.GEOPACKAGE: frozenset({"GPKG"}),
        Format.FILE_GEODATABASE: frozenset({"OpenFileGDB"}),
        Format.GEOJSON: frozenset({"GeoJSON"}),
        Format.GEOJSON_LINES: frozenset({"GeoJSONSeq"}),
        Format.TOPOJSON: frozenset({"TopoJSON"}),
        Format.KML: frozenset({"LIBKML", "KML"}),
        Format.GML: frozenset({"GML"}),
        Format.GPX: frozenset({"GPX"}),
        Format.OSM: frozenset({"OSM"}),
        Format.OSM_PBF: frozenset({"OSM"}),
        Format.DXF: frozenset({"DXF"}),
        Format.FLATGEOBUF: frozenset({"FlatGeobuf"}),
        Format.MIF: frozenset({"MapInfo File"}),
    }
)
"""The drivers that may read a format."""

CLOSED: Mapping[str, str] = MappingProxyType(
    {
        # No name of a remote file equals this one, so nothing is ever asked of the network.
        "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
        "GDAL_HTTP_MAX_RETRY": "0",
        "OGR_SQLITE_LOAD_EXTENSIONS": "",
        "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
    }
)
"""Options that keep any GDAL from following what is written in a file."""

_READING = {
    "GDAL_PAM_ENABLED": "NO",
    "GML_SKIP_RESOLVE_ELEMS": "ALL",
    "GML_INVERT_AXIS_ORIENTATION_IF_LAT_LONG": "YES",
    "LIBKML_RESOLVE_STYLE": "NO",
    "LIBKML_LAUNDER_FIELD_NAMES": "NO",
    "DXF_INLINE_BLOCKS": "TRUE",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "0",
    "OSM_USE_CUSTOM_INDEXING": "NO",
}
_WRITING = frozenset({"MEM", "CSV"})
"""Kept besides: they read no file that was not asked for by its own suffix."""

_lock = threading.Lock()
_closed = False


def configure(**options: str | None) -> None:
    """Set GDAL's options for reading; drivers that are not meant for deliveries are gone from then on.

    Some of them fetch what a file names (WFS, OAPIF, HTTP), others open the files that it names (VRT, TileIndex,
    SQLite); GDAL tries every driver it has on each file, whatever its suffix.
    """
    global _closed
    pyogrio.set_gdal_config_options({**CLOSED, **_READING, **options})
    with _lock:
        if _closed:
            return
        kept = _WRITING.union(*DRIVERS.values())
        pyogrio.set_gdal_config_options({"OGR_SKIP": ",".join(sorted(set(pyogrio.list_drivers()) - kept))})
        # GDAL looks at that option whenever it registers its drivers; it does so once more for a second call.
        _register_drivers()
        pyogrio.set_gdal_config_options({"OGR_SKIP": None})
        _closed = True
