"""Reads one layer of a file with GDAL: bulk, in bounded chunks, with the driver its format names and no other."""

from __future__ import annotations

import codecs
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from layers.crs import WGS84, Crs, identify_crs, parse_crs
from layers.errors import SourceError, UnknownCrs
from layers.schema import Field, FieldType, GeometryType
from layers.sources.encoding import tolerant
from layers.sources.formats import Format
from layers.sources.values import Column, field_type, python_column

DRIVERS = {
    Format.SHAPEFILE: frozenset({"ESRI Shapefile"}),
    Format.GEOPACKAGE: frozenset({"GPKG"}),
    Format.GEOJSON: frozenset({"GeoJSON", "TopoJSON"}),
    Format.GEOJSON_LINES: frozenset({"GeoJSONSeq", "GeoJSON"}),
    Format.KML: frozenset({"LIBKML", "KML"}),
    Format.GML: frozenset({"GML"}),
    Format.GPX: frozenset({"GPX"}),
    Format.OSM: frozenset({"OSM"}),
    Format.DXF: frozenset({"DXF"}),
    Format.FLATGEOBUF: frozenset({"FlatGeobuf"}),
}
_SAFE_OPTIONS = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "GML_SKIP_RESOLVE_ELEMS": "ALL",
    "GML_INVERT_AXIS_ORIENTATION_IF_LAT_LONG": "YES",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "0",
    "OSM_USE_CUSTOM_INDEXING": "NO",
}
_OPEN_OPTIONS: dict[Format, dict[str, str]] = {Format.GML: {"DOWNLOAD_SCHEMA": "NO"}}
_ERRORS = (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError)
_SEEKING, _PARSING = 20_000, 200_000
"""Rows read at a time: few where GDAL finds its place again at once, many where it must parse the file anew."""
_SEEKABLE = frozenset({"ESRI Shapefile", "GPKG", "FlatGeobuf"})
_BYTES = "ISO-8859-1"
_CURVED = {"CurvePolygon": "Polygon", "MultiSurface": "MultiPolygon", "MultiCurve": "MultiLineString"}
_CURVED |= {"CompoundCurve": "LineString", "CircularString": "LineString"}


@dataclass(frozen=True, slots=True)
class GdalLayer:
    """A layer as GDAL declares it."""

    path: Path
    file: str
    """Base name of what was delivered, for sentences."""
    format: Format
    name: str
    driver: str
    fields: tuple[Field, ...]
    """Under their names in the file."""
    geometry_type: GeometryType | None
    has_z: bool
    crs: Crs | None
    crs_text: str
    count: int | None
    fid_column: str
    encoding: str | None = None
    dropped: tuple[str, ...] = ()


@dataclass(slots=True)
class Chunk:
    """What one read yields, in columns."""

    geometry: NDArray[np.object_]
    columns: list[Column]
    fids: NDArray[np.int64]


def configure(**options: str | None) -> None:
    """Set GDAL's options for reading files of unknown origin."""
    pyogrio.set_gdal_config_options({**_SAFE_OPTIONS, **options})


