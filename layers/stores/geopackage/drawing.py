"""How Mapnik reads a release's file: its sqlite datasource over the Web Mercator table."""

from __future__ import annotations

from pathlib import Path

from layers.crs import WEB_MERCATOR
from layers.drawing import DrawingSource
from layers.extent import BoundingBox
from layers.stores.drawn_names import can_be_drawn
from layers.stores.geopackage.tables import column_names, quoted
from layers.stores.metadata import Metadata

_NOWHERE = BoundingBox(0.0, 0.0, 0.0, 0.0)


def drawing_source(file: Path, metadata: Metadata) -> DrawingSource:
    """Return the datasource: each feature's geometry and attributes, in the order of ``fid`` and no other.

    A drawing whose order depended on the area asked for would show seams where tiles meet.
    """
    columns = {name: column for name, column in column_names(metadata.schema).items() if can_be_drawn(name)}
    kept = "".join(f", {quoted(column)} AS {quoted(name)}" for name, column in columns.items())
    shown = "".join(f", f.{quoted(name)}" for name in columns)
    # Mapnik writes a bare "fid" for !intersects!, so only one table may have a column of that name.
    table = (
        f"(SELECT d.fid AS fid, d.geometry AS geometry{shown} FROM tuzi_drawing AS d"
        f" LEFT JOIN (SELECT fid AS tuzi_number{kept} FROM features) AS f ON f.tuzi_number = d.fid"
        " WHERE !intersects! ORDER BY d.fid)"
    )
    extent = metadata.drawing_extent or _NOWHERE
    parameters = {
        "type": "sqlite",
        "file": str(file.resolve()),
        "table": table,
        "geometry_table": "tuzi_drawing",
        "index_table": "tuzi_drawing_index",
        "use_spatial_index": "true",
        "key_field": "fid",
        "geometry_field": "geometry",
        "wkb_format": "generic",
        "extent": ",".join(map(repr, extent)),
    }
    return DrawingSource(tuple(parameters.items()), WEB_MERCATOR, extent)
