"""Changed features as GeoJSON (RFC 7946)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from layers.changes.model import ChangeKind, Changes, Matching
from layers.changes.reading import FeatureChange, read_changes
from layers.crs import CRS84, transform_geometries
from layers.stores.geojson import feature_texts, geometry_texts, joined
from layers.stores.shapes import finite

_AT_ONCE = 5_000


def changes_as_geojson(changes: Changes) -> Iterator[bytes]:
    """Write a FeatureCollection of all changed features, piece by piece.

    Geometry is in CRS84: as it is or, of removed features, as it was. The properties tell the ``change``, the
    ``fid`` in either release, ``old`` and ``new`` values, and how many metres the geometry ``moved``.
    """
    yield b'{"type":"FeatureCollection","features":['
    comma = b""
    for kind in ChangeKind:
        features = read_changes(changes, kind)
        while part := tuple(islice(features, _AT_ONCE)):
            yield comma + _features(part, changes.matching)
            comma = b",\n"
    yield b"]}\n"


def _features(part: tuple[FeatureChange, ...], matching: Matching) -> bytes:
    geometries = np.empty(len(part), dtype=object)
    geometries[:] = [change.geometry for change in part]
    served = finite(transform_geometries(geometries, part[0].crs, CRS84))
    ids = (change.id if matching is Matching.KEY else f"{change.kind.value}-{change.id}" for change in part)
    return joined(feature_texts(ids, geometry_texts(served, CRS84), map(_properties, part)))


def _properties(change: FeatureChange) -> dict[str, Any]:
    return {
        "change": change.kind.value,
        "fid_before": change.fid_before,
        "fid_after": change.fid_after,
        "old": dict(change.old),
        "new": dict(change.new),
        "moved": None if change.moved is None else round(change.moved, 3),
    }
