"""The layers of a file as GDAL declares them."""

from __future__ import annotations

import dataclasses
import re
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from layers.crs import WGS84, Crs, parse_crs
from layers.crs_definitions import identify_crs
from layers.errors import SourceError, UnknownCrs
from layers.schema import Field, GeometryType
from layers.sources.drivers import DRIVERS
from layers.sources.formats import Format
from layers.sources.values import field_type

ERRORS = (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError)
"""What GDAL's reader raises for a file that it cannot read."""
BYTES = "ISO-8859-1"
"""An encoding in which every byte is a character: text that is decoded here passes through GDAL in it."""
_CRS84 = re.compile(r'^OGC:CRS84$|AUTHORITY\["OGC","CRS84"\]\]$|ID\["OGC","CRS84"\]\]$')
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
    except ERRORS as error:
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
            disguise = encoding if encoding in {None, "utf-8"} else BYTES
            info = pyogrio.read_info(path, layer=listed.place, encoding=disguise, **open_options)
    except (*ERRORS, UnicodeDecodeError) as error:
        raise damaged(file, error, path) from error
    if info["driver"] not in DRIVERS[kind]:
        raise SourceError("source_wrong_type", file=file, promised=kind.value, found=info["driver"])
    kinds = [field_type(*pair) for pair in zip(info["ogr_types"], info["ogr_subtypes"], strict=True)]
    names = [str(name) if disguise != BYTES else _shown(str(name), encoding) for name in info["fields"]]
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


def _shown(name: str, encoding: str | None) -> str:
    # What cannot be decoded must come back as the same bytes when the column is asked for.
    return name.encode(BYTES).decode(encoding or "utf-8", errors="surrogateescape")


def damaged(file: str, error: Exception, path: Path) -> SourceError:
    """Return the error for a file that GDAL cannot read, without the folders of this machine."""
    reason = str(error).replace(str(path), file).split(";")[0].split(". ")[0].strip()
    return SourceError("source_damaged", file=file, reason=reason[:200])
