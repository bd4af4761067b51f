"""Reads one layer of a file with GDAL: bulk, in bounded chunks, with the driver its format names and no other."""

from __future__ import annotations

import codecs
import dataclasses
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from layers.crs import WGS84, Crs, parse_crs
from layers.crs_definitions import identify_crs
from layers.errors import SourceError, UnknownCrs
from layers.schema import Field, FieldType, GeometryType
from layers.sources.arrow import ArrowError, arrow_batches
from layers.sources.drivers import DRIVERS
from layers.sources.encoding import tolerant
from layers.sources.formats import Format
from layers.sources.model import BATCH_ROWS
from layers.sources.values import Column, field_type, python_column
from layers.sources.wholeness import count_lines

_ERRORS = (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError)
_PARSING = 200_000
"""Rows read at a time where the file has to be parsed anew for each part."""
_CRS84 = re.compile(r'^OGC:CRS84$|AUTHORITY\["OGC","CRS84"\]\]$|ID\["OGC","CRS84"\]\]$')
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
    place: int
    """Of the layer in its file, from 0: names may come twice."""
    name: str
    driver: str
    is_table: bool
    """Its rows have no geometry at all."""
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
    where: str | None = None
    """Which rows are meant, in OGR's SQL; all where it says nothing."""
    open_options: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(slots=True)
class Chunk:
    """What one read yields, in columns."""

    geometry: NDArray[np.object_]
    columns: list[Column]
    fids: NDArray[np.int64]
    closed: NDArray[np.bool_]
    """Shapes with a ring that had to be closed."""
    curved: NDArray[np.bool_]
    """Shapes with arcs, turned into straight segments."""


@dataclass(frozen=True, slots=True)
class ListedLayer:
    """One layer of a file, not looked into yet."""

    place: int
    """From 0, in the file's order."""
    name: str
    """As the file has it."""
    label: str
    """The name; of several with the same name the later ones carry their number."""
    geometry: str | None
    """GDAL's name of the geometry type; None for a table without geometry."""


def list_layers(path: Path, file: str) -> tuple[ListedLayer, ...]:
    """Return the layers of a file; raises SourceError where it cannot be read."""
    try:
        with warnings.catch_warnings(action="ignore"):
            found = [(str(name), geometry) for name, geometry in pyogrio.list_layers(path)]
    except _ERRORS as error:
        raise damaged(file, error, path) from error
    seen: Counter[str] = Counter()
    layers = []
    for place, (name, geometry) in enumerate(found):
        seen[name] += 1
        label = name if seen[name] == 1 else f"{name} ({seen[name]})"
        layers.append(ListedLayer(place, name, label, geometry))
    return tuple(layers)


def describe(
    path: Path,
    kind: Format,
    file: str,
    listed: ListedLayer,
    encoding: str | None = None,
    open_options: Mapping[str, str] = MappingProxyType({}),
    where: str | None = None,
) -> GdalLayer:
    """Return what GDAL declares about a layer; raises SourceError where it cannot read it."""
    try:
        with warnings.catch_warnings(action="ignore"):
            disguise = encoding if encoding in {None, "utf-8"} else _BYTES
            info = pyogrio.read_info(path, layer=listed.place, encoding=disguise, **open_options)
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
        place=listed.place,
        name=listed.label,
        driver=info["driver"],
        is_table=listed.geometry is None,
        fields=tuple(Field(name, kind) for name, kind in named if kind is not None),
        geometry_type=geometry_type_of(declared),
        has_z=_has_z(declared),
        crs=_crs(crs_text),
        crs_text=crs_text,
        count=info["features"] if info["features"] >= 0 else None,
        fid_column=info["fid_column"] or "",
        encoding=encoding,
        dropped=tuple(name for name, kind in named if kind is None),
        where=where,
        open_options=open_options,
    )


def _crs(text: str) -> Crs | None:
    if not text:
        return None
    if _CRS84.search(text):
        # The same with its axes in the order in which everything is kept.
        return WGS84
    try:
        crs = parse_crs(text)
    except UnknownCrs:
        return identify_crs(text)
    # 4979 is 4326 with heights, and heights are kept in any CRS.
    return WGS84 if crs.code == "4979" else crs


def _has_z(declared: str) -> bool:
    return declared.endswith((" Z", " ZM")) or declared.startswith(("2.5D", "3D")) or declared in {"", "Unknown"}


def geometry_type_of(declared: str) -> GeometryType | None:
    """Return the type that GDAL's name of it means; None where it says that there may be any."""
    plain = re.sub(r"^(2\.5D|3D|Measured) | (Z|M|ZM)$", "", declared)
    name = _CURVED.get(plain, plain).upper()
    if name in {"", "UNKNOWN", "GEOMETRY", "GEOMETRYCOLLECTION"}:
        return None
    return GeometryType(name) if name in GeometryType.__members__ else None


