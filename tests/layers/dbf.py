"""Writes shapefiles whose tables are made byte for byte, as the software of agencies writes them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from shapely import Point

from tests.layers.deliveries import TAICHUNG_TM2, write_vector

X, Y = TAICHUNG_TM2
DbfField = tuple[bytes, str, int]
"""Name of at most ten bytes, type, and width."""


def dbf_bytes(fields: Sequence[DbfField], rows: Sequence[Sequence[bytes]], driver: int = 0) -> bytes:
    """Return a dBASE III table; cells are cut and filled up at their width, wherever that falls in a character."""
    descriptors = b"".join(
        name[:10].ljust(11, b"\0") + kind.encode() + bytes(4) + bytes([width, 0]) + bytes(14)
        for name, kind, width in fields
    )
    length = 1 + sum(width for _, _, width in fields)
    start = 32 + len(descriptors) + 1
    head = struct.pack("<BBBBIHH", 3, 124, 1, 1, len(rows), start, length) + bytes(17) + bytes([driver]) + bytes(2)
    records = (
        b" " + b"".join(cell[:width].ljust(width) for cell, (_, _, width) in zip(row, fields, strict=True))
        for row in rows
    )
    return head + descriptors + b"\r" + b"".join(records) + b"\x1a"


def write_shapefile(
    folder: Path, fields: Sequence[DbfField], rows: Sequence[Sequence[bytes]], driver: int = 0, cpg: str | None = None
) -> Path:
    """Write points with such a table."""
    folder.mkdir(exist_ok=True)
    points = [Point(X + 10 * at, Y) for at in range(len(rows))]
    shp = write_vector(folder / "sent.shp", points, {"n": list(range(len(rows)))})
    shp.with_suffix(".dbf").write_bytes(dbf_bytes(fields, rows, driver))
    shp.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg is not None:
        shp.with_suffix(".cpg").write_text(cpg)
    return shp
