"""Geometries as a GeoPackage keeps them: a header with the envelope, then WKB (OGC 12-128r19, 2.1.3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.features import Geometries

_HEADER = np.dtype([("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srid", "<i4"), ("envelope", "<f8", 4)])
_ENVELOPE_SIZES = (0, 32, 48, 48, 64)
_WITH_ENVELOPE = 0b00000011
"""Little-endian, envelope of four numbers."""


def encode_blobs(bodies: NDArray[np.object_], boxes: NDArray[np.float64], srid: int) -> list[bytes | None]:
    """Return the blob of each geometry, from its WKB and its box (west, south, east, north); None stays None."""
    headers = np.zeros(len(bodies), dtype=_HEADER)
    headers["magic"] = b"GP"
    headers["flags"] = _WITH_ENVELOPE
    headers["srid"] = srid
    headers["envelope"] = boxes[:, [0, 2, 1, 3]]
    raw, size = headers.tobytes(), _HEADER.itemsize
    return [
        None if body is None else raw[place * size : (place + 1) * size] + body
        for place, body in enumerate(bodies.tolist())
    ]


def decode_blobs(blobs: Sequence[bytes | None]) -> Geometries:
    """Return the shapely geometry of each blob."""
    result: Geometries = shapely.from_wkb(
        np.array([blob and blob[_body_start(blob) :] for blob in blobs], dtype=object)
    )
    return result


def _body_start(blob: bytes) -> int:
    return 8 + _ENVELOPE_SIZES[blob[3] >> 1 & 0b111]
