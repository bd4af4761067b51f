"""Reads one layer of a file with GDAL: in one pass, in bounded chunks, with the driver its format names."""

from __future__ import annotations

import codecs
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from layers.errors import SourceError
from layers.schema import Field, FieldType
from layers.sources.arrow import ArrowError, arrow_batches
from layers.sources.encoding import tolerant
from layers.sources.formats import Format
from layers.sources.gdal import BYTES, ERRORS, GdalLayer, damaged
from layers.sources.model import BATCH_ROWS
from layers.sources.values import Column, python_column
from layers.sources.wholeness import count_lines

_PARSING = 200_000
"""Rows read at a time where the file has to be parsed anew for each part."""


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
    except (*ERRORS, ArrowError, UnicodeDecodeError) as error:
        raise damaged(layer.file, error, layer.path) from error


def _read(layer: GdalLayer, columns: Sequence[Field], size: int, place: dict[str, Any]) -> Chunk:
    if layer.encoding is None or layer.encoding == "utf-8":
        with suppress(UnicodeDecodeError):
            return _read_with(layer, [field.name for field in columns], columns, size, place, layer.encoding)
    # GDAL drops what its converter does not know, without a word. Read as bytes, decode here.
    encoding = layer.encoding or "utf-8"
    names = [_disguised(field.name, encoding) for field in columns]
    chunk = _read_with(layer, names, columns, size, place, BYTES)
    for field, column in zip(columns, chunk.columns, strict=True):
        if field.type is FieldType.TEXT:
            column[:] = [_revealed(value, encoding) for value in column]
    return chunk


def _disguised(name: str, encoding: str) -> str:
    return name.encode(encoding, errors="surrogateescape").decode(BYTES)


def _revealed(value: str | None, encoding: str) -> str | None:
    if value is None or value.isascii():
        return value
    # A cell that was cut inside its last character loses that half, nothing else.
    text = codecs.getincrementaldecoder(encoding)(tolerant()).decode(value.encode(BYTES))
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
    except ERRORS as error:
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
