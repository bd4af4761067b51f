"""How Mapnik reads a release's file: its sqlite datasource over the Web Mercator table."""

from __future__ import annotations

from pathlib import Path

from layers.crs import WEB_MERCATOR
from layers.drawing import DrawingSource, OverviewSource
from layers.extent import BoundingBox
from layers.overviews import Form
from layers.schema import GeometryType
from layers.stores.drawn_names import JOINED, can_be_drawn
from layers.stores.geopackage.gathering import SOUGHT_IN, gathered_table
from layers.stores.geopackage.overviews import TABLE, index_name
from layers.stores.geopackage.tables import column_names, quoted
from layers.stores.metadata import Metadata

_NOWHERE = BoundingBox(0.0, 0.0, 0.0, 0.0)


def drawing_source(file: Path, metadata: Metadata) -> DrawingSource:
    """Return the datasource: each feature's geometry and attributes, in the order of ``fid`` and no other.

    A drawing whose order depended on the area asked for would show seams where tiles meet.
    """
    kept, shown = _attributes(metadata)
    # Mapnik writes a bare "fid" for !intersects!, so only one table may have a column of that name.
    table = (
        f"(SELECT d.fid AS fid, d.geometry AS geometry{shown} FROM tuzi_drawing AS d"
        f" LEFT JOIN (SELECT fid AS tuzi_number{kept} FROM features) AS f ON f.tuzi_number = d.fid"
        " WHERE !intersects! ORDER BY d.fid)"
    )
    parameters = _parameters(file, metadata, table, "tuzi_drawing", "tuzi_drawing_index")
    overviews = tuple(
        OverviewSource(zoom, form, _overview_parameters(file, metadata, zoom, form))
        for zoom in metadata.overviews.zooms
        for form in metadata.overviews.forms
    )
    points = metadata.schema.geometry_type is GeometryType.POINT
    cells = _parameters(file, metadata, gathered_table(kept, shown, points=points), "tuzi_drawing", SOUGHT_IN)
    return DrawingSource(parameters, WEB_MERCATOR, metadata.drawing_extent or _NOWHERE, overviews, cells)


def _attributes(metadata: Metadata) -> tuple[str, str]:
    """Return the columns that the join reads, and what the drawing shows of them as ``f``."""
    columns = {name: column for name, column in column_names(metadata.schema).items() if can_be_drawn(name)}
    kept = "".join(f", {quoted(column)} AS {quoted(name)}" for name, column in columns.items())
    return kept, "".join(f", f.{quoted(name)}" for name in columns)


def _overview_parameters(file: Path, metadata: Metadata, zoom: int, form: Form) -> tuple[tuple[str, str], ...]:
    kept, shown = _attributes(metadata)
    joined, join = "", f" LEFT JOIN (SELECT fid AS tuzi_number{kept} FROM features) AS f ON f.tuzi_number = o.feature"
    if form is Form.DISSOLVED:
        shown, joined, join = "", f", o.feature = 0 AS {JOINED}", ""
    table = f"(SELECT o.fid AS fid, o.geometry AS geometry{joined}{shown} FROM {TABLE} AS o{join}"
    return _parameters(file, metadata, f"{table} WHERE !intersects! ORDER BY o.fid)", TABLE, index_name(zoom, form))


def _parameters(file: Path, metadata: Metadata, table: str, rows: str, index: str) -> tuple[tuple[str, str], ...]:
    parameters = {
        "type": "sqlite",
        "file": str(file.resolve()),
        "table": table,
        "geometry_table": rows,
        "index_table": index,
        "use_spatial_index": "true",
        "key_field": "fid",
        "geometry_field": "geometry",
        "wkb_format": "generic",
        "extent": ",".join(map(repr, metadata.drawing_extent or _NOWHERE)),
    }
    return tuple(parameters.items())
