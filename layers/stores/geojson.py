"""Features as RFC 7946 text, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from layers.crs import Crs
from layers.features import Geometries


def geometry_texts(geometries: Geometries, crs: Crs) -> NDArray[np.object_]:
    """Return each geometry as GeoJSON in the axis order of ``crs``, its rings as RFC 7946 wants them.

    The geometries are in ``crs`` with x before y. Coordinates are rounded, never snapped: degrees to
    7 decimals (a centimetre), metres to 3; no vertex and no ring gets lost by it.
    """
    decimals = 7 if crs.is_geographic else 3
    has_z = bool(shapely.has_z(geometries).any())

    def written(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        rounded = np.round(coordinates, decimals)
        # Adding zero turns -0.0 into 0.0.
        return (rounded[:, [1, 0, *([2] if has_z else [])]] if crs.latitude_first else rounded) + 0.0

    oriented = shapely.orient_polygons(geometries, exterior_cw=False)
    texts: NDArray[np.object_] = shapely.to_geojson(shapely.transform(oriented, written, include_z=has_z))
    return texts


def feature_texts(
    ids: Iterable[str | int], geometries: Iterable[str | None], properties: Iterable[Mapping[str, Any]]
) -> list[bytes]:
    """Return finished feature objects, UTF-8."""
    return composed(ids, geometries, map(orjson.dumps, properties))


def composed(ids: Iterable[str | int], geometries: Iterable[str | None], properties: Iterable[bytes]) -> list[bytes]:
    """Return finished feature objects of which the properties are JSON already."""
    dumps = orjson.dumps
    return [
        b'{"type":"Feature","id":%b,"geometry":%b,"properties":%b}'
        % (dumps(id_), b"null" if geometry is None else geometry.encode(), values)
        for id_, geometry, values in zip(ids, geometries, properties, strict=True)
    ]


def property_texts(names: Sequence[str], columns: Sequence[Sequence[Any]], rows: int) -> list[bytes]:
    """Return each row's attributes as a JSON object; ``columns`` hold what ``json_column`` gives."""
    dumps = orjson.dumps
    if not columns:
        return [b"{}"] * rows
    return [dumps(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]


def joined(features: Sequence[bytes]) -> bytes:
    """Return the inside of a GeoJSON ``features`` array."""
    return b",".join(features)