def list_layers(path: Path, kind: Format, file: str) -> list[tuple[str, str | None]]:
    """Return (name, geometry type or None) of every layer of a file."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return [(str(name), geometry) for name, geometry in pyogrio.list_layers(path)]
    except _ERRORS as error:
        raise damaged(file, error, path) from error


def describe(path: Path, kind: Format, file: str, name: str, encoding: str | None = None) -> GdalLayer:
    """Return what GDAL declares about a layer; raises SourceError where it cannot read it."""
    try:
        with warnings.catch_warnings(action="ignore"):
            disguise = encoding if encoding in {None, "utf-8"} else _BYTES
            info = pyogrio.read_info(path, layer=name, encoding=disguise, **_OPEN_OPTIONS.get(kind, {}))
    except (*_ERRORS, UnicodeDecodeError) as error:
        raise damaged(file, error, path) from error
    if info["driver"] not in DRIVERS[kind]:
        raise SourceError("source_wrong_type", file=file, promised=kind.value, found=info["driver"])
    kinds = [field_type(*pair) for pair in zip(info["ogr_types"], info["ogr_subtypes"], strict=True)]
    names = [str(name) if disguise != _BYTES else _shown(str(name), encoding) for name in info["fields"]]
    named = list(zip(names, kinds, strict=True))
    declared = str(info["geometry_type"] or "")
    crs_text = str(info["crs"] or "")
    return GdalLayer(
        path=path,
        file=file,
        format=kind,
        name=name,
        driver=info["driver"],
        fields=tuple(Field(name, kind) for name, kind in named if kind is not None),
        geometry_type=_geometry_type(declared),
        has_z=_has_z(declared),
        crs=_crs(crs_text),
        crs_text=crs_text,
        count=info["features"] if info["features"] >= 0 else None,
        fid_column=info["fid_column"] or "",
        encoding=encoding,
        dropped=tuple(name for name, kind in named if kind is None),
    )


def _crs(text: str) -> Crs | None:
    if not text:
        return None
    try:
        crs = parse_crs(text)
    except UnknownCrs:
        return identify_crs(text)
    # 4979 is 4326 with heights, and heights are kept in any CRS.
    return WGS84 if crs.code == "4979" else crs


def _has_z(declared: str) -> bool:
    return declared.endswith((" Z", " ZM")) or declared.startswith(("2.5D", "3D")) or declared in {"", "Unknown"}


def _geometry_type(declared: str) -> GeometryType | None:
    plain = re.sub(r"^(2\.5D|3D|Measured) | (Z|M|ZM)$", "", declared)
    name = _CURVED.get(plain, plain).upper()
    if name in {"", "UNKNOWN", "GEOMETRY", "GEOMETRYCOLLECTION"}:
        return None
    return GeometryType(name) if name in GeometryType.__members__ else None


def read_chunks(layer: GdalLayer, columns: Sequence[Field]) -> Iterator[Chunk]:
    """Read a layer's rows in the file's order, only the named columns."""
    size = _SEEKING if layer.driver in _SEEKABLE else _PARSING
    place: dict[str, Any] = {}
    read = 0
    while True:
        chunk = _read(layer, columns, size, place)
        if len(chunk.fids):
            yield chunk
        read += len(chunk.fids)
        if len(chunk.fids) < size and (layer.driver != "ESRI Shapefile" or not len(chunk.fids)):
            break
        place = _next_place(layer, chunk, read)
        if layer.driver == "ESRI Shapefile" and place["skip_features"] >= (layer.count or 0):
            break
    if layer.driver in {"GPKG", "FlatGeobuf"} and layer.count and read < layer.count:
        raise SourceError("source_truncated_rows", file=layer.file, rows=f"{read:,}", expected=f"{layer.count:,}")


def _next_place(layer: GdalLayer, chunk: Chunk, read: int) -> dict[str, Any]:
    last = int(chunk.fids[-1])
    if layer.driver == "GPKG" and layer.fid_column and bool((np.diff(chunk.fids) > 0).all()):
        # By key, not by offset: SQLite would walk over all rows before it, again for every chunk.
        quoted = layer.fid_column.replace('"', '""')
        return {"where": f'"{quoted}" > {last}'}
    if layer.driver == "ESRI Shapefile":
        # Deleted records count as places but are not read.
        return {"skip_features": last + 1}
    return {"skip_features": read}


def _read(layer: GdalLayer, columns: Sequence[Field], size: int, place: dict[str, Any]) -> Chunk:
    if layer.encoding is None or layer.encoding == "utf-8":
        with suppress(UnicodeDecodeError):
            return _read_with(layer, [field.name for field in columns], columns, size, place, layer.encoding)
    # GDAL drops what its converter does not know, without a word. Read as bytes, decode here.
    encoding = layer.encoding or "utf-8"
    names = [_disguised(field.name, encoding) for field in columns]
    chunk = _read_with(layer, names, columns, size, place, _BYTES)
    for field, column in zip(columns, chunk.columns, strict=True):
        if field.type is FieldType.TEXT:
            column[:] = [_revealed(value, encoding) for value in column]
    return chunk


def _disguised(name: str, encoding: str) -> str:
    return name.encode(encoding, errors="surrogateescape").decode(_BYTES)


def _shown(name: str, encoding: str | None) -> str:
    # What cannot be decoded must come back as the same bytes when the column is asked for.
    return name.encode(_BYTES).decode(encoding or "utf-8", errors="surrogateescape")


def _revealed(value: str | None, encoding: str) -> str | None:
    if value is None or value.isascii():
        return value
    # A cell that was cut inside its last character loses that half, nothing else.
    text = codecs.getincrementaldecoder(encoding)(tolerant()).decode(value.encode(_BYTES))
    return text.strip() or None


def _read_with(
    layer: GdalLayer,
    names: list[str],
    columns: Sequence[Field],
    size: int,
    place: dict[str, Any],
    encoding: str | None,
) -> Chunk:
    try:
        with warnings.catch_warnings(action="ignore"):
            metadata, fids, geometry, arrays = pyogrio.raw.read(
                layer.path,
                layer=layer.name,
                encoding=encoding,
                columns=names,
                max_features=size,
                return_fids=True,
                datetime_as_string=True,
                **place,
                **_OPEN_OPTIONS.get(layer.format, {}),
            )
    except _ERRORS as error:
        raise damaged(layer.file, error, layer.path) from error
    shapes = np.full(len(fids), None, dtype=object) if geometry is None else shapely.from_wkb(geometry, "ignore")
    # GDAL gives the columns in the file's order, whatever order was asked for.
    found = dict(zip((str(name) for name in metadata["fields"]), arrays, strict=True))
    read = [python_column(found[name], field.type) for name, field in zip(names, columns, strict=True)]
    return Chunk(shapes, read, fids)


def damaged(file: str, error: Exception, path: Path) -> SourceError:
    """Return the error for a file that GDAL cannot read, without the folders of this machine."""
    reason = str(error).replace(str(path), file).split(";")[0].split(". ")[0].strip()
    return SourceError("source_damaged", file=file, reason=reason[:200])