def read_chunks(layer: GdalLayer, columns: Sequence[Field]) -> Iterator[Chunk]:
    """Read a layer's rows in the file's order, only the named columns."""
    if layer.driver == "ESRI Shapefile":
        yield from _seek_chunks(layer, columns)
        return
    read = 0
    for chunk in _whole_chunks(layer, columns):
        read += len(chunk.fids)
        yield chunk
    expected = _expected(layer)
    if read < expected:
        raise SourceError("source_truncated_rows", file=layer.file, rows=f"{read:,}", expected=f"{expected:,}")


def _seek_chunks(layer: GdalLayer, columns: Sequence[Field]) -> Iterator[Chunk]:
    """Read a shapefile place by place: its text may be in any encoding, which a stream would have to know."""
    place = 0
    while True:
        chunk = _read(layer, columns, BATCH_ROWS, {"skip_features": place})
        if not len(chunk.fids):
            return
        yield chunk
        # Deleted records count as places but are not read.
        place = int(chunk.fids[-1]) + 1
        if place >= (layer.count or 0):
            return


def _expected(layer: GdalLayer) -> int:
    """Return how many rows a file says that it has, where its reader would not notice that some are missing."""
    if layer.format is Format.MIF:
        return count_lines(layer.path.with_suffix(".mid"))
    return layer.count or 0 if layer.driver in {"GPKG", "FlatGeobuf"} else 0


def _whole_chunks(layer: GdalLayer, columns: Sequence[Field]) -> Iterator[Chunk]:
    try:
        yield from _stream_chunks(layer, columns)
    except NotImplementedError:
        # A stream cannot carry types with arcs; this is told before its first row.
        yield from _parse_chunks(layer, columns)


def _parse_chunks(layer: GdalLayer, columns: Sequence[Field]) -> Iterator[Chunk]:
    """Read a layer part by part, the file anew for each; arcs become straight segments."""
    read = 0
    while True:
        chunk = _read(layer, columns, _PARSING, {"skip_features": read})
        if len(chunk.fids):
            yield replace(chunk, curved=~shapely.is_missing(chunk.geometry))
        read += len(chunk.fids)
        if len(chunk.fids) < _PARSING:
            return


def _stream_chunks(layer: GdalLayer, columns: Sequence[Field]) -> Iterator[Chunk]:
    """Read a layer in one pass: formats that are parsed from their beginning cannot be entered in the middle."""
    names = [field.name for field in columns]
    read = 0
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            pyogrio.raw.open_arrow(
                layer.path,
                layer=layer.place,
                # A condition needs its own columns, too.
                columns=names if layer.where is None else None,
                where=layer.where,
                return_fids=True,
                batch_size=BATCH_ROWS,
                datetime_as_string=True,
                **layer.open_options,
            ) as (metadata, stream),
        ):
            geometry_name = metadata["geometry_name"] or "wkb_geometry"
            for batch in arrow_batches(stream):
                fids = batch.integers(metadata["fid_column"] or "OGC_FID", start=read)
                shapes, lost = batch.shapes(geometry_name)
                closed = lost
                if lost.any():
                    again = _read_with(layer, [], [], len(fids), {"skip_features": read}, None)
                    shapes[lost], closed = again.geometry[lost], again.closed & lost
                values = [batch.values(field.name, field.type) for field in columns]
                yield Chunk(shapes, values, fids, closed, lost & ~closed & ~shapely.is_missing(shapes))
                read += len(fids)
    except (*_ERRORS, ArrowError, UnicodeDecodeError) as error:
        raise damaged(layer.file, error, layer.path) from error


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
                layer=layer.place,
                encoding=encoding,
                columns=names,
                max_features=size,
                return_fids=True,
                datetime_as_string=True,
                where=layer.where,
                **place,
                **layer.open_options,
            )
    except _ERRORS as error:
        raise damaged(layer.file, error, layer.path) from error
    shapes, closed = closed_shapes(np.full(len(fids), None, dtype=object) if geometry is None else geometry)
    # GDAL gives the columns in the file's order, whatever order was asked for.
    found = dict(zip((str(name) for name in metadata["fields"]), arrays, strict=True))
    read = [python_column(found[name], field.type) for name, field in zip(names, columns, strict=True)]
    return Chunk(shapes, read, fids, closed, np.zeros(len(fids), dtype=bool))


def closed_shapes(wkb: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Return shapes from WKB, and which have a ring that had to be closed: GEOS knows no open ones."""
    shapes: NDArray[np.object_] = shapely.from_wkb(wkb, on_invalid="ignore")
    lost = np.flatnonzero(shapely.is_missing(shapes) & np.array([bool(value) for value in wkb], dtype=bool))
    closed = np.zeros(len(shapes), dtype=bool)
    if len(lost):
        shapes[lost] = shapely.from_wkb(wkb[lost], on_invalid="fix")
        closed[lost] = ~shapely.is_missing(shapes[lost])
    return shapes, closed


def damaged(file: str, error: Exception, path: Path) -> SourceError:
    """Return the error for a file that GDAL cannot read, without the folders of this machine."""
    reason = str(error).replace(str(path), file).split(";")[0].split(". ")[0].strip()
    return SourceError("source_damaged", file=file, reason=reason[:200])
